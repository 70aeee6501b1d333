/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction.h - Kafka transactions of one producer (KIP-98, KIP-447): how librdkafka's errors are to be taken, in one place.
 *
 * Threads: the lane's own, alone.
 */
#ifndef VC__KAFKA_TRANSACTION_H
#define VC__KAFKA_TRANSACTION_H

#include "kafka/logger.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef enum vc__outcome {
    VC__DONE = 0, /* it is done */
    VC__ABORT,    /* this transaction cannot be committed: abort it, and do its work again */
    VC__RENEW,    /* this producer cannot go on, another one can */
    VC__FATAL     /* neither: another copy has taken its place, or configuration or rights are wrong */
} vc__outcome;

typedef struct vc__transactions {
    rd_kafka_t *rk;
    bool named; /* the transactional.id is the user's, so another copy may have it */
    uint64_t timeout_ms;
    const vc__logger *log;
    const atomic_bool *give_up; /* do not wait for brokers any longer */
    bool open;
    uint64_t begun_ms; /* of the one that has not ended well; 0: there is none */
} vc__transactions;

/* Waits for the coordinator; ends what an earlier producer of this id has left open. `err` unless VC__DONE. */
vc__outcome vc__transactions_init(vc__transactions *transactions, vc_error *err);

/* Nothing when one is open. */
vc__outcome vc__transactions_begin(vc__transactions *transactions, vc_error *err);

/* Commits what was produced and `offsets` of the consumer's group. The transaction is open after VC__ABORT, and then aborted by the caller. */
vc__outcome vc__transactions_commit(vc__transactions *transactions, rd_kafka_t *consumer,
                                    const rd_kafka_topic_partition_list_t *offsets, vc_error *err);

/* Nothing when none is open. */
vc__outcome vc__transactions_abort(vc__transactions *transactions, vc_error *err);

/* Whether another copy of this name has begun: says so in `err`, VC_E_FENCED. */
bool vc__transactions_say_fenced(const vc__transactions *transactions, vc_error *err);

/* What an error of produce() means: one of the transaction, or of this record alone (VC__DONE). */
vc__outcome vc__transactions_judge(const vc__transactions *transactions, rd_kafka_resp_err_t code);

#endif
