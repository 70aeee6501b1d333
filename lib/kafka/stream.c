/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - the loop of a stream: read, submit, produce, settle, commit; and its ends.
 */
#include "kafka/stream.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    IDLE_MS = 100,
    STEP_MS = 10,
    TOPIC_WAIT_MS = 10000,
    TOPIC_AGAIN_MS = 1000,
    LAST_DELIVERIES_MS = 30000
};

/* -- bad ends -------------------------------------------------------------------------------------------- */

static void drop_staged(vc_stream *stream)
{
    while (stream->staged_count)
        rd_kafka_message_destroy(stream->staged[--stream->staged_count]);
}

/*
 * The stream ends with this error: what is with the producer is waited for, all else is dropped. The first
 * failure counts.
 */
static void fail(vc_stream *stream, const vc_error *why)
{
    if (stream->failure.code)
        return;
    vc__error_copy(&stream->failure, why);
    stream->failed_ms = vc__now_ms();
    stream->closing = stream->dropping = true;
    drop_staged(stream);
    vc__flight_cancel(&stream->flight, true);
}

/* Puts words before an error's own; the rest of it (HTTP status, request id, place) stays. */
__attribute__((format(printf, 2, 3))) static void prefix(vc_error *err, const char *format, ...)
{
    char text[sizeof err->message];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof text)
        snprintf(text + len, sizeof text - (size_t)len, "%s", err->message);
    memcpy(err->message, text, sizeof text);
}

/* The batch failed as a whole. After a stop that is no failure: its records stay where they are. */
static void unit_failed(vc_stream *stream, vc__unit *unit)
{
    vc_error why = VC_ERROR_INIT;
    stream->dropping = stream->closing = true;
    drop_staged(stream);
    if (atomic_load(&stream->stop))
        return;
    vc__error_copy(&why, &unit->error);
    const vc_class class = vc_code_class(why.code);
    if (class == VC_CLASS_AUTH || class == VC_CLASS_TRANSPORT || class == VC_CLASS_SERVER)
        prefix(&why, "gave up after %" PRIu64 " s of trouble with Vault, nothing is lost: ",
               stream->deadline_ms / 1000);
    fail(stream, &why);
}

/* -- producing ------------------------------------------------------------------------------------------- */

static vc_code record_failed(const vc__item *item, const vc_error *why, vc_error *err)
{
    const vc__route *route = item->partition->route;
    vc__error_copy(err, why);
    prefix(err, "record %s [%" PRId32 "] at offset %" PRId64 " (rule %s): ", route->source,
           item->partition->id, item->offset, vc_rule_name(route->rule));
    return err->code;
}

static vc_code produce_record(vc_stream *stream, vc__unit *unit, size_t i, vc_error *err)
{
    vc__item *item = &unit->items[i];
    rd_kafka_message_t *message = unit->messages[i];
    vc_error fault = VC_ERROR_INIT;
    const vc_error *why = vc_batch_error(unit->batch, i);
    if (!why) {
        const vc_view output = vc_batch_output(unit->batch, i);
        if (!output.data && message->payload)
            return vc__error(err, VC_E_INTERNAL, "a record without an error has no output");
        const vc_code code = vc__sink_send(&stream->sink, item, message, output, &fault);
        if (code != VC_E_TOO_LARGE)
            return code ? vc__error_copy(err, &fault) : VC_OK;
        why = &fault;
    }
    if (vc_batch_on_error(unit->batch, i) == VC_ON_ERROR_DEAD_LETTER)
        return vc__sink_send_letter(&stream->sink, item, why, err);
    return record_failed(item, why, err);
}

static void count_batch(vc_stream *stream, const vc__unit *unit)
{
    vc_batch_stats batch = { .size = sizeof batch };
    vc_batch_get_stats(unit->batch, &batch);
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.fields += batch.fields;
    stream->stats.requests += batch.requests;
    stream->stats.batches++;
    pthread_mutex_unlock(&stream->stats_lock);
}

