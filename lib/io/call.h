/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - one request as an operation: sent until its answer is final, at most until a deadline.
 *
 * Threads: one owner.
 */
#ifndef VC__IO_CALL_H
#define VC__IO_CALL_H

#include "io/operation.h"
#include "vault/request.h"

typedef struct vc__call {
    vc_request *request;
    uint64_t deadline; /* on the clock of the driver */
    uint64_t seed;     /* of the jitter */
    vc_error last;     /* why it was sent again; VC_OK: it was not */
    bool take_denied;  /* a reply of 403 is a reply like others */
} vc__call;

/* `patience_ms` from now on, or for ever. */
static inline uint64_t vc__call_deadline(uint64_t now_ms, uint64_t patience_ms)
{
    return patience_ms < UINT64_MAX - now_ms ? now_ms + patience_ms : UINT64_MAX;
}

/* `request` is borrowed, and ready to be sent. It has until `deadline`. */
void vc__call_init(vc__call *call, vc_request *request, uint64_t deadline, uint64_t seed);

/*
 * Done: there is a final reply in the request, whatever its status. Failed: a reply of 403 (VC_E_DENIED), or what prevented a reply.
 * `call` stays where it is meanwhile.
 */
vc__operation vc__call_operation(vc__call *call);

#endif
