/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch_run.c - needs -> what is in the ring by now -> claims -> requests -> replies. Wrapped keys go through vault/spread.h, many in a
 * request; the rest are single requests (fetch_single.c). What another fetch has claimed is looked for again every few milliseconds.
 */
#include "keys/fetch_need.h"

#include "base/error.h"

enum { POLL_MS = 10 };

/* -- wrapped keys, as the spread asks for them --------------------------------------------------------- */

static vc__need *need_at(const vc__fetch *fetch, uint32_t i)
{
    return fetch->order.at[i];
}

static vc_code begin(void *self, const vc__stretch *stretch, vc__verb *verb, vc__buf *path, vc_error *err)
{
    const vc__keyplace *place = need_at(self, stretch->first)->place;
    *verb = VC__TRANSIT_DECRYPT;
    return vc__batch_path(path, *verb, vc_str(place->mount), vc_str(place->name), err);
}

static void item_at(void *self, uint32_t i, vc__item *item)
{
    item->value = need_at(self, i)->text;
}

static vc_code fail_need(vc__fetch *fetch, vc__need *need, const vc_error *why, vc_error *err)
{
    return vc__need_fail(fetch, need, why) ? vc__error_memory(err) : VC_OK;
}

static vc_code accept(void *self, uint32_t i, const vc__outcome *outcome, vc_error *err)
{
    vc__fetch *fetch = self;
    vc__need *need = need_at(fetch, i);
    if (need->state == VC__NEED_SETTLED)
        return VC_OK;
    if (!outcome->code)
        return vc__need_open(fetch, need, outcome->value, err);
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, outcome->code, "%s", outcome->text);
    if (vc_code_class(outcome->code) != VC_CLASS_DATA)
        return vc__error_copy(err, &why);
    return fail_need(fetch, need, &why, err);
}

static vc_code refuse(void *self, uint32_t i, const vc_error *why, vc_error *err)
{
    vc_error own = VC_ERROR_INIT;
    vc__error_copy(&own, why);
    if (vc_code_class(own.code) != VC_CLASS_DATA)
        own.code = VC_E_REFUSED;
    return fail_need(self, need_at(self, i), &own, err);
}

const vc__spread_owner vc__fetch_owner = { begin, item_at, NULL, NULL, accept, refuse };

/* What was claimed since `first` of `order`, sorted by place, goes to the spread. */
static vc_code push_openings(vc__fetch *fetch, size_t first, uint64_t now_ms, vc_error *err)
{
    vc__need **at = fetch->order.at;
    vc_code code = VC_OK;
    while (!code && first < fetch->order.count) {
        size_t end = first + 1;
        for (size_t i = end; i < fetch->order.count; i++)
            if (at[i]->place == at[first]->place) {
                vc__need *other = at[end];
                at[end++] = at[i];
                at[i] = other;
            }
        code = vc__spread_push(&fetch->spread, (vc__stretch){ (uint32_t)first, (uint32_t)(end - first), 0 }, err);
        first = end;
    }
    if (code || fetch->spread.phase == VC__SPREAD_RUN)
        return code;
    fetch->spread.deadline_ms = fetch->deadline > now_ms ? fetch->deadline - now_ms : 0;
    return vc__spread_start(&fetch->spread, now_ms, err);
}

/* A spread that is done is made ready for more. */
static void restart_spread(vc__fetch *fetch)
{
    if (fetch->spread.phase != VC__SPREAD_DONE)
        return;
    fetch->requests += fetch->spread.requests;
    fetch->retries += fetch->spread.retries;
    vc__spread_clear(&fetch->spread);
    fetch->order.count = 0;
}

/* -- stated needs -------------------------------------------------------------------------------------- */

/* Whether it is in the ring by now. */
static bool is_there(vc__fetch *fetch, vc__need *need, uint64_t now_ms)
{
    if (need->kind == VC__NEED_USE)
        return vc__ring_has_use(fetch->ring, need->place, now_ms);
    if (need->kind == VC__NEED_AHEAD)
        return !vc__ring_wants_ahead(fetch->ring, need->place, now_ms);
    vc__keyname name;
    vc__need_name(need, &name);
    need->key = vc__ring_find(fetch->ring, &name, now_ms, false);
    return need->key != NULL;
}

/* Under way still: asked for ahead and given up, and now needed. Its answer is waited for. */
static bool is_under_way(const vc__need *need)
{
    return need->request_used && (need->request->state == VC__REQUEST_SENT || need->request->state == VC__REQUEST_REPLIED);
}

static vc_code ask(vc__fetch *fetch, vc__need *need, uint64_t now_ms, vc_error *err)
{
    need->state = VC__NEED_ASKED;
    if (need->kind == VC__NEED_OPENING)
        return vc__need_push(&fetch->order, need) ? VC_OK : vc__error_memory(err);
    return is_under_way(need) ? VC_OK : vc__single_ask(fetch, need, now_ms, err);
}

/* Settles it, asks for it, or leaves it to the fetch that has claimed it. */
static vc_code look_at(vc__fetch *fetch, vc__need *need, uint64_t now_ms, vc_error *err)
{
    if (need->state != VC__NEED_STATED)
        return VC_OK;
    if (is_there(fetch, need, now_ms)) {
        vc__need_settle(fetch, need);
        return VC_OK;
    }
    vc__keyname name;
    vc_error why = VC_ERROR_INIT;
    vc__need_name(need, &name);
    if (vc__ring_claim(fetch->ring, &name, &fetch->beat_ms, now_ms, &why)) {
        /* Who had the claim may have brought it just before he let go. */
        if (!is_there(fetch, need, now_ms))
            return ask(fetch, need, now_ms, err);
        need->state = VC__NEED_ASKED; /* so that the claim is let go */
        vc__need_settle(fetch, need);
    } else if (why.code) {
        return vc__error_copy(err, &why);
    } else if (need->kind == VC__NEED_AHEAD) {
        vc__need_settle(fetch, need); /* another batch came by before */
    }
    return VC_OK;
}

