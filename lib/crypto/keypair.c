/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keypair_state.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/base64url.h"
#include "base/error.h"
#include "crypto/ecdh.h"
#include "crypto/failure.h"
#include "crypto/hpke.h"
#include "crypto/pem.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <stdatomic.h>

enum {
    DATA_KEY = 32,
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 16384,
    RSA_BITS_PROVED = 4096, /* whether the primes are primes: beyond, this takes tens of seconds */
};

struct vc__keypair {
    atomic_size_t references;
    vc__keypair_kind kind;
    bool private;
    EVP_PKEY *pkey;
    vc__rsa *rsa;
    unsigned char thumbprint[VC__THUMBPRINT];
    char id[VC__KEYPAIR_ID + 1];
};

const char vc__keypair_damaged[] = "the numbers of this key do not go together: it is damaged";
static const char refused[] = "the data key cannot be unwrapped: it was changed, or wrapped to another key";

/* -- what a key must be ------------------------------------------------------------------------------------ */

/* Odd numbers, and an exponent above 1, which would leave all in clear. */
static bool rsa_numbers_fit(EVP_PKEY *pkey)
{
    BIGNUM *n = NULL, *e = NULL;
    const bool fit = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
                     EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(n) && BN_is_odd(e) &&
                     !BN_is_one(e) && BN_cmp(e, n) < 0;
    BN_free(n);
    BN_free(e);
    return fit;
}

/* Parameters that are written out could be another curve's in part: only the name counts. */
static bool is_p256(EVP_PKEY *pkey)
{
    char name[32];
    size_t len;
    int written_out = 1;
    return EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &written_out) == 1 &&
           !written_out && EVP_PKEY_get_group_name(pkey, name, sizeof name, &len) == 1 &&
           (strcmp(name, "prime256v1") == 0 || strcmp(name, "P-256") == 0);
}

/* 0 with a reason: it is none of ours. */
static vc__keypair_kind kind_of(EVP_PKEY *pkey, vc_error *err)
{
    const char *why = "a key is RSA, EC P-256 or Ed25519, and this is another kind";
    if (EVP_PKEY_is_a(pkey, "ED25519"))
        return VC__KEYPAIR_ED25519;
    if (EVP_PKEY_is_a(pkey, "RSA")) {
        const int bits = EVP_PKEY_get_bits(pkey);
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
            vc__error(err, VC_E_ARGUMENT, "an RSA key has 2048 to 16384 bits, and this one has %d", bits);
            return (vc__keypair_kind)0;
        }
        if (rsa_numbers_fit(pkey))
            return VC__KEYPAIR_RSA;
        why = "the numbers of this RSA key are none of an RSA key";
    } else if (EVP_PKEY_is_a(pkey, "EC")) {
        if (is_p256(pkey))
            return VC__KEYPAIR_P256;
        why = "an EC key is on the curve P-256, named by its name, and this is on another";
    }
    vc__pem_refuse(why, err);
    return (vc__keypair_kind)0;
}

static bool check_with(EVP_PKEY *pkey, int (*check)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    const bool fine = ctx && check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return fine;
}

/* What the public half seals, the private half opens. */
static vc_code halves_fit(const vc__rsa *rsa, vc_error *err)
{
    static const char message[DATA_KEY] = "what one half seals";
    vc__auto(vc__buf) sealed = VC__BUF(2 * VC__OAEP_SEALED_MAX);
    vc__auto(vc__buf) opened = VC__BUF(2 * VC__OAEP_SEALED_MAX);
    vc_error why = VC_ERROR_INIT;
    vc_code code = vc__oaep_seal(&sealed, rsa, "SHA256", vc_view_of(message, sizeof message), &why);
    if (!code)
        code = vc__oaep_open(&opened, rsa, "SHA256", vc__buf_get(&sealed), &why);
    if (code == VC_E_MEMORY)
        return vc__error_copy(err, &why);
    const bool fit = !code && opened.len == sizeof message && memcmp(opened.data, message, sizeof message) == 0;
    return fit ? VC_OK : vc__error(err, VC_E_ARGUMENT, "%s", vc__keypair_damaged);
}

