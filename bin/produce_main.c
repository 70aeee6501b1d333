/* SPDX-License-Identifier: Apache-2.0 */
/* produce_main.c - vaultcrypt-produce: kcat -P that protects before anything leaves. A program of its own because it links librdkafka. */
#define _GNU_SOURCE /* memmem */
#include "exit.h"
#include "feed.h"
#include "format.h"
#include "interrupt.h"
#include "kcat.h"

#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <vaultcrypt/kafka_producer.h>

enum { MOST_FILES = 64, POLL_MS = 100, TRANSACTION_MS = 30000, LOOK_MS = 1000, END_MS = 1000, MOST_TOLD = 10 };

struct job {
    struct produce_options options;
    const char *files[MOST_FILES + 1];
    const char *input; /* what the records are from, unless each is a file */
    vc_bytes delimiter, key_delimiter;
    vc_header headers[OPTION_LIST_MOST];
    int32_t partition;
    vc_client *client;
    vc_keysource *keys;
    vc_schema *schema;
    rd_kafka_t *kafka;
    vc_producer *producer;
    unsigned long queue_most; /* queue.buffering.max.messages */
    bool transaction;         /* one is open */
    bool stopped;             /* by a record */
    unsigned long long added, delivered, refused, undelivered;
    char last[512]; /* what librdkafka complained of */
    bool denied;
    bool down; /* all brokers, and that was told */
    int status;
};

static int fail(struct job *job, int status, const char *what, const char *why, const char *more)
{
    fprintf(stderr, "vaultcrypt produce: %s: %s%s%s\n", what, why, more[0] ? ": " : "", more);
    return job->status = status;
}

/* -- what librdkafka calls ----------------------------------------------------------------------------------------- */

/* "FILE" or "standard input:NUMBER". */
static const char *place_of(const struct job *job, const void *opaque, char *text, size_t room)
{
    const unsigned long number = (unsigned long)(uintptr_t)opaque;
    if (job->input)
        snprintf(text, room, "%s:%lu", job->input, number);
    else
        snprintf(text, room, "%s", job->files[number - 1]);
    return text;
}

static int status_of(rd_kafka_resp_err_t error)
{
    switch ((int)error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION: return EXIT_DENIED;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD: return EXIT_DATA;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return EXIT_CONFIG;
    default: return EXIT_VAULT;
    }
}

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    struct job *job = opaque;
    char place[512];
    (void)kafka;
    if (!message->err) {
        job->delivered++;
        job->down = false;
        return;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
        job->undelivered += !job->transaction; /* a signal came */
        return;
    }
    if (job->undelivered++ < MOST_TOLD)
        fail(job, job->denied ? EXIT_DENIED : status_of(message->err), place_of(job, message->_private, place, sizeof place),
             rd_kafka_err2str(message->err), job->last);
}

static void on_error(rd_kafka_t *kafka, int error, const char *reason, void *opaque)
{
    struct job *job = opaque;
    (void)kafka;
    job->denied = job->denied || error == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        snprintf(job->last, sizeof job->last, "%s", reason);
    } else if (!job->down) { /* librdkafka goes on trying, for minutes */
        job->down = true;
        fprintf(stderr, "vaultcrypt produce: Kafka: the brokers cannot be reached%s%s; records wait for them (message.timeout.ms)\n",
                job->last[0] ? ": " : "", job->last);
    }
}

static void no_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka, (void)level, (void)facility, (void)text;
}

/* -- records that are not sent ------------------------------------------------------------------------------------- */

/* Whether the others go on. */
static bool goes_on(const struct job *job, vc_on_error on_error)
{
    if (job->options.all)
        return false;
    return job->options.on_error ? strcmp(job->options.on_error, "skip") == 0 : on_error == VC_ON_ERROR_DEAD_LETTER;
}

static int refuse(struct job *job, const void *opaque, const vc_error *why, vc_on_error on_error)
{
    char place[512];
    fprintf(stderr, "vaultcrypt produce: %s: ", place_of(job, opaque, place, sizeof place));
    if (why->line)
        fprintf(stderr, "line %zu:%zu: ", why->line, why->column);
    fprintf(stderr, "%s%s%s\n", why->source, why->source[0] ? ": " : "", why->message);
    job->refused++;
    job->status = vc_code_class(why->code) == VC_CLASS_DATA || why->code == VC_E_LIMIT ? EXIT_DATA : exit_code_of(why->code);
    job->stopped = !goes_on(job, on_error);
    return job->stopped;
}

