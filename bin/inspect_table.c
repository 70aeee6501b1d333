/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_table.c - the options of `vaultcrypt inspect`. */
#include "inspect.h"

static const option_row rows[] = {
    { OPTION_FLAG, 'v', "verbose", NULL, "all that is known of each", offsetof(struct inspect_options, verbose) },
    { OPTION_FLAG, 0, "document", NULL, "the input is one value, whatever it looks like",
      offsetof(struct inspect_options, document) },
    { OPTION_FLAG, 0, "lines", NULL, "each line is a value, as they come", offsetof(struct inspect_options, lines) },
    { OPTION_LIST, 'H', "header", "NAME=VALUE", "a header of the record: text, hex:DIGITS or @FILE; may be repeated",
      offsetof(struct inspect_options, headers) },
    { OPTION_HEADING, 0, "Output", NULL, NULL, 0 },
    { OPTION_TEXT, 'o', "format", "table|json", "a table, or a line of JSON for each value",
      offsetof(struct inspect_options, output.format) },
    { OPTION_TEXT, 'f', "field", "PATH", "one field of each value as raw text, such as .found[0].format",
      offsetof(struct inspect_options, output.field) },
    { OPTION_HEADING, 0, "Records of a topic (without brokers: VAULTCRYPT_BROKERS)", NULL, NULL, 0 },
    { OPTION_TEXT, 't', "topic", "NAME", "read this topic", offsetof(struct inspect_options, topic) },
    { OPTION_TEXT, 'b', "brokers", "LIST", "bootstrap.servers", offsetof(struct inspect_options, brokers) },
    { OPTION_TEXT, 'F', "kafka-config", "FILE", "properties of librdkafka, as kcat's -F", offsetof(struct inspect_options, config) },
    { OPTION_LIST, 'X', "property", "NAME=VALUE", "one of them; may be repeated", offsetof(struct inspect_options, properties) },
    { OPTION_TEXT, 'p', "partition", "N", "that partition (all)", offsetof(struct inspect_options, partition) },
    { OPTION_TEXT, 0, "offset", "N|-N", "from that offset, or from the last N of each partition (the beginning)",
      offsetof(struct inspect_options, offset) },
    { OPTION_COUNT, 'n', "count", "N", "so many records at most (10)", offsetof(struct inspect_options, count) },
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "Tells of any value, without a key: its format, key and version, and what is bound to it. In JSON, of each field that is\n"
    "protected. The input is FILEs, or standard input: one value, or, where it is none that is known and has several lines, a\n"
    "value a line. A question mark behind a format: it only looks so. What transform, fpe, mask and hash\n"
    "made looks like any other value, and is not counted.\n"
    "Exit codes: 0 told, 1 something is malformed, 2 usage, 3 no such field or topic, 5 Kafka away, 6 local.\n";

const struct command command_inspect = { "inspect", "[OPTIONS] [FILE...]", "what a value is, without a key", notes, rows,
                                         INSPECT_MOST_FILES, inspect_run };
