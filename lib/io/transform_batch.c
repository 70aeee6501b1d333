/* SPDX-License-Identifier: Apache-2.0 */
/* transform_batch.c - vc_transform_batch_run(): under the client's limits and with what it has learnt, as run.c does it. */
#include "vault/transform_batch.h"

#include "base/error.h"
#include "io/client.h"

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    return vc__transform_batch_step(self, now_ms, wait_until, err);
}

static vc_request *next(void *self)
{
    return vc__spread_next(vc__transform_batch_spread(self));
}

vc_code vc_transform_batch_run(vc_client *client, vc_transform_batch *batch, vc_error *err)
{
    if (!client || !batch)
        return vc__error(err, VC_E_ARGUMENT, "a run needs a client and a batch");
    const vc_config *config = client->config;
    vc__spread *spread = vc__transform_batch_spread(batch);
    if (spread->phase != VC__SPREAD_FILL)
        return vc__error(err, VC_E_STATE, "the batch has run: make a new one");
    spread->deadline_ms = vc__client_deadline(client);
    vc__learnt_get(&client->hub->learnt, &spread->caps);
    vc_code code = vc__spread_set_limits(spread, config->batch_items, config->batch_bytes, config->connections, err);
    if (code)
        return code;
    const vc__operation operation = { step, next, batch };
    code = vc__client_drive(client, &operation, spread->deadline_ms, err);
    vc__learnt_teach(&client->hub->learnt, &spread->caps);
    return code;
}
