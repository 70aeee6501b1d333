/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that mean harm, or are broken: each ends in a clear error, within the deadline, with bounded memory. */
#include "unit/client.h"

#include "record/batch.h"

#include <sys/resource.h>
#include <vaultcrypt/transit.h>

enum { TIMEOUT_MS = 300, DEADLINE_MS = 900, REPLY_MAX = 64 << 20 };

typedef enum evil_kind { BYTES = 0, NESTED, CIRCLE } evil_kind;

typedef struct evil {
    const char *name;
    const char *head; /* goes out as it is, in front of `body` */
    const char *body;
    unsigned trickle_ms;
    size_t zeros;
    bool hang_up;
    evil_kind kind;
    /* what becomes of it */
    vc_code code;
    const char *says;
} evil;

#define OK "HTTP/1.1 200 OK\r\n"

static const evil table[] = {
    { .name = "slow loris, in the head", .head = OK, .body = "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      .trickle_ms = 50, .code = VC_E_TIMEOUT, .says = "did not answer within 300 ms" },
    { .name = "slow loris, in the body", .head = OK "Content-Length: 100\r\n\r\n",
      .body = "{\"data\":{                                                                                          }}",
      .trickle_ms = 50, .code = VC_E_TIMEOUT, .says = "did not answer within 300 ms" },
    { .name = "half a head", .head = "HTTP/1.1 20", .hang_up = true, .code = VC_E_CONNECT,
      .says = "broke before" },
    { .name = "half a body", .head = OK "Content-Length: 100\r\n\r\n", .body = "{\"data\":", .hang_up = true, .code = VC_E_CONNECT,
      .says = "broke before the answer was whole" },
    { .name = "nothing", .hang_up = true, .code = VC_E_CONNECT, .says = "broke before the answer was whole" },
    { .name = "a length too large", .head = OK "Content-Length: 5000\r\n\r\n", .body = "{\"data\":{\"ciphertext\":\"vault:v1:x\"}}",
      .code = VC_E_TIMEOUT, .says = "did not answer within 300 ms" },
    { .name = "a length too small", .head = OK "Content-Length: 20\r\n\r\n", .body = "{\"data\":{\"ciphertext\":\"vault:v1:x\"}}",
      .code = VC_E_PROTOCOL, .says = NULL },
    { .name = "a length that is none", .head = OK "Content-Length: -7\r\n\r\n", .body = "{}", .hang_up = true, .code = VC_E_PROTOCOL,
      .says = NULL },
    { .name = "100 MB, told", .head = OK "Content-Length: 104857600\r\n\r\n", .zeros = 100 << 20, .code = VC_E_LIMIT,
      .says = "Vault's answer" },
    { .name = "100 MB, not told", .head = OK "Connection: close\r\n\r\n", .zeros = 100 << 20, .hang_up = true, .code = VC_E_LIMIT,
      .says = "Vault's answer" },
    { .name = "zeros", .head = OK "Content-Length: 1000\r\n\r\n", .zeros = 1000, .code = VC_E_PROTOCOL, .says = NULL },
    { .name = "invalid UTF-8", .head = OK "Content-Length: 41\r\n\r\n", .body = "{\"data\":{\"ciphertext\":\"vault:v1:\xff\xfe" "aaaaa\"}}",
      .code = VC_E_PROTOCOL, .says = NULL },
    { .name = "deeply nested", .kind = NESTED, .code = VC_E_PROTOCOL, .says = NULL },
    { .name = "not JSON", .head = OK "Content-Length: 19\r\n\r\n", .body = "<html>login</html>\n", .code = VC_E_PROTOCOL, .says = NULL },
    { .name = "redirects in a circle", .kind = CIRCLE, .code = VC_E_PROTOCOL, .says = "circle" },
    { .name = "a status that is none", .head = "HTTP/1.1 999 What\r\nContent-Length: 2\r\n\r\n", .body = "{}", .code = VC_OK, .says = NULL },
    { .name = "endless 1xx", .head = "HTTP/1.1 100 Continue\r\n\r\n", .body = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
      .code = VC_E_TIMEOUT, .says = "did not answer within 300 ms" },
};

static void answer(void *user, const server_request *request, server_answer *out)
{
    const evil *row = user;
    char nested[6000];
    if (row->kind == NESTED) {
        memset(nested, '[', sizeof nested - 1);
        nested[sizeof nested - 1] = 0;
        server_reply(out, 200, "", nested);
    } else if (row->kind == CIRCLE) {
        server_reply(out, 307, strstr(request->path, "there") ? "Location: /v1/here\r\n" : "Location: /v1/there\r\n", "");
    } else {
        out->len = (size_t)snprintf(out->text, sizeof out->text, "%s%s", row->head ? row->head : "", row->body ? row->body : "");
    }
    out->trickle_ms = row->trickle_ms;
    out->zeros = row->zeros;
    out->hang_up = row->hang_up;
}

static vc_client *client_with_limits(const char *url)
{
    vc_config *config = client_config(url);
    assert_int_equal(vc_config_set_timeout(config, TIMEOUT_MS, NULL), VC_OK);
    assert_int_equal(vc_config_set_deadline(config, DEADLINE_MS, NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    return client;
}

/* A typed call: what it makes of the answer, it must make of it before the deadline (a hang ends the test). */
static void each_ends_in_an_error(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(table); i++) {
        evil row = table[i];
        http_server *server = server_start(answer, &row, NULL);
        vc_config *config = client_config(server_url(server));
        assert_int_equal(vc_config_set_timeout(config, row.zeros > 1000 ? 20000 : TIMEOUT_MS, NULL), VC_OK);
        assert_int_equal(vc_config_set_deadline(config, row.zeros > 1000 ? 20000 : DEADLINE_MS, NULL), VC_OK);
        vc_client *client = vc_client_open(config, NULL);
        vc_config_free(config);
        vc_error err = VC_ERROR_INIT;
        vc_bytes ciphertext = VC_BYTES_INIT;
        const vc_code code = vc_transit_encrypt(client, "k", vc_str("canary"), NULL, &ciphertext, &err);
        if ((row.code == VC_OK ? code == VC_OK : code != row.code) || (row.says && !strstr(err.message, row.says))) {
            print_error("%s: %d %s\n", row.name, code, err.message);
            wrong++;
        }
        assert_true(err.message[0] != 0);
        assert_null(strstr(err.message, "canary"));
        assert_null(ciphertext.data);
        vc_client_close(client);
        server_stop(server);
    }
    assert_int_equal(wrong, 0);
    client_log_take();
}

/* The memory of a reply is bounded by what one may be, whatever comes. */
static void memory_is_bounded(void **state)
{
    (void)state;
    static const evil flood = { .head = OK "Connection: close\r\n\r\n", .zeros = (size_t)400 << 20, .hang_up = true };
    evil row = flood;
    http_server *server = server_start(answer, &row, NULL);
    vc_client *client = client_for(server_url(server));
    struct rlimit before, bound;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    FILE *statm = fopen("/proc/self/statm", "r");
    long pages = 0;
    assert_int_equal(fscanf(statm, "%ld", &pages), 1);
    fclose(statm);
    bound = before;
    bound.rlim_cur = (rlim_t)pages * 4096 + 4 * (rlim_t)REPLY_MAX; /* a buffer that doubles, and its copy */
    assert_int_equal(setrlimit(RLIMIT_AS, &bound), 0);
    const client_result result = client_call(client, "GET", "/v1/x", "", true);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(result.code, VC_E_LIMIT);
    vc_client_close(client);
    server_stop(server);
    client_log_take();
}

static const char yaml[] = "version: 1\nrecords:\n  - name: letters\n    fields:\n      - path: $.a\n        transit: {key: k}\n";

/* The same for a batch: no record has an output. */
static void batches_end_too(void **state)
{
    (void)state;
    vc_schema *schema = vc_schema_parse(vc_str(yaml), "letters.yaml", NULL);
    for (size_t i = 0; i < COUNT(table); i++) {
        evil row = table[i];
        if (row.zeros > 1000 || row.trickle_ms)
            continue;
        http_server *server = server_start(answer, &row, NULL);
        vc_client *client = client_with_limits(server_url(server));
        vc_batch *batch = vc_batch_new(schema, VC_PROTECT, NULL);
        assert_int_equal(vc_batch_add(batch, vc_schema_rule_at(schema, 0), vc_str("{\"a\":\"canary\"}"), NULL), VC_OK);
        vc_error err = VC_ERROR_INIT;
        const vc_code code = vc_client_run(client, batch, &err);
        if (code == VC_OK || !err.message[0] || strstr(err.message, "canary"))
            fail_msg("%s: %d %s", row.name, code, err.message);
        assert_null(vc_batch_output(batch, 0).data);
        vc_batch_free(batch);
        vc_client_close(client);
        server_stop(server);
    }
    vc_schema_unref(schema);
    client_log_take();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ends_in_an_error),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(batches_end_too),
    };
    return cmocka_run_group_tests_name("io/hostile", tests, NULL, NULL);
}
