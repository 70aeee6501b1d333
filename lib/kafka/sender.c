/* SPDX-License-Identifier: Apache-2.0 */
/* sender.c - making a sender, its settings, and what may be called while it sends. */
#include "kafka/sender.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/config.h"
#include "kafka/topic.h"

enum { HALF_A_DAY_MS = 43200000 };

vc_file_sender *vc_file_sender_new(const vc_kafka_config *kafka, vc_client *client, const char *topic, vc_error *err)
{
    if (!kafka || !client || vc__topic_check(topic, err)) {
        if (!kafka || !client)
            vc__error(err, VC_E_ARGUMENT, "a sender needs a Kafka configuration, a client and a topic");
        return NULL;
    }
    vc_file_sender *sender = vc__calloc(1, sizeof *sender);
    if (!sender || vc__report_init(&sender->report, err)) {
        vc__free(sender);
        vc__error_memory(err);
        return NULL;
    }
    sender->client = client;
    sender->format = VC_FILE_NATIVE;
    sender->settle_ms = 500;
    sender->resume_ms = HALF_A_DAY_MS;
    sender->folder = -1;
    sender->outbox = (vc__outbox)VC__OUTBOX_INIT;
    sender->kafka = vc__kafka_config_copy(kafka, err);
    if (sender->kafka && !vc__text_set(&sender->topic, topic, err))
        return sender;
    vc_file_sender_free(sender);
    return NULL;
}

void vc_file_sender_free(vc_file_sender *sender)
{
    if (!sender)
        return;
    vc_kafka_config_free(sender->kafka);
    vc__free(sender->topic);
    vc__free(sender->key);
    vc__free(sender->state);
    vc__free(sender->state_folder);
    vc__free(sender->context);
    vc__report_cleanup(&sender->report);
    vc__free(sender);
}

static vc_code ready(const vc_file_sender *sender, vc_error *err)
{
    if (!sender)
        return vc__error(err, VC_E_ARGUMENT, "no sender");
    return sender->running ? vc__error(err, VC_E_STATE, "the sender is at work") : VC_OK;
}

vc_code vc_file_sender_set_key(vc_file_sender *sender, const char *key, vc_error *err)
{
    const vc_code code = ready(sender, err);
    return code ? code : vc__text_set(&sender->key, key, err);
}

vc_code vc_file_sender_set_context(vc_file_sender *sender, vc_view context, vc_error *err)
{
    vc_code code = ready(sender, err);
    if (!code)
        code = vc__context_check(context, err);
    if (code)
        return code;
    char *copy = vc__memdup(context.data, context.len);
    if (!copy)
        return vc__error_memory(err);
    vc__free(sender->context);
    sender->context = copy;
    sender->context_len = context.len;
    return VC_OK;
}

vc_code vc_file_sender_set_format(vc_file_sender *sender, vc_file_format format, vc_error *err)
{
    vc_code code = ready(sender, err);
    if (!code && format != VC_FILE_NATIVE && format != VC_FILE_DEMO)
        code = vc__error(err, VC_E_ARGUMENT, "there is no such format of files");
    if (!code)
        sender->format = format;
    return code;
}

static vc_code set_state(vc_file_sender *sender, char **place, char **other, const char *text, vc_error *err)
{
    vc_code code = ready(sender, err);
    if (!code)
        code = vc__text_set(place, text, err);
    return code ? code : vc__text_set(other, NULL, err);
}

vc_code vc_file_sender_set_state(vc_file_sender *sender, const char *file, vc_error *err)
{
    return sender ? set_state(sender, &sender->state, &sender->state_folder, file, err) : ready(NULL, err);
}

vc_code vc_file_sender_set_state_folder(vc_file_sender *sender, const char *folder, vc_error *err)
{
    return sender ? set_state(sender, &sender->state_folder, &sender->state, folder, err) : ready(NULL, err);
}

vc_code vc_file_sender_set_again(vc_file_sender *sender, int on, vc_error *err)
{
    const vc_code code = ready(sender, err);
    if (!code)
        sender->again = on != 0;
    return code;
}

vc_code vc_file_sender_set_watch(vc_file_sender *sender, int on, vc_error *err)
{
    const vc_code code = ready(sender, err);
    if (!code)
        sender->watch = on != 0;
    return code;
}

vc_code vc_file_sender_set_settle(vc_file_sender *sender, uint64_t milliseconds, vc_error *err)
{
    const vc_code code = ready(sender, err);
    if (!code)
        sender->settle_ms = milliseconds;
    return code;
}

vc_code vc_file_sender_set_resume(vc_file_sender *sender, uint64_t milliseconds, vc_error *err)
{
    const vc_code code = ready(sender, err);
    if (!code)
        sender->resume_ms = milliseconds;
    return code;
}

vc_code vc_file_sender_set_max_size(vc_file_sender *sender, uint64_t bytes, vc_error *err)
{
    const vc_code code = ready(sender, err);
    if (!code)
        sender->max_size = bytes;
    return code;
}

vc_code vc_file_sender_set_events(vc_file_sender *sender, vc_file_event_fn event, void *user, vc_error *err)
{
    const vc_code code = ready(sender, err);
    if (!code) {
        sender->report.event = event;
        sender->report.user = user;
    }
    return code;
}

vc_code vc_file_sender_set_log(vc_file_sender *sender, vc_log_fn log, void *user, vc_error *err)
{
    const vc_code code = ready(sender, err);
    if (!code) {
        sender->report.log = log;
        sender->report.log_user = user;
    }
    return code;
}

void vc_file_sender_stop(vc_file_sender *sender)
{
    if (sender)
        atomic_store(&sender->stop, 1);
}

void vc_file_sender_get_stats(const vc_file_sender *sender, vc_file_stats *stats)
{
    const union {
        const vc_file_sender *given;
        vc_file_sender *locked; /* its mutex alone changes */
    } who = { sender };
    if (sender && stats)
        vc__report_stats(&who.locked->report, stats);
}
