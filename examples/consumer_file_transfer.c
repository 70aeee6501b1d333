/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer_file_transfer - receives files from a topic into a folder, as received-NAME: those of the original demo's producer, or with
 * --native those of `vaultcrypt send`. Other than the original it lets no name leave the folder, replaces no file unasked,
 * and gives a file its name only when all of it is verified and on disk. See `vaultcrypt receive` for more.
 */
#include "common.h"

static const char usage[] =
    "usage: consumer_file_transfer [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them; its section [large_payload] may hold topic and destinationdir\n"
    "  -t TOPIC     (default purchases_large_encrypted)\n"
    "  -k KEY       transit key that wraps the data keys (default transit)\n"
    "  --target FOLDER   where they are put (default destination)\n"
    "  -n COUNT     end after so many files\n"
    "  -e           end at the end of the topic\n"
    "  --reset      read the topic from its beginning\n"
    "  --force      replace files that are there\n"
    "  --native     in segments, as vaultcrypt send has them\n"
    "Vault: VAULT_ADDR, VAULT_TOKEN and the other VAULT_* variables.\n";

static vc_file_receiver *receiver;
static struct file_words words = { "received-", "" };

static void stop(int number)
{
    (void)number;
    vc_file_receiver_stop(receiver);
}

int main(int argc, char **argv)
{
    struct options options = { .key = "transit" };
    read_options(&options, usage, argc, argv);
    const struct file_job job = read_file_job(&options, options.target, "destinationdir", "destination");

    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    receiver = vault ? vc_file_receiver_new(options.kafka, vault, job.topic, &err) : NULL;
    if (!receiver || vc_file_receiver_allow_key(receiver, options.key, &err) ||
        vc_file_receiver_set_format(receiver, options.native ? VC_FILE_NATIVE : VC_FILE_DEMO, &err) ||
        vc_file_receiver_set_prefix(receiver, "received-", &err) || vc_file_receiver_set_count(receiver, options.count, &err) ||
        vc_file_receiver_set_exit_at_end(receiver, options.exit_at_end, &err) ||
        vc_file_receiver_set_reset(receiver, options.reset, &err) ||
        vc_file_receiver_set_force(receiver, options.force, &err) ||
        vc_file_receiver_set_events(receiver, tell_file, &words, &err))
        die(&err);
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    if (vc_file_receive(receiver, job.folder, &err))
        die(&err);
    vc_file_receiver_free(receiver);
    vc_client_close(vault);
    vc_kafka_config_free(options.kafka);
    return 0;
}
