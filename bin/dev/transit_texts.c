/* SPDX-License-Identifier: Apache-2.0 */
#include "transit_texts.h"

#include "base/base64.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>

static const char *go_type(json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_boolean: return "bool";
    case json_type_int:
    case json_type_double: return "json.Number";
    case json_type_object: return "map[string]interface {}";
    case json_type_array: return "[]interface {}";
    case json_type_null:
    case json_type_string: break;
    }
    return "string";
}

static bool is_text(json_object *value)
{
    const json_type type = json_object_get_type(value);
    return type == json_type_string || type == json_type_int || type == json_type_double ||
           type == json_type_null;
}

/* What the decoder says of one value that is not what it should be. */
static void add_error(dev_request *request, vc__buf *errors, size_t *count, const char *where,
                      const char *wanted, json_object *value)
{
    const bool openbao = request->server->flavour->openbao;
    vc__buf_printf(errors, "%s%s%s expected type '%s', got unconvertible type '%s'", errors->len ? "\n" : "",
                   openbao ? "" : "* ", where, wanted, go_type(value));
    if (!openbao)
        vc__buf_printf(errors, ", value: '%.200s'", json_object_get_string(value));
    ++*count;
}

static void check_item(dev_request *request, json_object *item, size_t at, const char *wanted,
                       vc__buf *errors, size_t *count)
{
    char where[128];
    if (!item)
        return;
    if (!json_object_is_type(item, json_type_object)) {
        snprintf(where, sizeof where, "'[%zu]'", at);
        add_error(request, errors, count, where, wanted, item);
        return;
    }
    DEV_JSON_EACH (item, each) {
        json_object *value = json_object_iter_peek_value(&each);
        if (is_text(value))
            continue;
        snprintf(where, sizeof where, "'[%zu][%.80s]'", at, json_object_iter_peek_name(&each));
        add_error(request, errors, count, where, "string", value);
    }
}

transit_many transit_texts_check(dev_request *request, const char *item)
{
    const bool openbao = request->server->flavour->openbao;
    json_object *list = dev_param(request, "batch_input");
    if (!list)
        return TRANSIT_ONE;
    if (!json_object_is_type(list, json_type_array)) {
        dev_reply_wrapped(request, 500,
                          "failed to parse batch input: ''%s source data must be an array or slice, got %s",
                          openbao ? "" : ":",
                          json_object_is_type(list, json_type_object)    ? "map"
                          : json_object_is_type(list, json_type_boolean) ? "bool"
                                                                         : "string");
        return TRANSIT_REFUSED;
    }
    vc__auto(vc__buf) errors = VC__BUF(1 << 16);
    size_t count = 0;
    for (size_t at = 0; at < json_object_array_length(list); at++)
        check_item(request, json_object_array_get_idx(list, at), at, item, &errors, &count);
    if (count && openbao)
        dev_reply_wrapped(request, 500,
                          "failed to parse batch input: decoding failed due to the following error(s):\n\n%s",
                          errors.data);
    else if (count)
        dev_reply_wrapped(request, 500, "failed to parse batch input: %zu error(s) decoding:\n\n%s", count,
                          errors.data);
    else if (json_object_array_length(list) == 0)
        dev_reply_error(request, 400, "missing batch input to process");
    else
        return TRANSIT_MANY;
    return TRANSIT_REFUSED;
}

size_t transit_texts_count(const dev_request *request)
{
    return json_object_array_length(dev_param(request, "batch_input"));
}

bool transit_text(const dev_request *request, size_t at, const char *name, vc_view *text)
{
    json_object *item = json_object_array_get_idx(dev_param(request, "batch_input"), at), *value = NULL;
    *text = vc_view_of(NULL, 0);
    if (!item || !json_object_object_get_ex(item, name, &value))
        return false;
    if (json_object_is_type(value, json_type_string))
        *text = vc_view_of(json_object_get_string(value), (size_t)json_object_get_string_len(value));
    else if (value)
        *text = vc_str(json_object_get_string(value));
    return true;
}

bool transit_decode(vc_view text, vc__buf *out, size_t *bad)
{
    *bad = 0;
    vc__buf_clear(out);
    return vc__buf_reserve(out, text.len + 1) == VC_OK &&
           vc__base64_decode_go(out->data, &out->len, text, bad) == VC_OK;
}

bool transit_from_url(vc_view text, vc__buf *out)
{
    vc__buf_clear(out);
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.data[i];
        if (byte == '+' || byte == '/' || byte == '=')
            return false;
        if (byte != '\r' && byte != '\n')
            vc__buf_byte(out, byte == '-' ? '+' : byte == '_' ? '/' : byte);
    }
    while (out->len % 4)
        vc__buf_byte(out, '=');
    return out->failed == VC_OK;
}

void transit_text_error(vc__buf *out, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    out_key(out, "error");
    out_string(out, vc_str(text));
}
