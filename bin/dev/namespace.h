/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namespace.h - namespaces: each has its own mounts, ways to log in, policies and tokens. The root has the
 * empty path, others end in a slash ("a/b/").
 *
 * Threads: the server's lock.
 */
#ifndef VC__DEV_NAMESPACE_H
#define VC__DEV_NAMESPACE_H

#include "names.h"
#include "server.h"

struct dev_namespace {
    char *path;
    char id[8]; /* what its tokens end in; "root" */
    char uuid[DEV_ID];
    struct dev_namespace *parent; /* NULL: the root */
    json_object *metadata;
    bool locked;
    dev_names mounts;   /* "transit/" -> dev_mount */
    dev_names auths;    /* "approle/", below auth/ -> dev_mount */
    dev_names policies; /* name -> dev_policy */
};

/* NULL: no memory. The caller adds it to the server's. */
dev_namespace *dev_namespace_new(dev_namespace *parent, vc_view path, vc__random *random);
void dev_namespace_free(void *space);

/* What every namespace has from birth: its policies and the tokens' mount. */
vc_code dev_namespace_setup(dev_server *server, dev_namespace *space, vc__random *random, vc_error *err);

static inline dev_namespace *dev_namespace_root(const dev_server *server)
{
    return dev_names_get(&server->namespaces, vc_view_of("", 0));
}

/* Whether `below` is `space` or is inside it. */
bool dev_namespace_holds(const dev_namespace *space, const dev_namespace *below);

/*
 * The namespace of a request, by its header and its path, which loses that part. False: answered, there is no
 * such namespace, or what is asked for is the root's alone. (namespace_api.c, as the endpoints.)
 */
bool dev_namespace_find(dev_request *request);

void dev_namespace_list(dev_request *request);
void dev_namespace_read(dev_request *request);
void dev_namespace_write(dev_request *request);
void dev_namespace_patch(dev_request *request);
void dev_namespace_delete(dev_request *request);
void dev_namespace_lock(dev_request *request);

#endif
