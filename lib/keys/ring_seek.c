/* SPDX-License-Identifier: Apache-2.0 */
/* ring_seek.c - keys that records name and the ring does not have: whoever can look for them does so, and who needs them waits for that one look. */
#include "keys/ring_state.h"

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
            break;
        }
    vc__ring_leave(ring);
}

uint64_t vc__ring_seek(vc_keyring *ring, vc__pair_names names)
{
    bool any = false;
    vc__ring_enter(ring);
    const uint64_t seek = ring->seeks + 1;
    for (vc__seeker *seeker = ring->seekers; seeker; seeker = seeker->next)
        for (size_t i = 0; i < names.count; i++)
            if (seeker->seek(seeker->user, names.at[i])) {
                seeker->asked = seek;
                any = true;
            }
    ring->seeks += any;
    vc__ring_leave(ring);
    return any ? seek : 0;
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

void vc__ring_answer(vc_keyring *ring, vc__seeker *seeker, uint64_t asked)
{
    vc__ring_enter(ring);
    seeker->answered = asked > seeker->answered ? asked : seeker->answered;
    vc__ring_leave(ring);
}
