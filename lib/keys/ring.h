/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - the inside of a vc_keyring as protecting and opening use it: which key is there. What is not there is fetched (fetch.h). The
 * public face is <vaultcrypt/keyring.h>.
 *
 * `now_ms` is the monotonic clock that steps operations; all users of one ring go by the same.
 *
 * Threads: any, at once. What is returned is referenced for the caller: vc__datakey_unref().
 */
#ifndef VC__KEYS_RING_H
#define VC__KEYS_RING_H

#include "crypto/keypair.h"
#include "keys/datakey.h"

#include <vaultcrypt/keyring.h>

VC__DEFINE_CLEANUP(vc_keyring, vc_keyring_unref)

/* Part of a key's limits: AEAD calls, and the bytes that they take together. */
typedef struct vc__share {
    uint64_t calls, bytes;
} vc__share;

/*
 * A share of the place's current data key, for up to `want` (at least 1 call), the first of which takes `first` bytes: `*granted`, at
 * least that call and its bytes, at most what is wanted, counts as used from now on. VC_E_NOT_FOUND: there is no key, or none with such a
 * share left; fetch one (vc__fetch_use()) and ask again, as often as it takes: others share it. VC_E_LIMIT: the first call takes more bytes
 * than a key ever has; no key is touched. VC_E_STATE, VC_E_MEMORY. On failure `*key` is NULL and `*granted` all 0.
 */
vc_code vc__ring_use(vc_keyring *ring, const vc__keyplace *place, uint64_t now_ms, vc__share want, uint64_t first, vc__datakey **key,
                     vc__share *granted, vc_error *err);

/* The key with this id (32 bytes) that was had under this place; NULL: it is not there. */
vc__datakey *vc__ring_opening(vc_keyring *ring, const vc__keyplace *place, vc_view key_id, uint64_t now_ms);

/*
 * A client of the Vault at these addresses (with commas between them) and of this namespace shares the ring. The first one says whose keys
 * it holds; later ones have one of the addresses known by then and the same namespace, and may bring more addresses. VC_E_CONFIG: another
 * Vault or namespace; VC_E_LIMIT (64 KiB of addresses), VC_E_MEMORY: nothing has changed.
 */
vc_code vc__ring_attach(vc_keyring *ring, vc_view addresses, vc_view space, vc_error *err);

/* The key that Vault computes for a purpose ("siv", "hash", "fpe") and context with a version of its key; NULL: it is not there. */
vc__datakey *vc__ring_prf(vc_keyring *ring, const vc__keyplace *place, uint64_t version, const char *purpose, vc_view context,
                          uint64_t now_ms);

/* Takes a static key off, with the data keys that were opened under it; nothing when there is none. */
void vc__ring_remove_static(vc_keyring *ring, const char *name);

/* -- key pairs (ring_pair.c) ----------------------------------------------------------------------------- */

/* What is here of a key. */
typedef enum vc__pair_half {
    VC__PAIR_UNKNOWN = 0, /* none of the names has it */
    VC__PAIR_PUBLIC,      /* its public half alone */
    VC__PAIR_PRIVATE,     /* both */
    VC__PAIR_IN_VAULT     /* the private half is Vault's */
} vc__pair_half;

/* A key that was found. Cleared, or of zeros: nothing in it. */
typedef struct vc__pair_found {
    vc__pair_half half;
    size_t name;       /* which of the names that were asked for */
    vc__keypair *pair; /* referenced; its private half only where that is said */
    char mount[VC__KEY_NAME_MAX + 1], key[VC__KEY_NAME_MAX + 1]; /* with VC__PAIR_IN_VAULT */
    uint64_t version;
} vc__pair_found;

static inline void vc__pair_found_cleanup(vc__pair_found *found)
{
    vc__keypair_unref(found->pair);
    found->pair = NULL;
}

typedef struct vc__pair_names {
    const char *const *at;
    size_t count;
} vc__pair_names;

/* Adds the pair, private or public as it is. Errors as vc_keyring_add_private(). */
vc_code vc__ring_add_pair(vc_keyring *ring, const char *name, vc__keypair *pair, vc_error *err);

/* The key with this id (43 characters) under one of the names, the most of it that is here; `pair` is public. */
void vc__ring_pair(vc_keyring *ring, vc__pair_names names, vc_view id, vc__pair_found *found);

