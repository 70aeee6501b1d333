/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vault/request: its states, and what is sent again, when. */
#include "unit/test.h"

#include "base/error.h"
#include "base/text.h"
#include "vault/request.h"

enum { NOW = 1000000, FAR = NOW + 600000 };

static void start(vc_request *request, bool replay_safe)
{
    vc__request_init(request, "POST", 1000, replay_safe);
    vc__buf_str(&request->path, "/v1/transit/encrypt/k");
    vc__buf_str(&request->body, "{}");
    vc__request_take(request);
}

static vc_code reply(vc_request *request, int status, const char *retry_after, const char *body)
{
    return vc_request_reply(request, status, vc_str(retry_after), vc_str(body), NOW, NULL);
}

static void test_states(void **state)
{
    (void)state;
    vc_request request;
    vc_error err = VC_ERROR_INIT;
    vc__request_init(&request, "POST", 1000, true);
    assert_string_equal(vc_request_path(&request), "");
    assert_int_equal(vc_request_body(&request).len, 0);
    assert_true(vc__request_due(&request, 0));
    assert_int_equal(vc_request_reply(&request, 200, vc_str(NULL), vc_str("x"), NOW, &err),
                     VC_E_STATE); /* not handed out */
    vc__request_cleanup(&request);

    start(&request, true);
    vc_request_set_user(&request, &err);
    assert_ptr_equal(vc_request_user(&request), &err);
    assert_string_equal(vc_request_method(&request), "POST");
    assert_string_equal(vc_request_path(&request), "/v1/transit/encrypt/k");
    assert_true(vc__view_is(vc_request_body(&request), "{}"));
    assert_false(vc__request_due(&request, FAR));
    assert_int_equal(reply(&request, 503, "2", "first"), VC_OK);
    assert_int_equal(request.retry_after, 2000);
    assert_int_equal(vc_request_reply(&request, 200, vc_str(NULL), vc_str("x"), NOW, &err), VC_E_STATE);
    assert_int_equal(vc_request_failed(&request, &err, NOW, &err), VC_E_STATE);
    assert_string_equal(request.reply.data, "first");

    uint64_t seed = 1;
    assert_true(vc__request_again(&request, NOW, FAR, &seed));
    assert_int_equal(request.state, VC__REQUEST_WAITING);
    assert_false(vc__request_due(&request, request.not_before - 1));
    assert_true(vc__request_due(&request, request.not_before));
    vc__request_take(&request);
    assert_int_equal(request.tries, 2);
    assert_int_equal(request.reply.len, 0);
    assert_int_equal(request.status, 0);
    assert_int_equal(vc_request_failed(&request, NULL, NOW, &err), VC_OK);
    assert_int_equal(request.failure.code, VC_E_CONNECT);
    vc__request_cleanup(&request);
}

static void test_failure_is_kept(void **state)
{
    (void)state;
    vc_request request;
    start(&request, true);
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_TLS, "the certificate has expired");
    assert_int_equal(vc_request_failed(&request, &why, NOW, NULL), VC_OK);
    assert_int_equal(request.failure.code, VC_E_TLS);
    assert_string_equal(request.failure.message, "the certificate has expired");
    vc__request_cleanup(&request);
}

static void test_retry_after(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ms;
    } cases[] = {
        { NULL, 0 },
        { "", 0 },
        { "0", 0 },
        { "1", 1000 },
        { "86400", 86400000 },
        { "86401", 0 },
        { "-1", 0 },
        { "1.5", 0 },
        { " 1", 0 },
        { "01", 0 },
        { "99999999999999999999", 0 },
        { "Sun, 22 Nov 2026 01:48:51 GMT", 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_request request;
        start(&request, true);
        assert_int_equal(reply(&request, 429, cases[i].text, ""), VC_OK);
        assert_int_equal(request.retry_after, cases[i].ms);
        vc__request_cleanup(&request);
    }
}

