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

#include <vaultcrypt/request.h>
#include <vaultcrypt/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_batch vc_batch;

typedef enum vc_direction {
    VC_PROTECT = 0, /* plaintext in, protected out */
    VC_OPEN = 1     /* protected in, plaintext out */
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
 * Adds a record under `rule` (vc_schema_match(), vc_schema_rule()). The record's bytes are borrowed: they stay alive and
 * unchanged until the batch is cleared or freed. An absent record ({NULL, 0}) is a tombstone and passes unchanged.
 * What is wrong with the record itself shows in vc_batch_error(), not here: VC_E_ARGUMENT, VC_E_STATE (started and not cleared),
 * VC_E_LIMIT (more than a batch holds), VC_E_MEMORY.
 */
VC_API vc_code vc_batch_add(vc_batch *batch, const vc_rule *rule, vc_view record, vc_error *err);

/* How many records were added. */
VC_API size_t vc_batch_count(const vc_batch *batch);

/*
 * Goes on as far as possible without waiting. `now_ms`: a monotonic clock in milliseconds. With VC_STEP_WAIT, `*wait_until`
 * (may be NULL) is the time of the next retry or of the deadline. With VC_STEP_SEND there may be no request after all, when one
 * cannot be built: the next step tells. After VC_STEP_FAILED, `err` says why, and only records
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
 * Why record i has no output; NULL when it is fine. `code` is of class data, VC_E_LIMIT (nested deeper than 512, or 4 GiB long)
 * or VC_E_CANCELED while the batch has not
 * finished it. Borrowed like the output.
 */
VC_API const vc_error *vc_batch_error(const vc_batch *batch, size_t i);

/* What the rule of record i asks for, given its error: VC_ON_ERROR_FAIL or VC_ON_ERROR_DEAD_LETTER. */
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
} vc_batch_stats;

VC_API void vc_batch_get_stats(const vc_batch *batch, vc_batch_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
