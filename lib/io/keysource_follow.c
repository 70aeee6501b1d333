/* SPDX-License-Identifier: Apache-2.0 */
/* keysource_follow.c - one source after another on the same keyring: what is handed over, and what goes with the one that ends. */
#include "base/error.h"
#include "io/keysource.h"

/* All that live. Which keys their places have changes under this lock. */
static pthread_mutex_t living_lock = PTHREAD_MUTEX_INITIALIZER;
static vc_keysource *living;

void vc__keysource_living_lock(void)
{
    pthread_mutex_lock(&living_lock);
}

void vc__keysource_living_unlock(void)
{
    pthread_mutex_unlock(&living_lock);
}

void vc__keysource_enlist(vc_keysource *source)
{
    pthread_mutex_lock(&living_lock);
    source->next = living;
    living = source;
    pthread_mutex_unlock(&living_lock);
}

void vc__keysource_delist(vc_keysource *source)
{
    pthread_mutex_lock(&living_lock);
    for (vc_keysource **at = &living; *at; at = &(*at)->next)
        if (*at == source) {
            *at = source->next;
            break;
        }
    pthread_mutex_unlock(&living_lock);
}

/* -- handing over ------------------------------------------------------------------------------------------ */

static bool same_name(const vc__place *a, const vc__place *b)
{
    return strcmp(vc_schema_key_name(a->key), vc_schema_key_name(b->key)) == 0;
}

/* Places of texts and variables have no names that tell them apart; they are there anyway. */
static bool same_place(const vc__place *a, const vc__place *b)
{
    char one[256], other[256];
    if (a->kind != b->kind || a->private != b->private || a->kind == VC__PLACE_PEM || a->kind == VC__PLACE_ENV || !same_name(a, b))
        return false;
    vc__place_name(a, one, sizeof one);
    vc__place_name(b, other, sizeof other);
    return strcmp(one, other) == 0;
}

/* Whether that place has the key, in that half; `id` NULL: a symmetric one. */
static bool has(const vc__place *place, bool private, const char *id)
{
    if (!id)
        return place->symmetric;
    for (size_t i = 0; i < place->count && place->private == private; i++)
        if (strcmp(place->ids[i], id) == 0)
            return true;
    return false;
}

/* Under the lock of its source: a pipe has given what it had. */
static bool is_read_pipe(const vc__place *place)
{
    return place->kind == VC__PLACE_FILE && place->settled;
}

bool vc__keysource_pipe_was_read(const vc_keysource *source, const vc__place *place)
{
    bool read = false;
    pthread_mutex_lock(&living_lock);
    for (vc_keysource *each = living; each && !read; each = each->next) {
        if (each == source || each->ring != source->ring)
            continue;
        pthread_mutex_lock(&each->lock);
        for (size_t i = 0; i < each->count && !read; i++)
            read = same_place(place, &each->places[i]) && is_read_pipe(&each->places[i]);
        pthread_mutex_unlock(&each->lock);
    }
    pthread_mutex_unlock(&living_lock);
    return read;
}

/* Of a released key the store has older versions still. */
static void add_older(vc__place *place, const vc__place *from)
{
    for (size_t i = from->count; i-- && place->count < VC__PLACE_KEYS;) {
        if (has(place, place->private, from->ids[i]))
            continue;
        memmove(place->ids[1], place->ids[0], place->count++ * sizeof place->ids[0]);
        memcpy(place->ids[0], from->ids[i], sizeof place->ids[0]);
    }
}

/* Where it was looked at already, what was found there counts. */
static void inherit(vc__place *place, const vc__place *from)
{
    if (place->state == VC_KEY_NOT_NEEDED || place->state == VC_KEY_REFUSED || place->symmetric)
        return;
    if (place->count) {
        if (place->kind == VC__PLACE_RELEASE)
            add_older(place, from);
        return;
    }
    memcpy(place->ids, from->ids, sizeof place->ids);
    memcpy(place->newest, from->newest, sizeof place->newest);
    place->count = from->count;
    place->symmetric = from->symmetric;
    if (place->state != VC_KEY_UNKNOWN || !is_read_pipe(from))
        return;
    place->state = from->state;
    place->settled = true;
    place->due_ms = UINT64_MAX;
    memcpy(place->text, from->text, sizeof place->text);
}

vc_code vc_keysource_follow(vc_keysource *source, vc_keysource *old, vc_error *err)
{
    if (!source || !old || source == old || source->ring != old->ring)
        return vc__error(err, VC_E_ARGUMENT, "a key source follows another one of the same keyring");
    if (atomic_load(&old->cancel)) { /* what it was about to do is done then, and what it has stays */
        pthread_mutex_lock(&old->passing);
        pthread_mutex_unlock(&old->passing);
    }
    vc__keysource_living_lock();
    pthread_mutex_lock(&source->lock);
    pthread_mutex_lock(&old->lock);
    for (size_t i = 0; i < source->count; i++)
        for (size_t k = 0; k < old->count; k++)
            if (same_place(&source->places[i], &old->places[k]))
                inherit(&source->places[i], &old->places[k]);
    pthread_mutex_unlock(&old->lock);
    pthread_mutex_unlock(&source->lock);
    vc__keysource_living_unlock();
    return VC_OK;
}

/* -- whose a key is ---------------------------------------------------------------------------------------- */

/* Whether another place of that name has it, of any source that lives. */
static bool is_held(const vc_keysource *source, const vc__place *place, bool private, const char *id)
{
    for (const vc_keysource *each = living; each; each = each->next)
        for (size_t i = 0; each->ring == source->ring && i < each->count; i++)
            if (&each->places[i] != place && same_name(&each->places[i], place) && has(&each->places[i], private, id))
                return true;
    return false;
}

void vc__keysource_drop(vc_keysource *source, const vc__place *place, const char *id)
{
    const char *name = vc_schema_key_name(place->key);
    if (is_held(source, place, place->private, id))
        return;
    if (!id)
        vc__ring_remove_static(source->ring, name);
    else if (!is_held(source, place, !place->private, id))
        (void)vc_keyring_remove_pair(source->ring, name, id, NULL);
    else if (place->private)
        (void)vc_keyring_remove_private(source->ring, name, id, NULL);
}

void vc_keysource_retire(vc_keysource *source)
{
    if (!source)
        return;
    vc__keysource_stop(source);
    vc__keysource_delist(source);
    vc__keysource_living_lock();
    for (size_t i = 0; i < source->count; i++) {
        const vc__place *place = &source->places[i];
        for (size_t k = 0; k < place->count; k++)
            vc__keysource_drop(source, place, place->ids[k]);
        if (place->symmetric)
            vc__keysource_drop(source, place, NULL);
    }
    vc__keysource_living_unlock();
    source->retired = true;
    vc_keysource_free(source);
}
