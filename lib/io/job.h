/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - an operation that a driver runs, and what the driver knows of it.
 *
 * Threads: as its driver, one owner; `canceled` may be set by any thread.
 */
#ifndef VC__IO_JOB_H
#define VC__IO_JOB_H

#include "io/operation.h"
#include "io/session.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct vc__job vc__job;

/* The end: VC_OK, or why not in `why`. The driver is through with the job; it may be freed. */
typedef void (*vc__job_fn)(vc__job *job, vc_code code, const vc_error *why);

struct vc__job {
    vc__operation operation;
    vc__job_fn ended;
    void *user;                  /* of `ended` */
    const atomic_bool *canceled; /* set by somebody who then wakes the driver; NULL: by nobody */
    uint64_t patience_ms;        /* how long it will try, for messages; 0: not known */
    bool pinned;                 /* to `server` of the cluster, wherever others go */
    size_t server;
    bool inner;                  /* the client's own business: sent without asking the session, and its 403 is no matter for it */

    /* The driver's: */
    bool ready;       /* to be stepped now */
    bool given_up;    /* by its owner: to be ended as canceled */
    bool stuck;       /* it wanted to send, and lent nothing */
    uint64_t due;     /* to be stepped then */
    size_t lent;      /* requests that it waits for */
    int noted;        /* the last trouble that went to the log */
    char denied[260]; /* what the last 403 was about: "POST transit/encrypt/payments"; "": none with the session's token */
    vc__verdict_on_token verdict; /* what was known then of its token */
    vc__job *next;
};

#endif
