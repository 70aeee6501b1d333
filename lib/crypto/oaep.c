/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/oaep.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/failure.h"
#include "crypto/pem.h"

#include <openssl/rsa.h>

enum { RSA_BITS_MIN = 2048 };

struct vc__rsa {
    EVP_PKEY *pkey;
    bool private;
    EVP_PKEY_CTX *seals, *opens; /* set up for SHA-256, to be copied: that is cheaper. NULL: could not be made */
};

static const char usual_digest[] = "SHA256";

static const struct {
    const char *name;
    size_t size;
} digests[] = { { "SHA1", 20 }, { "SHA224", 28 }, { "SHA256", 32 }, { "SHA384", 48 }, { "SHA512", 64 } };

/* Bytes of the digest; 0: another. */
static size_t digest_size(const char *digest)
{
    for (size_t i = 0; digest && i < sizeof digests / sizeof digests[0]; i++)
        if (strcmp(digest, digests[i].name) == 0)
            return digests[i].size;
    return 0;
}

bool vc__oaep_digest_known(const char *digest)
{
    return digest_size(digest) != 0;
}

static EVP_PKEY_CTX *set_up(const vc__rsa *key, const char *digest, int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx && init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, digest, NULL) == 1 &&
        EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, digest, NULL) == 1)
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

vc__rsa *vc__rsa_of_pkey(EVP_PKEY *pkey, bool private, vc_error *err)
{
    vc__rsa *key = NULL;
    if (!EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_get_bits(pkey) < RSA_BITS_MIN ||
        EVP_PKEY_get_size(pkey) > VC__OAEP_SEALED_MAX)
        vc__pem_refuse(private ? "this is not an RSA private key of 2048 to 16384 bits"
                               : "this is not an RSA public key of 2048 to 16384 bits",
                       err);
    else if (!(key = vc__calloc(1, sizeof *key)))
        vc__error_memory(err);
    if (!key)
        return NULL;
    EVP_PKEY_up_ref(pkey);
    key->pkey = pkey;
    key->private = private;
    key->seals = set_up(key, usual_digest, EVP_PKEY_encrypt_init);
    key->opens = private ? set_up(key, usual_digest, EVP_PKEY_decrypt_init) : NULL;
    if (!key->seals || (private && !key->opens))
        (void)vc__libcrypto_forget(); /* each message sets up its own then */
    return key;
}

static vc__rsa *rsa_of(EVP_PKEY *pkey, bool private, vc_error *err)
{
    vc__rsa *key = pkey ? vc__rsa_of_pkey(pkey, private, err) : NULL;
    EVP_PKEY_free(pkey);
    return key;
}

vc__rsa *vc__rsa_public(vc_view pem, vc_error *err)
{
    return rsa_of(vc__pem_public(pem, err), false, err);
}

vc__rsa *vc__rsa_private(vc_view pem, vc_error *err)
{
    return rsa_of(vc__pem_private(pem, err), true, err);
}

void vc__rsa_free(vc__rsa *key)
{
    if (!key)
        return;
    EVP_PKEY_CTX_free(key->seals);
    EVP_PKEY_CTX_free(key->opens);
    EVP_PKEY_free(key->pkey);
    vc__free(key);
}

size_t vc__rsa_size(const vc__rsa *key)
{
    return (size_t)EVP_PKEY_get_size(key->pkey);
}

/* RFC 8017, 7.1.1: k - 2 hLen - 2. */
size_t vc__oaep_longest(const vc__rsa *key, const char *digest)
{
    const size_t hash = digest_size(digest);
    return hash ? vc__rsa_size(key) - 2 * hash - 2 : 0;
}

/* A context is one user's; those of the key are only read. */
static EVP_PKEY_CTX *begin(const vc__rsa *key, const char *digest, bool opens)
{
    EVP_PKEY_CTX *const made = opens ? key->opens : key->seals;
    EVP_PKEY_CTX *copy = made && strcmp(digest, usual_digest) == 0 ? EVP_PKEY_CTX_dup(made) : NULL;
    return copy ? copy : set_up(key, digest, opens ? EVP_PKEY_decrypt_init : EVP_PKEY_encrypt_init);
}

static vc_code unknown_digest(vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "the digest is one of SHA1, SHA224, SHA256, SHA384, SHA512");
}

static void took(vc__buf *out, size_t len)
{
    (void)vc__libcrypto_forget(); /* what libcrypto tried in vain on its way */
    out->len += len;
    out->data[out->len] = 0;
}

vc_code vc__oaep_seal(vc__buf *out, const vc__rsa *key, const char *digest, vc_view message, vc_error *err)
{
    static const unsigned char nothing[1];
    const size_t longest = vc__oaep_longest(key, digest);
    size_t len = vc__rsa_size(key);
    if (!longest)
        return unknown_digest(err);
    if (message.len > longest)
        return vc__error(err, VC_E_TOO_LARGE, "RSA-%d with OAEP and %s takes %zu bytes at most, and these are %zu",
                         EVP_PKEY_get_bits(key->pkey), digest, longest, message.len);
    if (vc__buf_reserve(out, len))
        return vc__buf_check(out, "what RSA-OAEP encrypts", err);
    EVP_PKEY_CTX *ctx = begin(key, digest, false);
    const bool done = ctx && EVP_PKEY_encrypt(ctx, (unsigned char *)out->data + out->len, &len,
                                              message.len ? (const unsigned char *)message.data : nothing,
                                              message.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (!done)
        return vc__libcrypto_failed(err, "encrypt with", "RSA-OAEP");
    took(out, len);
    return VC_OK;
}

/*
 * libcrypto unpads in constant time; here too, nothing tells one failure from another. A lack of memory is no matter of
 * the message.
 */
static vc_code refuse(vc_error *err)
{
    if (vc__libcrypto_forget())
        return vc__error_memory(err);
    return vc__error(err, VC_E_CIPHERTEXT, "the ciphertext cannot be opened: it was changed, or belongs to another key");
}

vc_code vc__oaep_open(vc__buf *out, const vc__rsa *key, const char *digest, vc_view sealed, vc_error *err)
{
    size_t len = vc__rsa_size(key);
    if (!digest_size(digest))
        return unknown_digest(err);
    if (!key->private)
        return vc__error(err, VC_E_ARGUMENT, "to open takes the private key");
    if (sealed.len != len)
        return refuse(err);
    if (vc__buf_reserve(out, len))
        return vc__buf_check(out, "what RSA-OAEP opens", err);
    EVP_PKEY_CTX *ctx = begin(key, digest, true);
    if (!ctx)
        return vc__libcrypto_failed(err, "set up", "RSA-OAEP");
    const bool done = EVP_PKEY_decrypt(ctx, (unsigned char *)out->data + out->len, &len,
                                       (const unsigned char *)sealed.data, sealed.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (!done) {
        vc__wipe(out->data + out->len, vc__rsa_size(key));
        return refuse(err);
    }
    took(out, len);
    return VC_OK;
}
