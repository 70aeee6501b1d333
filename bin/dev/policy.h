/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - Vault's policies: their text (the part of HCL that policies use, or JSON), and which
 * capabilities they give on a path. Pure: no server, no state.
 */
#ifndef VC__DEV_POLICY_H
#define VC__DEV_POLICY_H

#include "base/buf.h"

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

typedef struct dev_rule {
    char *pattern; /* without a leading slash, without the final star */
    bool prefix;   /* had a final star */
    unsigned caps;
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

/* Adds a rule; for the parsers. */
vc_code dev_policy_rule(dev_policy *policy, vc_view path, unsigned caps, vc_error *err);

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

/* Appends a JSON array of capability names, as sys/capabilities answers. */
void dev_capabilities_write(vc__buf *out, unsigned caps);

#endif
