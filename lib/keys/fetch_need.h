/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch_need.h - what a fetch has to bring, for its files: fetch.c (life, statements), fetch_single.c (keys with a request of their own),
 * fetch_run.c (the state machine).
 *
 * Threads: as the fetch, one owner.
 */
#ifndef VC__KEYS_FETCH_NEED_H
#define VC__KEYS_FETCH_NEED_H

#include "keys/fetch.h"
#include "keys/ring_state.h"

typedef enum vc__need_kind {
    VC__NEED_USE = 0, /* a new key for protecting */
    VC__NEED_AHEAD,   /* the next one, if it can be had in a moment */
    VC__NEED_OPENING,
    VC__NEED_PRF
} vc__need_kind;

typedef enum vc__need_state {
    VC__NEED_STATED = 0,
    VC__NEED_ASKED,  /* by this fetch, which holds the claim */
    VC__NEED_SETTLED /* there, or it is known why not */
} vc__need_state;

/* A place of its own, for needs to point at. */
typedef struct vc__needs_place {
    struct vc__needs_place *next;
    vc__keyplace place;
} vc__needs_place;

typedef struct vc__need {
    vc__node node;   /* by its name in the ring, and for opening what it is to be unwrapped from */
    size_t name_len; /* of the former */
    vc__need_kind kind;
    vc__need_state state;
    uint32_t number;
    const vc__keyplace *place;
    uint64_t version;
    vc_view id;      /* opening */
    bool foreign;    /* opening: `id` is a name that was given to it, no commitment */
    vc_view wrapped; /* opening: raw */
    vc_view text;    /* opening: "vault:v1:...", computed: the label */
    vc__datakey *key; /* referenced */
    vc_error *error;  /* owned */
    vc_request *request; /* of a single; made when it is first asked for */
    bool request_used;   /* it is to be cleaned up */
    uint64_t given_up_ms; /* ahead: it is not waited for any longer then */
} vc__need;

enum { VC__AHEAD_WAIT_MS = 1000 };

/* Settles a need without a key (`why`, copied) or with one, and lets go of its claim. VC_E_MEMORY. */
void vc__need_settle(vc__fetch *fetch, vc__need *need);
vc_code vc__need_fail(vc__fetch *fetch, vc__need *need, const vc_error *why);
vc_code vc__need_give(vc__fetch *fetch, vc__need *need, vc__datakey *key);

/* The bytes of 32 of a wrapped key, or of Vault's hmac, become the need's key. A wrong one is the need's own error. Else VC_E_MEMORY, ... */
vc_code vc__need_open(vc__fetch *fetch, vc__need *need, vc_view bytes, vc_error *err);

void vc__need_name(const vc__need *need, vc__keyname *name);
bool vc__need_push(vc__need_list *list, vc__need *need);

/* -- fetch_single.c ------------------------------------------------------------------------------------ */

/* Writes the request. */
vc_code vc__single_ask(vc__fetch *fetch, vc__need *need, uint64_t now_ms, vc_error *err);

/* Reads what has come. VC_OK: dealt with. `*ready`: something may be sent; `*next`: when the earliest is due. */
vc_code vc__singles_step(vc__fetch *fetch, uint64_t now_ms, bool *ready, uint64_t *next);
vc_request *vc__singles_next(vc__fetch *fetch);

/* A key that came when nobody waited for it any longer is not thrown away. */
void vc__single_harvest(vc__fetch *fetch, vc__need *need);

extern const vc__spread_owner vc__fetch_owner;

#endif
