/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of lib/crypto: templates (PCRE2), FPE, AEAD, SIV, hashes, random bytes (libcrypto); and of a sealed file, which takes most of these. */
#include "alloc/sweep.h"
#include "base/error.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/oaep.h"
#include "crypto/random.h"
#include "crypto/siv.h"
#include "crypto/template.h"
#include "keys/jwk.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <vaultcrypt/keysource.h>
#include <vaultcrypt/seal.h>
#include <vaultcrypt/transit_key.h>

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

static vc_code run_siv(vc_error *err)
{
    static const char key[64] = "two halves of a key for AES-SIV, 64 bytes in all, are needed her";
    vc__autoptr(vc__siv) siv = vc__siv_new(vc_view_of(key, sizeof key), err);
    if (!siv)
        return err->code;
    char sealed[5 + VC__SIV_TAG], opened[5];
    const vc_view aad = vc_str("aad");
    vc_code code = vc__siv_seal(siv, &aad, 1, vc_str("plain"), sealed, err);
    if (!code)
        code = vc__siv_open(siv, &aad, 1, vc_view_of(sealed, sizeof sealed), opened, err);
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

/* A key wrapped for Vault; the pair is one that was thrown away. */
static vc_code run_wrap(vc_error *err)
{
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwZnwL77dsMi25gEKqN6G\n"
                              "9Q78woVWRMWrAWTNFhJQCcsNvEFv2nOU9v0Y05KJdx4l1Lme0Rf5TIfmmtb0b5pV\n"
                              "q8fYDRNDg1Eh74iT0FJb+5anz84jmd4/qGgyqEbpRBxG82NPCpIv9g/e+07hqsoG\n"
                              "LtJEOWsYgru0ZYzyb2aAg1/SYj3jebgDJOKrJx85TB3kV5cowk6fbdvCuDdqk6WT\n"
                              "rhfhso5Ju4prH/4m3sRvfJvZ6gOUNL+S9lYGy+PA5q3iTrstsCYP5340InuqTVF/\n"
                              "88tNjPN8TZt0hC25pvGLz9DxB5fR/ynIk1co1O1w20ifU9Du6rkMJcbl2yZfVYel\n"
                              "vQIDAQAB\n"
                              "-----END PUBLIC KEY-----\n";
    vc_bytes wrapped = VC_BYTES_INIT;
    const vc_code code = vc_transit_wrap_key(vc_str(pem), vc_view_of(key_bytes, 32), NULL, &wrapped, err);
    vc_bytes_free(&wrapped);
    return code;
}

static char private_pem[4000], public_pem[4000];

static bool write_pem(EVP_PKEY *pair, bool private, char pem[4000])
{
    BIO *bio = BIO_new(BIO_s_mem());
    const int written = private ? PEM_write_bio_PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(bio, pair);
    const int len = written == 1 ? BIO_read(bio, pem, 3999) : 0;
    BIO_free(bio);
    return len > 0;
}

static bool make_pair(void)
{
    EVP_PKEY *pair = EVP_RSA_gen(2048);
    const bool made = pair && write_pem(pair, true, private_pem) && write_pem(pair, false, public_pem);
    EVP_PKEY_free(pair);
    return made;
}

static vc_code run_oaep(vc_error *err)
{
    vc__auto(vc__buf) sealed = VC__BUF(1000);
    vc__auto(vc__buf) opened = VC__BUF(1000);
    vc__autoptr(vc__rsa) public = vc__rsa_public(vc_str(public_pem), err);
    vc__autoptr(vc__rsa) private = public ? vc__rsa_private(vc_str(private_pem), err) : NULL;
    vc_code code = private ? vc__oaep_seal(&sealed, public, "SHA256", vc_str("message"), err) : err->code;
    if (!code)
        code = vc__oaep_open(&opened, private, "SHA256", vc__buf_get(&sealed), err);
    if (!code && strcmp(opened.data, "message") != 0)
        code = (vc_code)WRONG_RESULT;
    return code;
}

/* A sealed file under a static key, there and back. */
static vc_code run_sealed(vc_error *err)
{
    vc_view plaintext = vc_str("plain"), segment, opened;
    vc_unseal_event event;
    vc__auto(vc__buf) sealed = VC__BUF(1 << 16);
    vc_keyring *ring = vc_keyring_new(err);
    vc_sealer *sealer = ring ? vc_sealer_new("key", err) : NULL;
    vc_unsealer *unsealer = sealer ? vc_unsealer_new(err) : NULL;
    vc_code code = unsealer ? vc_keyring_add_static(ring, "key", vc_view_of(key_bytes, sizeof key_bytes), err) : err->code;
    if (!code)
        code = vc_sealer_set_static_key(sealer, 1, err);
    if (!code)
        code = vc_sealer_start(sealer, NULL, ring, err);
    while (!code && plaintext.len) {
        code = vc_sealer_push(sealer, &plaintext, &segment, err);
        vc__buf_view(&sealed, segment);
    }
    while (!code && !(code = vc_sealer_finish(sealer, &segment, err)) && segment.len)
        vc__buf_view(&sealed, segment);
    if (!code)
        code = vc__buf_check(&sealed, "a sealed file", err);
    if (!code)
        code = vc_unsealer_allow_static_key(unsealer, "key", err);
    if (!code)
        code = vc_unsealer_start(unsealer, NULL, ring, err);
    vc_view rest = vc__buf_get(&sealed);
    while (!code && !(code = vc_unsealer_pull(unsealer, &rest, &event, &opened, err)) && event != VC_UNSEAL_END)
        if (event == VC_UNSEAL_MORE || (event == VC_UNSEAL_DATA && (opened.len != 5 || memcmp(opened.data, "plain", 5) != 0)))
            code = (vc_code)WRONG_RESULT;
    if (!code)
        code = vc_unsealer_finish(unsealer, err);
    vc_unsealer_free(unsealer);
    vc_sealer_free(sealer);
    vc_keyring_unref(ring);
    return code;
}

/* A pair read of PEM and of a JWK without its primes, put into a keyring, and a data key wrapped to it and back; and one of P-256. */
static vc_code run_pair(vc_error *err)
{
    static const char jwk[] = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","
                              "\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\",\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\"}";
    vc__auto(vc__buf) wrapped = VC__BUF(4000);
    vc__auto(vc__buf) key = VC__BUF(4000);
    vc__autoptr(vc__keypair) rsa = vc__key_read(vc_str(private_pem), VC__JWK_PRIVATE, err);
    vc__autoptr(vc__keypair) ec = rsa ? vc__key_read(vc_str(jwk), VC__JWK_PRIVATE, err) : NULL;
    vc_code code = ec ? vc__keypair_wrap(&wrapped, ec, VC__WRAPPING_OWN, vc_view_of(key_bytes, 32), err) : err->code;
    if (!code)
        code = vc__keypair_unwrap(&key, ec, VC__WRAPPING_OWN, vc__buf_get(&wrapped), err);
    if (!code && memcmp(key.data, key_bytes, 32) != 0)
        return (vc_code)WRONG_RESULT;
    vc__buf_clear(&wrapped);
    vc__buf_clear(&key);
    if (!code && !vc__hpke_check(NULL)) {
        code = vc__keypair_wrap(&wrapped, ec, VC__WRAPPING_HPKE, vc_view_of(key_bytes, 32), err);
        code = code ? code : vc__keypair_unwrap(&key, ec, VC__WRAPPING_HPKE, vc__buf_get(&wrapped), err);
        if (!code && memcmp(key.data, key_bytes, 32) != 0)
            return (vc_code)WRONG_RESULT;
        vc__buf_clear(&wrapped);
        vc__buf_clear(&key);
    }
    if (!code)
        code = vc__keypair_wrap(&wrapped, rsa, VC__WRAPPING_OWN, vc_view_of(key_bytes, 32), err);
    if (!code)
        code = vc__keypair_unwrap(&key, rsa, VC__WRAPPING_OWN, vc__buf_get(&wrapped), err);
    return !code && memcmp(key.data, key_bytes, 32) != 0 ? (vc_code)WRONG_RESULT : code;
}

static vc_code run_signature(vc_error *err)
{
    static const char jwk[] = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
                              "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}";
    vc__auto(vc__buf) signature = VC__BUF(100);
    vc__autoptr(vc__keypair) pair = vc__key_read(vc_str(jwk), VC__JWK_PRIVATE, err);
    vc_code code = pair ? vc__keypair_sign(&signature, pair, vc_str("message"), err) : err->code;
    if (!code)
        code = vc__keypair_verify(pair, vc_str("message"), vc__buf_get(&signature), err);
    return code;
}

/* libcrypto 3.0 crashes where its generator's locks cannot be made: it is there before. */
static bool wake_generator(void)
{
    unsigned char byte;
    return RAND_bytes(&byte, 1) == 1;
}

/* A key source of a schema with a text and with a file that is not there. */
static vc_code run_keysource(vc_error *err)
{
    static const char yaml[] = "version: 1\nkeys: [{name: k, public: {file: /nonexistent/k.pem}, private: {file: /nonexistent/k.key}}]\n"
                               "records: [{name: r, fields: []}]\n";
    vc_schema *schema = vc_schema_parse(vc_str(yaml), NULL, err);
    vc_keyring *ring = schema ? vc_keyring_new(err) : NULL;
    vc_keysource *source = ring ? vc_keysource_new(NULL, schema, ring, err) : NULL;
    vc_code code = source ? vc_keysource_set_direction(source, VC_REWRAP, err) : err->code;
    code = code ? code : vc_keysource_load(source, err);
    if (!code && vc_keysource_check(source, NULL, NULL) != VC_E_CONFIG)
        code = (vc_code)WRONG_RESULT;
    vc_keysource_free(source);
    vc_keyring_unref(ring);
    vc_schema_unref(schema);
    return code;
}

#define UNSAID { VC_E_INTERNAL }, 1, "libcrypto cannot always say that it was memory; its table of algorithm names may grow", true, 0

const scenario scenarios_crypto[] = {
    { "fpe template", NULL, run_template, UNSAID },
    { "long fpe", NULL, run_long_fpe, UNSAID },
    { "aead", NULL, run_aead, UNSAID },
    { "siv", NULL, run_siv, UNSAID },
    { "hashes", NULL, run_hashes, UNSAID },
    { "sealed file", NULL, run_sealed, UNSAID },
    { "random", NULL, run_random, UNSAID },
    { "wrap", NULL, run_wrap, { VC_E_INTERNAL, VC_E_ARGUMENT }, 2,
      "libcrypto does not always say that it was memory, also when it reads a key", true, 150 },
    { "oaep", make_pair, run_oaep, { VC_E_INTERNAL, VC_E_ARGUMENT, VC_E_CIPHERTEXT }, 2,
      "libcrypto does not always say that it was memory, also when it reads a key, or opens", true, 150 },
    { "key pairs", make_pair, run_pair, { VC_E_INTERNAL, VC_E_ARGUMENT, VC_E_CIPHERTEXT }, 2,
      "libcrypto does not always say that it was memory, also when it reads a key, or opens", true, 150 },
    { "signatures", wake_generator, run_signature, { VC_E_INTERNAL, VC_E_ARGUMENT, VC_E_SIGNATURE }, 2,
      "libcrypto does not always say that it was memory, also when it reads a key, or verifies", true, 150 },
    { "key source", wake_generator, run_keysource, UNSAID },
    { NULL, NULL, NULL, { VC_OK }, 0, NULL, false, 0 },
};
