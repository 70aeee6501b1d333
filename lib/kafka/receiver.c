/* SPDX-License-Identifier: Apache-2.0 */
/* receiver.c - making a receiver, its settings, and what may be called while it receives. */
#include "kafka/receiver.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/config.h"
#include "kafka/topic.h"

enum { A_DAY_MS = 86400000, PATIENCE_MS = 30000 };

vc_file_receiver *vc_file_receiver_new(const vc_kafka_config *kafka, vc_client *client, const char *topic, vc_error *err)
{
    if (!kafka || !client || vc__topic_check(topic, err)) {
        if (!kafka || !client)
            vc__error(err, VC_E_ARGUMENT, "a receiver needs a Kafka configuration, a client and a topic");
        return NULL;
    }
    vc_file_receiver *receiver = vc__calloc(1, sizeof *receiver);
    if (!receiver || vc__report_init(&receiver->report, err)) {
        vc__free(receiver);
        vc__error_memory(err);
        return NULL;
    }
    if (vc__source_init(&receiver->source, err) || pthread_mutex_init(&receiver->log_lock, NULL)) {
        vc__report_cleanup(&receiver->report);
        vc__free(receiver);
        vc__error_memory(err);
        return NULL;
    }
    receiver->client = client;
    receiver->format = VC_FILE_NATIVE;
    receiver->abandon_ms = A_DAY_MS;
    receiver->patience_ms = PATIENCE_MS;
    receiver->folder = (vc__folder)VC__FOLDER_INIT;
    receiver->ledger = (vc__ledger)VC__LEDGER_INIT;
    receiver->kafka = vc__kafka_config_copy(kafka, err);
    if (receiver->kafka && !vc__text_set(&receiver->topic, topic, err))
        return receiver;
    vc_file_receiver_free(receiver);
    return NULL;
}

void vc_file_receiver_free(vc_file_receiver *receiver)
{
    if (!receiver)
        return;
    for (size_t i = 0; i < receiver->key_count; i++)
        vc__free(receiver->keys[i]);
    for (size_t i = 0; i < receiver->context_count; i++)
        vc__free(receiver->contexts[i].text);
    vc_kafka_config_free(receiver->kafka);
    vc__free(receiver->topic);
    vc__free(receiver->prefix);
    vc__source_cleanup(&receiver->source);
    pthread_mutex_destroy(&receiver->log_lock);
    vc__report_cleanup(&receiver->report);
    vc__free(receiver);
}

static vc_code ready(const vc_file_receiver *receiver, vc_error *err)
{
    if (!receiver)
        return vc__error(err, VC_E_ARGUMENT, "no receiver");
    return receiver->running ? vc__error(err, VC_E_STATE, "the receiver is at work") : VC_OK;
}

vc_code vc_file_receiver_allow_key(vc_file_receiver *receiver, const char *key, vc_error *err)
{
    vc_code code = ready(receiver, err);
    if (!code && (!key || !*key))
        code = vc__error(err, VC_E_ARGUMENT, "the name of a key is needed");
    if (!code && receiver->key_count == VC__ALLOWED_MOST)
        code = vc__error(err, VC_E_LIMIT, "more than %d keys", VC__ALLOWED_MOST);
    if (!code)
        code = vc__text_set(&receiver->keys[receiver->key_count], key, err);
    if (!code)
        receiver->key_count++;
    return code;
}

vc_code vc_file_receiver_allow_context(vc_file_receiver *receiver, vc_view context, vc_error *err)
{
    vc_code code = ready(receiver, err);
    if (!code)
        code = vc__context_check(context, err);
    if (!code && receiver->context_count == VC__ALLOWED_MOST)
        code = vc__error(err, VC_E_LIMIT, "more than %d contexts", VC__ALLOWED_MOST);
    if (code)
        return code;
    char *copy = vc__memdup(context.data, context.len);
    if (!copy)
        return vc__error_memory(err);
    receiver->contexts[receiver->context_count].text = copy;
    receiver->contexts[receiver->context_count++].len = context.len;
    return VC_OK;
}

vc_code vc_file_receiver_set_format(vc_file_receiver *receiver, vc_file_format format, vc_error *err)
{
    vc_code code = ready(receiver, err);
    if (!code && format != VC_FILE_NATIVE && format != VC_FILE_DEMO)
        code = vc__error(err, VC_E_ARGUMENT, "there is no such format of files");
    if (!code)
        receiver->format = format;
    return code;
}

vc_code vc_file_receiver_set_prefix(vc_file_receiver *receiver, const char *prefix, vc_error *err)
{
    vc_code code = ready(receiver, err);
    if (!code && prefix && *prefix)
        code = vc__filename_check(vc_str(prefix), false, NULL)
                   ? vc__error(err, VC_E_ARGUMENT, "no name of a file can begin with this prefix")
                   : VC_OK;
    return code ? code : vc__text_set(&receiver->prefix, prefix, err);
}

/* Settings of one number. */
#define DEFINE_SET(name, type, member, kept)                                                       \
    vc_code vc_file_receiver_set_##name(vc_file_receiver *receiver, type value, vc_error *err)     \
    {                                                                                              \
        const vc_code code = ready(receiver, err);                                                 \
        if (!code)                                                                                 \
            receiver->member = kept;                                                               \
        return code;                                                                               \
    }
DEFINE_SET(force, int, force, value != 0)
DEFINE_SET(portable, int, portable, value != 0)
DEFINE_SET(reset, int, reset, value != 0)
DEFINE_SET(exit_at_end, int, exit_at_end, value != 0)
DEFINE_SET(max_size, uint64_t, max_size, value)
DEFINE_SET(quota, uint64_t, quota, value)
DEFINE_SET(abandon, uint64_t, abandon_ms, value)
DEFINE_SET(patience, uint64_t, patience_ms, value)
DEFINE_SET(count, uint64_t, count, value)

vc_code vc_file_receiver_set_events(vc_file_receiver *receiver, vc_file_event_fn event, void *user, vc_error *err)
{
    const vc_code code = ready(receiver, err);
    if (!code) {
        receiver->report.event = event;
        receiver->report.user = user;
    }
    return code;
}

vc_code vc_file_receiver_set_log(vc_file_receiver *receiver, vc_log_fn log, void *user, vc_error *err)
{
    const vc_code code = ready(receiver, err);
    if (!code) {
        receiver->report.log = log;
        receiver->report.log_user = user;
    }
    return code;
}

void vc_file_receiver_stop(vc_file_receiver *receiver)
{
    if (receiver)
        atomic_store(&receiver->stop, 1);
}

void vc_file_receiver_get_stats(const vc_file_receiver *receiver, vc_file_stats *stats)
{
    const union {
        const vc_file_receiver *given;
        vc_file_receiver *locked; /* its mutex alone changes */
    } who = { receiver };
    if (receiver && stats)
        vc__report_stats(&who.locked->report, stats);
}
