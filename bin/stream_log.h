/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_log.h - the log of vaultcrypt-stream on standard error: a line each, as text or JSON, with its time (RFC 3339) and level.
 *
 * Threads: any.
 */
#ifndef VC_BIN_STREAM_LOG_H
#define VC_BIN_STREAM_LOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <vaultcrypt/kafka_stream.h>

typedef struct stream_log {
    pthread_mutex_t lock;
    atomic_int level; /* this and what is graver */
    bool json;
} stream_log;

#define STREAM_LOG_INIT { PTHREAD_MUTEX_INITIALIZER, VC_LOG_INFO, false }

/* By the words of log.format and log.level. */
void stream_log_set(stream_log *log, const char *format, const char *level);

void stream_log_line(stream_log *log, vc_log_level level, const char *line);
void stream_log_printf(stream_log *log, vc_log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* To be given to vc_stream_set_log() and vc_config_set_log(), with the log. */
void stream_log_of_stream(void *user, vc_log_level level, const char *line);
void stream_log_of_client(void *user, const char *line);

#endif
