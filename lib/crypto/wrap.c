/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/wrap.h"

#include "base/error.h"
#include "crypto/failure.h"
#include "crypto/pem.h"

#include <openssl/x509.h>

/* -- AES-KW, AES-KWP ----------------------------------------------------------------------------------- */

static const struct {
    size_t key_len;
    const char *padded, *plain;
} ciphers[] = {
    { 16, "AES-128-WRAP-PAD", "AES-128-WRAP" },
    { 24, "AES-192-WRAP-PAD", "AES-192-WRAP" },
    { 32, "AES-256-WRAP-PAD", "AES-256-WRAP" },
};

static const char *cipher_of(size_t key_len, bool padded)
{
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++)
        if (ciphers[i].key_len == key_len)
            return padded ? ciphers[i].padded : ciphers[i].plain;
    return NULL;
}

/* A context for one call. NULL: libcrypto's queue says why. */
static EVP_CIPHER_CTX *begin(const char *name, vc_view kek, int encrypt)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;
    if (ctx) {
        EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
        if (EVP_CipherInit_ex2(ctx, cipher, (const unsigned char *)kek.data, NULL, encrypt, NULL) != 1) {
            EVP_CIPHER_CTX_free(ctx);
            ctx = NULL;
        }
    }
    EVP_CIPHER_free(cipher);
    return ctx;
}

/* The whole in one call, as wrapping is. `room` bytes are there behind `out`. False: it failed. */
static bool pass(EVP_CIPHER_CTX *ctx, vc__buf *out, size_t room, vc_view in)
{
    unsigned char *const at = (unsigned char *)out->data + out->len;
    int len = 0, rest = 0;
    const bool done = EVP_CipherUpdate(ctx, at, &len, (const unsigned char *)in.data, (int)in.len) == 1 &&
                      len > 0 && (size_t)len <= room && EVP_CipherFinal_ex(ctx, at + len, &rest) == 1;
    if (done)
        out->len += (size_t)len;
    out->data[out->len] = 0;
    return done;
}

static vc_code wrap(vc__buf *out, const char *name, vc_view kek, vc_view key, size_t room, vc_error *err)
{
    if (vc__buf_reserve(out, room + 8))
        return vc__buf_check(out, "a wrapped key", err);
    EVP_CIPHER_CTX *ctx = begin(name, kek, 1);
    const bool done = ctx && pass(ctx, out, room, key);
    EVP_CIPHER_CTX_free(ctx);
    return done ? VC_OK : vc__libcrypto_failed(err, "wrap a key with", name);
}

static vc_code unwrap(vc__buf *out, const char *name, vc_view kek, vc_view wrapped, vc_error *err)
{
    if (vc__buf_reserve(out, wrapped.len))
        return vc__buf_check(out, "a key", err);
    EVP_CIPHER_CTX *ctx = begin(name, kek, 0);
    if (!ctx)
        return vc__libcrypto_failed(err, "unwrap a key with", name);
    const bool done = pass(ctx, out, wrapped.len, wrapped);
    EVP_CIPHER_CTX_free(ctx);
    if (done)
        return VC_OK;
    return vc__libcrypto_forget() ? vc__error_memory(err)
                                  : vc__error(err, VC_E_CIPHERTEXT, "the wrapped key cannot be authenticated");
}

vc_code vc__kwp_wrap(vc__buf *out, vc_view kek, vc_view key, vc_error *err)
{
    const char *name = cipher_of(kek.len, true);
    if (!name || !key.len || key.len > VC__WRAP_KEY_MAX)
        return vc__error(err, VC_E_ARGUMENT,
                         "a key that is wrapped has 1 byte to 1 MiB, one that wraps 16, 24 or 32 bytes");
    return wrap(out, name, kek, key, vc__kwp_size(key.len), err);
}

vc_code vc__kwp_unwrap(vc__buf *out, vc_view kek, vc_view wrapped, vc_error *err)
{
    const char *name = cipher_of(kek.len, true);
    if (!name)
        return vc__error(err, VC_E_ARGUMENT, "a key that wraps has 16, 24 or 32 bytes");
    if (wrapped.len < 16 || wrapped.len % 8 || wrapped.len > vc__kwp_size(VC__WRAP_KEY_MAX))
        return vc__error(err, VC_E_CIPHERTEXT, "the wrapped key cannot be authenticated");
    return unwrap(out, name, kek, wrapped, err);
}

vc_code vc__kw_wrap(vc__buf *out, vc_view kek, vc_view key, vc_error *err)
{
    const char *name = cipher_of(kek.len, false);
    if (!name || key.len < 16 || key.len % 8 || key.len > VC__WRAP_KEY_MAX)
        return vc__error(err, VC_E_ARGUMENT,
                         "a key that is wrapped has 16 bytes or more, in eights, one that wraps 16, 24 or 32 bytes");
    return wrap(out, name, kek, key, key.len + 8, err);
}

vc_code vc__kw_unwrap(vc__buf *out, vc_view kek, vc_view wrapped, vc_error *err)
{
    const char *name = cipher_of(kek.len, false);
    if (!name)
        return vc__error(err, VC_E_ARGUMENT, "a key that wraps has 16, 24 or 32 bytes");
    if (wrapped.len < 24 || wrapped.len % 8 || wrapped.len > VC__WRAP_KEY_MAX + 8)
        return vc__error(err, VC_E_CIPHERTEXT, "the wrapped key cannot be authenticated");
    return unwrap(out, name, kek, wrapped, err);
}

/* -- PKCS#8 -------------------------------------------------------------------------------------------- */

vc_code vc__private_key_der(vc__buf *out, vc_view pem, vc_error *err)
{
    vc_error why = VC_ERROR_INIT; /* err may be NULL */
    EVP_PKEY *pkey = vc__pem_private(pem, &why);
    if (!pkey)
        return vc__error_copy(err, &why);
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    const int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    vc_code code = VC_OK;
    if (len <= 0) {
        code = vc__libcrypto_failed(err, "write as PKCS#8", "this key");
    } else if (vc__buf_reserve(out, (size_t)len)) {
        code = vc__buf_check(out, "a private key", err);
    } else {
        unsigned char *at = (unsigned char *)out->data + out->len;
        if (i2d_PKCS8_PRIV_KEY_INFO(info, &at) == len)
            out->len += (size_t)len;
        else
            code = vc__libcrypto_failed(err, "write as PKCS#8", "this key");
        out->data[out->len] = 0;
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(pkey);
    return code;
}
