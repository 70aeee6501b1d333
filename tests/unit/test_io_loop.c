/* SPDX-License-Identifier: Apache-2.0 */
/* A client in an event loop of poll(): many operations on one thread, ends of all kinds, and nothing left behind. */
#include "unit/client.h"
#include "unit/poller.h"

#include "io/clock.h"

#include <sys/wait.h>
#include <unistd.h>

static const char yaml[] = "version: 1\n"
                           "records:\n"
                           "  - name: letters\n"
                           "    fields:\n"
                           "      - path: $.a\n"
                           "        transit: {key: k}\n";

/* Encrypts in a way of its own; holds its tongue for paths with "silent" in them, denies those with "denied". */
static void vault(void *user, const server_request *request, server_answer *answer)
{
    (void)user;
    if (strstr(request->path, "silent")) {
        answer->silent = true;
        return;
    }
    if (strstr(request->path, "denied")) {
        server_reply(answer, 403, "", "{\"errors\":[\"permission denied\"]}");
        return;
    }
    if (!strstr(request->path, "encrypt")) {
        server_reply(answer, 200, "", "{\"request_id\":\"r-1\",\"data\":{}}");
        return;
    }
    char results[4000] = "{\"data\":{\"batch_results\":[";
    const char *comma = "";
    for (const char *at = request->body; (at = strstr(at, "plaintext")); at++, comma = ",")
        snprintf(results + strlen(results), sizeof results - strlen(results), "%s{\"ciphertext\":\"vault:v1:xyz\"}", comma);
    strcat(results, "]}}");
    server_reply(answer, 200, "", results);
}

typedef struct end_seen {
    poller *poller;
    size_t ended;
    vc_code code;
    vc_error err;
    int status;
    bool free_loop, again;
} end_seen;

static void batch_done(void *user, vc_batch *batch, vc_code code, const vc_error *err)
{
    end_seen *self = user;
    self->ended++;
    self->code = code;
    self->err = *err;
    assert_int_equal(code, err->code);
    static const char wanted[] = "{\"a\":\"vault:v1:xyz\"}";
    for (size_t i = 0; !code && i < vc_batch_count(batch); i++) {
        assert_int_equal(vc_batch_output(batch, i).len, sizeof wanted - 1);
        assert_memory_equal(vc_batch_output(batch, i).data, wanted, sizeof wanted - 1);
    }
}

static void reply_done(void *user, vc_vault_reply *reply, vc_code code, const vc_error *err)
{
    end_seen *self = user;
    self->ended++;
    self->code = code;
    self->err = *err;
    self->status = reply ? vc_vault_reply_status(reply) : 0;
    vc_vault_reply_free(reply);
    if (self->again) {
        self->again = false;
        assert_int_equal(vc_loop_submit_request(self->poller->loop, "GET", "sys/x", vc_str(NULL), NULL, reply_done, self, NULL, NULL),
                         VC_OK);
    }
    if (self->free_loop) {
        vc_loop_free(self->poller->loop);
        self->poller->loop = NULL;
    }
}

static void send_to(poller *loop, end_seen *seen, const char *path, uint64_t *ticket)
{
    seen->poller = loop;
    seen->err = (vc_error)VC_ERROR_INIT;
    assert_int_equal(vc_loop_submit_request(loop->loop, "GET", path, vc_str(NULL), NULL, reply_done, seen, ticket, NULL), VC_OK);
}

typedef struct loop_world {
    http_server *server;
    vc_client *client;
    poller poller;
} loop_world;

static void begin(loop_world *world)
{
    world->server = server_start(vault, NULL, NULL);
    world->client = client_for(server_url(world->server));
    poller_open(&world->poller, world->client);
}

static void end(loop_world *world)
{
    vc_loop_free(world->poller.loop);
    assert_int_equal(world->poller.count, 0);
    assert_true(world->poller.timer == UINT64_MAX);
    vc_client_close(world->client);
    server_stop(world->server);
}

static void many_at_once_on_one_thread(void **state)
{
    (void)state;
    enum { BATCHES = 20, REQUESTS = 20 };
    loop_world world;
    begin(&world);
    vc_schema *schema = vc_schema_parse(vc_str(yaml), "letters.yaml", NULL);
    vc_batch *batches[BATCHES];
    end_seen seen[BATCHES + REQUESTS] = { { 0 } };
    for (size_t i = 0; i < BATCHES; i++) {
        batches[i] = vc_batch_new(schema, VC_PROTECT, NULL);
        for (int n = 0; n < 3; n++)
            assert_int_equal(vc_batch_add(batches[i], vc_schema_rule_at(schema, 0), vc_str("{\"a\":\"b\"}"), NULL), VC_OK);
        seen[i].err = (vc_error)VC_ERROR_INIT;
        assert_int_equal(vc_loop_submit_batch(world.poller.loop, batches[i], batch_done, &seen[i], NULL, NULL), VC_OK);
    }
    for (size_t i = BATCHES; i < BATCHES + REQUESTS; i++)
        send_to(&world.poller, &seen[i], "sys/x", NULL);
    assert_int_equal(vc_loop_pending(world.poller.loop), BATCHES + REQUESTS);
    for (size_t i = 0; i < COUNT(seen); i++)
        assert_int_equal(seen[i].ended, 0); /* not from within submit */
    poller_run(&world.poller);
    assert_true(world.poller.most > 5);
    for (size_t i = 0; i < COUNT(seen); i++) {
        assert_int_equal(seen[i].ended, 1);
        assert_int_equal(seen[i].code, VC_OK);
        assert_int_equal(seen[i].status, i < BATCHES ? 0 : 200);
    }
    assert_int_equal(server_requests(world.server), BATCHES + REQUESTS);
    for (size_t i = 0; i < BATCHES; i++)
        vc_batch_free(batches[i]);
    vc_schema_unref(schema);
    end(&world);
}

