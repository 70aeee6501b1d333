/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stream promises, on librdkafka's mock cluster: nothing lost, nothing in clear, nothing committed
 * that was not delivered. The mock lets a new group wait 3 s before its first assignment, which is where
 * the time goes.
 */
#include "unit/apart.h"
#include "unit/kafka_world.h"

#include "base/error.h"

#include <signal.h>
#include <sys/wait.h>

#define CANARY "c4nary"

/* -- tests ----------------------------------------------------------------------------------------------- */

/* One that tells of the schema, behind those that were there. */
static void assert_stamped(const rd_kafka_message_t *message, bool stamped, size_t others)
{
    static const char stamp[] = "1;0123456789abcdef;the \"rule\";";
    rd_kafka_headers_t *headers;
    const void *value = NULL;
    size_t size = 0;
    assert_int_equal(rd_kafka_message_headers(message, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(rd_kafka_header_cnt(headers), others + stamped);
    assert_int_equal(rd_kafka_header_get(headers, 0, "vaultcrypt-schema", &value, &size),
                     stamped ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR__NOENT);
    if (!stamped)
        return;
    assert_int_equal(size, sizeof stamp - 1);
    assert_memory_equal(value, stamp, size);
}

static void a_record_keeps_all_but_its_value(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 1000);
    send_one(world, 2, "gone", NULL);
    send_one(world, 3, NULL, "record-1000");
    rd_kafka_flush(world->producer, 10000);
    vc_error err = VC_ERROR_INIT;
    vc_stream_stats stats = { .size = sizeof stats };
    assert_int_equal(run_to_end(make_stream(world), &err, &stats), VC_OK);
    assert_int_equal(stats.records_in, 1002);
    assert_int_equal(stats.records_out, 1002);
    assert_int_equal(stats.dead_letters, 0);
    assert_true(stats.commits > 0 && stats.batches > 0);
    assert_int_equal(committed_in_all(world), 1002);

    struct topic *in = read_topic(world, "in", PARTITIONS), *out = read_topic(world, "out", PARTITIONS);
    assert_int_equal(out->count, 1002);
    size_t compared = 0;
    for (size_t i = 0; i < in->count; i++)
        for (size_t o = 0; o < out->count; o++) {
            const rd_kafka_message_t *a = in->records[i], *b = out->records[o];
            if (a->partition != b->partition || a->offset != b->offset)
                continue;
            rd_kafka_headers_t *headers;
            const void *value;
            size_t size;
            compared++;
            assert_int_equal(a->key_len, b->key_len);
            assert_int_equal(a->key == NULL, b->key == NULL);
            if (a->key)
                assert_memory_equal(a->key, b->key, a->key_len);
            assert_int_equal(rd_kafka_message_timestamp(b, NULL), 1700000000123);
            assert_int_equal(rd_kafka_message_headers(b, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
            assert_stamped(b, b->payload, 2);
            assert_int_equal(rd_kafka_header_get(headers, 0, "trace", &value, &size),
                             RD_KAFKA_RESP_ERR_NO_ERROR);
            assert_memory_equal(value, "42", 3);
            assert_int_equal(rd_kafka_header_get(headers, 0, "none", &value, &size),
                             RD_KAFKA_RESP_ERR_NO_ERROR);
            assert_null(value);
            if (!a->payload) {
                assert_null(b->payload);
                continue;
            }
            assert_int_equal(b->len, a->len + 3);
            assert_memory_equal((const char *)b->payload + 2, a->payload, a->len);
        }
    assert_int_equal(compared, 1002);
    free_topic(in);
    free_topic(out);
    end_world(world);
}

static void keys_and_headers_change(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_one(world, 1, "k", "carry this");
    send_one(world, 1, "k", "not this");
    rd_kafka_flush(world->producer, 10000);
    vc_error err = VC_ERROR_INIT;
    vc_stream_stats stats = { .size = sizeof stats };
    assert_int_equal(run_to_end(make_stream(world), &err, &stats), VC_OK);
    struct topic *out = read_topic(world, "out", PARTITIONS);
    assert_int_equal(out->count, 2);
    for (size_t i = 0; i < 2; i++) {
        static const char *const keys[] = { "K(k)", "k" };
        rd_kafka_headers_t *headers;
        const void *value;
        size_t size;
        assert_int_equal(out->records[i]->key_len, strlen(keys[i]));
        assert_memory_equal(out->records[i]->key, keys[i], strlen(keys[i]));
        assert_int_equal(rd_kafka_message_headers(out->records[i], &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
        assert_stamped(out->records[i], true, i ? 2 : 3);
        assert_int_equal(rd_kafka_header_get(headers, 0, "trace", &value, &size), RD_KAFKA_RESP_ERR_NO_ERROR);
        assert_memory_equal(value, "42", 2);
        assert_int_equal(rd_kafka_header_get(headers, 0, "none", &value, &size), RD_KAFKA_RESP_ERR_NO_ERROR);
        assert_null(value);
        assert_int_equal(rd_kafka_header_get(headers, 0, "keys", &value, &size),
                         i ? RD_KAFKA_RESP_ERR__NOENT : RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    free_topic(out);
    end_world(world);
}

static void keys_decide_when_the_topics_differ(void **state)
{
    (void)state;
    struct world *world = make_world(3);
    for (int i = 0; i < 300; i++) {
        char key[20], value[40];
        snprintf(key, sizeof key, "key-%d", i % 10);
        snprintf(value, sizeof value, "record-%d", i);
        send_one(world, i % 10 % PARTITIONS, key, value);
    }
    rd_kafka_flush(world->producer, 10000);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(run_to_end(make_stream(world), &err, NULL), VC_OK);
    struct topic *out = read_topic(world, "out", 3);
    assert_int_equal(out->count, 300);
    int where[10], last[10];
    for (int i = 0; i < 10; i++)
        where[i] = last[i] = -1;
    for (size_t i = 0; i < out->count; i++) {
        int key = -1, number = -1;
        char text[40];
        snprintf(text, sizeof text, "%.*s", (int)out->records[i]->len,
                 (const char *)out->records[i]->payload);
        assert_int_equal(sscanf(text, "P(record-%d)", &number), 1);
        snprintf(text, sizeof text, "%.*s", (int)out->records[i]->key_len,
                 (const char *)out->records[i]->key);
        assert_int_equal(sscanf(text, "key-%d", &key), 1);
        assert_true(where[key] < 0 || where[key] == out->records[i]->partition);
        assert_true(number > last[key]);
        where[key] = out->records[i]->partition;
        last[key] = number;
    }
    free_topic(out);
    end_world(world);
}

static void opening_leads_back(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    rd_kafka_mock_topic_create(world->mock, "back", PARTITIONS, 1);
    send_many(world, 0, 500);
    send_one(world, 0, "gone", NULL);
    rd_kafka_flush(world->producer, 10000);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(run_to_end(make_stream(world), &err, NULL), VC_OK);
    vc_kafka_config *kafka = kafka_config(world->brokers);
    vc_stream *stream = vc_stream_new(kafka, &world->client, &world->schema, VC_OPEN, &err);
    assert_int_equal(vc_stream_add_route(stream, "out", "back", &err), VC_OK);
    assert_int_equal(run_to_end(stream, &err, NULL), VC_OK);
    vc_kafka_config_free(kafka);
    struct topic *in = read_topic(world, "in", PARTITIONS), *back = read_topic(world, "back", PARTITIONS);
    assert_int_equal(in->count, back->count);
    for (size_t i = 0; i < in->count; i++)
        for (size_t o = 0; o < back->count; o++) {
            const rd_kafka_message_t *a = in->records[i], *b = back->records[o];
            if (a->partition != b->partition || a->offset != b->offset)
                continue;
            assert_int_equal(a->len, b->len);
            assert_stamped(b, false, 2);
            assert_int_equal(a->payload == NULL, b->payload == NULL);
            if (a->payload)
                assert_memory_equal(a->payload, b->payload, a->len);
        }
    free_topic(in);
    free_topic(back);
    end_world(world);
}

/* What is older than the protection passes as it is; what is not may not. */
static void what_was_before_the_cut_over_passes(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    rd_kafka_mock_topic_create(world->mock, "back", PARTITIONS, 1);
    send_many(world, 0, 40); /* ten a partition, all of 1700000000123 */
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = kafka_config(world->brokers);
    vc_stream *stream = vc_stream_new(kafka, &world->client, &world->schema, VC_OPEN, &err);
    assert_int_equal(vc_stream_add_route(stream, "in", "back", &err), VC_OK);
    assert_int_equal(vc_stream_add_cut_over_time(stream, "in", 1700000000123, &err), VC_OK);
    assert_int_equal(vc_stream_add_cut_over_offset(stream, "in", 0, 4, &err), VC_OK);
    assert_int_equal(vc_stream_add_cut_over_offset(stream, "in", 1, 3, &err), VC_OK);
    assert_int_equal(vc_stream_add_cut_over_offset(stream, "in", 1, 10, &err), VC_OK); /* in its place */
    assert_int_equal(vc_stream_add_cut_over_offset(stream, "in", -1, 10, &err), VC_E_ARGUMENT);
    vc_stream_stats stats = { .size = sizeof stats };
    assert_int_equal(run_to_end(stream, &err, &stats), VC_OK);
    assert_int_equal(stats.passed, 14);
    assert_int_equal(stats.records_out, 40);
    vc_kafka_config_free(kafka);
    struct topic *back = read_topic(world, "back", PARTITIONS);
    size_t same = 0;
    for (size_t i = 0; i < back->count; i++) {
        const rd_kafka_message_t *one = back->records[i];
        const bool passed = one->len > 7 && memcmp(one->payload, "record-", 7) == 0;
        same += passed;
        assert_int_equal(passed, one->partition == 1 || (one->partition == 0 && one->offset < 4));
    }
    assert_int_equal(same, 14);
    free_topic(back);
    stream = make_stream(world);
    assert_int_equal(vc_stream_add_cut_over_time(stream, "in", 1, &err), VC_E_ARGUMENT); /* it protects */
    vc_stream_free(stream);
    end_world(world);
}

static void fail_stops_at_the_record(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 400);
    send_one(world, 1, CANARY, "bad " CANARY);
    rd_kafka_flush(world->producer, 10000);
    send_many(world, 400, 40);
    vc_error err = VC_ERROR_INIT;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_batch(stream, 64, 5, NULL), VC_OK);
    assert_int_equal(run_to_end(stream, &err, NULL), VC_E_MISSING);
    assert_non_null(strstr(err.message, "record in [1] at offset 100 "));
    assert_non_null(strstr(err.message, "field"));
    assert_null(strstr(err.message, CANARY));
    assert_string_equal(err.source, "$.Address");
    /*
     * All before it in its partition is there and committed, it is neither; no other partition is ahead of
     * what was delivered.
     */
    struct topic *out = read_topic(world, "out", PARTITIONS);
    int64_t delivered[PARTITIONS] = { 0 };
    assert_absent(out, CANARY);
    for (size_t i = 0; i < out->count; i++)
        delivered[out->records[i]->partition]++;
    free_topic(out);
    assert_int_equal(delivered[1], 100);
    assert_int_equal(committed(world, 1), 100);
    for (int i = 0; i < PARTITIONS; i++)
        assert_true(committed(world, i) <= delivered[i]);

    /* Once the rule sets it aside, the rest follows. */
    world->schema.on_error = VC_ON_ERROR_DEAD_LETTER;
    vc_stream_stats stats = { .size = sizeof stats };
    assert_int_equal(run_to_end(make_stream(world), &err, &stats), VC_OK);
    assert_int_equal(stats.dead_letters, 1);
    assert_int_equal(committed_in_all(world), 441);
    assert_true(all_once(world, 440));
    struct topic *letters = read_topic(world, "out_dead_letter", 1);
    assert_int_equal(letters->count, 1);
    assert_absent(letters, CANARY);
    assert_absent(letters, "42"); /* the header */
    assert_null(letters->records[0]->key);
    static const char letter[] =
        "{\"version\":1,\"topic\":\"in\",\"partition\":1,\"offset\":100,\"timestamp\":1700000000123,"
        "\"rule\":\"the \\\"rule\\\"\",\"error\":\"missing\","
        "\"message\":\"a \\\"field\\\" of the rule is not in the record\",\"field\":\"$.Address\",\"body_omitted\":\"no key\"}";
    assert_int_equal(letters->records[0]->len, sizeof letter - 1);
    assert_memory_equal(letters->records[0]->payload, letter, sizeof letter - 1);
    free_topic(letters);
    end_world(world);
}

static void trouble_is_waited_out(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 2000);
    world->client.trouble = VC_E_SEALED;
    running one;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_batch(stream, 100, 5, NULL), VC_OK);
    start(&one, stream);
    AWAIT(world->client.refusals >= 3);
    struct topic *out = read_topic(world, "out", PARTITIONS);
    assert_int_equal(out->count, 0);
    free_topic(out);
    assert_int_equal(committed_in_all(world), 0);
    sleep(6); /* longer than the session, and until the consumer pauses */
    assert_int_equal(stats_of(stream).rebalances, 1);
    world->client.trouble = 0;
    AWAIT(stats_of(stream).records_out == 2000);
    send_many(world, 2000, 2000); /* it reads again */
    AWAIT(stats_of(stream).records_out == 4000);
    assert_true(stats_of(stream).waits >= 1);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);
    assert_true(all_once(world, 4000));
    assert_int_equal(committed_in_all(world), 4000);
    end_world(world);
}

/* A key source whose key is missing while records lack it. */
static vc_code missing_as_told(void *user, const vc_rule *rule, vc_error *err)
{
    (void)rule;
    const vc_client *client = user;
    return client->lacks ? vc__error(err, VC_E_DENIED, "private key orders (release orders-1): refused: nothing attests") : VC_OK;
}

static atomic_int told_of_keys;

static void look_for_keys(void *user, vc_log_level level, const char *line)
{
    (void)user;
    if (level == VC_LOG_WARNING && strstr(line, "keys: records wait for one, at most 300 s: ") &&
        strstr(line, "private key orders (release orders-1): refused: nothing attests"))
        told_of_keys++;
}

static void assert_waits_for_its_key(bool again)
{
    char value[32];
    struct world *world = make_world(PARTITIONS);
    world->schema.on_error = VC_ON_ERROR_DEAD_LETTER;
    for (int i = 0; i < 1000; i++) {
        snprintf(value, sizeof value, again ? "P(record-%d)" : "record-%d", i);
        send_one(world, i % PARTITIONS, "k", value);
    }
    rd_kafka_flush(world->producer, 10000);
    world->client.lacks = 1;
    told_of_keys = 0;
    running one;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_guarantee(stream, VC_AT_LEAST_ONCE, NULL), VC_OK);
    assert_int_equal(vc_stream_set_batch(stream, 100, 5, NULL), VC_OK);
    assert_int_equal(vc_stream_set_log(stream, look_for_keys, NULL, NULL), VC_OK);
    assert_int_equal(vc_stream_set_missing(stream, missing_as_told, &world->client, NULL), VC_OK);
    if (again)
        assert_int_equal(vc_stream_set_old_schema(stream, &world->schema, NULL), VC_OK);
    start(&one, stream);
    AWAIT(vc_stream_get_state(stream) == VC_STREAM_WAITING);
    sleep(6); /* longer than the session */
    assert_int_equal(stats_of(stream).rebalances, 1);
    assert_int_equal(vc_stream_get_state(stream), VC_STREAM_WAITING);
    assert_int_equal(stats_of(stream).dead_letters, 0);
    assert_true(stats_of(stream).records_out < 1000); /* batches that lack none pass */
    assert_true(committed_in_all(world) < 1000);
    assert_int_equal(told_of_keys, 1);
    world->client.lacks = 0;
    AWAIT(stats_of(stream).records_out == 1000);
    send_one(world, 0, "k", "alien"); /* no key of ours: it stops nothing, and waits for nothing */
    AWAIT(stats_of(stream).dead_letters == 1);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);
    assert_true(all_once(world, 1000));
    assert_int_equal(committed_in_all(world), 1001);
    end_world(world);
}

