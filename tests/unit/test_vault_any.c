/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to any endpoint: what their paths may be, and what a reply tells. */
#include "unit/test.h"

#include "base/text.h"
#include "vault/vault.h"

static vc_code build(vc_request *request, const char *method, const char *path, const char *body)
{
    return vc__vault_request(request, method, path, vc_str(body), NULL, NULL);
}

static void paths_are_written_for_a_url(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *sent;
    } table[] = {
        { "GET", "sys/health", "/v1/sys/health" },
        { "GET", "/sys/health", "/v1/sys/health" },
        { "GET", "/v1/sys/health", "/v1/sys/health" },
        { "GET", "v1/secret", "/v1/v1/secret" },
        { "GET", "sys/health?standbyok=true&x", "/v1/sys/health?standbyok=true&x" },
        { "GET", "kv/data/a b", "/v1/kv/data/a%20b" },
        { "GET", "kv/data/a%20b%2fc", "/v1/kv/data/a%20b%2fc" },
        { "GET", "kv/data/\xc3\xa4\"<", "/v1/kv/data/%C3%A4%22%3C" },
        { "GET", "kv/data/.../..a/.b", "/v1/kv/data/.../..a/.b" },
        { "GET", "kv/x?y=../a//b c", "/v1/kv/x?y=../a//b%20c" },
        { "GET", "kv/x?", "/v1/kv/x?" },
        { "GET", "kv/x?u=http://h/", "/v1/kv/x?u=http://h/" },
        { "LIST", "transit/keys", "/v1/transit/keys?list=true" },
        { "LIST", "transit/keys/", "/v1/transit/keys/?list=true" },
        { "LIST", "transform/role?filter=a*", "/v1/transform/role?filter=a*&list=true" },
        { "LIST", "transit/keys?", "/v1/transit/keys?list=true" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_request request;
        assert_int_equal(build(&request, table[i].method, table[i].path, NULL), VC_OK);
        assert_string_equal(vc_request_method(&request), "GET");
        assert_string_equal(vc_request_path(&request), table[i].sent);
        vc__request_cleanup(&request);
    }
}

static void paths_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    static const char *const table[] = {
        NULL, "", "/", "/v1/", "//host/x", "a//b", "/v1//a", ".", "..", "a/..", "a/../b", "a/./b", "../a", "a/%2e%2e/b",
        "a/%2E./b", "a/..%2fb", "a%2f%2fb", "a%2f", "https://other/v1/sys/health", "http://x", "a\nb", "a\rb", "a\tb",
        "a%0ab", "a%00", "a%7f", "a\x7f", "a%", "a%2", "a%zz", "a#b", "a?b#c", "a?b\nc", "a?%0d", "?list=true",
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_request request;
        vc_error err = VC_ERROR_INIT;
        if (vc__vault_request(&request, "GET", table[i], vc_str(NULL), NULL, &err) != VC_E_ARGUMENT)
            fail_msg("'%s' was taken", table[i] ? table[i] : "(null)");
        assert_true(err.message[0]);
        vc__request_cleanup(&request);
    }
    vc_request request;
    char *far = calloc(1, 5000);
    memset(far, 'a', 4999);
    assert_int_equal(build(&request, "GET", far, NULL), VC_E_LIMIT);
    vc__request_cleanup(&request);
    free(far);
}

static void methods_say_what_may_be_repeated(void **state)
{
    (void)state;
    static const struct {
        const char *method, *sent; /* NULL: refused */
        bool safe, body;
    } table[] = {
        { "GET", "GET", true, false },     { "LIST", "GET", true, false },   { "HEAD", "HEAD", true, false },
        { "POST", "POST", false, true },   { "PUT", "PUT", false, true },    { "PATCH", "PATCH", false, true },
        { "DELETE", "DELETE", false, true }, { "get", NULL, false, false },  { "", NULL, false, false },
        { NULL, NULL, false, false },      { "TRACE", NULL, false, false },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_request request;
        assert_int_equal(build(&request, table[i].method, "a", NULL), table[i].sent ? VC_OK : VC_E_ARGUMENT);
        if (table[i].sent) {
            assert_string_equal(vc_request_method(&request), table[i].sent);
            assert_int_equal(request.replay_safe, table[i].safe);
            assert_false(request.once);
        }
        vc__request_cleanup(&request);
        assert_int_equal(build(&request, table[i].method, "a", "{\"b\":1}"), table[i].body ? VC_OK : VC_E_ARGUMENT);
        if (table[i].body)
            assert_true(vc__view_is(vc_request_body(&request), "{\"b\":1}"));
        vc__request_cleanup(&request);
    }
}

