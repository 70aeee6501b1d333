/* SPDX-License-Identifier: Apache-2.0 */
/*
 * breaker.h - whether an address is worth a request. After failures in a row it is left alone; after a delay, which grows, one request may
 * try whether it has come back.
 *
 *      CLOSED -- enough failures --> OPEN -- the delay is over, one asks --> HALF_OPEN -- good --> CLOSED
 *                                                                                      -- bad --> OPEN, for longer
 *
 * Threads: one owner; the cluster's lock guards it. Time comes in as an argument.
 */
#ifndef VC__IO_BREAKER_H
#define VC__IO_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum { VC__BREAKER_FIRST_MS = 250, VC__BREAKER_LAST_MS = 5000, VC__BREAKER_TRIAL_MS = 15000 };

typedef enum vc__breaker_state { VC__BREAKER_CLOSED = 0, VC__BREAKER_OPEN, VC__BREAKER_HALF_OPEN } vc__breaker_state;

typedef struct vc__breaker {
    vc__breaker_state state;
    unsigned failures; /* in a row */
    uint64_t delay_ms; /* of the last time that it opened */
    uint64_t until;    /* OPEN: the delay ends; HALF_OPEN: whoever tries is not waited for any longer */
} vc__breaker;

/*
 * True: a request may go now. When the breaker was open that request is the trial (HALF_OPEN), and all others wait for how it ends. False:
 * ask again at vc__breaker_due(), or when something has been heard of the trial.
 */
bool vc__breaker_admit(vc__breaker *breaker, uint64_t now_ms);

/* Whether vc__breaker_admit() would. */
bool vc__breaker_admits(const vc__breaker *breaker, uint64_t now_ms);

/* When an open one admits again; 0 when it is closed. */
uint64_t vc__breaker_due(const vc__breaker *breaker);

/* How a request went. After `threshold` failures in a row, or a failed trial, it opens. True: it has opened, or closed, by that. */
bool vc__breaker_good(vc__breaker *breaker);
bool vc__breaker_bad(vc__breaker *breaker, uint64_t now_ms, unsigned threshold);

/* The trial was given up: nothing is known, and after the same delay another may try. */
void vc__breaker_release(vc__breaker *breaker, uint64_t now_ms);

#endif
