/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.h - what vaultcrypt-send and vaultcrypt-receive share: their options, of which the shell's completion knows too, and how events of
 * files are told.
 */
#ifndef VC_BIN_FILES_H
#define VC_BIN_FILES_H

#include "connect.h"
#include "kafka.h"

#include <vaultcrypt/kafka_file.h>

struct send_options {
    connect_options connect;
    struct kafka_options kafka;
    const char *key, *context, *format, *output, *state;
    unsigned long settle, resume, max_file_size;
    bool watch, again, no_state, quiet;
};

struct receive_options {
    connect_options connect;
    struct kafka_options kafka;
    option_list keys, contexts;
    const char *format, *output, *prefix;
    unsigned long max_file_size, quota, abandon, count, kafka_wait;
    bool force, portable, reset, exit_at_end, quiet;
};

extern const struct command command_send, command_receive;

/* -- telling ------------------------------------------------------------------------------------------------------- */

typedef struct file_teller {
    const char *program;
    const char *verb; /* "sent", "received" */
    bool json, quiet;
    bool terminal; /* standard error is one */
    bool bar;      /* one is shown on it now */
    bool failed;   /* standard output cannot be written */
} file_teller;

void file_teller_init(file_teller *teller, const char *program, const char *verb, const char *output, bool quiet);

/* To be given to vc_file_..._set_events() and ..._set_log(), with the teller. */
void file_tell(void *user, const vc_file_event *event);
void file_log(void *user, const char *line);

/* Takes the bar away. */
void file_teller_end(file_teller *teller);

/* -- settings ------------------------------------------------------------------------------------------------------ */

/* "native" and "demo"; 0: neither. NULL is native. */
vc_file_format file_format(const char *name);

/* -- beginning and end --------------------------------------------------------------------------------------------- */

/* The command line, over the defaults in `options`; false: the program ends with `*status`. */
bool file_begin(const struct command *command, int argc, char **argv, void *options, const char **operands, int *status);

/* What is wrong with it, and how to learn more; EXIT_USAGE. */
int file_usage(const struct command *command, const char *wrong);

/* Both ends of the way. False: `err` says why; to be closed even so. */
typedef struct file_ends {
    vc_kafka_config *kafka;
    vc_client *client;
} file_ends;

bool file_open(file_ends *ends, const struct kafka_options *kafka, const connect_options *connect, vc_error *err);
void file_close(file_ends *ends);

/* SIGINT and SIGTERM call it from here on. */
void file_catch(void (*stop)(int number));

/* The exit status of what was interrupted by that signal. */
int file_interrupted(int number);

/* The exit status when all is over: no good end when standard output could not be written. */
int file_end(const file_teller *teller, int status);

/* exit_report(), but that another program at work is a matter of this machine. */
int file_failed(const char *program, const vc_error *err);

/* "json"; NULL and "text" are the other. */
bool file_output(const char *name, bool *json);

#endif
