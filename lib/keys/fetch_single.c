/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch_single.c - keys that have a request of their own: new data keys, which no request brings several of, and computed ones, where the
 * version is the request's, so that one that Vault refuses leaves the others alone.
 */
#include "keys/fetch_need.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "vault/ciphertext.h"
#include "vault/single.h"
#include "vault/transit_options.h"

#include <stdio.h>

enum { PLACE_MAX = VC__KEY_NAME_MAX + 2, DATA_KEY_BITS = 8 * VC__KEY_SIZE };

static bool is_new_key(const vc__need *need)
{
    return need->kind == VC__NEED_USE || need->kind == VC__NEED_AHEAD;
}

/* -- requests ------------------------------------------------------------------------------------------ */

static vc_code write_prf(vc_request *request, const vc__need *need, const char *place, vc_error *err)
{
    const vc_transit_options options = { .key_version = need->version };
    const vc_code code = vc__transit_request(request, VC__TRANSIT_HMAC, place, need->text, &options, err);
    if (code)
        return code;
    vc__buf_str(&request->path, "/sha2-256");
    return vc__buf_check(&request->path, "the request's path", err);
}

vc_code vc__single_ask(vc__fetch *fetch, vc__need *need, uint64_t now_ms, vc_error *err)
{
    char place[PLACE_MAX];
    snprintf(place, sizeof place, "%s/%s", need->place->mount, need->place->name);
    if (!need->request && !(need->request = vc__calloc(1, sizeof *need->request)))
        return vc__error_memory(err);
    if (!vc__need_push(&fetch->singles, need))
        return vc__error_memory(err);
    if (need->request_used)
        vc__request_cleanup(need->request);
    need->request_used = true;
    need->given_up_ms = now_ms + VC__AHEAD_WAIT_MS;
    return is_new_key(need) ? vc__transit_datakey_request(need->request, true, place, DATA_KEY_BITS, NULL, err)
                            : write_prf(need->request, need, place, err);
}

vc_request *vc__singles_next(vc__fetch *fetch)
{
    size_t sent = 0;
    for (size_t i = 0; i < fetch->singles.count; i++)
        sent += fetch->singles.at[i]->request->state == VC__REQUEST_SENT;
    for (size_t i = 0; i < fetch->singles.count && sent < fetch->spread.slot_count; i++) {
        const vc__need *need = fetch->singles.at[i];
        if (need->state != VC__NEED_ASKED || need->request->state != VC__REQUEST_READY)
            continue;
        fetch->requests++;
        fetch->retries += need->request->tries > 0;
        vc__request_take(need->request);
        return need->request;
    }
    return NULL;
}

/* -- replies ------------------------------------------------------------------------------------------- */

/* "vault:vN:" and Base64 taken apart. */
static bool take_apart(vc_view text, uint64_t *version, vc__buf *bytes)
{
    vc_view coded;
    if (!vc__ciphertext_split(text, version, &coded))
        return false;
    if (vc__buf_reserve(bytes, coded.len + 1) || vc__base64_decode(bytes->data, &bytes->len, coded, NULL))
        return false;
    return bytes->len > 0;
}

static vc_code broken(vc_error *err, const char *what)
{
    return vc__error(err, VC_E_PROTOCOL, "the reply holds no %s of the kind that was asked for", what);
}

/* A new data key goes into the ring. */
static vc_code read_new_key(vc__fetch *fetch, const vc__need *need, vc_error *err)
{
    vc__buf *body = &need->request->reply;
    vc_view key, text;
    const vc_code code = vc__transit_datakey_parse(&key, &text, true, need->request->status, body->data, body->len, err);
    if (code)
        return code;
    uint64_t version = 0;
    vc__auto(vc__buf) wrapped = VC__BUF(2 * VC__KEY_WRAPPED_MAX);
    if (key.len != VC__KEY_SIZE || !take_apart(text, &version, &wrapped) || wrapped.len > VC__KEY_WRAPPED_MAX)
        return wrapped.failed == VC_E_MEMORY ? vc__error_memory(err) : broken(err, "data key");
    vc__autoptr(vc__datakey) made =
        vc__datakey_make(fetch->ring->slots, VC__KEY_RANDOM, key, need->place, version, vc__buf_get(&wrapped), err);
    return made ? vc__ring_install(fetch->ring, made, fetch->now_ms, err) : err->code;
}

/* An HMAC of exactly the version that was asked for becomes the need's key. */
static vc_code read_prf(vc__fetch *fetch, vc__need *need, vc_error *err)
{
    vc__buf *body = &need->request->reply;
    vc__outcome outcome = { 0 };
    vc_code code = vc__single_read(VC__TRANSIT_HMAC, need->request->status, body->data, body->len, &outcome, err);
    if (code == VC_E_REQUEST || vc_code_class(code) == VC_CLASS_DATA) { /* about this version alone */
        err->code = VC_E_REQUEST;
        return vc__need_fail(fetch, need, err) ? vc__error_memory(err) : VC_OK;
    }
    if (code)
        return code;
    uint64_t version = 0;
    vc__auto(vc__buf) tag = VC__BUF(VC__KEY_WRAPPED_MAX);
    if (!take_apart(outcome.value, &version, &tag) || tag.len != VC__KEY_SIZE)
        return tag.failed == VC_E_MEMORY ? vc__error_memory(err) : broken(err, "HMAC");
    if (version != need->version)
        return vc__error(err, VC_E_PROTOCOL, "Vault computed with version %llu of %s, not with version %llu",
                         (unsigned long long)version, need->place->name, (unsigned long long)need->version);
    return vc__need_open(fetch, need, vc__buf_get(&tag), err);
}

