/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asymmetric.h - key pairs: made, read, written, and what is done with them, in the ways of transit. All of
 * it is EVP_PKEY; errors that are libcrypto's leave its queue empty.
 *
 * Threads: a pair that is not changed may be used by many.
 */
#ifndef VC__DEV_ASYMMETRIC_H
#define VC__DEV_ASYMMETRIC_H

#include "base/buf.h"

#include <openssl/evp.h>

typedef enum dev_pair_kind { DEV_RSA = 1, DEV_ECDSA, DEV_ED25519 } dev_pair_kind;

/* `bits` of the modulus, or of the curve (256, 384, 521). NULL: libcrypto failed. */
EVP_PKEY *dev_pair_make(dev_pair_kind kind, int bits);

/* From 32 bytes; and those with the public key behind them, 64, as Go keeps them. */
EVP_PKEY *dev_pair_ed25519(const unsigned char *seed);
bool dev_pair_ed25519_write(EVP_PKEY *pair, unsigned char *out);

/* A private key in PKCS #8, a public one in PEM. NULL: it is none. */
EVP_PKEY *dev_pair_read_private(vc_view der);
EVP_PKEY *dev_pair_read_public(vc_view pem);

/* Whether the pair is of that kind and size. */
bool dev_pair_is(EVP_PKEY *pair, dev_pair_kind kind, int bits);

typedef enum dev_pair_form {
    DEV_PAIR_PUBLIC = 0,  /* SubjectPublicKeyInfo */
    DEV_PAIR_PRIVATE,     /* PKCS #8 */
    DEV_PAIR_TRADITIONAL, /* PKCS #1 and SEC 1 */
    DEV_PAIR_RAW          /* of Ed25519 */
} dev_pair_form;

/* Appends the key as DER, or as PEM with its final newline. False: libcrypto failed. */
bool dev_pair_der(EVP_PKEY *pair, dev_pair_form form, vc__buf *out);
bool dev_pair_pem(EVP_PKEY *pair, dev_pair_form form, vc__buf *out);

/* -- RSA encryption -- */

/* OAEP with that digest (and no label), or PKCS #1 v1.5 for NULL. */
bool dev_pair_encrypt(EVP_PKEY *pair, const EVP_MD *oaep, vc_view plaintext, vc__buf *out);
bool dev_pair_decrypt(EVP_PKEY *pair, const EVP_MD *oaep, vc_view ciphertext, vc__buf *out);

/* The most that OAEP takes. */
size_t dev_pair_room(EVP_PKEY *pair, const EVP_MD *oaep);

/* -- signatures -- */

enum { DEV_SALT_AUTO = 0, DEV_SALT_HASH = -1 };

typedef struct dev_signing {
    const EVP_MD *digest; /* NULL: none */
    bool pkcs1;           /* RSA: not PSS */
    bool jws;             /* ECDSA: the two numbers, not ASN.1 */
    int salt;             /* PSS: its length */
} dev_signing;

/* `input` is what RSA and ECDSA sign: a digest. Empty `*why`: done; else the reason, in Go's words. */
bool dev_pair_sign(EVP_PKEY *pair, const dev_signing *how, vc_view input, vc__buf *out, const char **why);

/* False: the signature is no signature at all, `*why` says so. */
bool dev_pair_verify(EVP_PKEY *pair, const dev_signing *how, vc_view input, vc_view signature, bool *valid,
                     const char **why);

/* The longest salt. */
int dev_pair_salt_max(EVP_PKEY *pair, const EVP_MD *digest);

/* -- AES key wrap with padding (RFC 5649) -- */

bool dev_unwrap(vc_view key, vc_view wrapped, vc__buf *out);

#endif
