/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - the user of a driver that is called by an application's event loop: sockets and one timer go out, readiness comes in. */
#define _GNU_SOURCE /* eventfd */
#include <vaultcrypt/loop.h>

#include "base/alloc.h"
#include "base/error.h"
#include "io/clock.h"
#include "io/sigpipe.h"
#include "io/task.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* libcurl may want to be called again at once for so often before others in the application get their turn. */
enum { ROUNDS_MAX = 4 };

struct vc_loop {
    vc_client *client;
    vc_loop_watch_fn watch;
    vc_loop_timer_fn timer;
    void *user;
    vc__driver *driver;
    int bell; /* an eventfd: other threads wake the loop with it */
    void *bell_watched;
    uint64_t curl_due; /* when libcurl wants to be called; UINT64_MAX: it does not */
    uint64_t timer_at; /* what the timer is set to; UINT64_MAX: it is not */
    vc__task *tasks;
    uint64_t last_ticket;
    unsigned depth; /* of calls into the driver */
    bool freed;     /* as soon as that is 0 */
};

/* -- callbacks of libcurl and of others --------------------------------------------------------------------------- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *watched)
{
    vc_loop *loop = user;
    (void)easy;
    const unsigned wanted = what == CURL_POLL_IN      ? VC_LOOP_READ
                            : what == CURL_POLL_OUT   ? VC_LOOP_WRITE
                            : what == CURL_POLL_INOUT ? VC_LOOP_READ | VC_LOOP_WRITE
                                                      : 0;
    void *mine = loop->watch(loop->user, fd, wanted, watched);
    if (wanted)
        (void)curl_multi_assign(loop->driver->multi, fd, mine);
    return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *user)
{
    vc_loop *loop = user;
    (void)multi;
    loop->curl_due = milliseconds < 0 ? UINT64_MAX : vc__clock_ms() + (uint64_t)milliseconds;
    return 0;
}

static void wake(void *user)
{
    const vc_loop *loop = user;
    const uint64_t one = 1;
    (void)!write(loop->bell, &one, sizeof one);
}

/* -- turns -------------------------------------------------------------------------------------------------------- */

static void set_timer(vc_loop *loop)
{
    const uint64_t due = vc__driver_due(loop->driver);
    const uint64_t at = loop->curl_due < due ? loop->curl_due : due;
    if (at == loop->timer_at)
        return;
    loop->timer_at = at;
    const uint64_t now = vc__clock_ms();
    const uint64_t rest = at > now ? at - now : 0;
    loop->timer(loop->user, at == UINT64_MAX ? -1 : rest < INT64_MAX ? (int64_t)rest : INT64_MAX);
}

static bool is_ours(const vc_loop *loop)
{
    return vc__hub_check(loop->client->hub, NULL) == VC_OK;
}

static void let_go(vc_loop *loop, vc__task *task)
{
    vc__task **at = &loop->tasks;
    while (*at != task)
        at = &(*at)->next;
    *at = task->next;
}

/* In a forked child: sockets, and often the poller, are the parent's too, and stay as they are. */
static void forget(vc_loop *loop)
{
    loop->depth++;
    for (vc__task *task; (task = loop->tasks);) {
        vc_error why = VC_ERROR_INIT;
        vc__error(&why, VC_E_CANCELED, "the call was canceled");
        let_go(loop, task);
        vc__task_end(task, VC_E_CANCELED, &why);
    }
    (void)close(loop->bell);
    vc__free(loop);
}

static void destroy(vc_loop *loop)
{
    loop->depth++; /* whoever hears of an end now can do nothing but cancel */
    vc__driver_stop(loop->driver);
    vc__bell_leave(&loop->client->hub->bell, &loop->driver->listener);
    vc__driver_free(loop->driver);
    loop->watch(loop->user, loop->bell, 0, loop->bell_watched);
    loop->timer(loop->user, -1);
    (void)close(loop->bell);
    vc__free(loop);
}

static CURLMcode call_curl(vc_loop *loop, curl_socket_t fd, int what)
{
    int running;
    loop->driver->sent = false;
    return curl_multi_socket_action(loop->driver->multi, fd, what, &running);
}

static CURLMcode call_curl_in_time(vc_loop *loop)
{
    if (vc__clock_ms() < loop->curl_due)
        return CURLM_OK;
    loop->curl_due = UINT64_MAX; /* it says anew */
    return call_curl(loop, CURL_SOCKET_TIMEOUT, 0);
}

/* Something happened: `fd` is ready for what libcurl calls `what`, unless it is CURL_SOCKET_TIMEOUT. */
static void go_on(vc_loop *loop, curl_socket_t fd, int what)
{
    vc__sigpipe sigpipe;
    vc__sigpipe_block(&sigpipe);
    loop->depth++;
    CURLMcode result = fd == CURL_SOCKET_TIMEOUT ? CURLM_OK : call_curl(loop, fd, what);
    for (int round = 0; round == 0 || (round < ROUNDS_MAX && vc__clock_ms() >= loop->curl_due); round++) {
        if (!result)
            result = call_curl_in_time(loop);
        if (result)
            vc__driver_break(loop->driver, result);
        vc__driver_turn(loop->driver, vc__clock_ms());
        result = CURLM_OK;
    }
    loop->depth--;
    if (!loop->freed)
        set_timer(loop);
    else if (!loop->depth)
        destroy(loop);
    vc__sigpipe_restore(&sigpipe);
}

void vc_loop_socket_ready(vc_loop *loop, int fd, unsigned what)
{
    uint64_t count;
    if (!loop || loop->depth || !is_ours(loop))
        return;
    if (fd != loop->bell)
        go_on(loop, fd, (what & VC_LOOP_READ ? CURL_CSELECT_IN : 0) | (what & VC_LOOP_WRITE ? CURL_CSELECT_OUT : 0));
    else if (read(loop->bell, &count, sizeof count) == sizeof count)
        go_on(loop, CURL_SOCKET_TIMEOUT, 0);
}

