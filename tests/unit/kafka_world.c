/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "unit/kafka_world.h"

/* -- a world with one broker ----------------------------------------------------------------------------- */

static rd_kafka_t *open_kafka(const char *brokers, rd_kafka_type_t type, const char *group)
{
    char reason[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, NULL, 0);
    if (type == RD_KAFKA_CONSUMER) {
        rd_kafka_conf_set(conf, "group.id", group, NULL, 0);
        rd_kafka_conf_set(conf, "enable.partition.eof", "true", NULL, 0);
        rd_kafka_conf_set(conf, "enable.auto.commit", "false", NULL, 0);
        rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", NULL, 0);
    }
    rd_kafka_t *kafka = rd_kafka_new(type, conf, reason, sizeof reason);
    assert_non_null(kafka);
    return kafka;
}

static void no_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text;
}

struct world *make_world(int targets)
{
    struct world *made = calloc(1, sizeof *made);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, no_log);
    made->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
    made->mock = rd_kafka_mock_cluster_new(made->host, 1);
    made->brokers = rd_kafka_mock_cluster_bootstraps(made->mock);
    rd_kafka_mock_topic_create(made->mock, "in", PARTITIONS, 1);
    rd_kafka_mock_topic_create(made->mock, "out", targets, 1);
    rd_kafka_mock_topic_create(made->mock, "out_dead_letter", 1, 1);
    made->producer = open_kafka(made->brokers, RD_KAFKA_PRODUCER, NULL);
    return made;
}

void end_world(struct world *world)
{
    rd_kafka_destroy(world->producer);
    rd_kafka_mock_cluster_destroy(world->mock);
    rd_kafka_destroy(world->host);
    free(world);
}

void send_one(struct world *world, int partition, const char *key, const char *value)
{
    const rd_kafka_vu_t what[] = {
        { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "in" },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { (void *)(uintptr_t)key, key ? strlen(key) : 0 } },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)value, value ? strlen(value) : 0 } },
        { .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = 1700000000123 },
        { .vtype = RD_KAFKA_VTYPE_HEADER, .u.header = { "trace", "42", 2 } },
        { .vtype = RD_KAFKA_VTYPE_HEADER, .u.header = { "none", NULL, 0 } },
    };
    assert_null(rd_kafka_produceva(world->producer, what, COUNT(what)));
}

