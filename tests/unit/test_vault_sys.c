/* SPDX-License-Identifier: Apache-2.0 */
/* Seal, mounts, policies, namespaces, tokens, wrapping: what is asked, and what is read from replies. */
#include "unit/test.h"

#include "base/secret.h"
#include "base/text.h"
#include "vault/names.h"
#include "vault/sys.h"
#include "vault/token.h"
#include "vault/wrapping.h"

static void is_request(vc_request *request, vc_code code, const char *wanted)
{
    char text[1024];
    assert_int_equal(code, VC_OK);
    snprintf(text, sizeof text, "%s %s %s%s%s", vc_request_method(request), vc_request_path(request),
             vc_request_body(request).len ? vc_request_body(request).data : "-", request->replay_safe ? " again" : "",
             request->auth == VC__AUTH_NONE ? " none" : "");
    assert_string_equal(text, wanted);
    vc__request_cleanup(request);
}

static void is_refused(vc_request *request, vc_code code)
{
    assert_int_equal(code, VC_E_ARGUMENT);
    vc__request_cleanup(request);
}

static void sys_requests(void **state)
{
    (void)state;
    vc_request r;
    is_request(&r, vc__sys_request(&r, "GET", "seal-status", NULL, true, NULL), "GET /v1/sys/seal-status - again");
    is_request(&r, vc__sys_request(&r, "DELETE", "mounts", "a b/c/", true, NULL), "DELETE /v1/sys/mounts/a%20b/c - again");
    is_refused(&r, vc__sys_request(&r, "DELETE", "mounts", "a/../b", true, NULL));
    is_refused(&r, vc__sys_request(&r, "DELETE", "mounts", "", true, NULL));
    is_request(&r, vc__sys_unseal(&r, vc_str("a\"b"), NULL), "POST /v1/sys/unseal {\"key\":\"a\\\"b\"} again");
    is_refused(&r, vc__sys_unseal(&r, vc_str(""), NULL));
    is_refused(&r, vc__sys_unseal(&r, vc_str("\xff"), NULL));
    is_request(&r, vc__sys_unseal_reset(&r, NULL), "POST /v1/sys/unseal {\"reset\":true} again");
    is_request(&r, vc__sys_mounts_read(&r, "auth", NULL), "GET /v1/sys/auth - again");
    is_request(&r, vc__sys_mount_enable(&r, "auth", "team/approle", "approle", NULL, NULL),
               "POST /v1/sys/auth/team/approle {\"type\":\"approle\"}");
    is_request(&r, vc__sys_mount_tune(&r, "mounts", "t/", 60, VC_SYS_UNCHANGED, NULL, NULL),
               "POST /v1/sys/mounts/t/tune {\"default_lease_ttl\":60} again");
    is_request(&r, vc__sys_mount_tune(&r, "auth", "t", VC_SYS_UNCHANGED, 0, "d", NULL),
               "POST /v1/sys/auth/t/tune {\"max_lease_ttl\":0,\"description\":\"d\"} again");
    static const char *const paths[] = { "a/b", "c" };
    is_request(&r, vc__sys_capabilities_self(&r, paths, 2, NULL),
               "POST /v1/sys/capabilities-self {\"paths\":[\"a/b\",\"c\"]} again");
    is_refused(&r, vc__sys_capabilities_self(&r, paths, 0, NULL));
    is_refused(&r, vc__sys_capabilities_self(&r, (const char *const[]){ "a/b", NULL }, 2, NULL));
    is_refused(&r, vc__sys_capabilities_self(&r, (const char *const[]){ "" }, 1, NULL));
}

static void many_capabilities(void **state)
{
    (void)state;
    static const char *const paths[] = { "a", "b/c", "d" };
    unsigned bits[3] = { 9, 9, 9 };
    static const char body[] = "{\"data\":{\"a\":[\"deny\"],\"b/c\":[\"read\",\"update\"],\"d\":[\"root\"],\"capabilities\":[\"deny\"]}}";
    assert_int_equal(vc__sys_capabilities_parse(bits, paths, 3, 200, vc_str(body), NULL), VC_OK);
    assert_int_equal(bits[0], 0);
    assert_int_equal(bits[1], VC_CAPABILITY_READ | VC_CAPABILITY_UPDATE);
    assert_int_equal(bits[2], VC_CAPABILITY_ROOT);
    bits[0] = 7;
    assert_int_equal(vc__sys_capabilities_parse(bits, paths, 3, 200, vc_str("{\"data\":{\"a\":[\"deny\"],\"b/c\":[\"read\"]}}"), NULL),
                     VC_E_PROTOCOL);
    assert_int_equal(bits[0], 7);
}

