/* SPDX-License-Identifier: Apache-2.0 */
/* vc__session_finish(): what came of an errand. */
#include "io/session_state.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    ADOPT_AGAIN_MS = 60000, /* a token that could not be asked about its life is asked again */
    LOG_ROOM = 700
};

static const uint64_t never = UINT64_MAX;

/* -- what came of it ---------------------------------------------------------------------------------------------- */

/* Said once the lock is open: the application's log may call the client. */
typedef struct news {
    char line[LOG_ROOM];
} news;

static bool is_refusal(vc_code code, const vc_error *why)
{
    return code == VC_E_DENIED || (why && (why->http_status == 400 || why->http_status == 403 || why->http_status == 404));
}

static uint64_t seconds_left(const vc__session *session, uint64_t now_ms)
{
    return vc__lease_left(&session->lease, now_ms) / 1000;
}

static void login_failed(vc__session *session, uint64_t now_ms, vc_code code, const vc_error *why, news *n)
{
    if (code == VC_E_CANCELED)
        return;
    session->failures++;
    session->failure = *why;
    session->failed_with = vc__session_credential_stamp(session);
    if (vc__session_serves(session, now_ms))
        snprintf(n->line, sizeof n->line, "a new log-in failed, and the old token serves for %" PRIu64 " s more: %s",
                 seconds_left(session, now_ms), why->message);
    vc__lease_login_failed(&session->lease, now_ms, is_refusal(code, why));
}

static void logged_in(vc__session *session, uint64_t now_ms, news *n)
{
    vc__errand *errand = &session->errand;
    vc_error why = VC_ERROR_INIT;
    if (vc__session_install(session, vc__secret_get(errand->grant.token), true, &why)) {
        login_failed(session, now_ms, why.code, &why, n);
        return;
    }
    session->logins++;
    session->life_known = errand->terms_known;
    session->adopt_at = errand->terms_known ? never : 0;
    session->batch = errand->grant.batch;
    memcpy(session->accessor, errand->grant.accessor, sizeof session->accessor);
    errand->grant.terms.renewable &= session->auth->renewal != VC_RENEWAL_OFF;
    vc__lease_start(&session->lease, errand->sent_ms, errand->terms_known ? &errand->grant.terms : NULL, VC__LEASE_FRESH);
    vc__session_judge(session, VC__TOKEN_LIVES, now_ms);
    if (errand->verify) {
        session->blind = errand->status == 403;
        snprintf(n->line, sizeof n->line, "the token was gone before its time: logged in again");
    }
    session->verify = false;
}

static void renewed(vc__session *session, uint64_t now_ms, vc_code code, const vc_error *why, news *n)
{
    const vc__errand *errand = &session->errand;
    if (!code) {
        session->renewals++;
        vc__lease_renewed(&session->lease, errand->sent_ms, &errand->grant.terms);
        return;
    }
    if (code == VC_E_CANCELED)
        return;
    /* max_ttl has come, which nobody could know before: no trouble, where a log-in follows. */
    const bool expected = errand->over && vc__session_can_login(session);
    session->failures += !expected;
    if (!expected && !session->lease.failures)
        snprintf(n->line, sizeof n->line, "the token was not renewed, and lives for %" PRIu64 " s more: %s",
                 seconds_left(session, now_ms), why->message);
    vc__lease_renew_failed(&session->lease, now_ms, errand->over || is_refusal(code, why));
}

/* A token of unknown life told about it. */
static void adopted(vc__session *session, uint64_t now_ms)
{
    const vc__errand *errand = &session->errand;
    session->adopt_at = errand->status == 403 ? never : now_ms + ADOPT_AGAIN_MS;
    if (!errand->terms_known)
        return;
    session->adopt_at = never;
    session->life_known = true;
    vc__lease_terms terms = errand->terms;
    terms.renewable &= session->auth->renewal != VC_RENEWAL_OFF && !session->auth->text[VC__AUTH_TOKEN_FILE];
    vc__lease_start(&session->lease, errand->sent_ms, &terms, VC__LEASE_GIVEN);
}

static void looked_up(vc__session *session, uint64_t now_ms, vc_code code)
{
    const vc__errand *errand = &session->errand;
    const uint64_t denied = session->denied;
    if (!session->life_known)
        adopted(session, now_ms);
    session->denied = 0;
    if (!code && errand->status == 200 && session->denied_late)
        session->denied = denied; /* once more */
    session->denied_late = false;
    if (code || errand->status != 403) {
        vc__session_judge(session, !code && errand->status == 200 ? VC__TOKEN_LIVES : VC__TOKEN_UNKNOWN, now_ms);
        return;
    }
    vc__session_judge(session, errand->invalid ? VC__TOKEN_DEAD : VC__TOKEN_MUTE, now_ms);
    if (denied && vc__session_can_login(session)) {
        vc__session_drop(session);
        session->verify = true;
    }
}

/* The token may have been replaced meanwhile, by a watched file: then nothing that was found out holds. */
static bool is_about_another(const vc__session *session)
{
    return session->errand.kind != VC__ERRAND_LOGIN && session->errand.generation != session->generation;
}

void vc__session_finish(vc__session *session, uint64_t now_ms, vc_code code, const vc_error *why)
{
    news n = { "" };
    pthread_mutex_lock(&session->lock);
    if (session->running && is_about_another(session)) {
        session->denied_late = false;
        vc__errand_end(&session->errand);
        session->running = false;
    } else if (session->running) {
        switch (session->errand.kind) {
        case VC__ERRAND_LOGIN:
            if (code)
                login_failed(session, now_ms, code, why, &n);
            else
                logged_in(session, now_ms, &n);
            break;
        case VC__ERRAND_RENEW:
            renewed(session, now_ms, code, why, &n);
            break;
        case VC__ERRAND_LOOKUP:
            if (code != VC_E_CANCELED)
                looked_up(session, now_ms, code);
            break;
        case VC__ERRAND_REVOKE:
            if (!code)
                vc__session_drop(session);
            break;
        }
        vc__errand_end(&session->errand);
        session->running = false;
    }
    pthread_mutex_unlock(&session->lock);
    if (n.line[0])
        vc__config_log(session->config, "%s", n.line);
}
