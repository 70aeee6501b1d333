/* SPDX-License-Identifier: Apache-2.0 */
/* token_api.c - auth/token: lookup, renew, revoke, by token, by accessor, and for oneself. */
#include "base/text.h"
#include "json_each.h"
#include "login.h"
#include "param.h"
#include "reply.h"
#include "token_role.h"

/* Who looks by accessor is not told the token itself. */
static void write_lookup(dev_request *request, const dev_token *token, bool with_id)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member(out, "accessor", token->accessor);
    out_member_int(out, "creation_time", token->created / 1000000000);
    out_member_int(out, "creation_ttl", token->creation_ttl);
    out_member(out, "display_name", token->display_name);
    out_member(out, "entity_id", token->entity_id);
    out_key(out, "expire_time");
    if (token->expires)
        dev_time_write(out, dev_wall() + ((int64_t)token->expires - (int64_t)dev_now()) * 1000000);
    else
        out_null(out);
    out_member_int(out, "explicit_max_ttl", token->explicit_max_ttl);
    out_member(out, "id", with_id ? token->id : "");
    out_key(out, "issue_time");
    dev_time_write(out, token->created);
    if (token->renewed) {
        out_key(out, "last_renewal");
        dev_time_write(out, token->renewed);
        out_member_int(out, "last_renewal_time", token->renewed / 1000000000);
    }
    dev_out_value(out, "meta", token->meta, "null");
    if (token->space->parent)
        out_member(out, "namespace_path", token->space->path);
    out_member_int(out, "num_uses", atomic_load(&token->uses_left));
    out_member_bool(out, "orphan", token->orphan);
    out_member(out, "path", token->path);
    if (token->period && !(token->role && !token->mount[0])) /* a role's own is not told */
        out_member_int(out, "period", token->period);
    dev_out_value(out, "policies", token->policies, "null");
    out_member_bool(out, "renewable", token->renewable);
    if (token->role && !token->mount[0])
        out_member(out, "role", token->role);
    out_member_int(out, "ttl", dev_token_ttl(token));
    out_member(out, "type", token->batch ? "batch" : "service");
    out_close(out, '}');
}

/* The token that the body names; they answer themselves when there is none. */
static dev_token *by_id(dev_request *request, int status, const char *text)
{
    vc_view id;
    if (!dev_param_string(request, "token", &id))
        return NULL;
    dev_token *token = dev_token_find(request->server, id);
    if (!token && id.len == 0)
        dev_reply_error(request, 400, "missing token ID");
    else if (!token)
        dev_reply_error(request, status, "%s", text);
    return token;
}

static dev_token *by_accessor(dev_request *request)
{
    vc_view accessor;
    if (!dev_param_string(request, "accessor", &accessor))
        return NULL;
    dev_token *token = dev_token_by_accessor(request->server, accessor);
    if (!token) {
        dev_reply_wrapped(request, 400, accessor.len ? "invalid accessor" : "missing accessor");
    } else if (token->space != request->space) {
        dev_reply_wrapped(request, 500, "cannot lookup token in different namespace");
        return NULL;
    }
    return token;
}

static void lookup_self(dev_request *request)
{
    write_lookup(request, request->token, true);
}

static void lookup(dev_request *request)
{
    const dev_token *token = dev_param(request, "token") ? by_id(request, 403, "bad token") : request->token;
    if (token)
        write_lookup(request, token, true);
}

static void lookup_accessor(dev_request *request)
{
    const dev_token *token = by_accessor(request);
    if (token)
        write_lookup(request, token, false);
}

/* Whoever gave the token has to know its role still. True: answered. */
static bool renewal_refused(dev_request *request, dev_token *token)
{
    const dev_names *auths = &token->space->auths;
    if (token->role && !token->mount[0]) {
        if (dev_token_role_find(token->space, vc_str(token->role)))
            return false;
        dev_reply_wrapped(
            request, 500,
            "failed to renew entry: original token role \"%s\" could not be found, not renewing",
            token->role);
        return true;
    }
    const dev_mount *mount = token->mount[0] ? dev_mount_by_accessor(auths, token->mount) : NULL;
    return mount && !dev_login_renew(request, mount, token);
}

static void grant(dev_request *request, dev_token *token, long long increment)
{
    long long ttl = token->period ? token->period : increment;
    if (ttl == 0)
        ttl = token->backend_ttl ? token->backend_ttl : token->lease;
    if (dev_token_left(token) <= 0) {
        dev_reply_wrapped(request, 500, "past the max TTL, cannot renew");
        return;
    }
    if (dev_token_extend(token, ttl))
        dev_token_warn_cut(request, token, ttl);
    token->renewed = dev_wall();
    dev_token_write_auth(dev_reply_auth(request), token);
}

static void renew_token(dev_request *request, dev_token *token)
{
    long long increment = 0;
    if (!dev_param_duration(request, "increment", &increment))
        return;
    if (token->batch) {
        dev_reply_error(request, 400, "batch tokens cannot be renewed");
        return;
    }
    if (!token->renewable) {
        dev_reply_error(request, 400, "lease is not renewable");
        return;
    }
    if (!renewal_refused(request, token))
        grant(request, token, increment);
}

