/* SPDX-License-Identifier: Apache-2.0 */
/*
 * states.h - sets of the automaton's states (select.h) along the walk, for scan.c alone.
 *
 * The set at a child is handed around as one word: the bits themselves, or, when the selector is wide, just
 * whether there are any; then they are in scanner->sets, at the child's depth. `wide` is a constant wherever
 * these are inlined.
 */
#ifndef VC__JSON_STATES_H
#define VC__JSON_STATES_H

#include "base/alloc.h"
#include "json/scanner.h"

VC__INLINE uint64_t *active_set(const vc__scanner *s, size_t depth)
{
    return s->sets + 2 * depth * s->selector->words;
}

VC__INLINE uint64_t *base_set(const vc__scanner *s, size_t depth)
{
    return active_set(s, depth) + s->selector->words;
}

/* Room for the sets of a frame at `depth`, and of its children. */
static inline bool wide_room(vc__scanner *s, size_t depth)
{
    const size_t need = 2 * (depth + 2) * s->selector->words;
    if (need <= s->set_cap)
        return true;
    uint64_t *sets = vc__realloc(s->sets, 2 * need, sizeof *sets);
    if (!sets)
        return false;
    s->sets = sets;
    s->set_cap = 2 * need;
    return true;
}

/* The states at the record itself. False: no memory. */
VC__INLINE bool start_states(vc__scanner *s, bool wide, uint64_t *states)
{
    *states = s->selector->masks->start;
    if (!wide)
        return true;
    if (!wide_room(s, 0))
        return false;
    for (size_t i = 0; i < s->selector->words; i++)
        *states |= active_set(s, 0)[i] = s->selector->masks[i].start;
    return true;
}

/*
 * Fills in what a new frame at s->depth, whose states are there, must know of them. `*sized`: an array's
 * length matters.
 */
static inline void wide_open(vc__scanner *s, vc__frame *f, bool *sized)
{
    const uint64_t *active = active_set(s, s->depth);
    uint64_t *base = base_set(s, s->depth);
    uint64_t any = 0, named = 0, indexed = 0, carry = 0, need = 0;
    for (size_t i = 0; i < s->selector->words; i++) {
        const vc__masks *masks = &s->selector->masks[i];
        const uint64_t wild = active[i] & masks->wild;
        base[i] = (wild << 1) | carry | (active[i] & masks->descend);
        carry = wild >> 63;
        any |= base[i];
        named |= active[i] & masks->named;
        indexed |= active[i] & masks->indexed;
        need |= active[i] & masks->sized;
    }
    f->base = any != 0;
    f->named = named != 0;
    f->indexed = indexed != 0;
    *sized = need != 0;
}

VC__INLINE void narrow_open(const vc__scanner *s, vc__frame *f, uint64_t states, bool *sized)
{
    const vc__masks *masks = s->selector->masks;
    f->active = states;
    f->base = ((states & masks->wild) << 1) | (states & masks->descend);
    f->named = (states & masks->named) != 0;
    f->indexed = (states & masks->indexed) != 0;
    *sized = (states & masks->sized) != 0;
}

VC__INLINE void wide_base(vc__scanner *s)
{
    memcpy(active_set(s, s->depth), base_set(s, s->depth - 1), s->selector->words * sizeof(uint64_t));
}

/* State `state`, if it is in force here, has a step that takes the child: the next one is at the child. */
VC__INLINE bool wide_take(vc__scanner *s, size_t state)
{
    if (!(active_set(s, s->depth - 1)[state / 64] >> state % 64 & 1))
        return false;
    active_set(s, s->depth)[(state + 1) / 64] |= UINT64_C(1) << (state + 1) % 64;
    return true;
}

/* The states at the member `known` (NULL: a name of no path). `*matched`: some path names it here. */
VC__INLINE uint64_t member_states(vc__scanner *s, const vc__frame *f, const vc__known_name *known, bool wide,
                                  bool *matched)
{
    *matched = false;
    if (!wide) {
        const uint64_t taken = known ? f->active & known->mask : 0;
        *matched = taken != 0;
        return f->base | taken << 1;
    }
    if (!known && !f->base)
        return 0;
    wide_base(s);
    for (size_t i = 0; known && i < known->count; i++)
        *matched |= wide_take(s, s->selector->name_states[known->first + i]);
    return f->base | *matched;
}

VC__INLINE uint64_t element_states(vc__scanner *s, const vc__frame *f, bool wide)
{
    uint64_t states = f->base;
    if (wide && (f->base || f->indexed))
        wide_base(s);
    if (!f->indexed)
        return states;
    for (size_t i = 0; i < s->selector->index_count; i++) {
        const vc__known_index *known = &s->selector->indexes[i];
        if (!vc__step_takes(&known->step, f->index, f->length))
            continue;
        if (wide)
            states |= wide_take(s, known->state);
        else
            states |= (f->active >> known->state & 1) << (known->state + 1);
    }
    return states;
}

/* Whether something may be selected within a value with these states. */
VC__INLINE bool leads_into(const vc__scanner *s, uint64_t states, bool object, bool wide)
{
    if (!wide)
        return (states & (object ? s->selector->into_object : s->selector->into_array)) != 0;
    const uint64_t *set = active_set(s, s->depth);
    for (size_t i = 0; i < s->selector->words; i++) {
        const vc__masks *masks = &s->selector->masks[i];
        if (set[i] & (masks->wild | masks->descend | (object ? masks->named : masks->indexed)))
            return true;
    }
    return false;
}

/* How often, and by which path first, a node is selected. */
typedef struct selected {
    unsigned targets;
    uint16_t path;
    bool clear;
} selected;

VC__INLINE selected selected_by(const vc__scanner *s, uint64_t states, bool wide)
{
    selected found = { 0, 0, false };
    const uint64_t *set = wide ? active_set(s, s->depth) : &states;
    for (size_t i = 0; i < (wide ? s->selector->words : 1); i++) {
        const uint64_t targets = set[i] & s->selector->masks[i].target;
        found.clear |= (set[i] & s->selector->masks[i].clear) != 0;
        if (!targets)
            continue;
        if (!found.targets)
            found.path = s->selector->path_of[i * 64 + (size_t)__builtin_ctzll(targets)];
        found.targets += targets & (targets - 1) ? 2 : 1;
    }
    return found;
}

#endif
