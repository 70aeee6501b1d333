/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - values -> runs of one group -> requests -> replies -> results. The state machine is vault/spread.h; here is what it
 * asks of the values.
 */
#include "record/batch.h"

#include "base/alloc.h"
#include "base/error.h"

enum { SEEK_LOOK_MS = 20 };

static bool must_be_sent(const vc_batch *batch, const vc__value *value)
{
    return value->kind == VC__VALUE_FIELD && value->state == VC__VALUE_WAITING && !batch->records[value->record].error &&
           vc__method_is_remote(vc__value_field(batch, value)->method);
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
        batch->order_count += count;
        if (!code)
            code = vc__spread_push(&batch->spread, (vc__stretch){ next[g], count, (uint16_t)g }, NULL);
    }
    for (size_t i = 0; i < batch->value_count; i++)
        if (must_be_sent(batch, &batch->values[i]))
            batch->order[next[vc__value_field(batch, &batch->values[i])->group]++] = (uint32_t)i;
    vc__free(next);
    return code;
}

static vc__value *value_at(const vc_batch *batch, uint32_t i)
{
    return &batch->values[batch->order[i]];
}

/* Behind the values the spread has wrapped keys that are renewed. */
static bool is_rewrap(const vc_batch *batch, uint32_t i)
{
    return i >= batch->order_count;
}

static vc__verb verb_of(const vc_batch *batch, const vc_field *field)
{
    static const vc__verb transit[] = { [VC_PROTECT] = VC__TRANSIT_ENCRYPT, [VC_OPEN] = VC__TRANSIT_DECRYPT, [VC_REWRAP] = VC__TRANSIT_REWRAP };
    if (field->method == VC__METHOD_TRANSIT)
        return transit[batch->direction];
    return batch->direction == VC_PROTECT ? VC__TRANSFORM_ENCODE : VC__TRANSFORM_DECODE;
}

static vc_code begin(void *self, const vc__stretch *stretch, vc__verb *verb, vc__buf *path, vc_error *err)
{
    const vc_batch *batch = self;
    if (is_rewrap(batch, stretch->first)) {
        const vc__key_name *name = vc__rewrap_name(batch, stretch->first - (uint32_t)batch->order_count);
        *verb = VC__TRANSIT_REWRAP;
        return vc__batch_path(path, *verb, vc_str(name->mount), vc_str(name->name), err);
    }
    const vc_field *field = vc__value_field(batch, value_at(batch, stretch->first));
    *verb = verb_of(batch, field);
    return vc__batch_path(path, *verb, vc_str(field->mount), vc_str(field->name), err);
}

static void item_at(void *self, uint32_t i, vc__item *item)
{
    const vc_batch *batch = self;
    if (is_rewrap(batch, i)) {
        item->value = vc__rewrap_text(batch, i - (uint32_t)batch->order_count);
        return;
    }
    const vc__value *value = value_at(batch, i);
    const vc_field *field = vc__value_field(batch, value);
    item->value = vc__span_view(batch, value, value->payload);
    if (field->method != VC__METHOD_TRANSFORM)
        return;
    item->transformation = vc_str(field->transformation);
    if (field->tweak)
        item->tweak = vc_str(field->tweak);
    else if (value->tweak.len)
        item->tweak = vc__span_view(batch, value, value->tweak);
}

static vc_code accept(void *self, uint32_t i, const vc__outcome *outcome, vc_error *err)
{
    vc_batch *batch = self;
    const bool data = outcome->code == VC_OK || vc_code_class(outcome->code) == VC_CLASS_DATA;
    if (is_rewrap(batch, i)) {
        const uint32_t key = i - (uint32_t)batch->order_count;
        return data ? vc__rewrap_accept(batch, key, outcome->code, outcome->value, outcome->text, err)
                    : vc__error(err, outcome->code, "%s: %s", vc__rewrap_name(batch, key)->name, outcome->text);
    }
    vc__value *value = value_at(batch, i);
    if (!data)
        return vc__error(err, outcome->code, "%s: %s", vc__value_field(batch, value)->path_text, outcome->text);
    return vc__value_accept(batch, value, outcome, err);
}

/* Record i does not suffer for record j. */
static vc_code refuse(void *self, uint32_t i, const vc_error *why, vc_error *err)
{
    vc_batch *batch = self;
    const vc_code code = why->code == VC_E_TOO_LARGE ? VC_E_TOO_LARGE : VC_E_REFUSED;
    if (is_rewrap(batch, i))
        return vc__rewrap_accept(batch, i - (uint32_t)batch->order_count, code, vc_str(""), "Vault does not rewrap its key", err);
    return vc__value_fail(batch, value_at(batch, i), code, why->message) ? vc__error_memory(err) : VC_OK;
}

const vc__spread_owner vc__batch_owner = { begin, item_at, NULL, NULL, accept, refuse };

/* -- the machine ------------------------------------------------------------------------------------------- */

static vc_step fail_batch(vc_batch *batch, vc_error *err)
{
    batch->phase = VC__BATCH_FAILED;
    batch->spread.phase = VC__SPREAD_FAILED;
    /* What has all its results may leave; a failure to splice it changes nothing in what is reported. */
    (void)vc__batch_finish(batch, NULL);
    vc__error_copy(err, &batch->spread.failure);
    return VC_STEP_FAILED;
}

