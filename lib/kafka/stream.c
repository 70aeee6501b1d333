/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - the reader of a stream: it reads, gives records to lanes, and ends it all. */
#include "kafka/stream.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    IDLE_MS = 100,
    STEP_MS = 10,
    TOPIC_WAIT_MS = 10000,
    STOP_MS = 1000,   /* what is with Vault when a stop comes may take so long: then it hangs */
    LAST_MS = 30000,  /* and what is with the brokers */
    BLACKLIST_ROOM = 16384
};

/* -- counting -------------------------------------------------------------------------------------------- */

/* Time with records under way, so that rates do not depend on how long a topic was empty. */
static void count_time(vc_stream *stream, bool busy)
{
    const uint64_t now = vc__now_ms();
    if (stream->busy_since_ms)
        stream->busy_ms += now - stream->busy_since_ms;
    stream->busy_since_ms = busy ? now : 0;
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.seconds = (double)stream->busy_ms / 1000;
    stream->stats.turns++;
    stream->stats.rebalances = stream->source.rebalances;
    if (stream->guarantee == VC_AT_LEAST_ONCE)
        stream->stats.commits = stream->source.commits;
    pthread_mutex_unlock(&stream->stats_lock);
}

static bool all_through(vc_stream *stream)
{
    for (size_t i = 0; i < stream->lane_count; i++)
        if (!vc__lane_is_through(&stream->lanes[i]))
            return false;
    return true;
}

static bool all_ended(vc_stream *stream)
{
    bool all = true;
    for (size_t i = 0; i < stream->lane_count && all; i++) {
        pthread_mutex_lock(&stream->lanes[i].lock);
        all = stream->lanes[i].ended;
        pthread_mutex_unlock(&stream->lanes[i].lock);
    }
    return all;
}

/* -- reading --------------------------------------------------------------------------------------------- */

static void drop_staged(vc_stream *stream)
{
    for (size_t i = 0; i < stream->staged_count; i++)
        rd_kafka_message_destroy(stream->staged[stream->staged_first + i]);
    stream->staged_first = stream->staged_count = 0;
}

/* Messages lie on the stage behind those that are there. */
static void stage(vc_stream *stream, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_message_t *message = stream->staged[stream->staged_first + stream->staged_count + i];
        bytes += message->len + message->key_len;
    }
    stream->staged_count += count;
    stream->accepted += count;
    if (!count)
        return;
    if (!stream->busy_since_ms)
        stream->busy_since_ms = vc__now_ms();
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.records_in += count;
    stream->stats.bytes_in += bytes;
    pthread_mutex_unlock(&stream->stats_lock);
}

static vc_code read_into_stage(vc_stream *stream, int wait_ms, size_t room, vc_error *err)
{
    size_t count = 0;
    const vc_code code = vc__source_read(&stream->source, wait_ms, stream->staged + stream->staged_first + stream->staged_count, room,
                                         &count, err);
    stage(stream, count);
    return code;
}

/* How many more may be read, bounded by the count that was asked for. */
static size_t room_left(const vc_stream *stream)
{
    const uint64_t left = stream->count ? stream->count - stream->accepted : UINT64_MAX;
    return left < stream->batch_records ? (size_t)left : stream->batch_records;
}

/* The reader has nothing to do but wait for lanes. */
static void wait_for_lanes(vc_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    if (!stream->awake)
        vc__condition_wait(&stream->progress, &stream->lock, vc__now_ms() + STEP_MS);
    stream->awake = false;
    pthread_mutex_unlock(&stream->lock);
}

/*
 * Nothing is read, but the group has to hear from us. Reading with a paused consumer does that. Pausing throws away what librdkafka has fetched ahead,
 * so it is done when the wait is getting long, not for each full lane.
 */
static vc_code keep_membership(vc_stream *stream, vc_error *err)
{
    const uint64_t now = vc__now_ms();
    if (!stream->full_since_ms)
        stream->full_since_ms = now;
    wait_for_lanes(stream);
    if (!stream->source.paused && now - stream->full_since_ms < stream->poll_limit_ms)
        return VC_OK;
    vc__source_pause(&stream->source, true);
    const size_t used = stream->staged_first + stream->staged_count;
    return used < stream->batch_records + VC__SPARE ? read_into_stage(stream, 0, stream->batch_records + VC__SPARE - used, err) : VC_OK;
}

