/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vault/login: the requests of the log-ins and what answers them. */
#include "unit/test.h"

#include "base/text.h"
#include "vault/login.h"

static void check_request(vc_request *request, vc_code code, const char *path, const char *body)
{
    assert_int_equal(code, VC_OK);
    assert_string_equal(vc_request_method(request), "POST");
    assert_string_equal(vc_request_path(request), path);
    assert_true(vc__view_is(vc_request_body(request), body));
    vc__request_cleanup(request);
}

static void every_method_has_its_request(void **state)
{
    (void)state;
    static const struct {
        vc__login_method method;
        const char *mount, *name, *secret;
        const char *path, *body; /* NULL: VC_E_ARGUMENT */
    } cases[] = {
        { VC__LOGIN_APPROLE, NULL, "r-1", "s\"1", "/v1/auth/approle/login", "{\"role_id\":\"r-1\",\"secret_id\":\"s\\\"1\"}" },
        { VC__LOGIN_APPROLE, "team a/app", "r", "s", "/v1/auth/team%20a/app/login", "{\"role_id\":\"r\",\"secret_id\":\"s\"}" },
        { VC__LOGIN_KUBERNETES, NULL, "web", "a.b.c", "/v1/auth/kubernetes/login", "{\"role\":\"web\",\"jwt\":\"a.b.c\"}" },
        { VC__LOGIN_JWT, NULL, "ci", "a.b.c", "/v1/auth/jwt/login", "{\"role\":\"ci\",\"jwt\":\"a.b.c\"}" },
        { VC__LOGIN_JWT, "oidc", NULL, "a.b.c", "/v1/auth/oidc/login", "{\"jwt\":\"a.b.c\"}" },
        { VC__LOGIN_CERT, NULL, NULL, NULL, "/v1/auth/cert/login", "{}" },
        { VC__LOGIN_CERT, NULL, "web", NULL, "/v1/auth/cert/login", "{\"name\":\"web\"}" },
        { VC__LOGIN_USERPASS, NULL, "ann", "pw", "/v1/auth/userpass/login/ann", "{\"password\":\"pw\"}" },
        { VC__LOGIN_LDAP, NULL, "ann@ex\xc3\xa4.org", "pw", "/v1/auth/ldap/login/ann%40ex%C3%A4.org", "{\"password\":\"pw\"}" },
        { VC__LOGIN_LDAP, "corp/", "a-b.c~d", "pw", "/v1/auth/corp/login/a-b.c~d", "{\"password\":\"pw\"}" },
        { VC__LOGIN_APPROLE, NULL, NULL, "s", NULL, NULL },
        { VC__LOGIN_APPROLE, NULL, "r", NULL, NULL, NULL },
        { VC__LOGIN_APPROLE, NULL, "r", "", NULL, NULL },
        { VC__LOGIN_APPROLE, "a//b", "r", "s", NULL, NULL },
        { VC__LOGIN_APPROLE, "..", "r", "s", NULL, NULL },
        { VC__LOGIN_APPROLE, NULL, "r\xff", "s", NULL, NULL },
        { VC__LOGIN_APPROLE, NULL, "r", "s\xff", NULL, NULL },
        { VC__LOGIN_KUBERNETES, NULL, NULL, "a.b.c", NULL, NULL },
        { VC__LOGIN_JWT, NULL, "ci", NULL, NULL, NULL },
        { VC__LOGIN_USERPASS, NULL, "a/b", "pw", NULL, NULL },
        { VC__LOGIN_USERPASS, NULL, "..", "pw", NULL, NULL },
        { VC__LOGIN_USERPASS, NULL, NULL, "pw", NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const vc__login login = { cases[i].method, vc_str(cases[i].mount), vc_str(cases[i].name), vc_str(cases[i].secret) };
        vc_request request;
        vc_error err = VC_ERROR_INIT;
        const vc_code code = vc__login_request(&request, &login, &err);
        assert_int_equal(request.auth, VC__AUTH_NONE);
        if (cases[i].path) {
            check_request(&request, code, cases[i].path, cases[i].body);
        } else {
            assert_int_equal(code, VC_E_ARGUMENT);
            assert_null(strstr(err.message, "\xff"));
            vc__request_cleanup(&request);
        }
    }
}

static void other_requests(void **state)
{
    (void)state;
    vc_request request;
    check_request(&request, vc__login_custom_request(&request, vc_str("auth/gcp/login"), vc_str("{\"role\":\"r\"}"), NULL),
                  "/v1/auth/gcp/login", "{\"role\":\"r\"}");
    assert_int_equal(request.auth, VC__AUTH_NONE);
    assert_int_equal(vc__login_custom_request(&request, vc_str("http://x/y"), vc_str("{}"), NULL), VC_E_ARGUMENT);
    vc__request_cleanup(&request);
    assert_int_equal(vc__login_custom_request(&request, vc_str(NULL), vc_str("{}"), NULL), VC_E_ARGUMENT);
    vc__request_cleanup(&request);
    check_request(&request, vc__renew_request(&request, NULL), "/v1/auth/token/renew-self", "{}");
    assert_int_equal(request.auth, VC__AUTH_SESSION);
    check_request(&request, vc__revoke_request(&request, NULL), "/v1/auth/token/revoke-self", "");
    check_request(&request, vc__wrapped_lookup_request(&request, vc_str("hvs.w"), NULL), "/v1/sys/wrapping/lookup",
                  "{\"token\":\"hvs.w\"}");
    assert_int_equal(request.auth, VC__AUTH_NONE);
    assert_int_equal(vc__wrapped_lookup_request(&request, vc_str("a b"), NULL), VC_E_ARGUMENT);
    vc__request_cleanup(&request);
    vc__secret *token = vc__secret_new(vc_str("hvs.w"), VC__LOCK_OFF, NULL);
    vc_code code = vc__wrapped_unwrap_request(&request, token, NULL);
    assert_int_equal(request.auth, VC__AUTH_OWN);
    assert_ptr_equal(request.own_token, token);
    assert_false(request.replay_safe);
    check_request(&request, code, "/v1/sys/wrapping/unwrap", "");
    vc__secret_free(token);
}

/* -- the auth block ----------------------------------------------------------------------------------------------- */

#define WHAT "the log-in at auth/x/login"

static vc_code read_grant(vc__grant *grant, int status, const char *text, vc_error *err)
{
    char *body = strdup(text);
    const vc_code code = vc__grant_read(grant, status, body, strlen(body), WHAT, err);
    free(body);
    if (code)
        assert_int_equal(code, err->code);
    return code;
}

static const char whole[] =
    "{\"request_id\":\"a\",\"lease_id\":\"\",\"data\":null,\"wrap_info\":null,"
    "\"warnings\":[\"TTL of \\\"1h\\\" exceeded the effective max_ttl of \\\"9s\\\"; TTL value is capped accordingly\",\"other\"],"
    "\"auth\":{\"client_token\":\"hvs.tok\\u0065n\",\"accessor\":\"acc\",\"policies\":[\"app\",\"default\"],"
    "\"token_policies\":[\"app\"],\"metadata\":{\"role_name\":\"app\",\"client_token\":\"no\"},\"lease_duration\":1200,"
    "\"renewable\":true,\"entity_id\":\"e\",\"token_type\":\"service\",\"orphan\":true,\"mfa_requirement\":null,\"num_uses\":5}}\n";

static void a_grant_is_read(void **state)
{
    (void)state;
    vc__grant grant;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(read_grant(&grant, 200, whole, &err), VC_OK);
    assert_true(vc__view_is(vc__secret_get(grant.token), "hvs.token"));
    assert_string_equal(grant.accessor, "acc");
    assert_int_equal(grant.terms.ttl_s, 1200);
    assert_int_equal(grant.terms.uses, 5);
    assert_true(grant.terms.renewable && grant.terms.capped && !grant.batch);
    assert_int_equal(grant.warnings, 2);
    assert_int_equal(grant.policy_count, 2);
    assert_string_equal(grant.policies.data, "app");
    assert_string_equal(grant.policies.data + 4, "default");
    vc__grant_cleanup(&grant);
    assert_int_equal(read_grant(&grant, 200,
                                "{\"auth\":{\"client_token\":\"b.AAA\",\"accessor\":\"\",\"policies\":null,\"token_type\":\"batch\","
                                "\"lease_duration\":60,\"renewable\":false},\"warnings\":null}",
                                &err),
                     VC_OK);
    assert_true(grant.batch && !grant.terms.renewable && !grant.terms.capped && !grant.policy_count && !grant.accessor[0]);
    vc__grant_cleanup(&grant);
    vc__grant_cleanup(&grant);
    char longer[400]; /* an accessor that is too long is cut */
    snprintf(longer, sizeof longer, "{\"auth\":{\"client_token\":\"t\",\"accessor\":\"%0200d\"}}", 7);
    assert_int_equal(read_grant(&grant, 200, longer, &err), VC_OK);
    assert_int_equal(strlen(grant.accessor), VC__ACCESSOR_ROOM - 1);
    vc__grant_cleanup(&grant);
}

static void what_is_no_grant(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        vc_code code;
        const char *says;
    } cases[] = {
        { 200, "", VC_E_PROTOCOL, "no token" },
        { 204, "", VC_E_PROTOCOL, "no token" },
        { 200, "<html>", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":null}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"data\":{\"keys\":[]}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"\"}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":null}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"a\\r\\nX-Evil: 1\"}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"canary\",\"client_token\":\"b\"}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"canary\"},\"auth\":{\"client_token\":\"b\"}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"canary\",\"lease_duration\":-1}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"canary\",\"lease_duration\":1.5}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"canary\",\"renewable\":1}}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"canary\"}} x", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"canary\"}", VC_E_PROTOCOL, "no token" },
        { 200, "{\"auth\":{\"client_token\":\"\",\"mfa_requirement\":{\"mfa_request_id\":\"i\"}}}", VC_E_UNSUPPORTED, "MFA" },
        { 400, "{\"errors\":[\"invalid role or secret ID\"]}", VC_E_DENIED, "SecretID is used up" },
        { 400, "{\"errors\":[\"invalid username or password\"]}", VC_E_DENIED, "password" },
        { 400, "{\"errors\":[\"role \\\"canary\\\" could not be found\"]}", VC_E_DENIED, "no role of that name" },
        { 400, "{\"errors\":[\"error validating token: canary\"]}", VC_E_DENIED, "JWT is not valid" },
        { 400, "{\"errors\":[\"canary\"]}", VC_E_DENIED, WHAT },
        { 403, "{\"errors\":[\"permission denied\"]}", VC_E_DENIED, "enabled at this mount" },
        { 404, "{\"errors\":[]}", VC_E_NOT_FOUND, WHAT },
        { 429, "{\"errors\":[\"x\"]}", VC_E_BUSY, WHAT },
        { 500, "{\"errors\":[\"x\"]}", VC_E_SERVER, WHAT },
        { 503, "{\"errors\":[\"Vault is sealed\"]}", VC_E_SEALED, "sealed" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc__grant grant;
        vc_error err = VC_ERROR_INIT;
        if (read_grant(&grant, cases[i].status, cases[i].body, &err) != cases[i].code || !strstr(err.message, cases[i].says))
            fail_msg("row %zu: %s, %s", i, vc_code_name(err.code), err.message);
        assert_null(strstr(err.message, "canary"));
        assert_int_equal(err.http_status, cases[i].status);
        assert_null(grant.token);
    }
}

