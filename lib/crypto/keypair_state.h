/* SPDX-License-Identifier: Apache-2.0 */
/* keypair_state.h - what keypair.c and keypair_number.c share. */
#ifndef VC__CRYPTO_KEYPAIR_STATE_H
#define VC__CRYPTO_KEYPAIR_STATE_H

#include "crypto/keypair.h"

/* What is said where both halves, or their numbers, do not fit. */
extern const char vc__keypair_damaged[];

/* Takes the pkey, also when it fails; NULL passes NULL on. Checks kind, strength, and both halves. */
vc__keypair *vc__keypair_of_pkey(EVP_PKEY *pkey, bool private, vc_error *err);

#endif