static void a_record_waits_for_its_key(void **state)
{
    (void)state;
    assert_waits_for_its_key(false);
}

static void a_record_waits_for_its_old_key(void **state)
{
    (void)state;
    assert_waits_for_its_key(true);
}

/* All keys are here, and the schema is replaced while a batch runs, which took the keys of the one before with it. */
static struct {
    vc_stream *stream;
    struct world *world;
} replacing;

static vc_code replace_meanwhile(void *user, const vc_rule *rule, vc_error *err)
{
    (void)user, (void)err;
    if (rule && replacing.world->client.lacks) { /* after the batch: none is missing before */
        assert_int_equal(vc_stream_replace_schema(replacing.stream, &replacing.world->schema, NULL, NULL), VC_OK);
        replacing.world->client.lacks = 0;
    }
    return VC_OK;
}

static void a_schema_that_is_replaced_takes_no_record_with_it(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    world->schema.on_error = VC_ON_ERROR_DEAD_LETTER;
    for (int i = 0; i < 100; i++)
        send_one(world, i % PARTITIONS, "k", "record-7"); /* each of them lacks it */
    rd_kafka_flush(world->producer, 10000);
    world->client.lacks = 1;
    running one;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_threads(stream, 1, NULL), VC_OK);
    replacing.stream = stream;
    replacing.world = world;
    assert_int_equal(vc_stream_set_missing(stream, replace_meanwhile, NULL, NULL), VC_OK);
    start(&one, stream);
    AWAIT(stats_of(stream).records_out + stats_of(stream).dead_letters == 100);
    assert_int_equal(stats_of(stream).dead_letters, 0);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);
    end_world(world);
}