static void terms_are_read(void **state)
{
    (void)state;
    vc__lease_terms terms = { 1, 1, true, false };
    vc_error err = VC_ERROR_INIT;
    char good[] = "{\"data\":{\"id\":\"hvs.canary\",\"ttl\":3600,\"creation_ttl\":7200,\"num_uses\":3,\"renewable\":true,"
                  "\"policies\":[\"a\"],\"expire_time\":null}}";
    char root[] = "{\"data\":{\"id\":\"root\",\"ttl\":0,\"num_uses\":0}}";
    char odd[] = "{\"data\":{\"id\":\"canary\",\"ttl\":\"1h\"}}";
    char none[] = "{\"data\":null}";
    char denied[] = "{\"errors\":[\"permission denied\"]}";
    assert_int_equal(vc__terms_read(&terms, 200, good, strlen(good), &err), VC_OK);
    assert_true(terms.ttl_s == 3600 && terms.uses == 3 && terms.renewable);
    assert_int_equal(vc__terms_read(&terms, 200, root, strlen(root), &err), VC_OK);
    assert_true(terms.ttl_s == 0 && terms.uses == 0 && !terms.renewable);
    terms.ttl_s = 5;
    assert_int_equal(vc__terms_read(&terms, 200, odd, strlen(odd), &err), VC_E_PROTOCOL);
    assert_int_equal(vc__terms_read(&terms, 200, none, strlen(none), &err), VC_E_PROTOCOL);
    assert_int_equal(vc__terms_read(&terms, 200, NULL, 0, &err), VC_E_PROTOCOL);
    assert_int_equal(vc__terms_read(&terms, 403, denied, strlen(denied), &err), VC_E_DENIED);
    assert_int_equal(terms.ttl_s, 5);
}

