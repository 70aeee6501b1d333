/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skr_store.c - the key store's REST API, in the shape of Azure Key Vault's (7.4): create, import, read, list, rotate, update,
 * delete. It asks for no token: who reaches the loopback address administers it.
 */
#include "skr.h"

#include "base/alloc.h"
#include "base/base64url.h"
#include "base/text.h"
#include "out.h"

#include <stdio.h>

enum { POLICY_MAX = 1 << 16, RSA_BITS = 3072, EC_BITS = 256, OCT_BITS = 256 };

/* -- finding -------------------------------------------------------------------------------------------------------------- */

static const dev_skr_version *latest(const dev_skr_key *key)
{
    return key->versions[key->count - 1];
}

dev_skr_key *skr_find_key(const dev_skr *skr, vc_view kid, const dev_skr_version **version)
{
    const char *slash = kid.len ? memchr(kid.data, '/', kid.len) : NULL;
    const size_t len = slash ? (size_t)(slash - kid.data) : kid.len;
    dev_skr_key *key = dev_names_get(&skr->keys, vc_view_of(kid.data, len));
    *version = NULL;
    if (!key)
        return NULL;
    if (!slash || len + 1 == kid.len)
        *version = latest(key);
    for (size_t i = 0; !*version && i < key->count; i++)
        if (vc__view_is(vc_view_of(slash + 1, kid.len - len - 1), key->versions[i]->id))
            *version = key->versions[i];
    return *version ? key : NULL;
}

static dev_skr_key *wanted(skr_request *request, const dev_skr_version **version)
{
    char kid[512];
    snprintf(kid, sizeof kid, "%.*s/%.*s", (int)request->args[0].len, request->args[0].data, (int)request->args[1].len,
             request->args[1].data ? request->args[1].data : "");
    dev_skr_key *key = skr_find_key(request->skr, vc_str(kid), version);
    if (!key)
        skr_akv_error(request, 404, "KeyNotFound",
                      "A key with (name/id) %s was not found in this key vault. If you recently deleted this key you may be able to "
                      "recover it using the correct recovery command. For help resolving this issue, please see "
                      "https://go.microsoft.com/fwlink/?linkid=2125182",
                      kid);
    return key;
}

/* -- writing -------------------------------------------------------------------------------------------------------------- */

static void write_attributes(const dev_skr_version *version, vc__buf *out)
{
    out_key(out, "attributes");
    out_open(out, '{');
    out_member_bool(out, "enabled", version->enabled);
    out_member_int(out, "created", version->created);
    out_member_int(out, "updated", version->created);
    out_member(out, "recoveryLevel", "Recoverable+Purgeable");
    out_member_bool(out, "exportable", version->exportable);
    out_close(out, '}');
}

static void write_kid(const dev_skr *skr, vc_view name, const dev_skr_version *version, vc__buf *out)
{
    vc__auto(vc__buf) kid = VC__BUF(1024);
    vc__buf_printf(&kid, "https://%s/keys/%.*s/%s", skr->host, (int)name.len, name.data, version->id);
    out_member(out, "kid", kid.data ? kid.data : "");
}

static void write_policy(const dev_skr_version *version, vc__buf *out)
{
    if (!version->policy_text)
        return;
    out_key(out, "release_policy");
    out_open(out, '{');
    out_member(out, "contentType", "application/json; charset=utf-8");
    out_key(out, "data");
    vc__buf_byte(out, '"');
    vc__base64url_encode(out, vc_str(version->policy_text));
    vc__buf_byte(out, '"');
    out_member_bool(out, "immutable", version->immutable);
    out_close(out, '}');
}

static void answer_bundle(skr_request *request, vc_view name, const dev_skr_version *version)
{
    vc__buf *out = skr_answer(request, 200);
    out_open(out, '{');
    out_key(out, "key");
    out_open(out, '{');
    write_kid(request->skr, name, version, out);
    out_member(out, "kty", dev_skr_kty(version));
    if (version->key_ops)
        out_member_json(out, "key_ops", json_object_to_json_string_ext(version->key_ops, JSON_C_TO_STRING_PLAIN));
    const bool well = dev_skr_public(version, out);
    out_close(out, '}');
    write_attributes(version, out);
    write_policy(version, out);
    out_close(out, '}');
    if (!well)
        skr_akv_error(request, 500, "InternalError", "the key cannot be written");
}

/* -- reading -------------------------------------------------------------------------------------------------------------- */

static bool member_is_true(json_object *object, const char *name)
{
    json_object *value;
    return object && json_object_object_get_ex(object, name, &value) && json_object_get_boolean(value);
}

static json_object *member(json_object *object, const char *name)
{
    json_object *value = NULL;
    return object && json_object_object_get_ex(object, name, &value) ? value : NULL;
}

