/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_batch.h - the inside of a vc_transit_batch that its driver (lib/io/transit_batch.c) needs. The items lie
 * in the caller's memory; results lie in the bodies of the replies, which are kept.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_TRANSIT_BATCH_H
#define VC__VAULT_TRANSIT_BATCH_H

#include "vault/spread.h"

#include <vaultcrypt/transit_batch.h>

/* The machine under the batch: limits, deadline and caps are set there before the first step. */
vc__spread *vc__transit_batch_spread(vc_transit_batch *batch);

/* Whether the owner has set limits or deadline itself; a driver leaves them alone then. */
bool vc__transit_batch_limits_are_set(const vc_transit_batch *batch);
bool vc__transit_batch_deadline_is_set(const vc_transit_batch *batch);

#endif
