/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encryptor - reads a topic in a consumer group, protects what the schema selects, and writes the records to
 * another topic. It sees to it that no record is lost and none leaves in clear; start as many of them as
 * there are partitions.
 */
#include "common.h"

#include <stdio.h>

static const char usage[] =
    "usage: encryptor [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them\n"
    "  -s SCHEMA    (default purchases.yaml)\n"
    "  --source TOPIC   (default purchases)\n"
    "  --target TOPIC   (default purchases_encrypted)\n"
    "  -n COUNT     end after so many records\n"
    "  -e           end at the end of the topic\n"
    "  --reset      read everything from the beginning, whatever the group has read before\n"
    "  --exactly-once   read, protected and written in transactions\n"
    "  --instance NAME  of this copy, so that a restart takes its place at once\n"
    "  --deadline-ms MS   give up after so much trouble with Vault (default 300000)\n"
    "Vault: VAULT_ADDR, VAULT_TOKEN and the other VAULT_* variables.\n";

static vc_stream *stream;

static void stop(int number)
{
    (void)number;
    vc_stream_stop(stream);
}

static void print_line(void *user, vc_log_level level, const char *line)
{
    (void)user, (void)level;
    fprintf(stderr, "encryptor: %s\n", line);
}

static void print_stats(void)
{
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(stream, &stats);
    fprintf(stderr,
            "encryptor: %llu records in, %llu out, %llu dead letters, %llu fields in %llu batches, %.2f s, "
            "%.0f records/s\n",
            (unsigned long long)stats.records_in, (unsigned long long)stats.records_out,
            (unsigned long long)stats.dead_letters, (unsigned long long)stats.fields,
            (unsigned long long)stats.batches, stats.seconds,
            stats.seconds > 0 ? (double)stats.records_out / stats.seconds : 0);
}

int main(int argc, char **argv)
{
    struct options options = { .source = "purchases",
                               .target = "purchases_encrypted",
                               .schema = "purchases.yaml",
                               .deadline_ms = 300000 };
    set_default(&options, "group.id", "encryptor");
    read_options(&options, usage, argc, argv);

    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    vc_schema *schema = vault ? vc_schema_open(options.schema, &err) : NULL;
    stream = schema ? vc_stream_new(options.kafka, vault, schema, VC_PROTECT, &err) : NULL;
    if (!stream || vc_stream_add_route(stream, options.source, options.target, &err) ||
        vc_stream_set_count(stream, options.count, &err) ||
        vc_stream_set_exit_at_end(stream, options.exit_at_end, &err) ||
        vc_stream_set_reset(stream, options.reset, &err) ||
        vc_stream_set_deadline(stream, options.deadline_ms, &err) ||
        vc_stream_set_guarantee(stream, options.exactly_once ? VC_EXACTLY_ONCE : VC_AT_LEAST_ONCE, &err) ||
        vc_stream_set_instance(stream, options.instance, &err) || vc_stream_set_log(stream, print_line, NULL, &err))
        die(&err);
    signal(SIGINT, stop);
    signal(SIGTERM, stop);

    const vc_code code = vc_stream_run(stream, &err);
    print_stats();
    if (code)
        die(&err);
    vc_stream_free(stream);
    vc_schema_unref(schema);
    vc_client_close(vault);
    vc_kafka_config_free(options.kafka);
    return 0;
}
