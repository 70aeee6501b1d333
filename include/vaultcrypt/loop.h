/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - a client inside an application's own event loop: many batches and requests under way at once on one thread, which
 * never waits in here. The library says which sockets to watch and when to call again; libevent, libuv, epoll or poll() do the
 * rest. Connections, token, retries, failover, limits and errors are those of the blocking calls.
 *
 *     static void *watch(void *user, int fd, unsigned what, void *watched)     your poller's entry for fd: made when `watched`
 *     {                                                                        is NULL, changed, or removed when `what` is 0
 *         ...                                                                  and returned, to be handed in next time
 *     }
 *     static void set_timer(void *user, int64_t milliseconds) { ... }          one timer; -1: none
 *
 *     vc_loop *loop = vc_loop_new(vault, watch, set_timer, app, &err);
 *     vc_loop_submit_batch(loop, batch, done, app, NULL, &err);
 *     ... when a socket is ready:   vc_loop_socket_ready(loop, fd, VC_LOOP_READ);
 *     ... when the timer is due:    vc_loop_timer_due(loop);
 *     ... and `done` is called from there.
 *
 * Rules: the callbacks are called by the thread that calls in here, from within the functions of this file. `done` is called exactly once
 * for each operation that was submitted, and only from vc_loop_socket_ready(), vc_loop_timer_due() and vc_loop_free(); in it, operations
 * may be submitted and canceled, and the loop may be freed.
 *
 * Threads: a loop has one owner. vc_client_cancel() on its client may come from any thread, and ends all of its operations.
 */
#ifndef VAULTCRYPT_LOOP_H
#define VAULTCRYPT_LOOP_H

#include <vaultcrypt/transit_batch.h>
#include <vaultcrypt/vault.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_loop vc_loop;

/* What a socket is watched for, and was found ready for: bits. */
#define VC_LOOP_READ 1u
#define VC_LOOP_WRITE 2u

/*
 * Watch `fd` for `what` (VC_LOOP_READ, VC_LOOP_WRITE or both) from now on, instead of what was asked for before; 0: no longer, and forget
 * it. `watched` is what the last call for this fd returned, NULL when it is the first; the result is kept for the next. A result of NULL is
 * fine for those who keep their own table. Some of the descriptors are no sockets (an eventfd): they are polled all the same.
 */
typedef void *(*vc_loop_watch_fn)(void *user, int fd, unsigned what, void *watched);

/* Call vc_loop_timer_due() in so many milliseconds from now, 0: as soon as the loop gets to it; instead of what was said before. -1: never. */
typedef void (*vc_loop_timer_fn)(void *user, int64_t milliseconds);

/*
 * The client must outlive the loop; its deadline (vc_client_set_deadline()) holds for each operation. The loop has connections of its
 * own. NULL: VC_E_ARGUMENT, VC_E_STATE (after a fork), VC_E_IO (no descriptor left), VC_E_MEMORY.
 */
VC_API VC_MUST_CHECK vc_loop *vc_loop_new(vc_client *client, vc_loop_watch_fn watch, vc_loop_timer_fn timer, void *user, vc_error *err);

/*
 * Ends all operations with VC_E_CANCELED (their `done` is called), has all descriptors forgotten and the timer stopped, frees. NULL is fine.
 * After a fork, in the child, neither callback but `done` is called, for sockets and perhaps the poller are the parent's too; the other
 * functions that take a loop do nothing there.
 */
VC_API void vc_loop_free(vc_loop *loop);

/* `fd` is ready for `what`; for an error or a hang-up, say both. */
VC_API void vc_loop_socket_ready(vc_loop *loop, int fd, unsigned what);

/* The time that the timer was set to has come. Coming too early or too often does no harm. */
VC_API void vc_loop_timer_due(vc_loop *loop);

/* The end of a batch: VC_OK, or what vc_client_run() would return, with `err`. The batch is its owner's again. */
typedef void (*vc_loop_batch_fn)(void *user, vc_batch *batch, vc_code code, const vc_error *err);

/*
 * Runs the batch, as vc_client_run() does. It is borrowed until `done`: do not touch it. `*ticket` (may be NULL) names the operation for
 * vc_loop_cancel(). VC_E_ARGUMENT, VC_E_STATE (the batch was started; after a fork), VC_E_MEMORY: `done` is not called then.
 */
VC_API vc_code vc_loop_submit_batch(vc_loop *loop, vc_batch *batch, vc_loop_batch_fn done, void *user, uint64_t *ticket, vc_error *err);

/* The same for many values of transit: as vc_transit_batch_run(). */
typedef void (*vc_loop_transit_batch_fn)(void *user, vc_transit_batch *batch, vc_code code, const vc_error *err);
VC_API vc_code vc_loop_submit_transit_batch(vc_loop *loop, vc_transit_batch *batch, vc_loop_transit_batch_fn done, void *user,
                                            uint64_t *ticket, vc_error *err);

/*
 * The end of a request: as of vc_vault_request(). `reply` is the caller's from now on (vc_vault_reply_free()); NULL when no answer of
 * HTTP came.
 */
typedef void (*vc_loop_reply_fn)(void *user, vc_vault_reply *reply, vc_code code, const vc_error *err);

/* Sends a request, as vc_vault_request() does. The arguments are copied. Errors: as vc_vault_request() before anything is sent. */
VC_API vc_code vc_loop_submit_request(vc_loop *loop, const char *method, const char *path, vc_view body,
                                      const vc_vault_options *options, vc_loop_reply_fn done, void *user, uint64_t *ticket,
                                      vc_error *err);

/*
 * Ends one operation with VC_E_CANCELED: its `done` is called when the loop comes in next. 1: it was under way; 0: it has ended already.
 * Vault may have done what it was asked to do.
 */
VC_API int vc_loop_cancel(vc_loop *loop, uint64_t ticket);

/* How many operations have not ended. */
VC_API size_t vc_loop_pending(const vc_loop *loop);

#ifdef __cplusplus
}
#endif

#endif
