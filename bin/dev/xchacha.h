/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xchacha.h - XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): ChaCha20-Poly1305 under a key that HChaCha20
 * makes of the first 16 bytes of a nonce of 24. libcrypto lacks it.
 */
#ifndef VC__DEV_XCHACHA_H
#define VC__DEV_XCHACHA_H

#include "crypto/aead.h"

enum { DEV_XCHACHA_KEY = 32, DEV_XCHACHA_NONCE = 24 };

void dev_hchacha20(const unsigned char *key, const unsigned char *nonce, unsigned char *out);

/* As vc__aead_seal() and vc__aead_open(). */
vc_code dev_xchacha_seal(const unsigned char *key, const char *nonce, vc_view aad, vc_view plaintext,
                         char *out);
vc_code dev_xchacha_open(const unsigned char *key, const char *nonce, vc_view aad, vc_view sealed, char *out);

#endif