static void produce_unit(vc_stream *stream, vc__unit *unit)
{
    if (!stream->dropping && unit->error.code)
        unit_failed(stream, unit);
    if (!stream->dropping) {
        count_batch(stream, unit);
        for (size_t i = 0; i < unit->count; i++) {
            vc_error err = VC_ERROR_INIT;
            if (!vc__item_stale(&unit->items[i]) && produce_record(stream, unit, i, &err)) {
                fail(stream, &err);
                break;
            }
        }
    }
    vc__flight_unit_produced(&stream->flight, unit);
}

/* -- settling -------------------------------------------------------------------------------------------- */

/* Time with records under way, so that rates do not depend on how long a topic was empty. */
static uint64_t busy_ms(vc_stream *stream)
{
    if (!stream->busy_since_ms)
        return stream->busy_ms;
    const uint64_t now = vc__now_ms();
    stream->busy_ms += now - stream->busy_since_ms;
    stream->busy_since_ms = stream->staged_count || !vc__flight_empty(&stream->flight) ? now : 0;
    return stream->busy_ms;
}

static void bring_stats_up(vc_stream *stream)
{
    pthread_mutex_lock(&stream->flight.lock);
    const uint64_t waits = stream->flight.waits;
    pthread_mutex_unlock(&stream->flight.lock);
    pthread_mutex_lock(&stream->stats_lock);
    vc_stream_stats *stats = &stream->stats;
    stats->records_out = stream->sink.delivered;
    stats->dead_letters = stream->sink.letters;
    stats->commits = stream->source.commits;
    stats->rebalances = stream->source.rebalances;
    stats->waits = waits;
    stats->seconds = (double)busy_ms(stream) / 1000;
    pthread_mutex_unlock(&stream->stats_lock);
}

static vc_code commit_when_due(vc_stream *stream, vc_error *err)
{
    const uint64_t now = vc__now_ms();
    if (!stream->uncommitted ||
        (stream->uncommitted < stream->commit_records && now - stream->committed_ms < stream->commit_ms))
        return VC_OK;
    stream->uncommitted = 0;
    stream->committed_ms = now;
    return vc__source_commit(&stream->source, false, err);
}

/*
 * Produces what is ready, takes delivery reports, commits; waits up to `wait_ms` when there is nothing to do.
 */
static void advance(vc_stream *stream, int wait_ms)
{
    vc__flight *flight = &stream->flight;
    for (vc__unit *unit = vc__flight_next_ready(flight, wait_ms); unit;
         unit = vc__flight_next_ready(flight, 0))
        produce_unit(stream, unit);
    const bool only_deliveries = flight->produced == flight->submitted && flight->finished < flight->produced;
    vc__sink_poll(&stream->sink, only_deliveries ? wait_ms : 0);
    stream->uncommitted += vc__flight_settle(flight);
    vc_error err = VC_ERROR_INIT;
    if (stream->sink.failure.code)
        fail(stream, &stream->sink.failure);
    else if (commit_when_due(stream, &err))
        fail(stream, &err);
    bring_stats_up(stream);
}

/* -- reading --------------------------------------------------------------------------------------------- */

static void stage(vc_stream *stream, size_t count)
{
    if (!count)
        return;
    if (!stream->busy_since_ms)
        stream->busy_since_ms = vc__now_ms();
    stream->staged_count += count;
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.records_in += count;
    pthread_mutex_unlock(&stream->stats_lock);
}

/* Room on the stage, bounded by the count that was asked for. */
static size_t stage_room(const vc_stream *stream)
{
    if (stream->closing || stream->staged_count >= stream->batch_records)
        return 0;
    const size_t room = stream->batch_records - stream->staged_count;
    const uint64_t left = stream->count ? stream->count - stream->stats.records_in : UINT64_MAX;
    return left < room ? (size_t)left : room;
}

/*
 * There is no room: nothing is read, but the group has to hear from us. Reading with a paused consumer does
 * that. Pausing throws away what librdkafka has fetched ahead, so it is done when the wait is getting long,
 * not for each full stage.
 */
