/* SPDX-License-Identifier: Apache-2.0 */
#include "io/driver.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/denied.h"
#include "io/failure.h"
#include "io/probe.h"
#include "io/traffic.h"
#include "vault/request.h"

enum { IDLE_CONNECTIONS = 16 };

/* -- life --------------------------------------------------------------------------------------------------------- */

vc__driver *vc__driver_new(const vc__parts *parts, vc_error *err)
{
    vc__autoptr(vc__driver) driver = vc__calloc(1, sizeof *driver);
    if (driver)
        driver->multi = curl_multi_init();
    if (!driver || !driver->multi) {
        vc__error_memory(err);
        return NULL;
    }
    driver->parts = parts;
    driver->send_due = UINT64_MAX;
    const size_t wanted = parts->config->connections;
    (void)curl_multi_setopt(driver->multi, CURLMOPT_MAXCONNECTS, (long)(wanted > IDLE_CONNECTIONS ? wanted : IDLE_CONNECTIONS));
    return vc__steal(&driver);
}

void vc__driver_free(vc__driver *driver)
{
    if (!driver)
        return;
    vc__driver_stop(driver);
    for (vc__transfer *transfer; (transfer = vc__queue_pop(&driver->idle));)
        vc__transfer_free(transfer);
    if (driver->multi)
        (void)curl_multi_cleanup(driver->multi);
    vc__free(driver);
}

/* -- jobs and their requests -------------------------------------------------------------------------------------- */

void vc__driver_begin(vc__driver *driver, vc__job *job)
{
    job->ready = true;
    job->given_up = job->stuck = false;
    job->due = UINT64_MAX;
    job->lent = 0;
    job->noted = 0;
    job->denied[0] = 0;
    job->verdict = VC__TOKEN_UNKNOWN;
    job->next = NULL;
    vc__job **at = &driver->jobs;
    while (*at)
        at = &(*at)->next;
    *at = job;
}
void vc__driver_end(vc__driver *driver, vc__job *job, vc_code code, vc_error *why)
{
    vc__job **at = &driver->jobs;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    if (code == VC_E_TIMEOUT)
        vc__traffic_tell_trouble(driver, job, why);
    vc__traffic_call_off(driver, job);
    code = code ? why->code : VC_OK;
    if (code == VC_E_DENIED && job->denied[0])
        vc__denied_explain(driver->parts->config, job->verdict, job->denied, why);
    job->ended(job, code, why);
}

/* All that the job has to send now goes to the queue. */
static vc_code take_requests(vc__driver *driver, vc__job *job, size_t *count, vc_error *err)
{
    for (vc_request *request; (request = job->operation.next(job->operation.self)); ++*count) {
        vc__transfer *transfer = vc__queue_pop(&driver->idle);
        driver->idle_count -= transfer != NULL;
        if (!transfer)
            transfer = vc__transfer_new(err);
        if (!transfer) {
            vc_error why = VC_ERROR_INIT;
            vc__error(&why, VC_E_CANCELED, "the request could not be sent");
            (void)vc_request_failed(request, &why, 0, NULL);
            return err->code;
        }
        vc__transfer_take(transfer, job, request);
        job->lent++;
        vc__queue_append(&driver->waiting, transfer);
    }
    return VC_OK;
}

/* One step of a job that is ready. True: it has ended. */
static bool step(vc__driver *driver, vc__job *job, uint64_t now_ms)
{
    size_t count = 0;
    vc_error why = VC_ERROR_INIT;
    vc_code code = VC_OK;
    job->ready = false;
    job->due = UINT64_MAX;
    switch (job->operation.step(job->operation.self, now_ms, &job->due, &why)) {
    case VC_STEP_DONE:
        vc__driver_end(driver, job, VC_OK, &why);
        return true;
    case VC_STEP_SEND:
        code = take_requests(driver, job, &count, &why);
        /* None: one that could not be built; the next step tells. */
        if (!code && !count && job->stuck)
            code = vc__error(&why, VC_E_INTERNAL, "an operation has requests to send, and lends none");
        job->stuck = !count;
        job->ready = true;
        break;
    case VC_STEP_WAIT:
        if (!job->lent && job->due == UINT64_MAX)
            code = vc__error(&why, VC_E_INTERNAL, "an operation waits for nothing");
        break;
    case VC_STEP_FAILED:
        code = why.code;
        break;
    }
    if (code)
        vc__driver_end(driver, job, code, &why);
    return code != VC_OK;
}

static bool is_canceled(const vc__job *job)
{
    return job->given_up || (job->canceled && atomic_load(job->canceled));
}

static void step_jobs(vc__driver *driver, uint64_t now_ms)
{
    for (vc__job *job = driver->jobs; job;) {
        const bool canceled = is_canceled(job);
        if (canceled)
            vc__driver_cancel(driver, job);
        /* Whoever hears of an end may begin and cancel others: the list is another then. */
        if (canceled || ((job->ready || now_ms >= job->due) && step(driver, job, now_ms)))
            job = driver->jobs;
        else if (!job->ready)
            job = job->next; /* one that has lent requests is stepped once more */
    }
}

void vc__driver_cancel(vc__driver *driver, vc__job *job)
{
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_CANCELED, "the call was canceled");
    vc__driver_end(driver, job, VC_E_CANCELED, &why);
}

void vc__driver_stop(vc__driver *driver)
{
    while (driver->jobs)
        vc__driver_cancel(driver, driver->jobs);
}

void vc__driver_break(vc__driver *driver, CURLMcode result)
{
    size_t left = 0; /* whoever hears of an end may begin others, behind: they get their own turn */
    for (const vc__job *job = driver->jobs; job; job = job->next)
        left++;
    for (; left && driver->jobs; left--) {
        vc_error why = VC_ERROR_INIT;
        const vc_code code = vc__curl_multi_failure(result, &why);
        vc__driver_end(driver, driver->jobs, code, &why);
    }
}

static bool has_ready_job(const vc__driver *driver)
{
    const vc__job *job = driver->jobs;
    while (job && !job->ready)
        job = job->next;
    return job != NULL;
}

/* While there is something to do here, one of the servers that were given up may be asked whether it is back. */
static void probe(vc__driver *driver, uint64_t now_ms)
{
    if (driver->probe || !driver->jobs)
        return;
    const size_t server = vc__cluster_probe(driver->parts->cluster, now_ms);
    if (server == VC__NO_SERVER)
        return;
    driver->probe = vc__probe_begin(driver, server);
    driver->probing = driver->probe != NULL;
    if (!driver->probe)
        vc__cluster_release(driver->parts->cluster, server, now_ms);
}

void vc__driver_turn(vc__driver *driver, uint64_t now_ms)
{
    driver->now_ms = now_ms;
    vc__traffic_take(driver, now_ms);
    probe(driver, now_ms);
    do {
        step_jobs(driver, now_ms);
        vc__traffic_send(driver, now_ms);
    } while (has_ready_job(driver));
}

uint64_t vc__driver_due(const vc__driver *driver)
{
    if (has_ready_job(driver))
        return 0;
    uint64_t due = driver->waiting.first || driver->busy.first ? driver->session_due : UINT64_MAX;
    if (driver->send_due < due)
        due = driver->send_due;
    for (const vc__job *job = driver->jobs; job; job = job->next)
        if (job->due < due)
            due = job->due;
    return due;
}
