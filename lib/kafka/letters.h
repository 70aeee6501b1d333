/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letters.h - the dead letters of a lane: texts as letter.h has them, with the records in them encrypted whole (frame.h), many in one batch.
 *
 *     vc__letters_add(letters, &letter, &message, tag, &err);     for each record that failed
 *     code = vc__letters_run(letters, scope, ms, &err);               again, when Vault was away
 *     for (size_t i = 0; i < vc__letters_count(letters); i++)
 *         produce(vc__letters_value(letters, i), vc__letters_tag(letters, i));
 *     vc__letters_clear(letters);
 *
 * The key is that of the rule's first `envelope` field, else the one of the options. Without any, and where the key itself is what is wrong
 * (it is not there, the policy does not let us have it), letters hold the place of the record alone, and a warning says so once.
 *
 * Threads: one owner, the lane's.
 */
#ifndef VC__KAFKA_LETTERS_H
#define VC__KAFKA_LETTERS_H

#include "kafka/letter.h"

#include <vaultcrypt/client.h>

typedef struct vc__letters vc__letters;

typedef struct vc__letters_options {
    const char *mount, *key; /* for rules without an envelope key; `key` NULL: none, `mount` NULL: "transit" */
    bool body;               /* false: no letter holds its record */
    size_t max_bytes;        /* of the record that a letter becomes, the producer's message.max.bytes; 0: librdkafka's default */
    vc_log_fn warn;          /* gets the warnings, a line each; may be NULL */
    void *warn_user;
} vc__letters_options;

/*
 * Holds a reference on the schema, so that its rules live as long as the letters. The options are copied. VC_E_ARGUMENT, VC_E_CONFIG (no such
 * key can be), VC_E_MEMORY.
 */
vc_code vc__letters_open(vc__letters **letters, vc_schema *schema, const vc__letters_options *options, vc_error *err);

/* Wipes and frees; NULL is fine. */
void vc__letters_close(vc__letters *letters);

/*
 * One more letter. All is copied; only `tag` is kept as it is. `message` has the topic or not: the letter's own counts. VC_E_MEMORY, and
 * VC_E_LIMIT: the letter's text alone is too long.
 */
vc_code vc__letters_add(vc__letters *letters, const vc__letter *letter, const vc_message *message, void *tag, vc_error *err);

/*
 * Finishes all that were added, within `most_ms` (0: the client's own deadline for each of its batches). Classes auth, transport and server: it was Vault, to be waited out; what is finished stays so, and the next
 * run does the others. VC_E_CANCELED, VC_E_MEMORY, VC_E_INTERNAL.
 */
vc_code vc__letters_run(vc__letters *letters, vc_client *scope, uint64_t most_ms, vc_error *err);

/* In the order in which they were added. A value is borrowed until the next call that adds or clears; absent: not finished. */
size_t vc__letters_count(const vc__letters *letters);
vc_view vc__letters_value(const vc__letters *letters, size_t i);
void *vc__letters_tag(const vc__letters *letters, size_t i);

/* Wipes and frees all letters; keys stay. */
void vc__letters_clear(vc__letters *letters);

#endif
