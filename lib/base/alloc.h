/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alloc.h - the one place where memory comes from. Failure is NULL, to be turned into VC_E_MEMORY; never an
 * abort. Tests link tests/unit/inject.c, which replaces this file's functions and makes the n-th allocation
 * fail.
 *
 * Threads: any.
 */
#ifndef VC__BASE_ALLOC_H
#define VC__BASE_ALLOC_H

#include <stddef.h>

/*
 * Zeroed memory. `count * size` may not overflow: that is NULL too. A size of 0 gives a pointer that can be
 * freed.
 */
void *vc__calloc(size_t count, size_t size);

/* Grows or shrinks to `count * size`; on NULL the old memory is untouched. New bytes are not zeroed. */
void *vc__realloc(void *memory, size_t count, size_t size);

void vc__free(void *memory);

/* A copy of `len` bytes with a NUL behind. */
char *vc__memdup(const char *data, size_t len);

#endif
