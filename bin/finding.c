/* SPDX-License-Identifier: Apache-2.0 */
#include "finding.h"

#include "exit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = { "ok", "skipped", "warning", "fault" };

bool findings_open(findings *found)
{
    found->list = json_object_new_array();
    found->status = EXIT_FINE;
    return found->list != NULL;
}

void findings_close(findings *found)
{
    json_object_put(found->list);
    found->list = NULL;
}

static const char *text_of(struct json_object *one, const char *name)
{
    struct json_object *value;
    return json_object_object_get_ex(one, name, &value) ? json_object_get_string(value) : NULL;
}

/* Fields share keys: what was found of one is not told again. */
static bool is_told(const findings *found, const char *check, const char *text)
{
    for (size_t i = 0; i < json_object_array_length(found->list); i++) {
        struct json_object *one = json_object_array_get_idx(found->list, i);
        if (strcmp(text_of(one, "check"), check) == 0 && strcmp(text_of(one, "text"), text) == 0)
            return true;
    }
    return false;
}

void finding_add(findings *found, finding_level level, int status, const char *check, const char *advice,
                 const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (is_told(found, check, text))
        return;
    struct json_object *one = json_object_new_object();
    json_object_object_add(one, "check", json_object_new_string(check));
    json_object_object_add(one, "level", json_object_new_string(words[level]));
    json_object_object_add(one, "text", json_object_new_string(text));
    if (advice && level != FINDING_OK)
        json_object_object_add(one, "advice", json_object_new_string(advice));
    if (level == FINDING_FAULT)
        json_object_object_add(one, "exit", json_object_new_int(status));
    json_object_array_add(found->list, one);
    if (level == FINDING_FAULT && !found->status)
        found->status = status;
}

bool finding_take(findings *found, struct json_object *one)
{
    struct json_object *status;
    const int code = json_object_object_get_ex(one, "exit", &status) ? json_object_get_int(status) : EXIT_VAULT;
    const char *level = text_of(one, "level"), *check = text_of(one, "check"), *text = text_of(one, "text");
    for (int i = FINDING_OK; level && check && text && i <= FINDING_FAULT; i++)
        if (strcmp(level, words[i]) == 0) {
            finding_add(found, (finding_level)i, code, check, text_of(one, "advice"), "%s", text);
            return true;
        }
    return false;
}

size_t findings_count(const findings *found, finding_level level)
{
    size_t count = 0;
    for (size_t i = 0; i < json_object_array_length(found->list); i++) {
        const char *word = text_of(json_object_array_get_idx(found->list, i), "level");
        count += word && strcmp(word, words[level]) == 0;
    }
    return count;
}

void findings_print(const findings *found)
{
    for (size_t i = 0; i < json_object_array_length(found->list); i++) {
        struct json_object *one = json_object_array_get_idx(found->list, i);
        const char *advice = text_of(one, "advice"), *level = text_of(one, "level");
        printf("%-8s %-11s %s\n", strcmp(level, words[FINDING_FAULT]) == 0 ? "FAULT" : level, text_of(one, "check"),
               text_of(one, "text"));
        if (advice)
            printf("%-8s %-11s -> %s\n", "", "", advice);
    }
}
