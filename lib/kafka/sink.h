/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - the writing side of a lane: its producer, the topics it writes, and what the brokers answer.
 *
 * Without transactions each chunk has a span: how many deliveries are to come, and how far its partitions are done then. Spans finish in order. With
 * transactions committing is the answer.
 *
 * Threads: the lane's own, alone.
 */
#ifndef VC__KAFKA_SINK_H
#define VC__KAFKA_SINK_H

#include "kafka/source.h"
#include "kafka/transaction.h"

enum { VC__SPANS = 32 };

/* Where a record came from. */
typedef struct vc__origin {
    const vc__route *route;
    int32_t partition;
    int64_t offset;
    int64_t timestamp; /* ms since 1970; -1: none */
} vc__origin;

/* How far a partition is done when a span is. */
typedef struct vc__mark {
    vc__partition *partition;
    uint32_t epoch;
    int64_t next;
} vc__mark;

typedef struct vc__span {
    size_t pending; /* deliveries to come */
    uint64_t records, letters, bytes;
    vc__mark *marks;
    size_t mark_count, mark_room;
} vc__span;

typedef struct vc__sink {
    rd_kafka_t *rk;
    bool transactional;
    bool lingers; /* linger.ms is ours: it is long, and vc__sink_push() ends it */
    vc__transactions transactions;
    vc_error failure; /* a record was not delivered: the first such */
    bool permanent;   /* and it would not be if it were sent again */
    const vc__logger *log;
    const atomic_bool *give_up; /* do not wait for brokers any longer; NULL: wait */
    char trouble[256]; /* the last that librdkafka told of the brokers */
    struct {
        rd_kafka_topic_t *target, *letters;
        bool *begun; /* partitions of the target that this producer has written to; NULL: none */
        size_t begun_room;
    } *topics; /* by the routes' index; NULL until needed */
    size_t topic_count;
    vc__span spans[VC__SPANS];
    uint64_t spans_begun, spans_finished; /* the last begun one may be open still */
    uint64_t records_done, letters_done, bytes_done; /* of finished spans; the lane takes them */
} vc__sink;

/* Makes the producer; takes `conf`. VC_E_CONFIG. */
vc_code vc__sink_open(vc__sink *sink, rd_kafka_conf_t *conf, vc_error *err);
void vc__sink_close(vc__sink *sink);

/* What is produced from now on belongs to a new span; waits until there is room for one. NULL: the sink has failed, or was given up. */
vc__span *vc__sink_begin_span(vc__sink *sink);

/* The partition is done up to `next` when the span is. VC_E_MEMORY. */
vc_code vc__span_mark(vc__span *span, vc__partition *partition, int64_t next, vc_error *err);

/* Finishes spans whose deliveries have come. */
void vc__sink_settle(vc__sink *sink);
static inline bool vc__sink_settled(const vc__sink *sink)
{
    return sink->spans_finished == sink->spans_begun;
}

/* What became of produce. */
typedef enum vc__produced {
    VC__PRODUCED = 0,
    VC__RECORD_REFUSED, /* this record alone: `err` says why (VC_E_TOO_LARGE) */
    VC__SINK_FAILED     /* the producer, or its transaction; or it was given up: VC_E_CANCELED */
} vc__produced;

/*
 * Hands one record to the producer: key and value (absent: none, a tombstone) are copied, and the headers, with `stamp` (absent: none) for
 * VC__HEADER_SCHEMA. With `same_headers` they are those of `from`, which are taken then. Waits while the producer's queue is full.
 */
typedef struct vc__outgo {
    const vc_message *message;
    rd_kafka_message_t *from;
    bool same_headers;
    vc_view stamp;
} vc__outgo;
vc__produced vc__sink_send(vc__sink *sink, const vc__origin *origin, const vc__outgo *outgo, vc__span *span, vc_error *err);

/* The same for a dead letter. */
vc__produced vc__sink_send_letter(vc__sink *sink, const vc__origin *origin, vc_view letter, vc__span *span, vc_error *err);

/* Serves delivery reports, waiting up to `wait_ms` for some. */
void vc__sink_poll(vc__sink *sink, int wait_ms);

/* Something was produced that may wait for its batch to fill. */
bool vc__sink_holds(const vc__sink *sink);

/*
 * There is nothing more to produce for now: what waits for its batch to fill is sent. Serves delivery reports until all have come, or that
 * time is over.
 */
void vc__sink_push(vc__sink *sink, int wait_ms);

#endif