/* -- wrapped SecretIDs -------------------------------------------------------------------------------------------- */

static vc__wrapped look_up(int status, const char *text, const char *mount, const char *role, vc_error *err)
{
    char *body = strdup(text);
    const vc__wrapped wrapped = vc__wrapped_lookup_read(status, body, strlen(body), vc_str(mount), vc_str(role), err);
    free(body);
    assert_true(wrapped == VC__WRAPPED_FINE || err->code != VC_OK);
    assert_null(strstr(err->message, "canary"));
    return wrapped;
}

static void where_a_wrapping_token_was_made(void **state)
{
    (void)state;
    static const struct {
        const char *path, *mount, *role;
        vc__wrapped wrapped;
    } cases[] = {
        { "auth/approle/role/app/secret-id", "approle", "app", VC__WRAPPED_FINE },
        { "auth/approle/role/app/secret-id", "approle", NULL, VC__WRAPPED_FINE },
        { "auth/a/b/role/app/secret-id", "a/b", "app", VC__WRAPPED_FINE },
        { "team/auth/approle/role/app/secret-id", "approle", "app", VC__WRAPPED_FINE },
        { "team/x/auth/approle/role/app/secret-id", "approle", "app", VC__WRAPPED_FINE },
        { "auth/approle/role/other/secret-id", "approle", "app", VC__WRAPPED_FOREIGN },
        { "auth/other/role/app/secret-id", "approle", "app", VC__WRAPPED_FOREIGN },
        { "auth/approle/role/app/custom-secret-id", "approle", "app", VC__WRAPPED_FOREIGN },
        { "auth/approle/role/app/x/secret-id", "approle", NULL, VC__WRAPPED_FOREIGN },
        { "auth/approle/role//secret-id", "approle", NULL, VC__WRAPPED_FOREIGN },
        { "auth/approle/role/secret-id", "approle", NULL, VC__WRAPPED_FOREIGN },
        { "auth/approle/login", "approle", "app", VC__WRAPPED_FOREIGN },
        { "sys/wrapping/wrap", "approle", "app", VC__WRAPPED_FOREIGN },
        { "secret/data/auth/approle/role/app/secret-id/canary", "approle", "app", VC__WRAPPED_FOREIGN },
        { "", "approle", "app", VC__WRAPPED_FOREIGN },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char body[300];
        vc_error err = VC_ERROR_INIT;
        snprintf(body, sizeof body, "{\"data\":{\"creation_ttl\":60,\"creation_path\":\"%s\"}}", cases[i].path);
        assert_int_equal(look_up(200, body, cases[i].mount, cases[i].role, &err), cases[i].wrapped);
        if (cases[i].wrapped)
            assert_int_equal(err.code, VC_E_DENIED);
    }
}

