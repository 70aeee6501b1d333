/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - the writing side of a stream: the producer, and what the brokers answer. A delivery report finds
 * its record by the item that was given along, and counts unit->pending down.
 *
 * Threads: the stream's own, alone.
 */
#ifndef VC__KAFKA_SINK_H
#define VC__KAFKA_SINK_H

#include "kafka/flight.h"

typedef struct vc__sink {
    rd_kafka_t *rk;
    /*
     * A record was not delivered: the first such, with the place it came from. Its offset is not committed.
     */
    vc_error failure;
    vc_log_fn log;
    void *log_user;
    char trouble[256]; /* the last that librdkafka told of the brokers */
    uint64_t delivered, letters;
} vc__sink;

/* Makes the producer; takes `conf`. VC_E_CONFIG. */
vc_code vc__sink_open(vc__sink *sink, rd_kafka_conf_t *conf, vc_error *err);
void vc__sink_close(vc__sink *sink, vc__route *routes, size_t count);

/*
 * Asks the brokers for both topics of the route: opens the target, and finds out whether records keep their
 * partition's number. The source is asked for by its `consumer`: other than a producer, that does not make
 * brokers create a topic whose name was mistyped. Waits up to `wait_ms` for brokers and topics. VC_E_KAFKA.
 */
vc_code vc__sink_open_route(vc__sink *sink, rd_kafka_t *consumer, vc__route *route, uint64_t wait_ms,
                            vc_error *err);

/*
 * Hands one record to the producer: `value` (absent: a tombstone) is copied, key, headers and timestamp are
 * those of `from`, whose headers are taken. Waits while the producer's queue is full. VC_E_TOO_LARGE;
 * VC_E_KAFKA.
 */
vc_code vc__sink_send(vc__sink *sink, vc__item *item, rd_kafka_message_t *from, vc_view value, vc_error *err);

/* Hands the dead letter of that record to the producer instead. VC_E_KAFKA, VC_E_MEMORY. */
vc_code vc__sink_send_letter(vc__sink *sink, vc__item *item, const vc_error *why, vc_error *err);

/* Serves delivery reports, waiting up to `wait_ms` for some. */
void vc__sink_poll(vc__sink *sink, int wait_ms);

#endif
