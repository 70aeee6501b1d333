/* SPDX-License-Identifier: Apache-2.0 */
#include "interrupt.h"

#include <stddef.h>
#include <unistd.h>

volatile sig_atomic_t interrupt_signal;
static volatile sig_atomic_t at_once;

static void on_signal(int number)
{
    interrupt_signal = number;
    if (at_once)
        _exit(128 + number);
}

void interrupt_catch(void)
{
    /* The second one ends it by the signal's own action: as process 1 of a container there is none, and the first must do. */
    const struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void interrupt_at_once(bool on)
{
    at_once = on;
    if (on && interrupt_signal)
        _exit(128 + interrupt_signal);
}
