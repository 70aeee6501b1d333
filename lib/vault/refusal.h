/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal.h - what Vault's error texts and statuses mean to us. Vault's own words may repeat values of the
 * request, so they are never passed on: a known text becomes a constant sentence of ours, an unknown one a
 * sentence that tells where the reason can be found.
 *
 * Threads: any; constants.
 */
#ifndef VC__VAULT_REFUSAL_H
#define VC__VAULT_REFUSAL_H

#include "vault/batch.h"

typedef struct vc__refusal {
    const char *text; /* how Vault's text begins; NULL in rows for a status */
    bool anywhere;    /* or what it has somewhere within */
    vc_code code;
    vc__verdict verdict; /* when it refuses a whole batch */
    const char *says;    /* our sentence */
} vc__refusal;

/* For one of the texts in `errors`, or the `error` of an item; NULL when it is not known. */
const vc__refusal *vc__refusal_find(vc_view text);

/*
 * For an item of a batch; never NULL. Texts of transform may begin with a value: they never speak for other
 * items.
 */
const vc__refusal *vc__refusal_of_item(vc__verb verb, vc_view text);

/* Of a signature or HMAC that is not right, without a text of Vault. */
const vc__refusal *vc__refusal_of_signature(void);

/* By the status alone; never NULL. For 200 to 299: a reply that is not what it should be. */
const vc__refusal *vc__refusal_of_status(int status);

/* One of the known texts that no repetition mends is in the body of a 500, somewhere. */
bool vc__refusal_is_final(vc_view body);

#endif
