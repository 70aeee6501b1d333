/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - making a stream, its settings, and what may be called while it runs. */
#include "kafka/stream.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>

enum { MAX_ROUTES = 256, MAX_TOPIC = 249, MAX_BATCH = 1000000 };

static vc_code set_text(char **place, const char *text, vc_error *err)
{
    char *copy = text ? vc__memdup(text, strlen(text)) : NULL;
    if (text && !copy)
        return vc__error_memory(err);
    vc__free(*place);
    *place = copy;
    return VC_OK;
}

vc_stream *vc_stream_new(const vc_kafka_config *kafka, vc_client *client, vc_schema *schema,
                         vc_direction direction, vc_error *err)
{
    if (!kafka || !client || !schema || (direction != VC_PROTECT && direction != VC_OPEN)) {
        vc__error(err, VC_E_ARGUMENT,
                  "a stream needs a Kafka configuration, a client, a schema and a direction");
        return NULL;
    }
    vc_stream *stream = vc__calloc(1, sizeof *stream);
    if (!stream || pthread_mutex_init(&stream->stats_lock, NULL)) {
        vc__free(stream);
        vc__error_memory(err);
        return NULL;
    }
    stream->kafka = vc__kafka_config_copy(kafka, err);
    stream->client = client;
    stream->schema = vc_schema_ref(schema);
    stream->direction = direction;
    stream->batch_records = 1000;
    stream->linger_ms = 10;
    stream->parallel = 2;
    stream->commit_records = 10000;
    stream->commit_ms = 100;
    stream->deadline_ms = 300000;
    stream->failure = (vc_error)VC_ERROR_INIT;
    if (!stream->kafka) {
        vc_stream_free(stream);
        return NULL;
    }
    return stream;
}

static void drop_route(vc__route *route)
{
    vc__free(route->source);
    vc__free(route->target);
    vc__free(route->letters);
}

void vc_stream_free(vc_stream *stream)
{
    if (!stream)
        return;
    for (size_t i = 0; i < stream->route_count; i++)
        drop_route(&stream->routes[i]);
    vc__free(stream->routes);
    vc__free(stream->rule);
    vc__free(stream->letters);
    vc_kafka_config_free(stream->kafka);
    vc_schema_unref(stream->schema);
    pthread_mutex_destroy(&stream->stats_lock);
    vc__free(stream);
}

/* Kafka's own rule for names; it also keeps patterns (a leading ^) out of the subscription. */
static bool is_topic(const char *name)
{
    static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const size_t len = name ? strlen(name) : 0;
    return len && len <= MAX_TOPIC && strspn(name, legal) == len && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

static vc_code not_a_topic(vc_error *err, const char *name)
{
    return vc__error(err, VC_E_ARGUMENT, "\"%.100s\" is not a topic: 1 to %d of a-z A-Z 0-9 . _ -",
                     name ? name : "", MAX_TOPIC);
}

static vc_code before_run(const vc_stream *stream, vc_error *err)
{
    if (!stream)
        return vc__error(err, VC_E_ARGUMENT, "no stream");
    return stream->ran
               ? vc__error(err, VC_E_STATE, "the stream has its settings; they cannot change any more")
               : VC_OK;
}

vc_code vc_stream_add_route(vc_stream *stream, const char *source, const char *target, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (!is_topic(source) || !is_topic(target))
        return not_a_topic(err, is_topic(source) ? target : source);
    if (strcmp(source, target) == 0)
        return vc__error(err, VC_E_ARGUMENT, "topic %s cannot be source and target at once", source);
    for (size_t i = 0; i < stream->route_count; i++)
        if (strcmp(stream->routes[i].source, source) == 0)
            return vc__error(err, VC_E_ARGUMENT, "topic %s has a route already", source);
    if (stream->route_count == MAX_ROUTES)
        return vc__error(err, VC_E_ARGUMENT, "more than %d routes", MAX_ROUTES);
    vc__route *routes = vc__realloc(stream->routes, stream->route_count + 1, sizeof *routes);
    if (!routes)
        return vc__error_memory(err);
    stream->routes = routes;
    vc__route route = { .source = vc__memdup(source, strlen(source)),
                        .target = vc__memdup(target, strlen(target)) };
    if (!route.source || !route.target) {
        drop_route(&route);
        return vc__error_memory(err);
    }
    stream->routes[stream->route_count++] = route;
    return VC_OK;
}

vc_code vc_stream_set_rule(vc_stream *stream, const char *name, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    return code ? code : set_text(&stream->rule, name, err);
}

vc_code vc_stream_set_dead_letter_topic(vc_stream *stream, const char *topic, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    return is_topic(topic) ? set_text(&stream->letters, topic, err) : not_a_topic(err, topic);
}

vc_code vc_stream_set_batch(vc_stream *stream, size_t records, uint64_t linger_ms, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (!records || records > MAX_BATCH || linger_ms > 60000)
        return vc__error(err, VC_E_ARGUMENT, "a batch has 1 to %d records and waits for at most 60 000 ms",
                         MAX_BATCH);
    stream->batch_records = records;
    stream->linger_ms = linger_ms;
    return VC_OK;
}

vc_code vc_stream_set_parallel(vc_stream *stream, size_t batches, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (!batches || batches > VC__MAX_WORKERS)
        return vc__error(err, VC_E_ARGUMENT, "1 to %d batches can be worked on at once", VC__MAX_WORKERS);
    stream->parallel = batches;
    return VC_OK;
}

vc_code vc_stream_set_commit(vc_stream *stream, uint64_t records, uint64_t interval_ms, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (!records)
        return vc__error(err, VC_E_ARGUMENT, "offsets are committed after one record or more");
    stream->commit_records = records;
    stream->commit_ms = interval_ms;
    return VC_OK;
}

vc_code vc_stream_set_deadline(vc_stream *stream, uint64_t milliseconds, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code)
        stream->deadline_ms = milliseconds;
    return code;
}

vc_code vc_stream_set_count(vc_stream *stream, uint64_t records, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code)
        stream->count = records;
    return code;
}

vc_code vc_stream_set_exit_at_end(vc_stream *stream, int on, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code)
        stream->exit_at_end = on;
    return code;
}

vc_code vc_stream_set_reset(vc_stream *stream, int on, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code)
        stream->reset = on;
    return code;
}

vc_code vc_stream_set_log(vc_stream *stream, vc_log_fn log, void *user, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code) {
        stream->log = log;
        stream->log_user = user;
    }
    return code;
}

void vc_stream_stop(vc_stream *stream)
{
    atomic_store(&stream->stop, true);
}

void vc_stream_get_stats(const vc_stream *stream, vc_stream_stats *stats)
{
    /* The lock is the only thing that changes. */
    pthread_mutex_t *lock = &((vc_stream *)(uintptr_t)stream)->stats_lock;
    const size_t size = stats->size;
    pthread_mutex_lock(lock);
    vc_stream_stats now = stream->stats;
    pthread_mutex_unlock(lock);
    now.size = size;
    memcpy(stats, &now, size < sizeof now ? size : sizeof now);
}
