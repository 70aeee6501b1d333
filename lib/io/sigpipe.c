/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sigpipe.h"

#include <time.h>

static bool is_pending(void)
{
    sigset_t set;
    sigemptyset(&set);
    return sigpending(&set) == 0 && sigismember(&set, SIGPIPE) == 1;
}

static sigset_t only_sigpipe(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

void vc__sigpipe_block(vc__sigpipe *state)
{
    const sigset_t set = only_sigpipe();
    state->pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &set, &state->mask);
}

void vc__sigpipe_restore(const vc__sigpipe *state)
{
    const sigset_t set = only_sigpipe();
    const struct timespec at_once = { 0, 0 };
    if (!state->pending && is_pending())
        while (sigtimedwait(&set, NULL, &at_once) < 0 && is_pending())
            ; /* another signal came in between */
    pthread_sigmask(SIG_SETMASK, &state->mask, NULL);
}
