/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - what lanes and callers may touch of a stream while it runs. */
#include "kafka/stream.h"

#include "base/error.h"
#include "kafka/clock.h"

#include <inttypes.h>

void vc__stream_wake(vc_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->awake = true;
    pthread_cond_signal(&stream->progress);
    pthread_mutex_unlock(&stream->lock);
    if (stream->source.queue)
        rd_kafka_queue_yield(stream->source.queue);
}

void vc__stream_fail(vc_stream *stream, const vc_error *why)
{
    pthread_mutex_lock(&stream->lock);
    if (!stream->failure.code)
        vc__error_copy(&stream->failure, why);
    pthread_mutex_unlock(&stream->lock);
    atomic_store(&stream->failed, true);
    vc__stream_wake(stream);
}

vc_code vc__stream_failure(vc_stream *stream, vc_error *err)
{
    pthread_mutex_lock(&stream->lock);
    const vc_code code = stream->failure.code ? vc__error_copy(err, &stream->failure) : VC_OK;
    pthread_mutex_unlock(&stream->lock);
    return code;
}

void vc__stream_count_commit(vc_stream *stream)
{
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.commits++;
    pthread_mutex_unlock(&stream->stats_lock);
}

/* -- trouble with Vault, or with a key ------------------------------------------------------------------- */

void vc__stream_trouble(vc_stream *stream, vc__lane *lane, const vc_error *why)
{
    char reason[800];
    const bool again = lane->waits, key = lane->lacks_key;
    if (again && lane->told_key == key)
        return;
    lane->waits = true;
    lane->told_key = key;
    pthread_mutex_lock(&stream->lock);
    const bool first = !again && !stream->waiting++, tell = first || stream->lacks_key != key;
    if (first)
        stream->trouble_ms = vc__now_ms();
    stream->lacks_key = key;
    pthread_mutex_unlock(&stream->lock);
    pthread_mutex_lock(&stream->stats_lock);
    stream->stats.waits += first;
    pthread_mutex_unlock(&stream->stats_lock);
    if (tell)
        vc__log(&stream->log, VC_LOG_WARNING, "%s, at most %" PRIu64 " s: %s", key ? "keys: records wait for one" : "vault: records wait for it",
                stream->deadline_ms / 1000, vc_error_format(why, reason, sizeof reason));
}

/* Since when lanes waited, when this was the last that did; else 0. `*key`: it was for one. */
static uint64_t wait_no_longer(vc_stream *stream, vc__lane *lane, bool *key)
{
    if (!lane->waits)
        return 0;
    lane->waits = false;
    pthread_mutex_lock(&stream->lock);
    const uint64_t since = --stream->waiting ? 0 : stream->trouble_ms;
    if (since)
        stream->trouble_ms = 0;
    *key = stream->lacks_key;
    pthread_mutex_unlock(&stream->lock);
    return since;
}

void vc__stream_trouble_over(vc_stream *stream, vc__lane *lane)
{
    bool key;
    const uint64_t since = wait_no_longer(stream, lane, &key);
    if (since)
        vc__log(&stream->log, VC_LOG_WARNING, "%s, after %" PRIu64 " s", key ? "keys: records wait for none any longer" : "vault: answers again",
                (vc__now_ms() - since) / 1000);
}

void vc__stream_trouble_left(vc_stream *stream, vc__lane *lane)
{
    bool key;
    (void)wait_no_longer(stream, lane, &key);
}

/* -- schemas --------------------------------------------------------------------------------------------- */

uint64_t vc__stream_schemas(vc_stream *stream, uint64_t generation, vc_schema **schema, vc_schema **old)
{
    pthread_mutex_lock(&stream->lock);
    const uint64_t now = stream->generation;
    if (now != generation) {
        *schema = vc_schema_ref(stream->schema);
        *old = stream->old ? vc_schema_ref(stream->old) : NULL;
    }
    pthread_mutex_unlock(&stream->lock);
    return now;
}

const vc_rule *vc__stream_rule(const vc_stream *stream, const vc_schema *schema, const char *topic, vc_error *err)
{
    return stream->rule ? vc_schema_rule(schema, vc_str(stream->rule), err) : vc_schema_match(schema, vc_str(topic), err);
}

