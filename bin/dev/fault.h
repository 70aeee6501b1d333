/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - what goes wrong on purpose. A list of settings decides for the n-th request what becomes of it;
 * with the same settings and seed the n-th request always fares the same. Pure: time comes in as an argument.
 *
 *     latency=50ms  latency=20ms..80ms     every answer waits that long, evenly spread
 *     429=0.05  500=0.01                   that share of requests is answered with that status (400 to 599)
 *     cut=0.01                             that share of answers breaks off in mid-body
 *     trickle=0.01                         ... comes a byte at a time, one in 200 ms
 *     length=0.01                          ... lies about its length: half of it, or twice
 *     huge=0.01                            ... has 100 MB
 *     garbage=0.01                         ... is no UTF-8
 *     deep=0.01                            ... is nested a million times
 *     redirect=0.01                        ... leads in a circle, by 307
 *     silence=0.01                         that share of requests is never answered
 *     sealed=2s@5s  sealed=2s@100req       sealed for 2 s: 5 s after these settings began, or from
 *                                          request 101 on
 *     sealed=2s                            sealed for 2 s, from now
 *     seed=7                               another fate
 *
 * Several may stand in one text, with commas.
 */
#ifndef VC__DEV_FAULT_H
#define VC__DEV_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <vaultcrypt/error.h>

enum { DEV_FAULT_STATUSES = 8, DEV_FAULT_WINDOWS = 8 };

/* What may be wrong with an answer. */
typedef enum dev_mischief {
    DEV_NO_MISCHIEF = 0,
    DEV_CUT,
    DEV_TRICKLE,
    DEV_LENGTH,
    DEV_HUGE,
    DEV_GARBAGE,
    DEV_DEEP,
    DEV_REDIRECT
} dev_mischief;

enum { DEV_MISCHIEFS = DEV_REDIRECT + 1 };

typedef struct dev_fault_status {
    int status;
    double rate;
} dev_fault_status;

typedef struct dev_fault_window {
    uint64_t length; /* milliseconds */
    uint64_t after;  /* milliseconds since the start, or requests */
    bool by_requests;
    uint64_t opened; /* by_requests: when it began; 0: not yet */
} dev_fault_window;

typedef struct dev_faults {
    uint64_t seed;
    uint64_t latency_low, latency_high; /* milliseconds */
    dev_fault_status statuses[DEV_FAULT_STATUSES];
    size_t status_count;
    dev_fault_window windows[DEV_FAULT_WINDOWS];
    size_t window_count;
    double mischief[DEV_MISCHIEFS];
    double silence;
    uint64_t started;  /* the clock when these settings began */
    uint64_t requests; /* seen so far */
} dev_faults;

/* What becomes of one request. */
typedef struct dev_fate {
    uint64_t latency; /* milliseconds to wait first */
    int status;       /* to be answered instead; 0: none */
    dev_mischief mischief; /* with an answer that is given */
    uint64_t number;       /* of the request, from 0 */
    bool silent;
} dev_fate;

#define DEV_FAULTS_INIT { .seed = 1 }

/* Adds what `text` says. VC_E_CONFIG: names the part that is wrong; `faults` is as it was then. */
vc_code dev_faults_parse(dev_faults *faults, vc_view text, vc_error *err);

/* Begins: time and requests count from here. */
void dev_faults_begin(dev_faults *faults, uint64_t now);

/* The fate of the next request. */
dev_fate dev_faults_next(dev_faults *faults, uint64_t now);

/* Whether a `sealed` window is open. */
bool dev_faults_sealed(const dev_faults *faults, uint64_t now);

#endif
