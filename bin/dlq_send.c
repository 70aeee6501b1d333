/* SPDX-License-Identifier: Apache-2.0 */
#define VC_BIN_DLQ_KAFKA
#include "dlq_send.h"

#include "exit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INIT_MS = 60000, COMMIT_MS = 60000, AGAIN = 20, AGAIN_MS = 250, MOST_TARGETS = 1000 };

#define HEADER_REPLAYED "vaultcrypt-replayed"

/* -- life ------------------------------------------------------------------------------------------------ */

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *user)
{
    dlq_sender *sender = user;
    const dlq_letter *letter = message->_private;
    (void)kafka;
    if (!message->err || sender->fault[0] || message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
        message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        return;
    snprintf(sender->fault, sizeof sender->fault, "the record of the letter [%" PRId32 "] at offset %" PRId64 " was not delivered to %s: %s",
             letter->partition, letter->offset, rd_kafka_topic_name(message->rkt), rd_kafka_err2str(message->err));
    sender->fault_status = message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE      ? EXIT_DATA
                           : message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ? EXIT_DENIED
                                                                                          : EXIT_VAULT;
}

static void keep_error(rd_kafka_t *kafka, int error, const char *reason, void *user)
{
    dlq_sender *sender = user;
    (void)kafka;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(sender->last, sizeof sender->last, "%s", reason);
}

static void no_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka, (void)level, (void)facility, (void)text;
}

/* What went wrong with the transaction; takes the error. Nothing of it is to be seen by readers of what is committed. */
static int failed(dlq_sender *sender, const char *what, rd_kafka_error_t *error)
{
    char text[600];
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    int status = EXIT_VAULT;
    if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH) {
        snprintf(text, sizeof text, "another replay of the same group took over");
        status = EXIT_LOCAL;
    } else {
        snprintf(text, sizeof text, "%s", rd_kafka_error_string(error));
        if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
            status = EXIT_DENIED;
    }
    rd_kafka_error_destroy(error);
    if (sender->fault[0])
        return dlq_fail(sender->reader, sender->fault_status, sender->reader->topic, sender->fault, "");
    return dlq_fail(sender->reader, status, what, text, sender->last);
}

static rd_kafka_conf_t *make_conf(dlq_sender *sender, const struct kafka_options *kafka, const char *group, int *status)
{
    char text[512];
    size_t size = sizeof text;
    vc_error err = VC_ERROR_INIT;
    rd_kafka_conf_t *conf = NULL;
    vc_kafka_config *config = kafka_settings(kafka, NULL, &err);
    const vc_code code = config ? vc_kafka_config_conf(config, VC_KAFKA_PRODUCER, &conf, &err) : err.code;
    vc_kafka_config_free(config);
    if (code) {
        *status = exit_report(sender->reader->command, &err);
        return NULL;
    }
    if (rd_kafka_conf_get(conf, "transactional.id", text, &size) || size <= 1)
        (void)rd_kafka_conf_set(conf, "transactional.id", group, text, sizeof text);
    rd_kafka_conf_set_opaque(conf, sender);
    rd_kafka_conf_set_error_cb(conf, keep_error);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_log_cb(conf, no_log);
    return conf;
}

int dlq_sender_open(dlq_sender *sender, dlq_reader *reader, const struct kafka_options *kafka, const char *to, const char *group, bool dry)
{
    char text[512];
    int status = EXIT_FINE;
    *sender = (dlq_sender){ .reader = reader, .to = to, .dry = dry };
    sender->targets = calloc(MOST_TARGETS, sizeof *sender->targets);
    if (!sender->targets)
        return dlq_fail(reader, EXIT_LOCAL, reader->topic, "out of memory", "");
    if (dry)
        return EXIT_FINE;
    rd_kafka_conf_t *conf = make_conf(sender, kafka, group, &status);
    if (!conf)
        return status;
    sender->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!sender->kafka) {
        rd_kafka_conf_destroy(conf);
        return dlq_fail(reader, EXIT_CONFIG, "Kafka", text, "");
    }
    rd_kafka_error_t *error = rd_kafka_init_transactions(sender->kafka, INIT_MS);
    return error ? failed(sender, "transactions", error) : EXIT_FINE;
}

