/* SPDX-License-Identifier: Apache-2.0 */
#include "approle.h"

#include "base/alloc.h"
#include "base/text.h"
#include "cidr.h"
#include "json_each.h"
#include "login.h"
#include "param.h"
#include "reply.h"

#include <stdio.h>

static void role_free(void *item)
{
    dev_role *role = item;
    if (!role)
        return;
    vc__free(role->role_id);
    json_object_put(role->secret_cidrs);
    dev_token_params_free(&role->token);
    dev_names_free(&role->secrets);
    vc__free(role);
}

static void *roles_new(dev_server *server, vc_error *err)
{
    (void)server, (void)err;
    dev_names *roles = vc__calloc(1, sizeof *roles);
    if (roles)
        roles->free_item = role_free;
    return roles;
}

static void roles_free(void *state)
{
    dev_names_free(state);
    vc__free(state);
}

dev_role *dev_role_find(const dev_request *request)
{
    return dev_names_get(request->mount->state, request->args[0]);
}

static bool role_exists(const dev_request *request)
{
    return dev_role_find(request) != NULL;
}

/* The role of that role id, and its name. */
static dev_role *by_role_id(const dev_request *request, vc_view id, const char **name)
{
    const dev_names *roles = request->mount->state;
    for (size_t i = 0; i < roles->count; i++) {
        dev_role *role = roles->list[i].item;
        if (vc__view_is(id, role->role_id)) {
            *name = roles->list[i].name;
            return role;
        }
    }
    return NULL;
}

/* False: answered. */
static bool set_role_id(dev_request *request, dev_role *role, vc_view id)
{
    const char *name;
    dev_role *other = by_role_id(request, id, &name);
    if (other && other != role && other != dev_role_find(request)) {
        dev_reply_wrapped(request, 500, "role_id already in use");
        return false;
    }
    char *copy = vc__memdup(id.data, id.len);
    if (!copy) {
        dev_reply_error(request, 500, "out of memory");
        return false;
    }
    vc__free(role->role_id);
    role->role_id = copy;
    return true;
}

static bool read_cidrs(dev_request *request, dev_role *role)
{
    json_object *list = NULL;
    const char *name =
        dev_param(request, "secret_id_bound_cidrs") ? "secret_id_bound_cidrs" : "bound_cidr_list";
    if (!dev_param_list(request, name, &list))
        return false;
    if (list) {
        json_object_put(role->secret_cidrs);
        role->secret_cidrs = list;
    }
    return true;
}

/* What the body says of the role. False: answered. */
static bool read_role(dev_request *request, dev_role *role)
{
    vc_view id;
    if (!dev_token_params_read(request, &role->token) ||
        !dev_param_bool(request, "bind_secret_id", &role->bind_secret_id) || !read_cidrs(request, role) ||
        !dev_param_int(request, "secret_id_num_uses", &role->secret_uses) ||
        !dev_param_duration(request, "secret_id_ttl", &role->secret_ttl) ||
        !dev_param_string(request, "role_id", &id))
        return false;
    if (role->secret_uses < 0) {
        dev_reply_error(request, 400, "secret_id_num_uses cannot be negative");
        return false;
    }
    if (id.len && !set_role_id(request, role, id))
        return false;
    const bool bound = (role->secret_cidrs && json_object_array_length(role->secret_cidrs)) ||
                       (role->token.bound_cidrs && json_object_array_length(role->token.bound_cidrs));
    if (!role->bind_secret_id && !bound)
        dev_reply_wrapped(request, 500, "at least one constraint should be enabled on the role");
    return role->bind_secret_id || bound;
}

/* A copy without its secret ids, which move when it takes the place of the old one. */
static dev_role *role_dup(const dev_role *old)
{
    dev_role *role = vc__calloc(1, sizeof *role);
    if (!role)
        return NULL;
    role->bind_secret_id = true;
    if (old) {
        *role = *old;
        role->role_id = vc__memdup(old->role_id, strlen(old->role_id));
        role->token = dev_token_params_dup(&old->token);
        json_object_get(role->secret_cidrs);
    }
    role->secrets = (dev_names){ .free_item = dev_secret_id_free };
    return role;
}

