/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route.h - which path and operation is handled by what: a table for sys, one for each engine and each way to
 * log in.
 *
 * A pattern is made of literal segments, `:name` (one segment with a name as Vault takes it), and `*` (all
 * the rest, slashes too).
 */
#ifndef VC__DEV_ROUTE_H
#define VC__DEV_ROUTE_H

#include "server.h"

typedef void dev_handler(dev_request *request);

enum {
    DEV_SHARED = 1,   /* only reads state: many at a time */
    DEV_PUBLIC = 2,   /* needs no token */
    DEV_UNSEALED = 4, /* works when sealed too */
    DEV_SUDO = 8,     /* needs the sudo capability as well */
    DEV_RAW = 16,     /* reads its body by itself: it is not parsed before */
    DEV_ANYONE = 32   /* needs a token, but no policy */
};

typedef struct dev_route {
    const char *pattern;
    dev_handler *on[DEV_OPS]; /* CREATE falls back to UPDATE */
    unsigned flags;
    const char *fields; /* members of the body that are known, each with a space before and behind; NULL: not
                           looked at */
    /* Whether the object is there already: makes an update a create. NULL: always an update. */
    bool (*exists)(const dev_request *request);
} dev_route;

typedef struct dev_engine {
    const char *type;
    const dev_route *routes;
    void *(*state_new)(dev_server *server, vc_error *err);
    void (*state_free)(void *state);
} dev_engine;

extern const dev_engine dev_transit;
extern const dev_engine dev_transform;
extern const dev_engine dev_tokens;
extern const dev_engine dev_approle;
extern const dev_engine dev_userpass;
extern const dev_engine dev_jwt;
extern const dev_engine dev_kubernetes;
extern const dev_engine dev_ldap;
extern const dev_engine dev_cert;
extern const dev_route dev_sys_routes[];

/* Whether `path` is of that pattern; captures. For route.c and its test. */
bool dev_route_match(const char *pattern, vc_view path, vc_view *args);

/* A name as Vault's paths take it: letters, digits, `_`, and inside also `-` and `.`. */
bool dev_name_ok(vc_view name);

/* Warns of members that the route does not know, as Vault does, when the answer has a body. `names` may have
 * duplicates. */
void dev_warn_ignored(dev_request *request, const char *fields, const vc_view *names, size_t count);

#endif
