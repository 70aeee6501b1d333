/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_batch.h - the inside of a vc_transform_batch that its driver (lib/io/transform_batch.c) needs. Items lie in the caller's
 * memory; results in the bodies of the replies, which are kept.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TRANSFORM_BATCH_H
#define VC__VAULT_TRANSFORM_BATCH_H

#include "vault/spread.h"

#include <vaultcrypt/transform_batch.h>

/* The machine under the batch: limits, deadline and caps are set there before the first step. */
vc__spread *vc__transform_batch_spread(vc_transform_batch *batch);

vc_step vc__transform_batch_step(vc_transform_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err);

#endif
