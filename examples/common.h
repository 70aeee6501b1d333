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
#include <vaultcrypt/kafka_stream.h>
#include <vaultcrypt/kafka_file.h>
#include <vaultcrypt/vaultcrypt.h>

struct options {
    vc_kafka_config *kafka;
    const char *topic;     /* -t */
    const char *source;    /* --source */
    const char *target;    /* --target */
    const char *schema;    /* -s */
    const char *config;    /* -F, the last */
    const char *key;       /* -k */
    const char *separator; /* -K: stands between key and value; NULL: there are no keys */
    unsigned long count;   /* -n; 0: no end */
    unsigned long sleep_ms, deadline_ms;
    unsigned long first; /* --first */
    unsigned long seed;
    bool reset;
    bool exit_at_end; /* -e */
    bool lines;       /* -l */
    bool native;      /* --native */
    bool force;       /* --force */
    bool exactly_once;    /* --exactly-once */
    const char *instance; /* --instance */
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

/*
 * `name` in `[section]` of the file that -F named, as the original demo has its own settings there; NULL: it is not there. In a
 * buffer that the next call uses again.
 */
const char *config_value(const struct options *options, const char *section, const char *name);

/* What the programs that move files share: the topic and the folder, by option, else by the section [large_payload] of the file, else the default. */
struct file_job {
    char topic[256], folder[4096];
};
struct file_job read_file_job(const struct options *options, const char *folder, const char *setting, const char *fallback);

/* Tells what became of a file, on standard output; `user` points to the words around its name. */
struct file_words {
    const char *before, *behind;
};
void tell_file(void *user, const vc_file_event *event);

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
void print_record(const struct options *options, vc_view key, vc_view value);

/* Stores what was read, leaves the group, ends. */
void close_consumer(rd_kafka_t *consumer);

#endif
