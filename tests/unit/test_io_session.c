/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/io/session as a driver meets it, with a clock and a Vault of the test's own: what is due when, one errand at a time, what a 403 leads
 * to. Nothing is sent: the test answers the requests that errands lend.
 */
#include "unit/test.h"

#include "base/error.h"
#include "base/text.h"
#include "io/auth.h"
#include "io/session.h"
#include "vault/request.h"

#include <unistd.h>

#define SECRET "canary-secret-id"

/* -- the world ---------------------------------------------------------------------------------------------------- */

typedef struct world {
    vc_config *config;
    vc__session *session;
    uint64_t now;
    char log[4096];
    /* the Vault */
    unsigned issued;            /* tokens so far: hvs.1, hvs.2, ... */
    unsigned dead;              /* tokens up to this one are gone */
    uint64_t ttl, uses;
    bool batch, renewable, may_look_up;
    int login_status, renew_status; /* 0: as it should be */
    const char *renew_body;     /* with renew_status; NULL: permission denied */
    const char *wrapping_path;  /* where hvs.wrap was made; NULL: it is gone */
    unsigned logins, lookups, renewals, revocations, unwraps;
    char last_body[512], last_namespace[64];
} world;

static void keep_line(void *user, const char *line)
{
    world *w = user;
    const size_t len = strlen(w->log);
    snprintf(w->log + len, sizeof w->log - len, "%s\n", line);
    assert_null(strstr(line, "canary"));
}

static world made(void)
{
    world w = { .now = 1000000, .ttl = 900, .renewable = true, .may_look_up = true };
    w.config = vc_config_new(NULL);
    return w;
}

static void open_session(world *w)
{
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_config_set_log(w->config, keep_line, w, NULL), VC_OK);
    w->session = vc__session_new(w->config, 7, &err);
    if (!w->session)
        fail_msg("%s", err.message);
}

static void end(world *w)
{
    vc__session_free(w->session);
    vc_config_free(w->config);
}

static void with_approle(world *w)
{
    assert_int_equal(vc_config_set_auth_approle(w->config, NULL, "role-1", vc_str(SECRET), NULL), VC_OK);
}

static void reply(world *w, vc_request *request, int status, const char *body)
{
    vc_error why = VC_ERROR_INIT;
    if (vc_request_reply(request, status, vc_str(NULL), vc_str(body), w->now, &why)) {
        assert_int_equal(why.code, VC_E_MEMORY); /* in the sweep; a driver tells the request likewise */
        assert_int_equal(vc_request_failed(request, &why, w->now, NULL), VC_OK);
    }
}

static void reply_grant(world *w, vc_request *request)
{
    char body[400];
    snprintf(body, sizeof body,
             "{\"auth\":{\"client_token\":\"hvs.%u\",\"accessor\":\"a%u\",\"lease_duration\":%llu,\"renewable\":%s,\"num_uses\":%llu,"
             "\"token_type\":\"%s\",\"policies\":[\"app\"]}}",
             w->issued, w->issued, (unsigned long long)w->ttl, w->renewable ? "true" : "false", (unsigned long long)w->uses,
             w->batch ? "batch" : "service");
    reply(w, request, 200, body);
}

/* The number in "hvs.N" of the token that the request carries; 0: none. */
static unsigned token_of(const vc_request *request)
{
    const vc_view token = request->auth == VC__AUTH_OWN ? vc__secret_get(request->own_token) : vc_str(NULL);
    return token.len > 4 ? (unsigned)strtoul(token.data + 4, NULL, 10) : 0;
}

static void answer(world *w, vc_request *request)
{
    static const char denied[] = "{\"errors\":[\"permission denied\"]}";
    const char *path = vc_request_path(request);
    const vc_view body = vc_request_body(request);
    char text[200];
    snprintf(w->last_body, sizeof w->last_body, "%.*s", (int)body.len, body.len ? body.data : "");
    snprintf(w->last_namespace, sizeof w->last_namespace, "%s", request->namespace_override ? request->namespace_override : "-");
    if (strcmp(path, "/v1/auth/token/lookup-self") == 0) {
        w->lookups++;
        snprintf(text, sizeof text, "{\"data\":{\"ttl\":%llu,\"renewable\":%s,\"num_uses\":0}}", (unsigned long long)w->ttl,
                 w->renewable ? "true" : "false");
        const bool lives = token_of(request) > w->dead || request->own_token == NULL;
        reply(w, request, lives && w->may_look_up ? 200 : 403, lives && w->may_look_up ? text : denied);
    } else if (strcmp(path, "/v1/auth/token/renew-self") == 0) {
        w->renewals++;
        if (w->renew_status)
            reply(w, request, w->renew_status, w->renew_body ? w->renew_body : denied);
        else
            reply_grant(w, request);
    } else if (strcmp(path, "/v1/auth/token/revoke-self") == 0) {
        w->revocations++;
        reply(w, request, 204, "");
    } else if (strcmp(path, "/v1/sys/wrapping/lookup") == 0) {
        snprintf(text, sizeof text, "{\"data\":{\"creation_path\":\"%s\"}}", w->wrapping_path ? w->wrapping_path : "");
        reply(w, request, w->wrapping_path ? 200 : 400, w->wrapping_path ? text : "{\"errors\":[\"wrapping token is not valid\"]}");
    } else if (strcmp(path, "/v1/sys/wrapping/unwrap") == 0) {
        w->unwraps++;
        reply(w, request, w->wrapping_path ? 200 : 400, "{\"data\":{\"secret_id\":\"" SECRET "\"}}");
        w->wrapping_path = NULL;
    } else {
        w->logins++;
        assert_int_equal(request->auth, VC__AUTH_NONE);
        if (w->login_status) {
            reply(w, request, w->login_status, "{\"errors\":[\"invalid role or secret ID\"]}");
            return;
        }
        w->issued++;
        reply_grant(w, request);
    }
}

