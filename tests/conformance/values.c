/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "conformance/values.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 1000 };

struct value_set {
    struct {
        char *name, *text;
    } all[VALUES_MAX];
    size_t count;
};

static void *checked(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

char *text_of(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    return text;
}

value_set *values_new(void)
{
    return checked(calloc(1, sizeof(value_set)));
}

void values_free(value_set *values)
{
    for (size_t i = 0; i < values->count; i++) {
        free(values->all[i].name);
        free(values->all[i].text);
    }
    free(values);
}

/* With a NUL behind it. Not strndup(): the bytes end where `len` says, not in a NUL. */
static char *copy(const char *bytes, size_t len)
{
    char *text = checked(malloc(len + 1));
    memcpy(text, bytes, len);
    text[len] = 0;
    return text;
}

void values_set(value_set *values, const char *name, size_t name_len, const char *text, size_t len)
{
    size_t i = 0;
    while (i < values->count && (strlen(values->all[i].name) != name_len || memcmp(values->all[i].name, name, name_len) != 0))
        i++;
    if (i == VALUES_MAX)
        abort();
    if (i == values->count) {
        values->all[i].name = copy(name, name_len);
        values->count++;
    } else {
        free(values->all[i].text);
    }
    values->all[i].text = copy(text, len);
}

void values_forget(value_set *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++) {
        if (strcmp(values->all[i].name, name) != 0)
            continue;
        free(values->all[i].name);
        free(values->all[i].text);
        values->all[i] = values->all[--values->count];
        return;
    }
}

const char *values_get(const value_set *values, const char *name, size_t name_len)
{
    for (size_t i = 0; i < values->count; i++)
        if (strlen(values->all[i].name) == name_len && memcmp(values->all[i].name, name, name_len) == 0)
            return values->all[i].text;
    return NULL;
}

size_t value_name(const char *text, const char **name, size_t *name_len)
{
    size_t len = 1;
    if (*text != '{')
        return 0;
    while (isalnum((unsigned char)text[len]) || text[len] == '_')
        len++;
    if (len == 1 || text[len] != '}')
        return 0;
    *name = text + 1;
    *name_len = len - 1;
    return len + 1;
}

static void append(char **text, size_t *len, const char *more, size_t more_len)
{
    *text = checked(realloc(*text, *len + more_len + 1));
    memcpy(*text + *len, more, more_len);
    *len += more_len;
    (*text)[*len] = 0;
}

char *values_expand(const value_set *values, const char *text, bool json)
{
    char *out = checked(strdup(""));
    size_t len = 0, name_len;
    for (const char *name; *text;) {
        const size_t taken = value_name(text, &name, &name_len);
        const char *value = taken ? values_get(values, name, name_len) : NULL;
        if (!value) {
            append(&out, &len, text, 1);
            text++;
            continue;
        }
        if (json) {
            struct json_object *string = json_object_new_string(value);
            const char *quoted = json_object_to_json_string_ext(string, JSON_C_TO_STRING_NOSLASHESCAPE);
            append(&out, &len, quoted + 1, strlen(quoted) - 2);
            json_object_put(string);
        } else {
            append(&out, &len, value, strlen(value));
        }
        text += taken;
    }
    return out;
}

/* --- matching --- */

/* Names that became known within one string are kept only when all of it fits. */
static bool match_text(value_set *values, const char *pattern, const char *text)
{
    const char *name;
    size_t name_len;
    if (!*pattern)
        return !*text;
    if (strncmp(pattern, "{*}", 3) == 0) {
        for (const char *rest = text;; rest++) {
            if (match_text(values, pattern + 3, rest))
                return true;
            if (!*rest)
                return false;
        }
    }
    const size_t taken = value_name(pattern, &name, &name_len);
    if (!taken)
        return *pattern == *text && match_text(values, pattern + 1, text + 1);
    const char *value = values_get(values, name, name_len);
    if (value)
        return strncmp(text, value, strlen(value)) == 0 && match_text(values, pattern + taken, text + strlen(value));
    for (size_t len = strlen(text); len > 0; len--)
        if (match_text(values, pattern + taken, text + len)) {
            values_set(values, name, name_len, text, len);
            return true;
        }
    return false;
}

