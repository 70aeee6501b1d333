/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/broker.h"

#include <sys/resource.h>
#include <unistd.h>

enum { BATCH = 2000, COMMIT_RECORDS = 10000, WAIT_MS = 30000 };
static const double commit_s = 0.1;

void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

void bench_die_of(const vc_error *err)
{
    char line[1024];
    bench_die(vc_error_format(err, line, sizeof line));
}

size_t bench_number(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    char *end = NULL;
    const unsigned long value = text ? strtoul(text, &end, 10) : 0;
    if (text && (*end || !value))
        bench_die("a variable BENCH_... is no positive number");
    return text ? value : otherwise;
}

static void die_when(rd_kafka_error_t *error)
{
    if (error)
        bench_die(rd_kafka_error_string(error));
}

/* -- clients --------------------------------------------------------------------------------------------- */

static void set_more(vc_kafka_config *config)
{
    const char *more = getenv("BENCH_KAFKA");
    char pair[256];
    vc_error err = VC_ERROR_INIT;
    for (size_t len; more && *more; more += len + (more[len] == ',')) {
        len = strcspn(more, ",");
        snprintf(pair, sizeof pair, "%.*s", (int)len, more);
        if (vc_kafka_config_set_pair(config, pair, &err))
            bench_die_of(&err);
    }
}

vc_kafka_config *broker_config(void)
{
    const char *brokers = getenv("VAULTCRYPT_BROKERS");
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *config = vc_kafka_config_new(&err);
    if (!config || vc_kafka_config_set(config, "bootstrap.servers", brokers ? brokers : "", &err) ||
        vc_kafka_config_set(config, "auto.offset.reset", "earliest", &err))
        bench_die_of(&err);
    set_more(config);
    return config;
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer;
    if (message->err)
        bench_die(rd_kafka_err2str(message->err));
    ++*(unsigned long *)opaque;
}

static rd_kafka_conf_t *make_conf(vc_kafka_role role)
{
    vc_kafka_config *config = broker_config();
    rd_kafka_conf_t *conf;
    vc_error err = VC_ERROR_INIT;
    if (vc_kafka_config_conf(config, role, &conf, &err))
        bench_die_of(&err);
    vc_kafka_config_free(config);
    return conf;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char reason[200];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason))
        bench_die(reason);
}

static rd_kafka_t *make_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char reason[200];
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!client)
        bench_die(reason);
    return client;
}

rd_kafka_t *broker_consumer(const char *group, const char *topic)
{
    rd_kafka_conf_t *conf = make_conf(VC_KAFKA_CONSUMER);
    set(conf, "group.id", group);
    set(conf, "enable.auto.commit", "false");
    rd_kafka_t *consumer = make_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_poll_set_consumer(consumer);
    if (rd_kafka_subscribe(consumer, list))
        bench_die("it cannot subscribe");
    rd_kafka_topic_partition_list_destroy(list);
    return consumer;
}

void broker_close_consumer(rd_kafka_t *consumer)
{
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

rd_kafka_t *broker_producer(const char *transactional, unsigned long *delivered)
{
    rd_kafka_conf_t *conf = make_conf(VC_KAFKA_PRODUCER);
    if (transactional)
        set(conf, "transactional.id", transactional);
    else
        set(conf, "enable.idempotence", "true");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, delivered);
    rd_kafka_t *producer = make_client(RD_KAFKA_PRODUCER, conf);
    if (transactional)
        die_when(rd_kafka_init_transactions(producer, WAIT_MS));
    return producer;
}

/* -- topics ---------------------------------------------------------------------------------------------- */

static void await_admin(rd_kafka_t *client, rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, WAIT_MS);
    if (!event || rd_kafka_event_error(event))
        bench_die("a topic cannot be made or deleted");
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
}

/* The broker itself learns of a new topic a little later. */
static void await_topic(const char *name, int partitions)
{
    rd_kafka_t *client = make_client(RD_KAFKA_PRODUCER, make_conf(VC_KAFKA_PRODUCER));
    for (int led = 0; led < partitions; usleep(20000)) {
        const struct rd_kafka_metadata *metadata;
        rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
        led = 0;
        if (rd_kafka_metadata(client, 0, topic, &metadata, WAIT_MS))
            bench_die("the broker does not answer");
        for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
            led += metadata->topics[0].partitions[i].leader >= 0;
        rd_kafka_metadata_destroy(metadata);
        rd_kafka_topic_destroy(topic);
    }
    rd_kafka_destroy(client);
}