static void wrapping_tokens_that_are_gone(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(look_up(400, "{\"errors\":[\"wrapping token is not valid or does not exist\"]}", "approle", "app", &err),
                     VC__WRAPPED_GONE);
    assert_int_equal(err.code, VC_E_DENIED);
    assert_non_null(strstr(err.message, "stolen"));
    assert_int_equal(look_up(503, "{\"errors\":[\"Vault is sealed\"]}", "approle", "app", &err), VC__WRAPPED_UNKNOWN);
    assert_int_equal(err.code, VC_E_SEALED);
    assert_int_equal(look_up(200, "{\"data\":{}}", "approle", "app", &err), VC__WRAPPED_UNKNOWN);
    assert_int_equal(look_up(200, "canary", "approle", "app", &err), VC__WRAPPED_UNKNOWN);
    assert_int_equal(look_up(200, "{\"data\":{\"creation_path\":\"auth/approle/role/app/secret-id\",\"creation_path\":\"x\"}}",
                             "approle", "app", &err),
                     VC__WRAPPED_UNKNOWN);
}

static void what_was_wrapped(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    char good[] = "{\"data\":{\"secret_id\":\"8f09-1\",\"secret_id_accessor\":\"x\",\"secret_id_num_uses\":2}}";
    char other[] = "{\"data\":{\"password\":\"canary\"}}";
    char empty[] = "{\"data\":{\"secret_id\":\"\"}}";
    char gone[] = "{\"errors\":[\"wrapping token is not valid or does not exist\"]}";
    vc__secret *secret = vc__wrapped_unwrap_read(200, good, strlen(good), &err);
    assert_true(vc__view_is(vc__secret_get(secret), "8f09-1"));
    vc__secret_free(secret);
    assert_null(vc__wrapped_unwrap_read(200, other, strlen(other), &err));
    assert_int_equal(err.code, VC_E_PROTOCOL);
    assert_null(strstr(err.message, "canary"));
    assert_null(vc__wrapped_unwrap_read(200, empty, strlen(empty), &err));
    assert_null(vc__wrapped_unwrap_read(400, gone, strlen(gone), &err));
    assert_int_equal(err.code, VC_E_DENIED);
    assert_non_null(strstr(err.message, "stolen"));
    assert_null(vc__wrapped_unwrap_read(503, gone, strlen(gone), &err));
    assert_int_equal(err.code, VC_E_SEALED);
}

