/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/report.h"

#include "base/error.h"
#include "kafka/clock.h"

#include <stdio.h>

vc_code vc__report_init(vc__report *report, vc_error *err)
{
    return pthread_mutex_init(&report->lock, NULL) ? vc__error_memory(err) : VC_OK;
}

void vc__report_cleanup(vc__report *report)
{
    pthread_mutex_destroy(&report->lock);
}

void vc__tale_begin(vc__tale *tale, vc_view name, const unsigned char *id, uint64_t total)
{
    *tale = (vc__tale){ .total = total };
    vc__filename_show(tale->name, sizeof tale->name, name);
    if (id)
        vc__filename_id(tale->transfer, id);
}

void vc__report_tell(vc__report *report, vc__tale *tale, vc_file_event_kind kind, const vc_error *why)
{
    pthread_mutex_lock(&report->lock);
    report->stats.files += kind == VC_FILE_DONE;
    report->stats.present += kind == VC_FILE_PRESENT;
    report->stats.refused += kind == VC_FILE_REFUSED;
    report->stats.abandoned += kind == VC_FILE_ABANDONED;
    pthread_mutex_unlock(&report->lock);
    tale->told_ms = vc__now_ms();
    if (!report->event)
        return;
    const vc_file_event event = { .size = sizeof event,
                                  .kind = kind,
                                  .name = tale->name,
                                  .transfer = tale->transfer,
                                  .bytes = tale->bytes,
                                  .total = tale->total,
                                  .from = tale->from,
                                  .why = kind == VC_FILE_REFUSED ? why : NULL };
    report->event(report->user, &event);
}

void vc__report_progress(vc__report *report, vc__tale *tale, uint64_t bytes)
{
    tale->bytes += bytes;
    pthread_mutex_lock(&report->lock);
    report->stats.bytes += bytes;
    pthread_mutex_unlock(&report->lock);
    if (vc__now_ms() >= tale->told_ms + VC__PROGRESS_MS)
        vc__report_tell(report, tale, VC_FILE_PROGRESS, NULL);
}

void vc__report_records(vc__report *report, uint64_t records)
{
    pthread_mutex_lock(&report->lock);
    report->stats.records += records;
    pthread_mutex_unlock(&report->lock);
}

void vc__report_unfinished(vc__report *report, uint64_t unfinished)
{
    pthread_mutex_lock(&report->lock);
    report->stats.unfinished = unfinished;
    pthread_mutex_unlock(&report->lock);
}

void vc__report_line(const vc__report *report, const char *line)
{
    if (report->log)
        report->log(report->log_user, line);
}

void vc__report_stats(vc__report *report, vc_file_stats *stats)
{
    const size_t size = stats->size < sizeof *stats ? stats->size : sizeof *stats;
    pthread_mutex_lock(&report->lock);
    vc_file_stats now = report->stats;
    pthread_mutex_unlock(&report->lock);
    now.size = stats->size;
    memcpy(stats, &now, size);
}
