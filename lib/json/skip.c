/* SPDX-License-Identifier: Apache-2.0 */
/* Values that no path wants: checked, and where an index or slice asks for it their elements counted. */
#include "json/scanner.h"

#include "base/alloc.h"

static const char *name_alone(vc__scanner *s, const char *p)
{
    vc_view body;
    bool escaped = false;
    return vc__member_name(s, p, &body, &escaped);
}

static bool count_array(vc__scanner *s, const char *p, size_t depth)
{
    if (s->count_count == s->count_cap) {
        const size_t cap = s->count_cap ? 2 * s->count_cap : 16;
        vc__counted *counts = vc__realloc(s->counts, cap, sizeof *counts);
        if (!counts)
            return vc__stop(s, VC_E_MEMORY, p) != NULL;
        s->counts = counts;
        s->count_cap = cap;
    }
    s->counting[depth] = (uint32_t)s->count_count;
    s->counts[s->count_count++] = (vc__counted){ vc__offset(s, p), 0 };
    return true;
}

/*
 * Behind a value: closes what closes here, and goes on to the next value, if one is left at `depth` >
 * `outside`.
 */
VC__INLINE const char *skip_ends(vc__scanner *s, const char *p, size_t outside, size_t *depth, bool counting)
{
    while (*depth > outside) {
        const bool object = s->kinds[*depth - 1];
        p = vc__space(s, p);
        const char c = vc__peek(s, p);
        if (c == ',') {
            if (counting && !object)
                s->counts[s->counting[*depth - 1]].length++;
            p = vc__space(s, p + 1);
            return object ? name_alone(s, p) : p;
        }
        if (c != (object ? '}' : ']'))
            return vc__expected(s, p, object ? "a comma or }" : "a comma or ]");
        p++;
        --*depth;
    }
    return p;
}

/*
 * Checks the value at `p`; with `counting` its arrays are listed in s->counts, in the order of their begin.
 */
VC__INLINE const char *skip(vc__scanner *s, const char *p, bool counting)
{
    const size_t outside = s->depth;
    size_t depth = outside;
    uint8_t type;
    bool escaped = false;
    do {
        const char c = vc__peek(s, p);
        if (vc__opens(c)) {
            if (depth == s->max_depth)
                return vc__stop(s, VC_E_LIMIT, p);
            const bool object = c == '{';
            if (counting && !object && !count_array(s, p, depth))
                return NULL;
            s->kinds[depth++] = object;
            p = vc__space(s, p + 1);
            if (vc__peek(s, p) != (object ? '}' : ']')) {
                if (counting && !object)
                    s->counts[s->count_count - 1].length = 1;
                p = object ? name_alone(s, p) : p;
                continue;
            }
            p++;
            depth--;
        } else {
            p = vc__scalar(s, p, &type, &escaped);
        }
        if (p)
            p = skip_ends(s, p, outside, &depth, counting);
    } while (p && depth > outside);
    return p;
}

const char *vc__skip(vc__scanner *s, const char *p)
{
    return skip(s, p, false);
}

bool vc__array_length(vc__scanner *s, const char *p, uint32_t *length)
{
    const uint32_t at = vc__offset(s, p);
    if (at >= s->counted_to) {
        s->count_count = s->count_at = 0;
        const char *behind = skip(s, p, true);
        if (!behind)
            return false;
        s->counted_to = vc__offset(s, behind);
    }
    while (s->counts[s->count_at].begin < at)
        s->count_at++;
    *length = s->counts[s->count_at].length;
    return true;
}
