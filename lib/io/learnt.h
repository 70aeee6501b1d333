/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learnt.h - what the calls of one client have learnt of the server's limits (caps.h): one call finds a cap, all that follow keep to it.
 *
 * Threads: any; it has its own lock.
 */
#ifndef VC__IO_LEARNT_H
#define VC__IO_LEARNT_H

#include "io/config.h"
#include "vault/caps.h"

#include <pthread.h>

typedef struct vc__learnt {
    const vc_config *config; /* for its log */
    pthread_mutex_t lock;
    vc__caps caps;
} vc__learnt;

/* VC_E_MEMORY. */
vc_code vc__learnt_init(vc__learnt *learnt, const vc_config *config, vc_error *err);
void vc__learnt_destroy(vc__learnt *learnt);

/* A copy for one run. */
void vc__learnt_get(vc__learnt *learnt, vc__caps *caps);

/* What that run found out. Says each new cap once in the log. */
void vc__learnt_teach(vc__learnt *learnt, const vc__caps *caps);

#endif
