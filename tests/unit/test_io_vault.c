/* SPDX-License-Identifier: Apache-2.0 */
/* vc_vault_request() and the calls that build on it, against a server in this process. */
#include "unit/client.h"

#include "base/text.h"

#include <vaultcrypt/transform_batch.h>
#include <vaultcrypt/vault.h>

/* Answers in this order; the last row for all that follow. */
struct row {
    int status;
    const char *headers, *body;
    bool hang_up;
};

struct script {
    const struct row *rows;
    size_t count;
    server_request last;
};

static void play(void *user, const server_request *request, server_answer *answer)
{
    struct script *script = user;
    const size_t i = request->number <= script->count ? request->number - 1 : script->count - 1;
    const struct row *row = &script->rows[i];
    script->last = *request;
    script->last.body = NULL;
    if (row->status)
        server_reply(answer, row->status, row->headers ? row->headers : "", row->body ? row->body : "");
    answer->hang_up = row->hang_up;
}

#define SCRIPT(rows) { rows, COUNT(rows), { .number = 0 } }

static void the_reply_is_given_with_an_error_too(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { 200, "X-Vault-Hostname: h1\r\nX-Empty:\r\n", "{\"request_id\":\"r1\",\"data\":{\"a\":1},\"warnings\":[\"w\"]}", false },
        { 204, NULL, "", false },
        { 404, NULL, "{\"errors\":[]}", false },
        { 400, NULL, "{\"errors\":[\"path is already in use at x/\"]}", false },
        { 418, NULL, "tea", false },
    };
    static const vc_code codes[] = { VC_OK, VC_OK, VC_E_NOT_FOUND, VC_E_REQUEST, VC_E_REQUEST };
    struct script script = SCRIPT(rows);
    http_server *server = server_start(play, &script, NULL);
    vc_client *client = client_for(server_url(server));
    for (size_t i = 0; i < COUNT(rows); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_vault_reply *reply = NULL;
        assert_int_equal(vc_vault_request(client, "POST", "a/b", vc_str("{}"), NULL, &reply, &err), codes[i]);
        assert_int_equal(err.code, codes[i]);
        assert_non_null(reply);
        assert_int_equal(vc_vault_reply_status(reply), rows[i].status);
        assert_true(vc__view_is(vc_vault_reply_body(reply), rows[i].body));
        assert_string_equal(script.last.path, "/v1/a/b");
        assert_string_equal(script.last.method, "POST");
        if (codes[i])
            assert_string_equal(err.source, "/v1/a/b");
        if (i == 0) {
            assert_true(vc__view_is(vc_vault_reply_header(reply, "x-vault-hostname"), "h1"));
            assert_null(vc_vault_reply_header(reply, "x-vault").data);
            assert_int_equal(vc_vault_reply_header(reply, "X-Empty").len, 0);
        }
        vc_vault_reply_free(reply);
    }
    assert_int_equal(vc_vault_request(client, "DELETE", "a/b", vc_str(NULL), NULL, NULL, NULL), VC_E_REQUEST);
    assert_string_equal(script.last.method, "DELETE");
    vc_client_close(client);
    server_stop(server);
}

static void only_what_may_be_is_sent_again(void **state)
{
    (void)state;
    static const struct row rows[] = { { 0, NULL, NULL, true }, { 200, NULL, "{}", false } };
    static const struct {
        const char *method;
        int told, safe; /* told: by an option */
        vc_code code;
    } table[] = {
        { "GET", 0, 0, VC_OK }, { "POST", 0, 0, VC_E_CONNECT }, { "POST", 1, 1, VC_OK }, { "GET", 1, 0, VC_E_CONNECT },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct script script = SCRIPT(rows);
        http_server *server = server_start(play, &script, NULL);
        vc_client *client = client_for(server_url(server));
        vc_vault_options *options = vc_vault_options_new(NULL);
        if (table[i].told)
            vc_vault_options_set_replay_safe(options, table[i].safe);
        vc_vault_reply *reply = NULL;
        assert_int_equal(vc_vault_request(client, table[i].method, "a", vc_str(NULL), options, &reply, NULL), table[i].code);
        assert_int_equal(reply != NULL, table[i].code == VC_OK);
        assert_int_equal(server_requests(server), table[i].code ? 1 : 2);
        vc_vault_reply_free(reply);
        vc_vault_options_free(options);
        vc_client_close(client);
        server_stop(server);
    }
}

/* The connection breaks behind the request: Vault may have made a token. */
static void a_token_is_not_made_twice(void **state)
{
    (void)state;
    static const struct row broken[] = { { 0, NULL, NULL, true }, { 200, NULL, "{\"data\":{\"encoded_value\":\"t\"}}", false } };
    static const struct row failed[] = { { 502, NULL, "", false }, { 200, NULL, "{\"data\":{\"encoded_value\":\"t\"}}", false } };
    static const struct row sealed[] = { { 503, NULL, "", false }, { 200, NULL, "{\"data\":{\"encoded_value\":\"t\"}}", false } };
    static const struct {
        const struct row *rows;
        bool tokenize, convergent;
        uint64_t ttl;
        vc_code code;
    } table[] = {
        { broken, true, false, 0, VC_E_CONNECT },  { failed, true, false, 0, VC_E_SERVER },  { sealed, true, false, 0, VC_OK },
        { broken, true, true, 0, VC_OK },          { failed, true, true, 0, VC_OK },         { broken, false, false, 0, VC_OK },
        { broken, false, false, 60, VC_E_CONNECT }, { failed, false, false, 60, VC_E_SERVER }, { failed, false, true, 60, VC_OK },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct script script = { table[i].rows, 2, { .number = 0 } };
        http_server *server = server_start(play, &script, NULL);
        vc_client *client = client_for(server_url(server));
        vc_transform_options *options = vc_transform_options_new(NULL);
        vc_transform_options_set_convergent(options, table[i].convergent);
        vc_transform_options_set_ttl(options, table[i].ttl);
        vc_bytes token = VC_BYTES_INIT;
        const vc_code code = table[i].tokenize
                                 ? vc_transform_tokenize(client, "pay", vc_str("v"), options, &token, NULL)
                                 : vc_transform_encode(client, "pay", vc_str("v"), options, &token, NULL, NULL);
        assert_int_equal(code, table[i].code);
        assert_int_equal(server_requests(server), code ? 1 : 2);
        assert_int_equal(token.data != NULL, code == VC_OK);
        vc_bytes_free(&token);
        vc_transform_options_free(options);
        vc_client_close(client);
        server_stop(server);
    }
}

