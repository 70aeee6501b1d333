/* SPDX-License-Identifier: Apache-2.0 */
/* The driver against a server in this process: what it sends, what it makes of answers good and bad, threads, connections. */
#include "unit/client.h"

#include "io/clock.h"
#include "io/sigpipe.h"

#include <vaultcrypt/version.h>

#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <unistd.h>

/* A script: answer n of a server is row n, the last row for all that follow. */
typedef struct script_row {
    int status; /* 0: `raw` goes out as it is */
    const char *headers, *body;
    const char *raw;
    bool hang_up, silent;
} script_row;

static void play(void *user, const server_request *request, server_answer *answer)
{
    const script_row *row = user;
    for (size_t i = 1; i < request->number && (row[1].status || row[1].raw || row[1].silent); i++)
        row++;
    if (row->status)
        server_reply(answer, row->status, row->headers ? row->headers : "", row->body ? row->body : "");
    else if (row->raw)
        answer->len = (size_t)snprintf(answer->text, sizeof answer->text, "%s", row->raw);
    answer->hang_up = row->hang_up;
    answer->silent = row->silent;
}

#define SCRIPT(...) ((script_row[]){ __VA_ARGS__, { 0 } })

/* -- what goes out ------------------------------------------------------------------------------------------------ */

typedef struct last_seen {
    pthread_mutex_t lock;
    server_request last;
} last_seen;

static void look(void *user, const server_request *request, server_answer *answer)
{
    last_seen *seen = user;
    pthread_mutex_lock(&seen->lock);
    free(seen->last.body);
    seen->last = *request;
    seen->last.body = strndup(request->body, request->body_len);
    pthread_mutex_unlock(&seen->lock);
    server_reply(answer, 200, "", strcmp(request->method, "HEAD") == 0 ? "" : "{\"data\":{}}");
}

static void header_is(const server_request *request, const char *name, const char *wanted)
{
    char value[1024];
    const char *found = server_header(request, name, value);
    if (!wanted) {
        if (found)
            fail_msg("%s: %s", name, found);
    } else if (!found || strcmp(found, wanted) != 0) {
        fail_msg("%s: %s instead of %s", name, found ? found : "(none)", wanted);
    }
}

