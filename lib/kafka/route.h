/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route.h - one way through a stream: from a source topic, under a rule, to a target topic. Owned by the
 * stream.
 */
#ifndef VC__KAFKA_ROUTE_H
#define VC__KAFKA_ROUTE_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <vaultcrypt/kafka.h>

typedef struct vc__route {
    char *source, *target;
    char *letters; /* topic of the dead letters */
    const vc_rule *rule;
    rd_kafka_topic_t *target_topic;  /* the sink's */
    rd_kafka_topic_t *letters_topic; /* the sink's; NULL until the first letter */
    bool same_partition;             /* both topics have the same count of partitions */
} vc__route;

#endif
