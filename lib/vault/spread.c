/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/spread.h"

#include "base/alloc.h"
#include "base/error.h"

void vc__spread_init(vc__spread *spread, const vc__spread_owner *owner, void *self)
{
    *spread = (vc__spread){
        .owner = owner,
        .self = self,
        .slot_count = VC__SPREAD_IN_FLIGHT,
        .items_limit = VC__SPREAD_ITEMS,
        .bytes_limit = VC__SPREAD_BYTES,
        .deadline_ms = VC__SPREAD_DEADLINE_MS,
        .failure = VC_ERROR_INIT,
    };
}

static void drop_slot(vc__spread_slot *slot)
{
    if (slot->used)
        vc__request_cleanup(&slot->request);
    slot->used = false;
}

void vc__spread_clear(vc__spread *spread)
{
    for (size_t i = 0; spread->slots && i < spread->slot_count; i++)
        drop_slot(&spread->slots[i]);
    spread->phase = VC__SPREAD_FILL;
    spread->todo_count = 0;
    spread->requests = spread->retries = spread->splits = 0;
    vc__caps_restart(&spread->caps);
    vc_error_clear(&spread->failure);
}

void vc__spread_cleanup(vc__spread *spread)
{
    vc__spread_clear(spread);
    vc__free(spread->slots);
    vc__free(spread->todo);
    vc__free(spread->outcomes);
}

vc_code vc__spread_set_limits(vc__spread *spread, size_t items, size_t bytes, size_t in_flight, vc_error *err)
{
    if (in_flight > VC__SPREAD_IN_FLIGHT_MAX)
        return vc__error(err, VC_E_ARGUMENT, "at most %d requests can be under way at once", VC__SPREAD_IN_FLIGHT_MAX);
    if (items)
        spread->items_limit = items;
    if (bytes)
        spread->bytes_limit = bytes < VC__SPREAD_BYTES_MAX ? bytes : VC__SPREAD_BYTES_MAX;
    if (in_flight && in_flight != spread->slot_count) {
        vc__free(spread->slots);
        spread->slots = NULL;
        spread->slot_count = in_flight;
    }
    return VC_OK;
}

static bool push(vc__spread *spread, vc__stretch stretch)
{
    if (spread->todo_count == spread->todo_room) {
        const size_t room = spread->todo_room ? 2 * spread->todo_room : 8;
        vc__stretch *more = vc__realloc(spread->todo, room, sizeof *more);
        if (!more)
            return false;
        spread->todo = more;
        spread->todo_room = room;
    }
    spread->todo[spread->todo_count++] = stretch;
    return true;
}

vc_code vc__spread_push(vc__spread *spread, vc__stretch stretch, vc_error *err)
{
    return !stretch.count || push(spread, stretch) ? VC_OK : vc__error_memory(err);
}

vc_code vc__spread_start(vc__spread *spread, uint64_t now_ms, vc_error *err)
{
    spread->deadline = now_ms > UINT64_MAX - spread->deadline_ms ? UINT64_MAX : now_ms + spread->deadline_ms;
    spread->seed = now_ms * UINT64_C(0x9e3779b97f4a7c15) + (uintptr_t)spread;
    if (!spread->slots && !(spread->slots = vc__calloc(spread->slot_count, sizeof *spread->slots)))
        return vc__error_memory(err);
    spread->phase = VC__SPREAD_RUN;
    return VC_OK;
}

/* -- requests ------------------------------------------------------------------------------------------ */

/* `limit`, or `cap` when that is known and smaller. */
static size_t less(size_t limit, size_t cap)
{
    return cap && cap < limit ? cap : limit;
}

/* As many of `max` items as fit, into the slot's body. */
static uint32_t fill_body(vc__spread *spread, vc__spread_slot *slot, uint32_t first, uint32_t max)
{
    vc__buf *body = &slot->request.body;
    const size_t bytes_max = less(spread->bytes_limit, spread->caps.bytes);
    size_t items_max = 1;
    uint32_t n = 0;
    for (; n < max && n < items_max; n++) {
        vc__item item = { 0 };
        spread->owner->item(spread->self, first + n, &item);
        const unsigned members = vc__batch_item_members(&item);
        if (members > slot->members) { /* the cap for that many */
            const size_t cap = vc__caps_items(&spread->caps, vc__verb_name(slot->verb), members);
            if (n && cap && n >= cap)
                break;
            items_max = less(spread->items_limit, cap);
        }
        if (n && (body->failed || body->len + vc__batch_item_size(slot->verb, &item) > bytes_max))
            break;
        if (members > slot->members)
            slot->members = members;
        vc__batch_item(body, slot->verb, &item, n == 0);
    }
    return n;
}

