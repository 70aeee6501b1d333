/* SPDX-License-Identifier: Apache-2.0 */
/* scan_table.c - the options of vaultcrypt-scan. */
#include "scan.h"

static const option_row rows[] = {
    { OPTION_TEXT, 's', "schema", "FILE", "which fields are to be protected: vaultcrypt-schema(5)", offsetof(struct scan_options, schema) },
    { OPTION_TEXT, 'r', "record", "NAME", "the rule of the schema (the one for the topic)", offsetof(struct scan_options, record) },
    { OPTION_FLAG, 0, "no-keys", NULL, "by their form alone, without Vault: nothing is authenticated", offsetof(struct scan_options, no_keys) },
    { OPTION_COUNT, 0, "positions", "N", "list the places of so many values of each kind (20)", offsetof(struct scan_options, positions) },
    { OPTION_TEXT, 'p', "partition", "N", "that partition (all)", offsetof(struct scan_options, partition) },
    { OPTION_TEXT, 0, "from", "WHERE", "from offset N, -N (before the end) or s@MS (time) on (the beginning)", offsetof(struct scan_options, from) },
    { OPTION_TEXT, 0, "to", "WHERE", "before offset N, or before the time e@MS (the end there is when it begins)",
      offsetof(struct scan_options, to) },
    { OPTION_COUNT, 'n', "count", "N", "so many records at most", offsetof(struct scan_options, count) },
    OUTPUT_ROWS(struct scan_options),
    KAFKA_ROWS(struct scan_options),
    CONNECT_ROWS(struct scan_options),
    BATCH_ROWS(struct scan_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "Reads what transactions have committed, and counts, for each field of the rule: authenticated (opened, so nobody without the key made\n"
    "or moved it), clear, missing, damaged (cannot be opened), undecidable (fpe, mask, hash and transform make what looks like data; rsa-oaep,\n"
    "and hybrid without a signature, anyone with the public key can have made). Nothing of a record is printed. Exit codes: 0 nothing of what can be\n"
    "judged is in clear, damaged or unreadable; 1 something is; 2 usage, 3 configuration, schema or\n"
    "topic, 4 denied, 5 Vault or Kafka away, 6 local, 130 interrupted: what was seen until then is told, as not complete.\n";

const struct command command_scan = { "scan", "-s SCHEMA [OPTIONS] TOPIC...", "audit a topic: what of it is protected, and what is not", notes, rows, 8,
                                      NULL };