/* A key is away that the rule of the record does not use. */
static vc_code missing_elsewhere(void *user, const vc_rule *rule, vc_error *err)
{
    return rule == user ? VC_OK : vc__error(err, VC_E_CONNECT, "public key spare is away");
}

static void keys_of_other_rules_are_not_waited_for(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    world->schema.on_error = VC_ON_ERROR_DEAD_LETTER;
    for (int i = 0; i < 100; i++)
        send_one(world, i % PARTITIONS, "k", i % 10 ? "record" : "alien"); /* anyone can write one that no key opens */
    rd_kafka_flush(world->producer, 10000);
    running one;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_missing(stream, missing_elsewhere, &world->schema, NULL), VC_OK);
    start(&one, stream);
    AWAIT(stats_of(stream).records_out + stats_of(stream).dead_letters == 100);
    assert_int_equal(stats_of(stream).dead_letters, 10);
    assert_int_equal(stats_of(stream).waits, 0);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);
    end_world(world);
}

static void a_key_that_does_not_come_loses_nothing(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    world->schema.on_error = VC_ON_ERROR_DEAD_LETTER;
    send_many(world, 0, 100);
    world->client.lacks = 1;
    vc_error err = VC_ERROR_INIT;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_deadline(stream, 700, NULL), VC_OK);
    assert_int_equal(vc_stream_set_missing(stream, missing_as_told, &world->client, NULL), VC_OK);
    assert_int_equal(run_to_end(stream, &err, NULL), VC_E_DENIED);
    assert_non_null(strstr(err.message, "gave up after 0 s without a key, nothing is lost: private key orders (release orders-1): refused"));
    struct topic *letters = read_topic(world, "out_dead_letter", 1);
    assert_int_equal(letters->count, 0);
    free_topic(letters);
    world->client.lacks = 0;
    assert_int_equal(run_to_end(make_stream(world), &err, NULL), VC_OK);
    assert_true(all_once(world, 100));
    end_world(world);
}

