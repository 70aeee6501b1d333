/* SPDX-License-Identifier: Apache-2.0 */
/*
 * purchases.h - the records that every bench runs on: different purchases of some 200 bytes with two fields to protect, from a
 * seeded generator, so that every run sees the same ones. And the arithmetic of a bench: median of five.
 */
#ifndef VC_BENCH_PURCHASES_H
#define VC_BENCH_PURCHASES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vaultcrypt/types.h>

enum { PURCHASES = 10000, PURCHASE_ROOM = 320, RUNS = 5 };

static const char purchases_schema[] =
    "version: 1\n"
    "records:\n"
    "  - name: purchases\n"
    "    topics: [purchases, purchases_encrypted]\n"
    "    fields:\n"
    "      - path: $.credit_card\n"
    "        transform: {role: payments, transformation: creditcard}\n"
    "      - path: $.Address\n"
    "        transit: {key: transit}\n";

static inline uint32_t purchases_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Fills `records` with views into memory that stays until the end of the program. */
static inline void purchases_make(vc_view records[PURCHASES])
{
    static const char *const names[] = { "Ann Miller", "Bo Chen", "Carla Rossi", "Deepa Rao", "Emil Berg", "Fatima Zahra", "Goran Petrov" };
    static const char *const streets[] = { "High Street", "Station Road", "Main Street", "Park Avenue", "Church Lane", "Mill Road" };
    static char memory[PURCHASES][PURCHASE_ROOM];
    uint64_t state = 20261122;
    for (size_t i = 0; i < PURCHASES; i++) {
        const int len = snprintf(
            memory[i], PURCHASE_ROOM,
            "{\"id\": %u, \"Name\": \"%s\", \"Address\": \"%u %s, %05u\", \"credit_card\": \"%04u-%04u-%04u-%04u\", "
            "\"amount\": %u.%02u, \"currency\": \"EUR\", \"items\": [%u, %u], \"paid\": true}",
            (unsigned)(1000000 + i), names[purchases_random(&state) % 7], purchases_random(&state) % 900 + 1,
            streets[purchases_random(&state) % 6], purchases_random(&state) % 100000, purchases_random(&state) % 10000,
            purchases_random(&state) % 10000, purchases_random(&state) % 10000, purchases_random(&state) % 10000,
            purchases_random(&state) % 5000, purchases_random(&state) % 100, purchases_random(&state) % 1000,
            purchases_random(&state) % 1000);
        records[i] = vc_view_of(memory[i], (size_t)len);
    }
}

static inline double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline int bench_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts `figures`. */
static inline double bench_median(double *figures, size_t count)
{
    qsort(figures, count, sizeof *figures, bench_compare);
    return count % 2 ? figures[count / 2] : (figures[count / 2 - 1] + figures[count / 2]) / 2;
}

#endif