static int on_failed(void *user, const vc_message *message, int32_t partition, void *opaque, const vc_error *why, vc_on_error on_error)
{
    (void)message, (void)partition;
    return refuse(user, opaque, why, on_error);
}

/* -- records ------------------------------------------------------------------------------------------------------- */

/* What a call on the producer said; false: that is the end. */
static bool went_well(struct job *job, vc_code code, const vc_error *err)
{
    if (code && !job->stopped)
        job->status = exit_report("produce", err);
    return !code;
}

static void split_key(const struct job *job, vc_view record, vc_message *message)
{
    const vc_bytes *delimiter = &job->key_delimiter;
    const char *found = delimiter->len ? memmem(record.data, record.len, delimiter->data, delimiter->len) : NULL;
    message->value = record;
    if (found) {
        const size_t key_len = (size_t)(found - record.data), behind = key_len + delimiter->len;
        message->key = vc_view_of(key_len || !job->options.null_values ? record.data : NULL, key_len);
        message->value = vc_view_of(record.len > behind || !job->options.null_values ? record.data + behind : NULL, record.len - behind);
    }
    if (!message->key.data)
        message->key = vc_str(job->options.key);
}

/*
 * Room in librdkafka's queue for this batch and the last: where there is none, who hands it over waits for the brokers, whatever signal
 * comes. False: one came first.
 */
static bool wait_for_room(struct job *job)
{
    const unsigned long most = job->queue_most, batch = job->options.batch, full = most > 3 * batch ? most - 2 * batch : (most + 2) / 3;
    while ((unsigned long)rd_kafka_outq_len(job->kafka) >= full && !interrupt_signal)
        rd_kafka_poll(job->kafka, POLL_MS);
    return (unsigned long)rd_kafka_outq_len(job->kafka) < full;
}

static bool send_record(struct job *job, vc_view record, bool has_key, uintptr_t number)
{
    vc_error err = VC_ERROR_INIT;
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str(job->options.topic);
    message.headers = job->headers;
    message.header_count = job->options.headers.count;
    if (has_key) {
        split_key(job, record, &message);
    } else {
        message.key = vc_str(job->options.key);
        message.value = record;
    }
    if (!wait_for_room(job)) {
        job->undelivered++;
        return false;
    }
    const vc_code code = vc_producer_produce(job->producer, &message, job->partition, 0, (void *)number, &err);
    job->added += !code;
    rd_kafka_poll(job->kafka, 0);
    return went_well(job, code, &err);
}

static bool refuse_long(struct job *job, uintptr_t number)
{
    vc_error err = VC_ERROR_INIT;
    err.code = VC_E_TOO_LARGE;
    snprintf(err.message, sizeof err.message, "the record is longer than %lu bytes (--max-record)", job->options.record_max);
    return !refuse(job, (const void *)number, &err, VC_ON_ERROR_FAIL);
}

/* What waits goes when its time has come. */
static bool run_when_due(struct job *job)
{
    vc_error err = VC_ERROR_INIT;
    rd_kafka_poll(job->kafka, 0);
    return vc_producer_due(job->producer) != 0 || went_well(job, vc_producer_run(job->producer, &err), &err);
}

static int wait_of(const struct job *job)
{
    const int64_t due = vc_producer_due(job->producer);
    return due < 0 || due > POLL_MS ? POLL_MS : (int)due;
}

