/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_keys.h - the key pairs that a stream's schemas name, had and kept fresh while it runs, each change a line in the log.
 *
 * Other schemas' take their place in steps, in a thread of the caller's, since a key may take long to be had: prepare, hold, add, (the
 * schemas are exchanged), commit; or drop, after which all is as it was before. So a batch has its keys, whichever schema it is under.
 *
 * Threads: opened, prepared, exchanged and closed by one owner at a time; canceled by another; told to any.
 */
#ifndef VC_BIN_STREAM_KEYS_H
#define VC_BIN_STREAM_KEYS_H

#include "stream_log.h"

#include <vaultcrypt/kafka_stream_config.h>
#include <vaultcrypt/keysource.h>

typedef struct stream_keys {
    pthread_mutex_t lock;
    vc_keysource *now[2];  /* of the schema, and of the one that is opened under before; NULL: it names none */
    vc_keysource *next[2]; /* that are prepared */
    bool held, canceled;
} stream_keys;

#define STREAM_KEYS_INIT { PTHREAD_MUTEX_INITIALIZER, { NULL, NULL }, { NULL, NULL }, false, false }

/* Has those of the schemas (`old` may be NULL), for the first time; what failed is closed by stream_keys_close(). */
vc_code stream_keys_open(stream_keys *keys, const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old, stream_log *log,
                         vc_error *err);

/* Asks for those of other schemas, once for each place; those of now go on. VC_E_CANCELED: stream_keys_cancel(). On failure drop them. */
vc_code stream_keys_prepare(stream_keys *keys, const vc_stream_config *config, vc_client *client, vc_schema *schema, vc_schema *old, stream_log *log,
                            vc_error *err);
/* From now on to commit or drop some key counts as missing: the schemas are exchanged meanwhile. */
void stream_keys_hold(stream_keys *keys);
/* What was prepared enters the keyring, beside what is there. Asks nobody. */
void stream_keys_add(stream_keys *keys);
/* What was prepared takes the place of what is there, whose keys go where the new schemas do not have them. Takes up to 2 s. */
void stream_keys_commit(stream_keys *keys, stream_log *log);
void stream_keys_drop(stream_keys *keys);

/* What is being prepared, now or later, ends within a second. Does not block. */
void stream_keys_cancel(stream_keys *keys);
void stream_keys_close(stream_keys *keys);

/* For vc_stream_set_missing(), of a stream_keys: the rule's first key that is refused, away or not looked at yet; or that keys are being exchanged. */
vc_code stream_keys_missing(void *keys, const vc_rule *rule, vc_error *err);

/* Calls `each` for every place of a key. */
void stream_keys_each(stream_keys *keys, void (*each)(void *user, const vc_keysource_state *state), void *user);

#endif