static void lists(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        vc_code code;
        size_t count;
    } table[] = {
        { 200, "{\"data\":{\"keys\":[\"a\",\"b/\"]}}", VC_OK, 2 },
        { 200, "{\"data\":{\"keys\":[]}}", VC_OK, 0 },
        { 404, "{\"errors\":[]}\n", VC_OK, 0 },
        { 404, "{\"errors\":[\"no handler for route \\\"x\\\"\"]}", VC_E_NOT_FOUND, 0 },
        { 404, "{}", VC_E_NOT_FOUND, 0 },
        { 404, "<html>", VC_E_NOT_FOUND, 0 },
        { 403, "{\"errors\":[]}", VC_E_DENIED, 0 },
        { 200, "{\"data\":{\"keys\":[\"a\",1]}}", VC_E_PROTOCOL, 0 },
        { 200, "{\"data\":{}}", VC_E_PROTOCOL, 0 },
        { 200, "{\"data\":null}", VC_E_PROTOCOL, 0 },
        { 200, "", VC_E_PROTOCOL, 0 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_names *names = vc__names_parse(table[i].status, vc_str(table[i].body), "keys", &err);
        assert_int_equal(err.code, table[i].code);
        assert_int_equal(names == NULL, table[i].code != VC_OK);
        if (names) {
            assert_int_equal(vc_names_count(names), table[i].count);
            assert_null(vc_names_at(names, table[i].count));
        }
        if (table[i].count == 2) {
            assert_string_equal(vc_names_at(names, 1), "b/");
            assert_true(vc_names_has(names, "a") && !vc_names_has(names, "b"));
        }
        vc_names_free(names);
    }
}

static void seals_and_leaders(void **state)
{
    (void)state;
    vc_sys_seal_status *seal = vc__sys_seal_status_parse(
        200, vc_str("{\"type\":\"shamir\",\"initialized\":true,\"sealed\":true,\"t\":3,\"n\":5,\"progress\":2,\"version\":\"2.1\"}"), NULL);
    assert_true(vc_sys_seal_status_is_sealed(seal) && vc_sys_seal_status_is_initialized(seal));
    assert_int_equal(vc_sys_seal_status_threshold(seal), 3);
    assert_int_equal(vc_sys_seal_status_shares(seal), 5);
    assert_int_equal(vc_sys_seal_status_progress(seal), 2);
    assert_string_equal(vc_sys_seal_status_type(seal), "shamir");
    assert_string_equal(vc_sys_seal_status_version(seal), "2.1");
    assert_string_equal(vc_sys_seal_status_cluster_name(seal), "");
    vc_sys_seal_status_free(seal);
    assert_null(vc__sys_seal_status_parse(200, vc_str("{\"a\":1}"), NULL));
    assert_null(vc__sys_seal_status_parse(200, vc_str("[]"), NULL));
    assert_null(vc__sys_seal_status_parse(400, vc_str("{\"errors\":[\"x\"]}"), NULL));
    vc_sys_leader *leader = vc__sys_leader_parse(
        200, vc_str("{\"ha_enabled\":true,\"is_self\":false,\"leader_address\":\"https://b:8200\"}"), NULL);
    assert_true(vc_sys_leader_is_ha(leader) && !vc_sys_leader_is_self(leader));
    assert_string_equal(vc_sys_leader_address(leader), "https://b:8200");
    vc_sys_leader_free(leader);
    assert_null(vc__sys_leader_parse(200, vc_str("{}"), NULL));
    vc_sys_mounts *mounts = vc__sys_mounts_parse(
        200, vc_str("{\"data\":{\"token/\":{\"type\":\"token\",\"accessor\":\"auth_token_1\",\"description\":\"d\"}}}"), NULL);
    assert_string_equal(vc_sys_mounts_accessor(mounts, "token"), "auth_token_1");
    assert_string_equal(vc_sys_mounts_description(mounts, "token/"), "d");
    assert_null(vc_sys_mounts_accessor(mounts, "t"));
    vc_sys_mounts_free(mounts);
}

