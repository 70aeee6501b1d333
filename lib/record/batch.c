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
    if (!schema || (direction != VC_PROTECT && direction != VC_OPEN && direction != VC_REWRAP)) {
        vc__error(err, VC_E_ARGUMENT, "a batch needs a schema, and VC_PROTECT, VC_OPEN or VC_REWRAP");
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
    vc__spread_init(&batch->spread, &vc__batch_owner, batch);
    vc__local_init(&batch->local);
    vc__asks_init(batch);
    batch->scanner = vc__scanner_new(VC__DEPTH_MAX, err);
    if (!batch->scanner) {
        vc_batch_free(batch);
        return NULL;
    }
    return batch;
}

void vc_batch_clear(vc_batch *batch)
{
    vc__spread_clear(&batch->spread);
    vc__local_clear(&batch->local);
    for (size_t i = 0; i < batch->record_count; i++)
        vc__free(batch->records[i].error);
    batch->record_count = batch->value_count = batch->order_count = batch->header_count = 0;
    batch->phase = VC__BATCH_FILL;
    vc__buf_clear(&batch->scratch);
    vc__buf_clear(&batch->results);
    vc__buf_clear(&batch->out);
    batch->stats = (vc_batch_stats){ 0 };
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
    vc__free(batch->headers);
    vc__local_cleanup(&batch->local);
    vc__spread_cleanup(&batch->spread);
    vc_schema_unref(batch->schema);
    vc__free(batch);
}

static vc_code still_filling(const vc_batch *batch, vc_error *err)
{
    if (batch->phase != VC__BATCH_FILL)
        return vc__error(err, VC_E_STATE, "the batch has been started: clear it first");
    return VC_OK;
}

vc_code vc__batch_suggest_limits(vc_batch *batch, size_t items, size_t bytes, size_t in_flight, vc_error *err)
{
    if (still_filling(batch, err))
        return VC_E_STATE;
    return vc__spread_set_limits(&batch->spread, items, bytes, in_flight, err);
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
    batch->spread.deadline_ms = milliseconds;
    return VC_OK;
}

vc_code vc_batch_set_deadline(vc_batch *batch, uint64_t milliseconds, vc_error *err)
{
    const vc_code code = vc__batch_suggest_deadline(batch, milliseconds, err);
    batch->deadline_set |= code == VC_OK;
    return code;
}

vc_code vc_batch_set_keyring(vc_batch *batch, vc_keyring *ring, vc_error *err)
{
    if (still_filling(batch, err))
        return VC_E_STATE;
    vc__local_set_keyring(&batch->local, ring);
    batch->keyring_set = ring != NULL;
    return VC_OK;
}

vc_code vc__batch_suggest_keyring(vc_batch *batch, vc_keyring *ring, vc_error *err)
{
    if (batch->keyring_set)
        return VC_OK;
    if (still_filling(batch, err))
        return VC_E_STATE;
    vc__local_set_keyring(&batch->local, ring);
    return VC_OK;
}

bool vc__batch_limits_are_set(const vc_batch *batch)
{
    return batch->limits_set;
}

bool vc__batch_deadline_is_set(const vc_batch *batch)
{
    return batch->deadline_set;
}

vc_code vc_batch_set_migrate(vc_batch *batch, int on, vc_error *err)
{
    if (still_filling(batch, err))
        return VC_E_STATE;
    batch->migrate = on;
    return VC_OK;
}

vc_code vc_batch_set_survey(vc_batch *batch, int on, vc_error *err)
{
    if (still_filling(batch, err))
        return VC_E_STATE;
    if (batch->record_count)
        return vc__error(err, VC_E_STATE, "the batch has records already: clear it first");
    if (on && (batch->direction != VC_OPEN || batch->migrate))
        return vc__error(err, VC_E_ARGUMENT, "a survey opens (VC_OPEN), and not while old and new stand side by side");
    batch->survey = on;
    return VC_OK;
}

size_t vc_batch_finding_count(const vc_batch *batch, size_t i)
{
    size_t count = 0;
    if (!batch || !batch->survey || i >= batch->record_count)
        return 0;
    const vc__record *record = &batch->records[i];
    for (uint32_t n = 0; n < record->count; n++)
        count += batch->values[record->first + n].kind != VC__VALUE_TWEAK;
    return count;
}

vc_code vc_batch_finding(const vc_batch *batch, size_t i, size_t n, const vc_field **field)
{
    if (n >= vc_batch_finding_count(batch, i))
        return VC_E_ARGUMENT;
    const vc__value *value = &batch->values[batch->records[i].first];
    for (;; value++)
        if (value->kind != VC__VALUE_TWEAK && !n--)
            break;
    if (field)
        *field = vc__value_field(batch, value);
    if (value->fault || value->state != VC__VALUE_DONE)
        return value->fault ? (vc_code)value->fault : VC_E_CANCELED;
    const vc_field *found = vc__value_field(batch, value);
    /* Whoever has the public key can have made it. */
    return found->method == VC__METHOD_RSA_OAEP || (found->method == VC__METHOD_HYBRID && !found->signed_by_count) ? VC_E_UNSUPPORTED : VC_OK;
}

/* Old and new can be told apart. */
static bool can_migrate(const vc_batch *batch, const vc_field *field)
{
    if (field->method == VC__METHOD_MASK)
        return batch->direction != VC_PROTECT;
    return field->method != VC__METHOD_FPE && field->method != VC__METHOD_TRANSFORM && !field->nested && !field->carry_header;
}

