/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex.h - the lexical part of RFC 8259, shared by the scanner and the reader: white space, strings, numbers, literals. Inline,
 * for these are the inner loops. Nothing here reads behind `end`, nothing allocates.
 *
 * A function that finds an error fills a vc__lex and returns NULL; `expected` is one of our own sentences.
 *
 * With SSE2 (every x86-64) 16 bytes at a time are looked at, else 8 in a word; VC__JSON_PORTABLE forces the latter, for tests.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__JSON_LEX_H
#define VC__JSON_LEX_H

#include "base/text.h"

#if defined(__SSE2__) && !defined(VC__JSON_PORTABLE)
#include <emmintrin.h>
#define VC__JSON_SSE2 1
#else
#define VC__JSON_SSE2 0
#endif

#define vc__likely(condition) __builtin_expect(!!(condition), 1)
#define vc__unlikely(condition) __builtin_expect(!!(condition), 0)

/* What went wrong, and at which byte. */
typedef struct vc__lex {
    const char *at;
    const char *expected;
} vc__lex;

static inline const char *vc__lex_fail(vc__lex *lex, const char *at, const char *expected)
{
    lex->at = at;
    lex->expected = expected;
    return NULL;
}

/* A byte of a string that is not simply content: quote, backslash, control character, and with `high` a byte of 0x80 on. */
static inline bool vc__lex_is_special(unsigned char c, bool high)
{
    return c == '"' || c == '\\' || c < 0x20 || (high && c >= 0x80);
}

#if VC__JSON_SSE2
/* A bit for each of the 16 bytes at `p` that is special. */
static inline unsigned vc__lex_specials(const char *p, bool high)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i special = _mm_or_si128(_mm_or_si128(quote, backslash), control);
    if (high)
        special = _mm_or_si128(special, bytes); /* the mask takes the top bit of each */
    return (unsigned)_mm_movemask_epi8(special);
}
#else
#define VC__LEX_ONES UINT64_C(0x0101010101010101)
#define VC__LEX_TOPS UINT64_C(0x8080808080808080)

/*
 * Top bits of the special bytes of a word; bytes above the lowest special one may be marked wrongly (a borrow runs upwards),
 * the lowest mark is always right. Little-endian.
 */
static inline uint64_t vc__lex_specials(uint64_t word, bool high)
{
    const uint64_t quote = word ^ VC__LEX_ONES * '"';
    const uint64_t backslash = word ^ VC__LEX_ONES * '\\';
    const uint64_t marks = ((quote - VC__LEX_ONES) & ~quote) | ((backslash - VC__LEX_ONES) & ~backslash) |
                           ((word - VC__LEX_ONES * 0x20) & ~word);
    return (marks | (high ? word : 0)) & VC__LEX_TOPS;
}
#endif

/* The first special byte of [p, end), or `end`. */
static inline const char *vc__lex_plain(const char *p, const char *end, bool high)
{
#if VC__JSON_SSE2
    while (end - p >= 16) {
        const unsigned marks = vc__lex_specials(p, high);
        if (marks)
            return p + __builtin_ctz(marks);
        p += 16;
    }
#else
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        const uint64_t marks = vc__lex_specials(word, high);
        if (marks)
            return p + __builtin_ctzll(marks) / 8;
        p += 8;
    }
#endif
    while (p < end && !vc__lex_is_special((unsigned char)*p, high))
        p++;
    return p;
}

/* Behind the white space at `p`. */
static inline const char *vc__lex_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* Goes on from a special byte other than the closing quote: escapes and UTF-8 are checked to the closing quote. */
const char *vc__lex_string_rest(const char *p, const char *end, bool *escaped, vc__lex *lex);

/*
 * A string's body, from behind its opening quote: returns its closing quote. `*escaped` is set when there is a backslash, else
 * left alone. Lone surrogates in \u escapes are well-formed here.
 */
static inline const char *vc__lex_string(const char *p, const char *end, bool *escaped, vc__lex *lex)
{
    p = vc__lex_plain(p, end, true);
    if (vc__likely(p < end && *p == '"'))
        return p;
    return vc__lex_string_rest(p, end, escaped, lex);
}

static inline bool vc__lex_is_digit(const char *p, const char *end)
{
    return p < end && (unsigned char)(*p - '0') < 10;
}

/* A number that begins at `p` with a digit or a minus sign: returns what is behind it. */
static inline const char *vc__lex_number(const char *p, const char *end, vc__lex *lex)
{
    if (*p == '-')
        p++;
    if (!vc__lex_is_digit(p, end))
        return vc__lex_fail(lex, p, "a digit");
    if (*p++ == '0') {
        if (vc__lex_is_digit(p, end))
            return vc__lex_fail(lex, p, "no digit behind a leading zero");
    } else {
        while (vc__lex_is_digit(p, end))
            p++;
    }
    if (p < end && *p == '.') {
        if (!vc__lex_is_digit(++p, end))
            return vc__lex_fail(lex, p, "a digit behind the decimal point");
        while (vc__lex_is_digit(p, end))
            p++;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        if (!vc__lex_is_digit(p, end))
            return vc__lex_fail(lex, p, "a digit in the exponent");
        while (vc__lex_is_digit(p, end))
            p++;
    }
    return p;
}

/* `word` (true, false, null) at `p`: returns what is behind it. */
static inline const char *vc__lex_word(const char *p, const char *end, const char *word, size_t len, vc__lex *lex)
{
    if ((size_t)(end - p) >= len && memcmp(p, word, len) == 0)
        return p + len;
    return vc__lex_fail(lex, p, "a value");
}

/* Line and column (in bytes), both from 1, of `at` in the text. */
void vc__lex_place(const char *begin, const char *at, size_t *line, size_t *column);

#endif
