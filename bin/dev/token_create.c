/* SPDX-License-Identifier: Apache-2.0 */
/* token_create.c - auth/token/create, create-orphan and create/:role: what may be asked for by whom. */
#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"
#include "token_role.h"

/* What a create request asks for. */
typedef struct wish {
    vc_view id, type, display_name;
    json_object *policies; /* owned */
    bool no_parent, no_default, renewable;
    long long ttl, explicit_max_ttl, period, num_uses;
} wish;

static bool read_wish(dev_request *request, wish *want)
{
    long long lease = 0; /* the old name of ttl */
    want->renewable = true;
    if (!dev_param_string(request, "id", &want->id) || !dev_param_string(request, "type", &want->type) ||
        !dev_param_string(request, "display_name", &want->display_name) ||
        !dev_param_list(request, "policies", &want->policies) ||
        !dev_param_bool(request, "no_parent", &want->no_parent) ||
        !dev_param_bool(request, "no_default_policy", &want->no_default) ||
        !dev_param_bool(request, "renewable", &want->renewable) ||
        !dev_param_duration(request, "lease", &lease))
        return false;
    want->ttl = lease;
    return dev_param_duration(request, "ttl", &want->ttl) &&
           dev_param_duration(request, "explicit_max_ttl", &want->explicit_max_ttl) &&
           dev_param_duration(request, "period", &want->period) &&
           dev_param_int(request, "num_uses", &want->num_uses);
}

/* What a token that is not root may not ask for; a role answers for much of it. */
static bool allowed(dev_request *request, const wish *want, const dev_token_role *role)
{
    const dev_token *parent = request->token;
    const unsigned caps = dev_token_caps(parent, request->space, vc__buf_get(&request->path));
    const bool sudo = caps & (DEV_CAP_SUDO | DEV_CAP_ROOT), held = !sudo && !role;
    if (parent->batch || parent->num_uses) {
        dev_reply_error(request, 400, "%s",
                        parent->batch ? "batch tokens cannot create more tokens"
                        : atomic_load(&parent->uses_left) == 0
                            ? "parent token lookup failed: no parent found"
                            : "restricted use token cannot generate child tokens");
        return false;
    }
    if (want->id.len && !sudo) {
        dev_reply_error(request, 400, "root or sudo privileges required to specify token id");
        return false;
    }
    if ((want->no_parent || want->period) && held) {
        dev_reply_error(request, 400,
                        want->period ? "root or sudo privileges required to create periodic token"
                                     : "root or sudo privileges required to create orphan token");
        return false;
    }
    for (size_t i = 0; held && want->policies && i < json_object_array_length(want->policies); i++) {
        if (!dev_policies_have(parent->policies,
                               json_object_get_string(json_object_array_get_idx(want->policies, i)))) {
            dev_reply_error(request, 400, "child policies must be subset of parent");
            return false;
        }
    }
    if (want->type.len && !vc__view_is(want->type, "service") && !vc__view_is(want->type, "default") &&
        !vc__view_is(want->type, "batch")) {
        dev_reply_error(request, 400, "invalid 'token_type' value");
        return false;
    }
    if (vc__view_starts(want->id, "s.") || vc__view_starts(want->id, "hvs.")) {
        dev_reply_error(request, 400, "custom token ID cannot have the '%s' prefix",
                        want->id.data[0] == 's' ? "s." : "hvs.");
        return false;
    }
    if (memchr(want->id.data ? want->id.data : "", '.', want->id.len)) {
        dev_reply_error(request, 400, "custom token ID cannot have a '.' in the value");
        return false;
    }
    if (want->num_uses < 0) {
        dev_reply_error(request, 400, "number of uses cannot be negative");
        return false;
    }
    return true;
}

static void display_name(vc__buf *name, vc_view given)
{
    vc__buf_str(name, "token");
    if (given.len)
        vc__buf_printf(name, "-%.*s", (int)given.len, given.data);
}

/* An object of strings, numbers and booleans as strings; NULL for none. */
static json_object *texts_of(json_object *meta)
{
    if (!json_object_is_type(meta, json_type_object) || json_object_object_length(meta) == 0)
        return NULL;
    json_object *texts = json_object_new_object();
    DEV_JSON_EACH (meta, each) {
        json_object *text =
            json_object_new_string(json_object_get_string(json_object_iter_peek_value(&each)));
        json_object_object_add(texts, json_object_iter_peek_name(&each), text);
    }
    return texts;
}

static bool is_batch(const wish *want, const dev_token_role *role)
{
    const bool asked = vc__view_is(want->type, "batch");
    if (!role)
        return asked;
    const dev_token_type type = role->token.type;
    return type == DEV_TOKEN_BATCH || (type == DEV_TOKEN_DEFAULT_BATCH && want->type.len == 0) ||
           (asked && type != DEV_TOKEN_SERVICE);
}

