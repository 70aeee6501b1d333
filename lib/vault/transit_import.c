/* SPDX-License-Identifier: Apache-2.0 */
/* transit_import.c - bring your own key: wrapping, here, and the import of what was wrapped. */
#include "vault/transit_key.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/oaep.h"
#include "crypto/random.h"
#include "crypto/wrap.h"

enum {
    DER_ROOM = 1024,      /* what PKCS#8 may add */
    EPHEMERAL = 32        /* bytes of the key in between: AES-256 */
};

static const char standard_hash[] = "SHA256";

static vc_code check_hash(const char **hash, vc_error *err)
{
    if (!*hash)
        *hash = standard_hash;
    return vc__oaep_digest_known(*hash)
               ? VC_OK
               : vc__error(err, VC_E_ARGUMENT, "the hash is one of SHA1, SHA224, SHA256, SHA384, SHA512");
}

/* RSA-OAEP(ephemeral key) and AES-KWP(ephemeral key, key), one behind the other. */
static vc_code wrap(vc__buf *out, vc_view wrapping_key, vc_view key, const char *hash, vc_error *err)
{
    char ephemeral[EPHEMERAL];
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__rsa) rsa = vc__rsa_public(wrapping_key, &why);
    if (!rsa)
        return vc__error_copy(err, &why);
    vc__autoptr(vc__random) random = vc__random_new(err);
    vc_code code = random ? vc__random_bytes(random, ephemeral, sizeof ephemeral, err) : VC_E_MEMORY;
    if (!code)
        code = vc__oaep_seal(out, rsa, hash, vc_view_of(ephemeral, sizeof ephemeral), err);
    if (!code)
        code = vc__kwp_wrap(out, vc_view_of(ephemeral, sizeof ephemeral), key, err);
    vc__wipe(ephemeral, sizeof ephemeral);
    return code;
}

vc_code vc_transit_wrap_key(vc_view wrapping_key, vc_view key, const char *hash, vc_bytes *wrapped, vc_error *err)
{
    vc_code code = check_hash(&hash, err);
    if (code)
        return code;
    if (!key.len || key.len > VC__WRAP_KEY_MAX)
        return vc__error(err, VC_E_ARGUMENT, "the key to wrap is empty, or larger than 1 MiB");
    vc__auto(vc__buf) der = VC__BUF(VC__WRAP_KEY_MAX);
    vc__auto(vc__buf) raw = VC__BUF(VC__OAEP_SEALED_MAX + VC__WRAP_KEY_MAX + DER_ROOM);
    vc__auto(vc__buf) text = VC__BUF(2 * (VC__OAEP_SEALED_MAX + VC__WRAP_KEY_MAX + DER_ROOM));
    if (vc__view_starts(key, "-----BEGIN ")) {
        code = vc__private_key_der(&der, key, err);
        key = vc__buf_get(&der);
    }
    if (!code)
        code = wrap(&raw, wrapping_key, key, hash, err);
    if (code)
        return code;
    vc__base64_encode(&text, vc__buf_get(&raw));
    code = vc__buf_check(&text, "the wrapped key", err);
    if (!code)
        *wrapped = vc__buf_take(&text);
    return code;
}

vc_code vc__transit_wrapping_key_read(vc_request *request, const char *mount, vc_error *err)
{
    return vc__transit_mount_begin(request, "GET", mount, "wrapping_key", err);
}

vc_code vc__transit_wrapping_key_parse(vc_view *pem, int status, char *body, size_t len, vc_error *err)
{
    const vc_code code = vc__reply_text(pem, "public_key", status, body, len, err);
    if (!code && !vc__view_starts(*pem, "-----BEGIN PUBLIC KEY-----")) {
        *pem = vc_str(NULL);
        return vc__error(err, VC_E_PROTOCOL, "the wrapping key of the reply is no public key in PEM");
    }
    return code;
}

/* The wrapped key is Base64: it needs no escapes. */
vc_code vc__wrapped_key_append(vc_request *request, vc_view wrapped, const char *hash, vc_error *err)
{
    vc__auto(vc__buf) raw = VC__BUF(4 << 20);
    size_t len = 0;
    const vc_code code = check_hash(&hash, err);
    if (code)
        return code;
    if (vc__buf_reserve(&raw, wrapped.len))
        return vc__buf_check(&raw, "the wrapped key", err);
    if (!wrapped.len || vc__base64_decode(raw.data, &len, wrapped, NULL))
        return vc__error(err, VC_E_ARGUMENT, "a wrapped key is Base64 text, as vc_transit_wrap_key() makes it");
    vc__buf_str(&request->body, "\"ciphertext\":\"");
    vc__buf_view(&request->body, wrapped);
    vc__buf_printf(&request->body, "\",\"hash_function\":\"%s\"}", hash);
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transit_key_import(vc_request *request, const char *place, vc_view wrapped, const char *hash,
                               const vc_transit_settings *settings, vc_error *err)
{
    vc_code code = vc__transit_key_begin(request, "POST", place, "/import", false, err);
    request->body.max = 4 << 20;
    if (!code)
        code = vc__transit_settings_import(settings, &request->body, err);
    return code ? code : vc__wrapped_key_append(request, wrapped, hash, err);
}

vc_code vc__transit_key_import_version(vc_request *request, const char *place, vc_view wrapped, const char *hash,
                                       vc_error *err)
{
    const vc_code code = vc__transit_key_begin(request, "POST", place, "/import_version", false, err);
    request->body.max = 4 << 20;
    if (code)
        return code;
    vc__buf_byte(&request->body, '{');
    return vc__wrapped_key_append(request, wrapped, hash, err);
}
