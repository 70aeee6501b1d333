/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker.h - Kafka by librdkafka alone, which streams are measured against: topics, a source that is filled, a plain mirror, a plain
 * reader; and what of the processor this process, the broker and Vault took. Every failure ends the program.
 */
#ifndef VC_BENCH_BROKER_H
#define VC_BENCH_BROKER_H

#include "bench/purchases.h"

#include <librdkafka/rdkafka.h>
#include <vaultcrypt/kafka.h>
#include <vaultcrypt/vaultcrypt.h>

void bench_die(const char *what);
void bench_die_of(const vc_error *err);

/* A positive number from the environment, or the default. */
size_t bench_number(const char *name, size_t otherwise);

/* -- clients --------------------------------------------------------------------------------------------- */

/* The broker of the environment. Both sides of a comparison get the same properties: BENCH_KAFKA has more, as in "linger.ms=5,acks=all". */
vc_kafka_config *broker_config(void);

/* A consumer of that group; a producer, of transactions when `transactional` is no NULL, whose deliveries add to `*delivered`. */
rd_kafka_t *broker_consumer(const char *group, const char *topic);
rd_kafka_t *broker_producer(const char *transactional, unsigned long *delivered);
void broker_close_consumer(rd_kafka_t *consumer);

void broker_create_topic(const char *name, int partitions);
void broker_delete_topic(const char *name);

/* Produces one copied record, waiting while the queue is full. A partition or RD_KAFKA_PARTITION_UA, a timestamp or 0. */
void broker_produce(rd_kafka_t *producer, rd_kafka_topic_t *topic, int32_t partition, vc_view key, vc_view value, int64_t timestamp);

/* `count` purchases with different keys. */
void broker_fill(const char *topic, size_t count);

/* -- what is measured ------------------------------------------------------------------------------------ */

/* Seconds: of the clock, from the first record to the last delivery; and of the processor. */
typedef struct bench_cost {
    double wall, own, kafka, vault;
} bench_cost;

/* The processor's, since `begun`, which is the cost so far. */
bench_cost bench_cost_now(void);
bench_cost bench_cost_since(bench_cost begun, double wall);

/*
 * Consume a batch, produce it to the partition of the same number, and commit, in one thread: offsets every 100 ms, or a transaction of 10 000
 * records or 100 ms. Seconds.
 */
double broker_mirror(const char *from, const char *to, size_t records, bool transactions);

/* Consumes; `handle` is called with each batch, which it does not destroy. Seconds. */
typedef void (*broker_handle_fn)(void *user, rd_kafka_message_t **messages, size_t count);
double broker_read(const char *topic, size_t records, broker_handle_fn handle, void *user);

/* The same, but one record at a time, as soon as it is there; only what is committed. */
void broker_read_each(const char *topic, size_t records, broker_handle_fn handle, void *user);

#endif
