/* SPDX-License-Identifier: Apache-2.0 */
#include "digester.h"

#include "blob.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 4 };

struct digester {
    digester_add add;
    void *party;
    size_t room, len[BLOCKS];
    char *blocks[BLOCKS];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news;
    size_t given, done; /* blocks, since the beginning */
    bool ended;
    vc_error err;
};

static void *run(void *arg)
{
    digester *d = arg;
    pthread_mutex_lock(&d->lock);
    for (;;) {
        while (d->done == d->given && !d->ended)
            pthread_cond_wait(&d->news, &d->lock);
        if (d->done == d->given)
            break;
        const size_t i = d->done % BLOCKS;
        pthread_mutex_unlock(&d->lock);
        if (!d->err.code) /* this thread's, until it has ended */
            (void)d->add(d->party, vc_view_of(d->blocks[i], d->len[i]), &d->err);
        pthread_mutex_lock(&d->lock);
        d->done++;
        pthread_cond_broadcast(&d->news);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static void release(digester *d)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        if (d->blocks[i])
            blob_wipe(d->blocks[i], d->room);
        free(d->blocks[i]);
    }
    pthread_cond_destroy(&d->news);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

static digester *no_memory(digester *d, vc_error *err)
{
    if (d)
        release(d);
    err->code = VC_E_MEMORY;
    snprintf(err->message, sizeof err->message, "out of memory, or of threads");
    return NULL;
}

/* Signals are for the main thread. */
static int start_thread(digester *d)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const int code = pthread_create(&d->thread, NULL, run, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

digester *digester_start(digester_add add, void *party, size_t room, vc_error *err)
{
    digester *d = calloc(1, sizeof *d);
    if (!d)
        return no_memory(NULL, err);
    d->add = add;
    d->party = party;
    d->room = room;
    d->err = (vc_error)VC_ERROR_INIT;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->news, NULL);
    for (size_t i = 0; i < BLOCKS; i++)
        if (!(d->blocks[i] = malloc(room)))
            return no_memory(d, err);
    return start_thread(d) ? no_memory(d, err) : d;
}

char *digester_room(digester *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->given - d->done == BLOCKS)
        pthread_cond_wait(&d->news, &d->lock);
    pthread_mutex_unlock(&d->lock);
    return d->blocks[d->given % BLOCKS];
}

void digester_give(digester *d, size_t len)
{
    pthread_mutex_lock(&d->lock);
    d->len[d->given++ % BLOCKS] = len;
    pthread_cond_broadcast(&d->news);
    pthread_mutex_unlock(&d->lock);
}

vc_code digester_end(digester *d, vc_error *err)
{
    if (!d)
        return VC_OK;
    pthread_mutex_lock(&d->lock);
    d->ended = true;
    pthread_cond_broadcast(&d->news);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    const vc_code code = d->err.code;
    if (code)
        *err = d->err;
    release(d);
    return code;
}