void broker_create_topic(const char *name, int partitions)
{
    char reason[200];
    rd_kafka_t *client = make_client(RD_KAFKA_PRODUCER, make_conf(VC_KAFKA_PRODUCER));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, 1, reason, sizeof reason);
    rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
    rd_kafka_NewTopic_destroy(topic);
    await_admin(client, queue);
    await_topic(name, partitions);
}

void broker_delete_topic(const char *name)
{
    rd_kafka_t *client = make_client(RD_KAFKA_PRODUCER, make_conf(VC_KAFKA_PRODUCER));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);
    rd_kafka_DeleteTopics(client, &topic, 1, NULL, queue);
    rd_kafka_DeleteTopic_destroy(topic);
    await_admin(client, queue);
}

void broker_produce(rd_kafka_t *producer, rd_kafka_topic_t *topic, int32_t partition, vc_view key, vc_view value, int64_t timestamp)
{
    const rd_kafka_vu_t what[] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)value.data, value.len } },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { (void *)(uintptr_t)key.data, key.len } },
        { .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = timestamp },
    };
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_produceva(producer, what, sizeof what / sizeof what[0]);
        if (!error)
            return;
        if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            die_when(error);
        rd_kafka_error_destroy(error);
        rd_kafka_poll(producer, 10);
    }
}

void broker_fill(const char *name, size_t count)
{
    static vc_view records[PURCHASES];
    unsigned long delivered = 0;
    purchases_make(records);
    rd_kafka_t *producer = broker_producer(NULL, &delivered);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, name, NULL);
    for (size_t i = 0; i < count; i++) {
        char key[24];
        const int len = snprintf(key, sizeof key, "%zu", i);
        broker_produce(producer, topic, RD_KAFKA_PARTITION_UA, vc_view_of(key, (size_t)len), records[i % PURCHASES], 0);
        if (i % 1000 == 0)
            rd_kafka_poll(producer, 0);
    }
    if (rd_kafka_flush(producer, WAIT_MS) || delivered != count)
        bench_die("the source topic was not filled");
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
}

/* -- what is measured ------------------------------------------------------------------------------------ */

