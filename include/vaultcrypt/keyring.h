/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring.h - the data keys that a program holds, for as long as their limits allow: what `envelope`, `hybrid`, `siv`, `hash` and `fpe`
 * fields and sealed files are protected with here, under keys that lie in Vault, or wrapped to public keys, which it holds too. A client makes a keyring of its own (vc_client_keyring()); several
 * clients share one that is made here and given to them (vc_config_set_keyring(), client.h).
 *
 * A key is known by source, mount and name alone: clients that share a keyring are of the same Vault and the same namespace, and of the
 * same rights, since what one of them has unwrapped opens for all. With two Vaults, records would hold keys that the one that is asked to
 * unwrap them has never seen. So a keyring is, for good, of the Vault and the namespace of the first client that is opened with it or runs
 * something with it (vc_batch_set_keyring(), vc_sealer_start()): another client must have one address in common with those before (as they
 * were configured; the addresses of one client are of one Vault), with the same TLS server name, and the same namespace. Otherwise it is
 * refused: VC_E_CONFIG. Whether rights are the same, and what an own driver of a batch's requests asks, no keyring can see.
 *
 * Every key has limits, which cannot be turned off:
 *   for protecting  AEAD calls  default 2^24, at most 2^32. NIST SP 800-38D allows 2^32 calls with random 96-bit nonces under one key;
 *                               with 2^24 two equal ones come with a probability below 2^-48, and a busy program asks Vault for a
 *                               key about once a minute
 *                   bytes       default 16 GiB, at most 64 GiB. A larger value is refused (VC_E_TOO_LARGE), its record alone
 *                   age         default 1 hour, at most 30 days
 *   for opening     keys        default 10 000, at most 1 000 000; the one that was not used for longest goes first
 *                   age         default 1 hour, at most 30 days
 * Keys for `siv`, `hash` and `fpe` have the limits of those for opening.
 *
 * At three quarters of a limit for protecting, the next key is asked for along with what comes by. When that fails, the log says so once,
 * the current key serves until its limit, and Vault is asked again after 5 s, doubling up to a minute.
 *
 * Key material lies in memory that is locked where the system lets us, left out of core dumps, wiped when a key goes, and wiped in a
 * forked child: a keyring is empty there.
 *
 * Threads: any, at once.
 */
#ifndef VAULTCRYPT_KEYRING_H
#define VAULTCRYPT_KEYRING_H

#include <vaultcrypt/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_keyring vc_keyring;

/* One reference. NULL: VC_E_MEMORY, VC_E_INTERNAL. */
VC_API VC_MUST_CHECK vc_keyring *vc_keyring_new(vc_error *err);
VC_API vc_keyring *vc_keyring_ref(vc_keyring *ring);
/* The last one wipes and frees; what is in use elsewhere goes when it is given back. NULL is fine. */
VC_API void vc_keyring_unref(vc_keyring *ring);

/*
 * Limits of a key for protecting: AEAD calls, bytes of plaintext, milliseconds since it was had. 0 leaves a limit as it is. They hold at
 * once, also for keys that are there. VC_E_LIMIT: over a maximum; nothing is changed then.
 */
VC_API vc_code vc_keyring_set_use_limits(vc_keyring *ring, uint64_t calls, uint64_t bytes, uint64_t age_ms, vc_error *err);
/* The same for opening: how many keys, and milliseconds since each was had. */
VC_API vc_code vc_keyring_set_open_limits(vc_keyring *ring, size_t keys, uint64_t age_ms, vc_error *err);

/* Where it says that the next key cannot be had: as vc_config_set_log(). The keyring that a client makes uses the client's log. */
VC_API vc_code vc_keyring_set_log(vc_keyring *ring, void (*log)(void *user, const char *line), void *user, vc_error *err);

/*
 * A key of 32 bytes under the name by which a schema asks for it with `source: static`: for tests, and where there is no Vault. Data keys
 * are wrapped under it with AES key wrap with padding (RFC 5649). Copied; the same name again takes the place of the old key.
 * VC_E_ARGUMENT: another length, a name that is empty or longer than 255 bytes. VC_E_MEMORY.
 */
VC_API vc_code vc_keyring_add_static(vc_keyring *ring, const char *name, vc_view key, vc_error *err);

/*
 * Key pairs, for `hybrid` and `rsa-oaep` fields and for signatures: RSA of 2048 to 16384 bits (`hybrid`: to 8192), EC P-256, and Ed25519,
 * which signs. They go by a name of a schema (`keys:`), of which each may have several over time: the public key that was added first
 * protects (or the one of vc_keyring_prefer_public()), every private key opens, and every public one verifies. The id of a key is its
 * thumbprint (RFC 7638, SHA-256; RFC 8037 for Ed25519), 43 characters, the same for both halves. `vc_keysource` (keysource.h) does all this
 * as the schema says; here it is for programs that have their keys from elsewhere.
 *
 * `text` is PEM or a JWK, and not kept. Private keys are libcrypto's from there on, in plain memory; a forked child
 * has them, as ordinary memory that nothing uses, until it first enters the keyring, which empties it: one that never does should exec at
 * once. The same key again changes nothing.
 *
 * Errors of all: VC_E_ARGUMENT (no ring, a name that is empty or longer than 255 bytes, no key of these kinds, and what is wrong with it,
 * never a byte of it), VC_E_LIMIT (256 keys under a name), VC_E_MEMORY, VC_E_INTERNAL.
 */
