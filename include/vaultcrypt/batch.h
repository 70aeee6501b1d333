/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - protect or open N records at once. One record is N = 1.
 *
 * A batch is a state machine that knows no network: it scans the records, groups the values of all of them by method and
 * key, makes Vault requests, reads the replies, and splices the results in. What no rule selects leaves byte for byte as it
 * came. A record stands or falls alone; what is not about one record (transport, seal, authentication, quota) is retried
 * until the deadline and then fails the batch as a whole, with no output for any record that is not finished.
 *
 * Threads: a batch has one owner at a time. Any number of batches may share a schema and a client.
 */
#ifndef VAULTCRYPT_BATCH_H
#define VAULTCRYPT_BATCH_H

#include <vaultcrypt/keyring.h>
#include <vaultcrypt/message.h>
#include <vaultcrypt/request.h>
#include <vaultcrypt/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_batch vc_batch;

typedef enum vc_direction {
    VC_PROTECT = 0, /* plaintext in, protected out */
    VC_OPEN = 1,    /* protected in, plaintext out */
    VC_REWRAP = 2   /* protected in, the same under the latest version of its transit key out: `transit` values are encrypted anew, of `envelope` only
                     the data keys, which stay the same, are wrapped anew, in the token, in the header vaultcrypt-keys (`carry: header`) or in
                     front of a value of Kroxylicious's; what is neither stays as it is */
} vc_direction;

/* NULL and VC_E_MEMORY or VC_E_ARGUMENT on failure. Holds a reference on the schema. Free with vc_batch_free(). */
VC_API VC_MUST_CHECK vc_batch *vc_batch_new(vc_schema *schema, vc_direction direction, vc_error *err);

/* Wipes and frees everything, outputs included. NULL is fine. Requests that it lent are gone with it. */
VC_API void vc_batch_free(vc_batch *batch);

/*
 * Empties the batch (wiping inputs' results) and keeps its memory for the next records. Never fails. Requests that it lent are
 * gone with it: a driver stops sending them first, and never answers them.
 */
VC_API void vc_batch_clear(vc_batch *batch);

/*
 * Limits of one Vault request: items (default 240: what a default OpenBao takes of items with two members) and bytes of
 * its body (default 8 MiB, at most 64 MiB); and how many requests may be under way at once (default 4, at most 64). 0 leaves a
 * limit as it is. VC_E_ARGUMENT (too many under way), VC_E_STATE (the batch was started and not cleared).
 */
VC_API vc_code vc_batch_set_limits(vc_batch *batch, size_t items, size_t bytes, size_t in_flight, vc_error *err);

/* How long the batch may take in all, from its first step, retries included. Default 60 000 ms. VC_E_STATE while it runs. */
VC_API vc_code vc_batch_set_deadline(vc_batch *batch, uint64_t milliseconds, vc_error *err);

/*
 * Where data keys come from, and are kept: needed by `envelope`, `siv`, `hash` and `fpe` fields. A client that runs the batch lends its own
 * where none is set. A reference is taken; NULL: none again. Until it is freed, or given another, the batch holds the keys it used last.
 * VC_E_STATE while it runs. A client of another Vault or namespace than the keyring's does not run the batch: VC_E_CONFIG (keyring.h).
 */
VC_API vc_code vc_batch_set_keyring(vc_batch *batch, vc_keyring *ring, vc_error *err);

/*
 * 1: old and new stand side by side, and both are right. When protecting, a value that looks protected already (it begins as what this rule's method makes)
 * stays as it is; when opening, a value that is plaintext does. vc_batch_stats.kept counts them. Whoever can write what is read can then have
 * plaintext taken for old, or, when protecting, a value of his own that looks protected: for the time of a migration only. Records are not added under
 * a rule with `fpe`, `transform`, `nested: true`, `carry: header` or (when protecting) `mask` then, as the two cannot be told apart: VC_E_CONFIG. Default 0. VC_E_STATE.
 */
VC_API vc_code vc_batch_set_migrate(vc_batch *batch, int on, vc_error *err);

/*
 * 1: the batch (VC_OPEN) tells what is protected, and gives nothing: each value of a record is looked at by itself, whatever the others are, and
 * the outputs are absent. vc_batch_error() then is about records that cannot be looked at as such (no JSON, a field that is there twice, `unlisted:
 * fail`). Default 0. VC_E_ARGUMENT (another direction; vc_batch_set_migrate()), VC_E_STATE (it has records).
 */
VC_API vc_code vc_batch_set_survey(vc_batch *batch, int on, vc_error *err);

/*
 * What a survey found in record i: how many values, one for each node that a field's path selects, and for each field that is missing.
 *
 * Of value n `*field` (may be NULL) is its field, and the result VC_OK: it was opened, so it is authentic. VC_E_PLAINTEXT: it is in clear.
 * VC_E_MISSING: it is not there (and the rule has no `on_missing: ignore`). VC_E_UNSUPPORTED: nobody can tell, for what the method makes looks like
 * data (`fpe`, `mask`, `hash`, `transform`), or it opens, and anyone can have made it (`rsa-oaep`, and `hybrid` without `signed_by` or `sign`). VC_E_NO_KEY: the key pair that would tell is not here. VC_E_CANCELED: it has the form of what is protected, and was not opened: the batch was not run to its
 * end (for those without a key it need not be run at all). Other codes of class data: it cannot be opened, so it is damaged, moved, or of
 * others. VC_E_ARGUMENT: there is no such value.
 */
