/* SPDX-License-Identifier: Apache-2.0 */
#include "json/splice.h"

#include "json/lex.h"

static const char null_text[] = "null";

/* Whether a member goes; an element of an array, and the record itself, become null instead. */
static bool removes_member(const vc__edit *edit)
{
    return edit->kind == VC__EDIT_REMOVE && edit->hit->member < edit->hit->begin;
}

static vc_view text_of(const vc__edit *edit)
{
    return edit->kind == VC__EDIT_REPLACE ? edit->value : vc_view_of(null_text, sizeof null_text - 1);
}

/* How long the result is; a comma and white space that go with a member are counted still. */
static size_t length(vc_view json, const vc__edit *edits, size_t count)
{
    size_t len = json.len;
    for (size_t i = 0; i < count; i++) {
        const bool member = removes_member(&edits[i]);
        len -= edits[i].hit->end - (member ? edits[i].hit->member : edits[i].hit->begin);
        len += member ? 0 : text_of(&edits[i]).len;
    }
    return len;
}

static char *put(char *to, const char *from, size_t len)
{
    memcpy(to, from, len);
    return to + len;
}

/* Takes back the comma before a member that goes, with the white space behind it, if there is one. */
static char *trim_comma(const char *start, char *to)
{
    char *p = to;
    while (p > start && vc__lex_is_space(p[-1]))
        p--;
    return p > start && p[-1] == ',' ? p - 1 : to;
}

/*
 * A member goes: `*rest` moves to where the text goes on. Its own comma goes with it, or else the one before.
 */
static char *remove_member(const char *start, char *to, const char **rest, const char *end)
{
    const char *p = vc__lex_space(*rest, end);
    if (p == end || *p != ',')
        return trim_comma(start, to);
    *rest = vc__lex_space(p + 1, end);
    return to;
}

void vc__splice(vc__buf *out, vc_view json, const vc__edit *edits, size_t count)
{
    if (!json.len || vc__buf_reserve(out, length(json, edits, count)) != VC_OK)
        return;
    const char *const start = out->data + out->len, *const end = json.data + json.len;
    const char *rest = json.data;
    char *to = out->data + out->len;
    for (size_t i = 0; i < count; i++) {
        const vc__hit *hit = edits[i].hit;
        const bool member = removes_member(&edits[i]);
        to = put(to, rest, (size_t)(json.data + (member ? hit->member : hit->begin) - rest));
        rest = json.data + hit->end;
        if (member) {
            to = remove_member(start, to, &rest, end);
        } else {
            const vc_view value = text_of(&edits[i]);
            to = value.len ? put(to, value.data, value.len) : to;
        }
    }
    to = put(to, rest, (size_t)(end - rest));
    *to = 0;
    out->len = (size_t)(to - out->data);
}
