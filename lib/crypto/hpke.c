/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hpke.h"

#include "base/error.h"

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER >= 0x30200000L /* config.h would have make put off every test that links it */

#include "base/secret.h"
#include "crypto/ecdh.h"
#include "crypto/failure.h"

#include <openssl/hpke.h>

_Static_assert(VC__HPKE_ENC == (int)VC__P256_POINT, "the encapsulated key is a point");

vc_code vc__hpke_check(vc_error *err)
{
    (void)err;
    return VC_OK;
}

static OSSL_HPKE_CTX *new_context(int role)
{
    const OSSL_HPKE_SUITE suite = { OSSL_HPKE_KEM_ID_P256, OSSL_HPKE_KDF_ID_HKDF_SHA256, OSSL_HPKE_AEAD_ID_AES_GCM_256 };
    return OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, suite, role, NULL, NULL);
}

static const unsigned char *bytes_of(vc_view view)
{
    return (const unsigned char *)(view.data ? view.data : "");
}

/* Into `enc` and `sealed`, which have just the room. */
static bool seal(EVP_PKEY *peer, vc_view info, vc_view aad, vc_view plaintext, unsigned char *enc, unsigned char *sealed)
{
    unsigned char point[VC__P256_POINT];
    size_t enc_len = VC__HPKE_ENC, sealed_len = plaintext.len + VC__HPKE_TAG;
    OSSL_HPKE_CTX *ctx = new_context(OSSL_HPKE_ROLE_SENDER);
    const bool done = ctx && vc__p256_point(peer, point) &&
                      OSSL_HPKE_encap(ctx, enc, &enc_len, point, sizeof point, bytes_of(info), info.len) == 1 && enc_len == VC__HPKE_ENC &&
                      OSSL_HPKE_seal(ctx, sealed, &sealed_len, bytes_of(aad), aad.len, bytes_of(plaintext), plaintext.len) == 1 &&
                      sealed_len == plaintext.len + VC__HPKE_TAG;
    OSSL_HPKE_CTX_free(ctx);
    return done;
}

vc_code vc__hpke_seal(vc__buf *out, EVP_PKEY *peer, vc_view info, vc_view aad, vc_view plaintext, vc_error *err)
{
    const size_t before = out->len, len = VC__HPKE_ENC + plaintext.len + VC__HPKE_TAG;
    if (vc__buf_reserve(out, len))
        return vc__buf_check(out, "a wrapped key", err);
    unsigned char *at = (unsigned char *)out->data + before;
    if (!seal(peer, info, aad, plaintext, at, at + VC__HPKE_ENC)) {
        vc__wipe(at, len);
        return vc__libcrypto_failed(err, "seal with", "HPKE");
    }
    out->len += len;
    return VC_OK;
}

static bool open(EVP_PKEY *own, vc_view info, vc_view aad, vc_view sealed, unsigned char *plaintext)
{
    const vc_view rest = vc_view_of(sealed.data + VC__HPKE_ENC, sealed.len - VC__HPKE_ENC);
    size_t len = rest.len - VC__HPKE_TAG;
    OSSL_HPKE_CTX *ctx = new_context(OSSL_HPKE_ROLE_RECEIVER);
    const bool done = ctx && OSSL_HPKE_decap(ctx, bytes_of(sealed), VC__HPKE_ENC, own, bytes_of(info), info.len) == 1 &&
                      OSSL_HPKE_open(ctx, plaintext, &len, bytes_of(aad), aad.len, bytes_of(rest), rest.len) == 1 &&
                      len == rest.len - VC__HPKE_TAG;
    OSSL_HPKE_CTX_free(ctx);
    return done;
}

vc_code vc__hpke_open(vc__buf *out, EVP_PKEY *own, vc_view info, vc_view aad, vc_view sealed, vc_error *err)
{
    if (sealed.len <= VC__HPKE_ENC + VC__HPKE_TAG || sealed.data[0] != 4)
        return vc__unauthentic(err);
    const size_t len = sealed.len - VC__HPKE_ENC - VC__HPKE_TAG;
    if (vc__buf_reserve(out, len))
        return vc__buf_check(out, "an unwrapped key", err);
    unsigned char *at = (unsigned char *)out->data + out->len;
    if (!open(own, info, aad, sealed, at)) {
        vc__wipe(at, len);
        return vc__libcrypto_forget() ? vc__error_memory(err) : vc__unauthentic(err);
    }
    out->len += len;
    return VC_OK;
}

#else /* OpenSSL before 3.2 */

vc_code vc__hpke_check(vc_error *err)
{
    return vc__error(err, VC_E_UNSUPPORTED, "HPKE takes OpenSSL 3.2 or newer, and this was built with OpenSSL " OPENSSL_FULL_VERSION_STR);
}

vc_code vc__hpke_seal(vc__buf *out, EVP_PKEY *peer, vc_view info, vc_view aad, vc_view plaintext, vc_error *err)
{
    (void)out, (void)peer, (void)info, (void)aad, (void)plaintext;
    return vc__hpke_check(err);
}

vc_code vc__hpke_open(vc__buf *out, EVP_PKEY *own, vc_view info, vc_view aad, vc_view sealed, vc_error *err)
{
    (void)out, (void)own, (void)info, (void)aad, (void)sealed;
    return vc__hpke_check(err);
}

#endif
