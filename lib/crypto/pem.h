/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.h - the one key of a PEM text (RFC 7468), for lib/crypto alone. Read tolerantly: what is around the block is passed
 * over (comments, "Bag Attributes", EC PARAMETERS), lines may be indented, end in LF or CRLF, be of any length, or be parted by "\n"
 * written out, as in a variable of the environment. A second block is refused: nothing says which is meant.
 *
 * Threads: any; nothing is kept. What is read here of a private key is wiped, and libcrypto wipes its copy when it frees it.
 */
#ifndef VC__CRYPTO_PEM_H
#define VC__CRYPTO_PEM_H

#include <openssl/evp.h>
#include <vaultcrypt/error.h>

enum { VC__PEM_MAX = 1 << 20 /* bytes of a text */ };

/*
 * SubjectPublicKeyInfo, PKCS#1, the key of an X.509 certificate; PKCS#8, PKCS#1 or SEC 1 without a pass phrase. To be freed by
 * EVP_PKEY_free(). NULL: VC_E_ARGUMENT with what is wrong, and never a byte of the text (none, several, the other half of a
 * pair, a pass phrase, damaged); VC_E_MEMORY.
 */
EVP_PKEY *vc__pem_public(vc_view pem, vc_error *err);
EVP_PKEY *vc__pem_private(vc_view pem, vc_error *err);

/* VC_E_ARGUMENT with that text, or VC_E_MEMORY where libcrypto's queue says so. */
vc_code vc__pem_refuse(const char *what, vc_error *err);

#endif
