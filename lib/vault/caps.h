/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caps.h - how much a server takes in one request, as far as its refusals have taught it. Servers count JSON strings or elements
 * (spec 1.5), so the number of items depends on their kind: the verb, and how many members each has. A 413 teaches bytes, for all.
 *
 * Threads: one owner. <io/learnt.h> is what the calls of one client share.
 */
#ifndef VC__VAULT_CAPS_H
#define VC__VAULT_CAPS_H

#include <stdbool.h>
#include <stddef.h>

enum { VC__CAPS_MAX = 64 };

typedef struct vc__cap {
    const char *verb; /* a constant such as "transit/encrypt" */
    unsigned members; /* most that an item of the request has */
    size_t items;     /* no more than these; 0: not known */
    size_t took;      /* most that were taken in one request */
    bool refused;     /* more than `took` were refused, since vc__caps_restart() */
} vc__cap;

typedef struct vc__caps {
    vc__cap rows[VC__CAPS_MAX]; /* what is beyond is not remembered */
    size_t count;
    size_t bytes; /* of a body; 0: not known */
} vc__caps;

/* The cap in items; 0: not known. */
size_t vc__caps_items(const vc__caps *caps, const char *verb, unsigned members);

/* `items` were taken. */
void vc__caps_took(vc__caps *caps, const char *verb, unsigned members, size_t items);

/*
 * A request of `items` (two or more) and `bytes` was refused for its size. After 413 half the bytes is the cap from now on. Otherwise half
 * the items, or as many as were taken before: when no more than those were sent, one of them is large, and nothing is learnt.
 */
void vc__caps_refused(vc__caps *caps, const char *verb, unsigned members, size_t items, size_t bytes, int status);

/* A lone item was refused for its size: that explains the refusals that led to it, which were no limit. */
void vc__caps_forget(vc__caps *caps, const char *verb, unsigned members);

/* Caps stay; what this run took and had refused is forgotten. */
void vc__caps_restart(vc__caps *caps);

/* Takes over what is news in `from`: a smaller cap that a refusal taught. The row of it, or NULL; call it until it is NULL. */
const vc__cap *vc__caps_merge(vc__caps *caps, const vc__caps *from);

#endif
