/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keypair.h - one key pair, or its public half: RSA (2048 to 16384 bits) and EC P-256, to which data keys are wrapped, and
 * Ed25519, which signs. Read from PEM, or made of numbers (keys/jwk.h reads those of a JWK). Every one has an id, its
 * thumbprint (RFC 7638, SHA-256; RFC 8037 for Ed25519).
 *
 * A private key is libcrypto's from the moment it is read: an EVP_PKEY, whose numbers are wiped when it is freed, but which
 * lies in plain memory (docs/SECURITY.md). What was read here on the way is wiped.
 *
 * Threads: a pair is immutable and its reference count atomic: share it freely.
 */
#ifndef VC__CRYPTO_KEYPAIR_H
#define VC__CRYPTO_KEYPAIR_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "crypto/oaep.h"

enum {
    VC__KEYPAIR_ID = 43,                    /* characters: base64url of the thumbprint */
    VC__THUMBPRINT = 32,                    /* bytes */
    VC__SIGNATURE = 64,                     /* bytes of Ed25519's */
    VC__KEYPAIR_WRAPPED_MAX = VC__OAEP_SEALED_MAX, /* bytes of a wrapped key */
    VC__KEYPAIR_PEM_MAX = 1 << 20           /* bytes of a text */
};

typedef enum vc__keypair_kind { VC__KEYPAIR_RSA = 1, VC__KEYPAIR_P256, VC__KEYPAIR_ED25519 } vc__keypair_kind;

typedef struct vc__keypair vc__keypair;

/*
 * The one key of a PEM text. What is around the block is passed over (comments, indentation, CRLF, a missing final newline,
 * "\n" written out as in a variable of the environment, EC PARAMETERS); a second block is refused, since nothing says which
 * is meant. Public: SubjectPublicKeyInfo, PKCS#1 ("RSA PUBLIC KEY"), or the key of an X.509 certificate (the first and
 * only one; neither its dates nor its chain are looked at); a private key is refused, since who seals must not hold it.
 * Private: PKCS#8, PKCS#1 ("RSA PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY"), without a pass phrase; its halves are checked
 * against each other. NULL: VC_E_ARGUMENT with what is wrong (never a byte of the text), VC_E_MEMORY.
 */
vc__keypair *vc__keypair_public(vc_view pem, vc_error *err);
vc__keypair *vc__keypair_private(vc_view pem, vc_error *err);

/*
 * Of numbers, big-endian, as a JWK has them; leading zeros are passed over. `d` absent: a public key. `p` and `q` may be
 * absent beside `d`, and then they are found of n, e, d; the other three are computed where they are absent. All that is
 * given is checked against the rest. NULL: as above.
 */
typedef struct vc__rsa_numbers {
    vc_view n, e, d, p, q, dp, dq, qi;
} vc__rsa_numbers;

vc__keypair *vc__keypair_of_rsa(const vc__rsa_numbers *numbers, vc_error *err);
/* Exactly 32 bytes each. `d` absent: a public key. */
vc__keypair *vc__keypair_of_p256(vc_view x, vc_view y, vc_view d, vc_error *err);
vc__keypair *vc__keypair_of_ed25519(vc_view x, vc_view d, vc_error *err);

vc__keypair *vc__keypair_ref(vc__keypair *pair); /* NULL is fine */
void vc__keypair_unref(vc__keypair *pair);
VC__DEFINE_CLEANUP(vc__keypair, vc__keypair_unref)

vc__keypair_kind vc__keypair_get_kind(const vc__keypair *pair);
const char *vc__keypair_kind_name(vc__keypair_kind kind); /* "RSA", "EC P-256", "Ed25519" */
int vc__keypair_bits(const vc__keypair *pair);            /* of the modulus; 256 for the others */
bool vc__keypair_is_private(const vc__keypair *pair);

/* The thumbprint: 43 characters and a NUL; 32 bytes. The same for both halves. Alive as long as the pair. */
const char *vc__keypair_id(const vc__keypair *pair);
const unsigned char *vc__keypair_thumbprint(const vc__keypair *pair);

/* Appends the public half as SubjectPublicKeyInfo in PEM, with its final newline. VC_E_MEMORY, VC_E_LIMIT. */
vc_code vc__keypair_write(vc__buf *out, const vc__keypair *pair, vc_error *err);

/* For RSA-OAEP over content itself (oaep.h). NULL: the pair is of another kind. Alive as long as the pair. */
const vc__rsa *vc__keypair_rsa(const vc__keypair *pair);

/* -- data keys --------------------------------------------------------------------------------------------- */

/* How: as the kind of the pair has it, or, to P-256, by HPKE (crypto/hpke.h). */
typedef enum vc__wrapping { VC__WRAPPING_OWN = 0, VC__WRAPPING_HPKE } vc__wrapping;

/* Bytes that a key of 32 bytes becomes: those of the modulus, or 105; by HPKE 113; 0: not with this pair. */
size_t vc__keypair_wrapped_size(const vc__keypair *pair, vc__wrapping how);

/*
 * Appends `key` (32 bytes) wrapped: by RSA-OAEP with SHA-256 and MGF1-SHA-256, or by ECDH-ES+A256KW (point 04||X||Y of the
 * ephemeral key, 65 bytes, || 40 bytes of AES-KW), or by HPKE (the point || 48 bytes of AES-256-GCM). VC_E_ARGUMENT: a pair
 * that does not, another length; VC_E_UNSUPPORTED: HPKE is not built in; VC_E_LIMIT, VC_E_MEMORY, VC_E_INTERNAL.
 */
vc_code vc__keypair_wrap(vc__buf *out, const vc__keypair *pair, vc__wrapping how, vc_view key, vc_error *err);

/*
 * Appends the key, 32 bytes. VC_E_CIPHERTEXT (one text for all): it was not wrapped to this pair, or was changed.
 * VC_E_ARGUMENT: a pair that does not, or a public half; VC_E_UNSUPPORTED, VC_E_LIMIT, VC_E_MEMORY.
 */
vc_code vc__keypair_unwrap(vc__buf *out, const vc__keypair *pair, vc__wrapping how, vc_view wrapped, vc_error *err);

/* -- signatures -------------------------------------------------------------------------------------------- */

/* Appends 64 bytes. VC_E_ARGUMENT: not Ed25519, or a public half; VC_E_LIMIT, VC_E_MEMORY, VC_E_INTERNAL. */
vc_code vc__keypair_sign(vc__buf *out, const vc__keypair *pair, vc_view message, vc_error *err);

/* VC_OK, or VC_E_SIGNATURE: it is not this pair's over these bytes. VC_E_ARGUMENT: not Ed25519; VC_E_MEMORY. */
VC_MUST_CHECK vc_code vc__keypair_verify(const vc__keypair *pair, vc_view message, vc_view signature, vc_error *err);

#endif
