/* SPDX-License-Identifier: Apache-2.0 */
#include "asymmetric.h"

#include "base/base64.h"
#include "crypto/failure.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* Passes a result on, and empties libcrypto's queue where it is a bad one. */
static bool done(bool well)
{
    if (!well)
        vc__libcrypto_forget();
    return well;
}

static EVP_PKEY *checked(EVP_PKEY *pair)
{
    done(pair != NULL);
    return pair;
}

static const char *curve_name(int bits)
{
    return bits == 256 ? "P-256" : bits == 384 ? "P-384" : "P-521";
}

EVP_PKEY *dev_pair_make(dev_pair_kind kind, int bits)
{
    switch (kind) {
    case DEV_RSA: return checked(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits));
    case DEV_ECDSA: return checked(EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve_name(bits)));
    case DEV_ED25519: break;
    }
    return checked(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

EVP_PKEY *dev_pair_ed25519(const unsigned char *seed)
{
    return checked(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32));
}

bool dev_pair_ed25519_write(EVP_PKEY *pair, unsigned char *out)
{
    size_t first = 32, second = 32;
    return done(EVP_PKEY_get_raw_private_key(pair, out, &first) == 1 &&
                EVP_PKEY_get_raw_public_key(pair, out + 32, &second) == 1);
}

EVP_PKEY *dev_pair_read_private(vc_view der)
{
    const unsigned char *at = (const unsigned char *)der.data;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    EVP_PKEY *pair = info ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return checked(pair);
}

EVP_PKEY *dev_pair_read_public(vc_view pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    EVP_PKEY *pair = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return checked(pair);
}

bool dev_pair_is(EVP_PKEY *pair, dev_pair_kind kind, int bits)
{
    static const char *const names[] = { [DEV_RSA] = "RSA", [DEV_ECDSA] = "EC", [DEV_ED25519] = "ED25519" };
    return EVP_PKEY_is_a(pair, names[kind]) && (kind == DEV_ED25519 || EVP_PKEY_get_bits(pair) == bits);
}

/* Appends what an i2d function wrote. */
static bool take_der(unsigned char *der, int len, vc__buf *out)
{
    if (len > 0)
        vc__buf_append(out, (const char *)der, (size_t)len);
    if (der)
        OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
    return done(len > 0);
}

bool dev_pair_der(EVP_PKEY *pair, dev_pair_form form, vc__buf *out)
{
    unsigned char *der = NULL, raw[32];
    size_t len = sizeof raw;
    if (form == DEV_PAIR_RAW) {
        if (EVP_PKEY_get_raw_public_key(pair, raw, &len) != 1)
            return done(false);
        vc__buf_append(out, (const char *)raw, len);
        return true;
    }
    if (form == DEV_PAIR_PUBLIC) {
        const int size = i2d_PUBKEY(pair, &der);
        return take_der(der, size, out);
    }
    if (form == DEV_PAIR_TRADITIONAL) {
        const int size = i2d_PrivateKey(pair, &der);
        return take_der(der, size, out);
    }
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pair);
    const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
    PKCS8_PRIV_KEY_INFO_free(info);
    return take_der(der, size, out);
}

bool dev_pair_pem(EVP_PKEY *pair, dev_pair_form form, vc__buf *out)
{
    enum { LINE = 64 };
    const char *name = form == DEV_PAIR_PUBLIC      ? "PUBLIC KEY"
                       : form == DEV_PAIR_PRIVATE   ? "PRIVATE KEY"
                       : EVP_PKEY_is_a(pair, "RSA") ? "RSA PRIVATE KEY"
                                                    : "EC PRIVATE KEY";
    vc__auto(vc__buf) der = VC__BUF(1 << 16), text = VC__BUF(1 << 17);
    if (!dev_pair_der(pair, form, &der))
        return false;
    vc__base64_encode(&text, vc__buf_get(&der));
    vc__buf_printf(out, "-----BEGIN %s-----\n", name);
    for (size_t at = 0; at < text.len; at += LINE) {
        vc__buf_append(out, text.data + at, text.len - at < LINE ? text.len - at : LINE);
        vc__buf_byte(out, '\n');
    }
    vc__buf_printf(out, "-----END %s-----\n", name);
    return true;
}

/* -- RSA encryption -- */

static bool set_padding(EVP_PKEY_CTX *context, const EVP_MD *oaep)
{
    if (!oaep)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, oaep) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, oaep) == 1;
}

typedef int crypt_call(EVP_PKEY_CTX *context, unsigned char *out, size_t *len, const unsigned char *in,
                       size_t in_len);

