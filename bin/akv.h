/* SPDX-License-Identifier: Apache-2.0 */
/*
 * akv.h - the little of a key store's REST API (Azure Key Vault, 7.4) that `vaultcrypt setup-key` speaks, with the emulator of
 * `vaultcrypt dev --skr` alone: on the loopback address, without a token. The real ones are az's.
 */
#ifndef VC_BIN_AKV_H
#define VC_BIN_AKV_H

#include "blob.h"

#include <json-c/json.h>

/* Whether STORE is the emulator's: a loopback address with a port. */
bool akv_is_local(const char *store);

typedef struct akv_answer {
    long status;              /* 0: no answer, `error` says why */
    struct json_object *json; /* NULL: no object came */
    char error[300];
} akv_answer;

/* `body` may be NULL. What is there from an answer before is put first. */
void akv_call(akv_answer *answer, const char *store, const char *method, const char *path, const char *body);
void akv_end(akv_answer *answer);

/* The public key of an answer, as SubjectPublicKeyInfo in PEM. False: it is none. */
bool akv_public_pem(const akv_answer *answer, blob *pem);

#endif
