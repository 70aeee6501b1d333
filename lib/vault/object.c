/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/object.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "json/read.h"
#include "json/string.h"
#include "vault/request.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>

enum { DEPTH_MAX = 64 };

vc_code vc__object_init(vc__object *object, vc_error *err)
{
    object->json = json_object_new_object();
    return object->json ? VC_OK : vc__error_memory(err);
}

void vc__object_cleanup(vc__object *object)
{
    json_object_put(object->json);
    object->json = NULL;
}

void *vc__object_new(vc_error *err)
{
    vc__object *object = vc__calloc(1, sizeof *object);
    if (!object)
        vc__error_memory(err);
    else if (vc__object_init(object, err)) {
        vc__free(object);
        object = NULL;
    }
    return object;
}

void vc__object_free(void *pointer)
{
    vc__object *object = pointer;
    if (object)
        vc__object_cleanup(object);
    vc__free(object);
}

/* Takes `value` over, in any case. */
static vc_code put(struct json_object *in, const char *name, struct json_object *value, vc_error *err)
{
    if (value && json_object_object_add(in, name, value) == 0)
        return VC_OK;
    json_object_put(value);
    return vc__error_memory(err);
}

static vc_code new_text(struct json_object **text, vc_view value, const char *name, vc_error *err)
{
    if (value.len > INT_MAX || vc__utf8_valid(value) != value.len)
        return vc__error(err, VC_E_ARGUMENT, "%s is not UTF-8", name);
    *text = json_object_new_string_len(value.len ? value.data : "", (int)value.len);
    return *text ? VC_OK : vc__error_memory(err);
}

vc_code vc__object_set_text(vc__object *object, const char *name, vc_view value, vc_error *err)
{
    struct json_object *text = NULL;
    const vc_code code = new_text(&text, value, name, err);
    return code ? code : put(object->json, name, text, err);
}

vc_code vc__object_set_number(vc__object *object, const char *name, uint64_t value, vc_error *err)
{
    return put(object->json, name, json_object_new_uint64(value), err);
}

vc_code vc__object_set_flag(vc__object *object, const char *name, bool value, vc_error *err)
{
    return put(object->json, name, json_object_new_boolean(value), err);
}

static struct json_object *member(const vc__object *object, const char *name, enum json_type type)
{
    struct json_object *value = NULL;
    if (!json_object_is_type(object->json, json_type_object) ||
        !json_object_object_get_ex(object->json, name, &value))
        return NULL;
    return json_object_is_type(value, type) ? value : NULL;
}

/* The list or map `name`; made when it is missing. NULL without memory. */
static struct json_object *container(vc__object *object, const char *name, enum json_type type)
{
    struct json_object *found = member(object, name, type);
    if (found)
        return found;
    found = type == json_type_array ? json_object_new_array() : json_object_new_object();
    return put(object->json, name, found, NULL) ? NULL : found;
}

vc_code vc__object_add_text(vc__object *object, const char *name, vc_view value, vc_error *err)
{
    for (size_t i = 0; i < vc__object_count(object, name); i++) {
        const char *have = vc__object_at(object, name, i);
        if (have && vc__view_is(value, have))
            return VC_OK;
    }
    struct json_object *text = NULL;
    const vc_code code = new_text(&text, value, name, err);
    if (code)
        return code;
    struct json_object *list = container(object, name, json_type_array);
    if (list && json_object_array_add(list, text) == 0)
        return VC_OK;
    json_object_put(text);
    return vc__error_memory(err);
}

vc_code vc__object_set_in(vc__object *object, const char *name, vc_view key, vc_view value, vc_error *err)
{
    char key_text[256];
    if (!key.len || key.len >= sizeof key_text || memchr(key.data, 0, key.len) ||
        vc__utf8_valid(key) != key.len)
        return vc__error(err, VC_E_ARGUMENT, "a name in %s is empty, longer than 255 bytes, or not UTF-8",
                         name);
    memcpy(key_text, key.data, key.len);
    key_text[key.len] = 0;
    struct json_object *text = NULL;
    const vc_code code = new_text(&text, value, name, err);
    if (code)
        return code;
    struct json_object *map = container(object, name, json_type_object);
    if (map)
        return put(map, key_text, text, err);
    json_object_put(text);
    return vc__error_memory(err);
}

