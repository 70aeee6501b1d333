/* SPDX-License-Identifier: Apache-2.0 */
#include "io/traffic.h"

#include "base/error.h"
#include "io/failure.h"
#include "vault/reply.h"
#include "vault/request.h"

#include <stdio.h>

enum { IDLE_TRANSFERS = 64 }; /* what more a burst needed is given back */

static const char api_prefix[] = "/v1/";

/* -- what goes to the log ----------------------------------------------------------------------------------------- */

/* Once for each way in which a job is held up, so that a person who waits knows for what. */
static void note(const vc__driver *driver, const vc__transfer *transfer, const vc_error *why)
{
    vc__job *job = transfer->job;
    const int status = transfer->status;
    const int what = status ? status : -(int)why->code;
    char patience[64] = "";
    if (what == job->noted || job->pinned)
        return;
    job->noted = what;
    if (job->patience_ms)
        snprintf(patience, sizeof patience, " Trying on for up to %llu s.", (unsigned long long)(job->patience_ms + 999) / 1000);
    if (why->code)
        vc__config_log(driver->parts->config, "%s%s", why->message, patience);
    else
        vc__config_log(driver->parts->config, "%s answered %d (%s).%s", transfer->target->name, status,
                       status == 429   ? "too many requests for a quota"
                       : status == 503 ? "sealed, on standby or in maintenance"
                                       : "not available",
                       patience);
}

/* Remembers what a 403 was about. Paths hold names of mounts and keys, never data. */
static void note_denied(const vc__driver *driver, vc__transfer *transfer)
{
    const char *path = vc_request_path(transfer->request);
    const size_t skip = sizeof api_prefix - 1;
    vc__job *job = transfer->job;
    if (transfer->request->auth != VC__AUTH_SESSION)
        return;
    snprintf(job->denied, sizeof job->denied, "%s %s", vc_request_method(transfer->request),
             strncmp(path, api_prefix, skip) == 0 ? path + skip : path);
    job->verdict = vc__session_verdict(driver->parts->session, transfer->generation);
}

/* -- answers ----------------------------------------------------------------------------------------------------------- */

/* It is not under way any more. */
static void leave_gate(vc__driver *driver, vc__transfer *transfer)
{
    if (transfer->inside && vc__gate_leave(driver->parts->gate))
        vc__bell_ring(driver->parts->bell);
    transfer->inside = false;
}

/* The request of a transfer was answered: the transfer is idle, and the job has something to read. */
static void settled(vc__driver *driver, vc__transfer *transfer)
{
    leave_gate(driver, transfer);
    transfer->job->lent--;
    transfer->job->ready = true;
    transfer->job = NULL;
    if (driver->idle_count < IDLE_TRANSFERS) {
        driver->idle_count++;
        vc__queue_append(&driver->idle, transfer);
    } else {
        vc__transfer_free(transfer);
    }
}

static void give_answer(vc__driver *driver, vc__transfer *transfer, uint64_t now_ms)
{
    if (transfer->status == 403)
        note_denied(driver, transfer);
    vc__transfer_answer(transfer, now_ms);
    settled(driver, transfer);
}

static void give_failure(vc__driver *driver, vc__transfer *transfer, const vc_error *why, uint64_t now_ms)
{
    vc__transfer_fail(transfer, why, now_ms);
    settled(driver, transfer);
}

/* The first of the job's transfers in the queue. */
static vc__transfer *transfer_of(const vc__queue *queue, const vc__job *job)
{
    vc__transfer *transfer = queue->first;
    while (transfer && transfer->job != job)
        transfer = transfer->next;
    return transfer;
}

/* Nothing goes on for this job: what it lent is answered. */
void vc__traffic_call_off(vc__driver *driver, const vc__job *job)
{
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_CANCELED, "the request was given up");
    for (vc__transfer *transfer; (transfer = transfer_of(&driver->waiting, job));) {
        vc__queue_take_out(&driver->waiting, transfer);
        give_failure(driver, transfer, &why, 0);
    }
    for (vc__transfer *transfer; (transfer = transfer_of(&driver->busy, job));) {
        vc__queue_take_out(&driver->busy, transfer);
        (void)curl_multi_remove_handle(driver->multi, transfer->easy);
        vc__cluster_release(driver->parts->cluster, transfer->server, driver->now_ms);
        give_failure(driver, transfer, &why, 0);
    }
}