/* Gives what is staged to the lanes. False: one of them has no room. */
static bool deal_out(vc_stream *stream)
{
    while (stream->staged_count) {
        rd_kafka_message_t *message = stream->staged[stream->staged_first];
        vc__partition *partition = vc__source_partition(&stream->source, message);
        if (!partition) {
            rd_kafka_message_destroy(message);
            stream->accepted--;
        } else if (!vc__lane_put(partition->lane, message, partition)) {
            return false;
        }
        stream->staged_first++;
        stream->staged_count--;
    }
    stream->staged_first = 0;
    return true;
}

/* Wakes for the first record; the others have the batch's own time to come in. */
static vc_code read_some(vc_stream *stream, vc_error *err)
{
    stream->full_since_ms = 0;
    vc__source_pause(&stream->source, false);
    vc_code code = VC_OK;
    if (all_through(stream)) {
        code = read_into_stage(stream, IDLE_MS, 1, err);
        if (code || !stream->staged_count || room_left(stream) == 0)
            return code;
    }
    const size_t room = room_left(stream);
    return room > stream->staged_count ? read_into_stage(stream, (int)stream->linger_ms, room - stream->staged_count, err) : VC_OK;
}

static bool is_read_up(vc_stream *stream)
{
    return (stream->count && stream->accepted >= stream->count) || (stream->exit_at_end && vc__source_at_end(&stream->source));
}

/* -- ends ------------------------------------------------------------------------------------------------ */

static void finish_lanes(vc_stream *stream, vc__lane_end end)
{
    for (size_t i = 0; i < stream->lane_count; i++)
        vc__lane_finish(&stream->lanes[i], end);
}

static void stop_all(vc_stream *stream)
{
    stream->stopping = true;
    stream->stopping_ms = vc__now_ms();
    pthread_mutex_lock(&stream->lock);
    stream->stopping_state = true;
    pthread_mutex_unlock(&stream->lock);
    drop_staged(stream);
    finish_lanes(stream, VC__LANE_STOPS);
}

/* True: it is over. */
static bool notice_ends(vc_stream *stream)
{
    const bool wanted = atomic_load(&stream->stop) || atomic_load(&stream->failed);
    if (!stream->stopping && wanted)
        stop_all(stream);
    if (!stream->stopping)
        return false;
    const uint64_t since = vc__now_ms() - stream->stopping_ms;
    if (!stream->broken && since >= STOP_MS && (atomic_load(&stream->stop) || atomic_load(&stream->failed))) {
        pthread_mutex_lock(&stream->lock);
        const bool waiting = stream->waiting;
        pthread_mutex_unlock(&stream->lock);
        if (waiting || since >= (atomic_load(&stream->stop) ? STOP_MS : LAST_MS)) {
            stream->broken = true;
            for (size_t i = 0; i < stream->lane_count; i++)
                vc__lane_abandon(&stream->lanes[i]);
        }
    }
    return all_ended(stream);
}

/* -- the loop -------------------------------------------------------------------------------------------- */

static vc_code commit_when_due(vc_stream *stream, vc_error *err)
{
    const uint64_t now = vc__now_ms();
    if (stream->guarantee != VC_AT_LEAST_ONCE || now - stream->uncommitted_ms < stream->commit_ms)
        return VC_OK;
    stream->uncommitted_ms = now;
    return vc__source_commit(&stream->source, false, err);
}

/* One round. `*over`: everything that was asked for is done. */
static vc_code turn(vc_stream *stream, bool *over, vc_error *err)
{
    vc_code code = VC_OK;
    vc__stream_rewind(stream);
    const bool dealt = stream->stopping || deal_out(stream);
    const bool read_up = !stream->stopping && is_read_up(stream);
    finish_lanes(stream, read_up && dealt ? VC__LANE_DRAINS : VC__LANE_GOES_ON);
    *over = read_up && dealt && all_through(stream) && is_read_up(stream);
    if (stream->stopping || read_up || !dealt)
        code = keep_membership(stream, err);
    else
        code = read_some(stream, err);
    if (stream->stopping)
        drop_staged(stream);
    if (!code)
        code = vc__stream_rebalance(stream, err);
    if (!code)
        code = commit_when_due(stream, err);
    count_time(stream, stream->staged_count || !all_through(stream));
    return code;
}