static vc_code start(vc_batch *batch, uint64_t now_ms, vc_error *err)
{
    vc_code code = group_values(batch);
    if (code)
        return vc__error_memory(err);
    code = vc__local_start(batch, err);
    code = code ? code : vc__spread_start(&batch->spread, now_ms, err);
    batch->phase = VC__BATCH_RUN;
    /* What is renewed waits for the spread. */
    return !code && batch->direction != VC_REWRAP ? vc__local_pass(batch, now_ms, err) : code;
}

/* A key is looked for, by who has it to look for (keys/ring_seek.c). True: that is to be waited for. */
static bool waits_for_seek(vc_batch *batch, uint64_t now_ms, uint64_t *wait_until)
{
    if (!vc__local_seeks(batch, now_ms))
        return false;
    *wait_until = now_ms + SEEK_LOOK_MS;
    return true;
}

static vc_step too_late(const vc_batch *batch, const char *what, vc_error *err)
{
    vc__error(err, VC_E_TIMEOUT, "%s within the deadline of %llu ms", what, (unsigned long long)batch->spread.deadline_ms);
    err->retryable = 1;
    return VC_STEP_FAILED;
}

/* The keys that values wait for: VC_STEP_DONE when there are none, or all are done that could be. */
static vc_step step_keys(vc_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__local *local = &batch->local;
    if (!local->ring)
        return VC_STEP_DONE;
    while (vc__fetch_wanted(&local->fetch) || local->waiting_count) {
        const size_t waiting = local->waiting_count;
        vc__fetch_end_by(&local->fetch, batch->spread.deadline);
        const vc_step step = vc__fetch_step(&local->fetch, now_ms, wait_until, err);
        if (step != VC_STEP_DONE)
            return step;
        if (waits_for_seek(batch, now_ms, wait_until))
            return VC_STEP_WAIT;
        if (waiting && !local->paused && vc__local_pass(batch, now_ms, err))
            return VC_STEP_FAILED;
        if (local->paused) {
            *wait_until = now_ms; /* at once */
            return VC_STEP_WAIT;
        }
        if (local->seeking)
            continue;
        if (waiting && waiting == local->waiting_count && !vc__fetch_wanted(&local->fetch)) {
            vc__error(err, VC_E_INTERNAL, "values wait for keys that nobody asks for");
            return VC_STEP_FAILED;
        }
        if (waiting && waiting == local->waiting_count && now_ms >= batch->spread.deadline) /* others take the keys that come */
            return too_late(batch, "no share of a data key was had", err);
    }
    return VC_STEP_DONE;
}

/* Both are done: what waited for the spread, and the records. */
static vc_step end(vc_batch *batch, uint64_t now_ms, vc_error *err)
{
    vc_error *failure = &batch->spread.failure;
    vc_code code = batch->direction == VC_REWRAP ? vc__local_pass(batch, now_ms, failure) : VC_OK;
    code = code ? code : vc__batch_finish(batch, failure);
    if (code)
        return fail_batch(batch, err);
    batch->phase = VC__BATCH_DONE;
    return VC_STEP_DONE;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

vc_step vc_batch_step(vc_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    vc__spread *spread = &batch->spread;
    if (batch->phase == VC__BATCH_DONE)
        return VC_STEP_DONE;
    batch->local.private_left = VC__STEP_PRIVATE_MOST;
    batch->local.paused = false;
    if (batch->phase == VC__BATCH_FAILED || (batch->phase == VC__BATCH_FILL && start(batch, now_ms, &spread->failure)))
        return fail_batch(batch, err);
    uint64_t values_until = UINT64_MAX, keys_until = UINT64_MAX, asks_until = UINT64_MAX;
    const vc_step values = vc__spread_step(spread, now_ms, &values_until);
    if (values == VC_STEP_FAILED)
        return fail_batch(batch, err);
    vc_error why = VC_ERROR_INIT;
    const bool renewing = batch->direction == VC_REWRAP && values != VC_STEP_DONE; /* what is renewed waits for the spread */
    vc_step keys = renewing ? VC_STEP_DONE : step_keys(batch, now_ms, &keys_until, &why);
    const vc_step asks = keys == VC_STEP_FAILED ? keys : vc__asks_step(batch, now_ms, &asks_until, &why);
    if (asks == VC_STEP_FAILED) {
        vc__error_copy(&spread->failure, &why);
        return fail_batch(batch, err);
    }
    if (keys == VC_STEP_DONE && batch->local.seeking) { /* what Vault was asked for has come back to be waited with */
        keys = VC_STEP_WAIT;
        keys_until = now_ms;
    }
    if (values == VC_STEP_DONE && keys == VC_STEP_DONE && asks == VC_STEP_DONE)
        return end(batch, now_ms, err);
    if (values == VC_STEP_SEND || keys == VC_STEP_SEND || asks == VC_STEP_SEND)
        return VC_STEP_SEND;
    if (wait_until) {
        *wait_until = earlier(values == VC_STEP_WAIT ? values_until : UINT64_MAX, keys == VC_STEP_WAIT ? keys_until : UINT64_MAX);
        *wait_until = earlier(*wait_until, asks == VC_STEP_WAIT ? asks_until : UINT64_MAX);
    }
    return VC_STEP_WAIT;
}

vc_request *vc_batch_next_request(vc_batch *batch)
{
    if (batch->phase != VC__BATCH_RUN)
        return NULL;
    vc_request *request = vc__spread_next(&batch->spread);
    if (!request && batch->local.ring)
        request = vc__fetch_next(&batch->local.fetch);
    return request ? request : vc__asks_next(&batch->local);
}
