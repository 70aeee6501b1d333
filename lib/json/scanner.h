/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner.h - the inside of a scanner, for lib/json alone, and the small steps that the walk (scan.c) and the
 * mere check of what no path wants (skip.c) share. They return what is behind what they took, or NULL when
 * scanner->lex or scanner->failed says why.
 */
#ifndef VC__JSON_SCANNER_H
#define VC__JSON_SCANNER_H

#include "json/lex.h"
#include "json/select.h"
#include "json/unique.h"

#define VC__NO_HIT UINT32_MAX

/* An open array or object in which something may be selected. */
typedef struct vc__frame {
    uint64_t active; /* states here: bits; wide: unused */
    uint64_t base;   /* states at every child, whatever its name or index: bits; wide: whether any */
    uint64_t seen;   /* not wide: names of the paths that came already */
    uint32_t begin;
    uint32_t mark;   /* its first name in `unique` */
    uint32_t index;  /* of the next element */
    uint32_t length; /* elements, when that matters */
    uint32_t hit;    /* its own, or VC__NO_HIT */
    bool object;
    bool first;   /* nothing came yet */
    bool named;   /* a name may matter */
    bool indexed; /* an index may matter */
    bool unique;  /* each member is on the way to something: no name may come twice */
    bool listed;  /* selected, or below what is */
    bool target;  /* the same for targets alone */
} vc__frame;

/* An array whose elements were counted ahead of the walk. */
typedef struct vc__counted {
    uint32_t begin, length;
} vc__counted;

struct vc__scanner {
    const vc__selector *selector;
    const char *begin, *end; /* the text */
    size_t depth, max_depth;
    vc__frame *frames;
    size_t frame_cap;
    uint8_t *kinds;     /* by depth, for skipping: 1 is an object */
    uint32_t *counting; /* by depth, for counting: index in `counts` */
    vc__hit *hits;
    size_t hit_count, hit_cap;
    uint64_t *sets; /* wide: by depth two sets, states active there and at every child */
    size_t set_cap; /* in words */
    vc__counted *counts;
    size_t count_count, count_cap, count_at;
    uint32_t counted_to;
    vc__unique unique;
    vc__lex lex;    /* what is not JSON */
    vc_code failed; /* VC_E_LIMIT (depth), VC_E_MEMORY */
    vc_code flaw;   /* the first flaw of a record that is JSON */
    uint32_t flaw_at;
    const char *flaw_text;
};

VC__INLINE char vc__peek(const vc__scanner *s, const char *p)
{
    return vc__likely(p < s->end) ? *p : 0;
}

VC__INLINE const char *vc__space(const vc__scanner *s, const char *p)
{
    return vc__lex_space(p, s->end);
}

VC__INLINE uint32_t vc__offset(const vc__scanner *s, const char *p)
{
    return (uint32_t)(p - s->begin);
}

static inline const char *vc__stop(vc__scanner *s, vc_code code, const char *p)
{
    s->failed = code;
    s->lex.at = p;
    return NULL;
}

static inline const char *vc__expected(vc__scanner *s, const char *p, const char *what)
{
    return vc__lex_fail(&s->lex, p, what);
}

VC__INLINE bool vc__opens(char c)
{
    return (c | 0x20) == '{'; /* or [ */
}

/* `c` and no white space behind it: the usual case, seen in one look. */
VC__INLINE bool vc__tight(const vc__scanner *s, const char *p, char c)
{
    return s->end - p >= 2 && p[0] == c && (unsigned char)p[1] > ' ';
}

/* true, false or null */
VC__INLINE const char *vc__literal(vc__scanner *s, const char *p, uint8_t *type)
{
    const char c = vc__peek(s, p);
    *type = c == 't' ? VC__JSON_TRUE : c == 'f' ? VC__JSON_FALSE : VC__JSON_NULL;
    if (c == 't')
        return vc__lex_word(p, s->end, "true", 4, &s->lex);
    if (c == 'f')
        return vc__lex_word(p, s->end, "false", 5, &s->lex);
    return vc__lex_word(p, s->end, "null", 4, &s->lex);
}

VC__INLINE const char *vc__scalar(vc__scanner *s, const char *p, uint8_t *type, bool *escaped)
{
    const char c = vc__peek(s, p);
    if (c == '"') {
        *type = VC__JSON_STRING;
        p = vc__lex_string(s->begin, p + 1, s->end, escaped, &s->lex);
        return vc__likely(p) ? p + 1 : NULL;
    }
    if ((unsigned char)(c - '0') < 10 || c == '-') {
        *type = VC__JSON_NUMBER;
        return vc__lex_number(p, s->end, &s->lex);
    }
    return vc__literal(s, p, type);
}

/*
 * A member's name and colon, from where the opening quote should be, up to the value. `body` is what lies
 * between the quotes.
 */
VC__INLINE const char *vc__member_name(vc__scanner *s, const char *p, vc_view *body, bool *escaped)
{
    if (vc__unlikely(vc__peek(s, p) != '"'))
        return vc__expected(s, p, "a member's name");
    const char *close = vc__lex_string(s->begin, p + 1, s->end, escaped, &s->lex);
    if (vc__unlikely(!close))
        return NULL;
    *body = vc_view_of(p + 1, (size_t)(close - p) - 1);
    p = close + 1;
    if (vc__likely(vc__tight(s, p, ':')))
        return p + 1;
    p = vc__space(s, p);
    if (vc__unlikely(vc__peek(s, p) != ':'))
        return vc__expected(s, p, "a colon behind a member's name");
    return vc__space(s, p + 1);
}

/* Checks the value at `p`, inside of s->depth others. */
const char *vc__skip(vc__scanner *s, const char *p);

/*
 * The length of the array at `p`. The first call counts all arrays within this one too, so that however many
 * of them need their length, nothing is run through ahead more than once. False: not JSON, too deep, or no
 * memory.
 */
bool vc__array_length(vc__scanner *s, const char *p, uint32_t *length);

#endif
