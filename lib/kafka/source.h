/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - the reading side of a stream: the consumer, its partitions, and how far each has been delivered.
 *
 * A rebalance is never handled while messages are being read: librdkafka's callback only notes it, reading
 * returns, and the stream then finishes what is under way and calls vc__source_take() or
 * vc__source_give_up(). So no message of an assignment that has ended gets past vc__source_read(), and what
 * is committed was delivered.
 *
 * Threads: the stream's own, alone.
 */
#ifndef VC__KAFKA_SOURCE_H
#define VC__KAFKA_SOURCE_H

#include "kafka/route.h"

#include <stdbool.h>

/* Of one source partition: created when it is first assigned, alive as long as the source. */
typedef struct vc__partition {
    vc__route *route;
    int32_t id;
    bool assigned;
    bool at_end;
    bool stuck;        /* a record will not be delivered: `done` stays before it */
    bool blocked;      /* scratch of vc__flight_settle_partly() */
    uint32_t epoch;    /* grows when the partition is given up: records read before are stale then */
    int64_t done;      /* all before this offset is delivered; -1: nothing yet */
    int64_t committed; /* done, as last committed */
} vc__partition;

typedef enum vc__rebalance {
    VC__REBALANCE_NONE = 0,
    VC__REBALANCE_ASSIGN,
    VC__REBALANCE_REVOKE
} vc__rebalance;

typedef struct vc__source {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    vc__route *routes; /* the stream's */
    size_t route_count;
    bool reset;
    bool paused;
    bool closing;
    vc__rebalance rebalance; /* waits for the stream */
    rd_kafka_topic_partition_list_t *rebalanced;
    vc__partition **partitions;
    size_t partition_count, partition_room;
    const rd_kafka_topic_t *last_topic; /* of vc__source_partition() */
    vc__partition *last;
    vc_error failure;                   /* from a callback */
    rd_kafka_resp_err_t commit_trouble; /* that passes; told once */
    vc_log_fn log;
    void *log_user;
    uint64_t commits, rebalances;
} vc__source;

/*
 * Makes the consumer, takes `conf`, and subscribes to the routes' sources. VC_E_CONFIG, VC_E_KAFKA,
 * VC_E_MEMORY.
 */
vc_code vc__source_open(vc__source *source, rd_kafka_conf_t *conf, vc_error *err);

/* Leaves the group (what is assigned is given up without a commit) and frees everything. */
void vc__source_close(vc__source *source);

/*
 * Up to `room` messages of assigned partitions within `wait_ms`; `*count` tells how many. Also serves the
 * group membership: a rebalance shows in source->rebalance. VC_E_KAFKA for errors that do not pass by
 * themselves.
 */
vc_code vc__source_read(vc__source *source, int wait_ms, rd_kafka_message_t **messages, size_t room,
                        size_t *count, vc_error *err);

/* The partition that the message came from; NULL when it is not (or no longer) ours. */
vc__partition *vc__source_partition(vc__source *source, const rd_kafka_message_t *message);

/* Stops or starts fetching, membership goes on. Nothing when it is so already. */
void vc__source_pause(vc__source *source, bool pause);

/* The rebalance that waits is an assignment: takes it up. VC_E_KAFKA, VC_E_MEMORY. */
vc_code vc__source_take(vc__source *source, vc_error *err);

/*
 * The rebalance that waits is a revocation: commits what was delivered (waiting for the answer), makes what
 * was read from the partitions stale, and gives them up. VC_E_KAFKA.
 */
vc_code vc__source_give_up(vc__source *source, vc_error *err);

/*
 * Commits what was delivered since the last commit; `wait`: until the broker has answered. VC_E_KAFKA,
 * VC_E_MEMORY.
 */
vc_code vc__source_commit(vc__source *source, bool wait, vc_error *err);

/* Every partition that is assigned has been read to its end, and there is at least one. */
bool vc__source_at_end(const vc__source *source);

#endif
