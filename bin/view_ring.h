/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_ring.h - the last records, bounded in number and in bytes, and the order in which they are told. Each that comes, and each that was
 * opened again, is a change; a reader follows the changes with a cursor. Whoever is too slow loses what has gone meanwhile, and learns how much:
 * nothing is kept for anybody, so no reader makes the server grow.
 *
 * Threads: all functions but new and free take the ring's own lock.
 */
#ifndef VC_BIN_VIEW_RING_H
#define VC_BIN_VIEW_RING_H

#include "view_record.h"

typedef struct view_ring view_ring;

/*
 * Room for `records`, which together take `bytes` at most; the newest one is kept whatever its size. Ids and changes begin behind `start`, so that a
 * server that was started again does not repeat them. NULL: no memory.
 */
view_ring *view_ring_new(size_t records, size_t bytes, uint64_t start);
void view_ring_free(view_ring *ring);

/* One more; the ring takes it over, and gives it its numbers. */
void view_ring_add(view_ring *ring, view_record *record);

/* In the place of the record `id`, which was opened again; when that has gone, so does this. Takes it over. */
void view_ring_replace(view_ring *ring, uint64_t id, view_record *record);

/* All go; ids and changes go on. */
void view_ring_clear(view_ring *ring);

/* Where a reader is: behind which change, and how many records it missed since it began. Begin with view_ring_end(), or with the change that was seen last. */
typedef struct view_cursor {
    uint64_t change, lost;
} view_cursor;

/* The next record behind the cursor, which moves on; NULL: none yet. A reference, for the caller to drop. */
view_record *view_ring_next(view_ring *ring, view_cursor *cursor);

/* The one that came last; NULL: there is none. A reference likewise. */
view_record *view_ring_newest(view_ring *ring);

/* Waits until there is something behind the cursor, or `stop` is true after a wake-up, or the time is over. */
bool view_ring_wait(view_ring *ring, const view_cursor *cursor, const atomic_bool *stop, unsigned milliseconds);
void view_ring_wake(view_ring *ring);

/* The cursor of one who begins: at most `last` of what is there, and what comes. What went before misses nobody. */
view_cursor view_ring_end(view_ring *ring, uint64_t last);

/* References on the newest records, at most `most`, that wait to be opened; how many. They are from id `before` (0: the end) backwards. */
size_t view_ring_waiting(view_ring *ring, uint64_t before, view_record **records, size_t most);

typedef struct view_ring_stats {
    size_t records, bytes, most_records, most_bytes;
    size_t by_state[VIEW_STATES];
    uint64_t newest;  /* change */
    uint64_t cleared; /* what was told up to this change is over: view_ring_clear() */
} view_ring_stats;

void view_ring_get_stats(view_ring *ring, view_ring_stats *stats);

#endif
