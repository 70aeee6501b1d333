/* SPDX-License-Identifier: Apache-2.0 */
/* vc_consumer and vc_producer, around an application's own handles of librdkafka, on the mock cluster. */
#include "unit/kafka_world.h"

#include <vaultcrypt/kafka_consumer.h>
#include <vaultcrypt/kafka_producer.h>

static struct world *world;

static int make_all(void **state)
{
    (void)state;
    world = make_world(PARTITIONS);
    rd_kafka_mock_topic_create(world->mock, "unmatched", 1, 1);
    return 0;
}

static int end_all(void **state)
{
    (void)state;
    end_world(world);
    return 0;
}

static vc_message message_of(const char *key, const char *value)
{
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str("out");
    message.key = vc_str(key);
    message.value = vc_str(value);
    return message;
}

static void assert_view(vc_view view, const char *text)
{
    assert_int_equal(view.len, strlen(text));
    assert_memory_equal(view.data, text, view.len);
}

/* -- the consumer -------------------------------------------------------------------------------------------------- */

static void send_raw(const char *topic, const char *key, const char *value)
{
    const rd_kafka_vu_t what[] = {
        { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 0 },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { (void *)(uintptr_t)key, key ? strlen(key) : 0 } },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)value, value ? strlen(value) : 0 } },
        { .vtype = RD_KAFKA_VTYPE_HEADER, .u.header = { "trace", "42", 2 } },
        { .vtype = RD_KAFKA_VTYPE_HEADER, .u.header = { "vaultcrypt-schema", "v=1", 3 } },
        { .vtype = RD_KAFKA_VTYPE_HEADER, .u.header = { "none", NULL, 0 } },
    };
    assert_null(rd_kafka_produceva(world->producer, what, COUNT(what)));
    assert_int_equal(rd_kafka_flush(world->producer, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void opens_in_order(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc_client client = { 0 };
    vc_schema schema = { .on_error = VC_ON_ERROR_DEAD_LETTER };
    send_raw("in", "1", "P(one)");
    send_raw("in", "2", "bad CANARY");
    send_raw("in", NULL, NULL);
    send_raw("in", "4", "P(four)");
    send_raw("unmatched", "5", "P(five)");
    struct topic *in = read_topic(world, "in", 1), *other = read_topic(world, "unmatched", 1);
    rd_kafka_message_t eof = { .err = RD_KAFKA_RESP_ERR__PARTITION_EOF };
    rd_kafka_message_t *given[] = { in->records[0], in->records[1], &eof, in->records[2], other->records[0], in->records[3] };
    vc_consumer *consumer = vc_consumer_new(&client, &schema, &err);
    assert_int_equal(vc_consumer_open(consumer, given, COUNT(given), &err), VC_OK);
    assert_int_equal(vc_consumer_count(consumer), COUNT(given));
    vc_message message = VC_MESSAGE_INIT;
    assert_int_equal(vc_consumer_message(consumer, 0, &message), VC_OK);
    assert_null(vc_consumer_error(consumer, 0));
    assert_view(message.topic, "in");
    assert_view(message.key, "1");
    assert_view(message.value, "one");
    assert_int_equal(message.header_count, 2); /* not the one that tells of the schema */
    assert_view(message.headers[0].name, "trace");
    assert_view(message.headers[1].name, "none");
    assert_null(message.headers[1].value.data);
    /* what fails leaves the structure alone, and holds nothing of the record */
    assert_int_equal(vc_consumer_message(consumer, 1, &message), VC_E_MISSING);
    assert_view(message.value, "one");
    assert_null(strstr(vc_consumer_error(consumer, 1)->message, "CANARY"));
    assert_int_equal(vc_consumer_on_error(consumer, 1), VC_ON_ERROR_DEAD_LETTER);
    assert_int_equal(vc_consumer_message(consumer, 2, &message), VC_E_KAFKA);
    assert_int_equal(vc_consumer_on_error(consumer, 2), VC_ON_ERROR_FAIL);
    assert_int_equal(vc_consumer_message(consumer, 3, &message), VC_OK);
    assert_null(message.value.data);
    assert_null(message.key.data);
    assert_int_equal(vc_consumer_message(consumer, 4, &message), VC_E_NO_RULE);
    assert_int_equal(vc_consumer_message(consumer, 5, &message), VC_OK);
    assert_view(message.value, "four");
    assert_int_equal(vc_consumer_message(consumer, 6, &message), VC_E_ARGUMENT);
    assert_null(vc_consumer_error(consumer, 6));
    assert_int_equal(client.runs, 1);
    /* one; and none */
    assert_int_equal(vc_consumer_open(consumer, &given[5], 1, &err), VC_OK);
    assert_int_equal(vc_consumer_count(consumer), 1);
    assert_int_equal(vc_consumer_open(consumer, &given[2], 1, &err), VC_OK);
    assert_int_equal(vc_consumer_open(consumer, NULL, 0, &err), VC_OK);
    assert_int_equal(vc_consumer_count(consumer), 0);
    assert_int_equal(client.runs, 2); /* Vault is not asked for nothing */
    assert_int_equal(vc_consumer_open(consumer, NULL, 1, &err), VC_E_ARGUMENT);
    vc_consumer_free(consumer);
    free_topic(in);
    free_topic(other);
}

static void trouble_loses_no_message(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc_client client = { .trouble = VC_E_SEALED };
    vc_schema schema = { .on_error = VC_ON_ERROR_FAIL };
    struct topic *in = read_topic(world, "in", 1);
    vc_consumer *consumer = vc_consumer_new(&client, &schema, &err);
    assert_int_equal(vc_consumer_set_rule(consumer, "unmatched", &err), VC_E_NO_RULE);
    assert_int_equal(vc_consumer_set_rule(consumer, "rule", &err), VC_OK);
    vc_message message = VC_MESSAGE_INIT;
    assert_int_equal(vc_consumer_open(consumer, in->records, 1, &err), VC_E_SEALED);
    assert_int_equal(err.http_status, 503);
    assert_int_equal(vc_consumer_count(consumer), 1);
    assert_int_equal(vc_consumer_message(consumer, 0, &message), VC_E_CANCELED);
    assert_null(message.value.data);
    client.trouble = 0;
    assert_int_equal(vc_consumer_open(consumer, in->records, 1, &err), VC_OK);
    assert_int_equal(vc_consumer_message(consumer, 0, &message), VC_OK);
    assert_view(message.value, "one");
    /* an event loop runs the batch itself */
    vc_batch *batch = NULL;
    assert_int_equal(vc_consumer_prepare(consumer, in->records, 1, &batch, &err), VC_OK);
    assert_int_equal(vc_consumer_message(consumer, 0, &message), VC_E_CANCELED);
    assert_int_equal(vc_client_run(&client, batch, &err), VC_OK);
    assert_int_equal(vc_consumer_message(consumer, 0, &message), VC_OK);
    vc_consumer_free(consumer);
    vc_consumer_free(NULL);
    assert_null(vc_consumer_new(NULL, &schema, &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    free_topic(in);
}

static vc_code open_some(void *arg)
{
    struct topic *in = arg;
    vc_error err = VC_ERROR_INIT;
    vc_client client = { 0 };
    vc_schema schema = { .on_error = VC_ON_ERROR_FAIL };
    rd_kafka_message_t eof = { .err = RD_KAFKA_RESP_ERR__PARTITION_EOF };
    rd_kafka_message_t *given[] = { in->records[0], &eof, in->records[1] };
    vc_consumer *consumer = vc_consumer_new(&client, &schema, &err);
    vc_code code = consumer ? vc_consumer_open(consumer, given, 1, &err) : err.code;
    if (!code)
        code = vc_consumer_open(consumer, given, COUNT(given), &err);
    if (consumer)
        assert_int_equal(vc_consumer_count(consumer), code ? 0 : COUNT(given));
    vc_consumer_free(consumer);
    return code;
}

static void memory_fails_when_opening(void **state)
{
    (void)state;
    struct topic *in = read_topic(world, "in", 1);
    SWEEP_ALLOCATIONS(open_some, in);
    free_topic(in);
}

/* -- the producer -------------------------------------------------------------------------------------------------- */

struct told {
    int count, answer;
    char value[100];
    void *opaque;
    vc_code code;
    vc_on_error on_error;
};

static int on_failed(void *user, const vc_message *message, int32_t partition, void *opaque, const vc_error *why, vc_on_error on_error)
{
    struct told *told = user;
    (void)partition;
    told->count++;
    snprintf(told->value, sizeof told->value, "%.*s", (int)message->value.len, message->value.data);
    told->opaque = opaque;
    told->code = why->code;
    told->on_error = on_error;
    return told->answer;
}

static void count_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka, (void)opaque;
    if (!message->err && message->_private)
        ++*(int *)message->_private;
}

static rd_kafka_t *open_producer(const char *name, const char *value)
{
    char reason[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", world->brokers, NULL, 0);
    if (name)
        assert_int_equal(rd_kafka_conf_set(conf, name, value, reason, sizeof reason), RD_KAFKA_CONF_OK);
    rd_kafka_conf_set_dr_msg_cb(conf, count_delivery);
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    assert_non_null(kafka);
    return kafka;
}

struct setting {
    vc_client client;
    vc_schema schema;
    rd_kafka_t *kafka;
    vc_producer *producer;
    struct told told;
};

static void begin(struct setting *s, const char *name, const char *value)
{
    vc_error err = VC_ERROR_INIT;
    *s = (struct setting){ .kafka = open_producer(name, value) };
    s->producer = vc_producer_new(s->kafka, &s->client, &s->schema, &err);
    assert_non_null(s->producer);
}

static void end(struct setting *s)
{
    vc_producer_free(s->producer);
    rd_kafka_destroy(s->kafka);
}

static vc_code add(struct setting *s, const char *value, void *opaque)
{
    const vc_message message = message_of("k", value);
    return vc_producer_add(s->producer, &message, 3, 1700000000123, opaque, NULL);
}

/* The values that lie in partition 3 of `out` from that many on. */
static void assert_in_topic(size_t from, const char *const *values, size_t count)
{
    struct topic *out = read_topic(world, "out", PARTITIONS);
    size_t at = 0;
    for (size_t i = 0; i < out->count; i++) {
        const rd_kafka_message_t *one = out->records[i];
        assert_memory_equal(one->payload ? one->payload : "P(", "P(", 2); /* nothing in clear */
        if (one->partition != 3 || at++ < from)
            continue;
        assert_true(at - from <= count);
        assert_view(vc_view_of(one->payload, one->len), values[at - from - 1]);
    }
    assert_int_equal(at, from + count);
    free_topic(out);
}

static size_t in_topic(void)
{
    struct topic *out = read_topic(world, "out", PARTITIONS);
    size_t count = 0;
    for (size_t i = 0; i < out->count; i++)
        count += out->records[i]->partition == 3;
    free_topic(out);
    return count;
}

static void nothing_leaves_in_clear(void **state)
{
    (void)state;
    struct setting s;
    vc_error err = VC_ERROR_INIT;
    int delivered = 0;
    begin(&s, NULL, NULL);
    assert_int_equal(vc_producer_due(s.producer), -1);
    const vc_header headers[] = { { vc_str("trace"), vc_str("42") }, { vc_str("vaultcrypt-schema"), vc_str("a lie") }, { vc_str("none"), { NULL, 0 } } };
    char key[] = "key", value[] = "carry this";
    static const char stamp[] = "1;0123456789abcdef;the \"rule\";";
    vc_message message = message_of(key, value);
    message.headers = headers;
    message.header_count = COUNT(headers);
    assert_int_equal(vc_producer_add(s.producer, &message, 2, 1700000000123, &delivered, &err), VC_OK);
    memset(key, 'x', 3), memset(value, 'x', 10); /* it has a copy */
    message = message_of(NULL, NULL);
    assert_int_equal(vc_producer_add(s.producer, &message, 2, 0, &delivered, &err), VC_OK);
    message.value = vc_str("");
    assert_int_equal(vc_producer_add(s.producer, &message, 2, 0, &delivered, &err), VC_OK);
    assert_int_equal(vc_producer_waiting(s.producer), 3);
    assert_in_range(vc_producer_due(s.producer), 0, 10);
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_int_equal(vc_producer_waiting(s.producer), 0);
    assert_int_equal(delivered, 3);
    struct topic *out = read_topic(world, "out", PARTITIONS);
    assert_int_equal(out->count, 3);
    const rd_kafka_message_t *one = out->records[0];
    assert_int_equal(one->partition, 2);
    assert_view(vc_view_of(one->payload, one->len), "P(carry this)");
    assert_view(vc_view_of(one->key, one->key_len), "K(key)");
    assert_int_equal(rd_kafka_message_timestamp(one, NULL), 1700000000123);
    rd_kafka_headers_t *theirs;
    const void *data;
    size_t len;
    assert_int_equal(rd_kafka_message_headers(one, &theirs), 0);
    assert_int_equal(rd_kafka_header_cnt(theirs), 4); /* and the batch's own */
    assert_int_equal(rd_kafka_header_get(theirs, 0, "vaultcrypt-schema", &data, &len), 0);
    assert_int_equal(len, strlen(stamp));
    assert_memory_equal(data, stamp, len);
    assert_int_not_equal(rd_kafka_header_get(theirs, 1, "vaultcrypt-schema", &data, &len), 0);
    assert_int_equal(rd_kafka_header_get_last(theirs, "none", &data, &len), 0);
    assert_null(data);
    assert_int_equal(rd_kafka_header_get_last(theirs, "keys", &data, &len), 0);
    assert_null(out->records[1]->payload);
    assert_null(out->records[1]->key);
    assert_int_not_equal(rd_kafka_message_headers(out->records[1], &theirs), 0); /* a tombstone tells of no schema */
    assert_view(vc_view_of(out->records[2]->payload, out->records[2]->len), "P()");
    free_topic(out);
    /* without that header, the application's own */
    message = message_of("k", "v");
    message.headers = headers;
    message.header_count = 2;
    assert_int_equal(vc_producer_set_headers(s.producer, 0, &err), VC_OK);
    assert_int_equal(vc_producer_add(s.producer, &message, 2, 0, NULL, &err), VC_OK);
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    out = read_topic(world, "out", PARTITIONS);
    assert_int_equal(out->count, 4);
    assert_int_equal(rd_kafka_message_headers(out->records[3], &theirs), 0);
    assert_int_equal(rd_kafka_header_cnt(theirs), 2);
    assert_int_equal(rd_kafka_header_get_last(theirs, "vaultcrypt-schema", &data, &len), 0);
    assert_memory_equal(data, "a lie", len);
    free_topic(out);
    end(&s);
}

/* Its rule cannot be had for it, now or ever: the others do not wait. */
static void a_record_that_no_batch_takes_fails_alone(void **state)
{
    (void)state;
    struct setting s;
    vc_error err = VC_ERROR_INIT;
    int mark;
    const size_t before = in_topic();
    begin(&s, NULL, NULL);
    assert_int_equal(vc_producer_set_failed(s.producer, on_failed, &s.told, &err), VC_OK);
    vc_message odd = message_of("k", "odd");
    odd.topic = vc_str("elsewhere");
    s.schema.on_error = VC_ON_ERROR_DEAD_LETTER;
    assert_int_equal(vc_producer_add(s.producer, &odd, 3, 0, &mark, &err), VC_OK);
    add(&s, "a", NULL);
    s.client.trouble = VC_E_SEALED; /* and all is done anew */
    assert_int_equal(vc_producer_run(s.producer, &err), VC_E_SEALED);
    s.client.trouble = VC_OK;
    add(&s, "bad b", NULL), add(&s, "c", NULL);
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_int_equal(s.told.count, 2);
    assert_int_equal(s.told.code, VC_E_MISSING);
    assert_in_topic(before, (const char *const[]){ "P(a)", "P(c)" }, 2);
    assert_int_equal(vc_producer_add(s.producer, &odd, 3, 0, &mark, &err), VC_OK);
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_int_equal(s.told.count, 3);
    assert_int_equal(s.told.code, VC_E_ARGUMENT);
    assert_string_equal(s.told.value, "odd");
    assert_ptr_equal(s.told.opaque, &mark);
    assert_int_equal(s.told.on_error, VC_ON_ERROR_DEAD_LETTER);
    end(&s);
}

static void a_record_fails_alone(void **state)
{
    (void)state;
    struct setting s;
    vc_error err = VC_ERROR_INIT;
    int mark;
    const size_t before = in_topic();
    begin(&s, NULL, NULL);
    add(&s, "a", NULL), add(&s, "bad CANARY", &mark), add(&s, "c", NULL), add(&s, "bad again", NULL);
    /* nobody is told: it stops there */
    assert_int_equal(vc_producer_run(s.producer, &err), VC_E_MISSING);
    assert_null(strstr(err.message, "CANARY"));
    assert_int_equal(vc_producer_waiting(s.producer), 2);
    assert_int_equal(vc_producer_due(s.producer), 0);
    assert_int_equal(s.client.runs, 1);
    vc_batch *batch;
    assert_int_equal(vc_producer_start(s.producer, &batch, &err), VC_E_STATE);
    /* and goes on behind it; who is told may stop it too */
    s.told.answer = 1;
    s.schema.on_error = VC_ON_ERROR_DEAD_LETTER;
    assert_int_equal(vc_producer_set_failed(s.producer, on_failed, &s.told, &err), VC_OK);
    assert_int_equal(vc_producer_run(s.producer, &err), VC_E_MISSING);
    assert_int_equal(s.client.runs, 1); /* what was protected is not protected again */
    assert_int_equal(s.told.count, 1);
    assert_string_equal(s.told.value, "bad again");
    assert_int_equal(s.told.on_error, VC_ON_ERROR_DEAD_LETTER);
    assert_int_equal(vc_producer_waiting(s.producer), 0);
    s.told.answer = 0;
    add(&s, "bad too", &mark), add(&s, "d", NULL);
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_int_equal(s.told.count, 2);
    assert_ptr_equal(s.told.opaque, &mark);
    assert_int_equal(s.told.code, VC_E_MISSING);
    assert_in_topic(before, (const char *const[]){ "P(a)", "P(c)", "P(d)" }, 3);
    end(&s);
}

static void trouble_keeps_all_and_their_order(void **state)
{
    (void)state;
    struct setting s;
    vc_error err = VC_ERROR_INIT;
    const size_t before = in_topic();
    begin(&s, NULL, NULL);
    s.client.trouble = VC_E_SEALED;
    add(&s, "a", NULL), add(&s, "b", NULL);
    assert_int_equal(vc_producer_run(s.producer, &err), VC_E_SEALED);
    assert_int_equal(err.http_status, 503);
    assert_int_equal(vc_producer_due(s.producer), 0);
    add(&s, "c", NULL);
    assert_int_equal(vc_producer_waiting(s.producer), 3);
    assert_int_equal(rd_kafka_outq_len(s.kafka), 0);
    assert_int_equal(vc_producer_flush(s.producer, 1000, &err), VC_E_SEALED);
    s.client.trouble = 0;
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_in_topic(before, (const char *const[]){ "P(a)", "P(b)", "P(c)" }, 3);
    /* dropped */
    s.client.trouble = VC_E_SEALED;
    add(&s, "never", NULL);
    assert_int_equal(vc_producer_run(s.producer, &err), VC_E_SEALED);
    add(&s, "nor this", NULL);
    assert_int_equal(vc_producer_drop(s.producer), 2);
    assert_int_equal(vc_producer_due(s.producer), -1);
    s.client.trouble = 0;
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_int_equal(in_topic(), before + 3);
    end(&s);
}

static void limits_hold(void **state)
{
    (void)state;
    struct setting s;
    vc_error err = VC_ERROR_INIT;
    const size_t before = in_topic();
    static char large[200];
    memset(large, 'l', sizeof large - 1);
    begin(&s, NULL, NULL);
    assert_int_equal(vc_producer_set_batch(s.producer, 100001, 0, 0, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_producer_set_batch(s.producer, 3, 100, 3600000, &err), VC_OK);
    vc_message message = message_of("k", large);
    assert_int_equal(vc_producer_add(s.producer, &message, 3, 0, NULL, &err), VC_E_LIMIT);
    assert_false(err.retryable);
    large[60] = 0;
    message = message_of("k", large);
    assert_int_equal(vc_producer_add(s.producer, &message, 3, 0, NULL, &err), VC_OK);
    assert_in_range(vc_producer_due(s.producer), 3500000, 3600000);
    assert_int_equal(vc_producer_set_batch(s.producer, 3, 100, 0, &err), VC_E_STATE);
    assert_int_equal(vc_producer_add(s.producer, &message, 3, 0, NULL, &err), VC_E_LIMIT);
    assert_true(err.retryable);
    assert_int_equal(vc_producer_produce(s.producer, &message, 3, 0, NULL, &err), VC_OK); /* that runs it first */
    assert_int_equal(s.client.runs, 1);
    assert_int_equal(vc_producer_waiting(s.producer), 1);
    assert_int_equal(vc_producer_run(s.producer, &err), VC_OK);
    message = message_of("k", "v");
    for (int i = 0; i < 3; i++)
        assert_int_equal(vc_producer_produce(s.producer, &message, 3, 0, NULL, &err), VC_OK);
    assert_int_equal(s.client.runs, 2);
    assert_int_equal(vc_producer_due(s.producer), 0);
    assert_int_equal(vc_producer_add(s.producer, &message, 3, 0, NULL, &err), VC_E_LIMIT);
    s.client.trouble = VC_E_DENIED;
    assert_int_equal(vc_producer_produce(s.producer, &message, 3, 0, NULL, &err), VC_E_DENIED);
    assert_int_equal(vc_producer_waiting(s.producer), 3); /* that one was not added */
    s.client.trouble = 0;
    /* what cannot be a record */
    vc_message wrong = message;
    wrong.topic = vc_str("unmatched");
    assert_int_equal(vc_producer_run(s.producer, &err), VC_OK);
    assert_int_equal(vc_producer_add(s.producer, &wrong, 3, 0, NULL, &err), VC_E_NO_RULE);
    assert_int_equal(vc_producer_produce(s.producer, &wrong, 3, 0, NULL, &err), VC_E_NO_RULE);
    wrong.topic = vc_str("");
    assert_int_equal(vc_producer_add(s.producer, &wrong, 3, 0, NULL, &err), VC_E_ARGUMENT);
    wrong.topic = vc_view_of("out\0x", 5);
    assert_int_equal(vc_producer_add(s.producer, &wrong, 3, 0, NULL, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_producer_add(s.producer, &message, -2, 0, NULL, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_producer_add(s.producer, &message, 3, -1, NULL, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_producer_waiting(s.producer), 0);
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_int_equal(in_topic(), before + 5);
    assert_int_equal(vc_producer_set_rule(s.producer, "unmatched", &err), VC_E_NO_RULE);
    end(&s);
    assert_null(vc_producer_new(NULL, NULL, NULL, &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
}

static void librdkafka_refuses(void **state)
{
    (void)state;
    struct setting s;
    vc_error err = VC_ERROR_INIT;
    const size_t before = in_topic();
    static char large[2000];
    memset(large, 'l', sizeof large - 1);
    begin(&s, "message.max.bytes", "1000");
    vc_producer_set_failed(s.producer, on_failed, &s.told, &err);
    add(&s, "a", NULL), add(&s, large, NULL), add(&s, "c", NULL);
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_int_equal(s.told.count, 1);
    assert_int_equal(s.told.code, VC_E_TOO_LARGE);
    assert_in_topic(before, (const char *const[]){ "P(a)", "P(c)" }, 2);
    end(&s);
    /* the handle takes nothing: no transaction */
    begin(&s, "transactional.id", "t");
    vc_producer_set_failed(s.producer, on_failed, &s.told, &err);
    add(&s, "a", NULL);
    assert_int_equal(vc_producer_run(s.producer, &err), VC_E_KAFKA);
    assert_int_equal(s.told.count, 0);
    assert_int_equal(vc_producer_waiting(s.producer), 1);
    end(&s);
    /* what is not delivered is said */
    begin(&s, "bootstrap.servers", "127.0.0.1:1");
    add(&s, "a", NULL);
    assert_int_equal(vc_producer_flush(s.producer, 50, &err), VC_E_TIMEOUT);
    rd_kafka_purge(s.kafka, RD_KAFKA_PURGE_F_QUEUE);
    end(&s);
}

static void an_event_loop_drives_it(void **state)
{
    (void)state;
    struct setting s;
    vc_error err = VC_ERROR_INIT, why = VC_ERROR_INIT;
    vc_batch *batch = NULL;
    const size_t before = in_topic();
    begin(&s, "queue.buffering.max.messages", "2");
    assert_int_equal(vc_producer_start(s.producer, &batch, &err), VC_OK);
    assert_null(batch);
    assert_int_equal(vc_producer_finish(s.producer, VC_OK, NULL, &err), VC_E_STATE);
    add(&s, "a", NULL), add(&s, "b", NULL), add(&s, "c", NULL);
    assert_int_equal(vc_producer_start(s.producer, &batch, &err), VC_OK);
    assert_int_equal(vc_producer_start(s.producer, &batch, &err), VC_E_STATE);
    assert_int_equal(vc_producer_run(s.producer, &err), VC_E_STATE);
    assert_int_equal(vc_producer_drop(s.producer), 0);
    assert_int_equal(vc_producer_due(s.producer), -1); /* nothing else waits */
    add(&s, "d", NULL);
    assert_int_equal(vc_producer_waiting(s.producer), 4);
    /* it failed: as if nothing had been */
    s.client.trouble = VC_E_BUSY;
    assert_int_equal(vc_client_run(&s.client, batch, &why), VC_E_BUSY);
    assert_int_equal(vc_producer_finish(s.producer, why.code, &why, &err), VC_E_BUSY);
    assert_int_equal(vc_producer_waiting(s.producer), 4);
    assert_int_equal(rd_kafka_outq_len(s.kafka), 0);
    s.client.trouble = 0;
    assert_int_equal(vc_producer_start(s.producer, &batch, &err), VC_OK);
    assert_int_equal(vc_client_run(&s.client, batch, &err), VC_OK);
    assert_int_equal(vc_producer_finish(s.producer, VC_OK, NULL, &err), VC_E_BUSY); /* room for two */
    assert_int_equal(vc_producer_waiting(s.producer), 2);
    while (rd_kafka_outq_len(s.kafka))
        rd_kafka_poll(s.kafka, 10);
    assert_int_equal(vc_producer_finish(s.producer, VC_OK, NULL, &err), VC_OK);
    assert_int_equal(vc_producer_waiting(s.producer), 1);
    /* and the blocking call waits for room itself */
    for (int i = 0; i < 6; i++)
        add(&s, "e", NULL);
    assert_int_equal(vc_producer_flush(s.producer, 10000, &err), VC_OK);
    assert_in_topic(before, (const char *const[]){ "P(a)", "P(b)", "P(c)", "P(d)", "P(e)", "P(e)", "P(e)", "P(e)", "P(e)", "P(e)" }, 10);
    end(&s);
}

static vc_code produce_some(void *arg)
{
    rd_kafka_t *kafka = arg;
    vc_error err = VC_ERROR_INIT;
    vc_client client = { 0 };
    vc_schema schema = { .on_error = VC_ON_ERROR_FAIL };
    const vc_header header = { vc_str("trace"), vc_str("42") };
    vc_message message = message_of("k", "v");
    message.headers = &header;
    message.header_count = 1;
    vc_producer *producer = vc_producer_new(kafka, &client, &schema, &err);
    vc_code code = producer ? VC_OK : err.code;
    size_t added = 0;
    for (int i = 0; i < 20 && !code; i++) {
        code = vc_producer_add(producer, &message, 1, 0, NULL, &err);
        added += !code;
        assert_int_equal(vc_producer_waiting(producer), added);
    }
    if (!code)
        code = vc_producer_run(producer, &err);
    if (producer) /* all or none */
        assert_int_equal(vc_producer_waiting(producer), code ? added : 0);
    vc_producer_free(producer);
    return code;
}

static void memory_fails_when_producing(void **state)
{
    (void)state;
    rd_kafka_t *kafka = open_producer(NULL, NULL);
    SWEEP_ALLOCATIONS(produce_some, kafka);
    rd_kafka_flush(kafka, 10000);
    rd_kafka_destroy(kafka);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_in_order),
        cmocka_unit_test(trouble_loses_no_message),
        cmocka_unit_test(memory_fails_when_opening),
        cmocka_unit_test(nothing_leaves_in_clear),
        cmocka_unit_test(a_record_fails_alone),
        cmocka_unit_test(a_record_that_no_batch_takes_fails_alone),
        cmocka_unit_test(trouble_keeps_all_and_their_order),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(librdkafka_refuses),
        cmocka_unit_test(an_event_loop_drives_it),
        cmocka_unit_test(memory_fails_when_producing),
    };
    return cmocka_run_group_tests(tests, make_all, end_all);
}
