/* SPDX-License-Identifier: Apache-2.0 */
/* receive.c - vc_file_receive(): the loop over the topic's records. */
#include "kafka/receiver.h"

#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/config.h"
#include "kafka/demo.h"

#include <stdio.h>

enum { READ_MOST = 4, WAIT_MS = 100, COMMIT_MS = 500, EXPIRE_MS = 1000, LOW = 3 };

/* -- records -------------------------------------------------------------------------------------------------------- */

static vc_code take_native(vc_file_receiver *receiver, vc__partition *partition, const rd_kafka_message_t *message,
                           vc_error *err)
{
    vc__place place;
    if (vc__place_read(&place, message))
        return vc__transfer_take(receiver, partition, &place, message->offset, vc_view_of(message->payload, message->len), err);
    if (!receiver->told_foreign)
        vc__report_line(&receiver->report, "the topic has records that are no segments of files: they are passed over");
    receiver->told_foreign = true;
    return VC_OK;
}

static vc_code take(vc_file_receiver *receiver, const rd_kafka_message_t *message, vc_error *err)
{
    vc__partition *partition = vc__source_partition(&receiver->source, message);
    if (!partition || (receiver->count && receiver->settled >= receiver->count))
        return VC_OK;
    vc__report_records(&receiver->report, 1);
    const vc_code code = receiver->format == VC_FILE_DEMO ? vc__demo_take(receiver, message, err)
                                                          : take_native(receiver, partition, message, err);
    if (!code)
        atomic_store(&partition->done, vc__transfers_commit(receiver, partition, message->offset + 1));
    if (rd_kafka_queue_length(receiver->source.queue) <= LOW)
        vc__nudge_at(&receiver->nudge, message->partition);
    return code;
}

static vc_code read_some(vc_file_receiver *receiver, vc_error *err)
{
    rd_kafka_message_t *messages[READ_MOST];
    size_t count = 0;
    vc_code code = vc__source_read(&receiver->source, WAIT_MS, messages, READ_MOST, &count, err);
    if (count)
        vc__contact_heard(&receiver->contact);
    for (size_t i = 0; i < count; i++) {
        if (!code && !atomic_load(&receiver->stop))
            code = take(receiver, messages[i], err);
        rd_kafka_message_destroy(messages[i]);
    }
    if (code || count || atomic_load(&receiver->stop))
        return code;
    vc__contact_look(&receiver->contact);
    return receiver->exit_at_end ? vc__contact_check(&receiver->contact, receiver->patience_ms, err) : VC_OK;
}

/* -- the loop ------------------------------------------------------------------------------------------------------- */

/* There are no lanes here. */
static vc_code take_it(void *user, vc__partition *partition, vc_error *err)
{
    (void)user, (void)partition, (void)err;
    return VC_OK;
}

static vc_code give_up(vc__source *source, vc_error *err)
{
    if (!rd_kafka_assignment_lost(source->rk) && vc__source_commit(source, true, err))
        vc__log(source->log, VC_LOG_WARNING, "kafka: offsets not committed before partitions were given up: their records will come again");
    return vc__source_give_up(source, err);
}

static vc_code rebalance(vc_file_receiver *receiver, vc_error *err)
{
    vc_code code = VC_OK;
    if (receiver->source.rebalance == VC__REBALANCE_ASSIGN)
        code = vc__source_take(&receiver->source, take_it, NULL, err);
    else if (receiver->source.rebalance == VC__REBALANCE_REVOKE)
        code = give_up(&receiver->source, err);
    vc__transfers_drop(receiver, false); /* whoever has the partition now begins where we had them begin */
    return code;
}

static bool over(const vc_file_receiver *receiver)
{
    return atomic_load(&receiver->stop) || (receiver->count && receiver->settled >= receiver->count) ||
           (receiver->exit_at_end && vc__source_at_end(&receiver->source));
}

static vc_code loop(vc_file_receiver *receiver, vc_error *err)
{
    uint64_t committed_ms = vc__now_ms(), expired_ms = committed_ms;
    vc_code code = VC_OK;
    while (!code && !over(receiver)) {
        code = read_some(receiver, err);
        if (!code)
            code = rebalance(receiver, err);
        const uint64_t now = vc__now_ms();
        if (!code && now >= committed_ms + COMMIT_MS) {
            committed_ms = now;
            code = vc__source_commit(&receiver->source, false, err);
        }
        if (!code && now >= expired_ms + EXPIRE_MS) {
            expired_ms = now;
            code = vc__transfers_expire(receiver, err);
        }
    }
    const vc_code last = vc__source_commit(&receiver->source, true, code ? NULL : err);
    if (code || last)
        return code ? code : last;
    return atomic_load(&receiver->stop) ? vc__contact_stopped(&receiver->contact, err) : VC_OK;
}

/* -- beginning ------------------------------------------------------------------------------------------------------ */

/*
 * What is ours unless the user has set one of the names. The queue is small, so that memory stays flat; a fetch holds a few segments.
 * A static member takes the place of the one that was killed, at once.
 */
static const struct {
    const char *names[4], *value;
} defaults[] = {
    { { "auto.offset.reset", NULL }, "earliest" },
    { { "queued.max.messages.kbytes", NULL }, "8192" },
    { { "fetch.message.max.bytes", "max.partition.fetch.bytes", NULL }, "4194304" },
    { { "fetch.max.bytes", NULL }, "8388608" },
    { { "fetch.wait.max.ms", NULL }, "100" },
    { { "max.poll.interval.ms", NULL }, "3600000" }, /* a large file is digested anew when it goes on, and synced at its end */
};

