/* SPDX-License-Identifier: Apache-2.0 */
/*
 * width.c - how many characters the groups of a pattern can capture, read off its text, which vc__syntax_check() and
 * PCRE2 have taken before.
 */
#include "base/text.h"
#include "crypto/pattern.h"

typedef struct reader {
    vc_view text;
    size_t at;
} reader;

static vc__width width_of_choice(reader *r, bool captured);

static char peek(const reader *r, size_t ahead)
{
    return r->at + ahead < r->text.len ? r->text.data[r->at + ahead] : '\0';
}

static size_t plus(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static size_t times(size_t a, size_t n)
{
    return a && n > SIZE_MAX / a ? SIZE_MAX : a * n;
}

static void skip_past(reader *r, char end)
{
    while (r->at < r->text.len && r->text.data[r->at] != end)
        r->at++;
    r->at += r->at < r->text.len;
}

static size_t read_number(reader *r)
{
    size_t n = 0;
    for (; peek(r, 0) >= '0' && peek(r, 0) <= '9'; r->at++)
        n = n * 10 + (size_t)(peek(r, 0) - '0');
    return n;
}

static vc__width repeated(reader *r, vc__width one)
{
    size_t least = 1, most = 1;
    const char c = peek(r, 0), digit = peek(r, 1);
    if (c == '*' || c == '+' || c == '?') {
        r->at++;
        least = c == '+';
        most = c == '?' ? 1 : SIZE_MAX;
    } else if (c == '{' && digit >= '0' && digit <= '9') {
        r->at++;
        least = most = read_number(r);
        if (peek(r, 0) == ',') {
            r->at++;
            most = peek(r, 0) == '}' ? SIZE_MAX : read_number(r);
        }
        skip_past(r, '}');
    } else {
        return one;
    }
    r->at += peek(r, 0) == '?'; /* lazy */
    return (vc__width){ times(one.least, least), times(one.most, most) };
}

static void skip_class(reader *r)
{
    r->at++;
    r->at += peek(r, 0) == '^';
    r->at += peek(r, 0) == ']';
    while (r->at < r->text.len && peek(r, 0) != ']') {
        if (peek(r, 0) == '\\')
            r->at += 2;
        else if (peek(r, 0) == '[' && peek(r, 1) == ':') {
            r->at += 2;
            skip_past(r, ']');
        } else
            r->at++;
    }
    r->at += r->at < r->text.len;
}

/* A backslash and what belongs to it: one character, or a place between two. `\Q` is the caller's. */
static size_t width_of_escape(reader *r)
{
    const char c = peek(r, 1);
    r->at += 2;
    if (c == 'x' && peek(r, 0) != '{')
        r->at += 2;
    else if ((c == 'x' || c == 'p' || c == 'P') && peek(r, 0) == '{')
        skip_past(r, '}');
    else if (c == 'p' || c == 'P')
        r->at++;
    else if (c == '0') /* octal: up to two more digits */
        for (size_t i = 0; i < 2 && peek(r, 0) >= '0' && peek(r, 0) <= '7'; i++)
            r->at++;
    return !(c == 'A' || c == 'b' || c == 'B' || c == 'z');
}

/* Text up to \E: all of it, of which a repeat takes the last character. */
static vc__width width_of_quote(reader *r, bool captured)
{
    size_t count = 0;
    for (r->at += 2; r->at < r->text.len && !(peek(r, 0) == '\\' && peek(r, 1) == 'E'); count++)
        (void)vc__utf8_next(r->text, &r->at);
    r->at += 2;
    if (!captured || !count)
        return repeated(r, (vc__width){ 0, 0 });
    const vc__width last = repeated(r, (vc__width){ 1, 1 });
    return (vc__width){ plus(count - 1, last.least), plus(count - 1, last.most) };
}

static vc__width width_of_group(reader *r, bool captured)
{
    r->at++;
    if (peek(r, 0) == '?') {
        r->at += 1 + (peek(r, 1) == 'P');
        if (peek(r, 0) == '<') {
            skip_past(r, '>');
            captured = true;
        } else {
            while (peek(r, 0) != ':' && peek(r, 0) != ')' && r->at < r->text.len)
                r->at++;
            if (peek(r, 0) == ')') { /* flags for what follows */
                r->at++;
                return (vc__width){ 0, 0 };
            }
            r->at++;
        }
    } else {
        captured = true;
    }
    const vc__width inside = width_of_choice(r, captured);
    r->at += r->at < r->text.len; /* the parenthesis */
    return repeated(r, inside);
}

static vc__width width_of_item(reader *r, bool captured)
{
    size_t wide = 1;
    switch (peek(r, 0)) {
    case '(':
        return width_of_group(r, captured);
    case '[':
        skip_class(r);
        break;
    case '\\':
        if (peek(r, 1) == 'Q')
            return width_of_quote(r, captured);
        wide = width_of_escape(r);
        break;
    case '^':
    case '$':
        r->at++;
        wide = 0;
        break;
    default:
        (void)vc__utf8_next(r->text, &r->at);
        break;
    }
    wide = captured ? wide : 0;
    return repeated(r, (vc__width){ wide, wide });
}

static vc__width width_of_choice(reader *r, bool captured)
{
    vc__width all = { SIZE_MAX, 0 };
    for (;;) {
        vc__width one = { 0, 0 };
        while (r->at < r->text.len && peek(r, 0) != '|' && peek(r, 0) != ')') {
            const vc__width item = width_of_item(r, captured);
            one.least = plus(one.least, item.least);
            one.most = plus(one.most, item.most);
        }
        all.least = one.least < all.least ? one.least : all.least;
        all.most = one.most > all.most ? one.most : all.most;
        if (peek(r, 0) != '|')
            return all;
        r->at++;
    }
}

vc__width vc__pattern_captured(const vc__pattern *pattern)
{
    reader r = { vc__pattern_text(pattern), 0 };
    return width_of_choice(&r, false);
}
