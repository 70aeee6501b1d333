/* SPDX-License-Identifier: Apache-2.0 */
#include "io/session_keeper.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/auth.h"
#include "io/client.h"
#include "io/clock.h"

#include <signal.h>
#include <time.h>

enum { LONGEST_MS = 3600000 };

typedef struct vc__keeper {
    vc__hub *hub;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool rung;        /* under the lock: something has changed */
    atomic_bool stop;
    vc__listener listener;
} vc__keeper;

/* -- one round ---------------------------------------------------------------------------------------------------- */

static void run_work(vc__hub *hub, vc__driver *driver, const vc__operation *work, const atomic_bool *stop)
{
    vc_error why = VC_ERROR_INIT;
    vc__job job = { .operation = *work, .canceled = stop, .inner = true };
    const vc_code code = vc__driver_run(driver, &job, &why);
    vc__session_finish(hub->session, vc__clock_ms(), code, &why);
    vc__bell_ring(&hub->bell);
}

vc_code vc__keeper_maintain(vc__hub *hub, const atomic_bool *stop, uint64_t *next_ms, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__driver *driver = vc__hub_borrow(hub, &why);
    if (!driver)
        return vc__error_copy(err, &why);
    vc__session_state state = VC__SESSION_BUSY;
    uint64_t until = UINT64_MAX, now = 0;
    while (!atomic_load(stop)) {
        bool urgent;
        vc__operation work;
        now = vc__clock_ms();
        state = vc__session_check(hub->session, now, &until, &work, &urgent, &why);
        if (state == VC__SESSION_WORK)
            run_work(hub, driver, &work, stop);
        else if (state == VC__SESSION_BUSY)
            (void)curl_multi_poll(driver->multi, NULL, 0, until > now ? (int)(until - now) : 1, NULL);
        else
            break;
    }
    vc__hub_give_back(hub, driver);
    *next_ms = until == UINT64_MAX ? UINT64_MAX : until > now ? until - now : 0;
    if (atomic_load(stop))
        return vc__error(err, VC_E_CANCELED, "the call was canceled");
    return state == VC__SESSION_FAILED ? vc__error_copy(err, &why) : VC_OK;
}

vc_code vc_client_maintain(vc_client *client, uint64_t *next_ms, vc_error *err)
{
    uint64_t unwanted;
    if (!client)
        return vc__error(err, VC_E_ARGUMENT, "there is no client (NULL)");
    return vc__keeper_maintain(client->hub, &client->canceled, next_ms ? next_ms : &unwanted, err);
}

void vc_client_token_info(vc_client *client, vc_token_info *info)
{
    vc_token_info full = { .size = sizeof full };
    const size_t size = info->size < sizeof full ? info->size : sizeof full;
    vc__session_info(client->hub->session, vc__clock_ms(), &full);
    full.size = info->size;
    memcpy(info, &full, size);
}

/* -- the thread --------------------------------------------------------------------------------------------------- */

static void wake(void *user)
{
    vc__keeper *keeper = user;
    pthread_mutex_lock(&keeper->lock);
    keeper->rung = true;
    pthread_cond_signal(&keeper->woken);
    pthread_mutex_unlock(&keeper->lock);
}

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

static void sleep_for(vc__keeper *keeper, uint64_t ms)
{
    const struct timespec until = later(ms < LONGEST_MS ? ms : LONGEST_MS);
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->rung && pthread_cond_timedwait(&keeper->woken, &keeper->lock, &until) == 0)
        ;
    keeper->rung = false;
    pthread_mutex_unlock(&keeper->lock);
}

static void *keep(void *arg)
{
    vc__keeper *keeper = arg;
    while (!atomic_load(&keeper->stop)) {
        uint64_t next_ms = UINT64_MAX;
        vc_error why = VC_ERROR_INIT; /* the session has logged what is worth it, and calls get to see the rest */
        const vc_code code = vc__keeper_maintain(keeper->hub, &keeper->stop, &next_ms, &why);
        if (!atomic_load(&keeper->stop))
            sleep_for(keeper, code && next_ms < 1000 ? 1000 : next_ms);
    }
    return NULL;
}

/* Its thread takes no signals of the application's. */
static int start_thread(vc__keeper *keeper)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before))
        return -1;
    const int result = pthread_create(&keeper->thread, NULL, keep, keeper);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static bool make_condition(vc__keeper *keeper)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes))
        return false;
    const bool made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                      pthread_cond_init(&keeper->woken, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return made;
}

vc_code vc__keeper_start(vc__hub *hub, vc_error *err)
{
    if (vc__auth_of(hub->config)->renewal != VC_RENEWAL_THREAD)
        return VC_OK;
    vc__keeper *keeper = vc__calloc(1, sizeof *keeper);
    if (!keeper)
        return vc__error_memory(err);
    keeper->hub = hub;
    atomic_init(&keeper->stop, false);
    keeper->listener = (vc__listener){ wake, keeper, NULL };
    if (pthread_mutex_init(&keeper->lock, NULL)) {
        vc__free(keeper);
        return vc__error_memory(err);
    }
    const bool made = make_condition(keeper);
    if (made)
        vc__bell_listen(&hub->bell, &keeper->listener);
    if (!made || start_thread(keeper)) {
        if (made) {
            vc__bell_leave(&hub->bell, &keeper->listener);
            pthread_cond_destroy(&keeper->woken);
        }
        pthread_mutex_destroy(&keeper->lock);
        vc__free(keeper);
        return vc__error(err, VC_E_LIMIT, "no thread can be made for the renewal of the token");
    }
    hub->keeper = keeper;
    return VC_OK;
}

static void stop_thread(vc__hub *hub)
{
    vc__keeper *keeper = hub->keeper;
    atomic_store(&keeper->stop, true);
    vc__bell_ring(&hub->bell); /* a driver of its own, and the keeper itself */
    (void)pthread_join(keeper->thread, NULL);
    vc__bell_leave(&hub->bell, &keeper->listener);
    pthread_cond_destroy(&keeper->woken);
    pthread_mutex_destroy(&keeper->lock);
    vc__free(keeper);
    hub->keeper = NULL;
}

static void revoke(vc__hub *hub)
{
    vc__operation work;
    const atomic_bool stop = false;
    if (!vc__session_retire(hub->session, vc__clock_ms(), &work))
        return;
    vc_error why = VC_ERROR_INIT;
    vc__driver *driver = vc__hub_borrow(hub, &why);
    if (driver) {
        run_work(hub, driver, &work, &stop);
        vc__hub_give_back(hub, driver);
    } else {
        vc__session_finish(hub->session, vc__clock_ms(), why.code, &why);
    }
}

void vc__keeper_end(vc__hub *hub, bool ours)
{
    if (ours) {
        if (hub->keeper)
            stop_thread(hub);
        revoke(hub);
    } else if (hub->keeper) {
        vc__free(hub->keeper);
        hub->keeper = NULL;
    }
}
