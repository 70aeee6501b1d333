/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - `vaultcrypt sign, verify, hmac, hash`: what transit makes of the bytes of a file, or of standard input. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "input.h"

#include <stdio.h>

struct options {
    const char *hash, *signature_algorithm, *marshaling, *salt_length, *context, *signature, *hmac, *mount, *encoding;
    unsigned long key_version;
    bool prehashed;
    connect_options connect;
    output_options output;
};

#define COMMON OUTPUT_ROWS(struct options), CONNECT_ROWS(struct options), { OPTION_END, 0, NULL, NULL, NULL, 0 }
#define HASH_ROW { OPTION_TEXT, 'a', "algorithm", "HASH", "sha2-224 to sha2-512, sha3-... (sha2-256)", \
                   offsetof(struct options, hash) }
#define VERSION_ROW { OPTION_COUNT, 0, "key-version", "N", "that version of the key (the latest)", \
                      offsetof(struct options, key_version) }
#define SIGN_ROWS \
    HASH_ROW, \
    { OPTION_TEXT, 0, "signature-algorithm", "pss|pkcs1v15", "of an RSA key (pss)", \
      offsetof(struct options, signature_algorithm) }, \
    { OPTION_TEXT, 0, "marshaling", "asn1|jws", "form of an ECDSA signature (asn1)", \
      offsetof(struct options, marshaling) }, \
    { OPTION_TEXT, 0, "salt-length", "auto|hash|N", "of PSS (auto)", offsetof(struct options, salt_length) }, \
    { OPTION_FLAG, 0, "prehashed", NULL, "the input is a digest already", offsetof(struct options, prehashed) }, \
    { OPTION_TEXT, 0, "context", "TEXT|@FILE", "of a derived key", offsetof(struct options, context) }

static const option_row sign_rows[] = { SIGN_ROWS, VERSION_ROW, COMMON };
static const option_row verify_rows[] = {
    { OPTION_TEXT, 's', "signature", "TEXT|@FILE", "the signature, vault:v1:...", offsetof(struct options, signature) },
    { OPTION_TEXT, 0, "hmac", "TEXT|@FILE", "or the HMAC", offsetof(struct options, hmac) },
    SIGN_ROWS,
    COMMON,
};
static const option_row hmac_rows[] = { HASH_ROW, VERSION_ROW, COMMON };
static const option_row hash_rows[] = {
    HASH_ROW,
    { OPTION_TEXT, 0, "encoding", "hex|base64", "of the digest (hex)", offsetof(struct options, encoding) },
    { OPTION_TEXT, 0, "mount", "MOUNT", "the transit engine (transit)", offsetof(struct options, mount) },
    COMMON,
};

#define INPUT "The input is FILE, or standard input. KEY is a name, or MOUNT/KEY.\n"
#define EXITS "2 usage, 3 no such key or mount, or refused, 4 denied, 5 Vault away, 6 local.\n"
static const char notes[] = INPUT "Exit codes: 0 done, " EXITS;
static const char verify_notes[] = INPUT "Prints true or false. Exit codes: 0 valid, 1 not valid, " EXITS;
static const char hash_notes[] = "The input is FILE, or standard input; it goes to Vault, which hashes it.\nExit codes: 0 done, " EXITS;

static int run_sign(int argc, char **argv);
static int run_verify(int argc, char **argv);
static int run_hmac(int argc, char **argv);
static int run_hash(int argc, char **argv);

const struct command command_sign = { "sign", "[OPTIONS] KEY [FILE]", "sign bytes with a transit key", notes,
                                      sign_rows, 2, run_sign };
const struct command command_verify = { "verify", "--signature=... [OPTIONS] KEY [FILE]",
                                        "check a signature or an HMAC", verify_notes, verify_rows, 2, run_verify };
const struct command command_hmac = { "hmac", "[OPTIONS] KEY [FILE]", "an HMAC of bytes with a transit key", notes,
                                      hmac_rows, 2, run_hmac };
