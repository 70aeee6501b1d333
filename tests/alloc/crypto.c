/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of lib/crypto: templates (PCRE2), FPE, AEAD, hashes, random bytes (libcrypto). */
#include "alloc/sweep.h"
#include "base/error.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/template.h"

static const char key_bytes[32] = "an example of a key, 32 bytes it";

static vc_code run_template(vc_error *err)
{
    vc__autoptr(vc__alphabet) alphabet = vc__alphabet_builtin(vc_str("builtin/numeric"), err);
    if (!alphabet)
        return err->code;
    vc__autoptr(vc__template) template =
        vc__template_new(vc_str("(\\d{4})[- ](\\d{4})[- ](\\d{4})[- ](\\d{4})"), alphabet, vc_str("$1-$2-$3-$4"), err);
    if (!template || vc__template_add_decode_format(template, vc_str("last"), vc_str("$4"), err))
        return err->code;
    vc__autoptr(vc__fpe_key) key = vc__fpe_key_new(VC__FPE_FF1, vc_view_of(key_bytes, sizeof key_bytes), 10, err);
    if (!key)
        return err->code;
    vc__auto(vc__buf) encoded = VC__BUF(1 << 16);
    vc__auto(vc__buf) decoded = VC__BUF(1 << 16);
    const vc_view none = { NULL, 0 };
    vc_code code = vc__template_encode(template, key, vc_str("tweak"), vc_str("1111-2222-3333-4444"), &encoded, err);
    if (!code)
        code = vc__template_decode(template, key, vc_str("tweak"), vc__buf_get(&encoded), none, &decoded, err);
    if (!code && strcmp(decoded.data, "1111-2222-3333-4444") != 0)
        code = (vc_code)WRONG_RESULT;
    return code;
}

static vc_code run_long_fpe(vc_error *err)
{
    vc__autoptr(vc__fpe_key) key = vc__fpe_key_new(VC__FPE_FF1, vc_view_of(key_bytes, 16), 36, err);
    if (!key)
        return err->code;
    uint16_t numerals[200], back[200];
    for (size_t i = 0; i < 200; i++)
        numerals[i] = (uint16_t)(i % 36);
    vc_code code = vc__fpe_encrypt(key, vc_str(""), numerals, 200, back, err);
    if (!code)
        code = vc__fpe_decrypt(key, vc_str(""), back, 200, back, err);
    if (!code && memcmp(back, numerals, sizeof back) != 0)
        code = (vc_code)WRONG_RESULT;
    return code;
}

static vc_code run_aead(vc_error *err)
{
    vc__autoptr(vc__aead) aead = vc__aead_new(VC__AES256_GCM, vc_view_of(key_bytes, 32), err);
    if (!aead)
        return err->code;
    char sealed[5 + VC__AEAD_TAG], opened[5];
    const vc_view iv = vc_view_of("twelve bytes", 12);
    vc_code code = vc__aead_seal(aead, iv, vc_str("aad"), vc_str("plain"), sealed, err);
    if (!code)
        code = vc__aead_open(aead, iv, vc_str("aad"), vc_view_of(sealed, sizeof sealed), opened, err);
    if (!code && memcmp(opened, "plain", 5) != 0)
        code = (vc_code)WRONG_RESULT;
    return code;
}

static vc_code run_hashes(vc_error *err)
{
    unsigned char digest[VC__HASH_MAX], derived[42];
    vc__autoptr(vc__hmac) hmac = vc__hmac_new(VC__SHA2_256, vc_view_of(key_bytes, 32), err);
    if (!hmac || vc__hmac_of(hmac, vc_str("text"), digest, err))
        return err->code;
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, err);
    if (!hkdf)
        return err->code;
    const vc_code code = vc__hkdf_derive(hkdf, vc_view_of(key_bytes, 32), vc_str("salt"), vc_str("info"), derived, sizeof derived, err);
    return code ? code : vc__hmac_verify(hmac, vc_str("text"), vc_view_of(digest, 32), err);
}

static vc_code run_random(vc_error *err)
{
    char bytes[12];
    vc__autoptr(vc__random) random = vc__random_new(err);
    return random ? vc__random_bytes(random, bytes, sizeof bytes, err) : err->code;
}

#define UNSAID { VC_E_INTERNAL }, 1, "libcrypto cannot always say that it was memory; its table of algorithm names may grow", true, 0

const scenario scenarios_crypto[] = {
    { "fpe template", NULL, run_template, UNSAID },
    { "long fpe", NULL, run_long_fpe, UNSAID },
    { "aead", NULL, run_aead, UNSAID },
    { "hashes", NULL, run_hashes, UNSAID },
    { "random", NULL, run_random, UNSAID },
    { NULL, NULL, NULL, { VC_OK }, 0, NULL, false, 0 },
};
