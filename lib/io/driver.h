/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.h - the blocking loop: steps an operation, sends what it lends on libcurl, answers, waits. One driver owns one curl
 * multi handle with its connections, which stay open for the next operation.
 *
 * Threads: a driver has one owner at a time (the client lends it). SIGPIPE is blocked for the thread while it runs.
 */
#ifndef VC__IO_DRIVER_H
#define VC__IO_DRIVER_H

#include "base/buf.h"
#include "io/target.h"

#include <vaultcrypt/request.h>

/* What the loop needs of an operation; <vaultcrypt/batch.h> says what step and next mean. */
typedef struct vc__operation {
    vc_step (*step)(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err);
    vc_request *(*next)(void *self);
    void *self;
} vc__operation;

typedef struct vc__driver vc__driver;
struct vc__driver {
    const vc__target *target; /* borrowed */
    CURLM *multi;
    struct vc__transfer *idle; /* easy handles to be used again */
    struct vc__transfer *busy;
    int noted;                /* the last status or failure that went to the log in this run */
    vc__buf denied;           /* what the last 403 of this run was about: "POST transit/encrypt/payments" */
    vc__driver *next;         /* in the client's list */
};

/* NULL and VC_E_MEMORY. */
vc__driver *vc__driver_new(const vc__target *target, vc_error *err);

/* Closes its connections. */
void vc__driver_free(vc__driver *driver);
VC__DEFINE_CLEANUP(vc__driver, vc__driver_free)

/*
 * Runs the operation to its end. VC_OK after VC_STEP_DONE; after VC_STEP_FAILED what the operation said. VC_E_MEMORY and VC_E_INTERNAL
 * are the loop's own. Whatever was under way is answered with VC_E_CANCELED.
 */
vc_code vc__driver_run(vc__driver *driver, const vc__operation *operation, vc_error *err);

#endif
