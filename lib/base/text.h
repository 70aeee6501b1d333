/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - small things about text: hex, UTF-8, numbers, nearest name.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__BASE_TEXT_H
#define VC__BASE_TEXT_H

#include "base/buf.h"

static inline bool vc__view_equal(vc_view a, vc_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool vc__view_is(vc_view a, const char *text)
{
    return vc__view_equal(a, vc_str(text));
}

/* Order of bytes; a prefix comes first. */
static inline int vc__view_compare(vc_view a, vc_view b)
{
    const size_t len = a.len < b.len ? a.len : b.len;
    const int order = len ? memcmp(a.data, b.data, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool vc__view_starts(vc_view text, const char *prefix);

/* Lower-case hexadecimal onto the end. */
void vc__hex_encode(vc__buf *out, vc_view bytes);

/* `out` has room for text.len / 2 bytes. False for an odd length or another character. */
bool vc__hex_decode(unsigned char *out, vc_view text);

/*
 * Bytes from the start that are valid UTF-8 (no surrogates, no over-long forms, <= U+10FFFF); text.len when
 * all are.
 */
size_t vc__utf8_valid(vc_view text);

/* Length of the well-formed UTF-8 sequence at `at`; 0 when there is none within `room` (at least 1) bytes. */
size_t vc__utf8_sequence(const char *at, size_t room);

/* The code point at text.data[*at] (valid UTF-8), moving *at behind it. */
uint32_t vc__utf8_next(vc_view text, size_t *at);

/* Appends the code point. */
void vc__utf8_append(vc__buf *out, uint32_t code_point);

/* A decimal number without sign or leading zeros ("0" is fine) up to `max`. */
bool vc__parse_uint(vc_view text, uint64_t max, uint64_t *value);

/*
 * The name in the NULL-terminated list that is nearest to `word`, when near enough for "did you mean"; else
 * NULL.
 */
const char *vc__nearest(vc_view word, const char *const *names);

#endif
