/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit.h - the transit engine: keys with versions, and what is done with them.
 *
 *     transit.c         the engine's table and state
 *     transit_type.c    the types of keys
 *     transit_version.c a key, its versions, and what is derived from them
 *     transit_key.c     create, read, list, delete      transit_config.c  rotate, config, trim
 *     transit_item.c    the cryptography of one item    transit_batch.c   encrypt, decrypt, rewrap
 *     transit_body.c    what those are asked
 *     transit_texts.c   batches of strings, for         transit_hmac.c    and transit_sign.c
 *     transit_export.c  keys given away
 *     transit_import.c  keys brought in                  transit_backup.c  backup and restore
 *     transit_more.c    data keys, random bytes, digests
 */
#ifndef VC__DEV_TRANSIT_H
#define VC__DEV_TRANSIT_H

#include "asymmetric.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "route.h"

enum {
    TRANSIT_KEY_MIN = 32, /* bytes of a key of type hmac */
    TRANSIT_KEY_MAX = 512,
    TRANSIT_HMAC_KEY = 32
};

typedef enum transit_kind {
    TRANSIT_AEAD = 1,
    TRANSIT_XCHACHA,
    TRANSIT_HMAC,
    TRANSIT_RSA, /* from here on pairs */
    TRANSIT_ECDSA,
    TRANSIT_ED25519
} transit_kind;

typedef struct transit_type {
    const char *name;
    transit_kind kind;
    vc__aead_algorithm algorithm; /* of TRANSIT_AEAD and TRANSIT_XCHACHA */
    bool openbao;                 /* Vault has it not */
    dev_pair_kind pair;           /* of pairs, from here on */
    int bits;
    const char *shown; /* what a version says that it is */
} transit_type;

typedef struct transit_version {
    unsigned char *secret; /* of a symmetric key, and of Ed25519; NULL: trimmed, or none */
    size_t secret_len;
    EVP_PKEY *pair;
    bool public_only; /* imported without its private half */
    unsigned char hmac_key[TRANSIT_HMAC_KEY];
    int64_t created; /* nanoseconds since 1970 */
} transit_version;

/* When something was done, and up to which version. */
typedef struct transit_event {
    int64_t when; /* 0: never */
    int version;
} transit_event;

typedef struct transit_key {
    char *name;
    const transit_type *type;
    transit_version *versions; /* [0] is version 1 */
    int latest;
    int min_decryption; /* 1 and up */
    int min_encryption; /* 0: latest */
    int min_available;
    bool derived, convergent;
    bool soft_deleted; /* OpenBao's */
    bool imported, allow_rotation;
    bool counter_kdf; /* derived by HMAC in counter mode, as imported keys are */
    transit_event backup, restore;
    bool exportable, plaintext_backup, deletion_allowed;
    int key_size; /* of type hmac; else 0 */
    long long auto_rotate;
} transit_key;

typedef struct transit {
    dev_names keys;
    bool no_upsert;
    long long cache_size;
    EVP_PKEY *wrapping; /* for keys that are brought in; NULL: not asked for yet */
} transit;

static inline transit *transit_of(const dev_request *request)
{
    return request->mount->state;
}

/* -- types -- */

/* NULL: this flavour does not know it. */
const transit_type *transit_type_find(const dev_flavour *flavour, vc_view name);
bool transit_encrypts(const transit_type *type);
bool transit_associates(const transit_type *type); /* takes associated data */
bool transit_signs(const transit_type *type);
bool transit_derives(const transit_type *type);

/* -- keys -- */

/* What a key is made of. */
typedef struct transit_make {
    const transit_type *type;
    bool derived, convergent;
    int key_size;
} transit_make;

/* NULL: no memory or no random bytes. It is in the engine's table then. */
transit_key *transit_key_make(dev_request *request, vc_view name, const transit_make *make);
void transit_key_free(void *key);

/* A key like that one with a single version, whose parts are taken; NULL likewise. */
transit_key *transit_key_put(dev_request *request, vc_view name, const transit_key *like,
                             transit_version *version);

