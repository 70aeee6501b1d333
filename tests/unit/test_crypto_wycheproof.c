/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C2SP Wycheproof's vectors (testvectors_v1), read from $VAULTCRYPT_VECTORS/wycheproof. Where they are not,
 * these tests are skipped, and say so. What is "invalid" must be refused; how the files' notes were read is
 * said at each kind.
 */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/alphabet.h"
#include "crypto/ecdh.h"
#include "crypto/fpe.h"
#include "crypto/hash.h"
#include "crypto/keypair.h"
#include "crypto/oaep.h"
#include "crypto/siv.h"
#include "crypto/wrap.h"

#include <json-c/json.h>
#include <openssl/x509.h>
#include <unistd.h>

enum { ROOM = 70000 };

struct counts {
    size_t valid, invalid, other;
};

typedef void run_one(struct json_object *group, struct json_object *test, struct counts *counts);

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value))
        fail_msg("no member %s", name);
    return value;
}

static vc_view text_of(struct json_object *object, const char *name)
{
    struct json_object *value = member(object, name);
    return vc_view_of(json_object_get_string(value), (size_t)json_object_get_string_len(value));
}

static vc_view bytes_of(struct json_object *test, const char *name, char *room)
{
    const vc_view hex = text_of(test, name);
    assert_true(hex.len / 2 <= ROOM && vc__hex_decode((unsigned char *)room, hex));
    return vc_view_of(room, hex.len / 2);
}

static bool is_valid(struct json_object *test)
{
    const vc_view result = text_of(test, "result");
    assert_true(vc__view_is(result, "valid") ||
                vc__view_is(result, "invalid")); /* these files have no "acceptable" */
    return vc__view_is(result, "valid");
}

static bool flagged(struct json_object *test, const char *flag)
{
    struct json_object *flags = member(test, "flags");
    for (size_t i = 0; i < json_object_array_length(flags); i++)
        if (vc__view_is(vc_str(json_object_get_string(json_object_array_get_idx(flags, i))), flag))
            return true;
    return false;
}

static void run_file(const char *name, run_one *run)
{
    const char *folder = getenv("VAULTCRYPT_VECTORS");
    char path[4096];
    snprintf(path, sizeof path, "%s/wycheproof/%s", folder ? folder : "", name);
    if (!folder || access(path, R_OK) != 0) {
        print_message("# %s is not there: skipped\n", name);
        skip();
    }
    struct json_object *root = json_object_from_file(path);
    assert_non_null(root);
    struct counts counts = { 0 };
    struct json_object *groups = member(root, "testGroups");
    for (size_t i = 0; i < json_object_array_length(groups); i++) {
        struct json_object *group = json_object_array_get_idx(groups, i);
        struct json_object *tests = member(group, "tests");
        for (size_t k = 0; k < json_object_array_length(tests); k++)
            run(group, json_object_array_get_idx(tests, k), &counts);
    }
    const size_t expected = (size_t)json_object_get_int64(member(root, "numberOfTests"));
    print_message("# %s: %zu valid, %zu invalid, %zu outside our limits\n", name, counts.valid,
                  counts.invalid, counts.other);
    json_object_put(root);
    assert_true(expected > 0);
    assert_int_equal(counts.valid + counts.invalid + counts.other, expected);
    assert_true(counts.valid > 0 && counts.invalid > 0);
}

/* -- FF1 -- */

static char room[4][ROOM];

/*
 * Numerals by an alphabet of characters, or as a list of numbers. False: one of them is none of the
 * alphabet's.
 */
static bool numerals_of(struct json_object *value, const vc__alphabet *alphabet, uint16_t *out, size_t *n)
{
    bool good = true;
    if (!alphabet) {
        *n = json_object_array_length(value);
        for (size_t i = 0; i < *n; i++)
            out[i] = (uint16_t)json_object_get_int(
                json_object_array_get_idx(value, i)); /* -1 becomes 65535 */
        return true;
    }
    const vc_view text = vc_view_of(json_object_get_string(value), (size_t)json_object_get_string_len(value));
    *n = 0;
    for (size_t at = 0; at < text.len; ++*n) {
        const int32_t index = vc__alphabet_index(alphabet, vc__utf8_next(text, &at));
        good = good && index >= 0;
        out[*n] = (uint16_t)index;
    }
    return good;
}

