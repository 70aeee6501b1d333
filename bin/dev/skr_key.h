/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skr_key.h - a key of the key store: its versions, each with a release policy; made, imported, and written as a JWK.
 *
 * Threads: the lock of the emulator.
 */
#ifndef VC__DEV_SKR_KEY_H
#define VC__DEV_SKR_KEY_H

#include "asymmetric.h"
#include "crypto/random.h"

#include <json-c/json.h>
#include <vaultcrypt/release_policy.h>

enum { DEV_SKR_OCT_MAX = 64, DEV_SKR_VERSIONS = 100 };

typedef enum dev_skr_kind { SKR_RSA = 1, SKR_EC, SKR_OCT } dev_skr_kind;

typedef struct dev_skr_version {
    char id[33];
    dev_skr_kind kind;
    bool hsm;
    EVP_PKEY *pair; /* NULL: oct */
    unsigned char oct[DEV_SKR_OCT_MAX];
    size_t oct_len;
    bool exportable, enabled, immutable;
    char *policy_text;
    vc_release_policy *policy; /* NULL: none, not exportable */
    json_object *key_ops;      /* an array of texts, or NULL */
    int64_t created;           /* seconds since 1970 */
} dev_skr_version;

typedef struct dev_skr_key {
    dev_skr_version *versions[DEV_SKR_VERSIONS];
    size_t count; /* the last is the latest */
} dev_skr_key;

void dev_skr_key_free(void *key);
void dev_skr_version_free(dev_skr_version *version);

/* A new version of that kind; `bits` of the modulus, the curve or the key. NULL: not possible, or no memory. */
dev_skr_version *dev_skr_version_make(dev_skr_kind kind, int bits, vc__random *random);

/* Of a private JWK. NULL: it is none. */
dev_skr_version *dev_skr_version_read(json_object *jwk, vc__random *random);

/* "RSA-HSM", "oct". */
const char *dev_skr_kty(const dev_skr_version *version);

/* Members of a JWK in the order of their names, as the sidecar writes them: with what is private, or without. */
bool dev_skr_jwk(const dev_skr_version *version, bool whole, vc__buf *out);

/* The members that make it public: n and e, or crv, x and y. To be put into an open object. */
bool dev_skr_public(const dev_skr_version *version, vc__buf *out);

#endif