/* Steps an errand as a driver does, to its end. */
static vc_code run(world *w, const vc__operation *work, vc_error *why)
{
    for (unsigned rounds = 0; rounds < 1000; rounds++) {
        uint64_t until = UINT64_MAX;
        switch (work->step(work->self, w->now, &until, why)) {
        case VC_STEP_DONE:
            return VC_OK;
        case VC_STEP_FAILED:
            return why->code;
        case VC_STEP_SEND:
            for (vc_request *request; (request = work->next(work->self));)
                answer(w, request);
            break;
        case VC_STEP_WAIT:
            assert_true(until > w->now && until != UINT64_MAX);
            w->now = until;
            break;
        }
    }
    fail_msg("an errand without end");
    return VC_E_INTERNAL;
}

typedef struct seen {
    vc__session_state state;
    uint64_t until;
    bool urgent;
    vc__operation work;
    vc_error err;
} seen;

static seen look(world *w)
{
    seen s = { .err = VC_ERROR_INIT };
    s.state = vc__session_check(w->session, w->now, &s.until, &s.work, &s.urgent, &s.err);
    assert_null(strstr(s.err.message, "canary"));
    if (s.state == VC__SESSION_BUSY)
        assert_in_range(s.until, w->now, w->now + 20);
    return s;
}

static void run_and_finish(world *w, const seen *s)
{
    vc_error why = VC_ERROR_INIT;
    const vc_code code = run(w, &s->work, &why);
    assert_null(strstr(why.message, "canary"));
    vc__session_finish(w->session, w->now, code, &why);
}

/* Does whatever is due; what is left is READY or FAILED. */
static seen settle(world *w)
{
    seen s = look(w);
    for (unsigned rounds = 0; s.state == VC__SESSION_WORK; rounds++, s = look(w)) {
        assert_true(rounds < 5);
        run_and_finish(w, &s);
    }
    return s;
}

static unsigned token_now(world *w)
{
    vc__token_line *line = vc__session_token(w->session);
    const vc_view token = line ? vc__token_line_token(line) : vc_str(NULL);
    const unsigned number = token.len > 4 ? (unsigned)strtoul(token.data + 4, NULL, 10) : 0;
    vc__token_line_unref(line);
    return number;
}

/* -- tests -------------------------------------------------------------------------------------------------------- */

static void the_first_request_logs_in(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    assert_int_equal(vc_config_set_auth_namespace(w.config, "/team/a/", NULL), VC_OK);
    assert_int_equal(vc_config_set_token(w.config, vc_str("hvs.99"), NULL), VC_OK); /* not used */
    open_session(&w);
    assert_int_equal(vc__session_generation(w.session), 0);
    seen s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    assert_true(s.urgent);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(look(&w).state, VC__SESSION_BUSY); /* single flight */
    run_and_finish(&w, &s);
    s = look(&w);
    assert_int_equal(s.state, VC__SESSION_READY);
    assert_in_range(s.until - w.now, 600000, 700000);
    assert_int_equal(token_now(&w), 1);
    assert_string_equal(w.last_body, "{\"role_id\":\"role-1\",\"secret_id\":\"" SECRET "\"}");
    assert_string_equal(w.last_namespace, "team/a/");
    assert_int_equal(w.logins, 1);
    end(&w);
}

static void renewal_goes_on_the_side(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    open_session(&w);
    const seen first = settle(&w);
    w.now = first.until - 1;
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    w.now = first.until;
    seen s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    assert_false(s.urgent);
    assert_int_equal(look(&w).state, VC__SESSION_READY); /* others go on */
    const uint64_t generation = vc__session_generation(w.session);
    run_and_finish(&w, &s);
    assert_int_equal(w.renewals, 1);
    assert_int_equal(vc__session_generation(w.session), generation);
    assert_true(look(&w).until > first.until + 500000);
    /* max_ttl: the lease shrinks, and a new log-in follows while the old token serves. */
    w.now = look(&w).until;
    w.ttl = 300;
    s = settle(&w);
    assert_int_equal(w.renewals, 2);
    assert_int_equal(w.logins, 1);
    w.now = s.until;
    s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    assert_false(s.urgent);
    assert_int_equal(token_now(&w), 1);
    run_and_finish(&w, &s);
    assert_int_equal(token_now(&w), 2);
    assert_string_equal(w.log, "");
    end(&w);
}

