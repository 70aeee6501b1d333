/* SPDX-License-Identifier: Apache-2.0 */
/* transit_batch.c - vc_transit_batch_run(): under the client's limits and with what it has learnt, as run.c does it. */
#include "io/run.h"

#include "base/error.h"
#include "vault/transit_batch.h"

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    return vc_transit_batch_step(self, now_ms, wait_until, err);
}

static vc_request *next(void *self)
{
    return vc_transit_batch_next_request(self);
}

vc__operation vc__transit_run_operation(vc_transit_batch *batch)
{
    return (vc__operation){ step, next, batch };
}

uint64_t vc__transit_run_patience(vc_transit_batch *batch)
{
    return vc__transit_batch_deadline_is_set(batch) ? 0 : vc__transit_batch_spread(batch)->deadline_ms;
}

void vc__transit_run_learn(vc_client *client, vc_transit_batch *batch)
{
    vc__learnt_teach(&client->hub->learnt, &vc__transit_batch_spread(batch)->caps);
}

vc_code vc__transit_run_prepare(vc_client *client, vc_transit_batch *batch, vc_error *err)
{
    const vc_config *config = client->config;
    vc__spread *spread = vc__transit_batch_spread(batch);
    if (spread->phase != VC__SPREAD_FILL)
        return vc__error(err, VC_E_STATE, "the batch was started: clear it first");
    if (!vc__transit_batch_deadline_is_set(batch))
        spread->deadline_ms = vc__client_deadline(client);
    if (vc__transit_batch_limits_are_set(batch))
        return VC_OK;
    vc__learnt_get(&client->hub->learnt, &spread->caps);
    return vc__spread_set_limits(spread, config->batch_items, config->batch_bytes, config->connections, err);
}

vc_code vc_transit_batch_run(vc_client *client, vc_transit_batch *batch, vc_error *err)
{
    if (!client || !batch)
        return vc__error(err, VC_E_ARGUMENT, "a run needs a client and a batch");
    vc_code code = vc__transit_run_prepare(client, batch, err);
    if (code)
        return code;
    const vc__operation operation = vc__transit_run_operation(batch);
    code = vc__client_drive(client, &operation, vc__transit_run_patience(batch), err);
    vc__transit_run_learn(client, batch);
    return code;
}