static void send_lines(struct job *job, int fd)
{
    feed from;
    vc_view record;
    uintptr_t number = 0;
    bool more = true;
    feed_open(&from, fd, vc_bytes_view(job->delimiter), job->options.record_max);
    while (more && !interrupt_signal && (!job->options.count || job->added < job->options.count)) {
        const feed_result result = feed_next(&from, wait_of(job), &record);
        number += result == FEED_RECORD || result == FEED_TOO_LONG;
        if (result == FEED_RECORD)
            more = record.len == 0 || send_record(job, record, true, number); /* as kcat: an empty one is none */
        else if (result == FEED_TOO_LONG)
            more = refuse_long(job, number);
        else if (result == FEED_NOTHING)
            more = run_when_due(job);
        else if (result == FEED_FAILED)
            more = fail(job, EXIT_LOCAL, job->input, strerror(errno), "") == EXIT_FINE;
        else
            more = false;
    }
    feed_close(&from);
}

static bool send_file(struct job *job, uintptr_t number)
{
    const char *name = job->files[number - 1];
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fail(job, EXIT_LOCAL, name, strerror(errno), "");
        return false;
    }
    feed from;
    vc_view record;
    feed_open(&from, fd, vc_str("\n"), job->options.record_max);
    const feed_result result = feed_all(&from, &record);
    bool more = true;
    if (result == FEED_RECORD)
        more = send_record(job, record, false, number);
    else if (result == FEED_TOO_LONG)
        more = refuse_long(job, number);
    else if (result == FEED_FAILED)
        more = fail(job, EXIT_LOCAL, name, strerror(errno), "") == EXIT_FINE;
    feed_close(&from);
    close(fd);
    return more;
}

static void send_all(struct job *job)
{
    if (!job->input) {
        for (uintptr_t i = 0; job->files[i] && !interrupt_signal && (!job->options.count || i < job->options.count); i++)
            if (!send_file(job, i + 1))
                return;
        return;
    }
    const int fd = job->files[0] ? open(job->files[0], O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0) {
        fail(job, EXIT_LOCAL, job->input, strerror(errno), "");
        return;
    }
    send_lines(job, fd);
    if (fd != STDIN_FILENO)
        close(fd);
}

/* -- the end ------------------------------------------------------------------------------------------------------- */

static bool transaction_step(struct job *job, const char *what, rd_kafka_error_t *error)
{
    if (!error)
        return true;
    fail(job, job->denied ? EXIT_DENIED : status_of(rd_kafka_error_code(error)), what, rd_kafka_error_string(error), job->last);
    rd_kafka_error_destroy(error);
    return false;
}

static void end_transaction(struct job *job)
{
    const bool whole = !job->status && !interrupt_signal;
    if (whole && transaction_step(job, "the transaction cannot be committed", rd_kafka_commit_transaction(job->kafka, -1)))
        return;
    rd_kafka_error_t *error = rd_kafka_abort_transaction(job->kafka, interrupt_signal ? END_MS : TRANSACTION_MS);
    if (error)
        rd_kafka_error_destroy(error); /* the brokers abort it when its time is over */
    job->delivered = 0;
    fprintf(stderr, "vaultcrypt produce: nothing was sent: the transaction was aborted\n");
}

/*
 * Until each is delivered or has failed (message.timeout.ms). After a signal brokers that are there have a moment left; what they have not
 * confirmed by then counts as not delivered.
 */