static void a_refused_renewal_ends_in_a_login(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    open_session(&w);
    w.now = settle(&w).until;
    w.renew_status = 403;
    const seen s = settle(&w);
    assert_int_equal(w.renewals, 1);
    assert_non_null(strstr(w.log, "the token was not renewed"));
    assert_int_equal(s.state, VC__SESSION_READY);
    w.now = s.until;
    settle(&w);
    assert_int_equal(w.logins, 2);
    assert_int_equal(w.renewals, 1);
    end(&w);
}

/* The text of OpenBao 2.7 and Vault for a grant that ended in the second of max_ttl, and so was not told to be cut. */
static const char past_max_ttl[] = "{\"errors\":[\"1 error occurred:\\n\\t* past the max TTL, cannot renew\\n\\n\"]}";

static void at_the_end_of_max_ttl_a_login_follows_without_alarm(void **state)
{
    (void)state;
    vc_token_info info = { .size = sizeof info };
    world w = made();
    with_approle(&w);
    open_session(&w);
    w.now = settle(&w).until;
    w.renew_status = 500;
    w.renew_body = past_max_ttl;
    const seen s = settle(&w);
    assert_int_equal(w.renewals, 1); /* asked once */
    assert_int_equal(s.state, VC__SESSION_READY);
    assert_true(s.until > w.now); /* the old token serves on */
    w.now = s.until;
    settle(&w);
    assert_int_equal(w.logins, 2);
    assert_int_equal(w.renewals, 1);
    vc__session_info(w.session, w.now, &info);
    assert_int_equal(info.failures, 0);
    assert_string_equal(w.log, "");
    end(&w);
}

/* The operator has to bring another: that is told, with the reason. */
static void at_the_end_of_max_ttl_a_given_token_is_told_of(void **state)
{
    (void)state;
    world w = made();
    assert_int_equal(vc_config_set_token(w.config, vc_str("hvs.1"), NULL), VC_OK);
    w.issued = 1;
    open_session(&w);
    w.now = settle(&w).until; /* its life is asked for, */
    w.renew_status = 500;
    w.renew_body = past_max_ttl;
    for (int i = 0; i < 5; i++) {
        const seen s = settle(&w);
        if (s.until == UINT64_MAX)
            break;
        w.now = s.until;
    }
    assert_int_equal(w.renewals, 1); /* and it is renewed at once */
    assert_non_null(strstr(w.log, "max_ttl"));
    end(&w);
}

static void without_renewal_tokens_are_replaced(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    assert_int_equal(vc_config_set_renewal(w.config, VC_RENEWAL_OFF, NULL), VC_OK);
    open_session(&w);
    for (unsigned i = 1; i < 5; i++) {
        w.now = settle(&w).until;
        settle(&w);
        assert_int_equal(w.logins, i + 1);
    }
    assert_int_equal(w.renewals, 0);
    end(&w);
}

static void a_refused_login_is_not_repeated_at_once(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    open_session(&w);
    w.login_status = 400;
    seen s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_FAILED);
    assert_int_equal(s.err.code, VC_E_DENIED);
    assert_non_null(strstr(s.err.message, "the approle log-in at auth/approle/login failed"));
    assert_int_equal(s.until, w.now + 5000);
    assert_int_equal(settle(&w).state, VC__SESSION_FAILED);
    assert_int_equal(w.logins, 1);
    w.now += 5000;
    assert_int_equal(settle(&w).state, VC__SESSION_FAILED);
    assert_int_equal(w.logins, 2);
    w.login_status = 0;
    w.now += 10000;
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    vc_token_info info = { .size = sizeof info };
    vc__session_info(w.session, w.now, &info);
    assert_true(info.held && info.known && info.logins == 1 && info.failures == 2 && info.renewable && !info.batch);
    assert_string_equal(info.method, "approle");
    assert_string_equal(info.accessor, "a1");
    assert_int_equal(info.ttl_ms, 900000);
    assert_in_range(info.next_ms, 600000, 700000);
    end(&w);
}

static void a_failed_login_on_the_side_leaves_the_old_token(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    w.renewable = false;
    open_session(&w);
    seen s = settle(&w);
    w.now = s.until;
    w.login_status = 400;
    s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_READY);
    assert_int_equal(token_now(&w), 1);
    assert_non_null(strstr(w.log, "a new log-in failed, and the old token serves for"));
    w.now = 1000000 + 900000; /* its end */
    assert_int_equal(settle(&w).state, VC__SESSION_FAILED);
    end(&w);
}

