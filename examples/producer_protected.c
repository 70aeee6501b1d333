/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer_protected - sends the lines of standard input, protected before they leave: an application that encrypts by itself and
 * needs no encryptor behind it. Handle, delivery reports and partitioner are its own.
 */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/kafka_producer.h>

static const char usage[] =
    "usage: producer_protected [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them\n"
    "  -s SCHEMA    (default purchases.yaml)\n"
    "  -t TOPIC     (default purchases_encrypted)\n"
    "  -K TEXT      a line begins with its key, and TEXT behind it\n"
    "Vault: VAULT_ADDR, VAULT_TOKEN and the other VAULT_* variables.\n";

static unsigned long delivered, failed;

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka, (void)opaque;
    delivered += !message->err;
    if (message->err && !failed++)
        fprintf(stderr, "producer_protected: %s\n", rd_kafka_err2str(message->err));
}

/* A line that cannot be protected is not sent; those behind it are. Its number is all that is told of it. */
static int on_failed(void *user, const vc_message *message, int32_t partition, void *opaque, const vc_error *why, vc_on_error on_error)
{
    (void)user, (void)message, (void)partition, (void)on_error;
    fprintf(stderr, "producer_protected: line %lu: %s\n", (unsigned long)(uintptr_t)opaque, why->message);
    failed++;
    return 0;
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

static void send_line(vc_producer *protector, const struct options *options, char *line, unsigned long number)
{
    vc_error err = VC_ERROR_INIT;
    vc_message message = VC_MESSAGE_INIT;
    char *value = options->separator ? strstr(line, options->separator) : NULL;
    message.topic = vc_str(options->topic);
    if (value)
        message.key = vc_view_of(line, (size_t)(value - line));
    message.value = vc_str(value ? value + strlen(options->separator) : line);
    /* It is copied. From time to time this sends what has gathered; Vault away is an error only after the deadline. */
    if (vc_producer_produce(protector, &message, VC_ANY_PARTITION, 0, (void *)(uintptr_t)number, &err))
        die(&err);
}

int main(int argc, char **argv)
{
    struct options options = { .topic = "purchases_encrypted", .schema = "purchases.yaml" };
    set_default(&options, "enable.idempotence", "true");
    set_default(&options, "max.in.flight.requests.per.connection", "1"); /* nothing overtakes the first record of a new partition */
    read_options(&options, usage, argc, argv);

    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    vc_schema *schema = vault ? vc_schema_open(options.schema, &err) : NULL;
    if (!schema)
        die(&err);
    rd_kafka_t *kafka = open_kafka(&options);
    vc_producer *protector = vc_producer_new(kafka, vault, schema, &err);
    if (!protector || vc_producer_set_failed(protector, on_failed, NULL, &err))
        die(&err);

    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    for (unsigned long number = 1; !stopped && (len = getline(&line, &room, stdin)) > 0; number++) {
        if (line[len - 1] == '\n')
            line[len - 1] = 0;
        send_line(protector, &options, line, number);
        rd_kafka_poll(kafka, 0);
    }
    free(line);
    if (vc_producer_flush(protector, 30000, &err))
        die(&err);
    fprintf(stderr, "producer_protected: %lu records sent to %s, %lu failed\n", delivered, options.topic, failed);
    vc_producer_free(protector);
    rd_kafka_destroy(kafka);
    vc_schema_unref(schema);
    vc_client_close(vault);
    vc_kafka_config_free(options.kafka);
    return failed ? 1 : 0;
}
