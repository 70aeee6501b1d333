/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - vc_client_run(): a batch with the blocking driver, under the client's limits and with what it has learnt. */
#include "io/run.h"

#include "base/error.h"
#include "record/batch.h"

_Static_assert((int)VC__CONNECTIONS_MAX <= (int)VC__SPREAD_IN_FLIGHT_MAX, "what a client may be set to, its batches take");

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    return vc_batch_step(self, now_ms, wait_until, err);
}

static vc_request *next(void *self)
{
    return vc_batch_next_request(self);
}

vc__operation vc__run_operation(vc_batch *batch)
{
    return (vc__operation){ step, next, batch };
}

uint64_t vc__run_patience(const vc_batch *batch)
{
    return vc__batch_deadline_is_set(batch) ? 0 : batch->spread.deadline_ms;
}

void vc__run_learn(vc_client *client, const vc_batch *batch)
{
    vc__learnt_teach(&client->hub->learnt, &batch->spread.caps);
    vc__learnt_teach(&client->hub->learnt, &batch->local.fetch.spread.caps);
}

vc_code vc__run_prepare(vc_client *client, vc_batch *batch, vc_error *err)
{
    const vc_config *config = client->config;
    vc_code code = VC_OK;
    if (!vc__batch_limits_are_set(batch)) {
        code = vc__batch_suggest_limits(batch, config->batch_items, config->batch_bytes, config->connections, err);
        if (!code)
            vc__learnt_get(&client->hub->learnt, &batch->spread.caps);
    }
    if (!code)
        code = vc__batch_suggest_keyring(batch, client->hub->keyring, err);
    if (!code && batch->local.ring != client->hub->keyring) /* the owner's own */
        code = vc__hub_attach(client->hub, batch->local.ring, err);
    if (!code)
        vc__learnt_get(&client->hub->learnt, &batch->local.fetch.spread.caps);
    if (!code && !vc__batch_deadline_is_set(batch))
        code = vc__batch_suggest_deadline(batch, vc__client_deadline(client), err);
    if (!code && batch->direction == VC_OPEN && vc__schema_uses_ff3_1(batch->schema) && !atomic_exchange(&client->hub->ff3_1_told, true))
        vc__config_log(config, "schema: fields are opened with FF3-1, which NIST withdrew in 2025: protect them anew with ff1 "
                               "(vaultcrypt rewrap --from)");
    return code;
}

vc_code vc_client_run(vc_client *client, vc_batch *batch, vc_error *err)
{
    if (!client || !batch)
        return vc__error(err, VC_E_ARGUMENT, "a run needs a client and a batch");
    vc_code code = vc__run_prepare(client, batch, err);
    if (code)
        return code;
    const vc__operation operation = vc__run_operation(batch);
    code = vc__client_drive(client, &operation, vc__run_patience(batch), err);
    vc__run_learn(client, batch);
    return code;
}
