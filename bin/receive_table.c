/* SPDX-License-Identifier: Apache-2.0 */
/* receive_table.c - the options of vaultcrypt-receive. */
#include "files.h"

static const option_row rows[] = {
    { OPTION_LIST, 'k', "key", "KEY", "transit key that may be used to open files, or MOUNT/KEY; may be repeated",
      offsetof(struct receive_options, keys) },
    { OPTION_LIST, 0, "context", "TEXT", "what the files may be for (the empty one); may be repeated",
      offsetof(struct receive_options, contexts) },
    { OPTION_COUNT, 'n', "count", "N", "end after so many files", offsetof(struct receive_options, count) },
    { OPTION_FLAG, 'e', "exit-at-end", NULL, "end at the end of the topic", offsetof(struct receive_options, exit_at_end) },
    { OPTION_MS, 0, "kafka-wait", "TIME", "with -e: end when Kafka was away for so long (30s); 0: never",
      offsetof(struct receive_options, kafka_wait) },
    { OPTION_FLAG, 0, "reset", NULL, "read the topic from its beginning; try again what was refused",
      offsetof(struct receive_options, reset) },
    { OPTION_FLAG, 0, "force", NULL, "replace files that are there", offsetof(struct receive_options, force) },
    { OPTION_TEXT, 0, "prefix", "TEXT", "stands before every name", offsetof(struct receive_options, prefix) },
    { OPTION_FLAG, 0, "portable-names", NULL, "refuse names that Windows cannot have", offsetof(struct receive_options, portable) },
    { OPTION_COUNT, 0, "max-file-size", "BYTES", "refuse larger files", offsetof(struct receive_options, max_file_size) },
    { OPTION_COUNT, 0, "quota", "BYTES", "what may lie in the folder in all", offsetof(struct receive_options, quota) },
    { OPTION_MS, 0, "abandon-after", "TIME", "drop a transfer of which nothing came for so long (24h); 0: none",
      offsetof(struct receive_options, abandon) },
    { OPTION_TEXT, 0, "format", "native|demo", "sealed in segments (native), or as the original demo, one record a file",
      offsetof(struct receive_options, format) },
    { OPTION_TEXT, 'o', "output", "text|json", "on standard output: nothing (text), or a line of JSON for each event",
      offsetof(struct receive_options, output) },
    { OPTION_FLAG, 'q', "quiet", NULL, "no progress, no summary", offsetof(struct receive_options, quiet) },
    KAFKA_ROWS(struct receive_options),
    CONNECT_ROWS(struct receive_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "A file lies under a temporary name until all of it is verified and on disk. A file that is there is not replaced without --force.\n"
    "Runs until SIGTERM or SIGINT, unless -n or -e ends it; without -e it waits while Kafka is away. Started again, it\n"
    "goes on, and receives nothing twice.\n"
    "Exit codes: 0 fine, 1 a file was refused or abandoned, or (with -e) is not complete, 2 usage, 3 configuration, 4 denied, 5 Vault or\n"
    "Kafka away, 6 local, 130 interrupted before its end.\n";

const struct command command_receive = { "receive", "-k KEY [OPTIONS] TOPIC FOLDER", "receive files from a topic of Kafka",
                                         notes, rows, 2, NULL };