static vc_code keep_membership(vc_stream *stream, vc_error *err)
{
    const uint64_t now = vc__now_ms();
    if (!stream->full_since_ms)
        stream->full_since_ms = now;
    if (!stream->source.paused && now - stream->full_since_ms < stream->poll_limit_ms)
        return VC_OK;
    vc__source_pause(&stream->source, true);
    size_t count = 0;
    const size_t spare = stream->batch_records + VC__SPARE - stream->staged_count;
    const vc_code code = spare ? vc__source_read(&stream->source, 0, stream->staged + stream->staged_count,
                                                 spare, &count, err)
                               : VC_OK;
    stage(stream, count);
    if (stream->closing && stream->dropping)
        drop_staged(stream);
    return code;
}

static vc_code read_some(vc_stream *stream, vc_error *err)
{
    const size_t room = stage_room(stream);
    if (!room)
        return keep_membership(stream, err);
    stream->full_since_ms = 0;
    vc__source_pause(&stream->source, false);
    size_t count = 0;
    const bool idle = !stream->staged_count && vc__flight_empty(&stream->flight);
    if (idle) { /* wake for the first record; the others have the batch's own time to come in */
        const vc_code code = vc__source_read(&stream->source, IDLE_MS, stream->staged, 1, &count, err);
        stage(stream, count);
        if (code || !count || room == 1)
            return code;
    }
    const vc_code code = vc__source_read(&stream->source, (int)stream->linger_ms,
                                         stream->staged + stream->staged_count, stage_room(stream), &count,
                                         err);
    stage(stream, count);
    return code;
}

static void submit(vc_stream *stream)
{
    vc__unit *unit = stream->staged_count ? vc__flight_free_unit(&stream->flight) : NULL;
    if (!unit)
        return;
    const size_t count = stream->staged_count < stream->batch_records ? stream->staged_count
                                                                      : stream->batch_records;
    vc__flight_submit(&stream->flight, unit, &stream->source, stream->staged, count);
    stream->staged_count -= count;
    memmove(stream->staged, stream->staged + count, stream->staged_count * sizeof *stream->staged);
}

/* -- rebalances ------------------------------------------------------------------------------------------ */

static void sift_staged(vc_stream *stream)
{
    size_t kept = 0;
    for (size_t i = 0; i < stream->staged_count; i++) {
        if (vc__source_partition(&stream->source, stream->staged[i]))
            stream->staged[kept++] = stream->staged[i];
        else
            rd_kafka_message_destroy(stream->staged[i]);
    }
    stream->staged_count = kept;
}

/* What is under way gets some time to arrive, so that as little as possible comes twice. */
static vc_code give_up_partitions(vc_stream *stream, vc_error *err)
{
    const uint64_t until = vc__now_ms() + stream->revoke_wait_ms;
    while (!vc__flight_empty(&stream->flight) && vc__now_ms() < until)
        advance(stream, STEP_MS);
    vc__flight_settle_partly(&stream->flight);
    const vc_code code = vc__source_give_up(&stream->source, err);
    sift_staged(stream);
    return code;
}

static vc_code take_partitions(vc_stream *stream, vc_error *err)
{
    const vc_code code = vc__source_take(&stream->source, err);
    vc_error ignored = VC_ERROR_INIT; /* the counts stay as they were known */
    for (size_t i = 0; i < stream->route_count && !code; i++)
        (void)vc__sink_open_route(&stream->sink, stream->source.rk, &stream->routes[i], TOPIC_AGAIN_MS,
                                  &ignored);
    return code;
}

static vc_code rebalance(vc_stream *stream, vc_error *err)
{
    switch (stream->source.rebalance) {
    case VC__REBALANCE_ASSIGN: return take_partitions(stream, err);
    case VC__REBALANCE_REVOKE: return give_up_partitions(stream, err);
    case VC__REBALANCE_NONE:
    default: return VC_OK;
    }
}

/* -- the loop -------------------------------------------------------------------------------------------- */

