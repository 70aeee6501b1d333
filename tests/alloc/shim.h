/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.h - an allocator for tests that fails on request, for every library of the process: loaded with LD_PRELOAD, it takes the
 * place of malloc, calloc, realloc, memalign and their kin, and of free. Between shim_start() and shim_stop() it counts what is
 * asked for, refuses what it is told to, and remembers which blocks of that time are still alive.
 *
 * The environment can start it too, for whole programs: VC_SHIM_FAIL=N, and VC_SHIM_ONCE=1; it then counts from main() on.
 *
 * Threads: any number may allocate; start and stop from one.
 */
#ifndef VC__TEST_SHIM_H
#define VC__TEST_SHIM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct shim_report {
    unsigned long asked;   /* allocations since the start */
    unsigned long refused; /* of these */
    unsigned long left;    /* blocks of that time that were not freed */
    unsigned long left_number; /* the first of them: the number of its allocation, from 1, and its size */
    size_t left_size;
} shim_report;

/* Weak: NULL when the shim is not loaded. */
__attribute__((weak)) void shim_start(unsigned long fail_at, bool once);
__attribute__((weak)) void shim_stop(shim_report *report);

/* Prints the call stack at allocation `number` of the next run to standard error. 0: none. */
__attribute__((weak)) void shim_trace(unsigned long number);

#endif
