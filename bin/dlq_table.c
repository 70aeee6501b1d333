/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_table.c - the options of vaultcrypt-dlq. */
#include "dlq.h"

#define FILTER_ROWS(type) \
    { OPTION_HEADING, 0, "Which letters", NULL, NULL, 0 }, \
    { OPTION_TEXT, 0, "error", "NAME", "that failed for this reason, such as missing", offsetof(type, filter.error) }, \
    { OPTION_TEXT, 0, "rule", "NAME", "under this rule", offsetof(type, filter.rule) }, \
    { OPTION_TEXT, 0, "from", "TOPIC", "in this topic", offsetof(type, filter.from) }

static const option_row list_rows[] = {
    { OPTION_FLAG, 0, "counts", NULL, "how many for each topic, rule and error, instead of each",
      offsetof(struct dlq_list_options, counts) },
    { OPTION_TEXT, 'o', "format", "table|json", "a line for each letter, or one of JSON", offsetof(struct dlq_list_options, format) },
    { OPTION_FLAG, 0, "pending", NULL, "those alone that no replay came to yet", offsetof(struct dlq_list_options, pending) },
    { OPTION_TEXT, 'g', "group", "NAME", "consumer group of the replay (vaultcrypt-dlq-TOPIC)", offsetof(struct dlq_list_options, group) },
    { OPTION_COUNT, 'n', "count", "N", "so many letters at most (all)", offsetof(struct dlq_list_options, count) },
    { OPTION_FLAG, 'e', "exit-at-end", NULL, "end at the end of the topic, which is the default",
      offsetof(struct dlq_list_options, exit_at_end) },
    { OPTION_FLAG, 'q', "quiet", NULL, "no summary", offsetof(struct dlq_list_options, quiet) },
    FILTER_ROWS(struct dlq_list_options),
    KAFKA_ROWS(struct dlq_list_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const option_row replay_rows[] = {
    { OPTION_TEXT, 's', "schema", "FILE", "that of the stream: its envelope keys may be asked for",
      offsetof(struct dlq_replay_options, schema) },
    { OPTION_LIST, 'k', "key", "KEY", "transit key that may be asked for too, or MOUNT/KEY; may be repeated",
      offsetof(struct dlq_replay_options, keys) },
    { OPTION_TEXT, 0, "to", "TOPIC", "to this topic, not each to the one it came from", offsetof(struct dlq_replay_options, to) },
    { OPTION_TEXT, 'g', "group", "NAME", "consumer group that knows what was replayed (vaultcrypt-dlq-TOPIC)",
      offsetof(struct dlq_replay_options, group) },
    { OPTION_COUNT, 'n', "count", "N", "so many records at most (all)", offsetof(struct dlq_replay_options, count) },
    { OPTION_COUNT, 0, "batch", "N", "letters in a transaction (500)", offsetof(struct dlq_replay_options, batch) },
    { OPTION_FLAG, 0, "dry-run", NULL, "open the letters, write nothing", offsetof(struct dlq_replay_options, dry_run) },
    { OPTION_FLAG, 0, "skip", NULL, "pass over letters that cannot be opened", offsetof(struct dlq_replay_options, skip) },
    { OPTION_FLAG, 'q', "quiet", NULL, "no summary", offsetof(struct dlq_replay_options, quiet) },
    FILTER_ROWS(struct dlq_replay_options),
    KAFKA_ROWS(struct dlq_replay_options),
    CONNECT_ROWS(struct dlq_replay_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char list_notes[] =
    "Nothing is written, no key is needed, and no group is joined. What letters say in clear is not authenticated.\n"
    "Exit codes: 0 listed, 1 a record is no letter, 2 usage, 3 no such topic, 4 denied, 5 Kafka away, 6 local.\n";

static const char replay_notes[] =
    "Records and the place in the dead-letter topic are written in one transaction: started again, after a crash too, it goes on, and replays\n"
    "nothing twice. Letters without their record are told, and passed over. With --error, --rule or --from a --group is needed: what\n"
    "is not among them counts as done for that group.\n"
    "Exit codes: 0 all replayed, 1 a record could not be, 2 usage, 3 configuration or schema, 4 denied, 5 Vault or Kafka away, 6 local,\n"
    "130 interrupted.\n";

const struct command command_dlq_list = { "dlq list", "[OPTIONS] TOPIC", "what lies in a topic of dead letters", list_notes, list_rows, 1, NULL };

const struct command command_dlq_replay = { "dlq replay", "-s SCHEMA [OPTIONS] TOPIC", "the records of dead letters, produced again", replay_notes,
                                            replay_rows, 1, NULL };
