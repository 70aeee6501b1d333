/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/sink.h"

#include "base/buf.h"
#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/letter.h"

#include <inttypes.h>
#include <stdio.h>

enum { MAX_LETTER = 64 << 10 };

/* -- what librdkafka calls ------------------------------------------------------------------------------- */

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    vc__sink *sink = opaque;
    vc__item *item = message->_private;
    (void)rk;
    item->unit->pending--;
    if (!message->err) {
        item->delivered = true;
        sink->delivered += !item->letter;
        sink->letters += item->letter;
        return;
    }
    if (sink->failure.code || message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE)
        return;
    vc__error(
        &sink->failure, message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? VC_E_TOO_LARGE : VC_E_KAFKA,
        "record %s [%" PRId32 "] at offset %" PRId64 " was not delivered to topic %s: %s%s%s",
        item->partition->route->source, item->partition->id, item->offset, rd_kafka_topic_name(message->rkt),
        rd_kafka_err2str(message->err), sink->trouble[0] ? "; " : "", sink->trouble);
}

static void say(const vc__sink *sink, const char *text)
{
    char line[512];
    if (!sink->log)
        return;
    snprintf(line, sizeof line, "kafka: %s", text);
    sink->log(sink->log_user, line);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)level, (void)facility;
    say(rd_kafka_opaque(rk), text);
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    vc__sink *sink = opaque;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        const rd_kafka_resp_err_t original = rd_kafka_fatal_error(rk, sink->trouble, sizeof sink->trouble);
        if (!sink->failure.code)
            vc__error(&sink->failure, VC_E_KAFKA, "the Kafka producer cannot go on: %s: %s",
                      rd_kafka_err2name(original), sink->trouble);
        return;
    }
    snprintf(sink->trouble, sizeof sink->trouble, "%s", reason); /* librdkafka's log has told it already */
}

void vc__sink_poll(vc__sink *sink, int wait_ms)
{
    rd_kafka_poll(sink->rk, wait_ms);
}

/* -- life ------------------------------------------------------------------------------------------------ */

vc_code vc__sink_open(vc__sink *sink, rd_kafka_conf_t *conf, vc_error *err)
{
    char reason[256];
    sink->failure = (vc_error)VC_ERROR_INIT;
    rd_kafka_conf_set_opaque(conf, sink);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    sink->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (sink->rk)
        return VC_OK;
    rd_kafka_conf_destroy(conf);
    return vc__error(err, VC_E_CONFIG, "the Kafka producer cannot be made: %s", reason);
}

void vc__sink_close(vc__sink *sink, vc__route *routes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (routes[i].target_topic)
            rd_kafka_topic_destroy(routes[i].target_topic);
        if (routes[i].letters_topic)
            rd_kafka_topic_destroy(routes[i].letters_topic);
        routes[i].target_topic = routes[i].letters_topic = NULL;
    }
    if (sink->rk) {
        rd_kafka_purge(sink->rk,
                       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        rd_kafka_destroy(sink->rk);
    }
    sink->rk = NULL;
}

/* -- topics ---------------------------------------------------------------------------------------------- */

/* How many partitions the topic has; 0 and `*result` while that is not known. */
static int count_partitions(rd_kafka_t *rk, rd_kafka_topic_t *topic, int wait_ms, rd_kafka_resp_err_t *result)
{
    const struct rd_kafka_metadata *metadata = NULL;
    int count = 0;
    *result = rd_kafka_metadata(rk, 0, topic, &metadata, wait_ms);
    if (*result)
        return 0;
    if (metadata->topic_cnt == 1) {
        *result = metadata->topics[0].err;
        count = metadata->topics[0].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    return *result ? 0 : count;
}

/* The same, asking again for `wait_ms`: a broker may be on its way up, a topic in the making. */
static vc_code await_topic(vc__sink *sink, rd_kafka_t *rk, rd_kafka_topic_t *topic, uint64_t wait_ms,
                           int *count, vc_error *err)
{
    const uint64_t until = vc__now_ms() + wait_ms;
    for (;;) {
        rd_kafka_resp_err_t result = RD_KAFKA_RESP_ERR_NO_ERROR;
        *count = count_partitions(rk, topic, 1000, &result);
        vc__sink_poll(sink, 0);
        if (*count)
            return VC_OK;
        if (vc__now_ms() >= until)
            return vc__error(err, VC_E_KAFKA, "topic %s: %s%s%s", rd_kafka_topic_name(topic),
                             rd_kafka_err2str(result), sink->trouble[0] ? "; " : "", sink->trouble);
        vc__sink_poll(sink, 100);
    }
}

static rd_kafka_topic_t *open_topic(rd_kafka_t *rk, const char *name, vc_error *err)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    if (!topic)
        vc__error(err, VC_E_KAFKA, "topic %s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
    return topic;
}

vc_code vc__sink_open_route(vc__sink *sink, rd_kafka_t *consumer, vc__route *route, uint64_t wait_ms,
                            vc_error *err)
{
    if (!route->target_topic && !(route->target_topic = open_topic(sink->rk, route->target, err)))
        return VC_E_KAFKA;
    rd_kafka_topic_t *source = open_topic(consumer, route->source, err);
    if (!source)
        return VC_E_KAFKA;
    int from = 0, to = 0;
    vc_code code = await_topic(sink, consumer, source, wait_ms, &from, err);
    if (!code)
        code = await_topic(sink, sink->rk, route->target_topic, wait_ms, &to, err);
    if (!code)
        route->same_partition = from == to;
    rd_kafka_topic_destroy(source);
    return code;
}

/* -- records --------------------------------------------------------------------------------------------- */

/*
 * Produces, serving delivery reports while the queue is full. The queue empties at the latest when
 * message.timeout.ms has passed.
 */
static rd_kafka_resp_err_t produce(vc__sink *sink, const rd_kafka_vu_t *what, size_t count)
{
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_produceva(sink->rk, what, count);
        if (!error)
            return RD_KAFKA_RESP_ERR_NO_ERROR;
        const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
        rd_kafka_error_destroy(error);
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || sink->failure.code)
            return code;
        vc__sink_poll(sink, 10);
    }
}

