/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrap.h - keys under keys: AES Key Wrap with Padding (NIST SP 800-38F section 6.3, RFC 5649) and without
 * (section 6.2, RFC 3394), and private keys as PKCS#8 (RFC 5208). RSA-OAEP is in oaep.h.
 *
 * Threads: any; nothing is kept. libcrypto's own copies of a key are wiped when it frees them.
 */
#ifndef VC__CRYPTO_WRAP_H
#define VC__CRYPTO_WRAP_H

#include "base/buf.h"

enum { VC__WRAP_KEY_MAX = 1 << 20 }; /* bytes of a key that is wrapped */

/* Bytes that a key of `len` bytes becomes. */
static inline size_t vc__kwp_size(size_t len)
{
    return (len + 7) / 8 * 8 + 8;
}

/*
 * Appends the wrapped key. `kek` has 16, 24 or 32 bytes, `key` 1 to VC__WRAP_KEY_MAX. VC_E_ARGUMENT: other
 * lengths; VC_E_INTERNAL, VC_E_MEMORY, VC_E_LIMIT: nothing is appended.
 */
vc_code vc__kwp_wrap(vc__buf *out, vc_view kek, vc_view key, vc_error *err);

/* Appends the key. VC_E_CIPHERTEXT (one text for all): another key, changed, or not a wrapped key at all. */
vc_code vc__kwp_unwrap(vc__buf *out, vc_view kek, vc_view wrapped, vc_error *err);

/* The same without padding: `key` has 16 to VC__WRAP_KEY_MAX bytes, a multiple of 8, and becomes 8 bytes longer. */
vc_code vc__kw_wrap(vc__buf *out, vc_view kek, vc_view key, vc_error *err);
vc_code vc__kw_unwrap(vc__buf *out, vc_view kek, vc_view wrapped, vc_error *err);

/*
 * Appends the private key in `pem` (PKCS#8, PKCS#1 or SEC 1, without a pass phrase) as PKCS#8 DER.
 * VC_E_ARGUMENT: it is none.
 */
vc_code vc__private_key_der(vc__buf *out, vc_view pem, vc_error *err);

#endif
