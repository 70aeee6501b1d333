/* SPDX-License-Identifier: Apache-2.0 */
#include "json/string.h"

#include "base/error.h"
#include "json/lex.h"

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static uint32_t hex4(const char *p)
{
    return hex_digit(p[0]) << 12 | hex_digit(p[1]) << 8 | hex_digit(p[2]) << 4 | hex_digit(p[3]);
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else {
        if (c < 0x10000) {
            *to++ = (char)(0xe0 | c >> 12);
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 63));
        }
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

/*
 * The code point of a \u escape, from behind the `u`; *from moves behind it, and behind the second half of a
 * pair.
 */
static uint32_t unicode_escape(const char **from, const char *end)
{
    const char *p = *from;
    const uint32_t c = hex4(p);
    *from = p += 4;
    if (c < 0xd800 || c >= 0xdc00 || end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return c;
    const uint32_t low = hex4(p + 2);
    if (low < 0xdc00 || low > 0xdfff)
        return c;
    *from = p + 6;
    return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static char unescaped(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c; /* itself: quote, backslash, solidus */
    }
}

/*
 * Content never is longer than its source, so `to` may be `from`. Returns what is behind the content; NULL
 * for a lone surrogate, unless those are let through.
 */
static char *decode(char *to, const char *from, const char *end, bool lone)
{
    while (from < end) {
        const char *backslash = memchr(from, '\\', (size_t)(end - from));
        const size_t run = (size_t)((backslash ? backslash : end) - from);
        if (to != from)
            memmove(to, from, run);
        to += run;
        if (!backslash)
            break;
        from = backslash + 2;
        if (backslash[1] == 'u') {
            const uint32_t c = unicode_escape(&from, end);
            if (c >= 0xd800 && c < 0xe000 && !lone)
                return NULL;
            to = put_utf8(to, c);
        } else {
            *to++ = unescaped(backslash[1]);
        }
    }
    return to;
}

vc_code vc__string_decode(vc__buf *out, vc_view quoted, vc_error *err)
{
    const char *from = quoted.data + 1;
    const size_t len = quoted.len - 2;
    if (!len || vc__buf_reserve(out, len) != VC_OK)
        return VC_OK;
    const char *end = decode(out->data + out->len, from, from + len, false);
    if (!end) {
        out->data[out->len] = 0;
        return vc__error(err, VC_E_TYPE,
                         "the string holds half of a surrogate pair, which has no UTF-8 form");
    }
    out->len = (size_t)(end - out->data);
    out->data[out->len] = 0;
    return VC_OK;
}

void vc__string_unescape(vc__buf *out, vc_view body)
{
    if (!body.len || vc__buf_reserve(out, body.len) != VC_OK)
        return;
    out->len = (size_t)(decode(out->data + out->len, body.data, body.data + body.len, true) - out->data);
    out->data[out->len] = 0;
}

vc_code vc__string_decode_in_place(char *quoted, size_t len, vc_view *content)
{
    const char *end = decode(quoted + 1, quoted + 1, quoted + len - 1, false);
    *content = end ? vc_view_of(quoted + 1, (size_t)(end - quoted) - 1) : vc_view_of(NULL, 0);
    return end ? VC_OK : VC_E_TYPE;
}

/* The escape of a special byte. */
static void append_escape(vc__buf *out, char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[32] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
    if ((unsigned char)c < 32 && !letters[(unsigned char)c]) {
        const char escape[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
        vc__buf_append(out, escape, sizeof escape);
    } else {
        const char escape[2] = { '\\', (unsigned char)c < 32 ? letters[(unsigned char)c] : c };
        vc__buf_append(out, escape, sizeof escape);
    }
}

void vc__string_encode(vc__buf *out, vc_view content)
{
    const size_t before = out->len;
    vc__buf_byte(out, '"');
    const char *const begin = content.len ? content.data : "", *const end = begin + content.len;
    const char *p = begin;
    while (p < end) {
        const char *special = vc__lex_plain(begin, p, end, false);
        vc__buf_append(out, p, (size_t)(special - p));
        if (special == end)
            break;
        append_escape(out, *special);
        p = special + 1;
    }
    vc__buf_byte(out, '"');
    if (out->failed && out->data) { /* whole or not at all */
        out->len = before;
        out->data[before] = 0;
    }
}
