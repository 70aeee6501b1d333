/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair_vault.h - a transport for batches that answers as Vault does for the private keys that lie there: "decrypt" with an RSA key, each
 * item by itself, and "sign" with an Ed25519 key. Anything else fails the test.
 */
#ifndef VC__TEST_PAIR_VAULT_H
#define VC__TEST_PAIR_VAULT_H

#include "crypto/keypair.h"

#include <vaultcrypt/batch.h>

typedef struct pair_vault {
    const char *rsa_name, *sign_name; /* of the keys; each of version 1 */
    vc__keypair *rsa, *ed;            /* borrowed; private */
    unsigned requests, items;
    unsigned largest;                 /* items of a request */
    bool wrong_signature;
} pair_vault;

/* Steps the batch to its end, by itself in time. */
vc_code pair_vault_run(pair_vault *vault, vc_batch *batch, vc_error *err);

#endif