static vc_code check(const vc__keypair *pair, vc_error *err)
{
    bool fine = true;
    if (pair->kind == VC__KEYPAIR_P256)
        fine = check_with(pair->pkey, EVP_PKEY_public_check) &&
               (!pair->private || check_with(pair->pkey, EVP_PKEY_pairwise_check));
    else if (pair->kind == VC__KEYPAIR_RSA && pair->private && vc__keypair_bits(pair) <= RSA_BITS_PROVED)
        fine = check_with(pair->pkey, EVP_PKEY_pairwise_check);
    if (!fine)
        return vc__pem_refuse(vc__keypair_damaged, err);
    return pair->kind == VC__KEYPAIR_RSA && pair->private ? halves_fit(pair->rsa, err) : VC_OK;
}

/* -- the id ------------------------------------------------------------------------------------------------ */

static void put_bytes(vc__buf *out, const char *name, vc_view bytes)
{
    vc__buf_printf(out, "\"%s\":\"", name);
    vc__base64url_encode(out, bytes);
    vc__buf_byte(out, '"');
}

static bool put_number(vc__buf *out, EVP_PKEY *pkey, const char *name, const char *param)
{
    unsigned char bytes[VC__OAEP_SEALED_MAX];
    BIGNUM *number = NULL;
    const bool fits = EVP_PKEY_get_bn_param(pkey, param, &number) == 1 && BN_num_bytes(number) <= (int)sizeof bytes;
    if (fits)
        put_bytes(out, name, vc_view_of(bytes, (size_t)BN_bn2bin(number, bytes)));
    BN_free(number);
    return fits;
}

/* The required members in the order of their names, without white space (RFC 7638, 3.2 and 3.3). */
static bool put_members(vc__buf *out, const vc__keypair *pair)
{
    unsigned char bytes[VC__P256_POINT];
    size_t len = sizeof bytes;
    vc__buf_byte(out, '{');
    if (pair->kind == VC__KEYPAIR_RSA) {
        if (!put_number(out, pair->pkey, "e", OSSL_PKEY_PARAM_RSA_E))
            return false;
        vc__buf_str(out, ",\"kty\":\"RSA\",");
        if (!put_number(out, pair->pkey, "n", OSSL_PKEY_PARAM_RSA_N))
            return false;
    } else if (pair->kind == VC__KEYPAIR_P256) {
        if (!vc__p256_point(pair->pkey, bytes))
            return false;
        vc__buf_str(out, "\"crv\":\"P-256\",\"kty\":\"EC\",");
        put_bytes(out, "x", vc_view_of(bytes + 1, VC__P256_SIZE));
        vc__buf_byte(out, ',');
        put_bytes(out, "y", vc_view_of(bytes + 1 + VC__P256_SIZE, VC__P256_SIZE));
    } else {
        if (EVP_PKEY_get_raw_public_key(pair->pkey, bytes, &len) != 1)
            return false;
        vc__buf_str(out, "\"crv\":\"Ed25519\",\"kty\":\"OKP\",");
        put_bytes(out, "x", vc_view_of(bytes, len));
    }
    vc__buf_byte(out, '}');
    return true;
}

static vc_code name(vc__keypair *pair, vc_error *err)
{
    size_t len = sizeof pair->thumbprint;
    vc__auto(vc__buf) members = VC__BUF(8192);
    vc__auto(vc__buf) id = VC__BUF(64);
    if (!put_members(&members, pair))
        return vc__libcrypto_failed(err, "tell the numbers of", "a key");
    if (members.failed)
        return vc__buf_check(&members, "a key", err);
    if (EVP_Q_digest(NULL, "SHA256", NULL, members.data, members.len, pair->thumbprint, &len) != 1)
        return vc__libcrypto_failed(err, "compute", "SHA256");
    vc__base64url_encode(&id, vc_view_of(pair->thumbprint, len));
    if (id.failed)
        return vc__buf_check(&id, "a key's id", err);
    memcpy(pair->id, id.data, VC__KEYPAIR_ID);
    return VC_OK;
}

/* -- made, read, given back -------------------------------------------------------------------------------- */

vc__keypair *vc__keypair_of_pkey(EVP_PKEY *pkey, bool private, vc_error *err)
{
    const vc__keypair_kind kind = pkey ? kind_of(pkey, err) : (vc__keypair_kind)0;
    vc__autoptr(vc__keypair) pair = kind ? vc__calloc(1, sizeof *pair) : NULL;
    if (!pair) {
        EVP_PKEY_free(pkey);
        if (kind)
            vc__error_memory(err);
        return NULL;
    }
    atomic_init(&pair->references, 1);
    pair->kind = kind;
    pair->private = private;
    pair->pkey = pkey;
    if (kind == VC__KEYPAIR_RSA && !(pair->rsa = vc__rsa_of_pkey(pkey, private, err)))
        return NULL;
    if (check(pair, err) || name(pair, err))
        return NULL;
    (void)vc__libcrypto_forget(); /* what it tried in vain on its way */
    return vc__steal(&pair);
}

