/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pthread_setname_np() */
#include "kafka/lane.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/header.h"
#include "kafka/stream.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

enum { QUEUE_BYTES = 64 << 20, CHUNK_BYTES = 32 << 20, DELIVERY_LOOK_MS = 5, PUSH_MS = 2, PUSHES = 20 };

/* -- the thread ------------------------------------------------------------------------------------------ */

static void drop_queue(vc__lane *lane)
{
    while (lane->count) {
        rd_kafka_message_destroy(lane->queue[lane->first].message);
        lane->first = (lane->first + 1) % lane->room;
        lane->count--;
    }
    lane->queued_bytes = 0;
}

static void drop_chunk(vc__lane *lane)
{
    for (size_t i = 0; i < lane->chunk_count; i++)
        rd_kafka_message_destroy(lane->chunk[i].message);
    lane->chunk_count = 0;
}

/* Behind the lock: up to a batch's size out of the queue. */
static void take_chunk(vc__lane *lane)
{
    size_t bytes = 0;
    while (lane->count && lane->chunk_count < lane->stream->batch_records && bytes < CHUNK_BYTES) {
        const vc__entry *entry = &lane->queue[lane->first];
        bytes += entry->bytes;
        lane->chunk[lane->chunk_count++] = *entry;
        lane->first = (lane->first + 1) % lane->room;
        lane->count--;
    }
    lane->queued_bytes -= bytes < lane->queued_bytes ? bytes : lane->queued_bytes;
}

/* Something is produced and not committed, or not delivered. */
static bool is_dirty(const vc__lane *lane)
{
    return lane->sink.transactional ? lane->sink.transactions.open : !vc__sink_settled(&lane->sink);
}

/* When the transaction is due, at the latest; 0: there is none. */
static uint64_t due(const vc__lane *lane)
{
    if (!lane->sink.transactional || !lane->sink.transactions.open)
        return 0;
    return lane->since >= lane->stream->commit_records ? 1 : lane->sink.transactions.begun_ms + lane->stream->commit_ms;
}

/* What there is to do next; behind the lock. */
typedef enum lane_task { REST, TAKE, PUSH, COMMIT, GIVE_UP, OPEN, END } lane_task;

static lane_task next_task(vc__lane *lane)
{
    const uint64_t at = due(lane);
    const bool dirty = is_dirty(lane) && !lane->abandon;
    if (lane->end == VC__LANE_STOPS)
        drop_queue(lane);
    if (lane->end == VC__LANE_STOPS)
        return dirty ? COMMIT : END;
    if (lane->abandon && lane->sink.transactional && lane->sink.transactions.open)
        return GIVE_UP; /* its partitions may be another's before it could be committed */
    if (lane->settle)
        return dirty ? COMMIT : REST;
    if (!lane->sink.rk)
        return OPEN;
    if (lane->end == VC__LANE_DRAINS && !lane->count)
        return dirty ? COMMIT : REST;
    if (at && at <= vc__now_ms())
        return COMMIT;
    const bool take = lane->count && !lane->rewind && (!lane->pause_until_ms || vc__now_ms() >= lane->pause_until_ms);
    if ((!take || lane->asked) && lane->pushes < PUSHES && vc__sink_holds(&lane->sink))
        return PUSH;
    return take ? TAKE : REST;
}

/* What was produced is not to wait while there is nothing more, or while Vault is asked for what comes next. */
static void push(vc__lane *lane)
{
    lane->asked = false;
    lane->pushes++;
    vc__sink_push(&lane->sink, PUSH_MS);
}

/* Behind the lock. Deliveries are looked for now and then while there is nothing else. */
static void rest(vc__lane *lane)
{
    const uint64_t at = due(lane);
    lane->busy = false;
    lane->clean = !is_dirty(lane);
    pthread_cond_signal(&lane->stream->progress);
    if (!lane->sink.transactional && !lane->clean)
        vc__condition_wait(&lane->work, &lane->lock, vc__now_ms() + DELIVERY_LOOK_MS);
    else if (at)
        vc__condition_wait(&lane->work, &lane->lock, at);
    else if (lane->count && lane->pause_until_ms && !lane->settle)
        vc__condition_wait(&lane->work, &lane->lock, lane->pause_until_ms);
    else
        pthread_cond_wait(&lane->work, &lane->lock);
}

/* The lane comes to rest, until its partitions are read again. */
static void fall_back(vc__lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    lane->returned += lane->count + lane->chunk_count + lane->lost;
    lane->lost = 0;
    drop_queue(lane);
    lane->rewind = true;
    lane->rewind_asks |= lane->asks;
    lane->asks = false;
    pthread_mutex_unlock(&lane->lock);
    vc__stream_wake(lane->stream);
}

static void warn(void *user, const char *line)
{
    const vc_stream *stream = user;
    vc__log(&stream->log, VC_LOG_WARNING, "%s", line);
}

static vc_code open_letters(vc__lane *lane, vc_error *err)
{
    vc__letters_options options = lane->stream->letters_options;
    options.max_bytes = lane->message_most;
    options.warn = warn;
    options.warn_user = lane->stream;
    return vc__letters_open(&lane->letters, lane->schema, &options, err);
}