/* `err` is not NULL: its code counts. */
static vc_code read_reply(vc__fetch *fetch, vc__need *need, vc_error *err)
{
    if (need->request->state == VC__REQUEST_FAILED)
        return vc__error_copy(err, &need->request->failure);
    const vc_code code = is_new_key(need) ? read_new_key(fetch, need, err) : read_prf(fetch, need, err);
    if (code && code != VC_E_MEMORY && code != VC_E_DENIED) /* the driver tells what was denied */
        vc__error_at(err, need->request->path.data + strlen("/v1/"), 0, 0); /* which mount, which key */
    return code;
}

void vc__single_harvest(vc__fetch *fetch, vc__need *need)
{
    vc_error why = VC_ERROR_INIT;
    if (is_new_key(need) && need->request_used && need->request->state == VC__REQUEST_REPLIED &&
        need->request->status == 200 && !vc__ring_has_use(fetch->ring, need->place, fetch->now_ms))
        (void)read_new_key(fetch, need, &why);
}

/* It is waited for no longer; what comes later is welcome. */
static void give_up_ahead(vc__fetch *fetch, vc__need *need, const vc_error *why, uint64_t now_ms)
{
    if (need->state != VC__NEED_SETTLED)
        vc__ring_ahead_failed(fetch->ring, need->place, why, now_ms);
    vc__need_settle(fetch, need);
}

/* What is wrong now, for the log and for those who wait. */
static void remember(vc__fetch *fetch, const vc__need *need)
{
    const vc_request *request = need->request;
    if (request->status)
        vc__reply_error(request->status, vc__buf_get(&request->reply), &fetch->failure);
    else
        vc__error_copy(&fetch->failure, &request->failure);
    vc__ring_note_failure(fetch->ring, &fetch->failure);
}

static vc_code take_reply(vc__fetch *fetch, vc__need *need, uint64_t now_ms)
{
    const bool ahead = need->kind == VC__NEED_AHEAD;
    const uint64_t deadline = ahead ? need->given_up_ms : fetch->deadline;
    if (vc__request_again(need->request, now_ms, deadline, &fetch->seed)) {
        if (!ahead)
            remember(fetch, need);
        return VC_OK;
    }
    vc_error why = VC_ERROR_INIT;
    const vc_code code = read_reply(fetch, need, &why);
    vc__request_cleanup(need->request);
    need->request_used = false;
    if (code && ahead && code != VC_E_MEMORY) {
        give_up_ahead(fetch, need, &why, now_ms);
        return VC_OK;
    }
    if (!code)
        vc__need_settle(fetch, need);
    else
        vc__error_copy(&fetch->failure, &why);
    return code;
}

static vc_code step_one(vc__fetch *fetch, vc__need *need, uint64_t now_ms, bool *ready, uint64_t *next)
{
    vc_request *request = need->request;
    if (request->state == VC__REQUEST_REPLIED || request->state == VC__REQUEST_FAILED) {
        const vc_code code = take_reply(fetch, need, now_ms);
        if (code || !need->request_used)
            return code;
    }
    if (need->kind == VC__NEED_AHEAD && need->state == VC__NEED_ASKED) {
        if (now_ms >= need->given_up_ms) {
            vc_error why = VC_ERROR_INIT;
            vc__error(&why, VC_E_TIMEOUT, "Vault gave no answer within %d ms", VC__AHEAD_WAIT_MS);
            give_up_ahead(fetch, need, &why, now_ms);
        } else if (need->given_up_ms < *next) {
            *next = need->given_up_ms;
        }
    }
    if (need->state == VC__NEED_ASKED && vc__request_due(request, now_ms))
        *ready = true;
    else if (need->state == VC__NEED_ASKED && request->state == VC__REQUEST_WAITING && request->not_before < *next)
        *next = request->not_before;
    return VC_OK;
}

/* It has neither a request under way nor one to send. */
static bool is_over(const vc__need *need)
{
    return !need->request_used || (need->state == VC__NEED_SETTLED && need->request->state != VC__REQUEST_SENT &&
                                   need->request->state != VC__REQUEST_REPLIED);
}

vc_code vc__singles_step(vc__fetch *fetch, uint64_t now_ms, bool *ready, uint64_t *next)
{
    size_t kept = 0, sent = 0;
    vc_code code = VC_OK;
    for (size_t i = 0; i < fetch->singles.count; i++) {
        vc__need *need = fetch->singles.at[i];
        if (!code && need->request_used)
            code = step_one(fetch, need, now_ms, ready, next);
        sent += need->request_used && need->request->state == VC__REQUEST_SENT;
        if (!is_over(need))
            fetch->singles.at[kept++] = need;
    }
    fetch->singles.count = kept;
    *ready = *ready && sent < fetch->spread.slot_count;
    return code;
}
