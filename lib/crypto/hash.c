/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/failure.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

static const struct {
    const char *name;   /* Vault's */
    const char *digest; /* libcrypto's */
    size_t size;
} hashes[] = {
    [VC__HASH_NONE] = { "", "", 0 },
    [VC__SHA2_224] = { "sha2-224", "SHA2-224", 28 },
    [VC__SHA2_256] = { "sha2-256", "SHA2-256", 32 },
    [VC__SHA2_384] = { "sha2-384", "SHA2-384", 48 },
    [VC__SHA2_512] = { "sha2-512", "SHA2-512", 64 },
    [VC__SHA3_224] = { "sha3-224", "SHA3-224", 28 },
    [VC__SHA3_256] = { "sha3-256", "SHA3-256", 32 },
    [VC__SHA3_384] = { "sha3-384", "SHA3-384", 48 },
    [VC__SHA3_512] = { "sha3-512", "SHA3-512", 64 },
};

static bool known(vc__hash hash)
{
    return hash > VC__HASH_NONE && (size_t)hash < sizeof hashes / sizeof hashes[0];
}

vc__hash vc__hash_named(vc_view name)
{
    for (vc__hash hash = VC__SHA2_224; known(hash); hash++)
        if (vc__view_is(name, hashes[hash].name))
            return hash;
    return VC__HASH_NONE;
}

const char *vc__hash_name(vc__hash hash)
{
    return hashes[known(hash) ? hash : VC__HASH_NONE].name;
}

size_t vc__hash_size(vc__hash hash)
{
    return hashes[known(hash) ? hash : VC__HASH_NONE].size;
}

static vc_code unknown(vc__hash hash, vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "not a hash algorithm: %d", (int)hash);
}

static vc_code broken(vc__hash hash, vc_error *err)
{
    return vc__libcrypto_failed(err, "compute", vc__hash_name(hash));
}

/* -- digests -- */

struct vc__digest {
    vc__hash hash;
    EVP_MD *md;
    EVP_MD_CTX *ctx;
};

vc__digest *vc__digest_new(vc__hash hash, vc_error *err)
{
    if (!known(hash)) {
        unknown(hash, err);
        return NULL;
    }
    vc__autoptr(vc__digest) digest = vc__calloc(1, sizeof *digest);
    if (digest)
        digest->ctx = EVP_MD_CTX_new();
    if (!digest || !digest->ctx) {
        (void)vc__libcrypto_forget();
        vc__error_memory(err);
        return NULL;
    }
    digest->hash = hash;
    digest->md = EVP_MD_fetch(NULL, hashes[hash].digest, NULL);
    if (!digest->md) {
        broken(hash, err);
        return NULL;
    }
    return vc__steal(&digest);
}

void vc__digest_free(vc__digest *digest)
{
    if (!digest)
        return;
    EVP_MD_CTX_free(digest->ctx);
    EVP_MD_free(digest->md);
    vc__free(digest);
}

vc_code vc__digest_of(vc__digest *digest, vc_view bytes, unsigned char *out, vc_error *err)
{
    if (EVP_DigestInit_ex2(digest->ctx, digest->md, NULL) == 1 &&
        EVP_DigestUpdate(digest->ctx, bytes.data, bytes.len) == 1 &&
        EVP_DigestFinal_ex(digest->ctx, out, NULL) == 1)
        return VC_OK;
    memset(out, 0, hashes[digest->hash].size);
    return broken(digest->hash, err);
}

vc_code vc__digest_begin(vc__digest *digest, vc_error *err)
{
    return EVP_DigestInit_ex2(digest->ctx, digest->md, NULL) == 1 ? VC_OK : broken(digest->hash, err);
}

vc_code vc__digest_add(vc__digest *digest, vc_view bytes, vc_error *err)
{
    return EVP_DigestUpdate(digest->ctx, bytes.data, bytes.len) == 1 ? VC_OK : broken(digest->hash, err);
}

vc_code vc__digest_end(vc__digest *digest, unsigned char *out, vc_error *err)
{
    if (EVP_DigestFinal_ex(digest->ctx, out, NULL) == 1)
        return VC_OK;
    memset(out, 0, hashes[digest->hash].size);
    return broken(digest->hash, err);
}

/* -- HMAC -- */

struct vc__hmac {
    vc__hash hash;
    EVP_MAC_CTX *ctx;
};

/* `key` NULL: the one that is set. libcrypto takes a key of no bytes only from a pointer. */
static bool set_key(EVP_MAC_CTX *ctx, vc_view key)
{
    return EVP_MAC_init(ctx, (const unsigned char *)(key.len ? key.data : ""), key.len, NULL) == 1;
}

static EVP_MAC_CTX *mac_context(vc__hash hash)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac); /* the context holds its own reference */
    /* The parameter is not written to; the API has no const. */
    char name[16];
    memcpy(name, hashes[hash].digest, strlen(hashes[hash].digest) + 1);
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                  OSSL_PARAM_construct_end() };
    if (ctx && EVP_MAC_CTX_set_params(ctx, params) == 1)
        return ctx;
    EVP_MAC_CTX_free(ctx);
    return NULL;
}

