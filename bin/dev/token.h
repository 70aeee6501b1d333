/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.h - tokens: who has which policies, for how long and how often. They are made in token_make.c; the
 * endpoints are in token_api.c and token_role.c.
 *
 * A token whose time or uses are over counts as gone; it is removed when tokens are next created or revoked.
 */
#ifndef VC__DEV_TOKEN_H
#define VC__DEV_TOKEN_H

#include "clock.h"
#include "mount.h"
#include "names.h"
#include "policy.h"
#include "route.h"
#include "server.h"

#include <stdatomic.h>

struct dev_token {
    char *id;
    char accessor[DEV_ID]; /* empty: a batch token */
    char *display_name;
    char *path; /* by which endpoint it came */
    char entity_id[DEV_ID];
    char *role;              /* of auth/token/roles, or whom its mount knows; NULL: none */
    char mount[DEV_ID];      /* accessor of the way to log in */
    dev_namespace *space;    /* where it lives */
    json_object *policies;   /* sorted array of names */
    json_object *meta;       /* object of strings, or NULL */
    json_object *cidrs;      /* where it may be used from, or NULL */
    char parent[DEV_ID];     /* accessor; empty: none */
    vc__buf wrapped;         /* of a wrapping token: the answer inside */
    char wrapped_of[DEV_ID]; /* the accessor of what is inside */
    int wrapped_status;
    bool wrapping;
    bool batch;
    bool orphan;
    bool root;
    bool renewable;
    int64_t created;  /* wall clock */
    int64_t renewed;  /* wall clock; 0: never */
    uint64_t started; /* dev_now() */
    uint64_t expires; /* dev_now() time; 0: never */
    long long creation_ttl;
    long long lease;       /* what was last granted, and is asked for again by a renewal that names nothing */
    long long backend_ttl; /* asked for instead, by tokens of a log-in; 0: `lease` */
    long long max_ttl;     /* the least of its role's and its mount's */
    long long explicit_max_ttl;
    long long period;
    long long num_uses; /* as created; 0: any number */
    atomic_llong uses_left;
};

/* What a token is made of. */
typedef struct dev_token_plan {
    vc_view id;      /* empty: a random one */
    vc_view display; /* empty: "token" */
    vc_view path;
    vc_view role;
    const dev_mount *mount;  /* NULL: auth/token */
    const dev_token *parent; /* NULL: an orphan */
    const char *entity_id;   /* NULL: none */
    json_object *policies;   /* lent; cleaned already */
    json_object *meta;       /* lent, or NULL */
    json_object *cidrs;      /* lent, or NULL */
    bool batch;
    bool not_renewable;
    long long ttl; /* 0: the mount's, or none for root */
    long long max_ttl, explicit_max_ttl, period, num_uses;
} dev_token_plan;

void dev_token_free(void *token);

/* A root token of that id. */
vc_code dev_token_setup(dev_server *server, const char *root_id, vc__random *random, vc_error *err);

/* NULL: answered 500. The token is the server's; the answer gets the warnings that are due. */
dev_token *dev_token_make(dev_request *request, const dev_token_plan *plan);

/* The value of `auth`. */
void dev_token_write_auth(vc__buf *out, const dev_token *token);

/* What the request's headers say; empty: none. */
vc_view dev_token_given(const dev_request *request);

/* Alive and not used up; NULL otherwise. Takes no use. */
dev_token *dev_token_find(const dev_server *server, vc_view id);
dev_token *dev_token_by_accessor(const dev_server *server, vc_view accessor);

/* Takes one use where uses are counted; false when there is none left. */
bool dev_token_use(dev_token *token);

/* Seconds left, 0 for a token without end. */
long long dev_token_ttl(const dev_token *token);

/* Seconds until the token's max_ttl; 0: it has come, and nothing extends its life. */
long long dev_token_left(const dev_token *token);

/* Makes the token's end `ttl` seconds from now, within its maxima; true when it had to be cut. */
bool dev_token_extend(dev_token *token, long long ttl);

/* The maximum that it is held to. */
long long dev_token_max(const dev_token *token);

/* Says that it was cut. */
void dev_token_warn_cut(dev_request *request, const dev_token *token, long long wanted);

/* With its children, unless they are orphans; and all that are over. */
void dev_token_revoke(dev_server *server, dev_token *token);

/* That token alone: its children become orphans. */
void dev_token_revoke_alone(dev_server *server, dev_token *token);

/* All that came from that way to log in; all of that namespace. */
void dev_token_revoke_of(dev_server *server, const dev_mount *mount);
void dev_token_revoke_in(dev_server *server, const dev_namespace *space);

void dev_token_sweep(dev_server *server);

/* The policies of a token on a path of `space`; a list's ends in a slash. */
dev_permit dev_token_permit(const dev_token *token, const dev_namespace *space, vc_view path);
unsigned dev_token_caps(const dev_token *token, const dev_namespace *space, vc_view path);

#endif
