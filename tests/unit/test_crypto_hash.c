/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "vectors/crypto/hash.h"

enum { ROOM = 512 };

static vc_view unhex(const char *hex, char *room)
{
    assert_true(strlen(hex) / 2 <= ROOM && vc__hex_decode((unsigned char *)room, vc_str(hex)));
    return vc_view_of(room, strlen(hex) / 2);
}

static void digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(digest_vectors); i++) {
        const vc__hash hash = digest_vectors[i].hash;
        assert_int_equal(vc__hash_named(vc_str(digest_vectors[i].name)), hash);
        assert_string_equal(vc__hash_name(hash), digest_vectors[i].name);
        vc__autoptr(vc__digest) digest = vc__digest_new(hash, NULL);
        assert_non_null(digest);
        char room[ROOM];
        unsigned char out[VC__HASH_MAX];
        const vc_view expected = unhex(digest_vectors[i].abc, room);
        assert_int_equal(vc__hash_size(hash), expected.len);
        for (int twice = 0; twice < 2; twice++) {
            assert_int_equal(vc__digest_of(digest, vc_str("abc"), out, NULL), VC_OK);
            assert_memory_equal(out, expected.data, expected.len);
            assert_int_equal(vc__digest_of(digest, vc_view_of(NULL, 0), out, NULL), VC_OK);
            assert_memory_not_equal(out, expected.data, expected.len);
        }
    }
    print_message("# %zu digests, %zu HMACs, %zu HKDFs\n", COUNT(digest_vectors), COUNT(hmac_vectors),
                  COUNT(hkdf_vectors));
}

static void hmacs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hmac_vectors); i++) {
        char key[ROOM], room[ROOM];
        unsigned char out[VC__HASH_MAX];
        vc__autoptr(vc__hmac)
            hmac = vc__hmac_new(hmac_vectors[i].hash, unhex(hmac_vectors[i].key, key), NULL);
        assert_non_null(hmac);
        const vc_view tag = unhex(hmac_vectors[i].tag, room), text = vc_str(hmac_vectors[i].text);
        for (size_t cut = 0; cut <= text.len; cut++) {
            const vc_view parts[] = { vc_view_of(text.data, cut),
                                      vc_view_of(text.data + cut, text.len - cut) };
            assert_int_equal(vc__hmac_parts(hmac, parts, 2, out, NULL), VC_OK);
            assert_memory_equal(out, tag.data, tag.len);
        }
        assert_int_equal(vc__hmac_verify(hmac, text, tag, NULL), VC_OK);
        for (size_t k = 0; k < tag.len * 8; k++) {
            room[k / 8] ^= (char)(1 << k % 8);
            assert_int_equal(vc__hmac_verify(hmac, text, tag, NULL), VC_E_CIPHERTEXT);
            room[k / 8] ^= (char)(1 << k % 8);
        }
        assert_int_equal(vc__hmac_verify(hmac, text, vc_view_of(tag.data, tag.len - 1), NULL),
                         VC_E_CIPHERTEXT);
        assert_int_equal(vc__hmac_verify(hmac, text, vc_view_of(NULL, 0), NULL), VC_E_CIPHERTEXT);
        assert_int_equal(vc__hmac_verify(hmac, vc_str("x"), tag, NULL), VC_E_CIPHERTEXT);
    }
    vc__autoptr(vc__hmac) empty = vc__hmac_new(VC__SHA2_256, vc_view_of(NULL, 0), NULL);
    char room[ROOM];
    const vc_view tag = unhex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", room);
    assert_int_equal(vc__hmac_verify(empty, vc_view_of(NULL, 0), tag, NULL),
                     VC_OK); /* the empty message under the empty key */
}

static void hkdfs(void **state)
{
    (void)state;
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, NULL);
    assert_non_null(hkdf);
    for (size_t i = 0; i < 2 * COUNT(hkdf_vectors); i++) {
        char ikm[ROOM], salt[ROOM], info[ROOM], room[ROOM], out[ROOM];
        const size_t v = i % COUNT(hkdf_vectors);
        const vc_view okm = unhex(hkdf_vectors[v].okm, room);
        assert_int_equal(vc__hkdf_derive(hkdf, unhex(hkdf_vectors[v].ikm, ikm),
                                         unhex(hkdf_vectors[v].salt, salt), unhex(hkdf_vectors[v].info, info),
                                         out, okm.len, NULL),
                         VC_OK);
        assert_memory_equal(out, okm.data, okm.len);
        assert_int_equal(vc__hkdf_derive(hkdf, unhex(hkdf_vectors[v].ikm, ikm),
                                         unhex(hkdf_vectors[v].salt, salt), vc_str("other"), out, okm.len,
                                         NULL),
                         VC_OK);
        assert_memory_not_equal(out, okm.data, okm.len);
    }
}

