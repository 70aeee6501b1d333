/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer - prints the records of a topic as they lie there: what the administrator of the Kafka cluster
 * sees. It knows nothing of Vault.
 */
#include "common.h"

#include <stdio.h>

static const char usage[] =
    "usage: consumer [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them\n"
    "  -t TOPIC     (default purchases)\n"
    "  -n COUNT     end after so many records\n"
    "  -e           end at the end of the topic\n"
    "  -K TEXT      print the key before each record, and TEXT between them\n"
    "  --reset      read everything from the beginning, outside of the consumer group\n";

int main(int argc, char **argv)
{
    struct options options = { .topic = "purchases" };
    set_default(&options, "group.id", "consumer");
    set_default(&options, "auto.offset.reset", "earliest");
    read_options(&options, usage, argc, argv);
    rd_kafka_t *consumer = open_consumer(&options);
    for (bool more = true; more;) {
        rd_kafka_message_t *message = next_message(consumer, &options, &more);
        if (!message)
            continue;
        print_record(&options, vc_view_of(message->key, message->key_len), vc_view_of(message->payload, message->len));
        rd_kafka_message_destroy(message);
    }
    close_consumer(consumer);
    vc_kafka_config_free(options.kafka);
    return 0;
}
