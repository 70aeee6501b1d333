/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c - the end of what a lane has produced: a transaction with its offsets, or deliveries confirmed; and what follows when that fails. */
#include "kafka/stream.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { DELIVERY_MS = 100, AGAIN_AT_MOST = 20, FIRST_PAUSE_MS = 100, LAST_PAUSE_MS = 5000, ID_ROOM = 512 };

/* -- the producer ---------------------------------------------------------------------------------------- */

/* Without transactions: retries must not change the order. Who sets acks, retries or the like decides that for himself. */
static vc_code set_order(vc__lane *lane, rd_kafka_conf_t *conf, vc_error *err)
{
    static const char *const order[] = { "enable.idempotence",
                                         "acks",
                                         "request.required.acks",
                                         "max.in.flight",
                                         "max.in.flight.requests.per.connection",
                                         "retries",
                                         "message.send.max.retries",
                                         "queuing.strategy",
                                         NULL };
    return vc__kafka_config_has(lane->stream->kafka, order) ? VC_OK : vc__kafka_conf_set(conf, "enable.idempotence", "true", err);
}

/*
 * librdkafka's broker threads spin where linger.ms is over for a record and another request of its partition is in flight (idempotence lets
 * one be at a time), and in the last millisecond of linger.ms. So linger.ms is long, and ended by the lane when it has nothing more
 * (vc__sink_push()).
 */
static vc_code set_linger(vc__lane *lane, rd_kafka_conf_t *conf, vc_error *err)
{
    static const char *const linger[] = { "linger.ms", "queue.buffering.max.ms", NULL };
    lane->sink.lingers = !vc__kafka_config_has(lane->stream->kafka, linger);
    return lane->sink.lingers ? vc__kafka_conf_set(conf, "linger.ms", "100", err) : VC_OK;
}

static vc_code set_transactions(vc__lane *lane, rd_kafka_conf_t *conf, vc_error *err)
{
    char id[ID_ROOM];
    const int len = snprintf(id, sizeof id, "%s-%u", lane->stream->transactional_id, lane->number);
    if (len < 0 || (size_t)len >= sizeof id)
        return vc__error(err, VC_E_CONFIG, "the transactional.id is longer than %d bytes", ID_ROOM - 8);
    const vc_code code = vc__kafka_conf_set(conf, "transactional.id", id, err);
    return code ? code : vc__kafka_conf_set(conf, "delivery.report.only.error", "true", err);
}

vc_code vc__lane_open_sink(vc__lane *lane, vc_error *err)
{
    vc_stream *stream = lane->stream;
    rd_kafka_conf_t *conf = NULL;
    vc_code code = vc_kafka_config_conf(stream->kafka, VC_KAFKA_PRODUCER, &conf, err);
    lane->sink.transactional = stream->guarantee == VC_EXACTLY_ONCE;
    lane->sink.log = &stream->log;
    if (!code)
        code = set_linger(lane, conf, err);
    if (!code)
        code = lane->sink.transactional ? set_transactions(lane, conf, err) : set_order(lane, conf, err);
    if (code) {
        if (conf)
            rd_kafka_conf_destroy(conf);
        return code;
    }
    lane->message_most = vc__kafka_conf_number(conf, "message.max.bytes");
    lane->sink.transactions = (vc__transactions){ .named = stream->named,
                                                  .timeout_ms = vc__kafka_conf_number(conf, "transaction.timeout.ms"),
                                                  .log = &stream->log,
                                                  .give_up = &lane->gives_up };
    lane->sink.give_up = &lane->gives_up;
    code = vc__sink_open(&lane->sink, conf, err);
    if (code || !lane->sink.transactional)
        return code;
    const vc__outcome outcome = vc__transactions_init(&lane->sink.transactions, err);
    return outcome == VC__DONE ? VC_OK : VC_E_KAFKA; /* or VC_E_FENCED: `err` says it */
}

/* -- counting -------------------------------------------------------------------------------------------- */

