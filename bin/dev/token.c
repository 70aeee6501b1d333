/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

/* What Vault's default policy is for: a token may look after itself. */
static const char default_policy[] = "# What every token may do unless it was made without this policy.\n"
                                     "path \"auth/token/lookup-self\" { capabilities = [\"read\"] }\n"
                                     "path \"auth/token/renew-self\" { capabilities = [\"update\"] }\n"
                                     "path \"auth/token/revoke-self\" { capabilities = [\"update\"] }\n"
                                     "path \"sys/capabilities-self\" { capabilities = [\"update\"] }\n"
                                     "path \"sys/wrapping/wrap\" { capabilities = [\"update\"] }\n"
                                     "path \"sys/wrapping/lookup\" { capabilities = [\"update\"] }\n"
                                     "path \"sys/wrapping/unwrap\" { capabilities = [\"update\"] }\n";

void dev_token_free(void *item)
{
    dev_token *token = item;
    if (!token)
        return;
    vc__free(token->id);
    vc__free(token->display_name);
    json_object_put(token->policies);
    json_object_put(token->meta);
    vc__free(token);
}

static vc_code setup_policies(dev_server *server, vc_error *err)
{
    dev_policy *ordinary = dev_policy_parse(vc_str(default_policy), err);
    dev_policy *root = ordinary ? dev_policy_parse(vc_str(""), err) : NULL;
    if (!root) {
        dev_policy_free(ordinary);
        return err->code;
    }
    root->root = true;
    const bool first = dev_names_put(&server->policies, vc_str("default"), ordinary);
    const bool second = dev_names_put(&server->policies, vc_str("root"), root);
    return first && second ? VC_OK : vc__error_memory(err);
}

vc_code dev_token_setup(dev_server *server, const char *root_id, vc__random *random, vc_error *err)
{
    if (setup_policies(server, err) != VC_OK)
        return err->code;
    dev_token *token = vc__calloc(1, sizeof *token);
    if (!token)
        return vc__error_memory(err);
    dev_letters(random, token->accessor, 24);
    token->id = vc__memdup(root_id, strlen(root_id));
    token->display_name = vc__memdup("token", 5); /* as that of `vault server -dev` */
    token->path = "auth/token/create";
    token->policies = json_object_new_array();
    token->root = token->orphan = true;
    token->created = dev_wall();
    token->started = dev_now();
    if (!token->id || !token->display_name || !token->policies) {
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

dev_token *dev_token_find(const dev_server *server, vc_view id)
{
    dev_token *token = dev_names_get(&server->tokens, id);
    return token && alive(token) ? token : NULL;
}

dev_token *dev_token_by_accessor(const dev_server *server, vc_view accessor)
{
    for (size_t i = 0; i < server->tokens.count; i++) {
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

bool dev_token_extend(dev_token *token, long long ttl)
{
    const uint64_t now = dev_now();
    const uint64_t age = (now - token->started) / 1000;
    long long most = token->period ? ttl : DEV_MAX_TTL - (long long)age;
    if (token->explicit_max_ttl && token->explicit_max_ttl - (long long)age < most)
        most = token->explicit_max_ttl - (long long)age;
    if (most < 0)
        most = 0;
    token->lease = ttl > most ? most : ttl;
    token->expires = now + (uint64_t)token->lease * 1000;
    return ttl > most;
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
        if (strcmp(other->parent, token->accessor) == 0) {
            other->parent[0] = 0;
            other->orphan = true;
        }
    }
    dev_names_drop(&server->tokens, vc_str(token->id));
}

unsigned dev_token_caps(const dev_server *server, const dev_token *token, vc_view path)
{
    if (token->root)
        return DEV_CAP_ROOT;
    enum { MOST = 64 };
    const dev_policy *policies[MOST];
    size_t count = 0;
    for (size_t i = 0; i < json_object_array_length(token->policies) && count < MOST; i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(token->policies, i));
        const dev_policy *policy = dev_names_get(&server->policies, vc_str(name));
        if (policy)
            policies[count++] = policy;
    }
    return dev_acl(policies, count, path);
}
