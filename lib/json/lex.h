/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex.h - the lexical part of RFC 8259, shared by the scanner and the reader: white space, strings, numbers,
 * literals. Inline, for these are the inner loops. Nothing here reads behind `end`, nothing allocates.
 *
 * A function that finds an error fills a vc__lex and returns NULL; `expected` is one of our own sentences.
 *
 * With SSE2 (every x86-64) 16 bytes at a time are looked at, else 8 in a word; VC__JSON_PORTABLE forces the
 * latter, for tests.
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

#define VC__INLINE static inline __attribute__((always_inline))
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

/*
 * A byte of a string that is not simply content: quote, backslash, control character, and with `high` a byte
 * of 0x80 on.
 */
static inline bool vc__lex_is_special(unsigned char c, bool high)
{
    return c == '"' || c == '\\' || c < 0x20 || (high && c >= 0x80);
}

#if VC__JSON_SSE2
enum { VC__LEX_STRIDE = 16 };
typedef unsigned vc__lex_marks; /* a bit for each byte that is special */

static inline vc__lex_marks vc__lex_specials(const char *p, bool high)
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

static inline size_t vc__lex_first(vc__lex_marks marks)
{
    return (size_t)__builtin_ctz(marks);
}

/* Without the first `n` bytes, `n` below VC__LEX_STRIDE. */
static inline vc__lex_marks vc__lex_from(vc__lex_marks marks, size_t n)
{
    return marks >> n;
}
#else
enum { VC__LEX_STRIDE = 8 };
typedef uint64_t vc__lex_marks; /* the top bits of the bytes that are special */
#define VC__LEX_ONES UINT64_C(0x0101010101010101)
#define VC__LEX_TOPS UINT64_C(0x8080808080808080)

/*
 * The top bits of the bytes of `word` that are 0; exact, unlike the shorter formula whose borrow runs on into
 * higher bytes.
 */
static inline uint64_t vc__lex_zeros(uint64_t word)
{
    return ~(((word & ~VC__LEX_TOPS) + ~VC__LEX_TOPS) | word) & VC__LEX_TOPS;
}

/* Little-endian: the first byte is the lowest. */
static inline vc__lex_marks vc__lex_specials(const char *p, bool high)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    const uint64_t control = vc__lex_zeros(word & VC__LEX_ONES * 0xe0);
    const uint64_t quote = vc__lex_zeros(word ^ VC__LEX_ONES * '"');
    const uint64_t backslash = vc__lex_zeros(word ^ VC__LEX_ONES * '\\');
    return control | quote | backslash | (high ? word & VC__LEX_TOPS : 0);
}

static inline size_t vc__lex_first(vc__lex_marks marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}

static inline vc__lex_marks vc__lex_from(vc__lex_marks marks, size_t n)
{
    return marks >> 8 * n;
}
#endif

/*
 * The first special byte of [p, end), or `end`. `begin` <= p: from there on bytes may be read, so that the
 * last few can be looked at together with some before them.
 */
static inline const char *vc__lex_plain(const char *begin, const char *p, const char *end, bool high)
{
    while (end - p >= VC__LEX_STRIDE) {
        const vc__lex_marks marks = vc__lex_specials(p, high);
        if (marks)
            return p + vc__lex_first(marks);
        p += VC__LEX_STRIDE;
    }
    if (end - begin >= VC__LEX_STRIDE) {
        const size_t again = VC__LEX_STRIDE - (size_t)(end - p); /* bytes before p that are loaded too */
        const vc__lex_marks marks = again < VC__LEX_STRIDE
                                        ? vc__lex_from(vc__lex_specials(end - VC__LEX_STRIDE, high), again)
                                        : 0;
        return marks ? p + vc__lex_first(marks) : end;
    }
    while (p < end && !vc__lex_is_special((unsigned char)*p, high))
        p++;
    return p;
}

static inline bool vc__lex_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Behind the white space at `p`. */
static inline const char *vc__lex_space(const char *p, const char *end)
{
    if (vc__likely(p < end && (unsigned char)*p > ' '))
        return p;
    while (p < end && vc__lex_is_space(*p))
        p++;
    return p;
}

/*
 * Goes on from a special byte other than the closing quote: escapes and UTF-8 are checked to the closing
 * quote.
 */
const char *vc__lex_string_rest(const char *begin, const char *p, const char *end, bool *escaped,
                                vc__lex *lex);

/*
 * A string's body, from behind its opening quote: returns its closing quote. `*escaped` is set when there is
 * a backslash, else left alone. Lone surrogates in \u escapes are well-formed here. `begin` as in
 * vc__lex_plain().
 */
static inline const char *vc__lex_string(const char *begin, const char *p, const char *end, bool *escaped,
                                         vc__lex *lex)
{
    p = vc__lex_plain(begin, p, end, true);
    if (vc__likely(p < end && *p == '"'))
        return p;
    return vc__lex_string_rest(begin, p, end, escaped, lex);
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
static inline const char *vc__lex_word(const char *p, const char *end, const char *word, size_t len,
                                       vc__lex *lex)
{
    if ((size_t)(end - p) >= len && memcmp(p, word, len) == 0)
        return p + len;
    return vc__lex_fail(lex, p, "a value");
}

/*
 * What was wanted where a closing bracket stands behind a comma: then the comma is what is wrong, and is where it
 * is. Nothing else is changed. For what has failed alone; `begin` <= lex->at <= `end`.
 */
void vc__lex_blame_comma(const char *begin, const char *end, vc__lex *lex);

/* Line and column (in bytes), both from 1, of `at` in the text. */
void vc__lex_place(const char *begin, const char *at, size_t *line, size_t *column);

#endif
