/* SPDX-License-Identifier: Apache-2.0 */
/* census.c - what a JSON body may be: counted while it is looked through once, as the real servers do. */
#include "flavour.h"

#include "base/alloc.h"
#include "json/lex.h"

#include <stdarg.h>
#include <stdio.h>

enum { DEPTH_KNOWN = 512 };

/* An array or object that is open. */
typedef struct frame {
    bool object;
    bool value_due; /* of an object: behind a colon */
    size_t count;   /* elements, or names */
    size_t keys;    /* where its names begin */
} frame;

typedef struct census {
    const dev_limits *limits;
    dev_verdict *verdict;
    const char *begin, *at, *end;
    size_t strings, tokens, depth;
    frame frames[DEPTH_KNOWN];
    vc_view *keys; /* of all objects that are open */
    size_t key_count, key_cap;
} census;

static bool refuse(census *count, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool refuse(census *count, int status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(count->verdict->text, sizeof count->verdict->text, format, list);
    va_end(list);
    count->verdict->status = status;
    return false;
}

static frame *top(census *count)
{
    return count->depth && count->depth <= DEPTH_KNOWN ? &count->frames[count->depth - 1] : NULL;
}

static bool over(size_t limit, size_t counted)
{
    return limit && counted > limit;
}

/* A value begins: one more element of an array. */
static bool take_value(census *count)
{
    frame *here = top(count);
    if (++count->tokens, over(count->limits->tokens, count->tokens))
        return refuse(count, 500, "JSON payload exceeds allowed token count");
    if (here && !here->object && over(count->limits->elements, ++here->count))
        return refuse(count, 500, "JSON array exceeds allowed element count");
    return true;
}

static bool keep_key(census *count, vc_view key)
{
    if (count->key_count == count->key_cap) {
        const size_t cap = count->key_cap ? 2 * count->key_cap : 64;
        vc_view *keys = vc__realloc(count->keys, cap, sizeof *keys);
        if (!keys)
            return refuse(count, 500, "out of memory");
        count->keys = keys;
        count->key_cap = cap;
    }
    count->keys[count->key_count++] = key;
    return true;
}

/* A name: compared as it is written, so an escaped one passes for another. */
static bool take_key(census *count, frame *here, vc_view key)
{
    if (++count->tokens, over(count->limits->tokens, count->tokens))
        return refuse(count, 500, "JSON payload exceeds allowed token count");
    if (over(count->limits->entries, ++here->count))
        return refuse(count, 500, "JSON object exceeds allowed entry count");
    if (!count->limits->strict)
        return true;
    for (size_t i = here->keys; i < count->key_count; i++)
        if (vc__view_equal(count->keys[i], key))
            return refuse(count, 500, "duplicate key '%.*s' in object", (int)(key.len < 100 ? key.len : 100),
                          key.data);
    return keep_key(count, key);
}

/* The string whose opening quote is at count->at. */
static bool take_string(census *count)
{
    const char *text = ++count->at;
    frame *here = top(count);
    while ((count->at = vc__lex_plain(count->begin, count->at, count->end, false)) < count->end &&
           *count->at != '"')
        count->at += *count->at == '\\' ? 2 : 1;
    const size_t len = (size_t)((count->at < count->end ? count->at : count->end) - text);
    count->at = count->at < count->end ? count->at + 1 : count->end;
    if (over(count->limits->strings, ++count->strings))
        return refuse(count, 400,
                      "refused JSON input due to high complexity: exceeded maximum number of strings");
    if (over(count->limits->string_length, len))
        return refuse(count, 500, "JSON string value exceeds allowed length");
    if (here && here->object && !here->value_due)
        return take_key(count, here, vc_view_of(text, len));
    return take_value(count);
}

static bool open_container(census *count, bool object)
{
    if (!take_value(count))
        return false;
    if (over(count->limits->depth, ++count->depth))
        return count->limits->strict ? refuse(count, 500, "JSON input exceeds allowed nesting depth")
                                     : refuse(count, 400, "failed to decode JSON input: exceeded max depth");
    frame *here = top(count);
    if (here)
        *here = (frame){ .object = object, .keys = count->key_count };
    return true;
}

static bool close_container(census *count)
{
    const frame *here = top(count);
    count->tokens++;
    if (here && count->depth)
        count->key_count = here->keys;
    count->depth -= count->depth > 0;
    return true;
}

/* A comma or a colon. */
static bool take_mark(census *count, bool colon)
{
    frame *here = top(count);
    count->tokens++;
    if (here)
        here->value_due = colon;
    return true;
}

/* What begins at count->at and is no white space. */
static bool take(census *count)
{
    switch (*count->at) {
    case '"': return take_string(count);
    case '{':
    case '[': return open_container(count, *count->at++ == '{');
    case '}':
    case ']': count->at++; return close_container(count);
    case ',':
    case ':': return take_mark(count, *count->at++ == ':');
    default: break;
    }
    do
        count->at++;
    while (count->at < count->end && *count->at && !strchr(" \t\r\n{}[],:\"", *count->at));
    return take_value(count);
}

/* What is behind the first value, and what is missing. */
static bool look_at_end(census *count)
{
    count->verdict->end = count->depth ? 0 : (size_t)(count->at - count->begin);
    count->at = vc__lex_space(count->at, count->end);
    if (!count->limits->strict)
        return true;
    if (count->depth)
        return refuse(count, 500, "malformed JSON, unclosed containers");
    return count->at >= count->end ||
           refuse(count, 500, "invalid character '%c' after top-level value", *count->at);
}

bool dev_limits_check(const dev_flavour *flavour, vc_view body, dev_verdict *verdict)
{
    const dev_limits *limits = &flavour->limits;
    census count = {
        .limits = limits, .verdict = verdict, .begin = body.data, .at = body.data, .end = body.data + body.len
    };
    verdict->end = 0;
    if (body.len == 0)
        return true;
    count.at = vc__lex_space(count.at, count.end);
    bool well = true;
    /* what is no array or object is of no concern */
    if (count.at < count.end && (*count.at == '{' || *count.at == '[')) {
        do
            well = take(&count);
        while (well && count.depth && (count.at = vc__lex_space(count.at, count.end)) < count.end);
        well = well && look_at_end(&count);
    }
    vc__free(count.keys);
    return well;
}