static double own_cpu(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double cpu_of(const char *variable)
{
    const char *pid = getenv(variable);
    char file[64], text[1024] = "";
    unsigned long user = 0, system = 0;
    if (!pid)
        return 0;
    snprintf(file, sizeof file, "/proc/%s/stat", pid);
    FILE *stat = fopen(file, "r");
    const size_t len = stat ? fread(text, 1, sizeof text - 1, stat) : 0;
    if (stat)
        fclose(stat);
    text[len] = 0;
    const char *behind_name = strrchr(text, ')'); /* proc(5): fields 14 and 15 */
    if (!behind_name || sscanf(behind_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

bench_cost bench_cost_now(void)
{
    return (bench_cost){ .own = own_cpu(RUSAGE_SELF) + own_cpu(RUSAGE_CHILDREN),
                         .kafka = cpu_of("VAULTCRYPT_SERVICE_KAFKA_PID"),
                         .vault = cpu_of("VAULTCRYPT_SERVICE_OPENBAO_PID") };
}

bench_cost bench_cost_since(bench_cost begun, double wall)
{
    const bench_cost now = bench_cost_now();
    return (bench_cost){ wall, now.own - begun.own, now.kafka - begun.kafka, now.vault - begun.vault };
}

double broker_read(const char *topic, size_t records, broker_handle_fn handle, void *user)
{
    rd_kafka_message_t *messages[BATCH];
    char group[100];
    snprintf(group, sizeof group, "%s-%.6f", topic, bench_now());
    rd_kafka_t *consumer = broker_consumer(group, topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    double start = 0;
    for (size_t seen = 0; seen < records;) {
        const ssize_t count = rd_kafka_consume_batch_queue(queue, seen ? 10 : 100, messages, seen ? BATCH : 1);
        if (count > 0 && !seen)
            start = bench_now();
        for (ssize_t i = 0; i < count; i++)
            if (messages[i]->err)
                bench_die(rd_kafka_message_errstr(messages[i]));
        if (count > 0)
            handle(user, messages, (size_t)count);
        for (ssize_t i = 0; i < count; i++)
            rd_kafka_message_destroy(messages[i]);
        seen += count > 0 ? (size_t)count : 0;
    }
    const double seconds = bench_now() - start;
    rd_kafka_queue_destroy(queue);
    broker_close_consumer(consumer);
    return seconds;
}

void broker_read_each(const char *topic, size_t records, broker_handle_fn handle, void *user)
{
    char group[100];
    snprintf(group, sizeof group, "%s-%.6f", topic, bench_now());
    rd_kafka_t *consumer = broker_consumer(group, topic);
    for (size_t seen = 0; seen < records;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        if (!message)
            continue;
        if (message->err)
            bench_die(rd_kafka_message_errstr(message));
        handle(user, &message, 1);
        rd_kafka_message_destroy(message);
        seen++;
    }
    broker_close_consumer(consumer);
}

/* -- the mirror ------------------------------------------------------------------------------------------ */

typedef struct mirror {
    rd_kafka_t *consumer, *producer;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *target;
    bool transactions;
    size_t since;
    double committed;
    unsigned long delivered;
} mirror;

static void commit(mirror *m)
{
    if (m->transactions) {
        rd_kafka_topic_partition_list_t *offsets = NULL;
        rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(m->consumer);
        if (rd_kafka_assignment(m->consumer, &offsets) || rd_kafka_position(m->consumer, offsets) || !group)
            bench_die("the mirror has no position");
        die_when(rd_kafka_send_offsets_to_transaction(m->producer, offsets, group, WAIT_MS));
        die_when(rd_kafka_commit_transaction(m->producer, WAIT_MS));
        die_when(rd_kafka_begin_transaction(m->producer));
        rd_kafka_consumer_group_metadata_destroy(group);
        rd_kafka_topic_partition_list_destroy(offsets);
    } else {
        rd_kafka_commit(m->consumer, NULL, 1);
    }
    m->since = 0;
    m->committed = bench_now();
}

static void copy(mirror *m, rd_kafka_message_t *message)
{
    if (message->err)
        bench_die(rd_kafka_message_errstr(message));
    broker_produce(m->producer, m->target, message->partition, vc_view_of(message->key, message->key_len),
                   vc_view_of(message->payload, message->len), rd_kafka_message_timestamp(message, NULL));
    rd_kafka_message_destroy(message);
}

static double run_mirror(mirror *m, size_t records)
{
    rd_kafka_message_t *messages[BATCH];
    double start = 0;
    for (size_t seen = 0; seen < records;) {
        const ssize_t count = rd_kafka_consume_batch_queue(m->queue, seen ? 10 : 100, messages, seen ? BATCH : 1);
        if (count > 0 && !seen)
            m->committed = start = bench_now();
        for (ssize_t i = 0; i < count; i++)
            copy(m, messages[i]);
        seen += count > 0 ? (size_t)count : 0;
        m->since += count > 0 ? (size_t)count : 0;
        rd_kafka_poll(m->producer, 0);
        if (m->since && ((m->transactions && m->since >= COMMIT_RECORDS) || bench_now() - m->committed > commit_s))
            commit(m);
    }
    while (!m->transactions && m->delivered < records)
        rd_kafka_poll(m->producer, 10);
    commit(m);
    return bench_now() - start;
}

double broker_mirror(const char *from, const char *to, size_t records, bool transactions)
{
    mirror m = { .transactions = transactions };
    m.consumer = broker_consumer(to, from);
    m.producer = broker_producer(transactions ? to : NULL, &m.delivered);
    m.queue = rd_kafka_queue_get_consumer(m.consumer);
    m.target = rd_kafka_topic_new(m.producer, to, NULL);
    if (transactions)
        die_when(rd_kafka_begin_transaction(m.producer));
    const double seconds = run_mirror(&m, records);
    if (transactions)
        die_when(rd_kafka_abort_transaction(m.producer, WAIT_MS));
    rd_kafka_topic_destroy(m.target);
    rd_kafka_queue_destroy(m.queue);
    rd_kafka_destroy(m.producer);
    broker_close_consumer(m.consumer);
    return seconds;
}
