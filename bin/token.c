/* SPDX-License-Identifier: Apache-2.0 */
/* token.c - `vaultcrypt token status, renew, revoke`: the token that the other commands use. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "token_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct options {
    const char *increment;
    bool keep_file;
    connect_options connect;
    output_options output;
};

#define COMMON OUTPUT_ROWS(struct options), CONNECT_ROWS(struct options), { OPTION_END, 0, NULL, NULL, NULL, 0 }

static const option_row status_rows[] = { COMMON };
static const option_row renew_rows[] = {
    { OPTION_TEXT, 0, "increment", "TIME", "ask for that long (as it was made with)",
      offsetof(struct options, increment) },
    COMMON,
};
static const option_row revoke_rows[] = {
    { OPTION_FLAG, 0, "keep-file", NULL, "leave the token file, when the token came from there",
      offsetof(struct options, keep_file) },
    COMMON,
};

#define EXITS "Exit codes: 0 done, 2 usage, 3 refused, 4 no token, or a dead one, 5 Vault away, 6 local.\n"
static const char status_notes[] = "The token itself is never shown. Where its uses are counted, this is one.\n" EXITS;
static const char renew_notes[] = "What Vault grants is shown, and may be less: a token ends with its max_ttl.\n" EXITS;
static const char revoke_notes[] = "The token ends at once, and so do those made with it. When it came from ~/.vault-token, that file goes too.\n" EXITS;

static int run_status(int argc, char **argv);
static int run_renew(int argc, char **argv);
static int run_revoke(int argc, char **argv);

const struct command command_token_status = { "token status", "[OPTIONS]", "how long the token lives, and what it is",
                                              status_notes, status_rows, 0,
                                              run_status };
const struct command command_token_renew = { "token renew", "[OPTIONS]", "let the token live longer", renew_notes,
                                             renew_rows, 0, run_renew };
const struct command command_token_revoke = { "token revoke", "[OPTIONS]", "end the token", revoke_notes, revoke_rows,
                                              0, run_revoke };

/* Vault's answers repeat the token. */
static int hide_token(const struct call *call, struct json_object *root)
{
    (void)call;
    token_hide(root, ".data", "id");
    token_hide(root, ".auth", "client_token");
    return EXIT_FINE;
}

static int run_call(const struct command *command, const struct options *o, const char *method, const char *path,
                    vc_view body)
{
    return call_run(&(struct call){ .command = command, .connect = &o->connect, .output = &o->output,
                                    .method = method, .path = path,
                                    .body = body, .show = hide_token, .open_words = true });
}

static int run_status(int argc, char **argv)
{
    struct options o = { .increment = NULL };
    const char *operands[1];
    int status;
    if (!option_parse(&command_token_status, argc, argv, &o, operands, &status))
        return status;
    return run_call(&command_token_status, &o, "GET", "auth/token/lookup-self", vc_str(NULL));
}

static int run_renew(int argc, char **argv)
{
    struct options o = { .increment = NULL };
    const char *operands[1];
    unsigned long ms = 0;
    char seconds[32];
    int status;
    if (!option_parse(&command_token_renew, argc, argv, &o, operands, &status))
        return status;
    if (o.increment && (!option_read_ms(o.increment, &ms) || ms < 1000))
        return call_usage(&command_token_renew, "--increment is a time such as 30m");
    blob body = { 0 };
    snprintf(seconds, sizeof seconds, "%lus", ms / 1000);
    body_text(&body, "increment", o.increment ? seconds : NULL);
    status = run_call(&command_token_renew, &o, "POST", "auth/token/renew-self", body_end(&body));
    blob_free(&body);
    return status;
}

/* The token file holds what was revoked, unless something else came first. */
static bool came_from_file(const struct options *o)
{
    static const char *const names[] = { "BAO_TOKEN", "VAULT_TOKEN" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return false;
    }
    return !o->connect.token_file && !o->connect.auth && !o->connect.watch_token_file;
}

static int run_revoke(int argc, char **argv)
{
    struct options o = { .increment = NULL };
    const char *operands[1];
    char file[PATH_ROOM];
    int status;
    if (!option_parse(&command_token_revoke, argc, argv, &o, operands, &status))
        return status;
    status = run_call(&command_token_revoke, &o, "POST", "auth/token/revoke-self", vc_str("{}"));
    if (status || o.keep_file || !came_from_file(&o) || !token_file_name(file))
        return status;
    if (unlink(file) && errno != ENOENT) {
        fprintf(stderr, "vaultcrypt token revoke: %s: %s\n", file, strerror(errno));
        return EXIT_LOCAL;
    }
    return status;
}
