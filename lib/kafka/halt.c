/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/halt.h"

#include "base/error.h"
#include "kafka/clock.h"

#include <signal.h>

enum { STEP_MS = 100 };

static void *run(void *arg)
{
    vc__halt *halt = arg;
    pthread_mutex_lock(&halt->lock);
    while (!halt->ending && !atomic_load(halt->stop))
        vc__condition_wait(&halt->over, &halt->lock, vc__now_ms() + STEP_MS);
    const bool stopped = !halt->ending;
    pthread_mutex_unlock(&halt->lock);
    if (stopped)
        vc_client_cancel(halt->scope); /* which lives until this thread was waited for */
    return NULL;
}

/* Signals are for the application's own threads: their calls shall be interrupted. */
static bool start_thread(vc__halt *halt)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const bool started = pthread_create(&halt->thread, NULL, run, halt) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

vc_code vc__halt_begin(vc__halt *halt, vc_client *client, const atomic_int *stop, vc_error *err)
{
    *halt = (vc__halt){ .stop = stop, .scope = vc_client_scope(client, err) };
    if (!halt->scope)
        return err && err->code ? err->code : VC_E_MEMORY;
    if (pthread_mutex_init(&halt->lock, NULL) == 0) {
        if (vc__condition_init(&halt->over)) {
            halt->running = start_thread(halt);
            if (halt->running)
                return VC_OK;
            pthread_cond_destroy(&halt->over);
        }
        pthread_mutex_destroy(&halt->lock);
    }
    vc__halt_end(halt);
    return vc__error_memory(err);
}

void vc__halt_end(vc__halt *halt)
{
    if (halt->running) {
        pthread_mutex_lock(&halt->lock);
        halt->ending = true;
        pthread_cond_signal(&halt->over);
        pthread_mutex_unlock(&halt->lock);
        pthread_join(halt->thread, NULL);
        pthread_cond_destroy(&halt->over);
        pthread_mutex_destroy(&halt->lock);
    }
    if (halt->scope)
        vc_client_close(halt->scope);
    *halt = (vc__halt){ .scope = NULL };
}
