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
    move_to(reader, at);
    reader->expected = expected;
    reader->state = AT_ERROR;
    return VC__TOKEN_ERROR;
}

static void after_value(vc__reader *reader)
{
    reader->state = reader->depth ? AT_NEXT : AT_END;
}

/* The string whose opening quote is at reader->at, decoded. */
static bool string(vc__reader *reader)
{
    char *const quoted = reader->at;
    bool escaped = false;
    vc__lex lex = { NULL, NULL };
    const char *close = vc__lex_string(reader->begin, quoted + 1, reader->end, &escaped, &lex);
    if (!close) {
        fail(reader, lex.at, lex.expected);
        return false;
    }
    move_to(reader, close + 1);
    reader->text = vc_view_of(quoted + 1, (size_t)(close - quoted) - 1);
    if (escaped && vc__string_decode_in_place(quoted, (size_t)(reader->at - quoted), &reader->text) != VC_OK) {
        fail(reader, quoted, "a string without half surrogate pairs");
        return false;
    }
    return true;
}

static vc__token name(vc__reader *reader)
{
    if (reader->at == reader->end || *reader->at != '"')
        return fail(reader, reader->at, "a member's name");
    if (!string(reader))
        return VC__TOKEN_ERROR;
    move_to(reader, vc__lex_space(reader->at, reader->end));
    if (reader->at == reader->end || *reader->at != ':')
        return fail(reader, reader->at, "a colon behind a member's name");
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
    reader->state = object ? AT_FIRST_NAME : AT_FIRST_VALUE;
    return object ? VC__TOKEN_OBJECT : VC__TOKEN_ARRAY;
}

static bool in_object(const vc__reader *reader)
{
    return reader->objects[(reader->depth - 1) / 64] >> (reader->depth - 1) % 64 & 1;
}

static vc__token close(vc__reader *reader, bool object)
{
    reader->at++;
    reader->depth--;
    after_value(reader);
    return object ? VC__TOKEN_OBJECT_END : VC__TOKEN_ARRAY_END;
}

static vc__token scalar(vc__reader *reader, const char *behind, vc__lex *lex, vc__token token)
{
    if (!behind)
        return fail(reader, lex->at, lex->expected);
    reader->text = vc_view_of(reader->at, (size_t)(behind - reader->at));
    move_to(reader, behind);
    after_value(reader);
    return token;
}

static vc__token value(vc__reader *reader)
{
    const char *p = reader->at, *end = reader->end;
    vc__lex lex = { NULL, NULL };
    switch (p < end ? *p : 0) {
    case '"':
        if (!string(reader))
            return VC__TOKEN_ERROR;
        after_value(reader);
        return VC__TOKEN_STRING;
    case '{':
        return open(reader, true);
    case '[':
        return open(reader, false);
    case 't':
        return scalar(reader, vc__lex_word(p, end, "true", 4, &lex), &lex, VC__TOKEN_TRUE);
    case 'f':
        return scalar(reader, vc__lex_word(p, end, "false", 5, &lex), &lex, VC__TOKEN_FALSE);
    case 'n':
        return scalar(reader, vc__lex_word(p, end, "null", 4, &lex), &lex, VC__TOKEN_NULL);
    default:
        if (p < end && (*p == '-' || vc__lex_is_digit(p, end)))
            return scalar(reader, vc__lex_number(p, end, &lex), &lex, VC__TOKEN_NUMBER);
        return fail(reader, p, "a value");
    }
}

/* Behind a value in an array or object. */
static vc__token next_element(vc__reader *reader)
{
    const bool object = in_object(reader);
    if (reader->at < reader->end && *reader->at == (object ? '}' : ']'))
        return close(reader, object);
    if (reader->at == reader->end || *reader->at != ',')
        return fail(reader, reader->at, object ? "a comma or }" : "a comma or ]");
    reader->at++;
    move_to(reader, vc__lex_space(reader->at, reader->end));
    return object ? name(reader) : value(reader);
}

static vc__token next_token(vc__reader *reader)
{
    if (reader->state == AT_ERROR)
        return VC__TOKEN_ERROR;
    move_to(reader, vc__lex_space(reader->at, reader->end));
    const bool first_end = reader->at < reader->end && *reader->at == (reader->state == AT_FIRST_NAME ? '}' : ']');
    switch (reader->state) {
    case AT_FIRST_VALUE:
        return first_end ? close(reader, false) : value(reader);
    case AT_FIRST_NAME:
        return first_end ? close(reader, true) : name(reader);
    case AT_NEXT:
        return next_element(reader);
    case AT_END:
        return reader->at == reader->end ? VC__TOKEN_END : fail(reader, reader->at, "nothing behind the value");
    default:
        return value(reader);
    }
}

vc__token vc__reader_next(vc__reader *reader)
{
    const vc__token token = next_token(reader);
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
    return vc__error(err, code, "not JSON at byte %zu: expected %s", offset, reader->expected ? reader->expected : "more");
}