vc_code vc__lane_take_schemas(vc__lane *lane, vc_error *err)
{
    vc_schema *schema, *old;
    vc_stream *stream = lane->stream;
    const uint64_t generation = vc__stream_schemas(stream, lane->schema_generation, &schema, &old);
    if (generation == lane->schema_generation)
        return VC_OK;
    vc_batch_free(lane->batch);
    vc_batch_free(lane->open_batch);
    vc_schema_unref(lane->schema);
    vc_schema_unref(lane->old);
    vc__letters_close(lane->letters);
    lane->letters = NULL;
    lane->schema = schema;
    lane->old = old;
    lane->schema_generation = generation;
    lane->open_batch = old ? vc_batch_new(old, VC_OPEN, err) : NULL;
    lane->batch = !old || lane->open_batch ? vc_batch_new(schema, stream->direction, err) : NULL;
    if (!lane->batch)
        return VC_E_MEMORY;
    const vc_code code = stream->migrate ? vc_batch_set_migrate(lane->batch, 1, err) : VC_OK;
    return code ? code : open_letters(lane, err);
}

/* One task. False: the lane ends. */
static bool do_one(vc__lane *lane)
{
    vc__verdict verdict = VC__FINE;
    pthread_mutex_lock(&lane->lock);
    const lane_task task = next_task(lane);
    lane->busy = task != REST && task != END;
    if (task == TAKE) {
        take_chunk(lane);
        lane->pushes = 0;
        pthread_cond_signal(&lane->stream->progress);
    } else if (task == REST) {
        rest(lane);
    }
    pthread_mutex_unlock(&lane->lock);
    if (task == TAKE)
        verdict = vc__chunk_run(lane);
    else if (task == COMMIT)
        verdict = vc__lane_commit(lane);
    else if (task == PUSH)
        push(lane);
    else if (task == GIVE_UP)
        verdict = vc__lane_give_up(lane);
    else if (task == OPEN)
        verdict = vc__lane_renew(lane);
    if (lane->sink.rk)
        vc__sink_poll(&lane->sink, 0);
    vc__sink_settle(&lane->sink);
    vc__lane_report(lane);
    if (!lane->sink.transactional && lane->sink.failure.code && verdict != VC__OVER) {
        vc__stream_fail(lane->stream, &lane->sink.failure);
        verdict = VC__OVER;
    }
    if (verdict == VC__AGAIN)
        fall_back(lane);
    drop_chunk(lane);
    return verdict != VC__OVER && task != END;
}

static void *run(void *arg)
{
    vc__lane *lane = arg;
    vc_error why = VC_ERROR_INIT;
    char name[16]; /* for top and perf, as librdkafka's threads have theirs */
    snprintf(name, sizeof name, "vc:lane%u", lane->number);
    pthread_setname_np(pthread_self(), name);
    bool goes_on = !vc__lane_open_sink(lane, &why);
    if (!goes_on && !atomic_load(&lane->gives_up))
        vc__stream_fail(lane->stream, &why);
    pthread_mutex_lock(&lane->lock);
    lane->ready = true;
    pthread_mutex_unlock(&lane->lock);
    vc__stream_wake(lane->stream);
    while (goes_on)
        goes_on = do_one(lane);
    if (lane->sink.transactional && lane->sink.rk)
        (void)vc__transactions_abort(&lane->sink.transactions, NULL);
    pthread_mutex_lock(&lane->lock);
    drop_queue(lane);
    lane->ended = true;
    lane->busy = false;
    pthread_mutex_unlock(&lane->lock);
    vc__stream_wake(lane->stream);
    return NULL;
}

/* -- life ------------------------------------------------------------------------------------------------ */

static vc_code make_locks(vc__lane *lane, vc_error *err)
{
    lane->made = pthread_mutex_init(&lane->lock, NULL) == 0;
    if (lane->made && !vc__condition_init(&lane->work)) {
        pthread_mutex_destroy(&lane->lock);
        lane->made = false;
    }
    return lane->made ? VC_OK : vc__error_memory(err);
}

vc_code vc__lane_init(vc__lane *lane, vc_stream *stream, unsigned number, vc_error *err)
{
    *lane = (vc__lane){ .stream = stream, .number = number, .room = 2 * stream->batch_records };
    atomic_init(&lane->gives_up, false);
    vc_code code = make_locks(lane, err);
    if (code)
        return code;
    lane->queue = vc__calloc(lane->room, sizeof *lane->queue);
    lane->chunk = vc__calloc(stream->batch_records, sizeof *lane->chunk);
    if (!lane->queue || !lane->chunk)
        return vc__error_memory(err);
    lane->scope = vc_client_scope(stream->client, err);
    return lane->scope ? VC_OK : VC_E_MEMORY;
}

/* With all signals blocked: they are the application's, and go to its threads. */
vc_code vc__lane_start(vc__lane *lane, vc_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    lane->started = pthread_create(&lane->thread, NULL, run, lane) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return lane->started ? VC_OK : vc__error_memory(err);
}

