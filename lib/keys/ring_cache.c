/* SPDX-License-Identifier: Apache-2.0 */
/* ring_cache.c - keys for opening and computed ones, found by name, the one that was not used for longest goes first; who fetches which. */
#include "keys/ring_state.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"

#include <string.h>

/* -- names --------------------------------------------------------------------------------------------- */

static void add(vc__keyname *name, const void *bytes, size_t len)
{
    if (len && len <= sizeof name->bytes - name->len) {
        memcpy(name->bytes + name->len, bytes, len);
        name->len += len;
    }
}

static void add_text(vc__keyname *name, const char *text)
{
    add(name, text, strlen(text) + 1);
}

static void begin(vc__keyname *name, char kind, const vc__keyplace *place)
{
    name->len = 0;
    add(name, &kind, 1);
    add(name, &place->source, 1);
    add_text(name, vc__keyplace_mount(place));
    add_text(name, place->name);
}

void vc__keyname_use(vc__keyname *name, const vc__keyplace *place)
{
    begin(name, 'u', place);
}

void vc__keyname_opening(vc__keyname *name, const vc__keyplace *place, vc_view key_id)
{
    begin(name, 'o', place);
    add(name, key_id.data, key_id.len);
}

void vc__keyname_prf(vc__keyname *name, const vc__keyplace *place, uint64_t version, const char *purpose, vc_view context)
{
    begin(name, 'p', place);
    add(name, &version, sizeof version);
    add_text(name, purpose);
    add(name, context.data, context.len);
}

/* -- the cache ----------------------------------------------------------------------------------------- */

static void unlink_held(vc__cache *cache, vc__held *held)
{
    *(held->newer ? &held->newer->older : &cache->newest) = held->older;
    *(held->older ? &held->older->newer : &cache->oldest) = held->newer;
}

static void link_newest(vc__cache *cache, vc__held *held)
{
    held->newer = NULL;
    held->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = held;
    cache->newest = held;
}

static void drop(vc__cache *cache, vc__held *held)
{
    unlink_held(cache, held);
    vc__table_remove(&cache->table, &held->node);
    vc__datakey_unref(held->key);
    vc__free(held);
}

static bool is_old(const vc_keyring *ring, const vc__held *held, uint64_t now_ms)
{
    return now_ms > held->born_ms && now_ms - held->born_ms >= ring->open_age_max_ms;
}

void vc__cache_trim(vc_keyring *ring, vc__cache *cache, uint64_t now_ms)
{
    while (cache->oldest && (cache->table.count > ring->open_max || is_old(ring, cache->oldest, now_ms))) {
        drop(cache, cache->oldest);
        ring->stats.evicted++;
    }
}

void vc__cache_empty(vc__cache *cache)
{
    while (cache->oldest)
        drop(cache, cache->oldest);
    vc__table_free(&cache->table);
}

void vc__cache_forget(vc_keyring *ring, vc__cache *cache, const vc__keyplace *place)
{
    for (vc__held *held = cache->newest, *older; held; held = older) {
        older = held->older;
        if (!vc__keyplace_equal(vc__datakey_place(held->key), place))
            continue;
        drop(cache, held);
        ring->stats.evicted++;
    }
}

vc_code vc__cache_put(vc_keyring *ring, vc__cache *cache, const vc__keyname *name, vc__datakey *key, uint64_t now_ms)
{
    vc__held *held = vc__calloc(1, sizeof *held + name->len);
    if (!held)
        return VC_E_MEMORY;
    memcpy(held->name, name->bytes, name->len);
    held->node.key = vc_view_of(held->name, name->len);
    vc__held *before = (vc__held *)vc__table_find(&cache->table, held->node.key);
    if (before) /* others hold what they have of it */
        drop(cache, before);
    if (!vc__table_add(&cache->table, &held->node)) {
        vc__free(held);
        return VC_E_MEMORY;
    }
    held->key = vc__datakey_ref(key);
    held->born_ms = now_ms;
    link_newest(cache, held);
    vc__cache_trim(ring, cache, now_ms);
    return VC_OK;
}

static vc__cache *cache_of(vc_keyring *ring, const vc__keyname *name)
{
    return name->bytes[0] == 'o' ? &ring->opening : &ring->prf;
}

