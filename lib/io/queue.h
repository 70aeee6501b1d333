/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - transfers in the order in which they came.
 *
 * Threads: as its driver, one owner.
 */
#ifndef VC__IO_QUEUE_H
#define VC__IO_QUEUE_H

#include "io/transfer.h"

typedef struct vc__queue {
    vc__transfer *first, *last;
} vc__queue;

static inline void vc__queue_append(vc__queue *queue, vc__transfer *transfer)
{
    transfer->next = NULL;
    if (queue->last)
        queue->last->next = transfer;
    else
        queue->first = transfer;
    queue->last = transfer;
}

static inline void vc__queue_take_out(vc__queue *queue, vc__transfer *transfer)
{
    vc__transfer *before = NULL;
    for (vc__transfer *at = queue->first; at && at != transfer; at = at->next)
        before = at;
    if (before)
        before->next = transfer->next;
    else
        queue->first = transfer->next;
    if (queue->last == transfer)
        queue->last = before;
}

static inline vc__transfer *vc__queue_pop(vc__queue *queue)
{
    vc__transfer *first = queue->first;
    if (first)
        vc__queue_take_out(queue, first);
    return first;
}

static inline size_t vc__queue_length(const vc__queue *queue)
{
    size_t count = 0;
    for (const vc__transfer *at = queue->first; at; at = at->next)
        count++;
    return count;
}

#endif