static vc_code look_at_all(vc__fetch *fetch, uint64_t now_ms)
{
    if (!fetch->stated.count)
        return VC_OK;
    restart_spread(fetch);
    const size_t first = fetch->order.count;
    size_t kept = 0;
    vc_code code = VC_OK;
    for (size_t i = 0; i < fetch->stated.count; i++) {
        vc__need *need = fetch->stated.at[i];
        if (!code)
            code = look_at(fetch, need, now_ms, &fetch->failure);
        if (need->state == VC__NEED_STATED)
            fetch->stated.at[kept++] = need;
    }
    fetch->stated.count = kept;
    return code || first == fetch->order.count ? code : push_openings(fetch, first, now_ms, &fetch->failure);
}

/* -- the machine --------------------------------------------------------------------------------------- */

/* Others may fetch what this one has claimed. What is lent stays as it is: a driver may be sending it yet, and will answer it. */
static vc_step fail(vc__fetch *fetch, vc_error *err)
{
    for (size_t i = 0; !fetch->failed && i < fetch->needs.count; i++)
        vc__need_settle(fetch, fetch->needs.at[i]);
    fetch->failed = true;
    fetch->stated.count = 0;
    vc__error_copy(err, &fetch->failure);
    return VC_STEP_FAILED;
}

static vc_step time_out(vc__fetch *fetch, vc_error *err)
{
    if (!fetch->failure.code)
        vc__ring_last_failure(fetch->ring, &fetch->failure); /* of the one that was waited for */
    if (!fetch->failure.code)
        vc__error(&fetch->failure, VC_E_TIMEOUT, "Vault gave no data key within the deadline of %llu ms",
                  (unsigned long long)fetch->deadline_ms);
    fetch->failure.retryable = 1;
    return fail(fetch, err);
}

static vc_code step_spread(vc__fetch *fetch, uint64_t now_ms, bool *ready, uint64_t *next)
{
    if (fetch->spread.phase != VC__SPREAD_RUN && fetch->spread.phase != VC__SPREAD_FAILED)
        return VC_OK;
    uint64_t until = UINT64_MAX;
    const vc_step step = vc__spread_step(&fetch->spread, now_ms, &until);
    if (fetch->spread.failure.code) {
        vc__error_copy(&fetch->failure, &fetch->spread.failure);
        vc__ring_note_failure(fetch->ring, &fetch->failure);
    }
    if (step == VC_STEP_FAILED)
        return fetch->failure.code;
    *ready |= step == VC_STEP_SEND;
    if (step == VC_STEP_WAIT && until < *next)
        *next = until;
    return VC_OK;
}

static void begin_run(vc__fetch *fetch, uint64_t now_ms)
{
    if (fetch->running)
        return;
    fetch->running = true;
    fetch->deadline = now_ms > UINT64_MAX - fetch->deadline_ms ? UINT64_MAX : now_ms + fetch->deadline_ms;
    if (fetch->end_ms && fetch->end_ms < fetch->deadline)
        fetch->deadline = fetch->end_ms;
    fetch->seed = now_ms * UINT64_C(0x9e3779b97f4a7c15) + (uintptr_t)fetch;
    vc_error_clear(&fetch->failure);
}

static vc_code go_on(vc__fetch *fetch, uint64_t now_ms, bool *ready, uint64_t *next)
{
    bool single = false, spread = false;
    vc_code code = vc__singles_step(fetch, now_ms, &single, next);
    if (!code)
        code = step_spread(fetch, now_ms, &spread, next);
    if (!code)
        code = look_at_all(fetch, now_ms);
    /* Once more, for what was asked for just now. */
    single = spread = false;
    if (!code)
        code = vc__singles_step(fetch, now_ms, &single, next);
    if (!code)
        code = step_spread(fetch, now_ms, &spread, next);
    *ready = single || spread;
    return code;
}

vc_step vc__fetch_step(vc__fetch *fetch, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    fetch->now_ms = now_ms;
    atomic_store(&fetch->beat_ms, now_ms);
    if (fetch->failed)
        return fail(fetch, err);
    if (!vc__fetch_wanted(fetch))
        return VC_STEP_DONE;
    begin_run(fetch, now_ms);
    bool ready = false;
    uint64_t next = fetch->deadline;
    const vc_code code = go_on(fetch, now_ms, &ready, &next);
    if (code == VC_E_MEMORY)
        vc__error_memory(&fetch->failure);
    if (code)
        return fail(fetch, err);
    if (!vc__fetch_wanted(fetch)) {
        fetch->running = false;
        return VC_STEP_DONE;
    }
    if (now_ms >= fetch->deadline)
        return time_out(fetch, err);
    const uint64_t soon = now_ms + (fetch->stated.count ? POLL_MS : VC__CLAIM_BEAT_MS);
    if (wait_until)
        *wait_until = soon < next ? soon : next;
    return ready ? VC_STEP_SEND : VC_STEP_WAIT;
}

vc_request *vc__fetch_next(vc__fetch *fetch)
{
    if (fetch->failed || !fetch->running)
        return NULL;
    vc_request *request = vc__singles_next(fetch);
    return request ? request : vc__spread_next(&fetch->spread);
}
