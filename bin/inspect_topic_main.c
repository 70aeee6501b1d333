/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect_topic_main.c - vaultcrypt-inspect-topic: what the records of a topic are. A program of its own because it links
 * librdkafka; `vaultcrypt inspect --topic` runs it. Nothing is written, and no group is joined.
 */
#include "exit.h"
#include "inspect.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/kafka.h>

enum { WAIT_MS = 10000, POLL_MS = 100, MOST_HEADERS = 64, COUNT = 10 };

/* What is read: from where in each partition, and how many of them have not come to their end. */
struct reading {
    const struct inspect_options *options;
    rd_kafka_t *kafka;
    rd_kafka_topic_partition_list_t *from; /* where to begin; of partitions that did not come to their end yet */
    unsigned long left;
    char last[512]; /* what librdkafka complained of */
};

static int fail(int status, const char *topic, const char *why, const char *more)
{
    fprintf(stderr, "vaultcrypt inspect: %s: %s%s%s\n", topic, why, more[0] ? ": " : "", more);
    return status;
}

static void keep_error(rd_kafka_t *kafka, int error, const char *reason, void *user)
{
    struct reading *reading = user;
    (void)kafka;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(reading->last, sizeof reading->last, "%s", reason);
}

static void no_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka, (void)level, (void)facility, (void)text;
}

/* -- settings ------------------------------------------------------------------------------------------------------ */

static rd_kafka_conf_t *make_conf(const struct inspect_options *o, vc_error *err)
{
    const char *brokers = o->brokers ? o->brokers : o->config || o->properties.count ? NULL : getenv("VAULTCRYPT_BROKERS");
    rd_kafka_conf_t *conf = NULL;
    vc_kafka_config *config = vc_kafka_config_new(err);
    vc_code code = config ? VC_OK : VC_E_MEMORY;
    if (!code && o->config)
        code = vc_kafka_config_load(config, o->config, err);
    for (size_t i = 0; i < o->properties.count && !code; i++)
        code = vc_kafka_config_set_pair(config, o->properties.values[i], err);
    if (!code && brokers)
        code = vc_kafka_config_set(config, "bootstrap.servers", brokers, err);
    if (!code)
        code = vc_kafka_config_conf(config, VC_KAFKA_CONSUMER, &conf, err);
    vc_kafka_config_free(config);
    return code ? NULL : conf;
}

static int open_kafka(struct reading *reading)
{
    static const char *const fixed[][2] = { { "group.id", "vaultcrypt-inspect" }, /* assign() wants one; it is not joined */
                                            { "allow.auto.create.topics", "false" },
                                            { "enable.auto.commit", "false" },
                                            { "enable.partition.eof", "true" } };
    char text[512];
    vc_error err = VC_ERROR_INIT;
    rd_kafka_conf_t *conf = make_conf(reading->options, &err);
    if (!conf)
        return exit_report("inspect", &err);
    rd_kafka_conf_set_error_cb(conf, keep_error);
    rd_kafka_conf_set_opaque(conf, reading);
    rd_kafka_conf_set_log_cb(conf, no_log);
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        (void)rd_kafka_conf_set(conf, fixed[i][0], fixed[i][1], text, sizeof text);
    reading->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (!reading->kafka) {
        rd_kafka_conf_destroy(conf);
        return fail(EXIT_CONFIG, "Kafka", text, "");
    }
    rd_kafka_poll_set_consumer(reading->kafka);
    return EXIT_FINE;
}

/* A whole number, also one below 0. */
static bool read_number(const char *text, long long *number)
{
    char *end;
    const size_t digits = strspn(text + (text[0] == '-'), "0123456789");
    if (!digits || digits > 18)
        return false;
    *number = strtoll(text, &end, 10);
    return *end == 0;
}

/* -- from where ---------------------------------------------------------------------------------------------------- */

/* Adds the partition, unless there is nothing in it from there on. */
static int add_partition(struct reading *reading, int32_t partition)
{
    const struct inspect_options *o = reading->options;
    long long offset = 0;
    int64_t low, high, from;
    if (o->offset)
        (void)read_number(o->offset, &offset);
    const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(reading->kafka, o->topic, partition, &low, &high, WAIT_MS);
    if (error)
        return fail(EXIT_VAULT, o->topic, rd_kafka_err2str(error), reading->last);
    from = !o->offset ? low : o->offset[0] == '-' ? high + offset : offset;
    from = from < low ? low : from;
    if (from >= high)
        return EXIT_FINE;
    rd_kafka_topic_partition_list_add(reading->from, o->topic, partition)->offset = from;
    return EXIT_FINE;
}

static int add_partitions(struct reading *reading, int count)
{
    const struct inspect_options *o = reading->options;
    long long only = -1;
    int status = EXIT_FINE;
    if (o->partition)
        (void)read_number(o->partition, &only);
    if (only >= count)
        return fail(EXIT_CONFIG, o->topic, "no such partition", o->partition);
    for (int32_t i = 0; i < count && !status; i++)
        if (only < 0 || i == only)
            status = add_partition(reading, i);
    return status;
}

static int topic_status(rd_kafka_resp_err_t about)
{
    switch ((int)about) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return EXIT_CONFIG; /* none, or none that can be */
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: return EXIT_DENIED;
    default: return EXIT_VAULT; /* a broker is away, or on its way up */
    }
}

