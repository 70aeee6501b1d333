/* SPDX-License-Identifier: Apache-2.0 */
/* What changes while a stream runs, on librdkafka's mock cluster: its schema, the topics that a pattern stands for, its place in the group. */
#include "unit/apart.h"
#include "unit/kafka_world.h"

enum { HEARTBEAT = 12 }; /* of Kafka's API keys */

static bool is_stamped(const rd_kafka_message_t *message, const char *id)
{
    rd_kafka_headers_t *headers;
    const void *value = NULL;
    size_t size = 0;
    char text[100];
    assert_int_equal(rd_kafka_message_headers(message, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(rd_kafka_header_get(headers, 0, "vaultcrypt-schema", &value, &size), RD_KAFKA_RESP_ERR_NO_ERROR);
    const int len = snprintf(text, sizeof text, "1;%s;the \"rule\";", id);
    return size == (size_t)len && memcmp(value, text, size) == 0;
}

/* -- its schema ------------------------------------------------------------------------------------------ */

enum { BEHIND = 4000, AFTER = 400 };

/* Each once, all by one schema and with its header; in each partition one, and from some record on the other. Returns how many the old one has. */
static size_t assert_replaced(const struct topic *out, const vc_schema *before, const vc_schema *now)
{
    static int times[BEHIND + AFTER];
    bool changed[PARTITIONS] = { false };
    size_t by_old = 0;
    assert_int_equal(out->count, BEHIND + AFTER);
    for (size_t i = 0; i < out->count; i++) {
        const rd_kafka_message_t *one = out->records[i];
        char text[40], mark = 0;
        int number = -1;
        snprintf(text, sizeof text, "%.*s", (int)one->len, (const char *)one->payload);
        assert_int_equal(sscanf(text, "%c(record-%d)", &mark, &number), 2);
        assert_in_range(number, 0, BEHIND + AFTER - 1);
        assert_int_equal(times[number]++, 0);
        const bool by_new = mark == *now->mark;
        assert_true(by_new || mark == *before->mark);
        assert_true(is_stamped(one, by_new ? now->id : before->id));
        assert_true(by_new || !changed[one->partition]);
        changed[one->partition] |= by_new;
        by_old += !by_new;
        if (number >= BEHIND) /* sent when the new one was there */
            assert_true(by_new);
    }
    return by_old;
}

static void a_schema_is_replaced_while_records_flow(void **state)
{
    (void)state;
    vc_schema before = { .id = "aaaaaaaaaaaaaaaa", .mark = "A" }, now = { .id = "bbbbbbbbbbbbbbbb", .mark = "B" };
    struct world *world = make_world(PARTITIONS);
    world->client.delay_ms = 20;
    send_many(world, 0, BEHIND);
    vc_stream *stream = make_stream_at(world->brokers, &world->client, &before);
    assert_int_equal(vc_stream_set_batch(stream, 20, 5, NULL), VC_OK);
    running one;
    start(&one, stream);
    AWAIT(stats_of(stream).records_out >= 200);
    assert_int_equal(vc_stream_replace_schema(stream, &now, &before, NULL), VC_E_ARGUMENT); /* it had no old one */
    const uint64_t until_here = stats_of(stream).records_out;
    AWAIT(stats_of(stream).records_out > until_here);
    assert_int_equal(vc_stream_replace_schema(stream, &now, NULL, NULL), VC_OK);
    send_many(world, BEHIND, AFTER);
    AWAIT(stats_of(stream).records_out == BEHIND + AFTER);
    assert_int_equal(stop(&one), VC_OK);
    vc_stream_free(stream);
    struct topic *out = read_topic(world, "out", PARTITIONS);
    assert_in_range(assert_replaced(out, &before, &now), 200, BEHIND - 1); /* amid what it was at */
    free_topic(out);
    end_world(world);
}

/* -- topics of a pattern --------------------------------------------------------------------------------- */

static void send_to(struct world *world, const char *topic, int count)
{
    char value[] = "record";
    const rd_kafka_vu_t what[] = {
        { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { value, strlen(value) } },
    };
    for (int i = 0; i < count; i++)
        assert_null(rd_kafka_produceva(world->producer, what, COUNT(what)));
    assert_int_equal(rd_kafka_flush(world->producer, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void assert_protected(const struct world *world, const char *name, int partitions, size_t count)
{
    struct topic *out = read_topic(world, name, partitions);
    assert_int_equal(out->count, count);
    for (size_t i = 0; i < out->count; i++) {
        assert_int_equal(out->records[i]->len, strlen("P(record)"));
        assert_memory_equal(out->records[i]->payload, "P(record)", out->records[i]->len);
        assert_true(is_stamped(out->records[i], "0123456789abcdef"));
    }
    free_topic(out);
}

static void a_topic_made_meanwhile_is_read(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    rd_kafka_mock_topic_create(world->mock, "new-1", 2, 1);
    rd_kafka_mock_topic_create(world->mock, "out-new-1", 2, 1);
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = kafka_config(world->brokers);
    assert_int_equal(vc_kafka_config_set(kafka, "topic.metadata.refresh.interval.ms", "200", NULL), VC_OK);
    vc_stream *stream = vc_stream_new(kafka, &world->client, &world->schema, VC_PROTECT, &err);
    assert_non_null(stream);
    vc_kafka_config_free(kafka);
    assert_int_equal(vc_stream_add_route(stream, "^new-", "out-{topic}", &err), VC_OK);
    send_to(world, "new-1", 10);
    running one;
    start(&one, stream);
    AWAIT(stats_of(stream).records_out == 10);
    rd_kafka_mock_topic_create(world->mock, "out-new-2", 3, 1);
    rd_kafka_mock_topic_create(world->mock, "new-2", 3, 1);
    rd_kafka_mock_topic_create(world->mock, "anew-3", 1, 1); /* not one of the pattern's */
    send_to(world, "anew-3", 5);
    send_to(world, "new-2", 20); /* before it can know of it */
    send_to(world, "new-1", 10);
    AWAIT(stats_of(stream).records_out == 40);
    assert_int_equal(stop(&one), VC_OK);
    assert_int_equal(stats_of(stream).records_in, 40);
    vc_stream_free(stream);
    assert_protected(world, "out-new-1", 2, 20);
    assert_protected(world, "out-new-2", 3, 20);
    end_world(world);
}

/* -- its place in the group ------------------------------------------------------------------------------ */

static void print_line(void *user, vc_log_level level, const char *line)
{
    (void)user, (void)level;
    print_message("# %s\n", line);
}

/* Others may have the partitions by now: what is under way is neither waited for nor delivered, and all that was not committed comes again. */
static void what_is_lost_is_given_up_at_once(void **state)
{
    (void)state;
    struct world *world = make_world(PARTITIONS);
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = kafka_config(world->brokers);
    assert_int_equal(vc_kafka_config_set(kafka, "session.timeout.ms", "6000", NULL), VC_OK); /* it waits for 3 s where nothing is lost */
    vc_stream *stream = vc_stream_new(kafka, &world->client, &world->schema, VC_PROTECT, &err);
    assert_non_null(stream);
    vc_kafka_config_free(kafka);
    assert_int_equal(vc_stream_set_log(stream, print_line, NULL, &err), VC_OK);
    assert_int_equal(vc_stream_add_route(stream, "in", "out", &err), VC_OK);
    assert_int_equal(vc_stream_set_commit(stream, 1000000, 600000, NULL), VC_OK); /* not before it ends */
    running one;
    start(&one, stream);
    send_many(world, 0, 40);
    AWAIT(stats_of(stream).records_out == 40);
    const uint64_t rebalances = stats_of(stream).rebalances;
    const int runs = world->client.runs;
    world->client.delay_ms = 2000;
    send_many(world, 40, 40);
    AWAIT(world->client.runs > runs);
    rd_kafka_mock_push_request_errors(world->mock, HEARTBEAT, 1, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    AWAIT(stats_of(stream).rebalances > rebalances);
    world->client.delay_ms = 0; /* not for what is under way */
    AWAIT(stats_of(stream).rebalances >= rebalances + 2 && stats_of(stream).records_out >= 120);
    assert_int_equal(stop(&one), VC_OK);
    assert_int_equal(stats_of(stream).records_out, 120); /* the first ones again, the others once */
    vc_stream_free(stream);
    size_t doubles = 0;
    assert_true(all_at_least_once(world, 80, &doubles));
    assert_int_equal(doubles, 40);
    assert_int_equal(committed_in_all(world), 80);
    end_world(world);
}

int main(int argc, char **argv)
{
    static const scenario scenarios[] = {
        SCENARIO(a_schema_is_replaced_while_records_flow),
        SCENARIO(a_topic_made_meanwhile_is_read),
        SCENARIO(what_is_lost_is_given_up_at_once),
    };
    return run_apart(argc, argv, "kafka changes", scenarios, COUNT(scenarios));
}