static vc_code loop(vc_stream *stream, vc_error *err)
{
    stream->uncommitted_ms = vc__now_ms();
    while (!notice_ends(stream)) {
        vc_error trouble = VC_ERROR_INIT;
        bool over = false;
        if (turn(stream, &over, &trouble))
            vc__stream_fail(stream, &trouble);
        else if (over && !stream->stopping)
            stop_all(stream);
    }
    vc_error trouble = VC_ERROR_INIT;
    if (stream->guarantee == VC_AT_LEAST_ONCE && vc__source_commit(&stream->source, true, &trouble))
        vc__stream_fail(stream, &trouble);
    count_time(stream, false);
    return vc__stream_failure(stream, err);
}

/* -- beginning ------------------------------------------------------------------------------------------- */

/* What the routes write is not read, whatever the patterns say. */
static vc_code set_blacklist(const vc_stream *stream, rd_kafka_conf_t *conf, vc_error *err)
{
    char text[BLACKLIST_ROOM], own[BLACKLIST_ROOM / 2];
    size_t size = sizeof own;
    const vc_code code = vc__routes_written(&stream->routes, text, sizeof text / 2, err);
    if (code || !text[0])
        return code;
    const rd_kafka_conf_res_t had = rd_kafka_conf_get(conf, "topic.blacklist", own, &size);
    const size_t len = strlen(text);
    if (size > sizeof own || (had == RD_KAFKA_CONF_OK && own[0] && (size_t)snprintf(text + len, sizeof text - len, ",%s", own) >= sizeof text - len))
        return vc__error(err, VC_E_LIMIT, "topic.blacklist is too long");
    return vc__kafka_conf_set(conf, "topic.blacklist", text, err);
}

/* Otherwise what was aborted is read, and offsets that are not settled yet are taken up. */
static vc_code check_isolation(const rd_kafka_conf_t *conf, vc_error *err)
{
    char value[32] = "";
    size_t size = sizeof value;
    if (rd_kafka_conf_get(conf, "isolation.level", value, &size) || strcmp(value, "read_uncommitted") != 0)
        return VC_OK;
    return vc__error(err, VC_E_CONFIG, "exactly once needs isolation.level=read_committed, which is the default");
}

static vc_code set_consumer(vc_stream *stream, rd_kafka_conf_t *conf, vc_error *err)
{
    static const char *const reset[] = { "auto.offset.reset", NULL };
    static const char *const member[] = { "group.instance.id", NULL };
    vc_code code = vc__kafka_conf_set(conf, "enable.auto.commit", "false", err);
    if (!code)
        code = vc__kafka_conf_set(conf, "enable.auto.offset.store", "false", err);
    if (!code)
        code = vc__kafka_conf_set(conf, "enable.partition.eof", stream->exit_at_end ? "true" : "false", err);
    if (!code && !vc__kafka_config_has(stream->kafka, reset))
        code = vc__kafka_conf_set(conf, "auto.offset.reset", "earliest", err);
    if (!code && stream->guarantee == VC_EXACTLY_ONCE)
        code = check_isolation(conf, err);
    if (!code && stream->instance && !vc__kafka_config_has(stream->kafka, member))
        code = vc__kafka_conf_set(conf, "group.instance.id", stream->instance, err);
    return code ? code : set_blacklist(stream, conf, err);
}

static int64_t get_start(const rd_kafka_conf_t *conf)
{
    char value[32] = "";
    size_t size = sizeof value;
    rd_kafka_conf_get(conf, "auto.offset.reset", value, &size);
    if (strcmp(value, "smallest") == 0 || strcmp(value, "earliest") == 0 || strcmp(value, "beginning") == 0)
        return RD_KAFKA_OFFSET_BEGINNING;
    if (strcmp(value, "error") == 0)
        return RD_KAFKA_OFFSET_INVALID;
    return RD_KAFKA_OFFSET_END;
}

