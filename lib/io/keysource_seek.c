/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keysource_seek.c - a record names a key that the keyring does not have: it may have been rotated, and then its place has it. So the thread looks at
 * once, and who needs the key waits for that look (keys/ring_seek.c). Anyone who can write records can name keys: looks are spaced out, the more the
 * longer they find nothing, and then nobody waits for them, nor takes the record for a forgery.
 */
#include "base/text.h"
#include "io/clock.h"
#include "io/keysource.h"

enum { GAP_MS = 2000, IN_VAIN_FREE = 3, IN_VAIN_MOST = 8, GAP_MAX_MS = 60000, FORGET_MS = 60000 };

static uint64_t gap_of(unsigned in_vain)
{
    uint64_t gap = GAP_MS;
    for (unsigned i = IN_VAIN_FREE; i < in_vain && gap < GAP_MAX_MS; i++)
        gap *= 2;
    return gap < GAP_MAX_MS ? gap : GAP_MAX_MS;
}

/* Under the lock of the ring: nothing of what it does takes that. */
static vc__sought seek(void *user, const char *name)
{
    vc_keysource *source = user;
    bool any = false;
    pthread_mutex_lock(&source->sleep_lock);
    const bool waits_long = source->in_vain > IN_VAIN_FREE && vc__clock_ms() < source->seek_ms;
    for (size_t i = 0; i < source->count; i++) {
        vc__place *place = &source->places[i];
        if (!place->steady || strcmp(vc_schema_key_name(place->key), name) != 0)
            continue;
        any = true;
        place->wished |= !waits_long;
    }
    if (any && !waits_long) {
        source->wished = true;
        pthread_cond_broadcast(&source->woken);
    }
    pthread_mutex_unlock(&source->sleep_lock);
    return !any ? VC__SOUGHT_BY_NONE : waits_long ? VC__SOUGHT_NOT_NOW : VC__SOUGHT;
}

static void take(void *user)
{
    vc_keysource *source = user;
    pthread_mutex_lock(&source->sleep_lock);
    for (size_t i = 0; i < source->count; i++) {
        source->places[i].sought = source->places[i].wished;
        source->places[i].wished = false;
    }
    source->wished = false;
    pthread_mutex_unlock(&source->sleep_lock);
}

void vc__keysource_seek_begin(vc_keysource *source)
{
    source->seeker = (vc__seeker){ .seek = seek, .take = take, .user = source };
    vc__ring_enlist(source->ring, &source->seeker);
}

void vc__keysource_seek_end(vc_keysource *source)
{
    vc__ring_delist(source->ring, &source->seeker);
}

uint64_t vc__keysource_seek_due(const vc_keysource *source, uint64_t now_ms)
{
    return !source->wished ? UINT64_MAX : source->seek_ms > now_ms ? source->seek_ms - now_ms : 0;
}

uint64_t vc__keysource_seek_take(vc_keysource *source)
{
    pthread_mutex_lock(&source->sleep_lock);
    const bool due = vc__keysource_seek_due(source, vc__clock_ms()) == 0;
    pthread_mutex_unlock(&source->sleep_lock);
    source->news = false;
    return due ? vc__ring_take_wish(source->ring, &source->seeker) : 0;
}

/* Under sleep_lock. One is taken off for each minute in which nothing was looked for in vain. */
static void count_in_vain(vc_keysource *source, uint64_t now_ms)
{
    const uint64_t off = (now_ms - source->in_vain_ms) / FORGET_MS;
    source->in_vain = off < source->in_vain ? source->in_vain - (unsigned)off : 0;
    source->in_vain += source->in_vain < IN_VAIN_MOST;
    source->in_vain_ms = now_ms;
}

void vc__keysource_seek_done(vc_keysource *source, uint64_t taken, bool whole)
{
    const uint64_t now = vc__clock_ms();
    pthread_mutex_lock(&source->sleep_lock);
    for (size_t i = 0; i < source->count; i++)
        source->places[i].sought = false;
    if (source->news)
        source->in_vain = 0;
    else if (taken)
        count_in_vain(source, now);
    if (taken)
        source->seek_ms = now + gap_of(source->in_vain);
    pthread_mutex_unlock(&source->sleep_lock);
    if (taken)
        vc__ring_answer(source->ring, &source->seeker, taken, whole);
}

void vc__keysource_seek_news(vc_keysource *source)
{
    pthread_mutex_lock(&source->sleep_lock);
    source->in_vain = 0;
    pthread_mutex_unlock(&source->sleep_lock);
}
