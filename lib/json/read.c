/* SPDX-License-Identifier: Apache-2.0 */
#include "json/read.h"

#include "base/error.h"
#include "json/lex.h"
#include "json/string.h"

/* What may come next. */
enum {
    AT_VALUE = 0,   /* a value */
    AT_FIRST_VALUE, /* a value, or ] */
    AT_FIRST_NAME,  /* a name, or } */
    AT_NEXT,        /* a comma with what follows it, or the end of the array or object */
    AT_END,         /* white space, to the end of the body */
    AT_ERROR
};

void vc__reader_start(vc__reader *reader, char *body, size_t len)
{
    *reader = (vc__reader){ .begin = body, .at = body, .end = body + len };
}

/* Moves the reader's own, writable pointer to what the lexer found. */
static void move_to(vc__reader *reader, const char *at)
{
    reader->at += at - reader->at;
}

static vc__token fail(vc__reader *reader, const char *at, const char *expected)
{
    vc__lex lex = { at, expected };
    vc__lex_blame_comma(reader->begin, reader->end, &lex);
    move_to(reader, lex.at);
    reader->expected = lex.expected;
    reader->state = AT_ERROR;
    return VC__TOKEN_ERROR;
}

static char peek(const vc__reader *reader)
{
    return vc__likely(reader->at < reader->end) ? *reader->at : 0;
}

static void after_value(vc__reader *reader)
{
    reader->state = reader->depth ? AT_NEXT : AT_END;
}

static bool unescape(vc__reader *reader, char *quoted)
{
    if (vc__string_decode_in_place(quoted, (size_t)(reader->at - quoted), &reader->text) == VC_OK)
        return true;
    fail(reader, quoted, "a string without half surrogate pairs");
    return false;
}

/* The string whose opening quote is at reader->at, decoded. */
VC__INLINE bool string(vc__reader *reader)
{
    char *const quoted = reader->at;
    bool escaped = false;
    vc__lex lex = { NULL, NULL };
    const char *close = vc__lex_string(reader->begin, quoted + 1, reader->end, &escaped, &lex);
    if (vc__unlikely(!close)) {
        fail(reader, lex.at, lex.expected);
        return false;
    }
    const size_t len = (size_t)(close - quoted) - 1;
    reader->at = quoted + len + 2;
    reader->text = vc_view_of(quoted + 1, len);
    return vc__likely(!escaped) || unescape(reader, quoted);
}

VC__INLINE vc__token name(vc__reader *reader)
{
    if (vc__unlikely(peek(reader) != '"'))
        return fail(reader, reader->at, "a member's name");
    if (vc__unlikely(!string(reader)))
        return VC__TOKEN_ERROR;
    if (vc__unlikely(peek(reader) != ':')) {
        move_to(reader, vc__lex_space(reader->at, reader->end));
        if (peek(reader) != ':')
            return fail(reader, reader->at, "a colon behind a member's name");
    }
    reader->at++;
    reader->state = AT_VALUE;
    return VC__TOKEN_NAME;
}

static vc__token open(vc__reader *reader, bool object)
{
    if (reader->depth == VC__READER_DEPTH)
        return fail(reader, reader->at, "no deeper nesting");
    const uint64_t bit = UINT64_C(1) << reader->depth % 64;
    uint64_t *word = &reader->objects[reader->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    reader->depth++;
    reader->at++;
    reader->object = object;
    reader->state = object ? AT_FIRST_NAME : AT_FIRST_VALUE;
    return object ? VC__TOKEN_OBJECT : VC__TOKEN_ARRAY;
}

static vc__token close(vc__reader *reader)
{
    const vc__token token = reader->object ? VC__TOKEN_OBJECT_END : VC__TOKEN_ARRAY_END;
    reader->at++;
    reader->depth--;
    if (reader->depth)
        reader->object = reader->objects[(reader->depth - 1) / 64] >> (reader->depth - 1) % 64 & 1;
    after_value(reader);
    return token;
}

static vc__token scalar(vc__reader *reader)
{
    const char *const p = reader->at, *const end = reader->end, *behind;
    const char c = peek(reader);
    vc__lex lex = { NULL, NULL };
    vc__token token = VC__TOKEN_NUMBER;
    if (c == '-' || vc__lex_is_digit(p, end)) {
        behind = vc__lex_number(p, end, &lex);
    } else if (c == 't') {
        behind = vc__lex_word(p, end, "true", 4, &lex);
        token = VC__TOKEN_TRUE;
    } else if (c == 'f') {
        behind = vc__lex_word(p, end, "false", 5, &lex);
        token = VC__TOKEN_FALSE;
    } else {
        behind = vc__lex_word(p, end, "null", 4, &lex);
        token = VC__TOKEN_NULL;
    }
    if (!behind)
        return fail(reader, lex.at, lex.expected);
    reader->text = vc_view_of(p, (size_t)(behind - p));
    move_to(reader, behind);
    after_value(reader);
    return token;
}

VC__INLINE vc__token value(vc__reader *reader)
{
    const char c = peek(reader);
    if (c == '{' || c == '[')
        return open(reader, c == '{');
    if (c != '"')
        return scalar(reader);
    if (vc__unlikely(!string(reader)))
        return VC__TOKEN_ERROR;
    after_value(reader);
    return VC__TOKEN_STRING;
}

VC__INLINE vc__token next_token(vc__reader *reader)
{
    bool wants_name = false;
    move_to(reader, vc__lex_space(reader->at, reader->end));
    switch (reader->state) {
    case AT_NEXT:
        if (peek(reader) == (reader->object ? '}' : ']'))
            return close(reader);
        if (peek(reader) != ',')
            return fail(reader, reader->at, reader->object ? "a comma or }" : "a comma or ]");
        move_to(reader, vc__lex_space(reader->at + 1, reader->end));
        wants_name = reader->object;
        break;
    case AT_FIRST_NAME:
        if (peek(reader) == '}')
            return close(reader);
        wants_name = true;
        break;
    case AT_FIRST_VALUE:
        if (peek(reader) == ']')
            return close(reader);
        break;
    case AT_END:
        return reader->at == reader->end ? VC__TOKEN_END
                                         : fail(reader, reader->at, "nothing behind the value");
    default:
        break;
    }
    return wants_name ? name(reader) : value(reader);
}

vc__token vc__reader_next(vc__reader *reader)
{
    const vc__token token = reader->state == AT_ERROR ? VC__TOKEN_ERROR : next_token(reader);
    reader->token = (uint8_t)token;
    return token;
}

bool vc__reader_skip(vc__reader *reader)
{
    if (reader->token == VC__TOKEN_NAME)
        vc__reader_next(reader);
    if (reader->token == VC__TOKEN_OBJECT || reader->token == VC__TOKEN_ARRAY) {
        const size_t outside = reader->depth - 1;
        while (reader->state != AT_ERROR && reader->depth > outside)
            vc__reader_next(reader);
    }
    return reader->state != AT_ERROR;
}

vc_code vc__reader_error(const vc__reader *reader, vc_code code, vc_error *err)
{
    const size_t offset = (size_t)(reader->at - reader->begin);
    return vc__error(err, code, "not JSON at byte %zu: expected %s", offset,
                     reader->expected ? reader->expected : "more");
}
