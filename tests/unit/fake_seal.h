/* SPDX-License-Identifier: Apache-2.0 */
/* fake_seal.h - see fake_seal.c. */
#ifndef VC__FAKE_SEAL_H
#define VC__FAKE_SEAL_H

#include <vaultcrypt/seal.h>

#endif
