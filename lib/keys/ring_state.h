/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring_state.h - what a vc_keyring holds, for the files of this folder: ring.c (life, limits, figures), ring_use.c (keys for protecting),
 * ring_cache.c (keys for opening, and computed ones; who fetches what), ring_static.c (static keys), ring_pair.c (key pairs),
 * ring_seek.c (who looks for those that are missing), ring_vault.c (whose keys they are).
 *
 * Threads: what stands under the lock is touched between vc__ring_enter() and vc__ring_leave() only. Nothing is logged in between.
 */
#ifndef VC__KEYS_RING_STATE_H
#define VC__KEYS_RING_STATE_H

#include "base/buf.h"
#include "crypto/random.h"
#include "keys/ring.h"
#include "keys/table.h"

#include <pthread.h>
#include <stdatomic.h>

/* What a key is found by, and who fetches it: kind, place, and what tells it from others there. */
typedef struct vc__keyname {
    char bytes[1024];
    size_t len;
} vc__keyname;

/* Their arguments are checked before: they fit. Binary parts have a fixed length or stand last. */
void vc__keyname_use(vc__keyname *name, const vc__keyplace *place);
void vc__keyname_opening(vc__keyname *name, const vc__keyplace *place, vc_view key_id);
void vc__keyname_prf(vc__keyname *name, const vc__keyplace *place, uint64_t version, const char *purpose, vc_view context);
enum { VC__PURPOSE_MAX = 16, VC__CONTEXT_MAX = 255 };

static inline vc_view vc__keyname_view(const vc__keyname *name)
{
    return vc_view_of(name->bytes, name->len);
}

/* A key in a cache. */
typedef struct vc__held {
    vc__node node;
    struct vc__held *newer, *older; /* by use */
    vc__datakey *key;
    uint64_t born_ms;
    char name[];
} vc__held;

typedef struct vc__cache {
    vc__table table;
    vc__held *newest, *oldest;
} vc__cache;

/* A place that is protected under. */
typedef struct vc__use {
    struct vc__use *next;
    vc__keyplace place; /* texts are behind this structure */
    vc__datakey *key, *ahead; /* the current one and the next; NULL: none */
    uint64_t born_ms, ahead_born_ms;
    uint64_t calls, bytes;    /* taken of the current one */
    unsigned failures;        /* of getting the next, one after the other */
    uint64_t not_before_ms;   /* not asked for again until then */
} vc__use;

typedef struct vc__static {
    struct vc__static *next;
    vc__slot slot;
    char name[];
} vc__static;

/* A key pair under a name. */
typedef struct vc__pair {
    struct vc__pair *next;
    vc__keypair *public, *private; /* private: NULL when it is not here */
    int64_t order;                 /* of public keys: the lowest protects; INT64_MAX: it was not added as one */
    uint64_t version;              /* in Vault; 0: it is not there */
    char *mount;                   /* behind this structure, and `key` */
    char *key;
} vc__pair;

typedef struct vc__pair_name {
    struct vc__pair_name *next;
    vc__pair *pairs;
    size_t count;
    int64_t first, last; /* of the orders so far */
    bool incomplete; /* said by who is not listed (vc__lack), with the reason */
    char reason[VC__PAIR_REASON + 1];
    char name[];
} vc__pair_name;

/* Under the lock, with the text made fit for a line. False: no memory. */
bool vc__ring_set_reason(vc_keyring *ring, const char *name, bool incomplete, const char *reason);
void vc__pair_reason_copy(char out[VC__PAIR_REASON + 1], const char *reason);

/* Who fetches keys: its last sign of life, in ms. When that is older than VC__CLAIM_STALE_MS, others take over. */
typedef atomic_uint_least64_t vc__claimant;

enum { VC__CLAIM_BEAT_MS = 1000, VC__CLAIM_STALE_MS = 5000 };

typedef struct vc__flight {
    vc__node node;
    vc__claimant *owner;
    char name[];
} vc__flight;

struct vc_keyring {
    atomic_size_t references;
    atomic_long reviving; /* the child process that is at it; 0: none is */
    vc__slots *slots;
    pthread_mutex_t lock;
    uint64_t calls_max, bytes_max, age_max_ms, open_age_max_ms;
    size_t open_max;
    vc__use *uses;
    vc__cache opening, prf;
    vc__table flights;
    vc__static *statics;
    vc__pair_name *pairs;
    vc__lack *lacks;     /* borrowed */
    vc__seeker *seekers; /* borrowed */
    uint64_t seeks;      /* so far */
    uint64_t broken_off; /* the last of those that may not have come to their end */
    bool attached;     /* to the Vault at these addresses and this namespace, by its first client */
    vc__buf addresses; /* with commas */
    vc__buf space;
    vc__random *random; /* made when first needed */
    void (*log)(void *user, const char *line);
    void *log_user;
    vc_error failure; /* what last went wrong when a key was fetched, for those who waited for it */
    uint64_t now_ms;  /* the last that was heard of */
    vc_keyring_stats stats;
};

