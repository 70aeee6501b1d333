/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecdh.h - data keys wrapped to an EC P-256 key: ECDH-ES+A256KW (RFC 7518 section 4.6), that is an ephemeral key, the
 * Concat KDF (NIST SP 800-56A, one round of SHA-256) and AES Key Wrap (RFC 3394). For lib/crypto alone: others use
 * keypair.h.
 *
 * Threads: any; nothing is kept, shared secrets are wiped.
 */
#ifndef VC__CRYPTO_ECDH_H
#define VC__CRYPTO_ECDH_H

#include "base/buf.h"

#include <openssl/evp.h>

enum {
    VC__P256_SIZE = 32,                     /* bytes of a coordinate, of the private number, of a shared secret */
    VC__P256_POINT = 1 + 2 * VC__P256_SIZE, /* 04 || X || Y */
    VC__ECDH_KEY = 32,                      /* bytes of a key that is derived */
};

/* What the two agree on. VC_E_CIPHERTEXT: the keys do not go together; VC_E_MEMORY. On failure `secret` is zeroed. */
vc_code vc__ecdh_agree(EVP_PKEY *own, EVP_PKEY *peer, unsigned char secret[VC__P256_SIZE], vc_error *err);

/*
 * RFC 7518, 4.6.2: `len` bytes, 32 at most, for the algorithm's name and the two parties' names (which may be empty).
 * VC_E_MEMORY, VC_E_INTERNAL: `out` is zeroed.
 */
vc_code vc__concat_kdf(vc_view secret, vc_view algorithm, vc_view apu, vc_view apv, unsigned char *out, size_t len,
                       vc_error *err);

/* A P-256 key of numbers: the point, and the private number where there is one (absent: a public key). NULL: none. */
EVP_PKEY *vc__p256_pkey(vc_view point, vc_view private);

/* Its point. False: libcrypto failed. */
bool vc__p256_point(const EVP_PKEY *pkey, unsigned char point[VC__P256_POINT]);

/*
 * Appends point of the ephemeral key || wrapped key. `key`: 16 bytes or more, a multiple of 8. Errors: VC_E_ARGUMENT (of
 * its length), VC_E_LIMIT, VC_E_MEMORY, VC_E_INTERNAL.
 */
vc_code vc__ecdh_wrap(vc__buf *out, EVP_PKEY *peer, vc_view key, vc_error *err);

/* Appends the key. VC_E_CIPHERTEXT (one text for all): another key, changed, no point of the curve. */
vc_code vc__ecdh_unwrap(vc__buf *out, EVP_PKEY *own, vc_view wrapped, vc_error *err);

#endif
