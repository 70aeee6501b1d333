/* SPDX-License-Identifier: Apache-2.0 */
#include "skr_key.h"

#include "base/alloc.h"
#include "base/base64url.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "clock.h"
#include "crypto/failure.h"
#include "out.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

enum { NUMBER_MAX = 2048, NUMBERS = 8 };

VC__DEFINE_CLEANUP(BIGNUM, BN_clear_free)
VC__DEFINE_CLEANUP(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
VC__DEFINE_CLEANUP(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
VC__DEFINE_CLEANUP(OSSL_PARAM, OSSL_PARAM_free)

void dev_skr_version_free(dev_skr_version *version)
{
    if (!version)
        return;
    EVP_PKEY_free(version->pair);
    OPENSSL_cleanse(version->oct, sizeof version->oct);
    vc_release_policy_free(version->policy);
    vc__free(version->policy_text);
    json_object_put(version->key_ops);
    vc__free(version);
}

void dev_skr_key_free(void *item)
{
    dev_skr_key *key = item;
    for (size_t i = 0; key && i < key->count; i++)
        dev_skr_version_free(key->versions[i]);
    vc__free(key);
}

static dev_skr_version *version_new(dev_skr_kind kind, vc__random *random)
{
    dev_skr_version *version = vc__calloc(1, sizeof *version);
    if (!version)
        return NULL;
    version->kind = kind;
    version->enabled = true;
    version->created = dev_wall() / 1000000000;
    dev_hex(random, version->id, 16);
    return version;
}

dev_skr_version *dev_skr_version_make(dev_skr_kind kind, int bits, vc__random *random)
{
    dev_skr_version *version = version_new(kind, random);
    if (!version)
        return NULL;
    bool made;
    if (kind == SKR_OCT) {
        version->oct_len = (size_t)bits / 8;
        made = version->oct_len <= sizeof version->oct && vc__random_bytes(random, version->oct, version->oct_len, NULL) == VC_OK;
    } else {
        version->pair = dev_pair_make(kind == SKR_RSA ? DEV_RSA : DEV_ECDSA, bits);
        made = version->pair;
    }
    if (made)
        return version;
    dev_skr_version_free(version);
    return NULL;
}

const char *dev_skr_kty(const dev_skr_version *version)
{
    static const char *const names[][2] = { [SKR_RSA] = { "RSA", "RSA-HSM" }, [SKR_EC] = { "EC", "EC-HSM" }, [SKR_OCT] = { "oct", "oct-HSM" } };
    return names[version->kind][version->hsm];
}

/* -- writing -------------------------------------------------------------------------------------------------------------- */

/* A number of the pair; `size` bytes at least, with zeros in front. */
static bool number(EVP_PKEY *pair, const char *parameter, size_t size, const char *name, vc__buf *out)
{
    BIGNUM *value = NULL;
    unsigned char bytes[NUMBER_MAX];
    if (EVP_PKEY_get_bn_param(pair, parameter, &value) != 1) {
        vc__libcrypto_forget();
        return false;
    }
    const size_t len = (size_t)BN_num_bytes(value) > size ? (size_t)BN_num_bytes(value) : size;
    const bool fits = len <= sizeof bytes && BN_bn2binpad(value, bytes, (int)len) == (int)len;
    BN_clear_free(value);
    if (fits) {
        out_key(out, name);
        vc__buf_byte(out, '"');
        vc__base64url_encode(out, vc_view_of(bytes, len));
        vc__buf_byte(out, '"');
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    return fits;
}

static const char *curve(EVP_PKEY *pair, size_t *size)
{
    const int bits = EVP_PKEY_get_bits(pair);
    *size = ((size_t)bits + 7) / 8;
    return bits == 256 ? "P-256" : bits == 384 ? "P-384" : "P-521";
}

static void operations(const dev_skr_version *version, vc__buf *out)
{
    if (version->key_ops && json_object_array_length(version->key_ops))
        out_member_json(out, "key_ops", json_object_to_json_string_ext(version->key_ops, JSON_C_TO_STRING_PLAIN));
}

static bool rsa_jwk(const dev_skr_version *version, bool whole, vc__buf *out)
{
    EVP_PKEY *pair = version->pair;
    if (whole && (!number(pair, OSSL_PKEY_PARAM_RSA_D, 0, "d", out) || !number(pair, OSSL_PKEY_PARAM_RSA_EXPONENT1, 0, "dp", out) ||
                  !number(pair, OSSL_PKEY_PARAM_RSA_EXPONENT2, 0, "dq", out)))
        return false;
    if (!number(pair, OSSL_PKEY_PARAM_RSA_E, 0, "e", out))
        return false;
    operations(version, out);
    out_member(out, "kty", "RSA");
    return number(pair, OSSL_PKEY_PARAM_RSA_N, 0, "n", out) &&
           (!whole || (number(pair, OSSL_PKEY_PARAM_RSA_FACTOR1, 0, "p", out) && number(pair, OSSL_PKEY_PARAM_RSA_FACTOR2, 0, "q", out) &&
                       number(pair, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 0, "qi", out)));
}

static bool ec_jwk(const dev_skr_version *version, bool whole, vc__buf *out)
{
    size_t size;
    EVP_PKEY *pair = version->pair;
    out_member(out, "crv", curve(pair, &size));
    if (whole && !number(pair, OSSL_PKEY_PARAM_PRIV_KEY, size, "d", out))
        return false;
    operations(version, out);
    out_member(out, "kty", "EC");
    return number(pair, OSSL_PKEY_PARAM_EC_PUB_X, size, "x", out) && number(pair, OSSL_PKEY_PARAM_EC_PUB_Y, size, "y", out);
}

static void oct_jwk(const dev_skr_version *version, bool whole, vc__buf *out)
{
    if (whole) {
        out_key(out, "k");
        vc__buf_byte(out, '"');
        vc__base64url_encode(out, vc_view_of(version->oct, version->oct_len));
        vc__buf_byte(out, '"');
    }
    operations(version, out);
    out_member(out, "kty", "oct");
}

bool dev_skr_jwk(const dev_skr_version *version, bool whole, vc__buf *out)
{
    bool well = true;
    out_open(out, '{');
    if (version->kind == SKR_RSA)
        well = rsa_jwk(version, whole, out);
    else if (version->kind == SKR_EC)
        well = ec_jwk(version, whole, out);
    else
        oct_jwk(version, whole, out);
    out_close(out, '}');
    return well && out->failed == VC_OK;
}

bool dev_skr_public(const dev_skr_version *version, vc__buf *out)
{
    size_t size;
    EVP_PKEY *pair = version->pair;
    if (version->kind == SKR_OCT)
        return true;
    if (version->kind == SKR_RSA)
        return number(pair, OSSL_PKEY_PARAM_RSA_N, 0, "n", out) && number(pair, OSSL_PKEY_PARAM_RSA_E, 0, "e", out);
    out_member(out, "crv", curve(pair, &size));
    return number(pair, OSSL_PKEY_PARAM_EC_PUB_X, size, "x", out) && number(pair, OSSL_PKEY_PARAM_EC_PUB_Y, size, "y", out);
}

/* -- reading -------------------------------------------------------------------------------------------------------------- */

/* A member that is base64url. False: it is not there, or something else. */
static bool bytes_of(json_object *jwk, const char *name, vc__buf *out)
{
    json_object *value;
    if (!json_object_object_get_ex(jwk, name, &value) || !json_object_is_type(value, json_type_string))
        return false;
    return vc__base64url_decode(out, vc_view_of(json_object_get_string(value), (size_t)json_object_get_string_len(value))) == VC_OK && out->len;
}

static BIGNUM *number_of(json_object *jwk, const char *name)
{
    vc__auto(vc__buf) bytes = VC__BUF(NUMBER_MAX);
    return bytes_of(jwk, name, &bytes) ? BN_bin2bn((const unsigned char *)bytes.data, (int)bytes.len, NULL) : NULL;
}

static EVP_PKEY *from_parameters(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *pair = NULL;
    vc__autoptr(OSSL_PARAM) parameters = OSSL_PARAM_BLD_to_param(build);
    vc__autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pair, EVP_PKEY_KEYPAIR, parameters) != 1)
        pair = NULL;
    if (pair) {
        vc__autoptr(EVP_PKEY_CTX) check = EVP_PKEY_CTX_new(pair, NULL);
        if (!check || EVP_PKEY_pairwise_check(check) != 1) {
            EVP_PKEY_free(pair);
            pair = NULL;
        }
    }
    vc__libcrypto_forget();
    return pair;
}

static EVP_PKEY *read_rsa(json_object *jwk)
{
    static const struct {
        const char *name, *parameter;
    } all[NUMBERS] = { { "n", OSSL_PKEY_PARAM_RSA_N },         { "e", OSSL_PKEY_PARAM_RSA_E },          { "d", OSSL_PKEY_PARAM_RSA_D },
                       { "p", OSSL_PKEY_PARAM_RSA_FACTOR1 },   { "q", OSSL_PKEY_PARAM_RSA_FACTOR2 },    { "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 },
                       { "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 }, { "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 } };
    BIGNUM *numbers[NUMBERS] = { NULL };
    vc__autoptr(OSSL_PARAM_BLD) build = OSSL_PARAM_BLD_new();
    bool well = build;
    for (size_t i = 0; i < NUMBERS && well; i++) {
        numbers[i] = number_of(jwk, all[i].name);
        well = numbers[i] && OSSL_PARAM_BLD_push_BN(build, all[i].parameter, numbers[i]) == 1;
    }
    EVP_PKEY *pair = well ? from_parameters("RSA", build) : NULL;
    for (size_t i = 0; i < NUMBERS; i++)
        BN_clear_free(numbers[i]);
    return pair;
}

static EVP_PKEY *read_ec(json_object *jwk)
{
    json_object *name;
    vc__auto(vc__buf) point = VC__BUF(200);
    vc__autoptr(BIGNUM) secret = number_of(jwk, "d");
    vc__autoptr(OSSL_PARAM_BLD) build = OSSL_PARAM_BLD_new();
    vc__buf_byte(&point, 4); /* uncompressed */
    if (!secret || !build || !json_object_object_get_ex(jwk, "crv", &name) || !bytes_of(jwk, "x", &point) || !bytes_of(jwk, "y", &point))
        return NULL;
    if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, json_object_get_string(name), 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.len) != 1 ||
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret) != 1)
        return NULL;
    return from_parameters("EC", build);
}

