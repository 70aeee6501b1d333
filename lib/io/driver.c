/* SPDX-License-Identifier: Apache-2.0 */
#include "io/driver.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/clock.h"
#include "io/sigpipe.h"
#include "io/transfer.h"

#include <limits.h>

enum { DENIED_MAX = 256, IDLE_CONNECTIONS = 16 };

static const char api_prefix[] = "/v1/";

vc__driver *vc__driver_new(const vc__target *target, vc_error *err)
{
    vc__autoptr(vc__driver) driver = vc__calloc(1, sizeof *driver);
    if (driver)
        driver->multi = curl_multi_init();
    if (!driver || !driver->multi) {
        vc__error_memory(err);
        return NULL;
    }
    driver->target = target;
    driver->denied.max = DENIED_MAX;
    const size_t wanted = target->config->connections;
    (void)curl_multi_setopt(driver->multi, CURLMOPT_MAXCONNECTS, (long)(wanted > IDLE_CONNECTIONS ? wanted : IDLE_CONNECTIONS));
    return vc__steal(&driver);
}

static vc__transfer *pop(vc__transfer **list)
{
    vc__transfer *first = *list;
    if (first)
        *list = first->next;
    return first;
}

static void push(vc__transfer **list, vc__transfer *transfer)
{
    transfer->next = *list;
    *list = transfer;
}

static void take_out(vc__transfer **list, const vc__transfer *transfer)
{
    while (*list && *list != transfer)
        list = &(*list)->next;
    if (*list)
        *list = transfer->next;
}

void vc__driver_free(vc__driver *driver)
{
    if (!driver)
        return;
    for (vc__transfer *transfer; (transfer = pop(&driver->idle));)
        vc__transfer_free(transfer);
    if (driver->multi)
        (void)curl_multi_cleanup(driver->multi);
    vc__buf_free(&driver->denied);
    vc__free(driver);
}

static vc_code multi_error(CURLMcode result, vc_error *err)
{
    if (result == CURLM_OUT_OF_MEMORY)
        return vc__error_memory(err);
    return vc__error(err, VC_E_INTERNAL, "libcurl failed: %s", curl_multi_strerror(result));
}

/* Once for each way in which a run is held up, so that a person who waits knows for what. */
static void note(vc__driver *driver, int status, const vc_error *why)
{
    const int what = status ? status : -(int)why->code;
    if (what == driver->noted)
        return;
    driver->noted = what;
    if (why->code)
        vc__config_log(driver->target->config, "%s", why->message);
    else
        vc__config_log(driver->target->config, "%s answered %d (%s)", driver->target->name, status,
                       status == 429   ? "too many requests for a quota"
                       : status == 503 ? "sealed, on standby or in maintenance"
                                       : "not available");
}

/* Remembers what a 403 was about. Paths hold names of mounts and keys, never data. */
static void note_denied(vc__driver *driver, const vc_request *request)
{
    const char *path = vc_request_path(request);
    const size_t skip = sizeof api_prefix - 1;
    vc__buf_clear(&driver->denied);
    vc__buf_printf(&driver->denied, "%s %s", vc_request_method(request),
                   strncmp(path, api_prefix, skip) == 0 ? path + skip : path);
}

static vc_code add_handle(vc__driver *driver, vc__transfer *transfer, vc_error *err)
{
    const CURLMcode result = curl_multi_add_handle(driver->multi, transfer->easy);
    return result ? multi_error(result, err) : VC_OK;
}

static vc_code send_one(vc__driver *driver, vc_request *request, vc_error *err)
{
    vc__transfer *transfer = pop(&driver->idle);
    if (!transfer)
        transfer = vc__transfer_new(driver->target, err);
    vc_code code = transfer ? vc__transfer_begin(transfer, request, err) : VC_E_MEMORY;
    if (!code)
        code = add_handle(driver, transfer, err);
    if (code) {
        vc_error why = VC_ERROR_INIT;
        vc__error(&why, VC_E_CANCELED, "the request could not be sent");
        (void)vc_request_failed(request, &why, vc__clock_ms(), NULL);
        vc__transfer_free(transfer);
        return code;
    }
    push(&driver->busy, transfer);
    return VC_OK;
}

