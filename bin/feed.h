/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.h - records from a file descriptor, with a delimiter of any bytes between them, as they come. What stands behind the last delimiter is a
 * record too, unless it is empty.
 */
#ifndef VC_BIN_FEED_H
#define VC_BIN_FEED_H

#include <stdbool.h>
#include <vaultcrypt/types.h>

typedef struct feed {
    int fd;
    char *data;
    size_t len, room;
    size_t at;   /* the first byte that was not given out */
    size_t seen; /* no delimiter begins before this one */
    size_t most; /* longest record */
    vc_view delimiter;
    bool ended, skipping;
} feed;

typedef enum feed_result {
    FEED_RECORD = 0,
    FEED_TOO_LONG, /* it was passed over */
    FEED_NOTHING,  /* within the time, or a signal came */
    FEED_END,
    FEED_FAILED /* errno says why */
} feed_result;

void feed_open(feed *f, int fd, vc_view delimiter, size_t most);

/* The next record, waiting at most so long for one (-1: any time). It is borrowed until the next call. */
feed_result feed_next(feed *f, int wait_ms, vc_view *record);

/* All there is, as one record. */
feed_result feed_all(feed *f, vc_view *record);

/* Wipes and frees; the descriptor is the caller's. */
void feed_close(feed *f);

#endif
