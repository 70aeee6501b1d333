/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk: a value at a time, with an explicit stack. Where the automaton (select.h) has no states left, or none that may select
 * anything below, the value is only checked (skip()). What makes a record unusable although it is JSON - duplicates, overlap,
 * unlisted fields - is noted and told at the end, so that what is not JSON is always called so.
 *
 * The set of states at a child is handed around as one word: the bits themselves, or, when the selector is wide, just whether
 * there are any; those are in scanner->sets then, at the child's depth.
 */
#include "json/scan.h"

#include "base/alloc.h"
#include "base/error.h"
#include "json/lex.h"
#include "json/select.h"
#include "json/unique.h"

#define INLINE static inline __attribute__((always_inline))

enum { NO_HIT = UINT32_MAX };

/* An open array or object in which something may be selected. */
typedef struct frame {
    uint64_t active; /* states here: bits; wide: unused */
    uint64_t base;   /* states at every child, whatever its name or index: bits, or whether any */
    uint64_t seen;   /* not wide: names of the paths that came already */
    size_t mark;     /* its names in `unique` */
    uint32_t begin;
    uint32_t index;  /* of the next element */
    uint32_t length; /* elements, when needed */
    uint32_t hit;    /* its own, or NO_HIT */
    bool object;
    bool first;   /* nothing came yet */
    bool named;   /* a name may matter */
    bool indexed; /* an index may matter */
    bool unique;  /* each member is on the way to something: no name may come twice */
    bool listed;  /* selected, or below what is */
    bool target;  /* the same for targets alone */
} frame;

/* An array whose elements were counted ahead of the walk. */
typedef struct counted {
    uint32_t begin, length;
} counted;

struct vc__scanner {
    const vc__selector *selector;
    const char *begin, *end;
    size_t depth, max_depth;
    frame *frames;
    size_t frame_cap;
    uint8_t *kinds;     /* by depth, for skip(): 1 is an object */
    uint32_t *counting; /* by depth, for skip(): index in `counts` */
    vc__hit *hits;
    size_t hit_count, hit_cap;
    uint64_t *sets; /* wide: by depth two sets, `active` and `base` */
    size_t set_cap; /* in words */
    counted *counts;
    size_t count_count, count_cap, count_at;
    uint32_t counted_to;
    vc__unique unique;
    vc__lex lex;         /* what is not JSON */
    vc_code failed;      /* VC_E_LIMIT (depth), VC_E_MEMORY */
    vc_code flaw;        /* the first flaw of a record that is JSON */
    uint32_t flaw_at;
    const char *flaw_text;
};

INLINE char peek(const vc__scanner *s, const char *p)
{
    return p < s->end ? *p : 0;
}

INLINE uint32_t offset(const vc__scanner *s, const char *p)
{
    return (uint32_t)(p - s->begin);
}

static const char *stop(vc__scanner *s, vc_code code, const char *p)
{
    s->failed = code;
    s->lex.at = p;
    return NULL;
}

static const char *expected(vc__scanner *s, const char *p, const char *what)
{
    return vc__lex_fail(&s->lex, p, what);
}

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
    flaw(s, VC_E_UNLISTED, offset(s, p), "a field that no path of the rule names");
}

/* ---- what is only checked ---- */

INLINE const char *scalar(vc__scanner *s, const char *p, vc__hit *value)
{
    switch (peek(s, p)) {
    case '"': {
        bool escaped = false;
        value->type = VC__JSON_STRING;
        p = vc__lex_string(p + 1, s->end, &escaped, &s->lex);
        value->escaped = escaped;
        return p ? p + 1 : NULL;
    }
    case 't':
        value->type = VC__JSON_TRUE;
        return vc__lex_word(p, s->end, "true", 4, &s->lex);
    case 'f':
        value->type = VC__JSON_FALSE;
        return vc__lex_word(p, s->end, "false", 5, &s->lex);
    case 'n':
        value->type = VC__JSON_NULL;
        return vc__lex_word(p, s->end, "null", 4, &s->lex);
    default:
        value->type = VC__JSON_NUMBER;
        if (peek(s, p) != '-' && !vc__lex_is_digit(p, s->end))
            return expected(s, p, "a value");
        return vc__lex_number(p, s->end, &s->lex);
    }
}

