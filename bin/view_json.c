/* SPDX-License-Identifier: Apache-2.0 */
#include "view_json.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 512 };

void view_json_free(view_json *json)
{
    if (json->data)
        OPENSSL_cleanse(json->data, json->room);
    free(json->data);
    *json = (view_json){ .most = json->most };
}

/* Not realloc(), which would leave what it moved lying about. */
static bool grow(view_json *json, size_t more)
{
    if (json->failed || more > json->most - json->len) {
        json->failed = true;
        return false;
    }
    if (more <= json->room - json->len)
        return true;
    size_t room = json->room ? json->room : FIRST_ROOM;
    while (room - json->len < more)
        room *= 2;
    char *data = malloc(room);
    if (!data) {
        json->failed = true;
        return false;
    }
    if (json->data) {
        memcpy(data, json->data, json->len);
        OPENSSL_cleanse(json->data, json->room);
        free(json->data);
    }
    json->data = data;
    json->room = room;
    return true;
}

static void put(view_json *json, const char *text, size_t len)
{
    if (!len || !grow(json, len))
        return;
    memcpy(json->data + json->len, text, len);
    json->len += len;
}

static void put_value(view_json *json, const char *text, size_t len)
{
    if (json->comma)
        put(json, ",", 1);
    put(json, text, len);
    json->comma = true;
}

/* -- structure ----------------------------------------------------------------------------------------------------- */

void view_json_begin(view_json *json, char bracket)
{
    put_value(json, &bracket, 1);
    json->comma = false;
}

void view_json_end(view_json *json, char bracket)
{
    put(json, &bracket, 1);
    json->comma = true;
}

void view_json_name(view_json *json, const char *name)
{
    put_value(json, "\"", 1);
    put(json, name, strlen(name));
    put(json, "\":", 2);
    json->comma = false;
}

/* -- UTF-8 --------------------------------------------------------------------------------------------------------- */

/* Bytes of the character at `at`; 0: it is none (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF). */
static size_t character_at(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char first, last, second_from, second_to;
        size_t len;
    } forms[] = { { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
                  { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
                  { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 } };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last)
            continue;
        if (forms[i].len > left || (forms[i].len > 1 && (at[1] < forms[i].second_from || at[1] > forms[i].second_to)))
            return 0;
        for (size_t n = 2; n < forms[i].len; n++)
            if ((at[n] & 0xc0) != 0x80)
                return 0;
        return forms[i].len;
    }
    return 0;
}

bool view_json_is_utf8(vc_view text, size_t *good)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t at = 0, len = 1;
    while (at < text.len && len) {
        len = character_at(bytes + at, text.len - at);
        at += len;
    }
    if (good)
        *good = at;
    return at == text.len;
}

/* -- strings ------------------------------------------------------------------------------------------------------- */

/* One byte of text that JSON does not take as it is; U+007F and what stands alone in HTML too, for whoever pastes it there. */
static void put_escaped(view_json *json, unsigned char c)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = c ? strchr(plain, c) : NULL;
    char text[8];
    if (found)
        snprintf(text, sizeof text, "\\%c", letters[found - plain]);
    else
        snprintf(text, sizeof text, "\\u%04x", c);
    put(json, text, strlen(text));
}

static bool must_escape(unsigned char c)
{
    return c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&';
}

static void put_string(view_json *json, vc_view text)
{
    put(json, "\"", 1);
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && !must_escape((unsigned char)text.data[end]))
            end++;
        put(json, (const char *)text.data + at, end - at);
        if (end < text.len)
            put_escaped(json, (unsigned char)text.data[end++]);
        at = end;
    }
    put(json, "\"", 1);
}

void view_json_string(view_json *json, vc_view text)
{
    const bool fine = view_json_is_utf8(text, NULL);
    put_value(json, "", 0);
    put_string(json, fine ? text : vc_view_of(NULL, 0));
    json->failed = json->failed || !fine;
}

void view_json_text(view_json *json, const char *text)
{
    if (!text) {
        view_json_null(json);
        return;
    }
    vc_view left = vc_str(text);
    size_t good;
    if (view_json_is_utf8(left, NULL)) {
        view_json_string(json, left);
        return;
    }
    char mended[1024];
    const size_t len = left.len < sizeof mended ? left.len : sizeof mended;
    memcpy(mended, text, len);
    while (!view_json_is_utf8(vc_view_of(mended, len), &good))
        mended[good] = '?';
    view_json_string(json, vc_view_of(mended, len));
}

static void put_base64(view_json *json, vc_view bytes)
{
    const size_t len = (bytes.len + 2) / 3 * 4;
    put(json, "\"", 1);
    if (bytes.len && grow(json, len + 1)) { /* EVP_EncodeBlock() writes a NUL too */
        EVP_EncodeBlock((unsigned char *)json->data + json->len, (const unsigned char *)bytes.data, (int)bytes.len);
        json->len += len;
    }
    put(json, "\"", 1);
}

void view_json_bytes(view_json *json, vc_view bytes, size_t most)
{
    size_t good;
    if (!bytes.data) {
        view_json_null(json);
        return;
    }
    const vc_view all = bytes;
    if (bytes.len > most)
        bytes.len = most;
    bool is_text = view_json_is_utf8(bytes, &good);
    if (!is_text && all.len > most && bytes.len - good < 4 && good && character_at((const unsigned char *)all.data + good, all.len - good)) {
        bytes.len = good; /* the cut went through a character */
        is_text = true;
    }
    view_json_begin(json, '{');
    view_json_member_number(json, "size", (int64_t)all.len);
    view_json_name(json, is_text ? "text" : "base64");
    if (is_text)
        put_string(json, bytes);
    else
        put_base64(json, bytes);
    json->comma = true;
    if (bytes.len < all.len)
        view_json_member_flag(json, "cut", true);
    view_json_end(json, '}');
}

/* -- the rest ------------------------------------------------------------------------------------------------------ */

void view_json_number(view_json *json, int64_t number)
{
    char text[24];
    put_value(json, text, (size_t)snprintf(text, sizeof text, "%" PRId64, number));
}

void view_json_flag(view_json *json, bool flag)
{
    put_value(json, flag ? "true" : "false", flag ? 4 : 5);
}

void view_json_null(view_json *json)
{
    put_value(json, "null", 4);
}

void view_json_raw(view_json *json, vc_view text)
{
    put_value(json, (const char *)text.data, text.len);
}

void view_json_member_text(view_json *json, const char *name, const char *text)
{
    view_json_name(json, name);
    view_json_text(json, text);
}

void view_json_member_number(view_json *json, const char *name, int64_t number)
{
    view_json_name(json, name);
    view_json_number(json, number);
}

void view_json_member_flag(view_json *json, const char *name, bool flag)
{
    view_json_name(json, name);
    view_json_flag(json, flag);
}
