/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk: a value at a time, with an explicit stack. Where the automaton has no states left, or none that
 * may select anything below, the value is only checked. What makes a record unusable although it is JSON -
 * duplicates, overlap, unlisted fields - is noted, the first place of it, and told at the end: what is not
 * JSON is always called so.
 */
#include "json/scan.h"

#include "base/alloc.h"
#include "base/error.h"
#include "json/scanner.h"
#include "json/states.h"

static void flaw(vc__scanner *s, vc_code code, size_t at, const char *text)
{
    if (s->flaw && s->flaw_at <= at)
        return;
    s->flaw = code;
    s->flaw_at = (uint32_t)at;
    s->flaw_text = text;
}

static void flaw_duplicate(vc__scanner *s, size_t at)
{
    flaw(s, VC_E_AMBIGUOUS, at, "a member that a path selects, or passes through, comes twice in its object");
}

static void flaw_unlisted(vc__scanner *s, const char *p)
{
    flaw(s, VC_E_UNLISTED, vc__offset(s, p), "a field that no path of the rule names");
}

static bool grow_hits(vc__scanner *s)
{
    const size_t cap = s->hit_cap ? 2 * s->hit_cap : 16;
    vc__hit *hits = vc__realloc(s->hits, cap, sizeof *hits);
    if (!hits)
        return false;
    s->hits = hits;
    s->hit_cap = cap;
    return true;
}

static bool grow_frames(vc__scanner *s)
{
    size_t cap = s->frame_cap ? 2 * s->frame_cap : 16;
    cap = cap < s->max_depth ? cap : s->max_depth;
    vc__frame *frames = vc__realloc(s->frames, cap, sizeof *frames);
    if (!frames)
        return false;
    s->frames = frames;
    s->frame_cap = cap;
    return true;
}

/*
 * Opens the array or object at `p`, whose states are those at s->depth; returns what is behind its bracket.
 */
VC__INLINE const char *open(vc__scanner *s, const char *p, uint64_t states, uint32_t hit, bool listed,
                            bool target, bool wide)
{
    if (vc__unlikely(s->depth == s->max_depth))
        return vc__stop(s, VC_E_LIMIT, p);
    if (vc__unlikely((s->depth == s->frame_cap && !grow_frames(s)) || (wide && !wide_room(s, s->depth))))
        return vc__stop(s, VC_E_MEMORY, p);
    vc__frame *f = &s->frames[s->depth];
    bool sized = false;
    *f = (vc__frame){
        .begin = vc__offset(s, p),
        .mark = (uint32_t)s->unique.count,
        .hit = hit,
        .object = *p == '{',
        .first = true,
        .listed = listed,
        .target = target,
    };
    if (wide)
        wide_open(s, f, &sized);
    else
        narrow_open(s, f, states, &sized);
    f->unique = f->object && f->base;
    if (sized && !f->object && !vc__array_length(s, p, &f->length))
        return NULL;
    s->depth++;
    return p + 1;
}

static const char *close(vc__scanner *s, const char *p)
{
    const vc__frame *f = &s->frames[--s->depth];
    p++;
    if (f->hit != VC__NO_HIT)
        s->hits[f->hit].end = vc__offset(s, p);
    size_t twice;
    if (vc__unlikely(s->unique.count > f->mark) && vc__unique_close(&s->unique, s->begin, f->mark, &twice))
        flaw_duplicate(s, twice);
    if (vc__unlikely(f->first && !f->listed && s->selector->unlisted_fail))
        flaw_unlisted(s, s->begin + f->begin);
    return p;
}

/* Notes the value at `p` as a hit; its end and type come later. False: no memory. */
VC__INLINE bool hit(vc__scanner *s, const char *p, const char *member, selected by, bool above)
{
    if (vc__unlikely((by.targets > 1 || above) && !s->selector->overlap))
        flaw(s, VC_E_AMBIGUOUS, vc__offset(s, p),
             "two selected values are the same or lie within each other");
    if (vc__unlikely(s->hit_count == s->hit_cap && !grow_hits(s)))
        return false;
    s->hits[s->hit_count++] = (vc__hit){ .begin = vc__offset(s, p),
                                         .member = vc__offset(s, member),
                                         .path = by.path };
    return true;
}

/*
 * A value at which some path is in force. `member` is its name's opening quote, or `p`; `listed` and `target`
 * are those of the array or object around it.
 */
