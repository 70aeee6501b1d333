/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/secretbuf.h"
#include "base/text.h"
#include "io/environment.h"
#include "io/file.h"
#include "io/keysource.h"

#include <stdio.h>
#include <vaultcrypt/transit_key.h>

enum { KEY_FILE_MAX = 256 << 10, JWKS_MAX = 1 << 20, PATH_ROOM = 4096 };

void vc__findings_cleanup(vc__findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        vc__keypair_unref(findings->list[i].pair);
    vc__secret_free(findings->symmetric);
    *findings = (vc__findings){ 0 };
}

void vc__staged_free(vc__staged *staged)
{
    if (!staged)
        return;
    vc__findings_cleanup(&staged->findings);
    vc__free(staged);
}

static const char *option(const vc__place *place, const char *name)
{
    const char *text = vc_schema_origin_option(place->origin, name);
    return text ? text : "";
}

void vc__place_name(const vc__place *place, char *out, size_t room)
{
    switch (place->kind) {
    case VC__PLACE_FILE: snprintf(out, room, "file %s", option(place, "file")); break;
    case VC__PLACE_ENV: snprintf(out, room, "env %s", option(place, "env")); break;
    case VC__PLACE_PEM: snprintf(out, room, "pem"); break;
    case VC__PLACE_VAULT: snprintf(out, room, "vault %s/%s", option(place, "vault.mount"), option(place, "vault.key")); break;
    case VC__PLACE_JWKS: snprintf(out, room, "jwks %s%s%s", option(place, "jwks"), *option(place, "kid") ? " " : "", option(place, "kid")); break;
    case VC__PLACE_RELEASE: snprintf(out, room, "release %s", option(place, "release.kid")); break;
    }
}

/* Takes the pair; NULL passes the error on. */
static vc_code keep(vc__findings *findings, vc__keypair *pair, uint64_t version, const vc_error *why, vc_error *err)
{
    if (!pair)
        return vc__error_copy(err, why);
    if (findings->count == VC__PLACE_KEYS) { /* the oldest gives way */
        vc__keypair_unref(findings->list[0].pair);
        memmove(&findings->list[0], &findings->list[1], (VC__PLACE_KEYS - 1) * sizeof findings->list[0]);
        findings->count--;
    }
    findings->list[findings->count++] = (vc__found){ pair, version };
    return VC_OK;
}

static vc_code keep_text(const vc__place *place, vc__findings *findings, vc_view text, const char *from, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__keypair *pair = vc__key_read(text, place->private ? VC__JWK_PRIVATE : VC__JWK_PUBLIC, &why);
    if (!pair && why.code != VC_E_MEMORY)
        vc__error_prefix(&why, "%.200s: ", from);
    return keep(findings, pair, 0, &why, err);
}

/* -- files, variables, texts ------------------------------------------------------------------------------- */

/* A name that is not absolute is relative to the schema's folder. */
static vc_code path_of(const vc_keysource *source, const char *file, char path[PATH_ROOM], vc_error *err)
{
    const char *slash = source->base && file[0] != '/' ? strrchr(source->base, '/') : NULL;
    const int folder = slash ? (int)(slash - source->base + 1) : 0;
    return snprintf(path, PATH_ROOM, "%.*s%s", folder, folder ? source->base : "", file) < PATH_ROOM
               ? VC_OK
               : vc__error(err, VC_E_CONFIG, "the name of a key's file is too long");
}

static vc_code look_file(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *err)
{
    char path[PATH_ROOM];
    vc__auto(vc__secretbuf) text = { { 0 }, VC__BUF(0) };
    vc_code code = path_of(source, option(place, "file"), path, err);
    if (!code)
        code = vc__secretbuf_map(&text, KEY_FILE_MAX, err);
    if (!code)
        code = vc__file_read_until(path, place->private ? "the private key" : "the public key", &source->cancel, &findings->once, &text.buf, err);
    return code ? code : keep_text(place, findings, vc__buf_get(&text.buf), path, err);
}

static vc_code look_env(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *err)
{
    const char *name = option(place, "env"), *text = source->environment ? vc__environment_text(name) : NULL;
    if (!source->environment)
        return vc__error(err, VC_E_CONFIG, "the environment is not read here (vc_keysource_use_env()), so there is no %.100s", name);
    if (!text)
        return vc__error(err, VC_E_CONFIG, "the variable %.100s is not set: it holds the public key, in PEM or as a JWK", name);
    return keep_text(place, findings, vc_str(text), name, err);
}

/* -- Vault ------------------------------------------------------------------------------------------------- */

/* PEM, or Base64 of the 32 bytes of an Ed25519 key. */
static vc__keypair *pair_of_vault(const char *type, vc_view text, vc_error *err)
{
    char bytes[64];
    size_t len = 0;
    if (strcmp(type, "ed25519") != 0)
        return vc__keypair_public(text, err);
    if (text.len > 60 || vc__base64_decode(bytes, &len, text, NULL)) {
        vc__error(err, VC_E_PROTOCOL, "the public key that Vault tells is not Base64");
        return NULL;
    }
    return vc__keypair_of_ed25519(vc_view_of(bytes, len), vc_str(NULL), err);
}

