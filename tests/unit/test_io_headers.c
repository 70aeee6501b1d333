/* SPDX-License-Identifier: Apache-2.0 */
/* What a request carries beside its body: whose token, which namespace, how long its reply stays wrapped; and the reply's headers. */
#include "unit/client.h"

#include "base/secret.h"

#define OTHER "hvs.CAESIcanaryOTHER"

static void look(void *user, const server_request *request, server_answer *answer)
{
    *(server_request *)user = *request;
    server_reply(answer, 200, "X-Vault-Index: index-1\r\nDate: today\r\n", "{}");
}

static void header_is(const server_request *request, const char *name, const char *wanted)
{
    char value[1024];
    const char *found = server_header(request, name, value);
    if ((found == NULL) != (wanted == NULL) || (found && strcmp(found, wanted) != 0))
        fail_msg("%s: %s instead of %s", name, found ? found : "(none)", wanted ? wanted : "(none)");
}

typedef struct carried {
    const char *method;
    vc__request_auth auth;
    const char *namespace_override;
    uint64_t wrap_ttl;
    const char *token, *namespace, *wrap, *type;
} carried;

static const carried table[] = {
    { "POST", VC__AUTH_SESSION, NULL, 0, TOKEN, "team/", NULL, "application/json" },
    { "POST", VC__AUTH_NONE, NULL, 0, NULL, "team/", NULL, "application/json" },
    { "POST", VC__AUTH_OWN, NULL, 0, OTHER, "team/", NULL, "application/json" },
    { "GET", VC__AUTH_SESSION, "", 0, TOKEN, NULL, NULL, "application/json" },
    { "GET", VC__AUTH_SESSION, "other/", 0, TOKEN, "other/", NULL, "application/json" },
    { "POST", VC__AUTH_SESSION, NULL, 60, TOKEN, "team/", "60", "application/json" },
    { "PATCH", VC__AUTH_SESSION, NULL, 0, TOKEN, "team/", NULL, "application/merge-patch+json" },
    { "POST", VC__AUTH_SESSION, NULL, 0, TOKEN, "team/", NULL, "application/json" },
};

static void each_request_carries_its_own(void **state)
{
    (void)state;
    static server_request seen;
    http_server *server = server_start(look, &seen, NULL);
    vc_config *config = client_config(server_url(server));
    assert_int_equal(vc_config_set_namespace(config, "team", NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    vc__secret *own = vc__secret_new(vc_str(OTHER), VC__LOCK_TRY, NULL);
    for (size_t i = 0; i < COUNT(table); i++) {
        const carried *row = &table[i];
        vc_request request;
        vc__request_init(&request, row->method, 100, true);
        vc__buf_str(&request.path, "/v1/x");
        vc__buf_str(&request.body, "{}");
        request.auth = row->auth;
        request.own_token = own;
        request.namespace_override = row->namespace_override;
        request.wrap_ttl = row->wrap_ttl;
        request.keep_headers = i > 0;
        assert_int_equal(vc__client_call(client, &request, NULL), VC_OK);
        assert_string_equal(seen.method, row->method);
        header_is(&seen, "X-Vault-Token", row->token);
        header_is(&seen, "X-Vault-Namespace", row->namespace);
        header_is(&seen, "X-Vault-Wrap-TTL", row->wrap);
        header_is(&seen, "Content-Type", row->type);
        header_is(&seen, "X-Vault-Request", "true");
        if (i)
            assert_string_equal(request.headers.data, "Content-Length: 2\nX-Vault-Index: index-1\nDate: today\n");
        else
            assert_int_equal(request.headers.len, 0);
        vc__request_cleanup(&request);
    }
    assert_int_equal(server_connections(server), 1);
    vc__secret_free(own);
    vc_client_close(client);
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_carries_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