void send_many(struct world *world, int first, int count)
{
    char key[20], value[40];
    for (int i = first; i < first + count; i++) {
        snprintf(key, sizeof key, "%d", i);
        snprintf(value, sizeof value, "record-%d", i);
        send_one(world, i % PARTITIONS, key, value);
    }
    assert_int_equal(rd_kafka_flush(world->producer, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

/* -- what lies in a topic -------------------------------------------------------------------------------- */

struct topic *read_topic(const struct world *world, const char *name, int partitions)
{
    struct topic *got = calloc(1, sizeof *got);
    rd_kafka_t *consumer = open_kafka(world->brokers, RD_KAFKA_CONSUMER, "reader");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++)
        rd_kafka_topic_partition_list_add(list, name, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    while (list->cnt) { /* an end may be told twice */
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
        if (message && !message->err && got->count < MAX_RECORDS) {
            got->records[got->count++] = message;
            continue;
        }
        if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            rd_kafka_topic_partition_list_del(list, name, message->partition);
        if (message)
            rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(list);
    got->records[got->count] = (rd_kafka_message_t *)(void *)consumer;
    return got;
}

void free_topic(struct topic *topic)
{
    rd_kafka_t *consumer = (rd_kafka_t *)(void *)topic->records[topic->count];
    for (size_t i = 0; i < topic->count; i++)
        rd_kafka_message_destroy(topic->records[i]);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    free(topic);
}

/* How often record number `i` lies there, protected. Everything there must be protected. */
static void count_records(const struct topic *topic, int *times, int room)
{
    memset(times, 0, (size_t)room * sizeof *times);
    for (size_t i = 0; i < topic->count; i++) {
        char text[100];
        int number = -1;
        snprintf(text, sizeof text, "%.*s", (int)topic->records[i]->len,
                 (const char *)topic->records[i]->payload);
        assert_memory_equal(text, "P(", 2);
        assert_int_equal(sscanf(text, "P(record-%d)", &number), 1);
        assert_in_range(number, 0, room - 1);
        times[number]++;
    }
}

bool all_once(const struct world *world, int count)
{
    static int times[MAX_RECORDS];
    struct topic *out = read_topic(world, "out", PARTITIONS);
    count_records(out, times, count);
    bool once = true;
    for (int i = 0; i < count; i++)
        once = once && times[i] == 1;
    free_topic(out);
    return once;
}

bool all_at_least_once(const struct world *world, int count, size_t *doubles)
{
    static int times[MAX_RECORDS];
    struct topic *out = read_topic(world, "out", PARTITIONS);
    count_records(out, times, count);
    bool there = true;
    *doubles = 0;
    for (int i = 0; i < count; i++) {
        there = there && times[i] >= 1;
        *doubles += times[i] > 1 ? (size_t)times[i] - 1 : 0;
    }
    free_topic(out);
    return there;
}

void assert_absent(const struct topic *topic, const char *text)
{
    for (size_t i = 0; i < topic->count; i++) {
        const rd_kafka_message_t *one = topic->records[i];
        assert_null(one->payload ? memmem(one->payload, one->len, text, strlen(text)) : NULL);
        assert_null(one->key ? memmem(one->key, one->key_len, text, strlen(text)) : NULL);
        rd_kafka_headers_t *headers;
        const char *name;
        const void *value;
        size_t size;
        if (rd_kafka_message_headers(one, &headers))
            continue;
        for (size_t at = 0; !rd_kafka_header_get_all(headers, at, &name, &value, &size); at++)
            assert_null(value ? memmem(value, size, text, strlen(text)) : NULL);
    }
}

int64_t committed(const struct world *world, int partition)
{
    rd_kafka_t *consumer = open_kafka(world->brokers, RD_KAFKA_CONSUMER, "stream");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "in", partition);
    assert_int_equal(rd_kafka_committed(consumer, list, 5000), RD_KAFKA_RESP_ERR_NO_ERROR);
    const int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(consumer);
    return offset;
}

int64_t committed_in_all(const struct world *world)
{
    int64_t sum = 0;
    for (int i = 0; i < PARTITIONS; i++) {
        const int64_t offset = committed(world, i);
        sum += offset > 0 ? offset : 0;
    }
    return sum;
}

/* -- streams --------------------------------------------------------------------------------------------- */

vc_kafka_config *kafka_config(const char *brokers)
{
    vc_kafka_config *kafka = vc_kafka_config_new(NULL);
    assert_int_equal(vc_kafka_config_set(kafka, "bootstrap.servers", brokers, NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set(kafka, "group.id", "stream", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set(kafka, "session.timeout.ms", "3500", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set(kafka, "heartbeat.interval.ms", "200", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set(kafka, "fetch.wait.max.ms", "10", NULL), VC_OK);
    return kafka;
}

static void print_log(void *user, vc_log_level level, const char *line)
{
    (void)user, (void)level;
    print_message("# %s\n", line);
}

vc_stream *make_stream_at(const char *brokers, vc_client *client, vc_schema *schema)
{
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = kafka_config(brokers);
    vc_stream *stream = vc_stream_new(kafka, client, schema, VC_PROTECT, &err);
    assert_non_null(stream);
    vc_kafka_config_free(kafka);
    assert_int_equal(vc_stream_set_log(stream, print_log, NULL, &err), VC_OK);
    assert_int_equal(vc_stream_add_route(stream, "in", "out", &err), VC_OK);
    return stream;
}

vc_stream *make_stream(struct world *world)
{
    return make_stream_at(world->brokers, &world->client, &world->schema);
}

vc_code run_to_end(vc_stream *stream, vc_error *err, vc_stream_stats *stats)
{
    assert_int_equal(vc_stream_set_exit_at_end(stream, 1, err), VC_OK);
    const vc_code code = vc_stream_run(stream, err);
    if (stats)
        vc_stream_get_stats(stream, stats);
    vc_stream_free(stream);
    return code;
}

static void *run_thread(void *arg)
{
    running *one = arg;
    one->code = vc_stream_run(one->stream, &one->err);
    return NULL;
}

void start(running *one, vc_stream *stream)
{
    *one = (running){ .stream = stream, .err = VC_ERROR_INIT };
    assert_int_equal(pthread_create(&one->thread, NULL, run_thread, one), 0);
}

vc_code stop(running *one)
{
    vc_stream_stop(one->stream);
    pthread_join(one->thread, NULL);
    return one->code;
}

vc_stream_stats stats_of(const vc_stream *stream)
{
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(stream, &stats);
    return stats;
}