/* Time is over for a request that waited for a server: what is the matter with those is the reason. */
void vc__traffic_tell_trouble(const vc__driver *driver, const vc__job *job, vc_error *why)
{
    const vc__transfer *transfer = transfer_of(&driver->waiting, job);
    vc_error trouble = VC_ERROR_INIT;
    if (transfer && transfer->away && vc__cluster_trouble(driver->parts->cluster, &trouble))
        vc__error_copy(why, &trouble);
}

/* -- the session -------------------------------------------------------------------------------------------------- */

static void work_ended(vc__job *job, vc_code code, const vc_error *why)
{
    vc__driver *driver = job->user;
    driver->working = false;
    driver->session_due = 0;
    vc__session_finish(driver->parts->session, driver->now_ms, code, why);
    vc__bell_ring(driver->parts->bell);
}

static vc__session_state ask_session(vc__driver *driver, uint64_t now_ms, vc_error *why)
{
    if (driver->working && driver->work_is_urgent)
        return VC__SESSION_BUSY;
    bool urgent = true;
    vc__operation work = { NULL, NULL, NULL };
    driver->session_due = UINT64_MAX;
    const vc__session_state state = vc__session_check(driver->parts->session, now_ms, &driver->session_due, &work, &urgent, why);
    if (state != VC__SESSION_WORK)
        return state;
    driver->working = true;
    driver->work_is_urgent = urgent;
    driver->session_due = UINT64_MAX;
    driver->work = (vc__job){ .operation = work, .ended = work_ended, .user = driver, .inner = true };
    vc__driver_begin(driver, &driver->work);
    return urgent ? VC__SESSION_BUSY : VC__SESSION_READY;
}

static bool needs_session(const vc__transfer *transfer)
{
    return !transfer->job->inner && transfer->request->auth == VC__AUTH_SESSION;
}

/* A first 403 waits until the session knows what it means. */
static bool is_held(vc__driver *driver, vc__transfer *transfer, uint64_t now_ms)
{
    if (transfer->status != 403 || transfer->denied || !needs_session(transfer) || !transfer->generation ||
        !vc__session_denied(driver->parts->session, transfer->generation, now_ms))
        return false;
    transfer->denied = true;
    leave_gate(driver, transfer);
    vc__queue_append(&driver->waiting, transfer);
    return true;
}

/* -- sending ------------------------------------------------------------------------------------------------------ */

static vc_code add_handle(vc__driver *driver, vc__transfer *transfer, vc_error *err)
{
    const CURLMcode result = curl_multi_add_handle(driver->multi, transfer->easy);
    if (result)
        return vc__curl_multi_failure(result, err);
    vc__queue_append(&driver->busy, transfer);
    driver->sent = true;
    return VC_OK;
}

/* This one transfer cannot be sent: that is no trouble which passes, and ends its job. */
static void spoil(vc__driver *driver, vc__transfer *transfer, vc_error *why)
{
    vc__job *job = transfer->job;
    vc_error given_up = VC_ERROR_INIT;
    vc__error(&given_up, VC_E_CANCELED, "the request could not be sent");
    vc__cluster_release(driver->parts->cluster, transfer->server, driver->now_ms);
    give_failure(driver, transfer, &given_up, 0);
    vc__driver_end(driver, job, why->code, why);
}

static void go_to(vc__driver *driver, vc__transfer *transfer, size_t server)
{
    vc_error why = VC_ERROR_INIT;
    const vc__counts counts = { .requests = 1, .retries = transfer->request->tries > 1, .failovers = transfer->tried != 0 };
    transfer->server = server;
    transfer->away = false;
    transfer->request->tries_max = driver->parts->config->tries_max;
    vc__cluster_count(driver->parts->cluster, &counts);
    if (vc__transfer_begin(transfer, vc__cluster_target(driver->parts->cluster, server), driver->parts->session, driver->parts->cluster,
                           &why) ||
        add_handle(driver, transfer, &why))
        spoil(driver, transfer, &why);
}

