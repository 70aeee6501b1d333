/* SPDX-License-Identifier: Apache-2.0 */
/*
 * halt.h - what makes a stop quick while Vault is away: a scope of the client for all calls of a run, and a thread that cancels it when
 * the stop is asked for. A signal handler, which may set the stop, may not cancel itself.
 *
 * Threads: one owner; the scope may be used from any.
 */
#ifndef VC__KAFKA_HALT_H
#define VC__KAFKA_HALT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <vaultcrypt/client.h>

typedef struct vc__halt {
    vc_client *scope; /* to be used in the client's place */
    const atomic_int *stop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool running, ending;
} vc__halt;

/* `stop` lives until vc__halt_end(). VC_E_STATE, VC_E_MEMORY. */
vc_code vc__halt_begin(vc__halt *halt, vc_client *client, const atomic_int *stop, vc_error *err);
void vc__halt_end(vc__halt *halt); /* also when it was not begun, all zero */

#endif
