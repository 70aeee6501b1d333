/* SPDX-License-Identifier: Apache-2.0 */
/* transit_key.c - keys: create, read, list, delete, rotate, config, trim; and config/keys. */
#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"
#include "clock.h"
#include "param.h"
#include "reply.h"
#include "transit.h"

#include <stdio.h>

static const transit_type types[] = {
    { "aes256-gcm96", VC__AES256_GCM },
    { "aes128-gcm96", VC__AES128_GCM },
    { "chacha20-poly1305", VC__CHACHA20_POLY1305 },
    { "aes128-cbc", 0 },
    { "aes256-cbc", 0 },
    { "ecdsa-p256", 0 },
    { "ecdsa-p384", 0 },
    { "ecdsa-p521", 0 },
    { "ed25519", 0 },
    { "hmac", 0 },
    { "ml-dsa", 0 },
    { "rsa-2048", 0 },
    { "rsa-3072", 0 },
    { "rsa-4096", 0 },
    { "managed_key", 0 },
    { "xchacha20-poly1305", 0 },
};

const transit_type *transit_type_find(vc_view name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (vc__view_is(name, types[i].name))
            return &types[i];
    return NULL;
}

transit_key *transit_key_get(const dev_request *request, size_t at)
{
    return dev_names_get(&transit_of(request)->keys, request->args[at]);
}

bool transit_key_exists(const dev_request *request)
{
    return transit_key_get(request, 0) != NULL;
}

/* A new version; false: no memory or no random bytes. */
static bool add_version(transit_key *key, vc__random *random)
{
    transit_version version = { .created = dev_wall() / 1000000000 };
    transit_version *versions = vc__calloc((size_t)key->latest + 1, sizeof *versions);
    if (!versions || vc__random_bytes(random, version.key, sizeof version.key, NULL) != VC_OK) {
        vc__free(versions);
        return false;
    }
    if (key->versions) {
        memcpy(versions, key->versions, (size_t)key->latest * sizeof *versions);
        vc__wipe(key->versions, (size_t)key->latest * sizeof *versions);
        vc__free(key->versions);
    }
    versions[key->latest++] = version;
    key->versions = versions;
    vc__wipe(&version, sizeof version);
    return true;
}

transit_key *transit_key_make(dev_request *request, vc_view name, const transit_type *type)
{
    dev_names *keys = &transit_of(request)->keys;
    transit_key *key = vc__calloc(1, sizeof *key);
    if (!key)
        return NULL;
    key->name = vc__memdup(name.data, name.len);
    key->type = type;
    key->min_decryption = 1;
    if (!key->name || !add_version(key, request->connection->random)) {
        keys->free_item(key);
        return NULL;
    }
    return dev_names_put(keys, name, key) ? key : NULL;
}

static void write_key(dev_request *request, const transit_key *key)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_bool(out, "allow_plaintext_backup", key->plaintext_backup);
    out_member_int(out, "auto_rotate_period", key->auto_rotate);
    out_member_bool(out, "deletion_allowed", key->deletion_allowed);
    out_member_bool(out, "derived", false);
    out_member_bool(out, "exportable", key->exportable);
    out_member_bool(out, "imported_key", false);
    out_key(out, "keys");
    out_open(out, '{');
    for (int version = key->min_decryption; version <= key->latest; version++) {
        char name[16];
        snprintf(name, sizeof name, "%d", version);
        out_member_int(out, name, key->versions[version - 1].created);
    }
    out_close(out, '}');
    out_member_int(out, "latest_version", key->latest);
    out_member_int(out, "min_available_version", key->min_available);
    out_member_int(out, "min_decryption_version", key->min_decryption);
    out_member_int(out, "min_encryption_version", key->min_encryption);
    out_member(out, "name", key->name);
    if (request->server->flavour->openbao)
        out_member_bool(out, "soft_deleted", false);
    out_member_bool(out, "supports_decryption", true);
    out_member_bool(out, "supports_derivation", true);
    out_member_bool(out, "supports_encryption", true);
    out_member_bool(out, "supports_signing", false);
    out_member(out, "type", key->type->name);
    out_close(out, '}');
}

/* What a create asks for, and this emulator cannot do, or nobody can. True: go on. */
static bool possible(dev_request *request, vc_view name, const transit_type *type, bool derived,
                     bool convergent, long long rotate)
{
    if (convergent && !derived)
        dev_reply_error(request, 400, "convergent encryption requires derivation to be enabled");
    else if (!type)
        dev_reply_error(request, 400, "unknown key type %.*s", (int)name.len, name.data);
    else if (rotate && rotate < 3600)
        dev_reply_error(request, 400, "auto rotate period must be 0 to disable or at least an hour");
    else if (!type->algorithm)
        dev_reply_error(request, 400, "key type %s is not in this emulator yet", type->name);
    else if (derived)
        dev_reply_error(request, 400, "derived and convergent keys are not in this emulator yet");
    else
        return true;
    return false;
}