static void notice_ends(vc_stream *stream)
{
    /* Also while it closes for another reason: what waits for Vault would keep it. */
    if (!stream->stopping && atomic_load(&stream->stop)) {
        stream->stopping = stream->closing = true;
        drop_staged(stream);
        vc__flight_cancel(&stream->flight, false);
    }
    if (stream->closing)
        return;
    if (stream->count && stream->stats.records_in >= stream->count) {
        stream->closing = true;
    } else if (stream->exit_at_end && vc__source_at_end(&stream->source)) {
        stream->closing = true;
    }
}

static bool over(const vc_stream *stream)
{
    if (!stream->closing || stream->staged_count)
        return false;
    if (stream->failure.code && vc__now_ms() - stream->failed_ms > LAST_DELIVERIES_MS)
        return true;
    return vc__flight_empty(&stream->flight);
}

static vc_code loop(vc_stream *stream, vc_error *err)
{
    stream->committed_ms = vc__now_ms();
    for (;;) {
        notice_ends(stream);
        if (over(stream))
            break;
        advance(stream, stage_room(stream) ? 0 : STEP_MS);
        vc_error trouble = VC_ERROR_INIT;
        if (read_some(stream, &trouble) || rebalance(stream, &trouble))
            fail(stream, &trouble);
        submit(stream);
    }
    vc__flight_settle_partly(&stream->flight);
    vc_error trouble = VC_ERROR_INIT;
    if (vc__source_commit(&stream->source, true, &trouble))
        fail(stream, &trouble);
    bring_stats_up(stream);
    return stream->failure.code ? vc__error_copy(err, &stream->failure) : VC_OK;
}

/* -- beginning ------------------------------------------------------------------------------------------- */

static vc_code choose_rule(vc_stream *stream, vc__route *route, vc_error *err)
{
    route->rule = stream->rule ? vc_schema_rule(stream->schema, vc_str(stream->rule), err)
                               : vc_schema_match(stream->schema, vc_str(route->source), err);
    return route->rule ? VC_OK : err ? err->code : VC_E_NO_RULE;
}

static vc_code choose_letters(vc_stream *stream, vc__route *route, vc_error *err)
{
    char name[300];
    if (stream->letters)
        snprintf(name, sizeof name, "%s", stream->letters);
    else
        snprintf(name, sizeof name, "%s_dead_letter", route->target);
    for (size_t i = 0; i < stream->route_count; i++)
        if (strcmp(stream->routes[i].source, name) == 0 || strcmp(stream->routes[i].target, name) == 0)
            return vc__error(err, VC_E_CONFIG,
                             "dead letters need a topic of their own, and %s is a source or target", name);
    if (strlen(name) > 249)
        return vc__error(err, VC_E_CONFIG,
                         "the name of topic %s is too long for a dead-letter topic beside it; set one",
                         route->target);
    vc__free(route->letters);
    route->letters = vc__memdup(name, strlen(name));
    return route->letters ? VC_OK : vc__error_memory(err);
}

static vc_code set(rd_kafka_conf_t *conf, const char *name, const char *value, vc_error *err)
{
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
        return VC_OK;
    return vc__error(err, VC_E_CONFIG, "librdkafka: %s", reason);
}

static uint64_t get_ms(const rd_kafka_conf_t *conf, const char *name)
{
    char value[32] = "";
    size_t size = sizeof value;
    rd_kafka_conf_get(conf, name, value, &size);
    return strtoull(value, NULL, 10);
}

static vc_code open_source(vc_stream *stream, vc_error *err)
{
    static const char *const reset[] = { "auto.offset.reset", NULL };
    rd_kafka_conf_t *conf = NULL;
    vc_code code = vc_kafka_config_conf(stream->kafka, VC_KAFKA_CONSUMER, &conf, err);
    if (!code)
        code = set(conf, "enable.auto.commit", "false", err);
    if (!code)
        code = set(conf, "enable.auto.offset.store", "false", err);
    if (!code)
        code = set(conf, "enable.partition.eof", stream->exit_at_end ? "true" : "false", err);
    if (!code && !vc__kafka_config_has(stream->kafka, reset))
        code = set(conf, "auto.offset.reset", "earliest", err);
    if (code) {
        if (conf)
            rd_kafka_conf_destroy(conf);
        return code;
    }
    const uint64_t session = get_ms(conf, "session.timeout.ms"), poll = get_ms(conf, "max.poll.interval.ms");
    stream->revoke_wait_ms = session / 2 < 5000 ? session / 2 : 5000;
    stream->poll_limit_ms = poll / 4 < 5000 ? poll / 4 : 5000;
    stream->source = (vc__source){ .routes = stream->routes,
                                   .route_count = stream->route_count,
                                   .reset = stream->reset,
                                   .log = stream->log,
                                   .log_user = stream->log_user };
    return vc__source_open(&stream->source, conf, err);
}

