/* SPDX-License-Identifier: Apache-2.0 */
#include "io/task.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/clock.h"
#include "io/run.h"
#include "record/batch.h"
#include "vault/vault.h"

static vc__task *make(vc_client *client, void *user, vc_error *err)
{
    vc__task *task = vc__calloc(1, sizeof *task);
    if (!task) {
        vc__error_memory(err);
        return NULL;
    }
    task->client = client;
    task->user = user;
    return task;
}

vc__task *vc__task_of_batch(vc_client *client, vc_batch *batch, vc_loop_batch_fn done, void *user, vc_error *err)
{
    vc__task *task = make(client, user, err);
    if (!task || vc__run_prepare(client, batch, err)) {
        vc__free(task);
        return NULL;
    }
    task->batch = batch;
    task->batch_done = done;
    task->job.operation = vc__run_operation(batch);
    task->job.patience_ms = vc__run_patience(batch);
    return task;
}

vc__task *vc__task_of_transit_batch(vc_client *client, vc_transit_batch *values, vc_loop_transit_batch_fn done, void *user,
                                    vc_error *err)
{
    vc__task *task = make(client, user, err);
    if (!task || vc__transit_run_prepare(client, values, err)) {
        vc__free(task);
        return NULL;
    }
    task->values = values;
    task->values_done = done;
    task->job.operation = vc__transit_run_operation(values);
    task->job.patience_ms = vc__transit_run_patience(values);
    return task;
}

vc__task *vc__task_of_request(vc_client *client, const char *method, const char *path, vc_view body, const vc_vault_options *options,
                              vc_loop_reply_fn done, void *user, vc_error *err)
{
    vc__task *task = make(client, user, err);
    if (!task)
        return NULL;
    if (vc__vault_request(&task->request, method, path, body, options, err)) {
        vc__request_cleanup(&task->request);
        vc__free(task);
        return NULL;
    }
    task->reply_done = done;
    task->job.patience_ms = vc__client_deadline(client);
    vc__call_init(&task->call, &task->request, vc__call_deadline(vc__clock_ms(), task->job.patience_ms), vc__hub_seed(client->hub));
    task->job.operation = vc__call_operation(&task->call);
    return task;
}

static void end_request(vc__task *task, vc_code code, vc_error *why)
{
    vc_request *request = &task->request;
    vc_vault_reply *reply = NULL;
    if (!code)
        code = vc__reply_error(request->status, vc__buf_get(&request->reply), why);
    if (code && request->tries)
        vc__error_at(why, vc_request_path(request), 0, 0);
    if (request->state == VC__REQUEST_REPLIED && !(reply = vc__vault_reply_take(request, why)))
        code = why->code;
    vc__request_cleanup(request);
    task->reply_done(task->user, reply, code, why);
}

void vc__task_end(vc__task *task, vc_code code, const vc_error *why)
{
    vc_error copy = VC_ERROR_INIT;
    vc__error_copy(&copy, why);
    if (task->batch) {
        vc__run_learn(task->client, task->batch);
        task->batch_done(task->user, task->batch, code, &copy);
    } else if (task->values) {
        vc__transit_run_learn(task->client, task->values);
        task->values_done(task->user, task->values, code, &copy);
    } else {
        end_request(task, code, &copy);
    }
    vc__free(task);
}
