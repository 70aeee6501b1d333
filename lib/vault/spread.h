/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spread.h - many items over few requests: the state machine under the batches of this library. It cuts what is to
 * be done into requests within the limits (items, bytes, and what refusals have taught: caps.h), has several of them
 * under way, tries again what passes, halves what the server refuses as a whole until the guilty item stands alone,
 * and hands each outcome to the owner of the items, which it knows by number only.
 *
 * Bodies are built when a request is handed out, so that memory is bounded by the requests under way, not by the
 * batch; and so that a limit learnt from one reply holds for all that follow.
 *
 * Threads: one owner.
 */
#ifndef VC__VAULT_SPREAD_H
#define VC__VAULT_SPREAD_H

#include "vault/batch.h"
#include "vault/caps.h"
#include "vault/request.h"

enum {
    VC__SPREAD_ITEMS = 240, /* what a default OpenBao takes of items with two members (spec 1.5: 249) */
    VC__SPREAD_BYTES = 8 << 20,
    VC__SPREAD_BODY_MAX = 64 << 20,
    VC__SPREAD_BYTES_MAX = VC__SPREAD_BODY_MAX - 4096, /* with room for what ends a body */
    VC__SPREAD_IN_FLIGHT = 4,
    VC__SPREAD_IN_FLIGHT_MAX = 64,
    VC__SPREAD_DEADLINE_MS = 60000
};

/* Items `first` and so on that may share requests: one verb, one path. `group` is the owner's. */
typedef struct vc__stretch {
    uint32_t first, count;
    uint16_t group;
} vc__stretch;

/* What the machine asks of the owner of the items. Errors end the spread. */
typedef struct vc__spread_owner {
    /* Verb and path of the requests for a group. */
    vc_code (*begin)(void *self, const vc__stretch *stretch, vc__verb *verb, vc__buf *path, vc_error *err);
    /* Fills `item`, which is zeroed; its views stay good until vc__spread_next() returns. */
    void (*item)(void *self, uint32_t i, vc__item *item);
    /* ',"name":value' of members that stand beside the items; NULL: none. */
    vc_view (*members)(void *self, vc__verb verb);
    /*
     * Before the outcomes of a reply: its body may be taken over (moved out of `reply`), so that the outcomes'
     * views stay good. NULL: they are good until vc__spread_step() returns.
     */
    vc_code (*keep)(void *self, vc__buf *reply, vc_error *err);
    vc_code (*accept)(void *self, uint32_t i, const vc__outcome *outcome, vc_error *err);
    /* The server refused item `i` alone, without an outcome: VC_E_TOO_LARGE, VC_E_REFUSED, VC_E_CIPHERTEXT, ... */
    vc_code (*refuse)(void *self, uint32_t i, const vc_error *why, vc_error *err);
} vc__spread_owner;

/* One request under way. */
typedef struct vc__spread_slot {
    vc_request request;
    vc__stretch stretch;
    vc__verb verb;
    unsigned members; /* most that one of its items has */
    bool used;
} vc__spread_slot;

typedef enum vc__spread_phase {
    VC__SPREAD_FILL = 0,
    VC__SPREAD_RUN,
    VC__SPREAD_DONE,
    VC__SPREAD_FAILED
} vc__spread_phase;

typedef struct vc__spread {
    const vc__spread_owner *owner;
    void *self;
    vc__spread_phase phase;
    vc__stretch *todo; /* stack of what is not sent yet */
    size_t todo_count, todo_room;
    vc__spread_slot *slots;
    size_t slot_count;
    vc__outcome *outcomes;
    size_t outcome_room;
    size_t items_limit, bytes_limit; /* as set */
    vc__caps caps;                   /* what refusals have taught counts too */
    uint64_t deadline_ms, deadline, seed;
    vc_error failure; /* of the whole; while it runs, the last reason for a retry */
    uint64_t requests, retries, splits;
    bool fragile; /* set after vc__spread_init(): no request is sent again when it is not known whether Vault got it */
} vc__spread;

/* Limits are the defaults above. `self` goes to the owner's functions. */
void vc__spread_init(vc__spread *spread, const vc__spread_owner *owner, void *self);
void vc__spread_cleanup(vc__spread *spread);

/* Back to VC__SPREAD_FILL; limits, caps and memory stay. Requests that it lent are gone. */
void vc__spread_clear(vc__spread *spread);

/* 0 leaves a limit as it is. Before it runs. VC_E_ARGUMENT: too many in flight. */
vc_code vc__spread_set_limits(vc__spread *spread, size_t items, size_t bytes, size_t in_flight, vc_error *err);

/* To be done, before all that was pushed earlier. VC_E_MEMORY. */
vc_code vc__spread_push(vc__spread *spread, vc__stretch stretch, vc_error *err);

/* FILL -> RUN: the deadline begins. VC_E_MEMORY. */
vc_code vc__spread_start(vc__spread *spread, uint64_t now_ms, vc_error *err);

/*
 * RUN: goes on as far as possible without waiting. After VC_STEP_FAILED `failure` says why; requests that are lent
 * stay alive until they are answered or the spread is cleared. `*wait_until` may be NULL.
 */
vc_step vc__spread_step(vc__spread *spread, uint64_t now_ms, uint64_t *wait_until);

/* The next request to send; NULL: none now. One that cannot be built fails the spread: the next step tells. */
vc_request *vc__spread_next(vc__spread *spread);

/* The smallest number of items that a server took after it had refused more; 0: it refused none for its size. */
size_t vc__spread_cap(const vc__spread *spread);

#endif
