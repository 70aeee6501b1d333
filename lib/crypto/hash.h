/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - digests, HMAC (RFC 2104) and HKDF (RFC 5869). Each object fetches its algorithm once and is used
 * for any number of calls.
 *
 * Threads: an object has one user at a time; make one per thread.
 */
#ifndef VC__CRYPTO_HASH_H
#define VC__CRYPTO_HASH_H

#include "base/cleanup.h"

#include <vaultcrypt/error.h>

enum { VC__HASH_MAX = 64 }; /* bytes of the longest digest */

typedef enum vc__hash {
    VC__HASH_NONE = 0,
    VC__SHA2_224,
    VC__SHA2_256,
    VC__SHA2_384,
    VC__SHA2_512,
    VC__SHA3_224,
    VC__SHA3_256,
    VC__SHA3_384,
    VC__SHA3_512
} vc__hash;

/* By the name that Vault uses: "sha2-256", "sha3-512". VC__HASH_NONE for any other. */
vc__hash vc__hash_named(vc_view name);
const char *vc__hash_name(vc__hash hash);
size_t vc__hash_size(vc__hash hash);

typedef struct vc__digest vc__digest;

/* NULL: VC_E_ARGUMENT (hash), VC_E_MEMORY, VC_E_INTERNAL (libcrypto lacks it). */
vc__digest *vc__digest_new(vc__hash hash, vc_error *err);
void vc__digest_free(vc__digest *digest);
VC__DEFINE_CLEANUP(vc__digest, vc__digest_free)

/* `out` gets vc__hash_size() bytes. VC_E_INTERNAL, VC_E_MEMORY: `out` is zeroed. */
vc_code vc__digest_of(vc__digest *digest, vc_view bytes, unsigned char *out, vc_error *err);

/*
 * The same piece by piece: vc__digest_begin(), any number of vc__digest_add(), vc__digest_end(), with no vc__digest_of() in
 * between. VC_E_INTERNAL, VC_E_MEMORY: what comes behind a failure is of no use.
 */
vc_code vc__digest_begin(vc__digest *digest, vc_error *err);
vc_code vc__digest_add(vc__digest *digest, vc_view bytes, vc_error *err);
vc_code vc__digest_end(vc__digest *digest, unsigned char *out, vc_error *err);

typedef struct vc__hmac vc__hmac;

/* A key of any length. NULL: as vc__digest_new(). */
vc__hmac *vc__hmac_new(vc__hash hash, vc_view key, vc_error *err);
void vc__hmac_free(vc__hmac *hmac);
VC__DEFINE_CLEANUP(vc__hmac, vc__hmac_free)

/*
 * The tag of the bytes, or of the parts one after the other; vc__hash_size() bytes. VC_E_INTERNAL,
 * VC_E_MEMORY: `out` is zeroed.
 */
vc_code vc__hmac_of(vc__hmac *hmac, vc_view bytes, unsigned char *out, vc_error *err);
vc_code vc__hmac_parts(vc__hmac *hmac, const vc_view *parts, size_t count, unsigned char *out, vc_error *err);

/* Compares in constant time with an expected tag: VC_OK or VC_E_CIPHERTEXT. */
VC_MUST_CHECK vc_code vc__hmac_verify(vc__hmac *hmac, vc_view bytes, vc_view tag, vc_error *err);

typedef struct vc__hkdf vc__hkdf;

/* HKDF over HMAC with `hash`. NULL: as vc__digest_new(). */
vc__hkdf *vc__hkdf_new(vc__hash hash, vc_error *err);
void vc__hkdf_free(vc__hkdf *hkdf);
VC__DEFINE_CLEANUP(vc__hkdf, vc__hkdf_free)

/*
 * Extract and expand: `len` bytes, at most 255 digests, from the input key; salt and info may be empty (an
 * absent salt is a digest of zeros). VC_E_LIMIT: `len`. VC_E_MEMORY, VC_E_INTERNAL. On failure `out` is
 * zeroed.
 */
vc_code vc__hkdf_derive(vc__hkdf *hkdf, vc_view ikm, vc_view salt, vc_view info, void *out, size_t len,
                        vc_error *err);

#endif
