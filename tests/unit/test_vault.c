/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vault: bodies of data operations, their replies, requests and retries. */
#include "unit/test.h"

#include "base/text.h"
#include "vault/batch.h"
#include "vault/endpoint.h"
#include "vault/request.h"

static vc_view view(const char *text)
{
    return vc_str(text);
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        vc__verb verb;
        const char *mount, *name, *path; /* NULL: VC_E_ARGUMENT */
    } cases[] = {
        { VC__TRANSIT_ENCRYPT, "transit", "payments", "/v1/transit/encrypt/payments" },
        { VC__TRANSIT_DECRYPT, "team/a b/transit", "k.1-x", "/v1/team/a%20b/transit/decrypt/k.1-x" },
        { VC__TRANSIT_REWRAP, "transit/", "k", "/v1/transit/rewrap/k" },
        { VC__TRANSFORM_ENCODE, "transform", "r", "/v1/transform/encode/r" },
        { VC__TRANSFORM_DECODE, "tr\xc3\xa4nsform", "r", "/v1/tr%C3%A4nsform/decode/r" },
        { VC__TRANSIT_ENCRYPT, "", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "..", NULL },
        { VC__TRANSIT_ENCRYPT, "..", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "a/../b", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "a//b", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "/transit", "k", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "a/b", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "-k", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "k.", NULL },
        { VC__TRANSIT_ENCRYPT, "transit", "k?list=true", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc__auto(vc__buf) out = VC__BUF(1000);
        vc_error err = VC_ERROR_INIT;
        const vc_code code = vc__batch_path(&out, cases[i].verb, view(cases[i].mount), view(cases[i].name), &err);
        assert_int_equal(code, cases[i].path ? VC_OK : VC_E_ARGUMENT);
        assert_int_equal(err.code, code);
        if (cases[i].path)
            assert_string_equal(out.data, cases[i].path);
    }
}

static void test_bodies(void **state)
{
    (void)state;
    const vc__item items[] = {
        { .value = vc_view_of("hi", 2), .context = vc_view_of("\0\xff", 2), .key_version = 18446744073709551615u },
        { .value = vc_view_of("", 0), .associated_data = vc_view_of("a", 1) },
    };
    static const struct {
        vc__verb verb;
        const char *body;
    } cases[] = {
        { VC__TRANSIT_ENCRYPT, "{\"batch_input\":[{\"plaintext\":\"aGk=\",\"context\":\"AP8=\",\"key_version\":18446744073709551615},"
                               "{\"plaintext\":\"\",\"associated_data\":\"YQ==\"}],\"partial_failure_response_code\":200}" },
        { VC__TRANSIT_DECRYPT, "{\"batch_input\":[{\"ciphertext\":\"hi\",\"context\":\"AP8=\",\"key_version\":18446744073709551615},"
                               "{\"ciphertext\":\"\",\"associated_data\":\"YQ==\"}],\"partial_failure_response_code\":200}" },
        { VC__TRANSIT_REWRAP, "{\"batch_input\":[{\"ciphertext\":\"hi\",\"context\":\"AP8=\",\"key_version\":18446744073709551615},"
                              "{\"ciphertext\":\"\",\"associated_data\":\"YQ==\"}]}" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc__auto(vc__buf) body = VC__BUF(10000);
        vc__batch_begin(&body, cases[i].verb);
        for (size_t k = 0; k < COUNT(items); k++) {
            const size_t before = body.len;
            vc__batch_item(&body, cases[i].verb, &items[k], k == 0);
            assert_true(body.len - before <= vc__batch_item_size(cases[i].verb, &items[k]));
        }
        vc__batch_end(&body, cases[i].verb);
        assert_string_equal(body.data, cases[i].body);
    }
    vc__auto(vc__buf) body = VC__BUF(10000);
    const vc__item item = { .value = view("1\"\x01"), .transformation = view("ccn"), .tweak = view("AAA=") };
    vc__batch_begin(&body, VC__TRANSFORM_ENCODE);
    vc__batch_item(&body, VC__TRANSFORM_ENCODE, &item, true);
    vc__batch_end(&body, VC__TRANSFORM_ENCODE);
    assert_string_equal(body.data,
                        "{\"batch_input\":[{\"value\":\"1\\\"\\u0001\",\"transformation\":\"ccn\",\"tweak\":\"AAA=\"}]}");
}

static void test_round_of_replies(void **state)
{
    (void)state;
    static const struct {
        vc__verb verb;
        int status;
        const char *body;
        vc__verdict verdict;
        vc_code code; /* of the reply, or of item 0 */
        const char *value;
    } cases[] = {
        { VC__TRANSIT_ENCRYPT, 200, "{\"data\":{\"batch_results\":[{\"ciphertext\":\"vault:v1:aGk=\",\"key_version\":1}]}}",
          VC__VERDICT_ITEMS, VC_OK, "vault:v1:aGk=" },
        { VC__TRANSIT_DECRYPT, 207, "{\"data\":{\"batch_results\":[{\"plaintext\":\"aGk=\",\"reference\":\"\"}]}}",
          VC__VERDICT_ITEMS, VC_OK, "hi" },
        { VC__TRANSIT_DECRYPT, 500, "{\"data\":{\"batch_results\":[{\"plaintext\":\"\",\"error\":\"cipher: message "
                                    "authentication failed\"}]}}",
          VC__VERDICT_ITEMS, VC_E_CIPHERTEXT, NULL },
        { VC__TRANSFORM_DECODE, 200, "{\"data\":{\"batch_results\":[{\"encoded_value\":\"1-\\u00fc\"}]}}",
          VC__VERDICT_ITEMS, VC_OK, "1-\xc3\xbc" },
        { VC__TRANSIT_ENCRYPT, 200, "{\"data\":{\"batch_results\":[{\"ciphertext\":\"hello\"}]}}",
          VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_ENCRYPT, 200, "{\"data\":{\"batch_results\":[]}}", VC__VERDICT_FATAL, VC_E_PROTOCOL, NULL },
        { VC__TRANSIT_ENCRYPT, 400, "{\"errors\":[\"encryption key not found\"]}", VC__VERDICT_FATAL, VC_E_NOT_FOUND, NULL },
        { VC__TRANSIT_ENCRYPT, 403, "{\"errors\":[\"permission denied\"]}", VC__VERDICT_DENIED, VC_E_DENIED, NULL },
        { VC__TRANSIT_ENCRYPT, 413, "<html>", VC__VERDICT_TOO_LARGE, VC_E_TOO_LARGE, NULL },
        { VC__TRANSIT_ENCRYPT, 503, "", VC__VERDICT_RETRY, VC_E_SEALED, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char body[1000];
        strcpy(body, cases[i].body);
        vc__outcome outcome = { 0 };
        vc_error err = VC_ERROR_INIT;
        const vc__verdict verdict =
            vc__batch_read(cases[i].verb, cases[i].status, body, strlen(body), &outcome, 1, &err);
        assert_int_equal(verdict, cases[i].verdict);
        assert_int_equal(verdict == VC__VERDICT_ITEMS ? outcome.code : err.code, cases[i].code);
        assert_true(!cases[i].value || vc__view_is(outcome.value, cases[i].value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_round_of_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