void dlq_sender_close(dlq_sender *sender)
{
    free(sender->targets);
    if (!sender->kafka)
        return;
    rd_kafka_purge(sender->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(sender->kafka);
    sender->kafka = NULL;
}

/* -- records --------------------------------------------------------------------------------------------- */

/* It is not made when it is not there: the name may be of another cluster. */
static int find_target(dlq_sender *sender, const char *topic, int *partitions)
{
    for (size_t i = 0; i < sender->target_count; i++) {
        *partitions = sender->targets[i].partitions;
        if (strcmp(sender->targets[i].topic, topic) == 0)
            return EXIT_FINE;
    }
    if (sender->target_count == MOST_TARGETS)
        return dlq_fail(sender->reader, EXIT_DATA, sender->reader->topic, "its letters are of more topics than can be replayed at once", "");
    const int status = dlq_partitions(sender->reader, topic, partitions);
    dlq_target *target = &sender->targets[sender->target_count];
    snprintf(target->topic, sizeof target->topic, "%s", topic);
    target->partitions = *partitions;
    sender->target_count += !status;
    return status;
}

/* Those of the record, without what an earlier replay has put there, and which letter it comes from. NULL: no memory. */
static rd_kafka_headers_t *make_headers(const dlq_sender *sender, const dlq_letter *letter, const vc_message *message)
{
    char replayed[300];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count + 1);
    bool fine = headers != NULL;
    for (size_t i = 0; i < message->header_count && fine; i++) {
        const vc_header *header = &message->headers[i];
        if (header->name.len == sizeof HEADER_REPLAYED - 1 && memcmp(header->name.data, HEADER_REPLAYED, header->name.len) == 0)
            continue;
        fine = !rd_kafka_header_add(headers, header->name.data, (ssize_t)header->name.len, header->value.data, (ssize_t)header->value.len);
    }
    snprintf(replayed, sizeof replayed, "%s/%" PRId32 "/%" PRId64, sender->reader->topic, letter->partition, letter->offset);
    if (fine && !rd_kafka_header_add(headers, HEADER_REPLAYED, -1, replayed, -1))
        return headers;
    if (headers)
        rd_kafka_headers_destroy(headers);
    return NULL;
}

/* Produces, serving delivery reports while the queue is full; that may fail, and the queue empties then. */
static rd_kafka_error_t *produce(dlq_sender *sender, const rd_kafka_vu_t *what, size_t count)
{
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_produceva(sender->kafka, what, count);
        if (!error || rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return error;
        rd_kafka_error_destroy(error);
        rd_kafka_poll(sender->kafka, 100);
    }
}

static int send_to(dlq_sender *sender, const char *topic, int32_t partition, const dlq_letter *letter, const vc_message *message,
                   int64_t timestamp)
{
    rd_kafka_headers_t *headers = make_headers(sender, letter, message);
    rd_kafka_vu_t what[8];
    size_t count = 0;
    if (!headers)
        return dlq_fail(sender->reader, EXIT_LOCAL, topic, "out of memory", "");
#define ADD(type, field, ...) what[count++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_##type, .u.field = __VA_ARGS__ }
    ADD(TOPIC, cstr, topic);
    ADD(PARTITION, i32, partition);
    ADD(MSGFLAGS, i, RD_KAFKA_MSG_F_COPY);
    ADD(VALUE, mem, { (void *)(uintptr_t)message->value.data, message->value.len });
    ADD(KEY, mem, { (void *)(uintptr_t)message->key.data, message->key.len });
    ADD(OPAQUE, ptr, (void *)(uintptr_t)letter);
    ADD(HEADERS, headers, headers);
    if (timestamp >= 0)
        ADD(TIMESTAMP, i64, timestamp);
#undef ADD
    rd_kafka_error_t *error = produce(sender, what, count);
    if (!error) {
        sender->sent++;
        return EXIT_FINE;
    }
    const bool large = rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    rd_kafka_headers_destroy(headers);
    if (large)
        dlq_say(sender->reader, letter, "its record is larger than the producer's message.max.bytes");
    const int status = failed(sender, topic, error);
    return large ? EXIT_DATA : status;
}

