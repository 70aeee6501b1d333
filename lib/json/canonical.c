/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "json/steps.h"

static bool is_plain_name(vc_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.data[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return name.len > 0;
}

/* As a normalized path of RFC 9535 (2.7) has it. */
static void put_quoted(vc__buf *out, vc_view name)
{
    static const char controls[] = "\b\t\n\f\r", letters[] = "btnfr";
    vc__buf_byte(out, '\'');
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.data[i];
        const char *control = c ? strchr(controls, c) : NULL;
        if (c == '\'' || c == '\\')
            vc__buf_byte(out, '\\');
        if (control)
            vc__buf_printf(out, "\\%c", letters[control - controls]);
        else if ((unsigned char)c < 0x20)
            vc__buf_printf(out, "\\u%04x", (unsigned)c);
        else
            vc__buf_byte(out, c);
    }
    vc__buf_byte(out, '\'');
}

static void put_slice(vc__buf *out, const vc__step *step)
{
    if (step->has_start)
        vc__buf_printf(out, "%lld", (long long)step->start);
    vc__buf_byte(out, ':');
    if (step->has_end)
        vc__buf_printf(out, "%lld", (long long)step->end);
    if (step->step != 1)
        vc__buf_printf(out, ":%lld", (long long)step->step);
}

static void put_step(vc__buf *out, const vc__step *step)
{
    switch (step->kind) {
    case VC__STEP_NAME:
        put_quoted(out, step->name);
        break;
    case VC__STEP_INDEX:
        vc__buf_printf(out, "%lld", (long long)step->start);
        break;
    case VC__STEP_SLICE:
        put_slice(out, step);
        break;
    case VC__STEP_WILDCARD:
        vc__buf_byte(out, '*');
        break;
    }
}

void vc__path_write(vc__buf *out, const vc__path *path)
{
    vc__buf_byte(out, '$');
    for (size_t s = 0; s < path->segment_count; s++) {
        const vc__segment *segment = &path->segments[s];
        const vc__step *steps = &path->steps[segment->first];
        if (segment->descendant)
            vc__buf_str(out, "..");
        if (segment->count == 1 && steps->kind == VC__STEP_NAME && is_plain_name(steps->name)) {
            vc__buf_str(out, segment->descendant ? "" : ".");
            vc__buf_view(out, steps->name);
            continue;
        }
        vc__buf_byte(out, '[');
        for (size_t i = 0; i < segment->count; i++) {
            if (i)
                vc__buf_byte(out, ',');
            put_step(out, &steps[i]);
        }
        vc__buf_byte(out, ']');
    }
}
