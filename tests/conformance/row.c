/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/row.h"

#include <stdlib.h>
#include <string.h>

bool tags_have(const server_tags *tags, const char *tag)
{
    for (size_t i = 0; tags->tags[i]; i++)
        if (strcmp(tags->tags[i], tag) == 0)
            return true;
    return false;
}

static const char *const members[] = { "row",   "case",   "spec",  "method", "path",   "headers",   "body",  "fill",
                                       "token", "status", "reply", "has",    "error",  "namespace", "wrap_ttl", "code",
                                       "typed", "only",   "except", "differ",   "recorded", "certificate", "why",   "wrap", "take" };

static bool is_member(const char *name)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (strcmp(name, members[i]) == 0)
            return true;
    return false;
}

struct json_object *row_get(const suite_row *row, const char *name)
{
    struct json_object *found = NULL;
    json_object_object_get_ex(row->json, name, &found);
    return found;
}

const char *row_text(const suite_row *row, const char *name)
{
    struct json_object *found = row_get(row, name);
    return json_object_is_type(found, json_type_string) ? json_object_get_string(found) : NULL;
}

long row_number(const suite_row *row, const char *name, long otherwise)
{
    struct json_object *found = row_get(row, name);
    return found ? (long)json_object_get_int64(found) : otherwise;
}

/* What is said of this server replaces what is said of all. */
static void lay_over(suite_row *row, const server_tags *tags)
{
    struct json_object *differ = row_get(row, "differ"), *mine;
    for (size_t i = 0; differ && tags->tags[i]; i++) {
        if (!json_object_object_get_ex(differ, tags->tags[i], &mine))
            continue;
        EACH_MEMBER(mine, name, value)
        {
            /* One way to look at the reply replaces the other ones. */
            if (strcmp(name, "reply") == 0 || strcmp(name, "has") == 0 || strcmp(name, "error") == 0) {
                json_object_object_del(row->json, "reply");
                json_object_object_del(row->json, "has");
                json_object_object_del(row->json, "error");
            }
            (void)value;
        }
        EACH_MEMBER(mine, put_name, put_value)
        {
            json_object_object_add(row->json, put_name, json_object_get(put_value));
        }
    }
    row->method = row_text(row, "method");
    row->path = row_text(row, "path");
    const char *why = row_text(row, "why");
    if (why)
        row->why = text_of("%s", why);
}

static char *check(const suite_row *row)
{
    EACH_MEMBER(row->json, name, value)
    {
        (void)value;
        if (!is_member(name))
            return text_of("no row has a member %s", name);
    }
    struct json_object *differ = row_get(row, "differ");
    if (differ) {
        EACH_MEMBER(differ, tag, mine)
        {
            if (!json_object_object_get_ex(mine, "why", NULL))
                return text_of("what differs for %s has no \"why\"", tag);
        }
    }
    if (row_get(row, "why"))
        return text_of("\"why\" stands within \"differ\"");
    if (!row->name || !row->method || !row->path)
        return text_of("a row has row, method and path");
    return NULL;
}

bool row_read(suite_row *row, const char *line, const server_tags *tags, char **wrong)
{
    *row = (suite_row){ .json = json_tokener_parse(line) };
    if (!json_object_is_type(row->json, json_type_object)) {
        *wrong = text_of("not a JSON object");
        return false;
    }
    row->name = row_text(row, "row") ? row_text(row, "row") : row_text(row, "case");
    row->method = row_text(row, "method");
    row->path = row_text(row, "path");
    *wrong = check(row);
    if (*wrong)
        return false;
    lay_over(row, tags);
    return true;
}

void row_cleanup(suite_row *row)
{
    json_object_put(row->json);
    free(row->why);
}

static bool named(struct json_object *list, const server_tags *tags)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (tags_have(tags, json_object_get_string(json_object_array_get_idx(list, i))))
            return true;
    return false;
}

bool row_is_for(const suite_row *row, const server_tags *tags)
{
    struct json_object *only = row_get(row, "only"), *except = row_get(row, "except");
    return (!only || named(only, tags)) && !(except && named(except, tags));
}

/* "fill": {"items": {"text": "...", "times": 3, "join": ","}}: {items} is that, unescaped. */
static void fill(struct json_object *fills, value_set *values)
{
    EACH_MEMBER(fills, name, fill)
    {
        struct json_object *text = NULL, *times = NULL, *join = NULL;
        json_object_object_get_ex(fill, "text", &text);
        json_object_object_get_ex(fill, "times", &times);
        json_object_object_get_ex(fill, "join", &join);
        const size_t count = (size_t)json_object_get_int64(times), len = (size_t)json_object_get_string_len(text);
        const size_t join_len = join ? (size_t)json_object_get_string_len(join) : 0;
        char *all = malloc(count * (len + join_len) + 1), *at = all;
        if (!all)
            abort();
        for (size_t i = 0; i < count; i++) {
            if (i && join_len)
                at = (char *)memcpy(at, json_object_get_string(join), join_len) + join_len;
            at = (char *)memcpy(at, json_object_get_string(text), len) + len;
        }
        values_set(values, name, strlen(name), all, (size_t)(at - all));
        free(all);
    }
}

char *row_body(const suite_row *row, value_set *values)
{
    struct json_object *body = row_get(row, "body"), *fills = row_get(row, "fill");
    if (!body)
        return NULL;
    if (fills)
        fill(fills, values);
    const char *text = json_object_is_type(body, json_type_string)
                           ? json_object_get_string(body)
                           : json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    return values_expand(values, text, !fills);
}
