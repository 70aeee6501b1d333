/* SPDX-License-Identifier: Apache-2.0 */
/*
 * string.h - JSON strings to content and back.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__JSON_STRING_H
#define VC__JSON_STRING_H

#include "base/buf.h"

/*
 * Appends the decoded UTF-8 content of a string (with its quotes, already checked by a scan). VC_E_TYPE for a
 * lone surrogate, which has no UTF-8; the buffer's own errors are sticky in it, not returned.
 */
vc_code vc__string_decode(vc__buf *out, vc_view quoted, vc_error *err);

/*
 * Appends what lies between the quotes of a checked string, unescaped, whatever it is: a lone surrogate
 * becomes the three bytes that UTF-8 would have for it. For comparing names, not for output.
 */
void vc__string_unescape(vc__buf *out, vc_view body);

/* Appends `content` (valid UTF-8) as a JSON string with quotes and the shortest escapes of RFC 8259. */
void vc__string_encode(vc__buf *out, vc_view content);

/*
 * Decodes in place a string of a reply: `quoted` lies in writable memory; the content is written over it from
 * its first content byte on. Sets `*content`. VC_E_TYPE for a lone surrogate.
 */
vc_code vc__string_decode_in_place(char *quoted, size_t len, vc_view *content);

#endif
