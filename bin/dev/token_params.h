/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_params.h - what a role or a user says of the tokens that it gives: token_ttl, token_policies and so
 * on, read, shown and checked alike by every way to log in.
 */
#ifndef VC__DEV_TOKEN_PARAMS_H
#define VC__DEV_TOKEN_PARAMS_H

#include "out.h"
#include "server.h"

typedef enum dev_token_type {
    DEV_TOKEN_DEFAULT = 0,
    DEV_TOKEN_SERVICE,
    DEV_TOKEN_BATCH,
    DEV_TOKEN_DEFAULT_SERVICE,
    DEV_TOKEN_DEFAULT_BATCH
} dev_token_type;

typedef struct dev_token_params {
    long long ttl, max_ttl, explicit_max_ttl, period; /* seconds */
    long long num_uses;
    bool no_default_policy;
    bool strictly_bind_ip;
    dev_token_type type;
    json_object *policies;                               /* array of names, or NULL */
    json_object *bound_cidrs;                            /* array of texts, or NULL */
    bool old_policies, old_ttl, old_max_ttl, old_period; /* given under the name of old: shown so too */
} dev_token_params;

#define DEV_TOKEN_PARAM_FIELDS                                                                               \
    " token_ttl token_max_ttl token_explicit_max_ttl token_period token_num_uses token_no_default_policy "   \
    "token_strictly_bind_ip token_type token_policies token_bound_cidrs policies ttl max_ttl period "        \
    "num_uses bound_cidrs "

/* What the body gives replaces what was. False: answered, and `params` is undefined. */
bool dev_token_params_read(dev_request *request, dev_token_params *params);

/* Appends the members. */
void dev_token_params_write(vc__buf *out, const dev_token_params *params);

/* One of them, under its name ("token_ttl", or the old "policies"); false when there is no such. */
bool dev_token_params_write_one(vc__buf *out, const dev_token_params *params, const char *name);

/* A copy of its own, to be changed and then put in place, or freed. */
dev_token_params dev_token_params_dup(const dev_token_params *params);
void dev_token_params_free(dev_token_params *params);

/* "service" and so on; false when unknown. */
bool dev_token_type_parse(vc_view text, dev_token_type *type);
const char *dev_token_type_name(dev_token_type type);

#endif
