/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams whose lanes fall back: transactions that fail, chunks that are given up, brokers that are away. The mock cluster takes no
 * transaction back, and keeps no offsets of them: what is looked at is what the stream counts and says of its partitions.
 */
#include "unit/apart.h"
#include "unit/kafka_world.h"

#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/stream.h"

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

/* How errors of brokers in a transaction are taken: once more, with a new producer, again from the beginning, or as the end. */
static void errors_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        int16_t call;
        rd_kafka_resp_err_t error;
        vc_code expected;
        int aborts; /* -1: at least one */
    } cases[] = { { END_TXN, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, VC_OK, 0 },
                  { END_TXN, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, VC_OK, 0 },
                  { TXN_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, VC_OK, 0 },
                  { TXN_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, VC_OK, 1 },
                  { TXN_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, VC_OK, 1 },
                  { END_TXN, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, VC_OK, 1 }, /* without a name it is nobody else */
                  { END_TXN, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, VC_E_KAFKA, -1 },
                  { TXN_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, VC_E_KAFKA, -1 } };
    struct world *worlds[COUNT(cases)];
    running streams[COUNT(cases)];
    for (size_t i = 0; i < COUNT(cases); i++) { /* all at once: each waits for its group to form */
        worlds[i] = make_world(PARTITIONS);
        send_many(worlds[i], 0, 40);
        rd_kafka_mock_push_request_errors(worlds[i]->mock, cases[i].call, 1, cases[i].error);
        vc_stream *stream = make_exact(worlds[i], NULL, NULL);
        assert_int_equal(vc_stream_set_exit_at_end(stream, 1, NULL), VC_OK);
        start(&streams[i], stream);
    }
    for (size_t i = 0; i < COUNT(cases); i++) {
        pthread_join(streams[i].thread, NULL);
        const vc_stream_stats stats = stats_of(streams[i].stream);
        print_message("# case %zu: %s\n", i, streams[i].err.message);
        assert_int_equal(streams[i].code, cases[i].expected);
        if (cases[i].aborts >= 0)
            assert_int_equal(stats.aborts, cases[i].aborts);
        if (!streams[i].code)
            assert_int_equal(stats.records_out, 40);
        vc_stream_free(streams[i].stream);
        end_world(worlds[i]);
    }
}

static vc_code time_failures(struct world *world, int failures, uint64_t *took_ms, vc_error *err)
{
    for (int i = 0; i < failures; i++)
        rd_kafka_mock_push_request_errors(world->mock, TXN_OFFSET_COMMIT, 1, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
    vc_stream_stats stats = { .size = sizeof stats };
    const uint64_t begun = vc__now_ms();
    const vc_code code = run_to_end(make_exact(world, NULL, NULL), err, &stats);
    *took_ms = vc__now_ms() - begun;
    assert_int_equal(stats.aborts, failures);
    return code;
}

/* Transactions that fail one after the other have more and more time between them: 100, 200, 400 and 800 ms, less up to half. */
static void failures_are_paced(void **state)
{
    (void)state;
    uint64_t first, fifth;
    vc_error err = VC_ERROR_INIT;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 40);
    assert_int_equal(time_failures(world, 1, &first, &err), VC_OK);
    end_world(world);
    world = make_world(PARTITIONS);
    send_many(world, 0, 40);
    assert_int_equal(time_failures(world, 5, &fifth, &err), VC_OK);
    assert_in_range(fifth, first + 600, 20000);
    end_world(world);
}

/* Letters hang with Vault no longer than an attempt may take: the group and an open transaction hear of the lane meanwhile. */
static void letters_have_an_attempts_time(void **state)
{
    (void)state;
    vc__letters *letters;
    vc_client client = { .delay_ms = 3000 }, *scope = vc_client_scope(&client, NULL);
    static const struct vc_field field = { .method = "envelope", .key = "app", .mount = "keys", .path = "$.x" };
    vc_schema schema = { .fields = &field, .field_count = 1 };
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_MISSING, "a field of the rule is not in the record");
    const vc__letter letter = { .topic = "in", .rule = "r", .under = (const vc_rule *)(const void *)&schema, .timestamp = -1, .why = &why };
    vc_message message = VC_MESSAGE_INIT;
    message.value = vc_str("value");
    assert_int_equal(vc__letters_open(&letters, &schema, &(vc__letters_options){ .body = true }, NULL), VC_OK);
    assert_int_equal(vc__letters_add(letters, &letter, &message, NULL, NULL), VC_OK);
    const uint64_t begun = vc__now_ms();
    assert_int_equal(vc__letters_run(letters, scope, 100, NULL), VC_E_TIMEOUT);
    assert_true(vc__now_ms() - begun < 2000);
    client.delay_ms = 0;
    assert_int_equal(vc__letters_run(letters, scope, 100, NULL), VC_OK);
    assert_non_null(vc__letters_value(letters, 0).data);
    vc__letters_close(letters);
    vc_client_close(scope);
}

