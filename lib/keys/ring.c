/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ring_state.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/pages.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GIB (UINT64_C(1) << 30)
#define DAY_MS UINT64_C(86400000)
static const uint64_t calls_default = UINT64_C(1) << 24, calls_most = UINT64_C(1) << 32;
static const uint64_t bytes_default = 16 * GIB, bytes_most = 64 * GIB;
static const uint64_t age_default = 3600000, age_most = 30 * DAY_MS;
enum { OPEN_DEFAULT = 10000, OPEN_MOST = 1000000, LOG_LINE = 800, ADDRESSES_MAX = 65536, SPACE_MAX = 4096 };

/* -- life ---------------------------------------------------------------------------------------------- */

static vc_code seed_tables(vc_keyring *ring, vc_error *err)
{
    vc__autoptr(vc__random) random = vc__random_new(err);
    uint64_t seed = 0;
    if (!random)
        return VC_E_MEMORY;
    const vc_code code = vc__random_bytes(random, &seed, sizeof seed, err);
    ring->opening.table.seed = ring->prf.table.seed = ring->flights.seed = seed;
    return code;
}

vc_keyring *vc_keyring_new(vc_error *err)
{
    vc_keyring *ring = vc__calloc(1, sizeof *ring);
    if (!ring) {
        vc__error_memory(err);
        return NULL;
    }
    ring->slots = vc__slots_new(err);
    if (!ring->slots || seed_tables(ring, err)) {
        vc__slots_unref(ring->slots);
        vc__free(ring);
        return NULL;
    }
    if (pthread_mutex_init(&ring->lock, NULL)) {
        vc__slots_unref(ring->slots);
        vc__free(ring);
        vc__error_memory(err);
        return NULL;
    }
    atomic_init(&ring->references, 1);
    atomic_init(&ring->reviving, 0);
    ring->addresses.max = ADDRESSES_MAX;
    ring->space.max = SPACE_MAX;
    ring->failure = (vc_error)VC_ERROR_INIT;
    ring->calls_max = calls_default;
    ring->bytes_max = bytes_default;
    ring->age_max_ms = ring->open_age_max_ms = age_default;
    ring->open_max = OPEN_DEFAULT;
    return ring;
}

vc_keyring *vc_keyring_ref(vc_keyring *ring)
{
    if (ring)
        atomic_fetch_add(&ring->references, 1);
    return ring;
}

static void drop_keys(vc_keyring *ring)
{
    for (vc__use *use = ring->uses, *next; use; use = next) {
        next = use->next;
        vc__use_free(use);
    }
    ring->uses = NULL;
    vc__cache_empty(&ring->opening);
    vc__cache_empty(&ring->prf);
}

static void drop_statics(vc_keyring *ring)
{
    for (vc__static *key = ring->statics, *next; key; key = next) {
        next = key->next;
        vc__static_free(ring, key);
    }
    ring->statics = NULL;
}

static void drop_flights(vc_keyring *ring)
{
    for (vc__node *node; (node = vc__table_any(&ring->flights));) {
        vc__table_remove(&ring->flights, node);
        vc__free(node);
    }
    vc__table_free(&ring->flights);
}

static void empty(vc_keyring *ring)
{
    drop_keys(ring);
    drop_statics(ring);
    vc__pairs_free(ring);
    drop_flights(ring);
    vc__random_free(ring->random);
    ring->random = NULL;
}

void vc_keyring_unref(vc_keyring *ring)
{
    if (!ring || atomic_fetch_sub(&ring->references, 1) != 1)
        return;
    vc__ring_enter(ring); /* in a forked child it is another's no longer */
    empty(ring);
    vc__buf_free(&ring->addresses);
    vc__buf_free(&ring->space);
    vc__ring_leave(ring);
    pthread_mutex_destroy(&ring->lock);
    vc__slots_unref(ring->slots);
    vc__free(ring);
}

/* -- the lock, and forked children --------------------------------------------------------------------- */

/* What another thread was changing while this process was forked off is in no order: it is left lying. */
static void forget(vc_keyring *ring)
{
    const uint64_t seed = ring->flights.seed;
    ring->uses = NULL;
    ring->opening = ring->prf = (vc__cache){ .table = { .seed = seed } };
    ring->flights = (vc__table){ .seed = seed };
    ring->statics = NULL;
    ring->pairs = NULL;
    ring->random = NULL;
    ring->attached = false; /* there is no key left to be of any Vault */
    ring->addresses = (vc__buf)VC__BUF(ADDRESSES_MAX);
    ring->space = (vc__buf)VC__BUF(SPACE_MAX);
}

/* One thread of the child does it, the others wait. A child of this child may find the mark of a process that it is not. */
static void revive(vc_keyring *ring)
{
    const long self = vc__process_id();
    long other = atomic_load(&ring->reviving);
    if (other == self || !atomic_compare_exchange_strong(&ring->reviving, &other, self)) {
        (void)sched_yield();
        return;
    }
    if (vc__slots_forked(ring->slots)) {
        if (pthread_mutex_trylock(&ring->lock) == 0)
            empty(ring);
        else
            forget(ring);
        (void)pthread_mutex_init(&ring->lock, NULL);
        ring->seekers = NULL; /* their threads are the parent's */
        vc__slots_revive(ring->slots);
    }
    atomic_store(&ring->reviving, 0);
}

