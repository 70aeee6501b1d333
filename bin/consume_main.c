/* SPDX-License-Identifier: Apache-2.0 */
/* consume_main.c - vaultcrypt-consume: kcat -C that opens what is protected. A program of its own because it links librdkafka. */
#include "exit.h"
#include "format.h"
#include "interrupt.h"
#include "kcat.h"
#include "reading.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vaultcrypt/kafka_consumer.h>

enum { BATCH = 1000, MOST_HEADERS = 256 };

enum on_error { SKIP = 0, RAW, STOP };

struct job {
    struct consume_options options;
    reading_options where;
    reading reading;
    format format;
    enum on_error on_error;
    vc_client *client;
    vc_keysource *keys;
    vc_schema *schema;
    vc_consumer *opener; /* NULL: nothing is opened */
    rd_kafka_message_t *messages[BATCH];
    unsigned long long failed;
    int status;
};

static int fail(struct job *job, int status, const char *what, const char *why)
{
    fprintf(stderr, "vaultcrypt consume: %s: %s\n", what, why);
    return job->status = status;
}

/* -- printing ------------------------------------------------------------------------------------------------------ */

static vc_view view_of(const void *data, size_t len)
{
    return vc_view_of(data, data ? len : 0);
}

/* As it lies there. Headers beyond MOST_HEADERS would be cut off, so that is none of Kafka's own records. */
static bool raw_message(const rd_kafka_message_t *from, vc_header *headers, vc_message *message)
{
    rd_kafka_headers_t *theirs;
    const char *name;
    const void *value;
    size_t len;
    *message = (vc_message)VC_MESSAGE_INIT;
    message->topic = vc_str(rd_kafka_topic_name(from->rkt));
    message->key = view_of(from->key, from->key_len);
    message->value = view_of(from->payload, from->len);
    message->headers = headers;
    if (rd_kafka_message_headers(from, &theirs))
        return true;
    if (rd_kafka_header_cnt(theirs) > MOST_HEADERS)
        return false;
    for (size_t i = 0; !rd_kafka_header_get_all(theirs, i, &name, &value, &len); i++)
        headers[message->header_count++] = (vc_header){ vc_str(name), view_of(value, len) };
    return true;
}

static void print(struct job *job, const rd_kafka_message_t *from, const vc_message *message)
{
    rd_kafka_timestamp_type_t type;
    format_record record = { .message = *message, .partition = from->partition, .broker = rd_kafka_message_broker_id(from), .offset = from->offset };
    record.timestamp = rd_kafka_message_timestamp(from, &type);
    record.timestamp_type = type == RD_KAFKA_TIMESTAMP_CREATE_TIME ? "create" : type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? "logappend" : NULL;
    if (job->options.json)
        format_print_json(&record, stdout);
    format_print(&job->format, &record, stdout);
    if (job->options.unbuffered)
        fflush(stdout);
}

static void tell(const rd_kafka_message_t *from, const vc_error *why)
{
    fprintf(stderr, "vaultcrypt consume: %s [%" PRId32 "] at offset %" PRId64, rd_kafka_topic_name(from->rkt), from->partition, from->offset);
    if (why->line)
        fprintf(stderr, ", line %zu:%zu", why->line, why->column);
    fprintf(stderr, ": %s%s%s\n", why->source, why->source[0] ? ": " : "", why->message);
}

/* Message i, opened or not. False: stop in front of it. */
static bool show(struct job *job, size_t i)
{
    static vc_header headers[MOST_HEADERS];
    const rd_kafka_message_t *from = job->messages[i];
    vc_message message = VC_MESSAGE_INIT;
    const vc_error *why = job->opener ? vc_consumer_error(job->opener, i) : NULL;
    if (why) {
        tell(from, why);
        job->failed++;
        job->status = why->code == VC_E_NO_RULE ? EXIT_CONFIG : EXIT_DATA;
        if (job->on_error != RAW)
            return job->on_error == SKIP;
    }
    if (job->opener && !why) {
        (void)vc_consumer_message(job->opener, i, &message);
    } else if (!raw_message(from, headers, &message)) {
        const vc_error many = { .code = VC_E_LIMIT, .message = "too many headers to be shown" };
        tell(from, &many);
        job->status = EXIT_DATA;
        return job->on_error != STOP;
    }
    print(job, from, &message);
    return true;
}

static bool flush(struct job *job)
{
    if (!fflush(stdout) && !ferror(stdout))
        return true;
    fail(job, EXIT_LOCAL, "standard output", strerror(errno));
    return false;
}

/* A batch of them. False: stop. */
static bool show_all(struct job *job, size_t count)
{
    vc_error err = VC_ERROR_INIT;
    if (job->opener && vc_consumer_open(job->opener, job->messages, count, &err)) {
        job->status = exit_report("consume", &err);
        return false;
    }
    size_t shown = 0;
    while (shown < count && show(job, shown))
        shown++;
    if (!flush(job))
        return false;
    reading_store(&job->reading, job->messages, shown);
    return shown == count;
}

