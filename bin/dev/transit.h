/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit.h - the transit engine: keys with versions, and what is done with them. transit_key.c has the keys'
 * endpoints, transit.c the cryptography of one item, transit_batch.c the bodies of encrypt, decrypt and
 * rewrap, transit_more.c the rest.
 */
#ifndef VC__DEV_TRANSIT_H
#define VC__DEV_TRANSIT_H

#include "crypto/aead.h"
#include "route.h"

typedef struct transit_type {
    const char *name;
    vc__aead_algorithm algorithm; /* 0: known to Vault, not to this emulator */
} transit_type;

typedef struct transit_version {
    char key[32];
    long long created; /* seconds since 1970 */
} transit_version;

typedef struct transit_key {
    char *name;
    const transit_type *type;
    transit_version *versions; /* [0] is version 1 */
    int latest;
    int min_decryption; /* 1 and up */
    int min_encryption; /* 0: latest */
    int min_available;
    bool exportable, plaintext_backup, deletion_allowed;
    long long auto_rotate;
} transit_key;

typedef struct transit {
    dev_names keys;
    bool no_upsert;
} transit;

static inline transit *transit_of(const dev_request *request)
{
    return request->mount->state;
}

const transit_type *transit_type_find(vc_view name);

/* NULL: no memory or no random bytes. It is in the engine's table then. */
transit_key *transit_key_make(dev_request *request, vc_view name, const transit_type *type);

/* The key that args[at] names, or NULL. */
transit_key *transit_key_get(const dev_request *request, size_t at);

/* -- one item -- */

typedef struct transit_item {
    vc_view text; /* plaintext in base64, or ciphertext */
    vc_view context, aad, reference;
    long long version;
    bool has_text, has_nonce;
    bool internal;     /* the error is the server's: 500 */
    const char *error; /* NULL: none. "%zu" stands for error_at */
    size_t error_at;
} transit_item;

/* What work on many items with one key shares. Start from zero; free with transit_work_free(). */
typedef struct transit_work {
    const transit_key *key;
    vc__random *random;
    vc__aead *aead; /* of version aead_version */
    int aead_version;
    vc__buf scratch;
} transit_work;

void transit_work_start(transit_work *work, const transit_key *key, vc__random *random);
void transit_work_free(transit_work *work);

/*
 * Appends the ciphertext (without quotes) to `out` and sets *version; or fills item->error, `out` as it was.
 * Plain bytes for transit_seal(), base64 for the other.
 */
bool transit_seal(transit_work *work, transit_item *item, vc_view plaintext, vc__buf *out, int *version);
bool transit_encrypt(transit_work *work, transit_item *item, vc__buf *out, int *version);

/* Appends the plaintext in base64; or fills item->error, `out` as it was. */
bool transit_decrypt(transit_work *work, transit_item *item, vc__buf *out);

/* Appends the ciphertext under the latest version (or item->version). */
bool transit_rewrap(transit_work *work, transit_item *item, vc__buf *out, int *version);

/* Writes the text of item->error. */
void transit_error_write(const transit_item *item, char *out, size_t room);

/* -- handlers -- */

dev_handler transit_on_encrypt, transit_on_decrypt, transit_on_rewrap;
dev_handler transit_key_create, transit_key_read, transit_key_delete, transit_key_list, transit_key_rotate;
dev_handler transit_key_config, transit_key_trim, transit_config_read, transit_config_write;
dev_handler transit_on_datakey, transit_on_random, transit_on_hash;
bool transit_key_exists(const dev_request *request);

#endif
