/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/table.h"

#include "base/alloc.h"
#include "base/text.h"

enum { ROOM_FIRST = 16 };

/* Both halves of the product, folded: each bit of the input reaches each of the result. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    const __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(vc_view key, uint64_t seed)
{
    uint64_t hash = seed ^ UINT64_C(0x9e3779b97f4a7c15);
    for (size_t at = 0; at < key.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, key.data + at, key.len - at < 8 ? key.len - at : 8);
        hash = mix(hash ^ word, seed | 1) + (hash << 1);
    }
    return mix(hash ^ key.len, UINT64_C(0xd6e8feb86659fd93));
}

vc__node *vc__table_find(const vc__table *table, vc_view key)
{
    if (!table->count)
        return NULL;
    const uint64_t hash = hash_of(key, table->seed);
    vc__node *node = table->chains[hash & (table->room - 1)];
    while (node && (node->hash != hash || !vc__view_equal(node->key, key)))
        node = node->next;
    return node;
}

static void put(vc__node **chains, size_t room, vc__node *node)
{
    vc__node **chain = &chains[node->hash & (room - 1)];
    node->next = *chain;
    *chain = node;
}

static bool grow(vc__table *table)
{
    const size_t room = table->room ? 2 * table->room : ROOM_FIRST;
    vc__node **chains = vc__calloc(room, sizeof *chains);
    if (!chains)
        return false;
    for (size_t i = 0; i < table->room; i++)
        for (vc__node *node = table->chains[i], *next; node; node = next) {
            next = node->next;
            put(chains, room, node);
        }
    vc__free(table->chains);
    table->chains = chains;
    table->room = room;
    return true;
}

bool vc__table_add(vc__table *table, vc__node *node)
{
    /* One that cannot grow goes on with longer chains. */
    if (table->count >= table->room && !grow(table) && !table->room)
        return false;
    node->hash = hash_of(node->key, table->seed);
    put(table->chains, table->room, node);
    table->count++;
    return true;
}

void vc__table_remove(vc__table *table, vc__node *node)
{
    vc__node **at = &table->chains[node->hash & (table->room - 1)];
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    table->count--;
}

void vc__table_free(vc__table *table)
{
    vc__free(table->chains);
    *table = (vc__table){ .seed = table->seed };
}

vc__node *vc__table_any(const vc__table *table)
{
    for (size_t i = 0; table->count && i < table->room; i++)
        if (table->chains[i])
            return table->chains[i];
    return NULL;
}