/* A member's name and colon, from where the opening quote should be; returns the start of the value. */
INLINE const char *name(vc__scanner *s, const char *p, vc_view *body, bool *escaped)
{
    if (vc__unlikely(peek(s, p) != '"'))
        return expected(s, p, "a member's name");
    const char *close = vc__lex_string(p + 1, s->end, escaped, &s->lex);
    if (vc__unlikely(!close))
        return NULL;
    *body = vc_view_of(p + 1, (size_t)(close - p) - 1);
    p = vc__lex_space(close + 1, s->end);
    if (vc__unlikely(peek(s, p) != ':'))
        return expected(s, p, "a colon behind a member's name");
    return vc__lex_space(p + 1, s->end);
}

static const char *name_alone(vc__scanner *s, const char *p)
{
    vc_view body;
    bool escaped = false;
    return name(s, p, &body, &escaped);
}

static bool count_array(vc__scanner *s, const char *p, size_t depth)
{
    if (s->count_count == s->count_cap) {
        const size_t cap = s->count_cap ? 2 * s->count_cap : 16;
        counted *counts = vc__realloc(s->counts, cap, sizeof *counts);
        if (!counts)
            return stop(s, VC_E_MEMORY, p) != NULL;
        s->counts = counts;
        s->count_cap = cap;
    }
    s->counting[depth] = (uint32_t)s->count_count;
    s->counts[s->count_count++] = (counted){ offset(s, p), 0 };
    return true;
}

/* Behind a value: closes what closes here, and goes on to the next value, if one is left at `depth` > `outside`. */
INLINE const char *skip_ends(vc__scanner *s, const char *p, size_t outside, size_t *depth, bool counting)
{
    while (*depth > outside) {
        const bool object = s->kinds[*depth - 1];
        p = vc__lex_space(p, s->end);
        const char c = peek(s, p);
        if (c == ',') {
            if (counting && !object)
                s->counts[s->counting[*depth - 1]].length++;
            p = vc__lex_space(p + 1, s->end);
            return object ? name_alone(s, p) : p;
        }
        if (c != (object ? '}' : ']'))
            return expected(s, p, object ? "a comma or }" : "a comma or ]");
        p++;
        --*depth;
    }
    return p;
}

/* Checks the array or object at `p`, inside of s->depth others; returns what is behind it. */
INLINE const char *skip_any(vc__scanner *s, const char *p, bool counting)
{
    const size_t outside = s->depth;
    size_t depth = outside;
    vc__hit value;
    do {
        const char c = peek(s, p);
        if (c == '{' || c == '[') {
            if (depth == s->max_depth)
                return stop(s, VC_E_LIMIT, p);
            const bool object = c == '{';
            if (counting && !object && !count_array(s, p, depth))
                return NULL;
            s->kinds[depth++] = object;
            p = vc__lex_space(p + 1, s->end);
            if (peek(s, p) != (object ? '}' : ']')) {
                if (counting && !object)
                    s->counts[s->count_count - 1].length = 1;
                p = object ? name_alone(s, p) : p;
                continue;
            }
            p++;
            depth--;
        } else {
            p = scalar(s, p, &value);
        }
        if (p)
            p = skip_ends(s, p, outside, &depth, counting);
    } while (p && depth > outside);
    return p;
}

static const char *skip(vc__scanner *s, const char *p)
{
    return skip_any(s, p, false);
}

/* The length of the array at `p`. A first call counts all arrays in it too, so that a record is run through once at most. */
static bool array_length(vc__scanner *s, const char *p, uint32_t *length)
{
    const uint32_t at = offset(s, p);
    if (at >= s->counted_to) {
        s->count_count = s->count_at = 0;
        const char *behind = skip_any(s, p, true);
        if (!behind)
            return false;
        s->counted_to = offset(s, behind);
    }
    while (s->counts[s->count_at].begin < at)
        s->count_at++;
    *length = s->counts[s->count_at].length;
    return true;
}

/* ---- sets of states ---- */

INLINE uint64_t *active_set(const vc__scanner *s, size_t depth)
{
    return s->sets + 2 * depth * s->selector->words;
}

INLINE uint64_t *base_set(const vc__scanner *s, size_t depth)
{
    return active_set(s, depth) + s->selector->words;
}

/* Room for the sets of a frame at `depth`, and of its children. */
static bool wide_room(vc__scanner *s, size_t depth)
{
    const size_t need = 2 * (depth + 2) * s->selector->words;
    if (need <= s->set_cap)
        return true;
    uint64_t *sets = vc__realloc(s->sets, 2 * need, sizeof *sets);
    if (!sets)
        return false;
    s->sets = sets;
    s->set_cap = 2 * need;
    return true;
}

