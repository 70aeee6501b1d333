/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer_file_transfer - seals the files of a folder, each under a data key of its own, and sends them to a topic: in the record format of
 * the original demo, whose consumer takes them, or with --native in segments, which has no limit of size. See `vaultcrypt send` for
 * more.
 */
#include "common.h"

static const char usage[] =
    "usage: producer_file_transfer [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them; its section [large_payload] may hold topic and sourcedir\n"
    "  -t TOPIC     (default purchases_large_encrypted)\n"
    "  -k KEY       transit key that wraps the data keys (default transit)\n"
    "  --source FOLDER   whose files are sent (default source)\n"
    "  --native     in segments: files of any size, with their names encrypted too\n"
    "Vault: VAULT_ADDR, VAULT_TOKEN and the other VAULT_* variables.\n";

static vc_file_sender *sender;
static struct file_words words = { "", " sent" };

static void stop(int number)
{
    (void)number;
    vc_file_sender_stop(sender);
}

int main(int argc, char **argv)
{
    struct options options = { .key = "transit" };
    read_options(&options, usage, argc, argv);
    const struct file_job job = read_file_job(&options, options.source, "sourcedir", "source");

    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    sender = vault ? vc_file_sender_new(options.kafka, vault, job.topic, &err) : NULL;
    if (!sender || vc_file_sender_set_key(sender, options.key, &err) ||
        vc_file_sender_set_format(sender, options.native ? VC_FILE_NATIVE : VC_FILE_DEMO, &err) ||
        vc_file_sender_set_events(sender, tell_file, &words, &err))
        die(&err);
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    if (vc_file_send(sender, job.folder, &err))
        die(&err);
    vc_file_sender_free(sender);
    vc_client_close(vault);
    vc_kafka_config_free(options.kafka);
    return 0;
}
