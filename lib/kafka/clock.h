/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the monotonic clock in milliseconds. Threads: any. */
#ifndef VC__KAFKA_CLOCK_H
#define VC__KAFKA_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t vc__now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The same in microseconds. */
static inline uint64_t vc__now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#endif
