/* SPDX-License-Identifier: Apache-2.0 */
#include "jws.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>

enum { PART_MAX = 1 << 16 };

VC__DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
VC__DEFINE_CLEANUP(EVP_MD_CTX, EVP_MD_CTX_free)
VC__DEFINE_CLEANUP(BIO, BIO_free_all)
VC__DEFINE_CLEANUP(X509, X509_free)
VC__DEFINE_CLEANUP(ECDSA_SIG, ECDSA_SIG_free)

/* -- keys -- */

static EVP_PKEY *key_of(const char *pem)
{
    vc__autoptr(BIO) bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    if (!key && bio && BIO_reset(bio) == 1) {
        vc__autoptr(X509) certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        key = certificate ? X509_get_pubkey(certificate) : NULL;
    }
    ERR_clear_error();
    return key;
}

bool dev_jws_key_ok(const char *pem)
{
    vc__autoptr(EVP_PKEY) key = key_of(pem);
    return key;
}

/* -- base64url without padding -- */

static int digit(char byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = byte ? strchr(digits, byte) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool decode(vc_view text, vc__buf *out)
{
    unsigned bits = 0, held = 0;
    if (text.len == 0 || text.len % 4 == 1)
        return text.len == 0;
    for (size_t i = 0; i < text.len; i++) {
        const int value = digit(text.data[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (unsigned)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            vc__buf_byte(out, (char)(bits >> held & 0xff));
        }
    }
    return out->failed == VC_OK;
}

/* -- signatures -- */

typedef struct algorithm {
    const char *name;
    const char *digest; /* NULL: the key's own */
    int type;           /* of the key */
    bool pss;
    size_t half; /* of an ECDSA signature */
} algorithm;

static const algorithm algorithms[] = {
    { "RS256", "SHA256", EVP_PKEY_RSA, false, 0 }, { "RS384", "SHA384", EVP_PKEY_RSA, false, 0 },
    { "RS512", "SHA512", EVP_PKEY_RSA, false, 0 }, { "PS256", "SHA256", EVP_PKEY_RSA, true, 0 },
    { "PS384", "SHA384", EVP_PKEY_RSA, true, 0 },  { "PS512", "SHA512", EVP_PKEY_RSA, true, 0 },
    { "ES256", "SHA256", EVP_PKEY_EC, false, 32 }, { "ES384", "SHA384", EVP_PKEY_EC, false, 48 },
    { "ES512", "SHA512", EVP_PKEY_EC, false, 66 }, { "EdDSA", NULL, EVP_PKEY_ED25519, false, 0 },
};

static const algorithm *find_algorithm(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(name, algorithms[i].name) == 0)
            return &algorithms[i];
    return NULL;
}

/* r and s side by side, as DER for OpenSSL; its length, 0 when it cannot be. */
static int to_der(const algorithm *alg, vc_view signature, unsigned char **der)
{
    vc__autoptr(ECDSA_SIG) pair = ECDSA_SIG_new();
    if (!pair || signature.len != 2 * alg->half)
        return 0;
    const unsigned char *bytes = (const unsigned char *)signature.data;
    BIGNUM *r = BN_bin2bn(bytes, (int)alg->half, NULL),
           *s = BN_bin2bn(bytes + alg->half, (int)alg->half, NULL);
    if (!r || !s || !ECDSA_SIG_set0(pair, r, s)) {
        BN_free(r);
        BN_free(s);
        return 0;
    }
    const int len = i2d_ECDSA_SIG(pair, der);
    return len > 0 ? len : 0;
}

static bool verify(const algorithm *alg, EVP_PKEY *key, vc_view message, vc_view signature)
{
    vc__autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters;
    unsigned char *der = NULL;
    if (!context || EVP_PKEY_base_id(key) != alg->type ||
        EVP_DigestVerifyInit_ex(context, &parameters, alg->digest, NULL, NULL, key, NULL) != 1)
        return false;
    if (alg->pss && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
                     EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_AUTO) != 1))
        return false;
    if (alg->half) {
        const int len = to_der(alg, signature, &der);
        signature = vc_view_of((const char *)der, (size_t)len);
    }
    const bool good =
        signature.len && EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.len,
                                          (const unsigned char *)message.data, message.len) == 1;
    OPENSSL_free(der);
    return good;
}

static bool signed_by_one(const char *name, json_object *keys, vc_view message, vc_view signature)
{
    const algorithm *alg = find_algorithm(name);
    bool good = false;
    for (size_t i = 0; alg && keys && !good && i < json_object_array_length(keys); i++) {
        vc__autoptr(EVP_PKEY) key = key_of(json_object_get_string(json_object_array_get_idx(keys, i)));
        good = key && verify(alg, key, message, signature);
    }
    ERR_clear_error();
    return good;
}

