/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - things found by a key of bytes: a hash table of nodes that lie in the things themselves. The hash is seeded, so that whoever
 * chooses keys cannot choose where they go.
 *
 * Threads: one owner.
 */
#ifndef VC__KEYS_TABLE_H
#define VC__KEYS_TABLE_H

#include <stdbool.h>
#include <vaultcrypt/types.h>

typedef struct vc__node {
    struct vc__node *next;
    uint64_t hash;
    vc_view key; /* lives as long as the node is in the table */
} vc__node;

typedef struct vc__table {
    vc__node **chains;
    size_t room, count;
    uint64_t seed; /* set before the first node */
} vc__table;

/* NULL: none. */
vc__node *vc__table_find(const vc__table *table, vc_view key);

/* Adds a node with its key set, which is not in there yet. False: no memory. */
bool vc__table_add(vc__table *table, vc__node *node);

/* Takes out a node that is in there. */
void vc__table_remove(vc__table *table, vc__node *node);

/* Forgets all nodes, which are the owner's to free, and gives its memory back. */
void vc__table_free(vc__table *table);

/* Some node, to take everything out one by one; NULL: empty. */
vc__node *vc__table_any(const vc__table *table);

#endif