/* -- memory ------------------------------------------------------------------------------------------------------- */

static vc_code everything(void *arg)
{
    (void)arg;
    vc_request request;
    vc__grant grant;
    vc_error err = VC_ERROR_INIT;
    const vc__login login = { VC__LOGIN_LDAP, vc_str("corp"), vc_str("ann"), vc_str("pw") };
    vc_code code = vc__login_request(&request, &login, &err);
    vc__request_cleanup(&request);
    if (!code) {
        code = vc__login_custom_request(&request, vc_str("auth/gcp/login"), vc_str("{}"), &err);
        vc__request_cleanup(&request);
    }
    if (!code) {
        code = vc__wrapped_lookup_request(&request, vc_str("hvs.w"), &err);
        vc__request_cleanup(&request);
    }
    if (!code) {
        code = vc__renew_request(&request, &err);
        vc__request_cleanup(&request);
    }
    if (!code && !(code = read_grant(&grant, 200, whole, &err)))
        vc__grant_cleanup(&grant);
    if (!code) {
        char good[] = "{\"data\":{\"secret_id\":\"8f09-1\"}}";
        vc__secret *secret = vc__wrapped_unwrap_read(200, good, strlen(good), &err);
        code = secret ? VC_OK : err.code;
        vc__secret_free(secret);
    }
    return code;
}

static void allocations_fail(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(everything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_has_its_request),
        cmocka_unit_test(other_requests),
        cmocka_unit_test(a_grant_is_read),
        cmocka_unit_test(what_is_no_grant),
        cmocka_unit_test(terms_are_read),
        cmocka_unit_test(where_a_wrapping_token_was_made),
        cmocka_unit_test(wrapping_tokens_that_are_gone),
        cmocka_unit_test(what_was_wrapped),
        cmocka_unit_test(allocations_fail),
    };
    return cmocka_run_group_tests_name("vault_login", tests, NULL, NULL);
}