VC__INLINE const char *live(vc__scanner *s, const char *p, const char *member, uint64_t states, bool listed,
                            bool target, bool wide)
{
    const selected by = selected_by(s, states, wide);
    const uint32_t number = by.targets ? (uint32_t)s->hit_count : VC__NO_HIT;
    if (by.targets && !hit(s, p, member, by, target))
        return vc__stop(s, VC_E_MEMORY, p);
    listed = listed || by.targets || by.clear;
    const char c = vc__peek(s, p);
    const bool opens = vc__opens(c);
    const bool enter = opens && leads_into(s, states, c == '{', wide);
    if (vc__unlikely(s->selector->unlisted_fail && !listed) && !enter)
        flaw_unlisted(s, p);
    uint8_t type = c == '{' ? VC__JSON_OBJECT : VC__JSON_ARRAY;
    bool escaped = false;
    if (!opens)
        p = vc__scalar(s, p, &type, &escaped);
    else if (enter)
        p = open(s, p, states, number, listed, target || by.targets, wide);
    else
        p = vc__skip(s, p);
    if (by.targets && p) {
        s->hits[number].end = vc__offset(s, p); /* close() puts it right for what was opened */
        s->hits[number].type = type;
        s->hits[number].escaped = escaped;
    }
    return p;
}

VC__INLINE const char *live_narrow(vc__scanner *s, const char *p, const char *member, uint64_t states,
                                   bool listed, bool target)
{
    return live(s, p, member, states, listed, target, false);
}

static const char *live_wide(vc__scanner *s, const char *p, const char *member, uint64_t states, bool listed,
                             bool target)
{
    return live(s, p, member, states, listed, target, true);
}

/* A value of which no path wants anything. */
VC__INLINE const char *dull(vc__scanner *s, const char *p, bool listed)
{
    uint8_t type;
    bool escaped = false;
    if (vc__unlikely(s->selector->unlisted_fail && !listed))
        flaw_unlisted(s, p);
    return vc__opens(vc__peek(s, p)) ? vc__skip(s, p) : vc__scalar(s, p, &type, &escaped);
}

VC__INLINE const char *child(vc__scanner *s, const char *p, const char *member, uint64_t states,
                             const vc__frame *f, bool wide)
{
    if (!states)
        return dull(s, p, f->listed);
    return wide ? live_wide(s, p, member, states, f->listed, f->target)
                : live_narrow(s, p, member, states, f->listed, f->target);
}

/* A name with escapes among those of the paths. False: no memory. */
static bool find_escaped(vc__scanner *s, vc_view body, const vc__known_name **known)
{
    const size_t before = s->unique.decoded.len;
    vc_view content;
    if (!vc__unique_content(&s->unique, body, true, &content))
        return false;
    *known = vc__select_name(s->selector, content.data, content.len);
    s->unique.decoded.len = before;
    return true;
}

/* Finds the states at a member, and notes its name where it may come only once. False: no memory. */
VC__INLINE bool member_found(vc__scanner *s, vc__frame *f, vc_view body, bool escaped, bool wide,
                             uint64_t *states)
{
    const vc__known_name *known = NULL;
    if (f->named) {
        if (vc__likely(!escaped))
            known = vc__select_name(s->selector, body.data, body.len);
        else if (!find_escaped(s, body, &known))
            return false;
    }
    bool matched;
    *states = member_states(s, f, known, wide, &matched);
    const uint32_t at = vc__offset(s, body.data - 1);
    if (f->unique || (wide && matched))
        return vc__unique_add(&s->unique, s->begin, at, body, escaped);
    if (matched) {
        const uint64_t bit = UINT64_C(1) << (known - s->selector->names);
        if (vc__unlikely(f->seen & bit))
            flaw_duplicate(s, at);
        f->seen |= bit;
    }
    return true;
}

/* Behind a member or element: at the next one, or NULL with `*closed` the bracket that ends them all. */
VC__INLINE const char *next(vc__scanner *s, const char *p, char bracket, const char **closed)
{
    if (vc__likely(vc__tight(s, p, ',')))
        return p + 1;
    p = vc__space(s, p);
    const char c = vc__peek(s, p);
    if (c == ',')
        return vc__space(s, p + 1);
    if (c != bracket)
        return vc__expected(s, p, bracket == '}' ? "a comma or }" : "a comma or ]");
    *closed = p;
    return NULL;
}

/* The first member or element, likewise. */
VC__INLINE const char *first(vc__scanner *s, const char *p, char bracket, const char **closed)
{
    p = vc__space(s, p);
    if (vc__peek(s, p) != bracket)
        return p;
    *closed = p;
    return NULL;
}

/* Members of the innermost object, until it ends or something opens within it. */
VC__INLINE const char *members(vc__scanner *s, const char *p, bool wide)
{
    const size_t depth = s->depth;
    vc__frame *f = &s->frames[depth - 1];
    const char *closed = NULL;
    p = f->first ? first(s, p, '}', &closed) : next(s, p, '}', &closed);
    while (p) {
        f->first = false;
        vc_view body;
        bool escaped = false;
        uint64_t states;
        const char *const member = p;
        p = vc__member_name(s, p, &body, &escaped);
        if (vc__unlikely(!p))
            return NULL;
        if (vc__unlikely(!member_found(s, f, body, escaped, wide, &states)))
            return vc__stop(s, VC_E_MEMORY, member);
        p = child(s, p, member, states, f, wide);
        if (vc__unlikely(!p) || s->depth != depth)
            return p;
        p = next(s, p, '}', &closed);
    }
    return closed ? close(s, closed) : NULL;
}

