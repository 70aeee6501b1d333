/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwk.h - keys as JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037): of the kinds RSA, EC on P-256, OKP with Ed25519, and
 * oct; alone, in a set, or in the reply of a key release. What is read is copied once into memory that is locked, left out
 * of core dumps and wiped, taken apart there by json/read.h, and lives on only as the key itself.
 *
 * Read as written by the book (numbers in base64url without padding, no member twice), with two exceptions: numbers of an EC key
 * that lack leading zeros, and the names "RSA-HSM", "EC-HSM" and "oct-HSM" that Azure Key Vault has for kinds.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__KEYS_JWK_H
#define VC__KEYS_JWK_H

#include "base/secret.h"
#include "crypto/keypair.h"

enum { VC__JWK_MAX = 1 << 20 /* bytes of a text */, VC__JWK_KID_MAX = 255 };

typedef enum vc__jwk_half { VC__JWK_PUBLIC = 0, VC__JWK_PRIVATE } vc__jwk_half;

/* Start from { 0 }. One of the first two is there. */
typedef struct vc__jwk {
    vc__keypair *pair;
    vc__secret *oct;               /* a symmetric key, 1 byte or more */
    char kid[VC__JWK_KID_MAX + 1]; /* printable ASCII; "" when there is none, or another one */
} vc__jwk;

void vc__jwk_cleanup(vc__jwk *jwk);

/*
 * A key of the half that is asked for; `oct` is private. A private key where a public one is due is refused, and so is the
 * other way round. VC_E_ARGUMENT: it is none (never with a byte of it); VC_E_LIMIT (over 1 MiB); VC_E_MEMORY.
 */
vc_code vc__jwk_parse(vc__jwk *out, vc_view text, vc__jwk_half half, vc_error *err);

/*
 * A key pair as people have it: a JWK where the text begins with a brace, else PEM (crypto/keypair.h). NULL: errors as above; VC_E_ARGUMENT
 * too for a JWK of the kind oct.
 */
vc__keypair *vc__key_read(vc_view text, vc__jwk_half half, vc_error *err);

/*
 * The public key of a set: the one with that kid, or with that thumbprint; with no kid (absent) the only one of a kind that is ours.
 * Keys of other kinds are passed over. VC_E_NOT_FOUND: no such key; VC_E_ARGUMENT: several, or no set; otherwise as above.
 */
vc_code vc__jwks_pick(vc__jwk *out, vc_view text, vc_view kid, vc_error *err);

/* The private key in what a key release answers: {"key":"<a JWK>"}, a string of JSON in JSON. Errors as vc__jwk_parse(). */
vc_code vc__jwk_released(vc__jwk *out, vc_view reply, vc_error *err);

#endif