/* 403, lookup-self 403: one log-in, and the request goes out again. */
static void a_dead_token_is_replaced(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    open_session(&w);
    settle(&w);
    const uint64_t generation = vc__session_generation(w.session);
    w.now += 60000;
    w.dead = 1;
    assert_true(vc__session_denied(w.session, generation, w.now));
    assert_true(vc__session_denied(w.session, generation, w.now)); /* another request */
    seen s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    assert_true(s.urgent);
    assert_int_equal(look(&w).state, VC__SESSION_BUSY);
    run_and_finish(&w, &s);
    assert_int_equal(w.lookups, 1);
    assert_true(vc__session_denied(w.session, generation, w.now)); /* late, but the same token */
    s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    assert_true(s.urgent);
    run_and_finish(&w, &s);
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    assert_int_equal(w.logins, 2);
    assert_int_equal(w.lookups, 2); /* the new token was asked, too */
    assert_true(vc__session_generation(w.session) != generation);
    assert_true(vc__session_denied(w.session, generation, w.now)); /* a straggler: there is another by now */
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    assert_non_null(strstr(w.log, "logged in again"));
    /* Should the new one be denied, too: it was got just now, so that is its policy. */
    assert_int_equal(vc__session_verdict(w.session, vc__session_generation(w.session)), VC__TOKEN_LIVES);
    end(&w);
}

static void a_token_that_lives_is_kept(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    open_session(&w);
    settle(&w);
    const uint64_t generation = vc__session_generation(w.session);
    w.now += 60000;
    assert_true(vc__session_denied(w.session, generation, w.now));
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(vc__session_generation(w.session), generation);
    assert_int_equal(vc__session_verdict(w.session, generation), VC__TOKEN_LIVES);
    assert_int_equal(vc__session_verdict(w.session, 0), VC__TOKEN_NONE);
    assert_int_equal(w.lookups, 1);
    assert_int_equal(w.logins, 1);
    assert_false(vc__session_denied(w.session, 0, w.now));
    /* A 403 that comes while the token is asked because of another: it is asked once more. */
    assert_true(vc__session_denied(w.session, generation, w.now));
    seen s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    assert_true(vc__session_denied(w.session, generation, w.now));
    run_and_finish(&w, &s);
    s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    run_and_finish(&w, &s);
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    assert_int_equal(w.lookups, 3);
    end(&w);
}

/* Tokens without the right to look themselves up: no log-in for each 403. */
static void tokens_that_cannot_be_asked(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    w.may_look_up = false;
    open_session(&w);
    settle(&w);
    for (unsigned i = 0; i < 100; i++) {
        w.now += 1000;
        const uint64_t generation = vc__session_generation(w.session);
        const bool held = vc__session_denied(w.session, generation, w.now);
        const seen s = settle(&w);
        assert_int_equal(s.state, VC__SESSION_READY);
        if (held)
            (void)vc__session_denied(w.session, vc__session_generation(w.session), w.now);
    }
    assert_in_range(w.logins, 2, 4);
    end(&w);
}

static void a_configured_token_is_adopted(void **state)
{
    (void)state;
    world w = made();
    assert_int_equal(vc_config_set_token(w.config, vc_str("hvs.1\n"), NULL), VC_OK);
    w.issued = 1;
    open_session(&w);
    seen s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_READY);
    assert_int_equal(w.lookups, 0); /* short runs save it */
    assert_int_equal(s.until, w.now + 5000);
    w.now = s.until;
    s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    assert_false(s.urgent);
    run_and_finish(&w, &s);
    s = settle(&w);
    assert_int_equal(w.lookups, 1);
    assert_int_equal(w.renewals, 1); /* its age is not known: renewed at once */
    assert_in_range(s.until - w.now, 600000, 700000);
    w.now = s.until;
    settle(&w);
    assert_int_equal(w.renewals, 2);
    /* No way to log in: what goes out with a dead one gets Vault's answer. */
    w.dead = 1;
    assert_true(vc__session_denied(w.session, 1, w.now));
    s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_READY);
    assert_int_equal(vc__session_generation(w.session), 1);
    assert_int_equal(vc__session_verdict(w.session, 1), VC__TOKEN_MUTE);
    assert_false(vc__session_denied(w.session, 1, w.now)); /* it stays so */
    w.now += 100 * 3600000;
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    end(&w);
}

static void no_token_at_all(void **state)
{
    (void)state;
    world w = made();
    open_session(&w);
    const seen s = look(&w);
    assert_int_equal(s.state, VC__SESSION_READY);
    assert_int_equal(s.until, UINT64_MAX);
    assert_null(vc__session_token(w.session));
    vc_token_info info = { .size = sizeof info };
    vc__session_info(w.session, w.now, &info);
    assert_true(!info.held && info.ttl_ms == 0 && info.next_ms == UINT64_MAX && !info.method[0]);
    end(&w);
}

static void uses_are_counted_where_they_are_spent(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    w.uses = 5;
    open_session(&w);
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(settle(&w).state, VC__SESSION_READY);
        assert_true(token_now(&w) > 0);
    }
    assert_in_range(w.logins, 10, 14);
    end(&w);
}

static void what_is_broken_off_is_tried_again(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    open_session(&w);
    vc_error why = VC_ERROR_INIT;
    uint64_t until;
    seen s = look(&w);
    assert_int_equal(s.work.step(s.work.self, w.now, &until, &why), VC_STEP_SEND);
    assert_non_null(s.work.next(s.work.self));
    vc__session_finish(w.session, w.now, VC_E_CANCELED, &why);
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.logins, 1);
    s = look(&w);
    end(&w); /* and a session may end with an errand out */
    w = made();
    with_approle(&w);
    open_session(&w);
    s = look(&w);
    assert_int_equal(s.work.step(s.work.self, w.now, &until, &why), VC_STEP_SEND);
    end(&w);
}

