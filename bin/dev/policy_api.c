/* SPDX-License-Identifier: Apache-2.0 */
/* policy_api.c - sys/policy, sys/policies/acl and sys/capabilities, and the policies that are always there.
 */
#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "namespace.h"
#include "param.h"
#include "reply.h"
#include "token.h"

#include <ctype.h>
#include <stdio.h>

enum { POLICY_NAME = 256 };

/* What Vault's default policy is for: a token may look after itself. */
static const char default_policy[] = "# What every token may do unless it was made without this policy.\n"
                                     "path \"auth/token/lookup-self\" { capabilities = [\"read\"] }\n"
                                     "path \"auth/token/renew-self\" { capabilities = [\"update\"] }\n"
                                     "path \"auth/token/revoke-self\" { capabilities = [\"update\"] }\n"
                                     "path \"sys/capabilities-self\" { capabilities = [\"update\"] }\n"
                                     "path \"sys/wrapping/wrap\" { capabilities = [\"update\"] }\n"
                                     "path \"sys/wrapping/lookup\" { capabilities = [\"update\"] }\n"
                                     "path \"sys/wrapping/unwrap\" { capabilities = [\"update\"] }\n";

vc_code dev_policies_setup(dev_names *policies, bool root, vc_error *err)
{
    dev_policy *ordinary = dev_policy_parse(vc_str(default_policy), err);
    if (!ordinary || !dev_names_put(policies, vc_str("default"), ordinary))
        return vc__error_memory(err);
    dev_policy *all = root ? dev_policy_parse(vc_str(""), err) : NULL;
    if (!root)
        return VC_OK;
    if (!all)
        return vc__error_memory(err);
    all->root = true;
    return dev_names_put(policies, vc_str("root"), all) ? VC_OK : vc__error_memory(err);
}

bool dev_policies_have(json_object *names, const char *name)
{
    for (size_t i = 0; names && i < json_object_array_length(names); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(names, i)), name) == 0)
            return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(json_object_get_string(*(json_object *const *)a),
                  json_object_get_string(*(json_object *const *)b));
}

json_object *dev_policies_clean(json_object *names, bool with_default)
{
    json_object *clean = json_object_new_array();
    if (!clean)
        return NULL;
    const size_t count = names ? json_object_array_length(names) : 0;
    const bool root = dev_policies_have(names, "root");
    if (root)
        json_object_array_add(clean, json_object_new_string("root"));
    for (size_t i = 0; !root && i < count; i++) {
        char name[POLICY_NAME];
        snprintf(name, sizeof name, "%s", json_object_get_string(json_object_array_get_idx(names, i)));
        for (char *at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        if (*name && !dev_policies_have(clean, name))
            json_object_array_add(clean, json_object_new_string(name));
    }
    if (!root && with_default && !dev_policies_have(clean, "default"))
        json_object_array_add(clean, json_object_new_string("default"));
    json_object_array_sort(clean, by_text);
    return clean;
}

/* -- policies -- */

static bool acl_path(const dev_request *request)
{
    return vc__view_starts(vc__buf_get(&request->path), "sys/policies/acl");
}

/* Names of policies are in lower case, whoever writes them. */
static vc_view policy_name(const dev_request *request, char *lower)
{
    size_t len = request->args[0].len < POLICY_NAME ? request->args[0].len : POLICY_NAME;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)tolower((unsigned char)request->args[0].data[i]);
    return vc_view_of(lower, len);
}

void dev_policy_list(dev_request *request)
{
    vc__buf *out = acl_path(request) ? dev_reply_data(request) : dev_reply_repeated(request);
    out_open(out, '{');
    out_key(out, "keys");
    dev_names_list(&request->space->policies, out);
    if (!acl_path(request)) {
        out_key(out, "policies");
        dev_names_list(&request->space->policies, out);
    }
    out_close(out, '}');
}