static void hkdf_limits(void **state)
{
    (void)state;
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, NULL);
    static char out[255 * 32 + 1], again[255 * 32], info[100000];
    assert_int_equal(vc__hkdf_derive(hkdf, vc_str("k"), vc_str("s"), vc_str("i"), out, 255 * 32, NULL),
                     VC_OK);
    assert_int_equal(vc__hkdf_derive(hkdf, vc_str("k"), vc_str("s"), vc_str("i"), again, 255 * 32 - 5, NULL),
                     VC_OK);
    assert_memory_equal(out, again, 255 * 32 - 5);
    memset(out, 'x', sizeof out);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__hkdf_derive(hkdf, vc_str("k"), vc_str("s"), vc_str("i"), out, 255 * 32 + 1, &err),
                     VC_E_LIMIT);
    assert_string_equal(err.message, "HKDF with sha2-256 gives at most 8160 bytes, not 8161");
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], 0);
    assert_int_equal(
        vc__hkdf_derive(hkdf, vc_str("k"), vc_str("s"), vc_view_of(info, sizeof info), out, 32, NULL), VC_OK);
}

static void unknown_hashes(void **state)
{
    (void)state;
    assert_int_equal(vc__hash_named(vc_str("sha2-257")), VC__HASH_NONE);
    assert_int_equal(vc__hash_named(vc_str("")), VC__HASH_NONE);
    assert_string_equal(vc__hash_name((vc__hash)99), "");
    assert_int_equal(vc__hash_size(VC__HASH_NONE), 0);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__digest_new(VC__HASH_NONE, &err));
    assert_null(vc__hmac_new((vc__hash)99, vc_str("k"), &err));
    assert_null(vc__hkdf_new((vc__hash)-1, &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
}

/*
 * How Vault derives, and makes a nonce from the plaintext: the derived bytes are the AEAD's key, then 32 of
 * an HMAC key.
 */
static void convergent(vc__aead_algorithm algorithm, const char *expected)
{
    char key[32], derived[64];
    const size_t size = vc__aead_key_size(algorithm);
    for (size_t i = 0; i < size; i++)
        key[i] = (char)i;
    const vc_view plain = vc_str(CONVERGENT_PLAIN);
    vc__autoptr(vc__hkdf) hkdf = vc__hkdf_new(VC__SHA2_256, NULL);
    assert_int_equal(vc__hkdf_derive(hkdf, vc_view_of(key, size), vc_str(""), vc_str(CONVERGENT_CONTEXT),
                                     derived, size + 32, NULL),
                     VC_OK);
    vc__autoptr(vc__hmac) hmac = vc__hmac_new(VC__SHA2_256, vc_view_of(derived + size, 32), NULL);
    unsigned char nonce[VC__HASH_MAX];
    assert_int_equal(vc__hmac_of(hmac, plain, nonce, NULL), VC_OK);
    char out[12 + 11 + VC__AEAD_TAG];
    memcpy(out, nonce, 12);
    vc__autoptr(vc__aead) aead = vc__aead_new(algorithm, vc_view_of(derived, size), NULL);
    assert_int_equal(vc__aead_seal(aead, vc_view_of(nonce, 12), vc_str(""), plain, out + 12, NULL), VC_OK);
    vc__auto(vc__buf) text = VC__BUF(100);
    vc__base64_encode(&text, vc_view_of(out, sizeof out));
    assert_string_equal(text.data, expected);
}

static void vault_golden_values(void **state)
{
    (void)state;
    convergent(VC__AES256_GCM, CONVERGENT_AES256);
    convergent(VC__CHACHA20_POLY1305, CONVERGENT_CHACHA20);
    convergent(VC__AES128_GCM, CONVERGENT_AES128);
    char key[32];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (char)i;
    vc__autoptr(vc__hmac) hmac = vc__hmac_new(VC__SHA2_256, vc_view_of(key, sizeof key), NULL);
    unsigned char tag[VC__HASH_MAX];
    assert_int_equal(vc__hmac_of(hmac, vc_str(CONVERGENT_PLAIN), tag, NULL), VC_OK);
    vc__auto(vc__buf) text = VC__BUF(100);
    vc__base64_encode(&text, vc_view_of(tag, 32));
    assert_string_equal(text.data, HMAC_SHA2_256);
}

static vc_code make_all(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__digest) digest = vc__digest_new(VC__SHA2_256, &err);
    vc__autoptr(vc__hmac) hmac = digest ? vc__hmac_new(VC__SHA2_256, vc_str("k"), &err) : NULL;
    vc__autoptr(vc__hkdf) hkdf = hmac ? vc__hkdf_new(VC__SHA2_256, &err) : NULL;
    return hkdf ? VC_OK : err.code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests),        cmocka_unit_test(hmacs),
        cmocka_unit_test(hkdfs),          cmocka_unit_test(hkdf_limits),
        cmocka_unit_test(unknown_hashes), cmocka_unit_test(vault_golden_values),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests_name("crypto_hash", tests, NULL, NULL);
}
