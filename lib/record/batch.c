/* SPDX-License-Identifier: Apache-2.0 */
#include "record/batch.h"

#include "base/alloc.h"
#include "base/error.h"

bool vc__batch_room(void *array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return true;
    const size_t more = *room ? *room * 2 : 64;
    void *grown = vc__realloc(*(void **)array, more > count ? more : count + 1, size);
    if (!grown)
        return false;
    *(void **)array = grown;
    *room = more > count ? more : count + 1;
    return true;
}

vc_batch *vc_batch_new(vc_schema *schema, vc_direction direction, vc_error *err)
{
    if (!schema || (direction != VC_PROTECT && direction != VC_OPEN)) {
        vc__error(err, VC_E_ARGUMENT, "a batch needs a schema, and VC_PROTECT or VC_OPEN");
        return NULL;
    }
    vc_batch *batch = vc__calloc(1, sizeof *batch);
    if (!batch) {
        vc__error_memory(err);
        return NULL;
    }
    batch->schema = vc_schema_ref(schema);
    batch->direction = direction;
    batch->scratch = batch->results = batch->out = (vc__buf)VC__BUF(VC__ARENA_MAX);
    batch->items_max = batch->items_limit = VC__BATCH_ITEMS;
    batch->bytes_max = batch->bytes_limit = VC__BATCH_BYTES;
    batch->slot_count = VC__BATCH_IN_FLIGHT;
    batch->deadline_ms = VC__BATCH_DEADLINE_MS;
    batch->failure = (vc_error)VC_ERROR_INIT;
    batch->scanner = vc__scanner_new(VC__DEPTH_MAX, err);
    if (!batch->scanner) {
        vc_batch_free(batch);
        return NULL;
    }
    return batch;
}

void vc_batch_clear(vc_batch *batch)
{
    vc__batch_stop(batch);
    for (size_t i = 0; i < batch->record_count; i++)
        vc__free(batch->records[i].error);
    batch->record_count = batch->value_count = batch->todo_count = 0;
    vc__buf_clear(&batch->scratch);
    vc__buf_clear(&batch->results);
    vc__buf_clear(&batch->out);
    batch->phase = VC__PHASE_FILL;
    batch->took = 0;
    batch->refused_size = false;
    batch->stats = (vc_batch_stats){ 0 };
    vc_error_clear(&batch->failure);
}

void vc_batch_free(vc_batch *batch)
{
    if (!batch)
        return;
    vc_batch_clear(batch);
    vc__buf_free(&batch->scratch);
    vc__buf_free(&batch->results);
    vc__buf_free(&batch->out);
    vc__scanner_free(batch->scanner);
    vc__scanner_free(batch->checker);
    vc__free(batch->records);
    vc__free(batch->values);
    vc__free(batch->edits);
    vc__free(batch->order);
    vc__free(batch->todo);
    vc__free(batch->slots);
    vc__free(batch->outcomes);
    vc_schema_unref(batch->schema);
    vc__free(batch);
}

static vc_code still_filling(const vc_batch *batch, vc_error *err)
{
    if (batch->phase != VC__PHASE_FILL)
        return vc__error(err, VC_E_STATE, "the batch has been started: clear it first");
    return VC_OK;
}

vc_code vc__batch_suggest_limits(vc_batch *batch, size_t items, size_t bytes, size_t in_flight, vc_error *err)
{
    if (still_filling(batch, err))
        return VC_E_STATE;
    if (in_flight > VC__BATCH_IN_FLIGHT_MAX)
        return vc__error(err, VC_E_ARGUMENT, "at most %d requests can be under way at once", VC__BATCH_IN_FLIGHT_MAX);
    if (items)
        batch->items_max = batch->items_limit = items;
    if (bytes)
        batch->bytes_max = batch->bytes_limit = bytes < VC__BATCH_BYTES_MAX ? bytes : VC__BATCH_BYTES_MAX;
    if (in_flight && in_flight != batch->slot_count) {
        vc__batch_stop(batch);
        vc__free(batch->slots);
        batch->slots = NULL;
        batch->slot_count = in_flight;
    }
    return VC_OK;
}

vc_code vc_batch_set_limits(vc_batch *batch, size_t items, size_t bytes, size_t in_flight, vc_error *err)
{
    const vc_code code = vc__batch_suggest_limits(batch, items, bytes, in_flight, err);
    batch->limits_set |= code == VC_OK;
    return code;
}

vc_code vc__batch_suggest_deadline(vc_batch *batch, uint64_t milliseconds, vc_error *err)
{
    if (still_filling(batch, err))
        return VC_E_STATE;
    batch->deadline_ms = milliseconds;
    return VC_OK;
}

vc_code vc_batch_set_deadline(vc_batch *batch, uint64_t milliseconds, vc_error *err)
{
    const vc_code code = vc__batch_suggest_deadline(batch, milliseconds, err);
    batch->deadline_set |= code == VC_OK;
    return code;
}

bool vc__batch_limits_are_set(const vc_batch *batch)
{
    return batch->limits_set;
}

bool vc__batch_deadline_is_set(const vc_batch *batch)
{
    return batch->deadline_set;
}

vc_code vc_batch_add(vc_batch *batch, const vc_rule *rule, vc_view record, vc_error *err)
{
    if (!rule || (!record.data && record.len))
        return vc__error(err, VC_E_ARGUMENT, "a record needs its rule and its bytes");
    if (still_filling(batch, err))
        return VC_E_STATE;
    if (batch->record_count >= VC__NONE - 1)
        return vc__error(err, VC_E_LIMIT, "too many records in one batch");
    if (!vc__batch_room(&batch->records, &batch->record_room, batch->record_count, sizeof *batch->records))
        return vc__error_memory(err);
    const size_t index = batch->record_count++;
    const size_t values = batch->value_count;
    batch->records[index] = (vc__record){ .in = record, .rule = rule, .first = (uint32_t)values };
    if (!record.data) { /* a tombstone */
        batch->records[index].finished = true;
        return VC_OK;
    }
    const vc_code code = vc__record_prepare(batch, (uint32_t)index, err);
    if (code) { /* not added */
        vc__free(batch->records[index].error);
        batch->record_count--;
        batch->value_count = values;
    }
    return code;
}

size_t vc_batch_count(const vc_batch *batch)
{
    return batch->record_count;
}

vc_view vc_batch_output(const vc_batch *batch, size_t i)
{
    if (i >= batch->record_count || !batch->records[i].finished || batch->records[i].error || !batch->records[i].in.data)
        return vc_view_of(NULL, 0);
    return vc_view_of(batch->out.data + batch->records[i].out_at, batch->records[i].out_len);
}

static const vc_error unfinished = {
    sizeof(vc_error), VC_E_CANCELED, 1, 0, 0, 0, 0, 0, "", "", "the batch ended before this record was finished", { NULL }
};

const vc_error *vc_batch_error(const vc_batch *batch, size_t i)
{
    if (i >= batch->record_count)
        return &unfinished;
    if (batch->records[i].error)
        return batch->records[i].error;
    return batch->records[i].finished ? NULL : &unfinished;
}

vc_on_error vc_batch_on_error(const vc_batch *batch, size_t i)
{
    if (i >= batch->record_count || !batch->records[i].error)
        return VC_ON_ERROR_FAIL;
    return batch->records[i].on_error;
}

void vc_batch_get_stats(const vc_batch *batch, vc_batch_stats *stats)
{
    vc_batch_stats all = batch->stats;
    all.size = stats->size;
    all.item_cap = batch->refused_size ? batch->took : 0;
    memcpy(stats, &all, stats->size < sizeof all ? stats->size : sizeof all);
}
