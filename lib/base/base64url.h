/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64url.h - RFC 4648 section 5 without padding, as JOSE has it (RFC 7515 section 2).
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__BASE_BASE64URL_H
#define VC__BASE_BASE64URL_H

#include "base/buf.h"

/* Characters that `len` bytes become. */
static inline size_t vc__base64url_encoded_len(size_t len)
{
    return (len * 4 + 2) / 3;
}

/* Appends the encoding of `bytes`. Errors are the buffer's. */
void vc__base64url_encode(vc__buf *out, vc_view bytes);

/* Room that decoding takes, more than the bytes. */
static inline size_t vc__base64url_room(size_t len)
{
    return (len + 3) / 4 * 4;
}

/* Decodes into `out`, which has vc__base64url_room(text.len) and is elsewhere. False: another text; what was written is wiped. */
bool vc__base64url_decode_raw(char *out, size_t *len, vc_view text);

/*
 * Appends the bytes. Strict: no padding, no white space, unused bits zero. VC_E_PROTOCOL: another text, nothing is appended;
 * VC_E_LIMIT, VC_E_MEMORY: of the buffer.
 */
VC_MUST_CHECK vc_code vc__base64url_decode(vc__buf *out, vc_view text);

#endif