static void renew_self(dev_request *request)
{
    renew_token(request, request->token);
}

static void renew(dev_request *request)
{
    dev_token *token = by_id(request, 400, "token not found");
    if (token)
        renew_token(request, token);
}

static void renew_accessor(dev_request *request)
{
    dev_token *token = by_accessor(request);
    if (token)
        renew_token(request, token);
}

/* False: answered, a batch token lives as long as it was made for. */
static bool revocable(dev_request *request, const dev_token *token)
{
    if (token->batch)
        dev_reply_error(request, 400, "batch tokens cannot be revoked");
    return !token->batch;
}

static void revoke_self(dev_request *request)
{
    if (!revocable(request, request->token))
        return;
    dev_token_revoke(request->server, request->token);
    dev_reply_empty(request);
}

/* A token that is gone counts as revoked. */
static void revoke(dev_request *request)
{
    vc_view id;
    if (!dev_param_string(request, "token", &id))
        return;
    if (id.len == 0) {
        dev_reply_error(request, 400, "missing token ID");
        return;
    }
    dev_token *token = dev_token_find(request->server, id);
    if (token && !revocable(request, token))
        return;
    if (token)
        dev_token_revoke(request->server, token);
    dev_reply_empty(request);
}

static void revoke_accessor(dev_request *request)
{
    vc_view accessor;
    if (!dev_param_string(request, "accessor", &accessor))
        return;
    dev_token *token = dev_token_by_accessor(request->server, accessor);
    if (token) {
        dev_token_revoke(request->server, token);
        dev_reply_empty(request);
    } else {
        vc__buf_str(dev_reply_data(request), "null");
        dev_reply_warning(request, "No token found with this accessor");
    }
}

static void revoke_orphan(dev_request *request)
{
    dev_token *token = by_id(request, 400, "token to revoke not found");
    if (token) {
        dev_token_revoke_alone(request->server, token);
        dev_reply_empty(request);
    }
}

static void list_accessors(dev_request *request)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "keys");
    out_open(out, '[');
    for (size_t i = 0; i < request->server->tokens.count; i++) {
        const dev_token *token = request->server->tokens.list[i].item;
        if (token->accessor[0] && token->space == request->space)
            out_string(out, vc_str(token->accessor));
    }
    out_close(out, ']');
    out_close(out, '}');
}

static void tidy(dev_request *request)
{
    vc__buf_str(dev_reply_data(request), "null");
    request->reply.status = 202;
    dev_reply_warning(request,
                      "Tidy operation successfully started. Any information from the operation will be "
                      "printed to %s's server logs.",
                      request->server->flavour->openbao ? "OpenBao" : "Vault");
}

#define CREATE_FIELDS                                                                                        \
    " id policies meta no_parent no_default_policy renewable lease ttl type explicit_max_ttl display_name "  \
    "num_uses "                                                                                              \
    "period entity_alias "

static const dev_route routes[] = {
    { "create", { [DEV_UPDATE] = dev_token_create }, 0, CREATE_FIELDS, NULL },
    { "create-orphan", { [DEV_UPDATE] = dev_token_create }, 0, CREATE_FIELDS, NULL },
    { "create/:name", { [DEV_UPDATE] = dev_token_create }, 0, CREATE_FIELDS, NULL },
    { "roles", { [DEV_LIST] = dev_token_role_list }, DEV_SHARED, NULL, NULL },
    { "roles/:name",
      { [DEV_READ] = dev_token_role_read,
        [DEV_UPDATE] = dev_token_role_write,
        [DEV_DELETE] = dev_token_role_delete },
      0,
      DEV_TOKEN_ROLE_FIELDS DEV_TOKEN_PARAM_FIELDS,
      dev_token_role_exists },
    { "tidy", { [DEV_UPDATE] = tidy }, 0, NULL, NULL },
    { "lookup", { [DEV_UPDATE] = lookup }, DEV_SHARED, " token ", NULL },
    { "lookup-self", { [DEV_READ] = lookup_self, [DEV_UPDATE] = lookup_self }, DEV_SHARED, " token ", NULL },
    { "lookup-accessor", { [DEV_UPDATE] = lookup_accessor }, DEV_SHARED, " accessor ", NULL },
    { "renew", { [DEV_UPDATE] = renew }, 0, " token increment ", NULL },
    { "renew-self", { [DEV_UPDATE] = renew_self }, 0, " token increment ", NULL },
    { "renew-accessor", { [DEV_UPDATE] = renew_accessor }, 0, " accessor increment ", NULL },
    { "revoke", { [DEV_UPDATE] = revoke }, 0, " token ", NULL },
    { "revoke-self", { [DEV_UPDATE] = revoke_self }, 0, NULL, NULL },
    { "revoke-accessor", { [DEV_UPDATE] = revoke_accessor }, 0, " accessor ", NULL },
    { "revoke-orphan", { [DEV_UPDATE] = revoke_orphan }, DEV_SUDO, " token ", NULL },
    { "accessors", { [DEV_LIST] = list_accessors }, DEV_SHARED | DEV_SUDO, NULL, NULL },
    { 0 },
};

const dev_engine dev_tokens = { "token", routes, dev_token_roles_new, dev_token_roles_free };