void vc__lane_count_batch(vc__lane *lane)
{
    const uint64_t microseconds = lane->batch_us;
    vc_stream *stream = lane->stream;
    vc_batch_stats batch = { .size = sizeof batch }, opened = { .size = sizeof opened };
    vc_batch_get_stats(lane->batch, &batch);
    if (lane->open_batch)
        vc_batch_get_stats(lane->open_batch, &opened);
    size_t bucket = 0;
    while (bucket + 1 < VC_STREAM_BUCKETS && microseconds > (uint64_t)500 << bucket)
        bucket++;
    lane->asked = batch.requests || opened.requests;
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.fields += batch.fields + opened.fields;
    for (size_t i = 0; i < VC_METHODS; i++)
        stream->stats.fields_by_method[i] += batch.by_method[i] + opened.by_method[i];
    stream->stats.kept += batch.kept;
    stream->stats.requests += batch.requests + opened.requests;
    stream->stats.batches++;
    stream->stats.batch_records += lane->chunk_count;
    stream->stats.batch_seconds[bucket]++;
    stream->stats.batch_seconds_sum += (double)microseconds / 1e6;
    pthread_mutex_unlock(&stream->stats_lock);
}

static void count_done(vc_stream *stream, uint64_t records, uint64_t letters, uint64_t bytes)
{
    if (!records && !letters)
        return;
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.records_out += records;
    stream->stats.dead_letters += letters;
    stream->stats.bytes_out += bytes;
    pthread_mutex_unlock(&stream->stats_lock);
}

void vc__lane_report(vc__lane *lane)
{
    pthread_mutex_lock(&lane->stream->stats_lock);
    lane->stream->stats.passed += lane->passed;
    pthread_mutex_unlock(&lane->stream->stats_lock);
    lane->passed = 0;
    count_done(lane->stream, lane->sink.records_done, lane->sink.letters_done, lane->sink.bytes_done);
    lane->sink.records_done = lane->sink.letters_done = lane->sink.bytes_done = 0;
}

/* -- how far its partitions are -------------------------------------------------------------------------- */

vc_code vc__lane_touch(vc__lane *lane, vc__partition *partition, int64_t next, vc_error *err)
{
    partition->next = next;
    if (partition->touched || !lane->sink.transactional)
        return VC_OK;
    if (lane->touched_count == lane->touched_room) {
        const size_t room = lane->touched_room ? 2 * lane->touched_room : 16;
        vc__partition **more = vc__realloc(lane->touched, room, sizeof(vc__partition *));
        if (!more)
            return vc__error_memory(err);
        lane->touched = more;
        lane->touched_room = room;
    }
    partition->touched = true;
    lane->touched[lane->touched_count++] = partition;
    return VC_OK;
}

static void forget_touched(vc__lane *lane)
{
    for (size_t i = 0; i < lane->touched_count; i++)
        lane->touched[i]->touched = false;
    lane->touched_count = 0;
    lane->since = lane->since_records = lane->since_letters = lane->since_bytes = 0;
}

/* -- transactions ---------------------------------------------------------------------------------------- */

static void count_abort(vc_stream *stream)
{
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.aborts++;
    pthread_mutex_unlock(&stream->stats_lock);
}

vc__verdict vc__lane_renew(vc__lane *lane)
{
    vc_error why = VC_ERROR_INIT;
    vc__sink_close(&lane->sink);
    if (!vc__lane_open_sink(lane, &why))
        return VC__FINE;
    vc__sink_close(&lane->sink);
    if (atomic_load(&lane->gives_up))
        return VC__FINE; /* partitions are to be given up: what was begun with the old one is ended when there is a new one */
    vc__stream_fail(lane->stream, &why);
    return VC__OVER;
}

/*
 * After the first failure none, for mostly that is a rebalance and over; then twice as long each time, up to five seconds, less up to half of it by chance:
 * lanes and copies that failed together are not to come back together.
 */
