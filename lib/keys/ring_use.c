/* SPDX-License-Identifier: Apache-2.0 */
/* ring_use.c - keys for protecting: one current key for each place, of which shares are taken until a limit is reached; the next. */
#include "keys/ring_state.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

enum { WAIT_FIRST_MS = 5000, WAIT_LAST_MS = 60000 };

static vc__use *find(const vc_keyring *ring, const vc__keyplace *place)
{
    vc__use *use = ring->uses;
    while (use && !vc__keyplace_equal(&use->place, place))
        use = use->next;
    return use;
}

static vc__use *find_or_make(vc_keyring *ring, const vc__keyplace *place)
{
    vc__use *use = find(ring, place);
    if (use)
        return use;
    const char *mount = vc__keyplace_mount(place);
    const size_t mount_len = strlen(mount) + 1, name_len = strlen(place->name) + 1;
    use = vc__calloc(1, sizeof *use + mount_len + name_len);
    if (!use)
        return NULL;
    char *behind = (char *)(use + 1);
    use->place = (vc__keyplace){ place->source, memcpy(behind, mount, mount_len), memcpy(behind + mount_len, place->name, name_len) };
    vc__use **end = &ring->uses; /* behind the others: figures keep their numbers */
    while (*end)
        end = &(*end)->next;
    return *end = use;
}

void vc__use_free(vc__use *use)
{
    vc__datakey_unref(use->key);
    vc__datakey_unref(use->ahead);
    vc__free(use);
}

static uint64_t age(uint64_t born_ms, uint64_t now_ms)
{
    return now_ms > born_ms ? now_ms - born_ms : 0;
}

static void drop(vc_keyring *ring, vc__datakey **key)
{
    vc__datakey_unref(*key);
    *key = NULL;
    ring->stats.evicted++;
}

/* Keys that are too old go; the next one becomes the current one when there is none. */
static void settle(vc_keyring *ring, vc__use *use, uint64_t now_ms)
{
    if (use->key && age(use->born_ms, now_ms) >= ring->age_max_ms)
        drop(ring, &use->key);
    if (use->ahead && age(use->ahead_born_ms, now_ms) >= ring->age_max_ms)
        drop(ring, &use->ahead);
    if (!use->key && use->ahead) {
        use->key = use->ahead;
        use->born_ms = use->ahead_born_ms;
        use->ahead = NULL;
        use->calls = use->bytes = 0;
    }
}

static bool has_room(const vc_keyring *ring, const vc__use *use)
{
    return use->calls < ring->calls_max && use->bytes < ring->bytes_max;
}

/*
 * What the current key has room for of what is wanted; less than the first call: nothing. A share that is not all of it leaves nothing of
 * one kind, so that the key is spent, and what it has of the other may as well be granted.
 */
static vc__share room_for(const vc_keyring *ring, const vc__use *use, vc__share want, uint64_t first)
{
    const uint64_t calls_left = ring->calls_max > use->calls ? ring->calls_max - use->calls : 0;
    const uint64_t bytes_left = ring->bytes_max > use->bytes ? ring->bytes_max - use->bytes : 0;
    if (!calls_left || first > bytes_left)
        return (vc__share){ 0, 0 };
    return (vc__share){ want.calls < calls_left ? want.calls : calls_left, want.bytes < bytes_left ? want.bytes : bytes_left };
}

/* A share of the current key, or of the next one. VC_E_NOT_FOUND without a word: there is none. */
static vc_code take_share(vc_keyring *ring, vc__use *use, uint64_t now_ms, vc__share want, uint64_t first, vc__share *granted)
{
    for (;;) {
        settle(ring, use, now_ms);
        if (!use->key)
            return VC_E_NOT_FOUND;
        *granted = room_for(ring, use, want, first);
        if (granted->calls)
            break;
        drop(ring, &use->key); /* spent, or as good as */
    }
    use->calls += granted->calls;
    use->bytes += granted->bytes;
    return VC_OK;
}

