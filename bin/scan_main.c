/* SPDX-License-Identifier: Apache-2.0 */
/* scan_main.c - vaultcrypt-scan: evidence of what in a topic is protected. A program of its own because it links librdkafka. */
#include "exit.h"
#include "interrupt.h"
#include "reading.h"
#include "scan.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 1000 };

struct job {
    struct scan_options options;
    reading_options where;
    reading reading;
    vc_schema *schema;
    const vc_rule *rule; /* for all; NULL: by topic */
    vc_client *client;   /* NULL: by the form alone */
    vc_keysource *keys;
    vc_batch *batch;
    vc_header *headers; /* of the messages in the batch */
    size_t header_room;
    const vc_rule *rules[BATCH];
    rd_kafka_message_t *messages[BATCH];
    scan_result result;
    int status;
};

static bool out_of_memory(struct job *job)
{
    fprintf(stderr, "vaultcrypt scan: out of memory\n");
    job->status = EXIT_LOCAL;
    return false;
}

/* One more of `size` bytes at the end of an array, zeroed; NULL: no memory. */
static void *one_more(void **array, size_t *count, size_t *room, size_t size)
{
    if (*count == *room) {
        const size_t more = *room ? 2 * *room : 16;
        void *grown = realloc(*array, more * size);
        if (!grown)
            return NULL;
        *array = grown;
        *room = more;
    }
    return memset((char *)*array + (*count)++ * size, 0, size);
}

#define ONE_MORE(result, things, thing) one_more((void **)&(result)->things, &(result)->thing##_count, &(result)->thing##_room, sizeof *(result)->things)

/* -- counting ------------------------------------------------------------------------------------------------------ */

/* The first row of the rule; all of its fields get one when it is first seen. */
static scan_row *rows_of(struct job *job, const vc_rule *rule)
{
    scan_result *result = &job->result;
    for (size_t i = 0; i < result->row_count; i++)
        if (result->rows[i].rule == rule)
            return &result->rows[i];
    const size_t first = result->row_count;
    const vc_field *field;
    for (size_t i = 0; (field = vc_rule_field_at(rule, i)); i++) {
        scan_row *row = ONE_MORE(result, rows, row);
        if (!row)
            return NULL;
        row->rule = rule;
        row->field = field;
    }
    return &result->rows[first];
}

static bool add_position(struct job *job, const rd_kafka_message_t *from, const vc_rule *rule, const vc_field *field, scan_kind kind, vc_code code)
{
    scan_result *result = &job->result;
    if (result->kinds[kind] > job->options.positions)
        return true;
    scan_position *one = ONE_MORE(result, positions, position);
    if (!one)
        return out_of_memory(job);
    *one = (scan_position){ strdup(rd_kafka_topic_name(from->rkt)), from->partition, from->offset, rule, field, kind, code };
    return one->topic || out_of_memory(job);
}

static scan_kind kind_of(vc_code code)
{
    switch ((int)code) {
    case VC_OK: return SCAN_AUTHENTICATED;
    case VC_E_CANCELED:
    case VC_E_NO_KEY: return SCAN_UNVERIFIED;
    case VC_E_PLAINTEXT: return SCAN_CLEAR;
    case VC_E_MISSING: return SCAN_MISSING;
    case VC_E_UNSUPPORTED: return SCAN_UNDECIDABLE;
    default: return SCAN_DAMAGED;
    }
}

static bool count_value(struct job *job, size_t i, size_t n, scan_row *rows)
{
    const vc_field *field = NULL;
    const vc_code code = vc_batch_finding(job->batch, i, n, &field);
    const scan_kind kind = kind_of(code);
    while (rows->field != field)
        rows++;
    rows->counts[kind]++;
    job->result.kinds[kind]++;
    const bool is_told = kind == SCAN_CLEAR || kind == SCAN_MISSING || kind == SCAN_DAMAGED;
    return !is_told || add_position(job, job->messages[i], job->rules[i], field, kind, code);
}

static bool count_part(struct job *job, const rd_kafka_message_t *message)
{
    scan_result *result = &job->result;
    const char *topic = rd_kafka_topic_name(message->rkt);
    scan_part *part = NULL;
    for (size_t i = 0; i < result->part_count && !part; i++)
        if (result->parts[i].partition == message->partition && strcmp(result->parts[i].topic, topic) == 0)
            part = &result->parts[i];
    if (!part) {
        part = ONE_MORE(result, parts, part);
        if (!part || !(part->topic = strdup(topic)))
            return out_of_memory(job);
        part->partition = message->partition;
        part->first = message->offset;
    }
    part->last = message->offset;
    part->records++;
    return true;
}