void vc_loop_timer_due(vc_loop *loop)
{
    if (!loop || loop->depth || !is_ours(loop))
        return;
    loop->timer_at = UINT64_MAX; /* it has run out, or is to be set again */
    go_on(loop, CURL_SOCKET_TIMEOUT, 0);
}

/* -- life --------------------------------------------------------------------------------------------------------- */

static vc_code set_up(vc_loop *loop, vc_error *err)
{
    CURLM *multi = loop->driver->multi;
    if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) || curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, loop) ||
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) || curl_multi_setopt(multi, CURLMOPT_TIMERDATA, loop))
        return vc__error(err, VC_E_INTERNAL, "this libcurl takes no event loop");
    loop->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->bell < 0)
        return vc__error(err, VC_E_IO, "no descriptor for an event loop: %s", strerror(errno));
    return VC_OK;
}

vc_loop *vc_loop_new(vc_client *client, vc_loop_watch_fn watch, vc_loop_timer_fn timer, void *user, vc_error *err)
{
    if (!client || !watch || !timer) {
        vc__error(err, VC_E_ARGUMENT, "a loop needs a client, and functions to watch sockets and to set the timer");
        return NULL;
    }
    vc_loop *loop = vc__calloc(1, sizeof *loop);
    if (!loop) {
        vc__error_memory(err);
        return NULL;
    }
    *loop = (vc_loop){ .client = client, .watch = watch, .timer = timer, .user = user, .curl_due = UINT64_MAX, .timer_at = UINT64_MAX };
    loop->driver = vc__hub_new_driver(client->hub, err);
    if (!loop->driver || set_up(loop, err)) {
        vc__driver_free(loop->driver);
        vc__free(loop);
        return NULL;
    }
    loop->driver->listener = (vc__listener){ wake, loop, NULL };
    vc__bell_listen(&client->hub->bell, &loop->driver->listener);
    loop->bell_watched = loop->watch(user, loop->bell, VC_LOOP_READ, NULL);
    return loop;
}

void vc_loop_free(vc_loop *loop)
{
    if (!loop || loop->freed)
        return;
    loop->freed = true;
    if (loop->depth)
        return; /* a callback of ours is calling: it is done when it comes back */
    if (is_ours(loop))
        destroy(loop);
    else
        forget(loop);
}

/* -- operations --------------------------------------------------------------------------------------------------- */

static void task_ended(vc__job *job, vc_code code, const vc_error *why)
{
    vc__task *task = job->user;
    let_go(task->owner, task);
    vc__task_end(task, code, why);
}

static vc_code submit(vc_loop *loop, vc__task *task, uint64_t *ticket)
{
    task->owner = loop;
    task->ticket = ++loop->last_ticket;
    task->job.ended = task_ended;
    task->job.user = task;
    task->job.canceled = &loop->client->canceled;
    task->next = loop->tasks;
    loop->tasks = task;
    if (ticket)
        *ticket = task->ticket;
    vc__driver_begin(loop->driver, &task->job);
    if (!loop->depth)
        set_timer(loop);
    return VC_OK;
}

vc_code vc_loop_submit_batch(vc_loop *loop, vc_batch *batch, vc_loop_batch_fn done, void *user, uint64_t *ticket, vc_error *err)
{
    if (!loop || loop->freed || !batch || !done)
        return vc__error(err, VC_E_ARGUMENT, "a loop needs a batch, and a function to call at its end");
    vc_error why = VC_ERROR_INIT;
    vc__task *task = vc__hub_check(loop->client->hub, &why) ? NULL : vc__task_of_batch(loop->client, batch, done, user, &why);
    return task ? submit(loop, task, ticket) : vc__error_copy(err, &why);
}

vc_code vc_loop_submit_transit_batch(vc_loop *loop, vc_transit_batch *batch, vc_loop_transit_batch_fn done, void *user,
                                     uint64_t *ticket, vc_error *err)
{
    if (!loop || loop->freed || !batch || !done)
        return vc__error(err, VC_E_ARGUMENT, "a loop needs a batch, and a function to call at its end");
    vc_error why = VC_ERROR_INIT;
    vc__task *task =
        vc__hub_check(loop->client->hub, &why) ? NULL : vc__task_of_transit_batch(loop->client, batch, done, user, &why);
    return task ? submit(loop, task, ticket) : vc__error_copy(err, &why);
}

vc_code vc_loop_submit_request(vc_loop *loop, const char *method, const char *path, vc_view body, const vc_vault_options *options,
                               vc_loop_reply_fn done, void *user, uint64_t *ticket, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    if (!loop || loop->freed || !done)
        return vc__error(err, VC_E_ARGUMENT, "a loop needs a function to call at the end of a request");
    vc__task *task = vc__hub_check(loop->client->hub, &why)
                         ? NULL
                         : vc__task_of_request(loop->client, method, path, body, options, done, user, &why);
    return task ? submit(loop, task, ticket) : vc__error_copy(err, &why);
}

int vc_loop_cancel(vc_loop *loop, uint64_t ticket)
{
    if (!loop)
        return 0;
    vc__task *task = loop->tasks;
    while (task && task->ticket != ticket)
        task = task->next;
    if (!task)
        return 0;
    task->job.given_up = task->job.ready = true;
    if (!loop->depth && is_ours(loop))
        set_timer(loop);
    return 1;
}

size_t vc_loop_pending(const vc_loop *loop)
{
    size_t count = 0;
    for (const vc__task *task = loop ? loop->tasks : NULL; task; task = task->next)
        count++;
    return count;
}