/* Sends it, if there is a server for it and room; else it waits on. */
static void start(vc__driver *driver, vc__transfer *transfer, uint64_t now_ms)
{
    uint64_t again = UINT64_MAX;
    size_t server = transfer->job->server;
    if (!transfer->job->pinned)
        server = vc__cluster_choose(driver->parts->cluster, now_ms, 0, &again);
    transfer->away = server == VC__NO_SERVER;
    if (!transfer->away && !transfer->inside && !transfer->job->inner) {
        transfer->inside = vc__gate_enter(driver->parts->gate, now_ms, &again);
        if (!transfer->inside) {
            vc__cluster_release(driver->parts->cluster, server, now_ms);
            server = VC__NO_SERVER;
        }
    }
    if (server != VC__NO_SERVER) {
        go_to(driver, transfer, server);
        return;
    }
    vc__queue_append(&driver->waiting, transfer);
    if (again < driver->send_due)
        driver->send_due = again;
}

/* Whether to ask the session: somebody waits for it, or it wanted to be asked again while its token is in use. */
static bool session_matters(const vc__driver *driver, uint64_t now_ms)
{
    for (const vc__transfer *transfer = driver->waiting.first; transfer; transfer = transfer->next)
        if (needs_session(transfer))
            return true;
    if (now_ms >= driver->session_due)
        for (const vc__transfer *transfer = driver->busy.first; transfer; transfer = transfer->next)
            if (needs_session(transfer))
                return true;
    return false;
}

void vc__traffic_send(vc__driver *driver, uint64_t now_ms)
{
    driver->send_due = UINT64_MAX;
    vc_error why = VC_ERROR_INIT;
    const vc__session_state state = session_matters(driver, now_ms) ? ask_session(driver, now_ms, &why) : VC__SESSION_READY;
    const uint64_t generation = state == VC__SESSION_READY && driver->waiting.first ? vc__session_generation(driver->parts->session) : 0;
    for (size_t left = vc__queue_length(&driver->waiting); left && driver->waiting.first; left--) {
        vc__transfer *transfer = vc__queue_pop(&driver->waiting);
        const bool asks = needs_session(transfer);
        if (asks && state == VC__SESSION_FAILED)
            give_failure(driver, transfer, &why, now_ms);
        else if (asks && state != VC__SESSION_READY)
            vc__queue_append(&driver->waiting, transfer);
        else if (transfer->status == 403 && transfer->generation == generation)
            give_answer(driver, transfer, now_ms);
        else
            start(driver, transfer, now_ms);
    }
}

/* -- what comes back ---------------------------------------------------------------------------------------------- */

/* What another server may do better; 412 and 429 are about us. */
static bool is_servers_fault(const vc__transfer *transfer)
{
    return transfer->status >= 500 && transfer->status != 501 &&
           vc__reply_passes(transfer->status, vc__buf_get(&transfer->reply));
}

/*
 * What fails inside over one token or log-in (a role that is gone, an LDAP server that is away) says nothing of the server: neither that
 * it is well nor that it is not. Those tries follow each other without others between, and would soon look like a row of failures.
 */
static bool tells_nothing(const vc__transfer *transfer)
{
    return transfer->status == 500 && transfer->job->inner && !transfer->job->pinned;
}

/* Worth a line in the log: not the refusal of a request, which its caller gets to read. */
static bool is_trouble(const vc__transfer *transfer)
{
    return transfer->status == 412 || transfer->status == 429 || transfer->status == 501 || is_servers_fault(transfer);
}

/* Whether it may go to another server now, after this one has had it. */
static bool may_move(const vc__transfer *transfer)
{
    const vc_request *request = transfer->request;
    return request->unsent || transfer->status == 503 || (request->replay_safe && !request->once);
}