/* Fills in what a new frame, at s->depth, needs to know of its set. */
static void wide_open(vc__scanner *s, frame *f, bool *sized)
{
    const uint64_t *active = active_set(s, s->depth);
    uint64_t *base = base_set(s, s->depth);
    uint64_t any = 0, named = 0, indexed = 0, carry = 0, need = 0;
    for (size_t i = 0; i < s->selector->words; i++) {
        const vc__masks *masks = &s->selector->masks[i];
        const uint64_t wild = active[i] & masks->wild;
        base[i] = (wild << 1) | carry | (active[i] & masks->descend);
        carry = wild >> 63;
        any |= base[i];
        named |= active[i] & masks->named;
        indexed |= active[i] & masks->indexed;
        need |= active[i] & masks->sized;
    }
    f->base = any != 0;
    f->named = named != 0;
    f->indexed = indexed != 0;
    *sized = need != 0;
}

static void narrow_open(const vc__selector *selector, frame *f, uint64_t states, bool *sized)
{
    const vc__masks *masks = selector->masks;
    f->active = states;
    f->base = ((states & masks->wild) << 1) | (states & masks->descend);
    f->named = (states & masks->named) != 0;
    f->indexed = (states & masks->indexed) != 0;
    *sized = (states & masks->sized) != 0;
}

INLINE void wide_base(vc__scanner *s)
{
    memcpy(active_set(s, s->depth), base_set(s, s->depth - 1), s->selector->words * sizeof(uint64_t));
}

/* State `state`, if it is in force here, has a step that takes the child: the next one is at the child. */
INLINE bool wide_take(vc__scanner *s, size_t state)
{
    if (!(active_set(s, s->depth - 1)[state / 64] >> state % 64 & 1))
        return false;
    active_set(s, s->depth)[(state + 1) / 64] |= UINT64_C(1) << (state + 1) % 64;
    return true;
}

/* The states at the member `known` (NULL: a name of no path). `*matched`: some path names it here. */
INLINE uint64_t member_states(vc__scanner *s, const frame *f, const vc__known_name *known, bool wide, bool *matched)
{
    *matched = false;
    if (!wide) {
        if (!known)
            return f->base;
        const uint64_t taken = f->active & known->mask;
        *matched = taken != 0;
        return f->base | taken << 1;
    }
    if (!known && !f->base)
        return 0;
    wide_base(s);
    for (size_t i = 0; known && i < known->count; i++)
        *matched |= wide_take(s, s->selector->name_states[known->first + i]);
    return f->base | *matched;
}

INLINE uint64_t element_states(vc__scanner *s, const frame *f, bool wide)
{
    uint64_t states = f->base;
    if (wide && (f->base || f->indexed))
        wide_base(s);
    if (!f->indexed)
        return states;
    for (size_t i = 0; i < s->selector->index_count; i++) {
        const vc__known_index *known = &s->selector->indexes[i];
        if (!vc__step_takes(&known->step, f->index, f->length))
            continue;
        if (wide)
            states |= wide_take(s, known->state);
        else
            states |= (f->active >> known->state & 1) << (known->state + 1);
    }
    return states;
}

/* How often, and by which path first, a node with these states is selected. */
typedef struct selected {
    unsigned targets;
    uint16_t path;
    bool clear;
} selected;

INLINE selected selected_by(const vc__scanner *s, uint64_t states, bool wide)
{
    selected found = { 0, 0, false };
    const uint64_t *set = wide ? active_set(s, s->depth) : &states;
    for (size_t i = 0; i < (wide ? s->selector->words : 1); i++) {
        const uint64_t targets = set[i] & s->selector->masks[i].target;
        found.clear |= (set[i] & s->selector->masks[i].clear) != 0;
        if (!targets)
            continue;
        if (!found.targets)
            found.path = s->selector->path_of[i * 64 + (size_t)__builtin_ctzll(targets)];
        found.targets += targets & (targets - 1) ? 2 : 1;
    }
    return found;
}

/* ---- the walk ---- */

static bool add_hit(vc__scanner *s, const vc__hit *hit)
{
    if (s->hit_count == s->hit_cap) {
        const size_t cap = s->hit_cap ? 2 * s->hit_cap : 16;
        vc__hit *hits = vc__realloc(s->hits, cap, sizeof *hits);
        if (!hits)
            return false;
        s->hits = hits;
        s->hit_cap = cap;
    }
    s->hits[s->hit_count++] = *hit;
    return true;
}

