/* SPDX-License-Identifier: Apache-2.0 */
/* lib/io/attest.c, lib/keys/attest_reply.c: what is asked of a sidecar, and whatever it may answer. */
#include "unit/client.h"

#include "keys/attest_reply.h"

#include <time.h>
#include <unistd.h>
#include <vaultcrypt/attest.h>

/* {"alg":"none"}, {"a":"canary","x-ms-runtime":{}}, a signature */
#define JWT "eyJhbGciOiJub25lIn0.eyJhIjoiY2FuYXJ5IiwieC1tcy1ydW50aW1lIjp7fX0.c2ln"
#define CLAIMS "{\"a\":\"canary\",\"x-ms-runtime\":{}}"
#define FINE "{\"message\":\"Status OK\"}"

static struct world {
    int status, code;
    const char *status_text, *body;
    bool silent, hang_up, cut;
    size_t zeros;
    unsigned asked, heal_at;
    char path[100], got[4096];
} world;

static http_server *server;

static void play(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    if (strcmp(request->path, "/status") == 0) {
        server_reply(answer, world.status, "", world.status_text);
        return;
    }
    world.asked++;
    snprintf(world.path, sizeof world.path, "%.10s %.60s", request->method, request->path);
    snprintf(world.got, sizeof world.got, "%.*s", (int)request->body_len, request->body ? request->body : "");
    if (world.heal_at && world.asked >= world.heal_at) {
        server_reply(answer, 200, "", "{\"token\":\"" JWT "\"}");
        return;
    }
    server_reply(answer, world.code, "", world.body);
    answer->silent = world.silent;
    if (world.zeros) {
        answer->zeros = world.zeros;
        answer->len = (size_t)snprintf(answer->text, sizeof answer->text, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        answer->hang_up = true;
        return;
    }
    if (world.silent || world.hang_up)
        answer->len = 0;
    if (world.cut)
        answer->len -= 10;
    answer->hang_up = world.hang_up || world.cut;
}

static int begin(void **state)
{
    (void)state;
    world = (struct world){ .status = 200, .status_text = FINE, .code = 200, .body = "{\"token\":\"" JWT "\"}" };
    return 0;
}

static int begin_all(void **state)
{
    (void)state;
    server = server_start(play, NULL, NULL);
    return 0;
}

static int end_all(void **state)
{
    (void)state;
    server_stop(server);
    return 0;
}

static vc_code maa(uint64_t patience_ms, vc_bytes *token, vc_error *err)
{
    const vc_attest_options options = { .size = sizeof options, .url = server_url(server), .patience_ms = patience_ms };
    return vc_attest_maa(&options, "maa.example", vc_str("{\"n\":1}"), token, err);
}

static void attested(void **state)
{
    (void)state;
    vc_bytes token = VC_BYTES_INIT, claims = VC_BYTES_INIT, report = VC_BYTES_INIT;
    assert_int_equal(maa(0, &token, NULL), VC_OK);
    assert_string_equal(world.path, "POST /attest/maa");
    assert_string_equal(world.got, "{\"maa_endpoint\":\"maa.example\",\"runtime_data\":\"eyJuIjoxfQ==\"}");
    assert_string_equal(token.data, JWT);
    assert_int_equal(vc_attest_claims(vc_bytes_view(token), &claims, NULL), VC_OK);
    assert_string_equal(claims.data, CLAIMS);
    vc_bytes_free(&token);
    vc_bytes_free(&claims);
    world.status = 404; /* one without /status is taken to be ready */
    world.body = "{\"report\":\"0200fFAb\"}";
    const vc_attest_options options = { .size = sizeof options, .url = server_url(server) };
    assert_int_equal(vc_attest_raw(&options, vc_view_of("\0x", 2), &report, NULL), VC_OK);
    assert_string_equal(world.path, "POST /attest/raw");
    assert_string_equal(world.got, "{\"runtime_data\":\"AHg=\"}");
    assert_int_equal(report.len, 4);
    assert_memory_equal(report.data, "\2\0\377\253", 4);
    vc_bytes_free(&report);
}

/* What it may answer, and what is made of it; no message has a byte of a token. */
static void answers(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        vc_code code;
        const char *says;
    } table[] = {
        { 403, "{\"error\":\"attestation failed\\n...TROUBLESHOOTING.md: failed to retrieve attestation report: open /dev/sev-guest: no such file\"}{\"token\":\"\"}",
          VC_E_DENIED, "the attestation was refused: nothing attests this environment" },
        { 403, "{\"error\":\"attestation failed\\n...: maa post request failed: dial tcp: lookup x: no such host\"}{\"token\":\"\"}", VC_E_SERVER, "the attestation failed: the attestation service's host is not found" },
        { 403, "", VC_E_DENIED, "the attestation was refused" },
        { 400, "{\"error\":\"invalid request format\\n...\"}", VC_E_REQUEST, "the attestation" },
        { 400, "", VC_E_REQUEST, "check its URL" },
        { 404, "404 page not found", VC_E_REQUEST, "the attestation" },
        { 429, "", VC_E_BUSY, "failed" }, { 500, "", VC_E_SERVER, "failed" }, { 503, "<html>canary", VC_E_SERVER, "failed" },
        { 302, "", VC_E_PROTOCOL, "redirect" },
        { 200, "", VC_E_PROTOCOL, "not a JSON object" }, { 200, "[]", VC_E_PROTOCOL, "not a JSON object" }, { 200, "canary", VC_E_PROTOCOL, "not a JSON object" },
        { 200, "{\"token\":\"" JWT "\"", VC_E_PROTOCOL, "cut short" }, { 200, "{\"token\":\"" JWT, VC_E_PROTOCOL, "one string" },
        { 200, "{\"token\":\"" JWT "\"}{\"token\":\"\"}", VC_E_PROTOCOL, "not JSON" },
        { 200, "{\"token\":\"" JWT "\",\"token\":\"" JWT "\"}", VC_E_PROTOCOL, "one string" },
        { 200, "{}", VC_E_PROTOCOL, "has no \"token\"" }, { 200, "{\"token\":\"\"}", VC_E_PROTOCOL, "has no \"token\"" },
        { 200, "{\"token\":7}", VC_E_PROTOCOL, "one string" }, { 200, "{\"token\":null}", VC_E_PROTOCOL, "one string" },
        { 200, "{\"report\":\"00\"}", VC_E_PROTOCOL, "has no \"token\"" },
        { 200, "{\"token\":\"canary\"}", VC_E_PROTOCOL, "three parts" }, { 200, "{\"token\":\"e30.e30\"}", VC_E_PROTOCOL, "three parts" },
        { 200, "{\"token\":\"e30.e30.c2ln.c2ln\"}", VC_E_PROTOCOL, "three parts" }, { 200, "{\"token\":\"e30..c2ln\"}", VC_E_PROTOCOL, "three parts" },
        { 200, "{\"token\":\"e30.canary.c2ln\"}", VC_E_PROTOCOL, "not a JWT" }, { 200, "{\"token\":\"e30.W10.c2ln\"}", VC_E_PROTOCOL, "not a JWT" },
        { 200, "{\"token\":\"W10.e30.c2ln\"}", VC_E_PROTOCOL, "not a JWT" }, { 200, "{\"token\":\"e30.e30=.c2ln\"}", VC_E_PROTOCOL, "not a JWT" },
        { 200, "{\"token\":\"e30.e31.c2ln\"}", VC_E_PROTOCOL, "not a JWT" }, { 200, "{\"token\":\"e30.e30.c!\"}", VC_E_PROTOCOL, "signature" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_bytes token = VC_BYTES_INIT;
        world.code = table[i].status;
        world.body = table[i].body;
        const vc_code code = maa(0, &token, &err);
        if (code != table[i].code || !strstr(err.message, table[i].says))
            fail_msg("%zu: %s: %s", i, vc_code_name(code), err.message);
        assert_null(token.data);
        assert_null(strstr(err.message, "canary"));
        assert_null(strstr(err.message, "eyJ"));
        assert_int_equal(maa(0, &token, NULL), code);
    }
    static const struct {
        const char *body, *says;
    } reports[] = { { "{\"report\":\"0\"}", "hexadecimal" }, { "{\"report\":\"zz\"}", "hexadecimal" }, { "{\"report\":\"\"}", "has no" },
                    { "{\"token\":\"x\"}", "has no" }, { "{\"report\":[\"00\"]}", "one string" }, { "", "not a JSON object" } };
    world.code = 200;
    for (size_t i = 0; i < COUNT(reports); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_bytes report = VC_BYTES_INIT;
        const vc_attest_options options = { .size = sizeof options, .url = server_url(server) };
        world.body = reports[i].body;
        assert_int_equal(vc_attest_raw(&options, vc_str("x"), &report, &err), VC_E_PROTOCOL);
        assert_non_null(strstr(err.message, reports[i].says));
        assert_null(report.data);
    }
}

/* Away: an error that time may heal. */
static void expect_away(vc_code code)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes token = VC_BYTES_INIT;
    const vc_code got = maa(0, &token, &err);
    if ((code && got != code) || !got || !err.retryable)
        fail_msg("%s: %s", vc_code_name(got), err.message);
    assert_null(token.data);
}