/* Items from the top of the stack into a request; what is left stays on the stack. */
static vc_code fill_slot(vc__spread *spread, vc__spread_slot *slot)
{
    vc__stretch *top = &spread->todo[spread->todo_count - 1];
    vc__request_init(&slot->request, "POST", VC__SPREAD_BODY_MAX, !spread->fragile);
    slot->used = true;
    slot->members = 0;
    const vc_code code =
        spread->owner->begin(spread->self, top, &slot->verb, &slot->request.path, &spread->failure);
    if (code)
        return code;
    vc__batch_begin(&slot->request.body, slot->verb);
    const uint32_t n = fill_body(spread, slot, top->first, top->count);
    vc__batch_end_with(&slot->request.body, slot->verb,
                       spread->owner->members ? spread->owner->members(spread->self, slot->verb) : vc_str(""));
    slot->stretch = (vc__stretch){ top->first, n, top->group };
    top->first += n;
    top->count -= n;
    spread->todo_count -= top->count == 0;
    return VC_OK;
}

/* One item that does not even fit a request of its own. */
static vc_code refuse_oversized(vc__spread *spread, vc__spread_slot *slot)
{
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_TOO_LARGE, "the value is larger than a request to Vault may be");
    drop_slot(slot);
    return spread->owner->refuse(spread->self, slot->stretch.first, &why, &spread->failure);
}

static vc_request *hand_out(vc__spread *spread, vc__spread_slot *slot)
{
    spread->retries += slot->request.tries > 0;
    spread->requests++;
    vc__request_take(&slot->request);
    return &slot->request;
}

/* Fills the slot with the next that can be sent. */
static vc_code build(vc__spread *spread, vc__spread_slot *slot)
{
    vc_code code = VC_OK;
    while (!code && !slot->used && spread->todo_count) {
        code = fill_slot(spread, slot);
        if (!code && slot->request.body.failed == VC_E_LIMIT && slot->stretch.count == 1)
            code = refuse_oversized(spread, slot);
        else if (!code)
            code = vc__buf_check(&slot->request.body, "a request to Vault", &spread->failure);
    }
    return code;
}

vc_request *vc__spread_next(vc__spread *spread)
{
    if (spread->phase != VC__SPREAD_RUN)
        return NULL;
    for (size_t i = 0; i < spread->slot_count; i++)
        if (spread->slots[i].used && spread->slots[i].request.state == VC__REQUEST_READY)
            return hand_out(spread, &spread->slots[i]);
    for (size_t i = 0; i < spread->slot_count && spread->todo_count; i++) {
        vc__spread_slot *slot = &spread->slots[i];
        if (slot->used)
            continue;
        const vc_code code = build(spread, slot);
        if (code) { /* ends it all; the next step reports it */
            drop_slot(slot);
            if (code == VC_E_MEMORY)
                vc__error_memory(&spread->failure);
            spread->phase = VC__SPREAD_FAILED;
            return NULL;
        }
        if (slot->used)
            return hand_out(spread, slot);
    }
    return NULL;
}

/* -- replies ------------------------------------------------------------------------------------------- */

/* Back onto the stack in two halves; the first is sent first. */
static vc_code halve(vc__spread *spread, vc__stretch stretch)
{
    const uint32_t half = stretch.count / 2;
    spread->splits++;
    return push(spread, (vc__stretch){ stretch.first + half, stretch.count - half, stretch.group }) &&
                   push(spread, (vc__stretch){ stretch.first, half, stretch.group })
               ? VC_OK
               : VC_E_MEMORY;
}

/* Vault refused the request whole, for its size or for some item in it: one item does not suffer for another. */
static vc_code refused_whole(vc__spread *spread, const vc__spread_slot *slot, bool too_large, vc_error *why)
{
    const vc__stretch *stretch = &slot->stretch;
    const char *name = vc__verb_name(slot->verb);
    if (stretch->count > 1) {
        if (too_large)
            vc__caps_refused(&spread->caps, name, slot->members, stretch->count, slot->request.body.len,
                             why->http_status);
        return halve(spread, *stretch);
    }
    if (too_large) { /* it explains the refusals that led here */
        vc__caps_forget(&spread->caps, name, slot->members);
        const int status = why->http_status;
        vc__error(why, VC_E_TOO_LARGE,
                  "the value is larger than Vault takes (786 432 bytes by default on current versions)");
        why->http_status = status;
    }
    return spread->owner->refuse(spread->self, stretch->first, why, &spread->failure);
}

static vc_code read_items(vc__spread *spread, vc__spread_slot *slot)
{
    const vc__stretch *stretch = &slot->stretch;
    vc_code code =
        spread->owner->keep ? spread->owner->keep(spread->self, &slot->request.reply, &spread->failure) : VC_OK;
    for (uint32_t i = 0; !code && i < stretch->count; i++)
        code = spread->owner->accept(spread->self, stretch->first + i, &spread->outcomes[i], &spread->failure);
    if (code)
        return code;
    vc__caps_took(&spread->caps, vc__verb_name(slot->verb), slot->members, stretch->count);
    vc_error_clear(&spread->failure); /* of an earlier try */
    return VC_OK;
}

/* Retry-able, and time left: the request waits. Else what went wrong last is what it all failed of. */
static vc_code try_again(vc__spread *spread, vc__spread_slot *slot, const vc_error *why, uint64_t now_ms)
{
    vc__error_copy(&spread->failure, why);
    if (vc__request_again(&slot->request, now_ms, spread->deadline, &spread->seed))
        return VC_OK;
    return spread->failure.code ? spread->failure.code
                                : vc__error(&spread->failure, VC_E_SERVER, "Vault gave no answer");
}

