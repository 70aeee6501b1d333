/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_read.c - a topic of dead letters, read to its end. */
#define VC_BIN_DLQ_KAFKA
#include "dlq.h"

#include "exit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 30000, POLL_MS = 100 };

/* -- what is said ---------------------------------------------------------------------------------------- */

char *dlq_clean(const char *text, char *out, size_t room)
{
    size_t len = 0;
    for (const unsigned char *at = (const unsigned char *)text; *at && len + 1 < room; at++) {
        const bool c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        out[len++] = *at < 0x20 || *at == 0x7f || c1 ? '?' : (char)*at;
        at += c1;
    }
    out[len] = 0;
    return out;
}

int dlq_fail(const dlq_reader *reader, int status, const char *what, const char *why, const char *more)
{
    char clean[600];
    fprintf(stderr, "vaultcrypt %s: %s: %s%s%s\n", reader->command, dlq_clean(what, clean, sizeof clean), why, more[0] ? ": " : "", more);
    return status;
}

void dlq_say(const dlq_reader *reader, const dlq_letter *letter, const char *text)
{
    char clean[1200];
    fprintf(stderr, "vaultcrypt %s: %s [%" PRId32 "] at offset %" PRId64 ": %s\n", reader->command, reader->topic, letter->partition,
            letter->offset, dlq_clean(text, clean, sizeof clean));
}

static void keep_error(rd_kafka_t *kafka, int error, const char *reason, void *user)
{
    dlq_reader *reader = user;
    (void)kafka;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(reader->last, sizeof reader->last, "%s", reason);
}

static void no_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka, (void)level, (void)facility, (void)text;
}

/* -- opening --------------------------------------------------------------------------------------------- */

int dlq_open(dlq_reader *reader, const struct kafka_options *kafka, const char *group)
{
    static const char *const fixed[][2] = { { "allow.auto.create.topics", "false" },
                                            { "enable.auto.commit", "false" },
                                            { "enable.auto.offset.store", "false" },
                                            { "enable.partition.eof", "true" },
                                            { "auto.offset.reset", "earliest" },
                                            { "isolation.level", "read_committed" } };
    char text[512];
    vc_error err = VC_ERROR_INIT;
    rd_kafka_conf_t *conf = NULL;
    vc_kafka_config *config = kafka_settings(kafka, NULL, &err);
    const vc_code code = config ? vc_kafka_config_conf(config, VC_KAFKA_CONSUMER, &conf, &err) : err.code;
    vc_kafka_config_free(config);
    if (code)
        return exit_report(reader->command, &err);
    rd_kafka_conf_set_error_cb(conf, keep_error);
    rd_kafka_conf_set_opaque(conf, reader);
    rd_kafka_conf_set_log_cb(conf, no_log);
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        (void)rd_kafka_conf_set(conf, fixed[i][0], fixed[i][1], text, sizeof text);
    (void)rd_kafka_conf_set(conf, "group.id", group, text, sizeof text);
    reader->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (!reader->kafka) {
        rd_kafka_conf_destroy(conf);
        return dlq_fail(reader, EXIT_CONFIG, "Kafka", text, "");
    }
    rd_kafka_poll_set_consumer(reader->kafka);
    return EXIT_FINE;
}

void dlq_close(dlq_reader *reader)
{
    if (reader->from)
        rd_kafka_topic_partition_list_destroy(reader->from);
    free(reader->ends);
    if (!reader->kafka)
        return;
    (void)rd_kafka_assign(reader->kafka, NULL);
    (void)rd_kafka_consumer_close(reader->kafka);
    rd_kafka_destroy(reader->kafka);
}

/* -- from where ------------------------------------------------------------------------------------------ */

static int topic_status(rd_kafka_resp_err_t about)
{
    switch ((int)about) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return EXIT_CONFIG; /* none, or none that can be */
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED: return EXIT_DENIED;
    default: return EXIT_VAULT; /* a broker is away, or on its way up */
    }
}

int dlq_partitions(dlq_reader *reader, const char *name, int *count)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(reader->kafka, name, NULL);
    const rd_kafka_resp_err_t error = topic ? rd_kafka_metadata(reader->kafka, 0, topic, &metadata, WAIT_MS) : rd_kafka_last_error();
    int status;
    if (error && !reader->from) { /* for the error that is kept; once partitions are assigned, that could be a letter */
        rd_kafka_message_t *event = rd_kafka_consumer_poll(reader->kafka, 0);
        if (event)
            rd_kafka_message_destroy(event);
    }
    if (error) {
        status = dlq_fail(reader, EXIT_VAULT, name, rd_kafka_err2str(error), reader->last);
    } else {
        const rd_kafka_resp_err_t about = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        *count = about ? 0 : metadata->topics[0].partition_cnt;
        status = about ? dlq_fail(reader, topic_status(about), name, rd_kafka_err2str(about), "") : EXIT_FINE;
        rd_kafka_metadata_destroy(metadata);
    }
    if (topic)
        rd_kafka_topic_destroy(topic);
    return status;
}

