/* SPDX-License-Identifier: Apache-2.0 */
#include "token_role.h"

#include "base/alloc.h"
#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"

#include <fnmatch.h>

static void role_free(void *item)
{
    dev_token_role *role = item;
    if (!role)
        return;
    json_object_put(role->allowed);
    json_object_put(role->allowed_globs);
    json_object_put(role->disallowed);
    json_object_put(role->disallowed_globs);
    vc__free(role->path_suffix);
    dev_token_params_free(&role->token);
    vc__free(role);
}

void *dev_token_roles_new(dev_server *server, vc_error *err)
{
    (void)server, (void)err;
    dev_names *roles = vc__calloc(1, sizeof *roles);
    if (roles)
        roles->free_item = role_free;
    return roles;
}

void dev_token_roles_free(void *state)
{
    dev_names_free(state);
    vc__free(state);
}

static dev_names *roles_in(const dev_namespace *space)
{
    const dev_mount *mount = dev_names_get(&space->auths, vc_str("token/"));
    return mount->state;
}

dev_token_role *dev_token_role_find(const dev_namespace *space, vc_view name)
{
    return dev_names_get(roles_in(space), name);
}

bool dev_token_role_exists(const dev_request *request)
{
    return dev_token_role_find(request->space, request->args[0]) != NULL;
}

/* -- which policies -- */

static bool matches(json_object *globs, const char *name)
{
    for (size_t i = 0; globs && i < json_object_array_length(globs); i++)
        if (fnmatch(json_object_get_string(json_object_array_get_idx(globs, i)), name, 0) == 0)
            return true;
    return false;
}

static bool has_any(json_object *list)
{
    return list && json_object_array_length(list);
}

/* ["a" "b"], as Go prints a list of strings with %q. */
static void quote(vc__buf *out, json_object *list)
{
    vc__buf_byte(out, '[');
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        vc__buf_printf(out, "%s\"%s\"", i ? " " : "",
                       json_object_get_string(json_object_array_get_idx(list, i)));
    vc__buf_byte(out, ']');
}

static void refuse_subset(dev_request *request, json_object *policies, json_object *allowed,
                          json_object *globs)
{
    vc__auto(vc__buf) text = VC__BUF(3000);
    vc__buf_str(&text, "token policies (");
    quote(&text, policies);
    vc__buf_str(&text, ") must be subset of the role's allowed policies (");
    quote(&text, allowed);
    vc__buf_str(&text, ") or glob policies (");
    quote(&text, globs);
    vc__buf_byte(&text, ')');
    dev_reply_error(request, 400, "%s", text.data ? text.data : "");
}

/* Whether none of what was asked for is disallowed. False: answered. */
static bool none_disallowed(dev_request *request, const dev_token_role *role, json_object *asked)
{
    for (size_t i = 0; asked && i < json_object_array_length(asked); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(asked, i));
        if (dev_policies_have(role->disallowed, name) || matches(role->disallowed_globs, name)) {
            dev_reply_error(request, 400, "token policy \"%s\" is disallowed by this role", name);
            return false;
        }
    }
    return true;
}

json_object *dev_token_role_policies(dev_request *request, const dev_token_role *role, json_object *asked,
                                     bool with_default)
{
    with_default = with_default && !role->token.no_default_policy;
    const bool listed = has_any(role->allowed) || has_any(role->allowed_globs);
    if (!none_disallowed(request, role, asked))
        return NULL;
    if (!listed)
        return dev_policies_clean(asked ? asked : request->token->policies, with_default);
    json_object *allowed = dev_policies_clean(role->allowed, with_default);
    if (!asked)
        return allowed;
    json_object *policies = dev_policies_clean(asked, with_default);
    bool fine = true;
    for (size_t i = 0; fine && i < json_object_array_length(policies); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(policies, i));
        fine = dev_policies_have(allowed, name) || matches(role->allowed_globs, name);
    }
    if (!fine) {
        refuse_subset(request, policies, allowed, role->allowed_globs);
        json_object_put(policies);
        policies = NULL;
    }
    json_object_put(allowed);
    return policies;
}

/* -- endpoints -- */

void dev_token_role_list(dev_request *request)
{
    dev_reply_keys(request, roles_in(request->space));
}

void dev_token_role_read(dev_request *request)
{
    const dev_token_role *role = dev_token_role_find(request->space, request->args[0]);
    if (!role) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_json(out, "allowed_entity_aliases", "null");
    dev_out_value(out, "allowed_policies", role->allowed, "[]");
    dev_out_value(out, "allowed_policies_glob", role->allowed_globs, "[]");
    dev_out_value(out, "disallowed_policies", role->disallowed, "[]");
    dev_out_value(out, "disallowed_policies_glob", role->disallowed_globs, "[]");
    out_member_int(out, "explicit_max_ttl", role->old_explicit_max_ttl ? role->token.explicit_max_ttl : 0);
    out_key(out, "name");
    out_string(out, request->args[0]);
    out_member_bool(out, "orphan", role->orphan);
    out_member(out, "path_suffix", role->path_suffix ? role->path_suffix : "");
    out_member_int(out, "period", role->token.old_period ? role->token.period : 0);
    out_member_bool(out, "renewable", role->renewable);
    if (has_any(role->token.bound_cidrs))
        dev_token_params_write_one(out, &role->token, "token_bound_cidrs");
    out_member_int(out, "token_explicit_max_ttl", role->token.explicit_max_ttl);
    out_member_bool(out, "token_no_default_policy", role->token.no_default_policy);
    if (role->token.num_uses)
        out_member_int(out, "token_num_uses", role->token.num_uses);
    out_member_int(out, "token_period", role->token.period);
    out_member(out, "token_type", dev_token_type_name(role->token.type));
    out_close(out, '}');
}

