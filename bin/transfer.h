/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.h - what `seal` and `open` have in common: input and output, where keys come from, progress, the digest's thread, and the exit code.
 * The first thing that goes wrong is told, once, and sets `status`.
 */
#ifndef VC_BIN_TRANSFER_H
#define VC_BIN_TRANSFER_H

#include "connect.h"
#include "digester.h"
#include "outfile.h"

#include <sys/stat.h>
#include <time.h>
#include <vaultcrypt/vaultcrypt.h>

typedef struct transfer_options {
    option_list keys, contexts;
    const char *output, *static_key;
    unsigned long segment;
    bool force, preserve, quiet;
    connect_options connect;
} transfer_options;

/* One run of a command. Begin with `command`, defaults of options, and -1 in `in` and `out.fd`. */
typedef struct transfer {
    const struct command *command;
    transfer_options options;
    const char *input_name;
    int in;
    struct stat in_stat;
    outfile out;
    vc_keyring *ring;
    vc_client *client;
    digester *digester;
    uint64_t bytes; /* of plaintext so far */
    uint64_t size;  /* that there will be; 0: not known */
    struct timespec started, shown;
    int status;
} transfer;

/* Rows of both commands. */
#define TRANSFER_ROWS \
    { OPTION_TEXT, 'o', "output", "FILE", "write there, not to standard output", offsetof(transfer_options, output) }, \
    { OPTION_FLAG, 'f', "force", NULL, "overwrite FILE; write binary data to a terminal", offsetof(transfer_options, force) }, \
    { OPTION_FLAG, 'q', "quiet", NULL, "no progress on the terminal", offsetof(transfer_options, quiet) }, \
    { OPTION_TEXT, 0, "static-key", "FILE", "the key itself, 32 bytes or their Base64, for tests: no Vault", \
      offsetof(transfer_options, static_key) }

/* Tells what is wrong with the command line; EXIT_USAGE. */
int transfer_usage(const struct command *command, const char *text);
/* A file or another resource: `what` and errno. */
void transfer_failed(transfer *r, const char *what, int code);
void transfer_report(transfer *r, const vc_error *err);

/* Opens input, output and keys. False: told. */
bool transfer_begin(transfer *r, const char *input, vc_error *err);
/* Keeps the output when all went well, else drops it; closes all. The exit code. */
int transfer_end(transfer *r);

/* Up to `room` bytes, fewer only at the end. False: told. */
bool transfer_read(transfer *r, char *data, size_t room, size_t *len);
bool transfer_put(transfer *r, vc_view bytes);
const char *transfer_output(const transfer *r);
/* On a terminal, four times a second. */
void transfer_progress(transfer *r, bool last);

#endif
