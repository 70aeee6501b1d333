/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sum.h - the digest of a whole file, SHA-256, with the number of bytes that it has had: added to by the owner as bytes go by, or apart.
 *
 * Threads: one user at a time, who may be another than that of what it belongs to.
 */
#ifndef VC__RECORD_SUM_H
#define VC__RECORD_SUM_H

#include "crypto/hash.h"

#include <stdbool.h>
#include <stdint.h>

enum { VC__SUM = 32 };

typedef struct vc__sum {
    vc__digest *digest;
    bool apart; /* the caller adds every byte */
    uint64_t bytes;
    vc_error failure; /* sticky */
} vc__sum;

/* VC_E_MEMORY, VC_E_INTERNAL. */
vc_code vc__sum_begin(vc__sum *sum, vc_error *err);
void vc__sum_free(vc__sum *sum);

vc_code vc__sum_add(vc__sum *sum, vc_view bytes, vc_error *err);

/* For the caller, who adds what is before `begin`, and the rest when it is apart: VC_E_STATE when that was not wanted. */
vc_code vc__sum_add_own(vc__sum *sum, uint64_t begin, vc_view bytes, vc_error *err);

/* VC_E_STATE: it has not had `bytes` bytes. */
vc_code vc__sum_end(vc__sum *sum, uint64_t bytes, unsigned char out[VC__SUM], vc_error *err);

#endif
