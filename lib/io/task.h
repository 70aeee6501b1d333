/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task.h - what an application has submitted to its loop: a batch or a request as a job, and whom to tell of its end.
 *
 * Threads: as the loop, one owner.
 */
#ifndef VC__IO_TASK_H
#define VC__IO_TASK_H

#include "io/client.h"

#include <vaultcrypt/loop.h>

typedef struct vc__task vc__task;
struct vc__task {
    vc__job job;
    uint64_t ticket;
    vc_client *client; /* borrowed */
    vc_loop *owner;
    vc_batch *batch;            /* borrowed; with `values` NULL: it is a request */
    vc_transit_batch *values;   /* borrowed */
    vc_request request;         /* its own */
    vc__call call;
    vc_loop_batch_fn batch_done;
    vc_loop_transit_batch_fn values_done;
    vc_loop_reply_fn reply_done;
    void *user;
    vc__task *next;
};

/* NULL: what vc_loop_submit_batch() and its like say. */
vc__task *vc__task_of_batch(vc_client *client, vc_batch *batch, vc_loop_batch_fn done, void *user, vc_error *err);
vc__task *vc__task_of_transit_batch(vc_client *client, vc_transit_batch *values, vc_loop_transit_batch_fn done, void *user,
                                    vc_error *err);
vc__task *vc__task_of_request(vc_client *client, const char *method, const char *path, vc_view body, const vc_vault_options *options,
                              vc_loop_reply_fn done, void *user, vc_error *err);

/* Its job has ended: tells whoever waits for it, and frees the task. */
void vc__task_end(vc__task *task, vc_code code, const vc_error *why);

#endif
