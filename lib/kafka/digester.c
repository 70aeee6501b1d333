/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/digester.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"

static void digest_room(vc__digester *digester, size_t i, vc_error *err)
{
    (void)digester->rooms[i].digest(digester->rooms[i].of, vc_view_of(digester->rooms[i].bytes, digester->rooms[i].len), err);
}

static void keep_failure(vc__digester *digester, const vc_error *why)
{
    if (why->code && !digester->failure.code)
        vc__error_copy(&digester->failure, why);
}

/* Rooms come in the order in which they were handed over. */
static void *run(void *arg)
{
    vc__digester *digester = arg;
    size_t i = 0;
    pthread_mutex_lock(&digester->lock);
    for (;;) {
        while (!digester->rooms[i].busy && !digester->ending)
            pthread_cond_wait(&digester->work, &digester->lock);
        if (!digester->rooms[i].busy)
            break;
        vc_error why = VC_ERROR_INIT;
        pthread_mutex_unlock(&digester->lock);
        digest_room(digester, i, &why);
        pthread_mutex_lock(&digester->lock);
        keep_failure(digester, &why);
        digester->rooms[i].busy = false;
        pthread_cond_signal(&digester->done);
        i = (i + 1) % VC__ROOMS;
    }
    pthread_mutex_unlock(&digester->lock);
    return NULL;
}

static void start_thread(vc__digester *digester)
{
    if (pthread_mutex_init(&digester->lock, NULL))
        return;
    if (pthread_cond_init(&digester->work, NULL) == 0) {
        if (pthread_cond_init(&digester->done, NULL) == 0) {
            digester->threaded = pthread_create(&digester->thread, NULL, run, digester) == 0;
            if (digester->threaded)
                return;
            pthread_cond_destroy(&digester->done);
        }
        pthread_cond_destroy(&digester->work);
    }
    pthread_mutex_destroy(&digester->lock);
}

vc_code vc__digester_open(vc__digester *digester, size_t room_size, vc_error *err)
{
    if (digester->open)
        return VC_OK;
    *digester = (vc__digester){ .room_size = room_size, .failure = VC_ERROR_INIT, .open = true };
    for (size_t i = 0; i < VC__ROOMS; i++)
        if (!(digester->rooms[i].bytes = vc__calloc(1, room_size))) {
            vc__digester_close(digester);
            return vc__error_memory(err);
        }
    start_thread(digester);
    return VC_OK;
}

void vc__digester_close(vc__digester *digester)
{
    if (!digester->open)
        return;
    if (digester->threaded) {
        pthread_mutex_lock(&digester->lock);
        digester->ending = true;
        pthread_cond_signal(&digester->work);
        pthread_mutex_unlock(&digester->lock);
        pthread_join(digester->thread, NULL);
        pthread_cond_destroy(&digester->done);
        pthread_cond_destroy(&digester->work);
        pthread_mutex_destroy(&digester->lock);
    }
    for (size_t i = 0; i < VC__ROOMS; i++) {
        if (digester->rooms[i].bytes)
            vc__wipe(digester->rooms[i].bytes, digester->room_size);
        vc__free(digester->rooms[i].bytes);
    }
    *digester = (vc__digester){ .open = false };
}

static void await(vc__digester *digester, size_t i)
{
    if (!digester->threaded)
        return;
    pthread_mutex_lock(&digester->lock);
    while (digester->rooms[i].busy)
        pthread_cond_wait(&digester->done, &digester->lock);
    pthread_mutex_unlock(&digester->lock);
}

char *vc__digester_room(vc__digester *digester)
{
    await(digester, digester->next);
    return digester->rooms[digester->next].bytes;
}

void vc__digester_add(vc__digester *digester, size_t len, vc__digest digest, void *of)
{
    const size_t i = digester->next;
    digester->rooms[i].len = len;
    digester->rooms[i].digest = digest;
    digester->rooms[i].of = of;
    digester->next = (i + 1) % VC__ROOMS;
    if (!digester->threaded) {
        vc_error why = VC_ERROR_INIT;
        digest_room(digester, i, &why);
        keep_failure(digester, &why);
        return;
    }
    pthread_mutex_lock(&digester->lock);
    digester->rooms[i].busy = true;
    pthread_cond_signal(&digester->work);
    pthread_mutex_unlock(&digester->lock);
}

vc_code vc__digester_wait(vc__digester *digester, vc_error *err)
{
    if (!digester->open)
        return VC_OK;
    for (size_t i = 0; i < VC__ROOMS; i++)
        await(digester, i);
    const vc_code code = digester->failure.code ? vc__error_copy(err, &digester->failure) : VC_OK;
    digester->failure = (vc_error)VC_ERROR_INIT;
    return code;
}