vc__datakey *vc__ring_find(vc_keyring *ring, const vc__keyname *name, uint64_t now_ms, bool counted)
{
    vc__ring_enter(ring);
    ring->now_ms = now_ms;
    vc__cache *cache = cache_of(ring, name);
    vc__cache_trim(ring, cache, now_ms);
    vc__held *held = (vc__held *)vc__table_find(&cache->table, vc__keyname_view(name));
    if (held && is_old(ring, held, now_ms)) {
        drop(cache, held);
        ring->stats.evicted++;
        held = NULL;
    }
    if (held && held != cache->newest) {
        unlink_held(cache, held);
        link_newest(cache, held);
    }
    vc__datakey *key = held ? vc__datakey_ref(held->key) : NULL;
    ring->stats.hits += counted && key;
    ring->stats.misses += counted && !key;
    vc__ring_leave(ring);
    return key;
}

vc__datakey *vc__ring_opening(vc_keyring *ring, const vc__keyplace *place, vc_view key_id, uint64_t now_ms)
{
    vc__keyname name;
    if (key_id.len != VC__KEY_ID_SIZE || vc__keyplace_check(place, NULL))
        return NULL;
    vc__keyname_opening(&name, place, key_id);
    return vc__ring_find(ring, &name, now_ms, true);
}

vc__datakey *vc__ring_prf(vc_keyring *ring, const vc__keyplace *place, uint64_t version, const char *purpose, vc_view context,
                          uint64_t now_ms)
{
    vc__keyname name;
    if (strlen(purpose) > VC__PURPOSE_MAX || context.len > VC__CONTEXT_MAX || vc__keyplace_check(place, NULL))
        return NULL;
    vc__keyname_prf(&name, place, version, purpose, context);
    return vc__ring_find(ring, &name, now_ms, true);
}

vc_code vc__ring_keep(vc_keyring *ring, const vc__keyname *name, vc__datakey *key, uint64_t now_ms, vc_error *err)
{
    vc__ring_enter(ring);
    ring->now_ms = now_ms;
    const vc_code code = vc__cache_put(ring, cache_of(ring, name), name, key, now_ms);
    ring->stats.fetched += code == VC_OK;
    vc_error_clear(&ring->failure); /* that has passed: nobody waits in vain for what it was about */
    vc__ring_leave(ring);
    return code ? vc__error_memory(err) : VC_OK;
}

/* -- who fetches what ---------------------------------------------------------------------------------- */

static bool is_stale(const vc__flight *flight, uint64_t now_ms)
{
    const uint64_t beat = atomic_load(flight->owner);
    return now_ms > beat && now_ms - beat >= VC__CLAIM_STALE_MS;
}

static vc__flight *make_flight(vc_keyring *ring, const vc__keyname *name, vc__claimant *owner)
{
    vc__flight *flight = vc__calloc(1, sizeof *flight + name->len);
    if (!flight)
        return NULL;
    memcpy(flight->name, name->bytes, name->len);
    flight->node.key = vc_view_of(flight->name, name->len);
    flight->owner = owner;
    if (vc__table_add(&ring->flights, &flight->node))
        return flight;
    vc__free(flight);
    return NULL;
}

bool vc__ring_claim(vc_keyring *ring, const vc__keyname *name, vc__claimant *owner, uint64_t now_ms, vc_error *err)
{
    vc__ring_enter(ring);
    vc__flight *flight = (vc__flight *)vc__table_find(&ring->flights, vc__keyname_view(name));
    bool made = true;
    if (!flight) {
        flight = make_flight(ring, name, owner);
        made = flight != NULL;
    } else if (flight->owner != owner && is_stale(flight, now_ms)) {
        flight->owner = owner;
    }
    const bool ours = flight && flight->owner == owner;
    vc__ring_leave(ring);
    if (!made)
        vc__error_memory(err);
    return ours;
}

void vc__ring_release(vc_keyring *ring, const vc__keyname *name, vc__claimant *owner)
{
    vc__ring_enter(ring);
    vc__flight *flight = (vc__flight *)vc__table_find(&ring->flights, vc__keyname_view(name));
    if (flight && flight->owner == owner) {
        vc__table_remove(&ring->flights, &flight->node);
        vc__free(flight);
    }
    vc__ring_leave(ring);
}

void vc__ring_note_failure(vc_keyring *ring, const vc_error *why)
{
    vc__ring_enter(ring);
    vc__error_copy(&ring->failure, why);
    vc__ring_leave(ring);
}

void vc__ring_last_failure(vc_keyring *ring, vc_error *why)
{
    vc__ring_enter(ring);
    if (ring->failure.code)
        vc__error_copy(why, &ring->failure);
    vc__ring_leave(ring);
}