static bool crypt(EVP_PKEY_CTX *context, const EVP_MD *oaep, crypt_call *call, vc_view in, vc__buf *out)
{
    const unsigned char *bytes = (const unsigned char *)(in.data ? in.data : "");
    size_t len = 0;
    if (!set_padding(context, oaep) || call(context, NULL, &len, bytes, in.len) != 1 ||
        vc__buf_reserve(out, len) != VC_OK ||
        call(context, (unsigned char *)out->data + out->len, &len, bytes, in.len) != 1)
        return false;
    out->len += len;
    return true;
}

bool dev_pair_encrypt(EVP_PKEY *pair, const EVP_MD *oaep, vc_view plaintext, vc__buf *out)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pair, NULL);
    const bool well = context && EVP_PKEY_encrypt_init(context) == 1 &&
                      crypt(context, oaep, EVP_PKEY_encrypt, plaintext, out);
    EVP_PKEY_CTX_free(context);
    return done(well);
}

bool dev_pair_decrypt(EVP_PKEY *pair, const EVP_MD *oaep, vc_view ciphertext, vc__buf *out)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pair, NULL);
    const bool well = context && EVP_PKEY_decrypt_init(context) == 1 &&
                      crypt(context, oaep, EVP_PKEY_decrypt, ciphertext, out);
    EVP_PKEY_CTX_free(context);
    return done(well);
}

size_t dev_pair_room(EVP_PKEY *pair, const EVP_MD *oaep)
{
    const size_t size = (size_t)EVP_PKEY_get_size(pair),
                 over = oaep ? 2 * (size_t)EVP_MD_get_size(oaep) + 2 : 11;
    return size > over ? size - over : 0;
}

/* -- signatures -- */

int dev_pair_salt_max(EVP_PKEY *pair, const EVP_MD *digest)
{
    return (EVP_PKEY_get_bits(pair) - 1 + 7) / 8 - 2 - EVP_MD_get_size(digest);
}

/* Padding and digest of RSA; nothing of ECDSA, which takes any bytes. */
static bool set_signing(EVP_PKEY_CTX *context, EVP_PKEY *pair, const dev_signing *how)
{
    const int salt = how->salt == DEV_SALT_AUTO   ? RSA_PSS_SALTLEN_AUTO
                     : how->salt == DEV_SALT_HASH ? RSA_PSS_SALTLEN_DIGEST
                                                  : how->salt;
    if (!EVP_PKEY_is_a(pair, "RSA"))
        return true;
    if (EVP_PKEY_CTX_set_rsa_padding(context, how->pkcs1 ? RSA_PKCS1_PADDING : RSA_PKCS1_PSS_PADDING) != 1)
        return false;
    if (how->digest && EVP_PKEY_CTX_set_signature_md(context, how->digest) != 1)
        return false;
    return how->pkcs1 || (EVP_PKEY_CTX_set_rsa_mgf1_md(context, how->digest) == 1 &&
                          EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) == 1);
}

/* The two numbers of a signature, each as long as the curve. */
static bool to_jws(EVP_PKEY *pair, vc__buf *der, vc__buf *out)
{
    const int size = (EVP_PKEY_get_bits(pair) + 7) / 8;
    const unsigned char *at = (const unsigned char *)der->data;
    ECDSA_SIG *pairs = d2i_ECDSA_SIG(NULL, &at, (long)der->len);
    const size_t len = 2 * (size_t)size;
    const bool well = pairs && vc__buf_reserve(out, len) == VC_OK &&
                      BN_bn2binpad(ECDSA_SIG_get0_r(pairs), (unsigned char *)out->data, size) == size &&
                      BN_bn2binpad(ECDSA_SIG_get0_s(pairs), (unsigned char *)out->data + size, size) == size;
    out->len = well ? len : 0;
    ECDSA_SIG_free(pairs);
    return well;
}

static bool sign_ed25519(EVP_PKEY *pair, vc_view input, vc__buf *out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = 64;
    const bool well = context && vc__buf_reserve(out, len) == VC_OK &&
                      EVP_DigestSignInit(context, NULL, NULL, NULL, pair) == 1 &&
                      EVP_DigestSign(context, (unsigned char *)out->data, &len,
                                     (const unsigned char *)(input.data ? input.data : ""), input.len) == 1;
    out->len = well ? len : 0;
    EVP_MD_CTX_free(context);
    return well;
}

static bool sign_input(EVP_PKEY *pair, const dev_signing *how, vc_view input, vc__buf *out)
{
    vc__auto(vc__buf) der = VC__BUF(4096);
    const unsigned char *bytes = (const unsigned char *)(input.data ? input.data : "");
    size_t len = (size_t)EVP_PKEY_get_size(pair);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pair, NULL);
    const bool well = context && vc__buf_reserve(&der, len) == VC_OK && EVP_PKEY_sign_init(context) == 1 &&
                      set_signing(context, pair, how) &&
                      EVP_PKEY_sign(context, (unsigned char *)der.data, &len, bytes, input.len) == 1;
    EVP_PKEY_CTX_free(context);
    if (!well)
        return false;
    der.len = len;
    if (how->jws && !EVP_PKEY_is_a(pair, "RSA"))
        return to_jws(pair, &der, out);
    vc__buf_view(out, vc__buf_get(&der));
    return true;
}