static vc_code send_all(vc__driver *driver, const vc__operation *operation, size_t *sent, vc_error *err)
{
    for (vc_request *request; (request = operation->next(operation->self)); ++*sent) {
        const vc_code code = send_one(driver, request, err);
        if (code)
            return code;
    }
    return VC_OK;
}

static vc_code finish(vc__driver *driver, vc__transfer *transfer, CURLcode result, vc_error *err)
{
    int status;
    vc_error why = VC_ERROR_INIT;
    const vc_request *request = transfer->request;
    (void)curl_multi_remove_handle(driver->multi, transfer->easy);
    if (vc__transfer_end_with(transfer, result, vc__clock_ms(), &status, &why) == VC__TRANSFER_AGAIN)
        return add_handle(driver, transfer, err);
    if (why.retryable || status == 412 || status == 429 || status >= 500) /* what is final, the caller gets to read anyway */
        note(driver, status, &why);
    if (status == 403)
        note_denied(driver, request);
    take_out(&driver->busy, transfer);
    push(&driver->idle, transfer);
    return VC_OK;
}

/* Lets libcurl work; counts the requests that were answered by it. */
static vc_code perform(vc__driver *driver, size_t *answered, vc_error *err)
{
    int left;
    const CURLMcode result = curl_multi_perform(driver->multi, &left);
    if (result)
        return multi_error(result, err);
    for (CURLMsg *message; (message = curl_multi_info_read(driver->multi, &left));) {
        char *transfer = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) || !transfer)
            return vc__error(err, VC_E_INTERNAL, "libcurl lost a transfer");
        const vc_code code = finish(driver, (vc__transfer *)(void *)transfer, message->data.result, err);
        if (code)
            return code;
        ++*answered;
    }
    return VC_OK;
}

/* Until a request is answered, or the time has come. */
static vc_code wait_for_answer(vc__driver *driver, uint64_t wait_until, vc_error *err)
{
    if (!driver->busy && wait_until == UINT64_MAX)
        return vc__error(err, VC_E_INTERNAL, "an operation waits for nothing");
    for (;;) {
        size_t answered = 0;
        const vc_code code = perform(driver, &answered, err);
        const uint64_t now = vc__clock_ms();
        if (code || answered || now >= wait_until)
            return code;
        const uint64_t rest = wait_until - now;
        const CURLMcode result = curl_multi_poll(driver->multi, NULL, 0, rest < INT_MAX ? (int)rest : INT_MAX, NULL);
        if (result)
            return multi_error(result, err);
    }
}

static vc_code loop(vc__driver *driver, const vc__operation *operation, vc_error *err)
{
    for (bool stuck = false;;) {
        uint64_t wait_until = UINT64_MAX;
        vc_error why = VC_ERROR_INIT;
        const vc_step step = operation->step(operation->self, vc__clock_ms(), &wait_until, &why);
        size_t count = 0;
        vc_code code = VC_OK;
        switch (step) {
        case VC_STEP_DONE:
            return VC_OK;
        case VC_STEP_FAILED:
            return vc__error_copy(err, &why);
        case VC_STEP_SEND:
            code = send_all(driver, operation, &count, err);
            /* None: one that could not be built; the next step tells. */
            if (!code && !count && stuck)
                return vc__error(err, VC_E_INTERNAL, "an operation has requests to send, and lends none");
            stuck = !count;
            if (!code)
                code = perform(driver, &count, err);
            break;
        case VC_STEP_WAIT:
            code = wait_for_answer(driver, wait_until, err);
            break;
        }
        if (code)
            return code;
    }
}

vc_code vc__driver_run(vc__driver *driver, const vc__operation *operation, vc_error *err)
{
    vc__sigpipe sigpipe;
    vc__sigpipe_block(&sigpipe);
    driver->noted = 0;
    vc__buf_clear(&driver->denied);
    const vc_code code = loop(driver, operation, err);
    for (vc__transfer *transfer; (transfer = pop(&driver->busy));) {
        (void)curl_multi_remove_handle(driver->multi, transfer->easy);
        vc__transfer_cancel(transfer, vc__clock_ms());
        push(&driver->idle, transfer);
    }
    vc__sigpipe_restore(&sigpipe);
    return code;
}