static bool grow_frames(vc__scanner *s)
{
    size_t cap = s->frame_cap ? 2 * s->frame_cap : 16;
    cap = cap < s->max_depth ? cap : s->max_depth;
    frame *frames = vc__realloc(s->frames, cap, sizeof *frames);
    if (!frames)
        return false;
    s->frames = frames;
    s->frame_cap = cap;
    return true;
}

/* Opens the array or object at `p`, whose states are those at depth s->depth; returns what is behind its bracket. */
static const char *open(vc__scanner *s, const char *p, uint64_t states, const frame *like, bool wide)
{
    if (s->depth == s->max_depth)
        return stop(s, VC_E_LIMIT, p);
    frame opened = *like; /* a copy: the stack may move */
    if ((s->depth == s->frame_cap && !grow_frames(s)) || (wide && !wide_room(s, s->depth)))
        return stop(s, VC_E_MEMORY, p);
    bool sized = false;
    opened.begin = offset(s, p);
    opened.object = *p == '{';
    opened.first = true;
    opened.mark = s->unique.count;
    if (wide)
        wide_open(s, &opened, &sized);
    else
        narrow_open(s->selector, &opened, states, &sized);
    opened.unique = opened.object && opened.base;
    if (sized && !opened.object && !array_length(s, p, &opened.length))
        return NULL;
    s->frames[s->depth++] = opened;
    return p + 1;
}

static const char *close(vc__scanner *s, const char *p)
{
    frame *f = &s->frames[--s->depth];
    p++;
    if (f->hit != NO_HIT)
        s->hits[f->hit].end = offset(s, p);
    size_t twice;
    if (s->unique.count > f->mark && vc__unique_close(&s->unique, s->begin, f->mark, &twice))
        flaw_duplicate(s, twice);
    if (f->first && !f->listed && s->selector->unlisted_fail)
        flaw_unlisted(s, s->begin + f->begin);
    return p;
}

/* A value at which some path is in force. `member` is its name's opening quote, or `p`. */
static const char *live(vc__scanner *s, const char *p, const char *member, uint64_t states, const frame *above, bool wide)
{
    const selected by = selected_by(s, states, wide);
    frame below = { .hit = NO_HIT, .listed = above->listed || by.targets || by.clear, .target = above->target || by.targets };
    if ((by.targets > 1 || (by.targets && above->target)) && !s->selector->overlap)
        flaw(s, VC_E_AMBIGUOUS, offset(s, p), "two selected values are the same or lie within each other");
    if (by.targets) {
        below.hit = (uint32_t)s->hit_count;
        if (!add_hit(s, &(vc__hit){ .begin = offset(s, p), .member = offset(s, member), .path = by.path }))
            return stop(s, VC_E_MEMORY, p);
    }
    const char c = peek(s, p);
    vc__hit value = { .type = c == '{' ? VC__JSON_OBJECT : VC__JSON_ARRAY };
    const bool scalar_value = c != '{' && c != '[';
    const uint64_t into = c == '{' ? s->selector->into_object : s->selector->into_array;
    const bool dead_end = !wide && !(states & into);
    if ((scalar_value || dead_end) && !below.listed && s->selector->unlisted_fail)
        flaw_unlisted(s, p);
    if (scalar_value)
        p = scalar(s, p, &value);
    else
        p = dead_end ? skip(s, p) : open(s, p, states, &below, wide);
    if (p && by.targets) {
        vc__hit *hit = &s->hits[below.hit];
        hit->end = offset(s, p); /* close() puts it right when opened */
        hit->type = value.type;
        hit->escaped = scalar_value && value.type == VC__JSON_STRING && value.escaped;
    }
    return p;
}

/* A value of which no path wants anything. */
INLINE const char *dull(vc__scanner *s, const char *p, bool listed)
{
    vc__hit value;
    if (vc__unlikely(!listed && s->selector->unlisted_fail))
        flaw_unlisted(s, p);
    return peek(s, p) == '{' || peek(s, p) == '[' ? skip(s, p) : scalar(s, p, &value);
}

