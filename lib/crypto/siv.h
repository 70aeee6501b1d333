/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv.h - deterministic authenticated encryption: AES-SIV (RFC 5297). Equal key, associated data and
 * plaintext give equal bytes, and nothing else is learnt from them. The synthetic IV V of 16 bytes, which is
 * the tag too, lies before the ciphertext, as in the RFC. One object per key.
 *
 * It is made of libcrypto's CMAC and CTR and not of its AES-SIV, which takes no empty plaintext, passed over
 * empty associated data before 3.0.10 (CVE-2023-2975), wants its key anew for each message, and is missing
 * from the FIPS provider. CMAC and CTR are in there; SIV is nevertheless no mode that NIST has approved.
 *
 * Threads: an object has one user at a time; make one per thread.
 */
#ifndef VC__CRYPTO_SIV_H
#define VC__CRYPTO_SIV_H

#include "base/cleanup.h"

#include <vaultcrypt/error.h>

enum {
    VC__SIV_TAG = 16,
    VC__SIV_PARTS_MAX = 126 /* components of associated data (RFC 5297 section 7) */
};

typedef struct vc__siv vc__siv;

/*
 * A key of 32, 48 or 64 bytes: its first half is CMAC's, its second CTR's; 64 is AEAD_AES_SIV_CMAC_512. NULL:
 * VC_E_ARGUMENT (length), VC_E_MEMORY, VC_E_INTERNAL (libcrypto lacks CMAC or CTR).
 */
vc__siv *vc__siv_new(vc_view key, vc_error *err);
void vc__siv_free(vc__siv *siv);
VC__DEFINE_CLEANUP(vc__siv, vc__siv_free)

/*
 * `out` gets VC__SIV_TAG + plaintext.len bytes: V and ciphertext. The plaintext may lie at out +
 * VC__SIV_TAG, no other overlap. `aad` holds `count` components, which may be empty; none, and one that is
 * empty, are not the same. VC_E_ARGUMENT: too many; VC_E_LIMIT: over 2^31 - 17 bytes; VC_E_INTERNAL,
 * VC_E_MEMORY: libcrypto failed. On failure `out` is zeroed.
 */
vc_code vc__siv_seal(vc__siv *siv, const vc_view *aad, size_t count, vc_view plaintext, char *out,
                     vc_error *err);

/*
 * `sealed` is V and ciphertext; `out` gets sealed.len - VC__SIV_TAG bytes; it may be sealed.data +
 * VC__SIV_TAG. VC_E_CIPHERTEXT (the text of aead.h): too short, or key, associated data, V or ciphertext is
 * not the right one; `out` is zeroed then. Others as above.
 */
vc_code vc__siv_open(vc__siv *siv, const vc_view *aad, size_t count, vc_view sealed, char *out,
                     vc_error *err);

#endif
