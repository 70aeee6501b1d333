/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web.h - one HTTP exchange with somebody who is not Vault: a set of keys, the sidecar that releases them. TLS is verified, redirects are
 * not followed, no proxy but the one of the configuration, an answer has a limit. Blocks; what is received lies in a buffer that is wiped.
 *
 * Threads: one owner.
 */
#ifndef VC__IO_WEB_H
#define VC__IO_WEB_H

#include "base/buf.h"
#include "io/config.h"

#include <stdatomic.h>

typedef struct vc__web_call {
    const vc_config *config; /* time limit, authorities, proxy; its address and token are not looked at */
    const char *url;
    vc_view body;             /* JSON, sent with POST; absent: GET */
    const atomic_bool *cancel; /* ends it within a second; may be NULL */
} vc__web_call;

/*
 * Appends the answer's body, whatever its status, to `reply`, whose maximum is the limit. VC_OK: there is an answer. VC_E_CONFIG (the
 * URL), VC_E_CONNECT, VC_E_TLS, VC_E_TIMEOUT, VC_E_PROTOCOL (a redirect, or no HTTP), VC_E_LIMIT (too long), VC_E_CANCELED, VC_E_MEMORY.
 */
vc_code vc__web_exchange(const vc__web_call *call, vc__buf *reply, int *status, vc_error *err);

/* What of `config` counts here, as a configuration of its own: time limit, authorities, proxy. NULL: VC_E_MEMORY. */
vc_config *vc__web_config(const vc_config *config, vc_error *err);

#endif