/* Record i of the batch. */
static bool count_record(struct job *job, size_t i)
{
    const vc_error *why = vc_batch_error(job->batch, i);
    scan_row *rows = rows_of(job, job->rules[i]);
    if (!count_part(job, job->messages[i]))
        return false;
    if (!rows)
        return out_of_memory(job);
    job->result.records++;
    job->result.tombstones += !job->messages[i]->payload;
    if (why && why->code != VC_E_CANCELED) {
        job->result.kinds[SCAN_UNREADABLE]++;
        return add_position(job, job->messages[i], job->rules[i], NULL, SCAN_UNREADABLE, why->code);
    }
    for (size_t n = 0; n < vc_batch_finding_count(job->batch, i); n++)
        if (!count_value(job, i, n, rows))
            return false;
    return true;
}

/* -- records ------------------------------------------------------------------------------------------------------- */

/* Room for all headers beforehand: the batch borrows them, so they may not move. */
static bool reserve_headers(struct job *job, size_t count)
{
    size_t all = 0;
    rd_kafka_headers_t *theirs;
    for (size_t i = 0; i < count; i++)
        all += rd_kafka_message_headers(job->messages[i], &theirs) ? 0 : rd_kafka_header_cnt(theirs);
    if (all <= job->header_room)
        return true;
    vc_header *more = realloc(job->headers, all * sizeof *more);
    if (!more)
        return out_of_memory(job);
    job->headers = more;
    job->header_room = all;
    return true;
}

static size_t headers_of(const rd_kafka_message_t *from, vc_header *headers)
{
    rd_kafka_headers_t *theirs;
    const char *name;
    const void *value;
    size_t len, count = 0;
    if (rd_kafka_message_headers(from, &theirs))
        return 0;
    for (; !rd_kafka_header_get_all(theirs, count, &name, &value, &len); count++)
        headers[count] = (vc_header){ vc_str(name), vc_view_of(value, value ? len : 0) };
    return count;
}

static bool add_all(struct job *job, size_t count, vc_error *err)
{
    size_t used = 0;
    vc_batch_clear(job->batch);
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_message_t *from = job->messages[i];
        vc_message message = VC_MESSAGE_INIT;
        message.topic = vc_str(rd_kafka_topic_name(from->rkt));
        message.key = vc_view_of(from->key, from->key ? from->key_len : 0);
        message.value = vc_view_of(from->payload, from->payload ? from->len : 0);
        message.headers = job->headers + used;
        message.header_count = headers_of(from, job->headers + used);
        used += message.header_count;
        job->rules[i] = job->rule ? job->rule : vc_schema_match(job->schema, message.topic, err);
        if (!job->rules[i] || vc_batch_add_message(job->batch, job->rules[i], &message, err))
            return false;
    }
    return true;
}

/* What Vault did not come to is not counted. */
static bool scan_all(struct job *job, size_t count)
{
    vc_error err = VC_ERROR_INIT;
    if (!reserve_headers(job, count))
        return false;
    if (!add_all(job, count, &err) || (job->client && vc_client_run(job->client, job->batch, &err))) {
        job->status = exit_report("scan", &err);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!count_record(job, i))
            return false;
    return true;
}

static void run(struct job *job)
{
    size_t count;
    bool more = true;
    while (more && reading_next(&job->reading, job->messages, BATCH, &count)) {
        more = !count || scan_all(job, count);
        vc_batch_clear(job->batch); /* it borrows */
        for (size_t i = 0; i < count; i++)
            rd_kafka_message_destroy(job->messages[i]);
    }
    if (job->reading.status)
        job->status = job->reading.status;
    else if (interrupt_signal && !job->status)
        job->status = 128 + interrupt_signal;
    job->result.complete = !job->status;
}

/* -- the command line ---------------------------------------------------------------------------------------------- */

