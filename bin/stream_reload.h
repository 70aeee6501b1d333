/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_reload.h - configuration, schemas, keys and credentials of a stream that runs are read again, in a thread of its own: who waits for
 * signals and feeds the watchdog does not wait for who has the keys. All of it counts, or nothing is changed.
 *
 * Threads: one owner, whose signals the thread does not take.
 */
#ifndef VC_BIN_STREAM_RELOAD_H
#define VC_BIN_STREAM_RELOAD_H

#include "stream_keys.h"
#include "stream_options.h"

typedef struct stream_reload {
    const struct stream_options *options;
    stream_log *log;
    vc_client *client;
    vc_stream *stream;
    stream_keys *keys;
    vc_schema *schema, *old; /* that count; of the thread while it runs */

    pthread_t owner, thread;
    bool under_way, refused;
    atomic_bool done;
    vc_stream_config *fresh;
    vc_error why; /* of a refusal */
} stream_reload;

/* 0, or the number of the error that kept the thread from starting. SIGUSR2 comes to the calling thread when it is done. */
int stream_reload_begin(stream_reload *reload);
bool stream_reload_is_done(const stream_reload *reload);
/* Waits for it. True: `*config` is the fresh one now. False: none was under way, or it was refused, for `why`. */
bool stream_reload_end(stream_reload *reload, vc_stream_config **config);

#endif