bool dev_pair_sign(EVP_PKEY *pair, const dev_signing *how, vc_view input, vc__buf *out, const char **why)
{
    vc__buf_clear(out);
    *why = "signature could not be computed";
    if (EVP_PKEY_is_a(pair, "ED25519"))
        return done(sign_ed25519(pair, input, out));
    if (EVP_PKEY_is_a(pair, "EC") && input.len == 0)
        *why = "ecdsa: hash cannot be empty";
    else if (EVP_PKEY_is_a(pair, "RSA") && how->digest && input.len != (size_t)EVP_MD_get_size(how->digest))
        *why = how->pkcs1 ? "crypto/rsa: input must be hashed message"
                          : "crypto/rsa: input must be hashed with given hash";
    else if (EVP_PKEY_is_a(pair, "RSA") && !how->digest && input.len > dev_pair_room(pair, NULL))
        *why = "crypto/rsa: message too long for RSA key size";
    else
        return done(sign_input(pair, how, input, out));
    return false;
}

/* What libcrypto takes for an ECDSA signature. False: *why. */
static bool from_text(const dev_signing *how, vc_view signature, vc__buf *der, const char **why)
{
    const unsigned char *bytes = (const unsigned char *)signature.data, *at = bytes;
    const size_t half = signature.len / 2;
    ECDSA_SIG *pairs;
    if (how->jws) {
        pairs = ECDSA_SIG_new();
        BIGNUM *r = BN_bin2bn(bytes, (int)half, NULL);
        BIGNUM *s = BN_bin2bn(bytes + half, (int)(signature.len - half), NULL);
        ECDSA_SIG_set0(pairs, r, s);
    } else if (!(pairs = d2i_ECDSA_SIG(NULL, &at, (long)signature.len))) {
        *why = "supplied signature is invalid";
        return false;
    } else if (at != bytes + signature.len) {
        ECDSA_SIG_free(pairs);
        *why = "supplied signature contains extra data";
        return false;
    }
    unsigned char *out = NULL;
    const int len = i2d_ECDSA_SIG(pairs, &out);
    ECDSA_SIG_free(pairs);
    return take_der(out, len, der);
}

static bool verify_input(EVP_PKEY *pair, const dev_signing *how, vc_view input, vc_view signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pair, NULL);
    const bool well = context && EVP_PKEY_verify_init(context) == 1 && set_signing(context, pair, how) &&
                      EVP_PKEY_verify(context, (const unsigned char *)signature.data, signature.len,
                                      (const unsigned char *)(input.data ? input.data : ""), input.len) == 1;
    EVP_PKEY_CTX_free(context);
    return well;
}

static bool verify_ed25519(EVP_PKEY *pair, vc_view input, vc_view signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool well = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pair) == 1 &&
                      EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.len,
                                       (const unsigned char *)(input.data ? input.data : ""), input.len) == 1;
    EVP_MD_CTX_free(context);
    return well;
}

bool dev_pair_verify(EVP_PKEY *pair, const dev_signing *how, vc_view input, vc_view signature, bool *valid,
                     const char **why)
{
    vc__auto(vc__buf) der = VC__BUF(4096);
    *why = "signature could not be verified";
    if (EVP_PKEY_is_a(pair, "ED25519")) {
        *valid = done(verify_ed25519(pair, input, signature));
        return true;
    }
    if (EVP_PKEY_is_a(pair, "EC")) {
        if (!from_text(how, signature, &der, why))
            return done(false);
        signature = vc__buf_get(&der);
    }
    *valid = done(verify_input(pair, how, input, signature));
    return true;
}

/* -- AES key wrap with padding -- */

bool dev_unwrap(vc_view key, vc_view wrapped, vc__buf *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;
    if (context)
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    vc__buf_clear(out);
    const bool well = context && key.len == 32 && wrapped.len >= 16 && wrapped.len % 8 == 0 &&
                      vc__buf_reserve(out, wrapped.len + 16) == VC_OK &&
                      EVP_DecryptInit_ex(context, EVP_aes_256_wrap_pad(), NULL,
                                         (const unsigned char *)key.data, NULL) == 1 &&
                      EVP_DecryptUpdate(context, (unsigned char *)out->data, &len,
                                        (const unsigned char *)wrapped.data, (int)wrapped.len) == 1;
    out->len = well ? (size_t)len : 0;
    EVP_CIPHER_CTX_free(context);
    return done(well);
}