VC_API size_t vc_batch_finding_count(const vc_batch *batch, size_t i);
VC_API vc_code vc_batch_finding(const vc_batch *batch, size_t i, size_t n, const vc_field **field);

/*
 * Adds a record under `rule` (vc_schema_match(), vc_schema_rule()). The record's bytes are borrowed: they stay alive and
 * unchanged until the batch is cleared or freed. An absent record ({NULL, 0}) is a tombstone and passes unchanged.
 * What is wrong with the record itself shows in vc_batch_error(), not here: VC_E_ARGUMENT, VC_E_STATE (started and not cleared),
 * VC_E_LIMIT (more than a batch holds), VC_E_MEMORY; and what the rule cannot do here at all: VC_E_CONFIG (it has `record_key`, `bind`,
 * `carry: header` or `format: kroxylicious`, which need vc_batch_add_message()), VC_E_UNSUPPORTED (protecting with FF3-1).
 * Under a rule with `value:` the bytes are of any kind.
 */
VC_API vc_code vc_batch_add(vc_batch *batch, const vc_rule *rule, vc_view record, vc_error *err);

/*
 * The same for a message of Kafka, all of which is borrowed likewise. `topic` is the topic that the protected record is in: where it goes
 * to when protecting, where it comes from when opening. Errors as above; VC_E_ARGUMENT too where the rule binds to a topic (`bind`) that
 * the message to be protected does not say.
 */
VC_API vc_code vc_batch_add_message(vc_batch *batch, const vc_rule *rule, const vc_message *message, vc_error *err);

/* How many records were added. */
VC_API size_t vc_batch_count(const vc_batch *batch);

/*
 * Goes on as far as possible without waiting. `now_ms`: a monotonic clock in milliseconds. With VC_STEP_WAIT, `*wait_until`
 * (may be NULL) is the time of the next retry or of the deadline. With VC_STEP_SEND there may be no request after all, when one
 * cannot be built: the next step tells. A step opens 64 values at most with private keys that are here (`hybrid`: data keys), then it ends with
 * VC_STEP_WAIT and `*wait_until` = `now_ms`: call it again. A record of which 16 values were not opened by such keys fails, whatever their `on_error`
 * says (in a survey the rest of it is VC_E_CANCELED). While a key source looks for a key that is not here (keysource.h) it is VC_STEP_WAIT too; when
 * that lasts until the deadline, the batch fails with VC_E_TIMEOUT. After VC_STEP_FAILED, `err` says why, and only records
 * that were finished have an output.
 */
VC_API vc_step vc_batch_step(vc_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err);

/* The next request to send; NULL when there is none now. See request.h. */
VC_API vc_request *vc_batch_next_request(vc_batch *batch);

/*
 * Record i as it leaves. Borrowed: alive until the batch is cleared or freed. The absent view for a tombstone, for a record
 * with an error and for one that is not finished. (Look at vc_batch_error() first: an absent view alone says nothing.)
 */
VC_API vc_view vc_batch_output(const vc_batch *batch, size_t i);

/*
 * Key and headers of message i as they leave: the input's own unless the rule changes them. Absent key: there is none. `*count` is set;
 * NULL when that is 0. Nothing for a record with an error or that is not finished. Borrowed like the output.
 */
VC_API vc_view vc_batch_output_key(const vc_batch *batch, size_t i);
VC_API const vc_header *vc_batch_output_headers(const vc_batch *batch, size_t i, size_t *count);

/*
 * Why record i has no output; NULL when it is fine. `code` is of class data, VC_E_LIMIT (nested deeper than 512, or 4 GiB long)
 * or VC_E_CANCELED while the batch has not
 * finished it. Borrowed like the output.
 *
 * With `on_error: drop_field` a value's fault is no error of its record when it is the value's own for good: VC_E_MISSING (of its tweak), VC_E_TYPE,
 * VC_E_AMBIGUOUS, VC_E_PROTECTED, VC_E_PLAINTEXT, VC_E_CIPHERTEXT, VC_E_TOO_LARGE, VC_E_SIGNATURE; VC_E_REFUSED when protecting. What may
 * heal is the record's: VC_E_NO_KEY, since its key may come, and VC_E_REFUSED when opening, since Vault's policy may keep back what it opened before.
 */
VC_API const vc_error *vc_batch_error(const vc_batch *batch, size_t i);

/*
 * What the rule of record i asks for, given its error: VC_ON_ERROR_FAIL or VC_ON_ERROR_DEAD_LETTER. Where a field says `drop_field` and was
 * not dropped, what the rule itself says counts.
 */
VC_API vc_on_error vc_batch_on_error(const vc_batch *batch, size_t i);

/* Counters of the batch since it was made or cleared. */
typedef struct vc_batch_stats {
    size_t size; /* sizeof(vc_batch_stats), set by the caller */
    uint64_t fields;   /* values protected or opened */
    uint64_t dropped;  /* values dropped by `on_error: drop_field` */
    uint64_t requests; /* Vault requests sent, retries included */
    uint64_t retries;
    uint64_t splits;   /* requests halved because Vault refused them as a whole */
    uint64_t item_cap; /* largest number of items that Vault took after a refusal for size; 0: no refusal */
    uint64_t kept;     /* values that stay as they are: vc_batch_set_migrate() */
    uint64_t by_method[VC_METHOD_ROOM]; /* `fields`, each under its method */
} vc_batch_stats;

VC_API void vc_batch_get_stats(const vc_batch *batch, vc_batch_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