/* VC_E_ARGUMENT too for a private key: who protects must not hold it. */
VC_API vc_code vc_keyring_add_public(vc_keyring *ring, const char *name, vc_view text, vc_error *err);
VC_API vc_code vc_keyring_add_private(vc_keyring *ring, const char *name, vc_view text, vc_error *err);
/*
 * The private half of this public key is version `version` of the transit key `key` (mount NULL: "transit") and never leaves Vault: what it
 * opens or signs is sent there, many values in a request. Of an RSA key (decrypt) or an Ed25519 key (sign).
 */
VC_API vc_code vc_keyring_add_vault_private(vc_keyring *ring, const char *name, const char *mount, const char *key, uint64_t version,
                                            vc_view public_text, vc_error *err);
/* From now on this public key protects. VC_E_NOT_FOUND: there is none with this id under the name. */
VC_API vc_code vc_keyring_prefer_public(vc_keyring *ring, const char *name, const char *id, vc_error *err);
/*
 * Drops both halves, or the private one alone, with the data keys that were opened with it. VC_E_NOT_FOUND: there is none with this id under
 * the name. Batches that run finish with what they have.
 */
VC_API vc_code vc_keyring_remove_pair(vc_keyring *ring, const char *name, const char *id, vc_error *err);
VC_API vc_code vc_keyring_remove_private(vc_keyring *ring, const char *name, const char *id, vc_error *err);
/*
 * Why keys of this name are missing, for the errors of records that cannot be opened or verified without: "the release was refused: ...". Cut to
 * 200 bytes; control characters become `?`. NULL or "": no reason. It may be set before there is a key. With a reason, what no key here opens or
 * verifies fails with VC_E_NO_KEY, not as forged. What key sources say of a name is apart from this, and each has its own.
 */
VC_API vc_code vc_keyring_set_pair_reason(vc_keyring *ring, const char *name, const char *reason, vc_error *err);

/* One key pair of the keyring. */
typedef struct vc_keyring_pair {
    size_t size;      /* sizeof(vc_keyring_pair), set by the caller */
    char name[256];
    char id[48];
    const char *kind; /* "RSA", "EC P-256", "Ed25519" */
    int bits;
    int has_private;  /* 0: public only; 1: the private half is here; 2: in Vault */
    int protects;     /* 1: the one of this name that protects, or signs */
} vc_keyring_pair;

/* Pair `i`, in the order of names and then of keys; 1: filled, 0: there is none. */
VC_API int vc_keyring_get_pair(vc_keyring *ring, size_t i, vc_keyring_pair *pair);

/* Drops all keys that can be had again: all but those of vc_keyring_add_static() and key pairs. */
VC_API void vc_keyring_clear(vc_keyring *ring);

typedef struct vc_keyring_stats {
    size_t size;       /* sizeof(vc_keyring_stats), set by the caller */
    uint64_t hits;     /* a key was asked for, and was there */
    uint64_t misses;   /* was not there */
    uint64_t fetched;  /* keys that were had of Vault, or made under a static key */
    uint64_t evicted;  /* keys dropped for their age, for their number, or spent */
    uint64_t prefetch_failures; /* the next key could not be had in time */
    size_t use_keys;   /* places with a key for protecting now */
    size_t open_keys;  /* keys for opening now */
    size_t prf_keys;   /* keys for siv, hash and fpe now */
    uint64_t oldest_open_ms; /* age of the oldest of those for opening, when the keyring was asked last */
} vc_keyring_stats;

VC_API void vc_keyring_get_stats(vc_keyring *ring, vc_keyring_stats *stats);

/* The key for protecting of one place, when the keyring was asked last. */
typedef struct vc_keyring_use {
    size_t size;          /* sizeof(vc_keyring_use), set by the caller */
    uint64_t calls_left;  /* all 0: there is no key now */
    uint64_t bytes_left;
    uint64_t age_ms;
    uint64_t age_left_ms;
    uint64_t version;     /* of the key in Vault that it is wrapped under */
    int next_ready;       /* 1: the next key is there */
    char place[512];      /* "MOUNT/KEY", cut when it is longer */
} vc_keyring_use;

/* Of place `i`; 1: filled, 0: there is none. */
VC_API int vc_keyring_get_use(vc_keyring *ring, size_t i, vc_keyring_use *use);

#ifdef __cplusplus
}
#endif

#endif
