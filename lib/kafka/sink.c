/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/sink.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/header.h"

#include <inttypes.h>
#include <stdio.h>

enum { ROOM_MS = 5, PUSH_MS = 1 };

/* -- what librdkafka calls ------------------------------------------------------------------------------- */

/* Sending the same again would end in the same. */
static bool is_permanent(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: return true;
    default: return false;
    }
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    vc__sink *sink = opaque;
    vc__span *span = message->_private;
    (void)rk;
    if (span)
        span->pending--;
    if (!message->err || sink->failure.code || message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
        message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        return;
    sink->permanent = is_permanent(message->err);
    vc__error(&sink->failure, message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? VC_E_TOO_LARGE : VC_E_KAFKA,
              "a record was not delivered to topic %s [%" PRId32 "]: %s%s%s", rd_kafka_topic_name(message->rkt), message->partition,
              rd_kafka_err2str(message->err), sink->trouble[0] ? "; " : "", sink->trouble);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    const vc__sink *sink = rd_kafka_opaque(rk);
    (void)facility;
    vc__log_kafka(sink->log, level, text);
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    vc__sink *sink = opaque;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        const rd_kafka_resp_err_t original = rd_kafka_fatal_error(rk, sink->trouble, sizeof sink->trouble);
        if (!sink->failure.code)
            vc__error(&sink->failure, VC_E_KAFKA, "the Kafka producer cannot go on: %s: %s", rd_kafka_err2name(original),
                      sink->trouble);
        return;
    }
    snprintf(sink->trouble, sizeof sink->trouble, "%s", reason); /* librdkafka's log has told it already */
}

void vc__sink_poll(vc__sink *sink, int wait_ms)
{
    rd_kafka_poll(sink->rk, wait_ms);
}

bool vc__sink_holds(const vc__sink *sink)
{
    return sink->lingers && rd_kafka_outq_len(sink->rk) > 0;
}

void vc__sink_push(vc__sink *sink, int wait_ms)
{
    if (sink->lingers)
        (void)rd_kafka_flush(sink->rk, wait_ms); /* librdkafka heeds no linger.ms meanwhile */
    else
        vc__sink_poll(sink, wait_ms);
}

/* For room: deliveries make some. When none come, what is there waits for more to fill its batch, which cannot come. */
static void await_room(vc__sink *sink)
{
    if (!rd_kafka_poll(sink->rk, ROOM_MS))
        vc__sink_push(sink, PUSH_MS);
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
    sink->transactions.rk = sink->rk;
    if (sink->rk)
        return VC_OK;
    rd_kafka_conf_destroy(conf);
    return vc__error(err, VC_E_CONFIG, "the Kafka producer cannot be made: %s", reason);
}

