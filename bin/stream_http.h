/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_http.h - what others may ask of a stream over HTTP: /metrics for Prometheus, /healthz and /readyz for who starts and stops it. GET and HEAD only. It is
 * neither encrypted nor authenticated, and tells names of topics: 127.0.0.1 unless an address is given.
 *
 * Threads: it has one of its own; start and stop are the owner's.
 */
#ifndef VC_BIN_STREAM_HTTP_H
#define VC_BIN_STREAM_HTTP_H

#include "stream_metrics.h"

#include <sys/socket.h>

typedef struct stream_http stream_http;

/* `metrics` is borrowed. NULL: errno says why. `*port` is the one that was taken. */
stream_http *stream_http_start(const struct sockaddr_storage *address, const stream_metrics *metrics, unsigned *port);

/* NULL is fine. */
void stream_http_stop(stream_http *http);

#endif