/* SmallMessageSize is valid in the standard of 2016 and no longer in its revision: we refuse it. */
static void run_ff1(struct json_object *group, struct json_object *test, struct counts *counts)
{
    const uint32_t radix = (uint32_t)json_object_get_int(member(group, "radix"));
    const vc_view key_bytes = bytes_of(test, "key", room[0]), tweak = bytes_of(test, "tweak", room[1]);
    struct json_object *characters = NULL;
    json_object_object_get_ex(group, "alphabet", &characters);
    vc__autoptr(vc__alphabet) alphabet =
        characters ? vc__alphabet_new(vc_str(json_object_get_string(characters)), NULL) : NULL;
    assert_true(!alphabet || vc__alphabet_size(alphabet) == radix);
    const bool valid = is_valid(test), small = flagged(test, "SmallMessageSize");
    vc__autoptr(vc__fpe_key) key = vc__fpe_key_new(VC__FPE_FF1, key_bytes, radix, NULL);
    assert_true((key != NULL) == !flagged(test, "InvalidKeySize"));
    uint16_t plain[1000], cipher[1000], out[1000];
    size_t n, cipher_n;
    const bool known = numerals_of(member(test, "msg"), alphabet, plain, &n);
    numerals_of(member(test, "ct"), alphabet, cipher, &cipher_n);
    if (!valid || small) {
        assert_true(!key || !known || vc__fpe_encrypt(key, tweak, plain, n, out, NULL) != VC_OK);
        *(valid ? &counts->other : &counts->invalid) += 1;
        return;
    }
    assert_int_equal(vc__fpe_encrypt(key, tweak, plain, n, out, NULL), VC_OK);
    assert_int_equal(n, cipher_n);
    assert_memory_equal(out, cipher, n * sizeof *out);
    assert_int_equal(vc__fpe_decrypt(key, tweak, cipher, n, out, NULL), VC_OK);
    assert_memory_equal(out, plain, n * sizeof *out);
    counts->valid++;
}

static void ff1_base10(void **state)
{
    (void)state;
    run_file("aes_ff1_base10_test.json", run_ff1);
}

static void ff1_base36(void **state)
{
    (void)state;
    run_file("aes_ff1_base36_test.json", run_ff1);
}

static void ff1_base62(void **state)
{
    (void)state;
    run_file("aes_ff1_base62_test.json", run_ff1);
}

static void ff1_radix10(void **state)
{
    (void)state;
    run_file("aes_ff1_radix10_test.json", run_ff1);
}

/* -- AEAD -- */

/* LongIv beyond 128 bytes is more than libcrypto takes, and refused. */
static void run_aead(vc__aead_algorithm algorithm, struct json_object *test, struct counts *counts)
{
    static char key[ROOM], out[ROOM];
    vc__autoptr(vc__aead) aead = vc__aead_new(algorithm, bytes_of(test, "key", key), NULL);
    assert_non_null(aead);
    const vc_view iv = bytes_of(test, "iv", room[0]), aad = bytes_of(test, "aad", room[1]),
                  plain = bytes_of(test, "msg", room[2]);
    vc_view sealed = bytes_of(test, "ct", room[3]);
    sealed.len += bytes_of(test, "tag", room[3] + sealed.len).len;
    const vc_code code = vc__aead_open(aead, iv, aad, sealed, out, NULL);
    if (iv.len > VC__AEAD_IV_MAX) {
        assert_int_equal(code, VC_E_ARGUMENT);
        counts->other++;
        return;
    }
    if (!is_valid(test)) {
        const bool tag = flagged(test, "ModifiedTag"); /* else the IV has a length that may not be */
        assert_true(code == VC_E_CIPHERTEXT || (!tag && code == VC_E_ARGUMENT));
        assert_int_equal(vc__aead_seal(aead, iv, aad, plain, room[3], NULL), tag ? VC_OK : VC_E_ARGUMENT);
        for (size_t i = 0; i < plain.len; i++)
            assert_int_equal(out[i], 0);
        counts->invalid++;
        return;
    }
    assert_int_equal(code, VC_OK);
    assert_memory_equal(out, plain.data, plain.len);
    assert_int_equal(vc__aead_seal(aead, iv, aad, plain, out, NULL), VC_OK);
    assert_memory_equal(out, sealed.data, sealed.len);
    counts->valid++;
}

