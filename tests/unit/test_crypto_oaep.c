/* SPDX-License-Identifier: Apache-2.0 */
/* lib/crypto/oaep and lib/record/azure: against libcrypto used by hand; Wycheproof's vectors are in test_crypto_wycheproof. */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "crypto/oaep.h"
#include "record/azure.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static char public_pem[4000], private_pem[4000], other_pem[4000];
static const char *const digests[] = { "SHA1", "SHA224", "SHA256", "SHA384", "SHA512" };

static void write_pem(EVP_PKEY *key, bool private, char pem[4000])
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(bio, key), 1);
    const int len = BIO_read(bio, pem, 3999);
    assert_true(len > 100);
    pem[len] = 0;
    BIO_free(bio);
}

static int make_pairs(void **state)
{
    (void)state;
    EVP_PKEY *pair = EVP_RSA_gen(3072), *other = EVP_RSA_gen(3072);
    write_pem(pair, true, private_pem);
    write_pem(pair, false, public_pem);
    write_pem(other, true, other_pem);
    EVP_PKEY_free(pair);
    EVP_PKEY_free(other);
    return 0;
}

static void every_digest(void **state)
{
    (void)state;
    vc__autoptr(vc__rsa) public = vc__rsa_public(vc_str(public_pem), NULL);
    vc__autoptr(vc__rsa) private = vc__rsa_private(vc_str(private_pem), NULL);
    assert_true(public && private);
    assert_int_equal(vc__rsa_size(public), 384);
    for (size_t i = 0; i < COUNT(digests); i++) {
        char message[400];
        memset(message, 'x', sizeof message);
        const size_t longest = vc__oaep_longest(public, digests[i]);
        const size_t lengths[] = { 0, 1, longest - 1, longest };
        for (size_t k = 0; k < COUNT(lengths); k++) {
            vc__auto(vc__buf) out = VC__BUF(1000);
            vc__auto(vc__buf) back = VC__BUF(1000);
            vc__buf_str(&out, "before");
            vc__buf_str(&back, "before");
            assert_int_equal(vc__oaep_seal(&out, public, digests[i], vc_view_of(message, lengths[k]), NULL), VC_OK);
            assert_int_equal(out.len, 6 + 384);
            const vc_view sealed = vc_view_of(out.data + 6, 384);
            assert_int_equal(vc__oaep_open(&back, private, digests[(i + 1) % 5], sealed, NULL), VC_E_CIPHERTEXT);
            assert_int_equal(back.len, 6);
            assert_int_equal(vc__oaep_open(&back, private, digests[i], sealed, NULL), VC_OK);
            assert_int_equal(back.len, 6 + lengths[k]);
            assert_memory_equal(back.data + 6, message, lengths[k]);
        }
        vc__auto(vc__buf) out = VC__BUF(1000);
        assert_int_equal(vc__oaep_seal(&out, public, digests[i], vc_view_of(message, longest + 1), NULL), VC_E_TOO_LARGE);
        assert_int_equal(out.len, 0);
    }
    assert_int_equal(vc__oaep_longest(public, "SHA256"), 318);
    assert_int_equal(vc__oaep_longest(public, "MD5"), 0);
}

/* One text for whatever is not right, and no trace in libcrypto's queue. */
static void one_text(void **state)
{
    (void)state;
    vc__autoptr(vc__rsa) public = vc__rsa_public(vc_str(public_pem), NULL);
    vc__autoptr(vc__rsa) private = vc__rsa_private(vc_str(private_pem), NULL);
    vc__autoptr(vc__rsa) other = vc__rsa_private(vc_str(other_pem), NULL);
    vc__auto(vc__buf) out = VC__BUF(1000);
    vc__auto(vc__buf) back = VC__BUF(1000);
    vc_error err = VC_ERROR_INIT;
    char text[512];
    assert_int_equal(vc__oaep_seal(&out, public, "SHA256", vc_str("message"), NULL), VC_OK);
    assert_int_equal(vc__oaep_open(&back, other, "SHA256", vc__buf_get(&out), &err), VC_E_CIPHERTEXT);
    memcpy(text, err.message, sizeof text);
    for (size_t bit = 0; bit < 8 * out.len; bit += 37) {
        out.data[bit / 8] ^= (char)(1 << bit % 8);
        assert_int_equal(vc__oaep_open(&back, private, "SHA256", vc__buf_get(&out), &err), VC_E_CIPHERTEXT);
        assert_string_equal(err.message, text);
        out.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t len = 0; len < out.len; len += 64) {
        assert_int_equal(vc__oaep_open(&back, private, "SHA256", vc_view_of(out.data, len), &err), VC_E_CIPHERTEXT);
        assert_string_equal(err.message, text);
    }
    memset(out.data, 0xff, out.len); /* beyond the modulus */
    assert_int_equal(vc__oaep_open(&back, private, "SHA256", vc__buf_get(&out), &err), VC_E_CIPHERTEXT);
    assert_string_equal(err.message, text);
    assert_int_equal(back.len, 0);
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(vc__oaep_open(&back, public, "SHA256", vc__buf_get(&out), &err), VC_E_ARGUMENT);
    assert_int_equal(vc__oaep_open(&back, private, "MD5", vc__buf_get(&out), &err), VC_E_ARGUMENT);
    assert_int_equal(vc__oaep_seal(&back, public, NULL, vc_str("m"), &err), VC_E_ARGUMENT);
    vc__auto(vc__buf) small = VC__BUF(383);
    assert_int_equal(vc__oaep_seal(&small, public, "SHA256", vc_str("m"), NULL), VC_E_LIMIT);
}

