/* SPDX-License-Identifier: Apache-2.0 */
/* policy_limits.c - what a rule demands of a request beyond its path: parameters and their values, wrapping.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "policy.h"

#include <ctype.h>
#include <stdio.h>

enum { NAME_ROOM = 256 };

void dev_rule_clear(dev_rule *rule)
{
    vc__free(rule->pattern);
    json_object_put(rule->allowed);
    json_object_put(rule->denied);
    json_object_put(rule->required);
    *rule = (dev_rule){ 0 };
}

static vc_code wrong(vc_view name, const char *what, vc_error *err)
{
    return vc__error(err, VC_E_CONFIG, "%.*s %s", (int)name.len, name.data, what);
}

static vc_code replace(json_object **old, json_object *value)
{
    json_object_put(*old);
    *old = json_object_get(value);
    return VC_OK;
}

/* Parameters are known in lower case. */
static vc_code set_parameters(json_object **out, vc_view name, json_object *value, vc_error *err)
{
    if (!json_object_is_type(value, json_type_object))
        return wrong(name, "is not a table of parameters", err);
    json_object *lower = json_object_new_object();
    DEV_JSON_EACH (value, each) {
        char key[NAME_ROOM];
        json_object *values = json_object_iter_peek_value(&each);
        snprintf(key, sizeof key, "%s", json_object_iter_peek_name(&each));
        for (char *at = key; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        if (!json_object_is_type(values, json_type_array)) {
            json_object_put(lower);
            return wrong(name, "has a parameter whose values are not a list", err);
        }
        json_object_object_add(lower, key, json_object_get(values));
    }
    json_object_put(*out);
    *out = lower;
    return VC_OK;
}

static vc_code set_duration(long long *seconds, vc_view name, json_object *value, vc_error *err)
{
    return dev_duration_parse(vc_str(json_object_get_string(value)), seconds)
               ? VC_OK
               : wrong(name, "is not a duration", err);
}

vc_code dev_rule_limit(dev_rule *rule, vc_view name, json_object *value, vc_error *err)
{
    if (vc__view_is(name, "allowed_parameters"))
        return set_parameters(&rule->allowed, name, value, err);
    if (vc__view_is(name, "denied_parameters"))
        return set_parameters(&rule->denied, name, value, err);
    if (vc__view_is(name, "min_wrapping_ttl"))
        return set_duration(&rule->min_wrapping, name, value, err);
    if (vc__view_is(name, "max_wrapping_ttl"))
        return set_duration(&rule->max_wrapping, name, value, err);
    if (!vc__view_is(name, "required_parameters"))
        return vc__error(err, VC_E_UNSUPPORTED, "invalid key \"%.*s\"", (int)name.len, name.data);
    return json_object_is_type(value, json_type_array) ? replace(&rule->required, value)
                                                       : wrong(name, "is not a list", err);
}

/* A text with a star at either end, or none; other values as they are. */
static bool value_is(json_object *listed, json_object *value)
{
    if (!json_object_is_type(listed, json_type_string) || !json_object_is_type(value, json_type_string))
        return json_object_equal(listed, value);
    vc_view pattern = vc_str(json_object_get_string(listed));
    const vc_view text = vc_str(json_object_get_string(value));
    const bool open_end = pattern.len && pattern.data[pattern.len - 1] == '*',
               open_begin = pattern.len && pattern.data[0] == '*';
    if (!open_end && !open_begin)
        return vc__view_equal(pattern, text);
    pattern = vc_view_of(pattern.data + open_begin, pattern.len - open_begin);
    pattern.len -= open_end && pattern.len;
    if (pattern.len > text.len)
        return false;
    if (open_end && open_begin)
        return memmem(text.data, text.len, pattern.data, pattern.len) != NULL;
    return memcmp(open_end ? text.data : text.data + text.len - pattern.len, pattern.data, pattern.len) == 0;
}

/* Whether the value is in the list; all are in an empty one. */
static bool listed(json_object *values, json_object *value)
{
    const size_t count = json_object_array_length(values);
    for (size_t i = 0; i < count; i++)
        if (value_is(json_object_array_get_idx(values, i), value))
            return true;
    return count == 0;
}

static bool denies(const dev_rule *rule, json_object *body)
{
    json_object *values;
    if (!rule->denied || !body)
        return false;
    if (json_object_object_get_ex(rule->denied, "*", &values) && json_object_object_length(body))
        return true;
    DEV_JSON_EACH (body, each) {
        if (json_object_object_get_ex(rule->denied, json_object_iter_peek_name(&each), &values) &&
            listed(values, json_object_iter_peek_value(&each)))
            return true;
    }
    return false;
}

static bool allows(const dev_rule *rule, json_object *body)
{
    json_object *values;
    if (!rule->allowed || !body || json_object_object_length(rule->allowed) == 0)
        return true;
    const bool all = json_object_object_get_ex(rule->allowed, "*", &values);
    DEV_JSON_EACH (body, each) {
        const bool named =
            json_object_object_get_ex(rule->allowed, json_object_iter_peek_name(&each), &values);
        if (named ? !listed(values, json_object_iter_peek_value(&each)) : !all)
            return false;
    }
    return true;
}

static bool has_required(const dev_rule *rule, json_object *body)
{
    json_object *ignored;
    for (size_t i = 0; rule->required && i < json_object_array_length(rule->required); i++)
        if (!body ||
            !json_object_object_get_ex(
                body, json_object_get_string(json_object_array_get_idx(rule->required, i)), &ignored))
            return false;
    return true;
}

static bool wrapping_fits(const dev_rule *rule, long long ttl)
{
    if (rule->min_wrapping && ttl < rule->min_wrapping)
        return false;
    return !rule->max_wrapping || (ttl > 0 && ttl <= rule->max_wrapping);
}

bool dev_permit_limits(const dev_permit *permit)
{
    for (size_t i = 0; i < permit->count; i++) {
        const dev_rule *rule = permit->rules[i];
        if (rule->allowed || rule->denied || rule->required || rule->min_wrapping || rule->max_wrapping)
            return true;
    }
    return false;
}

bool dev_permit_allows(const dev_permit *permit, bool writes, json_object *body, long long wrap_ttl)
{
    bool allowed = permit->count == 0;
    for (size_t i = 0; i < permit->count; i++) {
        const dev_rule *rule = permit->rules[i];
        if (!wrapping_fits(rule, wrap_ttl) || (writes && (denies(rule, body) || !has_required(rule, body))))
            return false;
        allowed |= !writes || allows(rule, body);
    }
    return allowed;
}