/* "release_policy": {"contentType", "data", "immutable"}; false: answered. */
static bool read_policy(skr_request *request, json_object *given, dev_skr_version *version)
{
    vc_error err = VC_ERROR_INIT;
    char line[700];
    const char *data = skr_text(given, "data"), *type = skr_text(given, "contentType");
    vc__auto(vc__buf) text = VC__BUF(POLICY_MAX);
    if (type && strncmp(type, "application/json", 16) != 0) {
        skr_akv_error(request, 400, "BadParameter", "Property contentType of the release policy has an invalid value");
        return false;
    }
    if (!data || vc__base64url_decode(&text, vc_str(data)) != VC_OK) {
        skr_akv_error(request, 400, "BadParameter", "Property data of the release policy has an invalid value: base64url without padding is due");
        return false;
    }
    vc_release_policy *policy = vc_release_policy_parse(vc__buf_get(&text), NULL, &err);
    char *kept = policy ? vc__memdup(text.data, text.len) : NULL;
    if (!kept) {
        vc_release_policy_free(policy);
        skr_akv_error(request, 400, "BadParameter", "The release policy is invalid: %s", vc_error_format(&err, line, sizeof line));
        return false;
    }
    vc_release_policy_free(version->policy);
    vc__free(version->policy_text);
    version->policy = policy;
    version->policy_text = kept;
    version->immutable = version->immutable || member_is_true(given, "immutable");
    return true;
}

/* What create and import share; false: answered. */
static bool read_rest(skr_request *request, dev_skr_version *version)
{
    json_object *attributes = member(request->json, "attributes"), *policy = member(request->json, "release_policy"), *value;
    version->exportable = member_is_true(attributes, "exportable");
    if ((value = member(attributes, "enabled")))
        version->enabled = json_object_get_boolean(value);
    if (version->exportable != (policy != NULL)) {
        skr_akv_error(request, 400, "BadParameter",
                      policy ? "Key must be exportable to have a release policy." : "Exportable keys must have a release policy.");
        return false;
    }
    if (policy && !read_policy(request, policy, version))
        return false;
    if (!version->key_ops && (value = member(request->json, "key_ops")) && json_object_is_type(value, json_type_array))
        version->key_ops = json_object_get(value);
    return true;
}

static bool name_is_fine(vc_view name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", name.data[i]) || !name.data[i])
            return false;
    return name.len && name.len <= 127;
}

/* Takes `version`. */
static void keep(skr_request *request, dev_skr_version *version)
{
    const vc_view name = request->args[0];
    dev_skr_key *key = dev_names_get(&request->skr->keys, name);
    if (!key) {
        key = vc__calloc(1, sizeof *key);
        if (!key || !dev_names_put(&request->skr->keys, name, key)) {
            dev_skr_version_free(version);
            skr_akv_error(request, 500, "InternalError", "no memory");
            return;
        }
    }
    if (key->count == DEV_SKR_VERSIONS) {
        dev_skr_version_free(version);
        skr_akv_error(request, 403, "Forbidden", "a key has at most %d versions here", DEV_SKR_VERSIONS);
        return;
    }
    key->versions[key->count++] = version;
    answer_bundle(request, name, version);
}

static void complete(skr_request *request, dev_skr_version *version)
{
    if (!name_is_fine(request->args[0]))
        skr_akv_error(request, 400, "BadParameter", "a key's name has letters, digits and dashes, 1 to 127 of them");
    else if (read_rest(request, version)) {
        keep(request, version);
        return;
    }
    dev_skr_version_free(version);
}

