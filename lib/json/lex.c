/* SPDX-License-Identifier: Apache-2.0 */
#include "json/lex.h"

/* What may follow a backslash; 'u' wants four hexadecimal digits. */
static bool is_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
    case 'u':
        return true;
    default:
        return false;
    }
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* An escape, from its backslash: returns what is behind it. */
static const char *escape(const char *p, const char *end, vc__lex *lex)
{
    p++;
    if (p == end || !is_escape(*p))
        return vc__lex_fail(lex, p, "one of \"\\/bfnrtu behind a backslash");
    if (*p++ != 'u')
        return p;
    for (int i = 0; i < 4; i++, p++)
        if (p == end || !is_hex(*p))
            return vc__lex_fail(lex, p, "four hexadecimal digits behind \\u");
    return p;
}

/* Non-ASCII bytes: returns what is behind them. */
static const char *high_bytes(const char *p, const char *end, vc__lex *lex)
{
    while (p < end && (unsigned char)*p >= 0x80) {
        const size_t len = vc__utf8_sequence(p, (size_t)(end - p));
        if (!len)
            return vc__lex_fail(lex, p, "UTF-8");
        p += len;
    }
    return p;
}

const char *vc__lex_string_rest(const char *begin, const char *p, const char *end, bool *escaped,
                                vc__lex *lex)
{
    while (p && (p = vc__lex_plain(begin, p, end, true)) < end && *p != '"') {
        if (*p == '\\') {
            *escaped = true;
            p = escape(p, end, lex);
        } else if ((unsigned char)*p >= 0x80) {
            p = high_bytes(p, end, lex);
        } else {
            p = vc__lex_fail(lex, p, "an escape (\\u00..) in place of a control character");
        }
    }
    return p == end ? vc__lex_fail(lex, p, "the closing quote of a string") : p;
}

void vc__lex_blame_comma(const char *begin, const char *end, vc__lex *lex)
{
    const char *p = lex->at;
    if (p == end || (*p != ']' && *p != '}'))
        return;
    while (p > begin && vc__lex_is_space(p[-1]))
        p--;
    if (p > begin && p[-1] == ',')
        vc__lex_fail(lex, p - 1, "no trailing comma");
}

void vc__lex_place(const char *begin, const char *at, size_t *line, size_t *column)
{
    *line = 1;
    const char *start = begin;
    for (const char *p = begin; p < at; p++) {
        if (*p == '\n') {
            ++*line;
            start = p + 1;
        }
    }
    *column = (size_t)(at - start) + 1;
}
