/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams whose lanes fall back: transactions that fail, chunks that are given up, brokers that are away. The mock cluster takes no
 * transaction back, and keeps no offsets of them: what is looked at is what the stream counts and says of its partitions.
 */
#include "unit/kafka_world.h"

#include "kafka/clock.h"

enum { OFFSET_COMMIT = 8, HEARTBEAT = 12, END_TXN = 26, TXN_OFFSET_COMMIT = 28 }; /* of Kafka's API keys */

static void print_line(void *user, vc_log_level level, const char *line)
{
    (void)user, (void)level;
    print_message("# %s\n", line);
}

static vc_stream *make_exact(struct world *world, const char *name, const char *value)
{
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = kafka_config(world->brokers);
    if (name)
        assert_int_equal(vc_kafka_config_set(kafka, name, value, NULL), VC_OK);
    vc_stream *stream = vc_stream_new(kafka, &world->client, &world->schema, VC_PROTECT, &err);
    assert_non_null(stream);
    vc_kafka_config_free(kafka);
    assert_int_equal(vc_stream_set_log(stream, print_line, NULL, &err), VC_OK);
    assert_int_equal(vc_stream_add_route(stream, "in", "out", &err), VC_OK);
    assert_int_equal(vc_stream_set_guarantee(stream, VC_EXACTLY_ONCE, &err), VC_OK);
    assert_int_equal(vc_stream_set_threads(stream, 1, &err), VC_OK);
    return stream;
}

static void add_position(void *user, const vc_stream_partition *partition)
{
    int64_t *sum = user;
    *sum += partition->committed > 0 ? partition->committed : 0;
}

/* How far the stream is, in all partitions that it has. */
static int64_t position_in_all(vc_stream *stream)
{
    int64_t sum = 0;
    vc_stream_each_partition(stream, add_position, &sum);
    return sum;
}

/* All was read to its end when a transaction fails: the end is not reached before it was read again. */
static void an_end_waits_for_what_is_read_again(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 400);
    rd_kafka_mock_push_request_errors(world->mock, TXN_OFFSET_COMMIT, 1, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
    vc_error err = VC_ERROR_INIT;
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream *stream = make_exact(world, NULL, NULL);
    assert_int_equal(vc_stream_set_commit(stream, 1000000, 600000, NULL), VC_OK); /* at the end only */
    assert_int_equal(run_to_end(stream, &err, &stats), VC_OK);
    assert_int_equal(stats.aborts, 1);
    assert_int_equal(stats.records_out, 400);
    end_world(world);
}

/* The first records of a partition are on the stage when its lane falls back: they are read again like all others. */
static void what_was_on_the_stage_is_read_again(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    vc_stream *stream = make_exact(world, NULL, NULL);
    assert_int_equal(vc_stream_set_batch(stream, 100, 2000, NULL), VC_OK);
    assert_int_equal(vc_stream_set_commit(stream, 1000000, 500, NULL), VC_OK);
    rd_kafka_mock_push_request_errors(world->mock, TXN_OFFSET_COMMIT, 1, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
    running one;
    start(&one, stream);
    send_one(world, 0, "0", "record-0");
    AWAIT(world->client.runs >= 1);
    send_one(world, 1, "1", "record-1");
    AWAIT(stats_of(stream).aborts == 1);
    send_one(world, 1, "2", "record-2");
    AWAIT(stats_of(stream).records_out == 3);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);
    end_world(world);
}

