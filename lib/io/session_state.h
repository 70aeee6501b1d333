/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_state.h - what a session is made of: for session.c, which looks what is to be done, and session_finish.c, which reads what came of
 * it.
 *
 * Threads: whoever calls has the session's lock.
 */
#ifndef VC__IO_SESSION_STATE_H
#define VC__IO_SESSION_STATE_H

#include "io/session.h"
#include "io/session_errand.h"
#include "io/watch.h"

#include <pthread.h>

struct vc__session {
    const vc_config *config;
    const vc__auth *auth;
    pthread_mutex_t lock; /* for all below */

    vc__token_line *token; /* NULL: none */
    uint64_t generation;   /* of the last token */
    bool ours;             /* it was got by logging in */
    bool life_known;
    bool batch;
    char accessor[VC__ACCESSOR_ROOM];
    vc__lease lease;
    uint64_t adopt_at;     /* ms: then a token of unknown life is asked about it; 0: not set yet, UINT64_MAX: never */

    bool running;          /* an errand is out */
    bool urgent;
    vc__errand errand;
    vc__credentials credentials;
    vc_error failure;      /* of the last log-in */
    vc__stamp failed_with; /* the credential's file at that time */

    uint64_t denied;       /* the generation whose 403 waits for its meaning; 0: none */
    bool denied_late;      /* a 403 came when its lookup was out: that says nothing of it */
    uint64_t judged;       /* the generation that `verdict` is about */
    uint64_t judged_at;
    vc__verdict_on_token verdict;
    bool verify;           /* the next log-in follows a 403 */
    bool blind;            /* tokens of this client may not look themselves up */

    vc__stamp stamp;       /* of the watched file */
    uint64_t watch_at;
    uint64_t logins, renewals, failures;
};

/* A token takes the place of the one before, which requests under way keep alive. VC_E_MEMORY. */
vc_code vc__session_install(vc__session *session, vc_view token, bool ours, vc_error *err);

/* There is none any more. */
void vc__session_drop(vc__session *session);

/* What was found out about the token of now. */
void vc__session_judge(vc__session *session, vc__verdict_on_token verdict, uint64_t now_ms);

static inline bool vc__session_can_login(const vc__session *session)
{
    return vc__auth_can_login(session->auth);
}

/* Whether there is a token that serves, by all that is known. */
bool vc__session_serves(vc__session *session, uint64_t now_ms);

/* Of the file that the log-in's secret comes from. */
vc__stamp vc__session_credential_stamp(const vc__session *session);

#endif
