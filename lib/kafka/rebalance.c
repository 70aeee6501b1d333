/* SPDX-License-Identifier: Apache-2.0 */
/* rebalance.c - partitions come and go: which lane has which, and what is read again. The reader's. */
#include "kafka/stream.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/topic.h"

#include <inttypes.h>

enum { STEP_MS = 10, REWIND_MS = 10000, TOPIC_AGAIN_MS = 10000, ASK_MS = 1000 };

/* -- topics ---------------------------------------------------------------------------------------------- */

static bool is_missing(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

/* Asks again for `wait_ms`: a broker may be on its way up, a topic in the making. */
static vc_code await_topic(vc_stream *stream, rd_kafka_t *rk, const char *name, uint64_t wait_ms, int *count, vc_error *err)
{
    const uint64_t until = vc__now_ms() + wait_ms;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    if (!topic)
        return vc__error(err, VC_E_KAFKA, "topic %s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
    vc_code code = VC_OK;
    for (;;) {
        rd_kafka_resp_err_t result = RD_KAFKA_RESP_ERR_NO_ERROR;
        *count = vc__topic_partitions(rk, topic, ASK_MS, &result);
        if (*count)
            break;
        if (vc__now_ms() >= until)
            code = vc__error(err, is_missing(result) ? VC_E_CONFIG : VC_E_KAFKA, "topic %s: %s", name,
                             result ? rd_kafka_err2str(result) : "it has no partitions");
        else if (atomic_load(&stream->stop))
            code = vc__error(err, VC_E_CANCELED, "the stream was stopped");
        if (code)
            break;
        rd_kafka_poll(stream->asker, 100);
    }
    rd_kafka_topic_destroy(topic);
    return code;
}

vc_code vc__stream_look_at(vc_stream *stream, vc__route *route, uint64_t wait_ms, vc_error *err)
{
    int from = 0, to = 0;
    /* The consumer asks for the source: it does not make brokers create a topic whose name was mistyped. */
    vc_code code = await_topic(stream, stream->source.rk, route->source, wait_ms, &from, err);
    if (!code)
        code = await_topic(stream, stream->asker, route->target, wait_ms, &to, err);
    if (!code)
        atomic_store(&route->same_partition, from == to);
    route->known |= !code;
    return code;
}

/* -- what is staged -------------------------------------------------------------------------------------- */

void vc__stream_sift(vc_stream *stream, const vc__lane *lane)
{
    size_t kept = 0;
    rd_kafka_message_t **staged = stream->staged + stream->staged_first;
    for (size_t i = 0; i < stream->staged_count; i++) {
        const vc__partition *partition = vc__source_partition(&stream->source, staged[i]);
        if (!partition || (lane && partition->lane == lane)) {
            rd_kafka_message_destroy(staged[i]);
            stream->accepted--;
        } else {
            staged[kept++] = staged[i];
        }
    }
    stream->staged_count = kept;
}

/* -- partitions that come -------------------------------------------------------------------------------- */

static vc_code choose_lane(void *user, vc__partition *partition, vc_error *err)
{
    vc_stream *stream = user;
    vc__lane *fewest = &stream->lanes[0];
    vc_error why = VC_ERROR_INIT;
    for (size_t i = 1; i < stream->lane_count; i++)
        if (stream->lanes[i].partitions < fewest->partitions)
            fewest = &stream->lanes[i];
    pthread_mutex_lock(&stream->lock);
    const vc_rule *rule = vc__stream_rule(stream, stream->schema, partition->route->source, &why);
    if (rule && stream->old && !stream->rule)
        rule = vc_schema_match(stream->old, vc_str(partition->route->source), &why);
    pthread_mutex_unlock(&stream->lock);
    if (!rule)
        return vc__error_copy(err, &why);
    if (partition->home)
        fewest = partition->home;
    fewest->partitions++;
    partition->lane = partition->home = fewest;
    return VC_OK;
}

/* Their counts may have changed; and topics that a pattern met are seen here first. What was known stays so while brokers do not answer. */
static vc_code look_at_all(vc_stream *stream, vc_error *err)
{
    for (size_t i = 0; i < stream->routes.met_count; i++) {
        vc__route *route = stream->routes.met[i];
        vc_error why = VC_ERROR_INIT;
        if (!vc__source_reads(&stream->source, route))
            continue;
        if (!vc__stream_look_at(stream, route, route->known ? ASK_MS : TOPIC_AGAIN_MS, &why))
            continue;
        if (!route->known || why.code == VC_E_CANCELED)
            return vc__error_copy(err, &why);
        vc__log(&stream->log, VC_LOG_WARNING, "kafka: %s", why.message);
    }
    return VC_OK;
}

static vc_code take_partitions(vc_stream *stream, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    if (vc__source_take(&stream->source, choose_lane, stream, &why) || look_at_all(stream, &why))
        return vc__error_copy(err, &why);
    pthread_mutex_lock(&stream->lock);
    stream->assigned = true;
    pthread_mutex_unlock(&stream->lock);
    return VC_OK;
}

/* -- partitions that go ---------------------------------------------------------------------------------- */

static bool all_rest(vc_stream *stream, const bool *affected)
{
    for (size_t i = 0; i < stream->lane_count; i++)
        if (affected[i] && !vc__lane_rests(&stream->lanes[i]))
            return false;
    return true;
}

static void await_lanes(vc_stream *stream, const bool *affected, uint64_t wait_ms)
{
    const uint64_t until = vc__now_ms() + wait_ms;
    while (!all_rest(stream, affected) && vc__now_ms() < until) {
        pthread_mutex_lock(&stream->lock);
        vc__condition_wait(&stream->progress, &stream->lock, vc__now_ms() + STEP_MS);
        pthread_mutex_unlock(&stream->lock);
    }
}

/* Lanes finish what they are at and commit it; what takes too long is given up, and comes again elsewhere. */
static void settle_lanes(vc_stream *stream, const bool *affected)
{
    const bool lost = rd_kafka_assignment_lost(stream->source.rk);
    for (size_t i = 0; i < stream->lane_count; i++)
        if (affected[i])
            vc__lane_settle(&stream->lanes[i]);
    if (!lost)
        await_lanes(stream, affected, stream->revoke_wait_ms);
    for (size_t i = 0; i < stream->lane_count; i++)
        if (affected[i] && !vc__lane_rests(&stream->lanes[i]))
            vc__lane_abandon(&stream->lanes[i]);
    await_lanes(stream, affected, UINT64_MAX / 2);
}

/* A copy whose place another has taken must not join again, which would end that one: closing gives up what it has. */
static bool is_replaced(vc_stream *stream)
{
    return stream->named && atomic_load(&stream->failed);
}

static vc_code give_up_partitions(vc_stream *stream, vc_error *err)
{
    if (is_replaced(stream))
        return VC_OK;
    bool affected[VC__MAX_LANES] = { false };
    vc__partition *partition;
    for (size_t i = 0; (partition = vc__source_revoked(&stream->source, i)); i++) {
        vc__lane_forget(partition->lane, partition);
        affected[partition->lane->number] = true;
    }
    settle_lanes(stream, affected);
    if (stream->guarantee == VC_AT_LEAST_ONCE && !rd_kafka_assignment_lost(stream->source.rk) &&
        vc__source_commit(&stream->source, true, err))
        vc__log(&stream->log, VC_LOG_WARNING, "kafka: offsets not committed before partitions were given up: their records will come again");
    for (size_t i = 0; (partition = vc__source_revoked(&stream->source, i)); i++)
        partition->lane->partitions--;
    if (is_replaced(stream))
        return VC_OK;
    const vc_code code = vc__source_give_up(&stream->source, err);
    vc__stream_sift(stream, NULL);
    for (size_t i = 0; i < stream->lane_count; i++)
        if (affected[i])
            vc__lane_resume(&stream->lanes[i]);
    return code;
}

vc_code vc__stream_rebalance(vc_stream *stream, vc_error *err)
{
    switch (stream->source.rebalance) {
    case VC__REBALANCE_ASSIGN: return take_partitions(stream, err);
    case VC__REBALANCE_REVOKE: return give_up_partitions(stream, err);
    case VC__REBALANCE_NONE:
    default: return VC_OK;
    }
}

/* -- what is read again ---------------------------------------------------------------------------------- */

/* The group has to hear from us meanwhile, so all lanes share the time; who had none of it is first the next time. */
void vc__stream_rewind(vc_stream *stream)
{
    const uint64_t until = vc__now_ms() + REWIND_MS;
    const size_t first = stream->rewind_first;
    for (size_t n = 0; n < stream->lane_count; n++) {
        const size_t i = (first + n) % stream->lane_count;
        vc__lane *lane = &stream->lanes[i];
        bool asks;
        uint64_t returned;
        const bool wanted = vc__lane_fell_back(lane, &asks, &returned);
        stream->accepted -= returned < stream->accepted ? returned : stream->accepted;
        if (!wanted)
            continue;
        vc_error why = VC_ERROR_INIT;
        vc__stream_sift(stream, lane);
        if (vc__now_ms() >= until)
            continue;
        stream->rewind_first = (i + 1) % stream->lane_count;
        if (!vc__source_rewind(&stream->source, lane, asks, until, &why)) {
            vc__lane_rewound(lane);
            stream->told_rewind = false;
        } else if (!stream->told_rewind) {
            vc__log(&stream->log, VC_LOG_WARNING, "kafka: %s; will try again", why.message);
            stream->told_rewind = true;
        }
    }
}
