/* SPDX-License-Identifier: Apache-2.0 */
#include "io/session_state.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>

enum {
    BUSY_MS = 20,          /* while another driver works */
    WATCH_MS = 1000,       /* a watched file is looked at so often */
    ADOPT_MS = 5000,       /* a configured token is asked about its life when a client is as old: short runs save the request */
    BLIND_MS = 60000       /* a token that may not look itself up is replaced on a 403, but not more often */
};

static const uint64_t never = UINT64_MAX;

/* -- the token ---------------------------------------------------------------------------------------------------- */

/* Takes the place of the one before, which requests under way keep alive. */
vc_code vc__session_install(vc__session *session, vc_view token, bool ours, vc_error *err)
{
    vc__token_line *line = vc__token_line_new(token, session->generation + 1, err);
    if (!line)
        return VC_E_MEMORY;
    vc__token_line_unref(session->token);
    session->token = line;
    session->generation++;
    session->ours = ours;
    session->denied = 0;
    session->batch = session->life_known = false;
    session->accessor[0] = 0;
    return VC_OK;
}

void vc__session_drop(vc__session *session)
{
    vc__token_line_unref(session->token);
    session->token = NULL;
    session->denied = 0;
    vc__lease_lose(&session->lease);
}

void vc__session_judge(vc__session *session, vc__verdict_on_token verdict, uint64_t now_ms)
{
    session->judged = session->generation;
    session->verdict = verdict;
    session->judged_at = now_ms;
}

static const char *watched(const vc__session *session)
{
    return session->auth->text[VC__AUTH_TOKEN_FILE];
}

/* -- a watched file ----------------------------------------------------------------------------------------------- */

/* The stamp is taken before the file is read: a change in between shows at the next look. */
static vc_code read_watched(vc__session *session, vc_error *err)
{
    const vc__stamp stamp = vc__stamp_of(watched(session));
    if (session->token && vc__stamp_equal(&stamp, &session->stamp))
        return VC_OK;
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__secret) token = vc__secret_file(watched(session), "the token file", &why);
    if (!token)
        return vc__error_copy(err, &why);
    const vc_view text = vc__secret_get(token);
    if (!vc__token_is_sane(text))
        return vc__error(err, VC_E_CONFIG, "the token file %s does not hold a token", watched(session));
    if (!session->token || !vc__secret_equal(text, vc__token_line_token(session->token))) {
        const vc_code code = vc__session_install(session, text, false, err);
        if (code)
            return code;
        vc__lease_start(&session->lease, 0, NULL, VC__LEASE_GIVEN);
    }
    session->stamp = stamp;
    return VC_OK;
}

/* While the old token is there, a file that cannot be read just now is no failure. */
static vc_code watch(vc__session *session, uint64_t now_ms, vc_error *err)
{
    if (!watched(session) || (session->token && now_ms < session->watch_at && !session->denied))
        return VC_OK;
    session->watch_at = now_ms + WATCH_MS;
    const vc_code code = read_watched(session, err);
    return session->token ? VC_OK : code;
}

/* -- another token ------------------------------------------------------------------------------------------------- */

static vc_code replace(vc__session *session, vc_view token, vc_error *err)
{
    if (vc__session_can_login(session) || watched(session))
        return VC_OK;
    if (session->token && vc__secret_equal(token, vc__token_line_token(session->token)))
        return VC_OK;
    const vc_code code = vc__session_install(session, token, false, err);
    if (!code) {
        session->adopt_at = 0;
        vc__lease_start(&session->lease, 0, NULL, VC__LEASE_GIVEN);
    }
    return code;
}

vc_code vc__session_replace(vc__session *session, vc_view token, vc_error *err)
{
    pthread_mutex_lock(&session->lock);
    const vc_code code = replace(session, token, err);
    pthread_mutex_unlock(&session->lock);
    return code;
}

/* -- life --------------------------------------------------------------------------------------------------------- */

vc__session *vc__session_new(const vc_config *config, uint64_t seed, vc_error *err)
{
    const vc__auth *auth = vc__auth_of(config);
    if (vc__auth_check(config, err))
        return NULL;
    vc__autoptr(vc__session) session = vc__calloc(1, sizeof *session);
    if (!session || pthread_mutex_init(&session->lock, NULL)) {
        vc__free(vc__steal(&session));
        vc__error_memory(err);
        return NULL;
    }
    session->config = config;
    session->auth = auth;
    vc__lease_init(&session->lease, seed, vc__auth_can_login(auth));
    if (config->token && !vc__auth_can_login(auth) && !watched(session)) {
        if (vc__session_install(session, vc__secret_get(config->token), false, err))
            return NULL;
        vc__lease_start(&session->lease, 0, NULL, VC__LEASE_GIVEN);
    }
    return vc__steal(&session);
}

void vc__session_free(vc__session *session)
{
    if (!session)
        return;
    if (session->running)
        vc__errand_end(&session->errand);
    vc__credentials_cleanup(&session->credentials);
    vc__token_line_unref(session->token);
    pthread_mutex_destroy(&session->lock);
    vc__free(session);
}

