/* SPDX-License-Identifier: Apache-2.0 */
/* Several addresses: failover, ways back, redirects and where the token does not go; the breaker and the gate on a clock of the test. */
#include "unit/client.h"

#include "io/breaker.h"
#include "io/gate.h"

#include <stdatomic.h>
#include <unistd.h>

/* -- breaker and gate --------------------------------------------------------------------------------------------- */

static void a_breaker_opens_and_tries(void **state)
{
    (void)state;
    vc__breaker breaker = { .state = VC__BREAKER_CLOSED };
    for (unsigned i = 0; i < 2; i++) {
        assert_false(vc__breaker_bad(&breaker, 1000, 3));
        assert_true(vc__breaker_admit(&breaker, 1000));
    }
    assert_true(vc__breaker_bad(&breaker, 1000, 3)); /* the third in a row */
    assert_false(vc__breaker_admit(&breaker, 1000));
    assert_int_equal(vc__breaker_due(&breaker), 1000 + VC__BREAKER_FIRST_MS);
    assert_false(vc__breaker_bad(&breaker, 1100, 3)); /* was under way: nothing new */
    assert_int_equal(vc__breaker_due(&breaker), 1000 + VC__BREAKER_FIRST_MS);
    uint64_t now = 1000, delay = VC__BREAKER_FIRST_MS;
    for (int i = 0; i < 10; i++) {
        now += delay;
        assert_false(vc__breaker_admit(&breaker, now - 1));
        assert_true(vc__breaker_admit(&breaker, now));
        assert_int_equal(breaker.state, VC__BREAKER_HALF_OPEN);
        assert_false(vc__breaker_admit(&breaker, now)); /* one tries, the others wait */
        assert_false(vc__breaker_bad(&breaker, now, 3));
        delay = delay * 2 < VC__BREAKER_LAST_MS ? delay * 2 : VC__BREAKER_LAST_MS;
        assert_int_equal(vc__breaker_due(&breaker), now + delay);
    }
    now += delay;
    assert_true(vc__breaker_admit(&breaker, now));
    assert_false(vc__breaker_admit(&breaker, now + VC__BREAKER_TRIAL_MS - 1));
    assert_true(vc__breaker_admit(&breaker, now + VC__BREAKER_TRIAL_MS)); /* the first was never heard of again */
    vc__breaker_release(&breaker, now);
    assert_int_equal(breaker.state, VC__BREAKER_OPEN);
    assert_true(vc__breaker_admit(&breaker, now + delay));
    assert_true(vc__breaker_good(&breaker));
    assert_false(vc__breaker_good(&breaker));
    assert_int_equal(vc__breaker_due(&breaker), 0);
    assert_false(vc__breaker_bad(&breaker, now, 3)); /* counts from the beginning */
}

static void a_gate_bounds_and_slows(void **state)
{
    (void)state;
    vc__gate gate;
    uint64_t again;
    assert_int_equal(vc__gate_init(&gate, 2, 0, 0, NULL), VC_OK);
    assert_true(vc__gate_enter(&gate, 0, &again));
    assert_true(vc__gate_enter(&gate, 0, &again));
    assert_false(vc__gate_enter(&gate, 0, &again));
    assert_true(again == UINT64_MAX);
    assert_true(vc__gate_leave(&gate)); /* somebody waits */
    assert_false(vc__gate_leave(&gate));
    vc__gate_destroy(&gate);
    /* 10 in a second, 3 at once */
    assert_int_equal(vc__gate_init(&gate, 100, 10, 3, NULL), VC_OK);
    size_t began = 0;
    for (uint64_t now = 5000; now < 7000; now++)
        while (vc__gate_enter(&gate, now, &again))
            began++;
    assert_in_range(began, 22, 23);
    assert_in_range(again, 7000, 7101);
    vc__gate_destroy(&gate);
}

/* -- servers ------------------------------------------------------------------------------------------------------ */

