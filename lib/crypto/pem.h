/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.h - keys in PEM, for lib/crypto alone.
 *
 * Threads: any; nothing is kept. libcrypto's copies of a private key are wiped when it frees them.
 */
#ifndef VC__CRYPTO_PEM_H
#define VC__CRYPTO_PEM_H

#include <openssl/evp.h>
#include <vaultcrypt/error.h>

/*
 * SubjectPublicKeyInfo; PKCS#8, PKCS#1 or SEC 1 without a pass phrase. To be freed by EVP_PKEY_free(). NULL: none, or
 * short of memory; libcrypto's queue has it, for vc__pem_refuse().
 */
EVP_PKEY *vc__pem_public(vc_view pem);
EVP_PKEY *vc__pem_private(vc_view pem);

/* VC_E_ARGUMENT with that text, or VC_E_MEMORY. */
vc_code vc__pem_refuse(const char *what, vc_error *err);

#endif