bool vc__object_has(const vc__object *object, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object->json, name, &value) && value;
}

void vc__object_remove(vc__object *object, const char *name)
{
    json_object_object_del(object->json, name);
}

const char *vc__object_text(const vc__object *object, const char *name)
{
    return json_object_get_string(member(object, name, json_type_string));
}

uint64_t vc__object_number(const vc__object *object, const char *name)
{
    struct json_object *number = member(object, name, json_type_int);
    const int64_t value = number ? json_object_get_int64(number) : 0;
    if (value == INT64_MAX)
        return json_object_get_uint64(number);
    return value > 0 ? (uint64_t)value : 0;
}

uint64_t vc__object_seconds(const vc__object *object, const char *name)
{
    const char *text = vc__object_text(object, name);
    uint64_t total = 0, part = 0;
    if (!text)
        return vc__object_number(object, name);
    for (; *text; text++) {
        const uint64_t unit = *text == 'd' ? 86400 : *text == 'h' ? 3600 : *text == 'm' ? 60 : *text == 's';
        if (*text >= '0' && *text <= '9' && part < UINT64_MAX / 1000000) {
            part = part * 10 + (uint64_t)(*text - '0');
        } else if (unit) {
            total += part * unit;
            part = 0;
        } else {
            return 0;
        }
    }
    return total + part;
}

bool vc__object_flag(const vc__object *object, const char *name)
{
    return json_object_get_boolean(member(object, name, json_type_boolean));
}

size_t vc__object_count(const vc__object *object, const char *name)
{
    struct json_object *list = member(object, name, json_type_array);
    return list ? json_object_array_length(list) : 0;
}

const char *vc__object_at(const vc__object *object, const char *name, size_t i)
{
    if (i >= vc__object_count(object, name))
        return NULL;
    struct json_object *text = json_object_array_get_idx(member(object, name, json_type_array), i);
    return json_object_is_type(text, json_type_string) ? json_object_get_string(text) : NULL;
}

const char *vc__object_in(const vc__object *object, const char *name, const char *key)
{
    const vc__object map = { member(object, name, json_type_object) };
    return map.json ? vc__object_text(&map, key) : NULL;
}

vc__object vc__object_inner(const vc__object *object, const char *name)
{
    return (vc__object){ member(object, name, json_type_object) };
}

void vc__object_each(const vc__object *object, vc__object_fn each, void *arg)
{
    struct json_object_iterator at = json_object_iter_begin(object->json);
    const struct json_object_iterator end = json_object_iter_end(object->json);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        struct json_object *value = json_object_iter_peek_value(&at);
        const vc__object inner = { json_object_is_type(value, json_type_object) ? value : NULL };
        if (!each(arg, json_object_iter_peek_name(&at), &inner))
            return;
    }
}

/* -- as text ------------------------------------------------------------------------------------------- */

/*
 * json-c's own reader and writer go wrong when memory is short (0.16: the reader crashes, the writer leaves parts out
 * without a word), so it holds the values, and both directions are done here.
 */

static void append_json(struct json_object *json, vc__buf *out);

static void append_map(struct json_object *map, vc__buf *out)
{
    struct json_object_iterator at = json_object_iter_begin(map);
    const struct json_object_iterator end = json_object_iter_end(map);
    for (bool first = true; !json_object_iter_equal(&at, &end); json_object_iter_next(&at), first = false) {
        vc__buf_byte(out, first ? '{' : ',');
        vc__string_encode(out, vc_str(json_object_iter_peek_name(&at)));
        vc__buf_byte(out, ':');
        append_json(json_object_iter_peek_value(&at), out);
    }
    vc__buf_str(out, json_object_object_length(map) ? "}" : "{}");
}

static void append_list(struct json_object *list, vc__buf *out)
{
    vc__buf_byte(out, '[');
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (i)
            vc__buf_byte(out, ',');
        append_json(json_object_array_get_idx(list, i), out);
    }
    vc__buf_byte(out, ']');
}

static void append_number(struct json_object *number, vc__buf *out)
{
    const int64_t value = json_object_get_int64(number);
    if (value == INT64_MAX)
        vc__buf_printf(out, "%llu", (unsigned long long)json_object_get_uint64(number));
    else
        vc__buf_printf(out, "%lld", (long long)value);
}

