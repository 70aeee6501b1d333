/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of RFC 9535, appendix A, less filters and functions. */
#include "json/path.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "json/steps.h"
#include "json/string.h"

enum { MAX_SEGMENTS = 64, MAX_STEPS = 64 /* in one segment */ };
#define MAX_NUMBER (INT64_C(1) << 53) /* and beyond: RFC 9535, 2.1 */

typedef struct grammar {
    const char *begin, *p, *end;
    vc__path *path;
    size_t step_cap;
    size_t names_len;
    vc_error *err;
} grammar;

static bool refuse(grammar *parser, vc_code code, const char *at, const char *what)
{
    const size_t offset = (size_t)(at - parser->begin);
    vc__error(parser->err, code, "JSON path, byte %zu: %s", offset, what);
    vc__error_offset(parser->err, offset, 1, offset + 1);
    return false;
}

static bool fail(grammar *parser, const char *what)
{
    return refuse(parser, VC_E_PATH, parser->p, what);
}

static char peek(const grammar *parser)
{
    return parser->p < parser->end ? *parser->p : 0;
}

static bool accept(grammar *parser, char c)
{
    if (parser->p == parser->end || *parser->p != c)
        return false;
    parser->p++;
    return true;
}

static void space(grammar *parser)
{
    while (parser->p < parser->end && strchr(" \t\n\r", *parser->p) && *parser->p)
        parser->p++;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* name-first; with `digits` name-char */
static bool is_name_char(char c, bool digits)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80 ||
           (digits && is_digit(c));
}

static vc__step *add_step(grammar *parser, vc__step_kind kind)
{
    vc__path *path = parser->path;
    vc__segment *segment = &path->segments[path->segment_count - 1];
    if (segment->count == MAX_STEPS) {
        refuse(parser, VC_E_LIMIT, parser->p, "more than 64 selectors in one segment");
        return NULL;
    }
    if (path->step_count == parser->step_cap) {
        const size_t cap = parser->step_cap ? 2 * parser->step_cap : 4;
        vc__step *steps = vc__realloc(path->steps, cap, sizeof *steps);
        if (!steps) {
            vc__error_memory(parser->err);
            return NULL;
        }
        path->steps = steps;
        parser->step_cap = cap;
    }
    vc__step *step = &path->steps[path->step_count++];
    *step = (vc__step){ .kind = kind };
    segment->count++;
    return step;
}

/* The name is put behind the others: content never is longer than its source, so `names` is large enough. */
static vc_view keep_name(grammar *parser, vc_view name)
{
    char *to = parser->path->names + parser->names_len;
    if (name.len)
        memcpy(to, name.data, name.len);
    parser->names_len += name.len;
    return vc_view_of(to, name.len);
}

static bool shorthand(grammar *parser)
{
    const char *start = parser->p;
    if (!is_name_char(peek(parser), false))
        return fail(parser,
                    "expected a member name (a letter or _ first; others go in brackets, ['name']) or *");
    while (is_name_char(peek(parser), true))
        parser->p++;
    vc__step *step = add_step(parser, VC__STEP_NAME);
    if (step)
        step->name = keep_name(parser, vc_view_of(start, (size_t)(parser->p - start)));
    return step != NULL;
}

