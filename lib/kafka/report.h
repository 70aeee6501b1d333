/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what senders and receivers tell of: events of files, and counters that another thread may read meanwhile.
 *
 * Threads: the owner's own; vc__report_stats() from any.
 */
#ifndef VC__KAFKA_REPORT_H
#define VC__KAFKA_REPORT_H

#include "kafka/filename.h"

#include <pthread.h>
#include <vaultcrypt/kafka_file.h>

enum { VC__PROGRESS_MS = 250, VC__SHOWN_NAME = 300 };

typedef struct vc__report {
    vc_file_event_fn event;
    void *user;
    vc_log_fn log;
    void *log_user;
    pthread_mutex_t lock;
    vc_file_stats stats;
} vc__report;

vc_code vc__report_init(vc__report *report, vc_error *err);
void vc__report_cleanup(vc__report *report);

/* Of one file, as it goes. */
typedef struct vc__tale {
    char name[VC__SHOWN_NAME]; /* for people */
    char transfer[2 * VC__TRANSFER_ID + 1];
    uint64_t bytes, total, from;
    uint64_t told_ms; /* last */
} vc__tale;

void vc__tale_begin(vc__tale *tale, vc_view name, const unsigned char *id, uint64_t total);

/* An event, and what it means to the counters. `why` may be NULL. */
void vc__report_tell(vc__report *report, vc__tale *tale, vc_file_event_kind kind, const vc_error *why);

/* So much more of the file is done: an event when the last is some time ago. */
void vc__report_progress(vc__report *report, vc__tale *tale, uint64_t bytes);

void vc__report_records(vc__report *report, uint64_t records);
void vc__report_unfinished(vc__report *report, uint64_t unfinished);
void vc__report_line(const vc__report *report, const char *line);
void vc__report_stats(vc__report *report, vc_file_stats *stats);

#endif