/* Spec 1.6. */
static void test_what_is_sent_again(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        bool safe, unsafe; /* sent again when replay is safe, and when it is not */
    } cases[] = {
        { 200, "{}", false, false },
        { 204, "", false, false },
        { 307, "", false, false },
        { 400, "{\"errors\":[\"?\"]}", false, false },
        { 403, "", false, false },
        { 404, "", false, false },
        { 405, "", false, false },
        { 412, "", true, true },
        { 413, "", false, false },
        { 429, "", true, true },
        { 500, "", true, false },
        { 500, "{\"errors\":[\"1 error occurred:\\n\\t* context canceled\\n\\n\"]}", true, false },
        { 500, "{\"errors\":[\"1 error occurred:\\n\\t* past the max TTL, cannot renew\\n\\n\"]}", false, false },
        { 500, "{\"errors\":[\"JSON string value exceeds allowed length\"]}", false, false },
        { 500, "{\"errors\":[\"failed to parse batch input: ...\"]}", false, false },
        { 500, "{\"errors\":[\"malformed JSON\"]}", false, false },
        { 500, "{\"errors\":[\"duplicate key 'a' in object\"]}", false, false },
        { 500, "{\"errors\":[\"failed to RSA encrypt the plaintext: ...\"]}", false, false },
        { 500, "{\"data\":{\"batch_results\":[]}}", false, false },
        { 501, "", false, false },
        { 502, "<html>", true, false },
        { 503, "{\"errors\":[\"Vault is sealed\"]}", true, true },
        { 504, "", true, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int safe = 0; safe < 2; safe++) {
            vc_request request;
            uint64_t seed = i;
            start(&request, safe);
            assert_int_equal(reply(&request, cases[i].status, NULL, cases[i].body), VC_OK);
            const bool again = vc__request_again(&request, NOW, FAR, &seed);
            if (again != (safe ? cases[i].safe : cases[i].unsafe))
                fail_msg("status %d, case %zu, safe %d: %d", cases[i].status, i, safe, again);
            assert_int_equal(request.state, again ? VC__REQUEST_WAITING : VC__REQUEST_REPLIED);
            vc__request_cleanup(&request);
        }
    static const struct {
        vc_code code;
        bool safe;
    } failures[] = {
        { VC_E_CONNECT, true },   { VC_E_TIMEOUT, true }, { VC_E_TLS, false },
        { VC_E_CANCELED, false }, { VC_E_MEMORY, false },
    };
    for (size_t i = 0; i < COUNT(failures); i++)
        for (int safe = 0; safe < 2; safe++) {
            vc_request request;
            uint64_t seed = i;
            vc_error why = VC_ERROR_INIT;
            vc__error(&why, failures[i].code, "x");
            start(&request, safe);
            vc_request_failed(&request, &why, NOW, NULL);
            assert_int_equal(vc__request_again(&request, NOW, FAR, &seed), safe && failures[i].safe);
            vc__request_cleanup(&request);
        }
}

static void test_waits(void **state)
{
    (void)state;
    uint64_t seed = 7;
    vc_request request;
    start(&request, true);
    uint64_t span = 250;
    for (unsigned tries = 1; tries < 12; tries++) {
        assert_int_equal(reply(&request, 502, NULL, ""), VC_OK);
        assert_true(vc__request_again(&request, NOW, FAR, &seed));
        const uint64_t wait = request.not_before - NOW;
        assert_true(wait >= span / 2 && wait <= span);
        span = span * 2 > 15000 ? 15000 : span * 2;
        assert_true(vc__request_due(&request, request.not_before));
        vc__request_take(&request);
    }
    vc__request_cleanup(&request);

    /* Retry-After is obeyed, and not overdone. */
    start(&request, true);
    assert_int_equal(reply(&request, 429, "7", ""), VC_OK);
    assert_true(vc__request_again(&request, NOW, FAR, &seed));
    assert_true(request.not_before >= NOW + 7000 && request.not_before <= NOW + 7000 + 250);
    vc__request_cleanup(&request);

    /* Not on other statuses. */
    start(&request, true);
    assert_int_equal(reply(&request, 502, "7", ""), VC_OK);
    assert_true(vc__request_again(&request, NOW, FAR, &seed));
    assert_true(request.not_before <= NOW + 250);
    vc__request_cleanup(&request);
}

