/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/outlet.h"

#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/config.h"
#include "kafka/topic.h"

#include <stdio.h>

enum { UNDER_WAY_MOST = 8, TOPIC_WAIT_MS = 10000, STEP_MS = 100 };

/* -- what librdkafka calls ------------------------------------------------------------------------------------------ */

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    vc__outlet *outlet = opaque;
    vc__delivery *delivery = message->_private;
    (void)rk;
    outlet->under_way--;
    if (!message->err) {
        delivery->delivered++;
        outlet->delivered++;
        return;
    }
    if (!outlet->failure.code && message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        vc__error(&outlet->failure,
                  message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? VC_E_TOO_LARGE : VC_E_KAFKA,
                  "a segment was not delivered to topic %s: %s%s%s", rd_kafka_topic_name(message->rkt),
                  rd_kafka_err2str(message->err), outlet->trouble[0] ? "; " : "", outlet->trouble);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    const vc__outlet *outlet = rd_kafka_opaque(rk);
    char line[512];
    (void)level, (void)facility;
    if (!outlet->log)
        return;
    snprintf(line, sizeof line, "kafka: %s", text);
    outlet->log(outlet->log_user, line);
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    vc__outlet *outlet = opaque;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        const rd_kafka_resp_err_t original = rd_kafka_fatal_error(rk, outlet->trouble, sizeof outlet->trouble);
        if (!outlet->failure.code)
            vc__error(&outlet->failure, VC_E_KAFKA, "the Kafka producer cannot go on: %s: %s", rd_kafka_err2name(original),
                      outlet->trouble);
        return;
    }
    snprintf(outlet->trouble, sizeof outlet->trouble, "%s", reason); /* librdkafka's log has told it already */
}

/* -- life ----------------------------------------------------------------------------------------------------------- */

/* What is ours unless the user has set one of the names. */
static const struct {
    const char *names[3], *value;
} defaults[] = {
    { { "enable.idempotence", NULL }, "true" }, /* what is set and contradicts it, librdkafka names */
    { { "linger.ms", "queue.buffering.max.ms", NULL }, "0" }, /* a segment fills a request nearly alone */
};

static vc_code set_unless(const vc_kafka_config *kafka, rd_kafka_conf_t *conf, const char *const *names, const char *value,
                          vc_error *err)
{
    char reason[256];
    if (vc__kafka_config_has(kafka, names) ||
        rd_kafka_conf_set(conf, names[0], value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
        return VC_OK;
    return vc__error(err, VC_E_CONFIG, "librdkafka: %s", reason);
}

/* A receiver refuses what is out of order: without idempotence retries must not change it. */
static vc_code keep_order(const vc_kafka_config *kafka, rd_kafka_conf_t *conf, vc_error *err)
{
    static const char *const in_flight[] = { "max.in.flight", "max.in.flight.requests.per.connection", NULL };
    char on[8] = "";
    size_t room = sizeof on;
    (void)rd_kafka_conf_get(conf, "enable.idempotence", on, &room);
    return strcmp(on, "true") == 0 ? VC_OK : set_unless(kafka, conf, in_flight, "1", err);
}

static vc_code make_conf(const vc_kafka_config *kafka, rd_kafka_conf_t **conf, vc_error *err)
{
    vc_code code = vc__kafka_config_check(kafka, err);
    if (!code)
        code = vc_kafka_config_conf(kafka, VC_KAFKA_PRODUCER, conf, err);
    if (code)
        return code;
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0] && !code; i++)
        code = set_unless(kafka, *conf, defaults[i].names, defaults[i].value, err);
    if (!code)
        code = keep_order(kafka, *conf, err);
    if (code)
        rd_kafka_conf_destroy(*conf);
    return code;
}

static bool stopped(const vc__outlet *outlet)
{
    return outlet->stop && atomic_load(outlet->stop);
}

static vc_code canceled(vc_error *err)
{
    return vc__error(err, VC_E_CANCELED, "stopped");
}

/* Asks for a while: a broker may be on its way up, a topic in the making. */
static vc_code await_topic(vc__outlet *outlet, vc_error *err)
{
    const uint64_t until = vc__now_ms() + TOPIC_WAIT_MS;
    for (;;) {
        rd_kafka_resp_err_t result = RD_KAFKA_RESP_ERR_NO_ERROR;
        outlet->partitions = vc__topic_partitions(outlet->rk, outlet->topic, 1000, &result);
        if (outlet->partitions)
            return VC_OK;
        rd_kafka_poll(outlet->rk, STEP_MS);
        if (stopped(outlet))
            return canceled(err);
        if (vc__now_ms() >= until)
            return vc__error(err, VC_E_KAFKA, "topic %s: %s%s%s", rd_kafka_topic_name(outlet->topic), rd_kafka_err2str(result),
                             outlet->trouble[0] ? "; " : "", outlet->trouble);
    }
}