void dev_policy_read(dev_request *request)
{
    char name[POLICY_NAME];
    const dev_policy *policy = dev_names_get(&request->space->policies, policy_name(request, name));
    if (!policy) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = acl_path(request) ? dev_reply_data(request) : dev_reply_repeated(request);
    out_open(out, '{');
    out_key(out, "name");
    out_string(out, policy_name(request, name));
    out_key(out, acl_path(request) ? "policy" : "rules");
    out_string(out, vc__buf_get(&policy->text));
    out_close(out, '}');
}

static dev_policy *parse_policy(dev_request *request, vc_view text)
{
    vc__auto(vc__buf) decoded = VC__BUF(DEV_BODY_MAX);
    vc_error err = VC_ERROR_INIT;
    size_t len;
    /* Vault tries base64 first */
    if (vc__buf_reserve(&decoded, text.len) == VC_OK &&
        vc__base64_decode_go(decoded.data, &len, text, NULL) == VC_OK)
        text = vc_view_of(decoded.data, len);
    dev_policy *policy = dev_policy_parse(text, &err);
    if (!policy)
        dev_reply_error(request, 400, "failed to parse policy: %s", err.message);
    return policy;
}

void dev_policy_write(dev_request *request)
{
    vc_view text;
    char lower[POLICY_NAME];
    const vc_view name = policy_name(request, lower);
    if (!dev_param_string(request, "policy", &text) ||
        (!text.data && !dev_param_string(request, "rules", &text)))
        return;
    if (text.len == 0) {
        dev_reply_error(request, 400, "'policy' parameter not supplied or empty");
    } else if (vc__view_is(name, "root")) {
        dev_reply_error(request, 400, "cannot update \"root\" policy");
    } else {
        dev_policy *policy = parse_policy(request, text);
        if (policy && dev_names_put(&request->space->policies, name, policy))
            dev_reply_empty(request);
        else if (policy)
            dev_reply_error(request, 500, "out of memory");
    }
}

void dev_policy_delete(dev_request *request)
{
    char lower[POLICY_NAME];
    const vc_view name = policy_name(request, lower);
    if (vc__view_is(name, "root") || vc__view_is(name, "default")) {
        dev_reply_error(request, 400, "cannot delete %.*s policy", (int)name.len, name.data);
        return;
    }
    dev_names_drop(&request->space->policies, name);
    dev_reply_empty(request);
}

/* -- capabilities -- */

static void write_capabilities(dev_request *request, const dev_token *token)
{
    json_object *paths = NULL;
    if (!dev_param_list(request, dev_param(request, "paths") ? "paths" : "path", &paths))
        return;
    if (!paths || json_object_array_length(paths) == 0) {
        json_object_put(paths);
        dev_reply_error(request, 400, "paths must be supplied");
        return;
    }
    vc__buf *out = dev_reply_repeated(request);
    out_open(out, '{');
    unsigned caps = 0;
    for (size_t i = 0; i < json_object_array_length(paths); i++) {
        const vc_view path = vc_str(json_object_get_string(json_object_array_get_idx(paths, i)));
        caps = dev_token_caps(token, request->space, path);
        out_string(out, path);
        vc__buf_byte(out, ':');
        dev_capabilities_write(out, caps);
    }
    if (json_object_array_length(paths) == 1) {
        out_key(out, "capabilities");
        dev_capabilities_write(out, caps);
    }
    out_close(out, '}');
    json_object_put(paths);
}

void dev_capabilities_self(dev_request *request)
{
    write_capabilities(request, request->token);
}

void dev_capabilities(dev_request *request)
{
    vc_view id;
    if (!dev_param_string(request, "token", &id))
        return;
    const dev_token *token = dev_token_find(request->server, id);
    if (token)
        write_capabilities(request, token);
    else
        dev_reply_wrapped(request, 400, "invalid token");
}

void dev_capabilities_accessor(dev_request *request)
{
    vc_view accessor;
    if (!dev_param_string(request, "accessor", &accessor))
        return;
    const dev_token *token = dev_token_by_accessor(request->server, accessor);
    if (token)
        write_capabilities(request, token);
    else
        dev_reply_wrapped(request, 400, "invalid accessor");
}
