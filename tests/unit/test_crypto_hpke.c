/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HPKE: the vector of RFC 9180's suite 0x0010, 0x0001, 0x0002 in base mode, sequence number 0, from the file that the RFC names,
 * https://github.com/cfrg/draft-irtf-cfrg-hpke, test-vectors.json (as cryptography_vectors 48.0.0 has it); what is sealed here opens here; what
 * was changed does not. Built with an OpenSSL before 3.2: that it says so.
 */
#include "unit/pairs.h"
#include "unit/test.h"

#include "base/text.h"
#include "crypto/ecdh.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/keypair.h"

#include <openssl/ec.h>
#include <openssl/err.h>

static const char secret_of_receiver[] = "317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2";
static const char point_of_receiver[] = "04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f"
                                        "853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e2073d2356c";
static const char info_hex[] = "4f6465206f6e2061204772656369616e2055726e";
static const char aad_hex[] = "436f756e742d30";
static const char plaintext_hex[] = "4265617574792069732074727574682c20747275746820626561757479";
static const char sealed_hex[] = "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e" /* enc */
                                 "0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0"
                                 "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f"; /* ct */

typedef struct bytes {
    char at[160];
    size_t len;
} bytes;

static bytes unhex(const char *hex)
{
    bytes made = { .len = strlen(hex) / 2 };
    assert_true(made.len <= sizeof made.at && vc__hex_decode((unsigned char *)made.at, vc_str(hex)));
    return made;
}

static vc_view view(const bytes *of)
{
    return vc_view_of(of->at, of->len);
}

static EVP_PKEY *receiver(void)
{
    const bytes point = unhex(point_of_receiver), secret = unhex(secret_of_receiver);
    EVP_PKEY *made = vc__p256_pkey(view(&point), view(&secret));
    assert_non_null(made);
    return made;
}

/* The test ends here when there is no HPKE, after what is said instead was looked at. */
static bool absent(void)
{
    vc_error err = VC_ERROR_INIT;
    if (!vc__hpke_check(&err))
        return false;
    assert_int_equal(err.code, VC_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "HPKE takes OpenSSL 3.2 or newer, and this was built with OpenSSL 3."));
    return true;
}

static void the_vector_opens(void **state)
{
    (void)state;
    bytes info = unhex(info_hex), aad = unhex(aad_hex), sealed = unhex(sealed_hex);
    const bytes plaintext = unhex(plaintext_hex);
    vc__auto(vc__buf) out = VC__BUF(256);
    EVP_PKEY *own = receiver();
    vc__buf_str(&out, "before");
    const vc_code code = vc__hpke_open(&out, own, view(&info), view(&aad), view(&sealed), NULL);
    if (absent()) {
        assert_int_equal(code, VC_E_UNSUPPORTED);
    } else {
        assert_int_equal(code, VC_OK);
        assert_int_equal(out.len, 6 + plaintext.len);
        assert_memory_equal(out.data + 6, plaintext.at, plaintext.len);
        vc__buf_cut(&out, 6);
        vc_error first = VC_ERROR_INIT;
        for (size_t i = 0; i < 3; i++) { /* each byte of what is bound, and of all that was sealed */
            bytes *changed = i == 0 ? &info : i == 1 ? &aad : &sealed;
            for (size_t n = 0; n < changed->len; n++) {
                vc_error err = VC_ERROR_INIT;
                changed->at[n] ^= 1;
                assert_int_equal(vc__hpke_open(&out, own, view(&info), view(&aad), view(&sealed), &err), VC_E_CIPHERTEXT);
                changed->at[n] ^= 1;
                if (!first.code)
                    first = err;
                assert_string_equal(err.message, first.message); /* one text for all */
            }
        }
        for (size_t len = 0; len < sealed.len; len++)
            assert_int_equal(vc__hpke_open(&out, own, view(&info), view(&aad), vc_view_of(sealed.at, len), NULL), VC_E_CIPHERTEXT);
        memset(sealed.at + 1, 0, 64); /* a point that is none */
        assert_int_equal(vc__hpke_open(&out, own, view(&info), view(&aad), view(&sealed), NULL), VC_E_CIPHERTEXT);
        assert_true(vc__view_is(vc__buf_get(&out), "before"));
    }
    assert_int_equal(ERR_peek_error(), 0); /* nothing of ours is left in libcrypto's queue */
    EVP_PKEY_free(own);
}