const struct command command_hash = { "hash", "[OPTIONS] [FILE]", "a digest of bytes", hash_notes, hash_rows, 1,
                                      run_hash };

/* Everything that was given; what was not is left out. */
static int make_body(const struct command *command, const struct options *o, const char *file, blob *body)
{
    blob input = { 0 }, context = { 0 }, signature = { 0 }, hmac = { 0 };
    int status = input_value(command, o->context, &context);
    if (!status)
        status = input_value(command, o->signature, &signature);
    if (!status)
        status = input_value(command, o->hmac, &hmac);
    if (!status)
        status = input_file(command, file, &input);
    while (signature.len && signature.data[signature.len - 1] == '\n')
        signature.len--;
    while (hmac.len && hmac.data[hmac.len - 1] == '\n')
        hmac.len--;
    body_base64(body, "input", blob_view(&input));
    body_base64(body, "context", vc_view_of(context.data, context.len));
    body_view(body, "signature", vc_view_of(signature.data, signature.len));
    body_view(body, "hmac", vc_view_of(hmac.data, hmac.len));
    body_text(body, "signature_algorithm", o->signature_algorithm);
    body_text(body, "marshaling_algorithm", o->marshaling);
    body_text(body, "salt_length", o->salt_length);
    body_text(body, "format", o->encoding);
    body_text(body, command == &command_hash || command == &command_hmac ? "algorithm" : "hash_algorithm", o->hash);
    body_true(body, "prehashed", o->prehashed);
    body_number(body, "key_version", o->key_version);
    blob_free(&input);
    blob_free(&context);
    blob_free(&signature);
    blob_free(&hmac);
    return status;
}

static int run_call(const struct call *call, const struct options *o, const char *file)
{
    struct call whole = *call;
    blob body = { 0 };
    int status = output_check(call->command, &o->output);
    if (!status)
        status = make_body(call->command, o, file, &body);
    if (!status) {
        whole.body = body_end(&body);
        whole.connect = &o->connect;
        whole.output = &o->output;
        whole.method = "POST";
        whole.replay_safe = true;
        status = call_run(&whole);
    }
    blob_free(&body);
    return status;
}

static int run_key(const struct command *command, const char *verb, const char *main_field,
                   int (*show)(const struct call *, struct json_object *), int argc, char **argv)
{
    struct options o = { .hash = NULL };
    const char *operands[3];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(command, argc, argv, &o, operands, &status))
        return status;
    if (!operands[0])
        return call_usage(command, "which key?");
    if (command == &command_verify && !o.signature == !o.hmac)
        return call_usage(command, "one of --signature and --hmac is needed");
    if (!call_key_path(command, path, verb, operands[0], NULL))
        return EXIT_USAGE;
    return run_call(&(struct call){ .command = command, .path = path, .main_field = main_field, .show = show }, &o,
                    operands[1]);
}

static int run_sign(int argc, char **argv)
{
    return run_key(&command_sign, "sign", ".data.signature", NULL, argc, argv);
}

static int run_hmac(int argc, char **argv)
{
    return run_key(&command_hmac, "hmac", ".data.hmac", NULL, argc, argv);
}

static int judge(const struct call *call, struct json_object *root)
{
    struct json_object *valid;
    (void)call;
    /* json-c takes any text or number but 0 for true */
    return output_find(root, ".data.valid", &valid) && json_object_is_type(valid, json_type_boolean) &&
                   json_object_get_boolean(valid)
               ? EXIT_FINE
               : EXIT_DATA;
}

static int run_verify(int argc, char **argv)
{
    return run_key(&command_verify, "verify", ".data.valid", judge, argc, argv);
}

static int run_hash(int argc, char **argv)
{
    struct options o = { .hash = NULL };
    const char *operands[2];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(&command_hash, argc, argv, &o, operands, &status))
        return status;
    if (!call_mount_path(&command_hash, path, o.mount, "hash"))
        return EXIT_USAGE;
    return run_call(&(struct call){ .command = &command_hash, .path = path, .main_field = ".data.sum" }, &o,
                    operands[0]);
}
