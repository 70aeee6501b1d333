/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ecdh.h"

#include "base/error.h"
#include "base/secret.h"
#include "crypto/failure.h"
#include "crypto/wrap.h"

#include <openssl/core_names.h>

static const char algorithm_name[] = "ECDH-ES+A256KW";

/* -- keys -------------------------------------------------------------------------------------------------- */

EVP_PKEY *vc__p256_pkey(vc_view point, vc_view private)
{
    static const char group[] = "P-256";
    unsigned char number[VC__P256_SIZE]; /* libcrypto has numbers in the order of the machine */
    OSSL_PARAM params[4], *at = params;
    EVP_PKEY *pkey = NULL;
    if (private.len > sizeof number)
        return NULL;
    *at++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0);
    *at++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.data, point.len);
    if (private.data) {
        for (size_t i = 0; i < private.len; i++) /* little-endian, as configure says */
            number[i] = (unsigned char)private.data[private.len - 1 - i];
        *at++ = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, private.len);
    }
    *at = OSSL_PARAM_construct_end();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, private.data ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    vc__wipe(number, sizeof number);
    return pkey;
}

bool vc__p256_point(const EVP_PKEY *pkey, unsigned char point[VC__P256_POINT])
{
    BIGNUM *x = NULL, *y = NULL; /* and not the encoded point, whose form the key chooses */
    point[0] = 4;
    const bool done = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                      EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
                      BN_bn2binpad(x, point + 1, VC__P256_SIZE) == VC__P256_SIZE &&
                      BN_bn2binpad(y, point + 1 + VC__P256_SIZE, VC__P256_SIZE) == VC__P256_SIZE;
    BN_free(x);
    BN_free(y);
    return done;
}

/* -- agreement --------------------------------------------------------------------------------------------- */

static vc_code refuse(vc_error *err)
{
    if (vc__libcrypto_forget())
        return vc__error_memory(err);
    return vc__error(err, VC_E_CIPHERTEXT, "the ciphertext cannot be opened: it was changed, or belongs to another key");
}

vc_code vc__ecdh_agree(EVP_PKEY *own, EVP_PKEY *peer, unsigned char secret[VC__P256_SIZE], vc_error *err)
{
    size_t len = VC__P256_SIZE;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    const bool done = ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
                      EVP_PKEY_derive(ctx, secret, &len) == 1 && len == VC__P256_SIZE;
    EVP_PKEY_CTX_free(ctx);
    if (done)
        return VC_OK;
    vc__wipe(secret, VC__P256_SIZE);
    return refuse(err);
}

static void put_number(vc__buf *out, size_t number)
{
    const unsigned char bytes[4] = { (unsigned char)(number >> 24), (unsigned char)(number >> 16),
                                     (unsigned char)(number >> 8), (unsigned char)number };
    vc__buf_append(out, (const char *)bytes, sizeof bytes);
}

static void put_counted(vc__buf *out, vc_view text)
{
    put_number(out, text.len);
    vc__buf_view(out, text);
}

vc_code vc__concat_kdf(vc_view secret, vc_view algorithm, vc_view apu, vc_view apv, unsigned char *out, size_t len,
                       vc_error *err)
{
    unsigned char digest[32];
    size_t size = sizeof digest;
    vc__auto(vc__buf) input = VC__BUF(1 << 16);
    memset(out, 0, len);
    if (len > sizeof digest)
        return vc__error(err, VC_E_INTERNAL, "one round of this derivation makes 32 bytes");
    put_number(&input, 1);
    vc__buf_view(&input, secret);
    put_counted(&input, algorithm);
    put_counted(&input, apu);
    put_counted(&input, apv);
    put_number(&input, len * 8);
    if (input.failed)
        return vc__buf_check(&input, "what a key is derived from", err);
    if (EVP_Q_digest(NULL, "SHA256", NULL, input.data, input.len, digest, &size) != 1)
        return vc__libcrypto_failed(err, "compute", "SHA256");
    memcpy(out, digest, len);
    vc__wipe(digest, sizeof digest);
    return VC_OK;
}

/* The key that wraps. */
static vc_code agreed_key(EVP_PKEY *own, EVP_PKEY *peer, unsigned char kek[VC__ECDH_KEY], vc_error *err)
{
    unsigned char secret[VC__P256_SIZE];
    vc_code code = vc__ecdh_agree(own, peer, secret, err);
    if (!code)
        code = vc__concat_kdf(vc_view_of(secret, sizeof secret), vc_str(algorithm_name), vc_str(""), vc_str(""), kek,
                              VC__ECDH_KEY, err);
    vc__wipe(secret, sizeof secret);
    return code;
}

/* -- data keys --------------------------------------------------------------------------------------------- */

vc_code vc__ecdh_wrap(vc__buf *out, EVP_PKEY *peer, vc_view key, vc_error *err)
{
    unsigned char kek[VC__ECDH_KEY], point[VC__P256_POINT];
    const size_t before = out->len;
    EVP_PKEY *ephemeral = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    if (!ephemeral || !vc__p256_point(ephemeral, point)) {
        EVP_PKEY_free(ephemeral);
        return vc__libcrypto_failed(err, "make a key of", "P-256");
    }
    vc_code code = agreed_key(ephemeral, peer, kek, err);
    EVP_PKEY_free(ephemeral);
    if (!code) {
        vc__buf_append(out, (const char *)point, sizeof point);
        code = vc__buf_check(out, "a wrapped key", err);
    }
    if (!code)
        code = vc__kw_wrap(out, vc_view_of(kek, sizeof kek), key, err);
    vc__wipe(kek, sizeof kek);
    if (code)
        vc__buf_cut(out, before);
    return code;
}

vc_code vc__ecdh_unwrap(vc__buf *out, EVP_PKEY *own, vc_view wrapped, vc_error *err)
{
    unsigned char kek[VC__ECDH_KEY];
    if (wrapped.len <= VC__P256_POINT || wrapped.data[0] != 4)
        return refuse(err);
    EVP_PKEY *ephemeral = vc__p256_pkey(vc_view_of(wrapped.data, VC__P256_POINT), vc_view_of(NULL, 0));
    vc_code code = ephemeral ? agreed_key(own, ephemeral, kek, err) : refuse(err);
    EVP_PKEY_free(ephemeral);
    if (!code)
        code = vc__kw_unwrap(out, vc_view_of(kek, sizeof kek),
                             vc_view_of(wrapped.data + VC__P256_POINT, wrapped.len - VC__P256_POINT), err);
    vc__wipe(kek, sizeof kek);
    return code == VC_E_CIPHERTEXT ? refuse(err) : code;
}