static void after_the_deadline_nothing_is_lost(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 500);
    world->client.trouble = VC_E_CONNECT;
    vc_error err = VC_ERROR_INIT;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_deadline(stream, 700, NULL), VC_OK);
    assert_int_equal(run_to_end(stream, &err, NULL), VC_E_CONNECT);
    assert_non_null(strstr(err.message, "gave up"));
    assert_non_null(strstr(err.message, "Vault is in trouble"));
    assert_int_equal(err.http_status, 503);
    assert_string_equal(err.request_id, "0123-abcd");
    assert_int_equal(committed_in_all(world), 0);
    struct topic *out = read_topic(world, "out", PARTITIONS);
    assert_int_equal(out->count, 0);
    free_topic(out);

    /* Somebody stops it while it waits: no error, and still nothing lost. */
    running one;
    world->client.refusals = 0;
    stream = make_stream(world);
    start(&one, stream);
    AWAIT(world->client.refusals >= 2);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);
    assert_int_equal(committed_in_all(world), 0);

    world->client.trouble = 0;
    assert_int_equal(run_to_end(make_stream(world), &err, NULL), VC_OK);
    assert_true(all_once(world, 500));
    assert_int_equal(committed_in_all(world), 500);
    end_world(world);
}

/* A stream that closes for its end, and waits for Vault, is stopped all the same. */
static void a_stop_is_heeded_while_it_closes(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 500);
    world->client.trouble = VC_E_SEALED;
    running one;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_count(stream, 500, NULL), VC_OK);
    assert_int_equal(vc_stream_set_deadline(stream, 20000, NULL), VC_OK);
    assert_int_equal(vc_stream_set_threads(stream, 1, NULL), VC_OK);
    start(&one, stream);
    AWAIT(stats_of(stream).records_in == 500 && world->client.refusals >= 2);
    usleep(100000); /* it is closing by now */
    const int before = world->client.refusals;
    assert_int_equal(stop(&one), VC_OK);
    assert_true(world->client.refusals <= before + 1); /* until its deadline there would be several more */
    assert_int_equal(stats_of(stream).records_out, 0);
    vc_stream_free(stream);
    assert_int_equal(committed_in_all(world), 0);
    end_world(world);
}

