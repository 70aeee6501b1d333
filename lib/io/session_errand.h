/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_errand.h - what a session has a driver do for it: log in (with all the steps that takes), renew, ask the token about itself,
 * revoke it. Each is an operation of a few requests, one after the other; what comes of it is read by the session when it has ended.
 *
 * Threads: one owner, the driver that runs it; what it keeps between log-ins is touched by nobody else, because a session runs one errand
 * at a time.
 */
#ifndef VC__IO_SESSION_ERRAND_H
#define VC__IO_SESSION_ERRAND_H

#include "io/auth.h"
#include "io/operation.h"

typedef enum vc__errand_kind {
    VC__ERRAND_LOGIN = 0, /* -> grant; or, of a callback, a token whose life may be unknown */
    VC__ERRAND_RENEW,     /* -> grant */
    VC__ERRAND_LOOKUP,    /* -> status; with 200: terms */
    VC__ERRAND_REVOKE
} vc__errand_kind;

/* What is needed again at the next log-in. */
typedef struct vc__credentials {
    vc__secret *secret_id;      /* unwrapped */
    vc__secret *wrapping_token; /* that held it, or that proved to be bad */
    bool doubtful;              /* its unwrapping was sent, and the answer was lost */
    bool bad;                   /* an alarm was raised for it: it is not tried again */
} vc__credentials;

void vc__credentials_cleanup(vc__credentials *credentials);

typedef struct vc__errand {
    vc__errand_kind kind;
    const vc_config *config;
    vc__credentials *credentials;
    uint64_t generation; /* of the token that it is about */
    unsigned step; /* of those that its kind has */
    vc_request request;
    bool made;          /* there is a request */
    uint64_t now_ms;    /* of the last step */
    uint64_t deadline;  /* ms */
    uint64_t seed;
    vc__secret *own;    /* whose token the requests carry */
    bool verify;        /* after a log-in: may the new token ask about itself? */
    char what[160];     /* "the approle log-in at auth/approle/login" */
    /* what came of it */
    uint64_t sent_ms;   /* when the request was sent that granted */
    vc__grant grant;
    bool granted, terms_known;
    bool over;          /* a renewal: max_ttl has come */
    bool invalid;       /* a look-up: there is no such token */
    vc__lease_terms terms;
    int status;
} vc__errand;

/* `token` NULL: the errand needs none. VC_E_MEMORY. Needs vc__errand_end() in any case. */
vc_code vc__errand_begin(vc__errand *errand, vc__errand_kind kind, const vc_config *config, vc__credentials *credentials,
                         const vc_view *token, uint64_t now_ms, uint64_t seed, vc_error *err);

vc__operation vc__errand_operation(vc__errand *errand);

/* Frees what it holds, a grant that nobody took included. */
void vc__errand_end(vc__errand *errand);

#endif