static void wait_for_brokers(struct job *job)
{
    int left = END_MS;
    while (rd_kafka_flush(job->kafka, POLL_MS) == RD_KAFKA_RESP_ERR__TIMED_OUT && left > 0 && !(interrupt_signal && job->down))
        left -= interrupt_signal ? POLL_MS : 0;
    if (interrupt_signal && !job->transaction) {
        (void)rd_kafka_purge(job->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(job->kafka, POLL_MS); /* for their reports */
    }
}

/* What is left goes, unless something ended it; then it waits for the brokers. */
static void finish(struct job *job)
{
    vc_error err = VC_ERROR_INIT;
    if (!job->status || !(job->stopped || job->options.all))
        (void)went_well(job, vc_producer_run(job->producer, &err), &err);
    const size_t left = vc_producer_drop(job->producer);
    if (interrupt_signal && !job->transaction)
        job->undelivered += left;
    if (!job->options.all || !job->status)
        wait_for_brokers(job);
    if (job->transaction)
        end_transaction(job);
    else if (job->stopped || left)
        fprintf(stderr, "vaultcrypt produce: stopped; the %llu records before are sent, and nothing from there on\n", job->delivered);
    if (!job->options.quiet && (job->refused || job->undelivered || (interrupt_signal && !job->transaction)))
        fprintf(stderr, "vaultcrypt produce: %llu records delivered, %llu could not be protected, %llu not delivered\n", job->delivered,
                job->refused, job->undelivered);
    if (interrupt_signal && !job->status)
        job->status = 128 + interrupt_signal;
}

/* -- the command line ---------------------------------------------------------------------------------------------- */

static bool read_headers(struct job *job)
{
    const option_list *list = &job->options.headers;
    for (size_t i = 0; i < list->count; i++) {
        const char *equals = strchr(list->values[i], '=');
        if (equals == list->values[i] || !list->values[i][0])
            return false;
        job->headers[i].name = equals ? vc_view_of(list->values[i], (size_t)(equals - list->values[i])) : vc_str(list->values[i]);
        job->headers[i].value = vc_str(equals ? equals + 1 : NULL);
    }
    return true;
}

static bool read_partition(struct job *job)
{
    char *end;
    job->partition = VC_ANY_PARTITION;
    if (!job->options.partition)
        return true;
    const long number = strtol(job->options.partition, &end, 10);
    if (end == job->options.partition || *end || number < -1 || number > INT32_MAX)
        return false;
    job->partition = (int32_t)number;
    return true;
}

static int check(struct job *job)
{
    struct produce_options *o = &job->options;
    job->input = o->lines && job->files[0] ? job->files[0] : job->files[0] ? NULL : "standard input";
    const bool memory = format_unescape(o->delimiter ? o->delimiter : "\n", &job->delimiter) &&
                        format_unescape(o->key_delimiter ? o->key_delimiter : "", &job->key_delimiter);
    const char *wrong = !o->topic                                  ? "a topic is needed: -t TOPIC"
                        : !o->schema                               ? "a schema is needed, for nothing leaves in clear: -s FILE"
                        : !kafka_is_named(&o->kafka)               ? "where is Kafka? -b or VAULTCRYPT_BROKERS says it"
                        : !memory                                  ? "out of memory"
                        : !job->delimiter.len                      ? "the delimiter is empty"
                        : o->lines && job->files[0] && job->files[1] ? "with --lines one file"
                        : o->on_error && strcmp(o->on_error, "skip") != 0 && strcmp(o->on_error, "stop") != 0 ? "--on-error is skip or stop"
                        : o->on_error && o->all                    ? "--all and --on-error exclude each other"
                        : !read_headers(job)                       ? "--header: NAME=VALUE, or NAME"
                        : !read_partition(job)                     ? "--partition: a whole number from 0 on, or -1"
                        : o->record_max > 1000000000               ? "--max-record: at most 1000M"
                        : o->batch > 100000                        ? "--batch: at most 100000"
                                                                   : NULL;
    if (wrong)
        fprintf(stderr, "vaultcrypt produce: %s; vaultcrypt produce --help\n", wrong);
    return wrong ? EXIT_USAGE : EXIT_FINE;
}

/* A transaction needs a name, which no other may have. */
static void name_transaction(rd_kafka_conf_t *conf, bool *all)
{
    char text[64];
    size_t size = sizeof text;
    if (rd_kafka_conf_get(conf, "transactional.id", text, &size) == RD_KAFKA_CONF_OK && size > 1) {
        *all = true; /* as kcat */
        return;
    }
    uint64_t random[2] = { 0 };
    if (!*all || getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return;
    snprintf(text, sizeof text, "vaultcrypt-produce-%016llx%016llx", (unsigned long long)random[0], (unsigned long long)random[1]);
    (void)rd_kafka_conf_set(conf, "transactional.id", text, NULL, 0);
}

/* Nothing has begun: a signal ends it at once. While it waits librdkafka tells nothing: so first for a broker, whose absence is told. */
static rd_kafka_error_t *init_transactions(struct job *job)
{
    const struct rd_kafka_metadata *brokers = NULL;
    interrupt_at_once(true);
    for (int left = TRANSACTION_MS; left > 0 && rd_kafka_metadata(job->kafka, 0, NULL, &brokers, LOOK_MS); left -= LOOK_MS)
        rd_kafka_poll(job->kafka, 0);
    if (brokers)
        rd_kafka_metadata_destroy(brokers);
    rd_kafka_error_t *error = rd_kafka_init_transactions(job->kafka, brokers ? TRANSACTION_MS : LOOK_MS);
    interrupt_at_once(false);
    return error;
}

static unsigned long queue_most(rd_kafka_conf_t *conf)
{
    char text[32];
    size_t size = sizeof text;
    const bool known = rd_kafka_conf_get(conf, "queue.buffering.max.messages", text, &size) == RD_KAFKA_CONF_OK;
    const unsigned long most = known ? strtoul(text, NULL, 10) : 0;
    return most ? most : INT32_MAX; /* 0: no bound */
}

static int open_kafka(struct job *job, const vc_kafka_config *config)
{
    char text[512];
    vc_error err = VC_ERROR_INIT;
    rd_kafka_conf_t *conf = NULL;
    if (vc_kafka_config_conf(config, VC_KAFKA_PRODUCER, &conf, &err))
        return job->status = exit_report("produce", &err);
    rd_kafka_conf_set_opaque(conf, job);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, no_log);
    name_transaction(conf, &job->options.all);
    job->queue_most = queue_most(conf);
    job->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!job->kafka) {
        rd_kafka_conf_destroy(conf);
        return fail(job, EXIT_CONFIG, "Kafka", text, "");
    }
    if (!job->options.all)
        return EXIT_FINE;
    job->transaction = transaction_step(job, "transactions", init_transactions(job)) &&
                       transaction_step(job, "transactions", rd_kafka_begin_transaction(job->kafka));
    return job->status;
}

