/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "json_each.h"
#include "out.h"

enum { POLICY_MAX = 1 << 20, RULES_MAX = 4096 };

/* In the order in which Vault lists them. */
static const struct {
    const char *name;
    unsigned bit;
} capabilities[] = {
    { "create", DEV_CAP_CREATE }, { "delete", DEV_CAP_DELETE }, { "deny", DEV_CAP_DENY },
    { "list", DEV_CAP_LIST },     { "patch", DEV_CAP_PATCH },   { "read", DEV_CAP_READ },
    { "root", DEV_CAP_ROOT },     { "sudo", DEV_CAP_SUDO },     { "update", DEV_CAP_UPDATE },
};

unsigned dev_capability(vc_view name)
{
    for (size_t i = 0; i < sizeof capabilities / sizeof capabilities[0]; i++)
        if (capabilities[i].bit != DEV_CAP_ROOT && vc__view_is(name, capabilities[i].name))
            return capabilities[i].bit;
    return 0;
}

void dev_capabilities_write(vc__buf *out, unsigned caps)
{
    out_open(out, '[');
    for (size_t i = 0; i < sizeof capabilities / sizeof capabilities[0]; i++)
        if (caps & capabilities[i].bit)
            out_string(out, vc_str(capabilities[i].name));
    if (caps == 0)
        out_string(out, vc_str("deny"));
    out_close(out, ']');
}

void dev_policy_free(void *item)
{
    dev_policy *policy = item;
    if (!policy)
        return;
    for (size_t i = 0; i < policy->count; i++)
        dev_rule_clear(&policy->rules[i]);
    vc__free(policy->rules);
    vc__buf_free(&policy->text);
    vc__free(policy);
}

vc_code dev_policy_rule(dev_policy *policy, vc_view path, dev_rule *rule, vc_error *err)
{
    if (path.len && path.data[0] == '/')
        path = vc_view_of(path.data + 1, path.len - 1);
    rule->prefix = path.len && path.data[path.len - 1] == '*';
    path.len -= rule->prefix;
    vc_code code = VC_OK;
    if (policy->count == RULES_MAX)
        code = vc__error(err, VC_E_CONFIG, "more than %d paths", RULES_MAX);
    else if (rule->prefix && path.len && path.data[path.len - 1] == '+')
        code = vc__error(err, VC_E_CONFIG,
                         "path \"%.*s*\": path \"%.*s*\": invalid use of wildcards ('+*' is forbidden)",
                         (int)path.len, path.data, (int)path.len, path.data);
    else if (rule->max_wrapping && rule->max_wrapping < rule->min_wrapping)
        code = vc__error(err, VC_E_CONFIG,
                         "path \"%.*s\": max_wrapping_ttl cannot be less than min_wrapping_ttl",
                         (int)path.len, path.data);
    dev_rule *rules = code == VC_OK ? vc__realloc(policy->rules, policy->count + 1, sizeof *rules) : NULL;
    if (rules) {
        policy->rules = rules;
        rule->pattern = vc__memdup(path.data, path.len);
    }
    if (code == VC_OK && !rule->pattern)
        code = vc__error_memory(err);
    if (code != VC_OK) {
        dev_rule_clear(rule);
        return code;
    }
    if (rule->caps & DEV_CAP_DENY)
        rule->caps = DEV_CAP_DENY;
    rules[policy->count++] = *rule;
    return VC_OK;
}

static vc_code json_capabilities(json_object *list, unsigned *caps, vc_error *err)
{
    *caps = 0;
    if (!json_object_is_type(list, json_type_array))
        return vc__error(err, VC_E_CONFIG, "capabilities is not a list");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const unsigned cap =
            dev_capability(vc_str(json_object_get_string(json_object_array_get_idx(list, i))));
        if (cap == 0)
            return vc__error(err, VC_E_CONFIG, "invalid capability");
        *caps |= cap;
    }
    return VC_OK;
}

static vc_code json_rule(dev_policy *policy, vc_view path, json_object *body, vc_error *err)
{
    dev_rule rule = { 0 };
    vc_code code = VC_OK;
    if (!json_object_is_type(body, json_type_object))
        return vc__error(err, VC_E_CONFIG, "path \"%.*s\" is not an object", (int)path.len, path.data);
    DEV_JSON_EACH (body, each) {
        const vc_view name = vc_str(json_object_iter_peek_name(&each));
        json_object *value = json_object_iter_peek_value(&each);
        if (code == VC_OK)
            code = vc__view_is(name, "capabilities") ? json_capabilities(value, &rule.caps, err)
                                                     : dev_rule_limit(&rule, name, value, err);
    }
    if (code == VC_OK)
        return dev_policy_rule(policy, path, &rule, err);
    dev_rule_clear(&rule);
    return code;
}