static void test_deadline(void **state)
{
    (void)state;
    uint64_t seed = 7;
    static const struct {
        const char *retry_after;
        uint64_t left;
        bool again;
    } cases[] = {
        { NULL, 0, false },   { NULL, 49, false }, { NULL, 100, true },    { NULL, 60000, true },
        { "1", 1000, false }, { "1", 1001, true }, { "30", 20000, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_request request;
        start(&request, true);
        assert_int_equal(reply(&request, 503, cases[i].retry_after, ""), VC_OK);
        assert_int_equal(vc__request_again(&request, NOW, NOW + cases[i].left, &seed), cases[i].again);
        assert_true(!cases[i].again || request.not_before < NOW + cases[i].left);
        vc__request_cleanup(&request);
    }
    /* A deadline that has passed, and one that never comes. */
    vc_request request;
    start(&request, true);
    assert_int_equal(reply(&request, 503, NULL, ""), VC_OK);
    assert_false(vc__request_again(&request, NOW, NOW - 1, &seed));
    assert_true(vc__request_again(&request, NOW, UINT64_MAX, &seed));
    vc__request_cleanup(&request);
}

/* Two clients that fail together do not come back together. */
static void test_jitter(void **state)
{
    (void)state;
    uint64_t waits[2];
    for (uint64_t i = 0; i < 2; i++) {
        vc_request request;
        uint64_t seed = 1000 + i;
        start(&request, true);
        request.tries = 8;
        assert_int_equal(reply(&request, 502, NULL, ""), VC_OK);
        assert_true(vc__request_again(&request, NOW, FAR, &seed));
        assert_int_not_equal(seed, 1000 + i);
        waits[i] = request.not_before;
        vc__request_cleanup(&request);
    }
    assert_int_not_equal(waits[0], waits[1]);
}

static void test_limits(void **state)
{
    (void)state;
    vc_request request;
    vc_error err = VC_ERROR_INIT;
    start(&request, true);
    request.reply.max = 10;
    assert_int_equal(vc_request_reply(&request, 200, vc_str(NULL), vc_str("12345678901"), NOW, &err),
                     VC_E_LIMIT);
    /* It is still to be answered. */
    assert_int_equal(vc_request_reply(&request, 200, vc_str(NULL), vc_str("1234567890"), NOW, &err), VC_OK);
    vc__request_cleanup(&request);
}

static vc_code whole_life(void *arg)
{
    (void)arg;
    vc_request request;
    vc_error err = VC_ERROR_INIT;
    start(&request, true);
    vc_code code = vc__buf_check(&request.path, "path", &err);
    if (!code)
        code = vc__buf_check(&request.body, "body", &err);
    if (!code)
        code = vc_request_reply(&request, 200, vc_str("1"), vc_str("body"), NOW, &err);
    vc__request_cleanup(&request);
    return code;
}

static void test_allocations(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(whole_life, NULL);
}

static void test_reply_error(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        vc_code code;
        int retryable;
    } cases[] = {
        { 200, "", VC_OK, 0 },
        { 204, "", VC_OK, 0 },
        { 299, "{\"errors\":[\"permission denied\"]}", VC_OK, 0 },
        { 300, "", VC_E_PROTOCOL, 0 },
        { 400, "{\"errors\":[\"?\"]}", VC_E_REQUEST, 0 },
        { 400, "{\"errors\":[\"path is already in use at transit/\"]}", VC_E_REQUEST, 0 },
        { 400, "{\"errors\":[\"plugin not found in the catalog: transform\"]}", VC_E_UNSUPPORTED, 0 },
        { 400, "{\"errors\":[\"key not found\"]}", VC_E_NOT_FOUND, 0 },
        { 400, "not Vault", VC_E_PROTOCOL, 0 },
        { 403, "", VC_E_DENIED, 0 },
        { 404, "{\"errors\":[]}", VC_E_NOT_FOUND, 0 },
        { 412, "", VC_E_SERVER, 1 },
        { 429, "", VC_E_BUSY, 1 },
        { 500, "", VC_E_SERVER, 1 },
        { 501, "", VC_E_SEALED, 0 },
        { 503, "{\"errors\":[\"Vault is sealed\"]}", VC_E_SEALED, 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__reply_error(cases[i].status, vc_str(cases[i].body), &err), cases[i].code);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(err.retryable, cases[i].retryable);
        assert_int_equal(vc__reply_error(cases[i].status, vc_str(cases[i].body), NULL), cases[i].code);
    }
    /* The request id is Vault's, or nothing. */
    vc_error err = VC_ERROR_INIT;
    vc__reply_error(500, vc_str("{\"request_id\":\"9921dfc9-784d-462d-43da-40fbc34b662c\"}"), &err);
    assert_string_equal(err.request_id, "9921dfc9-784d-462d-43da-40fbc34b662c");
    vc__reply_error(500, vc_str("{\"request_id\":\"hello world\"}"), &err);
    assert_string_equal(err.request_id, "");
    /* A body larger than what is looked at. */
    char *large = malloc(100000);
    memset(large, ' ', 100000);
    memcpy(large, "{\"errors\":[\"key not found\"],\"x\":\"", 33);
    assert_int_equal(vc__reply_error(400, vc_view_of(large, 100000), &err), VC_E_NOT_FOUND);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),      cmocka_unit_test(test_failure_is_kept),
        cmocka_unit_test(test_retry_after), cmocka_unit_test(test_what_is_sent_again),
        cmocka_unit_test(test_waits),       cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_jitter),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_allocations), cmocka_unit_test(test_reply_error),
    };
    return cmocka_run_group_tests_name("vault_request", tests, NULL, NULL);
}
