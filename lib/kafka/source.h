/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - the reading side of a stream: the consumer, its partitions, and how far each has been delivered.
 *
 * A rebalance is never handled while messages are being read: librdkafka's callback only notes it, reading
 * returns, and the stream then finishes what is under way and calls vc__source_take() or
 * vc__source_give_up(). So no message of an assignment that has ended gets past vc__source_read(), and what
 * is committed was delivered.
 *
 * Threads: the reader's (that of vc_stream_run()), alone; but for what is said otherwise.
 */
#ifndef VC__KAFKA_SOURCE_H
#define VC__KAFKA_SOURCE_H

#include "kafka/logger.h"
#include "kafka/route.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdbool.h>

struct vc__lane;

/*
 * Of one source partition: created when it is first assigned, alive as long as the source. Its lane reads and writes `next` while it is at work; the
 * reader does so only when the lane is at rest (vc__lane_settle(), or lane->rewind is set).
 */
typedef struct vc__partition {
    vc__route *route;
    int32_t id;
    struct vc__lane *lane; /* NULL: not assigned */
    struct vc__lane *home; /* that it had last: what of it is still on its way there must not be overtaken */
    bool assigned;
    bool at_end;
    _Atomic uint32_t epoch; /* grows when the partition is given up: what was read before is stale then */
    int64_t group_had;      /* with reset: what the group had committed when it was assigned; -1: nothing */
    _Atomic int64_t base;   /* the first offset that was read since it was assigned; -1: none */
    int64_t position;       /* the reader's: all before it was read; -1: nothing yet */
    int64_t next;           /* the lane's: all before it is produced, or needs nothing; -1: nothing yet */
    bool touched;           /* the lane's: `next` has moved since its last commit */
    _Atomic int64_t done;   /* all before this offset is delivered or committed with its transaction; -1: nothing yet */
    int64_t committed;      /* the reader's: done, as last committed without a transaction */
} vc__partition;

typedef enum vc__rebalance {
    VC__REBALANCE_NONE = 0,
    VC__REBALANCE_ASSIGN,
    VC__REBALANCE_REVOKE
} vc__rebalance;

typedef struct vc__source {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    vc__routes *routes; /* the stream's */
    bool reset;
    int64_t start;           /* logical offset for partitions of which the group has committed none; RD_KAFKA_OFFSET_INVALID: librdkafka's matter */
    const atomic_bool *stop; /* nothing is waited for any longer; NULL: librdkafka asks for committed offsets by itself */
    bool paused;
    bool closing;
    vc__rebalance rebalance; /* waits for the stream */
    rd_kafka_topic_partition_list_t *rebalanced;
    pthread_mutex_t lock; /* of the list, and of `assigned`, for vc_stream_each_partition() */
    vc__partition **partitions;
    size_t partition_count, partition_room;
    const rd_kafka_topic_t *last_topic; /* of vc__source_partition() */
    vc__partition *last;
    vc_error failure;                   /* from a callback */
    rd_kafka_resp_err_t commit_trouble; /* that passes; told once */
    uint64_t lost_ms;                   /* when the group has last taken our partitions away without asking; 0: never */
    const vc__logger *log;
    uint64_t commits, rebalances;
} vc__source;

/* Once, before all else, and after it. VC_E_MEMORY. The owner sets what is its own (routes, reset, log) then. */
vc_code vc__source_init(vc__source *source, vc_error *err);
void vc__source_cleanup(vc__source *source);

/* Makes the consumer; takes `conf`. VC_E_CONFIG, VC_E_MEMORY. */
vc_code vc__source_open(vc__source *source, rd_kafka_conf_t *conf, vc_error *err);

/* Joins the group, for the ways' sources. VC_E_KAFKA, VC_E_MEMORY. */
vc_code vc__source_subscribe(vc__source *source, vc_error *err);

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

/*
 * The rebalance that waits is an assignment: takes it up, from where the group has committed; the partitions' `lane` is `choose(user)`. Waits while a transaction
 * that someone has left open holds these offsets back. VC_E_KAFKA, VC_E_MEMORY, and what
 * `choose` gives.
 */
typedef vc_code (*vc__source_choose)(void *user, vc__partition *partition, vc_error *err);
vc_code vc__source_take(vc__source *source, vc__source_choose choose, void *user, vc_error *err);

/* Whether a partition of that topic is assigned. */
bool vc__source_reads(const vc__source *source, const vc__route *route);

/* The partitions of the rebalance that waits, one after the other; NULL past the end. */
vc__partition *vc__source_revoked(const vc__source *source, size_t i);

/* The rebalance that waits is a revocation: gives the partitions up. What was delivered was committed before. VC_E_KAFKA. */
vc_code vc__source_give_up(vc__source *source, vc_error *err);

/*
 * Reads the partitions of that lane, which is at rest, again: from where it has come to; with `ask`, from what the group has committed, as
 * its coordinator says, since a transaction has failed. Until then, by vc__now_ms(). VC_E_KAFKA: not now.
 */
vc_code vc__source_rewind(vc__source *source, const struct vc__lane *lane, bool ask, uint64_t until_ms, vc_error *err);

/*
 * Commits what was delivered since the last commit; `wait`: until the broker has answered. VC_E_KAFKA,
 * VC_E_MEMORY.
 */
vc_code vc__source_commit(vc__source *source, bool wait, vc_error *err);

/* Every partition that is assigned has been read to its end, and there is at least one. */
bool vc__source_at_end(const vc__source *source);

#endif
