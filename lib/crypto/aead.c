/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aead.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/failure.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdbool.h>

static const struct {
    const char *name;
    size_t key_size;
    bool any_iv;
} ciphers[] = {
    [VC__AES128_GCM] = { "AES-128-GCM", 16, true },
    [VC__AES192_GCM] = { "AES-192-GCM", 24, true },
    [VC__AES256_GCM] = { "AES-256-GCM", 32, true },
    [VC__CHACHA20_POLY1305] = { "ChaCha20-Poly1305", 32, false },
};

struct vc__aead {
    EVP_CIPHER_CTX *ctx;
    vc__aead_algorithm algorithm;
    size_t iv_len; /* that `ctx` is set to */
};

static bool known(vc__aead_algorithm algorithm)
{
    return (unsigned)algorithm < sizeof ciphers / sizeof ciphers[0] && ciphers[algorithm].name;
}

size_t vc__aead_key_size(vc__aead_algorithm algorithm)
{
    return known(algorithm) ? ciphers[algorithm].key_size : 0;
}

/* The key schedule is the same in both directions, so one context does for both. */
static bool set_key(EVP_CIPHER_CTX *ctx, const char *name, const char *key)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    const bool done = cipher &&
                      EVP_CipherInit_ex2(ctx, cipher, (const unsigned char *)key, NULL, 1, NULL) == 1;
    EVP_CIPHER_free(cipher);
    return done;
}

vc__aead *vc__aead_new(vc__aead_algorithm algorithm, vc_view key, vc_error *err)
{
    if (!known(algorithm)) {
        vc__error(err, VC_E_ARGUMENT, "not an AEAD algorithm: %d", (int)algorithm);
        return NULL;
    }
    if (key.len != ciphers[algorithm].key_size) {
        vc__error(err, VC_E_ARGUMENT, "a key of %s has %zu bytes, not %zu", ciphers[algorithm].name,
                  ciphers[algorithm].key_size, key.len);
        return NULL;
    }
    vc__autoptr(vc__aead) aead = vc__calloc(1, sizeof *aead);
    if (aead)
        aead->ctx = EVP_CIPHER_CTX_new();
    if (!aead || !aead->ctx) {
        (void)vc__libcrypto_forget();
        vc__error_memory(err);
        return NULL;
    }
    aead->algorithm = algorithm;
    aead->iv_len = VC__AEAD_IV;
    if (!set_key(aead->ctx, ciphers[algorithm].name, key.data)) {
        vc__libcrypto_failed(err, "set up", ciphers[algorithm].name);
        return NULL;
    }
    return vc__steal(&aead);
}

void vc__aead_free(vc__aead *aead)
{
    if (!aead)
        return;
    EVP_CIPHER_CTX_free(aead->ctx); /* wipes the key schedule */
    vc__free(aead);
}

static vc_code check(const vc__aead *aead, vc_view iv, vc_view aad, size_t len, vc_error *err)
{
    const bool any = ciphers[aead->algorithm].any_iv;
    if (any ? iv.len < 1 || iv.len > VC__AEAD_IV_MAX : iv.len != VC__AEAD_IV)
        return vc__error(err, VC_E_ARGUMENT, "an IV of %s has %s bytes, not %zu",
                         ciphers[aead->algorithm].name, any ? "1 to 128" : "12", iv.len);
    if (len > INT_MAX - VC__AEAD_TAG || aad.len > INT_MAX)
        return vc__error(err, VC_E_LIMIT, "more than 2 GiB for one call of %s: cut it into segments",
                         ciphers[aead->algorithm].name);
    return VC_OK;
}

/* IV and AAD. A new length of IV must be told before the IV. */
static bool begin(vc__aead *aead, bool encrypt, vc_view iv, vc_view aad)
{
    if (iv.len != aead->iv_len) {
        aead->iv_len = 0;
        if (EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv.len, NULL) != 1)
            return false;
        aead->iv_len = iv.len;
    }
    int len;
    return EVP_CipherInit_ex2(aead->ctx, NULL, NULL, (const unsigned char *)iv.data, encrypt, NULL) == 1 &&
           (!aad.len ||
            EVP_CipherUpdate(aead->ctx, NULL, &len, (const unsigned char *)aad.data, (int)aad.len) == 1);
}

/* The text; an empty one must not reach EVP_CipherUpdate, which may take a NULL output for AAD. */
static bool pass(vc__aead *aead, const char *in, size_t in_len, char *out)
{
    int len = 0;
    return !in_len || (EVP_CipherUpdate(aead->ctx, (unsigned char *)out, &len, (const unsigned char *)in,
                                        (int)in_len) == 1 &&
                       (size_t)len == in_len);
}

static bool finish(vc__aead *aead)
{
    unsigned char none[VC__AEAD_TAG];
    int len = 0;
    return EVP_CipherFinal_ex(aead->ctx, none, &len) == 1 && len == 0;
}

vc_code vc__aead_seal(vc__aead *aead, vc_view iv, vc_view aad, vc_view plaintext, char *out, vc_error *err)
{
    const vc_code code = check(aead, iv, aad, plaintext.len, err);
    if (code == VC_OK && begin(aead, true, iv, aad) && pass(aead, plaintext.data, plaintext.len, out) &&
        finish(aead) &&
        EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_GET_TAG, VC__AEAD_TAG, out + plaintext.len) == 1)
        return VC_OK;
    memset(out, 0, plaintext.len + VC__AEAD_TAG);
    return code ? code : vc__libcrypto_failed(err, "encrypt with", ciphers[aead->algorithm].name);
}

vc_code vc__aead_open(vc__aead *aead, vc_view iv, vc_view aad, vc_view sealed, char *out, vc_error *err)
{
    if (sealed.len < VC__AEAD_TAG)
        return vc__unauthentic(err);
    const size_t len = sealed.len - VC__AEAD_TAG;
    vc_code code = check(aead, iv, aad, len, err);
    if (code == VC_OK) {
        char tag[VC__AEAD_TAG];
        memcpy(tag, sealed.data + len, sizeof tag);
        if (!begin(aead, false, iv, aad) ||
            EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) != 1 ||
            !pass(aead, sealed.data, len, out))
            code = vc__libcrypto_failed(err, "decrypt with", ciphers[aead->algorithm].name);
        else if (!finish(aead))
            code = vc__unauthentic(err);
    }
    if (code != VC_OK && len)
        vc__wipe(out, len);
    return code;
}