static void requests_are_whole(void **state)
{
    (void)state;
    last_seen seen = { .lock = PTHREAD_MUTEX_INITIALIZER };
    http_server *server = server_start(look, &seen, NULL);
    vc_config *config = client_config(server_url(server));
    assert_int_equal(vc_config_set_namespace(config, "team/app", NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    static const struct {
        const char *method, *body;
    } table[] = { { "POST", "{\"a\":1}" }, { "POST", "" },          { "GET", "" },        { "PUT", "{}" },
                  { "DELETE", "" },        { "DELETE", "{\"b\":2}" }, { "LIST", "" },       { "GET", "" },
                  { "POST", "{}" },        { "HEAD", "" },          { "POST", "{}" } };
    for (size_t i = 0; i < COUNT(table); i++) {
        const client_result result = client_call(client, table[i].method, "/v1/transit/keys/a%20b", table[i].body, true);
        assert_int_equal(result.code, VC_OK);
        assert_int_equal(result.status, 200);
        assert_string_equal(seen.last.method, table[i].method);
        assert_string_equal(seen.last.path, "/v1/transit/keys/a%20b");
        assert_string_equal(seen.last.body, table[i].body);
        header_is(&seen.last, "X-Vault-Token", TOKEN);
        header_is(&seen.last, "X-Vault-Request", "true");
        header_is(&seen.last, "X-Vault-Namespace", "team/app/");
        header_is(&seen.last, "User-Agent", "libvaultcrypt/" VC_VERSION);
        header_is(&seen.last, "Content-Type", "application/json");
        header_is(&seen.last, "Expect", NULL);
        header_is(&seen.last, "Authorization", NULL);
    }
    assert_int_equal(server_connections(server), 1);
    vc_client_close(client);
    server_stop(server);
    free(seen.last.body);
}

static void large_bodies_go_at_once(void **state)
{
    (void)state;
    enum { SIZE = 3 << 20 };
    last_seen seen = { .lock = PTHREAD_MUTEX_INITIALIZER };
    http_server *server = server_start(look, &seen, NULL);
    vc_client *client = client_for(server_url(server));
    char *body = malloc(SIZE + 1);
    for (size_t i = 0; i < SIZE; i++)
        body[i] = (char)('a' + i % 26);
    body[SIZE] = 0;
    assert_int_equal(client_call(client, "POST", "/v1/x", body, true).code, VC_OK);
    assert_int_equal(seen.last.body_len, SIZE);
    assert_string_equal(seen.last.body, body);
    header_is(&seen.last, "Expect", NULL);
    free(body);
    vc_client_close(client);
    server_stop(server);
    free(seen.last.body);
}

static void a_prefix_is_kept_and_no_token_is_none(void **state)
{
    (void)state;
    last_seen seen = { .lock = PTHREAD_MUTEX_INITIALIZER };
    http_server *server = server_start(look, &seen, NULL);
    char url[128];
    snprintf(url, sizeof url, "%s/gate/", server_url(server));
    vc_config *config = client_config(url);
    assert_int_equal(vc_config_set_token(config, vc_str(NULL), NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    assert_int_equal(client_call(client, "GET", "/v1/sys/health", "", true).code, VC_OK);
    assert_string_equal(seen.last.path, "/gate/v1/sys/health");
    header_is(&seen.last, "X-Vault-Token", NULL);
    vc_client_close(client);
    server_stop(server);
    free(seen.last.body);
}

/* -- what comes back ---------------------------------------------------------------------------------------------- */

static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":";
static const char bad_chunk[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n";
static const char denied_body[] = "{\"errors\":[\"1 error occurred:\\n\\t* permission denied\\n\\n\"]}";

typedef struct answer_row {
    const char *name;
    script_row script[4];
    bool replay_safe;
    vc_code code;
    int status;
    size_t requests;
    const char *says;
} answer_row;

static const answer_row answers[] = {
    { "fine", { { 200, NULL, "{}", NULL, false, false } }, true, VC_OK, 200, 1, NULL },
    { "no content", { { 204, NULL, NULL, NULL, false, false } }, true, VC_OK, 204, 1, NULL },
    { "bad request", { { 400, NULL, "{\"errors\":[]}", NULL, false, false } }, true, VC_OK, 400, 1, NULL },
    { "sealed once", { { .status = 503 }, { .status = 200 } }, true, VC_OK, 200, 2, NULL },
    { "quota once",
      { { .status = 429, .headers = "Retry-After: 1\r\n" }, { .status = 200 } }, true, VC_OK, 200, 2, NULL },
    { "bad gateway, not safe", { { .status = 502 }, { .status = 200 } }, false, VC_OK, 502, 1, NULL },
    { "half, then whole", { { .raw = half, .hang_up = true }, { .status = 200 } }, true, VC_OK, 200, 2, NULL },
    { "half, not safe", { { .raw = half, .hang_up = true }, { .status = 200 } }, false, VC_E_CONNECT, 0, 1, "broke before" },
    { "nothing, then whole", { { .raw = "", .hang_up = true }, { .status = 200 } }, true, VC_OK, 200, 2, NULL },
    { "nothing, not safe", { { .raw = "", .hang_up = true }, { .status = 200 } }, false, VC_E_CONNECT, 0, 1, "broke before" },
    { "half a head", { { .raw = "HTTP/1.1 200 O", .hang_up = true }, { .status = 200 } }, false, VC_E_CONNECT, 0, 1, NULL },
    { "bad chunk, not safe", { { .raw = bad_chunk, .hang_up = true } }, false, VC_E_CONNECT, 0, 1, "broke before" },
    { "not HTTP", { { .raw = "SSH-2.0-OpenSSH_9.2\r\n\r\n", .hang_up = true } }, true, VC_E_PROTOCOL, 0, 1, "not as Vault" },
    { "redirect to nowhere", { { .status = 307 } }, true, VC_E_PROTOCOL, 0, 1, "to nowhere" },
    { "redirect to a file",
      { { .status = 307, .headers = "Location: file:///etc/passwd\r\n" } }, true, VC_E_PROTOCOL, 0, 1, "cannot be followed" },
    { "redirect with a password",
      { { .status = 307, .headers = "Location: http://u:hunter2@127.0.0.1/\r\n" } }, true, VC_E_PROTOCOL, 0, 1,
      "cannot be followed" },
    { "redirect here", { { .status = 307, .headers = "Location: /v1/other\r\n" }, { .status = 200 } }, true, VC_OK, 200, 2, NULL },
    { "redirect here, not safe",
      { { .status = 307, .headers = "Location: /v1/other\r\n" }, { .status = 200 } }, false, VC_OK, 200, 2, NULL },
    { "redirect for ever", { { .status = 307, .headers = "Location: /v1/other\r\n" } }, true, VC_E_PROTOCOL, 0, 2, "second time" },
};

static void answers_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        const answer_row *row = &answers[i];
        script_row script[4];
        memcpy(script, row->script, sizeof script);
        http_server *server = server_start(play, script, NULL);
        vc_client *client = client_for(server_url(server));
        const client_result result = client_call(client, "POST", "/v1/transit/encrypt/k", "{}", row->replay_safe);
        if (result.code != row->code || (row->code == VC_OK && result.status != row->status) ||
            server_requests(server) != row->requests || (row->says && !strstr(result.err.message, row->says)))
            fail_msg("%s: code %d, status %d, %zu requests: %s", row->name, result.code, result.status, server_requests(server),
                     result.err.message);
        if (row->code && !strstr(result.err.message, server_url(server)))
            fail_msg("%s: no address in: %s", row->name, result.err.message);
        assert_null(strstr(result.err.message, "hunter2"));
        vc_client_close(client);
        server_stop(server);
    }
}

/* libcurl itself sends again what got no answer on a connection that was open before; not what must not be sent twice. */
static void nothing_unsafe_is_sent_twice(void **state)
{
    (void)state;
    for (int safe = 0; safe < 2; safe++) {
        http_server *server = server_start(play, SCRIPT({ .status = 200 }, { .raw = "", .hang_up = true }, { .status = 200 }), NULL);
        vc_client *client = client_for(server_url(server));
        assert_int_equal(client_call(client, "POST", "/v1/first", "{}", true).code, VC_OK);
        const client_result result = client_call(client, "POST", "/v1/second", "{}", safe);
        assert_int_equal(result.code, safe ? VC_OK : VC_E_CONNECT);
        assert_int_equal(server_requests(server), safe ? 3 : 2);
        vc_client_close(client);
        server_stop(server);
    }
}

static void redirected_requests_are_the_same(void **state)
{
    (void)state;
    last_seen seen = { .lock = PTHREAD_MUTEX_INITIALIZER };
    http_server *other = server_start(look, &seen, NULL);
    char location[128];
    snprintf(location, sizeof location, "Location: %s/v1/x\r\n", server_url(other));
    http_server *server = server_start(play, SCRIPT({ .status = 307, .headers = location }), NULL);
    vc_client *client = client_for(server_url(server));
    client_result result = client_call(client, "POST", "/v1/x", "{}", true);
    assert_int_equal(result.code, VC_E_PROTOCOL);
    assert_non_null(strstr(result.err.message, "another server"));
    assert_int_equal(server_connections(other), 0); /* the token did not go there */
    vc_client_close(client);
    server_stop(server);

    /* The same server under its other name is another one, too. */
    snprintf(location, sizeof location, "Location: http://localhost:%u/v1/x\r\n", server_port(other));
    server = server_start(play, SCRIPT({ .status = 307, .headers = location }), NULL);
    client = client_for(server_url(server));
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_E_PROTOCOL);
    assert_int_equal(server_connections(other), 0);
    vc_client_close(client);
    server_stop(server);
    server_stop(other);
}

static void redirect_once(void *user, const server_request *request, server_answer *answer)
{
    if (request->number == 1)
        server_reply(answer, 307, "Location: other?list=true\r\n", "");
    else
        look(user, request, answer);
}

static void a_redirect_keeps_method_body_and_token(void **state)
{
    (void)state;
    last_seen seen = { .lock = PTHREAD_MUTEX_INITIALIZER };
    http_server *server = server_start(redirect_once, &seen, NULL);
    char url[128];
    snprintf(url, sizeof url, "%s/gate", server_url(server));
    vc_client *client = client_for(url);
    const client_result result = client_call(client, "POST", "/v1/a/b", "{\"x\":1}", true);
    if (result.code)
        fail_msg("%s", result.err.message);
    assert_string_equal(seen.last.method, "POST");
    assert_string_equal(seen.last.path, "/gate/v1/a/other?list=true");
    assert_string_equal(seen.last.body, "{\"x\":1}");
    header_is(&seen.last, "X-Vault-Token", TOKEN);
    vc_client_close(client);
    server_stop(server);
    free(seen.last.body);
}

static void silence_ends_in_time(void **state)
{
    (void)state;
    http_server *server = server_start(play, SCRIPT({ .silent = true }), NULL);
    static const struct {
        uint64_t timeout, deadline;
        bool replay_safe;
    } table[] = { { 100, 20000, false }, { 20000, 100, true }, { 60, 500, true } };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_config *config = client_config(server_url(server));
        assert_int_equal(vc_config_set_timeout(config, table[i].timeout, NULL), VC_OK);
        assert_int_equal(vc_config_set_deadline(config, table[i].deadline, NULL), VC_OK);
        vc_client *client = vc_client_open(config, NULL);
        vc_config_free(config);
        const client_result result = client_call(client, "GET", "/v1/x", "", table[i].replay_safe);
        assert_int_equal(result.code, VC_E_TIMEOUT);
        vc_client_close(client);
    }
    server_stop(server);
}

/* A port that was free a moment ago, and refuses: bound, but nobody listens. */
static int refused_port(unsigned *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void nobody_there_is_said(void **state)
{
    (void)state;
    unsigned port;
    char url[64], wanted[256];
    const int fd = refused_port(&port);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
    snprintf(wanted, sizeof wanted, "cannot connect to %s: connection refused. Is Vault running there? VAULT_ADDR or the configuration says where.",
             url);
    vc_client *client = client_for(url);
    client_log_take();
    client_result result = client_call(client, "GET", "/v1/x", "", false);
    assert_int_equal(result.code, VC_E_CONNECT);
    assert_string_equal(result.err.message, wanted);
    assert_true(result.err.retryable);
    assert_non_null(strstr(client_log_take(), wanted)); /* who waits should know for what */
    vc_client_close(client);

    vc_config *config = client_config(url);
    assert_int_equal(vc_config_set_deadline(config, 1200, NULL), VC_OK);
    client = vc_client_open(config, NULL);
    vc_config_free(config);
    result = client_call(client, "GET", "/v1/x", "", true);
    assert_int_equal(result.code, VC_E_CONNECT);
    assert_true(result.tries > 1);
    strcat(wanted, " Trying on for up to 2 s.\n");
    const char *lines = client_log_take();
    assert_int_equal(strncmp(lines, wanted, strlen(wanted)), 0);
    assert_null(strstr(lines + 1, "cannot connect")); /* once, not at every try */
    vc_client_close(client);
    close(fd);

    client = client_for("http://no-such-host.invalid:8200");
    result = client_call(client, "GET", "/v1/x", "", false);
    assert_int_equal(result.code, VC_E_CONNECT);
    assert_non_null(strstr(result.err.message, "cannot find the host of http://no-such-host.invalid:8200"));
    vc_client_close(client);
}

static void flood(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    (void)request;
    enum { MEGABYTES = 70 };
    answer->len = (size_t)snprintf(answer->text, sizeof answer->text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n",
                                   MEGABYTES << 20);
    answer->zeros = (size_t)MEGABYTES << 20;
}

static void answers_have_a_limit(void **state)
{
    (void)state;
    http_server *server = server_start(flood, NULL, NULL);
    vc_client *client = client_for(server_url(server));
    const client_result result = client_call(client, "GET", "/v1/x", "", true);
    assert_int_equal(result.code, VC_E_LIMIT);
    assert_non_null(strstr(result.err.message, "larger than its maximum"));
    vc_client_close(client);
    server_stop(server);
}

/* -- 403 ---------------------------------------------------------------------------------------------------------- */

typedef struct gate_keeper {
    int lookup_status; /* 0: hangs up */
} gate_keeper;

static void guard(void *user, const server_request *request, server_answer *answer)
{
    const gate_keeper *gate = user;
    if (strcmp(request->path, "/v1/auth/token/lookup-self") != 0)
        server_reply(answer, 403, "", denied_body);
    else if (gate->lookup_status < 0) /* as newer servers have it */
        server_reply(answer, -gate->lookup_status, "", "{\"errors\":[\"2 errors occurred:\\n\\t* permission denied\\n\\t* invalid token\\n\\n\"]}");
    else if (gate->lookup_status)
        server_reply(answer, gate->lookup_status, "", "{}");
    else
        answer->hang_up = true;
}

static void a_denial_is_explained(void **state)
{
    (void)state;
    static const struct {
        int lookup_status;
        bool token, namespace;
        const char *says;
        size_t requests;
    } table[] = {
        { 200, true, false, "the token is valid, but its policies do not allow POST transit/encrypt/k.", 2 },
        { 200, true, true, "in the namespace team/", 2 },
        { 403, true, false, "its policies lack \"update\" on transit/encrypt/k, or the token is not valid", 2 },
        { 403, true, true, ", or is not of the namespace team/", 2 },
        { -403, true, false, "POST transit/encrypt/k was denied: the token is not valid or has expired", 2 },
        { 500, true, false, "its policies do not allow it, or the token has expired", 2 },
        { 0, true, false, "its policies do not allow it, or the token has expired", 2 },
        { 200, false, false, "there is no token", 1 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        gate_keeper gate = { table[i].lookup_status };
        http_server *server = server_start(guard, &gate, NULL);
        vc_config *config = client_config(server_url(server));
        if (!table[i].token)
            assert_int_equal(vc_config_set_token(config, vc_str(NULL), NULL), VC_OK);
        if (table[i].namespace)
            assert_int_equal(vc_config_set_namespace(config, "team", NULL), VC_OK);
        vc_client *client = vc_client_open(config, NULL);
        vc_config_free(config);
        const client_result result = client_call(client, "POST", "/v1/transit/encrypt/k", "{}", true);
        assert_int_equal(result.code, VC_E_DENIED);
        assert_int_equal(result.err.http_status, 403);
        if (!strstr(result.err.message, table[i].says) || server_requests(server) != table[i].requests)
            fail_msg("%zu requests, %s", server_requests(server), result.err.message);
        vc_client_close(client);
        server_stop(server);
    }
}

/* -- many at once ------------------------------------------------------------------------------------------------- */

/* An operation of many requests, as a batch is one. */
typedef struct many {
    vc_request *requests;
    size_t count, given;
    bool fails; /* once the first answer is there */
} many;

static void fan_init(many *fan, size_t count)
{
    *fan = (many){ calloc(count, sizeof *fan->requests), count, 0, false };
    for (size_t i = 0; i < count; i++) {
        vc__request_init(&fan->requests[i], "POST", 1 << 20, true);
        vc__buf_printf(&fan->requests[i].path, "/v1/fan/%zu", i);
        vc__buf_printf(&fan->requests[i].body, "%zu", i);
    }
}

static void fan_free(many *fan)
{
    for (size_t i = 0; i < fan->count; i++)
        vc__request_cleanup(&fan->requests[i]);
    free(fan->requests);
}

static vc_step fan_step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    (void)wait_until;
    (void)now_ms;
    many *fan = self;
    size_t answered = 0;
    for (size_t i = 0; i < fan->count; i++)
        answered += fan->requests[i].state == VC__REQUEST_REPLIED;
    if (fan->fails && answered) {
        err->code = VC_E_SERVER;
        snprintf(err->message, sizeof err->message, "enough");
        return VC_STEP_FAILED;
    }
    return fan->given < fan->count ? VC_STEP_SEND : answered == fan->count ? VC_STEP_DONE : VC_STEP_WAIT;
}

static vc_request *fan_next(void *self)
{
    many *fan = self;
    if (fan->given == fan->count)
        return NULL;
    vc__request_take(&fan->requests[fan->given]);
    return &fan->requests[fan->given++];
}

/* Answers nobody before all `width` are there. */
typedef struct meeting {
    pthread_barrier_t barrier;
} meeting;

static void echo_together(void *user, const server_request *request, server_answer *answer)
{
    meeting *crowd = user;
    pthread_barrier_wait(&crowd->barrier);
    server_reply(answer, 200, "", request->body);
}

static void requests_are_under_way_together(void **state)
{
    (void)state;
    enum { WIDTH = 12 };
    meeting crowd;
    pthread_barrier_init(&crowd.barrier, NULL, WIDTH);
    http_server *server = server_start(echo_together, &crowd, NULL);
    vc_client *client = client_for(server_url(server));
    for (int round = 0; round < 3; round++) {
        many fan;
        fan_init(&fan, WIDTH);
        const vc__operation operation = { fan_step, fan_next, &fan };
        vc_error err = VC_ERROR_INIT;
        if (vc__client_drive(client, &operation, 0, &err))
            fail_msg("%s", err.message);
        for (size_t i = 0; i < WIDTH; i++)
            assert_int_equal(strtoul(fan.requests[i].reply.data, NULL, 10), i); /* to each its own */
        fan_free(&fan);
    }
    assert_int_equal(server_connections(server), WIDTH); /* kept over the rounds */
    vc_client_close(client);
    server_stop(server);
    pthread_barrier_destroy(&crowd.barrier);
}

static void first_only(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    if (strcmp(request->path, "/v1/fan/0") == 0)
        server_reply(answer, 200, "", "{}");
    else
        answer->silent = true;
}

static void a_failed_operation_is_cleared_away(void **state)
{
    (void)state;
    http_server *server = server_start(first_only, NULL, NULL);
    vc_client *client = client_for(server_url(server));
    for (int round = 0; round < 2; round++) {
        many fan;
        fan_init(&fan, 4);
        fan.fails = true;
        const vc__operation operation = { fan_step, fan_next, &fan };
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__client_drive(client, &operation, 0, &err), VC_E_SERVER);
        assert_string_equal(err.message, "enough");
        assert_int_equal(fan.requests[0].state, VC__REQUEST_REPLIED);
        for (size_t i = 1; i < fan.count; i++) {
            assert_int_equal(fan.requests[i].state, VC__REQUEST_FAILED);
            assert_int_equal(fan.requests[i].failure.code, VC_E_CANCELED);
        }
        fan_free(&fan);
    }
    vc_client_close(client);
    server_stop(server);
}

static vc_step misbehaves(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    (void)now_ms;
    (void)wait_until;
    (void)err;
    return *(const vc_step *)self;
}

static vc_request *lends_none(void *self)
{
    (void)self;
    return NULL;
}

static void no_operation_hangs_the_loop(void **state)
{
    (void)state;
    vc_client *client = client_for("http://127.0.0.1:1");
    static const vc_step steps[] = { VC_STEP_SEND, VC_STEP_WAIT };
    for (size_t i = 0; i < COUNT(steps); i++) {
        vc_step step = steps[i];
        const vc__operation operation = { misbehaves, lends_none, &step };
        assert_int_equal(vc__client_drive(client, &operation, 0, NULL), VC_E_INTERNAL);
    }
    vc_client_close(client);
}

static void echo(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    server_reply(answer, 200, "", request->body);
}

static void connections_are_kept(void **state)
{
    (void)state;
    http_server *server = server_start(echo, NULL, NULL);
    vc_client *client = client_for(server_url(server));
    for (int i = 0; i < 100; i++)
        assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    assert_int_equal(server_requests(server), 100);
    assert_int_equal(server_connections(server), 1);
    vc_client_close(client);
    server_stop(server);
}

enum { THREADS = 8, CALLS = 40 };

static atomic_int wrong;

static void *call_often(void *arg)
{
    vc_client *client = arg;
    for (int i = 0; i < CALLS; i++) {
        char body[32];
        snprintf(body, sizeof body, "%p %d", (void *)&body, i);
        const client_result result = client_call(client, "POST", "/v1/x", body, true);
        if (result.code || strcmp(result.reply, body) != 0)
            atomic_fetch_add(&wrong, 1);
    }
    return NULL;
}

static void threads_share_a_client(void **state)
{
    (void)state;
    http_server *server = server_start(echo, NULL, NULL);
    vc_client *client = client_for(server_url(server));
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, client), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
    assert_int_equal(server_requests(server), THREADS * CALLS);
    assert_true(server_connections(server) <= THREADS);
    vc_client_close(client);
    server_stop(server);
}

