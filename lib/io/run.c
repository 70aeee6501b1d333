/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - vc_client_run(): a batch with the blocking driver, under the client's limits and with what it has learnt. */
#include "io/client.h"

#include "base/error.h"
#include "record/batch.h"

_Static_assert((int)VC__CONNECTIONS_MAX <= (int)VC__BATCH_IN_FLIGHT_MAX, "what a client may be set to, its batches take");

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    return vc_batch_step(self, now_ms, wait_until, err);
}

static vc_request *next(void *self)
{
    return vc_batch_next_request(self);
}

static size_t learnt_cap(vc_client *client)
{
    pthread_mutex_lock(&client->lock);
    const size_t cap = client->item_cap;
    pthread_mutex_unlock(&client->lock);
    return cap;
}

/* What one batch found out holds for all that follow. */
static void learn(vc_client *client, const vc_batch *batch)
{
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    if (!stats.item_cap)
        return;
    pthread_mutex_lock(&client->lock);
    if (!client->item_cap || stats.item_cap < client->item_cap)
        client->item_cap = (size_t)stats.item_cap;
    pthread_mutex_unlock(&client->lock);
}

static vc_code set_limits(vc_client *client, vc_batch *batch, vc_error *err)
{
    vc_code code = VC_OK;
    if (!vc__batch_limits_are_set(batch)) {
        const size_t cap = learnt_cap(client), items = client->config->batch_items;
        code = vc__batch_suggest_limits(batch, cap && (!items || cap < items) ? cap : items, client->config->batch_bytes,
                                        client->config->connections, err);
    }
    if (!code && !vc__batch_deadline_is_set(batch))
        code = vc__batch_suggest_deadline(batch, client->config->deadline_ms, err);
    return code;
}

vc_code vc_client_run(vc_client *client, vc_batch *batch, vc_error *err)
{
    if (!client || !batch)
        return vc__error(err, VC_E_ARGUMENT, "a run needs a client and a batch");
    vc_code code = set_limits(client, batch, err);
    if (code)
        return code;
    const vc__operation operation = { step, next, batch };
    code = vc__client_drive(client, &operation, err);
    learn(client, batch);
    return code;
}
