/* SPDX-License-Identifier: Apache-2.0 */
/* lib/crypto/wrap: RFC 5649's vectors, PKCS#8, keys to import taken apart as Vault does it. */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "crypto/wrap.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <vaultcrypt/transit_key.h>

static vc_view hex(const char *text, char *room)
{
    assert_true(vc__hex_decode((unsigned char *)room, vc_str(text)));
    return vc_view_of(room, strlen(text) / 2);
}

/* RFC 5649, section 6. */
static const char rfc_kek[] = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8";
static const struct {
    const char *key, *wrapped;
} rfc[] = {
    { "c37b7e6492584340bed12207808941155068f738",
      "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a" },
    { "466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f" },
};

static void test_rfc5649(void **state)
{
    (void)state;
    char room[3][64];
    const vc_view kek = hex(rfc_kek, room[0]);
    for (size_t i = 0; i < COUNT(rfc); i++) {
        const vc_view key = hex(rfc[i].key, room[1]), wrapped = hex(rfc[i].wrapped, room[2]);
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__buf_str(&out, "before");
        assert_int_equal(vc__kwp_wrap(&out, kek, key, NULL), VC_OK);
        assert_int_equal(out.len, 6 + vc__kwp_size(key.len));
        assert_memory_equal(out.data + 6, wrapped.data, wrapped.len);
        assert_int_equal(vc__kwp_unwrap(&out, kek, wrapped, NULL), VC_OK);
        assert_int_equal(out.len, 6 + wrapped.len + key.len);
        assert_memory_equal(out.data + 6 + wrapped.len, key.data, key.len);
    }
}

