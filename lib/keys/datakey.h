/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datakey.h - one data key: 32 bytes that encrypt nothing themselves. Keys for each purpose are derived from it with HKDF-SHA256 (RFC 5869,
 * empty salt) under a label of their own, and so is its id: 32 bytes that commit to the key, so that no ciphertext opens under two keys.
 * Two kinds: random ones, which Vault made and wrapped, and those that Vault computes with its hmac (PRF), for what must be equal in all
 * programs.
 *
 * Threads: counted references; nothing in it changes, so any number of threads may read.
 */
#ifndef VC__KEYS_DATAKEY_H
#define VC__KEYS_DATAKEY_H

#include "keys/slots.h"

enum { VC__KEY_SIZE = 32, VC__KEY_ID_SIZE = 32, VC__KEY_WRAPPED_MAX = 1024, VC__KEY_NAME_MAX = 255 };

/* As a token has it (vaultcrypt-format(5)). */
enum { VC__SOURCE_NONE = 0, VC__SOURCE_VAULT = 1, VC__SOURCE_STATIC = 2, VC__SOURCE_RSA = 3, VC__SOURCE_EC = 4, VC__SOURCE_HPKE = 5 };

/* Data keys are made here and wrapped to a public key (crypto/keypair.h); the place's name is its id, and it has no mount. */
static inline bool vc__source_is_pair(uint8_t source)
{
    return source == VC__SOURCE_RSA || source == VC__SOURCE_EC || source == VC__SOURCE_HPKE;
}

/* Where a key lies that data keys are wrapped under, or computed with. A NULL or empty mount is "transit" (Vault), or none (static). */
typedef struct vc__keyplace {
    uint8_t source;
    const char *mount, *name;
} vc__keyplace;

bool vc__keyplace_equal(const vc__keyplace *a, const vc__keyplace *b);

/* Never NULL: "transit" or "" where none was given. */
const char *vc__keyplace_mount(const vc__keyplace *place);

/* VC_E_ARGUMENT: no name, or longer than a token may say it. VC_E_UNSUPPORTED: a source that this version has not. */
vc_code vc__keyplace_check(const vc__keyplace *place, vc_error *err);

typedef enum vc__key_kind { VC__KEY_RANDOM = 0, VC__KEY_PRF } vc__key_kind;

typedef enum vc__key_purpose {
    VC__KEY_TOKEN_GCM = 0, /* 32 bytes; of random keys, as is */
    VC__KEY_STREAM,        /* 32 */
    VC__KEY_SIV,           /* 64; of PRF keys, as are */
    VC__KEY_HMAC,          /* 32 */
    VC__KEY_FF1,           /* 32 */
    VC__KEY_FF3_1,         /* 32 */
    VC__KEY_ITSELF         /* 32; of random keys: for formats of others, which encrypt with the data key */
} vc__key_purpose;

typedef struct vc__datakey vc__datakey;

/*
 * One reference. The place is copied, `wrapped` too: raw bytes, as behind "vault:vN:" once decoded; empty for PRF keys. `slots` holds the
 * key; NULL: slots of its own. NULL: VC_E_ARGUMENT (`key` is not 32 bytes, too long a name or wrapped key), VC_E_UNSUPPORTED (source), VC_E_MEMORY, VC_E_STATE (slots
 * of a parent process), VC_E_INTERNAL.
 */
vc__datakey *vc__datakey_make(vc__slots *slots, vc__key_kind kind, vc_view key, const vc__keyplace *place, uint64_t version,
                              vc_view wrapped, vc_error *err);
vc__datakey *vc__datakey_ref(vc__datakey *key);
/* The last one wipes. NULL is fine. */
void vc__datakey_unref(vc__datakey *key);
VC__DEFINE_CLEANUP(vc__datakey, vc__datakey_unref)

/* A random one by itself. */
static inline vc__datakey *vc__datakey_new(vc_view key, const vc__keyplace *place, uint64_t version, vc_view wrapped, vc_error *err)
{
    return vc__datakey_make(NULL, VC__KEY_RANDOM, key, place, version, wrapped, err);
}

vc__key_kind vc__datakey_kind(const vc__datakey *key);
vc_view vc__datakey_id(const vc__datakey *key); /* 32 bytes, to be compared with vc__secret_equal() */
const vc__keyplace *vc__datakey_place(const vc__datakey *key);
uint64_t vc__datakey_version(const vc__datakey *key);
vc_view vc__datakey_wrapped(const vc__datakey *key);

/* False in a forked child: it is to be had anew. */
bool vc__datakey_alive(const vc__datakey *key);

/*
 * The key for a purpose, `len` bytes as listed above. VC_E_ARGUMENT: another length, or the purpose is not of this kind of key. VC_E_STATE:
 * a forked child has no key. VC_E_MEMORY, VC_E_INTERNAL. On failure `out` is zeroed.
 */
VC_MUST_CHECK vc_code vc__datakey_derive(const vc__datakey *key, vc__key_purpose purpose, void *out, size_t len, vc_error *err);

/* The id that a key of 32 bytes has. Errors as above. */
VC_MUST_CHECK vc_code vc__datakey_id_of(vc_view key, void *id, vc_error *err);

#endif
