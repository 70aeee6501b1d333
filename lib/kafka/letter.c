/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/letter.h"

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

void vc__letter_write(vc__buf *out, const vc__letter *letter)
{
    vc__buf_str(out, "{\"topic\":");
    write_string(out, letter->topic);
    vc__buf_printf(out, ",\"partition\":%" PRId32 ",\"offset\":%" PRId64, letter->partition, letter->offset);
    if (letter->timestamp >= 0)
        vc__buf_printf(out, ",\"timestamp\":%" PRId64, letter->timestamp);
    write_member(out, "rule", letter->rule);
    write_member(out, "error", vc_code_name(letter->why->code));
    write_member(out, "message", letter->why->message);
    if (letter->why->source[0])
        write_member(out, "field", letter->why->source);
    vc__buf_byte(out, '}');
}
