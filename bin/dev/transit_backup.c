/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_backup.c - backup and restore. What a backup looks like inside is each server's own affair: here it
 * is base64 of JSON, all versions in it, their secrets in base64 and their pairs as DER.
 */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/secret.h"
#include "base/text.h"
#include "clock.h"
#include "param.h"
#include "reply.h"
#include "transit_texts.h"

enum { BACKUP_MAX = 16 << 20 };

/* Bytes as base64; nothing for none. */
static void out_bytes(vc__buf *out, const char *name, vc_view bytes)
{
    if (bytes.len == 0)
        return;
    out_key(out, name);
    vc__buf_byte(out, '"');
    vc__base64_encode(out, bytes);
    vc__buf_byte(out, '"');
}

static void write_version(const transit_version *version, vc__buf *out)
{
    vc__auto(vc__buf) der = VC__BUF(1 << 16);
    out_open(out, '{');
    out_member_int(out, "created", version->created);
    out_member_bool(out, "public_only", version->public_only);
    out_bytes(out, "secret", vc_view_of((const char *)version->secret, version->secret_len));
    out_bytes(out, "hmac_key", vc_view_of((const char *)version->hmac_key, sizeof version->hmac_key));
    if (version->pair)
        dev_pair_der(version->pair, version->public_only ? DEV_PAIR_PUBLIC : DEV_PAIR_PRIVATE, &der);
    out_bytes(out, "pair", vc__buf_get(&der));
    out_close(out, '}');
    if (der.data)
        vc__wipe(der.data, der.len);
}

static const struct {
    const char *name;
    size_t offset;
} flags[] = { { "derived", offsetof(transit_key, derived) },
              { "convergent", offsetof(transit_key, convergent) },
              { "imported", offsetof(transit_key, imported) },
              { "allow_rotation", offsetof(transit_key, allow_rotation) },
              { "counter_kdf", offsetof(transit_key, counter_kdf) },
              { "exportable", offsetof(transit_key, exportable) },
              { "plaintext_backup", offsetof(transit_key, plaintext_backup) },
              { "deletion_allowed", offsetof(transit_key, deletion_allowed) } };

static const struct {
    const char *name;
    size_t offset;
} numbers[] = { { "min_decryption", offsetof(transit_key, min_decryption) },
                { "min_encryption", offsetof(transit_key, min_encryption) },
                { "min_available", offsetof(transit_key, min_available) },
                { "key_size", offsetof(transit_key, key_size) },
                { "backup_version", offsetof(transit_key, backup.version) } };

enum { FLAGS = sizeof flags / sizeof flags[0], NUMBERS = sizeof numbers / sizeof numbers[0] };

static void write_backup(const transit_key *key, vc__buf *out)
{
    out_open(out, '{');
    out_member(out, "name", key->name);
    out_member(out, "type", key->type->name);
    for (size_t i = 0; i < FLAGS; i++)
        out_member_bool(out, flags[i].name, *(const bool *)((const char *)key + flags[i].offset));
    for (size_t i = 0; i < NUMBERS; i++)
        out_member_int(out, numbers[i].name, *(const int *)((const char *)key + numbers[i].offset));
    out_member_int(out, "auto_rotate", key->auto_rotate);
    out_member_int(out, "backup_when", key->backup.when);
    out_key(out, "versions");
    out_open(out, '[');
    for (int number = 1; number <= key->latest; number++)
        write_version(&key->versions[number - 1], out);
    out_close(out, ']');
    out_close(out, '}');
}

void transit_on_backup(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    if (!key) {
        dev_reply_wrapped(request, 500, "key \"%.*s\" not found", (int)request->args[0].len,
                          request->args[0].data);
    } else if (key->soft_deleted) {
        dev_reply_wrapped(request, 500, "%s", transit_soft_deleted);
    } else if (!key->exportable) {
        dev_reply_wrapped(request, 500, "exporting is disallowed on the policy");
    } else if (!key->plaintext_backup) {
        dev_reply_wrapped(request, 500, "plaintext backup is disallowed on the policy");
    } else {
        vc__auto(vc__buf) text = VC__BUF(BACKUP_MAX);
        key->backup = (transit_event){ dev_wall(), key->latest };
        write_backup(key, &text);
        vc__buf *out = dev_reply_data(request);
        vc__buf_str(out, "{\"backup\":\"");
        vc__base64_encode(out, vc__buf_get(&text));
        vc__buf_str(out, "\"}");
        if (text.data)
            vc__wipe(text.data, text.len);
    }
}

/* -- restore -- */

static vc_view text_of(json_object *object, const char *name)
{
    json_object *value = NULL;
    json_object_object_get_ex(object, name, &value);
    return json_object_is_type(value, json_type_string)
               ? vc_view_of(json_object_get_string(value), (size_t)json_object_get_string_len(value))
               : vc_view_of(NULL, 0);
}

