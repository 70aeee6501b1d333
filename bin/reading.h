/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading.h - records of topics, from where to where, for programs that read them: each partition from an offset or a time on, or as a
 * member of a consumer group; until a count, an end, a time or a signal. Options as kcat has them.
 */
#ifndef VC_BIN_READING_H
#define VC_BIN_READING_H

#include "kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdint.h>

typedef struct reading_options {
    option_list topics, offsets;
    const char *partition, *group;
    unsigned long count; /* 0: no limit */
    bool exit_at_end;
    bool bounded; /* what comes after the beginning is not waited for, nor read */
} reading_options;

enum reading_start_kind { READING_DEFAULT = 0, READING_BEGINNING, READING_END, READING_STORED, READING_OFFSET, READING_TAIL, READING_TIME };

typedef struct reading_partition {
    rd_kafka_topic_partition_t *of; /* name and number, in the list `known` */
    int64_t until;                  /* the first offset that is not read; INT64_MAX: none */
    bool assigned, done, paused;
} reading_partition;

typedef struct reading {
    const char *program;
    const reading_options *options;
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_partition_list_t *known;
    reading_partition *partitions; /* as many as `known` has */
    size_t room;
    enum reading_start_kind start;
    int64_t from, stop_at; /* of the kind's; milliseconds, 0: none */
    int64_t until;         /* of each partition the first that is not read; the caller may set it after reading_check() */
    int32_t partition;     /* below 0: all */
    unsigned long left;
    int status;
    int idle_ms;
    bool down, denied;
    size_t bytes;   /* with which reading_next() has enough; 0: it goes by their number alone; likewise */
    bool quiet;     /* failures are not told on standard error; the caller sets it after reading_check() */
    char last[512]; /* what librdkafka complained of */
    char why[600];  /* what made it fail: "WHAT: WHY: MORE" */
} reading;

/* The options alone. EXIT_FINE, or EXIT_USAGE, told. */
int reading_check(reading *r, const char *program, const reading_options *options);

/* Connects. An exit status, told. reading_close() in every case. */
int reading_open(reading *r, const vc_kafka_config *config);

/*
 * The next records, at most `room`, waiting up to 100 ms for some; may be none. False: it is over, for the reason in `status`, and there
 * are none. Each is destroyed by the caller.
 */
bool reading_next(reading *r, rd_kafka_message_t **messages, size_t room, size_t *count);

/* They are done with: in a group, their offsets may be committed. */
void reading_store(const reading *r, rd_kafka_message_t *const *messages, size_t count);

/* False, after a signal alone: the brokers are away, the group was not left, and its threads go on: end by _exit(), since they use OpenSSL. */
bool reading_close(reading *r);

/* "vaultcrypt PROGRAM: WHAT: WHY: MORE" on standard error, unless it is quiet; sets and returns the status. */
int reading_fail(reading *r, int status, const char *what, const char *why, const char *more);

#endif
