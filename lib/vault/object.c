/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/object.h"

#include "base/error.h"
#include "base/text.h"
#include "vault/request.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>

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

static bool append_json(struct json_object *json, vc__buf *out)
{
    const char *text =
        json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text)
        vc__buf_str(out, text);
    else
        out->failed = VC_E_MEMORY;
    return text != NULL;
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
        if (!append_json(value, out))
            return;
        first = false;
    }
    vc__buf_byte(out, '}');
}

vc_code vc__object_read_plain(vc__object *object, vc_view body, vc_error *err)
{
    object->json = NULL;
    if (!body.len || body.len > INT_MAX)
        return vc__error(err, VC_E_PROTOCOL, "the reply is empty: is this Vault?");
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    if (!tokener)
        return vc__error_memory(err);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
                                        JSON_TOKENER_ALLOW_TRAILING_CHARS);
    struct json_object *json = json_tokener_parse_ex(tokener, body.data, (int)body.len);
    size_t end = json_tokener_get_parse_end(tokener);
    /* This version of json-c knows no error for a lack of memory: it stops without one. */
    const bool stopped = !json && json_tokener_get_error(tokener) == json_tokener_success;
    json_tokener_free(tokener);
    if (stopped && body.data[0] == '{')
        return vc__error_memory(err);
    while (end < body.len && memchr(" \t\r\n", body.data[end], 4))
        end++;
    if (!json_object_is_type(json, json_type_object) || end != body.len) {
        json_object_put(json);
        return vc__error(err, VC_E_PROTOCOL, "the reply is cut off or no JSON object: is this Vault?");
    }
    object->json = json;
    return VC_OK;
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
