/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer.c - kafka_producer.h. Records gather in `waiting`; a start swaps them with `running`, which is empty then, and makes the batch of
 * them. What the batch gave is handed to librdkafka from `next` on; while Vault is in trouble `running` stays as it is.
 */
#include <vaultcrypt/kafka_producer.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/clock.h"
#include "kafka/gather.h"
#include "kafka/header.h"
#include "kafka/stamp.h"

enum { RECORDS = 1000, MOST_RECORDS = 100000, LINGER_MS = 10, POLL_MS = 10 };
#define BYTES ((size_t)8 << 20)
#define MOST_BYTES ((size_t)1 << 30)

typedef enum progress {
    IDLE = 0,
    LENT,     /* the batch is being run */
    PROTECTED /* it was; records from `next` on are to be handed over */
} progress;

struct vc_producer {
    rd_kafka_t *kafka;
    vc_client *client;
    vc_schema *schema;
    vc_batch *batch;
    const vc_rule *rule; /* for all; NULL: by topic */
    size_t records;
    uint64_t linger_ms;
    vc_producer_failed_fn failed;
    void *failed_user;
    vc__gather waiting, running;
    progress progress;
    size_t next;
    bool telling; /* `failed` is being called */
    bool stamps;  /* records get VC__HEADER_SCHEMA */
    const vc_rule *stamped;
    char stamp[VC__STAMP_ROOM]; /* of that rule */
};

/* -- life ---------------------------------------------------------------------------------------------------------- */

vc_producer *vc_producer_new(rd_kafka_t *kafka, vc_client *client, vc_schema *schema, vc_error *err)
{
    if (!kafka || !client || !schema || rd_kafka_type(kafka) != RD_KAFKA_PRODUCER) {
        vc__error(err, VC_E_ARGUMENT, "a producer of librdkafka, a client and a schema are needed");
        return NULL;
    }
    vc_producer *producer = vc__calloc(1, sizeof *producer);
    if (!producer) {
        vc__error_memory(err);
        return NULL;
    }
    producer->kafka = kafka;
    producer->client = client;
    producer->schema = vc_schema_ref(schema);
    producer->records = RECORDS;
    producer->linger_ms = LINGER_MS;
    producer->stamps = true;
    producer->waiting.text = producer->running.text = (vc__buf)VC__BUF(BYTES);
    producer->batch = vc_batch_new(schema, VC_PROTECT, err);
    if (producer->batch)
        return producer;
    vc_producer_free(producer);
    return NULL;
}

void vc_producer_free(vc_producer *producer)
{
    if (!producer)
        return;
    vc_batch_free(producer->batch); /* it borrows */
    vc__gather_free(&producer->running);
    vc__gather_free(&producer->waiting);
    vc_schema_unref(producer->schema);
    vc__free(producer);
}

vc_code vc_producer_set_rule(vc_producer *producer, const char *name, vc_error *err)
{
    const vc_rule *rule = NULL;
    if (!producer)
        return vc__error(err, VC_E_ARGUMENT, "no producer");
    if (name && !(rule = vc_schema_rule(producer->schema, vc_str(name), err)))
        return VC_E_NO_RULE;
    producer->rule = rule;
    return VC_OK;
}

vc_code vc_producer_set_batch(vc_producer *producer, size_t records, size_t bytes, uint64_t linger_ms, vc_error *err)
{
    if (!producer || records > MOST_RECORDS || bytes > MOST_BYTES)
        return vc__error(err, VC_E_ARGUMENT, "a batch has at most %d records and 1 GiB", (int)MOST_RECORDS);
    if (vc_producer_waiting(producer))
        return vc__error(err, VC_E_STATE, "the batch cannot change while records wait");
    if (records)
        producer->records = records;
    if (bytes)
        producer->waiting.text.max = producer->running.text.max = bytes;
    producer->linger_ms = linger_ms;
    return VC_OK;
}

vc_code vc_producer_set_headers(vc_producer *producer, int on, vc_error *err)
{
    if (!producer)
        return vc__error(err, VC_E_ARGUMENT, "no producer");
    producer->stamps = on != 0;
    return VC_OK;
}

vc_code vc_producer_set_failed(vc_producer *producer, vc_producer_failed_fn failed, void *user, vc_error *err)
{
    if (!producer)
        return vc__error(err, VC_E_ARGUMENT, "no producer");
    producer->failed = failed;
    producer->failed_user = user;
    return VC_OK;
}

/* -- adding -------------------------------------------------------------------------------------------------------- */

