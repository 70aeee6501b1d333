/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records lie in `slots` by id, as ids have no gaps: the record `id` is in slot id % room. `changes` is a second ring, which tells of each of
 * the last changes which record it was; one that has changed again since is passed over there.
 */
#include "view_ring.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

typedef struct change {
    uint64_t id;
    bool first; /* the record came; else it was opened again */
} change;

struct view_ring {
    pthread_mutex_t lock;
    pthread_cond_t more;
    size_t room, most_bytes, bytes;
    uint64_t first, next;  /* ids that are there: first <= id < next */
    uint64_t newest;       /* change */
    uint64_t cleared;      /* up to this change there is nothing to tell any more */
    view_record **slots;
    change *changes; /* twice as many as slots */
    size_t by_state[VIEW_STATES];
};

view_ring *view_ring_new(size_t records, size_t bytes, uint64_t start)
{
    view_ring *ring = calloc(1, sizeof *ring);
    pthread_condattr_t attributes;
    if (!ring)
        return NULL;
    ring->room = records;
    ring->most_bytes = bytes;
    ring->first = ring->next = start + 1;
    ring->newest = ring->cleared = start;
    ring->slots = calloc(records, sizeof(view_record *));
    ring->changes = calloc(2 * records, sizeof *ring->changes);
    pthread_mutex_init(&ring->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ring->more, &attributes);
    pthread_condattr_destroy(&attributes);
    if (ring->slots && ring->changes)
        return ring;
    view_ring_free(ring);
    return NULL;
}

static view_record **slot_of(const view_ring *ring, uint64_t id)
{
    return &ring->slots[id % ring->room];
}

static change *change_of(const view_ring *ring, uint64_t number)
{
    return &ring->changes[number % (2 * ring->room)];
}

static bool has(const view_ring *ring, uint64_t id)
{
    return id >= ring->first && id < ring->next;
}

static void drop_oldest(view_ring *ring)
{
    view_record **slot = slot_of(ring, ring->first++);
    ring->bytes -= (*slot)->size;
    ring->by_state[(*slot)->state]--;
    view_record_unref(*slot);
    *slot = NULL;
}

void view_ring_free(view_ring *ring)
{
    if (!ring)
        return;
    while (ring->slots && ring->first < ring->next)
        drop_oldest(ring);
    pthread_cond_destroy(&ring->more);
    pthread_mutex_destroy(&ring->lock);
    free(ring->slots);
    free(ring->changes);
    free(ring);
}

static void set(view_ring *ring, uint64_t id, view_record *record, bool first)
{
    record->id = id;
    record->change = ++ring->newest;
    *change_of(ring, record->change) = (change){ id, first };
    *slot_of(ring, id) = record;
    ring->bytes += record->size;
    ring->by_state[record->state]++;
}

static void shrink(view_ring *ring)
{
    while (ring->bytes > ring->most_bytes && ring->next - ring->first > 1)
        drop_oldest(ring);
}

void view_ring_add(view_ring *ring, view_record *record)
{
    pthread_mutex_lock(&ring->lock);
    if (ring->next - ring->first == ring->room)
        drop_oldest(ring);
    set(ring, ring->next++, record, true);
    shrink(ring);
    pthread_cond_broadcast(&ring->more);
    pthread_mutex_unlock(&ring->lock);
}

void view_ring_replace(view_ring *ring, uint64_t id, view_record *record)
{
    pthread_mutex_lock(&ring->lock);
    if (has(ring, id)) {
        view_record *old = *slot_of(ring, id);
        ring->bytes -= old->size;
        ring->by_state[old->state]--;
        set(ring, id, record, false);
        view_record_unref(old);
        record = NULL;
        shrink(ring);
        pthread_cond_broadcast(&ring->more);
    }
    pthread_mutex_unlock(&ring->lock);
    view_record_unref(record);
}

void view_ring_clear(view_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    while (ring->first < ring->next)
        drop_oldest(ring);
    ring->cleared = ring->newest;
    pthread_mutex_unlock(&ring->lock);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

/* Changes that went before they were told: so many records may have been among them. */
static void skip_to(view_cursor *cursor, uint64_t number)
{
    cursor->lost += number - cursor->change;
    cursor->change = number;
}

view_record *view_ring_next(view_ring *ring, view_cursor *cursor)
{
    view_record *record = NULL;
    pthread_mutex_lock(&ring->lock);
    if (cursor->change > ring->newest || cursor->change < ring->cleared)
        cursor->change = ring->cleared; /* of another run of the server, or cleared on purpose */
    if (ring->newest - cursor->change > 2 * ring->room)
        skip_to(cursor, ring->newest - 2 * ring->room);
    while (!record && cursor->change < ring->newest) {
        const change *one = change_of(ring, ++cursor->change);
        view_record *found = has(ring, one->id) ? *slot_of(ring, one->id) : NULL;
        if (found && found->change == cursor->change)
            record = view_record_ref(found);
        else if (!found && one->first)
            cursor->lost++;
    }
    pthread_mutex_unlock(&ring->lock);
    return record;
}

view_record *view_ring_newest(view_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    view_record *record = ring->first < ring->next ? view_record_ref(*slot_of(ring, ring->next - 1)) : NULL;
    pthread_mutex_unlock(&ring->lock);
    return record;
}

bool view_ring_wait(view_ring *ring, const view_cursor *cursor, const atomic_bool *stop, unsigned milliseconds)
{
    struct timespec until;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&ring->lock);
    while (cursor->change >= ring->newest && !atomic_load(stop) && status != ETIMEDOUT)
        status = pthread_cond_timedwait(&ring->more, &ring->lock, &until);
    const bool some = cursor->change < ring->newest;
    pthread_mutex_unlock(&ring->lock);
    return some;
}

void view_ring_wake(view_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    pthread_cond_broadcast(&ring->more);
    pthread_mutex_unlock(&ring->lock);
}

view_cursor view_ring_end(view_ring *ring, uint64_t last)
{
    view_cursor cursor = { 0 };
    pthread_mutex_lock(&ring->lock);
    const uint64_t most = last < 2 * ring->room ? last : 2 * ring->room;
    cursor.change = ring->newest - ring->cleared > most ? ring->newest - most : ring->cleared;
    while (cursor.change < ring->newest && !has(ring, change_of(ring, cursor.change + 1)->id))
        cursor.change++;
    pthread_mutex_unlock(&ring->lock);
    return cursor;
}

size_t view_ring_waiting(view_ring *ring, uint64_t before, view_record **records, size_t most)
{
    size_t count = 0;
    pthread_mutex_lock(&ring->lock);
    uint64_t id = before && before < ring->next ? before : ring->next;
    while (id > ring->first && count < most) {
        view_record *record = *slot_of(ring, --id);
        if (record->message)
            records[count++] = view_record_ref(record);
    }
    pthread_mutex_unlock(&ring->lock);
    return count;
}

void view_ring_get_stats(view_ring *ring, view_ring_stats *stats)
{
    pthread_mutex_lock(&ring->lock);
    *stats = (view_ring_stats){ .records = (size_t)(ring->next - ring->first), .bytes = ring->bytes, .most_records = ring->room,
                                .most_bytes = ring->most_bytes, .newest = ring->newest, .cleared = ring->cleared };
    for (size_t i = 0; i < VIEW_STATES; i++)
        stats->by_state[i] = ring->by_state[i];
    pthread_mutex_unlock(&ring->lock);
}
