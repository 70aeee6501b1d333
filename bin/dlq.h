/* SPDX-License-Identifier: Apache-2.0 */
/* dlq.h - what the parts of vaultcrypt-dlq share: options, which the shell's completion knows too, and the reading of a topic of dead letters. */
#ifndef VC_BIN_DLQ_H
#define VC_BIN_DLQ_H

#include "connect.h"
#include "kafka.h"

/* Which letters: all that fit every one that is given. */
struct dlq_filter {
    const char *error, *rule, *from;
};

struct dlq_list_options {
    struct kafka_options kafka;
    struct dlq_filter filter;
    const char *format, *group;
    unsigned long count;
    bool counts, exit_at_end, pending, quiet;
};

struct dlq_replay_options {
    connect_options connect;
    struct kafka_options kafka;
    struct dlq_filter filter;
    option_list keys;
    const char *schema, *to, *group;
    unsigned long count, batch;
    bool dry_run, skip, quiet;
};

extern const struct command command_dlq_list, command_dlq_replay;

#ifdef VC_BIN_DLQ_KAFKA /* for those that link librdkafka */

#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <vaultcrypt/kafka_letter.h>

int dlq_list(int argc, char **argv);
int dlq_replay(int argc, char **argv);

/* A topic, read from its partitions' beginnings, or where a group stopped, to what their ends were at the start: a
 * record that fails again and comes as a new letter is not read again. No group is joined. */
typedef struct dlq_reader {
    rd_kafka_t *kafka;
    const char *command, *topic; /* for what is said */
    rd_kafka_topic_partition_list_t *from;
    int64_t *ends;    /* of each partition, when it began; 0 when all before was read */
    int open;         /* partitions that have not come to theirs */
    char last[512];   /* what librdkafka complained of */
} dlq_reader;

/* A letter and where it lies. */
typedef struct dlq_letter {
    int32_t partition;
    int64_t offset;
    size_t bytes;
    vc_letter *letter; /* NULL: it is none, and `why` says why not */
    vc_error why;
} dlq_letter;

/* All return an exit code, and have said what is wrong. `group` NULL: from the beginning. */
int dlq_open(dlq_reader *reader, const struct kafka_options *kafka, const char *group);
int dlq_start(dlq_reader *reader, bool from_group);
void dlq_close(dlq_reader *reader);

/*
 * The next record, waiting for it; `*there` false: all partitions have come to their ends, or `stop` was set. Free with dlq_letter_free().
 */
int dlq_next(dlq_reader *reader, dlq_letter *letter, bool *there, const volatile sig_atomic_t *stop);
void dlq_letter_free(dlq_letter *letter);

/* How far the group has come in each partition, to `done`, with room for all: -1 where it never was. After dlq_start(). Tells nothing. */
rd_kafka_resp_err_t dlq_done(const dlq_reader *reader, int64_t *done);

/* The group that knows what was replayed: `given`, or the topic's. */
const char *dlq_group(const char *given, const char *topic, char *out, size_t room);

/* How many partitions a topic has, without making it; EXIT_CONFIG when it is not there. */
int dlq_partitions(dlq_reader *reader, const char *topic, int *count);

bool dlq_fits(const struct dlq_filter *filter, const vc_letter *letter);

/* "vaultcrypt dlq list: WHAT: WHY[: MORE]" on standard error; returns `status`. */
int dlq_fail(const dlq_reader *reader, int status, const char *what, const char *why, const char *more);

/* "TOPIC [PARTITION] at offset OFFSET: " and a text, cleaned, on standard error. */
void dlq_say(const dlq_reader *reader, const dlq_letter *letter, const char *text);

/* The text, of which anyone may have written what he likes, with '?' for what would steer a terminal. Cut to `room`. */
char *dlq_clean(const char *text, char *out, size_t room);

#endif
#endif