void transit_key_create(dev_request *request)
{
    vc_view name;
    bool derived = false, convergent = false, exportable = false, backup = false;
    long long rotate = 0;
    if (!dev_param_string(request, "type", &name) || !dev_param_bool(request, "derived", &derived) ||
        !dev_param_bool(request, "convergent_encryption", &convergent) ||
        !dev_param_bool(request, "exportable", &exportable) ||
        !dev_param_bool(request, "allow_plaintext_backup", &backup) ||
        !dev_param_duration(request, "auto_rotate_period", &rotate))
        return;
    if (name.len == 0)
        name = vc_str(types[0].name);
    transit_key *key = transit_key_get(request, 0);
    if (key) {
        write_key(request, key);
        if (request->server->flavour->existed_warning)
            dev_reply_warning(request, "key %s already existed", key->name);
        return;
    }
    const transit_type *type = transit_type_find(name);
    if (!possible(request, name, type, derived, convergent, rotate))
        return;
    if (!(key = transit_key_make(request, request->args[0], type))) {
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    key->exportable = exportable;
    key->plaintext_backup = backup;
    key->auto_rotate = rotate;
    write_key(request, key);
}

void transit_key_read(dev_request *request)
{
    const transit_key *key = transit_key_get(request, 0);
    if (key)
        write_key(request, key);
    else
        dev_reply_missing(request);
}

void transit_key_list(dev_request *request)
{
    const dev_names *keys = &transit_of(request)->keys;
    if (keys->count == 0) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "keys");
    dev_names_list(keys, out);
    out_close(out, '}');
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

void transit_key_rotate(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    if (!key)
        dev_reply_error(request, 400, "key not found");
    else if (!add_version(key, request->connection->random))
        dev_reply_error(request, 500, "out of memory");
    else
        write_key(request, key);
}

/* The versions that a config request asks for; false: answered. */
static bool config_versions(dev_request *request, const transit_key *key, long long *decryption,
                            long long *encryption)
{
    if (!dev_param_int(request, "min_decryption_version", decryption) ||
        !dev_param_int(request, "min_encryption_version", encryption))
        return false;
    if (*decryption < 0)
        dev_reply_error(request, 400, "min decryption version cannot be negative");
    else if (*encryption < 0)
        dev_reply_error(request, 400, "min encryption version cannot be negative");
    else if (*decryption > key->latest)
        dev_reply_error(request, 400, "cannot set min decryption version of %lld, latest key version is %d",
                        *decryption, key->latest);
    else if (*encryption > key->latest)
        dev_reply_error(request, 400, "cannot set min encryption version of %lld, latest key version is %d",
                        *encryption, key->latest);
    else if (*encryption && *encryption < (*decryption ? *decryption : 1))
        dev_reply_error(request, 400,
                        "cannot set min encryption/decryption values; min encryption version of %lld must be "
                        "greater than or equal to min decryption version of %lld",
                        *encryption, *decryption);
    else if (*decryption && *decryption < key->min_available)
        dev_reply_error(request, 400, "min decryption version should not be less then min available version");
    else
        return true;
    return false;
}

void transit_key_config(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    if (!key) {
        dev_reply_error(request, 400, "no existing key named %.*s could be found", (int)request->args[0].len,
                        request->args[0].data);
        return;
    }
    long long decryption = key->min_decryption, encryption = key->min_encryption, rotate = key->auto_rotate;
    bool deletion = key->deletion_allowed, exportable = false, backup = false;
    if (!config_versions(request, key, &decryption, &encryption) ||
        !dev_param_bool(request, "deletion_allowed", &deletion) ||
        !dev_param_bool(request, "exportable", &exportable) ||
        !dev_param_bool(request, "allow_plaintext_backup", &backup) ||
        !dev_param_duration(request, "auto_rotate_period", &rotate))
        return;
    if (rotate && rotate < 3600) {
        dev_reply_error(request, 400, "auto rotate period must be 0 to disable or at least an hour");
        return;
    }
    if (decryption == 0) {
        decryption = 1;
        dev_reply_warning(request,
                          "since Vault 0.3%s, transit key numbering starts at 1; forcing minimum to 1",
                          request->server->flavour->openbao ? " (prior to the OpenBao fork)" : "");
    }
    key->min_decryption = (int)decryption;
    key->min_encryption = (int)encryption;
    key->deletion_allowed = deletion;
    key->exportable |= exportable;
    key->plaintext_backup |= backup;
    key->auto_rotate = rotate;
    write_key(request, key);
}

void transit_key_trim(dev_request *request)
{
    transit_key *key = transit_key_get(request, 0);
    long long available = 0;
    if (!key)
        dev_reply_error(request, 400, "invalid key name");
    else if (!dev_param(request, "min_available_version"))
        dev_reply_error(request, 400, "missing min_available_version");
    else if (!dev_param_int(request, "min_available_version", &available))
        return;
    else if (available == 0)
        dev_reply_error(request, 400, "minimum available version should be positive");
    else if (available < key->min_available)
        dev_reply_error(request, 400, "minimum available version cannot be decremented");
    else if (key->min_encryption == 0)
        dev_reply_error(request, 400,
                        "minimum available version cannot be set when minimum encryption version is not set");
    else if (available > key->min_encryption)
        dev_reply_error(request, 400,
                        "minimum available version cannot be greater than minmum encryption version");
    else if (available > key->min_decryption)
        dev_reply_error(request, 400,
                        "minimum available version cannot be greater than minimum decryption version");
    else if (available < 0)
        dev_reply_error(request, 400, "minimum available version cannot be negative");
    else {
        for (int version = 1; version < available; version++)
            vc__wipe(key->versions[version - 1].key, sizeof key->versions[0].key);
        key->min_available = (int)available;
        write_key(request, key);
    }
}

static void write_config(dev_request *request)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_bool(out, "disable_upsert", transit_of(request)->no_upsert);
    out_close(out, '}');
}

void transit_config_read(dev_request *request)
{
    write_config(request);
}

void transit_config_write(dev_request *request)
{
    if (dev_param_bool(request, "disable_upsert", &transit_of(request)->no_upsert))
        write_config(request);
}
