/* SPDX-License-Identifier: Apache-2.0 */
/* sealed.h - sealed files in tests, under a key that is simply there. */
#ifndef VC__TEST_SEALED_H
#define VC__TEST_SEALED_H

#include "record/unsealer.h"
#include "unit/test.h"

extern const char sealed_key[VC__SEGMENT_KEY + 1];   /* the stream key */
extern const char sealed_drawn[VC__SEALER_DRAWN + 1]; /* for tests alone: every file of theirs has this salt and prefix */

/* A sealer for transit key "files" that has begun. `drawn` NULL: sealed_drawn. */
vc_code sealed_begin(vc_sealer *sealer, const char *drawn, vc_error *err);

/* An unsealer that allows transit key "files", and has begun. NULL: `err`. */
vc_unsealer *sealed_opening(vc_error *err);
vc_code sealed_fetch(void *user, const vc__native *token, const vc__seal_key *key, char stream_key[VC__SEGMENT_KEY], vc_error *err);

/* Pushes `data` in pieces of `piece` bytes and appends what comes to `out`; the ends of all segments go to `ends` (NULL: not wanted). */
vc_code sealed_push(vc_sealer *sealer, vc_view data, size_t piece, vc__buf *out, size_t *ends, vc_error *err);
/* And finishes. Returns how many segments there are in `*count`, which counts on. */
vc_code sealed_finish(vc_sealer *sealer, vc__buf *out, size_t *ends, size_t *count, vc_error *err);

/* Pulls all of `bytes` in pieces of `piece` bytes, appends plaintext to `out`, and finishes. */
vc_code sealed_open(vc_unsealer *unsealer, vc_view bytes, size_t piece, vc__buf *out, vc_error *err);

#endif
