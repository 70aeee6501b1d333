/* SPDX-License-Identifier: Apache-2.0 */
/* key.c - `vaultcrypt key create, read, list, rotate, config, trim, delete`: the life of a transit key. */
#include "call.h"
#include "commands.h"
#include "exit.h"

#include <stdio.h>

struct options {
    const char *type, *auto_rotate, *min_decryption, *min_encryption, *deletion;
    bool derived, convergent, exportable, plaintext_backup;
    unsigned long size, min_version;
    connect_options connect;
    output_options output;
};

#define COMMON OUTPUT_ROWS(struct options), CONNECT_ROWS(struct options), { OPTION_END, 0, NULL, NULL, NULL, 0 }
#define ONE_WAY \
    { OPTION_FLAG, 0, "exportable", NULL, "its material may be exported (Vault never takes that back)", \
      offsetof(struct options, exportable) }, \
    { OPTION_FLAG, 0, "allow-plaintext-backup", NULL, "it may be backed up (never taken back either)", \
      offsetof(struct options, plaintext_backup) }, \
    { OPTION_TEXT, 0, "auto-rotate", "TIME", "a new version each TIME, 1h at least; off", \
      offsetof(struct options, auto_rotate) }

static const option_row create_rows[] = {
    { OPTION_TEXT, 't', "type", "TYPE", "aes256-gcm96, chacha20-poly1305, rsa-4096, ed25519, ... (aes256-gcm96)",
      offsetof(struct options, type) },
    { OPTION_FLAG, 0, "derived", NULL, "every call gives a context, of which its key is derived",
      offsetof(struct options, derived) },
    { OPTION_FLAG, 0, "convergent", NULL, "equal values give equal ciphertexts; needs --derived",
      offsetof(struct options, convergent) },
    ONE_WAY,
    { OPTION_COUNT, 0, "size", "BYTES", "of a key of type hmac, 32 to 512", offsetof(struct options, size) },
    COMMON,
};
static const option_row config_rows[] = {
    { OPTION_TEXT, 0, "min-decryption-version", "N", "older ciphertexts are not opened any more",
      offsetof(struct options, min_decryption) },
    { OPTION_TEXT, 0, "min-encryption-version", "N", "no older version encrypts; 0: the latest alone",
      offsetof(struct options, min_encryption) },
    { OPTION_TEXT, 0, "deletion", "allow|deny", "whether the key may be deleted", offsetof(struct options, deletion) },
    ONE_WAY,
    COMMON,
};
static const option_row trim_rows[] = {
    { OPTION_COUNT, 0, "min-version", "N", "the oldest version to keep", offsetof(struct options, min_version) },
    COMMON,
};
static const option_row plain_rows[] = { COMMON };

#define KEY_NOTE "KEY is a name, or MOUNT/KEY; without a mount it is `transit`.\n"
#define EXITS "Exit codes: 0 done, 2 usage, 3 no such key or mount, or refused, 4 denied, 5 Vault away, 6 local.\n"
static const char notes[] = KEY_NOTE EXITS;
static const char list_notes[] = "MOUNT is `transit` when it is not given.\n" EXITS;

static int run_create(int argc, char **argv);
static int run_read(int argc, char **argv);
static int run_list(int argc, char **argv);
static int run_rotate(int argc, char **argv);
static int run_config(int argc, char **argv);
static int run_trim(int argc, char **argv);
static int run_delete(int argc, char **argv);

const struct command command_key_create = { "key create", "[OPTIONS] KEY", "make a transit key", notes, create_rows,
                                            1, run_create };
const struct command command_key_read = { "key read", "[OPTIONS] KEY", "show what Vault tells of a key", notes,
                                          plain_rows, 1, run_read };
const struct command command_key_list = { "key list", "[OPTIONS] [MOUNT]", "list the keys of a mount", list_notes,
                                          plain_rows, 1, run_list };
const struct command command_key_rotate = { "key rotate", "[OPTIONS] KEY", "make a new version of a key", notes,
                                            plain_rows, 1, run_rotate };
const struct command command_key_config = { "key config", "[OPTIONS] KEY", "change what a key allows", notes,
                                            config_rows, 1, run_config };
const struct command command_key_trim = { "key trim", "--min-version=N [OPTIONS] KEY",
                                          "destroy old versions of a key", notes, trim_rows, 1, run_trim };
const struct command command_key_delete = { "key delete", "[OPTIONS] KEY",
                                            "destroy a key, when its configuration allows that", notes, plain_rows, 1,
                                                run_delete };

/* Parses; the lone operand is a key. False: end with `*status`. */
static bool begin(const struct command *command, int argc, char **argv, struct options *options, char path[PATH_ROOM],
                  const char *tail, int *status)
{
    const char *operands[2];
    if (!option_parse(command, argc, argv, options, operands, status))
        return false;
    *status = operands[0] ? EXIT_USAGE : call_usage(command, "which key?");
    return operands[0] && call_key_path(command, path, "keys", operands[0], tail);
}