static void a_batch_of_tokens_is_not_made_twice(void **state)
{
    (void)state;
    static const struct row rows[] = { { 0, NULL, NULL, true },
                                       { 200, NULL, "{\"data\":{\"batch_results\":[{\"encoded_value\":\"t\"}]}}", false } };
    static const struct {
        vc_transform_verb verb;
        bool convergent;
        vc_code code;
    } table[] = { { VC_TRANSFORM_TOKENIZE, false, VC_E_CONNECT }, { VC_TRANSFORM_TOKENIZE, true, VC_OK }, { VC_TRANSFORM_ENCODE, false, VC_OK } };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct script script = SCRIPT(rows);
        http_server *server = server_start(play, &script, NULL);
        vc_client *client = client_for(server_url(server));
        vc_transform_options *options = vc_transform_options_new(NULL);
        vc_transform_options_set_convergent(options, table[i].convergent);
        vc_transform_batch *batch = vc_transform_batch_new(table[i].verb, "pay", options, NULL);
        assert_int_equal(vc_transform_batch_add(batch, vc_str("v"), vc_str(NULL), NULL), VC_OK);
        assert_int_equal(vc_transform_batch_run(client, batch, NULL), table[i].code);
        assert_int_equal(server_requests(server), table[i].code ? 1 : 2);
        assert_int_equal(vc_transform_batch_result(batch, 0).len, table[i].code ? 0 : 1);
        assert_int_equal(vc_transform_batch_error(batch, 0) != NULL, table[i].code != VC_OK);
        vc_transform_batch_free(batch);
        vc_transform_options_free(options);
        vc_client_close(client);
        server_stop(server);
    }
}

static void once_is_once(void **state)
{
    (void)state;
    static const struct row rows[] = { { 503, NULL, "{\"errors\":[\"Vault is sealed\"]}", false }, { 200, NULL, "{}", false } };
    for (int once = 0; once <= 1; once++) {
        struct script script = SCRIPT(rows);
        http_server *server = server_start(play, &script, NULL);
        vc_client *client = client_for(server_url(server));
        vc_vault_options *options = vc_vault_options_new(NULL);
        vc_vault_options_set_once(options, once);
        vc_vault_reply *reply = NULL;
        assert_int_equal(vc_vault_request(client, "GET", "a", vc_str(NULL), options, &reply, NULL), once ? VC_E_SEALED : VC_OK);
        assert_int_equal(vc_vault_reply_status(reply), once ? 503 : 200);
        vc_vault_reply_free(reply);
        vc_vault_options_free(options);
        vc_client_close(client);
        server_stop(server);
    }
}

static void nothing_is_sent_for_a_bad_path(void **state)
{
    (void)state;
    static const struct row rows[] = { { 200, NULL, "{}", false } };
    struct script script = SCRIPT(rows);
    http_server *server = server_start(play, &script, NULL);
    vc_client *client = client_for(server_url(server));
    vc_vault_reply *reply = (vc_vault_reply *)&script; /* is overwritten */
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_vault_request(client, "GET", "a/../b", vc_str(NULL), NULL, &reply, &err), VC_E_ARGUMENT);
    assert_null(reply);
    assert_string_equal(err.source, "");
    assert_int_equal(vc_vault_request(NULL, "GET", "a", vc_str(NULL), NULL, &reply, &err), VC_E_ARGUMENT);
    assert_int_equal(server_requests(server), 0);
    vc_client_close(client);
    server_stop(server);
}

static void a_403_is_given_too(void **state)
{
    (void)state;
    static const struct row rows[] = { { 403, NULL, "{\"errors\":[\"permission denied\"]}", false } };
    struct script script = SCRIPT(rows);
    http_server *server = server_start(play, &script, NULL);
    vc_client *client = client_for(server_url(server));
    vc_vault_reply *reply = NULL;
    assert_int_equal(vc_vault_request(client, "GET", "a", vc_str(NULL), NULL, &reply, NULL), VC_E_DENIED);
    assert_int_equal(vc_vault_reply_status(reply), 403);
    assert_true(vc_vault_reply_body(reply).len > 0);
    vc_vault_reply_free(reply);
    vc_client_close(client);
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reply_is_given_with_an_error_too), cmocka_unit_test(only_what_may_be_is_sent_again),
        cmocka_unit_test(a_token_is_not_made_twice), cmocka_unit_test(a_batch_of_tokens_is_not_made_twice), cmocka_unit_test(once_is_once), cmocka_unit_test(nothing_is_sent_for_a_bad_path),
        cmocka_unit_test(a_403_is_given_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