/* A server could not do it, which is counted. True: another one does it now. */
static bool failed_over(vc__driver *driver, vc__transfer *transfer, uint64_t now_ms, const vc_error *why)
{
    uint64_t again;
    vc__cluster *cluster = driver->parts->cluster;
    const bool at_once = transfer->status == 0 || transfer->status == 503;
    if (vc__cluster_bad(cluster, transfer->server, now_ms, at_once, why))
        vc__bell_ring(driver->parts->bell);
    if (!at_once || transfer->job->pinned || !may_move(transfer))
        return false;
    transfer->tried |= UINT64_C(1) << transfer->server;
    const size_t server = vc__cluster_choose(cluster, now_ms, transfer->tried, &again);
    if (server == VC__NO_SERVER)
        return false;
    go_to(driver, transfer, server);
    return true;
}

/* The server answers. */
static void heard_of(vc__driver *driver, const vc__transfer *transfer)
{
    if (vc__cluster_good(driver->parts->cluster, transfer->server))
        vc__bell_ring(driver->parts->bell);
}

static void take_redirect(vc__driver *driver, vc__transfer *transfer, uint64_t now_ms)
{
    size_t server;
    vc_error why = VC_ERROR_INIT;
    heard_of(driver, transfer);
    if (vc__cluster_redirect(driver->parts->cluster, transfer->server, &transfer->to, &server, &why)) {
        give_failure(driver, transfer, &why, now_ms);
        return;
    }
    transfer->server = server;
    if (vc__transfer_move(transfer, vc__cluster_target(driver->parts->cluster, server), &why) || add_handle(driver, transfer, &why))
        spoil(driver, transfer, &why);
}

static void take_failure(vc__driver *driver, vc__transfer *transfer, uint64_t now_ms, const vc_error *why)
{
    const bool transport = why->retryable || why->code == VC_E_TLS;
    if (why->retryable) /* what is final, the caller gets to read anyway */
        note(driver, transfer, why);
    if (!transport) /* a trial that tells nothing */
        vc__cluster_release(driver->parts->cluster, transfer->server, now_ms);
    if (!transport || !failed_over(driver, transfer, now_ms, why))
        give_failure(driver, transfer, why, now_ms);
}

static void take_reply(vc__driver *driver, vc__transfer *transfer, uint64_t now_ms)
{
    vc_error why = VC_ERROR_INIT;
    vc__cluster *cluster = driver->parts->cluster;
    if (is_trouble(transfer))
        note(driver, transfer, &why);
    vc__transfer_learn(transfer, cluster);
    if (tells_nothing(transfer)) {
        vc__cluster_release(cluster, transfer->server, now_ms);
    } else if (transfer->job->pinned ? transfer->status != 200 : is_servers_fault(transfer)) {
        vc__error(&why, transfer->status == 503 ? VC_E_SEALED : VC_E_SERVER, "%s answered %d (%s).", transfer->target->name,
                  transfer->status, transfer->status == 503 ? "sealed, on standby or in maintenance" : "not available");
        why.retryable = 1;
        why.http_status = transfer->status;
        if (failed_over(driver, transfer, now_ms, &why))
            return;
    } else {
        heard_of(driver, transfer);
        if (transfer->redirected)
            vc__cluster_prefer(cluster, transfer->server);
    }
    if (!is_held(driver, transfer, now_ms))
        give_answer(driver, transfer, now_ms);
}

static void finish(vc__driver *driver, vc__transfer *transfer, CURLcode result, uint64_t now_ms)
{
    vc_error why = VC_ERROR_INIT;
    (void)curl_multi_remove_handle(driver->multi, transfer->easy);
    vc__queue_take_out(&driver->busy, transfer);
    switch (vc__transfer_judge(transfer, result, &why)) {
    case VC__TRANSFER_REDIRECTED:
        take_redirect(driver, transfer, now_ms);
        break;
    case VC__TRANSFER_FAILED:
        take_failure(driver, transfer, now_ms, &why);
        break;
    case VC__TRANSFER_REPLIED:
        take_reply(driver, transfer, now_ms);
        break;
    }
}

void vc__traffic_take(vc__driver *driver, uint64_t now_ms)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(driver->multi, &left));) {
        char *transfer = NULL;
        if (message->msg == CURLMSG_DONE && !curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) && transfer)
            finish(driver, (vc__transfer *)(void *)transfer, message->data.result, now_ms);
    }
}
