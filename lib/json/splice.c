/* SPDX-License-Identifier: Apache-2.0 */
#include "json/splice.h"

#include "json/lex.h"

/* Takes the comma before a member that goes back out of what was written, with the white space behind it, if there is one. */
static void trim_comma(vc__buf *out, size_t from)
{
    size_t len = out->len;
    while (len > from && strchr(" \t\n\r", out->data[len - 1]))
        len--;
    if (len > from && out->data[len - 1] == ',') {
        out->len = len - 1;
        out->data[out->len] = 0;
    }
}

/* A member goes: returns where the text goes on. */
static size_t remove_member(vc__buf *out, vc_view json, size_t from, const vc__hit *hit)
{
    const char *end = json.data + json.len;
    const char *p = vc__lex_space(json.data + hit->end, end);
    if (p < end && *p == ',')
        return (size_t)(vc__lex_space(p + 1, end) - json.data);
    trim_comma(out, from);
    return hit->end;
}

void vc__splice(vc__buf *out, vc_view json, const vc__edit *edits, size_t count)
{
    const size_t from = out->len;
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        const vc__hit *hit = edits[i].hit;
        const bool member = edits[i].kind == VC__EDIT_REMOVE && hit->member < hit->begin;
        const size_t keep = member ? hit->member : hit->begin;
        vc__buf_append(out, json.data + done, keep - done);
        done = hit->end;
        if (member)
            done = remove_member(out, json, from, hit);
        else
            vc__buf_view(out, edits[i].kind == VC__EDIT_REMOVE ? vc_str("null") : edits[i].value);
    }
    vc__buf_append(out, json.data + done, json.len - done);
}
