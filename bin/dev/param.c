/* SPDX-License-Identifier: Apache-2.0 */
#include "param.h"

#include "base/text.h"
#include "reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool dev_body_blank(const vc__buf *body)
{
    size_t at = 0;
    while (at < body->len && body->data[at] && strchr(" \t\r\n", body->data[at]))
        at++;
    return at == body->len;
}

static bool refuse(dev_request *request, const char *name, const char *why)
{
    dev_reply_error(request, 400, "Field validation failed: error converting input for field \"%s\": %s",
                    name, why);
    return false;
}

static bool refuse_type(dev_request *request, const char *name, json_object *value)
{
    return refuse(request, name,
                  json_object_is_type(value, json_type_array)
                      ? "'' expected type 'string', got unconvertible type '[]interface {}'"
                      : "'' expected type 'string', got unconvertible type 'map[string]interface {}'");
}

static vc_view view_of(json_object *value)
{
    return vc_view_of(json_object_get_string(value), (size_t)json_object_get_string_len(value));
}

bool dev_param_string(dev_request *request, const char *name, vc_view *text)
{
    json_object *value = dev_param(request, name);
    *text = vc_view_of(NULL, 0);
    if (!value)
        return true;
    switch (json_object_get_type(value)) {
    case json_type_string: *text = view_of(value); return true;
    case json_type_int:
    case json_type_double:
    case json_type_boolean: *text = vc_str(json_object_to_json_string(value)); return true;
    case json_type_null:
    case json_type_object:
    case json_type_array: break;
    }
    return refuse_type(request, name, value);
}

static bool parse_int(const char *text, long long *number)
{
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return end != text && *end == 0 && errno == 0;
}

bool dev_param_int(dev_request *request, const char *name, long long *number)
{
    json_object *value = dev_param(request, name);
    if (!value)
        return true;
    if (json_object_is_type(value, json_type_int)) {
        *number = json_object_get_int64(value);
        return true;
    }
    long long parsed;
    if (json_object_is_type(value, json_type_string) && parse_int(json_object_get_string(value), &parsed)) {
        *number = parsed;
        return true;
    }
    return refuse(request, name, "'' cannot parse value as 'int': strconv.ParseInt: invalid syntax");
}

bool dev_param_bool(dev_request *request, const char *name, bool *yes)
{
    json_object *value = dev_param(request, name);
    if (!value)
        return true;
    if (json_object_is_type(value, json_type_boolean)) {
        *yes = json_object_get_boolean(value);
        return true;
    }
    static const struct {
        const char *text;
        bool yes;
    } words[] = { { "true", true },   { "1", true },  { "t", true },
                  { "false", false }, { "0", false }, { "f", false } };
    const vc_view text = vc_str(json_object_get_string(value));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (vc__view_is(text, words[i].text)) {
            *yes = words[i].yes;
            return true;
        }
    }
    return refuse(request, name, "'' cannot parse value as 'bool': strconv.ParseBool: invalid syntax");
}

/* One number with its unit, at text.data[*at]; in milliseconds. */
static bool duration_part(vc_view text, size_t *at, unsigned long long *total)
{
    static const struct {
        const char *unit;
        unsigned long long milliseconds;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
    unsigned long long number = 0;
    const size_t begin = *at;
    while (*at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9') {
        if (number > 100000000000ULL)
            return false;
        number = number * 10 + (unsigned long long)(text.data[(*at)++] - '0');
    }
    if (*at == begin)
        return false;
    if (*at == text.len && begin == 0) {
        *total += number * 1000;
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const vc_view rest = vc_view_of(text.data + *at, text.len - *at);
        if (vc__view_starts(rest, units[i].unit)) {
            *at += strlen(units[i].unit);
            *total += number * units[i].milliseconds;
            return number * units[i].milliseconds / units[i].milliseconds == number;
        }
    }
    return false;
}

bool dev_duration_parse(vc_view text, long long *seconds)
{
    unsigned long long total = 0;
    size_t at = 0;
    if (text.len == 0) {
        *seconds = 0;
        return true;
    }
    while (at < text.len)
        if (!duration_part(text, &at, &total))
            return false;
    *seconds = (long long)(total / 1000);
    return true;
}

bool dev_param_duration(dev_request *request, const char *name, long long *seconds)
{
    json_object *value = dev_param(request, name);
    if (!value)
        return true;
    if (json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0) {
        *seconds = json_object_get_int64(value);
        return true;
    }
    if (json_object_is_type(value, json_type_string) && dev_duration_parse(view_of(value), seconds))
        return true;
    const vc_view text = view_of(value);
    char why[160];
    snprintf(why, sizeof why, "time: invalid duration \"%.*s\"", (int)(text.len < 100 ? text.len : 100),
             text.data ? text.data : "");
    return refuse(request, name, why);
}

static json_object *split(vc_view text)
{
    json_object *list = json_object_new_array();
    size_t begin = 0;
    for (size_t at = 0; list && at <= text.len; at++) {
        if (at < text.len && text.data[at] != ',')
            continue;
        size_t end = at;
        while (begin < end && text.data[begin] == ' ')
            begin++;
        while (end > begin && text.data[end - 1] == ' ')
            end--;
        if (end > begin)
            json_object_array_add(list, json_object_new_string_len(text.data + begin, (int)(end - begin)));
        begin = at + 1;
    }
    return list;
}

bool dev_param_list(dev_request *request, const char *name, json_object **list)
{
    json_object *value = dev_param(request, name);
    *list = NULL;
    if (!value)
        return true;
    if (json_object_is_type(value, json_type_string)) {
        *list = split(view_of(value));
        return *list || refuse(request, name, "out of memory");
    }
    if (!json_object_is_type(value, json_type_array))
        return refuse_type(request, name, value);
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!json_object_is_type(json_object_array_get_idx(value, i), json_type_string))
            return refuse_type(request, name, value);
    *list = json_object_get(value);
    return true;
}
