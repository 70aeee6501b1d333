/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages.h - whole pages between two guard pages: locked, left out of core dumps, wiped in a forked child (it
 * reads zeros), wiped when given back. For secrets and random pools.
 *
 * Threads: one owner.
 */
#ifndef VC__BASE_PAGES_H
#define VC__BASE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct vc__pages {
    char *data; /* between the guards */
    size_t len; /* whole pages */
    size_t guard;
    bool locked;
    bool wiped_on_fork; /* else the owner compares vc__process_id() */
} vc__pages;

/*
 * At least `need` bytes of zeros. Locking and the rest are tried; what came of it is in the structure. False:
 * out of memory.
 */
bool vc__pages_map(vc__pages *pages, size_t need, bool lock);

/* Wipes and gives back. A structure of zeros is fine. */
void vc__pages_unmap(vc__pages *pages);

/* To notice a fork where the kernel does not wipe. */
long vc__process_id(void);

#endif