static vc_code open_source(vc_stream *stream, vc_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    vc_code code = vc_kafka_config_conf(stream->kafka, VC_KAFKA_CONSUMER, &conf, err);
    if (!code)
        code = set_consumer(stream, conf, err);
    if (code) {
        if (conf)
            rd_kafka_conf_destroy(conf);
        return code;
    }
    const uint64_t session = vc__kafka_conf_number(conf, "session.timeout.ms"), poll = vc__kafka_conf_number(conf, "max.poll.interval.ms");
    stream->revoke_wait_ms = session / 2 < 5000 ? session / 2 : 5000;
    stream->poll_limit_ms = poll / 4 < 5000 ? poll / 4 : 5000;
    stream->source.routes = &stream->routes;
    stream->source.reset = stream->reset;
    stream->source.stop = &stream->stop;
    stream->source.start = get_start(conf);
    stream->source.log = &stream->log;
    return vc__source_open(&stream->source, conf, err);
}

static void on_asker_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text; /* the others say the same */
}

/* It may make brokers create the targets, as a producer would. */
static vc_code open_asker(vc_stream *stream, vc_error *err)
{
    char reason[256];
    rd_kafka_conf_t *conf = NULL;
    vc_code code = vc_kafka_config_conf(stream->kafka, VC_KAFKA_CONSUMER, &conf, err);
    if (!code)
        code = vc__kafka_conf_set(conf, "allow.auto.create.topics", "true", err);
    if (code) {
        if (conf)
            rd_kafka_conf_destroy(conf);
        return code;
    }
    rd_kafka_conf_set_log_cb(conf, on_asker_log);
    stream->asker = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (stream->asker)
        return VC_OK;
    rd_kafka_conf_destroy(conf);
    return vc__error(err, VC_E_CONFIG, "the Kafka consumer cannot be made: %s", reason);
}

/* GROUP-INSTANCE, the user's own, or one that nobody else has. */
static vc_code name_transactions(vc_stream *stream, vc_error *err)
{
    char text[512], group[256] = "";
    unsigned char random[12];
    size_t size = sizeof text;
    rd_kafka_conf_t *conf = NULL;
    vc_code code = vc_kafka_config_conf(stream->kafka, VC_KAFKA_PRODUCER, &conf, err);
    if (code)
        return code;
    stream->named = rd_kafka_conf_get(conf, "transactional.id", text, &size) == RD_KAFKA_CONF_OK && text[0];
    rd_kafka_conf_destroy(conf);
    if (!stream->named) {
        code = vc_kafka_config_conf(stream->kafka, VC_KAFKA_CONSUMER, &conf, err);
        if (code)
            return code;
        size = sizeof group;
        (void)rd_kafka_conf_get(conf, "group.id", group, &size);
        rd_kafka_conf_destroy(conf);
        if (stream->instance) {
            snprintf(text, sizeof text, "%s-%s", group, stream->instance);
            stream->named = true;
        } else if (getrandom(random, sizeof random, 0) == (ssize_t)sizeof random) {
            int len = snprintf(text, sizeof text, "%s-", group);
            for (size_t i = 0; i < sizeof random && len > 0 && (size_t)len < sizeof text; i++)
                len += snprintf(text + len, sizeof text - (size_t)len, "%02x", random[i]);
        } else {
            return vc__error(err, VC_E_INTERNAL, "no random numbers");
        }
    }
    stream->transactional_id = vc__memdup(text, strlen(text));
    return stream->transactional_id ? VC_OK : vc__error_memory(err);
}

static vc_code open_lanes(vc_stream *stream, vc_error *err)
{
    if (!stream->lane_count) {
        const long cores = sysconf(_SC_NPROCESSORS_ONLN);
        stream->lane_count = cores < 1 ? 1 : cores > VC__MAX_LANES ? VC__MAX_LANES : (size_t)cores;
    }
    stream->lanes = vc__calloc(stream->lane_count, sizeof *stream->lanes);
    if (!stream->lanes)
        return vc__error_memory(err);
    vc_code code = VC_OK;
    for (size_t i = 0; i < stream->lane_count && !code; i++)
        code = vc__lane_init(&stream->lanes[i], stream, (unsigned)i, err);
    for (size_t i = 0; i < stream->lane_count && !code; i++)
        code = vc__lane_start(&stream->lanes[i], err);
    return code;
}

