/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlet.h - the producer of files' segments: few of them under way at once, so that memory stays flat, in order, each once.
 *
 * Threads: the sender's own, alone. Delivery reports are served while it waits.
 */
#ifndef VC__KAFKA_OUTLET_H
#define VC__KAFKA_OUTLET_H

#include "kafka/segment.h"

#include <stdatomic.h>
#include <vaultcrypt/kafka.h>

/* Delivery reports of the records that were sent with it; in order. */
typedef struct vc__delivery {
    uint64_t sent, delivered; /* records */
} vc__delivery;

typedef struct vc__outlet {
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    int32_t partitions;
    unsigned under_way;
    uint64_t delivered;
    vc_error failure;
    char trouble[256]; /* the last that librdkafka told of the brokers */
    const atomic_int *stop;
    vc_log_fn log;
    void *log_user;
} vc__outlet;

/* Connects, and asks for the topic. VC_E_CONFIG, VC_E_KAFKA, VC_E_CANCELED. */
vc_code vc__outlet_open(vc__outlet *outlet, const vc_kafka_config *kafka, const char *topic, vc_error *err);

/* What is still under way is given up. */
void vc__outlet_close(vc__outlet *outlet);

/* The cluster's id; "" when it has none. Freed with rd_kafka_mem_free(). NULL: VC_E_KAFKA. */
char *vc__outlet_cluster(const vc__outlet *outlet, vc_error *err);

/* A record to be sent. `value` absent: none. */
typedef struct vc__parcel {
    int32_t partition;
    vc_view key, value;
    struct {
        const char *name;
        vc_view value;
    } headers[2];
    size_t header_count;
} vc__parcel;

/* Copies the record, and waits while too much is under way. `delivery` must outlive its reports. VC_E_KAFKA, VC_E_TOO_LARGE, VC_E_CANCELED. */
vc_code vc__outlet_send(vc__outlet *outlet, const vc__parcel *parcel, vc__delivery *delivery, vc_error *err);

/* Waits until all that was sent with it is confirmed; VC_E_KAFKA, VC_E_CANCELED. */
vc_code vc__outlet_wait(vc__outlet *outlet, const vc__delivery *delivery, vc_error *err);

/* Serves reports for up to that time. VC_E_KAFKA. */
vc_code vc__outlet_poll(vc__outlet *outlet, int wait_ms, vc_error *err);

#endif
