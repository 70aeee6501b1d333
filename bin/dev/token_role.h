/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_role.h - auth/token/roles: what tokens that are made through a role have, and which policies they may
 * have; and the endpoint that makes tokens (token_create.c).
 */
#ifndef VC__DEV_TOKEN_ROLE_H
#define VC__DEV_TOKEN_ROLE_H

#include "token.h"
#include "token_params.h"

typedef struct dev_token_role {
    json_object *allowed, *allowed_globs, *disallowed, *disallowed_globs; /* arrays or NULL */
    bool orphan, renewable;
    char *path_suffix; /* or NULL */
    bool old_explicit_max_ttl;
    dev_token_params token;
} dev_token_role;

#define DEV_TOKEN_ROLE_FIELDS                                                                                \
    " allowed_policies disallowed_policies allowed_policies_glob disallowed_policies_glob orphan renewable " \
    "path_suffix allowed_entity_aliases explicit_max_ttl"

/* The state of the tokens' mount: roles by name. */
void *dev_token_roles_new(dev_server *server, vc_error *err);
void dev_token_roles_free(void *state);

/* NULL: there is none. */
dev_token_role *dev_token_role_find(const dev_namespace *space, vc_view name);

/*
 * The policies of a token by that role, owned; `asked` NULL: none were asked for. NULL: answered, the role
 * does not allow them.
 */
json_object *dev_token_role_policies(dev_request *request, const dev_token_role *role, json_object *asked,
                                     bool with_default);

bool dev_token_role_exists(const dev_request *request);
void dev_token_role_list(dev_request *request);
void dev_token_role_read(dev_request *request);
void dev_token_role_write(dev_request *request);
void dev_token_role_delete(dev_request *request);

void dev_token_create(dev_request *request);

#endif
