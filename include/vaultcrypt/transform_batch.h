/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_batch.h - many values through one role of Vault's transform secrets engine with few requests. (Fields of records under a
 * schema: batch.h.) It works as transit_batch.h says: items are cut into requests, an item stands or falls by itself, what is not
 * about one item fails the batch. Example: examples/api/transform_batch.c
 *
 * Threads: a batch has one owner at a time. Any number of batches may share a client.
 */
#ifndef VAULTCRYPT_TRANSFORM_BATCH_H
#define VAULTCRYPT_TRANSFORM_BATCH_H

#include <vaultcrypt/transform_token.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of the items, or is asked about them; transform.h and transform_token.h say more of each. */
typedef enum vc_transform_verb {
    VC_TRANSFORM_ENCODE = 0,
    VC_TRANSFORM_DECODE,
    VC_TRANSFORM_TOKENIZE, /* an encode that is not sent again after a doubtful failure, unless the options say convergent */
    VC_TRANSFORM_VALIDATE,
    VC_TRANSFORM_TOKENIZED,
    VC_TRANSFORM_METADATA
} vc_transform_verb;

typedef struct vc_transform_batch vc_transform_batch;

/*
 * `role`: "ROLE" or "MOUNT/ROLE". `options` (NULL: none) are copied, and go with every item. NULL on failure: VC_E_ARGUMENT (a verb or name
 * that cannot be), VC_E_MEMORY. Free with vc_transform_batch_free().
 */
VC_API VC_MUST_CHECK vc_transform_batch *vc_transform_batch_new(vc_transform_verb verb, const char *role,
                                                                const vc_transform_options *options, vc_error *err);
VC_API void vc_transform_batch_free(vc_transform_batch *batch); /* wipes results; NULL is fine */

/*
 * One value (or token), UTF-8; borrowed until the batch has run. `tweak`, Base64 (absent: that of the options), is borrowed too. What is wrong
 * with the value itself shows in vc_transform_batch_error(). VC_E_STATE (the batch has run), VC_E_LIMIT, VC_E_MEMORY.
 */
VC_API vc_code vc_transform_batch_add(vc_transform_batch *batch, vc_view value, vc_view tweak, vc_error *err);
VC_API size_t vc_transform_batch_count(const vc_transform_batch *batch);

/* Runs the batch to its end, once, blocking. VC_OK: every item has a result or an error of its own. Otherwise as transit.h lists. */
VC_API vc_code vc_transform_batch_run(vc_client *client, vc_transform_batch *batch, vc_error *err);

/*
 * Of item i, borrowed until the batch is freed: the encoded or decoded value, the token, or the pairs of metadata; absent where there is
 * none. The tweak that came with an encode (Base64), or the expiration that came with metadata (RFC 3339). And what a question was answered
 * with. An item with an error has none of these.
 */
VC_API vc_view vc_transform_batch_result(const vc_transform_batch *batch, size_t i);
VC_API vc_view vc_transform_batch_tweak(const vc_transform_batch *batch, size_t i);
VC_API vc_view vc_transform_batch_expiration(const vc_transform_batch *batch, size_t i);
VC_API int vc_transform_batch_answer(const vc_transform_batch *batch, size_t i);
/* NULL: item i is fine. VC_E_REFUSED, VC_E_TOO_LARGE, VC_E_ARGUMENT (not UTF-8); VC_E_CANCELED: it was not finished. Borrowed. */
VC_API const vc_error *vc_transform_batch_error(const vc_transform_batch *batch, size_t i);

#ifdef __cplusplus
}
#endif

#endif
