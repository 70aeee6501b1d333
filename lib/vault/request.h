/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - one exchange with Vault as the operations own it: what to send, how often it was tried, what
 * came back. The public face is <vaultcrypt/request.h>.
 *
 *      make -> READY -> (driver takes it) SENT -> (driver answers) REPLIED or FAILED -> the operation
 * decides: done with it, or vc__request_again() -> WAITING until not_before -> READY
 *
 * Threads: one owner, that of the operation.
 */
#ifndef VC__VAULT_REQUEST_H
#define VC__VAULT_REQUEST_H

#include "base/buf.h"
#include "base/secret.h"

#include <vaultcrypt/request.h>

/* Whose token a request carries. */
typedef enum vc__request_auth {
    VC__AUTH_SESSION = 0, /* the client's, which logs in when it has none */
    VC__AUTH_NONE,        /* none: log-ins, health */
    VC__AUTH_OWN          /* `own_token`: what a wrapping token wraps, a token asked about itself */
} vc__request_auth;

typedef enum vc__request_state {
    VC__REQUEST_READY = 0,
    VC__REQUEST_SENT,
    VC__REQUEST_REPLIED,
    VC__REQUEST_FAILED, /* no reply: `failure` says why */
    VC__REQUEST_WAITING /* for not_before */
} vc__request_state;

struct vc_request {
    const char *method; /* a constant; what is no method of HTTP's own goes out as it is */
    vc__buf path;
    vc__buf body;
    vc__request_state state;
    unsigned tries;       /* how often it was handed out */
    uint64_t not_before;  /* ms */
    bool replay_safe;     /* may be sent again after a doubtful failure (spec 1.6) */
    bool once;            /* never sent again, whatever comes */
    vc__request_auth auth;
    const vc__secret *own_token;    /* with VC__AUTH_OWN; borrowed */
    uint64_t wrap_ttl;              /* seconds: the reply comes wrapped, for so long; 0: as it is */
    const char *namespace_override; /* NULL: the client's; "": the root namespace; borrowed */
    unsigned tries_max;             /* of the driver: not more often than that; 0: the deadline ends it */
    bool unsent;                    /* of the driver: the last try failed before anything went out */
    bool keep_headers;              /* the reply's headers are wanted too */
    int status;           /* of the reply */
    uint64_t retry_after; /* ms; 0: the server said nothing */
    vc__buf reply;
    vc__buf headers; /* "Name: value\n" for each of the reply, with keep_headers */
    vc_error failure;
    void *user; /* the driver's */
};

/* An empty request for `method`; body and reply limits in bytes. */
void vc__request_init(vc_request *request, const char *method, size_t body_max, bool replay_safe);
void vc__request_cleanup(vc_request *request);

/* READY -> SENT, counting the try. */
void vc__request_take(vc_request *request);

/* WAITING and due -> READY. True when it is ready. */
bool vc__request_due(vc_request *request, uint64_t now_ms);

/*
 * Spec 1.6: whether what came (reply or failure) deserves another try before `deadline_ms`, and when:
 * Retry-After where given on 429 and 503, else exponential back-off from 250 ms to 15 s with jitter from
 * `*seed` (advanced). True: the request is WAITING. False: it stays as it is, and is final. Tries are not
 * counted out: the deadline ends them.
 */
bool vc__request_again(vc_request *request, uint64_t now_ms, uint64_t deadline_ms, uint64_t *seed);

/*
 * What a status other than success means, when the body is no batch outcome: fills `err` with code, a message
 * of ours (known error texts of Vault pass, others become status and request id), status, request id,
 * retryable. Returns err's code; VC_OK for 200-299.
 */
vc_code vc__reply_error(int status, vc_view body, vc_error *err);

#endif
