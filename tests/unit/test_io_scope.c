/* SPDX-License-Identifier: Apache-2.0 */
/* Handles on one client: a deadline of their own, and an end from another thread that does not touch the others. */
#include "unit/client.h"

#include <vaultcrypt/auth.h>

#include <unistd.h>

static void silent(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    if (strstr(request->path, "silent"))
        answer->silent = true;
    else if (strstr(request->path, "sealed"))
        server_reply(answer, 503, "", "{\"errors\":[\"Vault is sealed\"]}");
    else
        server_reply(answer, 200, "", "{}");
}

static void *cancel(void *client)
{
    usleep(50000);
    vc_client_cancel(client);
    return NULL;
}

/* Hung transfer, and wait for a retry: both end at once. */
static void a_call_is_canceled_from_another_thread(void **state)
{
    (void)state;
    static const char *const paths[] = { "/v1/silent", "/v1/sealed" };
    http_server *server = server_start(silent, NULL, NULL);
    vc_client *client = client_for(server_url(server));
    for (size_t i = 0; i < COUNT(paths); i++) {
        vc_client *scope = vc_client_scope(client, NULL);
        pthread_t thread;
        pthread_create(&thread, NULL, cancel, scope);
        const client_result result = client_call(scope, "GET", paths[i], "", true);
        pthread_join(thread, NULL);
        assert_int_equal(result.code, VC_E_CANCELED); /* a hang would be VC_E_TIMEOUT, a sealed Vault VC_E_SEALED */
        assert_int_equal(client_call(scope, "GET", "/v1/fine", "", true).code, VC_E_CANCELED);
        assert_int_equal(client_call(client, "GET", "/v1/fine", "", true).code, VC_OK);
        vc_client_close(scope);
    }
    vc_client_close(client);
    server_stop(server);
    client_log_take();
}

/* Logs in, late: when the call that waits for it has ended, or after a while. */
static void late(void *user, const server_request *request, server_answer *answer)
{
    atomic_bool *ended = user;
    for (int i = 0; i < 150 && !atomic_load(ended) && strstr(request->path, "login"); i++)
        usleep(10000);
    server_reply(answer, 200, "", "{\"auth\":{\"client_token\":\"hvs.x\",\"lease_duration\":60,\"policies\":[]}}");
}

/* It is broken off; whoever has more time begins it anew. */
static void a_late_login_does_not_keep_a_call_beyond_its_deadline(void **state)
{
    (void)state;
    atomic_bool ended = false;
    http_server *server = server_start(late, &ended, NULL);
    vc_config *config = client_config(server_url(server));
    assert_int_equal(vc_config_set_auth_approle(config, NULL, "role", vc_str("x"), NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    vc_client *scope = vc_client_scope(client, NULL);
    vc_token_info info = { .size = sizeof info };
    assert_int_equal(vc_client_set_deadline(scope, 100, NULL), VC_OK);
    assert_int_equal(client_call(scope, "GET", "/v1/x", "", true).code, VC_E_TIMEOUT);
    vc_client_token_info(client, &info);
    assert_false(info.held);
    atomic_store(&ended, true);
    assert_int_equal(client_call(client, "GET", "/v1/x", "", true).code, VC_OK);
    vc_client_close(scope);
    vc_client_close(client);
    server_stop(server);
    client_log_take();
}

static void a_scope_has_its_own_deadline(void **state)
{
    (void)state;
    http_server *server = server_start(silent, NULL, NULL);
    vc_client *client = client_for(server_url(server));
    vc_client *scope = vc_client_scope(client, NULL);
    assert_int_equal(vc_client_set_deadline(scope, 100, NULL), VC_OK);
    vc_client *second = vc_client_scope(scope, NULL); /* begins with the same */
    assert_int_equal(client_call(scope, "GET", "/v1/silent", "", true).code, VC_E_TIMEOUT);
    assert_int_equal(client_call(second, "GET", "/v1/silent", "", true).code, VC_E_TIMEOUT);
    vc_client_close(client); /* the others live on */
    assert_int_equal(vc_client_set_deadline(second, 0, NULL), VC_OK);
    assert_int_equal(client_call(second, "GET", "/v1/fine", "", true).code, VC_OK);
    vc_client_close(scope);
    vc_client_close(second);
    server_stop(server);
    assert_null(vc_client_scope(NULL, NULL));
    assert_int_equal(vc_client_set_deadline(NULL, 1, NULL), VC_E_ARGUMENT);
    vc_client_cancel(NULL);
    vc_client_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_canceled_from_another_thread),
        cmocka_unit_test(a_scope_has_its_own_deadline),
        cmocka_unit_test(a_late_login_does_not_keep_a_call_beyond_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
