/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/poller.h"

#include "io/clock.h"

#include <poll.h>

void *poller_watch(void *user, int fd, unsigned what, void *watched)
{
    poller *self = user;
    size_t i = 0;
    while (i < self->count && self->fds[i] != fd)
        i++;
    if (watched) /* what we gave is what we get */
        assert_ptr_equal(watched, &self->fds[0] + fd);
    if (!what) {
        assert_true(i < self->count);
        self->fds[i] = self->fds[--self->count];
        self->what[i] = self->what[self->count];
        return NULL;
    }
    assert_true(i < POLLER_MAX);
    self->count += i == self->count;
    self->fds[i] = fd;
    self->what[i] = what;
    if (self->count > self->most)
        self->most = self->count;
    return &self->fds[0] + fd;
}

void poller_set_timer(void *user, int64_t milliseconds)
{
    poller *self = user;
    self->timer = milliseconds < 0 ? UINT64_MAX : vc__clock_ms() + (uint64_t)milliseconds;
}

void poller_open(poller *self, vc_client *client)
{
    vc_error err = VC_ERROR_INIT;
    *self = (poller){ .timer = UINT64_MAX };
    self->loop = vc_loop_new(client, poller_watch, poller_set_timer, self, &err);
    if (!self->loop)
        fail_msg("%s", err.message);
}

void poller_turn(poller *self, int wait_ms)
{
    struct pollfd set[POLLER_MAX];
    const size_t count = self->count;
    for (size_t i = 0; i < count; i++)
        set[i] = (struct pollfd){ .fd = self->fds[i],
                                  .events = (short)((self->what[i] & VC_LOOP_READ ? POLLIN : 0) |
                                                    (self->what[i] & VC_LOOP_WRITE ? POLLOUT : 0)) };
    const uint64_t now = vc__clock_ms();
    const uint64_t rest = self->timer == UINT64_MAX ? (uint64_t)wait_ms : self->timer > now ? self->timer - now : 0;
    (void)poll(set, count, rest < (uint64_t)wait_ms ? (int)rest : wait_ms);
    for (size_t i = 0; i < count && self->loop; i++)
        if (set[i].revents)
            vc_loop_socket_ready(self->loop, set[i].fd,
                                 (set[i].revents & (POLLIN | POLLHUP | POLLERR) ? VC_LOOP_READ : 0) |
                                     (set[i].revents & (POLLOUT | POLLERR) ? VC_LOOP_WRITE : 0));
    if (self->loop && vc__clock_ms() >= self->timer) {
        self->timer = UINT64_MAX;
        vc_loop_timer_due(self->loop);
    }
}

void poller_run(poller *self)
{
    while (self->loop && vc_loop_pending(self->loop))
        poller_turn(self, 20000);
}