static vc_code keep_versions(const vc__place *place, const vc_transit_key *key, const char *name, vc__findings *findings, vc_error *err)
{
    const char *type = vc_transit_key_type(key);
    vc_code code = VC_OK;
    if (place->private && strncmp(type, "rsa-", 4) != 0 && strcmp(type, "ed25519") != 0)
        return vc__error(err, VC_E_CONFIG, "Vault's key %.200s is of type %.40s, with which Vault neither opens nor signs here: rsa-* or ed25519 does",
                         name, type);
    for (size_t i = 0; i < vc_transit_key_version_count(key) && !code; i++) {
        vc_error why = VC_ERROR_INIT;
        const uint64_t version = vc_transit_key_version(key, i);
        const vc_view text = vc_str(vc_transit_key_version_public_key(key, version));
        if (!text.len)
            return vc__error(err, VC_E_CONFIG, "Vault's key %.200s (type %.40s) has no public key to tell", name, type);
        vc__keypair *pair = pair_of_vault(type, text, &why);
        if (!pair && why.code != VC_E_MEMORY)
            vc__error_prefix(&why, "Vault's key %.200s, version %llu: ", name, (unsigned long long)version);
        code = keep(findings, pair, place->private ? version : 0, &why, err);
    }
    return code || findings->count ? code : vc__error(err, VC_E_CONFIG, "Vault's key %.200s has no versions that it tells", name);
}

static vc_code look_vault(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *err)
{
    char name[600];
    if (!source->client)
        return vc__error(err, VC_E_CONFIG, "the key is in Vault, and there is no client that asks it");
    snprintf(name, sizeof name, "%s/%s", option(place, "vault.mount"), option(place, "vault.key"));
    vc_transit_key *key = vc_transit_key_read(source->client, name, err);
    if (!key)
        return err->code;
    const vc_code code = keep_versions(place, key, name, findings, err);
    vc_transit_key_free(key);
    return code;
}

/* -- a set of keys ----------------------------------------------------------------------------------------- */

static vc_code look_jwks(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *err)
{
    vc__auto(vc__buf) reply = VC__BUF(JWKS_MAX);
    vc__auto(vc__jwk) jwk = { 0 };
    int status = 0;
    const char *url = option(place, "jwks"), *kid = vc_schema_origin_option(place->origin, "kid");
    const vc__web_call call = { source->web, url, vc_str(NULL), &source->cancel };
    vc_code code = vc__web_exchange(&call, &reply, &status, err);
    if (code)
        return code;
    if (status != 200) {
        vc__error(err, status == 404 ? VC_E_NOT_FOUND : VC_E_SERVER, "%.300s answers without a set of keys", url);
        return vc__error_http(err, status, vc_str(NULL), status >= 500 || status == 429);
    }
    vc_error why = VC_ERROR_INIT;
    code = vc__jwks_pick(&jwk, vc__buf_get(&reply), vc_str(kid), &why);
    if (code && code != VC_E_MEMORY)
        vc__error_prefix(&why, "%.200s: ", url);
    return keep(findings, vc__steal(&jwk.pair), 0, &why, err);
}

/* -- the sidecar ------------------------------------------------------------------------------------------- */

static vc_code keep_symmetric(vc__findings *findings, vc__jwk *jwk, vc_error *err)
{
    if (vc__secret_get(jwk->oct).len != VC__KEY_SIZE)
        return vc__error(err, VC_E_ARGUMENT, "what was released is a symmetric key, and not of %d bytes", VC__KEY_SIZE);
    findings->symmetric = vc__steal(&jwk->oct);
    return VC_OK;
}

static vc_code look_release(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *err)
{
    char token_file[PATH_ROOM];
    vc__auto(vc__jwk) jwk = { 0 };
    const char *token = vc_schema_release_option(source->schema, "access_token_file");
    vc__sidecar sidecar = { source->web,
                            vc_schema_release_option(source->schema, "url"),
                            vc_schema_release_option(source->schema, "maa_endpoint"),
                            vc_schema_release_option(source->schema, "akv_endpoint"),
                            token ? token_file : NULL,
                            &source->cancel };
    if (!sidecar.url || !sidecar.maa || !sidecar.akv)
        return vc__error(err, VC_E_CONFIG, "the schema has no `key_release` that says who releases keys");
    vc_code code = token ? path_of(source, token, token_file, err) : VC_OK;
    if (!code)
        code = vc__sidecar_ready(&sidecar, err);
    if (!code)
        code = vc__sidecar_release(&sidecar, option(place, "release.kid"), &jwk, err);
    if (code)
        return code;
    vc_error none = VC_ERROR_INIT;
    return jwk.oct ? keep_symmetric(findings, &jwk, err) : keep(findings, vc__steal(&jwk.pair), 0, &none, err);
}

static vc_code look_at(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *err)
{
    switch (place->kind) {
    case VC__PLACE_FILE: return look_file(source, place, findings, err);
    case VC__PLACE_ENV: return look_env(source, place, findings, err);
    case VC__PLACE_PEM: return keep_text(place, findings, vc_str(option(place, "pem")), "pem", err);
    case VC__PLACE_VAULT: return look_vault(source, place, findings, err);
    case VC__PLACE_JWKS: return look_jwks(source, place, findings, err);
    case VC__PLACE_RELEASE: break;
    }
    return look_release(source, place, findings, err);
}

/* Who protects has no key that opens, whatever the names are for: of private keys those that sign alone. */
static vc_code check_use(const vc_keysource *source, const vc__place *place, const vc__findings *findings, vc_error *err)
{
    for (size_t i = 0; i < findings->count && place->private && source->direction == VC_PROTECT; i++) {
        const vc__keypair_kind kind = vc__keypair_get_kind(findings->list[i].pair);
        if (kind != VC__KEYPAIR_ED25519)
            return vc__error(err, VC_E_CONFIG, "its private key is of the kind %s, which opens, and is not taken where values are protected: to `sign` takes "
                                               "Ed25519, under a name of its own", vc__keypair_kind_name(kind));
    }
    return VC_OK;
}

vc_code vc__place_look(vc_keysource *source, const vc__place *place, vc__findings *findings, vc_error *err)
{
    const vc_code code = look_at(source, place, findings, err);
    return code ? code : check_use(source, place, findings, err);
}