static void pause_after(vc__lane *lane)
{
    uint64_t pause = FIRST_PAUSE_MS, noise = vc__now_us() ^ (uint64_t)(uintptr_t)lane;
    for (unsigned i = 2; i < lane->failures && pause < LAST_PAUSE_MS; i++)
        pause *= 2;
    pause = pause < LAST_PAUSE_MS ? pause : LAST_PAUSE_MS;
    noise *= UINT64_C(0x9e3779b97f4a7c15);
    lane->pause_until_ms = lane->failures < 2 ? 0 : vc__now_ms() + pause - (noise >> 32) % (pause / 2);
}

vc__verdict vc__lane_transaction_failed(vc__lane *lane, vc__outcome outcome, const vc_error *why)
{
    vc_stream *stream = lane->stream;
    vc_error last = VC_ERROR_INIT;
    vc__error_copy(&last, why);
    lane->lost += lane->since;
    forget_touched(lane);
    lane->asks = true;
    count_abort(stream);
    if (lane->sink.failure.code && lane->sink.permanent)
        outcome = VC__FATAL;
    if (outcome == VC__ABORT)
        outcome = vc__transactions_abort(&lane->sink.transactions, &last);
    if (outcome == VC__DONE || outcome == VC__RENEW)
        vc__log(&stream->log, VC_LOG_WARNING, "kafka: a transaction was not committed, its records are read again: %s", why->message);
    lane->sink.failure = (vc_error)VC_ERROR_INIT;
    if (outcome == VC__FATAL || ++lane->failures > AGAIN_AT_MOST) {
        (void)vc__transactions_say_fenced(&lane->sink.transactions, &last);
        vc__stream_fail(stream, &last);
        return VC__OVER;
    }
    pause_after(lane);
    return outcome != VC__DONE && vc__lane_renew(lane) == VC__OVER ? VC__OVER : VC__AGAIN;
}

vc__verdict vc__lane_give_up(vc__lane *lane)
{
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_CANCELED, "its partitions go to another copy before it could be finished");
    return vc__lane_transaction_failed(lane, VC__ABORT, &why);
}

static vc__verdict commit_transaction(vc__lane *lane)
{
    vc__transactions *transactions = &lane->sink.transactions;
    if (!transactions->open)
        return VC__FINE;
    vc_error why = VC_ERROR_INIT;
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new((int)lane->touched_count);
    if (!offsets) {
        vc__error_memory(&why);
        return vc__lane_transaction_failed(lane, VC__FATAL, &why);
    }
    for (size_t i = 0; i < lane->touched_count; i++)
        rd_kafka_topic_partition_list_add(offsets, lane->touched[i]->route->source, lane->touched[i]->id)->offset = lane->touched[i]->next;
    const vc__outcome outcome = vc__transactions_commit(transactions, lane->stream->source.rk, offsets, &why);
    rd_kafka_topic_partition_list_destroy(offsets);
    if (outcome != VC__DONE)
        return vc__lane_transaction_failed(lane, outcome, &why);
    for (size_t i = 0; i < lane->touched_count; i++)
        atomic_store(&lane->touched[i]->done, lane->touched[i]->next);
    lane->failures = 0;
    lane->pause_until_ms = 0;
    count_done(lane->stream, lane->since_records, lane->since_letters, lane->since_bytes);
    vc__stream_count_commit(lane->stream);
    forget_touched(lane);
    return VC__FINE;
}

/* -- deliveries ------------------------------------------------------------------------------------------ */

static vc__verdict await_deliveries(vc__lane *lane)
{
    vc__sink *sink = &lane->sink;
    for (;;) {
        vc__sink_settle(sink);
        vc__lane_report(lane);
        if (sink->failure.code) {
            vc__stream_fail(lane->stream, &sink->failure);
            return VC__OVER;
        }
        if (vc__sink_settled(sink))
            break;
        if (atomic_load(&lane->gives_up))
            return VC__FINE; /* they may come later */
        vc__sink_push(sink, DELIVERY_MS);
    }
    return VC__FINE;
}

vc__verdict vc__lane_commit(vc__lane *lane)
{
    return lane->sink.transactional ? commit_transaction(lane) : await_deliveries(lane);
}
