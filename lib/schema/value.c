/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/value.h"

#include "base/error.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

enum { LABEL_BYTES = 255 };

/*
 * A message goes to terminals and logs: what came out of the file in it must not control them, and must not
 * end in half a character.
 */
static void clean(char *message)
{
    vc_view rest = vc_str(message);
    while (rest.len) {
        const size_t len = vc__utf8_sequence(rest.data, rest.len);
        const unsigned char *byte = (const unsigned char *)rest.data;
        const bool control = byte[0] < 0x20 || byte[0] == 0x7f ||
                             (byte[0] == 0xc2 && len == 2 && byte[1] < 0xa0);
        if (!len || control)
            memset(message + (rest.data - message), '?', len ? len : 1);
        rest = vc_view_of(rest.data + (len ? len : 1), rest.len - (len ? len : 1));
    }
}

__attribute__((format(printf, 5, 0))) static void report(const vc__loader *load, size_t line, size_t column,
                                                         vc_code code, const char *format, va_list args)
{
    char message[sizeof load->err->message];
    vsnprintf(message, sizeof message, format, args);
    clean(message);
    vc__error(load->err, code, "%s", message);
    vc__error_at(load->err, load->source, line, column);
}

vc_code vc__value_error(const vc__loader *load, const vc__yaml_node *node, vc_code code, const char *format,
                        ...)
{
    va_list args;
    va_start(args, format);
    report(load, node->line, node->column, code, format, args);
    va_end(args);
    return code;
}

vc_code vc__value_error_in(const vc__loader *load, const vc__yaml_node *node, size_t offset, vc_code code,
                           const char *format, ...)
{
    size_t line, column;
    vc__yaml_place(node, offset, &line, &column);
    va_list args;
    va_start(args, format);
    report(load, line, column, code, format, args);
    va_end(args);
    return code;
}

vc_code vc__value_error_at(const vc__loader *load, size_t line, size_t column, vc_code code,
                           const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(load, line, column, code, format, args);
    va_end(args);
    return code;
}

/* What a message calls the node: its key, or that of the list it is in. */
static const char *called(const vc__yaml_node *node)
{
    while (!node->key && node->parent)
        node = node->parent;
    return node->key ? node->key->text.data : "the file";
}

static const char *kind_of(const vc__yaml_node *node)
{
    static const char *const kinds[] = { "a text", "a list", "a map" };
    return vc__yaml_is_null(node) ? "nothing" : kinds[node->kind];
}

static void join(char *out, size_t room, const char *const *words)
{
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; words[i] && at < room; i++)
        at += (size_t)snprintf(out + at, room - at, "%s`%s`",
                               !i             ? ""
                               : words[i + 1] ? ", "
                                              : " or ",
                               words[i]);
}

static vc_code unknown(const vc__loader *load, const vc__yaml_node *node, const char *lead,
                       const char *const *words)
{
    const char *near = vc__nearest(node->text, words);
    if (near)
        return vc__value_error(load, node, VC_E_SCHEMA, "%s `%.*s`: did you mean `%s`?", lead,
                               VC__SHOWN(node->text), near);
    char all[300];
    join(all, sizeof all, words);
    return vc__value_error(load, node, VC_E_SCHEMA, "%s `%.*s`: it can be %s", lead, VC__SHOWN(node->text),
                           all);
}

vc_code vc__value_map(const vc__loader *load, const vc__yaml_node *node, const char *what,
                      const char *const *keys, const vc__yaml_node **values)
{
    if (node->kind != VC__YAML_MAP)
        return vc__value_error(load, node, VC_E_SCHEMA, "%s must be a map (KEY: VALUE), not %s", what,
                               kind_of(node));
    for (size_t i = 0; keys[i]; i++)
        values[i] = NULL;
    for (const vc__yaml_node *value = node->first; value; value = value->next) {
        size_t i = 0;
        while (keys[i] && !vc__view_is(value->key->text, keys[i]))
            i++;
        if (!keys[i]) {
            char lead[64];
            snprintf(lead, sizeof lead, "unknown key in %s:", what);
            return unknown(load, value->key, lead, keys);
        }
        values[i] = value;
    }
    return VC_OK;
}

vc_code vc__value_list(const vc__loader *load, const vc__yaml_node *node, const char *what)
{
    if (node->kind == VC__YAML_LIST)
        return VC_OK;
    return vc__value_error(load, node, VC_E_SCHEMA, "`%s`: must be a list of %s, not %s", called(node), what,
                           kind_of(node));
}

/* The first control character, C1 included; text.len when there is none. */
static size_t find_control(vc_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c == 0x7f ||
            (c == 0xc2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xa0))
            return i;
    }
    return text.len;
}

vc_code vc__value_text(const vc__loader *load, const vc__yaml_node *node, const char **text)
{
    if (node->kind != VC__YAML_SCALAR || vc__yaml_is_null(node))
        return vc__value_error(load, node, VC_E_SCHEMA, "`%s`: must be a text, not %s", called(node),
                               kind_of(node));
    if (!node->text.len)
        return vc__value_error(load, node, VC_E_SCHEMA, "`%s`: is empty", called(node));
    const size_t control = find_control(node->text);
    if (control < node->text.len)
        return vc__value_error_in(load, node, control, VC_E_SCHEMA,
                                  "`%s`: holds a line break or another control character", called(node));
    *text = vc__arena_text(load->arena, node->text);
    return *text ? VC_OK : vc__error_memory(load->err);
}