/* {"path": {"transit/...": {"capabilities": [...]}}} */
static vc_code json_rules(dev_policy *policy, json_object *root, vc_error *err)
{
    json_object *paths = NULL;
    vc_code code = VC_OK;
    if (!json_object_object_get_ex(root, "path", &paths) || !json_object_is_type(paths, json_type_object))
        return vc__error(err, VC_E_CONFIG, "a policy in JSON has a member \"path\", an object");
    DEV_JSON_EACH (paths, each) {
        if (code == VC_OK)
            code = json_rule(policy, vc_str(json_object_iter_peek_name(&each)),
                             json_object_iter_peek_value(&each), err);
    }
    return code;
}

static vc_code json_parse(dev_policy *policy, vc_view text, vc_error *err)
{
    json_tokener *tokener = json_tokener_new();
    if (!tokener)
        return vc__error_memory(err);
    json_object *root = json_tokener_parse_ex(tokener, text.data, (int)text.len);
    json_tokener_free(tokener);
    const vc_code code =
        root ? json_rules(policy, root, err) : vc__error(err, VC_E_CONFIG, "the text is not a JSON object");
    json_object_put(root);
    return code;
}

dev_policy *dev_policy_parse(vc_view text, vc_error *err)
{
    dev_policy *policy = vc__calloc(1, sizeof *policy);
    if (!policy) {
        vc__error_memory(err);
        return NULL;
    }
    policy->text = (vc__buf)VC__BUF(POLICY_MAX);
    vc__buf_view(&policy->text, text);
    size_t at = 0;
    while (at < text.len && strchr(" \t\r\n", text.data[at]))
        at++;
    vc_code code = vc__buf_check(&policy->text, "policy", err);
    if (code == VC_OK)
        code = at < text.len && text.data[at] == '{' ? json_parse(policy, text, err)
                                                     : dev_hcl_parse(policy, text, err);
    if (code != VC_OK) {
        dev_policy_free(policy);
        return NULL;
    }
    return policy;
}

/* `+` stands for one whole segment. */
static bool match(const dev_rule *rule, vc_view path)
{
    const char *pattern = rule->pattern;
    const size_t len = strlen(pattern);
    size_t p = 0, at = 0;
    while (p < len) {
        const bool segment =
            pattern[p] == '+' && (p == 0 || pattern[p - 1] == '/') && (p + 1 == len || pattern[p + 1] == '/');
        if (segment) {
            while (at < path.len && path.data[at] != '/')
                at++;
        } else if (at >= path.len || path.data[at++] != pattern[p]) {
            return false;
        }
        p++;
    }
    return rule->prefix || at == path.len;
}

static bool matches(const dev_rule *rule, vc_view path)
{
    if (match(rule, path))
        return true;
    /* a list's final slash is left out in policies as often as not */
    return path.len && path.data[path.len - 1] == '/' && !rule->prefix &&
           match(rule, vc_view_of(path.data, path.len - 1));
}

static size_t first_wildcard(const dev_rule *rule)
{
    const char *plus = strchr(rule->pattern, '+');
    if (plus)
        return (size_t)(plus - rule->pattern);
    return rule->prefix ? strlen(rule->pattern) : SIZE_MAX;
}

static size_t count_plus(const char *pattern)
{
    size_t count = 0;
    for (; *pattern; pattern++)
        count += *pattern == '+';
    return count;
}

/* Positive when `a` is the more specific; Vault's "Policy path rules", priority matching. */
static int specificity(const dev_rule *a, const dev_rule *b)
{
    const size_t wild_a = first_wildcard(a), wild_b = first_wildcard(b);
    if (wild_a != wild_b)
        return wild_a > wild_b ? 1 : -1;
    if (a->prefix != b->prefix)
        return a->prefix ? -1 : 1;
    const size_t plus_a = count_plus(a->pattern), plus_b = count_plus(b->pattern);
    if (plus_a != plus_b)
        return plus_a < plus_b ? 1 : -1;
    const size_t len_a = strlen(a->pattern), len_b = strlen(b->pattern);
    if (len_a != len_b)
        return len_a > len_b ? 1 : -1;
    return strcmp(a->pattern, b->pattern);
}

dev_permit dev_acl_permit(const dev_policy *const *policies, size_t count, vc_view path)
{
    dev_permit permit = { 0 };
    for (size_t p = 0; p < count; p++) {
        if (policies[p]->root)
            return (dev_permit){ .caps = DEV_CAP_ROOT };
        for (size_t r = 0; r < policies[p]->count; r++) {
            const dev_rule *rule = &policies[p]->rules[r];
            const int order = permit.count == 0 ? 1 : specificity(rule, permit.rules[0]);
            if (order < 0 || !matches(rule, path))
                continue;
            if (order > 0)
                permit = (dev_permit){ 0 };
            permit.caps |= rule->caps;
            if (permit.count < DEV_PERMIT_RULES)
                permit.rules[permit.count++] = rule;
        }
    }
    if (permit.caps & DEV_CAP_DENY)
        permit.caps = DEV_CAP_DENY;
    return permit;
}

unsigned dev_acl(const dev_policy *const *policies, size_t count, vc_view path)
{
    return dev_acl_permit(policies, count, path).caps;
}