/* Longer than the session, and than a transaction: lanes are there when the brokers are. */
static void lanes_outlive_an_absence_of_brokers(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    world->client.delay_ms = 20;
    send_many(world, 0, 4000);
    vc_stream *stream = make_exact(world, "transaction.timeout.ms", "2000");
    assert_int_equal(vc_stream_set_batch(stream, 20, 5, NULL), VC_OK);
    running one;
    start(&one, stream);
    AWAIT(stats_of(stream).records_out >= 100);
    assert_int_equal(rd_kafka_mock_broker_set_down(world->mock, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
    sleep(12);
    assert_int_equal(rd_kafka_mock_broker_set_up(world->mock, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
    world->client.delay_ms = 0;
    AWAIT(position_in_all(stream) == 4000);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);
    end_world(world);
}

/* What was produced in a transaction is not committed any more when its partitions have gone before it was. */
static void what_is_given_up_is_aborted(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    vc_stream *stream = make_exact(world, NULL, NULL);
    assert_int_equal(vc_stream_set_commit(stream, 1000000, 600000, NULL), VC_OK);
    running first, second;
    start(&first, stream);
    send_many(world, 0, 40);
    AWAIT(world->client.runs >= 1);
    usleep(200000);
    const int runs = world->client.runs;
    world->client.delay_ms = 60000; /* Vault hangs, with a transaction open */
    send_many(world, 40, 40);
    AWAIT(world->client.runs > runs);
    vc_client healthy = { 0 };
    vc_stream *other = make_stream_at(world->brokers, &healthy, &world->schema);
    start(&second, other);
    AWAIT(stats_of(stream).aborts == 1);
    world->client.delay_ms = 0;
    AWAIT(stats_of(other).records_out == 40);
    assert_int_equal(stop(&first), VC_OK);
    vc_stream_free(stream);
    AWAIT(committed_in_all(world) == 80);
    assert_int_equal(stop(&second), VC_OK);
    vc_stream_free(other);
    end_world(world);
}

/* With all that a lane can have on its way undelivered. */
static void a_stop_is_heeded_while_brokers_are_away(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 4000);
    world->client.delay_ms = 5;
    vc_stream *stream = make_stream(world);
    assert_int_equal(vc_stream_set_batch(stream, 10, 5, NULL), VC_OK);
    assert_int_equal(vc_stream_set_threads(stream, 1, NULL), VC_OK);
    running one;
    start(&one, stream);
    AWAIT(stats_of(stream).records_out >= 100);
    assert_int_equal(rd_kafka_mock_broker_set_down(world->mock, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
    sleep(1);
    const uint64_t begun = vc__now_ms();
    (void)stop(&one);
    assert_true(vc__now_ms() - begun < 30000); /* the producer alone would wait for 300 s */
    vc_stream_free(stream);
    end_world(world);
}

/* Its key and value fit into message.max.bytes, with its headers it does not. */
static void a_record_that_its_headers_make_too_large_becomes_a_letter(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    static char value[1901];
    memset(value, 'x', sizeof value - 1);
    send_one(world, 0, "key", value);
    send_one(world, 0, "key", "record-1");
    vc_stream *stream = make_exact(world, "message.max.bytes", "1920");
    assert_int_equal(vc_stream_set_on_error(stream, VC_ON_ERROR_DEAD_LETTER, NULL), VC_OK);
    vc_error err = VC_ERROR_INIT;
    vc_stream_stats stats = { .size = sizeof stats };
    assert_int_equal(run_to_end(stream, &err, &stats), VC_OK);
    assert_int_equal(stats.dead_letters, 1);
    assert_int_equal(stats.records_out, 1);
    end_world(world);
}

/* A name of its own, and a transaction that took too long: the coordinator has ended it, and there is no other copy. */
static void what_took_too_long_is_begun_anew(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 40);
    vc_stream *stream = make_exact(world, "transaction.timeout.ms", "1000");
    assert_int_equal(vc_stream_set_instance(stream, "one", NULL), VC_OK);
    assert_int_equal(vc_stream_set_commit(stream, 1000000, 1500, NULL), VC_OK);
    rd_kafka_mock_push_request_errors(world->mock, END_TXN, 1, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    running one;
    start(&one, stream);
    AWAIT(stats_of(stream).records_out == 40);
    assert_int_equal(stats_of(stream).aborts, 1);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);

    /* Within its time, it can only be another. */
    stream = make_exact(world, NULL, NULL);
    assert_int_equal(vc_stream_set_instance(stream, "one", NULL), VC_OK);
    rd_kafka_mock_push_request_errors(world->mock, END_TXN, 1, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(run_to_end(stream, &err, NULL), VC_E_FENCED);
    assert_non_null(strstr(err.message, "another copy with the same instance name"));
    end_world(world);
}

/* Without transactions it is the group that knows the name. What comes of it when the session has ended before may be an echo of this copy's own. */
static void a_name_in_the_group_is_taken(void **state)
{
    (void)state;
    static const struct {
        bool lost_before;
        vc_code expected;
        const char *says;
    } cases[] = { { false, VC_E_FENCED, "another copy with the same instance name" }, { true, VC_E_KAFKA, "start it again" } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world *world = make_world(PARTITIONS);
        vc_stream *stream = make_stream(world);
        assert_int_equal(vc_stream_set_instance(stream, "one", NULL), VC_OK);
        running one;
        start(&one, stream);
        send_many(world, 0, 4);
        AWAIT(committed_in_all(world) == 4);
        if (cases[i].lost_before) {
            const uint64_t before = stats_of(stream).rebalances;
            rd_kafka_mock_push_request_errors(world->mock, HEARTBEAT, 1, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
            AWAIT(stats_of(stream).rebalances >= before + 2);
        }
        rd_kafka_mock_push_request_errors(world->mock, OFFSET_COMMIT, 1, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
        send_many(world, 4, 4);
        AWAIT(vc_stream_get_state(stream) == VC_STREAM_ENDED);
        assert_int_equal(stop(&one), cases[i].expected);
        assert_non_null(strstr(one.err.message, cases[i].says));
        vc_stream_free(stream);
        end_world(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_waits_for_what_is_read_again),
        cmocka_unit_test(what_was_on_the_stage_is_read_again),
        cmocka_unit_test(what_is_given_up_is_aborted),
        cmocka_unit_test(lanes_outlive_an_absence_of_brokers),
        cmocka_unit_test(a_stop_is_heeded_while_brokers_are_away),
        cmocka_unit_test(what_took_too_long_is_begun_anew),
        cmocka_unit_test(a_name_in_the_group_is_taken),
        cmocka_unit_test(a_record_that_its_headers_make_too_large_becomes_a_letter),
    };
    return cmocka_run_group_tests_name("kafka lanes", tests, NULL, NULL);
}