/* Vault hangs in mid-call: a stop takes the call off, and the records stay where they are. */
static void a_stop_is_heeded_while_vault_hangs(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 500);
    world->client.delay_ms = 60000;
    running one;
    vc_stream *stream = make_stream(world);
    start(&one, stream);
    AWAIT(world->client.runs >= 1);
    assert_int_equal(stop(&one), VC_OK);
    assert_int_equal(stats_of(stream).records_out, 0); /* whoever waits for Vault gets them out */
    vc_stream_free(stream);
    assert_int_equal(committed_in_all(world), 0);
    world->client.delay_ms = 0;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(run_to_end(make_stream(world), &err, NULL), VC_OK);
    assert_true(all_once(world, 500));
    end_world(world);
}

static void what_waiting_cannot_mend_stops_at_once(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 10);
    world->client.trouble = VC_E_NOT_FOUND;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(run_to_end(make_stream(world), &err, NULL), VC_E_NOT_FOUND);
    assert_string_equal(err.message, "Vault is in trouble");
    assert_int_equal(committed_in_all(world), 0);
    end_world(world);
}

static void stopping_leaves_no_gap_and_no_double(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 10000);
    world->client.delay_ms = 5;
    running one;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_batch(stream, 100, 5, NULL), VC_OK);
    start(&one, stream);
    AWAIT(stats_of(stream).records_out >= 1000);
    assert_int_equal(stop(&one), VC_OK);
    const uint64_t first = stats_of(stream).records_out;
    vc_stream_free(stream);
    assert_true(first < 10000);
    assert_int_equal(committed_in_all(world), first);
    vc_error err = VC_ERROR_INIT;
    vc_stream_stats stats = { .size = sizeof stats };
    stream = make_stream(world);
    assert_int_equal(vc_stream_set_count(stream, 10000 - first, NULL), VC_OK);
    assert_int_equal(vc_stream_run(stream, &err), VC_OK);
    vc_stream_get_stats(stream, &stats);
    assert_int_equal(stats.records_in, 10000 - first);
    assert_int_equal(vc_stream_run(stream, &err), VC_E_STATE);
    vc_stream_free(stream);
    assert_true(all_once(world, 10000));
    end_world(world);
}

