/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch.h - keys that are not in the ring: which Vault requests bring them. It states requests and reads replies; it does not send. One
 * batch or sealer owns it; the ring is shared, and a key that another fetch is asking for already is waited for, not asked for twice.
 *
 *      fill:  vc__fetch_use(), _ahead(), _opening(), _prf()     any number of times, also again after it was done
 *      run:   vc__fetch_step() as vc_batch_step(), vc__fetch_next() as vc_batch_next_request(), while vc__fetch_wanted()
 *      use:   vc__ring_use(); vc__fetch_error() and vc__fetch_key() of each need
 *
 * Vault endpoints: POST MOUNT/datakey/plaintext/KEY (a new key for protecting), MOUNT/decrypt/KEY (many wrapped keys in one request),
 * MOUNT/hmac/KEY/sha2-256 with `key_version` (keys for siv, hash and fpe). Keys of static places and of key
 * pairs are there at once, without a request.
 *
 * Threads: one owner.
 */
#ifndef VC__KEYS_FETCH_H
#define VC__KEYS_FETCH_H

#include "keys/ring.h"
#include "keys/table.h"
#include "vault/spread.h"

#include <stdatomic.h>

struct vc__need;
struct vc__needs_place;

/* A growing list of needs, which it does not own. */
typedef struct vc__need_list {
    struct vc__need **at;
    size_t count, room;
} vc__need_list;

typedef struct vc__fetch {
    vc_keyring *ring;   /* referenced */
    vc__spread spread;  /* of the keys that are opened, many in a request; caps may be taken from it and given */
    vc__need_list needs;   /* by number; owned */
    vc__need_list stated;  /* nobody is asked for them yet, or another fetch is at it */
    vc__need_list order;   /* keys that are opened, as the spread knows them */
    vc__need_list singles; /* each has a request of its own: new keys, computed ones */
    vc__table by_name;     /* to find one that is stated twice */
    struct vc__needs_place *places;
    atomic_uint_least64_t beat_ms; /* sign of life for others who wait for what this one fetches */
    size_t wanted;         /* needs that have neither key nor error */
    size_t ahead;          /* next keys that a run may wait for */
    uint64_t deadline_ms, deadline; /* as set; of this run */
    uint64_t end_ms; /* of all runs; 0: none is set */
    uint64_t now_ms;       /* of the last step */
    uint64_t seed;
    uint64_t requests, retries; /* of single keys, and of runs before this one */
    bool running, failed;
    vc_error failure;      /* while it runs, the last reason for a retry */
} vc__fetch;

/* Takes a reference on the ring. */
void vc__fetch_init(vc__fetch *fetch, vc_keyring *ring);
/* Back to nothing stated; limits stay. Requests that it lent are gone. */
void vc__fetch_clear(vc__fetch *fetch);
/* Also of a structure of zeros. */
void vc__fetch_cleanup(vc__fetch *fetch);

/*
 * Limits of its requests, and how long a run may take, retries included (default 60 000 ms). 0 leaves a limit as it is. Before anything is
 * stated. VC_E_ARGUMENT.
 */
vc_code vc__fetch_set_limits(vc__fetch *fetch, size_t items, size_t bytes, size_t in_flight, uint64_t deadline_ms, vc_error *err);

/* Of a batch, that may fetch one key after the other: no run goes on at that time, whatever its own deadline is. */
void vc__fetch_end_by(vc__fetch *fetch, uint64_t at_ms);

/*
 * A new data key for protecting, after vc__ring_use() said VC_E_NOT_FOUND. When it cannot be had, the run fails. Stating it twice is fine.
 * VC_E_UNSUPPORTED: another source than Vault or static; VC_E_CONFIG: no such static key; VC_E_ARGUMENT; VC_E_MEMORY.
 */
vc_code vc__fetch_use(vc__fetch *fetch, const vc__keyplace *place, vc_error *err);

/*
 * To be said once of each place that a batch protects under: the next key is asked for along with the rest, where the current one has come
 * to 3/4 of a limit. That never fails the run, and makes it wait for 1 s at most. VC_E_MEMORY.
 */
vc_code vc__fetch_ahead(vc__fetch *fetch, const vc__keyplace *place, uint64_t now_ms, vc_error *err);

/*
 * The data key with this id (32 bytes), to be unwrapped from `wrapped` (raw bytes; copied) under `version` of the place's key. `*need` is
 * the number for vc__fetch_key() and vc__fetch_error(); one that was stated before gives the same. Errors as vc__fetch_use(), and
 * VC_E_CIPHERTEXT for what can be no wrapped key at all.
 */
vc_code vc__fetch_opening(vc__fetch *fetch, const vc__keyplace *place, vc_view key_id, uint64_t version, vc_view wrapped,
                          uint32_t *need, vc_error *err);

/*
 * The same for a format of others, which says no id of its data key: `name` (32 bytes) is the caller's own, such as a digest of what is
 * unwrapped, and vc__ring_opening() finds the key by it. What comes back cannot be checked: that is up to the cipher.
 */
vc_code vc__fetch_foreign(vc__fetch *fetch, const vc__keyplace *place, vc_view name, uint64_t version, vc_view wrapped, uint32_t *need,
                          vc_error *err);

/* The key that Vault computes for purpose and context, with exactly this version (1 or more; static places: 0 too). Errors likewise. */
vc_code vc__fetch_prf(vc__fetch *fetch, const vc__keyplace *place, uint64_t version, const char *purpose, vc_view context,
                      uint32_t *need, vc_error *err);

/* Requests sent so far, and of them again. */
void vc__fetch_count(const vc__fetch *fetch, uint64_t *requests, uint64_t *retries);

/* Something was stated, and is neither there nor known not to come. The next key asked for ahead counts while a run may wait for it. */
bool vc__fetch_wanted(const vc__fetch *fetch);

/*
 * As vc_batch_step(). VC_STEP_DONE: every need has a key or an error of its own, and there was a key for each place of vc__fetch_use().
 * VC_STEP_FAILED: nothing of this can be had (`err`); clear it.
 */
vc_step vc__fetch_step(vc__fetch *fetch, uint64_t now_ms, uint64_t *wait_until, vc_error *err);
vc_request *vc__fetch_next(vc__fetch *fetch);

/* Of a need: its key, borrowed until the fetch is cleared; NULL: not there. */
vc__datakey *vc__fetch_key(const vc__fetch *fetch, uint32_t need);

/*
 * Why that one cannot be had; NULL: it can, or is not settled. VC_E_CIPHERTEXT, VC_E_REFUSED, VC_E_TOO_LARGE, VC_E_NO_KEY (class data): the wrapped key
 * is not one of this place, or not the one with that id; the items that need it fail alone. VC_E_REQUEST: Vault refuses to compute with
 * that version of its key: where the version is the schema's, that is nothing about one record; where it came out of a record, it is.
 */
const vc_error *vc__fetch_error(const vc__fetch *fetch, uint32_t need);

#endif
