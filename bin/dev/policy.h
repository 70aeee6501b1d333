/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - Vault's policies: their text (the part of HCL that policies use, or JSON), and which
 * capabilities they give on a path. The language is pure: no server, no state (policy.c,
 * hcl.c).
 */
#ifndef VC__DEV_POLICY_H
#define VC__DEV_POLICY_H

#include "base/buf.h"
#include "names.h"

#include <json-c/json.h>

enum {
    DEV_CAP_CREATE = 1,
    DEV_CAP_READ = 2,
    DEV_CAP_UPDATE = 4,
    DEV_CAP_DELETE = 8,
    DEV_CAP_LIST = 16,
    DEV_CAP_SUDO = 32,
    DEV_CAP_PATCH = 64,
    DEV_CAP_DENY = 128, /* alone, never with others */
    DEV_CAP_ROOT = 256
};

struct dev_request;

typedef struct dev_rule {
    char *pattern; /* without a leading slash, without the final star */
    bool prefix;   /* had a final star */
    unsigned caps;
    json_object *allowed, *denied;        /* parameter -> array of values, empty for any; NULL: not said */
    json_object *required;                /* array of parameters; NULL: not said */
    long long min_wrapping, max_wrapping; /* seconds; 0: not said */
} dev_rule;

typedef struct dev_policy {
    vc__buf text; /* as it was written */
    dev_rule *rules;
    size_t count;
    bool root; /* everything is allowed */
} dev_policy;

void dev_policy_free(void *policy);

/*
 * HCL when the first character that counts is not `{`, else JSON. NULL: VC_E_CONFIG with what Vault's answer
 * says behind "failed to parse policy: ", VC_E_UNSUPPORTED for parts of the language that are not here,
 * VC_E_MEMORY.
 */
dev_policy *dev_policy_parse(vc_view text, vc_error *err);

/* Adds a rule; for the parsers. What `rule` holds is the policy's then, or freed. */
vc_code dev_policy_rule(dev_policy *policy, vc_view path, dev_rule *rule, vc_error *err);

/*
 * What limits a rule further (policy_limits.c): allowed_parameters, denied_parameters, required_parameters,
 * min_wrapping_ttl, max_wrapping_ttl. VC_E_UNSUPPORTED: no such name. The value is lent.
 */
vc_code dev_rule_limit(dev_rule *rule, vc_view name, json_object *value, vc_error *err);
void dev_rule_clear(dev_rule *rule);

/* The bit of a capability's name, 0 when unknown. */
unsigned dev_capability(vc_view name);

/* The HCL parser (hcl.c): adds its rules to `policy`. */
vc_code dev_hcl_parse(dev_policy *policy, vc_view text, vc_error *err);

/*
 * What the policies give on `path` (a list's ends in a slash): of all patterns that match the most specific
 * one counts, by Vault's priorities; equal patterns of several policies add up, and deny wins. 0: nothing
 * matches.
 */
unsigned dev_acl(const dev_policy *const *policies, size_t count, vc_view path);

/* The most specific rules on a path: what they give together. */
enum { DEV_PERMIT_RULES = 8 };
typedef struct dev_permit {
    unsigned caps;
    const dev_rule *rules[DEV_PERMIT_RULES];
    size_t count;
} dev_permit;

/* The same as dev_acl(), with the rules. */
dev_permit dev_acl_permit(const dev_policy *const *policies, size_t count, vc_view path);

/* Whether a request may be, with the members of its body and the wrapping that it asks for (0: none). */
bool dev_permit_allows(const dev_permit *permit, bool writes, json_object *body, long long wrap_ttl);
bool dev_permit_limits(const dev_permit *permit);

/* Names as policies have them: sorted, each once, in lower case; `root` stands alone. NULL: no memory. */
json_object *dev_policies_clean(json_object *names, bool with_default);
bool dev_policies_have(json_object *names, const char *name);

/* The policies that are there from the start. */
vc_code dev_policies_setup(dev_names *policies, bool root, vc_error *err);

/* The endpoints sys/policy, sys/policies/acl and sys/capabilities (policy_api.c). */
void dev_policy_list(struct dev_request *request);
void dev_policy_read(struct dev_request *request);
void dev_policy_write(struct dev_request *request);
void dev_policy_delete(struct dev_request *request);
void dev_capabilities_self(struct dev_request *request);
void dev_capabilities(struct dev_request *request);
void dev_capabilities_accessor(struct dev_request *request);

/* Appends a JSON array of capability names, as sys/capabilities answers. */
void dev_capabilities_write(vc__buf *out, unsigned caps);

#endif