/* A list replaces the one before. False: answered. */
static bool read_list(dev_request *request, const char *name, json_object **list, bool clean)
{
    json_object *given = NULL;
    if (!dev_param_list(request, name, &given))
        return false;
    if (given) {
        json_object_put(*list);
        *list = clean ? dev_policies_clean(given, false) : json_object_get(given);
        json_object_put(given);
    }
    return true;
}

static bool read_suffix(dev_request *request, dev_token_role *role)
{
    vc_view suffix;
    if (!dev_param(request, "path_suffix"))
        return true;
    if (!dev_param_string(request, "path_suffix", &suffix))
        return false;
    if (suffix.len && !dev_name_ok(suffix)) {
        dev_reply_error(request, 400,
                        "given role path suffix contains invalid characters; must match \\w[\\w-.]+\\w");
        return false;
    }
    vc__free(role->path_suffix);
    role->path_suffix = vc__memdup(suffix.data ? suffix.data : "", suffix.len);
    return true;
}

/* What a role of batch tokens cannot have. False: answered. */
static bool fits_batch(dev_request *request, const dev_token_role *role)
{
    const char *why = NULL;
    if (role->token.type != DEV_TOKEN_BATCH && role->token.type != DEV_TOKEN_DEFAULT_BATCH)
        return true;
    if (!role->orphan)
        why = "non-orphan tokens";
    else if (role->token.period)
        why = "periodic tokens";
    else if (role->renewable)
        why = "renewable tokens";
    else if (role->token.explicit_max_ttl)
        why = "tokens with an explicit max TTL";
    if (why)
        dev_reply_error(request, 400, "'token_type' cannot be 'batch' when role is set to generate %s", why);
    return !why;
}

/* The parameters of tokens; batch and its opposites have texts of their own here. */
static bool read_params(dev_request *request, dev_token_role *role)
{
    json_object *period = dev_param(request, "token_period");
    vc_view type;
    long long ignored;
    if (!dev_param_string(request, "token_type", &type))
        return false;
    if (period && vc__view_is(type, "batch")) {
        role->token.type = DEV_TOKEN_BATCH;
        return dev_param_duration(request, "token_period", &role->token.period);
    }
    role->old_explicit_max_ttl |= dev_param(request, "explicit_max_ttl") != NULL;
    ignored = role->token.explicit_max_ttl;
    if (!dev_token_params_read(request, &role->token) ||
        !dev_param_duration(request, "explicit_max_ttl", &ignored))
        return false;
    if (dev_param(request, "explicit_max_ttl"))
        role->token.explicit_max_ttl = ignored;
    if (role->token.type == DEV_TOKEN_DEFAULT)
        role->token.type = DEV_TOKEN_DEFAULT_SERVICE;
    return true;
}

static bool read_role(dev_request *request, dev_token_role *role)
{
    return read_params(request, role) && read_list(request, "allowed_policies", &role->allowed, true) &&
           read_list(request, "allowed_policies_glob", &role->allowed_globs, false) &&
           read_list(request, "disallowed_policies", &role->disallowed, true) &&
           read_list(request, "disallowed_policies_glob", &role->disallowed_globs, false) &&
           dev_param_bool(request, "orphan", &role->orphan) &&
           dev_param_bool(request, "renewable", &role->renewable) && read_suffix(request, role) &&
           fits_batch(request, role);
}

static dev_token_role *role_dup(const dev_token_role *old)
{
    dev_token_role *role = vc__calloc(1, sizeof *role);
    if (!role)
        return NULL;
    role->renewable = true;
    if (old) {
        *role = *old;
        json_object_get(role->allowed);
        json_object_get(role->allowed_globs);
        json_object_get(role->disallowed);
        json_object_get(role->disallowed_globs);
        role->path_suffix = old->path_suffix ? vc__memdup(old->path_suffix, strlen(old->path_suffix)) : NULL;
        role->token = dev_token_params_dup(&old->token);
    }
    return role;
}

void dev_token_role_write(dev_request *request)
{
    dev_token_role *role = role_dup(dev_token_role_find(request->space, request->args[0]));
    if (role && !read_role(request, role))
        role_free(role);
    else if (role && dev_names_put(roles_in(request->space), request->args[0], role))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

void dev_token_role_delete(dev_request *request)
{
    dev_names_drop(roles_in(request->space), request->args[0]);
    dev_reply_empty(request);
}
