/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - many small pieces of memory that die together: trees and tables that are built once and then only
 * read. Nothing is given back before the whole is freed. Not for secrets: nothing is wiped.
 *
 * Who fills an arena bounds what goes in (the size of the text it reads, a number of nodes).
 *
 * Threads: one owner while it grows.
 */
#ifndef VC__BASE_ARENA_H
#define VC__BASE_ARENA_H

#include "base/cleanup.h"

#include <vaultcrypt/types.h>

typedef struct vc__arena {
    struct vc__arena_chunk *newest;
} vc__arena;

#define VC__ARENA { NULL }

/* Frees every piece; the arena is empty then and can be used again. */
void vc__arena_free(vc__arena *arena);

/*
 * Zeroed room for `count` things of `size` bytes, aligned for any type; NULL when there is no memory. Never
 * NULL for 0.
 */
void *vc__arena_alloc(vc__arena *arena, size_t count, size_t size);

/* A copy with a NUL behind; NULL when there is no memory. */
char *vc__arena_text(vc__arena *arena, vc_view text);

static inline void vc__arena_cleanup(vc__arena *arena)
{
    vc__arena_free(arena);
}

#endif
