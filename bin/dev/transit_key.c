/* SPDX-License-Identifier: Apache-2.0 */
/* transit_key.c - keys: create, read, list, delete. */
#include "base/base64.h"
#include "clock.h"
#include "param.h"
#include "reply.h"
#include "transit_texts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

bool transit_key_exists(const dev_request *request)
{
    return transit_key_get(request, 0) != NULL;
}

/* PEM, of Ed25519 base64; of derived keys that of the context, or nothing. */
static void write_public(const transit_key *key, const transit_version *version, vc_view context,
                         vc__buf *out)
{
    vc__auto(vc__buf) text = VC__BUF(1 << 16), raw = VC__BUF(64);
    if (key->type->kind != TRANSIT_ED25519) {
        dev_pair_pem(version->pair, DEV_PAIR_PUBLIC, &text);
    } else if (!key->derived || context.len) {
        EVP_PKEY *derived = key->derived ? transit_derive_pair(key, version, context) : NULL;
        if (dev_pair_der(derived ? derived : version->pair, DEV_PAIR_RAW, &raw))
            vc__base64_encode(&text, vc__buf_get(&raw));
        EVP_PKEY_free(derived);
    }
    out_key(out, "public_key");
    out_string(out, vc__buf_get(&text));
}

static void write_versions(const dev_request *request, const transit_key *key, vc_view context, vc__buf *out)
{
    out_key(out, "keys");
    out_open(out, '{');
    for (int number = key->min_decryption; number <= key->latest; number++) {
        const transit_version *version = &key->versions[number - 1];
        char name[16];
        snprintf(name, sizeof name, "%d", number);
        if (!transit_signs(key->type)) {
            out_member_int(out, name, version->created / 1000000000);
            continue;
        }
        out_key(out, name);
        out_open(out, '{');
        if (request->server->flavour->chains)
            out_member(out, "certificate_chain", "");
        out_key(out, "creation_time");
        dev_time_write(out, version->created);
        out_member(out, "name", key->type->shown);
        write_public(key, version, context, out);
        out_close(out, '}');
    }
    out_close(out, '}');
}

static void write_event(vc__buf *out, const char *name, const transit_event *event)
{
    if (event->when == 0)
        return;
    out_key(out, name);
    out_open(out, '{');
    out_key(out, "time");
    dev_time_write(out, event->when);
    out_member_int(out, "version", event->version);
    out_close(out, '}');
}

static void write_key(dev_request *request, const transit_key *key, vc_view context)
{
    const transit_type *type = key->type;
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_bool(out, "allow_plaintext_backup", key->plaintext_backup);
    out_member_int(out, "auto_rotate_period", key->auto_rotate);
    write_event(out, "backup_info", &key->backup);
    if (key->derived) {
        out_member_bool(out, "convergent_encryption", key->convergent);
        if (key->convergent) /* each version has its own, and 3 is the only one */
            out_member_int(out, "convergent_encryption_version", -1);
    }
    out_member_bool(out, "deletion_allowed", key->deletion_allowed);
    out_member_bool(out, "derived", key->derived);
    out_member_bool(out, "exportable", key->exportable);
    out_member_bool(out, "imported_key", key->imported);
    if (key->imported)
        out_member_bool(out, "imported_key_allow_rotation", key->allow_rotation);
    if (key->derived)
        out_member(out, "kdf", key->counter_kdf ? "hmac-sha256-counter" : "hkdf_sha256");
    if (key->derived && key->counter_kdf)
        out_member(out, "kdf_mode", "hmac-sha256-counter");
    if (key->key_size)
        out_member_int(out, "key_size", key->key_size);
    if (type->kind != TRANSIT_HMAC)
        write_versions(request, key, context, out);
    out_member_int(out, "latest_version", key->latest);
    out_member_int(out, "min_available_version", key->min_available);
    out_member_int(out, "min_decryption_version", key->min_decryption);
    out_member_int(out, "min_encryption_version", key->min_encryption);
    out_member(out, "name", key->name);
    write_event(out, "restore_info", &key->restore);
    if (request->server->flavour->openbao)
        out_member_bool(out, "soft_deleted", key->soft_deleted);
    out_member_bool(out, "supports_decryption", transit_encrypts(type));
    out_member_bool(out, "supports_derivation", transit_derives(type));
    out_member_bool(out, "supports_encryption", transit_encrypts(type));
    out_member_bool(out, "supports_signing", transit_signs(type));
    out_member(out, "type", type->name);
    out_close(out, '}');
}

void transit_key_write(dev_request *request, const transit_key *key)
{
    write_key(request, key, vc_view_of(NULL, 0));
}