static void revocation_is_for_what_was_got_by_logging_in(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const bool asked = i & 1, login = i & 2;
        world w = made();
        if (login)
            with_approle(&w);
        else
            assert_int_equal(vc_config_set_token(w.config, vc_str("hvs.1"), NULL), VC_OK);
        assert_int_equal(vc_config_set_revoke_on_close(w.config, asked, NULL), VC_OK);
        open_session(&w);
        settle(&w);
        seen s = { .err = VC_ERROR_INIT };
        const bool retires = vc__session_retire(w.session, w.now, &s.work);
        assert_int_equal(retires, asked && login);
        if (retires) {
            run_and_finish(&w, &s);
            assert_int_equal(w.revocations, 1);
            assert_int_equal(vc__session_generation(w.session), 0);
        }
        end(&w);
    }
}

/* -- wrapped SecretIDs -------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_wrapped_secret_id_is_unwrapped_once(void **state)
{
    (void)state;
    char path[] = "/tmp/session-wrapped-XXXXXX";
    close(mkstemp(path));
    write_file(path, "hvs.wrap\n");
    world w = made();
    w.wrapping_path = "auth/approle/role/app/secret-id";
    w.renewable = false;
    assert_int_equal(vc_config_set_auth_approle_wrapped(w.config, NULL, "role-1", "app", vc_str(NULL), NULL), VC_OK);
    assert_int_equal(vc_config_set_auth_secret_file(w.config, path, NULL), VC_OK);
    open_session(&w);
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.unwraps, 1);
    w.now += 1000000; /* the next log-in has the SecretID */
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.logins, 2);
    remove(path); /* even without the file */
    w.now += 1000000;
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.unwraps, 1);
    /* A new delivery that was opened by somebody else. */
    write_file(path, "hvs.wrap2");
    w.now += 1000000;
    seen s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_FAILED);
    assert_non_null(strstr(s.err.message, "stolen"));
    assert_non_null(strstr(w.log, "ALARM: "));
    const size_t logged = strlen(w.log);
    w.now += 100000;
    s = settle(&w); /* not tried again */
    assert_int_equal(s.state, VC__SESSION_FAILED);
    assert_int_equal(strlen(w.log), logged);
    /* Another one, good: no waiting for the back-off. */
    w.wrapping_path = "auth/approle/role/app/secret-id";
    write_file(path, "hvs.wrap3 is longer");
    assert_int_equal(settle(&w).state, VC__SESSION_FAILED); /* no token */
    write_file(path, "hvs.wrap-3");
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.unwraps, 2);
    remove(path);
    end(&w);
}

static void a_foreign_wrapping_token_is_not_unwrapped(void **state)
{
    (void)state;
    world w = made();
    w.wrapping_path = "auth/approle/role/other/secret-id";
    assert_int_equal(vc_config_set_auth_approle_wrapped(w.config, NULL, "role-1", "app", vc_str("hvs.wrap"), NULL), VC_OK);
    open_session(&w);
    const seen s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_FAILED);
    assert_int_equal(s.err.code, VC_E_DENIED);
    assert_int_equal(w.unwraps, 0);
    assert_int_equal(w.logins, 0);
    assert_non_null(strstr(w.log, "ALARM: "));
    end(&w);
}

/* The answer to the unwrapping is lost: no alarm, but no SecretID either. */
static void a_lost_unwrapping_is_no_theft(void **state)
{
    (void)state;
    world w = made();
    w.wrapping_path = "auth/approle/role/app/secret-id";
    assert_int_equal(vc_config_set_auth_approle_wrapped(w.config, NULL, "role-1", "app", vc_str("hvs.wrap"), NULL), VC_OK);
    open_session(&w);
    seen s = look(&w);
    vc_error why = VC_ERROR_INIT;
    uint64_t until;
    assert_int_equal(s.work.step(s.work.self, w.now, &until, &why), VC_STEP_SEND);
    answer(&w, s.work.next(s.work.self));
    assert_int_equal(s.work.step(s.work.self, w.now, &until, &why), VC_STEP_SEND);
    vc_request *unwrap = s.work.next(s.work.self);
    assert_string_equal(vc_request_path(unwrap), "/v1/sys/wrapping/unwrap");
    vc_error lost = VC_ERROR_INIT;
    vc__error(&lost, VC_E_CONNECT, "the connection broke");
    assert_int_equal(vc_request_failed(unwrap, &lost, w.now, NULL), VC_OK);
    assert_int_equal(s.work.step(s.work.self, w.now, &until, &why), VC_STEP_FAILED);
    vc__session_finish(w.session, w.now, why.code, &why);
    w.wrapping_path = NULL;
    w.now += 60000;
    s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_FAILED);
    assert_non_null(strstr(s.err.message, "the answer was lost"));
    assert_null(strstr(w.log, "ALARM"));
    end(&w);
}