vc__token_line *vc__session_token(vc__session *session)
{
    pthread_mutex_lock(&session->lock);
    vc__lease_spend(&session->lease);
    vc__token_line *token = vc__token_line_ref(session->token);
    pthread_mutex_unlock(&session->lock);
    return token;
}

uint64_t vc__session_generation(vc__session *session)
{
    pthread_mutex_lock(&session->lock);
    const uint64_t generation = session->token ? session->generation : 0;
    pthread_mutex_unlock(&session->lock);
    return generation;
}

/* -- what is to be done ------------------------------------------------------------------------------------------- */

/* The answer of a look at the session; the lock is held. */
typedef struct answer {
    vc__session_state state;
    uint64_t wait_until;
    bool urgent;
    vc_error *err;
} answer;

static void ready(answer *a, uint64_t wait_until)
{
    a->state = VC__SESSION_READY;
    a->wait_until = wait_until;
}

/* It is given up when it is time to log in instead, or when there is nothing left to renew. */
static void limit_renewal(vc__session *session, uint64_t now_ms)
{
    const uint64_t left = vc__lease_left(&session->lease, now_ms);
    const uint64_t grace = vc__session_can_login(session) ? session->lease.grace : 0;
    const uint64_t most = left > grace ? left - grace : left;
    if (most < never - now_ms && now_ms + most < session->errand.deadline)
        session->errand.deadline = now_ms + most;
}

static void send_errand(vc__session *session, vc__errand_kind kind, uint64_t now_ms, bool urgent, answer *a)
{
    const bool with_token = kind != VC__ERRAND_LOGIN && session->token;
    const vc_view token = with_token ? vc__token_line_token(session->token) : vc_str(NULL);
    session->lease.seed += UINT64_C(0x9e3779b97f4a7c15);
    a->state = VC__SESSION_WORK;
    a->wait_until = never;
    a->urgent = urgent;
    if (vc__errand_begin(&session->errand, kind, session->config, &session->credentials, with_token ? &token : NULL, now_ms,
                         session->lease.seed, a->err)) {
        vc__errand_end(&session->errand);
        a->state = VC__SESSION_FAILED;
        return;
    }
    if (with_token)
        vc__lease_spend(&session->lease);
    if (kind == VC__ERRAND_RENEW)
        limit_renewal(session, now_ms);
    session->errand.generation = session->generation;
    session->errand.verify = kind == VC__ERRAND_LOGIN && session->verify;
    session->running = true;
    session->urgent = urgent;
}

/* The file that the log-in's secret comes from. */
vc__stamp vc__session_credential_stamp(const vc__session *session)
{
    const char *file = session->auth->text[VC__AUTH_SECRET_FILE];
    return file ? vc__stamp_of(file) : (vc__stamp){ 0, 0, 0, 0, 0 };
}

/* There is no token that serves. */
static void need_login(vc__session *session, uint64_t now_ms, uint64_t at, answer *a)
{
    if (!vc__session_can_login(session)) {
        ready(a, never); /* what goes out without, or with a dead one, gets Vault's own answer */
        return;
    }
    const vc__stamp stamp = vc__session_credential_stamp(session);
    if (at > now_ms && !vc__stamp_equal(&stamp, &session->failed_with))
        vc__lease_forgive(&session->lease, now_ms);
    else if (at > now_ms) {
        a->state = VC__SESSION_FAILED;
        a->wait_until = at;
        vc__error_copy(a->err, &session->failure);
        return;
    }
    send_errand(session, VC__ERRAND_LOGIN, now_ms, true, a);
}

