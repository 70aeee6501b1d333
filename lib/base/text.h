/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - small things about text: lists, hex, UTF-8, numbers, nearest name.
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

/* The next item of a list with commas, without the blanks around it; `rest` is what is behind it. False: there is none. */
bool vc__list_next(vc_view *rest, vc_view *item);

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

/* FNV-1a, going on from `hash`. For what nobody chooses against us. */
#define VC__FNV_START UINT64_C(0xcbf29ce484222325)
uint64_t vc__fnv1a(uint64_t hash, vc_view bytes);

/* A decimal number without sign or leading zeros ("0" is fine) up to `max`. */
bool vc__parse_uint(vc_view text, uint64_t max, uint64_t *value);

/*
 * A time as RFC 3339 has it ("2026-11-22T06:22:05.716Z", "...+01:00") from 1970 to 9999, in whole seconds since
 * 1970 (UTC); fractions are cut off, and a leap second is the second behind it.
 */
bool vc__parse_rfc3339(vc_view text, uint64_t *seconds);

/*
 * The name in the NULL-terminated list that is nearest to `word`, when near enough for "did you mean"; else
 * NULL.
 */
const char *vc__nearest(vc_view word, const char *const *names);

#endif
