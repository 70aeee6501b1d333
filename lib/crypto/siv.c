/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/siv.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/failure.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>

enum { BLOCK = 16 };

static const struct {
    size_t key_size; /* both halves */
    const char *cmac, *ctr;
} sizes[] = {
    { 32, "AES-128-CBC", "AES-128-CTR" },
    { 48, "AES-192-CBC", "AES-192-CTR" },
    { 64, "AES-256-CBC", "AES-256-CTR" },
};

struct vc__siv {
    EVP_MAC_CTX *mac;
    EVP_CIPHER_CTX *ctr;
    unsigned char zero[BLOCK]; /* the CMAC of a block of zeros, with which every S2V begins */
};

/* -- CMAC -- */

static EVP_MAC_CTX *mac_context(const char *cipher, const char *key, size_t key_len)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac); /* the context holds its own reference */
    /* The parameter is not written to; the API has no const. */
    char name[16];
    memcpy(name, cipher, strlen(cipher) + 1);
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0),
                                  OSSL_PARAM_construct_end() };
    if (ctx && EVP_MAC_init(ctx, (const unsigned char *)key, key_len, params) == 1)
        return ctx;
    EVP_MAC_CTX_free(ctx);
    return NULL;
}

/* The CMAC of two parts, one after the other. */
static bool cmac(EVP_MAC_CTX *ctx, vc_view first, vc_view second, unsigned char out[BLOCK])
{
    size_t len = 0;
    return EVP_MAC_init(ctx, NULL, 0, NULL) == 1 &&
           (!first.len || EVP_MAC_update(ctx, (const unsigned char *)first.data, first.len) == 1) &&
           (!second.len || EVP_MAC_update(ctx, (const unsigned char *)second.data, second.len) == 1) &&
           EVP_MAC_final(ctx, out, &len, BLOCK) == 1 && len == BLOCK;
}

/* Twice the same: releases of libcrypto that did not begin anew without a key are found out here. */
static bool begin(vc__siv *siv)
{
    static const unsigned char zeros[BLOCK];
    const vc_view block = vc_view_of(zeros, BLOCK), none = vc_view_of(NULL, 0);
    unsigned char again[BLOCK];
    const bool done = cmac(siv->mac, block, none, siv->zero) && cmac(siv->mac, none, block, again) &&
                      memcmp(siv->zero, again, BLOCK) == 0;
    vc__wipe(again, sizeof again);
    return done;
}

/* -- the object -- */

static bool set_key(EVP_CIPHER_CTX *ctx, const char *name, const char *key)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    const bool done = cipher &&
                      EVP_CipherInit_ex2(ctx, cipher, (const unsigned char *)key, NULL, 1, NULL) == 1;
    EVP_CIPHER_free(cipher);
    return done;
}

vc__siv *vc__siv_new(vc_view key, vc_error *err)
{
    size_t i = 0;
    while (i < sizeof sizes / sizeof sizes[0] && sizes[i].key_size != key.len)
        i++;
    if (i == sizeof sizes / sizeof sizes[0]) {
        vc__error(err, VC_E_ARGUMENT, "a key of AES-SIV has 32, 48 or 64 bytes, not %zu", key.len);
        return NULL;
    }
    vc__autoptr(vc__siv) siv = vc__calloc(1, sizeof *siv);
    if (siv)
        siv->ctr = EVP_CIPHER_CTX_new();
    if (!siv || !siv->ctr) {
        (void)vc__libcrypto_forget();
        vc__error_memory(err);
        return NULL;
    }
    const size_t half = key.len / 2;
    siv->mac = mac_context(sizes[i].cmac, key.data, half);
    if (!siv->mac || !begin(siv) || !set_key(siv->ctr, sizes[i].ctr, key.data + half)) {
        vc__libcrypto_failed(err, "set up", "CMAC and CTR for AES-SIV");
        return NULL;
    }
    return vc__steal(&siv);
}

void vc__siv_free(vc__siv *siv)
{
    if (!siv)
        return;
    EVP_MAC_CTX_free(siv->mac); /* both wipe their keys */
    EVP_CIPHER_CTX_free(siv->ctr);
    vc__wipe(siv, sizeof *siv);
    vc__free(siv);
}

/* -- S2V (RFC 5297 section 2.4) and CTR -- */