/*
 * The first of the keys under the names, those with private halves first, `pair` with them, that is none of `seen`: their thumbprints, one behind the
 * other. Half is VC__PAIR_UNKNOWN when there is none. So all of them are had one by one, whichever come and go meanwhile.
 */
void vc__ring_pair_next(vc_keyring *ring, vc__pair_names names, vc_view seen, vc__pair_found *found);

/* The one of the name that protects (with `signs`: that signs, `pair` with its private half when it is here). VC_E_NO_KEY: there is none now,
 * with the reason that was given; VC_E_CONFIG: nobody has said anything of that name. */
vc_code vc__ring_protector(vc_keyring *ring, const char *name, bool signs, vc__pair_found *found, vc_error *err);

/* ": " and the reason that was given for the first of the names that has one; "" when none has. */
enum { VC__PAIR_REASON = 200 };
void vc__ring_pair_reason(vc_keyring *ring, vc__pair_names names, char out[VC__PAIR_REASON + 3]);

/* -- key pairs that are missing (ring_seek.c) -------------------------------------------------------------- */

/* What one who has keys of a name (a key source) says of them; it outlives its being listed. Under the ring's lock while it is listed. */
typedef struct vc__lack {
    struct vc__lack *next;
    const char *name;
    bool incomplete; /* not all that there may be are in the ring: who has them is away, or refuses */
    char reason[VC__PAIR_REASON + 1];
} vc__lack;

void vc__ring_lack_enlist(vc_keyring *ring, vc__lack *lack);
/* With `stays` what it says is the ring's from then on, as by vc_keyring_set_pair_reason(). Nothing when it is not listed. */
void vc__ring_lack_delist(vc_keyring *ring, vc__lack *lack, bool stays);
void vc__ring_lack_tell(vc_keyring *ring, vc__lack *lack, bool incomplete, const char *reason);

/* Anyone says that keys of one of the names may be missing: one that is not here is no sign of a forgery. */
bool vc__ring_is_incomplete(vc_keyring *ring, vc__pair_names names);

typedef enum vc__sought {
    VC__SOUGHT_BY_NONE = 0, /* there is nowhere to look */
    VC__SOUGHT_NOT_NOW,     /* there is, but not again so soon: nobody knows whether the key is there */
    VC__SOUGHT
} vc__sought;

/* Who can look for keys of a name in a thread of its own; it outlives its being listed. Both functions are called under the ring's lock. */
typedef struct vc__seeker {
    vc__sought (*seek)(void *user, const char *name); /* wishes a look */
    void (*take)(void *user);                   /* takes the wishes: the look begins now */
    void *user;
    uint64_t asked, answered; /* the ring's */
    struct vc__seeker *next;
} vc__seeker;

void vc__ring_enlist(vc_keyring *ring, vc__seeker *seeker);
/* Who waits for it does so no longer. Nothing when it is not listed. */
void vc__ring_delist(vc_keyring *ring, vc__seeker *seeker);

/*
 * Has keys of the names looked for. VC__SOUGHT: `*seek` is the number of a look for vc__ring_is_sought(). `*all`: nobody says "not now".
 * Does not block.
 */
vc__sought vc__ring_seek(vc_keyring *ring, vc__pair_names names, uint64_t *seek, bool *all);
/* That look, which began after it was asked for, is not over. */
bool vc__ring_is_sought(vc_keyring *ring, uint64_t seek);
/* It is, and may not have come to its end. */
bool vc__ring_was_broken_off(vc_keyring *ring, uint64_t seek);

/* By the seeker: takes what is wished by now, and, when that was looked for (`whole`: to the end), says so with what this returned. */
uint64_t vc__ring_take_wish(vc_keyring *ring, vc__seeker *seeker);
void vc__ring_answer(vc_keyring *ring, vc__seeker *seeker, uint64_t asked, bool whole);

/* Of a key pair that wraps: VC__SOURCE_RSA or VC__SOURCE_EC; else 0. To P-256 a data key may be wrapped by HPKE as well. */
uint8_t vc__pair_source(const vc__keypair *pair);
bool vc__pair_takes(const vc__keypair *pair, uint8_t source);

/* How a data key of that source is wrapped. */
static inline vc__wrapping vc__source_wrapping(uint8_t source)
{
    return source == VC__SOURCE_HPKE ? VC__WRAPPING_HPKE : VC__WRAPPING_OWN;
}

#endif
