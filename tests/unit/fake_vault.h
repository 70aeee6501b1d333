/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_vault.h - an instant transport for batches: answers requests in memory, reversibly, so that the record operation can be
 * driven without a network. It is no Vault: encrypt is "vault:v1:" and the plaintext's Base64, encode turns each digit d into 9-d.
 */
#ifndef VC__TEST_FAKE_VAULT_H
#define VC__TEST_FAKE_VAULT_H

#include "base/buf.h"

#include <vaultcrypt/batch.h>

typedef struct fake_vault {
    size_t most_items;     /* refuse more with "high complexity"; 0: any number */
    size_t most_bytes;     /* answer 413 to longer bodies; 0: of any length */
    unsigned fail_first;   /* answer that many requests with `fail_status` */
    int fail_status;
    bool no_reply;         /* the connection breaks each time */
    bool generate_tweaks;  /* encode answers with a tweak, and decode insists on it */
    bool short_results;    /* one result is missing */
    bool clear_results;    /* hands plaintext back as "ciphertext" */
    unsigned long requests, items;
    unsigned long tweaks;  /* items that came with one */
    size_t largest;        /* items of the largest request that was taken */
} fake_vault;

/* Answers one request. Values that hold "poison" make Vault refuse the whole request; those that hold "bad", the item. */
void fake_vault_answer(fake_vault *fake, vc_request *request, uint64_t now_ms);

/* Steps the batch to its end; time passes by itself. What vc_client_run() would return. */
vc_code fake_vault_run(fake_vault *fake, vc_batch *batch, vc_error *err);

#endif