void vc__ring_enter(vc_keyring *ring)
{
    while (vc__slots_forked(ring->slots))
        revive(ring);
    pthread_mutex_lock(&ring->lock);
}

void vc__ring_leave(vc_keyring *ring)
{
    pthread_mutex_unlock(&ring->lock);
}

uint64_t vc__ring_now(vc_keyring *ring)
{
    vc__ring_enter(ring);
    const uint64_t now_ms = ring->now_ms;
    vc__ring_leave(ring);
    return now_ms;
}

/* -- settings ------------------------------------------------------------------------------------------ */

static vc_code no_ring(vc_error *err)
{
    return vc__error(err, VC_E_ARGUMENT, "there is no keyring (NULL)");
}

vc_code vc_keyring_set_use_limits(vc_keyring *ring, uint64_t calls, uint64_t bytes, uint64_t age_ms, vc_error *err)
{
    if (!ring)
        return no_ring(err);
    if (calls > calls_most || bytes > bytes_most || age_ms > age_most)
        return vc__error(err, VC_E_LIMIT, "a data key protects at most 2^32 values and 64 GiB, and for 30 days");
    vc__ring_enter(ring);
    ring->calls_max = calls ? calls : ring->calls_max;
    ring->bytes_max = bytes ? bytes : ring->bytes_max;
    ring->age_max_ms = age_ms ? age_ms : ring->age_max_ms;
    vc__ring_leave(ring);
    return VC_OK;
}

vc_code vc_keyring_set_open_limits(vc_keyring *ring, size_t keys, uint64_t age_ms, vc_error *err)
{
    if (!ring)
        return no_ring(err);
    if (keys > OPEN_MOST || age_ms > age_most)
        return vc__error(err, VC_E_LIMIT, "at most %d keys for opening are kept, and for 30 days", OPEN_MOST);
    vc__ring_enter(ring);
    ring->open_max = keys ? keys : ring->open_max;
    ring->open_age_max_ms = age_ms ? age_ms : ring->open_age_max_ms;
    vc__cache_trim(ring, &ring->opening, ring->now_ms);
    vc__cache_trim(ring, &ring->prf, ring->now_ms);
    vc__ring_leave(ring);
    return VC_OK;
}

vc_code vc_keyring_set_log(vc_keyring *ring, void (*log)(void *user, const char *line), void *user, vc_error *err)
{
    if (!ring)
        return no_ring(err);
    vc__ring_enter(ring);
    ring->log = log;
    ring->log_user = user;
    vc__ring_leave(ring);
    return VC_OK;
}

void vc__ring_log(vc_keyring *ring, const char *format, ...)
{
    vc__ring_enter(ring);
    void (*const log)(void *user, const char *line) = ring->log;
    void *const user = ring->log_user;
    vc__ring_leave(ring);
    if (!log)
        return;
    char line[LOG_LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log(user, line);
}

void vc_keyring_clear(vc_keyring *ring)
{
    if (!ring)
        return;
    vc__ring_enter(ring);
    drop_keys(ring);
    vc__ring_leave(ring);
}

/* -- figures ------------------------------------------------------------------------------------------- */

void vc_keyring_get_stats(vc_keyring *ring, vc_keyring_stats *stats)
{
    vc__ring_enter(ring);
    vc_keyring_stats all = ring->stats;
    all.size = stats->size;
    all.open_keys = ring->opening.table.count;
    all.prf_keys = ring->prf.table.count;
    for (const vc__use *use = ring->uses; use; use = use->next)
        all.use_keys += use->key != NULL;
    for (const vc__held *held = ring->opening.newest; held; held = held->older)
        if (held->born_ms < ring->now_ms && ring->now_ms - held->born_ms > all.oldest_open_ms)
            all.oldest_open_ms = ring->now_ms - held->born_ms;
    vc__ring_leave(ring);
    memcpy(stats, &all, stats->size < sizeof all ? stats->size : sizeof all);
}

static uint64_t left(uint64_t most, uint64_t taken)
{
    return most > taken ? most - taken : 0;
}

int vc_keyring_get_use(vc_keyring *ring, size_t i, vc_keyring_use *out)
{
    vc_keyring_use all = { .size = out->size };
    vc__ring_enter(ring);
    const vc__use *use = ring->uses;
    for (; use && i; i--)
        use = use->next;
    if (use && use->key) {
        all.calls_left = left(ring->calls_max, use->calls);
        all.bytes_left = left(ring->bytes_max, use->bytes);
        all.age_ms = left(ring->now_ms, use->born_ms);
        all.age_left_ms = left(ring->age_max_ms, all.age_ms);
        all.version = vc__datakey_version(use->key);
    }
    if (use) {
        all.next_ready = use->ahead != NULL;
        snprintf(all.place, sizeof all.place, "%s%s%s", use->place.mount, use->place.mount[0] ? "/" : "", use->place.name);
    }
    vc__ring_leave(ring);
    memcpy(out, &all, out->size < sizeof all ? out->size : sizeof all);
    return use != NULL;
}
