/* SPDX-License-Identifier: Apache-2.0 */
#include "blob.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

void blob_wipe(void *data, size_t len)
{
    if (data)
        OPENSSL_cleanse(data, len);
}

void blob_free(blob *b)
{
    const bool failed = b->failed;
    blob_wipe(b->data, b->room);
    free(b->data);
    memset(b, 0, sizeof *b);
    b->failed = failed;
}

static bool make_room(blob *b, size_t len)
{
    if (b->failed || len > BLOB_MAX || b->len + len > BLOB_MAX) {
        b->failed = true;
        return false;
    }
    if (b->len + len < b->room)
        return true;
    const size_t room = (b->len + len) * 2 + 256;
    char *data = malloc(room);
    if (!data) {
        b->failed = true;
        return false;
    }
    if (b->len)
        memcpy(data, b->data, b->len);
    blob_wipe(b->data, b->room);
    free(b->data);
    b->data = data;
    b->room = room;
    return true;
}

void blob_add(blob *b, const void *data, size_t len)
{
    if (!make_room(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = 0;
}

void blob_text(blob *b, const char *text)
{
    blob_add(b, text, strlen(text));
}

bool blob_base64(blob *b, vc_view bytes)
{
    const size_t len = (bytes.len + 2) / 3 * 4;
    if (bytes.len > BLOB_MAX || !make_room(b, len + 1))
        return false;
    b->len += (size_t)EVP_EncodeBlock((unsigned char *)b->data + b->len, (const unsigned char *)bytes.data,
                                      (int)bytes.len);
    b->data[b->len] = 0;
    return true;
}

/* How many '=' end it, or -1: EVP_DecodeBlock() would take them anywhere as zeros, and pass over spaces at both ends. */
static int padding_of(vc_view text)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.data[text.len - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i + padding < text.len; i++) {
        const char c = text.data[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/'))
            return -1;
    }
    return (int)padding;
}

bool blob_from_base64(blob *b, vc_view text)
{
    const int padding = padding_of(text);
    if (padding < 0 || text.len > BLOB_MAX || text.len % 4 || !make_room(b, text.len + 1))
        return false;
    const int len = EVP_DecodeBlock((unsigned char *)b->data + b->len, (const unsigned char *)text.data, (int)text.len);
    if (len < 0)
        return false;
    b->len += (size_t)(len - padding);
    b->data[b->len] = 0;
    return true;
}

/* -- JSON ----------------------------------------------------------------------------------------------------- */

static void add_string(blob *b, vc_view text)
{
    blob_text(b, "\"");
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        char escape[8];
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20)
            snprintf(escape, sizeof escape, "\\u%04x", c);
        else {
            blob_add(b, &text.data[i], 1);
            continue;
        }
        blob_text(b, escape);
    }
    blob_text(b, "\"");
}

static void add_name(blob *body, const char *name)
{
    blob_text(body, body->len ? "," : "{");
    add_string(body, vc_str(name));
    blob_text(body, ":");
}

void body_view(blob *body, const char *name, vc_view value)
{
    if (!value.data)
        return;
    add_name(body, name);
    add_string(body, value);
}

void body_text(blob *body, const char *name, const char *value)
{
    body_view(body, name, vc_str(value));
}

void body_base64(blob *body, const char *name, vc_view value)
{
    if (!value.data)
        return;
    add_name(body, name);
    blob_text(body, "\"");
    blob_base64(body, value);
    blob_text(body, "\"");
}

void body_json(blob *body, const char *name, vc_view json)
{
    if (!json.data)
        return;
    add_name(body, name);
    blob_add(body, json.data, json.len);
}

void body_number(blob *body, const char *name, unsigned long long value)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", value);
    if (value)
        body_json(body, name, vc_str(text));
}

void body_true(blob *body, const char *name, bool value)
{
    if (value)
        body_json(body, name, vc_str("true"));
}

vc_view body_end(blob *body)
{
    blob_text(body, body->len ? "}" : "{}");
    return body->failed ? vc_view_of(NULL, SIZE_MAX) : blob_view(body);
}
