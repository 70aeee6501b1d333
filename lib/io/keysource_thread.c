/* SPDX-License-Identifier: Apache-2.0 */
/* keysource_thread.c - the thread that looks at keys when they are due, and how it is stopped. */
#include "base/error.h"
#include "io/clock.h"
#include "io/keysource.h"

#include <signal.h>
#include <time.h>

enum { LONGEST_MS = 3600000, LEAST_MS = 20, AFTER_FAILURE_MS = 1000 };

static struct timespec later(uint64_t ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(ms / 1000);
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

void vc__keysource_sleep(vc_keysource *source, uint64_t ms)
{
    const struct timespec until = later(ms < LONGEST_MS ? ms : LONGEST_MS);
    pthread_mutex_lock(&source->sleep_lock);
    while (!atomic_load(&source->cancel) && pthread_cond_timedwait(&source->woken, &source->sleep_lock, &until) == 0)
        ;
    pthread_mutex_unlock(&source->sleep_lock);
}

/* The thread's own sleep, which a wish ends. */
static void rest(vc_keysource *source, uint64_t ms)
{
    const uint64_t end = vc__clock_ms() + (ms < LONGEST_MS ? ms : LONGEST_MS);
    pthread_mutex_lock(&source->sleep_lock);
    while (!atomic_load(&source->cancel) && !source->asked) {
        const uint64_t now = vc__clock_ms(), left = end > now ? end - now : 0, seek = vc__keysource_seek_due(source, now);
        if (!left || !seek)
            break;
        const struct timespec until = later(left < seek ? left : seek);
        (void)pthread_cond_timedwait(&source->woken, &source->sleep_lock, &until);
    }
    pthread_mutex_unlock(&source->sleep_lock);
}

static bool take_wish(vc_keysource *source)
{
    pthread_mutex_lock(&source->sleep_lock);
    const bool asked = source->asked;
    source->asked = false;
    pthread_mutex_unlock(&source->sleep_lock);
    return asked;
}

void vc_keysource_wake(vc_keysource *source)
{
    if (!source)
        return;
    pthread_mutex_lock(&source->sleep_lock);
    source->asked = true;
    pthread_cond_broadcast(&source->woken);
    pthread_mutex_unlock(&source->sleep_lock);
}

static void *keep(void *arg)
{
    vc_keysource *source = arg;
    while (!atomic_load(&source->cancel)) {
        uint64_t next = UINT64_MAX;
        vc_error why = VC_ERROR_INIT; /* of memory alone: the next turn may do better */
        const vc_code code = vc__keysource_pass(source, take_wish(source) ? VC__PASS_ALL : VC__PASS_DUE, vc__clock_ms(), &next, &why);
        rest(source, code ? AFTER_FAILURE_MS : next < LEAST_MS ? LEAST_MS : next);
    }
    vc__keysource_seek_end(source); /* nobody waits for who is gone */
    return NULL;
}

/* Its thread takes no signals of the application's. */
vc_code vc_keysource_start(vc_keysource *source, vc_error *err)
{
    sigset_t all, before;
    if (!source)
        return vc__error(err, VC_E_ARGUMENT, "there is no key source (NULL)");
    if (source->running)
        return vc__error(err, VC_E_STATE, "the key source has its thread already");
    if (atomic_load(&source->cancel))
        return vc__error(err, VC_E_CANCELED, "the key source was canceled");
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before))
        return vc__error(err, VC_E_INTERNAL, "signals cannot be blocked for the thread of the key source");
    vc__keysource_seek_begin(source); /* before the thread, which ends it: also when it is canceled now */
    source->running = pthread_create(&source->thread, NULL, keep, source) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (source->running)
        return VC_OK;
    vc__keysource_seek_end(source);
    return vc__error(err, VC_E_LIMIT, "no thread can be made for the refresh of keys");
}

void vc_keysource_cancel(vc_keysource *source)
{
    if (!source)
        return;
    vc__keysource_seek_end(source); /* nobody waits for it any longer */
    pthread_mutex_lock(&source->sleep_lock);
    atomic_store(&source->cancel, true);
    pthread_cond_broadcast(&source->woken);
    pthread_mutex_unlock(&source->sleep_lock);
    if (source->client)
        vc_client_cancel(source->client);
}

void vc__keysource_stop(vc_keysource *source)
{
    vc_keysource_cancel(source);
    if (source->running)
        (void)pthread_join(source->thread, NULL);
    source->running = false;
}