void vc__sink_close(vc__sink *sink)
{
    for (size_t i = 0; i < sink->topic_count; i++) {
        if (sink->topics[i].target)
            rd_kafka_topic_destroy(sink->topics[i].target);
        if (sink->topics[i].letters)
            rd_kafka_topic_destroy(sink->topics[i].letters);
        vc__free(sink->topics[i].begun);
    }
    vc__free(sink->topics);
    if (sink->rk) {
        rd_kafka_purge(sink->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        rd_kafka_destroy(sink->rk);
    }
    for (size_t i = 0; i < VC__SPANS; i++)
        vc__free(sink->spans[i].marks);
    *sink = (vc__sink){ .log = sink->log, .transactional = sink->transactional, .lingers = sink->lingers, .transactions = sink->transactions };
    sink->transactions.rk = NULL;
    sink->transactions.open = false;
}

/* -- spans ----------------------------------------------------------------------------------------------- */

static bool is_given_up(const vc__sink *sink)
{
    return sink->give_up && atomic_load(sink->give_up);
}

vc__span *vc__sink_begin_span(vc__sink *sink)
{
    while (sink->spans_begun - sink->spans_finished == VC__SPANS) {
        await_room(sink);
        vc__sink_settle(sink);
        if (sink->failure.code || is_given_up(sink))
            return NULL;
    }
    vc__span *span = &sink->spans[sink->spans_begun++ % VC__SPANS];
    span->pending = span->mark_count = 0;
    span->records = span->letters = span->bytes = 0;
    return span;
}

vc_code vc__span_mark(vc__span *span, vc__partition *partition, int64_t next, vc_error *err)
{
    for (size_t i = span->mark_count; i-- > 0;)
        if (span->marks[i].partition == partition) {
            span->marks[i].next = next;
            return VC_OK;
        }
    if (span->mark_count == span->mark_room) {
        const size_t room = span->mark_room ? 2 * span->mark_room : 8;
        vc__mark *more = vc__realloc(span->marks, room, sizeof *more);
        if (!more)
            return vc__error_memory(err);
        span->marks = more;
        span->mark_room = room;
    }
    span->marks[span->mark_count++] = (vc__mark){ partition, partition->epoch, next };
    return VC_OK;
}

void vc__sink_settle(vc__sink *sink)
{
    while (!vc__sink_settled(sink) && !sink->failure.code) {
        const vc__span *span = &sink->spans[sink->spans_finished % VC__SPANS];
        if (span->pending)
            break;
        for (size_t i = 0; i < span->mark_count; i++)
            if (span->marks[i].epoch == span->marks[i].partition->epoch)
                atomic_store(&span->marks[i].partition->done, span->marks[i].next);
        sink->records_done += span->records;
        sink->letters_done += span->letters;
        sink->bytes_done += span->bytes;
        sink->spans_finished++;
    }
}

/* -- topics ---------------------------------------------------------------------------------------------- */

/* The sink's own handle of one of the route's topics. */
static rd_kafka_topic_t *get_topic(vc__sink *sink, const vc__route *route, bool letters, vc_error *err)
{
    if (route->index >= sink->topic_count) {
        const size_t count = route->index + 16;
        void *more = vc__realloc(sink->topics, count, sizeof *sink->topics);
        if (!more) {
            vc__error_memory(err);
            return NULL;
        }
        sink->topics = more;
        memset(sink->topics + sink->topic_count, 0, (count - sink->topic_count) * sizeof *sink->topics);
        sink->topic_count = count;
    }
    rd_kafka_topic_t **place = letters ? &sink->topics[route->index].letters : &sink->topics[route->index].target;
    const char *name = letters ? route->letters : route->target;
    if (!*place && !(*place = rd_kafka_topic_new(sink->rk, name, NULL)))
        vc__error(err, VC_E_KAFKA, "topic %s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
    return *place;
}

/* -- records --------------------------------------------------------------------------------------------- */

/*
 * Produces, serving delivery reports while the queue is full. The queue empties at the latest when
 * message.timeout.ms has passed; when it is given up, that is not waited for.
 */
static rd_kafka_resp_err_t produce(vc__sink *sink, const rd_kafka_vu_t *what, size_t count)
{
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_produceva(sink->rk, what, count);
        if (!error)
            return RD_KAFKA_RESP_ERR_NO_ERROR;
        const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
        rd_kafka_error_destroy(error);
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || sink->failure.code || is_given_up(sink))
            return code;
        await_room(sink);
    }
}

static vc__produced produce_failed(vc__sink *sink, const vc__origin *origin, rd_kafka_resp_err_t result, const char *topic, vc_error *err)
{
    if (result == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        vc__error(err, VC_E_TOO_LARGE, "the record is larger than the producer's message.max.bytes");
        return VC__RECORD_REFUSED;
    }
    if (result == RD_KAFKA_RESP_ERR__QUEUE_FULL && is_given_up(sink)) {
        vc__error(err, VC_E_CANCELED, "the brokers were not waited for");
        return VC__SINK_FAILED;
    }
    /* When the brokers refused an earlier record, librdkafka may know no partitions any more: their reason says more. */
    if (!sink->transactional)
        vc__sink_poll(sink, 100);
    if (sink->failure.code)
        vc__error_copy(err, &sink->failure);
    else
        vc__error(err, VC_E_KAFKA, "record %s [%" PRId32 "] at offset %" PRId64 " cannot be sent to topic %s: %s", origin->route->source,
                  origin->partition, origin->offset, topic, rd_kafka_err2str(result));
    return VC__SINK_FAILED;
}

static bool add_header(rd_kafka_headers_t *headers, vc_view name, vc_view value)
{
    return rd_kafka_header_add(headers, name.data, (ssize_t)name.len, value.data, (ssize_t)value.len) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Those of the message. NULL: no memory. */
static rd_kafka_headers_t *make_headers(const vc_message *message)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count + 1);
    bool fine = headers;
    for (size_t i = 0; fine && i < message->header_count; i++)
        fine = add_header(headers, message->headers[i].name, message->headers[i].value);
    if (!fine && headers)
        rd_kafka_headers_destroy(headers);
    return fine ? headers : NULL;
}