/* Nothing went out when Vault could not be reached: whoever has unwrapped it since is a thief. */
static void an_unwrapping_that_never_went_out_excuses_nobody(void **state)
{
    (void)state;
    world w = made();
    w.wrapping_path = "auth/approle/role/app/secret-id";
    assert_int_equal(vc_config_set_auth_approle_wrapped(w.config, NULL, "role-1", "app", vc_str("hvs.wrap"), NULL), VC_OK);
    open_session(&w);
    seen s = look(&w);
    vc_error why = VC_ERROR_INIT, lost = VC_ERROR_INIT;
    uint64_t until;
    assert_int_equal(s.work.step(s.work.self, w.now, &until, &why), VC_STEP_SEND);
    answer(&w, s.work.next(s.work.self));
    assert_int_equal(s.work.step(s.work.self, w.now, &until, &why), VC_STEP_SEND);
    vc_request *unwrap = s.work.next(s.work.self);
    unwrap->unsent = true;
    vc__error(&lost, VC_E_CONNECT, "nobody is there");
    assert_int_equal(vc_request_failed(unwrap, &lost, w.now, NULL), VC_OK);
    assert_int_equal(s.work.step(s.work.self, w.now, &until, &why), VC_STEP_WAIT);
    vc__session_finish(w.session, w.now, VC_E_CANCELED, NULL);
    w.wrapping_path = NULL;
    w.now += 60000;
    s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_FAILED);
    assert_non_null(strstr(w.log, "ALARM"));
    end(&w);
}

/* -- a watched file, a callback ----------------------------------------------------------------------------------- */

static void a_watched_file_is_read_anew(void **state)
{
    (void)state;
    char path[] = "/tmp/session-token-XXXXXX";
    close(mkstemp(path));
    remove(path);
    world w = made();
    assert_int_equal(vc_config_set_token_file_watch(w.config, path, NULL), VC_OK);
    open_session(&w);
    seen s = look(&w);
    assert_int_equal(s.state, VC__SESSION_FAILED);
    assert_int_equal(s.err.code, VC_E_IO);
    write_file(path, "hvs.1\n");
    s = look(&w);
    assert_int_equal(s.state, VC__SESSION_READY);
    assert_int_equal(s.until, w.now + 1000);
    assert_int_equal(token_now(&w), 1);
    write_file(path, "hvs.22\n");
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    assert_int_equal(token_now(&w), 1); /* looked at once a second */
    w.now += 1000;
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    assert_int_equal(token_now(&w), 22);
    /* After a 403 it is read at once. */
    uint64_t generation = vc__session_generation(w.session);
    write_file(path, "hvs.333\n");
    assert_true(vc__session_denied(w.session, generation, w.now));
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    assert_int_equal(token_now(&w), 333);
    assert_int_equal(w.lookups, 0);
    /* The same token still: it is asked. */
    generation = vc__session_generation(w.session);
    w.dead = 333;
    assert_true(vc__session_denied(w.session, generation, w.now));
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.lookups, 1);
    assert_int_equal(vc__session_verdict(w.session, generation), VC__TOKEN_MUTE);
    remove(path); /* gone for a moment: the old one stays */
    w.now += 1000;
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    w.now += 1000000;
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.renewals, 0); /* somebody else keeps it fresh */
    end(&w);
}

/* What was asked about one token tells nothing of the one that took its place meanwhile. */
static void an_answer_about_the_token_before_counts_for_nothing(void **state)
{
    (void)state;
    char path[] = "/tmp/session-token-XXXXXX";
    close(mkstemp(path));
    write_file(path, "hvs.1\n");
    world w = made();
    assert_int_equal(vc_config_set_token_file_watch(w.config, path, NULL), VC_OK);
    open_session(&w);
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    const uint64_t before = vc__session_generation(w.session);
    w.dead = 1;
    assert_true(vc__session_denied(w.session, before, w.now));
    const seen s = look(&w);
    assert_int_equal(s.state, VC__SESSION_WORK);
    write_file(path, "hvs.22\n");
    w.now += 1000;
    (void)look(&w);
    assert_int_equal(token_now(&w), 22);
    run_and_finish(&w, &s);
    assert_int_equal(w.lookups, 1);
    assert_int_equal(vc__session_verdict(w.session, vc__session_generation(w.session)), VC__TOKEN_UNKNOWN);
    assert_int_equal(look(&w).state, VC__SESSION_READY);
    remove(path);
    end(&w);
}

/* A lookup after a 403 tells of the token's life, too: no reason to renew where that is nobody's business here. */
static void who_wants_no_renewal_gets_none_after_a_403(void **state)
{
    (void)state;
    world w = made();
    assert_int_equal(vc_config_set_token(w.config, vc_str("hvs.1"), NULL), VC_OK);
    assert_int_equal(vc_config_set_renewal(w.config, VC_RENEWAL_OFF, NULL), VC_OK);
    w.issued = 1;
    open_session(&w);
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_true(vc__session_denied(w.session, 1, w.now));
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.lookups, 1);
    w.now += 700000;
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(w.renewals, 0);
    end(&w);
}

