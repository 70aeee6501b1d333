/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring_seek.c - keys that records name and the ring does not have: whoever can look for them does so, and who needs them waits for that one look;
 * and what is said of names whose keys may not all be here.
 */
#include "keys/ring_state.h"

#include <string.h>

/* -- what is known to be missing --------------------------------------------------------------------------- */

void vc__ring_lack_enlist(vc_keyring *ring, vc__lack *lack)
{
    vc__ring_enter(ring);
    lack->incomplete = false;
    lack->reason[0] = 0;
    lack->next = ring->lacks;
    ring->lacks = lack;
    vc__ring_leave(ring);
}

void vc__ring_lack_delist(vc_keyring *ring, vc__lack *lack, bool stays)
{
    vc__ring_enter(ring);
    for (vc__lack **at = &ring->lacks; *at; at = &(*at)->next)
        if (*at == lack) {
            *at = lack->next;
            if (stays && lack->incomplete) /* without memory for a name there is no key of it either */
                (void)vc__ring_set_reason(ring, lack->name, true, lack->reason);
            break;
        }
    vc__ring_leave(ring);
}

void vc__ring_lack_tell(vc_keyring *ring, vc__lack *lack, bool incomplete, const char *reason)
{
    vc__ring_enter(ring);
    lack->incomplete = incomplete;
    vc__pair_reason_copy(lack->reason, reason);
    vc__ring_leave(ring);
}

bool vc__ring_is_incomplete(vc_keyring *ring, vc__pair_names names)
{
    bool incomplete = false;
    vc__ring_enter(ring);
    for (size_t i = 0; i < names.count && !incomplete; i++) {
        for (const vc__pair_name *under = ring->pairs; under && !incomplete; under = under->next)
            incomplete = under->incomplete && strcmp(under->name, names.at[i]) == 0;
        for (const vc__lack *lack = ring->lacks; lack && !incomplete; lack = lack->next)
            incomplete = lack->incomplete && strcmp(lack->name, names.at[i]) == 0;
    }
    vc__ring_leave(ring);
    return incomplete;
}

/* -- looking ----------------------------------------------------------------------------------------------- */

/* Under the lock. */
static void break_off(vc_keyring *ring, const vc__seeker *seeker, uint64_t asked)
{
    if (asked > seeker->answered && asked > ring->broken_off)
        ring->broken_off = asked;
}

void vc__ring_enlist(vc_keyring *ring, vc__seeker *seeker)
{
    vc__ring_enter(ring);
    seeker->asked = seeker->answered = 0;
    seeker->next = ring->seekers;
    ring->seekers = seeker;
    vc__ring_leave(ring);
}

void vc__ring_delist(vc_keyring *ring, vc__seeker *seeker)
{
    vc__ring_enter(ring);
    for (vc__seeker **at = &ring->seekers; *at; at = &(*at)->next)
        if (*at == seeker) {
            *at = seeker->next;
            break_off(ring, seeker, seeker->asked);
            break;
        }
    vc__ring_leave(ring);
}

vc__sought vc__ring_seek(vc_keyring *ring, vc__pair_names names, uint64_t *seek, bool *all)
{
    vc__sought sought = VC__SOUGHT_BY_NONE;
    *all = true;
    vc__ring_enter(ring);
    *seek = ring->seeks + 1;
    for (vc__seeker *seeker = ring->seekers; seeker; seeker = seeker->next)
        for (size_t i = 0; i < names.count; i++) {
            const vc__sought one = seeker->seek(seeker->user, names.at[i]);
            if (one == VC__SOUGHT)
                seeker->asked = *seek;
            *all &= one != VC__SOUGHT_NOT_NOW;
            sought = one > sought ? one : sought;
        }
    ring->seeks += sought == VC__SOUGHT;
    vc__ring_leave(ring);
    return sought;
}

bool vc__ring_was_broken_off(vc_keyring *ring, uint64_t seek)
{
    vc__ring_enter(ring);
    const bool broken = ring->broken_off >= seek;
    vc__ring_leave(ring);
    return broken;
}

bool vc__ring_is_sought(vc_keyring *ring, uint64_t seek)
{
    bool sought = false;
    vc__ring_enter(ring);
    for (const vc__seeker *seeker = ring->seekers; seeker && !sought; seeker = seeker->next)
        sought = seeker->asked >= seek && seeker->answered < seek;
    vc__ring_leave(ring);
    return sought;
}

uint64_t vc__ring_take_wish(vc_keyring *ring, vc__seeker *seeker)
{
    vc__ring_enter(ring);
    seeker->take(seeker->user);
    const uint64_t asked = seeker->asked;
    vc__ring_leave(ring);
    return asked;
}

void vc__ring_answer(vc_keyring *ring, vc__seeker *seeker, uint64_t asked, bool whole)
{
    vc__ring_enter(ring);
    if (!whole)
        break_off(ring, seeker, asked);
    seeker->answered = asked > seeker->answered ? asked : seeker->answered;
    vc__ring_leave(ring);
}
