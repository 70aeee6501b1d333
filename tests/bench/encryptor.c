/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encryptor.c - records per second of a stream that protects two fields of each, against a plain mirror
 * (consume, produce, commit, nothing else) and against the same stream with nothing to protect, in turn on
 * the same broker. Vault and Kafka are those of the environment; what the schema needs in Vault is there
 * already (tests/bench/run.sh sees to that).
 */
#include "bench/purchases.h"

#include <librdkafka/rdkafka.h>
#include <vaultcrypt/kafka_stream.h>
#include <vaultcrypt/vaultcrypt.h>

enum { TIMES = 12, RECORDS = PURCHASES * TIMES, MIRROR_BATCH = 2000 };

static const char identity_schema[] = "version: 1\nrecords:\n  - {name: all, topics: ['*'], fields: []}\n";
static const char source[] = "purchases";
static vc_kafka_config *kafka;

static void die(const vc_error *err)
{
    char line[1024];
    fprintf(stderr, "bench: %s\n", vc_error_format(err, line, sizeof line));
    exit(1);
}

static void die_of(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void configure(void)
{
    const char *brokers = getenv("VAULTCRYPT_BROKERS");
    vc_error err = VC_ERROR_INIT;
    kafka = vc_kafka_config_new(&err);
    if (!kafka || vc_kafka_config_set(kafka, "bootstrap.servers", brokers ? brokers : "", &err) ||
        vc_kafka_config_set(kafka, "session.timeout.ms", "3500", &err) || /* as the mock cluster wants it */
        vc_kafka_config_set(kafka, "fetch.wait.max.ms", "10", &err) ||
        vc_kafka_config_set(kafka, "auto.offset.reset", "earliest", &err))
        die(&err);
}

static rd_kafka_t *open_kafka(vc_kafka_role role, const char *group,
                              void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *))
{
    vc_error err = VC_ERROR_INIT;
    char reason[200] = "";
    rd_kafka_conf_t *conf;
    if (vc_kafka_config_conf(kafka, role, &conf, &err))
        die(&err);
    if (group) {
        rd_kafka_conf_set(conf, "group.id", group, reason, sizeof reason);
        rd_kafka_conf_set(conf, "enable.auto.commit", "false", reason, sizeof reason);
    } else {
        rd_kafka_conf_set(conf, "enable.idempotence", "true", reason, sizeof reason);
        rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    }
    rd_kafka_t *opened = rd_kafka_new(role == VC_KAFKA_CONSUMER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf,
                                      reason, sizeof reason);
    if (!opened)
        die_of(reason);
    return opened;
}

static unsigned long deliveries;

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer, (void)opaque;
    if (message->err)
        die_of(rd_kafka_err2str(message->err));
    deliveries++;
}

