/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect.h - what `vaultcrypt inspect` and vaultcrypt-inspect-topic share: the options, and how what was found is shown. The
 * latter is a program of its own because it links librdkafka; the former runs it for --topic.
 */
#ifndef VC_BIN_INSPECT_H
#define VC_BIN_INSPECT_H

#include "option.h"
#include "output.h"

#include <stdint.h>
#include <vaultcrypt/vaultcrypt.h>

enum { INSPECT_MOST_FILES = 64 };

struct inspect_options {
    bool document, lines, verbose;
    option_list headers, properties;
    const char *topic, *brokers, *config, *offset, *partition;
    unsigned long count;
    output_options output;
};

extern const struct command command_inspect;

/* Each program has its own. */
int inspect_run(int argc, char **argv);

/* Where a value is from. Absent: file NULL, line 0, topic NULL. */
typedef struct inspect_origin {
    const char *file;
    uint64_t line;
    const char *topic;
    int32_t partition;
    int64_t offset, timestamp; /* milliseconds since 1970; below 0: none */
} inspect_origin;

typedef struct inspect_show {
    const struct inspect_options *options;
    bool several;    /* values: each is shown with where it is from */
    bool begun;
    bool malformed;  /* something was */
    bool shown;      /* the field of -f was there, at least once */
} inspect_show;

/*
 * Looks at a message and shows what it is; the key of a message only when it is something of its own. Returns an exit code,
 * told.
 */
int inspect_message(inspect_show *show, const inspect_origin *origin, const vc_message *message);

/* Behind the last: the exit code of the whole. */
int inspect_end(const inspect_show *show);

#endif
