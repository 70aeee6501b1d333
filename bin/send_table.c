/* SPDX-License-Identifier: Apache-2.0 */
/* send_table.c - the options of vaultcrypt-send. */
#include "files.h"

static const option_row rows[] = {
    { OPTION_TEXT, 'k', "key", "KEY", "transit key that the files are sealed with, or MOUNT/KEY", offsetof(struct send_options, key) },
    { OPTION_TEXT, 0, "context", "TEXT", "what the files are for; the receiver must allow it", offsetof(struct send_options, context) },
    { OPTION_FLAG, 'w', "watch", NULL, "go on with files that come into the folder", offsetof(struct send_options, watch) },
    { OPTION_MS, 0, "settle", "TIME", "how long a file must be left alone before it is sent (500ms); 0: not at all",
      offsetof(struct send_options, settle) },
    { OPTION_MS, 0, "resume-within", "TIME", "go on with a transfer that was broken off so long ago, not later (12h); 0: with none",
      offsetof(struct send_options, resume) },
    { OPTION_COUNT, 0, "max-file-size", "BYTES", "refuse larger files", offsetof(struct send_options, max_file_size) },
    { OPTION_TEXT, 0, "format", "native|demo", "sealed in segments (native), or as the original demo, one record a file",
      offsetof(struct send_options, format) },
    { OPTION_TEXT, 0, "state", "FILE", "where to remember what was sent", offsetof(struct send_options, state) },
    { OPTION_FLAG, 0, "no-state", NULL, "remember nothing", offsetof(struct send_options, no_state) },
    { OPTION_FLAG, 0, "again", NULL, "also what was sent before", offsetof(struct send_options, again) },
    { OPTION_TEXT, 'o', "output", "text|json", "on standard output: nothing (text), or a line of JSON for each event",
      offsetof(struct send_options, output) },
    { OPTION_FLAG, 'q', "quiet", NULL, "no progress, no summary", offsetof(struct send_options, quiet) },
    KAFKA_ROWS(struct send_options),
    CONNECT_ROWS(struct send_options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "A folder's files are sent, not those of folders in it, nor those whose name begins with a dot. Started again, it goes on\n"
    "where it was stopped, and sends nothing twice.\n"
    "Exit codes: 0 all sent, 1 a file was refused, 2 usage, 3 configuration, 4 denied, 5 Vault or Kafka away, 6 local, 130 interrupted.\n";

const struct command command_send = { "send", "-k KEY [OPTIONS] FILE|FOLDER TOPIC", "send files, sealed, to a topic of Kafka",
                                      notes, rows, 2, NULL };