static void half_answers(void **state)
{
    (void)state;
    vc_bytes token = VC_BYTES_INIT;
    vc_error err = VC_ERROR_INIT;
    world.hang_up = true;
    expect_away(VC_OK);
    world.hang_up = false;
    world.cut = true;
    expect_away(VC_OK);
    world.cut = false;
    world.status_text = "{\"message\":\"Status NOT OK\"}";
    expect_away(VC_E_BUSY);
    world.status_text = FINE;
    world.zeros = 2 * VC__ATTEST_REPLY_MAX;
    assert_int_equal(maa(0, &token, &err), VC_E_LIMIT);
    assert_null(token.data);
}

/* Who hangs is waited for as long as the configuration says. */
static void hung(void **state)
{
    (void)state;
    vc_bytes token = VC_BYTES_INIT;
    vc_error err = VC_ERROR_INIT;
    vc_config *web = vc_config_new(NULL);
    assert_int_equal(vc_config_set_timeout(web, 300, NULL), VC_OK);
    const vc_attest_options options = { .size = sizeof options, .url = server_url(server), .web = web };
    world.silent = true;
    const time_t before = time(NULL);
    assert_int_equal(vc_attest_maa(&options, "maa.example", vc_str("{}"), &token, &err), VC_E_TIMEOUT);
    assert_true(err.retryable && time(NULL) - before < 5);
    assert_null(token.data);
    vc_config_free(web);
}

