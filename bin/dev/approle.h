/* SPDX-License-Identifier: Apache-2.0 */
/*
 * approle.h - auth/approle: what its two files share. Roles and log-ins are in approle.c, secret ids in
 * approle_secret.c.
 */
#ifndef VC__DEV_APPROLE_H
#define VC__DEV_APPROLE_H

#include "clock.h"
#include "token_params.h"

typedef struct dev_secret_id {
    char accessor[DEV_ID];
    int64_t created, expires; /* wall clock; 0: never */
    int64_t updated;
    long long ttl, uses_left; /* 0: any number */
    json_object *metadata;    /* of strings, or NULL */
    json_object *cidrs;       /* where it may come from, or NULL */
    json_object *token_cidrs; /* where its tokens may be used, or NULL */
} dev_secret_id;

typedef struct dev_role {
    char *role_id;
    bool bind_secret_id;
    long long secret_ttl, secret_uses;
    json_object *secret_cidrs;
    dev_token_params token;
    dev_names secrets; /* secret id -> dev_secret_id */
} dev_role;

void dev_secret_id_free(void *secret);

/* The role that the path names; NULL: there is none. */
dev_role *dev_role_find(const dev_request *request);

/* A secret id that counts: not over, not used up. */
dev_secret_id *dev_secret_id_find(dev_role *role, vc_view id);

/* The endpoints below role/:name/. */
void dev_secret_id_create(dev_request *request);
void dev_secret_id_custom(dev_request *request);
void dev_secret_id_list(dev_request *request);
void dev_secret_id_lookup(dev_request *request);
void dev_secret_id_destroy(dev_request *request);
void dev_secret_accessor_lookup(dev_request *request);
void dev_secret_accessor_destroy(dev_request *request);

#endif