static vc_code give(void *user, vc_auth_answer *answer_to, vc_error *err)
{
    const unsigned n = ++*(unsigned *)user;
    if (n == 1)
        return vc_auth_answer_token(answer_to, vc_str("hvs.7"), 60, 0, err);
    if (n == 2) {
        assert_int_equal(vc_auth_answer_token(answer_to, vc_str("a b"), 60, 0, err), VC_E_ARGUMENT);
        return vc_auth_answer_login(answer_to, "auth/gcp/login", vc_str("{\"jwt\":\"x\"}"), err);
    }
    if (n == 3)
        return VC_OK; /* gave nothing */
    return n == 4 ? vc__error(err, VC_E_IO, "the metadata server is away") : VC_E_INTERNAL;
}

static void a_callback_gives_tokens_or_logins(void **state)
{
    (void)state;
    unsigned count = 0;
    world w = made();
    w.ttl = 60;
    w.renewable = false;
    assert_int_equal(vc_config_set_auth_callback(w.config, give, &count, NULL), VC_OK);
    open_session(&w);
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(token_now(&w), 7);
    assert_int_equal(w.logins, 0);
    w.now += 60000;
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_int_equal(token_now(&w), 1);
    assert_string_equal(w.last_body, "{\"jwt\":\"x\"}");
    w.now += 60000;
    seen s = settle(&w);
    assert_int_equal(s.err.code, VC_E_STATE);
    w.now += 60000;
    s = settle(&w);
    assert_int_equal(s.err.code, VC_E_IO);
    assert_string_equal(s.err.message, "the metadata server is away");
    w.now += 60000;
    assert_int_equal(settle(&w).err.code, VC_E_INTERNAL);
    end(&w);
}

/* An end that is the callback's own does not pass for a driver's: it would be called again at once, for ever. */
static vc_code give_up(void *user, vc_auth_answer *answer_to, vc_error *err)
{
    (void)answer_to;
    ++*(unsigned *)user;
    return vc__error(err, VC_E_CANCELED, "somebody canceled what the callback waited for");
}

static void a_callback_that_was_canceled_has_failed(void **state)
{
    (void)state;
    unsigned count = 0;
    world w = made();
    assert_int_equal(vc_config_set_auth_callback(w.config, give_up, &count, NULL), VC_OK);
    open_session(&w);
    const seen s = settle(&w);
    assert_int_equal(s.state, VC__SESSION_FAILED);
    assert_non_null(strstr(s.err.message, "somebody canceled"));
    assert_true(s.until > w.now);
    assert_int_equal(count, 1);
    end(&w);
}

/* -- settings ----------------------------------------------------------------------------------------------------- */

