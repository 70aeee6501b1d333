/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.h - the engine: runs any number of jobs (operations) at once on one curl multi handle. It never waits: its user does, for
 * sockets (curl_multi_poll() or sockets handed out by libcurl) and for the time that vc__driver_due() tells, and then takes a turn.
 * Two users: blocking.c and loop.c.
 *
 * Requests that carry the session's token ask the session first. What it wants done (a log-in, a renewal) the driver does as a job of
 * its own; requests wait for that where they must. A request's first 403 is held until the session has found out what it means.
 *
 * Threads: a driver has one owner at a time, who has SIGPIPE blocked while he calls.
 */
#ifndef VC__IO_DRIVER_H
#define VC__IO_DRIVER_H

#include "io/bell.h"
#include "io/cluster.h"
#include "io/gate.h"
#include "io/job.h"
#include "io/queue.h"
#include "io/session.h"

/* What the drivers of one client share. */
typedef struct vc__parts {
    const vc_config *config;
    vc__cluster *cluster;
    vc__session *session;
    vc__gate *gate;
    vc__bell *bell;
} vc__parts;

typedef struct vc__driver vc__driver;
struct vc__driver {
    const vc__parts *parts; /* borrowed */
    vc__listener listener;
    CURLM *multi;
    vc__job *jobs;
    vc__queue waiting; /* to be sent, or answered, when session and others let them */
    vc__queue busy;    /* with libcurl */
    vc__queue idle;    /* to be used again */
    size_t idle_count;
    bool sent;         /* something went to libcurl; who lets libcurl work takes it back */
    uint64_t now_ms;   /* of the turn */

    vc__job work; /* what the session wants done */
    bool working, work_is_urgent;
    uint64_t session_due; /* ask it again then */
    struct vc__probe *probe; /* a server is asked for its health; NULL: none is */
    bool probing;            /* likewise */
    uint64_t send_due;       /* what waits may be sent then */
    vc__driver *next;     /* in the client's list */
    uint64_t epoch;       /* of the hub, when it was made */
};

/* NULL and VC_E_MEMORY. */
vc__driver *vc__driver_new(const vc__parts *parts, vc_error *err);

/* Ends what runs, closes its connections. */
void vc__driver_free(vc__driver *driver);
VC__DEFINE_CLEANUP(vc__driver, vc__driver_free)

/* Takes the job in; nothing happens to it before the next turn. The job stays where it is until it has ended. */
void vc__driver_begin(vc__driver *driver, vc__job *job);

/*
 * Goes on as far as possible without waiting: takes what libcurl has finished, steps jobs, sends. Jobs may end meanwhile, and others
 * begin.
 */
void vc__driver_turn(vc__driver *driver, uint64_t now_ms);

/* When to take a turn although no socket is ready; UINT64_MAX: there is no such time. libcurl's own time limits come on top. */
uint64_t vc__driver_due(const vc__driver *driver);

/* libcurl failed as a whole with `result`: ends all jobs. */
void vc__driver_break(vc__driver *driver, CURLMcode result);

/* Ends this job with `code`, and `why` when that is not VC_OK: for the files of the driver. */
void vc__driver_end(vc__driver *driver, vc__job *job, vc_code code, vc_error *why);

/* Ends this job, or all, with VC_E_CANCELED. What was under way for it is answered likewise. */
void vc__driver_cancel(vc__driver *driver, vc__job *job);
void vc__driver_stop(vc__driver *driver);

/*
 * blocking.c: runs a job to its end. VC_OK, or why not; VC_E_MEMORY and VC_E_INTERNAL are the driver's own. What the session wanted
 * done meanwhile is brought to its end too, within bounds. `ended` and `user` of the job are taken.
 */
vc_code vc__driver_run(vc__driver *driver, vc__job *job, vc_error *err);

#endif