static void run_gcm(struct json_object *group, struct json_object *test, struct counts *counts)
{
    const int size = json_object_get_int(member(group, "keySize"));
    run_aead(size == 128 ? VC__AES128_GCM : size == 192 ? VC__AES192_GCM : VC__AES256_GCM, test, counts);
}

static void run_chacha(struct json_object *group, struct json_object *test, struct counts *counts)
{
    (void)group;
    run_aead(VC__CHACHA20_POLY1305, test, counts);
}

static void aes_gcm(void **state)
{
    (void)state;
    run_file("aes_gcm_test.json", run_gcm);
}

static void chacha20_poly1305(void **state)
{
    (void)state;
    run_file("chacha20_poly1305_test.json", run_chacha);
}

/* The file's tags stand before the ciphertext, as in the RFC. */
static void run_siv(struct json_object *group, struct json_object *test, struct counts *counts)
{
    (void)group;
    static char key[ROOM], out[ROOM];
    vc__autoptr(vc__siv) siv = vc__siv_new(bytes_of(test, "key", key), NULL);
    assert_non_null(siv);
    const vc_view aad = bytes_of(test, "aad", room[0]), plain = bytes_of(test, "msg", room[1]),
                  sealed = bytes_of(test, "ct", room[2]);
    const vc_code code = vc__siv_open(siv, &aad, 1, sealed, out, NULL);
    if (!is_valid(test)) {
        assert_int_equal(code, VC_E_CIPHERTEXT);
        counts->invalid++;
        return;
    }
    assert_int_equal(code, VC_OK);
    assert_memory_equal(out, plain.data, plain.len);
    assert_int_equal(vc__siv_seal(siv, &aad, 1, plain, out, NULL), VC_OK);
    assert_memory_equal(out, sealed.data, sealed.len);
    counts->valid++;
}

static void aes_siv_cmac(void **state)
{
    (void)state;
    run_file("aes_siv_cmac_test.json", run_siv);
}

/* -- HKDF, HMAC -- */

static void run_hkdf(struct json_object *group, struct json_object *test, struct counts *counts)
{
    (void)group;
    static char out[ROOM];
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, NULL);
    const size_t size = (size_t)json_object_get_int(member(test, "size"));
    assert_true(size <= ROOM);
    const vc_view okm = bytes_of(test, "okm", room[3]);
    const vc_code code = vc__hkdf_derive(hkdf, bytes_of(test, "ikm", room[0]),
                                         bytes_of(test, "salt", room[1]), bytes_of(test, "info", room[2]),
                                         out, size, NULL);
    if (is_valid(test)) {
        assert_int_equal(code, VC_OK);
        assert_int_equal(okm.len, size);
        assert_memory_equal(out, okm.data, size);
        counts->valid++;
    } else {
        assert_int_equal(code, VC_E_LIMIT);
        counts->invalid++;
    }
}

/* Tags may be cut to their left half (tagSize). */
static void run_hmac(struct json_object *group, struct json_object *test, struct counts *counts)
{
    unsigned char out[VC__HASH_MAX];
    vc__autoptr(vc__hmac) hmac = vc__hmac_new(VC__SHA2_256, bytes_of(test, "key", room[0]), NULL);
    const vc_view message = bytes_of(test, "msg", room[1]), tag = bytes_of(test, "tag", room[2]);
    assert_int_equal(vc__hmac_of(hmac, message, out, NULL), VC_OK);
    assert_int_equal(tag.len * 8, json_object_get_int(member(group, "tagSize")));
    const bool valid = is_valid(test);
    assert_int_equal(memcmp(out, tag.data, tag.len) == 0, valid);
    if (tag.len == vc__hash_size(VC__SHA2_256))
        assert_int_equal(vc__hmac_verify(hmac, message, tag, NULL), valid ? VC_OK : VC_E_CIPHERTEXT);
    *(valid ? &counts->valid : &counts->invalid) += 1;
}