/* Reads the body into the role and puts it in place; nothing has changed when that fails. */
static void store(dev_request *request)
{
    dev_role *old = dev_role_find(request), *role = role_dup(old);
    if (role && !read_role(request, role)) {
        role_free(role);
        return;
    }
    if (role && !role->role_id) {
        char id[DEV_ID];
        dev_uuid(request->connection->random, id);
        role->role_id = vc__memdup(id, strlen(id));
    }
    if (role && old) {
        role->secrets = old->secrets;
        old->secrets = (dev_names){ 0 };
    }
    if (role && dev_names_put(request->mount->state, request->args[0], role))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

static void role_read(dev_request *request)
{
    const dev_role *role = dev_role_find(request);
    if (!role) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_bool(out, "bind_secret_id", role->bind_secret_id);
    out_member_bool(out, "local_secret_ids", false);
    dev_out_value(out, "secret_id_bound_cidrs", role->secret_cidrs, "null");
    out_member_int(out, "secret_id_num_uses", role->secret_uses);
    out_member_int(out, "secret_id_ttl", role->secret_ttl);
    dev_token_params_write(out, &role->token);
    out_close(out, '}');
}

static void role_delete(dev_request *request)
{
    dev_names_drop(request->mount->state, request->args[0]);
    dev_reply_empty(request);
}

static void role_list(dev_request *request)
{
    dev_reply_keys(request, request->mount->state);
}

static void role_id_read(dev_request *request)
{
    const dev_role *role = dev_role_find(request);
    if (!role) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member(out, "role_id", role->role_id);
    out_close(out, '}');
}

static void role_id_write(dev_request *request)
{
    vc_view id;
    dev_role *role = dev_role_find(request);
    if (!role)
        dev_reply_missing(request);
    else if (dev_login_needs(request, "role_id", &id, 400) && set_role_id(request, role, id))
        dev_reply_empty(request);
}

/* -- one setting alone: role/:name/token-ttl and so on -- */

/* The last segment of the path with _ for -: the setting's name. */
static void setting_name(const dev_request *request, char *name, size_t room)
{
    const char *slash = strrchr(request->path.data, '/');
    snprintf(name, room, "%s", slash ? slash + 1 : "");
    for (char *dash = name; (dash = strchr(dash, '-'));)
        *dash = '_';
}

/* The number of that name; NULL: it is not a number. */
static long long *number_of(dev_role *role, const char *name)
{
    const struct {
        const char *name;
        long long *number;
    } numbers[] = {
        { "secret_id_num_uses", &role->secret_uses }, { "secret_id_ttl", &role->secret_ttl },
        { "token_num_uses", &role->token.num_uses },  { "token_ttl", &role->token.ttl },
        { "token_max_ttl", &role->token.max_ttl },    { "period", &role->token.period },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(name, numbers[i].name) == 0)
            return numbers[i].number;
    return NULL;
}

static void setting_read(dev_request *request)
{
    char name[32];
    dev_role *role = dev_role_find(request);
    if (!role) {
        dev_reply_missing(request);
        return;
    }
    setting_name(request, name, sizeof name);
    const long long *number = number_of(role, name);
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    if (number)
        out_member_int(out, name, *number);
    else if (strcmp(name, "secret_id_bound_cidrs") == 0)
        dev_out_value(out, "secret_id_bound_cidrs", role->secret_cidrs, "null");
    else
        dev_token_params_write_one(out, &role->token,
                                   strcmp(name, "policies") == 0 ? "token_policies" : name);
    out_close(out, '}');
}

static void setting_write(dev_request *request)
{
    if (dev_role_find(request))
        store(request);
    else
        dev_reply_missing(request);
}

static void setting_delete(dev_request *request)
{
    char name[32];
    dev_role *role = dev_role_find(request);
    if (!role) {
        dev_reply_missing(request);
        return;
    }
    setting_name(request, name, sizeof name);
    long long *number = number_of(role, name);
    json_object **list = strcmp(name, "policies") == 0            ? &role->token.policies
                         : strcmp(name, "token_bound_cidrs") == 0 ? &role->token.bound_cidrs
                                                                  : &role->secret_cidrs;
    if (number) {
        *number = 0;
    } else {
        json_object_put(*list);
        *list = NULL;
    }
    dev_reply_empty(request);
}

/* -- log-in -- */

/* Checks the secret id and takes a use. NULL: answered. */
static dev_secret_id *take_secret(dev_request *request, dev_role *role)
{
    vc_view id;
    if (!dev_login_needs(request, "secret_id", &id, 400))
        return NULL;
    dev_secret_id *secret = dev_secret_id_find(role, id);
    if (!secret)
        dev_reply_error(request, 400, "%s",
                        request->server->flavour->openbao ? "invalid role or secret ID"
                                                          : "invalid secret id");
    else if (!dev_cidrs_hold(secret->cidrs, dev_client_address(request)))
        dev_reply_error(request, 400,
                        "source address unauthorized through CIDR restrictions on the secret "
                        "ID");
    else
        return secret;
    return NULL;
}

static void login(dev_request *request)
{
    vc_view id, secret_id;
    const char *name;
    dev_secret_id *secret = NULL;
    if (!dev_login_needs(request, "role_id", &id, 500))
        return;
    dev_role *role = by_role_id(request, id, &name);
    if (!role) {
        dev_reply_error(request, 400, "%s",
                        request->server->flavour->openbao ? "invalid role or secret ID" : "invalid role ID");
        return;
    }
    if (role->bind_secret_id && !(secret = take_secret(request, role)))
        return;
    if (!dev_cidrs_hold(role->secret_cidrs, dev_client_address(request))) {
        dev_reply_error(request, 400, "source address unauthorized by CIDR restrictions on the role");
        return;
    }
    dev_token_params params = dev_token_params_dup(&role->token);
    json_object *metadata = dev_login_metadata("role_name", vc_str(name));
    if (secret && secret->metadata) {
        DEV_JSON_EACH (secret->metadata, each) {
            json_object_object_add(metadata, json_object_iter_peek_name(&each),
                                   json_object_get(json_object_iter_peek_value(&each)));
        }
    }
    if (secret && secret->token_cidrs) {
        json_object_put(params.bound_cidrs);
        params.bound_cidrs = json_object_get(secret->token_cidrs);
    }
    dev_param_string(request, "secret_id", &secret_id);
    if (secret && secret->uses_left && --secret->uses_left == 0)
        dev_names_drop(&role->secrets, secret_id);
    const dev_login done = { .alias = id, .params = &params, .metadata = metadata, .role = vc_str(name) };
    dev_login_answer(request, &done);
    dev_token_params_free(&params);
}

/* OpenBao looks for the role before it looks at the method. */
static void login_read(dev_request *request)
{
    if (request->server->flavour->openbao)
        dev_reply_error(request, 500, "missing role_id");
    else
        dev_reply_wrapped(request, 405, "unsupported operation");
}

static void tidy(dev_request *request)
{
    const char *who = request->server->flavour->openbao ? "OpenBao" : "Vault";
    vc__buf_str(dev_reply_data(request), "null");
    request->reply.status = 202;
    dev_reply_warning(request,
                      "Tidy operation successfully started. Any information from the operation will be "
                      "printed to %s's server logs.",
                      who);
}

#define SETTING(path, names)                                                                                 \
    {                                                                                                        \
        "role/:name/" path,                                                                                  \
            { [DEV_READ] = setting_read, [DEV_UPDATE] = setting_write, [DEV_DELETE] = setting_delete }, 0,   \
            names, NULL                                                                                      \
    }

static const dev_route routes[] = {
    { "role", { [DEV_LIST] = role_list }, DEV_SHARED, NULL, NULL },
    { "role/:name",
      { [DEV_READ] = role_read, [DEV_UPDATE] = store, [DEV_DELETE] = role_delete },
      0,
      " role_id bind_secret_id bound_cidr_list secret_id_bound_cidrs secret_id_num_uses secret_id_ttl "
      "local_secret_ids" DEV_TOKEN_PARAM_FIELDS,
      role_exists },
    { "role/:name/role-id",
      { [DEV_READ] = role_id_read, [DEV_UPDATE] = role_id_write },
      0,
      " role_id ",
      NULL },
    { "role/:name/secret-id",
      { [DEV_UPDATE] = dev_secret_id_create, [DEV_LIST] = dev_secret_id_list },
      0,
      " metadata cidr_list token_bound_cidrs num_uses ttl ",
      NULL },
    { "role/:name/custom-secret-id",
      { [DEV_UPDATE] = dev_secret_id_custom },
      0,
      " secret_id metadata cidr_list token_bound_cidrs num_uses ttl ",
      NULL },
    { "role/:name/secret-id/lookup", { [DEV_UPDATE] = dev_secret_id_lookup }, 0, " secret_id ", NULL },
    { "role/:name/secret-id/destroy",
      { [DEV_UPDATE] = dev_secret_id_destroy, [DEV_DELETE] = dev_secret_id_destroy },
      0,
      " secret_id ",
      NULL },
    { "role/:name/secret-id-accessor/lookup",
      { [DEV_UPDATE] = dev_secret_accessor_lookup },
      0,
      " secret_id_accessor ",
      NULL },
    { "role/:name/secret-id-accessor/destroy",
      { [DEV_UPDATE] = dev_secret_accessor_destroy, [DEV_DELETE] = dev_secret_accessor_destroy },
      0,
      " secret_id_accessor ",
      NULL },
    SETTING("policies", " policies token_policies "),
    SETTING("period", " period token_period "),
    SETTING("secret-id-num-uses", " secret_id_num_uses "),
    SETTING("secret-id-ttl", " secret_id_ttl "),
    SETTING("secret-id-bound-cidrs", " secret_id_bound_cidrs "),
    SETTING("token-num-uses", " token_num_uses "),
    SETTING("token-ttl", " token_ttl "),
    SETTING("token-max-ttl", " token_max_ttl "),
    SETTING("token-bound-cidrs", " token_bound_cidrs "),
    { "tidy/secret-id", { [DEV_UPDATE] = tidy }, 0, NULL, NULL },
    { "login", { [DEV_UPDATE] = login, [DEV_READ] = login_read }, DEV_PUBLIC, " role_id secret_id ", NULL },
    { 0 },
};

bool dev_approle_renew(dev_request *request, const dev_mount *mount, dev_token *token)
{
    const dev_role *role = dev_names_get(mount->state, vc_str(token->role));
    if (role)
        dev_token_take_params(token, mount, &role->token);
    else
        dev_reply_wrapped(request, 500, "failed to renew entry: role \"%s\" does not exist during renewal",
                          token->role);
    return role;
}

const dev_engine dev_approle = { "approle", routes, roles_new, roles_free };