typedef struct node {
    http_server *server;
    atomic_int status;     /* of every answer; 0: 200 */
    const char *redirect;  /* then: where to */
    const char *headers;   /* else */
    atomic_int index_seen; /* requests with the X-Vault-Index that another reply brought */
    atomic_int at_once, most;
    char last[2000]; /* method, path, token, body of the last */
} node;

static void answer(void *user, const server_request *request, server_answer *out)
{
    node *self = user;
    char value[1024] = "(none)", location[1400] = "";
    const int now = atomic_fetch_add(&self->at_once, 1) + 1;
    if (now > atomic_load(&self->most))
        atomic_store(&self->most, now);
    if (server_header(request, "X-Vault-Index", value) && strcmp(value, "state-7") == 0)
        atomic_fetch_add(&self->index_seen, 1);
    snprintf(value, sizeof value, "(none)");
    (void)server_header(request, "X-Vault-Token", value);
    if (!strstr(request->path, "sys/health"))
        snprintf(self->last, sizeof self->last, "%s %s %s %s", request->method, request->path, value, request->body);
    if (self->redirect)
        snprintf(location, sizeof location, "Location: %s%s\r\n", self->redirect, request->path);
    else if (self->headers)
        snprintf(location, sizeof location, "%s", self->headers);
    if (self->most > 1 || strstr(request->path, "slow"))
        usleep(20000);
    const int status = atomic_load(&self->status);
    server_reply(out, status ? status : 200, location, "{}");
    atomic_fetch_sub(&self->at_once, 1);
}

static void open_node(node *self)
{
    self->server = server_start(answer, self, NULL);
}

