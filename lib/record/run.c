/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - the state machine: values -> runs of one group -> requests -> replies -> results.
 *
 * Bodies are built when a request is handed out, so that memory is bounded by the requests under way, not by the batch; and so
 * that a limit learnt from one reply holds for all that follow.
 */
#include "record/batch.h"

#include "base/alloc.h"
#include "base/error.h"

static void drop_slot(vc__slot *slot)
{
    if (slot->used)
        vc__request_cleanup(&slot->request);
    slot->used = false;
}

void vc__batch_stop(vc_batch *batch)
{
    for (size_t i = 0; batch->slots && i < batch->slot_count; i++)
        drop_slot(&batch->slots[i]);
}

/* What is lent stays as it is: a driver may be sending it yet, and will answer it. */
static void drop_idle_slots(vc_batch *batch)
{
    for (size_t i = 0; batch->slots && i < batch->slot_count; i++)
        if (batch->slots[i].request.state != VC__REQUEST_SENT)
            drop_slot(&batch->slots[i]);
}

static vc_step fail_batch(vc_batch *batch, vc_error *err)
{
    drop_idle_slots(batch);
    batch->phase = VC__PHASE_FAILED;
    /* What has all its results may leave; a failure to splice it changes nothing in what is reported. */
    (void)vc__batch_finish(batch, NULL);
    vc__error_copy(err, &batch->failure);
    return VC_STEP_FAILED;
}

static bool push_range(vc_batch *batch, vc__range range)
{
    if (!vc__batch_room(&batch->todo, &batch->todo_room, batch->todo_count, sizeof *batch->todo))
        return false;
    batch->todo[batch->todo_count++] = range;
    return true;
}

static bool must_be_sent(const vc_batch *batch, const vc__value *value)
{
    return value->kind == VC__VALUE_FIELD && value->state == VC__VALUE_WAITING && !batch->records[value->record].error;
}

/* Sorts the values that go to Vault by group, keeping their order within: one count, one pass. */
static vc_code group_values(vc_batch *batch)
{
    const size_t groups = vc__schema_group_count(batch->schema);
    uint32_t *next = vc__calloc(groups + 1, sizeof *next);
    if (!next || !vc__batch_room(&batch->order, &batch->order_room, batch->value_count, sizeof *batch->order)) {
        vc__free(next);
        return VC_E_MEMORY;
    }
    for (size_t i = 0; i < batch->value_count; i++)
        if (must_be_sent(batch, &batch->values[i]))
            next[vc__value_field(batch, &batch->values[i])->group + 1]++;
    vc_code code = VC_OK;
    for (size_t g = 0; g < groups; g++) {
        const uint32_t count = next[g + 1];
        next[g + 1] += next[g];
        if (count && !push_range(batch, (vc__range){ next[g], count, (uint16_t)g }))
            code = VC_E_MEMORY;
    }
    for (size_t i = 0; i < batch->value_count; i++)
        if (must_be_sent(batch, &batch->values[i]))
            batch->order[next[vc__value_field(batch, &batch->values[i])->group]++] = (uint32_t)i;
    vc__free(next);
    return code;
}

static vc_code start(vc_batch *batch, uint64_t now_ms)
{
    batch->deadline = now_ms > UINT64_MAX - batch->deadline_ms ? UINT64_MAX : now_ms + batch->deadline_ms;
    batch->seed = now_ms * UINT64_C(0x9e3779b97f4a7c15) + (uintptr_t)batch;
    batch->phase = VC__PHASE_RUN;
    if (!batch->slots && !(batch->slots = vc__calloc(batch->slot_count, sizeof *batch->slots)))
        return vc__error_memory(&batch->failure);
    return group_values(batch) ? vc__error_memory(&batch->failure) : VC_OK;
}

static vc__verb verb_of(const vc_batch *batch, const vc_field *field)
{
    if (field->method == VC__METHOD_TRANSIT)
        return batch->direction == VC_PROTECT ? VC__TRANSIT_ENCRYPT : VC__TRANSIT_DECRYPT;
    return batch->direction == VC_PROTECT ? VC__TRANSFORM_ENCODE : VC__TRANSFORM_DECODE;
}

static vc__item item_of(const vc_batch *batch, const vc__value *value, const vc_field *field)
{
    vc__item item = { .value = vc__span_view(batch, value, value->payload) };
    if (field->method == VC__METHOD_TRANSFORM) {
        item.transformation = vc_str(field->transformation);
        if (field->tweak)
            item.tweak = vc_str(field->tweak);
        else if (value->tweak.len)
            item.tweak = vc__span_view(batch, value, value->tweak);
    }
    return item;
}

