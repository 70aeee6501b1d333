/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receiver.h - inside of vc_file_receiver: receiver.c has the settings, receive.c the loop over records, transfer.c what becomes of
 * one file.
 *
 * Threads: one owner; `stop` and the report's counters are for any.
 */
#ifndef VC__KAFKA_RECEIVER_H
#define VC__KAFKA_RECEIVER_H

#include "kafka/contact.h"
#include "kafka/digester.h"
#include "kafka/folder.h"
#include "kafka/halt.h"
#include "kafka/incoming.h"
#include "kafka/ledger.h"
#include "kafka/nudge.h"
#include "kafka/report.h"
#include "kafka/segment.h"
#include "kafka/source.h"

#include <stdatomic.h>
#include <vaultcrypt/seal.h>

/* A segment is at most what a record can hold. */
enum { VC__ALLOWED_MOST = 16, VC__TRANSFERS_MOST = 64, VC__SEGMENT_MOST = 2 << 20 };

/* A transfer that is under way. */
typedef struct vc__transfer {
    struct vc__transfer *next;
    unsigned char id[VC__TRANSFER_ID];
    vc__partition *partition;
    int64_t first_offset; /* its first record: what is committed stays before it */
    uint64_t heard_ms;    /* when something of it came last */
    uint32_t part, index; /* what comes next */
    vc_unsealer *unsealer;
    vc__incoming file;
    bool ended; /* its last segment was there */
    vc__tale tale;
} vc__transfer;

struct vc_file_receiver {
    vc_kafka_config *kafka;
    vc_client *client;
    char *topic, *prefix;
    char *keys[VC__ALLOWED_MOST];
    size_t key_count;
    struct {
        char *text;
        size_t len;
    } contexts[VC__ALLOWED_MOST];
    size_t context_count;
    vc_file_format format;
    bool force, portable, reset, exit_at_end;
    uint64_t max_size, quota, abandon_ms, patience_ms, count;
    atomic_int stop;
    vc__report report;
    /* of a run */
    bool running;
    vc__halt halt;
    vc__folder folder;
    vc__ledger ledger;
    vc__source source;
    vc__contact contact;
    vc__routes routes;
    vc__logger log; /* the source's */
    pthread_mutex_t log_lock;
    vc__nudge nudge;
    vc__digester digester;
    vc__transfer *transfers;
    size_t transfer_count;
    uint64_t settled; /* files done or there already, in this run */
    bool told_foreign;
};

/*
 * One segment. VC_OK: taken, passed over, or its transfer was refused. Other codes end the run: what was not committed comes again.
 */
vc_code vc__transfer_take(vc_file_receiver *receiver, vc__partition *partition, const vc__place *place, int64_t offset,
                          vc_view value, vc_error *err);

/* A whole file that came in one record (the demo's format). */
vc_code vc__transfer_whole(vc_file_receiver *receiver, const unsigned char id[VC__TRANSFER_ID], vc_view name, vc_view data,
                           vc_error *err);

/* A file was refused before it was opened. */
vc_code vc__transfer_refuse(vc_file_receiver *receiver, const unsigned char id[VC__TRANSFER_ID], vc_view name, const vc_error *why,
                            vc_error *err);

/* Forgets, without a verdict, those of partitions that are not ours any more; all: of every partition. */
void vc__transfers_drop(vc_file_receiver *receiver, bool all);

/* Gives up those of which nothing came for too long. */
vc_code vc__transfers_expire(vc_file_receiver *receiver, vc_error *err);

/* How far the partition may be committed, when all before `next` was taken. */
int64_t vc__transfers_commit(const vc_file_receiver *receiver, const vc__partition *partition, int64_t next);

#endif
