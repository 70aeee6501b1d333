/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer.c - kafka_consumer.h: messages of an application's own consumer, opened in one batch. What the batch borrows besides the messages is
 * the array of headers.
 */
#include <vaultcrypt/kafka_consumer.h>

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/header.h"

typedef struct entry {
    const rd_kafka_message_t *message;
    size_t at;      /* in the batch */
    vc_error *error; /* not in the batch: why; owned */
} entry;

struct vc_consumer {
    vc_client *client;
    vc_schema *schema;
    vc_batch *batch;
    const vc_rule *rule; /* for all; NULL: by topic */
    entry *entries;
    size_t count, room;
    vc_header *headers;
    size_t header_room;
};

/* -- life ---------------------------------------------------------------------------------------------------------- */

vc_consumer *vc_consumer_new(vc_client *client, vc_schema *schema, vc_error *err)
{
    if (!client || !schema) {
        vc__error(err, VC_E_ARGUMENT, "a client and a schema are needed");
        return NULL;
    }
    vc_consumer *consumer = vc__calloc(1, sizeof *consumer);
    if (!consumer) {
        vc__error_memory(err);
        return NULL;
    }
    consumer->client = client;
    consumer->schema = vc_schema_ref(schema);
    consumer->batch = vc_batch_new(schema, VC_OPEN, err);
    if (consumer->batch)
        return consumer;
    vc_consumer_free(consumer);
    return NULL;
}

void vc_consumer_clear(vc_consumer *consumer)
{
    vc_batch_clear(consumer->batch);
    for (size_t i = 0; i < consumer->count; i++)
        vc__free(consumer->entries[i].error);
    consumer->count = 0;
}

void vc_consumer_free(vc_consumer *consumer)
{
    if (!consumer)
        return;
    if (consumer->batch)
        vc_consumer_clear(consumer);
    vc_batch_free(consumer->batch);
    vc_schema_unref(consumer->schema);
    vc__free(consumer->entries);
    vc__free(consumer->headers);
    vc__free(consumer);
}

vc_code vc_consumer_set_rule(vc_consumer *consumer, const char *name, vc_error *err)
{
    const vc_rule *rule = NULL;
    if (!consumer)
        return vc__error(err, VC_E_ARGUMENT, "no consumer");
    if (name && !(rule = vc_schema_rule(consumer->schema, vc_str(name), err)))
        return VC_E_NO_RULE;
    consumer->rule = rule;
    return VC_OK;
}

/* -- messages ------------------------------------------------------------------------------------------------------ */

/* Room for all entries and headers beforehand: the batch borrows them, so they may not move. */
static vc_code reserve(vc_consumer *consumer, rd_kafka_message_t *const *messages, size_t count, vc_error *err)
{
    size_t headers = 0;
    for (size_t i = 0; i < count; i++)
        headers += messages[i]->err ? 0 : vc__header_count(messages[i]);
    if (count > consumer->room) {
        entry *entries = vc__realloc(consumer->entries, count, sizeof *entries);
        if (!entries)
            return vc__error_memory(err);
        consumer->entries = entries;
        consumer->room = count;
    }
    if (headers > consumer->header_room) {
        vc_header *more = vc__realloc(consumer->headers, headers, sizeof *more);
        if (!more)
            return vc__error_memory(err);
        consumer->headers = more;
        consumer->header_room = headers;
    }
    return VC_OK;
}

/* An error of that message alone. */
static vc_code set_error(entry *one, const vc_error *why, vc_error *err)
{
    one->error = vc__calloc(1, sizeof *one->error);
    if (!one->error)
        return vc__error_memory(err);
    *one->error = (vc_error)VC_ERROR_INIT;
    vc__error_copy(one->error, why);
    return VC_OK;
}

static vc_code add_message(vc_consumer *consumer, entry *one, vc_header *headers, size_t *used, vc_error *err)
{
    const rd_kafka_message_t *from = one->message;
    vc_error why = VC_ERROR_INIT;
    if (from->err) {
        vc__error(&why, VC_E_KAFKA, "no record, but an event of Kafka's: %s", rd_kafka_err2str(from->err));
        return set_error(one, &why, err);
    }
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str(rd_kafka_topic_name(from->rkt));
    const vc_rule *rule = consumer->rule ? consumer->rule : vc_schema_match(consumer->schema, message.topic, &why);
    if (!rule)
        return set_error(one, &why, err);
    message.key = vc__kafka_view(from->key, from->key_len);
    message.value = vc__kafka_view(from->payload, from->len);
    message.headers = headers + *used;
    message.header_count = vc__header_views(from, headers + *used);
    *used += message.header_count;
    one->at = vc_batch_count(consumer->batch);
    return vc_batch_add_message(consumer->batch, rule, &message, err);
}

vc_code vc_consumer_prepare(vc_consumer *consumer, rd_kafka_message_t *const *messages, size_t count, vc_batch **batch, vc_error *err)
{
    if (!consumer || !batch || (count && !messages))
        return vc__error(err, VC_E_ARGUMENT, "a consumer and messages are needed");
    vc_consumer_clear(consumer);
    size_t used = 0;
    vc_code code = reserve(consumer, messages, count, err);
    for (size_t i = 0; i < count && !code; i++) {
        entry *one = &consumer->entries[consumer->count++];
        *one = (entry){ .message = messages[i] };
        code = add_message(consumer, one, consumer->headers, &used, err);
    }
    if (code)
        vc_consumer_clear(consumer);
    else
        *batch = consumer->batch;
    return code;
}

vc_code vc_consumer_open(vc_consumer *consumer, rd_kafka_message_t *const *messages, size_t count, vc_error *err)
{
    vc_batch *batch;
    const vc_code code = vc_consumer_prepare(consumer, messages, count, &batch, err);
    return code ? code : vc_batch_count(batch) ? vc_client_run(consumer->client, batch, err) : VC_OK;
}

/* -- what came of them --------------------------------------------------------------------------------------------- */

size_t vc_consumer_count(const vc_consumer *consumer)
{
    return consumer->count;
}

static const entry *entry_of(const vc_consumer *consumer, size_t i)
{
    return i < consumer->count ? &consumer->entries[i] : NULL;
}

const vc_error *vc_consumer_error(const vc_consumer *consumer, size_t i)
{
    const entry *one = entry_of(consumer, i);
    return !one ? NULL : one->error ? one->error : vc_batch_error(consumer->batch, one->at);
}

vc_on_error vc_consumer_on_error(const vc_consumer *consumer, size_t i)
{
    const entry *one = entry_of(consumer, i);
    return !one || one->error ? VC_ON_ERROR_FAIL : vc_batch_on_error(consumer->batch, one->at);
}

vc_code vc_consumer_message(const vc_consumer *consumer, size_t i, vc_message *message)
{
    const entry *one = entry_of(consumer, i);
    if (!one || !message)
        return VC_E_ARGUMENT;
    const vc_error *why = vc_consumer_error(consumer, i);
    if (why)
        return why->code;
    message->topic = vc_str(rd_kafka_topic_name(one->message->rkt));
    message->key = vc_batch_output_key(consumer->batch, one->at);
    message->value = vc_batch_output(consumer->batch, one->at);
    message->headers = vc_batch_output_headers(consumer->batch, one->at, &message->header_count);
    return VC_OK;
}
