/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_batch.h - many values through Vault's transit secrets engine with few requests. (Fields of records under
 * a schema: batch.h.) examples/api/transit_batch.c shows it at work.
 *
 *     vc_transit_batch *batch = vc_transit_batch_new(VC_TRANSIT_ENCRYPT, "payments", NULL, &err);
 *     for (size_t i = 0; i < n; i++)
 *         vc_transit_batch_add(batch, values[i], &err);
 *     vc_transit_batch_run(vault, batch, &err);
 *     for (size_t i = 0; i < n; i++)
 *         use(vc_transit_batch_result(batch, i), vc_transit_batch_error(batch, i));
 *
 * Any number of items: they are cut into requests by count and bytes, several of which are under way at once. How
 * much a server takes is learnt from its refusals, and remembered by the client. A request that is refused as a
 * whole is halved until the guilty item stands alone: an item stands or falls by itself. What is not about one item
 * (transport, seal, authentication, quota, no such key) is retried where that can help, until the deadline, and
 * then fails the batch.
 *
 * Threads: a batch has one owner at a time. Any number of batches may share a client.
 */
#ifndef VAULTCRYPT_TRANSIT_BATCH_H
#define VAULTCRYPT_TRANSIT_BATCH_H

#include <vaultcrypt/batch.h>
#include <vaultcrypt/transit.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of the items; transit.h says more of each. */
typedef enum vc_transit_verb {
    VC_TRANSIT_ENCRYPT = 0, /* bytes -> "vault:vN:..." */
    VC_TRANSIT_DECRYPT,     /* "vault:vN:..." -> bytes */
    VC_TRANSIT_REWRAP,      /* "vault:vN:..." -> "vault:vM:..." */
    VC_TRANSIT_HMAC,        /* bytes -> "vault:vN:..." */
    VC_TRANSIT_SIGN,        /* bytes -> "vault:vN:..." */
    VC_TRANSIT_VERIFY,      /* bytes and a signature -> no error: it is right */
    VC_TRANSIT_VERIFY_HMAC  /* bytes and an HMAC -> no error: it is right */
} vc_transit_verb;

typedef struct vc_transit_batch vc_transit_batch;

/*
 * `key`: "KEY" or "MOUNT/KEY". `options` (NULL: none) are copied: algorithms for all items; context, associated data
 * and version for those that have none of their own. NULL on failure: VC_E_ARGUMENT (a verb or name that cannot be,
 * options that the verb does not take), VC_E_MEMORY. Free with vc_transit_batch_free().
 */
VC_API VC_MUST_CHECK vc_transit_batch *vc_transit_batch_new(vc_transit_verb verb, const char *key,
                                                            const vc_transit_options *options, vc_error *err);

/* Wipes and frees everything, results included. NULL is fine. Requests that it lent are gone with it. */
VC_API void vc_transit_batch_free(vc_transit_batch *batch);

/* Empties the batch (wiping results) and keeps its memory and settings for the next items. Never fails. */
VC_API void vc_transit_batch_clear(vc_transit_batch *batch);

/*
 * As vc_batch_set_limits() and vc_batch_set_deadline(): items (default 240), bytes (default 8 MiB) of one request,
 * requests under way (default 4, at most 64); 0 leaves a limit as it is. Without them a run takes the client's.
 * VC_E_ARGUMENT, VC_E_STATE (the batch was started and not cleared).
 */
VC_API vc_code vc_transit_batch_set_limits(vc_transit_batch *batch, size_t items, size_t bytes, size_t in_flight,
                                           vc_error *err);
VC_API vc_code vc_transit_batch_set_deadline(vc_transit_batch *batch, uint64_t milliseconds, vc_error *err);

/* One item. Start from VC_TRANSIT_ITEM_INIT: `size` lets the structure grow. */
typedef struct vc_transit_item {
    size_t size;
    vc_view input;           /* what is encrypted, decrypted, signed, ... */
    vc_view signature;       /* verify: the signature or HMAC */
    vc_view context;         /* raw bytes; absent: that of the options */
    vc_view associated_data; /* raw bytes; absent: that of the options */
    uint64_t key_version;    /* encrypt, rewrap; 0: that of the options */
} vc_transit_item;

#if defined(__cplusplus) && __cplusplus >= 201103L
#define VC_TRANSIT_ITEM_INIT { sizeof(vc_transit_item), { nullptr, 0 }, { nullptr, 0 }, { nullptr, 0 }, { nullptr, 0 }, 0 }
#else
#define VC_TRANSIT_ITEM_INIT { sizeof(vc_transit_item), { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0 }
#endif

/*
 * Adds an item, which may be empty. Its bytes are borrowed: they stay alive and unchanged until the batch has run or
 * is cleared. What is wrong with the value itself shows in vc_transit_batch_error(), not here: VC_E_ARGUMENT (a
 * context or version where the verb takes none), VC_E_STATE (started and not cleared), VC_E_LIMIT (2^32 - 1 items),
 * VC_E_MEMORY.
 */
VC_API vc_code vc_transit_batch_add(vc_transit_batch *batch, vc_view input, vc_error *err);
VC_API vc_code vc_transit_batch_add_item(vc_transit_batch *batch, const vc_transit_item *item, vc_error *err);
VC_API size_t vc_transit_batch_count(const vc_transit_batch *batch);

/*
 * Runs the batch to its end, blocking. VC_OK: every item has a result or an error of its own. Otherwise the batch
 * failed as a whole and `err` says why, as transit.h lists for all; items that were finished keep their results.
 * VC_E_STATE: the batch was started, and not cleared. (In an event loop: vc_loop_submit_transit_batch().)
 */
VC_API vc_code vc_transit_batch_run(vc_client *client, vc_transit_batch *batch, vc_error *err);

/* For other drivers than the blocking one: as vc_batch_step() and vc_batch_next_request(). */
VC_API vc_step vc_transit_batch_step(vc_transit_batch *batch, uint64_t now_ms, uint64_t *wait_until, vc_error *err);
VC_API vc_request *vc_transit_batch_next_request(vc_transit_batch *batch);

/*
 * What item i became, in the order in which they were added; the absent view when it has an error, is not finished,
 * or for the verbs that verify. Borrowed: alive until the batch is cleared or freed. The version of the key that it
 * is under (encrypt, rewrap, sign), where Vault tells; else 0.
 */
VC_API vc_view vc_transit_batch_result(const vc_transit_batch *batch, size_t i);
VC_API uint64_t vc_transit_batch_key_version(const vc_transit_batch *batch, size_t i);

/*
 * Why item i has no result, or is not right; NULL: it is fine. Codes as those of the call for a single value,
 * VC_E_CANCELED while the batch has not finished it. Borrowed like the result.
 */
VC_API const vc_error *vc_transit_batch_error(const vc_transit_batch *batch, size_t i);

/* Requests, retries, splits and item_cap as in batch.h; `fields` are the items that were finished without error. */
VC_API void vc_transit_batch_get_stats(const vc_transit_batch *batch, vc_batch_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
