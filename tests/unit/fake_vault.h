/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_vault.h - an instant transport for batches: answers requests in memory, reversibly, so that the record operation can be
 * driven without a network. It is no Vault: encrypt, hmac and sign are "vault:v1:" and the value's Base64, encode turns each digit d
 * into 9-d. A data key is wrapped like any value; what keys are computed of is SHA-256 over path, version and input.
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
    unsigned long keys, computed; /* data keys made, and hmacs that keys are made of */
    size_t largest;        /* items of the largest request that was taken */
} fake_vault;

/* Answers one request. Values that hold "poison" make Vault refuse the whole request; those that hold "bad", the item. */
void fake_vault_answer(fake_vault *fake, vc_request *request, uint64_t now_ms);

/* Steps any operation to its end; time passes by itself. What a blocking call would return. */
typedef vc_step fake_step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err);
typedef vc_request *fake_next(void *self);
vc_code fake_vault_drive(fake_vault *fake, fake_step *step, fake_next *next, void *self, vc_error *err);

/* The same for a batch of records. */
vc_code fake_vault_run(fake_vault *fake, vc_batch *batch, vc_error *err);

#endif