static void hkdf_sha256(void **state)
{
    (void)state;
    run_file("hkdf_sha256_test.json", run_hkdf);
}

static void hmac_sha256(void **state)
{
    (void)state;
    run_file("hmac_sha256_test.json", run_hmac);
}

/* -- AES-KWP -- */

static void run_kwp(struct json_object *group, struct json_object *test, struct counts *counts)
{
    (void)group;
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc__auto(vc__buf) wrapped = VC__BUF(ROOM);
    const vc_view kek = bytes_of(test, "key", room[0]), message = bytes_of(test, "msg", room[1]),
                  sealed = bytes_of(test, "ct", room[2]);
    const vc_code code = vc__kwp_unwrap(&out, kek, sealed, NULL);
    if (!message.len) { /* SP 800-38F has no empty keys */
        assert_int_equal(code, VC_E_CIPHERTEXT);
        assert_int_equal(vc__kwp_wrap(&wrapped, kek, message, NULL), VC_E_ARGUMENT);
        counts->invalid++;
        return;
    }
    assert_int_equal(vc__kwp_wrap(&wrapped, kek, message, NULL), VC_OK);
    const bool valid = is_valid(test);
    assert_int_equal(code, valid ? VC_OK : VC_E_CIPHERTEXT);
    assert_int_equal(vc__view_equal(vc__buf_get(&wrapped), sealed), valid);
    assert_true(valid ? vc__view_equal(vc__buf_get(&out), message) : out.len == 0);
    *(valid ? &counts->valid : &counts->invalid) += 1;
}

static void aes_kwp(void **state)
{
    (void)state;
    run_file("aes_kwp_test.json", run_kwp);
}

/* -- AES-KW -- */

/* "acceptable" are keys of 8 bytes, which RFC 3394 wraps in another way: refused here. */
static void run_kw(struct json_object *group, struct json_object *test, struct counts *counts)
{
    (void)group;
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc__auto(vc__buf) wrapped = VC__BUF(ROOM);
    const vc_view kek = bytes_of(test, "key", room[0]), message = bytes_of(test, "msg", room[1]),
                  sealed = bytes_of(test, "ct", room[2]);
    const bool valid = vc__view_is(text_of(test, "result"), "valid");
    const vc_code code = vc__kw_unwrap(&out, kek, sealed, NULL);
    assert_int_equal(code, valid ? VC_OK : VC_E_CIPHERTEXT);
    assert_true(valid ? vc__view_equal(vc__buf_get(&out), message) : out.len == 0);
    if (vc__kw_wrap(&wrapped, kek, message, NULL) == VC_OK)
        assert_int_equal(vc__view_equal(vc__buf_get(&wrapped), sealed), valid);
    else
        assert_false(valid);
    *(valid ? &counts->valid : &counts->invalid) += 1;
}

static void aes_kw(void **state)
{
    (void)state;
    run_file("aes_wrap_test.json", run_kw);
}

/* -- ECDH on P-256 -- */

/* The public key is a DER SubjectPublicKeyInfo; "acceptable" are odd forms of the right key, which may be refused. */
static void run_ecdh(struct json_object *group, struct json_object *test, struct counts *counts)
{
    static const char zeros[32];
    unsigned char secret[32], point[65];
    char private[32];
    (void)group;
    const vc_view result = text_of(test, "result"), spki = bytes_of(test, "public", room[0]),
                  number = bytes_of(test, "private", room[1]), shared = bytes_of(test, "shared", room[2]);
    const unsigned char *at = (const unsigned char *)spki.data;
    const size_t over = number.len > 32 ? number.len - 32 : 0; /* zeros */
    memset(private, 0, sizeof private);
    memcpy(private + 32 - (number.len - over), number.data + over, number.len - over);
    vc__auto(vc__buf) pem = VC__BUF(ROOM);
    vc__buf_str(&pem, "-----BEGIN PUBLIC KEY-----");
    vc__base64_encode(&pem, spki);
    vc__buf_str(&pem, "-----END PUBLIC KEY-----");
    vc__autoptr(vc__keypair) pair = vc__keypair_public(vc__buf_get(&pem), NULL);
    EVP_PKEY *peer = pair ? d2i_PUBKEY(NULL, &at, (long)spki.len) : NULL;
    EVP_PKEY *const base = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    assert_true(vc__p256_point(base, point)); /* any point: what is agreed on takes the number alone */
    EVP_PKEY *own = vc__p256_pkey(vc_view_of(point, 65), vc_view_of(private, 32));
    const bool agreed = peer && own && vc__ecdh_agree(own, peer, secret, NULL) == VC_OK;
    EVP_PKEY_free(base);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    assert_true(memcmp(private, zeros, 32) != 0);
    if (vc__view_is(result, "valid"))
        assert_true(agreed);
    if (vc__view_is(result, "invalid"))
        assert_null(pair);
    assert_true(!agreed || vc__view_equal(vc_view_of(secret, 32), shared));
    *(vc__view_is(result, "valid") ? &counts->valid : vc__view_is(result, "invalid") ? &counts->invalid : &counts->other) += 1;
}

