/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer - the confidential container demo's: encrypts a message with a public key, and sends it, again and again. It has no private key,
 * no token, and nobody to ask for one: what it sent, it cannot read. (A Vault client is not even opened.)
 */
#include "attested.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: producer [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them\n"
    "  -t TOPIC     (default: TOPIC, or kafka-demo-topic)\n"
    "  -n COUNT     end after so many messages\n"
    "  --first N    number of the first (1)\n"
    "Environment, as the original's: MSG, the text; PUBKEY, the public key in PEM; TOPIC; LOG_FILE.\n"
    "And: RATE, messages a second (1); METHOD, rsa-oaep as the original, or hybrid, for any length.\n";

static unsigned long delivered, failed;

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka, (void)opaque;
    delivered += !message->err;
    if (message->err && !failed++)
        say("a message is not delivered: %s", rd_kafka_err2str(message->err));
}

static rd_kafka_t *open_kafka(const struct options *options)
{
    vc_error err = VC_ERROR_INIT;
    rd_kafka_conf_t *conf = NULL;
    char reason[256];
    if (vc_kafka_config_conf(options->kafka, VC_KAFKA_PRODUCER, &conf, &err))
        die(&err);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!kafka)
        die_kafka("the producer cannot be made", reason);
    return kafka;
}

/* Of all there is, this alone is secret for a moment: the text in clear. */
static void send_one(rd_kafka_t *kafka, vc_batch *batch, const vc_rule *rule, const char *topic, unsigned long number, const char *text)
{
    vc_error err = VC_ERROR_INIT;
    const size_t room = strlen(text) + 64;
    char *value = malloc(room);
    if (!value)
        die_kafka("a message", "out of memory");
    const int len = snprintf(value, room, "Message Id %lu: %s", number, text);
    vc_batch_clear(batch);
    if (vc_batch_add(batch, rule, vc_view_of(value, (size_t)len), &err) || run_here(batch, &err))
        die(&err);
    if (vc_batch_error(batch, 0))
        die(vc_batch_error(batch, 0)); /* too long for rsa-oaep, and so will the next be */
    const vc_view out = vc_batch_output(batch, 0);
    const rd_kafka_vu_t parts[] = {
        { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)out.data, out.len } },
        { .vtype = RD_KAFKA_VTYPE_HEADER, .u.header = { "source", "vaultcrypt", -1 } },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
    };
    rd_kafka_error_t *why = rd_kafka_produceva(kafka, parts, sizeof parts / sizeof parts[0]);
    if (why)
        say("a message is not sent: %s", rd_kafka_error_string(why));
    failed += why != NULL;
    rd_kafka_error_destroy(why);
    free(value);
}

/* Until the next message is due; Kafka's events meanwhile. */
static void wait_until(rd_kafka_t *kafka, double due)
{
    struct timespec now;
    double left;
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
        left = due - ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
        rd_kafka_poll(kafka, left > 0.1 ? 100 : left > 0 ? (int)(left * 1000) + 1 : 0);
    } while (left > 0 && !stopped);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct options options = { .topic = variable("TOPIC", "kafka-demo-topic"), .first = 1 };
    vc_error err = VC_ERROR_INIT;
    read_options(&options, usage, argc, argv);
    open_log();
    const char *text = variable("MSG", NULL), *public_key = variable("PUBKEY", NULL);
    const double rate = atof(variable("RATE", "1"));
    if (!(rate > 0 && rate <= 1e6))
        die_kafka("RATE", "messages a second, more than 0");
    vc_schema *schema = demo_schema("");
    vc_keyring *ring = vc_keyring_new(&err);
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, &err);
    if (!ring || !batch || vc_keyring_add_public(ring, DEMO_KEY, vc_str(public_key), &err) || vc_batch_set_keyring(batch, ring, &err))
        die(&err);
    const vc_rule *rule = vc_schema_match(schema, vc_str(options.topic), &err);
    if (!rule)
        die(&err);
    rd_kafka_t *kafka = open_kafka(&options);
    say("sending to %s", options.topic);
    const double start = seconds_now();
    for (unsigned long i = 0; !stopped && (!options.count || i < options.count); i++) {
        wait_until(kafka, start + (double)i / rate);
        if (!stopped)
            send_one(kafka, batch, rule, options.topic, options.first + i, text);
    }
    rd_kafka_flush(kafka, 30000);
    say("%lu messages delivered, %lu failed", delivered, failed);
    rd_kafka_destroy(kafka);
    vc_batch_free(batch);
    vc_keyring_unref(ring);
    vc_schema_unref(schema);
    vc_kafka_config_free(options.kafka);
    return failed ? 1 : 0;
}
