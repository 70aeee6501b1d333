/* SPDX-License-Identifier: Apache-2.0 */
/* produce_table.c - the options of vaultcrypt-produce. */
#include "kcat.h"

static const option_row rows[] = {
    { OPTION_TEXT, 't', "topic", "TOPIC", "where the records go", offsetof(struct produce_options, topic) },
    { OPTION_TEXT, 's', "schema", "FILE", "protect them by it: vaultcrypt-schema(5)", offsetof(struct produce_options, schema) },
    { OPTION_TEXT, 'r', "record", "NAME", "the rule of the schema (the one for the topic)", offsetof(struct produce_options, record) },
    { OPTION_FLAG, 0, "all", NULL, "all records or none: one transaction", offsetof(struct produce_options, all) },
    { OPTION_TEXT, 0, "on-error", "skip|stop", "a record that cannot be protected is told, and left out, or the end (as its rule says)",
      offsetof(struct produce_options, on_error) },
    { OPTION_HEADING, 0, "Records (as kcat)", NULL, NULL, 0 },
    { OPTION_TEXT, 'D', "delimiter", "TEXT", "stands behind each record of the input (\\n)", offsetof(struct produce_options, delimiter) },
    { OPTION_TEXT, 'K', "key-delimiter", "TEXT", "a record begins with its key, and this behind it",
      offsetof(struct produce_options, key_delimiter) },
    { OPTION_TEXT, 'k', "key", "TEXT", "key of the records that have none", offsetof(struct produce_options, key) },
    { OPTION_LIST, 'H', "header", "NAME=VALUE", "a header for each; NAME alone: with a null value", offsetof(struct produce_options, headers) },
    { OPTION_TEXT, 'p', "partition", "N", "to one partition", offsetof(struct produce_options, partition) },
    { OPTION_FLAG, 'Z', "null", NULL, "empty values and keys, with -K, are null", offsetof(struct produce_options, null_values) },
    { OPTION_FLAG, 'l', "lines", NULL, "FILE holds records; else each file is one", offsetof(struct produce_options, lines) },
    { OPTION_COUNT, 'c', "count", "N", "end after so many", offsetof(struct produce_options, count) },
    { OPTION_COUNT, 0, "max-record", "BYTES", "longest record (16M)", offsetof(struct produce_options, record_max) },
    { OPTION_COUNT, 0, "batch", "N", "records protected together at most (1000)", offsetof(struct produce_options, batch) },
    { OPTION_MS, 0, "batch-time", "TIME", "wait that long for more records (10ms)", offsetof(struct produce_options, linger) },
    { OPTION_FLAG, 'q', "quiet", NULL, "no summary", offsetof(struct produce_options, quiet) },
    KAFKA_ROWS(struct produce_options),
    CONNECT_ROWS(struct produce_options),
    BATCH_ROWS(struct produce_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "Nothing leaves in clear. A record that cannot be protected is told with its number, never with its content; where its rule says\n"
    "`on_error: dead_letter`, or with --on-error=skip, the others go on, else it ends there: those before it were sent, and nothing from there on.\n"
    "The producer is idempotent, and ends when the brokers have confirmed all records.\n"
    "Exit codes: 0 all delivered, 1 a record was not sent, 2 usage, 3 configuration or schema, 4 denied, 5 Vault or Kafka away, 6 local,\n"
    "130 interrupted.\n";

const struct command command_produce = { "produce", "-s SCHEMA -t TOPIC [OPTIONS] [FILE...]", "send records, protected, to a topic", notes, rows,
                                         64, NULL };
