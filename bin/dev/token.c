/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

enum { NANOS = 1000000000 };

void dev_token_free(void *item)
{
    dev_token *token = item;
    if (!token)
        return;
    vc__free(token->id);
    vc__free(token->display_name);
    vc__free(token->path);
    vc__free(token->role);
    vc__buf_free(&token->wrapped);
    json_object_put(token->policies);
    json_object_put(token->meta);
    json_object_put(token->cidrs);
    vc__free(token);
}

vc_code dev_token_setup(dev_server *server, const char *root_id, vc__random *random, vc_error *err)
{
    static const char path[] = "auth/token/create";
    dev_token *token = vc__calloc(1, sizeof *token);
    if (!token)
        return vc__error_memory(err);
    dev_letters(random, token->accessor, 24);
    token->id = vc__memdup(root_id, strlen(root_id));
    token->display_name = vc__memdup("token", 5); /* as that of `vault server -dev` */
    token->path = vc__memdup(path, strlen(path));
    token->policies = json_object_new_array();
    token->space = dev_namespace_root(server);
    token->root = token->orphan = true;
    token->created = dev_wall();
    token->started = dev_now();
    if (!token->id || !token->display_name || !token->path || !token->policies) {
        dev_token_free(token);
        return vc__error_memory(err);
    }
    json_object_array_add(token->policies, json_object_new_string("root"));
    return dev_names_put(&server->tokens, vc_str(root_id), token) ? VC_OK : vc__error_memory(err);
}

static bool alive(const dev_token *token)
{
    return (token->expires == 0 || dev_now() < token->expires) &&
           (token->num_uses == 0 || atomic_load(&token->uses_left) > 0);
}

vc_view dev_token_given(const dev_request *request)
{
    const char *id = dev_header(request, "X-Vault-Token");
    if (id && *id)
        return vc_str(id);
    const char *bearer = dev_header(request, "Authorization");
    return bearer && strncmp(bearer, "Bearer ", 7) == 0 ? vc_str(bearer + 7) : vc_view_of(NULL, 0);
}

dev_token *dev_token_find(const dev_server *server, vc_view id)
{
    dev_token *token = dev_names_get(&server->tokens, id);
    return token && alive(token) ? token : NULL;
}

dev_token *dev_token_by_accessor(const dev_server *server, vc_view accessor)
{
    for (size_t i = 0; accessor.len && i < server->tokens.count; i++) {
        dev_token *token = server->tokens.list[i].item;
        if (vc__view_is(accessor, token->accessor) && alive(token))
            return token;
    }
    return NULL;
}

bool dev_token_use(dev_token *token)
{
    if (token->num_uses == 0)
        return true;
    long long left = atomic_load(&token->uses_left);
    while (left > 0)
        if (atomic_compare_exchange_weak(&token->uses_left, &left, left - 1))
            return true;
    return false;
}

long long dev_token_ttl(const dev_token *token)
{
    const uint64_t now = dev_now();
    return token->expires > now ? (long long)((token->expires - now + 500) / 1000)
                                : 0; /* rounded, as Vault does */
}

/* The maximum that counts. */
static long long max_of(const dev_token *token)
{
    long long most = token->max_ttl ? token->max_ttl : DEV_MAX_TTL;
    if (token->explicit_max_ttl && (most == 0 || token->explicit_max_ttl < most))
        most = token->explicit_max_ttl;
    return most;
}

/* In whole seconds of the wall clock, as Vault counts: a token may live a fraction of a second beyond it. */
long long dev_token_left(const dev_token *token)
{
    const long long most = max_of(token);
    /* periods begin anew, but for an explicit maximum */
    if (token->period && !token->explicit_max_ttl)
        return most;
    const long long age = dev_wall() / NANOS - token->created / NANOS;
    return age <= 0 ? most : most > age ? most - age : 0;
}

bool dev_token_extend(dev_token *token, long long ttl)
{
    const long long left = dev_token_left(token);
    token->lease = ttl > left ? left : ttl;
    token->expires = dev_now() + (uint64_t)token->lease * 1000;
    return ttl > left;
}

long long dev_token_max(const dev_token *token)
{
    return max_of(token);
}

/* The accessor of some token whose parent is gone, or is over itself. */
static const dev_token *next_over(const dev_server *server)
{
    for (size_t i = 0; i < server->tokens.count; i++) {
        const dev_token *token = server->tokens.list[i].item;
        if (!alive(token) || (token->parent[0] && !dev_token_by_accessor(server, vc_str(token->parent))))
            return token;
    }
    return NULL;
}

void dev_token_sweep(dev_server *server)
{
    for (const dev_token *token; (token = next_over(server));)
        dev_names_drop(&server->tokens, vc_str(token->id));
}

void dev_token_revoke(dev_server *server, dev_token *token)
{
    dev_names_drop(&server->tokens, vc_str(token->id));
    dev_token_sweep(server);
}

void dev_token_revoke_alone(dev_server *server, dev_token *token)
{
    for (size_t i = 0; i < server->tokens.count; i++) {
        dev_token *other = server->tokens.list[i].item;
        if (token->accessor[0] && strcmp(other->parent, token->accessor) == 0) {
            other->parent[0] = 0;
            other->orphan = true;
        }
    }
    dev_names_drop(&server->tokens, vc_str(token->id));
}

void dev_token_revoke_of(dev_server *server, const dev_mount *mount)
{
    for (size_t i = server->tokens.count; i > 0; i--) {
        const dev_token *token = server->tokens.list[i - 1].item;
        if (strcmp(token->mount, mount->accessor) == 0)
            dev_names_drop(&server->tokens, vc_str(token->id));
    }
    dev_token_sweep(server);
}

void dev_token_revoke_in(dev_server *server, const dev_namespace *space)
{
    for (size_t i = server->tokens.count; i > 0; i--) {
        const dev_token *token = server->tokens.list[i - 1].item;
        if (token->space == space)
            dev_names_drop(&server->tokens, vc_str(token->id));
    }
    dev_token_sweep(server);
}

dev_permit dev_token_permit(const dev_token *token, const dev_namespace *space, vc_view path)
{
    if (!dev_namespace_holds(token->space, space))
        return (dev_permit){ 0 };
    if (token->root)
        return (dev_permit){ .caps = DEV_CAP_ROOT };
    enum { MOST = 64 };
    const dev_policy *policies[MOST];
    size_t count = 0;
    for (size_t i = 0; i < json_object_array_length(token->policies) && count < MOST; i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(token->policies, i));
        const dev_policy *policy = dev_names_get(&token->space->policies, vc_str(name));
        if (policy)
            policies[count++] = policy;
    }
    const size_t above = strlen(token->space->path);
    if (strlen(space->path) == above)
        return dev_acl_permit(policies, count, path);
    vc__auto(vc__buf) whole = VC__BUF(8192);
    vc__buf_str(&whole, space->path + above);
    vc__buf_view(&whole, path);
    return whole.failed ? (dev_permit){ 0 } : dev_acl_permit(policies, count, vc__buf_get(&whole));
}

unsigned dev_token_caps(const dev_token *token, const dev_namespace *space, vc_view path)
{
    return dev_token_permit(token, space, path).caps;
}