/* A lane's queue is bounded by bytes, and headers are bytes too. */
static void headers_count(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    send_many(world, 0, 2); /* trace=42, none=NULL */
    vc_stream stream = { .client = &world->client, .batch_records = 10 };
    vc__lane lane;
    vc__partition partition = { .id = 0 };
    assert_int_equal(vc__lane_init(&lane, &stream, 0, NULL), VC_OK);
    struct topic *in = read_topic(world, "in", PARTITIONS);
    assert_int_equal(in->count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(vc__lane_put(&lane, in->records[i], &partition));
    in->records[0] = in->records[2], in->count = 0; /* the lane has them now */
    assert_int_equal(lane.queued_bytes, 2 * (strlen("1") + strlen("record-1") + strlen("trace") + strlen("42") + strlen("none")));
    vc__lane_forget(&lane, &partition);
    assert_int_equal(lane.queued_bytes, 0);
    vc__lane_close(&lane);
    free_topic(in);
    end_world(world);
}

/* Four lanes fall back while no broker answers: the reader comes back to the group after ten seconds, not eighty. */
static void lanes_share_the_time_to_read_again(void **state)
{
    (void)state;
    enum { LANES = 4 };
    vc_client client = { 0 };
    vc__lane lanes[LANES];
    vc__route route = { .source = "in" };
    vc__partition parts[LANES], *list[LANES];
    vc_stream stream = { .client = &client, .batch_records = 10, .lane_count = LANES, .lanes = lanes };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "g", NULL, 0);
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    assert_int_equal(vc__source_init(&stream.source, NULL), VC_OK);
    stream.source.rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    assert_non_null(stream.source.rk);
    for (size_t i = 0; i < LANES; i++) {
        assert_int_equal(vc__lane_init(&lanes[i], &stream, (unsigned)i, NULL), VC_OK);
        lanes[i].rewind = lanes[i].rewind_asks = true;
        parts[i] = (vc__partition){ .route = &route, .id = (int32_t)i, .lane = &lanes[i], .assigned = true, .base = 0, .next = 5 };
        list[i] = &parts[i];
    }
    stream.source.partitions = list;
    stream.source.partition_count = LANES;
    const uint64_t begun = vc__now_ms();
    vc__stream_rewind(&stream);
    assert_in_range(vc__now_ms() - begun, 5000, 15000);
    assert_int_equal(stream.rewind_first, 1); /* the next time another is first */
    for (size_t i = 0; i < LANES; i++) {
        assert_true(lanes[i].rewind);
        vc__lane_close(&lanes[i]);
    }
    rd_kafka_destroy(stream.source.rk);
    vc__source_cleanup(&stream.source);
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

int main(int argc, char **argv)
{
    static const scenario scenarios[] = {
        SCENARIO(an_end_waits_for_what_is_read_again),
        SCENARIO(what_was_on_the_stage_is_read_again),
        SCENARIO(what_is_given_up_is_aborted),
        SCENARIO(lanes_outlive_an_absence_of_brokers),
        SCENARIO(a_stop_is_heeded_while_brokers_are_away),
        SCENARIO(what_took_too_long_is_begun_anew),
        SCENARIO(a_name_in_the_group_is_taken),
        SCENARIO(errors_are_told_apart),
        SCENARIO(letters_have_an_attempts_time),
        SCENARIO(headers_count),
        SCENARIO(lanes_share_the_time_to_read_again),
        SCENARIO(a_record_that_its_headers_make_too_large_becomes_a_letter),
        SCENARIO_ALONE(failures_are_paced),
    };
    return run_apart(argc, argv, "kafka lanes", scenarios, COUNT(scenarios));
}