void vc__lane_close(vc__lane *lane)
{
    if (!lane->made)
        return;
    if (lane->started) {
        vc__lane_finish(lane, VC__LANE_STOPS);
        vc__lane_abandon(lane);
        pthread_join(lane->thread, NULL);
    }
    vc__letters_close(lane->letters);
    vc_batch_free(lane->batch); /* before what it borrows from */
    vc_batch_free(lane->open_batch);
    drop_chunk(lane);
    drop_queue(lane);
    vc_schema_unref(lane->schema);
    vc_schema_unref(lane->old);
    vc__sink_close(&lane->sink);
    vc_client_close(lane->scope);
    vc__free(lane->queue);
    vc__free(lane->chunk);
    vc__free(lane->headers);
    vc__free(lane->touched);
    pthread_cond_destroy(&lane->work);
    pthread_mutex_destroy(&lane->lock);
    lane->made = false;
}

/* -- the reader's side ----------------------------------------------------------------------------------- */

bool vc__lane_put(vc__lane *lane, rd_kafka_message_t *message, vc__partition *partition)
{
    bool taken = true;
    const size_t bytes = vc__message_bytes(message);
    pthread_mutex_lock(&lane->lock);
    if (lane->rewind || lane->settle || lane->ended || lane->end == VC__LANE_STOPS) {
        rd_kafka_message_destroy(message); /* it is read again, by this copy or another */
        lane->returned++;
    } else if (lane->count < lane->room && (lane->queued_bytes < QUEUE_BYTES || !lane->count)) {
        lane->queue[(lane->first + lane->count++) % lane->room] = (vc__entry){ .message = message, .partition = partition, .bytes = bytes };
        lane->queued_bytes += bytes;
        lane->clean = false;
        if (lane->count == 1)
            pthread_cond_signal(&lane->work);
    } else {
        taken = false;
    }
    pthread_mutex_unlock(&lane->lock);
    return taken;
}

void vc__lane_forget(vc__lane *lane, const vc__partition *partition)
{
    pthread_mutex_lock(&lane->lock);
    size_t kept = 0;
    for (size_t i = 0; i < lane->count; i++) {
        const vc__entry entry = lane->queue[(lane->first + i) % lane->room];
        if (entry.partition == partition) {
            lane->queued_bytes -= entry.bytes < lane->queued_bytes ? entry.bytes : lane->queued_bytes;
            rd_kafka_message_destroy(entry.message);
            lane->returned++;
        } else {
            lane->queue[(lane->first + kept++) % lane->room] = entry;
        }
    }
    lane->count = kept;
    pthread_mutex_unlock(&lane->lock);
}

void vc__lane_settle(vc__lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    lane->settle = true;
    lane->busy = true; /* until it says otherwise */
    pthread_cond_signal(&lane->work);
    pthread_mutex_unlock(&lane->lock);
}

bool vc__lane_rests(vc__lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    const bool rests = !lane->busy || lane->ended;
    pthread_mutex_unlock(&lane->lock);
    return rests;
}

bool vc__lane_is_through(vc__lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    const bool through = (!lane->busy && lane->clean && !lane->count && !lane->rewind) || lane->ended;
    pthread_mutex_unlock(&lane->lock);
    return through;
}

bool vc__lane_fell_back(vc__lane *lane, bool *asks, uint64_t *returned)
{
    pthread_mutex_lock(&lane->lock);
    const bool rewind = lane->rewind && !lane->ended;
    *asks = lane->rewind_asks;
    *returned = lane->returned;
    lane->returned = 0;
    pthread_mutex_unlock(&lane->lock);
    return rewind;
}

void vc__lane_rewound(vc__lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    lane->rewind = lane->rewind_asks = false;
    pthread_cond_signal(&lane->work);
    pthread_mutex_unlock(&lane->lock);
}

void vc__lane_abandon(vc__lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    lane->abandon = true;
    atomic_store(&lane->gives_up, true);
    vc_client_cancel(lane->scope);
    pthread_cond_signal(&lane->work);
    pthread_mutex_unlock(&lane->lock);
}

void vc__lane_resume(vc__lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    if (lane->end == VC__LANE_STOPS && lane->abandon) { /* it has to end, and not to wait again */
        lane->settle = false;
        pthread_cond_signal(&lane->work);
        pthread_mutex_unlock(&lane->lock);
        return;
    }
    if (lane->abandon) { /* a scope that was canceled is of no use any more */
        vc_client *scope = vc_client_scope(lane->stream->client, NULL);
        if (scope) {
            vc_client_close(lane->scope);
            lane->scope = scope;
        }
    }
    lane->settle = lane->abandon = false;
    atomic_store(&lane->gives_up, false);
    pthread_cond_signal(&lane->work);
    pthread_mutex_unlock(&lane->lock);
}

void vc__lane_finish(vc__lane *lane, vc__lane_end end)
{
    pthread_mutex_lock(&lane->lock);
    if (lane->end != VC__LANE_STOPS && lane->end != end) {
        lane->end = end;
        pthread_cond_signal(&lane->work);
    }
    pthread_mutex_unlock(&lane->lock);
}