vc_code vc__ring_use(vc_keyring *ring, const vc__keyplace *place, uint64_t now_ms, vc__share want, uint64_t first, vc__datakey **key,
                     vc__share *granted, vc_error *err)
{
    *key = NULL;
    *granted = (vc__share){ 0, 0 };
    want.calls += !want.calls;
    want.bytes = want.bytes < first ? first : want.bytes;
    vc__ring_enter(ring);
    ring->now_ms = now_ms;
    vc__use *use = find(ring, place);
    const uint64_t most = ring->bytes_max;
    const vc_code code = first > most ? VC_E_LIMIT : use ? take_share(ring, use, now_ms, want, first, granted) : VC_E_NOT_FOUND;
    if (!code)
        *key = vc__datakey_ref(use->key);
    ring->stats.hits += code == VC_OK;
    ring->stats.misses += code == VC_E_NOT_FOUND;
    vc__ring_leave(ring);
    if (code == VC_E_LIMIT)
        return vc__error(err, code, "is larger than the %llu bytes that one data key may protect (vc_keyring_set_use_limits())",
                         (unsigned long long)most);
    return code ? vc__error(err, code, "there is no data key of %s for protecting now", place->name) : VC_OK;
}

vc_code vc__ring_install(vc_keyring *ring, vc__datakey *key, uint64_t now_ms, vc_error *err)
{
    vc__keyname name;
    vc__keyname_opening(&name, vc__datakey_place(key), vc__datakey_id(key));
    vc__ring_enter(ring);
    ring->now_ms = now_ms;
    vc__use *use = find_or_make(ring, vc__datakey_place(key));
    const vc_code code = use ? vc__cache_put(ring, &ring->opening, &name, key, now_ms) : VC_E_MEMORY;
    const bool again = use && use->failures;
    if (!code) {
        settle(ring, use, now_ms);
        if (use->key && !has_room(ring, use))
            drop(ring, &use->key);
        if (use->key && use->ahead)
            drop(ring, &use->ahead);
        *(use->key ? &use->ahead : &use->key) = vc__datakey_ref(key);
        if (use->ahead) {
            use->ahead_born_ms = now_ms;
        } else {
            use->born_ms = now_ms;
            use->calls = use->bytes = 0;
        }
        use->failures = 0;
        use->not_before_ms = 0;
        ring->stats.fetched++;
        vc_error_clear(&ring->failure); /* that has passed */
    }
    vc__ring_leave(ring);
    if (!code && again)
        vc__ring_log(ring, "the next data key of %s is there", vc__datakey_place(key)->name);
    return code ? vc__error_memory(err) : VC_OK;
}

bool vc__ring_has_use(vc_keyring *ring, const vc__keyplace *place, uint64_t now_ms)
{
    vc__ring_enter(ring);
    vc__use *use = find(ring, place);
    if (use)
        settle(ring, use, now_ms);
    const bool has = use && (use->ahead || (use->key && has_room(ring, use)));
    vc__ring_leave(ring);
    return has;
}

static bool is_due(uint64_t taken, uint64_t most)
{
    return taken >= most - most / 4;
}

bool vc__ring_wants_ahead(vc_keyring *ring, const vc__keyplace *place, uint64_t now_ms)
{
    vc__ring_enter(ring);
    vc__use *use = find(ring, place);
    if (use)
        settle(ring, use, now_ms);
    const bool wants = use && use->key && !use->ahead && now_ms >= use->not_before_ms &&
                       (is_due(use->calls, ring->calls_max) || is_due(use->bytes, ring->bytes_max) ||
                        is_due(age(use->born_ms, now_ms), ring->age_max_ms));
    vc__ring_leave(ring);
    return wants;
}

void vc__ring_ahead_failed(vc_keyring *ring, const vc__keyplace *place, const vc_error *why, uint64_t now_ms)
{
    vc__ring_enter(ring);
    vc__use *use = find(ring, place);
    const bool first = use && !use->failures;
    uint64_t left_ms = 0;
    if (use) {
        uint64_t wait = WAIT_FIRST_MS;
        for (unsigned i = 0; i < use->failures && wait < WAIT_LAST_MS; i++)
            wait *= 2;
        use->failures++;
        use->not_before_ms = now_ms + (wait < WAIT_LAST_MS ? wait : WAIT_LAST_MS);
        const uint64_t had = age(use->born_ms, now_ms);
        left_ms = ring->age_max_ms > had ? ring->age_max_ms - had : 0;
        ring->stats.prefetch_failures++;
    }
    vc__ring_leave(ring);
    if (first)
        vc__ring_log(ring,
                     "the next data key of %s cannot be had (%s): the current one serves until its limit, for at most %llu s; Vault is "
                     "asked again meanwhile",
                     place->name, vc_code_name(why->code), (unsigned long long)(left_ms / 1000));
}
