/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/policy_text.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "json/lex.h"

#include <stdarg.h>
#include <stdio.h>

vc_code vc__policy_text_start(vc__policy_text *text, vc_view original, const char *source, const char *what, vc_error *err)
{
    *text = (vc__policy_text){ .original = original, .source = source, .what = what, .err = err };
    if (original.len && !original.data)
        return vc__error(err, VC_E_ARGUMENT, "%s: a text of NULL with a length", what);
    if (original.len > VC__POLICY_TEXT_MAX)
        return vc__error(err, VC_E_LIMIT, "%s of %zu bytes: the most is %d", what, original.len, VC__POLICY_TEXT_MAX);
    text->copy = vc__memdup(original.data ? original.data : "", original.len);
    if (!text->copy)
        return vc__error_memory(err);
    vc__reader_start(&text->reader, text->copy, original.len);
    return VC_OK;
}

void vc__policy_text_place(const vc__policy_text *text, size_t at, size_t *line, size_t *column)
{
    *line = *column = 1;
    if (text->original.data)
        vc__lex_place(text->original.data, text->original.data + at, line, column);
}

vc_code vc__policy_text_error(const vc__policy_text *text, size_t at, const char *format, ...)
{
    char message[400];
    size_t line, column;
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    vc__policy_text_place(text, at, &line, &column);
    vc__error(text->err, VC_E_CONFIG, "%s: %s", text->what, message);
    vc__error_offset(text->err, at, line, column);
    vc__error_at(text->err, text->source, line, column);
    return VC_E_CONFIG;
}

vc__token vc__policy_text_next(vc__policy_text *text)
{
    const vc__token token = vc__reader_next(&text->reader);
    if (token == VC__TOKEN_ERROR)
        vc__policy_text_error(text, (size_t)(text->reader.at - text->reader.begin), "not JSON: expected %s",
                              text->reader.expected ? text->reader.expected : "more");
    return token;
}

size_t vc__policy_text_at(const vc__policy_text *text, vc__token token)
{
    const vc__reader *reader = &text->reader;
    switch (token) {
    case VC__TOKEN_NAME:
    case VC__TOKEN_STRING: return (size_t)(reader->text.data - reader->begin) - 1;
    case VC__TOKEN_NUMBER:
    case VC__TOKEN_TRUE:
    case VC__TOKEN_FALSE:
    case VC__TOKEN_NULL: return (size_t)(reader->text.data - reader->begin);
    case VC__TOKEN_END:
    case VC__TOKEN_ERROR: return (size_t)(reader->at - reader->begin);
    case VC__TOKEN_OBJECT:
    case VC__TOKEN_OBJECT_END:
    case VC__TOKEN_ARRAY:
    case VC__TOKEN_ARRAY_END: break;
    }
    return (size_t)(reader->at - reader->begin) - 1;
}

char *vc__policy_text_shown(vc_view name, char *shown, size_t room)
{
    size_t at = 0, len = 0;
    while (at < name.len) {
        const size_t sequence = vc__utf8_sequence(name.data + at, name.len - at);
        const unsigned char first = (unsigned char)name.data[at];
        /* U+0080 to U+009F are control characters too */
        const bool plain = sequence > 1 ? first != 0xc2 || (unsigned char)name.data[at + 1] >= 0xa0 : first >= 0x20 && first != 0x7f;
        const size_t take = sequence ? sequence : 1;
        if (len + take + 4 > room) { /* room for "..." */
            memcpy(shown + len, "...", 3);
            len += 3;
            break;
        }
        if (plain && sequence)
            memcpy(shown + len, name.data + at, take);
        else
            memset(shown + len, '?', take);
        len += take;
        at += take;
    }
    shown[len] = 0;
    return shown;
}
