/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ciphertext.h - the texts that transit makes: "vault:vN:" and Base64, N the version of the key. Ciphertexts, wrapped
 * data keys, signatures and HMACs all look so.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__VAULT_CIPHERTEXT_H
#define VC__VAULT_CIPHERTEXT_H

#include "base/text.h"

/*
 * Splits one: its version, from 1 to 2^32 - 1 without leading zeros, and what is behind it, which is not empty. False,
 * and both untouched: it is none. What is behind it is not looked at.
 */
static inline bool vc__ciphertext_split(vc_view text, uint64_t *version, vc_view *encoded)
{
    const size_t prefix = sizeof "vault:v" - 1;
    if (!vc__view_starts(text, "vault:v"))
        return false;
    const vc_view rest = vc_view_of(text.data + prefix, text.len - prefix);
    const char *colon = rest.len ? memchr(rest.data, ':', rest.len) : NULL;
    uint64_t number;
    if (!colon || !vc__parse_uint(vc_view_of(rest.data, (size_t)(colon - rest.data)), UINT32_MAX, &number) || !number ||
        colon + 1 == rest.data + rest.len)
        return false;
    *version = number;
    *encoded = vc_view_of(colon + 1, (size_t)(rest.data + rest.len - colon) - 1);
    return true;
}

#endif