static bool outcome_room(vc__spread *spread, size_t count)
{
    if (count <= spread->outcome_room)
        return true;
    vc__free(spread->outcomes);
    spread->outcome_room = 0;
    spread->outcomes = vc__calloc(count, sizeof *spread->outcomes);
    if (spread->outcomes)
        spread->outcome_room = count;
    return spread->outcomes != NULL;
}

/* A request that was answered. VC_OK: dealt with. Otherwise the failure is set. */
static vc_code take_reply(vc__spread *spread, vc__spread_slot *slot, uint64_t now_ms)
{
    if (slot->request.state == VC__REQUEST_FAILED)
        return try_again(spread, slot, &slot->request.failure, now_ms);
    if (!outcome_room(spread, slot->stretch.count))
        return vc__error_memory(&spread->failure);
    vc_error why = VC_ERROR_INIT;
    vc__buf *reply = &slot->request.reply;
    vc_code code;
    switch (vc__batch_read(slot->verb, slot->request.status, reply->data, reply->len, spread->outcomes,
                           slot->stretch.count, &why)) {
    case VC__VERDICT_ITEMS:
        code = read_items(spread, slot);
        break;
    case VC__VERDICT_RETRY:
        return try_again(spread, slot, &why, now_ms);
    case VC__VERDICT_TOO_LARGE:
        code = refused_whole(spread, slot, true, &why);
        break;
    case VC__VERDICT_SPLIT:
        code = refused_whole(spread, slot, false, &why);
        break;
    case VC__VERDICT_DENIED: /* the driver tells what was denied */
        code = vc__error_copy(&spread->failure, &why);
        break;
    case VC__VERDICT_FATAL:
    default:
        code = vc__error_copy(&spread->failure, &why);
        vc__error_at(&spread->failure, slot->request.path.data + strlen("/v1/"), 0, 0); /* which mount, which key */
        break;
    }
    drop_slot(slot);
    return code == VC_E_MEMORY ? vc__error_memory(&spread->failure) : code;
}

/* Reads what has come. `*next`: when the earliest waiting request is due. */
static vc_code take_replies(vc__spread *spread, uint64_t now_ms, bool *ready, bool *idle, uint64_t *next)
{
    for (size_t i = 0; i < spread->slot_count; i++) {
        vc__spread_slot *slot = &spread->slots[i];
        if (slot->used &&
            (slot->request.state == VC__REQUEST_REPLIED || slot->request.state == VC__REQUEST_FAILED)) {
            const vc_code code = take_reply(spread, slot, now_ms);
            if (code)
                return code;
        }
        *idle = *idle && !slot->used;
        if (slot->used && vc__request_due(&slot->request, now_ms))
            *ready = true;
        else if (slot->used && slot->request.state == VC__REQUEST_WAITING && slot->request.not_before < *next)
            *next = slot->request.not_before;
    }
    for (size_t i = 0; i < spread->slot_count && spread->todo_count && !*ready; i++)
        *ready = !spread->slots[i].used;
    return VC_OK;
}

/* What is lent stays as it is: a driver may be sending it yet, and will answer it. */
static vc_step fail(vc__spread *spread)
{
    for (size_t i = 0; spread->slots && i < spread->slot_count; i++)
        if (spread->slots[i].request.state != VC__REQUEST_SENT)
            drop_slot(&spread->slots[i]);
    spread->phase = VC__SPREAD_FAILED;
    return VC_STEP_FAILED;
}

static vc_step time_out(vc__spread *spread)
{
    if (!spread->failure.code)
        vc__error(&spread->failure, VC_E_TIMEOUT, "Vault did not answer within the deadline of %llu ms",
                  (unsigned long long)spread->deadline_ms);
    spread->failure.retryable = 1;
    return fail(spread);
}

vc_step vc__spread_step(vc__spread *spread, uint64_t now_ms, uint64_t *wait_until)
{
    if (spread->phase == VC__SPREAD_DONE)
        return VC_STEP_DONE;
    if (spread->phase != VC__SPREAD_RUN)
        return fail(spread);
    bool ready = false, idle = true;
    uint64_t next = spread->deadline;
    if (take_replies(spread, now_ms, &ready, &idle, &next))
        return fail(spread);
    if (idle && !spread->todo_count) {
        vc_error_clear(&spread->failure);
        spread->phase = VC__SPREAD_DONE;
        return VC_STEP_DONE;
    }
    if (now_ms >= spread->deadline)
        return time_out(spread);
    if (wait_until)
        *wait_until = next;
    return ready ? VC_STEP_SEND : VC_STEP_WAIT;
}

size_t vc__spread_cap(const vc__spread *spread)
{
    size_t cap = 0;
    for (size_t i = 0; i < spread->caps.count; i++) {
        const vc__cap *row = &spread->caps.rows[i];
        if (row->refused && row->took && (!cap || row->took < cap))
            cap = row->took;
    }
    return cap;
}
