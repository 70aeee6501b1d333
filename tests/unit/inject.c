/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of lib/base/alloc.c in tests: counts, and fails on request. Not thread-safe: sweeps run on one thread. */
#include "base/alloc.h"
#include "unit/test.h"

static unsigned long fail_at, counted;
static long alive;

void inject_fail_at(unsigned long n)
{
    fail_at = n;
    counted = 0;
}

unsigned long inject_count(void)
{
    return counted;
}

long inject_alive(void)
{
    return alive;
}

static bool refused(void)
{
    counted++;
    return fail_at && counted >= fail_at;
}

void *vc__calloc(size_t count, size_t size)
{
    if ((size && count > SIZE_MAX / size) || refused())
        return NULL;
    void *memory = calloc(count ? count : 1, size ? size : 1);
    alive += memory != NULL;
    return memory;
}

void *vc__realloc(void *old, size_t count, size_t size)
{
    if ((size && count > SIZE_MAX / size) || refused())
        return NULL;
    void *memory = realloc(old, count && size ? count * size : 1);
    alive += memory && !old;
    return memory;
}

void vc__free(void *memory)
{
    alive -= memory != NULL;
    free(memory);
}

char *vc__memdup(const char *data, size_t len)
{
    char *copy = len == SIZE_MAX ? NULL : vc__calloc(len + 1, 1);
    if (copy && len)
        memcpy(copy, data, len);
    return copy;
}