/* Looks the member up, and notes its name where it may come only once. False: no memory. */
INLINE bool member(vc__scanner *s, frame *f, const char *at, vc_view body, bool escaped, bool wide, uint64_t *states)
{
    const vc__known_name *known = NULL;
    if (f->named) {
        vc_view content = body;
        if (vc__unlikely(escaped)) {
            const size_t before = s->unique.decoded.len;
            if (!vc__unique_content(&s->unique, body, true, &content))
                return false;
            known = vc__select_name(s->selector, content.data, content.len);
            s->unique.decoded.len = before;
        } else {
            known = vc__select_name(s->selector, content.data, content.len);
        }
    }
    bool matched;
    *states = member_states(s, f, known, wide, &matched);
    if (f->unique || (wide && matched))
        return vc__unique_add(&s->unique, s->begin, offset(s, at), body, escaped);
    if (matched) {
        const uint64_t bit = UINT64_C(1) << (known - s->selector->names);
        if (f->seen & bit)
            flaw_duplicate(s, offset(s, at));
        f->seen |= bit;
    }
    return true;
}

/* Members of the innermost object, until it ends or another array or object opens. */
INLINE const char *members(vc__scanner *s, const char *p, bool wide)
{
    const size_t depth = s->depth;
    while (p && s->depth == depth) {
        frame *f = &s->frames[depth - 1];
        p = vc__lex_space(p, s->end);
        if (peek(s, p) == '}')
            return close(s, p);
        if (!f->first) {
            if (vc__unlikely(peek(s, p) != ','))
                return expected(s, p, "a comma or }");
            p = vc__lex_space(p + 1, s->end);
        }
        f->first = false;
        const char *at = p;
        vc_view body;
        bool escaped = false;
        uint64_t states;
        p = name(s, p, &body, &escaped);
        if (vc__unlikely(!p))
            return NULL;
        if (vc__unlikely(!member(s, f, at, body, escaped, wide, &states)))
            return stop(s, VC_E_MEMORY, at);
        p = states ? live(s, p, at, states, f, wide) : dull(s, p, f->listed);
    }
    return p;
}

INLINE const char *elements(vc__scanner *s, const char *p, bool wide)
{
    const size_t depth = s->depth;
    while (p && s->depth == depth) {
        frame *f = &s->frames[depth - 1];
        p = vc__lex_space(p, s->end);
        if (peek(s, p) == ']')
            return close(s, p);
        if (!f->first) {
            if (vc__unlikely(peek(s, p) != ','))
                return expected(s, p, "a comma or ]");
            p = vc__lex_space(p + 1, s->end);
        }
        f->first = false;
        const uint64_t states = element_states(s, f, wide);
        f->index++;
        p = states ? live(s, p, p, states, f, wide) : dull(s, p, f->listed);
    }
    return p;
}

INLINE const char *walk(vc__scanner *s, const char *p, bool wide)
{
    static const frame outside = { .hit = NO_HIT };
    uint64_t states = s->selector->masks->start;
    if (wide) {
        if (!wide_room(s, 0))
            return stop(s, VC_E_MEMORY, p);
        uint64_t any = 0;
        for (size_t i = 0; i < s->selector->words; i++)
            any |= active_set(s, 0)[i] = s->selector->masks[i].start;
        states = any != 0;
    }
    p = states ? live(s, p, p, states, &outside, wide) : dull(s, p, false);
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

/* ---- the whole ---- */

static vc_code refuse(const vc__scanner *s, vc_error *err)
{
    const char *at = s->lex.at;
    vc_code code = VC_E_JSON;
    if (s->failed == VC_E_MEMORY)
        return vc__error_memory(err);
    if (s->failed == VC_E_LIMIT)
        code = vc__error(err, VC_E_LIMIT, "arrays and objects within each other are deeper than %zu levels at byte %u",
                         s->max_depth, offset(s, at));
    else
        vc__error(err, code, "not JSON at byte %u: expected %s", offset(s, at), s->lex.expected);
    size_t line, column;
    vc__lex_place(s->begin, at, &line, &column);
    vc__error_offset(err, offset(s, at), line, column);
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

vc_code vc__scan(vc__scanner *s, const vc__selector *selector, vc_view json, const vc__hit **hits, size_t *count, vc_error *err)
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
    vc__hit value;
    const char *p = vc__lex_space(s->begin, s->end);
    if (!selector)
        p = peek(s, p) == '{' || peek(s, p) == '[' ? skip(s, p) : scalar(s, p, &value);
    else
        p = selector->wide ? walk_wide(s, p) : walk_narrow(s, p);
    if (p) {
        p = vc__lex_space(p, s->end);
        if (p < s->end)
            p = expected(s, p, "nothing behind the value");
    }
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
