/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - what a vc_client is made of, and the way in for the typed calls (transit.c, transform.c, sys.c): one request, sent
 * until its answer is final.
 *
 * Threads: everything in a client but what stands under its lock is set when it is opened and never changed.
 */
#ifndef VC__IO_CLIENT_H
#define VC__IO_CLIENT_H

#include "io/config.h"
#include "io/driver.h"
#include "io/target.h"
#include "vault/request.h"

#include <pthread.h>
#include <sys/types.h>

struct vc_client {
    vc_config *config; /* a copy of its own */
    vc__target *target;
    pid_t pid; /* who opened it: connections and secrets do not survive a fork */

    pthread_mutex_t lock;
    vc__driver *idle;  /* drivers that nobody has borrowed, with their open connections */
    size_t idle_count;
    size_t item_cap;   /* largest batch that Vault took after it refused a larger one; 0: not known */
    uint64_t seed;     /* of the jitter */
};

/*
 * Sends the request, as often as vc__request_again() says, until its reply or its failure is final or the configuration's deadline
 * has passed; blocks. VC_OK: there is a final reply in `request` (status, reply), whatever its status: see vc__reply_error(). A
 * reply of 403 is VC_E_DENIED, with a message that tells a dead token from a missing policy. Otherwise what prevented a reply:
 * VC_E_CONNECT, VC_E_TLS, VC_E_TIMEOUT, VC_E_PROTOCOL, VC_E_STATE (after a fork), VC_E_MEMORY.
 */
vc_code vc__client_call(vc_client *client, vc_request *request, vc_error *err);

/* One request as an operation: at most until `deadline`, with the jitter's seed. */
typedef struct vc__call {
    vc_request *request;
    uint64_t deadline;
    uint64_t seed;
} vc__call;

void vc__call_init(vc__call *call, vc_client *client, vc_request *request, uint64_t deadline_ms);
vc__operation vc__call_operation(vc__call *call);

/* The same for any operation: steps it to its end with a borrowed driver. See driver.h. */
vc_code vc__client_drive(vc_client *client, const vc__operation *operation, vc_error *err);

#endif