static bool open_producer(struct job *job, vc_error *err)
{
    const struct produce_options *o = &job->options;
    const size_t bytes = o->record_max + ((size_t)8 << 20); /* key and headers are not counted into a record */
    job->producer = vc_producer_new(job->kafka, job->client, job->schema, err);
    return job->producer && !vc_producer_set_batch(job->producer, o->batch, bytes, o->linger, err) &&
           !vc_producer_set_failed(job->producer, on_failed, job, err) && (!o->record || !vc_producer_set_rule(job->producer, o->record, err));
}

static bool open_vault(struct job *job, vc_error *err)
{
    const struct produce_options *o = &job->options;
    job->schema = vc_schema_open(o->schema, err);
    if (!job->schema || !(o->record ? vc_schema_rule(job->schema, vc_str(o->record), err) : vc_schema_match(job->schema, vc_str(o->topic), err)))
        return false;
    job->client = connect_for(&o->connect, "produce", job->schema, o->schema, VC_PROTECT, &job->keys, err);
    return job->client != NULL;
}

static void produce(struct job *job)
{
    /* One request at a time: a broker that knows nothing of the producer takes the first batch that comes for the beginning, so a first that is put
     * off (the partition has just been made) would be taken for a double of the second later, and lost. */
    static const char *const defaults[][2] = { { "enable.idempotence", "true" }, { "max.in.flight.requests.per.connection", "1" }, { NULL, NULL } };
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = kafka_settings(&job->options.kafka, defaults, &err);
    if (!kafka || !open_vault(job, &err)) {
        job->status = exit_report("produce", &err);
        vc_kafka_config_free(kafka);
        return;
    }
    interrupt_catch();
    if (!open_kafka(job, kafka)) {
        if (open_producer(job, &err))
            send_all(job);
        else
            job->status = exit_report("produce", &err);
        if (job->producer)
            finish(job);
    }
    vc_kafka_config_free(kafka);
}

int main(int argc, char **argv)
{
    static struct job job = { .options = { .linger = 10, .batch = 1000, .record_max = 16000000 } };
    int status;
    if (!option_parse(&command_produce, argc, argv, &job.options, job.files, &status))
        return status;
    if (!(job.status = check(&job)))
        produce(&job);
    vc_producer_free(job.producer);
    if (job.kafka) {
        rd_kafka_purge(job.kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_destroy(job.kafka);
    }
    connect_end(job.client, job.keys);
    vc_schema_unref(job.schema);
    free(job.delimiter.data);
    free(job.key_delimiter.data);
    return job.status;
}