static void values_done(void *user, vc_transit_batch *batch, vc_code code, const vc_error *err)
{
    end_seen *self = user;
    self->ended++;
    self->code = code;
    assert_int_equal(code, err->code);
    for (size_t i = 0; !code && i < vc_transit_batch_count(batch); i++)
        assert_int_equal(vc_transit_batch_result(batch, i).len, sizeof "vault:v1:xyz" - 1);
}

static void values_of_transit_too(void **state)
{
    (void)state;
    enum { BATCHES = 5, SILENT = BATCHES - 1 };
    loop_world world;
    begin(&world);
    vc_transit_batch *batches[BATCHES];
    end_seen seen[BATCHES] = { { 0 } };
    uint64_t ticket = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        batches[i] = vc_transit_batch_new(VC_TRANSIT_ENCRYPT, i == SILENT ? "silent" : "k", NULL, NULL);
        for (int n = 0; n < 3; n++)
            assert_int_equal(vc_transit_batch_add(batches[i], vc_str("b"), NULL), VC_OK);
        assert_int_equal(vc_loop_submit_transit_batch(world.poller.loop, batches[i], values_done, &seen[i], &ticket, NULL), VC_OK);
    }
    assert_int_equal(vc_loop_cancel(world.poller.loop, ticket), 1);
    poller_run(&world.poller);
    for (size_t i = 0; i < BATCHES; i++) {
        assert_int_equal(seen[i].ended, 1);
        assert_int_equal(seen[i].code, i == SILENT ? VC_E_CANCELED : VC_OK);
    }
    assert_int_equal(vc_transit_batch_error(batches[SILENT], 0)->code, VC_E_CANCELED);
    assert_int_equal(vc_loop_submit_transit_batch(world.poller.loop, batches[0], values_done, &seen[0], NULL, NULL), VC_E_STATE);
    assert_int_equal(vc_loop_submit_transit_batch(world.poller.loop, NULL, values_done, &seen[0], NULL, NULL), VC_E_ARGUMENT);
    for (size_t i = 0; i < BATCHES; i++)
        vc_transit_batch_free(batches[i]);
    end(&world);
}

static void one_is_canceled_and_others_are_not(void **state)
{
    (void)state;
    loop_world world;
    begin(&world);
    end_seen hangs = { 0 }, works = { 0 };
    uint64_t ticket, other;
    send_to(&world.poller, &hangs, "silent/x", &ticket);
    send_to(&world.poller, &works, "sys/x", &other);
    while (!works.ended)
        poller_turn(&world.poller, 20000);
    assert_int_equal(works.code, VC_OK);
    assert_int_equal(hangs.ended, 0);
    assert_int_equal(vc_loop_cancel(world.poller.loop, other), 0); /* has ended */
    assert_int_equal(vc_loop_cancel(world.poller.loop, ticket), 1);
    assert_int_equal(hangs.ended, 0); /* not from within cancel */
    poller_run(&world.poller);
    assert_int_equal(hangs.ended, 1);
    assert_int_equal(hangs.code, VC_E_CANCELED);
    end(&world);
}

static void *cancel(void *client)
{
    usleep(50000);
    vc_client_cancel(client);
    return NULL;
}

static void another_thread_cancels_all(void **state)
{
    (void)state;
    loop_world world;
    begin(&world);
    end_seen hang[5] = { { 0 } };
    for (size_t i = 0; i < COUNT(hang); i++)
        send_to(&world.poller, &hang[i], "silent/x", NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, cancel, world.client);
    poller_run(&world.poller); /* a hang ends the test after 20 s with another code */
    pthread_join(thread, NULL);
    for (size_t i = 0; i < COUNT(hang); i++)
        assert_int_equal(hang[i].code, VC_E_CANCELED);
    end(&world);
}

static void a_loop_is_freed_under_way(void **state)
{
    (void)state;
    loop_world world;
    begin(&world);
    end_seen hang[3] = { { 0 } };
    for (size_t i = 0; i < COUNT(hang); i++)
        send_to(&world.poller, &hang[i], "silent/x", NULL);
    for (int i = 0; i < 5; i++)
        poller_turn(&world.poller, 10);
    end(&world);
    for (size_t i = 0; i < COUNT(hang); i++) {
        assert_int_equal(hang[i].ended, 1);
        assert_int_equal(hang[i].code, VC_E_CANCELED);
    }
}

