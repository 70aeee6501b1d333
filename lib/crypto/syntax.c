/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/syntax.h"

#include "base/error.h"
#include "crypto/pattern.h"

enum { DEPTH_MAX = 100 };

struct scan {
    const char *text;
    size_t len, at;
    size_t groups;
    bool in_capture;
    size_t depth;
    struct {
        bool capture, holds; /* is a capture group; has one in it */
    } open[DEPTH_MAX];
    vc_error *err;
};

static vc_code refuse(const struct scan *scan, size_t at, const char *why)
{
    return vc__error(scan->err, VC_E_CONFIG, "pattern, at byte %zu: %s", at, why);
}

/* The byte `ahead` of where the scan stands; NUL past the end, which no test below looks for. */
static char peek(const struct scan *scan, size_t ahead)
{
    return scan->at + ahead < scan->len ? scan->text[scan->at + ahead] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/*
 * {n}, {n,} or {n,m} at `at`: its length, or 0. Numbers stop growing beyond what is allowed. `most` is
 * SIZE_MAX when open.
 */
static size_t braces(const struct scan *scan, size_t *least, size_t *most)
{
    size_t i = 1, number[2] = { 0, SIZE_MAX };
    if (peek(scan, 0) != '{' || !is_digit(peek(scan, 1)))
        return 0;
    for (; is_digit(peek(scan, i)); i++)
        if (number[0] <= VC__PATTERN_REPEAT_MAX)
            number[0] = number[0] * 10 + (size_t)(peek(scan, i) - '0');
    if (peek(scan, i) != ',') {
        number[1] = number[0];
    } else if (is_digit(peek(scan, ++i))) {
        number[1] = 0;
        for (; is_digit(peek(scan, i)); i++)
            if (number[1] <= VC__PATTERN_REPEAT_MAX)
                number[1] = number[1] * 10 + (size_t)(peek(scan, i) - '0');
    }
    *least = number[0];
    *most = number[1];
    return peek(scan, i) == '}' ? i + 1 : 0;
}

/* Braces that one engine takes for a repeat and another for text, such as {,3}. */
static bool doubtful_braces(const struct scan *scan)
{
    size_t i = 1;
    while (is_digit(peek(scan, i)) || peek(scan, i) == ',' || peek(scan, i) == ' ')
        i++;
    return i > 1 && peek(scan, i) == '}';
}

static size_t repeat(const struct scan *scan, size_t *least, size_t *most)
{
    *least = peek(scan, 0) == '+';
    *most = peek(scan, 0) == '?' ? 1 : SIZE_MAX;
    return one_of(peek(scan, 0), "*+?") ? 1 : braces(scan, least, most);
}

/*
 * What may follow an item: nothing, or one repeat, maybe lazy. `holds`: the item is or has a capture group.
 */
static vc_code after_item(struct scan *scan, bool holds)
{
    size_t least, most;
    const size_t at = scan->at;
    const size_t len = repeat(scan, &least, &most);
    if (!len)
        return peek(scan, 0) == '{' && doubtful_braces(scan)
                   ? refuse(scan, at, "write \\{ for a brace, or {n}, {n,}, {n,m} for a repeat")
                   : VC_OK;
    if (least > VC__PATTERN_REPEAT_MAX || (most != SIZE_MAX && most > VC__PATTERN_REPEAT_MAX))
        return refuse(scan, at, "a repeat count is at most 1000");
    if (holds && most != 1)
        return refuse(scan, at, "a capture group may not be repeated: put the repeat inside it");
    scan->at += len;
    if (peek(scan, 0) == '?')
        scan->at++;
    if (repeat(scan, &least, &most))
        return refuse(scan, scan->at, "a repeat of a repeat, or a possessive one, is not supported");
    return VC_OK;
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* A backslash and what belongs to it, as far as that could be mistaken for something else. */
static vc_code escape(struct scan *scan, bool in_class)
{
    const char c = peek(scan, 1);
    const size_t at = scan->at;
    scan->at += scan->at + 1 < scan->len ? 2 : 1;
    if (c >= '1' && c <= '9')
        return refuse(scan, at, "back-references are not supported");
    if ((unsigned char)c >= 0x80 ||
        (is_word(c) && c != '_' && !one_of(c, in_class ? "0aftnrxpPdDsSwW" : "0aftnrxpPdDsSwWAbBzQ")))
        return refuse(scan, at, "this escape is not supported here");
    if (c == 'x' && peek(scan, 0) != '{' && !(is_hex(peek(scan, 0)) && is_hex(peek(scan, 1))))
        return refuse(scan, at, "two hexadecimal digits, or more in braces, belong behind \\x");
    if (one_of(c, "xpP") && peek(scan, 0) == '{') {
        while (scan->at < scan->len && peek(scan, 0) != '}')
            scan->at++;
        scan->at += scan->at < scan->len;
    }
    if (c == 'Q') {
        while (scan->at < scan->len && !(peek(scan, 0) == '\\' && peek(scan, 1) == 'E'))
            scan->at++;
        if (scan->at == scan->len)
            return refuse(scan, at, "a \\Q without its \\E");
        scan->at += 2;
    }
    return VC_OK;
}

static vc_code class(struct scan *scan)
{
    scan->at++;
    if (peek(scan, 0) == '^')
        scan->at++;
    if (peek(scan, 0) == ']')
        scan->at++;
    while (scan->at < scan->len && peek(scan, 0) != ']') {
        if (peek(scan, 0) == '\\') {
            const vc_code code = escape(scan, true);
            if (code != VC_OK)
                return code;
        } else if (peek(scan, 0) == '[' && peek(scan, 1) == ':') {
            scan->at += 2;
            while (scan->at < scan->len && peek(scan, 0) != ']')
                scan->at++;
            scan->at += scan->at < scan->len;
        } else {
            scan->at++;
        }
    }
    scan->at += scan->at < scan->len;
    return VC_OK;
}

static vc_code push(struct scan *scan, size_t at, bool capture)
{
    if (capture && scan->in_capture)
        return refuse(scan, at, "a capture group in a capture group: make one of them (?:...)");
    if (scan->depth == DEPTH_MAX)
        return refuse(scan, at, "groups are nested too deeply");
    scan->open[scan->depth].capture = scan->open[scan->depth].holds = capture;
    scan->depth++;
    scan->groups += capture;
    scan->in_capture = scan->in_capture || capture;
    return VC_OK;
}

/* (...), (?:...), (?P<name>...), (?<name>...), (?flags) or (?flags:...) with the flags that RE2 has. */
static vc_code open_group(struct scan *scan)
{
    const size_t at = scan->at;
    if (peek(scan, 1) == '*')
        return refuse(scan, at, "verbs are not supported");
    if (peek(scan, 1) != '?') {
        scan->at++;
        return push(scan, at, true);
    }
    scan->at += 2;
    const size_t name = peek(scan, 0) == 'P' && peek(scan, 1) == '<' ? 2 : peek(scan, 0) == '<' ? 1 : 0;
    if (name && is_word(peek(scan, name))) {
        scan->at += name;
        while (is_word(peek(scan, 0)))
            scan->at++;
        scan->at += peek(scan, 0) == '>';
        return push(scan, at, true);
    }
    const size_t flags = scan->at;
    while (one_of(peek(scan, 0), "imsU"))
        scan->at++;
    if (peek(scan, 0) == '-' && one_of(peek(scan, 1), "imsU"))
        for (scan->at++; one_of(peek(scan, 0), "imsU");)
            scan->at++;
    if (peek(scan, 0) == ':') {
        scan->at++;
        return push(scan, at, false);
    }
    if (peek(scan, 0) != ')' || scan->at == flags)
        return refuse(scan, at,
                      "look-around, atomic, conditional, recursive and comment groups are not supported");
    scan->at++;
    return VC_OK;
}

static vc_code close_group(struct scan *scan)
{
    scan->at++;
    if (!scan->depth)
        return VC_OK; /* PCRE2 will say it */
    scan->depth--;
    const bool holds = scan->open[scan->depth].holds;
    if (scan->open[scan->depth].capture)
        scan->in_capture = false;
    if (scan->depth && holds)
        scan->open[scan->depth - 1].holds = true;
    return after_item(scan, holds);
}

static vc_code step(struct scan *scan)
{
    vc_code code = VC_OK;
    switch (peek(scan, 0)) {
    case '(':
        return open_group(scan);
    case ')':
        return close_group(scan);
    case '|':
        scan->at++;
        return VC_OK;
    case '[':
        code = class(scan);
        break;
    case '\\':
        code = escape(scan, false);
        break;
    default:
        scan->at++;
        break;
    }
    return code == VC_OK ? after_item(scan, false) : code;
}

vc_code vc__syntax_check(vc_view pattern, vc_error *err)
{
    struct scan scan = { .text = pattern.data, .len = pattern.len, .err = err };
    while (scan.at < scan.len) {
        const vc_code code = step(&scan);
        if (code != VC_OK)
            return code;
    }
    if (!scan.groups)
        return vc__error(err, VC_E_CONFIG,
                         "a pattern has no capture group: put parentheses around what is to be transformed");
    return VC_OK;
}
