/* SPDX-License-Identifier: Apache-2.0 */
#include "login.h"

#include "base/text.h"
#include "cidr.h"
#include "param.h"
#include "reply.h"

#include <openssl/sha.h>
#include <stdio.h>

/* The same who on the same mount has the same entity, without a table of them. */
static void entity_of(const dev_request *request, vc_view alias, char *out)
{
    vc__auto(vc__buf) text = VC__BUF(4096);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[33];
    vc__buf_printf(&text, "%s/", request->mount->uuid);
    vc__buf_view(&text, alias);
    SHA256((const unsigned char *)(text.data ? text.data : ""), text.len, digest);
    for (size_t i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    snprintf(out, DEV_ID, "%.8s-%.4s-%.4s-%.4s-%.12s%s%s", hex, hex + 8, hex + 12, hex + 16, hex + 20,
             request->space->parent ? "." : "", request->space->parent ? request->space->id : "");
}

/* team/one/ and ann: team-one-ann */
static void display_name(const dev_request *request, vc_view who, vc__buf *out)
{
    const dev_names *auths = &request->space->auths;
    for (size_t i = 0; i < auths->count; i++) {
        const char *name = auths->list[i].name;
        if (auths->list[i].item != request->mount)
            continue;
        if (request->space->parent)
            vc__buf_printf(out, "%sauth/", request->space->path);
        vc__buf_append(out, name, strlen(name) - 1);
        for (size_t at = 0; at < out->len; at++)
            if (out->data[at] == '/')
                out->data[at] = '-';
    }
    if (who.len)
        vc__buf_printf(out, "-%.*s", (int)who.len, who.data);
}

static bool is_batch(const dev_mount *mount, dev_token_type type)
{
    const char *usual = mount->token_type;
    if (strcmp(usual, "batch") == 0 || strcmp(usual, "service") == 0)
        return *usual == 'b';
    if (type == DEV_TOKEN_DEFAULT)
        return strcmp(usual, "default-batch") == 0;
    return type == DEV_TOKEN_BATCH || type == DEV_TOKEN_DEFAULT_BATCH;
}

/* Those of the role and those of its groups. */
static json_object *policies_of(const dev_login *login)
{
    json_object *all = json_object_new_array();
    json_object *const lists[] = { login->params->policies, login->more_policies };
    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++)
        for (size_t i = 0; lists[l] && i < json_object_array_length(lists[l]); i++)
            json_object_array_add(all, json_object_get(json_object_array_get_idx(lists[l], i)));
    json_object *clean = dev_policies_clean(all, !login->params->no_default_policy);
    json_object_put(all);
    return clean;
}

void dev_login_answer(dev_request *request, const dev_login *login)
{
    const dev_token_params *params = login->params;
    char entity[DEV_ID];
    vc__auto(vc__buf) name = VC__BUF(1024);
    if (!dev_cidrs_hold(params->bound_cidrs, dev_client_address(request))) {
        json_object_put(login->metadata);
        dev_reply_error(request, 403, "permission denied");
        return;
    }
    entity_of(request, login->alias, entity);
    display_name(request, login->display, &name);
    dev_token_plan plan = { .display = vc__buf_get(&name),
                            .path = vc__buf_get(&request->path),
                            .role = login->role,
                            .mount = request->mount,
                            .entity_id = entity,
                            .meta = login->metadata,
                            .cidrs = params->bound_cidrs,
                            .batch = is_batch(request->mount, params->type),
                            .ttl = params->ttl,
                            .max_ttl = params->max_ttl,
                            .explicit_max_ttl = params->explicit_max_ttl,
                            .period = params->period,
                            .num_uses = params->num_uses };
    plan.policies = policies_of(login);
    const dev_token *token = dev_token_make(request, &plan);
    if (token)
        dev_token_write_auth(dev_reply_auth(request), token);
    json_object_put(plan.policies);
    json_object_put(login->metadata);
}

void dev_token_take_params(dev_token *token, const dev_mount *mount, const dev_token_params *params)
{
    const long long most = mount->max_ttl ? mount->max_ttl : DEV_MAX_TTL;
    token->backend_ttl = params->ttl ? params->ttl : mount->default_ttl;
    token->period = params->period;
    token->max_ttl = params->max_ttl && params->max_ttl < most ? params->max_ttl : most;
}

bool dev_login_renew(dev_request *request, const dev_mount *mount, dev_token *token)
{
    static const struct {
        const dev_engine *engine;
        dev_renewer *renew;
    } renewers[] = { { &dev_approle, dev_approle_renew },
                     { &dev_userpass, dev_userpass_renew },
                     { &dev_jwt, dev_table_renew },
                     { &dev_kubernetes, dev_table_renew },
                     { &dev_cert, dev_cert_renew } };
    for (size_t i = 0; i < sizeof renewers / sizeof renewers[0]; i++)
        if (mount->engine == renewers[i].engine)
            return renewers[i].renew(request, mount, token);
    return true;
}

json_object *dev_login_metadata(const char *name, vc_view value)
{
    json_object *metadata = json_object_new_object();
    json_object_object_add(metadata, name,
                           json_object_new_string_len(value.data ? value.data : "", (int)value.len));
    return metadata;
}

bool dev_login_needs(dev_request *request, const char *name, vc_view *value, int status_openbao)
{
    if (!dev_param_string(request, name, value))
        return false;
    if (value->len == 0)
        dev_reply_error(request, request->server->flavour->openbao ? status_openbao : 400, "missing %s",
                        name);
    return value->len > 0;
}