/* The record's headers as it leaves; NULL: there are none. Taken from the message that was read where that saves a copy. */
static vc_code get_headers(const vc__outgo *outgo, rd_kafka_headers_t **headers, vc_error *err)
{
    *headers = NULL;
    /* librdkafka parses anew each time it is asked for headers that are not there. */
    if (outgo->same_headers && outgo->message->header_count &&
        rd_kafka_message_detach_headers(outgo->from, headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_header_remove(*headers, VC__HEADER_SCHEMA);
    else if (!outgo->message->header_count && !outgo->stamp.data)
        return VC_OK;
    else
        *headers = make_headers(outgo->message);
    if (*headers && (!outgo->stamp.data || add_header(*headers, vc_str(VC__HEADER_SCHEMA), outgo->stamp)))
        return VC_OK;
    if (*headers)
        rd_kafka_headers_destroy(*headers);
    return vc__error_memory(err);
}

/*
 * The first record of a producer to a partition goes alone. A broker that knows nothing of the producer takes the first batch that comes for the beginning,
 * whatever its sequence number: when the first is put off (the partition has just been made) and the second is not, the first is taken for
 * a double later, reported as delivered, and is not there. With transactions brokers see to it themselves (KIP-890).
 */
static bool begin_partition(vc__sink *sink, const vc__origin *origin, vc__span *span)
{
    const bool known = atomic_load(&origin->route->same_partition);
    const size_t index = known ? (size_t)origin->partition : 0; /* else the key decides: at least the first of all */
    if (sink->transactional || origin->route->index >= sink->topic_count)
        return true;
    if (index >= sink->topics[origin->route->index].begun_room) {
        const size_t room = 2 * index + 8, had = sink->topics[origin->route->index].begun_room;
        bool *more = vc__realloc(sink->topics[origin->route->index].begun, room, sizeof *more);
        if (!more)
            return false;
        memset(more + had, 0, (room - had) * sizeof *more);
        sink->topics[origin->route->index].begun = more;
        sink->topics[origin->route->index].begun_room = room;
    }
    bool *begun = &sink->topics[origin->route->index].begun[index];
    while (!*begun && span->pending && !sink->failure.code && !is_given_up(sink))
        vc__sink_push(sink, 100);
    *begun = *begun || !span->pending;
    return true;
}

vc__produced vc__sink_send(vc__sink *sink, const vc__origin *origin, const vc__outgo *outgo, vc__span *span, vc_error *err)
{
    const vc_message *message = outgo->message;
    rd_kafka_topic_t *topic = get_topic(sink, origin->route, false, err);
    rd_kafka_headers_t *headers;
    if (!topic || get_headers(outgo, &headers, err))
        return VC__SINK_FAILED;
    rd_kafka_vu_t what[8];
    size_t count = 0;
#define ADD(type, field, ...) what[count++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_##type, .u.field = __VA_ARGS__ }
    ADD(RKT, rkt, topic);
    ADD(PARTITION, i32, atomic_load(&origin->route->same_partition) ? origin->partition : RD_KAFKA_PARTITION_UA);
    ADD(MSGFLAGS, i, RD_KAFKA_MSG_F_COPY);
    ADD(VALUE, mem, { (void *)(uintptr_t)message->value.data, message->value.len });
    ADD(KEY, mem, { (void *)(uintptr_t)message->key.data, message->key.len });
    ADD(OPAQUE, ptr, span);
    if (origin->timestamp >= 0)
        ADD(TIMESTAMP, i64, origin->timestamp);
    if (headers)
        ADD(HEADERS, headers, headers);
#undef ADD
    const rd_kafka_resp_err_t result = produce(sink, what, count);
    if (!result) {
        if (span) {
            span->pending++;
            span->records++;
            span->bytes += message->key.len + message->value.len;
        }
        if (begin_partition(sink, origin, span))
            return VC__PRODUCED;
        vc__error_memory(err);
        return VC__SINK_FAILED;
    }
    if (headers)
        rd_kafka_headers_destroy(headers);
    return produce_failed(sink, origin, result, origin->route->target, err);
}

vc__produced vc__sink_send_letter(vc__sink *sink, const vc__origin *origin, vc_view letter, vc__span *span, vc_error *err)
{
    rd_kafka_topic_t *topic = get_topic(sink, origin->route, true, err);
    if (!topic)
        return VC__SINK_FAILED;
    const rd_kafka_vu_t what[] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)letter.data, letter.len } },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = span },
    };
    const rd_kafka_resp_err_t result = produce(sink, what, sizeof what / sizeof what[0]);
    if (result)
        return produce_failed(sink, origin, result, origin->route->letters, err);
    if (span) {
        span->pending++;
        span->letters++;
    }
    return VC__PRODUCED;
}
