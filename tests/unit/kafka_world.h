/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_world.h - a broker of librdkafka's mock cluster with the topics `in`, `out` and `out_dead_letter`,
 * what lies in them, and streams from `in` to `out`. Asserts that its own work succeeds.
 */
#ifndef VC__KAFKA_WORLD_H
#define VC__KAFKA_WORLD_H

#include "unit/fake_client.h"
#include "unit/test.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <unistd.h>
#include <vaultcrypt/kafka_stream.h>

enum { PARTITIONS = 4, MAX_RECORDS = 40000 };

struct world {
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *mock;
    const char *brokers;
    rd_kafka_t *producer;
    vc_client client;
    vc_schema schema;
};

/* `out` gets that many partitions. */
struct world *make_world(int targets);
void end_world(struct world *world);

/* One record to `in`, with two headers and a timestamp. */
void send_one(struct world *world, int partition, const char *key, const char *value);

/*
 * "record-N" for N from `first` on, on all partitions in turn, each with N as key; waits for the brokers.
 */
void send_many(struct world *world, int first, int count);

struct topic {
    size_t count;
    rd_kafka_message_t *records[MAX_RECORDS + 1]; /* and, behind the last, the consumer they hold on to */
};

struct topic *read_topic(const struct world *world, const char *name, int partitions);
void free_topic(struct topic *topic);
void assert_absent(const struct topic *topic, const char *text);

/*
 * Whether "P(record-N)" lies in `out` for each N below `count`, exactly once or at least. All must be
 * protected.
 */
bool all_once(const struct world *world, int count);
bool all_at_least_once(const struct world *world, int count, size_t *doubles);

/* What the group has committed of `in`, in one partition and all together. */
int64_t committed(const struct world *world, int partition);
int64_t committed_in_all(const struct world *world);

vc_kafka_config *kafka_config(const char *brokers);
vc_stream *make_stream_at(const char *brokers, vc_client *client, vc_schema *schema);
vc_stream *make_stream(struct world *world);

/* Runs until the end of `in`, and frees the stream. */
vc_code run_to_end(vc_stream *stream, vc_error *err, vc_stream_stats *stats);
vc_stream_stats stats_of(const vc_stream *stream);

/* A stream in a thread of its own. */
typedef struct running {
    vc_stream *stream;
    pthread_t thread;
    vc_code code;
    vc_error err;
} running;

void start(running *one, vc_stream *stream);
vc_code stop(running *one);

/* Waits for a condition that will come true unless something is broken. */
#define AWAIT(condition)                                                                                     \
    do {                                                                                                     \
        int await_left = 3000;                                                                               \
        while (!(condition) && --await_left)                                                                 \
            usleep(10000);                                                                                   \
        assert_true(await_left > 0);                                                                         \
    } while (0)

#endif
