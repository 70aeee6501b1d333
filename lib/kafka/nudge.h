/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nudge.h - keeps a small prefetch queue from stalling. librdkafka before 2.2 stops fetching when its queue is full, and looks again only when
 * something wakes the broker's thread, at the latest after a second. Any request does; the smallest is asked for here, by a thread of
 * its own because the call waits for the answer. Later versions need none: fetch.queue.backoff.ms.
 *
 * Threads: the owner's own; the inner one is no one's business.
 */
#ifndef VC__KAFKA_NUDGE_H
#define VC__KAFKA_NUDGE_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdbool.h>
#include <vaultcrypt/error.h>

typedef struct vc__nudge {
    rd_kafka_t *rk;
    const char *topic;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    int32_t partition; /* -1: none */
    bool running, ending;
} vc__nudge;

/* Does nothing with a librdkafka that needs none. VC_E_MEMORY. */
vc_code vc__nudge_start(vc__nudge *nudge, rd_kafka_t *rk, const char *topic, vc_error *err);

/* The queue is low: wake the thread that fetches this partition. Does not wait. */
void vc__nudge_at(vc__nudge *nudge, int32_t partition);

void vc__nudge_stop(vc__nudge *nudge);

#endif
