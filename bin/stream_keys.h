/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_keys.h - the key pairs that a stream's schemas name, had and kept fresh while it runs, each change a line in the log.
 *
 * Threads: opened, exchanged and closed by one owner; told to any.
 */
#ifndef VC_BIN_STREAM_KEYS_H
#define VC_BIN_STREAM_KEYS_H

#include "stream_log.h"

#include <vaultcrypt/kafka_stream_config.h>
#include <vaultcrypt/keysource.h>

typedef struct stream_keys {
    pthread_mutex_t lock;
    vc_keysource *now, *old; /* of the schema, and of the one that is opened under before; NULL: it names none */
} stream_keys;

#define STREAM_KEYS_INIT { PTHREAD_MUTEX_INITIALIZER, NULL, NULL }

/* Has those of the schemas (`old` may be NULL), and then forgets the ones from before. On failure nothing is changed. */
vc_code stream_keys_open(stream_keys *keys, const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old, stream_log *log,
                         vc_error *err);
void stream_keys_close(stream_keys *keys);

/* For vc_stream_set_missing(), of a stream_keys: the first key that is refused, away or not looked at yet. */
vc_code stream_keys_missing(void *keys, vc_error *err);

/* Calls `each` for every place of a key. */
void stream_keys_each(stream_keys *keys, void (*each)(void *user, const vc_keysource_state *state), void *user);

#endif