/* What the rule asks for cannot be done with this batch at all: no fault of the record. */
static vc_code check_rule(const vc_batch *batch, const vc_rule *rule, const vc_message *message, bool whole_message, vc_error *err)
{
    if (rule->needs_message && !whole_message)
        return vc__error(err, VC_E_CONFIG,
                         "rule %.100s: `record_key`, `bind`, `carry: header` and `format: kroxylicious` are for messages of Kafka, with "
                         "topic, key and headers (vc_batch_add_message())",
                         rule->name);
    for (size_t i = 0; i < rule->part_count; i++) {
        const vc_field *field = &rule->fields[i];
        if (batch->direction == VC_PROTECT && field->bind & VC__BIND_TOPIC && !message->topic.len)
            return vc__error(err, VC_E_ARGUMENT, "%s: it binds to the topic (`bind`), which the message does not say", field->path_text);
        if (batch->direction == VC_PROTECT && field->method == VC__METHOD_FPE && field->algorithm == VC__FPE_FF3_1)
            return vc__error(err, VC_E_UNSUPPORTED, "%s: FF3-1 was withdrawn: it opens what exists, and protects nothing new (use `ff1`)",
                             field->path_text);
        if (batch->migrate && !can_migrate(batch, field))
            return vc__error(err, VC_E_CONFIG,
                             "%s: what is protected already cannot be told from what is not, so it cannot be migrated record by record (`fpe`, "
                             "`transform`, `mask`, `nested: true` and `carry: header` need a cut-over)",
                             field->path_text);
    }
    return VC_OK;
}

static vc_code add(vc_batch *batch, const vc_rule *rule, const vc_message *message, bool whole_message, vc_error *err)
{
    const vc_view record = message->value;
    vc_code code = still_filling(batch, err);
    code = code ? code : check_rule(batch, rule, message, whole_message, err);
    if (code)
        return code;
    if (batch->record_count >= VC__NONE - 1)
        return vc__error(err, VC_E_LIMIT, "too many records in one batch");
    if (!vc__batch_room(&batch->records, &batch->record_room, batch->record_count, sizeof *batch->records))
        return vc__error_memory(err);
    const size_t index = batch->record_count++;
    const size_t values = batch->value_count;
    batch->records[index] = (vc__record){ .in = record, .rule = rule, .first = (uint32_t)values };
    if (whole_message) {
        batch->records[index].topic = message->topic.data ? message->topic : vc_str("");
        batch->records[index].key = message->key;
        batch->records[index].headers = message->headers;
        batch->records[index].header_count = message->header_count;
    }
    if (!record.data && !(rule->record_key && message->key.data)) { /* a tombstone */
        batch->records[index].finished = true;
        return VC_OK;
    }
    code = vc__record_prepare(batch, (uint32_t)index, err);
    if (code) { /* not added */
        vc__free(batch->records[index].error);
        batch->record_count--;
        batch->value_count = values;
    }
    return code;
}

vc_code vc_batch_add(vc_batch *batch, const vc_rule *rule, vc_view record, vc_error *err)
{
    if (!rule || (!record.data && record.len))
        return vc__error(err, VC_E_ARGUMENT, "a record needs its rule and its bytes");
    return add(batch, rule, &(vc_message){ .size = sizeof(vc_message), .value = record }, false, err);
}

vc_code vc_batch_add_message(vc_batch *batch, const vc_rule *rule, const vc_message *message, vc_error *err)
{
    if (!rule || !message || message->size < sizeof *message || (!message->value.data && message->value.len) ||
        (!message->key.data && message->key.len) || (!message->topic.data && message->topic.len) ||
        (!message->headers && message->header_count))
        return vc__error(err, VC_E_ARGUMENT, "a message needs its rule, and views that are there");
    return add(batch, rule, message, true, err);
}

size_t vc_batch_count(const vc_batch *batch)
{
    return batch->record_count;
}

vc_view vc_batch_output(const vc_batch *batch, size_t i)
{
    if (!batch || i >= batch->record_count || !batch->records[i].finished || batch->records[i].error || !batch->records[i].in.data || batch->survey)
        return vc_view_of(NULL, 0);
    const vc__record *record = &batch->records[i];
    if (record->rule->value) { /* its lone value, or the one behind the key */
        const vc__value *value = &batch->values[record->first + record->count - 1];
        return value->state != VC__VALUE_DONE ? record->in : value->result.len ? vc_view_of(batch->results.data + value->result.at, value->result.len) : vc_str("");
    }
    return vc_view_of(batch->out.data + record->out_at, record->out_len);
}

static const vc_error unfinished = {
    sizeof(vc_error), VC_E_CANCELED, 1, 0, 0, 0, 0, 0, "", "", "the batch ended before this record was finished", { NULL }
};

const vc_error *vc_batch_error(const vc_batch *batch, size_t i)
{
    if (!batch || i >= batch->record_count)
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
    uint64_t key_requests = 0, key_retries = 0;
    if (batch->local.ring)
        vc__fetch_count(&batch->local.fetch, &key_requests, &key_retries);
    const vc__spread *asks = &batch->local.ask_spread;
    all.requests = batch->spread.requests + key_requests + asks->requests;
    all.retries = batch->spread.retries + key_retries + asks->retries;
    all.splits = batch->spread.splits + asks->splits;
    all.item_cap = vc__spread_cap(&batch->spread);
    memcpy(stats, &all, stats->size < sizeof all ? stats->size : sizeof all);
}