static void it_goes_there_and_back(void **state)
{
    (void)state;
    EVP_PKEY *own = receiver(), *other = EVP_EC_gen("P-256");
    vc__auto(vc__buf) sealed = VC__BUF(1024), again = VC__BUF(1024), out = VC__BUF(256), small = VC__BUF(112);
    const vc_view key = vc_str("0123456789abcdef0123456789abcdef"), info = vc_str("i"), none = vc_str("");
    if (absent()) {
        assert_int_equal(vc__hpke_seal(&sealed, own, info, none, key, NULL), VC_E_UNSUPPORTED);
        assert_int_equal(sealed.len, 0);
    } else {
        assert_int_equal(vc__hpke_seal(&sealed, own, info, none, key, NULL), VC_OK);
        assert_int_equal(vc__hpke_seal(&again, own, info, none, key, NULL), VC_OK);
        assert_int_equal(sealed.len, 113);
        assert_memory_not_equal(sealed.data + 1, again.data + 1, 64); /* a key of its own each time */
        assert_int_equal(vc__hpke_open(&out, own, info, none, vc__buf_get(&sealed), NULL), VC_OK);
        assert_true(vc__view_equal(vc__buf_get(&out), key));
        assert_int_equal(vc__hpke_open(&out, own, none, none, vc__buf_get(&sealed), NULL), VC_E_CIPHERTEXT);
        assert_int_equal(vc__hpke_open(&out, other, info, none, vc__buf_get(&sealed), NULL), VC_E_CIPHERTEXT);
        assert_int_equal(vc__hpke_seal(&small, own, info, none, key, NULL), VC_E_LIMIT);
        assert_int_equal(small.len, 0);
    }
    EVP_PKEY_free(own);
    EVP_PKEY_free(other);
}

static void a_pair_wraps_by_it(void **state)
{
    (void)state;
    vc__autoptr(vc__keypair) ec = vc__keypair_private(vc_str(pair_ec_private), NULL);
    vc__autoptr(vc__keypair) public = vc__keypair_public(vc_str(pair_ec_public), NULL);
    vc__autoptr(vc__keypair) rsa = vc__keypair_private(vc_str(pair_rsa_private), NULL);
    vc__autoptr(vc__keypair) ed = vc__keypair_private(vc_str(pair_ed_private), NULL);
    vc__auto(vc__buf) wrapped = VC__BUF(1024), own = VC__BUF(1024), out = VC__BUF(256);
    const vc_view key = vc_str("0123456789abcdef0123456789abcdef");
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__keypair_wrapped_size(public, VC__WRAPPING_HPKE), 113);
    assert_int_equal(vc__keypair_wrapped_size(rsa, VC__WRAPPING_HPKE), 0);
    assert_int_equal(vc__keypair_wrapped_size(ed, VC__WRAPPING_HPKE), 0);
    assert_int_equal(vc__keypair_wrap(&wrapped, rsa, VC__WRAPPING_HPKE, key, &err), VC_E_ARGUMENT);
    assert_string_equal(err.message, "HPKE takes a key of the curve P-256, and this one is RSA");
    assert_int_equal(vc__keypair_unwrap(&out, rsa, VC__WRAPPING_HPKE, key, &err), VC_E_ARGUMENT);
    assert_int_equal(vc__keypair_wrap(&wrapped, ed, VC__WRAPPING_HPKE, key, &err), VC_E_ARGUMENT);
    assert_int_equal(vc__keypair_wrap(&wrapped, public, VC__WRAPPING_HPKE, vc_str("short"), &err), VC_E_ARGUMENT);
    assert_int_equal(vc__keypair_wrap(&own, public, VC__WRAPPING_OWN, key, NULL), VC_OK);
    const vc_code code = vc__keypair_wrap(&wrapped, public, VC__WRAPPING_HPKE, key, NULL);
    if (absent()) {
        assert_int_equal(code, VC_E_UNSUPPORTED);
        char some[113] = { 4 };
        assert_int_equal(vc__keypair_unwrap(&out, ec, VC__WRAPPING_HPKE, vc_view_of(some, sizeof some), NULL), VC_E_UNSUPPORTED);
        return;
    }
    assert_int_equal(code, VC_OK);
    assert_int_equal(vc__keypair_unwrap(&out, public, VC__WRAPPING_HPKE, vc__buf_get(&wrapped), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__keypair_unwrap(&out, ec, VC__WRAPPING_OWN, vc__buf_get(&wrapped), NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__keypair_unwrap(&out, ec, VC__WRAPPING_HPKE, vc__buf_get(&own), NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__keypair_unwrap(&out, ec, VC__WRAPPING_HPKE, vc__buf_get(&wrapped), NULL), VC_OK);
    assert_true(vc__view_equal(vc__buf_get(&out), key));
    wrapped.data[112] ^= 1;
    assert_int_equal(vc__keypair_unwrap(&out, ec, VC__WRAPPING_HPKE, vc__buf_get(&wrapped), &err), VC_E_CIPHERTEXT);
    assert_string_equal(err.message, "the data key cannot be unwrapped: it was changed, or wrapped to another key");
}

static vc_code there_and_back(void *arg)
{
    EVP_PKEY *own = arg;
    vc__auto(vc__buf) sealed = VC__BUF(1024), out = VC__BUF(256);
    vc_code code = vc__hpke_seal(&sealed, own, vc_str("i"), vc_str(""), vc_str("key"), NULL);
    return code ? code : vc__hpke_open(&out, own, vc_str("i"), vc_str(""), vc__buf_get(&sealed), NULL);
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    if (absent())
        return;
    EVP_PKEY *own = receiver();
    assert_int_equal(there_and_back(own), VC_OK);
    SWEEP_ALLOCATIONS(there_and_back, own);
    EVP_PKEY_free(own);
}

int main(void)
{
    print_message("# HPKE is %s\n", vc__hpke_check(NULL) ? "not built in: what it says then" : "there");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_opens),
        cmocka_unit_test(it_goes_there_and_back),
        cmocka_unit_test(a_pair_wraps_by_it),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("crypto_hpke", tests, NULL, NULL);
}
