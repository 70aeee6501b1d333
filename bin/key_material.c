/* SPDX-License-Identifier: Apache-2.0 */
/* key_material.c - `vaultcrypt key export, backup, restore, wrapping-key`: keys that leave Vault, and come to it. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "input.h"

#include <stdio.h>

struct options {
    const char *type, *version, *input;
    bool force;
    connect_options connect;
    output_options output;
};

#define COMMON OUTPUT_ROWS(struct options), CONNECT_ROWS(struct options), { OPTION_END, 0, NULL, NULL, NULL, 0 }

static const option_row export_rows[] = {
    { OPTION_TEXT, 't', "type", "TYPE", "encryption-key, signing-key, hmac-key or public-key (encryption-key)",
      offsetof(struct options, type) },
    { OPTION_TEXT, 0, "version", "N|latest", "that version alone (all)", offsetof(struct options, version) },
    COMMON,
};
static const option_row restore_rows[] = {
    { OPTION_TEXT, 'i', "input", "FILE", "the backup (standard input)", offsetof(struct options, input) },
    { OPTION_FLAG, 0, "force", NULL, "replace a key that is there", offsetof(struct options, force) },
    COMMON,
};
static const option_row plain_rows[] = { COMMON };

#define EXITS "Exit codes: 0 done, 2 usage, 3 no such key or mount, or refused, 4 denied, 5 Vault away, 6 local.\n"
static const char export_notes[] = "Prints key material: mind where it goes. The key must have been made, or set, `exportable`.\n" EXITS;
static const char backup_notes[] =
    "Prints the whole key, all versions, as one text in clear: mind where it goes. The key must be `exportable` and\n"
    "allow plaintext backup.\n" EXITS;
static const char restore_notes[] = "KEY gives it another name; MOUNT/ alone another mount. The backup comes from a file or standard input only.\n" EXITS;
static const char wrapping_notes[] = "The public RSA key, in PEM, under which keys are imported. MOUNT is `transit` when it is not given.\n" EXITS;

static int run_export(int argc, char **argv);
static int run_backup(int argc, char **argv);
static int run_restore(int argc, char **argv);
static int run_wrapping_key(int argc, char **argv);

const struct command command_key_export = { "key export", "[OPTIONS] KEY", "print the material of an exportable key",
                                            export_notes, export_rows, 1, run_export };
const struct command command_key_backup = { "key backup", "[OPTIONS] KEY",
                                            "print a whole key, to restore it elsewhere", backup_notes, plain_rows, 1,
                                                run_backup };
const struct command command_key_restore = { "key restore", "[OPTIONS] [KEY]", "bring back a key from its backup",
                                             restore_notes, restore_rows, 1, run_restore };
const struct command command_key_wrapping_key = { "key wrapping-key", "[OPTIONS] [MOUNT]",
                                                  "print the key under which keys are imported", wrapping_notes,
                                                  plain_rows, 1, run_wrapping_key };

static int run_export(int argc, char **argv)
{
    static const char *const types[] = { "encryption-key", "signing-key", "hmac-key", "public-key",
                                         "certificate-chain" };
    struct options o = { .type = types[0] };
    const char *operands[2];
    char verb[64], tail[64] = "", path[PATH_ROOM];
    int status;
    if (!option_parse(&command_key_export, argc, argv, &o, operands, &status))
        return status;
    bool known = false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        known |= strcmp(o.type, types[i]) == 0;
    if (!operands[0] || !known)
        return call_usage(&command_key_export,
                          known ? "which key?" : "--type is encryption-key, signing-key, hmac-key or public-key");
    if (o.version && strcmp(o.version, "latest") != 0 && strspn(o.version, "0123456789") != strlen(o.version))
        return call_usage(&command_key_export, "--version is a number, or latest");
    snprintf(verb, sizeof verb, "export/%.40s", o.type);
    if (o.version)
        snprintf(tail, sizeof tail, "/%.20s", o.version);
    if (!call_key_path(&command_key_export, path, verb, operands[0], tail))
        return EXIT_USAGE;
    return call_run(&(struct call){ .command = &command_key_export, .connect = &o.connect, .output = &o.output,
                                    .method = "GET", .path = path, .open_words = true });
}

static int run_backup(int argc, char **argv)
{
    struct options o = { .type = NULL };
    const char *operands[2];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(&command_key_backup, argc, argv, &o, operands, &status))
        return status;
    if (!operands[0])
        return call_usage(&command_key_backup, "which key?");
    if (!call_key_path(&command_key_backup, path, "backup", operands[0], NULL))
        return EXIT_USAGE;
    return call_run(&(struct call){ .command = &command_key_backup, .connect = &o.connect, .output = &o.output,
                                    .method = "GET", .path = path, .open_words = true,
                                    .main_field = ".data.backup" });
}

static int run_restore(int argc, char **argv)
{
    const struct command *command = &command_key_restore;
    struct options o = { .type = NULL };
    const char *operands[2];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(command, argc, argv, &o, operands, &status))
        return status;
    const char *key = operands[0];
    const bool mount_only = !key || !*key || key[strlen(key) - 1] == '/';
    if (mount_only ? !call_mount_path(command, path, key && *key ? key : NULL, "restore") : !call_key_path(command,
        path, "restore", key, NULL))
        return EXIT_USAGE;
    blob backup = { 0 }, body = { 0 };
    status = input_file(command, o.input, &backup);
    while (backup.len && strchr("\r\n ", backup.data[backup.len - 1]))
        backup.len--;
    if (!status) {
        body_view(&body, "backup", blob_view(&backup));
        body_true(&body, "force", o.force);
        status = call_run(&(struct call){ .command = command, .connect = &o.connect, .output = &o.output,
                                          .method = "POST", .path = path,
                                          .body = body_end(&body) });
    }
    blob_free(&backup);
    blob_free(&body);
    return status;
}

static int run_wrapping_key(int argc, char **argv)
{
    struct options o = { .type = NULL };
    const char *operands[2];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(&command_key_wrapping_key, argc, argv, &o, operands, &status))
        return status;
    if (!call_mount_path(&command_key_wrapping_key, path, operands[0], "wrapping_key"))
        return EXIT_USAGE;
    return call_run(&(struct call){ .command = &command_key_wrapping_key, .connect = &o.connect, .output = &o.output,
                                    .method = "GET", .path = path, .open_words = true,
                                    .main_field = ".data.public_key" });
}
