/* SPDX-License-Identifier: Apache-2.0 */
/* blocking.c - the user of a driver that waits: one job, run to its end by the thread that asked for it. */
#include "io/driver.h"

#include "base/error.h"
#include "io/clock.h"
#include "io/sigpipe.h"

#include <limits.h>

/*
 * What the session, or a probe, had begun in this call may take so long behind its good end, but not beyond the call's own time; then it is
 * broken off.
 */
enum { WORK_REST_MS = 2000, PROBE_REST_MS = 50 };

typedef struct ending {
    bool over;
    vc_code code;
    vc_error *err;
} ending;

static void keep_ending(vc__job *job, vc_code code, const vc_error *why)
{
    ending *end = job->user;
    end->over = true;
    end->code = code;
    if (code)
        vc__error_copy(end->err, why);
}

static void wake(void *user)
{
    (void)curl_multi_wakeup(user);
}

/* Until something happens, at most until `until`. */
static CURLMcode wait_for_news(vc__driver *driver, uint64_t until)
{
    const uint64_t due = vc__driver_due(driver), now = vc__clock_ms();
    const uint64_t end = due < until ? due : until;
    const uint64_t rest = end > now ? end - now : 0;
    return rest ? curl_multi_poll(driver->multi, NULL, 0, rest < INT_MAX ? (int)rest : INT_MAX, NULL) : CURLM_OK;
}

/* Until `*over`, or the time has come. */
static void go_on(vc__driver *driver, const bool *over, bool wanted, uint64_t until)
{
    vc__driver_turn(driver, vc__clock_ms());
    while (*over != wanted && vc__clock_ms() < until) {
        int running;
        const bool sent = driver->sent;
        driver->sent = false;
        CURLMcode result = sent ? CURLM_OK : wait_for_news(driver, until);
        if (!result)
            result = curl_multi_perform(driver->multi, &running);
        if (result)
            vc__driver_break(driver, result);
        else
            vc__driver_turn(driver, vc__clock_ms());
    }
}

/* Behind the end of the call: brings to its end what it had begun for others. */
static void go_on_for_others(vc__driver *driver, uint64_t until)
{
    const uint64_t now = vc__clock_ms();
    if (driver->working)
        go_on(driver, &driver->working, false, now + WORK_REST_MS < until ? now + WORK_REST_MS : until);
    if (driver->probing)
        go_on(driver, &driver->probing, false, now + PROBE_REST_MS < until ? now + PROBE_REST_MS : until);
}

vc_code vc__driver_run(vc__driver *driver, vc__job *job, vc_error *err)
{
    vc__sigpipe sigpipe;
    ending end = { .err = err };
    const uint64_t begun = vc__clock_ms();
    const uint64_t until = job->patience_ms && job->patience_ms < UINT64_MAX - begun ? begun + job->patience_ms : UINT64_MAX;
    int cancelable;
    /* A thread that ends in here would take the session's work with it, for which all others wait. */
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    vc__sigpipe_block(&sigpipe);
    driver->listener = (vc__listener){ wake, driver->multi, NULL };
    vc__bell_listen(driver->parts->bell, &driver->listener);
    job->ended = keep_ending;
    job->user = &end;
    vc__driver_begin(driver, job);
    go_on(driver, &end.over, true, UINT64_MAX);
    if (!end.code || (job->patience_ms && end.code != VC_E_CANCELED && end.code != VC_E_TIMEOUT))
        go_on_for_others(driver, until);
    vc__driver_stop(driver);
    vc__bell_leave(driver->parts->bell, &driver->listener);
    vc__sigpipe_restore(&sigpipe);
    (void)pthread_setcancelstate(cancelable, NULL);
    return end.code;
}