/* Items from the top of the stack into a body, up to the limits; what is left stays on the stack. */
static vc_code fill_slot(vc_batch *batch, vc__slot *slot)
{
    vc__range *range = &batch->todo[batch->todo_count - 1];
    const vc__value *values = batch->values;
    const vc_field *field = vc__value_field(batch, &values[batch->order[range->first]]);
    const vc__verb verb = verb_of(batch, field);
    vc__request_init(&slot->request, "POST", VC__BATCH_BODY_MAX, true);
    slot->used = true;
    vc_code code = vc__batch_path(&slot->request.path, verb, vc_str(field->mount), vc_str(field->name), &batch->failure);
    if (code)
        return code;
    vc__buf *body = &slot->request.body;
    vc__batch_begin(body, verb);
    uint32_t n = 0;
    while (n < range->count && n < batch->items_max) {
        const vc__value *value = &values[batch->order[range->first + n]];
        const vc__item item = item_of(batch, value, vc__value_field(batch, value));
        if (n && (body->failed || body->len + vc__batch_item_size(verb, &item) > batch->bytes_max))
            break;
        vc__batch_item(body, verb, &item, n == 0);
        n++;
    }
    vc__batch_end(body, verb);
    slot->range = (vc__range){ range->first, n, range->group };
    if (n == range->count) {
        batch->todo_count--;
    } else {
        range->first += n;
        range->count -= n;
    }
    return VC_OK;
}

/* One item that does not even fit a request of its own. */
static vc_code refuse_oversized(vc_batch *batch, vc__slot *slot)
{
    vc__value *value = &batch->values[batch->order[slot->range.first]];
    drop_slot(slot);
    return vc__value_fail(batch, value, VC_E_TOO_LARGE, "is larger than a request to Vault may be");
}

static vc_request *hand_out(vc_batch *batch, vc__slot *slot)
{
    batch->stats.retries += slot->request.tries > 0;
    batch->stats.requests++;
    vc__request_take(&slot->request);
    return &slot->request;
}

/* A request that cannot be built ends the batch; the next step reports it. */
static void give_up_slot(vc_batch *batch, vc__slot *slot, vc_code code)
{
    drop_slot(slot);
    if (code == VC_E_MEMORY)
        vc__error_memory(&batch->failure);
    batch->phase = VC__PHASE_FAILED;
}

vc_request *vc_batch_next_request(vc_batch *batch)
{
    if (batch->phase != VC__PHASE_RUN)
        return NULL;
    for (size_t i = 0; i < batch->slot_count; i++)
        if (batch->slots[i].used && batch->slots[i].request.state == VC__REQUEST_READY)
            return hand_out(batch, &batch->slots[i]);
    for (size_t i = 0; i < batch->slot_count && batch->todo_count; i++) {
        vc__slot *slot = &batch->slots[i];
        while (!slot->used && batch->todo_count) {
            vc_code code = fill_slot(batch, slot);
            if (!code && slot->request.body.failed == VC_E_LIMIT && slot->range.count == 1)
                code = refuse_oversized(batch, slot);
            else if (!code)
                code = vc__buf_check(&slot->request.body, "a request to Vault", &batch->failure);
            if (code) {
                give_up_slot(batch, slot, code);
                return NULL;
            }
        }
        if (slot->used && slot->request.state == VC__REQUEST_READY)
            return hand_out(batch, slot);
    }
    return NULL;
}

/* Back onto the stack in two halves; the first is sent first. */
static bool halve(vc_batch *batch, vc__range range)
{
    const uint32_t half = range.count / 2;
    batch->stats.splits++;
    return push_range(batch, (vc__range){ range.first + half, range.count - half, range.group }) &&
           push_range(batch, (vc__range){ range.first, half, range.group });
}

/* What a refusal for size teaches: 413 is about bytes, all others are about items. */
static void learn_size(vc_batch *batch, uint32_t items, size_t bytes, int status)
{
    if (status == 413) {
        if (bytes / 2 < batch->bytes_max)
            batch->bytes_max = bytes / 2;
        return;
    }
    batch->refused_size = true;
    /* Fewer from now on, unless as many have been taken: then it was one item that is large. */
    if (items > batch->took && batch->items_max > items / 2)
        batch->items_max = items / 2 > batch->took ? items / 2 : (size_t)batch->took;
}

/* Vault refused the request whole, for its size or for some item in it: record i does not suffer for record j. */
static vc_code refused_whole(vc_batch *batch, const vc__slot *slot, bool too_large, const vc_error *why)
{
    const vc__range *range = &slot->range;
    if (range->count > 1) {
        if (too_large)
            learn_size(batch, range->count, slot->request.body.len, why->http_status);
        return halve(batch, *range) ? VC_OK : VC_E_MEMORY;
    }
    vc__value *value = &batch->values[batch->order[range->first]];
    if (too_large) { /* it explains the refusals that led here: they were no limit */
        batch->refused_size = false;
        batch->items_max = batch->items_limit;
        batch->bytes_max = batch->bytes_limit;
        return vc__value_fail(batch, value, VC_E_TOO_LARGE,
                              "is larger than Vault takes (786 432 bytes by default on current versions)");
    }
    return vc__value_fail(batch, value, VC_E_REFUSED, why->message);
}