vc_code vc__outlet_open(vc__outlet *outlet, const vc_kafka_config *kafka, const char *topic, vc_error *err)
{
    char reason[256];
    rd_kafka_conf_t *conf = NULL;
    const vc_code code = make_conf(kafka, &conf, err);
    if (code)
        return code;
    outlet->failure = (vc_error)VC_ERROR_INIT;
    rd_kafka_conf_set_opaque(conf, outlet);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    outlet->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!outlet->rk) {
        rd_kafka_conf_destroy(conf);
        return vc__error(err, VC_E_CONFIG, "the Kafka producer cannot be made: %s", reason);
    }
    outlet->topic = rd_kafka_topic_new(outlet->rk, topic, NULL);
    if (!outlet->topic)
        return vc__error(err, VC_E_KAFKA, "topic %s: %s", topic, rd_kafka_err2str(rd_kafka_last_error()));
    return await_topic(outlet, err);
}

void vc__outlet_close(vc__outlet *outlet)
{
    if (outlet->topic)
        rd_kafka_topic_destroy(outlet->topic);
    if (outlet->rk) {
        rd_kafka_purge(outlet->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        rd_kafka_destroy(outlet->rk);
    }
    outlet->topic = NULL;
    outlet->rk = NULL;
}

char *vc__outlet_cluster(const vc__outlet *outlet, vc_error *err)
{
    char *id = rd_kafka_clusterid(outlet->rk, TOPIC_WAIT_MS);
    if (!id)
        vc__error(err, VC_E_KAFKA, "the brokers do not tell which cluster they are");
    return id;
}

/* -- records -------------------------------------------------------------------------------------------------------- */

vc_code vc__outlet_poll(vc__outlet *outlet, int wait_ms, vc_error *err)
{
    rd_kafka_poll(outlet->rk, wait_ms);
    return outlet->failure.code ? vc__error_copy(err, &outlet->failure) : VC_OK;
}

static vc_code await_room(vc__outlet *outlet, vc_error *err)
{
    vc_code code = vc__outlet_poll(outlet, 0, err);
    while (!code && outlet->under_way >= UNDER_WAY_MOST)
        code = stopped(outlet) ? canceled(err) : vc__outlet_poll(outlet, STEP_MS, err);
    return code;
}

static rd_kafka_error_t *produce(const vc__outlet *outlet, const vc__parcel *parcel, vc__delivery *delivery)
{
    rd_kafka_vu_t what[8];
    size_t count = 0;
#define ADD(type, field, ...) what[count++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_##type, .u.field = __VA_ARGS__ }
    ADD(RKT, rkt, outlet->topic);
    ADD(PARTITION, i32, parcel->partition);
    ADD(MSGFLAGS, i, RD_KAFKA_MSG_F_COPY);
    ADD(VALUE, mem, { (void *)(uintptr_t)parcel->value.data, parcel->value.len });
    ADD(KEY, mem, { (void *)(uintptr_t)parcel->key.data, parcel->key.len });
    ADD(OPAQUE, ptr, delivery);
    for (size_t i = 0; i < parcel->header_count; i++)
        ADD(HEADER, header, { parcel->headers[i].name, parcel->headers[i].value.data, (ssize_t)parcel->headers[i].value.len });
#undef ADD
    return rd_kafka_produceva(outlet->rk, what, count);
}

vc_code vc__outlet_send(vc__outlet *outlet, const vc__parcel *parcel, vc__delivery *delivery, vc_error *err)
{
    for (;;) {
        const vc_code code = await_room(outlet, err);
        if (code)
            return code;
        rd_kafka_error_t *error = produce(outlet, parcel, delivery);
        if (!error) {
            outlet->under_way++;
            delivery->sent++;
            return VC_OK;
        }
        const rd_kafka_resp_err_t result = rd_kafka_error_code(error);
        rd_kafka_error_destroy(error);
        if (result == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
            return vc__error(err, VC_E_TOO_LARGE, "the record is larger than the producer's message.max.bytes");
        if (result != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return vc__error(err, VC_E_KAFKA, "topic %s: %s", rd_kafka_topic_name(outlet->topic), rd_kafka_err2str(result));
        if (stopped(outlet))
            return canceled(err);
        rd_kafka_poll(outlet->rk, STEP_MS); /* a limit of the user's own */
    }
}

vc_code vc__outlet_wait(vc__outlet *outlet, const vc__delivery *delivery, vc_error *err)
{
    vc_code code = vc__outlet_poll(outlet, 0, err);
    while (!code && delivery->delivered < delivery->sent)
        code = stopped(outlet) ? canceled(err) : vc__outlet_poll(outlet, STEP_MS, err);
    return code;
}