vc__keypair *vc__keypair_public(vc_view pem, vc_error *err)
{
    return vc__keypair_of_pkey(vc__pem_public(pem, err), false, err);
}

vc__keypair *vc__keypair_private(vc_view pem, vc_error *err)
{
    return vc__keypair_of_pkey(vc__pem_private(pem, err), true, err);
}

vc__keypair *vc__keypair_ref(vc__keypair *pair)
{
    if (pair)
        atomic_fetch_add_explicit(&pair->references, 1, memory_order_relaxed);
    return pair;
}

void vc__keypair_unref(vc__keypair *pair)
{
    if (!pair || atomic_fetch_sub_explicit(&pair->references, 1, memory_order_acq_rel) != 1)
        return;
    vc__rsa_free(pair->rsa);
    EVP_PKEY_free(pair->pkey);
    vc__free(pair);
}

/* -- what it is -------------------------------------------------------------------------------------------- */

vc__keypair_kind vc__keypair_get_kind(const vc__keypair *pair)
{
    return pair->kind;
}

const char *vc__keypair_kind_name(vc__keypair_kind kind)
{
    return kind == VC__KEYPAIR_RSA ? "RSA" : kind == VC__KEYPAIR_P256 ? "EC P-256" : "Ed25519";
}

int vc__keypair_bits(const vc__keypair *pair)
{
    return pair->kind == VC__KEYPAIR_RSA ? EVP_PKEY_get_bits(pair->pkey) : 256;
}

bool vc__keypair_is_private(const vc__keypair *pair)
{
    return pair->private;
}

const char *vc__keypair_id(const vc__keypair *pair)
{
    return pair->id;
}

const unsigned char *vc__keypair_thumbprint(const vc__keypair *pair)
{
    return pair->thumbprint;
}

const vc__rsa *vc__keypair_rsa(const vc__keypair *pair)
{
    return pair->rsa;
}

vc_code vc__keypair_write(vc__buf *out, const vc__keypair *pair, vc_error *err)
{
    enum { LINE = 64 };
    unsigned char *der = NULL;
    vc__auto(vc__buf) text = VC__BUF(1 << 16);
    const int len = i2d_PUBKEY(pair->pkey, &der);
    if (len <= 0)
        return vc__libcrypto_failed(err, "write", "a public key");
    vc__base64_encode(&text, vc_view_of(der, (size_t)len));
    OPENSSL_free(der);
    if (text.failed)
        return vc__buf_check(&text, "a public key", err);
    vc__buf_str(out, "-----BEGIN PUBLIC KEY-----\n");
    for (size_t at = 0; at < text.len; at += LINE) {
        vc__buf_append(out, text.data + at, text.len - at < LINE ? text.len - at : LINE);
        vc__buf_byte(out, '\n');
    }
    vc__buf_str(out, "-----END PUBLIC KEY-----\n");
    return vc__buf_check(out, "a public key", err);
}

/* -- data keys --------------------------------------------------------------------------------------------- */

/* vaultcrypt-format(5): `info` of HPKE. */
static const char hpke_info[] = "vaultcrypt 1 key";

size_t vc__keypair_wrapped_size(const vc__keypair *pair, vc__wrapping how)
{
    if (how == VC__WRAPPING_HPKE)
        return pair->kind == VC__KEYPAIR_P256 ? VC__HPKE_ENC + DATA_KEY + VC__HPKE_TAG : 0;
    return pair->kind == VC__KEYPAIR_RSA    ? vc__rsa_size(pair->rsa)
           : pair->kind == VC__KEYPAIR_P256 ? VC__P256_POINT + DATA_KEY + 8
                                            : 0;
}

static vc_code check_wrapping(const vc__keypair *pair, vc__wrapping how, vc_error *err)
{
    if (pair->kind == VC__KEYPAIR_ED25519)
        return vc__error(err, VC_E_ARGUMENT, "an Ed25519 key signs, and nothing can be encrypted to it: that takes RSA or EC P-256");
    if (!vc__keypair_wrapped_size(pair, how))
        return vc__error(err, VC_E_ARGUMENT, "HPKE takes a key of the curve P-256, and this one is %s", vc__keypair_kind_name(pair->kind));
    return VC_OK;
}

