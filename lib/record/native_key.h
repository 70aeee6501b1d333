/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_key.h - inside of native.h: the cipher of one key, which sealing (native_frame.c) and opening
 * (native.c) share.
 *
 * Threads: one user at a time.
 */
#ifndef VC__RECORD_NATIVE_KEY_H
#define VC__RECORD_NATIVE_KEY_H

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/siv.h"
#include "record/native.h"

enum { VC__NATIVE_HASH = 32 }; /* bytes of an HMAC token's sealed part */

struct vc__native_key {
    vc__native_algorithm algorithm;
    unsigned char id[VC__NATIVE_ID];
    vc__aead *aead; /* one of the three */
    vc__siv *siv;
    vc__hmac *hmac;
};

#endif
