/* SPDX-License-Identifier: Apache-2.0 */
/* key_import.c - `vaultcrypt key import`: a key of one's own, wrapped here, becomes a transit key. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "input.h"

#include <stdio.h>
#include <vaultcrypt/vaultcrypt.h>

struct options {
    const char *type, *hash, *wrapping_key;
    bool base64, next_version, allow_rotation, derived, exportable, plaintext_backup;
    connect_options connect;
};

static const option_row rows[] = {
    { OPTION_TEXT, 't', "type", "TYPE", "what the key is (aes256-gcm96)", offsetof(struct options, type) },
    { OPTION_FLAG, 0, "base64", NULL, "the input is Base64 of a symmetric key", offsetof(struct options, base64) },
    { OPTION_FLAG, 0, "next-version", NULL, "the next version of a key that was imported before",
      offsetof(struct options, next_version) },
    { OPTION_FLAG, 0, "allow-rotation", NULL, "Vault may make later versions itself",
      offsetof(struct options, allow_rotation) },
    { OPTION_FLAG, 0, "derived", NULL, "every call gives a context, of which its key is derived",
      offsetof(struct options, derived) },
    { OPTION_FLAG, 0, "exportable", NULL, "its material may be exported", offsetof(struct options, exportable) },
    { OPTION_FLAG, 0, "allow-plaintext-backup", NULL, "it may be backed up",
      offsetof(struct options, plaintext_backup) },
    { OPTION_TEXT, 0, "hash", "SHA1|SHA224|SHA256|SHA384|SHA512", "of the wrapping (SHA256)",
      offsetof(struct options, hash) },
    { OPTION_TEXT, 0, "wrapping-key", "FILE",
      "the mount's key, fetched before (key wrapping-key); else it is asked for",
      offsetof(struct options, wrapping_key) },
    CONNECT_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "The key comes from FILE or standard input: the raw bytes of a symmetric key, or a private key in PEM or PKCS#8 DER, without a\n"
    "pass phrase. It is wrapped here (RSA-OAEP and AES key wrap), so that it never travels in clear, not even within TLS.\n"
    "Exit codes: 0 done, 2 usage, 3 no such mount, or refused, 4 denied, 5 Vault away, 6 local.\n";

static int run(int argc, char **argv);

const struct command command_key_import = { "key import", "[OPTIONS] KEY [FILE]", "bring a key of your own", notes,
                                            rows, 2, run };

static vc_transit_settings *make_settings(const struct options *o, vc_error *err)
{
    vc_transit_settings *settings = vc_transit_settings_new(err);
    if (!settings)
        return NULL;
    vc_code code = o->type ? vc_transit_settings_set_type(settings, o->type, err) : VC_OK;
    const struct {
        bool set;
        vc_code (*setter)(vc_transit_settings *, int, vc_error *);
    } flags[] = {
        { o->allow_rotation, vc_transit_settings_set_allow_rotation },
        { o->derived, vc_transit_settings_set_derived },
        { o->exportable, vc_transit_settings_set_exportable },
        { o->plaintext_backup, vc_transit_settings_set_plaintext_backup },
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0] && !code; i++)
        if (flags[i].set)
            code = flags[i].setter(settings, 1, err);
    if (!code)
        return settings;
    vc_transit_settings_free(settings);
    return NULL;
}

/* "team/transit" of "team/transit/app"; NULL: none is named. */
static const char *mount_of(const char *key, char mount[PATH_ROOM])
{
    const char *slash = strrchr(key, '/');
    if (!slash)
        return NULL;
    snprintf(mount, PATH_ROOM, "%.*s", (int)(slash - key), key);
    return mount;
}

static vc_code send(const struct options *o, vc_client *client, const char *key, vc_view material, const blob *pem,
                    vc_error *err)
{
    char mount[PATH_ROOM];
    vc_bytes fetched = VC_BYTES_INIT, wrapped = VC_BYTES_INIT;
    vc_transit_settings *settings = NULL;
    vc_code code = VC_OK;
    if (!o->next_version && !(settings = make_settings(o, err)))
        code = err->code;
    if (!code && !pem->data)
        code = vc_transit_wrapping_key_read(client, mount_of(key, mount), &fetched, err);
    if (!code)
        code = vc_transit_wrap_key(pem->data ? blob_view(pem) : vc_bytes_view(fetched), material, o->hash, &wrapped,
                                   err);
    if (!code && o->next_version)
        code = vc_transit_key_import_version(client, key, vc_bytes_view(wrapped), o->hash, err);
    else if (!code)
        code = vc_transit_key_import(client, key, vc_bytes_view(wrapped), o->hash, settings, err);
    vc_bytes_free(&fetched);
    vc_bytes_free(&wrapped);
    vc_transit_settings_free(settings);
    return code;
}

static int decode(const blob *input, blob *material)
{
    vc_view text = blob_view(input);
    while (text.len && strchr("\r\n ", text.data[text.len - 1]))
        text.len--;
    return blob_from_base64(material, text) && material->len ? EXIT_FINE : call_usage(&command_key_import,
        "the input is not Base64");
}

static int run(int argc, char **argv)
{
    struct options o = { .type = NULL };
    const char *operands[3];
    char path[PATH_ROOM];
    int status;
    if (!option_parse(&command_key_import, argc, argv, &o, operands, &status))
        return status;
    if (!operands[0])
        return call_usage(&command_key_import, "which key?");
    if (o.next_version && (o.type || o.allow_rotation || o.derived || o.exportable || o.plaintext_backup))
        return call_usage(&command_key_import, "with --next-version the key is there, and stays what it is");
    if (!call_key_path(&command_key_import, path, "keys", operands[0], NULL))
        return EXIT_USAGE;
    blob input = { 0 }, material = { 0 }, pem = { 0 };
    status = input_file(&command_key_import, operands[1], &input);
    if (!status && o.wrapping_key)
        status = input_file(&command_key_import, o.wrapping_key, &pem);
    if (!status && o.base64)
        status = decode(&input, &material);
    if (!status) {
        vc_error err = VC_ERROR_INIT;
        vc_client *client = connect_open(&o.connect, &err);
        if (!client || send(&o, client, operands[0], blob_view(o.base64 ? &material : &input), &pem, &err))
            status = exit_report("key import", &err);
        vc_client_close(client);
    }
    blob_free(&input);
    blob_free(&material);
    blob_free(&pem);
    return status;
}