static void test_refused(void **state)
{
    (void)state;
    char room[3][64];
    const vc_view kek = hex(rfc_kek, room[0]), key = hex(rfc[0].key, room[1]);
    vc_view wrapped = hex(rfc[0].wrapped, room[2]);
    vc__auto(vc__buf) out = VC__BUF(100);
    assert_int_equal(vc__kwp_wrap(&out, kek, vc_str(""), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__kwp_wrap(&out, vc_view_of(kek.data, 23), key, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__kwp_unwrap(&out, vc_view_of(kek.data, 0), wrapped, NULL), VC_E_ARGUMENT);
    for (size_t len = 0; len < wrapped.len; len++)
        assert_int_equal(vc__kwp_unwrap(&out, kek, vc_view_of(wrapped.data, len), NULL), VC_E_CIPHERTEXT);
    for (size_t bit = 0; bit < 8 * wrapped.len; bit++) {
        room[2][bit / 8] ^= (char)(1 << bit % 8);
        assert_int_equal(vc__kwp_unwrap(&out, kek, wrapped, NULL), VC_E_CIPHERTEXT);
        room[2][bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_int_equal(vc__kwp_unwrap(&out, kek, wrapped, NULL), VC_OK);
    assert_int_equal(out.len, key.len);
    vc__auto(vc__buf) small = VC__BUF(8);
    assert_int_equal(vc__kwp_wrap(&small, kek, key, NULL), VC_E_LIMIT);
    assert_int_equal(small.len, 0);
}

/* Every length up to some hundreds, all three sizes of the key that wraps. */
static void test_lengths(void **state)
{
    (void)state;
    char key[300], kek[32];
    memset(kek, 7, sizeof kek);
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (char)(i * 7);
    for (size_t len = 1; len <= sizeof key; len++) {
        vc__auto(vc__buf) wrapped = VC__BUF(400);
        vc__auto(vc__buf) back = VC__BUF(400);
        const vc_view with = vc_view_of(kek, 16 + 8 * (len % 3));
        assert_int_equal(vc__kwp_wrap(&wrapped, with, vc_view_of(key, len), NULL), VC_OK);
        assert_int_equal(wrapped.len, vc__kwp_size(len));
        assert_int_equal(vc__kwp_unwrap(&back, with, vc__buf_get(&wrapped), NULL), VC_OK);
        assert_true(vc__view_equal(vc__buf_get(&back), vc_view_of(key, len)));
    }
}

/* A pair of libcrypto's own, its public half as PEM. */
static EVP_PKEY *pair;
static char public_pem[2000];

static bool write_public(EVP_PKEY *key, char pem[2000])
{
    BIO *bio = BIO_new(BIO_s_mem());
    const bool made = key && bio && PEM_write_bio_PUBKEY(bio, key) == 1;
    const int len = made ? BIO_read(bio, pem, 1999) : 0;
    BIO_free(bio);
    return len > 100;
}

static int make_pair(void **state)
{
    (void)state;
    pair = EVP_RSA_gen(2048);
    return write_public(pair, public_pem) ? 0 : -1;
}

static int free_pair(void **state)
{
    (void)state;
    EVP_PKEY_free(pair);
    return 0;
}

static size_t oaep_decrypt(const char *digest, vc_view sealed, char *out, size_t room)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
    size_t len = room;
    const bool done = EVP_PKEY_decrypt_init(ctx) == 1 &&
                      EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
                      EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, digest, NULL) == 1 &&
                      EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, digest, NULL) == 1 &&
                      EVP_PKEY_decrypt(ctx, (unsigned char *)out, &len, (const unsigned char *)sealed.data,
                                       sealed.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return done ? len : 0;
}

static const char *const digests[] = { "SHA1", "SHA224", "SHA256", "SHA384", "SHA512" };

/* RFC 8410, section 10.3; the same seed as PKCS#8 with a pass phrase ("secret"). */
static const char ed25519_pem[] = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                  "-----END PRIVATE KEY-----\n";
static const char locked_pem[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                 "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjvdXQb7WqT7gICCAAw\n"
                                 "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPmQ3y8TFdZ9e8bHq2e6cDEEQF8T\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n";

static void test_pkcs8(void **state)
{
    (void)state;
    vc__auto(vc__buf) der = VC__BUF(10000);
    assert_int_equal(vc__private_key_der(&der, vc_str(ed25519_pem), NULL), VC_OK);
    assert_int_equal(der.len, 48);
    assert_memory_equal(der.data, "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70", 12);
    assert_int_equal(vc__private_key_der(&der, vc_str(locked_pem), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__private_key_der(&der, vc_str(public_pem), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__private_key_der(&der, vc_str(""), NULL), VC_E_ARGUMENT);
    assert_int_equal(der.len, 48);
}

/* What vc_transit_wrap_key() made, taken apart as Vault does it. */
static void unwrap(vc_bytes wrapped, const char *digest, vc_view key)
{
    char raw[4000], ephemeral[512];
    size_t len;
    assert_int_equal(vc__base64_decode(raw, &len, vc_bytes_view(wrapped), NULL), VC_OK);
    assert_int_equal(len, 256 + vc__kwp_size(key.len));
    assert_int_equal(oaep_decrypt(digest, vc_view_of(raw, 256), ephemeral, sizeof ephemeral), 32);
    vc__auto(vc__buf) back = VC__BUF(4000);
    assert_int_equal(vc__kwp_unwrap(&back, vc_view_of(ephemeral, 32), vc_view_of(raw + 256, len - 256), NULL), VC_OK);
    assert_true(vc__view_equal(vc__buf_get(&back), key));
}

static void test_wrap_key(void **state)
{
    (void)state;
    const vc_view pem = vc_str(public_pem), key = vc_view_of("\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7", 16);
    vc_bytes wrapped = VC_BYTES_INIT, other = VC_BYTES_INIT;
    for (size_t i = 0; i < COUNT(digests); i++) {
        assert_int_equal(vc_transit_wrap_key(pem, key, digests[i], &wrapped, NULL), VC_OK);
        unwrap(wrapped, digests[i], key);
        vc_bytes_free(&wrapped);
    }
    assert_int_equal(vc_transit_wrap_key(pem, key, NULL, &wrapped, NULL), VC_OK);
    assert_int_equal(vc_transit_wrap_key(pem, key, NULL, &other, NULL), VC_OK);
    unwrap(wrapped, "SHA256", key);
    assert_memory_not_equal(wrapped.data, other.data, wrapped.len); /* a new key in between each time */
    vc_bytes_free(&other);
    vc_bytes_free(&wrapped);
    vc__auto(vc__buf) der = VC__BUF(10000);
    assert_int_equal(vc__private_key_der(&der, vc_str(ed25519_pem), NULL), VC_OK);
    assert_int_equal(vc_transit_wrap_key(pem, vc_str(ed25519_pem), NULL, &wrapped, NULL), VC_OK);
    unwrap(wrapped, "SHA256", vc__buf_get(&der));
    vc_bytes_free(&wrapped);
    assert_int_equal(vc_transit_wrap_key(pem, key, "sha256", &wrapped, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_transit_wrap_key(pem, vc_str(""), NULL, &wrapped, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_transit_wrap_key(pem, vc_str(locked_pem), NULL, &wrapped, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_transit_wrap_key(vc_str("?"), key, NULL, &wrapped, NULL), VC_E_ARGUMENT);
    assert_null(wrapped.data);
}

static vc_code wrap_one(void *arg)
{
    vc_bytes wrapped = VC_BYTES_INIT;
    const vc_code code = vc_transit_wrap_key(vc_str(public_pem), vc_str(arg), NULL, &wrapped, NULL);
    vc_bytes_free(&wrapped);
    return code;
}

static void test_allocations(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(wrap_one, (void *)(uintptr_t) "raw key");
    SWEEP_ALLOCATIONS(wrap_one, (void *)(uintptr_t)ed25519_pem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc5649), cmocka_unit_test(test_refused),  cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_pkcs8),   cmocka_unit_test(test_wrap_key), cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests_name("crypto_wrap", tests, make_pair, free_pair);
}