static int hex_digits(const char *p)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = p[i];
        if (!is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f'))
            return -1;
        value = value << 4 | (is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static bool unicode_escape(grammar *parser, vc__buf *name)
{
    const char *p = parser->p;
    int code = parser->end - p >= 4 ? hex_digits(p) : -1;
    if (code < 0)
        return fail(parser, "expected four hexadecimal digits behind \\u");
    parser->p += 4;
    if (code >= 0xd800 && code < 0xe000) {
        const int low = parser->end - p >= 10 && p[4] == '\\' && p[5] == 'u' ? hex_digits(p + 6) : -1;
        if (code >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
            return refuse(parser, VC_E_PATH, p, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        parser->p += 6;
    }
    vc__utf8_append(name, (uint32_t)code);
    return true;
}

static bool escape(grammar *parser, char quote, vc__buf *name)
{
    static const char letters[] = "bfnrt/\\", meanings[] = "\b\f\n\r\t/\\";
    const char c = peek(parser);
    const char *letter = c ? strchr(letters, c) : NULL;
    if (!letter && c != quote && c != 'u')
        return fail(parser, "an escape that RFC 9535 does not know");
    parser->p++;
    if (c == 'u')
        return unicode_escape(parser, name);
    vc__buf_byte(name, letter ? meanings[letter - letters] : c);
    return true;
}

static bool quoted_name(grammar *parser)
{
    vc__auto(vc__buf) name = VC__BUF((size_t)(parser->end - parser->begin));
    const char quote = *parser->p++;
    while (!accept(parser, quote)) {
        if (parser->p == parser->end)
            return fail(parser, "expected the closing quote of a name");
        if ((unsigned char)*parser->p < 0x20)
            return fail(parser, "a control character in a name must be escaped");
        if (!accept(parser, '\\'))
            vc__buf_byte(&name, *parser->p++);
        else if (!escape(parser, quote, &name))
            return false;
    }
    if (vc__buf_check(&name, "a member name", parser->err) != VC_OK)
        return false;
    vc__step *step = add_step(parser, VC__STEP_NAME);
    if (step)
        step->name = keep_name(parser, vc__buf_get(&name));
    return step != NULL;
}

static bool integer(grammar *parser, int64_t *value)
{
    const char *start = parser->p;
    const bool negative = accept(parser, '-');
    if (!is_digit(peek(parser)))
        return fail(parser, "expected a number");
    if (*parser->p == '0' && (negative || (parser->end - parser->p > 1 && is_digit(parser->p[1]))))
        return refuse(parser, VC_E_PATH, start, "numbers have no leading zeros, and there is no -0");
    int64_t n = 0;
    while (is_digit(peek(parser))) {
        n = n * 10 + (*parser->p++ - '0');
        if (n >= MAX_NUMBER)
            return refuse(parser, VC_E_PATH, start, "a number beyond 2^53 - 1");
    }
    *value = negative ? -n : n;
    return true;
}

static bool starts_number(const grammar *parser)
{
    return peek(parser) == '-' || is_digit(peek(parser));
}

static bool index_or_slice(grammar *parser)
{
    vc__step *step = add_step(parser, VC__STEP_INDEX);
    if (!step)
        return false;
    step->step = 1;
    if (starts_number(parser)) {
        step->has_start = true;
        if (!integer(parser, &step->start))
            return false;
    }
    const char *behind = parser->p;
    space(parser);
    if (!accept(parser, ':')) {
        parser->p = behind;
        return true;
    }
    step->kind = VC__STEP_SLICE;
    space(parser);
    if (starts_number(parser)) {
        step->has_end = true;
        if (!integer(parser, &step->end))
            return false;
        space(parser);
    }
    if (!accept(parser, ':'))
        return true;
    space(parser);
    return !starts_number(parser) || integer(parser, &step->step);
}

static bool selector(grammar *parser)
{
    switch (peek(parser)) {
    case '\'':
    case '"':
        return quoted_name(parser);
    case '*':
        parser->p++;
        return add_step(parser, VC__STEP_WILDCARD) != NULL;
    case '?':
        return fail(parser, "filters (?) are not supported: use names, indexes, slices, * and ..");
    default:
        if (peek(parser) == ':' || starts_number(parser))
            return index_or_slice(parser);
        return fail(parser, "expected a quoted name, an index, a slice or *");
    }
}

static bool brackets(grammar *parser)
{
    do {
        space(parser);
        if (!selector(parser))
            return false;
        space(parser);
    } while (accept(parser, ','));
    return accept(parser, ']') || fail(parser, "expected , or ]");
}

/* At `.` or `[` */
static bool segment(grammar *parser)
{
    vc__path *path = parser->path;
    if (path->segment_count == MAX_SEGMENTS)
        return refuse(parser, VC_E_LIMIT, parser->p, "more than 64 segments");
    vc__segment *segment = &path->segments[path->segment_count++];
    *segment = (vc__segment){ .first = path->step_count };
    if (accept(parser, '['))
        return brackets(parser);
    if (!accept(parser, '.'))
        return fail(parser, "expected . or [");
    segment->descendant = accept(parser, '.');
    if (segment->descendant && accept(parser, '['))
        return brackets(parser);
    if (accept(parser, '*'))
        return add_step(parser, VC__STEP_WILDCARD) != NULL;
    return shorthand(parser);
}

static bool parse(grammar *parser, vc_view text)
{
    const size_t valid = vc__utf8_valid(text);
    if (valid < text.len)
        return refuse(parser, VC_E_PATH, parser->begin + valid, "not UTF-8");
    if (!accept(parser, '$'))
        return fail(parser, "expected $, the record itself, at the start");
    while (parser->p < parser->end) {
        const char *behind = parser->p;
        space(parser);
        if (parser->p == parser->end)
            return refuse(parser, VC_E_PATH, behind, "no white space at the end");
        if (!segment(parser))
            return false;
    }
    return true;
}

vc__path *vc__path_parse(vc_view text, vc_error *err)
{
    vc__autoptr(vc__path) path = vc__calloc(1, sizeof *path);
    if (path) {
        path->segments = vc__calloc(MAX_SEGMENTS, sizeof *path->segments);
        path->names = vc__calloc(text.len, 1);
    }
    if (!path || !path->segments || !path->names) {
        vc__error_memory(err);
        return NULL;
    }
    const char *data = text.len ? text.data : "";
    grammar parser = { .begin = data, .p = data, .end = data + text.len, .path = path, .err = err };
    return parse(&parser, text) ? vc__steal(&path) : NULL;
}

void vc__path_free(vc__path *path)
{
    if (!path)
        return;
    vc__free(path->segments);
    vc__free(path->steps);
    vc__free(path->names);
    vc__free(path);
}

bool vc__path_is_singular(const vc__path *path)
{
    for (size_t i = 0; i < path->segment_count; i++) {
        const vc__segment *segment = &path->segments[i];
        const vc__step *step = &path->steps[segment->first];
        if (segment->descendant || segment->count != 1)
            return false;
        if (step->kind != VC__STEP_NAME && (step->kind != VC__STEP_INDEX || step->start < 0))
            return false;
    }
    return true;
}
