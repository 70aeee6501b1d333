/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - random bytes from a pool that one owner holds: 4 KiB taken from libcrypto's generator at a time,
 * each byte given out once and wiped as it goes. The pool lies in locked pages that the kernel wipes in a
 * forked child (where it cannot, the process id is compared), so that parent and child never share an IV.
 *
 * Threads: one user at a time; make one per thread.
 */
#ifndef VC__CRYPTO_RANDOM_H
#define VC__CRYPTO_RANDOM_H

#include "base/cleanup.h"

#include <vaultcrypt/error.h>

typedef struct vc__random vc__random;

/* NULL: VC_E_MEMORY. Nothing is read from the generator before the first use. */
vc__random *vc__random_new(vc_error *err);
void vc__random_free(vc__random *random);
VC__DEFINE_CLEANUP(vc__random, vc__random_free)

/* VC_OK, or VC_E_INTERNAL or VC_E_MEMORY when the generator fails: `out` is zeroed then, not to be used. */
VC_MUST_CHECK vc_code vc__random_bytes(vc__random *random, void *out, size_t len, vc_error *err);

/* Uniform in 0 .. bound - 1 (bound 0: any 64 bits). For jitter and choice. Errors as above, with *value 0. */
VC_MUST_CHECK vc_code vc__random_below(vc__random *random, uint64_t bound, uint64_t *value, vc_error *err);

#endif