/* --- tokens --- */

static void token_requests(void **state)
{
    (void)state;
    vc_request r;
    is_request(&r, vc__token_accessor(&r, "lookup-accessor", "acc", NULL),
               "POST /v1/auth/token/lookup-accessor {\"accessor\":\"acc\"} again");
    is_refused(&r, vc__token_accessor(&r, "lookup-accessor", "", NULL));
    is_refused(&r, vc__token_accessor(&r, "lookup-accessor", NULL, NULL));
    is_request(&r, vc__token_renew_self(&r, 0, NULL), "POST /v1/auth/token/renew-self {} again");
    is_request(&r, vc__token_renew_self(&r, 3600, NULL), "POST /v1/auth/token/renew-self {\"increment\":3600} again");
    is_request(&r, vc__token_request(&r, "POST", "revoke-self", false, NULL), "POST /v1/auth/token/revoke-self -");
    is_request(&r, vc__token_create(&r, NULL, NULL), "POST /v1/auth/token/create {}");
    vc_token_settings *settings = vc_token_settings_new(NULL);
    assert_int_equal(vc_token_settings_add_policy(settings, "app", NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_ttl(settings, 60, NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_explicit_max_ttl(settings, 120, NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_period(settings, 30, NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_uses(settings, 3, NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_type(settings, "batch", NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_no_parent(settings, 1, NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_renewable(settings, 0, NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_no_default_policy(settings, 1, NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_display_name(settings, "d", NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_meta(settings, "k", "v", NULL), VC_OK);
    assert_int_equal(vc_token_settings_set_meta(settings, "", "v", NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_token_settings_set_type(settings, "\xff", NULL), VC_E_ARGUMENT);
    is_request(&r, vc__token_create(&r, settings, NULL),
               "POST /v1/auth/token/create {\"policies\":[\"app\"],\"ttl\":60,\"explicit_max_ttl\":120,\"period\":30,"
               "\"num_uses\":3,\"type\":\"batch\",\"no_parent\":true,\"renewable\":false,\"no_default_policy\":true,"
               "\"display_name\":\"d\",\"meta\":{\"k\":\"v\"}}");
    vc_token_settings_free(settings);
    vc_token_settings_free(NULL);
}

#define AUTH(rest) "{\"request_id\":\"1\",\"data\":null,\"auth\":{" rest "},\"warnings\":null}"

static void granted_tokens(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        vc_code code;
    } table[] = {
        { 200, AUTH("\"client_token\":\"hvs.x\",\"accessor\":\"ac\",\"policies\":[\"a\",\"b\"],\"token_policies\":[\"a\"],"
                    "\"lease_duration\":90,\"renewable\":true,\"token_type\":\"service\",\"orphan\":true,\"num_uses\":4"), VC_OK },
        { 200, AUTH("\"client_token\":\"hvs.x\",\"accessor\":\"ac\",\"policies\":[\"a\",\"b\"],"
                    "\"lease_duration\":90,\"renewable\":true,\"token_type\":\"service\",\"orphan\":true,\"num_uses\":4,\"metadata\":null"), VC_OK },
        { 200, AUTH("\"accessor\":\"ac\""), VC_E_PROTOCOL },
        { 200, AUTH("\"client_token\":\"\""), VC_E_PROTOCOL },
        { 200, AUTH("\"client_token\":7"), VC_E_PROTOCOL },
        { 200, AUTH("\"client_token\":\"x\",\"lease_duration\":\"9\""), VC_E_PROTOCOL },
        { 200, "{\"auth\":null}", VC_E_PROTOCOL },
        { 200, "{\"auth\":{\"client_token\":\"x\"}", VC_E_PROTOCOL },
        { 200, "", VC_E_PROTOCOL },
        { 400, "{\"errors\":[\"x\"]}", VC_E_REQUEST },
        { 403, "{\"errors\":[\"permission denied\"]}", VC_E_DENIED },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char body[1024];
        snprintf(body, sizeof body, "%s", table[i].body);
        vc_error err = VC_ERROR_INIT;
        vc_bytes secret = VC_BYTES_INIT;
        vc_token *token = vc__token_parse_auth(table[i].status, body, strlen(body), &secret, &err);
        assert_int_equal(err.code, table[i].code);
        assert_int_equal(token == NULL, table[i].code != VC_OK);
        assert_int_equal(secret.data == NULL, table[i].code != VC_OK);
        if (token) {
            assert_string_equal(secret.data, "hvs.x");
            assert_string_equal(vc_token_accessor(token), "ac");
            assert_string_equal(vc_token_type(token), "service");
            assert_int_equal(vc_token_ttl(token), 90);
            assert_int_equal(vc_token_creation_ttl(token), 90);
            assert_int_equal(vc_token_uses(token), 4);
            assert_int_equal(vc_token_policy_count(token), 2);
            assert_true(vc_token_is_renewable(token) && vc_token_is_orphan(token));
        }
        vc_bytes_free(&secret);
        vc_token_free(token);
    }
}

static void odd_policies(void **state)
{
    (void)state;
    char body[] = AUTH("\"client_token\":\"x\",\"policies\":[\"a\\u0000root\",\"b\"]");
    vc_error err = VC_ERROR_INIT;
    vc_token *token = vc__token_parse_auth(200, body, sizeof body - 1, NULL, &err);
    assert_non_null(token);
    assert_string_equal(vc_token_policy(token, 0), "a");
    assert_string_equal(vc_token_policy(token, 1), "b");
    vc_token_free(token);
    enum { MANY = 5000 };
    char many[3 * MANY + 128], *at = many + sprintf(many, "{\"auth\":{\"client_token\":\"x\",\"policies\":[\"\"");
    for (size_t i = 0; i < MANY; i++)
        at = (char *)memcpy(at, ",\"\"", 3) + 3;
    memcpy(at, "]}}", 4);
    assert_null(vc__token_parse_auth(200, many, strlen(many), NULL, &err));
    assert_int_equal(err.code, VC_E_PROTOCOL);
}

/* --- wrapping --- */

static void wrapping_requests(void **state)
{
    (void)state;
    vc_request r;
    assert_int_equal(vc__wrapping_wrap(&r, vc_str("{\"a\":[1]}"), 60, NULL), VC_OK);
    assert_int_equal(r.wrap_ttl, 60);
    is_request(&r, VC_OK, "POST /v1/sys/wrapping/wrap {\"a\":[1]}");
    static const char *const bad[] = { "", "[]", "{", "{}x", "\"a\"" };
    for (size_t i = 0; i < COUNT(bad); i++)
        is_refused(&r, vc__wrapping_wrap(&r, vc_str(bad[i]), 60, NULL));
    is_refused(&r, vc__wrapping_wrap(&r, vc_str("{}"), 0, NULL));
    is_request(&r, vc__wrapping_request(&r, "lookup", vc_str("hvs.t"), NULL),
               "POST /v1/sys/wrapping/lookup {\"token\":\"hvs.t\"} again none");
    is_request(&r, vc__wrapping_request(&r, "rewrap", vc_str("hvs.t"), NULL),
               "POST /v1/sys/wrapping/rewrap {\"token\":\"hvs.t\"}");
    static const char *const tokens[] = { "", "a b", "a\n", "\xc3\xa4" };
    for (size_t i = 0; i < COUNT(tokens); i++)
        is_refused(&r, vc__wrapping_request(&r, "lookup", vc_str(tokens[i]), NULL));
    vc__secret *secret = vc__secret_new(vc_str("hvs.t"), VC__LOCK_TRY, NULL);
    assert_int_equal(vc__wrapping_unwrap(&r, secret, NULL), VC_OK);
    assert_int_equal(r.auth, VC__AUTH_OWN);
    assert_ptr_equal(r.own_token, secret);
    is_request(&r, VC_OK, "POST /v1/sys/wrapping/unwrap -");
    vc__secret_free(secret);
}

static void wrapped_replies(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        vc_code code;
        const char *token; /* NULL: none */
    } table[] = {
        { 200, "{\"data\":null,\"wrap_info\":{\"token\":\"hvs.w\",\"accessor\":\"ac\",\"ttl\":60,\"creation_time\":\"2026-01-01T00:00:00Z\","
               "\"creation_path\":\"sys/wrapping/wrap\",\"wrapped_accessor\":\"x\"},\"auth\":null}", VC_OK, "hvs.w" },
        { 200, "{\"data\":{\"creation_path\":\"sys/wrapping/wrap\",\"creation_time\":\"2026-01-01T00:00:00Z\",\"creation_ttl\":60},"
               "\"wrap_info\":null}", VC_OK, NULL },
        { 200, "{\"data\":{\"a\":1},\"wrap_info\":null}", VC_E_PROTOCOL, NULL },
        { 200, "{\"wrap_info\":{\"token\":7}}", VC_E_PROTOCOL, NULL },
        { 200, "{\"wrap_info\":{\"token\":\"a\"", VC_E_PROTOCOL, NULL },
        { 200, "", VC_E_PROTOCOL, NULL },
        { 400, "{\"errors\":[\"wrapping token is not valid or does not exist\"]}", VC_E_SPENT, NULL },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char body[1024];
        snprintf(body, sizeof body, "%s", table[i].body);
        vc_error err = VC_ERROR_INIT;
        vc_wrapping *wrapping = vc__wrapping_parse(table[i].status, body, strlen(body), &err);
        assert_int_equal(err.code, table[i].code);
        assert_int_equal(wrapping == NULL, table[i].code != VC_OK);
        assert_null(strstr(err.message, "hvs.w"));
        if (wrapping) {
            assert_int_equal(vc_wrapping_ttl(wrapping), 60);
            assert_string_equal(vc_wrapping_path(wrapping), "sys/wrapping/wrap");
            assert_string_equal(vc_wrapping_created(wrapping), "2026-01-01T00:00:00Z");
            assert_string_equal(vc_wrapping_accessor(wrapping), table[i].token ? "ac" : "");
            assert_true(table[i].token ? vc__view_is(vc_wrapping_token(wrapping), table[i].token)
                                       : !vc_wrapping_token(wrapping).data);
        }
        vc_wrapping_free(wrapping);
    }
    assert_int_equal(vc_code_class(VC_E_SPENT), VC_CLASS_AUTH);
}

/* --- memory --- */

static vc_code sweep_requests(void *unused)
{
    (void)unused;
    vc_error err = VC_ERROR_INIT;
    vc_request r;
    vc_token_settings *settings = vc_token_settings_new(&err);
    vc_code code = settings ? vc_token_settings_add_policy(settings, "a", &err) : err.code;
    if (!code) {
        code = vc__token_create(&r, settings, &err);
        vc__request_cleanup(&r);
    }
    vc_token_settings_free(settings);
    if (!code) {
        code = vc__wrapping_wrap(&r, vc_str("{\"a\":1}"), 9, &err);
        vc__request_cleanup(&r);
    }
    if (!code) {
        code = vc__sys_mount_tune(&r, "mounts", "a", 1, 2, "d", &err);
        vc__request_cleanup(&r);
    }
    return code;
}

static vc_code sweep_replies(void *unused)
{
    (void)unused;
    vc_error err = VC_ERROR_INIT;
    vc_bytes secret = VC_BYTES_INIT;
    char auth[] = AUTH("\"client_token\":\"x\",\"policies\":[\"a\"]");
    vc_token *token = vc__token_parse_auth(200, auth, sizeof auth - 1, &secret, &err);
    vc_bytes_free(&secret);
    vc_token_free(token);
    if (!token)
        return err.code;
    char info[] = "{\"wrap_info\":{\"token\":\"t\",\"creation_time\":\"c\",\"creation_path\":\"p\"}}";
    vc_wrapping *wrapping = vc__wrapping_parse(200, info, sizeof info - 1, &err);
    vc_wrapping_free(wrapping);
    if (!wrapping)
        return err.code;
    vc_names *names = vc__names_parse(200, vc_str("{\"data\":{\"keys\":[\"a\"]}}"), "keys", &err);
    vc_names_free(names);
    if (!names)
        return err.code;
    vc_sys_seal_status *seal = vc__sys_seal_status_parse(200, vc_str("{\"sealed\":true}"), &err);
    vc_sys_seal_status_free(seal);
    return seal ? VC_OK : err.code;
}

static void memory_may_be_short(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(sweep_requests, NULL);
    SWEEP_ALLOCATIONS(sweep_replies, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sys_requests),      cmocka_unit_test(many_capabilities), cmocka_unit_test(lists),
        cmocka_unit_test(seals_and_leaders), cmocka_unit_test(token_requests),    cmocka_unit_test(granted_tokens),
        cmocka_unit_test(odd_policies),
        cmocka_unit_test(wrapping_requests), cmocka_unit_test(wrapped_replies),   cmocka_unit_test(memory_may_be_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
