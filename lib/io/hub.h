/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub.h - what all handles of one client share: configuration, connections, token, what was learnt of the server. It goes when the
 * last handle does.
 *
 * Threads: everything but what stands under its lock is set when it is made and never changed, or has a lock of its own.
 */
#ifndef VC__IO_HUB_H
#define VC__IO_HUB_H

#include "io/bell.h"
#include "io/cluster.h"
#include "io/config.h"
#include "io/driver.h"
#include "io/gate.h"
#include "io/learnt.h"
#include "io/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

typedef struct vc__hub {
    vc_config *config; /* a copy of its own */
    vc__cluster *cluster;
    vc__session *session;
    vc__gate gate;
    vc__bell bell;
    vc__parts parts; /* of the drivers: what stands above */
    vc__learnt learnt;
    atomic_bool ff3_1_told; /* once in the log */
    vc_keyring *keyring; /* referenced: the configured one, or its own */
    struct vc__keeper *keeper; /* the thread that renews; NULL: none */
    pid_t pid; /* who opened it: connections and secrets do not survive a fork */

    pthread_mutex_t lock;
    size_t references;
    vc__driver *idle; /* drivers that nobody has borrowed, with their open connections */
    size_t idle_count;
    uint64_t epoch; /* drivers of an older one are not used again */
    uint64_t seed; /* of the jitter */
} vc__hub;

/* Takes the configuration. One reference. NULL: VC_E_CONFIG, VC_E_MEMORY. */
vc__hub *vc__hub_new(vc_config *config, vc_error *err);
vc__hub *vc__hub_ref(vc__hub *hub);
void vc__hub_unref(vc__hub *hub);
VC__DEFINE_CLEANUP(vc__hub, vc__hub_unref)

/* VC_E_STATE in a forked child. */
vc_code vc__hub_check(const vc__hub *hub, vc_error *err);

/* The keyring is shared by clients of this Vault and namespace: its own one, or another that is lent to a call. As vc__ring_attach(). */
vc_code vc__hub_attach(const vc__hub *hub, vc_keyring *ring, vc_error *err);

/* A driver of the caller's own. NULL: VC_E_STATE, VC_E_MEMORY. */
vc__driver *vc__hub_new_driver(vc__hub *hub, vc_error *err);

/* A driver for one call, to be given back. NULL: VC_E_STATE (after a fork), VC_E_MEMORY. */
vc__driver *vc__hub_borrow(vc__hub *hub, vc_error *err);
void vc__hub_give_back(vc__hub *hub, vc__driver *driver);

/* Connections that are open serve what is under way on them, and no more: the next ones read certificates anew. */
void vc__hub_reconnect(vc__hub *hub);

/* A number for the jitter of one operation: another each time. */
uint64_t vc__hub_seed(vc__hub *hub);

#endif
