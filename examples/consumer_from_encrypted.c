/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer_from_encrypted - prints the records of a protected topic in clear: what a consumer sees whose
 * token may decrypt. The key version does not matter: Vault knows all that are allowed.
 */
#include "common.h"

#include <stdio.h>
#include <vaultcrypt/kafka_consumer.h>

enum { MAX_BATCH = 500 };

static const char usage[] =
    "usage: consumer_from_encrypted [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them\n"
    "  -s SCHEMA    (default purchases.yaml)\n"
    "  -t TOPIC     (default purchases_encrypted)\n"
    "  -n COUNT     end after so many records\n"
    "  -e           end at the end of the topic\n"
    "  -K TEXT      print the key before each record, and TEXT between them\n"
    "  --reset      read everything from the beginning, outside of the consumer group\n"
    "Vault: VAULT_ADDR, VAULT_TOKEN and the other VAULT_* variables.\n";

/* Opens all of them with one call, and prints them. A record that cannot be opened ends the program. */
static void open_and_print(const struct options *options, vc_consumer *opener, rd_kafka_message_t **messages, size_t count)
{
    vc_error err = VC_ERROR_INIT;
    if (vc_consumer_open(opener, messages, count, &err))
        die(&err);
    for (size_t i = 0; i < count; i++) {
        vc_message message = VC_MESSAGE_INIT;
        if (vc_consumer_message(opener, i, &message))
            die(vc_consumer_error(opener, i));
        print_record(options, message.key, message.value);
    }
    vc_consumer_clear(opener); /* it borrows from the messages */
    for (size_t i = 0; i < count; i++)
        rd_kafka_message_destroy(messages[i]);
}

int main(int argc, char **argv)
{
    struct options options = { .topic = "purchases_encrypted", .schema = "purchases.yaml" };
    set_default(&options, "group.id", "consumer_from_encrypted");
    set_default(&options, "auto.offset.reset", "earliest");
    read_options(&options, usage, argc, argv);

    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    vc_schema *schema = vault ? vc_schema_open(options.schema, &err) : NULL;
    vc_consumer *opener = schema ? vc_consumer_new(vault, schema, &err) : NULL;
    if (!opener || !vc_schema_match(schema, vc_str(options.topic), &err))
        die(&err);

    rd_kafka_t *consumer = open_consumer(&options);
    rd_kafka_message_t *messages[MAX_BATCH];
    size_t count = 0;
    for (bool more = true; more;) {
        rd_kafka_message_t *message = next_message(consumer, &options, &more);
        if (message)
            messages[count++] = message;
        if (count && (!message || count == MAX_BATCH)) {
            open_and_print(&options, opener, messages, count);
            count = 0;
        }
    }
    vc_consumer_free(opener);
    close_consumer(consumer);
    vc_schema_unref(schema);
    vc_client_close(vault);
    vc_kafka_config_free(options.kafka);
    return 0;
}