static vc__hmac *hmac_alloc(vc__hash hash, vc_error *err)
{
    if (!known(hash)) {
        unknown(hash, err);
        return NULL;
    }
    vc__autoptr(vc__hmac) hmac = vc__calloc(1, sizeof *hmac);
    if (!hmac) {
        vc__error_memory(err);
        return NULL;
    }
    hmac->hash = hash;
    hmac->ctx = mac_context(hash);
    if (!hmac->ctx) {
        broken(hash, err);
        return NULL;
    }
    return vc__steal(&hmac);
}

vc__hmac *vc__hmac_new(vc__hash hash, vc_view key, vc_error *err)
{
    vc__autoptr(vc__hmac) hmac = hmac_alloc(hash, err);
    if (!hmac)
        return NULL;
    if (!set_key(hmac->ctx, key)) {
        broken(hash, err);
        return NULL;
    }
    return vc__steal(&hmac);
}

void vc__hmac_free(vc__hmac *hmac)
{
    if (!hmac)
        return;
    EVP_MAC_CTX_free(hmac->ctx); /* wipes the key */
    vc__free(hmac);
}

static bool finish(EVP_MAC_CTX *ctx, const vc_view *parts, size_t count, unsigned char *out, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].len && EVP_MAC_update(ctx, (const unsigned char *)parts[i].data, parts[i].len) != 1)
            return false;
    size_t len;
    return EVP_MAC_final(ctx, out, &len, size) == 1 && len == size;
}

vc_code vc__hmac_parts(vc__hmac *hmac, const vc_view *parts, size_t count, unsigned char *out, vc_error *err)
{
    const size_t size = hashes[hmac->hash].size;
    if (EVP_MAC_init(hmac->ctx, NULL, 0, NULL) == 1 && finish(hmac->ctx, parts, count, out, size))
        return VC_OK;
    memset(out, 0, size);
    return broken(hmac->hash, err);
}

vc_code vc__hmac_of(vc__hmac *hmac, vc_view bytes, unsigned char *out, vc_error *err)
{
    return vc__hmac_parts(hmac, &bytes, 1, out, err);
}

vc_code vc__hmac_verify(vc__hmac *hmac, vc_view bytes, vc_view tag, vc_error *err)
{
    unsigned char own[VC__HASH_MAX];
    vc_code code = vc__hmac_of(hmac, bytes, own, err);
    if (code == VC_OK && !vc__secret_equal(vc_view_of(own, hashes[hmac->hash].size), tag))
        code = vc__error(err, VC_E_CIPHERTEXT, "the HMAC is not that of these bytes under this key");
    vc__wipe(own, sizeof own);
    return code;
}

/*
 * -- HKDF --
 * Written on HMAC rather than taken from EVP_KDF, which takes half as long again, as it fetches the
 * digest each time, and at most 32 KiB of `info`.
 */

struct vc__hkdf {
    vc__hmac *hmac;
};

vc__hkdf *vc__hkdf_new(vc__hash hash, vc_error *err)
{
    vc__autoptr(vc__hmac) hmac = hmac_alloc(hash, err);
    if (!hmac)
        return NULL;
    vc__hkdf *hkdf = vc__calloc(1, sizeof *hkdf);
    if (!hkdf) {
        vc__error_memory(err);
        return NULL;
    }
    hkdf->hmac = vc__steal(&hmac);
    return hkdf;
}

void vc__hkdf_free(vc__hkdf *hkdf)
{
    if (!hkdf)
        return;
    vc__hmac_free(hkdf->hmac);
    vc__free(hkdf);
}

/* T(i) = HMAC(PRK, T(i - 1) | info | i), the key being set. */
static bool expand(EVP_MAC_CTX *ctx, size_t size, vc_view info, unsigned char *out, size_t len)
{
    unsigned char block[VC__HASH_MAX];
    bool done = true;
    size_t had = 0;
    for (unsigned char i = 1; done && len; i++) {
        const vc_view parts[] = { vc_view_of(block, had), info, vc_view_of(&i, 1) };
        done = (i == 1 || EVP_MAC_init(ctx, NULL, 0, NULL) == 1) && finish(ctx, parts, 3, block, size);
        had = size;
        const size_t take = len < size ? len : size;
        memcpy(out, block, take);
        out += take;
        len -= take;
    }
    vc__wipe(block, sizeof block);
    return done;
}

vc_code vc__hkdf_derive(vc__hkdf *hkdf, vc_view ikm, vc_view salt, vc_view info, void *out, size_t len,
                        vc_error *err)
{
    EVP_MAC_CTX *ctx = hkdf->hmac->ctx;
    const size_t size = hashes[hkdf->hmac->hash].size;
    if (len > 255 * size) {
        memset(out, 0, len);
        return vc__error(err, VC_E_LIMIT, "HKDF with %s gives at most %zu bytes, not %zu",
                         vc__hash_name(hkdf->hmac->hash), 255 * size, len);
    }
    unsigned char prk[VC__HASH_MAX];
    /* HMAC pads its key with zeros, so no salt and a salt of zeros are one thing. */
    const bool done = set_key(ctx, salt) && finish(ctx, &ikm, 1, prk, size) &&
                      set_key(ctx, vc_view_of(prk, size)) && expand(ctx, size, info, out, len);
    vc__wipe(prk, sizeof prk);
    const bool forgotten = set_key(ctx, vc_view_of(NULL, 0)); /* do not keep the derived key */
    if (done && forgotten)
        return VC_OK;
    vc__wipe(out, len);
    return broken(hkdf->hmac->hash, err);
}