VC__INLINE const char *elements(vc__scanner *s, const char *p, bool wide)
{
    const size_t depth = s->depth;
    vc__frame *f = &s->frames[depth - 1];
    const char *closed = NULL;
    p = f->first ? first(s, p, ']', &closed) : next(s, p, ']', &closed);
    while (p) {
        f->first = false;
        const uint64_t states = element_states(s, f, wide);
        f->index++;
        p = child(s, p, p, states, f, wide);
        if (vc__unlikely(!p) || s->depth != depth)
            return p;
        p = next(s, p, ']', &closed);
    }
    return closed ? close(s, closed) : NULL;
}

VC__INLINE const char *walk(vc__scanner *s, const char *p, bool wide)
{
    static const vc__frame outside = { .hit = VC__NO_HIT };
    uint64_t states;
    if (!start_states(s, wide, &states))
        return vc__stop(s, VC_E_MEMORY, p);
    p = child(s, p, p, states, &outside, wide);
    while (p && s->depth > 0)
        p = s->frames[s->depth - 1].object ? members(s, p, wide) : elements(s, p, wide);
    return p;
}

static const char *walk_narrow(vc__scanner *s, const char *p)
{
    return walk(s, p, false);
}

static const char *walk_wide(vc__scanner *s, const char *p)
{
    return walk(s, p, true);
}

static vc_code refuse(const vc__scanner *s, vc_error *err)
{
    vc__lex lex = s->lex;
    vc_code code = VC_E_JSON;
    if (s->failed == VC_E_MEMORY)
        return vc__error_memory(err);
    if (s->failed != VC_E_LIMIT)
        vc__lex_blame_comma(s->begin, s->end, &lex);
    const char *at = lex.at;
    if (s->failed == VC_E_LIMIT)
        code = vc__error(err, VC_E_LIMIT,
                         "arrays and objects within each other are deeper than %zu levels at byte %u",
                         s->max_depth, vc__offset(s, at));
    else
        vc__error(err, code, "not JSON at byte %u: expected %s", vc__offset(s, at), lex.expected);
    size_t line, column;
    vc__lex_place(s->begin, at, &line, &column);
    vc__error_offset(err, vc__offset(s, at), line, column);
    return code;
}

static vc_code refuse_flaw(const vc__scanner *s, vc_error *err)
{
    vc__error(err, s->flaw, "%s (byte %u)", s->flaw_text, s->flaw_at);
    size_t line, column;
    vc__lex_place(s->begin, s->begin + s->flaw_at, &line, &column);
    vc__error_offset(err, s->flaw_at, line, column);
    return s->flaw;
}

vc_code vc__scan(vc__scanner *s, const vc__selector *selector, vc_view json, const vc__hit **hits,
                 size_t *count, vc_error *err)
{
    if (hits)
        *hits = NULL;
    if (count)
        *count = 0;
    if (json.len >= UINT32_MAX)
        return vc__error(err, VC_E_LIMIT, "a record of 4 GiB or more");
    s->selector = selector;
    s->begin = json.len ? json.data : "";
    s->end = s->begin + json.len;
    s->depth = s->hit_count = s->counted_to = 0;
    s->failed = s->flaw = VC_OK;
    vc__unique_clear(&s->unique);
    const char *p = vc__space(s, s->begin);
    if (!selector)
        p = vc__skip(s, p);
    else
        p = selector->wide ? walk_wide(s, p) : walk_narrow(s, p);
    if (p && (p = vc__space(s, p)) < s->end)
        p = vc__expected(s, p, "nothing behind the value");
    if (!p)
        return refuse(s, err);
    if (s->flaw)
        return refuse_flaw(s, err);
    if (hits)
        *hits = s->hits;
    if (count)
        *count = s->hit_count;
    return VC_OK;
}

vc__scanner *vc__scanner_new(size_t max_depth, vc_error *err)
{
    vc__autoptr(vc__scanner) s = vc__calloc(1, sizeof *s);
    if (s) {
        s->max_depth = max_depth;
        s->unique = (vc__unique)VC__UNIQUE;
        s->kinds = vc__calloc(max_depth, sizeof *s->kinds);
        s->counting = vc__calloc(max_depth, sizeof *s->counting);
    }
    if (!s || !s->kinds || !s->counting) {
        vc__error_memory(err);
        return NULL;
    }
    return vc__steal(&s);
}

void vc__scanner_free(vc__scanner *s)
{
    if (!s)
        return;
    vc__free(s->frames);
    vc__free(s->kinds);
    vc__free(s->counting);
    vc__free(s->hits);
    vc__free(s->sets);
    vc__free(s->counts);
    vc__unique_free(&s->unique);
    vc__free(s);
}
