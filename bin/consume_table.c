/* SPDX-License-Identifier: Apache-2.0 */
/* consume_table.c - the options of vaultcrypt-consume. */
#include "kcat.h"

static const option_row rows[] = {
    { OPTION_LIST, 't', "topic", "TOPIC", "what to read; may be repeated; ^REGEX: all that fit", offsetof(struct consume_options, topics) },
    { OPTION_TEXT, 's', "schema", "FILE", "open the records by it; without one they are shown as they lie there",
      offsetof(struct consume_options, schema) },
    { OPTION_TEXT, 'r', "record", "NAME", "the rule of the schema (the one for the topic)", offsetof(struct consume_options, record) },
    { OPTION_TEXT, 0, "on-error", "skip|raw|stop", "a record that cannot be opened is told, and: left out (skip), shown as it lies there, or the end",
      offsetof(struct consume_options, on_error) },
    { OPTION_HEADING, 0, "Which records (as kcat)", NULL, NULL, 0 },
    { OPTION_TEXT, 'p', "partition", "N", "of one partition", offsetof(struct consume_options, partition) },
    { OPTION_LIST, 'o', "offset", "WHERE", "from beginning, end, stored, N, -N (before the end), s@MS (time); to e@MS",
      offsetof(struct consume_options, offsets) },
    { OPTION_FLAG, 'e', "exit-at-end", NULL, "end at the end of the topic", offsetof(struct consume_options, exit_at_end) },
    { OPTION_COUNT, 'c', "count", "N", "end after so many", offsetof(struct consume_options, count) },
    { OPTION_TEXT, 'G', "group", "NAME", "as a member of that consumer group; offsets are committed", offsetof(struct consume_options, group) },
    { OPTION_HEADING, 0, "How they are printed (as kcat)", NULL, NULL, 0 },
    { OPTION_TEXT, 'f', "format", "TEXT", "%s value, %k key, %S %K their lengths, %R binary length, %t topic, %p partition,",
      offsetof(struct consume_options, format) },
    { OPTION_TEXT, 'D', "delimiter", "TEXT", "%o offset, %T time, %h headers; -D: behind each record (\\n)",
      offsetof(struct consume_options, delimiter) },
    { OPTION_TEXT, 'K', "key-delimiter", "TEXT", "the key first, and this between them", offsetof(struct consume_options, key_delimiter) },
    { OPTION_FLAG, 'J', "json", NULL, "a JSON envelope for each record", offsetof(struct consume_options, json) },
    { OPTION_FLAG, 'Z', "null", NULL, "null keys and values are printed as NULL", offsetof(struct consume_options, show_null) },
    { OPTION_FLAG, 'u', "unbuffered", NULL, "each record at once", offsetof(struct consume_options, unbuffered) },
    { OPTION_FLAG, 'q', "quiet", NULL, "no summary of what could not be opened", offsetof(struct consume_options, quiet) },
    KAFKA_ROWS(struct consume_options),
    CONNECT_ROWS(struct consume_options),
    BATCH_ROWS(struct consume_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "Only what transactions have committed is read (-X isolation.level=read_uncommitted: all). Where a group has no offset yet, it begins\n"
    "at the beginning (-X auto.offset.reset=latest: at the end). A record that cannot be opened is never printed as if it were: it is told on\n"
    "standard error with its place, and the exit code is 1.\n"
    "Exit codes: 0 all done, 1 a record could not be opened, 2 usage, 3 configuration, schema or topic, 4 denied, 5 Vault or Kafka away,\n"
    "6 local, 130 interrupted.\n";

const struct command command_consume = { "consume", "[-s SCHEMA] -t TOPIC [OPTIONS]", "print the records of a topic in clear", notes, rows, 8, NULL };
