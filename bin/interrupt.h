/* SPDX-License-Identifier: Apache-2.0 */
/* interrupt.h - SIGINT and SIGTERM: a program is to finish, and does so at once while it has not begun. */
#ifndef VC_BIN_INTERRUPT_H
#define VC_BIN_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* The signal that came; 0: none. */
extern volatile sig_atomic_t interrupt_signal;

/* From now on the first one sets `interrupt_signal`; a second ends the program. */
void interrupt_catch(void);

/*
 * Whether a signal, one that came before too, ends the program with status 128 + its number: for as long as there is nothing yet that would
 * have to be put in order, and librdkafka waits for brokers, which nothing can break off. Not while others' threads do something.
 */
void interrupt_at_once(bool on);

#endif
