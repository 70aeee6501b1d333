/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - one HTTP exchange with Vault, for applications that do their own I/O (an event loop, a test that replays
 * recorded replies). vc_client_run() does all of this for everybody else.
 *
 * A request is lent by the operation that made it (vc_batch_next_request()) and stays valid until it is answered with
 * exactly one of vc_request_reply() and vc_request_failed(), or the operation is freed or cleared; also when the operation fails
 * meanwhile. Once it is answered and the operation was stepped, the pointer means nothing: it may be lent again as another request.
 *
 * The driver adds what belongs to the connection: address, X-Vault-Token, X-Vault-Namespace, X-Vault-Request: true,
 * Content-Type: application/json, User-Agent. Retries are the operation's affair: it hands the request out again.
 */
#ifndef VAULTCRYPT_REQUEST_H
#define VAULTCRYPT_REQUEST_H

#include <vaultcrypt/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_request vc_request;

/* What to do next with an operation. */
typedef enum vc_step {
    VC_STEP_DONE = 0, /* finished: read the results */
    VC_STEP_SEND,     /* take requests until there is none, send them, answer them; then step again */
    VC_STEP_WAIT,     /* requests are under way, or a retry is due at the time told: step again after a reply or then */
    VC_STEP_FAILED    /* the operation as a whole failed: the error says why */
} vc_step;

VC_API const char *vc_request_method(const vc_request *request); /* "GET", "POST", ... */
VC_API const char *vc_request_path(const vc_request *request);   /* "/v1/transit/encrypt/payments" */
VC_API vc_view vc_request_body(const vc_request *request);       /* JSON, or empty */

/* A place for the driver's own pointer; the library never looks at it. */
VC_API void vc_request_set_user(vc_request *request, void *user);
VC_API void *vc_request_user(const vc_request *request);

/*
 * The reply: HTTP status, value of Retry-After (seconds; absent view when there was none) and body. The body is copied.
 * `now_ms` is a monotonic clock in milliseconds, the same one that steps the operation. Any status and any body is
 * acceptable; what it means shows at the next step. VC_E_MEMORY, VC_E_LIMIT (body over 64 MiB), VC_E_STATE (answered twice).
 */
VC_API vc_code vc_request_reply(vc_request *request, int status, vc_view retry_after, vc_view body, uint64_t now_ms,
                                vc_error *err);

/*
 * There was no reply: VC_E_CONNECT, VC_E_TLS, VC_E_TIMEOUT or VC_E_CANCELED in `why`, whose message is kept for the user.
 * VC_E_STATE when answered twice.
 */
VC_API vc_code vc_request_failed(vc_request *request, const vc_error *why, uint64_t now_ms, vc_error *err);

#ifdef __cplusplus
}
#endif

#endif