static vc_client *client_of(const char *first, const char *second)
{
    vc_config *config = client_config(first);
    if (second)
        assert_int_equal(vc_config_add_address(config, second, NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    assert_non_null(client);
    return client;
}

static vc_client_stats stats_of(vc_client *client)
{
    vc_client_stats stats = { .size = sizeof stats };
    vc_client_get_stats(client, &stats);
    return stats;
}

static vc_server_stats server_of(vc_client *client, size_t i)
{
    vc_server_stats stats = { .size = sizeof stats };
    assert_int_equal(vc_client_get_server(client, i, &stats), 1);
    return stats;
}

static const char nobody[] = "http://127.0.0.1:1";

static void a_dead_address_is_passed_over(void **state)
{
    (void)state;
    node live = { 0 };
    open_node(&live);
    vc_client *client = client_of(nobody, server_url(live.server));
    /* Not safe to send twice, and yet: nothing went out. */
    client_result result = client_call(client, "POST", "/v1/transit/keys/k/rotate", "{}", false);
    assert_int_equal(result.code, VC_OK);
    assert_int_equal(result.tries, 1);
    assert_string_equal(live.last, "POST /v1/transit/keys/k/rotate " TOKEN " {}");
    assert_non_null(strstr(client_log_take(), "Going on with http://127.0.0.1:"));
    assert_int_equal(server_of(client, 0).breaker, VC_BREAKER_OPEN);
    assert_int_equal(server_of(client, 0).active, 0);
    assert_string_equal(server_of(client, 0).address, nobody);
    assert_int_equal(server_of(client, 1).active, 1);
    assert_int_equal(client_call(client, "GET", "/v1/x", "", true).code, VC_OK);
    const vc_client_stats stats = stats_of(client);
    assert_int_equal(stats.failovers, 1);
    assert_int_equal(stats.retries, 0);
    assert_int_equal(stats.openings, 1);
    assert_int_equal(stats.servers, 2);
    assert_int_equal(stats.connections, 1);
    assert_int_equal(stats.http_version, 11);
    vc_server_stats none = { .size = sizeof none };
    assert_int_equal(vc_client_get_server(client, 2, &none), 0);
    vc_client_close(client);
    server_stop(live.server);
    client_log_take();
}

static void a_sealed_node_is_left_and_taken_again(void **state)
{
    (void)state;
    node first = { .status = 503 }, second = { 0 };
    open_node(&first);
    open_node(&second);
    vc_client *client = client_of(server_url(first.server), server_url(second.server));
    client_result result = client_call(client, "POST", "/v1/x", "{}", false); /* a 503 has done nothing */
    assert_int_equal(result.code, VC_OK);
    assert_int_equal(result.tries, 1);
    assert_string_equal(second.last, "POST /v1/x " TOKEN " {}");
    atomic_store(&first.status, 0); /* it is unsealed */
    first.last[0] = 0;
    for (int i = 0; i < 1000 && !first.last[0]; i++) {
        assert_int_equal(client_call(client, "GET", "/v1/y", "", true).code, VC_OK);
        usleep(10000);
    }
    assert_string_equal(first.last, "GET /v1/y " TOKEN " ");
    assert_int_equal(server_of(client, 0).active, 1);
    assert_non_null(strstr(client_log_take(), "answers again"));
    vc_client_close(client);
    server_stop(first.server);
    server_stop(second.server);
}

static void when_all_are_away_the_reason_is_told(void **state)
{
    (void)state;
    vc_config *config = client_config(nobody);
    assert_int_equal(vc_config_add_address(config, "http://127.0.0.1:2", NULL), VC_OK);
    assert_int_equal(vc_config_set_deadline(config, 1000, NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    const client_result result = client_call(client, "POST", "/v1/x", "{}", false);
    assert_int_equal(result.code, VC_E_CONNECT);
    assert_true(result.err.retryable);
    assert_non_null(strstr(result.err.message, "cannot connect to http://127.0.0.1:"));
    vc_client_close(client);
    vc_config_free(config);
    client_log_take();
}

/*
 * The trial of an address that was away ends, whatever comes of it: a redirect, even one that is not followed, shows that it is back; what
 * no Vault answers shows nothing, and another may try soon. Nobody waits until the trial is forgotten (15 s).
 */
static void a_trial_ends_with_any_answer(void **state)
{
    (void)state;
    for (int row = 0; row < 2; row++) {
        node vault = { .status = 500 };
        open_node(&vault);
        vc_client *client = client_of(server_url(vault.server), NULL);
        for (int i = 0; i < 50 && server_of(client, 0).breaker == VC_BREAKER_CLOSED; i++)
            (void)client_call(client, "POST", "/v1/x", "{}", false);
        assert_int_equal(server_of(client, 0).breaker, VC_BREAKER_OPEN);
        vault.redirect = row ? "gopher://x" : "http://127.0.0.2:1";
        atomic_store(&vault.status, 307);
        assert_int_equal(client_call(client, "POST", "/v1/x", "{}", false).code, VC_E_PROTOCOL);
        assert_int_equal(server_of(client, 0).breaker, row ? VC_BREAKER_OPEN : VC_BREAKER_CLOSED);
        vc_client_close(client);
        server_stop(vault.server);
    }
    client_log_take();
}

/*
 * A log-in over which the server fails inside: its tries come in a row, and are about this client alone.
 * The calls of others would wait for an address that answers them well.
 */
static void a_log_in_that_fails_inside_shuts_no_server(void **state)
{
    (void)state;
    node vault = { .status = 500 };
    open_node(&vault);
    vc_config *config = client_config(server_url(vault.server));
    assert_int_equal(vc_config_set_auth_approle(config, NULL, "r", vc_str("s"), NULL), VC_OK);
    assert_int_equal(vc_config_set_deadline(config, 3000, NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    assert_non_null(client);
    assert_int_not_equal(client_call(client, "POST", "/v1/x", "{}", false).code, VC_OK);
    assert_true(server_requests(vault.server) >= VC__BREAKER_FAILURES);
    assert_int_equal(server_of(client, 0).breaker, VC_BREAKER_CLOSED);
    vc_client_close(client);
    server_stop(vault.server);
    client_log_take();
}

/* -- redirects ---------------------------------------------------------------------------------------------------- */

static void a_redirect_leads_to_a_configured_address(void **state)
{
    (void)state;
    node standby = { .status = 307 }, active = { 0 };
    open_node(&standby);
    open_node(&active);
    standby.redirect = server_url(active.server);
    vc_client *client = client_of(server_url(standby.server), server_url(active.server));
    const client_result result = client_call(client, "POST", "/v1/transit/encrypt/k", "{\"a\":1}", false);
    assert_int_equal(result.code, VC_OK);
    assert_string_equal(active.last, "POST /v1/transit/encrypt/k " TOKEN " {\"a\":1}");
    assert_int_equal(stats_of(client).redirects, 1);
    assert_int_equal(client_call(client, "GET", "/v1/x", "", true).code, VC_OK);
    assert_int_equal(server_requests(standby.server), 1); /* the active node is known now */
    assert_int_equal(server_of(client, 1).active, 1);
    vc_client_close(client);
    /* Both redirect: in a circle. */
    atomic_store(&active.status, 307);
    active.redirect = server_url(standby.server);
    client = client_of(server_url(standby.server), server_url(active.server));
    const client_result circle = client_call(client, "GET", "/v1/x", "", true);
    assert_int_equal(circle.code, VC_E_PROTOCOL);
    assert_non_null(strstr(circle.err.message, "circle"));
    vc_client_close(client);
    server_stop(standby.server);
    server_stop(active.server);
    client_log_take();
}

typedef struct leads_row {
    const char *hosts; /* redirect_hosts */
    bool follow, arrives;
    const char *says;
} leads_row;

static const leads_row leads[] = {
    { NULL, true, false, "to another server, where the token does not go" },
    { "vault.example, 127.0.0.2", true, false, "to another server" },
    { "127.0.0.1:1", true, false, "to another server" },
    { "vault.example, 127.0.0.1", true, true, NULL },
    { "127.0.0.1", false, false, "not followed" },
};

static void the_token_goes_to_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(leads); i++) {
        node standby = { .status = 307 }, other = { 0 };
        open_node(&standby);
        open_node(&other);
        standby.redirect = server_url(other.server);
        vc_config *config = client_config(server_url(standby.server));
        assert_int_equal(vc_config_set_redirects(config, leads[i].follow, leads[i].hosts, NULL), VC_OK);
        vc_client *client = vc_client_open(config, NULL);
        const client_result result = client_call(client, "GET", "/v1/x", "", true);
        if ((result.code == VC_OK) != leads[i].arrives || (leads[i].says && !strstr(result.err.message, leads[i].says)))
            fail_msg("row %zu: %s", i, result.err.message);
        assert_int_equal(server_requests(other.server), leads[i].arrives);
        assert_int_equal(server_connections(other.server), leads[i].arrives);
        vc_client_close(client);
        vc_config_free(config);
        server_stop(standby.server);
        server_stop(other.server);
    }
    client_log_take();
}

static void ask_for_stats(void *client, const char *line)
{
    (void)line;
    if (*(vc_client **)client)
        assert_int_equal(stats_of(*(vc_client **)client).servers, 2);
}

/* A warning about a server that a redirect led to, here that it is not encrypted: no lock is held meanwhile. */
static void the_log_may_call_the_client(void **state)
{
    (void)state;
    char other[64];
    node standby = { .status = 307 }, active = { 0 };
    open_node(&standby);
    open_node(&active);
    snprintf(other, sizeof other, "http://0.0.0.0:%u", server_port(active.server)); /* this machine, but not by name */
    standby.redirect = other;
    vc_client *client = NULL;
    vc_config *config = client_config(server_url(standby.server));
    assert_int_equal(vc_config_set_redirects(config, 1, "0.0.0.0", NULL), VC_OK);
    assert_int_equal(vc_config_set_log(config, ask_for_stats, &client, NULL), VC_OK);
    client = vc_client_open(config, NULL);
    assert_int_equal(client_call(client, "GET", "/v1/x", "", true).code, VC_OK);
    vc_client_close(client);
    vc_config_free(config);
    server_stop(standby.server);
    server_stop(active.server);
}

/* -- what else is shared ------------------------------------------------------------------------------------------ */

static void the_index_of_replies_is_sent_on(void **state)
{
    (void)state;
    node vault = { .headers = "X-Vault-Index: state-7\r\n" };
    open_node(&vault);
    vc_client *client = client_of(server_url(vault.server), NULL);
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    assert_int_equal(vault.index_seen, 0);
    assert_int_equal(client_call(client, "GET", "/v1/x", "", true).code, VC_OK);
    assert_int_equal(vault.index_seen, 1);
    vc_client_close(client);
    server_stop(vault.server);
}

static void retries_are_counted_out_when_asked(void **state)
{
    (void)state;
    node vault = { .status = 503 };
    open_node(&vault);
    vc_config *config = client_config(server_url(vault.server));
    assert_int_equal(vc_config_set(config, "max_retries", "2", NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    const client_result result = client_call(client, "GET", "/v1/x", "", true);
    assert_int_equal(result.status, 503);
    assert_int_equal(result.tries, 3);
    assert_int_equal(stats_of(client).retries, 2);
    vc_client_close(client);
    server_stop(vault.server);
    client_log_take();
}

static void *call(void *client)
{
    assert_int_equal(client_call(client, "GET", "/v1/slow", "", true).code, VC_OK);
    return NULL;
}

static void the_whole_client_has_a_bound(void **state)
{
    (void)state;
    enum { THREADS = 12, BOUND = 3 };
    node vault = { 0 };
    open_node(&vault);
    vc_config *config = client_config(server_url(vault.server));
    assert_int_equal(vc_config_set_in_flight(config, BOUND, NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, call, client);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_in_range(vault.most, 2, BOUND);
    vc_client_close(client);
    server_stop(vault.server);
}

/* A server that comes back: all who wait get through, whoever tried it. */
static void all_get_through_when_it_is_back(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    node vault = { .status = 503 };
    open_node(&vault);
    vc_client *client = client_of(server_url(vault.server), NULL);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, call, client);
    for (int i = 0; i < 1000 && server_of(client, 0).breaker == VC_BREAKER_CLOSED; i++)
        usleep(10000);
    assert_true(server_of(client, 0).breaker != VC_BREAKER_CLOSED);
    atomic_store(&vault.status, 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(server_of(client, 0).breaker, VC_BREAKER_CLOSED);
    vc_client_close(client);
    server_stop(vault.server);
    client_log_take();
}

static void a_unix_socket_is_an_address(void **state)
{
    (void)state;
    char path[80];
    snprintf(path, sizeof path, "/tmp/vaultcrypt-test-%d.sock", (int)getpid());
    node agent = { 0 };
    agent.server = server_start_at(answer, &agent, path);
    vc_client *client = client_of(server_url(agent.server), NULL);
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    assert_string_equal(agent.last, "POST /v1/x " TOKEN " {}");
    assert_string_equal(client_log_take(), ""); /* nobody can listen on the way */
    vc_client_close(client);
    server_stop(agent.server);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breaker_opens_and_tries),
        cmocka_unit_test(a_gate_bounds_and_slows),
        cmocka_unit_test(a_dead_address_is_passed_over),
        cmocka_unit_test(a_sealed_node_is_left_and_taken_again),
        cmocka_unit_test(when_all_are_away_the_reason_is_told),
        cmocka_unit_test(a_trial_ends_with_any_answer), cmocka_unit_test(the_log_may_call_the_client),
        cmocka_unit_test(a_log_in_that_fails_inside_shuts_no_server),
        cmocka_unit_test(a_redirect_leads_to_a_configured_address),
        cmocka_unit_test(the_token_goes_to_no_other),
        cmocka_unit_test(the_index_of_replies_is_sent_on),
        cmocka_unit_test(retries_are_counted_out_when_asked),
        cmocka_unit_test(the_whole_client_has_a_bound),
        cmocka_unit_test(all_get_through_when_it_is_back),
        cmocka_unit_test(a_unix_socket_is_an_address),
    };
    return cmocka_run_group_tests_name("io/cluster", tests, NULL, NULL);
}
