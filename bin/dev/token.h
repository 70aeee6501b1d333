/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.h - tokens: who has which policies, for how long and how often. The endpoints are in token_api.c.
 *
 * A token whose time or uses are over counts as gone; it is removed when tokens are next created or revoked.
 */
#ifndef VC__DEV_TOKEN_H
#define VC__DEV_TOKEN_H

#include "clock.h"
#include "names.h"
#include "route.h"
#include "server.h"

#include <stdatomic.h>

enum { DEV_MAX_TTL = 2764800 }; /* seconds: 768 hours, Vault's default and maximum */

struct dev_token {
    char *id;
    char accessor[DEV_ID];
    char *display_name;
    const char *path;      /* by which endpoint it came */
    json_object *policies; /* sorted array of names */
    json_object *meta;     /* object of strings, or NULL */
    char parent[DEV_ID];   /* accessor; empty: none */
    bool orphan;
    bool root;
    bool renewable;
    int64_t created;  /* wall clock */
    int64_t renewed;  /* wall clock; 0: never */
    uint64_t started; /* dev_now() */
    uint64_t expires; /* dev_now() time; 0: never */
    long long creation_ttl;
    long long lease; /* what was last granted, and is asked for again by a renewal that names nothing */
    long long explicit_max_ttl;
    long long period;
    long long num_uses; /* as created; 0: any number */
    atomic_llong uses_left;
};

void dev_token_free(void *token);

/* The default policy and a root token of that id. */
vc_code dev_token_setup(dev_server *server, const char *root_id, vc__random *random, vc_error *err);

/* Alive and not used up; NULL otherwise. Takes no use. */
dev_token *dev_token_find(const dev_server *server, vc_view id);
dev_token *dev_token_by_accessor(const dev_server *server, vc_view accessor);

/* Takes one use where uses are counted; false when there is none left. */
bool dev_token_use(dev_token *token);

/* Seconds left, 0 for a token without end. */
long long dev_token_ttl(const dev_token *token);

/* Makes the token's end `ttl` seconds from now, within its maxima; true when it had to be cut. */
bool dev_token_extend(dev_token *token, long long ttl);

/* With its children, unless they are orphans; and all that are over. */
void dev_token_revoke(dev_server *server, dev_token *token);

/* That token alone: its children become orphans. */
void dev_token_revoke_alone(dev_server *server, dev_token *token);

void dev_token_sweep(dev_server *server);

/* What the token may do on a path; a list's ends in a slash. */
unsigned dev_token_caps(const dev_server *server, const dev_token *token, vc_view path);

extern const dev_route dev_token_routes[];

#endif
