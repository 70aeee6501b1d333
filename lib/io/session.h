/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - the token of a client and its life: where it comes from, when it is renewed, what becomes of it after a 403. It sends
 * nothing itself: it lends operations to the driver that asks.
 *
 * Threads: all functions from any thread; the session has its own lock. An operation that check() lent belongs to the driver that got
 * it, until finish().
 */
#ifndef VC__IO_SESSION_H
#define VC__IO_SESSION_H

#include "io/config.h"
#include "io/operation.h"
#include "io/token_line.h"

#include <vaultcrypt/auth.h>

typedef struct vc__session vc__session;

/* The configuration must outlive the session; `seed` spreads renewals. NULL: VC_E_CONFIG, VC_E_MEMORY. */
vc__session *vc__session_new(const vc_config *config, uint64_t seed, vc_error *err);
void vc__session_free(vc__session *session);
VC__DEFINE_CLEANUP(vc__session, vc__session_free)

/*
 * The token of now for one request that is sent (its uses are counted here): a reference of the caller's own, or NULL when there is
 * none.
 */
vc__token_line *vc__session_token(vc__session *session);

/* Its number; 0: there is none. */
uint64_t vc__session_generation(vc__session *session);

typedef enum vc__session_state {
    VC__SESSION_READY = 0, /* go on; *wait_until is when to ask again */
    VC__SESSION_BUSY,      /* another driver works at it: ask again at *wait_until, at most 20 ms away */
    VC__SESSION_WORK,      /* run *work to its end, then finish(); unless *urgent, other requests may go meanwhile */
    VC__SESSION_FAILED     /* there is no way to a token: err says why, and what to do */
} vc__session_state;

/*
 * Asked by a driver before it sends requests with VC__AUTH_SESSION, and again at *wait_until. Requests of `*work` go out without asking
 * (those with VC__AUTH_SESSION with the token of now), and their 403 is no matter for denied().
 */
vc__session_state vc__session_check(vc__session *session, uint64_t now_ms, uint64_t *wait_until, vc__operation *work, bool *urgent,
                                    vc_error *err);

/* The work ended with `code`, and `why` unless that is VC_OK; VC_E_CANCELED when the driver had to stop before its end. */
void vc__session_finish(vc__session *session, uint64_t now_ms, vc_code code, const vc_error *why);

/*
 * A request that was sent with the token `generation` got a 403. True: hold it, and go on when check() is READY: with another
 * generation it is sent once more, with the same the 403 is final. False: it is final now. Either way verdict() tells why.
 */
bool vc__session_denied(vc__session *session, uint64_t generation, uint64_t now_ms);

/*
 * A configured token's successor, from now on; nothing when it is the same, or when tokens come from a log-in or a watched file. VC_E_MEMORY.
 */
vc_code vc__session_replace(vc__session *session, vc_view token, vc_error *err);

/* What is known of a token that got a 403. */
typedef enum vc__verdict_on_token {
    VC__TOKEN_UNKNOWN = 0, /* nothing: it could not be asked */
    VC__TOKEN_NONE,        /* the request went without */
    VC__TOKEN_LIVES,       /* so its policies do not allow it */
    VC__TOKEN_MUTE,        /* it is dead, or may not look itself up; for all but people the same as dead */
    VC__TOKEN_DEAD         /* and there is no way to another */
} vc__verdict_on_token;

vc__verdict_on_token vc__session_verdict(vc__session *session, uint64_t generation);

/* The client closes: true when the token is to be revoked, by `*work`; then finish() follows. No call is under way. */
bool vc__session_retire(vc__session *session, uint64_t now_ms, vc__operation *work);

/* Fills all but `size`. */
void vc__session_info(vc__session *session, uint64_t now_ms, vc_token_info *info);

#endif
