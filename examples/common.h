/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common.h - what the four example programs share: options as kcat and the original demo have them, and a
 * consumer.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdbool.h>
#include <vaultcrypt/kafka.h>
#include <vaultcrypt/vaultcrypt.h>

struct options {
    vc_kafka_config *kafka;
    const char *topic;     /* -t */
    const char *source;    /* --source */
    const char *target;    /* --target */
    const char *schema;    /* -s */
    const char *separator; /* -K: stands between key and value; NULL: there are no keys */
    unsigned long count;   /* -n; 0: no end */
    unsigned long sleep_ms, deadline_ms;
    unsigned long first; /* --first */
    unsigned long seed;
    bool reset;
    bool exit_at_end; /* -e */
    bool lines;       /* -l */
};

/* Set by SIGINT and SIGTERM: finish, and end. */
extern volatile sig_atomic_t stopped;

/*
 * Reads the command line over the defaults in `options`. Brokers: -b, or the variable VAULTCRYPT_BROKERS.
 * `usage` names the options that the program has: only those are taken. Ends the program after --help and
 * after a mistake.
 */
void read_options(struct options *options, const char *usage, int argc, char **argv);

/* "program: what is wrong" on standard error; ends the program. */
void die(const vc_error *err);
void die_kafka(const char *what, const char *reason);

/* One property, unless the user has set it. Call before read_options(). */
void set_default(struct options *options, const char *name, const char *value);

/*
 * A consumer of options->topic: in the consumer group `group.id`, or with --reset on its own, from the
 * beginning of every partition.
 */
rd_kafka_t *open_consumer(const struct options *options);

/*
 * The next message, waiting up to 100 ms; NULL: none. At the end of all partitions (with -e), after `count`
 * messages and after a signal
 * `*more` becomes false.
 */
rd_kafka_message_t *next_message(rd_kafka_t *consumer, const struct options *options, bool *more);

/* Key (with -K) and value on a line of standard output. */
void print_record(const struct options *options, const rd_kafka_message_t *message, const char *value,
                  size_t len);

/* Stores what was read, leaves the group, ends. */
void close_consumer(rd_kafka_t *consumer);

#endif
