/* SPDX-License-Identifier: Apache-2.0 */
/* Log-ins of a client against a server in this process: many threads and drivers at once, the renewing thread, the end. */
#include "unit/client.h"

#include <vaultcrypt/auth.h>

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Tokens are "t1", "t2", ...; those up to `dead` are gone. */
typedef struct small_vault {
    pthread_mutex_t lock;
    unsigned issued, dead;
    unsigned logins, renewals, revocations, lookups, served, denied;
    unsigned kill_every; /* after so many served requests all tokens die */
    unsigned ttl;
    int login_status;    /* 0: 200 */
} small_vault;

static const char denied_body[] = "{\"errors\":[\"permission denied\"]}";

static void grant(small_vault *v, server_answer *answer)
{
    char body[300];
    snprintf(body, sizeof body, "{\"auth\":{\"client_token\":\"t%u\",\"accessor\":\"a\",\"lease_duration\":%u,\"renewable\":true}}",
             v->issued, v->ttl);
    server_reply(answer, 200, "", body);
}

static void serve(void *user, const server_request *request, server_answer *answer)
{
    small_vault *v = user;
    char value[1024];
    const char *token = server_header(request, "X-Vault-Token", value);
    pthread_mutex_lock(&v->lock);
    const bool good = token && (unsigned)strtoul(token + 1, NULL, 10) > v->dead;
    if (strcmp(request->path, "/v1/auth/approle/login") == 0) {
        v->logins++;
        if (v->login_status) {
            server_reply(answer, v->login_status, "", "{\"errors\":[\"invalid role or secret ID\"]}");
        } else {
            v->issued++;
            grant(v, answer);
        }
        if (token)
            server_reply(answer, 500, "", "{\"errors\":[\"a log-in with a token\"]}");
    } else if (strcmp(request->path, "/v1/auth/token/lookup-self") == 0) {
        v->lookups++;
        server_reply(answer, good ? 200 : 403, "", good ? "{\"data\":{\"ttl\":60}}" : denied_body);
    } else if (!good) {
        v->denied++;
        server_reply(answer, 403, "", denied_body);
    } else if (strcmp(request->path, "/v1/auth/token/renew-self") == 0) {
        v->renewals++;
        grant(v, answer);
    } else if (strcmp(request->path, "/v1/auth/token/revoke-self") == 0) {
        v->revocations++;
        server_reply(answer, 204, "", "");
    } else {
        if (v->kill_every && ++v->served % v->kill_every == 0)
            v->dead = v->issued;
        server_reply(answer, 200, "", "{\"data\":{}}");
    }
    pthread_mutex_unlock(&v->lock);
}

static vc_config *config_with_approle(const http_server *server)
{
    vc_config *config = client_config(server_url(server));
    assert_int_equal(vc_config_set_auth_approle(config, NULL, "r", vc_str("canary-secret-id"), NULL), VC_OK);
    return config;
}

static vc_client *opened(vc_config *config)
{
    vc_error err = VC_ERROR_INIT;
    vc_client *client = vc_client_open(config, &err);
    vc_config_free(config);
    if (!client)
        fail_msg("%s", err.message);
    return client;
}

enum { THREADS = 8, ROUND = 25, CALLS = 6 * ROUND };

typedef struct caller {
    vc_client *client;
    pthread_t thread;
    pthread_barrier_t *round; /* none is left behind, to see two deaths in one call */
    unsigned failed;
} caller;

static void *call_often(void *arg)
{
    caller *c = arg;
    for (unsigned i = 0; i < CALLS; i++) {
        vc_error err = VC_ERROR_INIT;
        vc_request request;
        vc__request_init(&request, "POST", 100, true);
        vc__buf_str(&request.path, "/v1/transit/encrypt/k");
        vc__buf_str(&request.body, "{}");
        if (vc__client_call(c->client, &request, &err) || request.status != 200)
            c->failed++;
        vc__request_cleanup(&request);
        if (i % ROUND == ROUND - 1)
            pthread_barrier_wait(c->round);
    }
    return NULL;
}