static int64_t number_of(json_object *object, const char *name)
{
    return json_object_get_int64(json_object_object_get(object, name));
}

static bool read_pair(transit_version *version, vc_view der, vc__buf *pem)
{
    if (!version->public_only)
        return (version->pair = dev_pair_read_private(der)) != NULL;
    vc__buf_clear(pem);
    vc__buf_str(pem, "-----BEGIN PUBLIC KEY-----\n");
    vc__base64_encode(pem, der);
    vc__buf_str(pem, "\n-----END PUBLIC KEY-----\n");
    return (version->pair = dev_pair_read_public(vc__buf_get(pem))) != NULL;
}

/* A version as write_version() wrote it. */
static bool read_version(json_object *from, transit_version *version)
{
    vc__auto(vc__buf) bytes = VC__BUF(1 << 16), pem = VC__BUF(1 << 17);
    size_t bad;
    version->created = number_of(from, "created");
    version->public_only = json_object_get_boolean(json_object_object_get(from, "public_only"));
    if (!transit_decode(text_of(from, "hmac_key"), &bytes, &bad) || bytes.len != sizeof version->hmac_key)
        return false;
    memcpy(version->hmac_key, bytes.data, bytes.len);
    if (!transit_decode(text_of(from, "secret"), &bytes, &bad))
        return false;
    version->secret_len = bytes.len;
    if (bytes.len && !(version->secret = vc__calloc(1, bytes.len)))
        return false;
    if (bytes.len)
        memcpy(version->secret, bytes.data, bytes.len);
    if (!transit_decode(text_of(from, "pair"), &bytes, &bad))
        return false;
    return bytes.len == 0 || read_pair(version, vc__buf_get(&bytes), &pem);
}

/* NULL: it is no backup of ours. */
static transit_key *read_backup(const dev_flavour *flavour, json_object *from)
{
    json_object *versions = json_object_object_get(from, "versions");
    transit_key *key = vc__calloc(1, sizeof *key);
    const size_t count =
        json_object_is_type(versions, json_type_array) ? json_object_array_length(versions) : 0;
    if (!key)
        return NULL;
    key->type = transit_type_find(flavour, text_of(from, "type"));
    for (size_t i = 0; i < FLAGS; i++)
        *(bool *)((char *)key + flags[i].offset) =
            json_object_get_boolean(json_object_object_get(from, flags[i].name));
    for (size_t i = 0; i < NUMBERS; i++)
        *(int *)((char *)key + numbers[i].offset) = (int)number_of(from, numbers[i].name);
    key->auto_rotate = number_of(from, "auto_rotate");
    key->backup.when = number_of(from, "backup_when");
    key->versions = vc__calloc(count + 1, sizeof *key->versions);
    bool well =
        key->type && count && key->versions && key->min_decryption >= 1 && key->min_decryption <= (int)count;
    for (; well && key->latest < (int)count; key->latest++)
        well = read_version(json_object_array_get_idx(versions, (size_t)key->latest),
                            &key->versions[key->latest]);
    if (well)
        return key;
    transit_key_free(key);
    return NULL;
}

static void put(dev_request *request, transit_key *key, vc_view name)
{
    key->name = vc__memdup(name.data, name.len);
    key->restore = (transit_event){ dev_wall(), key->latest };
    if (!key->name)
        transit_key_free(key);
    if (key->name && dev_names_put(&transit_of(request)->keys, name, key))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

static void restore(dev_request *request, json_object *from, bool force)
{
    vc_view name = request->args[0].len ? request->args[0] : text_of(from, "name");
    transit_key *key = dev_name_ok(name) ? read_backup(request->server->flavour, from) : NULL;
    if (!key) {
        dev_reply_wrapped(request, 500, "this is not a backup that was made here");
    } else if (!force && dev_names_get(&transit_of(request)->keys, name)) {
        dev_reply_wrapped(request, 500, "key \"%.*s\" already exists", (int)name.len, name.data);
        transit_key_free(key);
    } else {
        put(request, key, name);
    }
}

void transit_on_restore(dev_request *request)
{
    vc_view text;
    bool force = false;
    size_t bad;
    vc__auto(vc__buf) bytes = VC__BUF(BACKUP_MAX);
    if (!dev_param_string(request, "backup", &text) || !dev_param_bool(request, "force", &force))
        return;
    if (text.len == 0) {
        dev_reply_error(request, 400, "'backup' must be supplied");
    } else if (!transit_decode(text, &bytes, &bad)) {
        dev_reply_wrapped(request, 500, "illegal base64 data at input byte %zu", bad);
    } else {
        vc__buf_byte(&bytes, 0);
        json_object *from = bytes.failed ? NULL : json_tokener_parse(bytes.data);
        if (json_object_is_type(from, json_type_object))
            restore(request, from, force);
        else
            dev_reply_wrapped(request, 500, "this is not a backup that was made here");
        json_object_put(from);
    }
    if (bytes.data)
        vc__wipe(bytes.data, bytes.len);
}
