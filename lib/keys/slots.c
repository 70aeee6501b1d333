/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/slots.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/pages.h"
#include "base/secret.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* The first block is small: most programs hold a handful of keys. */
enum { BLOCK_FIRST = 4096, BLOCK_MAX = 65536, SLOTS_MAX = BLOCK_MAX / VC__SLOT_SIZE, WORDS = SLOTS_MAX / 64 };

/* Slot 0 is not given out: the generation lies there. */
struct vc__slots_block {
    struct vc__slots_block *next;
    vc__pages pages;
    unsigned count, used;
    uint64_t taken[WORDS];
};

struct vc__slots {
    atomic_size_t references;
    atomic_uint_least64_t generation; /* what alive blocks have; never 0 */
    atomic_long process;              /* looked at only where the kernel does not wipe */
    pthread_mutex_t lock;
    struct vc__slots_block *blocks;   /* the last made first; the list only grows */
    struct vc__slots_block *first;
};

static uint64_t *generation_of(const struct vc__slots_block *block)
{
    return (uint64_t *)(void *)block->pages.data;
}

static char *place_of(const struct vc__slots_block *block, unsigned at)
{
    return block->pages.data + (size_t)at * VC__SLOT_SIZE;
}

static void free_block(struct vc__slots_block *block)
{
    vc__pages_unmap(&block->pages);
    vc__free(block);
}

static bool add_block(vc__slots *slots)
{
    const size_t size = !slots->blocks ? BLOCK_FIRST
                                       : slots->blocks->pages.len >= BLOCK_MAX ? BLOCK_MAX : slots->blocks->pages.len * 4;
    struct vc__slots_block *block = vc__calloc(1, sizeof *block);
    if (!block || !vc__pages_map(&block->pages, size, true)) {
        vc__free(block);
        return false;
    }
    const size_t count = block->pages.len / VC__SLOT_SIZE;
    block->count = count < SLOTS_MAX ? (unsigned)count : SLOTS_MAX;
    block->taken[0] = 1;
    *generation_of(block) = atomic_load(&slots->generation);
    block->next = slots->blocks;
    slots->blocks = block;
    if (!slots->first)
        slots->first = block;
    return true;
}

vc__slots *vc__slots_new(vc_error *err)
{
    vc__slots *slots = vc__calloc(1, sizeof *slots);
    if (!slots) {
        vc__error_memory(err);
        return NULL;
    }
    atomic_init(&slots->references, 1);
    atomic_init(&slots->generation, 1);
    atomic_init(&slots->process, vc__process_id());
    if (pthread_mutex_init(&slots->lock, NULL)) {
        vc__free(slots);
        vc__error_memory(err);
        return NULL;
    }
    if (!add_block(slots)) {
        vc__slots_unref(slots);
        vc__error_memory(err);
        return NULL;
    }
    return slots;
}

vc__slots *vc__slots_ref(vc__slots *slots)
{
    atomic_fetch_add(&slots->references, 1);
    return slots;
}

void vc__slots_unref(vc__slots *slots)
{
    if (!slots || atomic_fetch_sub(&slots->references, 1) != 1)
        return;
    for (struct vc__slots_block *block = slots->blocks, *next; block; block = next) {
        next = block->next;
        free_block(block);
    }
    pthread_mutex_destroy(&slots->lock);
    vc__free(slots);
}

static bool is_of_this_process(const vc__slots *slots, const struct vc__slots_block *block, uint64_t generation)
{
    return *generation_of(block) == generation &&
           (block->pages.wiped_on_fork || atomic_load(&slots->process) == vc__process_id());
}

bool vc__slots_forked(const vc__slots *slots)
{
    return !is_of_this_process(slots, slots->first, atomic_load(&slots->generation));
}

void vc__slots_revive(vc__slots *slots)
{
    const uint64_t next = atomic_load(&slots->generation) + 1;
    pthread_mutex_init(&slots->lock, NULL); /* a thread that is not here may have held it */
    for (struct vc__slots_block *block = slots->blocks; block; block = block->next) {
        vc__wipe(block->pages.data, block->pages.len);
        memset(block->taken, 0, sizeof block->taken);
        block->taken[0] = 1;
        block->used = 0;
        *generation_of(block) = next;
    }
    atomic_store(&slots->process, vc__process_id());
    atomic_store(&slots->generation, next);
}

static unsigned free_place(const struct vc__slots_block *block)
{
    unsigned word = 0;
    while (block->taken[word] == UINT64_MAX)
        word++;
    return 64 * word + (unsigned)__builtin_ctzll(~block->taken[word]);
}

vc_code vc__slots_take(vc__slots *slots, const void *bytes, vc__slot *slot, vc_error *err)
{
    *slot = (vc__slot){ 0 };
    if (vc__slots_forked(slots))
        return vc__error(err, VC_E_STATE, "keys do not live through fork()");
    pthread_mutex_lock(&slots->lock);
    struct vc__slots_block *block = slots->blocks;
    while (block && block->used + 1 >= block->count)
        block = block->next;
    if (!block && add_block(slots))
        block = slots->blocks;
    if (block) {
        const unsigned at = free_place(block);
        block->taken[at / 64] |= UINT64_C(1) << at % 64;
        block->used++;
        memcpy(place_of(block, at), bytes, VC__SLOT_SIZE);
        *slot = (vc__slot){ block, at, atomic_load(&slots->generation) };
    }
    pthread_mutex_unlock(&slots->lock);
    return block ? VC_OK : vc__error_memory(err);
}

void vc__slots_give(vc__slots *slots, vc__slot *slot)
{
    struct vc__slots_block *block = slot->block;
    if (block && is_of_this_process(slots, block, slot->generation)) {
        pthread_mutex_lock(&slots->lock);
        vc__wipe(place_of(block, slot->at), VC__SLOT_SIZE);
        block->taken[slot->at / 64] &= ~(UINT64_C(1) << slot->at % 64);
        block->used--;
        pthread_mutex_unlock(&slots->lock);
    }
    *slot = (vc__slot){ 0 };
}

vc_view vc__slot_get(const vc__slots *slots, const vc__slot *slot)
{
    if (!slot->block || !is_of_this_process(slots, slot->block, slot->generation))
        return vc_view_of(NULL, 0);
    return vc_view_of(place_of(slot->block, slot->at), VC__SLOT_SIZE);
}

bool vc__slots_locked(vc__slots *slots)
{
    bool locked = true;
    pthread_mutex_lock(&slots->lock);
    for (const struct vc__slots_block *block = slots->blocks; block; block = block->next)
        locked &= block->pages.locked;
    pthread_mutex_unlock(&slots->lock);
    return locked;
}
