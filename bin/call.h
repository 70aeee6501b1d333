/* SPDX-License-Identifier: Apache-2.0 */
/* call.h - what most commands are: one request to Vault, and its answer shown. */
#ifndef VC_BIN_CALL_H
#define VC_BIN_CALL_H

#include "blob.h"
#include "connect.h"
#include "output.h"

#include <vaultcrypt/vault.h>

enum { PATH_ROOM = 2048 };

struct call {
    const struct command *command;
    const connect_options *connect;
    const output_options *output;
    const char *method, *path;
    vc_view body;           /* absent: none */
    const char *main_field; /* see output_print(); may be NULL */
    bool replay_safe;       /* a POST that may be sent twice */
    bool no_token;          /* a log-in: none is sent */
    unsigned long wrap_ttl; /* seconds that the reply stays wrapped in Vault; 0: it does not */
    bool open_words;        /* nothing secret is asked: Vault's own words of a refusal may be shown */
    bool errors_too;        /* with -o json the answer is printed also when it is a refusal */
    /* Takes out what is not to be shown, or judges the answer: an exit code. May be NULL. */
    int (*show)(const struct call *call, struct json_object *root);
};

/* Sends, prints, and returns an exit code; errors were told. */
int call_run(const struct call *call);

/* The same with a client that is open, and a reply for the caller: NULL when there was an error, which was told. */
vc_vault_reply *call_send(const struct call *call, vc_client *client, int *status);

/* A reply's body as JSON; NULL: none, or not JSON. */
struct json_object *call_json(vc_view body);

/*
 * "KEY" or "MOUNT/KEY" becomes "MOUNT/VERB/KEY" and `tail`, as transit.h names keys. False: not a name that Vault takes, which
 * was told.
 */
bool call_key_path(const struct command *command, char path[PATH_ROOM], const char *verb, const char *key,
                   const char *tail);

/* "MOUNT/VERB"; `mount` NULL: transit. */
bool call_mount_path(const struct command *command, char path[PATH_ROOM], const char *mount, const char *verb);

/* "which key? vaultcrypt X --help"; EXIT_USAGE. */
int call_usage(const struct command *command, const char *what);

#endif
