/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - a batch, of records or of values, as an operation of a client: under its limits, with what it has learnt.
 *
 * Threads: as the batch, one owner.
 */
#ifndef VC__IO_RUN_H
#define VC__IO_RUN_H

#include "io/client.h"

#include <vaultcrypt/transit_batch.h>

/* Limits and deadline from the client, where the batch has none of its own. VC_E_STATE: it was started. VC_E_ARGUMENT. */
vc_code vc__run_prepare(vc_client *client, vc_batch *batch, vc_error *err);

vc__operation vc__run_operation(vc_batch *batch);

/* How long it goes on trying, for the log; 0 when who gave it a deadline of its own may try again behind it. */
uint64_t vc__run_patience(const vc_batch *batch);

/* It has ended: what it found out holds for all that follow. */
void vc__run_learn(vc_client *client, const vc_batch *batch);

/* The same for values. */
vc_code vc__transit_run_prepare(vc_client *client, vc_transit_batch *batch, vc_error *err);
vc__operation vc__transit_run_operation(vc_transit_batch *batch);
uint64_t vc__transit_run_patience(vc_transit_batch *batch);
void vc__transit_run_learn(vc_client *client, vc_transit_batch *batch);

#endif
