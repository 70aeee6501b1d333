/* SPDX-License-Identifier: Apache-2.0 */
/* datakey.c - `vaultcrypt datakey` and `vaultcrypt random`: fresh keys, and fresh bytes. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "input.h"

#include <stdio.h>

struct options {
    const char *context, *mount, *source, *encoding;
    unsigned long bits;
    bool wrapped;
    connect_options connect;
    output_options output;
};

#define COMMON OUTPUT_ROWS(struct options), CONNECT_ROWS(struct options), { OPTION_END, 0, NULL, NULL, NULL, 0 }

static const option_row datakey_rows[] = {
    { OPTION_COUNT, 'b', "bits", "128|256|512", "size of the new key (256)", offsetof(struct options, bits) },
    { OPTION_FLAG, 'w', "wrapped", NULL, "only its ciphertext, not the key itself", offsetof(struct options, wrapped) },
    { OPTION_TEXT, 0, "context", "TEXT|@FILE", "of a derived key", offsetof(struct options, context) },
    COMMON,
};
static const option_row random_rows[] = {
    { OPTION_TEXT, 0, "encoding", "base64|hex|raw", "how they are written (base64)",
      offsetof(struct options, encoding) },
    { OPTION_TEXT, 0, "source", "platform|seal|all", "where Vault takes them from (platform)",
      offsetof(struct options, source) },
    { OPTION_TEXT, 0, "mount", "MOUNT", "the transit engine (transit)", offsetof(struct options, mount) },
    COMMON,
};

#define EXITS "Exit codes: 0 done, 2 usage, 3 no such key or mount, or refused, 4 denied, 5 Vault away, 6 local.\n"
static const char datakey_notes[] = "Prints the key (Base64) and its ciphertext, which `vaultcrypt value decrypt KEY` opens. With --wrapped, only\n"
                                    "the ciphertext. KEY is a name, or MOUNT/KEY.\n" EXITS;
static const char random_notes[] = "BYTES is 32 when it is not given.\n" EXITS;

static int run_datakey(int argc, char **argv);
static int run_random(int argc, char **argv);

const struct command command_datakey = { "datakey", "[OPTIONS] KEY",
                                         "a new data key, and the same under a transit key", datakey_notes,
                                             datakey_rows, 1, run_datakey };
const struct command command_random = { "random", "[OPTIONS] [BYTES]", "random bytes", random_notes, random_rows, 1,
                                        run_random };

static int run_datakey(int argc, char **argv)
{
    struct options o = { .bits = 0 };
    const char *operands[2];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(&command_datakey, argc, argv, &o, operands, &status))
        return status;
    if (!operands[0])
        return call_usage(&command_datakey, "which key?");
    if (!call_key_path(&command_datakey, path, o.wrapped ? "datakey/wrapped" : "datakey/plaintext", operands[0], NULL))
        return EXIT_USAGE;
    blob context = { 0 }, body = { 0 };
    status = input_value(&command_datakey, o.context, &context);
    if (!status) {
        body_base64(&body, "context", vc_view_of(context.data, context.len));
        body_number(&body, "bits", o.bits);
        status = call_run(&(struct call){ .command = &command_datakey, .connect = &o.connect, .output = &o.output,
                                          .method = "POST",
                                          .path = path, .body = body_end(&body), .replay_safe = true,
                                          .main_field = o.wrapped ? ".data.ciphertext" : NULL });
    }
    blob_free(&context);
    blob_free(&body);
    return status;
}

/* The bytes themselves, instead of a text of them. */
static int show_raw(const struct call *call, struct json_object *root)
{
    struct json_object *text;
    blob bytes = { 0 };
    const bool found = output_find(root, ".data.random_bytes", &text) && json_object_is_type(text, json_type_string) &&
                       blob_from_base64(&bytes, vc_str(json_object_get_string(text)));
    if (found)
        fwrite(bytes.data, 1, bytes.len, stdout);
    else
        fprintf(stderr, "vaultcrypt random: Vault's answer holds no Base64\n");
    blob_free(&bytes);
    const int status = output_end(call->command);
    return status ? status : found ? -1 : EXIT_VAULT; /* -1: shown already */
}

static int run_random(int argc, char **argv)
{
    struct options o = { .bits = 0 };
    const char *operands[2];
    char mount[PATH_ROOM], path[PATH_ROOM + 64];
    int status;
    unsigned long count = 32;
    if (!option_parse(&command_random, argc, argv, &o, operands, &status))
        return status;
    if (operands[0] && !option_read_count(operands[0], &count))
        return call_usage(&command_random, "BYTES is a number from 1 on");
    const bool raw = o.encoding && strcmp(o.encoding, "raw") == 0;
    if (raw && (o.output.format || o.output.field))
        return call_usage(&command_random, "--encoding=raw goes with neither --format nor --field");
    if (!call_mount_path(&command_random, mount, o.mount, "random"))
        return EXIT_USAGE;
    snprintf(path, sizeof path, "%s%s%.32s", mount, o.source ? "/" : "", o.source ? o.source : "");
    blob body = { 0 };
    body_number(&body, "bytes", count);
    body_text(&body, "format", raw ? "base64" : o.encoding);
    status = call_run(&(struct call){ .command = &command_random, .connect = &o.connect, .output = &o.output,
                                      .method = "POST", .path = path,
                                      .body = body_end(&body), .replay_safe = true, .open_words = true,
                                          .main_field = ".data.random_bytes", .show = raw ? show_raw : NULL });
    blob_free(&body);
    return status == -1 ? EXIT_FINE : status;
}