static void patience(void **state)
{
    (void)state;
    vc_bytes token = VC_BYTES_INIT;
    world.code = 500;
    world.body = "";
    world.heal_at = 3;
    assert_int_equal(maa(20000, &token, NULL), VC_OK);
    assert_int_equal(world.asked, 3);
    assert_string_equal(token.data, JWT);
    vc_bytes_free(&token);
    world.asked = world.heal_at = 0;
    assert_int_equal(maa(400, &token, NULL), VC_E_SERVER);
    assert_int_equal(world.asked, 3); /* at once, after 250 ms, at the end */
    world.asked = 0;
    world.code = 403; /* a refusal is not asked for again */
    assert_int_equal(maa(20000, &token, NULL), VC_E_DENIED);
    assert_int_equal(world.asked, 1);
}

static void arguments(void **state)
{
    (void)state;
    static char large[(32 << 10) + 1];
    vc_bytes out = VC_BYTES_INIT;
    vc_error err = VC_ERROR_INIT;
    const vc_attest_options away = { .size = sizeof away, .url = "http://127.0.0.1:1" }, odd = { .size = sizeof odd, .url = "ftp://x" };
    assert_int_equal(vc_attest_maa(&away, NULL, vc_str("{}"), &out, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_attest_maa(&away, "", vc_str("{}"), &out, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_attest_maa(&away, "m", vc_str(""), &out, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_attest_maa(&away, "m", vc_str("{}"), NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_attest_raw(&away, vc_view_of(large, sizeof large), &out, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_attest_raw(&away, vc_view_of(large, sizeof large - 1), &out, &err), VC_E_CONNECT);
    assert_true(err.retryable);
    assert_int_equal(vc_attest_maa(&odd, "m", vc_str("{}"), &out, NULL), VC_E_CONFIG);
    assert_int_equal(vc_attest_claims(vc_view_of(NULL, 3), &out, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_attest_claims(vc_str(JWT), NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_attest_claims(vc_str(""), &out, NULL), VC_E_PROTOCOL);
    assert_null(out.data);
}

/* -- memory -------------------------------------------------------------------------------------------------- */

static vc_code read_all(void *argument)
{
    (void)argument;
    vc_error err = VC_ERROR_INIT;
    vc_bytes claims = VC_BYTES_INIT;
    vc__auto(vc__buf) token = VC__BUF(VC__ATTEST_REPLY_MAX), report = VC__BUF(VC__ATTEST_REPLY_MAX);
    char reply[] = "{\"token\":\"" JWT "\"}", other[] = "{\"report\":\"0011\"}";
    vc_code code = vc__attest_token(reply, sizeof reply - 1, &token, &err);
    code = code ? code : vc__attest_report(other, sizeof other - 1, &report, &err);
    code = code ? code : vc_attest_claims(vc__buf_get(&token), &claims, &err);
    vc_bytes_free(&claims);
    return code;
}

static void memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(read_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(attested, begin), cmocka_unit_test_setup(answers, begin),  cmocka_unit_test_setup(half_answers, begin),
        cmocka_unit_test_setup(hung, begin),     cmocka_unit_test_setup(patience, begin), cmocka_unit_test_setup(arguments, begin),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests_name("io_attest", tests, begin_all, end_all);
}
