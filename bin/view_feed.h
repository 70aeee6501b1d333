/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_feed.h - the thread that reads the topics, opens what it reads, and fills the ring; that opens again what could not be opened while a key
 * or Vault was away; and that begins anew somewhere else when it is asked to. It goes on whatever is away, and tells the status.
 */
#ifndef VC_BIN_VIEW_FEED_H
#define VC_BIN_VIEW_FEED_H

#include "view_open.h"
#include "view_ring.h"
#include "view_status.h"

#include "reading.h"

typedef struct view_feed view_feed;

/* All borrowed, and longer there than the feed. */
typedef struct view_feed_parts {
    const reading_options *where; /* `offsets` is where it begins */
    const vc_kafka_config *kafka;
    view_opener *opener;
    view_ring *ring;
    view_status *status;
    unsigned long rate;     /* records a second at most */
    unsigned long patience; /* milliseconds that Vault may take */
    bool opens;             /* there is a schema */
    bool needs_vault;       /* and it takes Vault */
} view_feed_parts;

view_feed *view_feed_start(const view_feed_parts *parts);

/* Lets it end, at once; does not wait. From any thread; NULL is fine. */
void view_feed_cancel(view_feed *feed);

/*
 * Ends it, at once, and frees; NULL is fine. False: it waits for brokers, for seconds, and is left to itself; what it borrows must stay, and
 * the process is to end by _exit(), since its threads use OpenSSL.
 */
bool view_feed_stop(view_feed *feed);

/* From there on, in all partitions, and without what was there before. False: that is no place. From any thread. */
bool view_feed_follow(view_feed *feed, const char *from);

/* What waits is tried again now. From any thread. */
void view_feed_retry(view_feed *feed);

/* "beginning", "end", N, -N or s@MILLISECONDS. */
bool view_feed_is_place(const char *text);

#endif