vc_code vc__value_label(const vc__loader *load, const vc__yaml_node *node, const char **text)
{
    const vc_code code = vc__value_text(load, node, text);
    if (!code && node->text.len > LABEL_BYTES)
        return vc__value_error(load, node, VC_E_SCHEMA, "`%s`: is longer than %d bytes", called(node),
                               LABEL_BYTES);
    return code;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Where a name stops being one by Vault's rule, \w(([\w-.]+)?\w)? ; SIZE_MAX when it is one. */
static size_t find_no_name(vc_view text)
{
    if (!text.len)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        const bool inside = i && i + 1 < text.len;
        if (!is_word(text.data[i]) && !(inside && (text.data[i] == '-' || text.data[i] == '.')))
            return i;
    }
    return SIZE_MAX;
}

vc_code vc__value_name(const vc__loader *load, const vc__yaml_node *node, bool builtin, const char **text)
{
    const vc_code code = vc__value_label(load, node, text);
    if (code)
        return code;
    const size_t start = builtin && vc__view_starts(node->text, "builtin/") ? strlen("builtin/") : 0;
    const size_t stop = find_no_name(vc_view_of(*text + start, node->text.len - start));
    if (stop == SIZE_MAX)
        return VC_OK;
    return vc__value_error_in(
        load, node, start + stop, VC_E_SCHEMA,
        "`%s`: not a name that Vault takes: letters, digits and _, inside also - and .%s", called(node),
        !builtin && strchr(*text, '/') ? " (a path goes into `mount`)" : "");
}

static bool is_part(vc_view part)
{
    for (size_t i = 0; i < part.len; i++)
        if (!is_word(part.data[i]) && part.data[i] != '-' && part.data[i] != '.')
            return false;
    return part.len && !vc__view_is(part, ".") && !vc__view_is(part, "..");
}

vc_code vc__value_mount(const vc__loader *load, const vc__yaml_node *node, const char **text)
{
    const vc_code code = vc__value_label(load, node, text);
    if (code)
        return code;
    vc_view all = node->text;
    if (all.len > 1 && all.data[all.len - 1] == '/')
        all.len--;
    for (size_t start = 0, end; start <= all.len; start = end + 1) {
        const char *slash = start < all.len ? memchr(all.data + start, '/', all.len - start) : NULL;
        end = slash ? (size_t)(slash - all.data) : all.len;
        if (!is_part(vc_view_of(all.data + start, end - start)))
            return vc__value_error_in(
                load, node, start, VC_E_SCHEMA,
                "`%s`: not a path of Vault: names of letters, digits, _, - and ., with / between",
                called(node));
    }
    *text = vc__arena_text(load->arena, all);
    return *text ? VC_OK : vc__error_memory(load->err);
}

vc_code vc__value_choice(const vc__loader *load, const vc__yaml_node *node, const char *const *choices,
                         size_t *choice)
{
    const char *text;
    const vc_code code = vc__value_text(load, node, &text);
    if (code)
        return code;
    for (*choice = 0; choices[*choice]; ++*choice)
        if (strcmp(text, choices[*choice]) == 0)
            return VC_OK;
    char lead[120];
    snprintf(lead, sizeof lead, "`%s`: unknown value", called(node));
    return unknown(load, node, lead, choices);
}

vc_code vc__value_bool(const vc__loader *load, const vc__yaml_node *node, bool *value)
{
    if (node->kind == VC__YAML_SCALAR && node->style == VC__YAML_PLAIN) {
        *value = vc__view_is(node->text, "true");
        if (*value || vc__view_is(node->text, "false"))
            return VC_OK;
    }
    return vc__value_error(load, node, VC_E_SCHEMA, "`%s`: must be true or false", called(node));
}

vc_code vc__value_number(const vc__loader *load, const vc__yaml_node *node, uint64_t least, uint64_t most,
                         uint64_t *value)
{
    if (node->kind == VC__YAML_SCALAR && node->style == VC__YAML_PLAIN &&
        vc__parse_uint(node->text, most, value) && *value >= least)
        return VC_OK;
    return vc__value_error(load, node, VC_E_SCHEMA, "`%s`: must be a number from %llu to %llu", called(node),
                           (unsigned long long)least, (unsigned long long)most);
}

vc_code vc__value_path(const vc__loader *load, const vc__yaml_node *node, const char **text, vc__path **path)
{
    const vc_code code = vc__value_text(load, node, text);
    if (code)
        return code;
    vc_error why = VC_ERROR_INIT;
    *path = vc__path_parse(node->text, &why);
    if (*path)
        return VC_OK;
    if (why.code == VC_E_MEMORY)
        return vc__error_memory(load->err);
    return vc__value_error_in(load, node, why.offset, why.code, "%s", why.message);
}