/* Times x in GF(2^128), in a time that does not depend on the value. */
static void twice(unsigned char d[BLOCK])
{
    const unsigned char carry = (unsigned char)(d[0] >> 7);
    for (size_t i = 0; i + 1 < BLOCK; i++)
        d[i] = (unsigned char)(d[i] << 1 | d[i + 1] >> 7);
    d[BLOCK - 1] = (unsigned char)(d[BLOCK - 1] << 1 ^ (0x87 & -carry));
}

static void add(unsigned char d[BLOCK], const void *bytes, size_t len)
{
    const unsigned char *from = bytes;
    for (size_t i = 0; i < len; i++)
        d[i] ^= from[i];
}

static bool s2v(vc__siv *siv, const vc_view *aad, size_t count, vc_view text, unsigned char v[BLOCK])
{
    const vc_view none = vc_view_of(NULL, 0);
    unsigned char d[BLOCK], mac[BLOCK];
    memcpy(d, siv->zero, BLOCK);
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        done = cmac(siv->mac, aad[i], none, mac);
        twice(d);
        add(d, mac, BLOCK);
    }
    if (text.len >= BLOCK) {
        add(d, text.data + text.len - BLOCK, BLOCK);
        done = done && cmac(siv->mac, vc_view_of(text.data, text.len - BLOCK), vc_view_of(d, BLOCK), v);
    } else {
        twice(d);
        add(d, text.data, text.len);
        d[text.len] ^= 0x80;
        done = done && cmac(siv->mac, vc_view_of(d, BLOCK), none, v);
    }
    vc__wipe(d, sizeof d);
    vc__wipe(mac, sizeof mac);
    return done;
}

/* The counter begins at V with two bits cleared, so that 32-bit parts of it never carry over. */
static bool ctr(vc__siv *siv, const unsigned char v[BLOCK], vc_view in, char *out)
{
    unsigned char q[BLOCK];
    memcpy(q, v, BLOCK);
    q[8] &= 0x7f;
    q[12] &= 0x7f;
    int len = 0;
    return !in.len || (EVP_CipherInit_ex2(siv->ctr, NULL, NULL, q, 1, NULL) == 1 &&
                       EVP_CipherUpdate(siv->ctr, (unsigned char *)out, &len,
                                        (const unsigned char *)in.data, (int)in.len) == 1 &&
                       (size_t)len == in.len);
}

static vc_code check(size_t count, size_t len, vc_error *err)
{
    if (count > VC__SIV_PARTS_MAX)
        return vc__error(err, VC_E_ARGUMENT, "AES-SIV takes at most %d parts of associated data, not %zu",
                         (int)VC__SIV_PARTS_MAX, count);
    if (len > INT_MAX - VC__SIV_TAG)
        return vc__error(err, VC_E_LIMIT, "more than 2 GiB for one call of AES-SIV");
    return VC_OK;
}

vc_code vc__siv_seal(vc__siv *siv, const vc_view *aad, size_t count, vc_view plaintext, char *out,
                     vc_error *err)
{
    vc_code code = check(count, plaintext.len, err);
    unsigned char v[BLOCK];
    if (code == VC_OK && s2v(siv, aad, count, plaintext, v) && ctr(siv, v, plaintext, out + VC__SIV_TAG)) {
        memcpy(out, v, BLOCK);
        return VC_OK;
    }
    memset(out, 0, plaintext.len + VC__SIV_TAG);
    return code ? code : vc__libcrypto_failed(err, "encrypt with", "AES-SIV");
}

vc_code vc__siv_open(vc__siv *siv, const vc_view *aad, size_t count, vc_view sealed, char *out, vc_error *err)
{
    if (sealed.len < VC__SIV_TAG)
        return vc__unauthentic(err);
    const vc_view text = vc_view_of(sealed.data + VC__SIV_TAG, sealed.len - VC__SIV_TAG);
    unsigned char given[BLOCK], v[BLOCK];
    memcpy(given, sealed.data, BLOCK);
    vc_code code = check(count, text.len, err);
    if (code == VC_OK) {
        if (!ctr(siv, given, text, out) || !s2v(siv, aad, count, vc_view_of(out, text.len), v))
            code = vc__libcrypto_failed(err, "decrypt with", "AES-SIV");
        else if (!vc__secret_equal(vc_view_of(v, BLOCK), vc_view_of(given, BLOCK)))
            code = vc__unauthentic(err);
    }
    if (code != VC_OK && text.len)
        vc__wipe(out, text.len);
    return code;
}