/* Ours are at most a list in a map deep. */
static void append_json(struct json_object *json, vc__buf *out)
{
    switch (json_object_get_type(json)) {
    case json_type_object:
        append_map(json, out);
        break;
    case json_type_array:
        append_list(json, out);
        break;
    case json_type_string:
        vc__string_encode(out, vc_view_of(json_object_get_string(json), (size_t)json_object_get_string_len(json)));
        break;
    case json_type_boolean:
        vc__buf_str(out, json_object_get_boolean(json) ? "true" : "false");
        break;
    case json_type_int:
        append_number(json, out);
        break;
    case json_type_double:
        vc__buf_printf(out, "%.17g", json_object_get_double(json));
        break;
    case json_type_null:
    default:
        vc__buf_str(out, "null");
        break;
    }
}

void vc__object_write(const vc__object *object, const char *const *names, vc__buf *out)
{
    if (!names) {
        append_json(object->json, out);
        return;
    }
    vc__buf_byte(out, '{');
    for (bool first = true; *names; names++) {
        struct json_object *value = NULL;
        if (!json_object_object_get_ex(object->json, *names, &value) || !value)
            continue;
        vc__buf_printf(out, "%s\"%s\":", first ? "" : ",", *names);
        append_json(value, out);
        first = false;
    }
    vc__buf_byte(out, '}');
}

/* Whole numbers of any size stay whole: what is too large becomes the largest there is. */
static struct json_object *number_of(vc_view text)
{
    uint64_t value;
    char digits[32] = "";
    const bool negative = text.data[0] == '-';
    if (memchr(text.data, '.', text.len) || memchr(text.data, 'e', text.len) || memchr(text.data, 'E', text.len)) {
        if (text.len < sizeof digits)
            memcpy(digits, text.data, text.len);
        return json_object_new_double(strtod(digits, NULL));
    }
    if (!vc__parse_uint(vc_view_of(text.data + negative, text.len - negative), negative ? INT64_MAX : UINT64_MAX, &value))
        value = negative ? INT64_MAX : UINT64_MAX;
    return negative ? json_object_new_int64(-(int64_t)value) : json_object_new_uint64(value);
}

static vc_code read_value(vc__reader *reader, char *body, vc__token token, struct json_object **value);

