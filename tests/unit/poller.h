/* SPDX-License-Identifier: Apache-2.0 */
/* poller.h - the smallest event loop there is: poll() over a table of descriptors, and one timer. */
#ifndef VC__TEST_POLLER_H
#define VC__TEST_POLLER_H

#include "unit/test.h"

#include <vaultcrypt/loop.h>

enum { POLLER_MAX = 256 };

typedef struct poller {
    vc_loop *loop;
    int fds[POLLER_MAX];
    unsigned what[POLLER_MAX];
    size_t count;
    uint64_t timer; /* ms on the monotonic clock; UINT64_MAX: none */
    size_t most;    /* sockets watched at once */
} poller;

/* For vc_loop_new(), with the poller as `user`. */
void *poller_watch(void *user, int fd, unsigned what, void *watched);
void poller_set_timer(void *user, int64_t milliseconds);

void poller_open(poller *poller, vc_client *client);

/* One turn: waits until something is ready, at most `wait_ms`. */
void poller_turn(poller *poller, int wait_ms);

/* Until no operation is under way. */
void poller_run(poller *poller);

#endif
