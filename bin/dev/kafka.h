/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka.h - the embedded Kafka: librdkafka's mock cluster in this process. It is for plumbing: see
 * vaultcrypt-dev(1) for what it is not.
 */
#ifndef VC__DEV_KAFKA_H
#define VC__DEV_KAFKA_H

#include <stdint.h>
#include <vaultcrypt/error.h>

enum { DEV_KAFKA_BROKERS_MAX = 16 };

typedef struct dev_kafka dev_kafka;

typedef struct dev_kafka_options {
    uint16_t port; /* of the first broker, the others follow; 0: free ones */
    int brokers;
    const char *topics; /* "purchases:4,other:1", or NULL; others come by themselves with 4 partitions */
} dev_kafka_options;

/* NULL: VC_E_CONFIG (topics, ports), VC_E_CONNECT (a port is taken), VC_E_KAFKA, VC_E_MEMORY. */
dev_kafka *dev_kafka_start(const dev_kafka_options *options, vc_error *err);
void dev_kafka_stop(dev_kafka *kafka);

/* "127.0.0.1:9092,..."; alive as long as the cluster. */
const char *dev_kafka_brokers(const dev_kafka *kafka);

#endif
