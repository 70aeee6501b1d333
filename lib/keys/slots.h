/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots.h - places of 32 bytes for keys, many to a page: locked where the system lets us, left out of core dumps, wiped when given back
 * (base/pages.h). A secret of its own takes three pages, too much for thousands of keys.
 *
 * In a forked child the pages are wiped, and a key of zeros must never be taken for one: every slot knows the generation that its pages
 * were filled in, which is wiped along with them. So what was taken before the fork gives no bytes there, until vc__slots_revive() makes the
 * place usable for new keys; the old slots stay dead.
 *
 * Threads: any; it has its own lock. Bytes of a slot do not change while it is held.
 */
#ifndef VC__KEYS_SLOTS_H
#define VC__KEYS_SLOTS_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <vaultcrypt/error.h>

enum { VC__SLOT_SIZE = 32 };

typedef struct vc__slots vc__slots; /* counted references */

typedef struct vc__slot {
    struct vc__slots_block *block; /* NULL: none */
    unsigned at;
    uint64_t generation;
} vc__slot;

/* NULL and VC_E_MEMORY. */
vc__slots *vc__slots_new(vc_error *err);
vc__slots *vc__slots_ref(vc__slots *slots);
void vc__slots_unref(vc__slots *slots);
VC__DEFINE_CLEANUP(vc__slots, vc__slots_unref)

/* A slot that holds the 32 bytes. VC_E_MEMORY; VC_E_STATE in a forked child that did not revive it. */
vc_code vc__slots_take(vc__slots *slots, const void *bytes, vc__slot *slot, vc_error *err);

/* Wiped, and free for others. A slot of zeros, and one from before a fork, is fine. */
void vc__slots_give(vc__slots *slots, vc__slot *slot);

/* The 32 bytes; absent in a forked child. */
vc_view vc__slot_get(const vc__slots *slots, const vc__slot *slot);

/* This is a child, and the slots are the parent's. */
bool vc__slots_forked(const vc__slots *slots);

/* In such a child: all slots are free; those of before are dead. No other thread may be in here meanwhile. */
void vc__slots_revive(vc__slots *slots);

/* True: all pages so far are locked. */
bool vc__slots_locked(vc__slots *slots);

#endif
