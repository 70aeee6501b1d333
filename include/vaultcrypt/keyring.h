/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring.h - the data keys that a program holds, for as long as their limits allow: what `envelope`, `siv`, `hash` and `fpe` fields and
 * sealed files are protected with here, under keys that lie in Vault. A client makes a keyring of its own (vc_client_keyring()); several
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

/* Drops all keys that can be had again: all but those of vc_keyring_add_static(). */
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