/* A part as a JSON object; NULL: it is not one. */
static json_object *part_object(vc_view text)
{
    vc__auto(vc__buf) bytes = VC__BUF(PART_MAX);
    if (!decode(text, &bytes) || bytes.len == 0)
        return NULL;
    vc__buf_byte(&bytes, 0);
    json_object *object = bytes.failed ? NULL : json_tokener_parse(bytes.data);
    if (json_object_is_type(object, json_type_object))
        return object;
    json_object_put(object);
    return NULL;
}

json_object *dev_jws_open(vc_view token, json_object *keys, char *alg, const char **why)
{
    vc__auto(vc__buf) signature = VC__BUF(PART_MAX);
    const char *first = memchr(token.data, '.', token.len);
    const char *second = first ? memchr(first + 1, '.', token.len - (size_t)(first + 1 - token.data)) : NULL;
    *why = "go-jose/go-jose: compact JWS format must have three parts";
    if (!second || memchr(second + 1, '.', token.len - (size_t)(second + 1 - token.data)))
        return NULL;
    const vc_view message = vc_view_of(token.data, (size_t)(second - token.data));
    json_object *header = part_object(vc_view_of(token.data, (size_t)(first - token.data))), *name;
    *why = "illegal base64 data at input byte 0";
    if (!json_object_object_get_ex(header, "alg", &name) ||
        !decode(vc_view_of(second + 1, token.len - message.len - 1), &signature)) {
        json_object_put(header);
        return NULL;
    }
    snprintf(alg, DEV_JWS_ALG, "%s", json_object_get_string(name));
    json_object_put(header);
    *why = "no known key successfully validated the token signature";
    if (!signed_by_one(alg, keys, message, vc__buf_get(&signature)))
        return NULL;
    return part_object(vc_view_of(first + 1, (size_t)(second - first - 1)));
}

/* -- claims -- */

static json_object *member(json_object *claims, const char *name)
{
    json_object *value = NULL;
    return json_object_object_get_ex(claims, name, &value) ? value : NULL;
}

json_object *dev_jws_claim(json_object *claims, const char *path)
{
    json_object *value = NULL;
    if (path[0] == '/')
        return json_pointer_get(claims, path, &value) == 0 ? value : NULL;
    return member(claims, path);
}

static const char *text_of(json_object *claims, const char *name)
{
    json_object *value = member(claims, name);
    return value ? json_object_get_string(value) : "";
}

static long long seconds_of(json_object *claims, const char *name)
{
    json_object *value = member(claims, name);
    return value ? (long long)json_object_get_double(value) : 0;
}

static bool listed(json_object *list, const char *text)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), text) == 0)
            return true;
    return false;
}

static bool audience_fits(json_object *claims, json_object *wanted)
{
    json_object *given = member(claims, "aud");
    if (!wanted || json_object_array_length(wanted) == 0)
        return true;
    if (json_object_is_type(given, json_type_string))
        return listed(wanted, json_object_get_string(given));
    for (size_t i = 0; json_object_is_type(given, json_type_array) && i < json_object_array_length(given);
         i++)
        if (listed(wanted, json_object_get_string(json_object_array_get_idx(given, i))))
            return true;
    return false;
}

static long long leeway(long long given, long long usual)
{
    return given < 0 ? 0 : given ? given : usual;
}

static const char *check_times(json_object *claims, const dev_jws_bounds *bounds, long long now)
{
    const long long issued = seconds_of(claims, "iat"), skew = leeway(bounds->skew_leeway, 60);
    long long ends = seconds_of(claims, "exp"), begins = seconds_of(claims, "nbf");
    if (!issued && !ends && !begins)
        return "no issued at (iat), not before (nbf), or expiration time (exp) claims in token";
    if (!ends)
        ends = (issued > begins ? issued : begins) + leeway(bounds->expiration_leeway, 150);
    if (!begins)
        begins = issued ? issued : ends - leeway(bounds->not_before_leeway, 150);
    if (now + skew < begins)
        return "invalid not before (nbf) claim: token not yet valid";
    if (now - skew > ends)
        return "invalid expiration time (exp) claim: token is expired";
    return issued && now + skew < issued ? "invalid issued at (iat) claim: token issued in the future" : NULL;
}

const char *dev_jws_check(json_object *claims, const dev_jws_bounds *bounds, long long now)
{
    json_object *subject = member(claims, "sub");
    if (subject && !json_object_is_type(subject, json_type_string))
        return "json: cannot unmarshal number into Go struct field Claims.sub of type string";
    const char *times = check_times(claims, bounds, now);
    if (times && times[0] == 'n')
        return times;
    if (bounds->issuer && *bounds->issuer && strcmp(bounds->issuer, text_of(claims, "iss")) != 0)
        return "invalid issuer (iss) claim";
    if (bounds->subject && *bounds->subject && strcmp(bounds->subject, text_of(claims, "sub")) != 0)
        return "invalid subject (sub) claim";
    if (!audience_fits(claims, bounds->audiences))
        return "invalid audience (aud) claim: audience claim does not match any expected audience";
    return times;
}