/* An earlier copy of this name is ended by that: only then its offsets are what they will be. */
static vc_code await_lanes(vc_stream *stream, vc_error *err)
{
    for (size_t i = 0; i < stream->lane_count;) {
        pthread_mutex_lock(&stream->lanes[i].lock);
        const bool ready = stream->lanes[i].ready;
        pthread_mutex_unlock(&stream->lanes[i].lock);
        if (atomic_load(&stream->failed))
            return vc__stream_failure(stream, err);
        if (atomic_load(&stream->stop))
            return vc__error(err, VC_E_CANCELED, "the stream was stopped");
        if (ready)
            i++;
        else
            wait_for_lanes(stream);
    }
    return VC_OK;
}

static vc_code check(const vc_stream *stream, vc_error *err)
{
    static const char *const group[] = { "group.id", NULL };
    vc_code code = vc__routes_check(&stream->routes, err);
    if (!code)
        code = vc__kafka_config_check(stream->kafka, err);
    if (code)
        return code;
    if (!vc__kafka_config_has(stream->kafka, group))
        return vc__error(err, VC_E_CONFIG, "the stream reads in a consumer group: set group.id");
    if (stream->migrate && stream->old)
        return vc__error(err, VC_E_CONFIG, "protecting anew and migrating at once is not possible");
    return VC_OK;
}

/* The topics that were asked for by name. */
static vc_code look_at_topics(vc_stream *stream, vc_error *err)
{
    vc_code code = VC_OK;
    for (size_t i = 0; i < stream->routes.way_count && !code; i++) {
        if (stream->routes.ways[i].pattern)
            continue;
        vc__route *route = vc__routes_get(&stream->routes, stream->routes.ways[i].source, err);
        code = route ? vc__stream_look_at(stream, route, TOPIC_WAIT_MS, err) : VC_E_CONFIG;
    }
    return code;
}

static vc_code open_all(vc_stream *stream, vc_error *err)
{
    vc_code code = check(stream, err);
    if (!code)
        code = vc__stream_check_schema(stream, stream->schema, err);
    if (!code && stream->old)
        code = vc__stream_check_schema(stream, stream->old, err);
    stream->staged = code ? NULL : vc__calloc(stream->batch_records + VC__SPARE, sizeof(rd_kafka_message_t *));
    if (!code && !stream->staged)
        return vc__error_memory(err);
    if (!code && stream->guarantee == VC_EXACTLY_ONCE)
        code = name_transactions(stream, err);
    if (!code)
        code = open_source(stream, err);
    if (!code)
        code = open_asker(stream, err);
    if (!code)
        code = look_at_topics(stream, err);
    if (!code)
        code = open_lanes(stream, err);
    if (!code)
        code = await_lanes(stream, err);
    return code ? code : vc__source_subscribe(&stream->source, err);
}

static void close_all(vc_stream *stream)
{
    drop_staged(stream);
    for (size_t i = 0; stream->lanes && i < stream->lane_count; i++)
        vc__lane_close(&stream->lanes[i]);
    vc__source_close(&stream->source);
    if (stream->asker)
        rd_kafka_destroy(stream->asker);
    vc__free(stream->staged);
    vc__free(stream->lanes);
    vc__free(stream->transactional_id);
    stream->staged = NULL;
    stream->lanes = NULL;
    stream->asker = NULL;
    stream->transactional_id = NULL;
    pthread_mutex_lock(&stream->lock);
    stream->ended = true;
    pthread_mutex_unlock(&stream->lock);
}

vc_code vc_stream_run(vc_stream *stream, vc_error *err)
{
    if (!stream)
        return vc__error(err, VC_E_ARGUMENT, "no stream");
    if (stream->ran)
        return vc__error(err, VC_E_STATE, "a stream runs once; make a new one");
    pthread_mutex_lock(&stream->lock);
    stream->ran = stream->running = true;
    pthread_mutex_unlock(&stream->lock);
    vc_error why = VC_ERROR_INIT; /* its code is needed even when the caller wants no detail */
    vc_code code = open_all(stream, &why);
    if (!code)
        code = loop(stream, &why);
    close_all(stream);
    if (code == VC_E_CANCELED && atomic_load(&stream->stop))
        return VC_OK;
    return code ? vc__error_copy(err, &why) : VC_OK;
}