/* In a forked child, where all keys are gone, the ring is emptied first. */
void vc__ring_enter(vc_keyring *ring);
void vc__ring_leave(vc_keyring *ring);

/* The last time that it heard of. */
uint64_t vc__ring_now(vc_keyring *ring);

/* A line for the log. Without the lock. */
void vc__ring_log(vc_keyring *ring, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -- ring_use.c ---------------------------------------------------------------------------------------- */

/* A new key for protecting: the current one where there is none, else the next. It opens too. Takes no reference. VC_E_MEMORY. */
vc_code vc__ring_install(vc_keyring *ring, vc__datakey *key, uint64_t now_ms, vc_error *err);

/* There is one with a share left. */
bool vc__ring_has_use(vc_keyring *ring, const vc__keyplace *place, uint64_t now_ms);

/* The next one is to be asked for now. */
bool vc__ring_wants_ahead(vc_keyring *ring, const vc__keyplace *place, uint64_t now_ms);

/* That failed: it waits, and the log hears of the first time. */
void vc__ring_ahead_failed(vc_keyring *ring, const vc__keyplace *place, const vc_error *why, uint64_t now_ms);

/* Under the lock: frees it with its keys. */
void vc__use_free(vc__use *use);

/* -- ring_cache.c -------------------------------------------------------------------------------------- */

/* Under the lock. VC_E_MEMORY: it is not kept. */
vc_code vc__cache_put(vc_keyring *ring, vc__cache *cache, const vc__keyname *name, vc__datakey *key, uint64_t now_ms);
void vc__cache_trim(vc_keyring *ring, vc__cache *cache, uint64_t now_ms);
void vc__cache_empty(vc__cache *cache);
/* Those of one place. */
void vc__cache_forget(vc_keyring *ring, vc__cache *cache, const vc__keyplace *place);

/* By name, referenced; counted in the figures only when `counted`. */
vc__datakey *vc__ring_find(vc_keyring *ring, const vc__keyname *name, uint64_t now_ms, bool counted);

/* A key that was fetched, or computed. */
vc_code vc__ring_keep(vc_keyring *ring, const vc__keyname *name, vc__datakey *key, uint64_t now_ms, vc_error *err);

/*
 * Whether this one is to fetch it: nobody else does, or shows no sign of life. False too without memory: *err is VC_E_MEMORY then. Said by
 * the one that has it already: true.
 */
bool vc__ring_claim(vc_keyring *ring, const vc__keyname *name, vc__claimant *owner, uint64_t now_ms, vc_error *err);
void vc__ring_release(vc_keyring *ring, const vc__keyname *name, vc__claimant *owner);

/* For those who wait for another's fetch. */
void vc__ring_note_failure(vc_keyring *ring, const vc_error *why);
void vc__ring_last_failure(vc_keyring *ring, vc_error *why);

/* -- ring_static.c ------------------------------------------------------------------------------------- */

/* Each referenced. NULL: VC_E_CONFIG (no such static key), VC_E_CIPHERTEXT (opening), VC_E_MEMORY, VC_E_INTERNAL. */
vc__datakey *vc__static_make(vc_keyring *ring, const vc__keyplace *place, vc_error *err);
vc__datakey *vc__static_open(vc_keyring *ring, const vc__keyplace *place, vc_view wrapped, vc_error *err);
vc__datakey *vc__static_prf(vc_keyring *ring, const vc__keyplace *place, uint64_t version, const char *purpose, vc_view context,
                            vc_error *err);
void vc__static_free(vc_keyring *ring, vc__static *key);

/* A random data key's bytes, for the caller to wipe. */
vc_code vc__ring_random_key(vc_keyring *ring, unsigned char out[VC__KEY_SIZE], vc_error *err);

/* -- ring_pair.c --------------------------------------------------------------------------------------- */

/* As vc__static_make() and vc__static_open() for a place of a key pair. NULL: VC_E_CONFIG, opening VC_E_NO_KEY (it is not here), VC_E_CIPHERTEXT, ... */
vc__datakey *vc__pair_make(vc_keyring *ring, const vc__keyplace *place, vc_error *err);
vc__datakey *vc__pair_open(vc_keyring *ring, const vc__keyplace *place, vc_view wrapped, vc_error *err);

/* Under the lock: all of them. */
void vc__pairs_free(vc_keyring *ring);

/* Appends what Vault's hmac is asked about: "vaultcrypt 1 prf" 00 purpose 00 context. */
void vc__prf_label(vc__buf *out, const char *purpose, vc_view context);

#endif