static int find_partitions(struct reading *reading)
{
    const char *name = reading->options->topic;
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(reading->kafka, name, NULL);
    const rd_kafka_resp_err_t error = topic ? rd_kafka_metadata(reading->kafka, 0, topic, &metadata, WAIT_MS) : rd_kafka_last_error();
    rd_kafka_message_t *event = rd_kafka_consumer_poll(reading->kafka, 0); /* for the error that was kept */
    if (event)
        rd_kafka_message_destroy(event);
    int status;
    if (error) {
        status = fail(EXIT_VAULT, name, rd_kafka_err2str(error), reading->last);
    } else {
        const rd_kafka_resp_err_t about = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        status = about ? fail(topic_status(about), name, rd_kafka_err2str(about), "") : add_partitions(reading, metadata->topics[0].partition_cnt);
        rd_kafka_metadata_destroy(metadata);
    }
    if (topic)
        rd_kafka_topic_destroy(topic);
    return status;
}

/* -- records ------------------------------------------------------------------------------------------------------- */

/* Kafka's null is absent; empty is not. */
static vc_view view_of(const void *data, size_t len)
{
    return vc_view_of(data, data ? len : 0);
}

static size_t headers_of(const rd_kafka_message_t *message, vc_header *headers)
{
    rd_kafka_headers_t *theirs;
    size_t count = 0, len;
    const char *name;
    const void *value;
    if (rd_kafka_message_headers(message, &theirs))
        return 0;
    for (; count < MOST_HEADERS && !rd_kafka_header_get_all(theirs, count, &name, &value, &len); count++)
        headers[count] = (vc_header){ vc_str(name), view_of(value, len) };
    return count;
}

static int tell(struct reading *reading, inspect_show *show, const rd_kafka_message_t *theirs)
{
    vc_header headers[MOST_HEADERS];
    rd_kafka_timestamp_type_t type;
    vc_message message = VC_MESSAGE_INIT;
    const int64_t timestamp = rd_kafka_message_timestamp(theirs, &type);
    const inspect_origin origin = { .topic = reading->options->topic,
                                    .partition = theirs->partition,
                                    .offset = theirs->offset,
                                    .timestamp = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp };
    message.topic = vc_str(reading->options->topic);
    message.key = view_of(theirs->key, theirs->key_len);
    message.value = view_of(theirs->payload, theirs->len);
    message.headers = headers;
    message.header_count = headers_of(theirs, headers);
    reading->left--;
    return inspect_message(show, &origin, &message);
}

/* Until so many were told, or every partition has come to its end. Brokers that say nothing for WAIT_MS are away. */
static int tell_all(struct reading *reading, inspect_show *show)
{
    int status = EXIT_FINE, idle = 0;
    while (!status && reading->left && reading->from->cnt > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reading->kafka, POLL_MS);
        idle = message ? 0 : idle + POLL_MS;
        if (idle >= WAIT_MS)
            status = fail(EXIT_VAULT, reading->options->topic, "the brokers send nothing", reading->last);
        if (!message)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            (void)rd_kafka_topic_partition_list_del(reading->from, reading->options->topic, message->partition); /* it may be told twice */
        else if (message->err)
            status = fail(EXIT_VAULT, reading->options->topic, rd_kafka_err2str(message->err), reading->last);
        else
            status = tell(reading, show, message);
        rd_kafka_message_destroy(message);
    }
    return status;
}

static int read_topic(struct reading *reading, inspect_show *show)
{
    int status = open_kafka(reading);
    if (status)
        return status;
    reading->from = rd_kafka_topic_partition_list_new(1);
    status = find_partitions(reading);
    if (!status && reading->from->cnt) {
        const rd_kafka_resp_err_t error = rd_kafka_assign(reading->kafka, reading->from);
        status = error ? fail(EXIT_VAULT, reading->options->topic, rd_kafka_err2str(error), "") : tell_all(reading, show);
        (void)rd_kafka_assign(reading->kafka, NULL);
    }
    rd_kafka_topic_partition_list_destroy(reading->from);
    (void)rd_kafka_consumer_close(reading->kafka);
    rd_kafka_destroy(reading->kafka);
    return status;
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static int check(const struct inspect_options *o, const char *file)
{
    long long number;
    if (!o->topic)
        fprintf(stderr, "vaultcrypt inspect: --topic is missing\n");
    else if (file || o->document || o->lines || o->headers.count)
        fprintf(stderr, "vaultcrypt inspect: with --topic no file, --document, --lines or --header\n");
    else if (o->offset && !read_number(o->offset, &number))
        fprintf(stderr, "vaultcrypt inspect: --offset: %s is no whole number\n", o->offset);
    else if (o->partition && (!read_number(o->partition, &number) || o->partition[0] == '-'))
        fprintf(stderr, "vaultcrypt inspect: --partition: %s is no whole number from 0 on\n", o->partition);
    else
        return output_check(&command_inspect, &o->output);
    return EXIT_USAGE;
}

int inspect_run(int argc, char **argv)
{
    struct inspect_options o = { .topic = NULL };
    const char *files[INSPECT_MOST_FILES + 1];
    int status;
    if (!option_parse(&command_inspect, argc, argv, &o, files, &status))
        return status;
    if ((status = check(&o, files[0])))
        return status;
    inspect_show show = { .options = &o, .several = true };
    struct reading reading = { .options = &o, .left = o.count ? o.count : COUNT };
    status = read_topic(&reading, &show);
    return status ? status : inspect_end(&show);
}

int main(int argc, char **argv)
{
    return inspect_run(argc, argv);
}
