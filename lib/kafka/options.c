/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - making a stream, and its settings. */
#include "kafka/stream.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/topic.h"

enum { MAX_BATCH = 1000000 };

/* -- life ------------------------------------------------------------------------------------------------ */

/* Each of the locks, or none. */
static bool make_locks(vc_stream *stream)
{
    if (pthread_mutex_init(&stream->stats_lock, NULL))
        return false;
    if (pthread_mutex_init(&stream->lock, NULL) == 0) {
        if (pthread_mutex_init(&stream->log_lock, NULL) == 0) {
            if (!vc__source_init(&stream->source, NULL)) {
                if (vc__condition_init(&stream->progress))
                    return true;
                vc__source_cleanup(&stream->source);
            }
            pthread_mutex_destroy(&stream->log_lock);
        }
        pthread_mutex_destroy(&stream->lock);
    }
    pthread_mutex_destroy(&stream->stats_lock);
    return false;
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
    if (!stream || !make_locks(stream)) {
        vc__free(stream);
        vc__error_memory(err);
        return NULL;
    }
    stream->kafka = vc__kafka_config_copy(kafka, err);
    stream->client = client;
    stream->schema = vc_schema_ref(schema);
    stream->direction = direction;
    stream->generation = 1;
    stream->batch_records = 4000;
    stream->linger_ms = 10;
    stream->commit_records = 10000;
    stream->commit_ms = 100;
    stream->deadline_ms = 300000;
    stream->headers = true;
    stream->letters_options.body = true;
    stream->log.lock = &stream->log_lock;
    stream->failure = (vc_error)VC_ERROR_INIT;
    if (!stream->kafka) {
        vc_stream_free(stream);
        return NULL;
    }
    return stream;
}

void vc_stream_free(vc_stream *stream)
{
    if (!stream)
        return;
    vc__routes_cleanup(&stream->routes);
    vc__free(stream->rule);
    vc__free(stream->instance);
    vc__free(stream->letters_mount);
    vc__free(stream->letters_key);
    vc__free(stream->cut_overs);
    vc_kafka_config_free(stream->kafka);
    vc_schema_unref(stream->schema);
    vc_schema_unref(stream->old);
    pthread_cond_destroy(&stream->progress);
    vc__source_cleanup(&stream->source);
    pthread_mutex_destroy(&stream->log_lock);
    pthread_mutex_destroy(&stream->lock);
    pthread_mutex_destroy(&stream->stats_lock);
    vc__free(stream);
}

/* -- settings -------------------------------------------------------------------------------------------- */

static vc_code before_run(const vc_stream *stream, vc_error *err)
{
    if (!stream)
        return vc__error(err, VC_E_ARGUMENT, "no stream");
    return stream->ran
               ? vc__error(err, VC_E_STATE, "the stream has its settings; they cannot change any more")
               : VC_OK;
}

vc_code vc_stream_set_old_schema(vc_stream *stream, vc_schema *old, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (stream->direction != VC_PROTECT)
        return vc__error(err, VC_E_ARGUMENT, "an old schema is for protecting anew: the direction must be VC_PROTECT");
    vc_schema_unref(stream->old);
    stream->old = old ? vc_schema_ref(old) : NULL;
    return VC_OK;
}

vc_code vc_stream_add_route(vc_stream *stream, const char *source, const char *target, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    return code ? code : vc__routes_add(&stream->routes, source, target, err);
}

vc_code vc_stream_set_rule(vc_stream *stream, const char *name, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    return code ? code : vc__text_set(&stream->rule, name, err);
}

vc_code vc_stream_set_guarantee(vc_stream *stream, vc_guarantee guarantee, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (guarantee != VC_AT_LEAST_ONCE && guarantee != VC_EXACTLY_ONCE)
        return vc__error(err, VC_E_ARGUMENT, "no such guarantee");
    stream->guarantee = guarantee;
    return VC_OK;
}

vc_code vc_stream_set_instance(vc_stream *stream, const char *name, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (name && !vc__topic_is(name)) /* the same letters */
        return vc__error(err, VC_E_ARGUMENT, "\"%.100s\" is no name of an instance: letters, digits, . _ -", name);
    return vc__text_set(&stream->instance, name, err);
}

