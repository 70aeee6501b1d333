/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer_from_encrypted - prints the records of a protected topic in clear: what a consumer sees whose
 * token may decrypt. The key version does not matter: Vault knows all that are allowed.
 */
#include "common.h"

#include <stdio.h>

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
static void open_and_print(const struct options *options, vc_client *vault, vc_batch *batch,
                           const vc_rule *rule, rd_kafka_message_t **messages, size_t count)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch_clear(batch);
    for (size_t i = 0; i < count; i++)
        if (vc_batch_add(batch, rule, vc_view_of(messages[i]->payload, messages[i]->len), &err))
            die(&err);
    if (vc_client_run(vault, batch, &err))
        die(&err);
    for (size_t i = 0; i < count; i++) {
        if (vc_batch_error(batch, i))
            die(vc_batch_error(batch, i));
        const vc_view opened = vc_batch_output(batch, i);
        print_record(options, messages[i], opened.data, opened.len);
    }
    vc_batch_clear(batch); /* it borrows from the messages */
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
    vc_batch *batch = schema ? vc_batch_new(schema, VC_OPEN, &err) : NULL;
    const vc_rule *rule = batch ? vc_schema_match(schema, vc_str(options.topic), &err) : NULL;
    if (!rule)
        die(&err);

    rd_kafka_t *consumer = open_consumer(&options);
    rd_kafka_message_t *messages[MAX_BATCH];
    size_t count = 0;
    for (bool more = true; more;) {
        rd_kafka_message_t *message = next_message(consumer, &options, &more);
        if (message)
            messages[count++] = message;
        if (count && (!message || count == MAX_BATCH)) {
            open_and_print(&options, vault, batch, rule, messages, count);
            count = 0;
        }
    }
    close_consumer(consumer);
    vc_batch_free(batch);
    vc_schema_unref(schema);
    vc_client_close(vault);
    vc_kafka_config_free(options.kafka);
    return 0;
}
