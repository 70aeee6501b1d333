/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the monotonic clock in milliseconds, and conditions that wait by it. Threads: any. */
#ifndef VC__KAFKA_CLOCK_H
#define VC__KAFKA_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
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

/* A condition for vc__condition_wait(). False: no memory, nothing was made. */
static inline bool vc__condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic))
        return false;
    const bool made = !pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) && !pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return made;
}

/* Until it is signaled, vc__now_ms() is `until_ms`, or for no reason at all; the caller has the lock. */
static inline void vc__condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until_ms)
{
    const struct timespec until = { .tv_sec = (time_t)(until_ms / 1000), .tv_nsec = (long)(until_ms % 1000) * 1000000 };
    (void)pthread_cond_timedwait(condition, lock, &until);
}

#endif