static void keys_are_refused(void **state)
{
    (void)state;
    static const char ec[] = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4tS6wSiKq6WhumI4vR0fUkLxOlQr\n"
                             "Wa2962KWJc6i9lC7zPfdZb+iIvhVj+jQROEw61TNVdq0z2BtIY/1KYveGQ==\n-----END PUBLIC KEY-----\n";
    static const char locked[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                 "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjvdXQb7WqT7gICCAAw\n"
                                 "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPmQ3y8TFdZ9e8bHq2e6cDEEQF8T\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n";
    static char weak_public[4000], weak_private[4000];
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    write_pem(weak, false, weak_public);
    write_pem(weak, true, weak_private);
    EVP_PKEY_free(weak);
    const char *const publics[] = { "", "PEM", ec, weak_public, private_pem };
    const char *const privates[] = { "", "PEM", locked, weak_private, public_pem };
    for (size_t i = 0; i < COUNT(publics); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_null(vc__rsa_public(vc_str(publics[i]), &err));
        assert_int_equal(err.code, VC_E_ARGUMENT);
        assert_null(vc__rsa_private(vc_str(privates[i]), &err));
        assert_int_equal(err.code, VC_E_ARGUMENT);
    }
    assert_null(vc__rsa_public(vc_str(NULL), NULL));
    vc__rsa_free(NULL);
}

static void azure_messages(void **state)
{
    (void)state;
    vc__autoptr(vc__rsa) public = vc__rsa_public(vc_str(public_pem), NULL);
    vc__autoptr(vc__rsa) private = vc__rsa_private(vc_str(private_pem), NULL);
    vc_error err = VC_ERROR_INIT;
    char value[400];
    for (size_t len = 0; len <= 318; len += 53) {
        vc__auto(vc__buf) out = VC__BUF(1000);
        vc__auto(vc__buf) back = VC__BUF(1000);
        memset(value, 'v', sizeof value);
        assert_int_equal(vc__azure_seal(&out, public, vc_view_of(value, len), NULL), VC_OK);
        assert_int_equal(out.len, 512);
        assert_int_equal(vc__azure_candidate(vc__buf_get(&out)), 3072);
        assert_int_equal(vc__azure_open(&back, private, vc__buf_get(&out), NULL), VC_OK);
        assert_true(vc__view_equal(vc__buf_get(&back), vc_view_of(value, len)));
        vc__buf_clear(&back);
        out.data[100] = '-';
        assert_int_equal(vc__azure_open(&back, private, vc__buf_get(&out), &err), VC_E_CIPHERTEXT);
        assert_string_equal(err.message, "an RSA-OAEP message that is not standard Base64, at byte 100");
        assert_int_equal(vc__azure_candidate(vc__buf_get(&out)), 0);
        out.data[100] = 'A';
        assert_int_equal(vc__azure_open(&back, private, vc_view_of(out.data, 508), &err), VC_E_CIPHERTEXT);
        assert_string_equal(err.message, "an RSA-OAEP message for this key has 512 characters, and this one 508");
        assert_int_equal(vc__azure_open(&back, private, vc_view_of(out.data, 0), &err), VC_E_CIPHERTEXT);
        assert_int_equal(back.len, 0);
    }
    vc__auto(vc__buf) out = VC__BUF(1000);
    assert_int_equal(vc__azure_seal(&out, public, vc_view_of(value, 319), &err), VC_E_TOO_LARGE);
    assert_string_equal(err.message,
                        "RSA-3072 takes values of 318 bytes at most, and this one has 319: longer values need `hybrid`");
    assert_int_equal(out.len, 0);
    /* RSA-2048 ends in two paddings: 344 characters without them are something else */
    memset(value, 'A', sizeof value);
    assert_int_equal(vc__azure_candidate(vc_view_of(value, 344)), 0);
    value[342] = value[343] = '=';
    assert_int_equal(vc__azure_candidate(vc_view_of(value, 344)), 2048);
    value[341] = '=';
    assert_int_equal(vc__azure_candidate(vc_view_of(value, 344)), 0);
}

static vc_code all_once(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) out = VC__BUF(1000);
    vc__auto(vc__buf) back = VC__BUF(1000);
    vc__autoptr(vc__rsa) public = vc__rsa_public(vc_str(public_pem), &err);
    vc__autoptr(vc__rsa) private = public ? vc__rsa_private(vc_str(private_pem), &err) : NULL;
    vc_code code = private ? vc__azure_seal(&out, public, vc_str("value"), &err) : err.code;
    if (!code)
        code = vc__azure_open(&back, private, vc__buf_get(&out), &err);
    return code;
}

static void allocations(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(all_once, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_digest),   cmocka_unit_test(one_text),    cmocka_unit_test(keys_are_refused),
        cmocka_unit_test(azure_messages), cmocka_unit_test(allocations),
    };
    return cmocka_run_group_tests_name("crypto_oaep", tests, make_pairs, NULL);
}