/* What a create may not ask for. True: go on. */
static bool possible(dev_request *request, vc_view name, const transit_make *make, long long key_size,
                     long long rotate)
{
    const transit_type *type = make->type;
    if (rotate && rotate < 3600)
        dev_reply_error(request, 400, "auto rotate period must be 0 to disable or at least an hour");
    else if (make->convergent && !make->derived)
        dev_reply_error(request, 400, "convergent encryption requires derivation to be enabled");
    else if (!type)
        dev_reply_error(request, 400, "unknown key type %.*s", (int)name.len, name.data);
    else if (key_size && type->kind != TRANSIT_HMAC)
        dev_reply_error(request, 400, "key_size is not valid for algorithm %s", type->name);
    else if (key_size && (key_size < TRANSIT_KEY_MIN || key_size > TRANSIT_KEY_MAX))
        dev_reply_error(request, 400, "invalid key_size %lld", key_size);
    else
        return true;
    return false;
}

/* What a new key may not be. True: go on. */
static bool makeable(dev_request *request, const transit_make *make)
{
    const transit_type *type = make->type;
    if (make->derived && !transit_derives(type))
        dev_reply_wrapped(request, 500,
                          "key derivation and convergent encryption not supported for keys of type %s",
                          type->name);
    else if (make->convergent && !transit_encrypts(type))
        dev_reply_wrapped(request, 500, "convergent encryption not supported for keys of type %s",
                          type->name);
    else if (type->kind == TRANSIT_HMAC && make->key_size == 0)
        dev_reply_wrapped(request, 500, "invalid key size for HMAC key, must be between %d and %d bytes",
                          TRANSIT_KEY_MIN, TRANSIT_KEY_MAX);
    else
        return true;
    return false;
}

void transit_key_create(dev_request *request)
{
    const dev_flavour *flavour = request->server->flavour;
    vc_view name;
    bool exportable = false, backup = false;
    long long rotate = 0, key_size = 0;
    transit_make make = { 0 };
    if (!dev_param_string(request, "type", &name) || !dev_param_bool(request, "derived", &make.derived) ||
        !dev_param_bool(request, "convergent_encryption", &make.convergent) ||
        !dev_param_bool(request, "exportable", &exportable) ||
        !dev_param_bool(request, "allow_plaintext_backup", &backup) ||
        !dev_param_int(request, "key_size", &key_size) ||
        !dev_param_duration(request, "auto_rotate_period", &rotate))
        return;
    if (!dev_param_given(request, "type"))
        name = vc_str("aes256-gcm96");
    make.type = transit_type_find(flavour, name);
    if (!possible(request, name, &make, key_size, rotate))
        return;
    make.key_size = (int)key_size;
    transit_key *key = transit_key_get(request, 0);
    if (key) {
        transit_key_write(request, key);
        if (flavour->existed_warning)
            dev_reply_warning(request, "key %s already existed", key->name);
        return;
    }
    if (!makeable(request, &make))
        return;
    if (!(key = transit_key_make(request, request->args[0], &make))) {
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    key->exportable = exportable;
    key->plaintext_backup = backup;
    key->auto_rotate = rotate;
    transit_key_write(request, key);
}

void transit_key_read(dev_request *request)
{
    const transit_key *key = transit_key_get(request, 0);
    const char *given = dev_query(request, "context");
    vc__auto(vc__buf) context = VC__BUF(1 << 16);
    size_t bad;
    if (!key)
        dev_reply_missing(request);
    else if (!transit_decode(vc_str(given ? given : ""), &context, &bad))
        dev_reply_error(request, 400, "failed to base64-decode context");
    else
        write_key(request, key, vc__buf_get(&context));
}

/* The wrapping key is kept beside the others, in a folder of its own: it shows. OpenBao lists a page at a
 * time. */
void transit_key_list(dev_request *request)
{
    const transit *state = transit_of(request);
    const bool pages = request->server->flavour->openbao;
    const char *after = pages ? dev_query(request, "after") : NULL;
    const char *most = pages ? dev_query(request, "limit") : NULL;
    long left = most ? strtol(most, NULL, 10) : 0;
    bool folder = state->wrapping != NULL;
    vc__auto(vc__buf) list = VC__BUF(DEV_REPLY_MAX);
    left = left > 0 ? left : LONG_MAX;
    for (size_t i = 0; i <= state->keys.count && left > 0; i++) {
        const char *name = i < state->keys.count ? state->keys.list[i].name : NULL;
        if (folder && (!name || strcmp("import/", name) < 0)) {
            folder = false;
            i--;
            name = "import/";
        }
        if (!name || (after && strcmp(name, after) <= 0))
            continue;
        out_string(&list, vc_str(name));
        left--;
    }
    if (list.len == 0) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"keys\":[");
    vc__buf_view(out, vc__buf_get(&list));
    vc__buf_str(out, "]}");
}

void transit_key_delete(dev_request *request)
{
    const transit_key *key = transit_key_get(request, 0);
    const vc_view name = request->args[0];
    if (!key) {
        dev_reply_error(request, 400, "error deleting policy %.*s: could not delete key; not found",
                        (int)name.len, name.data);
    } else if (!key->deletion_allowed) {
        dev_reply_error(request, 400, "error deleting policy %.*s: deletion is not allowed for this key",
                        (int)name.len, name.data);
    } else {
        dev_names_drop(&transit_of(request)->keys, name);
        dev_reply_empty(request);
    }
}