/* The rule's methods let old and new be told apart: a batch says so when it is given a record. */
static vc_code check_migrate(const vc_stream *stream, vc_schema *schema, const vc_rule *rule, vc_error *err)
{
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str("t");
    message.value = vc_str("{}");
    vc_batch *batch = vc_batch_new(schema, stream->direction, err);
    if (!batch)
        return VC_E_MEMORY;
    vc_code code = vc_batch_set_migrate(batch, 1, err);
    if (!code)
        code = vc_batch_add_message(batch, rule, &message, err);
    vc_batch_free(batch);
    return code;
}

static vc_code check_rule(const vc_stream *stream, vc_schema *schema, const char *topic, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    const vc_rule *rule = vc__stream_rule(stream, schema, topic, &why);
    if (!rule)
        return vc__error_copy(err, &why);
    return stream->migrate ? check_migrate(stream, schema, rule, err) : VC_OK;
}

/* Every topic that was asked for by name, and every one that was met, has a rule. */
vc_code vc__stream_check_schema(vc_stream *stream, vc_schema *schema, vc_error *err)
{
    vc_code code = VC_OK;
    for (size_t i = 0; i < stream->routes.way_count && !code; i++)
        if (!stream->routes.ways[i].pattern)
            code = check_rule(stream, schema, stream->routes.ways[i].source, err);
    pthread_mutex_lock(&stream->source.lock);
    for (size_t i = 0; i < stream->source.partition_count && !code; i++)
        code = check_rule(stream, schema, stream->source.partitions[i]->route->source, err);
    pthread_mutex_unlock(&stream->source.lock);
    return code;
}

vc_code vc_stream_replace_schema(vc_stream *stream, vc_schema *schema, vc_schema *old, vc_error *err)
{
    if (!stream || !schema || !old != !stream->old)
        return vc__error(err, VC_E_ARGUMENT, "a stream needs as many schemas as it had");
    vc_code code = vc__stream_check_schema(stream, schema, err);
    if (!code && old)
        code = vc__stream_check_schema(stream, old, err);
    if (code)
        return code;
    pthread_mutex_lock(&stream->lock);
    vc_schema *const gone[] = { stream->schema, stream->old };
    stream->schema = vc_schema_ref(schema);
    stream->old = old ? vc_schema_ref(old) : NULL;
    stream->generation++;
    pthread_mutex_unlock(&stream->lock);
    vc_schema_unref(gone[0]);
    vc_schema_unref(gone[1]);
    return VC_OK;
}

/* -- what callers see ------------------------------------------------------------------------------------ */

/* The locks are the only thing that changes. */
static vc_stream *unlocked(const vc_stream *stream)
{
    return (vc_stream *)(uintptr_t)stream;
}

vc_stream_state vc_stream_get_state(const vc_stream *stream)
{
    vc_stream *s = unlocked(stream);
    pthread_mutex_lock(&s->lock);
    const vc_stream_state state = s->ended            ? VC_STREAM_ENDED
                                  : s->stopping_state ? VC_STREAM_STOPPING
                                  : !s->running       ? VC_STREAM_NEW
                                  : !s->assigned      ? VC_STREAM_STARTING
                                  : s->waiting        ? VC_STREAM_WAITING
                                                      : VC_STREAM_RUNNING;
    pthread_mutex_unlock(&s->lock);
    return state;
}

void vc_stream_get_stats(const vc_stream *stream, vc_stream_stats *stats)
{
    vc_stream *s = unlocked(stream);
    const size_t size = stats->size;
    pthread_mutex_lock(&s->stats_lock);
    vc_stream_stats now = s->stats;
    pthread_mutex_unlock(&s->stats_lock);
    now.size = size;
    memcpy(stats, &now, size < sizeof now ? size : sizeof now);
}

void vc_stream_each_partition(vc_stream *stream, void (*each)(void *user, const vc_stream_partition *partition), void *user)
{
    vc__source *source = &stream->source;
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; source->rk && i < source->partition_count; i++) {
        const vc__partition *partition = source->partitions[i];
        int64_t low = -1, high = -1;
        if (!partition->assigned)
            continue;
        (void)rd_kafka_get_watermark_offsets(source->rk, partition->route->source, partition->id, &low, &high);
        const int64_t done = atomic_load(&partition->done);
        each(user, &(vc_stream_partition){ .size = sizeof(vc_stream_partition),
                                           .topic = partition->route->source,
                                           .partition = partition->id,
                                           .committed = done >= 0 ? done : partition->base,
                                           .end = high >= 0 ? high : -1 });
    }
    pthread_mutex_unlock(&source->lock);
}

void vc_stream_stop(vc_stream *stream)
{
    atomic_store(&stream->stop, true);
}