/* "90d" as Vault takes it; "off" is 0. */
static bool read_period(const struct command *command, const char *text, blob *body)
{
    unsigned long ms;
    if (!text)
        return true;
    const bool off = strcmp(text, "off") == 0;
    if (!off && (!option_read_ms(text, &ms) || ms < 3600000)) {
        fprintf(stderr, "vaultcrypt %s: --auto-rotate: %s is not a time from 1h on, nor off\n", command->name, text);
        return false;
    }
    char period[32];
    snprintf(period, sizeof period, "%lus", off ? 0 : ms / 1000);
    body_text(body, "auto_rotate_period", off ? "0" : period);
    return true;
}

static bool read_version(const struct command *command, const char *option, const char *text, const char *name,
                         blob *body)
{
    if (text && (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 9)) {
        fprintf(stderr, "vaultcrypt %s: --%s: %s is not a version\n", command->name, option, text);
        return false;
    }
    body_json(body, name, vc_str(text ? text + (strlen(text) > 1 ? strspn(text, "0") : 0) : NULL));
    return true;
}

static int send(const struct command *command, const struct options *options, const char *method, const char *path,
                vc_view body)
{
    return call_run(&(struct call){
        .command = command, .connect = &options->connect, .output = &options->output, .method = method,
        .path = path, .body = body, .open_words = true });
}

static int run_create(int argc, char **argv)
{
    struct options o = { .type = NULL };
    char path[PATH_ROOM];
    int status;
    if (!begin(&command_key_create, argc, argv, &o, path, NULL, &status))
        return status;
    blob body = { 0 };
    body_text(&body, "type", o.type);
    body_true(&body, "derived", o.derived);
    body_true(&body, "convergent_encryption", o.convergent);
    body_true(&body, "exportable", o.exportable);
    body_true(&body, "allow_plaintext_backup", o.plaintext_backup);
    body_number(&body, "key_size", o.size);
    status = EXIT_USAGE;
    if (read_period(&command_key_create, o.auto_rotate, &body))
        status = send(&command_key_create, &o, "POST", path, body_end(&body));
    blob_free(&body);
    return status;
}

static int run_config(int argc, char **argv)
{
    struct options o = { .type = NULL };
    const struct command *command = &command_key_config;
    char path[PATH_ROOM];
    int status;
    if (!begin(command, argc, argv, &o, path, "/config", &status))
        return status;
    if (o.deletion && strcmp(o.deletion, "allow") != 0 && strcmp(o.deletion, "deny") != 0)
        return call_usage(command, "--deletion is allow or deny");
    blob body = { 0 };
    body_true(&body, "exportable", o.exportable);
    body_true(&body, "allow_plaintext_backup", o.plaintext_backup);
    if (o.deletion)
        body_json(&body, "deletion_allowed", vc_str(strcmp(o.deletion, "allow") == 0 ? "true" : "false"));
    status = EXIT_USAGE;
    if (read_period(command, o.auto_rotate, &body) &&
        read_version(command, "min-decryption-version", o.min_decryption, "min_decryption_version", &body) &&
        read_version(command, "min-encryption-version", o.min_encryption, "min_encryption_version", &body))
        status = body.len ? send(command, &o, "POST", path, body_end(&body))
                          : call_usage(command, "what is to change?");
    blob_free(&body);
    return status;
}

static int run_trim(int argc, char **argv)
{
    struct options o = { .type = NULL };
    char path[PATH_ROOM];
    int status;
    if (!begin(&command_key_trim, argc, argv, &o, path, "/trim", &status))
        return status;
    if (!o.min_version)
        return call_usage(&command_key_trim, "the oldest version to keep is needed: --min-version=N");
    blob body = { 0 };
    body_number(&body, "min_available_version", o.min_version);
    status = send(&command_key_trim, &o, "POST", path, body_end(&body));
    blob_free(&body);
    return status;
}

static int run_plain(const struct command *command, const char *method, const char *tail, int argc, char **argv)
{
    struct options o = { .type = NULL };
    char path[PATH_ROOM];
    int status;
    if (!begin(command, argc, argv, &o, path, tail, &status))
        return status;
    return send(command, &o, method, path, vc_str(strcmp(method, "POST") == 0 ? "{}" : NULL));
}

static int run_read(int argc, char **argv)
{
    return run_plain(&command_key_read, "GET", NULL, argc, argv);
}

static int run_rotate(int argc, char **argv)
{
    return run_plain(&command_key_rotate, "POST", "/rotate", argc, argv);
}

static int run_delete(int argc, char **argv)
{
    return run_plain(&command_key_delete, "DELETE", NULL, argc, argv);
}

static int run_list(int argc, char **argv)
{
    struct options o = { .type = NULL };
    const char *operands[2];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(&command_key_list, argc, argv, &o, operands, &status))
        return status;
    if (!call_mount_path(&command_key_list, path, operands[0], "keys"))
        return EXIT_USAGE;
    return send(&command_key_list, &o, "LIST", path, vc_str(NULL));
}