/* The topic is in the name, because a static member gets the assignment that it had, though it subscribes to another topic now. */
static vc_code set_group(const vc_file_receiver *receiver, rd_kafka_conf_t *conf, vc_error *err)
{
    static const char *const group[] = { "group.id", NULL }, *const instance[] = { "group.instance.id", NULL };
    char id[2 * VC__TRANSFER_ID + 1], name[320];
    vc_code code = VC_OK;
    vc__filename_id(id, receiver->ledger.folder_id);
    snprintf(name, sizeof name, "vaultcrypt-receive-%s-%s", id, receiver->topic);
    if (!vc__kafka_config_has(receiver->kafka, group))
        code = vc__kafka_conf_set(conf, "group.id", name, err);
    if (!code && !vc__kafka_config_has(receiver->kafka, instance))
        code = vc__kafka_conf_set(conf, "group.instance.id", name, err);
    return code;
}

static vc_code make_conf(const vc_file_receiver *receiver, rd_kafka_conf_t **conf, vc_error *err)
{
    vc_code code = vc_kafka_config_conf(receiver->kafka, VC_KAFKA_CONSUMER, conf, err);
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0] && !code; i++)
        if (!vc__kafka_config_has(receiver->kafka, defaults[i].names))
            code = vc__kafka_conf_set(*conf, defaults[i].names[0], defaults[i].value, err);
    if (!code)
        code = set_group(receiver, *conf, err);
    if (!code)
        code = vc__kafka_conf_set(*conf, "enable.auto.commit", "false", err);
    if (!code)
        code = vc__kafka_conf_set(*conf, "enable.auto.offset.store", "false", err);
    if (!code)
        code = vc__kafka_conf_set(*conf, "enable.partition.eof", receiver->exit_at_end ? "true" : "false", err);
    if (code && *conf) {
        rd_kafka_conf_destroy(*conf);
        *conf = NULL;
    }
    return code;
}

static void log_line(void *user, vc_log_level level, const char *line)
{
    (void)level;
    vc__contact_log(user, line);
}

static vc_code open_source(vc_file_receiver *receiver, vc_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    vc_code code = vc__contact_init(&receiver->contact, receiver->report.log, receiver->report.log_user, err);
    if (!code)
        code = make_conf(receiver, &conf, err);
    if (code)
        return code;
    receiver->log = (vc__logger){ .log = log_line, .user = &receiver->contact, .lock = &receiver->log_lock };
    receiver->source.routes = &receiver->routes;
    receiver->source.reset = receiver->reset;
    receiver->source.log = &receiver->log;
    code = vc__routes_read(&receiver->routes, receiver->topic, err);
    if (code) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    code = vc__source_open(&receiver->source, conf, err);
    if (!code)
        code = vc__source_subscribe(&receiver->source, err);
    return code ? code : vc__contact_open(&receiver->contact, receiver->source.rk, receiver->topic, err);
}

static vc_code check(const vc_file_receiver *receiver, vc_error *err)
{
    if (!receiver->key_count)
        return vc__error(err, VC_E_CONFIG, "no key is allowed: nothing could be opened");
    return vc__kafka_config_check(receiver->kafka, err);
}

static vc_code run(vc_file_receiver *receiver, const char *directory, vc_error *err)
{
    vc_code code = check(receiver, err);
    if (!code)
        code = vc__halt_begin(&receiver->halt, receiver->client, &receiver->stop, err);
    if (!code)
        code = vc__folder_open(&receiver->folder, directory, receiver->quota, err);
    if (!code)
        code = vc__ledger_open(&receiver->ledger, receiver->folder.fd, err);
    if (!code)
        code = vc__folder_sweep(&receiver->folder, err);
    if (!code && receiver->reset)
        vc__ledger_reopen(&receiver->ledger);
    if (!code)
        code = open_source(receiver, err);
    if (!code)
        code = vc__nudge_start(&receiver->nudge, receiver->source.rk, receiver->topic, err);
    return code ? code : loop(receiver, err);
}

vc_code vc_file_receive(vc_file_receiver *receiver, const char *directory, vc_error *err)
{
    if (!receiver || !directory || !*directory)
        return vc__error(err, VC_E_ARGUMENT, "a receiver and a folder are needed");
    if (receiver->running)
        return vc__error(err, VC_E_STATE, "the receiver is at work");
    vc_error why = VC_ERROR_INIT; /* its code is needed even when the caller wants no detail */
    receiver->running = true;
    receiver->settled = 0;
    receiver->told_foreign = false;
    vc_code code = run(receiver, directory, &why);
    const uint64_t unfinished = receiver->transfer_count;
    vc__transfers_drop(receiver, true);
    vc__report_unfinished(&receiver->report, unfinished);
    vc__digester_close(&receiver->digester);
    vc__nudge_stop(&receiver->nudge);
    vc__contact_close(&receiver->contact);
    vc__source_close(&receiver->source);
    vc__contact_cleanup(&receiver->contact);
    vc__routes_cleanup(&receiver->routes);
    vc__ledger_close(&receiver->ledger);
    vc__folder_close(&receiver->folder);
    vc__halt_end(&receiver->halt);
    receiver->running = false;
    if (atomic_exchange(&receiver->stop, 0) && code == VC_E_CANCELED && receiver->contact.answered)
        code = VC_OK; /* what was with Vault comes again */
    return code ? vc__error_copy(err, &why) : VC_OK;
}