static void ecdh_p256(void **state)
{
    (void)state;
    run_file("ecdh_secp256r1_test.json", run_ecdh);
}

/* -- Ed25519 -- */

static void run_ed25519(struct json_object *group, struct json_object *test, struct counts *counts)
{
    vc__autoptr(vc__keypair) pair = vc__keypair_public(text_of(group, "publicKeyPem"), NULL);
    assert_non_null(pair);
    const bool valid = is_valid(test);
    assert_int_equal(vc__keypair_verify(pair, bytes_of(test, "msg", room[0]), bytes_of(test, "sig", room[1]), NULL),
                     valid ? VC_OK : VC_E_SIGNATURE);
    *(valid ? &counts->valid : &counts->invalid) += 1;
}

static void ed25519(void **state)
{
    (void)state;
    run_file("ed25519_test.json", run_ed25519);
}

/* -- RSA-OAEP -- */

/* A label is not ours: what is valid with one must be refused without. */
static void run_oaep(struct json_object *group, struct json_object *test, struct counts *counts)
{
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc__autoptr(vc__rsa) key = vc__rsa_private(text_of(group, "privateKeyPem"), NULL);
    const vc_view message = bytes_of(test, "msg", room[1]), sealed = bytes_of(test, "ct", room[2]);
    assert_non_null(key);
    assert_true(vc__view_is(text_of(group, "sha"), "SHA-256") && vc__view_is(text_of(group, "mgfSha"), "SHA-256"));
    const vc_code code = vc__oaep_open(&out, key, "SHA256", sealed, NULL);
    const bool valid = is_valid(test), labelled = text_of(test, "label").len != 0;
    assert_int_equal(code, valid && !labelled ? VC_OK : VC_E_CIPHERTEXT);
    assert_true(code ? out.len == 0 : vc__view_equal(vc__buf_get(&out), message));
    *(valid && labelled ? &counts->other : valid ? &counts->valid : &counts->invalid) += 1;
}

static void rsa_oaep_2048(void **state)
{
    (void)state;
    run_file("rsa_oaep_2048_sha256_mgf1sha256_test.json", run_oaep);
}

static void rsa_oaep_3072(void **state)
{
    (void)state;
    run_file("rsa_oaep_3072_sha256_mgf1sha256_test.json", run_oaep);
}

static void rsa_oaep_4096(void **state)
{
    (void)state;
    run_file("rsa_oaep_4096_sha256_mgf1sha256_test.json", run_oaep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ff1_base10),  cmocka_unit_test(ff1_base36), cmocka_unit_test(ff1_base62),
        cmocka_unit_test(ff1_radix10), cmocka_unit_test(aes_gcm),    cmocka_unit_test(chacha20_poly1305),
        cmocka_unit_test(hkdf_sha256), cmocka_unit_test(hmac_sha256), cmocka_unit_test(aes_kwp),
        cmocka_unit_test(rsa_oaep_2048), cmocka_unit_test(rsa_oaep_3072), cmocka_unit_test(rsa_oaep_4096),
        cmocka_unit_test(aes_siv_cmac), cmocka_unit_test(aes_kw), cmocka_unit_test(ecdh_p256), cmocka_unit_test(ed25519),
    };
    return cmocka_run_group_tests_name("crypto_wycheproof", tests, NULL, NULL);
}