/* -- handlers ------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *kty;
    dev_skr_kind kind;
    bool hsm;
    int bits;
} types[] = { { "RSA", SKR_RSA, false, RSA_BITS }, { "RSA-HSM", SKR_RSA, true, RSA_BITS }, { "EC", SKR_EC, false, EC_BITS },
              { "EC-HSM", SKR_EC, true, EC_BITS },  { "oct", SKR_OCT, false, OCT_BITS },    { "oct-HSM", SKR_OCT, true, OCT_BITS } };

static bool bits_are_fine(dev_skr_kind kind, int bits)
{
    switch (kind) {
    case SKR_RSA: return bits == 2048 || bits == 3072 || bits == 4096;
    case SKR_EC: return bits == 256 || bits == 384 || bits == 521;
    case SKR_OCT: break;
    }
    return bits == 128 || bits == 192 || bits == 256;
}

void skr_key_create(skr_request *request)
{
    const char *kty = skr_text(request->json, "kty"), *curve = skr_text(request->json, "crv");
    json_object *size = member(request->json, "key_size");
    size_t i = 0;
    while (kty && i < sizeof types / sizeof types[0] && strcmp(kty, types[i].kty) != 0)
        i++;
    if (!kty || i == sizeof types / sizeof types[0]) {
        skr_akv_error(request, 400, "BadParameter", "Property kty has an invalid value: RSA, RSA-HSM, EC, EC-HSM, oct or oct-HSM");
        return;
    }
    const int bits = size ? json_object_get_int(size) : curve ? atoi(curve + (strncmp(curve, "P-", 2) == 0 ? 2 : 0)) : types[i].bits;
    if (!bits_are_fine(types[i].kind, bits)) {
        skr_akv_error(request, 400, "BadParameter", "Property %s has an invalid value", curve ? "crv" : "key_size");
        return;
    }
    dev_skr_version *version = dev_skr_version_make(types[i].kind, bits, request->skr->random);
    if (!version) {
        skr_akv_error(request, 500, "InternalError", "the key cannot be made");
        return;
    }
    version->hsm = types[i].hsm;
    complete(request, version);
}

void skr_key_import(skr_request *request)
{
    json_object *jwk = member(request->json, "key"), *ops;
    dev_skr_version *version = jwk ? dev_skr_version_read(jwk, request->skr->random) : NULL;
    if (!version) {
        skr_akv_error(request, 400, "BadParameter", "Property key has an invalid value: a whole private JWK of RSA, EC or oct is due");
        return;
    }
    version->hsm = member_is_true(request->json, "hsm") || strstr(skr_text(jwk, "kty"), "-HSM");
    if ((ops = member(jwk, "key_ops")) && json_object_is_type(ops, json_type_array))
        version->key_ops = json_object_get(ops);
    complete(request, version);
}

void skr_key_read(skr_request *request)
{
    const dev_skr_version *version;
    if (wanted(request, &version))
        answer_bundle(request, request->args[0], version);
}

static void list_one(const dev_skr *skr, vc_view name, const dev_skr_version *version, bool with_version, vc__buf *out)
{
    vc__auto(vc__buf) kid = VC__BUF(1024);
    vc__buf_printf(&kid, "https://%s/keys/%.*s%s%s", skr->host, (int)name.len, name.data, with_version ? "/" : "", with_version ? version->id : "");
    out_open(out, '{');
    out_member(out, "kid", kid.data ? kid.data : "");
    write_attributes(version, out);
    out_close(out, '}');
}

void skr_key_list(skr_request *request)
{
    const dev_skr *skr = request->skr;
    vc__buf *out = skr_answer(request, 200);
    vc__buf_str(out, "{\"value\":[");
    for (size_t i = 0; i < skr->keys.count; i++)
        list_one(skr, vc_str(skr->keys.list[i].name), latest(skr->keys.list[i].item), false, out);
    vc__buf_str(out, "],\"nextLink\":null}");
}

void skr_key_versions(skr_request *request)
{
    const dev_skr_version *version;
    const vc_view none = vc_view_of(NULL, 0);
    request->args[1] = none;
    const dev_skr_key *key = wanted(request, &version);
    if (!key)
        return;
    vc__buf *out = skr_answer(request, 200);
    vc__buf_str(out, "{\"value\":[");
    for (size_t i = 0; i < key->count; i++)
        list_one(request->skr, request->args[0], key->versions[i], true, out);
    vc__buf_str(out, "],\"nextLink\":null}");
}

/* A new version of the same kind and size, under the same policy. */
void skr_key_rotate(skr_request *request)
{
    const dev_skr_version *old;
    vc_error err = VC_ERROR_INIT;
    if (!wanted(request, &old))
        return;
    dev_skr_version *version =
        dev_skr_version_make(old->kind, old->pair ? EVP_PKEY_get_bits(old->pair) : (int)old->oct_len * 8, request->skr->random);
    if (version && old->policy_text) {
        version->policy = vc_release_policy_parse(vc_str(old->policy_text), NULL, &err);
        version->policy_text = vc__memdup(old->policy_text, strlen(old->policy_text));
    }
    if (!version || (old->policy_text && (!version->policy || !version->policy_text))) {
        dev_skr_version_free(version);
        skr_akv_error(request, 500, "InternalError", "the key cannot be made");
        return;
    }
    version->hsm = old->hsm;
    version->exportable = old->exportable;
    version->immutable = old->immutable;
    version->key_ops = json_object_get(old->key_ops);
    keep(request, version);
}

void skr_key_update(skr_request *request)
{
    const dev_skr_version *found;
    json_object *policy = member(request->json, "release_policy"), *enabled = member(member(request->json, "attributes"), "enabled");
    dev_skr_key *key = wanted(request, &found);
    dev_skr_version *version = NULL;
    for (size_t i = 0; key && i < key->count; i++)
        if (key->versions[i] == found)
            version = key->versions[i];
    if (!version)
        return;
    if (policy && (version->immutable || !version->exportable)) {
        skr_akv_error(request, 400, "BadParameter",
                      version->immutable ? "The release policy is immutable." : "Key must be exportable to have a release policy.");
        return;
    }
    if (policy && !read_policy(request, policy, version))
        return;
    if (enabled)
        version->enabled = json_object_get_boolean(enabled);
    answer_bundle(request, request->args[0], version);
}

void skr_key_delete(skr_request *request)
{
    const dev_skr_version *version;
    if (!wanted(request, &version))
        return;
    answer_bundle(request, request->args[0], version);
    dev_names_drop(&request->skr->keys, request->args[0]);
}

/* The envelope that only a hardware module's signature makes worth anything is not here. */
void skr_key_akv_release(skr_request *request)
{
    skr_akv_error(request, 501, "NotImplemented", "this emulator releases keys by the sidecar alone: POST /key/release");
}