static void callbacks_may_submit_and_free(void **state)
{
    (void)state;
    loop_world world;
    begin(&world);
    end_seen twice = { .again = true };
    send_to(&world.poller, &twice, "sys/x", NULL);
    poller_run(&world.poller);
    assert_int_equal(twice.ended, 2);
    end_seen last = { .free_loop = true }, hangs = { 0 };
    send_to(&world.poller, &hangs, "silent/x", NULL);
    send_to(&world.poller, &last, "sys/x", NULL);
    poller_run(&world.poller);
    assert_null(world.poller.loop);
    assert_int_equal(last.ended, 1);
    assert_int_equal(hangs.ended, 1);
    assert_int_equal(hangs.code, VC_E_CANCELED);
    end(&world);
}

static unsigned calls_of_watch;

static void *count_watch(void *user, int fd, unsigned what, void *watched)
{
    calls_of_watch++;
    return poller_watch(user, fd, what, watched);
}

/* In a forked child the loop ends what it has, but leaves the parent's connections, and its poller that both share, alone. */
static void a_forked_child_only_forgets_its_loop(void **state)
{
    (void)state;
    loop_world world;
    begin(&world);
    poller mine = { .timer = UINT64_MAX };
    mine.loop = vc_loop_new(world.client, count_watch, poller_set_timer, &mine, NULL);
    end_seen hangs = { 0 }, fine = { 0 };
    send_to(&mine, &hangs, "silent/x", NULL);
    poller_turn(&mine, 10);
    poller_turn(&mine, 10);
    assert_int_not_equal(mine.count, 0);
    const pid_t child = fork();
    if (!child) {
        calls_of_watch = 0;
        vc_loop_timer_due(mine.loop);
        for (size_t i = 0; i < mine.count; i++)
            vc_loop_socket_ready(mine.loop, mine.fds[i], VC_LOOP_READ | VC_LOOP_WRITE);
        vc_loop_free(mine.loop);
        vc_client_cancel(world.client);
        vc_client *scope = vc_client_scope(world.client, NULL);
        vc_client_close(scope);
        vc_client_close(world.client);
        _exit(calls_of_watch ? 1 : hangs.ended != 1 ? 2 : hangs.code != VC_E_CANCELED ? 3 : 0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(hangs.ended, 0);
    send_to(&mine, &fine, "fine", NULL);
    for (int i = 0; i < 1000 && !fine.ended; i++)
        poller_turn(&mine, 10);
    assert_int_equal(fine.code, VC_OK);
    vc_loop_free(mine.loop);
    assert_int_equal(hangs.ended, 1);
    end(&world);
}

static void errors_are_those_of_blocking_calls(void **state)
{
    (void)state;
    loop_world world;
    begin(&world);
    assert_int_equal(vc_client_set_deadline(world.client, 200, NULL), VC_OK);
    end_seen hangs = { 0 }, denied = { 0 };
    send_to(&world.poller, &denied, "transit/denied", NULL);
    send_to(&world.poller, &hangs, "silent/x", NULL);
    poller_run(&world.poller);
    assert_int_equal(hangs.code, VC_E_TIMEOUT);
    assert_int_equal(hangs.status, 0);
    assert_int_equal(denied.code, VC_E_DENIED);
    assert_int_equal(denied.status, 403);
    assert_non_null(strstr(denied.err.message, "transit/denied"));
    end_seen unused = { 0 };
    assert_int_equal(vc_loop_submit_request(world.poller.loop, "BREW", "x", vc_str(NULL), NULL, reply_done, &unused, NULL, NULL),
                     VC_E_ARGUMENT);
    assert_int_equal(vc_loop_submit_request(world.poller.loop, "GET", "x", vc_str(NULL), NULL, NULL, &unused, NULL, NULL),
                     VC_E_ARGUMENT);
    assert_int_equal(vc_loop_submit_batch(world.poller.loop, NULL, batch_done, &unused, NULL, NULL), VC_E_ARGUMENT);
    assert_null(vc_loop_new(world.client, NULL, poller_set_timer, NULL, NULL));
    assert_int_equal(vc_loop_pending(world.poller.loop), 0);
    vc_loop_timer_due(world.poller.loop); /* too often does no harm */
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_at_once_on_one_thread),
        cmocka_unit_test(values_of_transit_too),         cmocka_unit_test(one_is_canceled_and_others_are_not),
        cmocka_unit_test(another_thread_cancels_all),         cmocka_unit_test(a_loop_is_freed_under_way),
        cmocka_unit_test(callbacks_may_submit_and_free),      cmocka_unit_test(errors_are_those_of_blocking_calls),
        cmocka_unit_test(a_forked_child_only_forgets_its_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
