/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vault/transit and transit_options: HMACs, signatures, data keys, random bytes, digests, as requests and as replies. */
#include "unit/request.h"
#include "unit/test.h"

#include "base/text.h"
#include "vault/single.h"

#define OK(call) assert_int_equal((call), VC_OK)

static char reply[4000];

static char *body_of(const char *text)
{
    assert_true(strlen(text) < sizeof reply);
    return strcpy(reply, text);
}

static void test_requests(void **state)
{
    (void)state;
    vc_request request;
    OK(vc__transit_request(&request, VC__TRANSIT_HMAC, "m/k", vc_view_of("\0", 1), NULL, NULL));
    check_request(&request, "POST", "/v1/m/hmac/k", "{\"input\":\"AA==\"}", true);
    OK(vc__transit_request(&request, VC__TRANSIT_SIGN, "k", vc_str(""), NULL, NULL));
    check_request(&request, "POST", "/v1/transit/sign/k", "{\"input\":\"\"}", true);
    OK(vc__transit_verify_request(&request, VC__TRANSIT_VERIFY, "k", vc_str("a"), vc_str("vault:v1:\"x"), NULL, NULL));
    check_request(&request, "POST", "/v1/transit/verify/k", "{\"input\":\"YQ==\",\"signature\":\"vault:v1:\\\"x\"}", true);
    OK(vc__transit_verify_request(&request, VC__TRANSIT_VERIFY_HMAC, "k", vc_str("a"), vc_str(NULL), NULL, NULL));
    check_request(&request, "POST", "/v1/transit/verify/k", "{\"input\":\"YQ==\",\"hmac\":\"\"}", true);
    refused(&request, vc__transit_verify_request(&request, VC__TRANSIT_VERIFY, "k", vc_str("a"), vc_str("\xff"), NULL, NULL),
            VC_E_SIGNATURE);
    refused(&request, vc__transit_request(&request, VC__TRANSIT_SIGN, "-", vc_str("a"), NULL, NULL), VC_E_ARGUMENT);
}