static void run(struct job *job)
{
    size_t count;
    bool more = true;
    while (more && reading_next(&job->reading, job->messages, BATCH, &count)) {
        more = !count || show_all(job, count);
        if (job->opener)
            vc_consumer_clear(job->opener);
        for (size_t i = 0; i < count; i++)
            rd_kafka_message_destroy(job->messages[i]);
    }
    if (job->reading.status)
        job->status = job->reading.status;
    else if (interrupt_signal && !job->status && !job->options.group)
        job->status = 128 + interrupt_signal;
    if (job->failed && !job->options.quiet)
        fprintf(stderr, "vaultcrypt consume: %llu records could not be opened\n", job->failed);
}

/* -- the command line ---------------------------------------------------------------------------------------------- */

static const char *make_format(struct job *job)
{
    const struct consume_options *o = &job->options;
    const char *wrong = NULL;
    job->format.show_null = o->show_null;
    if (o->format && !o->json)
        return format_add(&job->format, o->format);
    if (o->key_delimiter && !o->json) {
        wrong = format_add_token(&job->format, 'k');
        if (!wrong)
            wrong = format_add_text(&job->format, o->key_delimiter);
    }
    if (!wrong && !o->json)
        wrong = format_add_token(&job->format, 's');
    return wrong ? wrong : format_add_text(&job->format, o->delimiter ? o->delimiter : "\n");
}

static bool read_on_error(const char *name, enum on_error *on_error)
{
    static const char *const names[] = { "skip", "raw", "stop" };
    for (size_t i = 0; i < 3; i++)
        if (!name || strcmp(name, names[i]) == 0) {
            *on_error = (enum on_error)i;
            return true;
        }
    return false;
}

static int check(struct job *job, const char *const *topics)
{
    struct consume_options *o = &job->options;
    for (; *topics; topics++) /* kcat has a group's topics there */
        if (o->topics.count < OPTION_LIST_MOST)
            o->topics.values[o->topics.count++] = *topics;
    const char *wrong = !o->topics.count                                     ? "a topic is needed: -t TOPIC"
                        : !kafka_is_named(&o->kafka)                         ? "where is Kafka? -b or VAULTCRYPT_BROKERS says it"
                        : !read_on_error(o->on_error, &job->on_error)        ? "--on-error is skip, raw or stop"
                        : !o->schema && (o->record || o->on_error)           ? "--record and --on-error are of a schema: -s FILE"
                                                                             : make_format(job);
    if (wrong) {
        fprintf(stderr, "vaultcrypt consume: %s; vaultcrypt consume --help\n", wrong);
        return EXIT_USAGE;
    }
    job->where = (reading_options){ .topics = o->topics, .offsets = o->offsets, .partition = o->partition, .group = o->group,
                                    .count = o->count, .exit_at_end = o->exit_at_end };
    return reading_check(&job->reading, "consume", &job->where);
}

/* A topic without a rule would have each of its records told: that is said at once. */
static bool topics_have_rules(const struct job *job, vc_error *err)
{
    const option_list *topics = &job->options.topics;
    for (size_t i = 0; i < topics->count && !job->options.record; i++)
        if (topics->values[i][0] != '^' && !vc_schema_match(job->schema, vc_str(topics->values[i]), err))
            return false;
    return true;
}

static bool open_all(struct job *job, vc_error *err)
{
    if (!job->options.schema)
        return true;
    job->schema = vc_schema_open(job->options.schema, err);
    if (!job->schema || !topics_have_rules(job, err) || !(job->client = connect_for(&job->options.connect, "consume", job->schema, job->options.schema, VC_OPEN, &job->keys, err)))
        return false;
    job->opener = vc_consumer_new(job->client, job->schema, err);
    return job->opener && (!job->options.record || !vc_consumer_set_rule(job->opener, job->options.record, err));
}

static void close_all(struct job *job)
{
    vc_consumer_free(job->opener);
    connect_end(job->client, job->keys);
    vc_schema_unref(job->schema);
    format_free(&job->format);
}

static int consume(struct job *job)
{
    static const char *const defaults[][2] = { { "auto.offset.reset", "earliest" }, { NULL, NULL } };
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = kafka_settings(&job->options.kafka, defaults, &err);
    if (!kafka || !open_all(job, &err)) {
        vc_kafka_config_free(kafka);
        return exit_report("consume", &err);
    }
    interrupt_catch();
    interrupt_at_once(!job->options.group); /* a group is left, and not waited for */
    job->status = reading_open(&job->reading, kafka);
    interrupt_at_once(false);
    vc_kafka_config_free(kafka);
    if (!job->status)
        run(job);
    if (!reading_close(&job->reading))
        _exit(job->status); /* all was written */
    return job->status;
}

int main(int argc, char **argv)
{
    static struct job job;
    const char *topics[9];
    int status;
    if (!option_parse(&command_consume, argc, argv, &job.options, topics, &status))
        return status;
    status = check(&job, topics);
    if (!status)
        status = consume(&job);
    close_all(&job);
    return status;
}
