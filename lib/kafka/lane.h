/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane.h - a thread that protects and writes the records of some partitions, with batches and a producer of its own. Nobody else
 * produces records of these partitions, so their order holds.
 *
 *      reader --(queue)--> chunk -> protect -> produce -> commit
 *
 * A chunk is what lay in the queue, up to a batch's size: when Vault takes long, more lies there, and batches grow. With exactly once the chunks
 * between two commits are one transaction. Before a lane waits for Vault it commits what it has produced, so that no transaction stays open meanwhile.
 *
 * When a transaction fails, or a chunk is given up, the lane comes to rest: its queue is empty, `rewind` is set, and it takes nothing before the reader
 * has made its partitions be read again.
 *
 * Threads: the lane's thread owns all but what is behind `lock`. The functions here are the reader's.
 */
#ifndef VC__KAFKA_LANE_H
#define VC__KAFKA_LANE_H

#include "kafka/letters.h"
#include "kafka/sink.h"
#include "kafka/source.h"

struct vc__lane;

/* A record that was read. */
typedef struct vc__entry {
    rd_kafka_message_t *message;
    vc__partition *partition;
    size_t bytes;                      /* that it takes, with its headers */
    size_t header_first, header_count; /* in the lane's headers */
    bool aside;                        /* it cannot pass */
    bool passes;                       /* as it is: it is from before the cut-over */
    bool lacked[2];                    /* a key of its rule was missing before its batch ran; of the old schema's rule */
} vc__entry;

typedef enum vc__lane_end {
    VC__LANE_GOES_ON = 0,
    VC__LANE_DRAINS, /* commits as soon as the queue is empty */
    VC__LANE_STOPS   /* ends after the chunk it is at, which it commits; what is in the queue is dropped */
} vc__lane_end;

typedef struct vc__lane {
    struct vc_stream *stream;
    unsigned number;
    pthread_t thread;
    bool started, made;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;  /* for the lane */
    vc__entry *queue;     /* a ring */
    size_t room, first, count;
    uint64_t queued_bytes;
    size_t partitions; /* that it has */
    bool ready;        /* the producer can begin */
    bool busy;         /* at a chunk, or at a commit */
    bool clean;        /* and has nothing that is not committed */
    bool rewind;       /* at rest: see above */
    bool rewind_asks;  /* a transaction has failed: only the coordinator knows what is committed */
    uint64_t returned; /* records that were taken, and will be read again */
    bool settle;       /* commit now, and take nothing more until told */
    bool abandon;      /* the chunk and what is open are to be given up */
    bool ended;
    vc__lane_end end;
    vc_client *scope; /* canceled when the lane is not to wait for Vault any longer */
    atomic_bool gives_up; /* the same, for Kafka */

    /* the lane's own */
    vc_batch *batch, *open_batch; /* open_batch: under the old schema, where there is one */
    vc_schema *schema, *old;
    uint64_t schema_generation;
    vc__entry *chunk;
    size_t chunk_count;
    vc_header *headers;
    size_t header_room;
    vc__sink sink;
    vc__partition **touched;
    size_t touched_count, touched_room;
    vc__letters *letters;
    uint64_t batch_us;   /* that the last batch took */
    size_t message_most; /* message.max.bytes of the producer */
    uint64_t since; /* records of the open transaction, as they were read */
    uint64_t since_records, since_letters, since_bytes; /* as they were produced */
    uint64_t lost;     /* those of a transaction that failed */
    bool asks;         /* the same */
    uint64_t passed;   /* of the chunk: records from before the cut-over */
    unsigned failures; /* of transactions, one after the other */
    uint64_t pause_until_ms; /* no other is begun before that */
    bool waits;        /* for Vault, or a key */
    bool lacks_key;    /* the last attempt failed for a key that may come */
    bool told_key;     /* that is what it said that it waits for */
    bool asked;        /* Vault, for the last chunk: that of the next takes its time too */
    unsigned pushes;   /* one after the other, that did not bring all deliveries */
} vc__lane;

/* Locks and memory. VC_E_MEMORY. */
vc_code vc__lane_init(vc__lane *lane, struct vc_stream *stream, unsigned number, vc_error *err);

/* Starts the thread, which makes the producer. VC_E_MEMORY. */
vc_code vc__lane_start(vc__lane *lane, vc_error *err);

/* Waits for the thread, and frees everything. */
void vc__lane_close(vc__lane *lane);

/* Puts a record into the queue, or destroys it when the lane is at rest. False: there is no room now, the caller keeps it. */
bool vc__lane_put(vc__lane *lane, rd_kafka_message_t *message, vc__partition *partition);

/* The queue's records of this partition are destroyed. */
void vc__lane_forget(vc__lane *lane, const vc__partition *partition);

/*
 * The lane commits what it has and rests until vc__lane_resume(). Begun for several lanes at once, then waited for: true when it rests. After
 * vc__lane_abandon() it gives up what it is at.
 */
void vc__lane_settle(vc__lane *lane);
bool vc__lane_rests(vc__lane *lane);
void vc__lane_abandon(vc__lane *lane);
void vc__lane_resume(vc__lane *lane);

/* Nothing of what was put into it is left to do. */
bool vc__lane_is_through(vc__lane *lane);

/* Whether its partitions are to be read again; how many records that it was given will come anew. Told that it was done. */
bool vc__lane_fell_back(vc__lane *lane, bool *asks, uint64_t *returned);
void vc__lane_rewound(vc__lane *lane);

/* How it goes on, unless it was told to stop before. */
void vc__lane_finish(vc__lane *lane, vc__lane_end end);

/* -- what the lane's files share: lane.c is the thread, chunk.c what becomes of a chunk, commit.c its end ------------ */

/* How a chunk or a commit ended. */
typedef enum vc__verdict {
    VC__FINE = 0,
    VC__AGAIN, /* it comes again: the lane rests, the reader rewinds */
    VC__OVER   /* the stream ends: its failure is set, or it was stopped */
} vc__verdict;

vc__verdict vc__chunk_run(vc__lane *lane);
vc__verdict vc__lane_commit(vc__lane *lane);

/* A transaction failed: aborts it, makes a new producer where the old one cannot go on, or ends the stream. Never VC__FINE. */
vc__verdict vc__lane_transaction_failed(vc__lane *lane, vc__outcome outcome, const vc_error *why);

/* The schemas that the stream has now. On failure it may be without letters and batches. */
vc_code vc__lane_take_schemas(vc__lane *lane, vc_error *err);

/* Aborts the open transaction. Never VC__FINE. */
vc__verdict vc__lane_give_up(vc__lane *lane);

/* A new producer. When the brokers are not to be waited for now, the lane has none, and it is for later. */
vc__verdict vc__lane_renew(vc__lane *lane);

/* All before this offset of the partition is produced. VC_E_MEMORY. */
vc_code vc__lane_touch(vc__lane *lane, vc__partition *partition, int64_t next, vc_error *err);

/* The lane's producer: made, and ready for transactions. VC_E_CONFIG, VC_E_KAFKA, VC_E_CANCELED, VC_E_MEMORY. */
vc_code vc__lane_open_sink(vc__lane *lane, vc_error *err);

/* Counts: a batch; what was delivered since the last time. */
void vc__lane_count_batch(vc__lane *lane);
void vc__lane_report(vc__lane *lane);

#endif