vc_code vc__keypair_wrap(vc__buf *out, const vc__keypair *pair, vc__wrapping how, vc_view key, vc_error *err)
{
    if (key.len != DATA_KEY)
        return vc__error(err, VC_E_ARGUMENT, "a data key has 32 bytes");
    vc_code code = check_wrapping(pair, how, err);
    if (code)
        return code;
    code = how == VC__WRAPPING_HPKE        ? vc__hpke_seal(out, pair->pkey, vc_str(hpke_info), vc_str(""), key, err)
           : pair->kind == VC__KEYPAIR_RSA ? vc__oaep_seal(out, pair->rsa, "SHA256", key, err)
                                           : vc__ecdh_wrap(out, pair->pkey, key, err);
    (void)vc__libcrypto_forget();
    return code;
}

vc_code vc__keypair_unwrap(vc__buf *out, const vc__keypair *pair, vc__wrapping how, vc_view wrapped, vc_error *err)
{
    const size_t before = out->len;
    vc_code code = check_wrapping(pair, how, err);
    if (code)
        return code;
    if (!pair->private)
        return vc__error(err, VC_E_ARGUMENT, "to unwrap takes the private key");
    if (wrapped.len != vc__keypair_wrapped_size(pair, how))
        return vc__error(err, VC_E_CIPHERTEXT, "%s", refused);
    code = how == VC__WRAPPING_HPKE        ? vc__hpke_open(out, pair->pkey, vc_str(hpke_info), vc_str(""), wrapped, err)
           : pair->kind == VC__KEYPAIR_RSA ? vc__oaep_open(out, pair->rsa, "SHA256", wrapped, err)
                                           : vc__ecdh_unwrap(out, pair->pkey, wrapped, err);
    (void)vc__libcrypto_forget();
    if (code == VC_E_CIPHERTEXT || (!code && out->len - before != DATA_KEY)) {
        vc__buf_cut(out, before);
        return vc__error(err, VC_E_CIPHERTEXT, "%s", refused);
    }
    return code;
}

/* -- signatures -------------------------------------------------------------------------------------------- */

static vc_code signs_not(vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "signatures are made and checked with Ed25519 keys");
}

static const unsigned char *bytes_of(vc_view view)
{
    static const unsigned char nothing[1];
    return view.len ? (const unsigned char *)view.data : nothing;
}

vc_code vc__keypair_sign(vc__buf *out, const vc__keypair *pair, vc_view message, vc_error *err)
{
    size_t len = VC__SIGNATURE;
    if (pair->kind != VC__KEYPAIR_ED25519)
        return signs_not(err);
    if (!pair->private)
        return vc__error(err, VC_E_ARGUMENT, "to sign takes the private key");
    if (vc__buf_reserve(out, VC__SIGNATURE))
        return vc__buf_check(out, "a signature", err);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool done = ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, pair->pkey, NULL) == 1 &&
                      EVP_DigestSign(ctx, (unsigned char *)out->data + out->len, &len, bytes_of(message), message.len) == 1;
    EVP_MD_CTX_free(ctx);
    if (!done || len != VC__SIGNATURE)
        return vc__libcrypto_failed(err, "sign with", "Ed25519");
    (void)vc__libcrypto_forget();
    out->len += len;
    out->data[out->len] = 0;
    return VC_OK;
}

vc_code vc__keypair_verify(const vc__keypair *pair, vc_view message, vc_view signature, vc_error *err)
{
    if (pair->kind != VC__KEYPAIR_ED25519)
        return signs_not(err);
    EVP_MD_CTX *ctx = signature.len == VC__SIGNATURE ? EVP_MD_CTX_new() : NULL;
    const bool set = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pair->pkey, NULL) == 1;
    const bool valid = set && EVP_DigestVerify(ctx, (const unsigned char *)signature.data, signature.len, bytes_of(message),
                                               message.len) == 1;
    EVP_MD_CTX_free(ctx);
    if (signature.len == VC__SIGNATURE && !set)
        return vc__libcrypto_failed(err, "check with", "Ed25519");
    const bool memory = vc__libcrypto_forget();
    if (valid)
        return VC_OK;
    if (memory)
        return vc__error_memory(err);
    return vc__error(err, VC_E_SIGNATURE, "the signature is not this key's over this content");
}
