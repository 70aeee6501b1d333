/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attest_reply.h - what a sidecar answers to POST /attest/maa and /attest/raw: {"token":"<a JWT>"} and {"report":"<hexadecimal digits>"}.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__KEYS_ATTEST_REPLY_H
#define VC__KEYS_ATTEST_REPLY_H

#include "base/buf.h"

#include <vaultcrypt/attest.h>

enum { VC__ATTEST_REPLY_MAX = 256 << 10 };

/*
 * `reply` is decoded in place. The token is checked to be a JWT: three parts of base64url, the first two a JSON object each. Appends; errors leave
 * `out` as it was: VC_E_PROTOCOL, with no byte of the reply in its message; VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__attest_token(char *reply, size_t len, vc__buf *out, vc_error *err);
vc_code vc__attest_report(char *reply, size_t len, vc__buf *out, vc_error *err);

#endif
