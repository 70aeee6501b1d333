/* SPDX-License-Identifier: Apache-2.0 */
#include "record/native.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/varint.h"
#include "crypto/failure.h"
#include "keys/datakey.h"
#include "record/native_key.h"

_Static_assert(VC__NATIVE_NOWHERE == (int)VC__SOURCE_NONE && VC__NATIVE_TRANSIT == (int)VC__SOURCE_VAULT &&
                   VC__NATIVE_STATIC == (int)VC__SOURCE_STATIC && VC__NATIVE_RSA == (int)VC__SOURCE_RSA &&
                   VC__NATIVE_EC == (int)VC__SOURCE_EC && VC__NATIVE_HPKE == (int)VC__SOURCE_HPKE && VC__NATIVE_ID == (int)VC__KEY_ID_SIZE &&
                   VC__NATIVE_NAME_MAX == (int)VC__KEY_NAME_MAX && VC__NATIVE_WRAPPED_MAX == (int)VC__KEY_WRAPPED_MAX,
               "lib/keys says the same");

/* -- writing -- */

static void counted(vc__buf *out, vc_view bytes)
{
    if (bytes.len > UINT32_MAX) {
        out->failed = out->failed ? out->failed : VC_E_LIMIT;
        return;
    }
    vc__uvarint_write(out, (uint32_t)bytes.len);
    vc__buf_view(out, bytes);
}

static void header(vc__buf *out, const vc__native *token)
{
    const char first[] = { (char)token->algorithm, (char)token->flags, (char)token->type };
    vc__buf_append(out, first, sizeof first);
    vc__buf_view(out, token->key_id);
    counted(out, token->context);
    counted(out, token->extensions);
}

void vc__native_place(vc__buf *out, const vc__native *token)
{
    vc__buf_byte(out, (char)token->source);
    counted(out, token->key_name);
    vc__uvarint_write(out, (uint32_t)token->key_version);
    counted(out, token->wrapped);
}

void vc__native_prefix(vc__buf *out, const vc__native *token)
{
    header(out, token);
    vc__native_place(out, token);
}

void vc__native_signed(vc__buf *out, const vc__native *token, vc_view aad, vc_view record_key)
{
    static const char label[] = "vaultcrypt 1 signature"; /* with its NUL */
    vc__buf_append(out, label, sizeof label);
    vc__buf_view(out, aad);
    counted(out, record_key);
    vc__buf_view(out, token->place);
    vc__buf_view(out, token->nonce);
    vc__buf_view(out, token->sealed);
}

void vc__native_aad(vc__buf *out, const vc__native *token, vc_view path, vc_view topic, vc_view record_key)
{
    vc__buf_byte(out, VC__NATIVE_VERSION);
    if (token->header.len)
        vc__buf_view(out, token->header);
    else
        header(out, token);
    counted(out, path);
    if (token->flags & VC__NATIVE_BINDS_TOPIC)
        counted(out, topic);
    if (token->flags & VC__NATIVE_BINDS_KEY)
        counted(out, record_key);
}

/* -- the key -- */

static bool set_up(vc__native_key *key, vc_view derived, vc_error *err)
{
    switch (key->algorithm) {
    case VC__NATIVE_GCM:
        key->aead = vc__aead_new(VC__AES256_GCM, derived, err);
        return key->aead;
    case VC__NATIVE_SIV:
        key->siv = vc__siv_new(derived, err);
        return key->siv;
    case VC__NATIVE_HMAC:
        key->hmac = vc__hmac_new(VC__SHA2_256, derived, err);
        return key->hmac;
    case VC__NATIVE_SEGMENTS:
    default: return false;
    }
}

static size_t derived_size(vc__native_algorithm algorithm)
{
    if (algorithm == VC__NATIVE_GCM || algorithm == VC__NATIVE_HMAC)
        return 32;
    return algorithm == VC__NATIVE_SIV ? 64 : 0;
}