static void options_are_heeded(void **state)
{
    (void)state;
    vc_request request;
    vc_vault_options *options = vc_vault_options_new(NULL);
    vc_vault_options_set_replay_safe(options, 1);
    vc_vault_options_set_once(options, 1);
    assert_int_equal(vc__vault_request(&request, "POST", "a", vc_str("{}"), options, NULL), VC_OK);
    assert_true(request.replay_safe && request.once);
    vc__request_take(&request);
    assert_int_equal(vc_request_reply(&request, 503, vc_str(NULL), vc_str(""), 0, NULL), VC_OK);
    uint64_t seed = 1;
    assert_false(vc__request_again(&request, 0, 60000, &seed));
    request.once = false;
    assert_true(vc__request_again(&request, 0, 60000, &seed));
    vc__request_cleanup(&request);
    vc_vault_options_set_replay_safe(options, 0);
    assert_int_equal(vc__vault_request(&request, "GET", "a", vc_str(NULL), options, NULL), VC_OK);
    assert_false(request.replay_safe);
    vc__request_cleanup(&request);
    vc_vault_options_set_no_token(options, 1);
    vc_vault_options_set_wrap_ttl(options, 30);
    static const struct {
        const char *name, *header; /* header NULL: the client's */
    } names[] = { { "a/b", "a/b/" }, { "/a/", "a/" }, { "", "" }, { "/", "" }, { NULL, NULL } };
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(vc_vault_options_set_namespace(options, names[i].name, NULL), VC_OK);
        assert_int_equal(vc__vault_request(&request, "GET", "a", vc_str(NULL), options, NULL), VC_OK);
        assert_int_equal(request.auth, VC__AUTH_NONE);
        assert_int_equal(request.wrap_ttl, 30);
        assert_true(request.keep_headers);
        if (names[i].header)
            assert_string_equal(request.namespace_override, names[i].header);
        else
            assert_null(request.namespace_override);
        vc__request_cleanup(&request);
    }
    assert_int_equal(vc_vault_options_set_namespace(options, "a//b", NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_vault_options_set_namespace(options, "a\r\nX-Vault-Token: x", NULL), VC_E_ARGUMENT);
    vc_vault_options_free(options);
    vc_vault_options_free(NULL);
}

static vc_vault_reply *reply_of(int status, const char *body, vc_error *err)
{
    vc_request request;
    vc__request_init(&request, "GET", 100, true);
    vc__request_take(&request);
    const vc_code code = vc_request_reply(&request, status, vc_str(NULL), vc_str(body), 0, err);
    vc_vault_reply *reply = code ? NULL : vc__vault_reply_take(&request, err);
    vc__request_cleanup(&request);
    return reply;
}

static void replies_tell_all(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *id;
        const char *warnings[3];
    } table[] = {
        { 200, "{\"request_id\":\"0a-1\",\"data\":{\"warnings\":[\"no\"]},\"warnings\":[\"a\",\"b\\u0000c\"]}\n", "0a-1", { "a", "b" } },
        { 200, "{\"request_id\":\"0a-1\",\"warnings\":null}", "0a-1", { NULL } },
        { 200, "{\"warnings\":[1,{\"a\":[]},\"w\"],\"request_id\":\"z\"}", "z", { "w" } },
        { 204, "", "", { NULL } },
        { 400, "{\"errors\":[\"x\"]}", "", { NULL } },
        { 502, "<html>", "", { NULL } },
        { 200, "[1]", "", { NULL } },
        { 200, "{\"request_id\":\"a\",\"warnings\":[\"cut", "a", { NULL } },
        { 200, "{\"request_id\":7}", "", { NULL } },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_vault_reply *reply = reply_of(table[i].status, table[i].body, NULL);
        assert_int_equal(vc_vault_reply_status(reply), table[i].status);
        assert_true(vc__view_is(vc_vault_reply_body(reply), table[i].body));
        assert_string_equal(vc_vault_reply_request_id(reply), table[i].id);
        size_t count = 0;
        for (; count < 3 && table[i].warnings[count]; count++)
            assert_string_equal(vc_vault_reply_warning(reply, count), table[i].warnings[count]);
        assert_int_equal(vc_vault_reply_warning_count(reply), count);
        assert_null(vc_vault_reply_warning(reply, count));
        vc_vault_reply_free(reply);
    }
    vc_vault_reply_free(NULL);
}

/* Finding a warning takes as many steps as stand before it: more than a person reads are not kept. */
static void warnings_are_bounded(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    vc_error err = VC_ERROR_INIT;
    char *body = malloc(3 * MANY + 64), *at = body + sprintf(body, "{\"warnings\":[\"w\"");
    for (size_t i = 0; i < MANY; i++)
        at = (char *)memcpy(at, ",\"\"", 3) + 3;
    memcpy(at, "]}", 3);
    vc_vault_reply *reply = reply_of(200, body, &err);
    assert_int_equal(vc_vault_reply_warning_count(reply), 256);
    assert_string_equal(vc_vault_reply_warning(reply, 0), "w");
    assert_string_equal(vc_vault_reply_warning(reply, 255), "");
    assert_null(vc_vault_reply_warning(reply, 256));
    vc_vault_reply_free(reply);
    free(body);
}

static vc_code sweep_request(void *unused)
{
    (void)unused;
    vc_request request;
    vc_error err = VC_ERROR_INIT;
    vc_vault_options *options = vc_vault_options_new(&err);
    vc_code code = options ? VC_OK : err.code;
    if (!code) {
        code = vc__vault_request(&request, "POST", "a/b c?d", vc_str("{}"), options, &err);
        vc__request_cleanup(&request);
    }
    vc_vault_options_free(options);
    return code;
}

static vc_code sweep_reply(void *unused)
{
    (void)unused;
    vc_error err = VC_ERROR_INIT;
    vc_vault_reply *reply = reply_of(200, "{\"request_id\":\"i\",\"warnings\":[\"a\",\"b\"]}", &err);
    const bool whole = reply && vc_vault_reply_warning_count(reply) == 2;
    vc_vault_reply_free(reply);
    return whole ? VC_OK : reply ? VC_E_INTERNAL : err.code;
}

static void memory_may_be_short(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(sweep_request, NULL);
    SWEEP_ALLOCATIONS(sweep_reply, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_written_for_a_url), cmocka_unit_test(paths_that_lead_elsewhere_are_refused),
        cmocka_unit_test(methods_say_what_may_be_repeated), cmocka_unit_test(options_are_heeded),
        cmocka_unit_test(replies_tell_all), cmocka_unit_test(warnings_are_bounded),
        cmocka_unit_test(memory_may_be_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
