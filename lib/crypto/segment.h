/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.h - the segments of one sealed file: AES-256-GCM under a key that is this file's alone, with nonces that count
 * (STREAM, Hoang, Reyhanitabar, Rogaway and Vizar 2015; the layout is vaultcrypt-format(5)'s). A segment that is dropped, doubled,
 * moved, cut, or comes from another file has another nonce or key, and does not open.
 *
 * An object goes forward only: each seal takes the next number, and no number comes twice, so that the one thing the caller owes is
 * a fresh salt and prefix for each file it seals. An open that fails leaves the number as it is.
 *
 * Threads: an object has one user at a time.
 */
#ifndef VC__CRYPTO_SEGMENT_H
#define VC__CRYPTO_SEGMENT_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <vaultcrypt/error.h>

enum {
    VC__SEGMENT_KEY = 32,
    VC__SEGMENT_SALT = 32,
    VC__SEGMENT_PREFIX = 7,
    VC__SEGMENT_SETUP = VC__SEGMENT_SALT + VC__SEGMENT_PREFIX + 4, /* and the segments' size: as they stand in the header */
    VC__SEGMENT_LENGTH = 4,
    VC__SEGMENT_TAG = 16,
    VC__SEGMENT_EXTRA = VC__SEGMENT_LENGTH + VC__SEGMENT_TAG /* bytes of a segment that are not ciphertext */
};

/* Numbers of four bytes, as lengths and sizes are written. */
static inline void vc__segment_put(char *out, uint32_t value)
{
    for (int i = 3; i >= 0; i--) {
        out[i] = (char)value;
        value >>= 8;
    }
}

static inline uint32_t vc__segment_get(const char *bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

typedef struct vc__segments vc__segments;

/*
 * `stream_key` is what the data key derives for streams (VC__SEGMENT_KEY bytes), `aad` what the header authenticates, `setup` salt,
 * prefix and size (VC__SEGMENT_SETUP bytes). NULL: VC_E_ARGUMENT (lengths), VC_E_MEMORY, VC_E_INTERNAL.
 */
vc__segments *vc__segments_new(vc_view stream_key, vc_view aad, vc_view setup, vc_error *err);
void vc__segments_free(vc__segments *segments);
VC__DEFINE_CLEANUP(vc__segments, vc__segments_free)

/*
 * The next segment as it stands in the file: `out` gets plaintext.len + VC__SEGMENT_EXTRA bytes, and does not overlap `plaintext`.
 * VC_E_LIMIT: it would be number 2^32. VC_E_STATE: behind the last one, or in a child that was forked meanwhile: it would take the
 * parent's nonces. VC_E_INTERNAL, VC_E_MEMORY. On failure `out` is zeroed.
 */
vc_code vc__segments_seal(vc__segments *segments, vc_view plaintext, bool last, char *out, vc_error *err);

/*
 * `sealed` is the ciphertext and tag of the next segment, without the length; `out` gets sealed.len - VC__SEGMENT_TAG bytes, and
 * does not overlap. VC_E_CIPHERTEXT: not authentic as the next, or not (as) the last one: `out` is zeroed. The rest as above.
 */
vc_code vc__segments_open(vc__segments *segments, vc_view sealed, bool last, char *out, vc_error *err);

/* The number of the next segment. */
uint64_t vc__segments_next(const vc__segments *segments);

#endif