static void test_options(void **state)
{
    (void)state;
    vc_request request;
    vc_transit_options *options = vc_transit_options_new(NULL);
    vc_transit_options_set_key_version(options, 7);
    OK(vc_transit_options_set_hash_algorithm(options, "sha2-512", NULL));
    OK(vc__transit_request(&request, VC__TRANSIT_HMAC, "k", vc_str("a"), options, NULL));
    check_request(&request, "POST", "/v1/transit/hmac/k", "{\"input\":\"YQ==\",\"algorithm\":\"sha2-512\",\"key_version\":7}",
                  true);
    OK(vc__transit_verify_request(&request, VC__TRANSIT_VERIFY_HMAC, "k", vc_str("a"), vc_str("h"), options, NULL));
    check_request(&request, "POST", "/v1/transit/verify/k",
                  "{\"input\":\"YQ==\",\"hmac\":\"h\",\"hash_algorithm\":\"sha2-512\"}", true);
    static const struct {
        int bytes;
        const char *text;
    } salts[] = { { 0, "0" }, { 20, "20" }, { VC_TRANSIT_SALT_AUTO, "auto" }, { VC_TRANSIT_SALT_HASH, "hash" } };
    for (size_t i = 0; i < COUNT(salts); i++) {
        char want[200];
        OK(vc_transit_options_set_salt_length(options, salts[i].bytes, NULL));
        OK(vc__transit_request(&request, VC__TRANSIT_SIGN, "k", vc_str("a"), options, NULL));
        snprintf(want, sizeof want,
                 "{\"input\":\"YQ==\",\"hash_algorithm\":\"sha2-512\",\"salt_length\":\"%s\",\"key_version\":7}", salts[i].text);
        check_request(&request, "POST", "/v1/transit/sign/k", want, true);
    }
    refused(&request, vc__transit_request(&request, VC__TRANSIT_ENCRYPT, "k", vc_str("a"), options, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_request(&request, VC__TRANSIT_HMAC, "k", vc_str("a"), options, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_datakey_request(&request, true, "k", 256, options, NULL), VC_E_ARGUMENT);
    static const char *const bad[] = { "SHA", "a b", "a\"", "a/b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\xc3\xa4" };
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(vc_transit_options_set_hash_algorithm(options, bad[i], NULL), VC_E_ARGUMENT);
        assert_int_equal(vc_transit_options_set_signature_algorithm(options, bad[i], NULL), VC_E_ARGUMENT);
        assert_int_equal(vc_transit_options_set_marshaling(options, bad[i], NULL), VC_E_ARGUMENT);
    }
    assert_int_equal(vc_transit_options_set_salt_length(options, 65536, NULL), VC_E_ARGUMENT);
    vc_transit_options_free(options);
    options = vc_transit_options_new(NULL);
    static char mib[(1 << 20) + 1];
    OK(vc_transit_options_set_context(options, vc_view_of(mib, 1 << 20), NULL));
    assert_int_equal(vc_transit_options_set_context(options, vc_view_of(mib, sizeof mib), NULL), VC_E_LIMIT);
    vc_transit_options_free(options);
}

static void test_other_requests(void **state)
{
    (void)state;
    vc_request request;
    vc_transit_options *options = vc_transit_options_new(NULL);
    OK(vc__transit_datakey_request(&request, true, "m/k", 128, options, NULL));
    check_request(&request, "POST", "/v1/m/datakey/plaintext/k", "{\"bits\":128}", true);
    OK(vc_transit_options_set_context(options, vc_str("c"), NULL));
    OK(vc_transit_options_set_associated_data(options, vc_str(""), NULL));
    vc_transit_options_set_key_version(options, 2);
    OK(vc__transit_datakey_request(&request, false, "k", 512, options, NULL));
    check_request(&request, "POST", "/v1/transit/datakey/wrapped/k",
                  "{\"bits\":512,\"context\":\"Yw==\",\"associated_data\":\"\",\"key_version\":2}", true);
    vc_transit_options_free(options);
    refused(&request, vc__transit_datakey_request(&request, true, "k", 0, NULL, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_datakey_request(&request, true, "", 256, NULL, NULL), VC_E_ARGUMENT);
    OK(vc__transit_random_request(&request, NULL, NULL, 9, NULL));
    check_request(&request, "POST", "/v1/transit/random", "{\"bytes\":9,\"format\":\"base64\"}", true);
    OK(vc__transit_random_request(&request, "m", "all", 9, NULL));
    check_request(&request, "POST", "/v1/m/random/all", "{\"bytes\":9,\"format\":\"base64\"}", true);
    refused(&request, vc__transit_random_request(&request, NULL, "../x", 9, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_random_request(&request, NULL, NULL, 0, NULL), VC_E_ARGUMENT);
    OK(vc__transit_hash_request(&request, NULL, NULL, vc_str("a"), NULL));
    check_request(&request, "POST", "/v1/transit/hash", "{\"input\":\"YQ==\",\"format\":\"base64\"}", true);
    OK(vc__transit_hash_request(&request, "m", "sha3-256", vc_str(""), NULL));
    check_request(&request, "POST", "/v1/m/hash", "{\"input\":\"\",\"format\":\"base64\",\"algorithm\":\"sha3-256\"}", true);
    refused(&request, vc__transit_hash_request(&request, NULL, "a\"", vc_str(""), NULL), VC_E_ARGUMENT);
}

/* Replies of one value, by verb. */
static void test_outcomes(void **state)
{
    (void)state;
    static const struct {
        vc__verb verb;
        int status;
        const char *body;
        vc_code code;
    } cases[] = {
        { VC__TRANSIT_HMAC, 200, DATA("\"hmac\":\"vault:v1:AA==\""), VC_OK },
        { VC__TRANSIT_HMAC, 200, DATA("\"hmac\":\"AA==\""), VC_E_PROTOCOL },
        { VC__TRANSIT_HMAC, 200, DATA("\"signature\":\"vault:v1:AA==\""), VC_E_PROTOCOL },
        { VC__TRANSIT_SIGN, 200, DATA("\"signature\":\"vault:v1:AA==\",\"key_version\":1"), VC_OK },
        { VC__TRANSIT_SIGN, 200, DATA("\"signature\":\"\""), VC_E_PROTOCOL },
        { VC__TRANSIT_SIGN, 200, DATA("\"signature\":\"vault:v1:A\",\"signature\":\"vault:v1:A\""), VC_E_PROTOCOL },
        { VC__TRANSIT_SIGN, 500, "{\"errors\":[\"1 error occurred:\\n\\t* error deriving key: missing 'context' for key derivation; x\"]}",
          VC_E_REQUEST },
        { VC__TRANSIT_SIGN, 500, "{\"errors\":[\"1 error occurred:\\n\\t* crypto/rsa: input must be hashed with given hash\\n\\n\"]}",
          VC_E_REFUSED },
        { VC__TRANSIT_SIGN, 400, "{\"errors\":[\"key type aes256-gcm96 does not support signing\"]}", VC_E_REQUEST },
        { VC__TRANSIT_SIGN, 400, "{\"errors\":[\"signing key not found\"]}", VC_E_NOT_FOUND },
        { VC__TRANSIT_VERIFY, 200, DATA("\"valid\":true"), VC_OK },
        { VC__TRANSIT_VERIFY, 200, DATA("\"valid\":false"), VC_E_SIGNATURE },
        { VC__TRANSIT_VERIFY, 200, DATA(""), VC_E_SIGNATURE }, /* fail closed */
        { VC__TRANSIT_VERIFY, 200, DATA("\"valid\":null"), VC_E_SIGNATURE },
        { VC__TRANSIT_VERIFY, 200, DATA("\"valid\":\"true\""), VC_E_PROTOCOL },
        { VC__TRANSIT_VERIFY, 200, DATA("\"valid\":1"), VC_E_PROTOCOL },
        { VC__TRANSIT_VERIFY, 200, DATA("\"valid\":true,\"valid\":false"), VC_E_PROTOCOL },
        { VC__TRANSIT_VERIFY, 200, DATA("\"valid\":true,\"error\":\"x\""), VC_E_REFUSED },
        { VC__TRANSIT_VERIFY, 200, "{\"data\":null}", VC_E_PROTOCOL },
        { VC__TRANSIT_VERIFY, 200, "{\"data\":{\"valid\":true", VC_E_PROTOCOL },
        { VC__TRANSIT_VERIFY, 204, "", VC_E_PROTOCOL },
        { VC__TRANSIT_VERIFY, 400, "{\"errors\":[\"invalid signature: no prefix\"]}", VC_E_SIGNATURE },
        { VC__TRANSIT_VERIFY, 400, "{\"errors\":[\"supplied signature is invalid\"]}", VC_E_SIGNATURE },
        { VC__TRANSIT_VERIFY_HMAC, 200, DATA("\"valid\":true"), VC_OK },
        { VC__TRANSIT_VERIFY_HMAC, 400, "{\"errors\":[\"invalid HMAC to verify: no prefix\"]}", VC_E_SIGNATURE },
        { VC__TRANSIT_VERIFY_HMAC, 400, "{\"errors\":[\"encryption key not found\"]}", VC_E_NOT_FOUND },
        { VC__TRANSIT_HMAC, 400, "{\"errors\":[\"some words with CANARY in them\"]}", VC_E_REFUSED },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc__outcome outcome;
        vc_error err = VC_ERROR_INIT;
        const vc_code code = vc__single_read(cases[i].verb, cases[i].status, body_of(cases[i].body), strlen(cases[i].body),
                                             &outcome, &err);
        if (code != cases[i].code)
            fail_msg("case %zu: %s", i, vc_code_name(code));
        assert_int_equal(err.code, code);
        assert_null(strstr(err.message, "CANARY"));
        assert_true(!code || !outcome.value.data);
    }
}

static vc_code datakey(const char *text, bool wanted, vc_view *plain)
{
    vc_view sealed;
    *plain = vc_str(NULL);
    return vc__transit_datakey_parse(plain, &sealed, wanted, 200, body_of(text), strlen(text), NULL);
}

static void test_other_replies(void **state)
{
    (void)state;
    vc_view view;
    OK(datakey(DATA("\"ciphertext\":\"vault:v1:x\",\"plaintext\":\"AAEC\""), true, &view));
    assert_int_equal(view.len, 3);
    OK(datakey(DATA("\"ciphertext\":\"vault:v1:x\""), false, &view));
    static const char *const bad[] = {
        DATA("\"ciphertext\":\"vault:v1:x\""), DATA("\"ciphertext\":\"x\",\"plaintext\":\"AAEC\""), DATA("\"plaintext\":\"AAEC\""),
        DATA("\"ciphertext\":\"vault:v1:x\",\"plaintext\":\"AAE\""), DATA("\"ciphertext\":\"vault:v1:x\",\"plaintext\":\"\""),
        DATA("\"ciphertext\":\"vault:v1:x\",\"plaintext\":7"), "{}", "",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(datakey(bad[i], true, &view), VC_E_PROTOCOL);
        assert_null(view.data);
    }
    /* a key in clear that was not asked for */
    assert_int_equal(datakey(DATA("\"ciphertext\":\"vault:v1:x\",\"plaintext\":\"AAEC\""), false, &view), VC_E_PROTOCOL);
    static const char random[] = DATA("\"random_bytes\":\"AAEC\""), sum[] = DATA("\"sum\":\"AAEC\"");
    OK(vc__transit_random_parse(&view, 3, 200, body_of(random), strlen(random), NULL));
    assert_int_equal(vc__transit_random_parse(&view, 4, 200, body_of(random), strlen(random), NULL), VC_E_PROTOCOL);
    assert_int_equal(vc__transit_hash_parse(&view, "sha2-256", 200, body_of(sum), strlen(sum), NULL), VC_E_PROTOCOL);
    assert_int_equal(vc__transit_hash_parse(&view, NULL, 200, body_of(sum), strlen(sum), NULL), VC_E_PROTOCOL);
    OK(vc__transit_hash_parse(&view, "new-hash", 200, body_of(sum), strlen(sum), NULL));
    assert_int_equal(view.len, 3);
}

static vc_code everything(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc_request request;
    vc_transit_options *options = vc_transit_options_new(&err);
    vc_code code = options ? vc_transit_options_set_context(options, vc_str("c"), &err) : err.code;
    if (!code) {
        code = vc__transit_request(&request, VC__TRANSIT_SIGN, "k", vc_str("x"), options, &err);
        vc__request_cleanup(&request);
    }
    if (!code) {
        code = vc__transit_datakey_request(&request, true, "k", 256, options, &err);
        vc__request_cleanup(&request);
    }
    if (!code) {
        code = vc__transit_random_request(&request, NULL, "all", 3, &err);
        vc__request_cleanup(&request);
    }
    if (!code) {
        code = vc__transit_hash_request(&request, NULL, "sha2-256", vc_str("x"), &err);
        vc__request_cleanup(&request);
    }
    vc_transit_options_free(options);
    assert_int_equal(code, err.code);
    return code;
}

static void test_allocations(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(everything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),       cmocka_unit_test(test_options),
        cmocka_unit_test(test_other_requests), cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_other_replies),  cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests_name("vault_transit_value", tests, NULL, NULL);
}
