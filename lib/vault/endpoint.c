/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/endpoint.h"

#include "base/error.h"
#include "base/text.h"

/* A name in a message: names come from schema, configuration or command line, and are cut. */
#define SHOWN(view) (int)((view).len < 64 ? (view).len : 64), (view).data ? (view).data : ""

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool vc__name_valid(vc_view name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_word(name.data[i]) && name.data[i] != '-' && name.data[i] != '.')
            return false;
    return name.len && is_word(name.data[0]) && is_word(name.data[name.len - 1]);
}

/* RFC 3986: unreserved characters stay. */
static void append_segment(vc__buf *out, vc_view segment)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < segment.len; i++) {
        const unsigned char c = (unsigned char)segment.data[i];
        if (is_word((char)c) || c == '-' || c == '.' || c == '~') {
            vc__buf_byte(out, (char)c);
        } else {
            const char escape[3] = { '%', hex[c >> 4], hex[c & 15] };
            vc__buf_append(out, escape, sizeof escape);
        }
    }
}

/* Segments apart, one trailing slash let pass. */
static vc_code append_segments(vc__buf *out, vc_view path, const char *what, vc_error *err)
{
    if (path.len && path.data[path.len - 1] == '/')
        path.len--;
    for (size_t at = 0; at <= path.len;) {
        const char *slash = at < path.len ? memchr(path.data + at, '/', path.len - at) : NULL;
        const size_t end = slash ? (size_t)(slash - path.data) : path.len;
        const vc_view segment = vc_view_of(path.data ? path.data + at : NULL, end - at);
        if (!segment.len || vc__view_is(segment, ".") || vc__view_is(segment, ".."))
            return vc__error(err, VC_E_ARGUMENT, "%s '%.*s': no part of it may be empty, '.' or '..'", what,
                             SHOWN(path));
        vc__buf_byte(out, '/');
        append_segment(out, segment);
        at = end + 1;
    }
    return VC_OK;
}

vc_code vc__endpoint(vc__buf *out, vc_view mount, const char *operation, vc_view name, vc_error *err)
{
    vc__buf_str(out, "/v1");
    const vc_code code = append_segments(out, mount, "the mount", err);
    if (code)
        return code;
    vc__buf_byte(out, '/');
    vc__buf_str(out, operation);
    if (name.data) {
        if (!vc__name_valid(name))
            return vc__error(
                err, VC_E_ARGUMENT,
                "the name '%.*s': Vault takes letters, digits, '_', and between them '-' and '.'",
                SHOWN(name));
        vc__buf_byte(out, '/');
        vc__buf_view(out, name);
    }
    return vc__buf_check(out, "a request path", err);
}

vc_code vc__endpoint_sys(vc__buf *out, const char *operation, vc_view path, vc_error *err)
{
    vc__buf_str(out, "/v1/sys/");
    vc__buf_str(out, operation);
    const vc_code code = append_segments(out, path, "the path", err);
    return code ? code : vc__buf_check(out, "a request path", err);
}

vc_code vc__endpoint_namespace(vc__buf *out, vc_view name, vc_error *err)
{
    while (name.len && name.data[0] == '/')
        name = vc_view_of(name.data + 1, name.len - 1);
    while (name.len && name.data[name.len - 1] == '/')
        name.len--;
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] <= 0x20 || name.data[i] > 0x7e || (name.data[i] == '/' && name.data[i + 1] == '/'))
            return vc__error(err, VC_E_ARGUMENT,
                             "a namespace is names with one slash between them, such as team/app");
    vc__buf_view(out, name);
    if (name.len)
        vc__buf_byte(out, '/');
    return vc__buf_check(out, "the namespace", err);
}

vc_code vc__place_parse(vc_view text, const char *standard, vc_view *mount, vc_view *name, vc_error *err)
{
    size_t slash = text.len;
    while (slash && text.data[slash - 1] != '/')
        slash--;
    *mount = slash ? vc_view_of(text.data, slash - 1) : vc_str(standard);
    *name = vc_view_of(text.data ? text.data + slash : NULL, text.len - slash);
    if (!mount->len || !name->len || mount->data[mount->len - 1] == '/')
        return vc__error(err, VC_E_ARGUMENT, "'%.*s' is neither NAME nor MOUNT/NAME", SHOWN(text));
    return VC_OK;
}
