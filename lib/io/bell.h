/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bell.h - drivers that run, and how to wake them: because another one got a token, because there is room again, because somebody
 * cancels. Whoever is woken looks for itself what has changed.
 *
 * Threads: any; it has a lock of its own, which is held while the wake functions are called.
 */
#ifndef VC__IO_BELL_H
#define VC__IO_BELL_H

#include <vaultcrypt/error.h>

#include <pthread.h>

/* In the driver that listens; `wake` may be called from any thread, and must not block. */
typedef struct vc__listener {
    void (*wake)(void *user);
    void *user;
    struct vc__listener *next;
} vc__listener;

typedef struct vc__bell {
    pthread_mutex_t lock;
    vc__listener *listeners;
} vc__bell;

/* VC_E_MEMORY. */
vc_code vc__bell_init(vc__bell *bell, vc_error *err);
void vc__bell_destroy(vc__bell *bell);

void vc__bell_listen(vc__bell *bell, vc__listener *listener);
void vc__bell_leave(vc__bell *bell, vc__listener *listener);

/* Wakes all. */
void vc__bell_ring(vc__bell *bell);

#endif
