/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.h - what a sealed file says of itself: segment 0, the manifest, and the last one, the trailer, as bytes
 * (vaultcrypt-format(5)). The getters and setters of the public vc_manifest live here too.
 *
 * Errors of reading are VC_E_CIPHERTEXT. Threads: plain data.
 */
#ifndef VC__RECORD_MANIFEST_H
#define VC__RECORD_MANIFEST_H

#include "base/buf.h"

#include <vaultcrypt/seal.h>

enum {
    VC__MANIFEST_MAX = 65536, /* bytes of plaintext of segment 0 */
    VC__MANIFEST_NAME_MAX = 255,
    VC__TRAILER = 40,
    VC__TRAILER_DIGEST = 32
};

struct vc_manifest {
    unsigned has; /* bit 1 << type of what is there */
    size_t name_len;
    char name[VC__MANIFEST_NAME_MAX + 1];
    uint32_t mode;
    int64_t mtime;
    uint64_t size;
    char transfer_id[VC_SEAL_TRANSFER_ID];
    uint64_t offset;
};

/* VC_E_ARGUMENT: the id's length, an offset beyond the size. */
vc_code vc__manifest_set_part(vc_manifest *manifest, vc_view transfer_id, uint64_t offset, vc_error *err);

/* Appends the TLVs. */
void vc__manifest_write(vc__buf *out, const vc_manifest *manifest);

/* On failure *manifest is empty. */
vc_code vc__manifest_parse(vc_manifest *manifest, vc_view bytes, vc_error *err);

void vc__trailer_write(unsigned char out[VC__TRAILER], uint64_t size, const unsigned char digest[VC__TRAILER_DIGEST]);
vc_code vc__trailer_parse(vc_view bytes, uint64_t *size, vc_view *digest, vc_error *err);

#endif
