/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.h - RFC 4648 section 4: standard alphabet, padded, as Vault reads and writes it (specs: Go's
 * base64.StdEncoding).
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__BASE_BASE64_H
#define VC__BASE_BASE64_H

#include "base/buf.h"

/* Characters that `len` bytes become, padding counted. */
static inline size_t vc__base64_encoded_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

/* Appends the encoding of `bytes`. Errors are the buffer's. */
void vc__base64_encode(vc__buf *out, vc_view bytes);

/*
 * Writes exactly vc__base64_encoded_len(len) characters, no NUL. In place only thus: `bytes` are the last
 * `len` of those characters' places.
 */
void vc__base64_encode_raw(char *out, const unsigned char *bytes, size_t len);

/*
 * Decodes into `out` (room for text.len / 4 * 3 bytes; `out` may be text.data: in place) and sets `*out_len`.
 * Strict: no white space, correct padding, unused bits zero. VC_OK, or VC_E_PROTOCOL with `*bad` (may be
 * NULL) the offset of the first bad character, or the length of a text that ends too early; what was written
 * to `out` is wiped then.
 */
vc_code vc__base64_decode(char *out, size_t *out_len, vc_view text, size_t *bad);

/* Whether vc__base64_decode() would take it. */
bool vc__base64_valid(vc_view text);

/*
 * The same as Go's encoding/base64 does it (StdEncoding, not strict), for the server side: CR and LF are
 * passed over anywhere, unused bits are not looked at, and `*bad` is what Go says in "illegal base64 data at
 * input byte N". At a text that ends too early that is its length less the characters of the last, unfinished
 * group.
 */
vc_code vc__base64_decode_go(char *out, size_t *out_len, vc_view text, size_t *bad);

#endif
