/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *vc__calloc(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return calloc(count ? count : 1, size ? size : 1);
}

void *vc__realloc(void *memory, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    const size_t total = count * size;
    return realloc(memory, total ? total : 1);
}

void vc__free(void *memory)
{
    free(memory);
}

char *vc__memdup(const char *data, size_t len)
{
    if (len == SIZE_MAX)
        return NULL;
    char *copy = vc__calloc(len + 1, 1);
    if (copy && len)
        memcpy(copy, data, len);
    return copy;
}
