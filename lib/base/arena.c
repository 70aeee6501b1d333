/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/alloc.h"

struct vc__arena_chunk {
    struct vc__arena_chunk *older;
    size_t used, room;
    max_align_t bytes[];
};

enum { CHUNK_BYTES = 4096 - sizeof(struct vc__arena_chunk) };

void vc__arena_free(vc__arena *arena)
{
    while (arena->newest) {
        struct vc__arena_chunk *chunk = arena->newest;
        arena->newest = chunk->older;
        vc__free(chunk);
    }
}

void *vc__arena_alloc(vc__arena *arena, size_t count, size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    if (size && count > (SIZE_MAX / 2) / size)
        return NULL;
    const size_t need = (count * size + unit - 1) / unit * unit;
    struct vc__arena_chunk *chunk = arena->newest;
    if (!chunk || chunk->room - chunk->used < need) {
        const size_t room = need > CHUNK_BYTES ? need : CHUNK_BYTES;
        chunk = vc__calloc(1, sizeof *chunk + room);
        if (!chunk)
            return NULL;
        chunk->room = room;
        chunk->older = arena->newest;
        arena->newest = chunk;
    }
    void *memory = (char *)chunk->bytes + chunk->used;
    chunk->used += need;
    return memory;
}

char *vc__arena_text(vc__arena *arena, vc_view text)
{
    if (text.len == SIZE_MAX)
        return NULL;
    char *copy = vc__arena_alloc(arena, text.len + 1, 1);
    if (copy && text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}