static void settings_are_checked_as_a_whole(void **state)
{
    (void)state;
    static const struct {
        const char *settings[12]; /* name, value, ... */
        const char *says;         /* NULL: fine */
    } cases[] = {
        { { NULL }, NULL },
        { { "auth", "token" }, NULL },
        { { "auth", "approle", "role_id", "r", "secret_id_file", "f" }, NULL },
        { { "role_id", "r", "wrapped_secret_id_file", "f", "auth", "approle", "auth_mount", "a/b" }, NULL },
        { { "auth", "approle", "role_id", "r" }, "a SecretID" },
        { { "auth", "approle", "secret_id_file", "f" }, "a role_id" },
        { { "role_id", "r" }, "but not the method" },
        { { "auth", "approle", "role_id", "r", "password_file", "f" }, "password_file is not what a approle" },
        { { "auth", "kubernetes", "role", "r" }, NULL },
        { { "auth", "kubernetes" }, "a role" },
        { { "auth", "jwt", "jwt_file", "f" }, NULL },
        { { "auth", "oidc", "jwt_file", "f", "role", "r" }, NULL },
        { { "auth", "jwt" }, "jwt_file" },
        { { "auth", "cert" }, "a client certificate" },
        { { "auth", "cert", "client_cert", "c.pem" }, NULL },
        { { "auth", "userpass", "username", "ann", "password_file", "f" }, NULL },
        { { "auth", "ldap", "username", "ann" }, "a password" },
        { { "auth", "ldap", "password_file", "f" }, "a user" },
        { { "auth", "ldap", "username", "a", "password_file", "f", "token_file_watch", "t" }, "not both" },
        { { "token_file_watch", "t", "revoke_on_close", "true", "renewal", "thread", "auth_namespace", "team" }, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_config *config = vc_config_new(NULL);
        vc_error err = VC_ERROR_INIT;
        for (size_t k = 0; k + 1 < COUNT(cases[i].settings) && cases[i].settings[k]; k += 2)
            assert_int_equal(vc_config_set(config, cases[i].settings[k], cases[i].settings[k + 1], &err), VC_OK);
        const vc_code code = vc__auth_check(config, &err);
        if (code != (cases[i].says ? VC_E_CONFIG : VC_OK) || (cases[i].says && !strstr(err.message, cases[i].says)))
            fail_msg("row %zu: %s", i, err.message);
        vc_config_free(config);
    }
    vc_config *config = vc_config_new(NULL);
    static const char *const bad[][2] = { { "auth", "kerberos" }, { "renewal", "sometimes" }, { "revoke_on_close", "perhaps" },
                                          { "auth_namespace", "a//b" }, { "role_id", "\xff" }, { "secret_id", "s" },
                                          { "password", "p" } };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(vc_config_set(config, bad[i][0], bad[i][1], NULL), VC_E_CONFIG);
    assert_int_equal(vc_config_set_auth_approle(config, NULL, NULL, vc_str("s"), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_config_set_auth_approle(NULL, NULL, "r", vc_str("s"), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_config_set_auth_approle_wrapped(config, NULL, "r", NULL, vc_str("a b"), NULL), VC_E_CONFIG);
    assert_int_equal(vc_config_set_auth_jwt(config, NULL, "r", NULL, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_config_set_auth_kubernetes(config, NULL, "", NULL, NULL), VC_E_ARGUMENT);
    vc_config_free(config);
}

/* The method set last counts, without leftovers of the one before. */
static void the_last_method_counts(void **state)
{
    (void)state;
    world w = made();
    with_approle(&w);
    assert_int_equal(vc_config_set_auth_userpass(w.config, "staff", "ann", vc_str("canary-pw"), NULL), VC_OK);
    vc_config *copy = vc__config_copy(w.config, NULL); /* as a client has it */
    vc_config_free(w.config);
    w.config = copy;
    open_session(&w);
    assert_int_equal(settle(&w).state, VC__SESSION_READY);
    assert_string_equal(w.last_body, "{\"password\":\"canary-pw\"}");
    end(&w);
}

/* -- memory ------------------------------------------------------------------------------------------------------- */

static vc_code whole_life(void *arg)
{
    (void)arg;
    world w = { .now = 1000000, .ttl = 900, .renewable = true, .may_look_up = true };
    w.wrapping_path = "auth/approle/role/app/secret-id";
    vc_error err = VC_ERROR_INIT;
    vc_config *config = vc_config_new(&err);
    vc_code code = config ? vc_config_set_auth_approle_wrapped(config, "approle", "role-1", "app", vc_str("hvs.wrap"), &err) : err.code;
    w.config = code ? NULL : vc__config_copy(config, &err);
    vc_config_free(config);
    if (!code && !(w.session = w.config ? vc__session_new(w.config, 1, &err) : NULL))
        code = err.code;
    for (unsigned i = 0; !code && i < 6; i++) {
        seen s = look(&w);
        code = s.err.code;
        if (!code && s.state == VC__SESSION_WORK) {
            vc_error why = VC_ERROR_INIT;
            code = run(&w, &s.work, &why);
            vc__session_finish(w.session, w.now, code, &why);
        } else if (!code) {
            w.now = s.until;
            w.dead = w.issued - 1;
            (void)vc__session_denied(w.session, vc__session_generation(w.session), w.now);
        }
    }
    vc__session_free(w.session);
    vc_config_free(w.config);
    return code;
}

static void allocations_fail(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(whole_life, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_logs_in),
        cmocka_unit_test(renewal_goes_on_the_side),
        cmocka_unit_test(a_refused_renewal_ends_in_a_login),
        cmocka_unit_test(at_the_end_of_max_ttl_a_login_follows_without_alarm),
        cmocka_unit_test(at_the_end_of_max_ttl_a_given_token_is_told_of),
        cmocka_unit_test(without_renewal_tokens_are_replaced),
        cmocka_unit_test(a_refused_login_is_not_repeated_at_once),
        cmocka_unit_test(a_failed_login_on_the_side_leaves_the_old_token),
        cmocka_unit_test(a_dead_token_is_replaced),
        cmocka_unit_test(a_token_that_lives_is_kept),
        cmocka_unit_test(tokens_that_cannot_be_asked),
        cmocka_unit_test(a_configured_token_is_adopted),
        cmocka_unit_test(no_token_at_all),
        cmocka_unit_test(uses_are_counted_where_they_are_spent),
        cmocka_unit_test(what_is_broken_off_is_tried_again),
        cmocka_unit_test(revocation_is_for_what_was_got_by_logging_in),
        cmocka_unit_test(a_wrapped_secret_id_is_unwrapped_once),
        cmocka_unit_test(a_foreign_wrapping_token_is_not_unwrapped),
        cmocka_unit_test(a_lost_unwrapping_is_no_theft),
        cmocka_unit_test(a_watched_file_is_read_anew),
        cmocka_unit_test(an_answer_about_the_token_before_counts_for_nothing),
        cmocka_unit_test(who_wants_no_renewal_gets_none_after_a_403),
        cmocka_unit_test(an_unwrapping_that_never_went_out_excuses_nobody),
        cmocka_unit_test(a_callback_that_was_canceled_has_failed),
        cmocka_unit_test(a_callback_gives_tokens_or_logins),
        cmocka_unit_test(settings_are_checked_as_a_whole),
        cmocka_unit_test(the_last_method_counts),
        cmocka_unit_test(allocations_fail),
    };
    return cmocka_run_group_tests_name("io_session", tests, NULL, NULL);
}
