/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sidecar.h - the client of a key-release sidecar: GET /status, POST /key/release, and what attest.c needs for /attest. Paths, bodies and what is odd about them are those of
 * microsoft/confidential-sidecar-containers: a status is 200 whether the sidecar is ready or not, its text counts; a refusal is a text that
 * holds the key store's JSON, and is read for what is missing.
 *
 * What comes of an exchange: VC_OK; VC_E_DENIED (403: refused, for the reason that the message has); VC_E_REQUEST (400 and other 4xx: no
 * use in asking again as it is); VC_E_SERVER (5xx), VC_E_BUSY (not ready, 429), VC_E_CONNECT, VC_E_TLS, VC_E_TIMEOUT, VC_E_PROTOCOL: it is
 * away, `retryable` says whether time may heal it; VC_E_ARGUMENT (what was released is no key), VC_E_IO (the file of the token),
 * VC_E_CANCELED, VC_E_MEMORY. No message holds what the other side sent but for printable excerpts, in which what could be a token or a
 * key is masked.
 *
 * Threads: one owner.
 */
#ifndef VC__IO_SIDECAR_H
#define VC__IO_SIDECAR_H

#include "io/web.h"
#include "keys/jwk.h"

typedef struct vc__sidecar {
    const vc_config *config;
    const char *url, *maa, *akv;
    const char *token_file; /* NULL: none; read at each call */
    const atomic_bool *cancel;
} vc__sidecar;

/* Whether it says that it is ready. A sidecar that has no /status (404) is taken to be. */
vc_code vc__sidecar_ready(const vc__sidecar *sidecar, vc_error *err);

/* Has the key of that name released. */
vc_code vc__sidecar_release(const vc__sidecar *sidecar, const char *kid, vc__jwk *out, vc_error *err);

/* One exchange with a path of its own: POST, or GET where `body` is absent. Errors as vc__web_exchange(). */
vc_code vc__sidecar_exchange(const vc__sidecar *sidecar, const char *path, vc_view body, vc__buf *reply, int *status, vc_error *err);
/* A member of the body, which begins with a brace. */
void vc__sidecar_put(vc__buf *body, const char *name, vc_view value);

/* What it means that `what` ("the attestation") failed, or was refused: as vc__sidecar_refusal(). `check`: what of the request may be wrong. */
vc_code vc__sidecar_fault(const char *what, const char *check, int status, vc_view body, vc_error *err);
/* What a refusal means, of the body that came with it. Sets `err` as above and returns its code. For tests here too. */
vc_code vc__sidecar_refusal(const char *kid, int status, vc_view body, vc_error *err);

#endif
