/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - a stream's settings and parts. options.c sets, stream.c runs.
 *
 * Threads: vc_stream_run()'s thread owns it; `stop` is atomic, the statistics are behind their lock.
 */
#ifndef VC__KAFKA_STREAM_H
#define VC__KAFKA_STREAM_H

#include "kafka/config.h"
#include "kafka/sink.h"

#include <stdatomic.h>

enum { VC__SPARE = 16 };

struct vc_stream {
    /* settings */
    vc_kafka_config *kafka;
    vc_client *client; /* borrowed */
    vc_schema *schema;
    vc_direction direction;
    vc__route *routes;
    size_t route_count;
    char *rule;
    char *letters;
    size_t batch_records, parallel;
    uint64_t linger_ms, commit_records, commit_ms, deadline_ms, count;
    bool exit_at_end, reset;
    vc_log_fn log;
    void *log_user;

    /* while it runs */
    bool ran;
    atomic_bool stop;
    vc__source source;
    vc__sink sink;
    vc__flight flight;
    rd_kafka_message_t **staged; /* read, and not yet in flight; with room for VC__SPARE more */
    size_t staged_count;
    bool closing;           /* nothing more is read */
    bool stopping;          /* vc_stream_stop() was noticed */
    bool dropping;          /* a batch was given up: what was read after it is too */
    vc_error failure;       /* why it ends, when it ends badly */
    uint64_t failed_ms;     /* when that was */
    uint64_t full_since_ms; /* the stage is full and waits for a unit; 0: it does not */
    uint64_t uncommitted;   /* records done since the last commit */
    uint64_t committed_ms;  /* when that was */
    uint64_t revoke_wait_ms, poll_limit_ms;
    uint64_t busy_ms, busy_since_ms; /* time with records under way; 0: there are none now */

    pthread_mutex_t stats_lock;
    vc_stream_stats stats; /* as the public sees them: brought up to date after each round */
};

#endif
