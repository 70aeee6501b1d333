/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oaep.h - RSA-OAEP (RFC 8017 section 7.1) with the same digest in MGF1 and an empty label. A key is read from PEM
 * once and then used for any number of messages.
 *
 * Threads: a key is immutable: share it freely.
 */
#ifndef VC__CRYPTO_OAEP_H
#define VC__CRYPTO_OAEP_H

#include "base/buf.h"
#include "base/cleanup.h"

#include <openssl/types.h>

enum { VC__OAEP_SEALED_MAX = 2048 /* bytes: RSA-16384 */ };

typedef struct vc__rsa vc__rsa;

/* From PEM, as pem.h reads it. NULL: VC_E_ARGUMENT (no RSA key of 2048 to 16384 bits), VC_E_MEMORY. */
vc__rsa *vc__rsa_public(vc_view pem, vc_error *err);
vc__rsa *vc__rsa_private(vc_view pem, vc_error *err);
/* Of libcrypto's key, of which it takes a reference. For lib/crypto alone. */
vc__rsa *vc__rsa_of_pkey(EVP_PKEY *pkey, bool private, vc_error *err);
void vc__rsa_free(vc__rsa *key);
VC__DEFINE_CLEANUP(vc__rsa, vc__rsa_free)

/* Bytes of a sealed message: those of the modulus. */
size_t vc__rsa_size(const vc__rsa *key);

/* One of "SHA1", "SHA224", "SHA256", "SHA384", "SHA512". */
bool vc__oaep_digest_known(const char *digest);

/* The longest message, in bytes: with SHA256 190 for RSA-2048, 318 for RSA-3072. 0: none, or no such digest. */
size_t vc__oaep_longest(const vc__rsa *key, const char *digest);

/*
 * Appends `message` encrypted. VC_E_ARGUMENT: another digest; VC_E_TOO_LARGE: longer than vc__oaep_longest(); VC_E_LIMIT,
 * VC_E_MEMORY.
 */
vc_code vc__oaep_seal(vc__buf *out, const vc__rsa *key, const char *digest, vc_view message, vc_error *err);

/*
 * Appends the message. VC_E_CIPHERTEXT (one text for all): it was not made for this key and digest, or was changed.
 * VC_E_ARGUMENT: another digest, or a public key; VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__oaep_open(vc__buf *out, const vc__rsa *key, const char *digest, vc_view sealed, vc_error *err);

#endif
