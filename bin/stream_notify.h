/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_notify.h - what a service tells its manager, sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names. Without that variable nothing happens.
 *
 * Threads: one owner.
 */
#ifndef VC_BIN_STREAM_NOTIFY_H
#define VC_BIN_STREAM_NOTIFY_H

#include <stdint.h>

typedef struct stream_notify {
    int fd;               /* -1: nobody listens */
    uint64_t watchdog_ms; /* a sign of life is due so often; 0: none is wanted */
    uint64_t last_ms;     /* when it was given */
} stream_notify;

void stream_notify_open(stream_notify *notify);
void stream_notify_close(stream_notify *notify);

/* One or several lines of "NAME=VALUE". */
void stream_notify_send(stream_notify *notify, const char *lines);

/* RELOADING=1, with the time that Type=notify-reload wants. */
void stream_notify_reloading(stream_notify *notify);

/* A sign of life, when it is due. */
void stream_notify_alive(stream_notify *notify);

#endif
