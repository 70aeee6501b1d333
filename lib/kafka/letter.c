/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/letter.h"

#include "base/base64.h"
#include "base/text.h"

#include <inttypes.h>

/* RFC 8259 section 7. Our own texts are UTF-8; what is not (a cut message) becomes U+FFFD. */
static void write_string(vc__buf *out, const char *text)
{
    const vc_view view = vc_str(text);
    vc__buf_byte(out, '"');
    for (size_t i = 0; i < view.len;) {
        const unsigned char byte = (unsigned char)view.data[i];
        const size_t valid = byte < 0x80 ? 1 : vc__utf8_valid(vc_view_of(view.data + i, view.len - i));
        if (byte == '"' || byte == '\\')
            vc__buf_printf(out, "\\%c", byte);
        else if (byte < 0x20)
            vc__buf_printf(out, "\\u%04x", byte);
        else if (valid)
            vc__buf_byte(out, (char)byte);
        else
            vc__buf_str(out, "\\ufffd");
        i++;
        if (byte >= 0x80 && valid) /* the rest of this character */
            for (; i < view.len && ((unsigned char)view.data[i] & 0xc0) == 0x80; i++)
                vc__buf_byte(out, view.data[i]);
    }
    vc__buf_byte(out, '"');
}

static void write_member(vc__buf *out, const char *name, const char *text)
{
    vc__buf_printf(out, ",\"%s\":", name);
    write_string(out, text);
}

/* The field that failed: where the error itself does not say, its message begins with the rule's path. NULL: it was none. */
static const char *field_of(const vc__letter *letter)
{
    const vc_field *field;
    if (letter->why->source[0])
        return letter->why->source;
    for (size_t i = 0; letter->under && (field = vc_rule_field_at(letter->under, i)); i++) {
        const char *path = vc_field_path(field);
        const size_t len = strlen(path);
        if (strncmp(letter->why->message, path, len) == 0 && strncmp(letter->why->message + len, ": ", 2) == 0)
            return path;
    }
    return NULL;
}

void vc__letter_begin(vc__buf *out, const vc__letter *letter)
{
    vc__buf_printf(out, "{\"version\":%d,\"topic\":", VC__LETTER_VERSION);
    write_string(out, letter->topic);
    vc__buf_printf(out, ",\"partition\":%" PRId32 ",\"offset\":%" PRId64, letter->partition, letter->offset);
    if (letter->timestamp >= 0)
        vc__buf_printf(out, ",\"timestamp\":%" PRId64, letter->timestamp);
    write_member(out, "rule", letter->rule);
    write_member(out, "error", vc_code_name(letter->why->code));
    write_member(out, "message", letter->why->message);
    const char *field = field_of(letter);
    if (field)
        write_member(out, "field", field);
}

void vc__letter_end(vc__buf *out, vc_view body, const char *omitted)
{
    if (body.data) {
        vc__buf_str(out, ",\"body\":\"");
        vc__base64_encode(out, body);
        vc__buf_byte(out, '"');
    } else {
        write_member(out, "body_omitted", omitted);
    }
    vc__buf_byte(out, '}');
}

void vc__letter_write(vc__buf *out, const vc__letter *letter)
{
    vc__letter_begin(out, letter);
    vc__buf_byte(out, '}');
}
