/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_send.h - the writing side of a replay: a transactional producer. */
#ifndef VC_BIN_DLQ_SEND_H
#define VC_BIN_DLQ_SEND_H

#include "dlq.h"

/* How many partitions a topic has that is written. */
typedef struct dlq_target {
    char topic[256];
    int partitions;
} dlq_target;

typedef struct dlq_sender {
    dlq_reader *reader;
    rd_kafka_t *kafka; /* NULL: a dry run */
    const char *to;    /* NULL: each where it came from */
    bool dry;
    dlq_target *targets;
    size_t target_count;
    uint64_t sent;    /* in this transaction */
    char fault[1000]; /* the first record that was not delivered, and why; "" */
    int fault_status;
    char last[512];
} dlq_sender;

/*
 * All return an exit code, and have said what is wrong. Opening ends what a producer with the same transactional.id, the group's name
 * unless the properties say another, has left open.
 */
int dlq_sender_open(dlq_sender *sender, dlq_reader *reader, const struct kafka_options *kafka, const char *to, const char *group, bool dry);
void dlq_sender_close(dlq_sender *sender);

int dlq_begin(dlq_sender *sender);
int dlq_send(dlq_sender *sender, const dlq_letter *letter, const vc_message *message, int64_t timestamp);
/* With the places behind the first `count` of these letters, in the reader's group. */
int dlq_commit(dlq_sender *sender, const dlq_letter *letters, size_t count);
void dlq_abort(dlq_sender *sender);

#endif
