/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aead.h - authenticated encryption: AES-GCM (SP 800-38D) and ChaCha20-Poly1305 (RFC 8439), tags of 16 bytes,
 * always behind the ciphertext. One object per key; cipher and key schedule are set up once and used for
 * every call.
 *
 * The caller owns the rule that an IV is never used twice under one key: take 12 bytes of vc__random_bytes(),
 * and count.
 *
 * Threads: an object has one user at a time; make one per thread.
 */
#ifndef VC__CRYPTO_AEAD_H
#define VC__CRYPTO_AEAD_H

#include "base/cleanup.h"

#include <vaultcrypt/error.h>

enum { VC__AEAD_TAG = 16, VC__AEAD_IV = 12, VC__AEAD_IV_MAX = 128 };

typedef enum vc__aead_algorithm {
    VC__AES128_GCM = 1,
    VC__AES192_GCM,
    VC__AES256_GCM,
    VC__CHACHA20_POLY1305
} vc__aead_algorithm;

typedef struct vc__aead vc__aead;

/* Bytes of the algorithm's key. */
size_t vc__aead_key_size(vc__aead_algorithm algorithm);

/*
 * NULL: VC_E_ARGUMENT (length of the key, algorithm), VC_E_MEMORY, VC_E_INTERNAL (libcrypto lacks the
 * cipher).
 */
vc__aead *vc__aead_new(vc__aead_algorithm algorithm, vc_view key, vc_error *err);
void vc__aead_free(vc__aead *aead);
VC__DEFINE_CLEANUP(vc__aead, vc__aead_free)

/*
 * `out` gets plaintext.len + VC__AEAD_TAG bytes: ciphertext and tag. It may be plaintext.data (with that
 * room), no other overlap. The IV has 12 bytes; with AES-GCM any length from 1 to VC__AEAD_IV_MAX is taken.
 * VC_E_ARGUMENT: the IV's length. VC_E_LIMIT: over 2^31 - 1 bytes in one call. VC_E_INTERNAL,
 * VC_E_MEMORY: libcrypto failed. On failure `out` is zeroed.
 */
vc_code vc__aead_seal(vc__aead *aead, vc_view iv, vc_view aad, vc_view plaintext, char *out, vc_error *err);

/*
 * `sealed` is ciphertext and tag; `out` gets sealed.len - VC__AEAD_TAG bytes; it may be sealed.data.
 * VC_E_CIPHERTEXT (one text for all): too short, or key, IV, AAD, ciphertext or tag is not the right one;
 * `out` is zeroed then. VC_E_ARGUMENT, VC_E_LIMIT, VC_E_INTERNAL as above.
 */
vc_code vc__aead_open(vc__aead *aead, vc_view iv, vc_view aad, vc_view sealed, char *out, vc_error *err);

#endif
