/* SPDX-License-Identifier: Apache-2.0 */
#include "show.h"

#include <stdio.h>

void show_text(struct json_object *object, const char *name, const char *text)
{
    if (text && *text)
        json_object_object_add(object, name, json_object_new_string(text));
}

void show_flag(struct json_object *object, const char *name, bool flag)
{
    json_object_object_add(object, name, json_object_new_boolean(flag));
}

void show_number(struct json_object *object, const char *name, uint64_t number)
{
    json_object_object_add(object, name, json_object_new_uint64(number));
}

const char *show_word(struct json_object *value)
{
    if (json_object_is_type(value, json_type_boolean))
        return json_object_get_boolean(value) ? "yes" : "no";
    return json_object_get_string(value);
}

const char *show_seconds(uint64_t seconds, char *text, size_t room)
{
    static const struct {
        uint64_t seconds;
        const char *name, *next;
        uint64_t next_seconds;
    } units[] = { { 86400, "d", "h", 3600 }, { 3600, "h", "m", 60 }, { 60, "m", "s", 1 } };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (seconds >= units[i].seconds) {
            snprintf(text, room, "%llu%s %llu%s", (unsigned long long)(seconds / units[i].seconds), units[i].name,
                     (unsigned long long)(seconds % units[i].seconds / units[i].next_seconds), units[i].next);
            return text;
        }
    snprintf(text, room, "%llus", (unsigned long long)seconds);
    return text;
}

void show_token(struct json_object *object, const vc_token *token)
{
    show_text(object, "accessor", vc_token_accessor(token));
    show_text(object, "display_name", vc_token_display_name(token));
    show_text(object, "type", vc_token_type(token));
    show_number(object, "ttl", vc_token_ttl(token));
    show_number(object, "creation_ttl", vc_token_creation_ttl(token));
    show_flag(object, "renewable", vc_token_is_renewable(token));
    show_number(object, "uses", vc_token_uses(token));
    struct json_object *policies = json_object_new_array();
    for (size_t i = 0; i < vc_token_policy_count(token); i++)
        json_object_array_add(policies, json_object_new_string(vc_token_policy(token, i)));
    json_object_object_add(object, "policies", policies);
}

static uint64_t number_of(struct json_object *object, const char *name)
{
    struct json_object *value;
    return json_object_object_get_ex(object, name, &value) ? json_object_get_uint64(value) : 0;
}

void show_token_line(const char *label, struct json_object *about)
{
    struct json_object *value;
    char life[64];
    if (json_object_object_get_ex(about, "error", &value)) {
        printf("%-14s %s\n", label, json_object_get_string(value));
        return;
    }
    printf("%-14s ", label);
    const uint64_t ttl = number_of(about, "ttl"), uses = number_of(about, "uses");
    if (ttl)
        printf("ends in %s", show_seconds(ttl, life, sizeof life));
    else
        printf("never ends");
    json_object_object_get_ex(about, "renewable", &value);
    printf(", %s", json_object_get_boolean(value) ? "renewable" : "not renewable");
    if (uses)
        printf(", %llu uses left", (unsigned long long)uses);
    if (json_object_object_get_ex(about, "display_name", &value))
        printf(", of %s", json_object_get_string(value));
    printf(", policies");
    if (json_object_object_get_ex(about, "policies", &value))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            printf(" %s", json_object_get_string(json_object_array_get_idx(value, i)));
    printf("\n");
}