/* What a batch token cannot have. False: answered. */
static bool fits_batch(dev_request *request, const wish *want, json_object *policies)
{
    const char *what = want->num_uses           ? "num_uses"
                       : want->period           ? "period"
                       : want->explicit_max_ttl ? "explicit_max_ttl"
                                                : NULL;
    if (what)
        dev_reply_error(request, 400, "batch tokens cannot have \"%s\" set", what);
    else if (dev_policies_have(policies, "root"))
        dev_reply_error(request, 400, "batch tokens cannot be root tokens");
    else
        return true;
    return false;
}

static long long lesser(long long a, long long b)
{
    return a == 0 ? b : b == 0 || a < b ? a : b;
}

/* What the role says of the token, in place of what was asked for or with it. */
static void apply_role(dev_request *request, wish *want, const dev_token_role *role)
{
    const long long most = role->token.explicit_max_ttl;
    if (want->explicit_max_ttl && most)
        dev_reply_warning(request,
                          "Explicit max TTL specified both during creation call and in role; using the "
                          "lesser value of %lld seconds",
                          lesser(want->explicit_max_ttl, most));
    want->explicit_max_ttl = lesser(want->explicit_max_ttl, most);
    want->num_uses = lesser(want->num_uses, role->token.num_uses);
    want->period = lesser(want->period, role->token.period);
    want->no_parent |= role->orphan;
    want->renewable &= role->renewable;
    want->no_default |= role->token.no_default_policy;
}

/* The policies of the new token, owned. NULL: answered. */
static json_object *policies_of(dev_request *request, const wish *want, const dev_token_role *role)
{
    const bool some = want->policies && json_object_array_length(want->policies);
    json_object *const parents = request->token->policies;
    if (role)
        return dev_token_role_policies(request, role, some ? want->policies : NULL, !want->no_default);
    json_object *policies = dev_policies_clean(some ? want->policies : parents, !want->no_default);
    if (dev_policies_have(policies, "root") && request->space != request->token->space) {
        json_object_put(policies);
        policies = NULL;
        if (some && dev_policies_have(want->policies, "root")) {
            dev_reply_error(request, 400, "root tokens may not be created from a parent namespace");
            return NULL;
        }
        json_object *none = json_object_new_array();
        policies = dev_policies_clean(none, !want->no_default);
        json_object_put(none);
    }
    if (!policies)
        dev_reply_error(request, 500, "out of memory");
    return policies;
}

static dev_token *make_token(dev_request *request, wish *want, const dev_token_role *role)
{
    const dev_token *parent = request->token;
    vc__auto(vc__buf) name = VC__BUF(1024), path = VC__BUF(8192);
    display_name(&name, want->display_name);
    vc__buf_str(&path, "auth/token/create");
    if (role)
        vc__buf_printf(&path, "/%.*s%s%s", (int)request->args[0].len, request->args[0].data,
                       role->path_suffix && *role->path_suffix ? "/" : "",
                       role->path_suffix ? role->path_suffix : "");
    json_object *policies = policies_of(request, want, role);
    if (role && policies)
        apply_role(request, want, role);
    const bool batch = is_batch(want, role);
    if (!policies || (batch && !fits_batch(request, want, policies))) {
        json_object_put(policies);
        return NULL;
    }
    dev_token_plan plan = { .id = batch ? vc_view_of(NULL, 0) : want->id,
                            .display = vc__buf_get(&name),
                            .path = vc__buf_get(&path),
                            .role = role ? request->args[0] : vc_view_of(NULL, 0),
                            .parent = want->no_parent ? NULL : parent,
                            .entity_id = parent->entity_id,
                            .policies = policies,
                            .cidrs = role ? role->token.bound_cidrs : NULL,
                            .not_renewable = !want->renewable,
                            .batch = batch,
                            .ttl = want->ttl,
                            .explicit_max_ttl = want->explicit_max_ttl,
                            .period = want->period,
                            .num_uses = want->num_uses };
    plan.meta = texts_of(dev_param(request, "meta"));
    dev_token *token = dev_token_make(request, &plan);
    json_object_put(policies);
    json_object_put(plan.meta);
    return token;
}

void dev_token_create(dev_request *request)
{
    wish want = { 0 };
    dev_token *token = NULL;
    const vc_view name = request->args[0];
    const dev_token_role *role = name.len ? dev_token_role_find(request->space, name) : NULL;
    if (name.len && !role) {
        dev_reply_error(request, 400, "unknown role %.*s", (int)name.len, name.data);
        return;
    }
    if (read_wish(request, &want)) {
        want.no_parent |= vc__view_starts(vc__buf_get(&request->path), "auth/token/create-orphan");
        const bool orphan_path = want.no_parent && !dev_param(request, "no_parent");
        wish held = want;
        held.no_parent &= !orphan_path; /* the path is what it takes */
        if (want.id.len && dev_token_find(request->server, want.id))
            dev_reply_error(request, 400, "cannot create a token with a duplicate ID");
        else if (allowed(request, &held, role))
            token = make_token(request, &want, role);
    }
    json_object_put(want.policies);
    if (!token)
        return;
    if (want.id.len)
        dev_reply_warning(
            request,
            "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure "
            "SHA2-256 "
            "HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.");
    dev_token_write_auth(dev_reply_auth(request), token);
}