/* A second member takes some of the partitions away in mid-stream, then the first one leaves. */
static void partitions_change_hands(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    world->client.delay_ms = 20;
    send_many(world, 0, 8000);
    running first, second;
    vc_stream *a = make_stream(world), *b = make_stream(world);
    assert_int_equal(vc_stream_set_batch(a, 20, 5, NULL), VC_OK);
    assert_int_equal(vc_stream_set_batch(b, 20, 5, NULL), VC_OK);
    start(&first, a);
    AWAIT(stats_of(a).records_out > 100);
    start(&second, b);
    AWAIT(stats_of(b).records_out > 100);
    assert_true(stats_of(a).records_out < 8000);
    assert_true(stats_of(a).rebalances >= 3); /* taken, given up, taken */
    world->client.delay_ms = 0;
    send_many(world, 8000, 2000);
    assert_int_equal(stop(&first), VC_OK);
    size_t doubles = 0;
    AWAIT(committed_in_all(world) == 10000);
    assert_int_equal(stop(&second), VC_OK);
    vc_stream_free(a);
    vc_stream_free(b);
    assert_true(all_at_least_once(world, 10000, &doubles));
    /*
     * The mock takes no commits once somebody wants to join, so what came after that comes again; less than
     * all of it.
     */
    assert_true(doubles < 8000);
    end_world(world);
}