int dlq_send(dlq_sender *sender, const dlq_letter *letter, const vc_message *message, int64_t timestamp)
{
    char topic[256];
    int partitions = 0;
    if (sender->to)
        snprintf(topic, sizeof topic, "%s", sender->to);
    else
        snprintf(topic, sizeof topic, "%.*s", (int)message->topic.len, message->topic.data);
    const int status = find_target(sender, topic, &partitions);
    if (status)
        return status;
    if (sender->dry) {
        sender->sent++;
        return EXIT_FINE;
    }
    /* Back to where it was; elsewhere its key decides, as of any record. */
    const int32_t from = vc_letter_partition(letter->letter);
    return send_to(sender, topic, !sender->to && from < partitions ? from : RD_KAFKA_PARTITION_UA, letter, message, timestamp);
}

/* -- transactions ---------------------------------------------------------------------------------------- */

int dlq_begin(dlq_sender *sender)
{
    sender->sent = 0;
    rd_kafka_error_t *error = sender->dry ? NULL : rd_kafka_begin_transaction(sender->kafka);
    return error ? failed(sender, "transaction", error) : EXIT_FINE;
}

void dlq_abort(dlq_sender *sender)
{
    rd_kafka_error_t *error = sender->dry ? NULL : rd_kafka_abort_transaction(sender->kafka, COMMIT_MS);
    if (error) /* the broker aborts it after transaction.timeout.ms, or when the next replay begins */
        rd_kafka_error_destroy(error);
}

static rd_kafka_error_t *send_places(dlq_sender *sender, const dlq_letter *letters, size_t count)
{
    rd_kafka_topic_partition_list_t *places = rd_kafka_topic_partition_list_new(8);
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(sender->reader->kafka);
    rd_kafka_error_t *error = NULL;
    for (size_t i = 0; i < count; i++) { /* of each partition the last counts */
        rd_kafka_topic_partition_t *place = rd_kafka_topic_partition_list_find(places, sender->reader->topic, letters[i].partition);
        if (!place)
            place = rd_kafka_topic_partition_list_add(places, sender->reader->topic, letters[i].partition);
        place->offset = letters[i].offset + 1;
    }
    for (int i = 0; i < AGAIN; i++) {
        error = rd_kafka_send_offsets_to_transaction(sender->kafka, places, group, COMMIT_MS);
        if (!error || !rd_kafka_error_is_retriable(error) || i == AGAIN - 1)
            break;
        rd_kafka_error_destroy(error);
        rd_kafka_poll(sender->kafka, AGAIN_MS);
    }
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(places);
    return error;
}

static rd_kafka_error_t *commit(dlq_sender *sender)
{
    for (int i = 0;; i++) {
        rd_kafka_error_t *error = rd_kafka_commit_transaction(sender->kafka, COMMIT_MS);
        if (!error || !rd_kafka_error_is_retriable(error) || i == AGAIN)
            return error;
        rd_kafka_error_destroy(error);
    }
}

int dlq_commit(dlq_sender *sender, const dlq_letter *letters, size_t count)
{
    if (sender->dry)
        return EXIT_FINE;
    rd_kafka_error_t *error = count ? send_places(sender, letters, count) : NULL;
    error = error ? error : commit(sender);
    if (!error)
        return EXIT_FINE;
    const int status = failed(sender, "transaction", error);
    dlq_abort(sender);
    return status;
}
