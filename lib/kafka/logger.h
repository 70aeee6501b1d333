/* SPDX-License-Identifier: Apache-2.0 */
/* logger.h - a stream's log: one line at a time, from any of its threads. */
#ifndef VC__KAFKA_LOGGER_H
#define VC__KAFKA_LOGGER_H

#include <pthread.h>
#include <vaultcrypt/kafka_stream.h>

typedef struct vc__logger {
    vc_stream_log_fn log; /* NULL: nowhere */
    void *user;
    pthread_mutex_t *lock;
} vc__logger;

/* Lines that are too long are cut. */
__attribute__((format(printf, 3, 4))) void vc__log(const vc__logger *logger, vc_log_level level, const char *format, ...);

/* What librdkafka says, at its own level (syslog's). */
void vc__log_kafka(const vc__logger *logger, int level, const char *text);

#endif