/*
 * Vault hangs while partitions are taken away: what was under way is dropped here, and done by the next
 * owner.
 */
static void what_cannot_be_finished_is_left_to_the_next(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    vc_client healthy = { 0 };
    world->client.trouble = VC_E_TIMEOUT;
    send_many(world, 0, 1000);
    running first, second;
    vc_stream *a = make_stream(world), *b = make_stream_at(world->brokers, &healthy, &world->schema);
    start(&first, a);
    AWAIT(world->client.refusals >= 2);
    start(&second, b);
    AWAIT(stats_of(b).records_out >= 250);
    world->client.trouble = 0; /* now the first one could finish what is no longer its own */
    AWAIT(committed_in_all(world) == 1000);
    assert_int_equal(stop(&first), VC_OK);
    assert_int_equal(stop(&second), VC_OK);
    vc_stream_free(a);
    vc_stream_free(b);
    assert_true(all_once(world, 1000));
    end_world(world);
}

static void what_the_brokers_refuse_is_not_committed(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 100);
    vc_stream *stream = make_stream(world);
    rd_kafka_mock_push_request_errors(world->mock, 0 /* Produce */, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(run_to_end(stream, &err, NULL), VC_E_KAFKA);
    assert_non_null(strstr(err.message, "was not delivered to topic out"));
    struct topic *out = read_topic(world, "out", PARTITIONS);
    assert_true((int64_t)out->count >= committed_in_all(world));
    assert_true(out->count < 100);
    free_topic(out);
    assert_int_equal(run_to_end(make_stream(world), &err, NULL), VC_OK);
    size_t doubles = 0;
    assert_true(all_at_least_once(world, 100, &doubles));
    end_world(world);
}

/* A process of its own that never gets to commit, and is killed between delivery and commit. */
static void a_crash_loses_nothing(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 3000);
    const pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_kafka_stream", "--crash", world->brokers, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    struct topic *out = NULL;
    for (int left = 300; left && !(out && out->count); left--) {
        if (out)
            free_topic(out);
        usleep(50000);
        out = read_topic(world, "out", PARTITIONS);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(out && out->count > 0);
    free_topic(out);
    assert_int_equal(committed_in_all(world), 0);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(run_to_end(make_stream(world), &err, NULL), VC_OK);
    size_t doubles = 0;
    assert_true(all_at_least_once(world, 3000, &doubles));
    assert_true(doubles > 0);
    assert_int_equal(committed_in_all(world), 3000);
    end_world(world);
}

static int run_until_killed(const char *brokers)
{
    vc_client client = { .delay_ms = 20 };
    vc_schema schema = { .on_error = VC_ON_ERROR_FAIL };
    vc_error err = VC_ERROR_INIT;
    vc_stream *stream = make_stream_at(brokers, &client, &schema);
    if (vc_stream_set_commit(stream, 1000000000, 3600000, &err) || vc_stream_set_batch(stream, 100, 5, &err))
        return 1;
    alarm(60);
    return vc_stream_run(stream, &err);
}

