/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fpe.h - format-preserving encryption of numeral strings: FF1 (NIST SP 800-38G, with the domain rule of
 * revision 1, second public draft, February 2025) and FF3-1 (SP 800-38G revision 1, first draft; withdrawn in
 * the second: for data that exists).
 *
 * A numeral string is n numbers below the radix. FF1 takes any tweak up to VC__FPE_TWEAK_MAX bytes, FF3-1 one
 * of exactly VC__FF3_1_TWEAK bytes. Neither authenticates: a wrong key or tweak gives other numerals, and no
 * error.
 *
 * Limits: radix 2..65536, n >= 2, radix^n >= 1 000 000, and at most VC__FPE_MAX numerals for FF1 (the
 * standard's own bound is 2^32 - 1; cost grows with the square) and 2 * floor(log_radix(2^96)) for FF3-1.
 *
 * Threads: a key has one user at a time (it holds the AES context); give each thread its own by
 * vc__fpe_key_dup().
 */
#ifndef VC__CRYPTO_FPE_H
#define VC__CRYPTO_FPE_H

#include "base/cleanup.h"

#include <vaultcrypt/error.h>

enum { VC__FPE_MAX = 4096, VC__FPE_TWEAK_MAX = 65536, VC__FF3_1_TWEAK = 7 };

typedef enum vc__fpe_algorithm { VC__FPE_FF1 = 1, VC__FPE_FF3_1 } vc__fpe_algorithm;

typedef struct vc__fpe_key vc__fpe_key;

/*
 * A key of 16, 24 or 32 bytes (copied into AES's key schedule only; wiped when freed).
 * NULL: VC_E_ARGUMENT (key length, radix, algorithm), VC_E_MEMORY, VC_E_INTERNAL (libcrypto refuses AES).
 */
vc__fpe_key *vc__fpe_key_new(vc__fpe_algorithm algorithm, vc_view key, uint32_t radix, vc_error *err);

/*
 * Another key object of the same key, for another thread. NULL: VC_E_MEMORY. `key` must not be in use
 * meanwhile.
 */
vc__fpe_key *vc__fpe_key_dup(const vc__fpe_key *key, vc_error *err);

void vc__fpe_key_free(vc__fpe_key *key);
VC__DEFINE_CLEANUP(vc__fpe_key, vc__fpe_key_free)

vc__fpe_algorithm vc__fpe_key_algorithm(const vc__fpe_key *key);
uint32_t vc__fpe_key_radix(const vc__fpe_key *key);

/* Fewest and most numerals that this algorithm takes over `radix` (2..65536). */
size_t vc__fpe_min(uint32_t radix);
size_t vc__fpe_max(vc__fpe_algorithm algorithm, uint32_t radix);

/*
 * `out` gets n numerals; it may be `in`. On failure it is left as it was.
 * VC_E_REFUSED: n is outside the limits. VC_E_ARGUMENT: the tweak's length, or a numeral not below the radix.
 * VC_E_MEMORY, VC_E_INTERNAL: libcrypto failed.
 */
vc_code vc__fpe_encrypt(vc__fpe_key *key, vc_view tweak, const uint16_t *in, size_t n, uint16_t *out,
                        vc_error *err);
vc_code vc__fpe_decrypt(vc__fpe_key *key, vc_view tweak, const uint16_t *in, size_t n, uint16_t *out,
                        vc_error *err);

#endif
