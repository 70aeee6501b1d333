/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traffic.h - the driver's requests between its jobs and the servers: they wait for the session, the gate and a server, go out, come back,
 * move on to another server, follow a redirect, are held after a first 403, and are answered.
 *
 * Threads: as its driver, one owner.
 */
#ifndef VC__IO_TRAFFIC_H
#define VC__IO_TRAFFIC_H

#include "io/driver.h"

/* Sends what waits, as far as it may go now; asks the session where that matters, and begins what it wants done. */
void vc__traffic_send(vc__driver *driver, uint64_t now_ms);

/* Takes what libcurl has finished. */
void vc__traffic_take(vc__driver *driver, uint64_t now_ms);

/* Nothing goes on for this job: what it lent is answered with VC_E_CANCELED. */
void vc__traffic_call_off(vc__driver *driver, const vc__job *job);

/* The job's time is over: `why` becomes what is the matter with the servers, when a request of it waited for those. */
void vc__traffic_tell_trouble(const vc__driver *driver, const vc__job *job, vc_error *why);

#endif