static vc_code read_items(vc_batch *batch, const vc__range *range)
{
    for (uint32_t i = 0; i < range->count; i++) {
        const vc__outcome *outcome = &batch->outcomes[i];
        vc__value *value = &batch->values[batch->order[range->first + i]];
        if (outcome->code && vc_code_class(outcome->code) != VC_CLASS_DATA)
            return vc__error(&batch->failure, outcome->code, "%s: %s", vc__value_field(batch, value)->path_text,
                             outcome->text);
        const vc_code code = vc__value_accept(batch, value, outcome, &batch->failure);
        if (code)
            return code;
    }
    if (range->count > batch->took)
        batch->took = range->count;
    vc_error_clear(&batch->failure); /* of an earlier try */
    return VC_OK;
}

/* Retry-able, and time left: the request waits. Else what went wrong last is what the batch failed of. */
static vc_code try_again(vc_batch *batch, vc__slot *slot, const vc_error *why, uint64_t now_ms)
{
    vc__error_copy(&batch->failure, why);
    if (vc__request_again(&slot->request, now_ms, batch->deadline, &batch->seed))
        return VC_OK;
    return batch->failure.code ? batch->failure.code : vc__error(&batch->failure, VC_E_SERVER, "Vault gave no answer");
}

/* A request that was answered. VC_OK: dealt with. Otherwise batch->failure is set. */
static vc_code take_reply(vc_batch *batch, vc__slot *slot, uint64_t now_ms)
{
    if (slot->request.state == VC__REQUEST_FAILED)
        return try_again(batch, slot, &slot->request.failure, now_ms);
    const vc__range range = slot->range;
    const vc_field *field = vc__value_field(batch, &batch->values[batch->order[range.first]]);
    if (!vc__batch_room(&batch->outcomes, &batch->outcome_room, range.count, sizeof *batch->outcomes))
        return vc__error_memory(&batch->failure);
    vc_error why = VC_ERROR_INIT;
    vc__buf *reply = &slot->request.reply;
    vc_code code;
    switch (vc__batch_read(verb_of(batch, field), slot->request.status, reply->data, reply->len, batch->outcomes,
                           range.count, &why)) {
    case VC__VERDICT_ITEMS:
        code = read_items(batch, &range);
        break;
    case VC__VERDICT_RETRY:
        return try_again(batch, slot, &why, now_ms);
    case VC__VERDICT_TOO_LARGE:
        code = refused_whole(batch, slot, true, &why);
        break;
    case VC__VERDICT_SPLIT:
        code = refused_whole(batch, slot, false, &why);
        break;
    case VC__VERDICT_DENIED: /* the driver tells what was denied */
        code = vc__error_copy(&batch->failure, &why);
        break;
    case VC__VERDICT_FATAL:
    default:
        code = vc__error_copy(&batch->failure, &why);
        vc__error_at(&batch->failure, slot->request.path.data + strlen("/v1/"), 0, 0); /* which mount, which key */
        break;
    }
    drop_slot(slot);
    return code == VC_E_MEMORY ? vc__error_memory(&batch->failure) : code;
}

static vc_code timed_out(vc_batch *batch)
{
    if (!batch->failure.code)
        vc__error(&batch->failure, VC_E_TIMEOUT, "Vault did not answer within the deadline of %llu ms",
                  (unsigned long long)batch->deadline_ms);
    batch->failure.retryable = 1;
    return batch->failure.code;
}

/* Reads what has come. `*next`: when the earliest waiting request is due. */
static vc_code take_replies(vc_batch *batch, uint64_t now_ms, bool *ready, uint64_t *next)
{
    for (size_t i = 0; i < batch->slot_count; i++) {
        vc__slot *slot = &batch->slots[i];
        if (slot->used && (slot->request.state == VC__REQUEST_REPLIED || slot->request.state == VC__REQUEST_FAILED)) {
            const vc_code code = take_reply(batch, slot, now_ms);
            if (code)
                return code;
        }
        if (!slot->used) {
            *ready |= batch->todo_count > 0;
        } else if (vc__request_due(&slot->request, now_ms)) {
            *ready = true;
        } else if (slot->request.state == VC__REQUEST_WAITING && slot->request.not_before < *next) {
            *next = slot->request.not_before;
        }
    }
    return VC_OK;
}

vc_step vc_batch_step(vc_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    if (batch->phase == VC__PHASE_DONE)
        return VC_STEP_DONE;
    if (batch->phase == VC__PHASE_FAILED)
        return fail_batch(batch, err);
    if (batch->phase == VC__PHASE_FILL && start(batch, now_ms))
        return fail_batch(batch, err);
    bool ready = false;
    uint64_t next = batch->deadline;
    if (take_replies(batch, now_ms, &ready, &next))
        return fail_batch(batch, err);
    bool idle = batch->todo_count == 0;
    for (size_t i = 0; i < batch->slot_count && idle; i++)
        idle = !batch->slots[i].used;
    if (idle) {
        vc_error_clear(&batch->failure);
        if (vc__batch_finish(batch, &batch->failure))
            return fail_batch(batch, err);
        batch->phase = VC__PHASE_DONE;
        return VC_STEP_DONE;
    }
    if (now_ms >= batch->deadline) {
        timed_out(batch);
        return fail_batch(batch, err);
    }
    if (wait_until)
        *wait_until = next;
    return ready ? VC_STEP_SEND : VC_STEP_WAIT;
}
