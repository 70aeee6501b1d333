/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealer.h - the inside of a vc_sealer (seal.h): header, manifest, segments and trailer of a sealed file, one after
 * the other, under a key that is given. The data key itself comes by lib/io/seal.c.
 *
 * Threads: one owner; vc_sealer_digest() may run in another thread, and touches the members of `sum` alone.
 */
#ifndef VC__RECORD_SEALER_H
#define VC__RECORD_SEALER_H

#include "crypto/segment.h"
#include "record/manifest.h"
#include "record/native.h"
#include "record/seal_key.h"
#include "record/sum.h"

enum { VC__SEALER_DRAWN = VC__SEGMENT_SALT + VC__SEGMENT_PREFIX /* random bytes of a sealed file */ };

typedef enum vc__sealer_stage {
    VC__SEALER_NEW = 0,
    VC__SEALER_FIRST, /* header and manifest are to be given out */
    VC__SEALER_DATA,
    VC__SEALER_ENDED
} vc__sealer_stage;

struct vc_sealer {
    vc__sealer_stage stage;
    vc__seal_key key;
    size_t context_len;
    char context[VC__NATIVE_NAME_MAX];
    size_t segment; /* bytes of plaintext */
    vc_manifest manifest;
    vc__sum sum;
    vc__segments *segments;
    vc__buf first;
    char *out;      /* a segment as it goes out */
    char *gathered; /* plaintext of a segment that comes in pieces; NULL until one does */
    size_t gathered_len;
    uint64_t at; /* of the whole file: offset and what was pushed */
    vc_error failure;
};

/* The context, empty when none was set. */
vc_view vc__sealer_context(const vc_sealer *sealer);

/*
 * `token` tells where the data key is wrapped (source, key id, key name and version, wrapped key), `stream_key` is what it derives for
 * streams, `drawn` VC__SEALER_DRAWN random bytes that are used here and nowhere else. Errors as vc_sealer_start().
 */
vc_code vc__sealer_begin(vc_sealer *sealer, const vc__native *token, vc_view stream_key, vc_view drawn, vc_error *err);

#endif