/* Behind the `{`. Names end in a NUL then, in place of what stood behind them. */
static vc_code read_map(vc__reader *reader, char *body, struct json_object *map)
{
    vc__token token;
    while ((token = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        char none[1];
        const size_t len = reader->text.len;
        char *name = len ? body + (reader->text.data - body) : none;
        const bool fine = !memchr(name, 0, len);
        struct json_object *value = NULL;
        vc_code code = read_value(reader, body, vc__reader_next(reader), &value);
        if (code)
            return code;
        name[len] = 0;
        if (!fine || json_object_object_add(map, name, value)) {
            json_object_put(value);
            return fine ? VC_E_MEMORY : VC_E_PROTOCOL;
        }
    }
    return token == VC__TOKEN_OBJECT_END ? VC_OK : VC_E_PROTOCOL;
}

/* Behind the `[`. */
static vc_code read_list(vc__reader *reader, char *body, struct json_object *list)
{
    vc__token token;
    while ((token = vc__reader_next(reader)) != VC__TOKEN_ARRAY_END) {
        struct json_object *value = NULL;
        vc_code code = read_value(reader, body, token, &value);
        if (code)
            return code;
        if (json_object_array_add(list, value)) {
            json_object_put(value);
            return VC_E_MEMORY;
        }
    }
    return VC_OK;
}

/* The value that `token` begins; null is NULL. */
static vc_code read_value(vc__reader *reader, char *body, vc__token token, struct json_object **value)
{
    vc_code code = VC_OK;
    switch (token) {
    case VC__TOKEN_NULL:
        return VC_OK;
    case VC__TOKEN_OBJECT:
        *value = json_object_new_object();
        code = !*value || reader->depth > DEPTH_MAX ? VC_OK : read_map(reader, body, *value);
        break;
    case VC__TOKEN_ARRAY:
        *value = json_object_new_array();
        code = !*value || reader->depth > DEPTH_MAX ? VC_OK : read_list(reader, body, *value);
        break;
    case VC__TOKEN_STRING:
        *value = json_object_new_string_len(reader->text.data, (int)reader->text.len);
        break;
    case VC__TOKEN_NUMBER:
        *value = number_of(reader->text);
        break;
    case VC__TOKEN_TRUE:
    case VC__TOKEN_FALSE:
        *value = json_object_new_boolean(token == VC__TOKEN_TRUE);
        break;
    case VC__TOKEN_NAME:
    case VC__TOKEN_OBJECT_END:
    case VC__TOKEN_ARRAY_END:
    case VC__TOKEN_END:
    case VC__TOKEN_ERROR:
    default:
        return VC_E_PROTOCOL;
    }
    if (!*value)
        return VC_E_MEMORY;
    if (reader->depth > DEPTH_MAX)
        code = VC_E_PROTOCOL;
    if (code) {
        json_object_put(*value);
        *value = NULL;
    }
    return code;
}

vc_code vc__object_read_plain(vc__object *object, vc_view body, vc_error *err)
{
    object->json = NULL;
    if (!body.len || body.len > INT_MAX)
        return vc__error(err, VC_E_PROTOCOL, "the reply is empty: is this Vault?");
    char *copy = vc__memdup(body.data, body.len);
    if (!copy)
        return vc__error_memory(err);
    vc__reader reader;
    vc__reader_start(&reader, copy, body.len);
    vc_code code = vc__reader_next(&reader) == VC__TOKEN_OBJECT ? VC_OK : VC_E_PROTOCOL;
    if (!code)
        code = read_value(&reader, copy, VC__TOKEN_OBJECT, &object->json);
    if (!code && vc__reader_next(&reader) != VC__TOKEN_END) {
        vc__object_cleanup(object);
        code = VC_E_PROTOCOL;
    }
    vc__free(copy);
    if (code == VC_E_MEMORY)
        return vc__error_memory(err);
    return code ? vc__error(err, code, "the reply is cut off or no JSON object: is this Vault?") : VC_OK;
}

vc_code vc__object_read(vc__object *object, int status, vc_view body, vc_error *err)
{
    *object = (vc__object)VC__OBJECT;
    vc_code code = vc__reply_error(status, body, err);
    vc__object envelope = VC__OBJECT;
    if (!code)
        code = vc__object_read_plain(&envelope, body, err);
    if (code)
        return code;
    object->json = json_object_get(member(&envelope, "data", json_type_object));
    const char *id = vc__object_text(&envelope, "request_id");
    if (!object->json)
        code = vc__error(err, VC_E_PROTOCOL, "the reply has no data");
    if (code)
        vc__error_http(err, status, vc_str(id), 0);
    vc__object_cleanup(&envelope);
    return code;
}

void *vc__object_parse(int status, vc_view body, vc_error *err)
{
    vc__object *object = vc__calloc(1, sizeof *object);
    if (!object)
        vc__error_memory(err);
    else if (vc__object_read(object, status, body, err)) {
        vc__free(object);
        object = NULL;
    }
    return object;
}

void *vc__object_parse_plain(int status, vc_view body, vc_error *err)
{
    vc__object *object = vc__calloc(1, sizeof *object);
    vc_code code = object ? vc__reply_error(status, body, err) : vc__error_memory(err);
    if (!code)
        code = vc__object_read_plain(object, body, err);
    if (!code)
        return object;
    vc__free(object);
    return NULL;
}

vc_code vc__object_read_text(vc_bytes *text, int status, vc_view body, const char *name, const char *what,
                             vc_error *err)
{
    vc__object object = VC__OBJECT;
    vc_code code = vc__object_read(&object, status, body, err);
    const char *found = code ? NULL : vc__object_text(&object, name);
    if (!code && !found)
        code = vc__error(err, VC_E_PROTOCOL, "the reply does not tell of %s", what);
    if (!code) {
        const vc_bytes copy = { vc__memdup(found, strlen(found)), strlen(found) };
        if (copy.data)
            *text = copy;
        else
            code = vc__error_memory(err);
    }
    vc__object_cleanup(&object);
    return code;
}
