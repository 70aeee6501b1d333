/* SPDX-License-Identifier: Apache-2.0 */
#include "io/call.h"

#include "base/error.h"

void vc__call_init(vc__call *call, vc_request *request, uint64_t deadline, uint64_t seed)
{
    *call = (vc__call){ .request = request, .deadline = deadline, .seed = seed, .last = VC_ERROR_INIT };
}

static vc_step end(const vc__call *call, vc_error *err)
{
    const vc_request *request = call->request;
    if (request->state == VC__REQUEST_FAILED) {
        vc__error_copy(err, &request->failure);
        return VC_STEP_FAILED;
    }
    if (request->status != 403 || call->take_denied)
        return VC_STEP_DONE;
    vc__reply_error(request->status, vc__buf_get(&request->reply), err);
    return VC_STEP_FAILED;
}

/* What went wrong when it is sent again. */
static void remember(vc__call *call)
{
    const vc_request *request = call->request;
    if (request->status)
        vc__reply_error(request->status, vc__buf_get(&request->reply), &call->last);
    else
        vc__error_copy(&call->last, &request->failure);
}

static vc_step out_of_time(const vc__call *call, vc_error *err)
{
    if (call->last.code)
        vc__error_copy(err, &call->last);
    else
        vc__error(err, VC_E_TIMEOUT, "Vault gave no answer before the deadline");
    if (err)
        err->retryable = 1;
    return VC_STEP_FAILED;
}

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__call *call = self;
    vc_request *request = call->request;
    const bool answered = request->state == VC__REQUEST_REPLIED || request->state == VC__REQUEST_FAILED;
    if (answered && !vc__request_again(request, now_ms, call->deadline, &call->seed))
        return end(call, err);
    if (answered)
        remember(call);
    if (request->state == VC__REQUEST_READY || vc__request_due(request, now_ms))
        return VC_STEP_SEND;
    if (now_ms >= call->deadline)
        return out_of_time(call, err);
    *wait_until = request->state == VC__REQUEST_WAITING ? request->not_before : call->deadline;
    return VC_STEP_WAIT;
}

static vc_request *next(void *self)
{
    vc__call *call = self;
    if (call->request->state != VC__REQUEST_READY)
        return NULL;
    vc__request_take(call->request);
    return call->request;
}

vc__operation vc__call_operation(vc__call *call)
{
    return (vc__operation){ step, next, call };
}
