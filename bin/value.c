/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - `vaultcrypt value encrypt, decrypt, rewrap`: one value, any bytes, with a transit key. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "input.h"

#include <stdio.h>
#include <vaultcrypt/transit.h>

struct options {
    const char *context, *associated_data;
    unsigned long key_version;
    connect_options connect;
    output_options output;
};

#define COMMON OUTPUT_ROWS(struct options), CONNECT_ROWS(struct options), { OPTION_END, 0, NULL, NULL, NULL, 0 }
#define CONTEXT_ROW { OPTION_TEXT, 0, "context", "TEXT|@FILE", "of a derived key", offsetof(struct options, context) }
#define AAD_ROW \
    { OPTION_TEXT, 0, "associated-data", "TEXT|@FILE", "authenticated with the value; the same again to open it", \
      offsetof(struct options, associated_data) }
#define VERSION_ROW { OPTION_COUNT, 0, "key-version", "N", "that version of the key (the latest)", \
                      offsetof(struct options, key_version) }

static const option_row encrypt_rows[] = { CONTEXT_ROW, AAD_ROW, VERSION_ROW, COMMON };
static const option_row decrypt_rows[] = { CONTEXT_ROW, AAD_ROW, COMMON };
static const option_row rewrap_rows[] = { CONTEXT_ROW, VERSION_ROW, COMMON };

static const char notes[] =
    "The input is FILE, or standard input: any bytes to encrypt, up to 786 432; a ciphertext (vault:v1:...) to decrypt or rewrap.\n"
    "Decrypt writes the very bytes, with -o json or -f Base64. KEY is a name, or MOUNT/KEY.\n"
    "Exit codes: 0 done, 1 the value is refused or cannot be authenticated, 2 usage, 3 no such key or mount, 4 denied,\n"
    "5 Vault away, 6 local.\n";

static int run_encrypt(int argc, char **argv);
static int run_decrypt(int argc, char **argv);
static int run_rewrap(int argc, char **argv);

const struct command command_value_encrypt = { "value encrypt", "[OPTIONS] KEY [FILE]",
                                               "encrypt one value with a transit key", notes, encrypt_rows, 2,
                                                   run_encrypt };
const struct command command_value_decrypt = { "value decrypt", "[OPTIONS] KEY [FILE]", "decrypt one value", notes,
                                               decrypt_rows, 2, run_decrypt };
const struct command command_value_rewrap = { "value rewrap", "[OPTIONS] KEY [FILE]",
                                              "bring a ciphertext to the latest version of its key", notes,
                                                  rewrap_rows, 2, run_rewrap };

typedef vc_code (*transit_call)(vc_client *, const char *, vc_view, const vc_transit_options *, vc_bytes *, vc_error *);

static vc_transit_options *make_options(const struct options *o, const blob *context, const blob *aad, vc_error *err)
{
    vc_transit_options *options = vc_transit_options_new(err);
    if (!options)
        return NULL;
    vc_code code = VC_OK;
    if (context->data)
        code = vc_transit_options_set_context(options, blob_view(context), err);
    if (!code && aad->data)
        code = vc_transit_options_set_associated_data(options, blob_view(aad), err);
    vc_transit_options_set_key_version(options, o->key_version);
    if (!code)
        return options;
    vc_transit_options_free(options);
    return NULL;
}

/* As a reply of Vault would be. */
static int show(const struct command *command, const struct options *o, vc_bytes result)
{
    const bool plaintext = command == &command_value_decrypt;
    const bool plain = !o->output.format && !o->output.field;
    if (plain && plaintext) {
        fwrite(result.data, 1, result.len, stdout);
        return output_end(command);
    }
    blob data = { 0 }, whole = { 0 };
    if (plaintext)
        body_base64(&data, "plaintext", vc_bytes_view(result));
    else
        body_view(&data, "ciphertext", vc_bytes_view(result));
    body_json(&whole, "data", body_end(&data));
    const vc_view body = body_end(&whole);
    int status = EXIT_LOCAL;
    if (data.failed || body_is_lost(body))
        fprintf(stderr, "vaultcrypt %s: the answer is too large, or memory is short\n", command->name);
    else
        status = output_reply(command, &o->output, plaintext ? ".data.plaintext" : ".data.ciphertext", body);
    blob_free(&data);
    blob_free(&whole);
    return status;
}

static int transform(const struct command *command, const struct options *o, transit_call call, const char *key,
                     const blob *input,
                     const blob *context, const blob *aad)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes result = VC_BYTES_INIT;
    vc_client *client = NULL;
    vc_transit_options *options = make_options(o, context, aad, &err);
    int status;
    if (!options || !(client = connect_open(&o->connect, &err)) ||
        call(client, key, blob_view(input), options, &result, &err))
        status = exit_report(command->name, &err);
    else
        status = show(command, o, result);
    vc_bytes_free(&result);
    vc_client_close(client);
    vc_transit_options_free(options);
    return status;
}

static int run(const struct command *command, transit_call call, int argc, char **argv)
{
    struct options o = { .context = NULL };
    const char *operands[3];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(command, argc, argv, &o, operands, &status))
        return status;
    if (!operands[0])
        return call_usage(command, "which key?");
    if (!call_key_path(command, path, "keys", operands[0], NULL) || output_check(command, &o.output))
        return EXIT_USAGE;
    blob input = { 0 }, context = { 0 }, aad = { 0 };
    status = input_value(command, o.context, &context);
    if (!status)
        status = input_value(command, o.associated_data, &aad);
    if (!status)
        status = input_file(command, operands[1], &input);
    if (command != &command_value_encrypt)
        while (input.len && strchr("\r\n", input.data[input.len - 1]))
            input.len--;
    if (!status)
        status = transform(command, &o, call, operands[0], &input, &context, &aad);
    blob_free(&input);
    blob_free(&context);
    blob_free(&aad);
    return status;
}

static int run_encrypt(int argc, char **argv)
{
    return run(&command_value_encrypt, vc_transit_encrypt, argc, argv);
}

static int run_decrypt(int argc, char **argv)
{
    return run(&command_value_decrypt, vc_transit_decrypt, argc, argv);
}

static int run_rewrap(int argc, char **argv)
{
    return run(&command_value_rewrap, vc_transit_rewrap, argc, argv);
}
