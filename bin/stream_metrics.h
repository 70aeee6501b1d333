/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_metrics.h - a stream's figures in Prometheus' text format, version 0.0.4.
 *
 * Threads: any, while stream and client are there.
 */
#ifndef VC_BIN_STREAM_METRICS_H
#define VC_BIN_STREAM_METRICS_H

#include "stream_keys.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <vaultcrypt/kafka_stream.h>

typedef struct stream_metrics {
    vc_stream *stream;
    vc_client *client;
    stream_keys *keys;
    bool transactions; /* exactly once: what is committed are transactions */
    double started;    /* seconds since 1970 */
    atomic_uint_fast64_t reloads, reloads_refused;
} stream_metrics;

/* The text, for free(); NULL: there is no memory. */
char *stream_metrics_text(const stream_metrics *metrics, size_t *len);

/* "running" and so on; never NULL. */
const char *stream_state_name(vc_stream_state state);

#endif
