/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.h - how many requests of a client are under way at once, over all its calls, and how many begin in a second.
 *
 * Threads: any; it has a lock of its own. Time comes in as an argument.
 */
#ifndef VC__IO_GATE_H
#define VC__IO_GATE_H

#include <vaultcrypt/error.h>

#include <pthread.h>
#include <stdbool.h>

typedef struct vc__gate {
    pthread_mutex_t lock;
    size_t most, inside;
    bool awaited;        /* somebody found it full */
    double rate, burst;  /* requests in a second, and at once; rate 0: any number */
    double credit;       /* requests that may begin now */
    uint64_t counted_ms; /* up to when it is counted */
} vc__gate;

/* VC_E_MEMORY. */
vc_code vc__gate_init(vc__gate *gate, size_t most, double rate, double burst, vc_error *err);
void vc__gate_destroy(vc__gate *gate);

/* True: go, and leave it afterwards. False: ask again at `*again`, or (UINT64_MAX) when one has left. */
bool vc__gate_enter(vc__gate *gate, uint64_t now_ms, uint64_t *again);

/* True: somebody waits, and is to be woken. */
bool vc__gate_leave(vc__gate *gate);

#endif