static vc_code produce_failed(vc__sink *sink, const vc__item *item, rd_kafka_resp_err_t result,
                              const rd_kafka_topic_t *topic, vc_error *err)
{
    if (result == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        return vc__error(err, VC_E_TOO_LARGE, "the record is larger than the producer's message.max.bytes");
    if (sink->failure.code)
        return vc__error_copy(err, &sink->failure);
    return vc__error(err, VC_E_KAFKA,
                     "record %s [%" PRId32 "] at offset %" PRId64 " cannot be sent to topic %s: %s",
                     item->partition->route->source, item->partition->id, item->offset,
                     rd_kafka_topic_name(topic), rd_kafka_err2str(result));
}

vc_code vc__sink_send(vc__sink *sink, vc__item *item, rd_kafka_message_t *from, vc_view value, vc_error *err)
{
    const vc__route *route = item->partition->route;
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_vu_t what[8];
    size_t count = 0;
#define ADD(type, field, ...)                                                                                \
    what[count++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_##type, .u.field = __VA_ARGS__ }
    ADD(RKT, rkt, route->target_topic);
    ADD(PARTITION, i32, route->same_partition ? item->partition->id : RD_KAFKA_PARTITION_UA);
    ADD(MSGFLAGS, i, RD_KAFKA_MSG_F_COPY);
    ADD(VALUE, mem, { (void *)(uintptr_t)value.data, value.len });
    ADD(KEY, mem, { from->key, from->key_len });
    ADD(OPAQUE, ptr, item);
    if (item->timestamp >= 0)
        ADD(TIMESTAMP, i64, item->timestamp);
    if (rd_kafka_message_detach_headers(from, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        ADD(HEADERS, headers, headers);
#undef ADD
    const rd_kafka_resp_err_t result = produce(sink, what, count);
    if (!result) {
        item->unit->pending++;
        return VC_OK;
    }
    if (headers)
        rd_kafka_headers_destroy(headers);
    return produce_failed(sink, item, result, route->target_topic, err);
}

vc_code vc__sink_send_letter(vc__sink *sink, vc__item *item, const vc_error *why, vc_error *err)
{
    vc__route *route = item->partition->route;
    if (!route->letters_topic && !(route->letters_topic = open_topic(sink->rk, route->letters, err)))
        return VC_E_KAFKA;
    vc__auto(vc__buf) text = VC__BUF(MAX_LETTER);
    vc__letter_write(&text, &(vc__letter){ .topic = route->source,
                                           .rule = vc_rule_name(route->rule),
                                           .partition = item->partition->id,
                                           .offset = item->offset,
                                           .timestamp = item->timestamp,
                                           .why = why });
    const vc_code code = vc__buf_check(&text, "dead letter", err);
    if (code)
        return code;
    item->letter = true;
    const rd_kafka_vu_t what[] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = route->letters_topic },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { text.data, text.len } },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = item },
    };
    const rd_kafka_resp_err_t result = produce(sink, what, sizeof what / sizeof what[0]);
    if (result)
        return produce_failed(sink, item, result, route->letters_topic, err);
    item->unit->pending++;
    return VC_OK;
}
