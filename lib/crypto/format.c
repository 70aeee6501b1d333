/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/format.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

enum { FORMAT_MAX = 16384 };

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The name behind the dollar at `at`; returns the bytes of the whole reference, or 0 when it is none. */
static size_t reference(vc_view text, size_t at, vc_view *name)
{
    const bool braces = at + 1 < text.len && text.data[at + 1] == '{';
    const size_t start = at + 1 + braces;
    size_t end = start;
    while (end < text.len && is_word(text.data[end]))
        end++;
    *name = vc_view_of(text.data + start, end - start);
    if (!name->len || (braces && (end == text.len || text.data[end] != '}')))
        return 0;
    return end + braces - at;
}

/* A name of digits is a number unless it starts with 0 and goes on; all others are names of groups. */
static vc_code find_group(const vc__pattern *pattern, vc_view name, size_t at, size_t *group, vc_error *err)
{
    uint64_t number = 0;
    bool digits = true;
    for (size_t i = 0; i < name.len; i++)
        digits = digits && name.data[i] >= '0' && name.data[i] <= '9';
    if (digits && vc__view_is(name, "0"))
        return vc__error(err, VC_E_CONFIG, "format, at byte %zu: $0 is the entire value; name the groups",
                         at);
    if (digits && vc__parse_uint(name, vc__pattern_groups(pattern), &number))
        *group = (size_t)number;
    else
        *group = digits ? 0 : vc__pattern_named(pattern, name);
    if (*group)
        return VC_OK;
    return vc__error(
        err, VC_E_CONFIG,
        "format, at byte %zu: the pattern has no such group; write ${1}x for group 1 before a letter", at);
}

static void add_text(vc__format *format, size_t from, size_t to)
{
    if (to > from)
        format->parts[format->count++] = (vc__format_part){ 0, { format->text + from, to - from } };
}

static vc_code parse(vc__format *format, size_t len, const vc__pattern *pattern, vc_error *err)
{
    const vc_view text = vc_view_of(format->text, len);
    size_t from = 0, at = 0;
    while (at < len) {
        vc_view name;
        const size_t taken = text.data[at] == '$' ? reference(text, at, &name) : 0;
        if (taken) {
            size_t group;
            if (text.data[at + 1] != '{' && at + taken < len && (unsigned char)text.data[at + taken] >= 0x80)
                return vc__error(err, VC_E_CONFIG,
                                 "format, at byte %zu: write ${name} before a character outside ASCII", at);
            if (find_group(pattern, name, at, &group, err) != VC_OK)
                return VC_E_CONFIG;
            add_text(format, from, at);
            format->parts[format->count++] = (vc__format_part){ group, { NULL, 0 } };
            from = at += taken;
        } else if (text.data[at] == '$' && at + 1 < len && text.data[at + 1] == '$') {
            add_text(format, from, at + 1);
            from = at += 2;
        } else {
            at++;
        }
    }
    add_text(format, from, len);
    return VC_OK;
}

vc__format *vc__format_new(vc_view text, const vc__pattern *pattern, vc_error *err)
{
    if (text.len > FORMAT_MAX || vc__utf8_valid(text) != text.len) {
        vc__error(err, VC_E_CONFIG, "a format is UTF-8 of at most %d bytes", FORMAT_MAX);
        return NULL;
    }
    vc__autoptr(vc__format) format = vc__calloc(1, sizeof *format);
    if (format) {
        format->text = vc__memdup(text.data, text.len);
        format->parts = vc__calloc(text.len + 1, sizeof *format->parts);
    }
    if (!format || !format->text || !format->parts) {
        vc__error_memory(err);
        return NULL;
    }
    if (parse(format, text.len, pattern, err) != VC_OK)
        return NULL;
    return vc__steal(&format);
}

void vc__format_free(vc__format *format)
{
    if (!format)
        return;
    vc__free(format->text);
    vc__free(format->parts);
    vc__free(format);
}

bool vc__format_is_complete(const vc__format *format, size_t groups)
{
    size_t named = 0;
    for (size_t i = 0; i < format->count; i++)
        if (format->parts[i].group && format->parts[i].group != ++named)
            return false;
    return named == groups;
}