vc_code vc_stream_set_threads(vc_stream *stream, size_t lanes, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (lanes > VC__MAX_LANES)
        return vc__error(err, VC_E_ARGUMENT, "a stream has at most %d lanes", VC__MAX_LANES);
    stream->lane_count = lanes;
    return VC_OK;
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

vc_code vc_stream_set_missing(vc_stream *stream, vc_stream_missing_fn missing, void *user, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code) {
        stream->missing = missing;
        stream->missing_user = user;
    }
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

vc_code vc_stream_set_headers(vc_stream *stream, int on, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code)
        stream->headers = on;
    return code;
}

vc_code vc_stream_set_migrate(vc_stream *stream, int on, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code)
        stream->migrate = on;
    return code;
}

static vc_code add_cut_over(vc_stream *stream, const char *topic, int32_t partition, int64_t place, vc_error *err)
{
    vc_code code = before_run(stream, err);
    if (!code)
        code = vc__topic_check(topic, err);
    if (code)
        return code;
    if (stream->direction != VC_OPEN || place < 0)
        return vc__error(err, VC_E_ARGUMENT, "a cut-over is a time or an offset, of a stream that opens records");
    for (size_t i = 0; i < stream->cut_over_count; i++)
        if (strcmp(stream->cut_overs[i].topic, topic) == 0 && stream->cut_overs[i].partition == partition) {
            stream->cut_overs[i].place = place;
            return VC_OK;
        }
    vc__cut_over *more = vc__realloc(stream->cut_overs, stream->cut_over_count + 1, sizeof *more);
    if (!more)
        return vc__error_memory(err);
    stream->cut_overs = more;
    vc__cut_over *one = &more[stream->cut_over_count++];
    *one = (vc__cut_over){ .partition = partition, .place = place };
    memcpy(one->topic, topic, strlen(topic)); /* a topic fits, with its end */
    return VC_OK;
}

vc_code vc_stream_add_cut_over_time(vc_stream *stream, const char *topic, int64_t timestamp_ms, vc_error *err)
{
    return add_cut_over(stream, topic, -1, timestamp_ms, err);
}

vc_code vc_stream_add_cut_over_offset(vc_stream *stream, const char *topic, int32_t partition, int64_t offset, vc_error *err)
{
    return partition < 0 ? vc__error(err, VC_E_ARGUMENT, "no such partition") : add_cut_over(stream, topic, partition, offset, err);
}

vc_code vc_stream_set_on_error(vc_stream *stream, vc_on_error on_error, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (code)
        return code;
    if (on_error != VC_ON_ERROR_FAIL && on_error != VC_ON_ERROR_DEAD_LETTER)
        return vc__error(err, VC_E_ARGUMENT, "a record that fails stops the stream, or becomes a dead letter");
    stream->on_error = on_error;
    return VC_OK;
}

vc_code vc_stream_set_dead_letter_topic(vc_stream *stream, const char *topic, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    return code ? code : vc__routes_set_letters(&stream->routes, topic, err);
}

vc_code vc_stream_set_dead_letter_key(vc_stream *stream, const char *mount, const char *key, vc_error *err)
{
    vc_code code = before_run(stream, err);
    if (!code)
        code = vc__text_set(&stream->letters_mount, mount, err);
    if (!code)
        code = vc__text_set(&stream->letters_key, key, err);
    if (code)
        return code;
    stream->letters_options.mount = stream->letters_mount;
    stream->letters_options.key = stream->letters_key;
    return VC_OK;
}

vc_code vc_stream_set_dead_letter_body(vc_stream *stream, int on, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code)
        stream->letters_options.body = on;
    return code;
}

vc_code vc_stream_set_log(vc_stream *stream, vc_stream_log_fn log, void *user, vc_error *err)
{
    const vc_code code = before_run(stream, err);
    if (!code) {
        stream->log.log = log;
        stream->log.user = user;
    }
    return code;
}
