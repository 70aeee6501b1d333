/* SPDX-License-Identifier: Apache-2.0 */
#include "out.h"

#include "base/text.h"

/* Bytes that go out as they are. 0x80 and above are looked at. */
static bool plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\' && byte != '<' && byte != '>' &&
           byte != '&';
}

static void escape(vc__buf *out, unsigned code_point)
{
    switch (code_point) {
    case '"': vc__buf_str(out, "\\\""); break;
    case '\\': vc__buf_str(out, "\\\\"); break;
    case '\n': vc__buf_str(out, "\\n"); break;
    case '\r': vc__buf_str(out, "\\r"); break;
    case '\t': vc__buf_str(out, "\\t"); break;
    default: vc__buf_printf(out, "\\u%04x", code_point);
    }
}

/* One character that is not plain; returns its length. Bytes that are not UTF-8 become U+FFFD, as in Go. */
static size_t special(vc__buf *out, vc_view rest)
{
    if ((unsigned char)rest.data[0] < 0x80) {
        escape(out, (unsigned char)rest.data[0]);
        return 1;
    }
    const vc_view window = vc_view_of(rest.data, rest.len < 4 ? rest.len : 4);
    if (vc__utf8_valid(window) == 0) {
        vc__buf_str(out, "\\ufffd");
        return 1;
    }
    size_t at = 0;
    const uint32_t code_point = vc__utf8_next(window, &at);
    if (code_point == 0x2028 || code_point == 0x2029)
        escape(out, code_point);
    else
        vc__buf_append(out, rest.data, at);
    return at;
}

void out_string(vc__buf *out, vc_view text)
{
    out_comma(out);
    vc__buf_byte(out, '"');
    size_t at = 0;
    while (at < text.len) {
        size_t run = at;
        while (run < text.len && plain((unsigned char)text.data[run]))
            run++;
        vc__buf_append(out, text.data + at, run - at);
        at = run;
        if (at < text.len)
            at += special(out, vc_view_of(text.data + at, text.len - at));
    }
    vc__buf_byte(out, '"');
}

void out_key(vc__buf *out, const char *name)
{
    out_comma(out);
    vc__buf_byte(out, '"');
    vc__buf_str(out, name);
    vc__buf_append(out, "\":", 2);
}

void out_int(vc__buf *out, long long number)
{
    out_comma(out);
    char digits[24];
    char *at = digits + sizeof digits;
    unsigned long long rest = number < 0 ? 0ULL - (unsigned long long)number : (unsigned long long)number;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        *--at = '-';
    vc__buf_append(out, at, (size_t)(digits + sizeof digits - at));
}

void out_bool(vc__buf *out, bool yes)
{
    out_json(out, vc_str(yes ? "true" : "false"));
}