/* A token that was configured: its life is asked for once, so that it can be renewed. */
static bool is_due_for_adoption(vc__session *session, uint64_t now_ms)
{
    if (!session->token || session->life_known || watched(session) || session->auth->renewal == VC_RENEWAL_OFF)
        return false;
    if (!session->adopt_at)
        session->adopt_at = now_ms + ADOPT_MS;
    return now_ms >= session->adopt_at;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void look_at_lease(vc__session *session, uint64_t now_ms, answer *a)
{
    uint64_t at;
    if (is_due_for_adoption(session, now_ms)) {
        send_errand(session, VC__ERRAND_LOOKUP, now_ms, false, a);
        return;
    }
    switch (vc__lease_look(&session->lease, now_ms, &at)) {
    case VC__LEASE_RENEW:
        send_errand(session, VC__ERRAND_RENEW, now_ms, false, a);
        break;
    case VC__LEASE_LOGIN:
        send_errand(session, VC__ERRAND_LOGIN, now_ms, false, a);
        break;
    case VC__LEASE_OVER:
        need_login(session, now_ms, at, a);
        break;
    case VC__LEASE_NOTHING:
        if (session->token && !session->life_known && session->adopt_at)
            at = sooner(at, session->adopt_at);
        ready(a, at);
        break;
    }
}

/* Whether requests may go while an errand is out. */
bool vc__session_serves(vc__session *session, uint64_t now_ms)
{
    uint64_t at;
    return session->token && !session->denied &&
           (!vc__session_can_login(session) || vc__lease_look(&session->lease, now_ms, &at) != VC__LEASE_OVER);
}

static void decide(vc__session *session, uint64_t now_ms, answer *a)
{
    const vc_code code = watch(session, now_ms, a->err);
    if (code) {
        a->state = VC__SESSION_FAILED;
        a->wait_until = session->watch_at;
    } else if (session->running && (session->urgent || !vc__session_serves(session, now_ms))) {
        a->state = VC__SESSION_BUSY;
        a->wait_until = now_ms + BUSY_MS;
    } else if (session->running) {
        ready(a, now_ms + BUSY_MS);
    } else if (session->denied) {
        send_errand(session, VC__ERRAND_LOOKUP, now_ms, true, a);
    } else {
        look_at_lease(session, now_ms, a);
    }
    if (watched(session) && a->state == VC__SESSION_READY)
        a->wait_until = sooner(a->wait_until, session->watch_at);
}

vc__session_state vc__session_check(vc__session *session, uint64_t now_ms, uint64_t *wait_until, vc__operation *work, bool *urgent,
                                    vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    answer a = { VC__SESSION_READY, never, true, &why };
    pthread_mutex_lock(&session->lock);
    decide(session, now_ms, &a);
    if (a.state == VC__SESSION_WORK)
        *work = vc__errand_operation(&session->errand);
    pthread_mutex_unlock(&session->lock);
    *wait_until = a.wait_until;
    *urgent = a.urgent;
    if (a.state == VC__SESSION_FAILED)
        vc__error_copy(err, &why);
    return a.state;
}

/* -- after a 403 -------------------------------------------------------------------------------------------------- */

/* A dead token stays dead; only a watched file may bring it to life, by another. */
static bool is_known_dead(const vc__session *session)
{
    const bool dead = session->verdict == VC__TOKEN_DEAD || session->verdict == VC__TOKEN_MUTE;
    return session->judged == session->generation && dead && !watched(session);
}

/* The token cannot be asked: once in a while a 403 is taken for its end. */
static bool denied_blindly(vc__session *session, uint64_t now_ms)
{
    if (!vc__session_can_login(session) || now_ms < session->judged_at + BLIND_MS)
        return false;
    vc__session_drop(session);
    session->verify = true;
    return true;
}

bool vc__session_denied(vc__session *session, uint64_t generation, uint64_t now_ms)
{
    bool hold = true;
    pthread_mutex_lock(&session->lock);
    if (!generation)
        hold = false;
    else if (!session->token || generation != session->generation)
        hold = true; /* there is another by now, or soon */
    else if (session->blind)
        hold = denied_blindly(session, now_ms);
    else if (is_known_dead(session))
        hold = false;
    else {
        session->denied_late = session->running && session->errand.kind == VC__ERRAND_LOOKUP;
        session->denied = generation;
    }
    pthread_mutex_unlock(&session->lock);
    return hold;
}

vc__verdict_on_token vc__session_verdict(vc__session *session, uint64_t generation)
{
    pthread_mutex_lock(&session->lock);
    const vc__verdict_on_token verdict = !generation                      ? VC__TOKEN_NONE
                                         : generation == session->judged ? session->verdict
                                                                         : VC__TOKEN_UNKNOWN;
    pthread_mutex_unlock(&session->lock);
    return verdict;
}

/* -- the end, and what can be seen -------------------------------------------------------------------------------- */

bool vc__session_retire(vc__session *session, uint64_t now_ms, vc__operation *work)
{
    answer a = { VC__SESSION_READY, never, true, NULL };
    pthread_mutex_lock(&session->lock);
    if (session->auth->revoke && session->ours && session->token && !session->batch && !session->running)
        send_errand(session, VC__ERRAND_REVOKE, now_ms, true, &a);
    if (a.state == VC__SESSION_WORK)
        *work = vc__errand_operation(&session->errand);
    pthread_mutex_unlock(&session->lock);
    return a.state == VC__SESSION_WORK;
}

void vc__session_info(vc__session *session, uint64_t now_ms, vc_token_info *info)
{
    uint64_t at = never;
    pthread_mutex_lock(&session->lock);
    const vc__lease_due due = vc__lease_look(&session->lease, now_ms, &at);
    info->held = session->token != NULL;
    info->known = session->life_known;
    info->renewable = info->held && session->lease.renewable;
    info->batch = session->batch;
    info->ttl_ms = vc__lease_left(&session->lease, now_ms);
    info->uses = session->lease.uses;
    if (due != VC__LEASE_NOTHING && at > now_ms)
        at = now_ms;
    if (!vc__session_can_login(session) && (due == VC__LEASE_OVER || !info->renewable))
        at = never;
    info->next_ms = at == never ? never : at > now_ms ? at - now_ms : 0;
    info->logins = session->logins;
    info->renewals = session->renewals;
    info->failures = session->failures;
    snprintf(info->method, sizeof info->method, "%s", vc__auth_method_name(session->config));
    memcpy(info->accessor, session->accessor, sizeof info->accessor);
    pthread_mutex_unlock(&session->lock);
}