static void fill_source(const vc_view *records)
{
    rd_kafka_t *producer = open_kafka(VC_KAFKA_PRODUCER, NULL, on_delivery);
    deliveries = 0;
    for (int i = 0; i < RECORDS; i++) {
        char key[16];
        const int len = snprintf(key, sizeof key, "%d", i);
        const rd_kafka_vu_t what[] = {
            { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = source },
            { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
            { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { key, (size_t)len } },
            { .vtype = RD_KAFKA_VTYPE_VALUE,
              .u.mem = { (void *)(uintptr_t)records[i % PURCHASES].data, records[i % PURCHASES].len } },
        };
        if (rd_kafka_produceva(producer, what, sizeof what / sizeof what[0]))
            die_of("the source topic cannot be filled");
        rd_kafka_poll(producer, 0);
    }
    if (rd_kafka_flush(producer, 30000) || deliveries != RECORDS)
        die_of("the source topic was not filled");
    rd_kafka_destroy(producer);
}

/* -- the mirror ------------------------------------------------------------------------------------------ */

static void mirror_batch(rd_kafka_t *producer, rd_kafka_topic_t *target, rd_kafka_message_t **messages,
                         ssize_t count)
{
    for (ssize_t i = 0; i < count; i++) {
        if (messages[i]->err)
            die_of(rd_kafka_message_errstr(messages[i]));
        const rd_kafka_vu_t what[] = {
            { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = target },
            { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = messages[i]->partition },
            { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
            { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { messages[i]->payload, messages[i]->len } },
            { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { messages[i]->key, messages[i]->key_len } },
            { .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = rd_kafka_message_timestamp(messages[i], NULL) },
        };
        rd_kafka_error_t *error = rd_kafka_produceva(producer, what, sizeof what / sizeof what[0]);
        if (error)
            die_of(rd_kafka_error_string(error));
        rd_kafka_message_destroy(messages[i]);
    }
}

static double run_mirror(const char *to, const char *group)
{
    rd_kafka_t *consumer = open_kafka(VC_KAFKA_CONSUMER, group, NULL);
    rd_kafka_t *producer = open_kafka(VC_KAFKA_PRODUCER, NULL, on_delivery);
    rd_kafka_topic_t *target = rd_kafka_topic_new(producer, to, NULL);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, source, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer, list);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    rd_kafka_message_t *messages[MIRROR_BATCH];
    double start = 0, committed = 0;
    deliveries = 0;
    for (unsigned long seen = 0; seen < RECORDS;) {
        const ssize_t count = rd_kafka_consume_batch_queue(queue, seen ? 10 : 100, messages,
                                                           seen ? MIRROR_BATCH : 1);
        if (count > 0 && !seen)
            committed = start = bench_now();
        seen += (unsigned long)count;
        mirror_batch(producer, target, messages, count);
        rd_kafka_poll(producer, 0);
        if (seen && bench_now() - committed > 0.1) {
            committed = bench_now();
            rd_kafka_commit(consumer, NULL, 1);
        }
    }
    while (deliveries < RECORDS)
        rd_kafka_poll(producer, 10);
    const double seconds = bench_now() - start;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_topic_destroy(target);
    rd_kafka_destroy(producer);
    rd_kafka_consumer_close(consumer);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(consumer);
    return RECORDS / seconds;
}

/* -- the stream ------------------------------------------------------------------------------------------ */

static double run_stream(vc_client *vault, vc_schema *schema, const char *to, const char *group)
{
    vc_error err = VC_ERROR_INIT;
    if (vc_kafka_config_set(kafka, "group.id", group, &err))
        die(&err);
    vc_stream *stream = vc_stream_new(kafka, vault, schema, VC_PROTECT, &err);
    if (!stream || vc_stream_add_route(stream, source, to, &err) ||
        vc_stream_set_count(stream, RECORDS, &err) || vc_stream_run(stream, &err))
        die(&err);
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(stream, &stats);
    if (stats.records_out != RECORDS)
        die_of("the stream lost records");
    vc_stream_free(stream);
    return RECORDS / stats.seconds;
}

int main(void)
{
    static vc_view records[PURCHASES];
    double mirror[RUNS], identity[RUNS], encryptor[RUNS];
    purchases_make(records);
    configure();
    fill_source(records);
    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    vc_schema *nothing = vault ? vc_schema_parse(vc_str(identity_schema), "identity", &err) : NULL;
    vc_schema *two_fields = nothing ? vc_schema_parse(vc_str(purchases_schema), "purchases", &err) : NULL;
    if (!two_fields)
        die(&err);
    for (int i = 0; i < RUNS; i++) {
        char to[30], group[30];
        snprintf(to, sizeof to, "mirror_%d", i);
        mirror[i] = run_mirror(to, to);
        snprintf(to, sizeof to, "identity_%d", i);
        identity[i] = run_stream(vault, nothing, to, to);
        snprintf(to, sizeof to, "encrypted_%d", i);
        snprintf(group, sizeof group, "encryptor_%d", i);
        encryptor[i] = run_stream(vault, two_fields, to, group);
    }
    const double plain = bench_median(mirror, RUNS), same = bench_median(identity, RUNS),
                 both = bench_median(encryptor, RUNS);
    printf("mirror_msgs_per_s %.0f  (consume, produce, commit)\n", plain);
    printf("stream_msgs_per_s %.0f  (nothing to protect; %.2f of the mirror)\n", same, same / plain);
    printf("encryptor_msgs_per_s %.0f  (2 fields, %d records)\n", both, RECORDS);
    printf("ratio %.3f  (encryptor / mirror)\n", both / plain);
    vc_schema_unref(nothing);
    vc_schema_unref(two_fields);
    vc_client_close(vault);
    vc_kafka_config_free(kafka);
    return 0;
}