/* -- the process around it ------------------------------------------------------------------------------------------ */

static void a_child_opens_its_own(void **state)
{
    (void)state;
    http_server *server = server_start(echo, NULL, NULL);
    vc_client *client = client_for(server_url(server));
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        vc_request request;
        vc__request_init(&request, "GET", 0, true);
        const vc_code code = vc__client_call(client, &request, NULL);
        vc_client_close(client);
        _exit(code == VC_E_STATE ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    assert_int_equal(server_connections(server), 1);
    vc_client_close(client);
    server_stop(server);
}

static void sigpipe_is_kept_away(void **state)
{
    (void)state;
    sigset_t before, after, pending;
    int ends[2];
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    for (int own = 0; own < 2; own++) { /* own: the program has blocked it, and has one pending, which stays */
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        pthread_sigmask(own ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
        if (own)
            assert_int_equal(write(ends[1], "x", 1), -1);
        pthread_sigmask(SIG_SETMASK, NULL, &before);
        vc__sigpipe guard;
        vc__sigpipe_block(&guard);
        assert_int_equal(write(ends[1], "x", 1), -1);
        vc__sigpipe_restore(&guard);
        pthread_sigmask(SIG_SETMASK, NULL, &after);
        assert_int_equal(sigismember(&before, SIGPIPE), sigismember(&after, SIGPIPE));
        sigpending(&pending);
        assert_int_equal(sigismember(&pending, SIGPIPE), own);
        if (own) {
            int number;
            assert_int_equal(sigwait(&set, &number), 0);
        }
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    }
    close(ends[1]);
}

static void only_a_named_proxy_is_used(void **state)
{
    (void)state;
    last_seen seen = { .lock = PTHREAD_MUTEX_INITIALIZER };
    http_server *proxy = server_start(look, &seen, NULL);
    http_server *server = server_start(echo, NULL, NULL);
    static const char *const variables[] = { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY" };
    for (size_t i = 0; i < COUNT(variables); i++)
        setenv(variables[i], server_url(proxy), 1);
    vc_client *client = client_for(server_url(server));
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    assert_int_equal(server_requests(server), 1);
    assert_int_equal(server_connections(proxy), 0);
    vc_client_close(client);

    setenv("no_proxy", "*", 1);
    vc_config *config = client_config("http://vault.example");
    assert_int_equal(vc_config_set_proxy(config, server_url(proxy), NULL, NULL), VC_OK);
    client = vc_client_open(config, NULL);
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    assert_string_equal(seen.last.path, "http://vault.example/v1/x");
    vc_client_close(client);

    assert_int_equal(vc_config_set_address(config, server_url(server), NULL), VC_OK);
    assert_int_equal(vc_config_set_proxy(config, server_url(proxy), "127.0.0.1", NULL), VC_OK);
    client = vc_client_open(config, NULL);
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    assert_int_equal(server_requests(server), 2);
    vc_client_close(client);
    vc_config_free(config);
    unsetenv("no_proxy");
    for (size_t i = 0; i < COUNT(variables); i++)
        unsetenv(variables[i]);
    server_stop(server);
    server_stop(proxy);
    free(seen.last.body);
}

static void plain_http_is_said(void **state)
{
    (void)state;
    client_log_take();
    vc_client_close(client_for("http://127.0.0.1:1"));
    assert_string_equal(client_log_take(), "");
    vc_client_close(client_for("http://vault.example"));
    assert_non_null(strstr(client_log_take(), "http://vault.example is not encrypted"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_whole),
        cmocka_unit_test(large_bodies_go_at_once),
        cmocka_unit_test(a_prefix_is_kept_and_no_token_is_none),
        cmocka_unit_test(answers_are_understood),
        cmocka_unit_test(nothing_unsafe_is_sent_twice),
        cmocka_unit_test(redirected_requests_are_the_same),
        cmocka_unit_test(a_redirect_keeps_method_body_and_token),
        cmocka_unit_test(silence_ends_in_time),
        cmocka_unit_test(nobody_there_is_said),
        cmocka_unit_test(answers_have_a_limit),
        cmocka_unit_test(a_denial_is_explained),
        cmocka_unit_test(requests_are_under_way_together),
        cmocka_unit_test(a_failed_operation_is_cleared_away),
        cmocka_unit_test(no_operation_hangs_the_loop),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(threads_share_a_client),
        cmocka_unit_test(a_child_opens_its_own),
        cmocka_unit_test(sigpipe_is_kept_away),
        cmocka_unit_test(only_a_named_proxy_is_used),
        cmocka_unit_test(plain_http_is_said),
    };
    return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
