/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protect.h - one run of `encrypt`, `decrypt` or `rewrap`: protect.c opens and closes what it needs, protect_run.c takes it from the
 * first line to the last.
 */
#ifndef VC_BIN_PROTECT_H
#define VC_BIN_PROTECT_H

#include "connect.h"
#include "lines.h"

#include <stdio.h>
#include <time.h>
#include <vaultcrypt/vaultcrypt.h>

typedef struct protect_options {
    const char *schema, *from, *record, *topic, *output, *dead_letter;
    unsigned long batch, batch_ms, line_max;
    bool document, quiet;
    connect_options connect;
} protect_options;

struct protect_job {
    const struct command *command;
    protect_options options;
    const char *input_name;
    vc_schema *schema;
    const vc_rule *rule;
    vc_client *client;
    vc_keysource *keys;
    vc_batch *batch;
    struct protect_former { /* with --from: records are opened by another schema first, and never leave in clear */
        vc_schema *schema;
        vc_keysource *keys;
        const vc_rule *rule;
        vc_batch *batch;
        size_t *places; /* in `batch` of the job, of each record that was opened */
        size_t room;
    } former;
    line_reader reader;
    int out;
    FILE *dead_letter;
    char *pending; /* output that is not written yet */
    size_t pending_len, pending_room;
    unsigned long long written, set_aside;
    uint64_t next_line; /* the first that is neither written nor set aside */
    struct timespec started, shown;
    bool stopped; /* by a record */
    bool whole_value; /* the rule is of values as a whole */
    int status;
};

/* What went wrong here with `what`, an errno: says so, and is the exit status. */
int protect_local_error(const struct protect_job *job, const char *what, int code);

/* All of the input; what came of it is in `status`, `written`, `set_aside` and `stopped`. */
void protect_run(struct protect_job *job);

/* On a terminal: how far it is. */
void protect_show_progress(struct protect_job *job, bool last);

/* Where it stopped, for people. */
void protect_tell_stop(const struct protect_job *job);

#endif
