/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/request.h"

#include "base/error.h"
#include "base/text.h"
#include "vault/reply.h"

enum {
    PATH_MAX_BYTES = 4096,
    REPLY_MAX_BYTES = 64 << 20,
    HEADERS_MAX_BYTES = 256 << 10,
    BACKOFF_FIRST_MS = 250,
    BACKOFF_LAST_MS = 15000,
    SHORTEST_WAIT_MS = 25,
    RETRY_AFTER_MAX_S = 24 * 3600
};

void vc__request_init(vc_request *request, const char *method, size_t body_max, bool replay_safe)
{
    *request = (vc_request){
        .method = method,
        .path = VC__BUF(PATH_MAX_BYTES),
        .body = VC__BUF(body_max),
        .reply = VC__BUF(REPLY_MAX_BYTES),
        .headers = VC__BUF(HEADERS_MAX_BYTES),
        .replay_safe = replay_safe,
        .failure = VC_ERROR_INIT,
    };
}

void vc__request_cleanup(vc_request *request)
{
    vc__buf_free(&request->path);
    vc__buf_free(&request->body);
    vc__buf_free(&request->reply);
    vc__buf_free(&request->headers);
}

const char *vc_request_method(const vc_request *request)
{
    return request->method;
}

const char *vc_request_path(const vc_request *request)
{
    return request->path.data ? request->path.data : "";
}

vc_view vc_request_body(const vc_request *request)
{
    return vc__buf_get(&request->body);
}

void vc_request_set_user(vc_request *request, void *user)
{
    request->user = user;
}

void *vc_request_user(const vc_request *request)
{
    return request->user;
}

void vc__request_take(vc_request *request)
{
    request->state = VC__REQUEST_SENT;
    request->tries++;
    request->status = 0;
    request->unsent = false;
    request->retry_after = 0;
    vc__buf_clear(&request->reply);
    vc__buf_clear(&request->headers);
    vc_error_clear(&request->failure);
}

bool vc__request_due(vc_request *request, uint64_t now_ms)
{
    if (request->state == VC__REQUEST_WAITING && now_ms >= request->not_before)
        request->state = VC__REQUEST_READY;
    return request->state == VC__REQUEST_READY;
}

static vc_code answered_twice(vc_error *err)
{
    return vc__error(err, VC_E_STATE,
                     "the request is not under way: it was answered already, or never handed out");
}

vc_code vc_request_reply(vc_request *request, int status, vc_view retry_after, vc_view body, uint64_t now_ms,
                         vc_error *err)
{
    (void)now_ms;
    if (request->state != VC__REQUEST_SENT)
        return answered_twice(err);
    vc__buf_clear(&request->reply);
    vc__buf_view(&request->reply, body);
    const vc_code code = vc__buf_check(&request->reply, "the reply", err);
    if (code) {
        vc__buf_clear(&request->reply);
        return code;
    }
    /* RFC 9110 also allows a date here; Vault sends seconds. */
    uint64_t seconds = 0;
    if (!vc__parse_uint(retry_after, RETRY_AFTER_MAX_S, &seconds))
        seconds = 0;
    request->retry_after = seconds * 1000;
    request->status = status;
    request->state = VC__REQUEST_REPLIED;
    return VC_OK;
}

vc_code vc_request_failed(vc_request *request, const vc_error *why, uint64_t now_ms, vc_error *err)
{
    (void)now_ms;
    if (request->state != VC__REQUEST_SENT)
        return answered_twice(err);
    if (why && why->code)
        vc__error_copy(&request->failure, why);
    else
        vc__error(&request->failure, VC_E_CONNECT, "no reply, and the driver did not say why");
    request->state = VC__REQUEST_FAILED;
    return VC_OK;
}

/* xorshift64*: spreads retries of many clients, nothing else hangs on it. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t x = *seed ? *seed : UINT64_C(0x9e3779b97f4a7c15);
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *seed = x;
    return x * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static bool deserves_another(const vc_request *request)
{
    if (request->state == VC__REQUEST_FAILED)
        return (request->replay_safe || request->unsent) &&
               (request->failure.code == VC_E_CONNECT || request->failure.code == VC_E_TIMEOUT);
    if (request->state != VC__REQUEST_REPLIED)
        return false;
    /* With these Vault has done nothing yet; after the others it may have. */
    if (request->status == 412 || request->status == 429 || request->status == 503)
        return true;
    return request->replay_safe && vc__reply_passes(request->status, vc__buf_get(&request->reply));
}

/* Half of a doubling span, and as much again by chance. */
static uint64_t back_off(unsigned tries, uint64_t *seed)
{
    uint64_t span = BACKOFF_FIRST_MS;
    for (unsigned i = 1; i < tries && span < BACKOFF_LAST_MS; i++)
        span *= 2;
    if (span > BACKOFF_LAST_MS)
        span = BACKOFF_LAST_MS;
    return span / 2 + next_random(seed) % (span / 2 + 1);
}

bool vc__request_again(vc_request *request, uint64_t now_ms, uint64_t deadline_ms, uint64_t *seed)
{
    if (request->once || now_ms >= deadline_ms || !deserves_another(request) ||
        (request->tries_max && request->tries >= request->tries_max))
        return false;
    const uint64_t left = deadline_ms - now_ms;
    const bool told = request->state == VC__REQUEST_REPLIED && request->retry_after &&
                      (request->status == 429 || request->status == 503);
    uint64_t wait = back_off(request->tries, seed);
    if (told) {
        /* The server's word, and a little by chance so that not all come back in the same moment. */
        if (request->retry_after >= left)
            return false;
        wait =
            request->retry_after + wait / 4 < left ? request->retry_after + wait / 4 : request->retry_after;
    } else if (wait > left / 2) {
        wait = left / 2; /* so that one more try fits before the deadline */
        if (wait < SHORTEST_WAIT_MS)
            return false;
    }
    request->not_before = now_ms + wait;
    request->state = VC__REQUEST_WAITING;
    return true;
}
