/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hpke.h - data keys wrapped to an EC P-256 key by HPKE (RFC 9180): base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256,
 * AES-256-GCM, one message. libcrypto does it, from OpenSSL 3.2 on; built with an older one, everything here is
 * VC_E_UNSUPPORTED. For lib/crypto alone, but for vc__hpke_check(): others use keypair.h.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__CRYPTO_HPKE_H
#define VC__CRYPTO_HPKE_H

#include "base/buf.h"

#include <openssl/evp.h>

enum { VC__HPKE_ENC = 65, VC__HPKE_TAG = 16 }; /* bytes before the ciphertext: 04 || X || Y; and behind it */

/* VC_E_UNSUPPORTED: not built in; the text says what it takes. */
vc_code vc__hpke_check(vc_error *err);

/*
 * Appends the ephemeral public key || ciphertext and tag. VC_E_UNSUPPORTED, VC_E_LIMIT, VC_E_MEMORY, VC_E_INTERNAL; nothing
 * is appended then.
 */
vc_code vc__hpke_seal(vc__buf *out, EVP_PKEY *peer, vc_view info, vc_view aad, vc_view plaintext, vc_error *err);

/*
 * Appends the plaintext. VC_E_CIPHERTEXT (one text for all): another key, info or aad, changed, no point of the curve;
 * others as above.
 */
vc_code vc__hpke_open(vc__buf *out, EVP_PKEY *own, vc_view info, vc_view aad, vc_view sealed, vc_error *err);

#endif
