/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* -- escapes ------------------------------------------------------------------------------------------------------- */

static unsigned digit_of(char c)
{
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                      : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                                             : 99;
}

/* Up to `most` digits from `*at` on, which is moved behind them. */
static char number_at(const char **at, unsigned base, int most)
{
    unsigned value = 0;
    for (; most-- && digit_of(**at) < base; ++*at)
        value = value * base + digit_of(**at);
    return (char)value;
}

/* What stands behind a backslash at `*at`, which is not the end. */
static char escaped(const char **at)
{
    const char c = *(*at)++;
    switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'x': return digit_of(**at) < 16 ? number_at(at, 16, 2) : c;
    default: break;
    }
    if (c < '0' || c > '9')
        return c;
    --*at;
    return number_at(at, c == '0' ? 8 : 10, 3);
}

static bool unescape(const char *text, size_t len, vc_bytes *bytes)
{
    const char *end = text + len;
    char *made = malloc(len + 1), *to = made;
    if (!made)
        return false;
    while (text < end)
        if (*text == '\\' && text + 1 < end) {
            text++;
            *to++ = escaped(&text);
        } else {
            *to++ = *text++;
        }
    *to = 0;
    *bytes = (vc_bytes){ made, (size_t)(to - made) };
    return true;
}

bool format_unescape(const char *text, vc_bytes *bytes)
{
    return unescape(text, strlen(text), bytes);
}

/* -- format strings ------------------------------------------------------------------------------------------------ */

static const char *add_item(format *f, char token, const char *text, size_t len)
{
    if (f->count == FORMAT_MOST)
        return "the format has too many parts";
    format_item *item = &f->items[f->count];
    *item = (format_item){ .token = token };
    if (text && !unescape(text, len, &item->text))
        return "out of memory";
    f->count++;
    return NULL;
}

const char *format_add_token(format *f, char token)
{
    return add_item(f, token, NULL, 0);
}

const char *format_add_text(format *f, const char *text)
{
    return add_item(f, 0, text, strlen(text));
}

const char *format_add(format *f, const char *text)
{
    const char *wrong = NULL;
    while (*text && !wrong) {
        const size_t len = strcspn(text, "%");
        const char token = text[len] ? text[len + 1] : 0;
        if (len)
            wrong = add_item(f, 0, text, len);
        text += len;
        if (!*text || wrong)
            break;
        if (!token)
            return "a % stands at its end";
        if (token == '%')
            wrong = add_item(f, 0, "%", 1);
        else if (strchr("skSKRTtpoh", token))
            wrong = format_add_token(f, token);
        else
            return "behind % comes one of s S R k K T h t p o %";
        text += 2;
    }
    return wrong;
}

void format_free(format *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->items[i].text.data);
    f->count = 0;
}

/* -- printing ------------------------------------------------------------------------------------------------------ */

static void print_view(vc_view view, FILE *to)
{
    if (view.len)
        fwrite(view.data, 1, view.len, to);
}

static void print_content(vc_view view, bool show_null, FILE *to)
{
    if (view.len)
        print_view(view, to);
    else if (show_null)
        fputs("NULL", to);
}

static void print_length(vc_view view, FILE *to)
{
    fprintf(to, "%lld", view.data ? (long long)view.len : -1LL);
}

static void print_binary_length(vc_view view, FILE *to)
{
    const uint32_t len = view.data ? (uint32_t)view.len : UINT32_MAX;
    const unsigned char bytes[] = { (unsigned char)(len >> 24), (unsigned char)(len >> 16), (unsigned char)(len >> 8), (unsigned char)len };
    fwrite(bytes, 1, sizeof bytes, to);
}

static void print_headers(const vc_message *message, FILE *to)
{
    for (size_t i = 0; i < message->header_count; i++) {
        const vc_header *header = &message->headers[i];
        if (i)
            fputc(',', to);
        print_view(header->name, to);
        fputc('=', to);
        if (header->value.data)
            print_view(header->value, to);
        else
            fputs("NULL", to);
    }
}

void format_print(const format *f, const format_record *record, FILE *to)
{
    const vc_message *message = &record->message;
    for (size_t i = 0; i < f->count; i++)
        switch (f->items[i].token) {
        case 's': print_content(message->value, f->show_null, to); break;
        case 'k': print_content(message->key, f->show_null, to); break;
        case 'S': print_length(message->value, to); break;
        case 'K': print_length(message->key, to); break;
        case 'R': print_binary_length(message->value, to); break;
        case 'T': fprintf(to, "%" PRId64, record->timestamp); break;
        case 't': print_view(message->topic, to); break;
        case 'p': fprintf(to, "%" PRId32, record->partition); break;
        case 'o': fprintf(to, "%" PRId64, record->offset); break;
        case 'h': print_headers(message, to); break;
        default: print_view(vc_bytes_view(f->items[i].text), to); break;
        }
}

/* -- the envelope -------------------------------------------------------------------------------------------------- */

static void print_escaped(unsigned char byte, FILE *to)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = byte ? strchr(plain, byte) : NULL;
    if (found)
        fprintf(to, "\\%c", letters[found - plain]);
    else
        fprintf(to, "\\u%04X", byte);
}

/* Null is null. Bytes from 0x80 on are left alone, as kcat does: what is not UTF-8 stays what it is. */
static void print_string(vc_view text, FILE *to)
{
    if (!text.data) {
        fputs("null", to);
        return;
    }
    fputc('"', to);
    for (size_t from = 0, at = 0; from < text.len; from = ++at) {
        while (at < text.len && (unsigned char)text.data[at] >= 0x20 && text.data[at] != '"' && text.data[at] != '\\')
            at++;
        print_view(vc_view_of(text.data + from, at - from), to);
        if (at < text.len)
            print_escaped((unsigned char)text.data[at], to);
    }
    fputc('"', to);
}

void format_print_json(const format_record *record, FILE *to)
{
    const vc_message *message = &record->message;
    fputs("{\"topic\":", to);
    print_string(message->topic, to);
    fprintf(to, ",\"partition\":%" PRId32 ",\"offset\":%" PRId64, record->partition, record->offset);
    if (record->timestamp_type)
        fprintf(to, ",\"tstype\":\"%s\",\"ts\":%" PRId64, record->timestamp_type, record->timestamp);
    fprintf(to, ",\"broker\":%" PRId32, record->broker);
    for (size_t i = 0; i < message->header_count; i++) {
        fputs(i ? "," : ",\"headers\":[", to);
        print_string(message->headers[i].name, to);
        fputc(',', to);
        print_string(message->headers[i].value, to);
    }
    fputs(message->header_count ? "],\"key\":" : ",\"key\":", to);
    print_string(message->key, to);
    fputs(",\"payload\":", to);
    print_string(message->value, to);
    fputc('}', to);
}