/* Retries must not change the order; who sets one of these decides that for himself. */
static const char *const order_properties[] = { "enable.idempotence",
                                                "acks",
                                                "request.required.acks",
                                                "max.in.flight",
                                                "max.in.flight.requests.per.connection",
                                                "retries",
                                                "message.send.max.retries",
                                                "queuing.strategy",
                                                NULL };

static vc_code open_sink(vc_stream *stream, vc_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    vc_code code = vc_kafka_config_conf(stream->kafka, VC_KAFKA_PRODUCER, &conf, err);
    if (!code && !vc__kafka_config_has(stream->kafka, order_properties))
        code = set(conf, "enable.idempotence", "true", err);
    if (code) {
        if (conf)
            rd_kafka_conf_destroy(conf);
        return code;
    }
    stream->sink = (vc__sink){ .log = stream->log, .log_user = stream->log_user };
    return vc__sink_open(&stream->sink, conf, err);
}

static vc_code open_all(vc_stream *stream, vc_error *err)
{
    static const char *const brokers[] = { "bootstrap.servers", "metadata.broker.list", NULL };
    static const char *const group[] = { "group.id", NULL };
    if (!stream->route_count)
        return vc__error(err, VC_E_CONFIG, "the stream has no route");
    if (!vc__kafka_config_has(stream->kafka, brokers))
        return vc__error(err, VC_E_CONFIG, "no Kafka brokers: set bootstrap.servers");
    if (!vc__kafka_config_has(stream->kafka, group))
        return vc__error(err, VC_E_CONFIG, "the stream reads in a consumer group: set group.id");
    vc_code code = VC_OK;
    for (size_t i = 0; i < stream->route_count && !code; i++) {
        code = choose_rule(stream, &stream->routes[i], err);
        if (!code)
            code = choose_letters(stream, &stream->routes[i], err);
    }
    if (code)
        return code;
    stream->staged = vc__calloc(stream->batch_records + VC__SPARE, sizeof *stream->staged);
    if (!stream->staged)
        return vc__error_memory(err);
    stream->flight = (vc__flight){ .client = stream->client,
                                   .deadline_ms = stream->deadline_ms,
                                   .log = stream->log,
                                   .log_user = stream->log_user };
    code = vc__flight_open(&stream->flight, stream->schema, stream->direction, stream->batch_records,
                           stream->parallel, err);
    if (!code)
        code = open_sink(stream, err);
    if (!code)
        code = open_source(stream, err);
    for (size_t i = 0; i < stream->route_count && !code; i++)
        code = vc__sink_open_route(&stream->sink, stream->source.rk, &stream->routes[i], TOPIC_WAIT_MS, err);
    return code;
}

vc_code vc_stream_run(vc_stream *stream, vc_error *err)
{
    if (!stream)
        return vc__error(err, VC_E_ARGUMENT, "no stream");
    if (stream->ran)
        return vc__error(err, VC_E_STATE, "a stream runs once; make a new one");
    stream->ran = true;
    vc_error why = VC_ERROR_INIT; /* its code is needed even when the caller wants no detail */
    vc_code code = open_all(stream, &why);
    if (!code)
        code = loop(stream, &why);
    if (code)
        vc__error_copy(err, &why);
    drop_staged(stream);
    vc__free(stream->staged);
    stream->staged = NULL;
    vc__source_close(&stream->source);
    vc__sink_close(&stream->sink, stream->routes, stream->route_count);
    vc__flight_close(&stream->flight); /* after the producer, whose reports point into it */
    return code;
}