/* A token dies again and again under eight threads: one log-in for each death, and no call fails. */
static void threads_log_in_once(void **state)
{
    (void)state;
    small_vault v = { .lock = PTHREAD_MUTEX_INITIALIZER, .kill_every = THREADS * ROUND, .ttl = 3600 };
    http_server *server = server_start(serve, &v, NULL);
    vc_client *client = opened(config_with_approle(server));
    pthread_barrier_t round;
    assert_int_equal(pthread_barrier_init(&round, NULL, THREADS), 0);
    caller callers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        callers[i] = (caller){ .client = client, .round = &round };
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call_often, &callers[i]), 0);
    }
    unsigned failed = 0;
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(callers[i].thread, NULL);
        failed += callers[i].failed;
    }
    pthread_barrier_destroy(&round);
    vc_token_info info = { .size = sizeof info };
    vc_client_token_info(client, &info);
    vc_client_close(client);
    server_stop(server);
    assert_int_equal(failed, 0);
    assert_int_equal(v.served, THREADS * CALLS);
    const unsigned deaths = CALLS / ROUND;
    assert_in_range(v.logins, deaths, deaths + 1); /* the last may be noticed by nobody */
    assert_int_equal(info.logins, v.logins);
    assert_in_range(v.lookups, deaths - 1, 2 * deaths); /* of the old token, and of the new one */
    assert_true(v.denied >= deaths - 1);
}

static void a_refused_login_ends_every_call(void **state)
{
    (void)state;
    small_vault v = { .lock = PTHREAD_MUTEX_INITIALIZER, .ttl = 3600, .login_status = 400 };
    http_server *server = server_start(serve, &v, NULL);
    vc_client *client = opened(config_with_approle(server));
    for (unsigned i = 0; i < 5; i++) {
        const client_result result = client_call(client, "POST", "/v1/x", "{}", true);
        assert_int_equal(result.code, VC_E_DENIED);
        assert_non_null(strstr(result.err.message, "the approle log-in at auth/approle/login failed"));
        assert_int_equal(result.err.http_status, 400);
    }
    assert_int_equal(v.logins, 1);
    assert_int_equal(v.denied, 0); /* nothing went out without a token */
    vc_error err = VC_ERROR_INIT;
    uint64_t next = 0;
    assert_int_equal(vc_client_maintain(client, &next, &err), VC_E_DENIED);
    assert_in_range(next, 1, 5000);
    assert_int_equal(vc_client_maintain(NULL, NULL, &err), VC_E_ARGUMENT);
    vc_client_close(client);
    server_stop(server);
}

static bool comes_true(const unsigned *counter, unsigned least, small_vault *v)
{
    for (unsigned i = 0; i < 2000; i++) {
        pthread_mutex_lock(&v->lock);
        const bool there = *counter >= least;
        pthread_mutex_unlock(&v->lock);
        if (there)
            return true;
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    }
    return false;
}

/* The thread logs in, renews and ends; in a forked child the client is put away without it. */
static void a_thread_renews_for_idle_clients(void **state)
{
    (void)state;
    small_vault v = { .lock = PTHREAD_MUTEX_INITIALIZER, .ttl = 1 };
    http_server *server = server_start(serve, &v, NULL);
    vc_config *config = config_with_approle(server);
    assert_int_equal(vc_config_set_renewal(config, VC_RENEWAL_THREAD, NULL), VC_OK);
    assert_int_equal(vc_config_set_revoke_on_close(config, 1, NULL), VC_OK);
    vc_client *client = opened(config);
    assert_true(comes_true(&v.renewals, 2, &v));
    const pid_t child = fork();
    if (!child) {
        vc_client_close(client);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(v.revocations, 0); /* the token is the parent's */
    assert_int_equal(client_call(client, "POST", "/v1/x", "{}", true).code, VC_OK);
    vc_client_close(client);
    assert_int_equal(v.logins, 1);
    assert_int_equal(v.revocations, 1);
    server_stop(server);
}

static void maintenance_tells_when_to_come_again(void **state)
{
    (void)state;
    small_vault v = { .lock = PTHREAD_MUTEX_INITIALIZER, .ttl = 3600 };
    http_server *server = server_start(serve, &v, NULL);
    vc_client *client = opened(config_with_approle(server));
    vc_error err = VC_ERROR_INIT;
    uint64_t next = 0;
    assert_int_equal(vc_client_maintain(client, &next, &err), VC_OK);
    assert_in_range(next, 2500000, 2700000);
    assert_int_equal(v.logins, 1);
    assert_int_equal(vc_client_maintain(client, NULL, &err), VC_OK);
    assert_int_equal(v.logins, 1);
    vc_client_cancel(client);
    assert_int_equal(vc_client_maintain(client, NULL, &err), VC_E_CANCELED);
    vc_client_close(client);
    client = client_for(server_url(server)); /* a configured token: its life is asked for when the client is older */
    assert_int_equal(vc_client_maintain(client, &next, &err), VC_OK);
    assert_in_range(next, 4000, 5000);
    vc_client_close(client);
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_log_in_once),
        cmocka_unit_test(a_refused_login_ends_every_call),
        cmocka_unit_test(a_thread_renews_for_idle_clients),
        cmocka_unit_test(maintenance_tells_when_to_come_again),
    };
    return cmocka_run_group_tests_name("io_auth", tests, NULL, NULL);
}