/* Where the group stopped, where it has been at all. */
static rd_kafka_resp_err_t take_committed(dlq_reader *reader)
{
    rd_kafka_resp_err_t error = rd_kafka_committed(reader->kafka, reader->from, WAIT_MS);
    for (int i = 0; i < reader->from->cnt && !error; i++) {
        error = reader->from->elems[i].err;
        if (reader->from->elems[i].offset < 0)
            reader->from->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    return error;
}

rd_kafka_resp_err_t dlq_done(const dlq_reader *reader, int64_t *done)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(reader->from);
    rd_kafka_resp_err_t error = rd_kafka_committed(reader->kafka, list, WAIT_MS);
    for (int i = 0; i < list->cnt && !error; i++) {
        error = list->elems[i].err;
        done[i] = list->elems[i].offset >= 0 ? list->elems[i].offset : -1;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

const char *dlq_group(const char *given, const char *topic, char *out, size_t room)
{
    snprintf(out, room, "%s%s", given ? "" : "vaultcrypt-dlq-", given ? given : topic);
    return out;
}

static rd_kafka_resp_err_t find_ends(dlq_reader *reader)
{
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; i < reader->from->cnt && !error; i++) {
        int64_t low = 0, high = 0;
        error = rd_kafka_query_watermark_offsets(reader->kafka, reader->topic, i, &low, &high, WAIT_MS);
        reader->ends[i] = high > low ? high : 0;
        reader->open += reader->ends[i] > 0;
    }
    return error;
}

int dlq_start(dlq_reader *reader, bool from_group)
{
    int count = 0;
    const int status = dlq_partitions(reader, reader->topic, &count);
    if (status)
        return status;
    reader->ends = calloc((size_t)count, sizeof *reader->ends);
    if (!reader->ends)
        return dlq_fail(reader, EXIT_LOCAL, reader->topic, "out of memory", "");
    reader->from = rd_kafka_topic_partition_list_new(count);
    for (int32_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(reader->from, reader->topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_resp_err_t error = find_ends(reader);
    if (!error && from_group)
        error = take_committed(reader);
    if (!error)
        error = rd_kafka_assign(reader->kafka, reader->from);
    return error ? dlq_fail(reader, topic_status(error), reader->topic, rd_kafka_err2str(error), reader->last) : EXIT_FINE;
}

/* -- reading --------------------------------------------------------------------------------------------- */

static void end_partition(dlq_reader *reader, int32_t partition)
{
    reader->open -= reader->ends[partition] > 0;
    reader->ends[partition] = 0;
}

/* What came: a record, the end of a partition, or trouble. */
static int take(dlq_reader *reader, const rd_kafka_message_t *message, dlq_letter *letter, bool *there)
{
    if (message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return dlq_fail(reader, topic_status(message->err), reader->topic, rd_kafka_err2str(message->err), reader->last);
    if (message->err || message->offset >= reader->ends[message->partition]) {
        end_partition(reader, message->partition);
        return EXIT_FINE;
    }
    *letter = (dlq_letter){ message->partition, message->offset, message->len, NULL, VC_ERROR_INIT };
    letter->letter = vc_letter_parse(vc_view_of(message->payload, message->len), &letter->why);
    *there = true;
    return EXIT_FINE;
}

/* Brokers that say nothing for WAIT_MS are away. */
int dlq_next(dlq_reader *reader, dlq_letter *letter, bool *there, const volatile sig_atomic_t *stop)
{
    int status = EXIT_FINE, idle = 0;
    *there = false;
    while (!status && !*there && reader->open > 0 && !(stop && *stop)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->kafka, POLL_MS);
        idle = message ? 0 : idle + POLL_MS;
        if (idle >= WAIT_MS)
            status = dlq_fail(reader, EXIT_VAULT, reader->topic, "the brokers send nothing", reader->last);
        if (!message)
            continue;
        status = take(reader, message, letter, there);
        rd_kafka_message_destroy(message);
    }
    return status;
}

void dlq_letter_free(dlq_letter *letter)
{
    vc_letter_free(letter->letter);
    letter->letter = NULL;
}

bool dlq_fits(const struct dlq_filter *filter, const vc_letter *letter)
{
    return (!filter->error || strcmp(filter->error, vc_letter_error(letter)) == 0) &&
           (!filter->rule || strcmp(filter->rule, vc_letter_rule(letter)) == 0) &&
           (!filter->from || strcmp(filter->from, vc_letter_topic(letter)) == 0);
}