static vc_code full(vc_error *err)
{
    vc__error(err, VC_E_LIMIT, "as many records wait as may: run the producer first");
    if (err)
        err->retryable = 1;
    return VC_E_LIMIT;
}

/* Whether it can never fit. A view may have no more bytes than memory, so the sum is checked part by part. */
static bool is_too_large(const vc_message *message, size_t most)
{
    const vc_view parts[] = { message->topic, message->key, message->value };
    size_t left = most - 1;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].len > left)
            return true;
        left -= parts[i].len;
    }
    for (size_t i = 0; i < message->header_count; i++) {
        const vc_header *header = &message->headers[i];
        if (header->name.len > left || header->value.len > left - header->name.len)
            return true;
        left -= header->name.len + header->value.len;
    }
    return false;
}

vc_code vc_producer_add(vc_producer *producer, const vc_message *message, int32_t partition, int64_t timestamp_ms, void *opaque, vc_error *err)
{
    if (!producer || producer->telling || !message || !message->topic.len || memchr(message->topic.data, 0, message->topic.len) ||
        (message->header_count && !message->headers) || partition < VC_ANY_PARTITION || timestamp_ms < 0)
        return vc__error(err, VC_E_ARGUMENT, "a record needs a topic, a partition from 0 on (or VC_ANY_PARTITION) and a time from 1970 on");
    vc__gather *waiting = &producer->waiting;
    const size_t most = waiting->text.max;
    if (is_too_large(message, most))
        return vc__error(err, VC_E_LIMIT, "the record is larger than all that may wait (%zu bytes)", most);
    if (waiting->count >= producer->records || vc__gather_size(message) > most - waiting->text.len)
        return full(err);
    const vc_rule *rule = producer->rule ? producer->rule : vc_schema_match(producer->schema, message->topic, err);
    if (!rule)
        return VC_E_NO_RULE;
    const vc__gathered like = { .rule = rule, .partition = partition, .timestamp = timestamp_ms, .opaque = opaque };
    const vc_code code = vc__gather_add(waiting, message, &like, err);
    if (!code && waiting->count == 1)
        waiting->since = vc__now_ms();
    return code;
}

size_t vc_producer_waiting(const vc_producer *producer)
{
    return producer->waiting.count + producer->running.count - producer->next;
}

int64_t vc_producer_due(const vc_producer *producer)
{
    const vc__gather *waiting = &producer->waiting;
    if (producer->running.count && producer->progress != LENT)
        return 0; /* left behind by trouble, or by a full queue */
    if (!waiting->count)
        return -1;
    const uint64_t waited = vc__now_ms() - waiting->since;
    if (waiting->count >= producer->records || waiting->text.len >= waiting->text.max || waited >= producer->linger_ms)
        return 0;
    return (int64_t)(producer->linger_ms - waited);
}

/* -- handing over -------------------------------------------------------------------------------------------------- */

/* What says that this record cannot be sent, and nothing of the next. */
static bool is_about_record(rd_kafka_resp_err_t result)
{
    switch ((int)result) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__INVALID_ARG: return true;
    default: return false;
    }
}

static bool add_header(rd_kafka_headers_t *headers, const char *name, size_t name_len, const char *value, size_t len)
{
    return !rd_kafka_header_add(headers, name, (ssize_t)name_len, value, (ssize_t)len);
}

static const char *stamp_of(vc_producer *producer, const vc_rule *rule)
{
    if (producer->stamped != rule)
        vc__stamp_write(producer->stamp, sizeof producer->stamp, producer->schema, rule);
    producer->stamped = rule;
    return producer->stamp;
}

/* Those of record `i` as it leaves; a tombstone has nothing to tell of. NULL: no memory. */
static rd_kafka_headers_t *make_headers(vc_producer *producer, size_t i, bool tombstone)
{
    size_t count;
    const vc_header *from = vc_batch_output_headers(producer->batch, producer->running.records[i].at, &count);
    rd_kafka_headers_t *made = rd_kafka_headers_new(count + 1);
    bool fine = made;
    for (size_t n = 0; fine && n < count; n++)
        if (!producer->stamps || !vc__view_is(from[n].name, VC__HEADER_SCHEMA))
            fine = add_header(made, from[n].name.data, from[n].name.len, from[n].value.data, from[n].value.len);
    if (fine && producer->stamps && !tombstone) {
        const char *stamp = stamp_of(producer, producer->running.records[i].rule);
        fine = add_header(made, VC__HEADER_SCHEMA, strlen(VC__HEADER_SCHEMA), stamp, strlen(stamp));
    }
    if (!fine && made)
        rd_kafka_headers_destroy(made);
    return fine ? made : NULL;
}