/* The key that args[at] names, or NULL. */
transit_key *transit_key_get(const dev_request *request, size_t at);

/* A new version; false: no memory or no random bytes. */
bool transit_key_add(transit_key *key, vc__random *random);

/* Takes the version's secret or pair; false likewise, they are freed then. */
bool transit_key_append(transit_key *key, transit_version *version, vc__random *random);

/* Frees the version's own parts, wiped. */
void transit_version_clear(transit_version *version);

/* NULL: there is no such version, or decryption with it is not allowed any more. */
const transit_version *transit_key_version(const transit_key *key, long long number);

/* The key that HMACs of this version are made with. */
vc_view transit_hmac_key(const transit_key *key, const transit_version *version);

/* Answers with the key's policy. */
void transit_key_write(dev_request *request, const transit_key *key);

/* -- one item -- */

extern const char transit_no_context[], transit_soft_deleted[];

typedef struct transit_item {
    vc_view text; /* plaintext in base64, or ciphertext */
    vc_view context, aad, reference;
    vc_view padding; /* of RSA, where the server has the choice */
    long long version;
    bool has_text, has_nonce;
    bool internal;     /* the error is the server's: 500 */
    bool neither;      /* the error does not count for the batch's status */
    const char *error; /* NULL: none. "%zu" stands for error_at, "%s" for error_name */
    const char *error_name;
    size_t error_at;
} transit_item;

/* What work on many items with one key shares. Start from zero; free with transit_work_free(). */
typedef struct transit_work {
    const transit_key *key;
    vc__random *random;
    vc__aead *aead;       /* of version aead_version, for the context `derived_from` */
    vc__hmac *nonce_hmac; /* likewise, of convergent keys */
    int aead_version;
    unsigned char secret[64]; /* XChaCha's key */
    vc__buf context;          /* of this item, decoded */
    vc__buf derived_from;
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

/* `len` bytes derived from a version's secret for a context; in counter mode at most 32. */
bool transit_derive(const transit_key *key, const transit_version *version, vc_view context, void *out,
                    size_t len);

/* The pair of Ed25519 that is derived for a context; NULL: libcrypto failed. The caller frees it. */
EVP_PKEY *transit_derive_pair(const transit_key *key, const transit_version *version, vc_view context);

/* Splits "vault:v12:..." behind its prefix; NULL, or which part is wrong. */
typedef enum transit_split {
    TRANSIT_SPLIT_OK,
    TRANSIT_NO_PREFIX,
    TRANSIT_FIELDS,
    TRANSIT_NUMBER
} transit_split;
transit_split transit_split_text(vc_view text, long *version, vc_view *encoded);

/* -- digests -- */

/* By Vault's name, sha1 too; NULL: none of that name. */
const EVP_MD *transit_digest(vc_view name);

/*
 * The name of the digest that a request asks for: in its path as args[1], or as one of the members `names`
 * (ended by NULL). False: answered.
 */
bool transit_digest_name(dev_request *request, const char *const *names, vc_view *name);

/* -- handlers -- */

dev_handler transit_on_encrypt, transit_on_decrypt, transit_on_rewrap;
dev_handler transit_key_create, transit_key_read, transit_key_delete, transit_key_list, transit_key_rotate;
dev_handler transit_key_config, transit_key_trim, transit_config_read, transit_config_write;
dev_handler transit_cache_read, transit_cache_write;
dev_handler transit_on_datakey, transit_on_random, transit_on_hash, transit_on_hmac, transit_on_verify;
dev_handler transit_on_sign, transit_on_export;
dev_handler transit_on_wrapping_key, transit_on_import, transit_on_import_version;
dev_handler transit_on_backup, transit_on_restore, transit_key_soft_delete, transit_key_soft_restore;
bool transit_key_exists(const dev_request *request);

/* The part of verify that is about HMACs. */
void transit_verify_hmac(dev_request *request, vc_view algorithm, bool many);

#endif
