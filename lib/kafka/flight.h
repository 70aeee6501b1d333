/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flight.h - the batches that are under way, in the order in which they were read. Each is one vc_batch, run
 * by a thread of this module; the stream's own thread puts them in and takes them out. A ring of units, and
 * four counts that only grow:
 *
 *      finished <= produced <= taken <= submitted
 *
 *      submitted: filled by the stream           taken:    a worker runs it, waiting out trouble with Vault
 *      produced:  handed to the producer         finished: every record confirmed; the unit is free again
 *
 * Threads: the workers own a unit from taken until `ready`; everything else is the stream's thread's.
 */
#ifndef VC__KAFKA_FLIGHT_H
#define VC__KAFKA_FLIGHT_H

#include "kafka/source.h"

#include <pthread.h>

struct vc__unit;

/* One record on its way; the producer's delivery report carries its address. */
typedef struct vc__item {
    struct vc__unit *unit;
    vc__partition *partition;
    int64_t offset;
    int64_t timestamp; /* ms since 1970; -1: none */
    uint32_t epoch;    /* of the partition, when it was read */
    bool letter;       /* what was produced is a dead letter */
    bool delivered;
} vc__item;

typedef struct vc__unit {
    rd_kafka_message_t **messages; /* destroyed once produced */
    vc__item *items;
    size_t count;
    vc_batch *batch;
    bool ready;     /* the worker is through with it */
    vc_error error; /* then: why the batch failed as a whole */
    size_t pending; /* deliveries to come */
} vc__unit;

enum { VC__MAX_WORKERS = 16, VC__MAX_UNITS = 4 * VC__MAX_WORKERS };

typedef struct vc__flight {
    vc_client *client; /* borrowed */
    uint64_t deadline_ms;
    vc_log_fn log;
    void *log_user;

    vc__unit units[VC__MAX_UNITS];
    size_t unit_count, unit_size; /* records that a unit can hold */
    uint64_t submitted, produced, finished;

    pthread_mutex_t lock; /* of what follows, and of submitted and unit.ready */
    pthread_cond_t work, done;
    uint64_t taken;
    uint64_t waits;      /* times that trouble began */
    uint64_t trouble_ms; /* when the trouble of now began; 0: none */
    bool cancel;         /* do not wait trouble out any longer */
    bool drop;           /* begin no batch any more */
    bool quit;
    pthread_t workers[VC__MAX_WORKERS];
    size_t worker_count;
    bool made; /* lock and conditions are */
} vc__flight;

/* Room for units of `records` records, and `workers` threads. VC_E_MEMORY, VC_E_ARGUMENT. */
vc_code vc__flight_open(vc__flight *flight, vc_schema *schema, vc_direction direction, size_t records,
                        size_t workers, vc_error *err);

/* Ends the workers and frees everything, messages included. */
void vc__flight_close(vc__flight *flight);

/* The unit to fill next (count 0); NULL when all are under way. */
vc__unit *vc__flight_free_unit(vc__flight *flight);

/* Fills it: takes the messages, which are all of partitions of `source`. At most unit_size. */
void vc__flight_submit(vc__flight *flight, vc__unit *unit, vc__source *source, rd_kafka_message_t **messages,
                       size_t count);

/*
 * The unit to be produced next, when it is ready; waits for that up to `wait_ms`. NULL: not yet, or there is
 * none.
 */
vc__unit *vc__flight_next_ready(vc__flight *flight, int wait_ms);

/* That unit has been produced (or dropped): its messages are freed. */
void vc__flight_unit_produced(vc__flight *flight, vc__unit *unit);

/*
 * Moves the partitions' `done` over all units that are delivered, in order, and frees them. Returns records
 * done.
 */
uint64_t vc__flight_settle(vc__flight *flight);

/*
 * The same, and over the first records of the other units, in each partition up to the first that is not
 * delivered.
 */
void vc__flight_settle_partly(vc__flight *flight);

static inline bool vc__flight_empty(const vc__flight *flight)
{
    return flight->finished == flight->submitted;
}

/*
 * The workers stop waiting trouble out, and their units end with the trouble's error. Batches that have not
 * begun end with VC_E_CANCELED: all of them with `drop`, otherwise while there is trouble.
 */
void vc__flight_cancel(vc__flight *flight, bool drop);

/* Records that were read from a partition which has been given up since. */
static inline bool vc__item_stale(const vc__item *item)
{
    return item->epoch != item->partition->epoch;
}

#endif