/* Record `i`, as the batch gave it. What librdkafka answers. */
static rd_kafka_resp_err_t produce(vc_producer *producer, size_t i, char *reason, size_t room)
{
    const vc__gathered *one = &producer->running.records[i];
    const vc_view key = vc_batch_output_key(producer->batch, one->at), value = vc_batch_output(producer->batch, one->at);
    size_t count = 0;
    rd_kafka_headers_t *headers = make_headers(producer, i, !value.data);
    if (!headers)
        return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    rd_kafka_vu_t what[8];
#define ADD(type, field, ...) what[count++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_##type, .u.field = __VA_ARGS__ }
    ADD(TOPIC, cstr, vc__gather_topic(&producer->running, i));
    ADD(PARTITION, i32, one->partition);
    ADD(MSGFLAGS, i, RD_KAFKA_MSG_F_COPY);
    ADD(VALUE, mem, { (void *)(uintptr_t)value.data, value.len });
    ADD(KEY, mem, { (void *)(uintptr_t)key.data, key.len });
    ADD(OPAQUE, ptr, one->opaque);
    if (one->timestamp)
        ADD(TIMESTAMP, i64, one->timestamp);
    ADD(HEADERS, headers, headers);
#undef ADD
    rd_kafka_error_t *error = rd_kafka_produceva(producer->kafka, what, count);
    if (!error)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    const rd_kafka_resp_err_t result = rd_kafka_error_code(error);
    snprintf(reason, room, "%s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    return result;
}

/* Record `i` will not be sent. VC_OK: go on. */
static vc_code tell_failed(vc_producer *producer, size_t i, const vc_error *why, vc_error *err)
{
    const vc__gathered *one = &producer->running.records[i];
    const vc_message message = vc__gather_message(&producer->running, i);
    int stop = 1;
    if (producer->failed) {
        producer->telling = true;
        const vc_on_error asked = one->refused ? vc_rule_on_error(one->rule) : vc_batch_on_error(producer->batch, one->at);
        stop = producer->failed(producer->failed_user, &message, one->partition, one->opaque, why, asked);
        producer->telling = false;
    }
    return stop ? vc__error_copy(err, why) : VC_OK;
}

static void running_over(vc_producer *producer)
{
    vc_batch_clear(producer->batch);
    vc__gather_clear(&producer->running);
    producer->next = 0;
    producer->progress = IDLE;
}

/* Record `next`. VC_E_BUSY: librdkafka's queue is full. */
static vc_code hand_over_one(vc_producer *producer, vc_error *err)
{
    const size_t i = producer->next;
    const vc__gathered *one = &producer->running.records[i];
    const vc_error *why = one->refused ? one->refused : vc_batch_error(producer->batch, one->at);
    vc_error refused = VC_ERROR_INIT;
    if (!why) {
        char reason[256];
        const rd_kafka_resp_err_t result = produce(producer, i, reason, sizeof reason);
        const char *topic = vc__gather_topic(&producer->running, i);
        if (result == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return vc__error(err, VC_E_BUSY, "librdkafka's queue is full: serve its delivery reports first");
        if (result == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE)
            return vc__error_memory(err);
        if (result && !is_about_record(result))
            return vc__error(err, VC_E_KAFKA, "the producer takes no records: %s", reason);
        if (result)
            vc__error(&refused, result == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? VC_E_TOO_LARGE : VC_E_KAFKA,
                      "the record cannot be sent to topic %s: %s", topic, reason);
        why = result ? &refused : NULL;
    }
    producer->next++; /* told or sent, it is over with it */
    return why ? tell_failed(producer, i, why, err) : VC_OK;
}

static vc_code hand_over(vc_producer *producer, vc_error *err)
{
    vc_code code = VC_OK;
    while (producer->next < producer->running.count && !code)
        code = hand_over_one(producer, err);
    if (producer->next == producer->running.count)
        running_over(producer);
    return code;
}

/* -- start and finish ---------------------------------------------------------------------------------------------- */

/* A record that no batch takes fails alone: the others are not to wait for it for ever. */
static vc_code fill_batch(vc_producer *producer, vc_error *err)
{
    vc__gather *running = &producer->running;
    vc_batch_clear(producer->batch);
    vc__gather_refuse_none(running);
    vc_code code = vc__gather_views(running, err);
    for (size_t i = 0; i < running->count && !code; i++) {
        vc_error why = VC_ERROR_INIT;
        const vc_message message = vc__gather_message(running, i);
        running->records[i].at = vc_batch_count(producer->batch);
        code = vc_batch_add_message(producer->batch, running->records[i].rule, &message, &why);
        if (code == VC_E_MEMORY)
            vc__error_copy(err, &why);
        else if (code)
            code = vc__gather_refuse(running, i, &why, err);
    }
    if (code)
        vc_batch_clear(producer->batch);
    return code;
}

vc_code vc_producer_start(vc_producer *producer, vc_batch **batch, vc_error *err)
{
    if (!producer || !batch)
        return vc__error(err, VC_E_ARGUMENT, "no producer, or no place for the batch");
    if (producer->progress != IDLE || producer->telling)
        return vc__error(err, VC_E_STATE, "a batch is under way: it must be finished first");
    *batch = NULL;
    if (!producer->running.count) {
        const vc__gather empty = producer->running;
        producer->running = producer->waiting;
        producer->waiting = empty;
    }
    if (!producer->running.count)
        return VC_OK;
    const vc_code code = fill_batch(producer, err);
    if (code)
        return code;
    producer->progress = LENT;
    *batch = producer->batch;
    return VC_OK;
}

vc_code vc_producer_finish(vc_producer *producer, vc_code code, const vc_error *why, vc_error *err)
{
    if (!producer || producer->progress == IDLE || producer->telling)
        return vc__error(err, VC_E_STATE, "no batch is under way");
    if (producer->progress == LENT && code) { /* nothing leaves: all is done anew */
        vc_batch_clear(producer->batch);
        producer->progress = IDLE;
        return why ? vc__error_copy(err, why) : vc__error(err, code, "the batch failed: %s", vc_code_name(code));
    }
    producer->progress = PROTECTED;
    return hand_over(producer, err);
}

/* -- the blocking calls -------------------------------------------------------------------------------------------- */

/* Finishes what was protected before. */
static vc_code hand_over_patiently(vc_producer *producer, vc_error *err)
{
    for (;;) {
        const vc_code code = hand_over(producer, err);
        if (code != VC_E_BUSY)
            return code;
        rd_kafka_poll(producer->kafka, POLL_MS); /* it empties at the latest when message.timeout.ms has passed */
    }
}

static vc_code run_once(vc_producer *producer, vc_error *err)
{
    vc_batch *batch;
    if (producer->progress == PROTECTED)
        return hand_over_patiently(producer, err);
    vc_code code = vc_producer_start(producer, &batch, err);
    if (code || !batch)
        return code;
    vc_error why = VC_ERROR_INIT;
    code = vc_client_run(producer->client, batch, &why);
    if (code)
        return vc_producer_finish(producer, code, &why, err);
    producer->progress = PROTECTED;
    return hand_over_patiently(producer, err);
}

vc_code vc_producer_run(vc_producer *producer, vc_error *err)
{
    if (!producer)
        return vc__error(err, VC_E_ARGUMENT, "no producer");
    if (producer->progress == LENT || producer->telling)
        return vc__error(err, VC_E_STATE, "a batch is under way: it must be finished first");
    vc_code code = VC_OK;
    while (!code && vc_producer_waiting(producer))
        code = run_once(producer, err);
    return code;
}

vc_code vc_producer_produce(vc_producer *producer, const vc_message *message, int32_t partition, int64_t timestamp_ms, void *opaque,
                            vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    if (!producer)
        return vc__error(err, VC_E_ARGUMENT, "no producer");
    vc_code code = vc_producer_due(producer) == 0 ? vc_producer_run(producer, err) : VC_OK;
    if (code)
        return code;
    code = vc_producer_add(producer, message, partition, timestamp_ms, opaque, &why);
    if (code != VC_E_LIMIT || !why.retryable)
        return code ? vc__error_copy(err, &why) : VC_OK;
    code = vc_producer_run(producer, err);
    return code ? code : vc_producer_add(producer, message, partition, timestamp_ms, opaque, err);
}

vc_code vc_producer_flush(vc_producer *producer, int timeout_ms, vc_error *err)
{
    const vc_code code = vc_producer_run(producer, err);
    if (code)
        return code;
    const rd_kafka_resp_err_t result = rd_kafka_flush(producer->kafka, timeout_ms);
    return result ? vc__error(err, VC_E_TIMEOUT, "%d records are not delivered yet", rd_kafka_outq_len(producer->kafka)) : VC_OK;
}

size_t vc_producer_drop(vc_producer *producer)
{
    if (!producer || producer->progress == LENT || producer->telling)
        return 0;
    const size_t dropped = vc_producer_waiting(producer);
    running_over(producer);
    vc__gather_clear(&producer->waiting);
    return dropped;
}
