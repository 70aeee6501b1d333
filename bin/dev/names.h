/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - a sorted table from names to things, which it owns: mounts, keys, policies, tokens, roles. Lists
 * come out of it in the order in which Vault answers them.
 *
 * Threads: the server's lock.
 */
#ifndef VC__DEV_NAMES_H
#define VC__DEV_NAMES_H

#include "base/buf.h"

typedef struct dev_name {
    char *name;
    void *item;
} dev_name;

typedef struct dev_names {
    dev_name *list;
    size_t count;
    size_t cap;
    void (*free_item)(void *item); /* NULL: items belong to someone else */
} dev_names;

void dev_names_free(dev_names *names);

/* The item, or NULL. */
void *dev_names_get(const dev_names *names, vc_view name);

/* Takes `item`; one of the same name is freed first. False: no memory, `item` is freed then. */
bool dev_names_put(dev_names *names, vc_view name, void *item);

/* False when there is none. */
bool dev_names_drop(dev_names *names, vc_view name);

/* Appends a JSON array of the names. */
void dev_names_list(const dev_names *names, vc__buf *out);

#endif