static bool read_oct(json_object *jwk, dev_skr_version *version)
{
    vc__auto(vc__buf) bytes = VC__BUF(DEV_SKR_OCT_MAX + 1);
    if (!bytes_of(jwk, "k", &bytes) || bytes.len > DEV_SKR_OCT_MAX)
        return false;
    memcpy(version->oct, bytes.data, bytes.len);
    version->oct_len = bytes.len;
    return true;
}

dev_skr_version *dev_skr_version_read(json_object *jwk, vc__random *random)
{
    json_object *kty;
    if (!json_object_is_type(jwk, json_type_object) || !json_object_object_get_ex(jwk, "kty", &kty))
        return NULL;
    const vc_view type = vc_str(json_object_get_string(kty));
    const dev_skr_kind kind = vc__view_starts(type, "RSA") ? SKR_RSA : vc__view_starts(type, "EC") ? SKR_EC : SKR_OCT;
    dev_skr_version *version = version_new(kind, random);
    if (!version)
        return NULL;
    version->pair = kind == SKR_RSA ? read_rsa(jwk) : kind == SKR_EC ? read_ec(jwk) : NULL;
    if (version->pair || (kind == SKR_OCT && vc__view_starts(type, "oct") && read_oct(jwk, version)))
        return version;
    dev_skr_version_free(version);
    return NULL;
}