static void settings_are_checked(void **state)
{
    (void)state;
    vc_client client = { 0 };
    vc_schema schema = { .on_error = VC_ON_ERROR_FAIL };
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = vc_kafka_config_new(NULL);
    assert_null(vc_stream_new(NULL, &client, &schema, VC_PROTECT, &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_null(vc_stream_new(kafka, &client, &schema, (vc_direction)7, &err));
    vc_stream *stream = vc_stream_new(kafka, &client, &schema, VC_PROTECT, &err);
    assert_int_equal(vc_stream_run(NULL, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_add_route(stream, "a", "a", &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_add_route(stream, "^a.*", "b", &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_add_route(stream, "a", "", &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_add_route(stream, "a", NULL, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_add_route(stream, "a", "b", &err), VC_OK);
    assert_int_equal(vc_stream_add_route(stream, "a", "c", &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_set_batch(stream, 0, 1, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_set_threads(stream, 65, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_set_commit(stream, 0, 1, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_set_dead_letter_topic(stream, "a b", &err), VC_E_ARGUMENT);
    assert_int_equal(vc_stream_run(stream, &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "bootstrap.servers"));
    assert_int_equal(vc_stream_set_count(stream, 1, &err), VC_E_STATE);
    vc_stream_free(stream);

    assert_int_equal(vc_kafka_config_set(kafka, "bootstrap.servers", "127.0.0.1:1", &err), VC_OK);
    stream = vc_stream_new(kafka, &client, &schema, VC_PROTECT, &err);
    assert_int_equal(vc_stream_add_route(stream, "a", "b", &err), VC_OK);
    assert_int_equal(vc_stream_run(stream, &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "group.id"));
    vc_stream_free(stream);

    assert_int_equal(vc_kafka_config_set(kafka, "group.id", "g", &err), VC_OK);
    stream = vc_stream_new(kafka, &client, &schema, VC_PROTECT, &err);
    assert_int_equal(vc_stream_run(stream, &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "route"));
    vc_stream_free(stream);
    vc_kafka_config *loose = vc_kafka_config_new(NULL);
    assert_int_equal(vc_kafka_config_set(loose, "bootstrap.servers", "127.0.0.1:1", &err), VC_OK);
    assert_int_equal(vc_kafka_config_set(loose, "group.id", "g", &err), VC_OK);
    assert_int_equal(vc_kafka_config_set(loose, "isolation.level", "read_uncommitted", &err), VC_OK);
    stream = vc_stream_new(loose, &client, &schema, VC_PROTECT, &err);
    vc_kafka_config_free(loose);
    assert_int_equal(vc_stream_add_route(stream, "a", "b", &err), VC_OK);
    assert_int_equal(vc_stream_set_guarantee(stream, VC_EXACTLY_ONCE, &err), VC_OK);
    assert_int_equal(vc_stream_run(stream, &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "isolation.level"));
    vc_stream_free(stream);

    stream = vc_stream_new(kafka, &client, &schema, VC_PROTECT, &err);
    assert_int_equal(vc_stream_add_route(stream, "unmatched", "b", &err), VC_OK);
    assert_int_equal(vc_stream_run(stream, &err), VC_E_NO_RULE);
    vc_stream_free(stream);

    stream = vc_stream_new(kafka, &client, &schema, VC_PROTECT, &err);
    assert_int_equal(vc_stream_add_route(stream, "a", "b", &err), VC_OK);
    assert_int_equal(vc_stream_set_dead_letter_topic(stream, "b", &err), VC_OK);
    assert_int_equal(vc_stream_run(stream, &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "dead letters"));
    vc_stream_free(stream);
    vc_stream_free(NULL);
    vc_kafka_config_free(kafka);
}

int main(int argc, char **argv)
{
    static const scenario scenarios[] = {
        SCENARIO(settings_are_checked),
        SCENARIO(a_record_keeps_all_but_its_value),
        SCENARIO(keys_and_headers_change),
        SCENARIO(keys_decide_when_the_topics_differ),
        SCENARIO(opening_leads_back),
        SCENARIO(what_was_before_the_cut_over_passes),
        SCENARIO(fail_stops_at_the_record),
        SCENARIO(trouble_is_waited_out),
        SCENARIO(a_record_waits_for_its_key),
        SCENARIO(a_record_waits_for_its_old_key), SCENARIO(a_schema_that_is_replaced_takes_no_record_with_it),
        SCENARIO(keys_of_other_rules_are_not_waited_for),
        SCENARIO(a_key_that_does_not_come_loses_nothing),
        SCENARIO(after_the_deadline_nothing_is_lost),
        SCENARIO(a_stop_is_heeded_while_it_closes),
        SCENARIO(a_stop_is_heeded_while_vault_hangs),
        SCENARIO(what_waiting_cannot_mend_stops_at_once),
        SCENARIO(stopping_leaves_no_gap_and_no_double),
        SCENARIO(partitions_change_hands),
        SCENARIO(what_cannot_be_finished_is_left_to_the_next),
        SCENARIO(what_the_brokers_refuse_is_not_committed),
        SCENARIO(a_crash_loses_nothing),
    };
    if (argc == 3 && strcmp(argv[1], "--crash") == 0)
        return run_until_killed(argv[2]);
    return run_apart(argc, argv, "kafka stream", scenarios, COUNT(scenarios));
}