vc__native_key *vc__native_key_new(vc__native_algorithm algorithm, vc_view key_id, vc_view derived,
                                 vc_error *err)
{
    const size_t size = derived_size(algorithm);
    if (!size || derived.len != size || key_id.len != VC__NATIVE_ID) {
        vc__error(err, VC_E_ARGUMENT, "not a key for tokens: algorithm %d, key of %zu bytes, id of %zu bytes",
                  (int)algorithm, derived.len, key_id.len);
        return NULL;
    }
    vc__autoptr(vc__native_key) key = vc__calloc(1, sizeof *key);
    if (!key) {
        vc__error_memory(err);
        return NULL;
    }
    key->algorithm = algorithm;
    memcpy(key->id, key_id.data, sizeof key->id);
    return set_up(key, derived, err) ? vc__steal(&key) : NULL;
}

void vc__native_key_free(vc__native_key *key)
{
    if (!key)
        return;
    vc__aead_free(key->aead);
    vc__siv_free(key->siv);
    vc__hmac_free(key->hmac);
    vc__free(key);
}

/* -- opening -- */

static vc_code check(const vc__native_key *key, const vc__native *token, bool hash, vc_error *err)
{
    if (key->algorithm != token->algorithm || (token->algorithm == VC__NATIVE_HMAC) != hash)
        return vc__error(err, VC_E_ARGUMENT, "a token of algorithm %d is not one to %s with this key",
                         token->algorithm, hash ? "verify" : "open");
    /* A ciphertext alone may have been made to open under two keys; with the id it belongs to one. */
    if (!vc__secret_equal(token->key_id, vc_view_of(key->id, sizeof key->id)))
        return vc__unauthentic(err);
    return VC_OK;
}

/* The plaintext has 16 bytes less than what is sealed. `out` zero on failure. */
static vc_code decipher(vc__native_key *key, const vc__native *token, vc_view aad, char *out, vc_error *err)
{
    return key->algorithm == VC__NATIVE_GCM ?
               vc__aead_open(key->aead, token->nonce, aad, token->sealed, out, err) :
               vc__siv_open(key->siv, &aad, 1, token->sealed, out, err);
}

vc_code vc__native_open(vc__native_key *key, const vc__native *token, vc_view aad, vc__buf *out,
                        vc_error *err)
{
    vc_code code = check(key, token, false, err);
    if (code != VC_OK)
        return code;
    const size_t len = token->sealed.len - VC__AEAD_TAG;
    if (vc__buf_reserve(out, len + 1) != VC_OK) /* one more, so that there is memory for nothing too */
        return vc__buf_check(out, "an opened value", err);
    code = decipher(key, token, aad, out->data + out->len, err);
    if (code == VC_OK)
        out->len += len;
    out->data[out->len] = 0;
    return code;
}

vc_code vc__native_open_place(vc__native_key *key, const vc__native *token, vc_view aad, vc__buf *scratch,
                             vc_view *plaintext, vc_error *err)
{
    *plaintext = vc_view_of(NULL, 0);
    const size_t at = (size_t)((uintptr_t)token->sealed.data - (uintptr_t)scratch->data);
    if (at > scratch->len || token->sealed.len > scratch->len - at)
        return vc__error(err, VC_E_ARGUMENT, "a token that was not read into this buffer");
    vc_code code = check(key, token, false, err);
    char *place = scratch->data + at + (token->algorithm == VC__NATIVE_SIV ? VC__SIV_TAG : 0);
    if (code == VC_OK)
        code = decipher(key, token, aad, place, err);
    if (code != VC_OK)
        vc__wipe(scratch->data + at, token->sealed.len);
    else
        *plaintext = vc_view_of(place, token->sealed.len - VC__AEAD_TAG);
    return code;
}

vc_code vc__native_verify(vc__native_key *key, const vc__native *token, vc_view aad, vc_view content,
                         vc_error *err)
{
    vc_code code = check(key, token, true, err);
    if (code != VC_OK)
        return code;
    unsigned char own[VC__HASH_MAX];
    const vc_view parts[] = { aad, content };
    code = vc__hmac_parts(key->hmac, parts, 2, own, err);
    if (code == VC_OK && !vc__secret_equal(vc_view_of(own, VC__NATIVE_HASH), token->sealed))
        code = vc__unauthentic(err);
    vc__wipe(own, sizeof own);
    return code;
}