/* Which records, in reading.h's words. */
static void place(struct job *job, const char *const *topics)
{
    const struct scan_options *o = &job->options;
    job->where = (reading_options){ .partition = o->partition, .count = o->count, .bounded = true };
    for (; *topics; topics++)
        job->where.topics.values[job->where.topics.count++] = *topics;
    if (o->from)
        job->where.offsets.values[job->where.offsets.count++] = o->from;
    if (o->to && strncmp(o->to, "e@", 2) == 0)
        job->where.offsets.values[job->where.offsets.count++] = o->to;
}

static int check(struct job *job, const char *const *topics)
{
    const struct scan_options *o = &job->options;
    const bool to_offset = o->to && strncmp(o->to, "e@", 2) != 0;
    const char *wrong = !topics[0]                 ? "a topic is needed"
                        : !o->schema               ? "a schema is needed, which says what is to be protected: -s FILE"
                        : !kafka_is_named(&o->kafka) ? "where is Kafka? -b or VAULTCRYPT_BROKERS says it"
                        : to_offset && (!o->to[0] || o->to[strspn(o->to, "0123456789")] || strlen(o->to) > 18) ? "--to: an offset, or e@MILLISECONDS"
                                                                                                                 : NULL;
    if (wrong) {
        fprintf(stderr, "vaultcrypt scan: %s; vaultcrypt scan --help\n", wrong);
        return EXIT_USAGE;
    }
    place(job, topics);
    int status = output_check(&command_scan, &o->output);
    if (!status)
        status = reading_check(&job->reading, "scan", &job->where);
    if (to_offset)
        job->reading.until = strtoll(o->to, NULL, 10);
    return status;
}

static bool open_all(struct job *job, vc_error *err)
{
    const struct scan_options *o = &job->options;
    job->schema = vc_schema_open(o->schema, err);
    if (job->schema && o->record && !(job->rule = vc_schema_rule(job->schema, vc_str(o->record), err)))
        return false;
    for (size_t i = 0; job->schema && i < job->where.topics.count && !job->rule; i++) {
        const char *topic = job->where.topics.values[i];
        const vc_rule *rule = topic[0] == '^' ? NULL : vc_schema_match(job->schema, vc_str(topic), err);
        if (topic[0] != '^' && !rule)
            return false;
        if (rule && !rows_of(job, rule))
            return out_of_memory(job);
    }
    job->batch = job->schema ? vc_batch_new(job->schema, VC_OPEN, err) : NULL;
    if (!job->batch || vc_batch_set_survey(job->batch, 1, err))
        return false;
    return o->no_keys || (job->client = connect_for(&o->connect, "scan", job->schema, o->schema, VC_OPEN, &job->keys, err));
}

static int scan(struct job *job)
{
    static const char *const defaults[][2] = { { "auto.offset.reset", "earliest" }, { NULL, NULL } };
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = kafka_settings(&job->options.kafka, defaults, &err);
    if (!kafka || !open_all(job, &err)) {
        vc_kafka_config_free(kafka);
        return job->status ? job->status : exit_report("scan", &err);
    }
    interrupt_catch();
    job->result.options = &job->options;
    job->result.schema = job->schema;
    job->result.began = time(NULL);
    interrupt_at_once(true);
    job->status = reading_open(&job->reading, kafka);
    interrupt_at_once(false);
    vc_kafka_config_free(kafka);
    if (!job->status) {
        run(job);
        job->result.ended = time(NULL);
        const int status = scan_report(&job->result);
        job->status = job->status ? job->status : status ? status : scan_is_clean(&job->result) ? EXIT_FINE : EXIT_DATA;
    }
    (void)reading_close(&job->reading); /* there is no group */
    return job->status;
}

static void close_all(struct job *job)
{
    scan_result *result = &job->result;
    for (size_t i = 0; i < result->position_count; i++)
        free(result->positions[i].topic);
    for (size_t i = 0; i < result->part_count; i++)
        free(result->parts[i].topic);
    free(result->positions);
    free(result->parts);
    free(result->rows);
    vc_batch_free(job->batch);
    free(job->headers);
    connect_end(job->client, job->keys);
    vc_schema_unref(job->schema);
}

int main(int argc, char **argv)
{
    static struct job job = { .options = { .positions = 20 } };
    const char *topics[9];
    int status;
    if (!option_parse(&command_scan, argc, argv, &job.options, topics, &status))
        return status;
    status = check(&job, topics);
    if (!status)
        status = scan(&job);
    close_all(&job);
    return status;
}