static const char *shown(struct json_object *json)
{
    return json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static bool has_name(struct json_object *names, const char *name)
{
    for (size_t i = 0; names && i < json_object_array_length(names); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(names, i)), name) == 0)
            return true;
    return false;
}

static bool is_text(struct json_object *json, const char *text)
{
    return json_object_is_type(json, json_type_string) && strcmp(json_object_get_string(json), text) == 0;
}

/* Seconds that are left: the clock goes on between two requests. */
static bool is_time_left(const char *name, struct json_object *expected, struct json_object *actual)
{
    if ((strcmp(name, "lease_duration") != 0 && strcmp(name, "ttl") != 0) || !json_object_is_type(expected, json_type_int) ||
        !json_object_is_type(actual, json_type_int))
        return false;
    const int64_t due = json_object_get_int64(expected), left = json_object_get_int64(actual);
    return left <= due && left >= due - due / 10 && left >= due - 60;
}

static char *match_object(value_set *values, struct json_object *expected, struct json_object *actual, bool whole,
                          struct json_object *extra, const char *where)
{
    char *wrong = NULL;
    EACH_MEMBER(expected, name, value)
    {
        struct json_object *found;
        const bool there = json_object_object_get_ex(actual, name, &found);
        if (is_text(value, "{absent}"))
            wrong = there ? text_of("%s: has %s", where, name) : NULL;
        else if (!there)
            wrong = text_of("%s: %s is missing", where, name);
        else if (!is_time_left(name, value, found)) {
            char *place = text_of("%s.%s", where, name);
            wrong = values_match(values, value, found, whole, extra, place);
            free(place);
        }
        if (wrong)
            return wrong;
    }
    if (whole) {
        EACH_MEMBER(actual, other, unused)
        {
            (void)unused;
            if (!json_object_object_get_ex(expected, other, NULL) && !has_name(extra, other))
                return text_of("%s: has %s too", where, other);
        }
    }
    return NULL;
}

static char *match_array(value_set *values, struct json_object *expected, struct json_object *actual, bool whole,
                         struct json_object *extra, const char *where)
{
    size_t count = json_object_array_length(expected);
    const bool rest = count && is_text(json_object_array_get_idx(expected, count - 1), "{rest}");
    const size_t length = json_object_array_length(actual);
    count -= rest;
    if (length < count || (length > count && !rest))
        return text_of("%s: has %zu elements, not %zu", where, length, count);
    for (size_t i = 0; i < count; i++) {
        char *place = text_of("%s[%zu]", where, i);
        char *wrong = values_match(values, json_object_array_get_idx(expected, i), json_object_array_get_idx(actual, i), whole, extra, place);
        free(place);
        if (wrong)
            return wrong;
    }
    return NULL;
}

char *values_match(value_set *values, struct json_object *expected, struct json_object *actual, bool whole, struct json_object *extra,
                   const char *where)
{
    const enum json_type type = json_object_get_type(actual);
    bool fits;
    if (is_text(expected, "{any}"))
        return NULL;
    if (is_text(expected, "{int}"))
        fits = type == json_type_int;
    else if (is_text(expected, "{bool}"))
        fits = type == json_type_boolean;
    else if (json_object_get_type(expected) != type)
        fits = false;
    else if (type == json_type_object)
        return match_object(values, expected, actual, whole, extra, where);
    else if (type == json_type_array)
        return match_array(values, expected, actual, whole, extra, where);
    else if (type == json_type_string)
        fits = match_text(values, json_object_get_string(expected), json_object_get_string(actual));
    else
        fits = json_object_equal(expected, actual);
    return fits ? NULL : text_of("%s: %.300s is due, not %.300s", where, expected ? shown(expected) : "null", actual ? shown(actual) : "null");
}
