/* SPDX-License-Identifier: Apache-2.0 */
/*
 * select.h - the inside of a compiled selector, for lib/json alone: all paths as one automaton.
 *
 * A path of n segments has n + 1 states in a row; being in state i at a node means that i segments led here,
 * so that segment i applies to the node's children, and state n that the node is selected. A set of states is
 * a bit set: one word when all fit (the usual case), else `words` words ("wide"). With S the states at a
 * node, the states at a child are
 *
 *     ((S & taken) << 1) | (S & descend)
 *
 * where `taken` are the states with a step that takes this child.
 */
#ifndef VC__JSON_SELECT_H
#define VC__JSON_SELECT_H

#include "json/scan.h"
#include "json/steps.h"

enum { VC__SELECT_MAX_STATES = 16384 };

/* What is known of 64 states. */
typedef struct vc__masks {
    uint64_t start;   /* the first state of each path */
    uint64_t wild;    /* has a wildcard */
    uint64_t descend; /* stays in force below */
    uint64_t named;   /* has a name */
    uint64_t indexed; /* has an index or a slice */
    uint64_t sized;   /* has one that needs the array's length */
    uint64_t target;  /* selected, to be a hit */
    uint64_t clear;   /* selected, only to be known as listed */
} vc__masks;

/* One of the different names in all paths, with the states that have it. */
typedef struct vc__known_name {
    vc_view name;
    uint64_t mask;         /* when not wide */
    uint32_t first, count; /* in `name_states` */
} vc__known_name;

typedef struct vc__known_index {
    vc__step step;
    uint16_t state;
} vc__known_index;

struct vc__selector {
    bool wide;    /* tests may set it: a wide scan must find the same */
    bool overlap; /* only tests set it: selected values may lie within each other, as RFC 9535 has it */
    bool unlisted_fail;
    uint32_t words;
    vc__masks *masks;      /* `words` of them */
    uint64_t into_object, into_array; /* not wide: states that may select something in there */
    vc__known_name *names;
    uint32_t name_count;
    uint16_t *name_states;
    uint64_t lengths; /* bit n: there is a name of n bytes; bit 63: of 63 or more */
    uint16_t *slots;  /* hash table: 0, or 1 + index in `names` */
    uint32_t slot_mask;
    vc__known_index *indexes;
    uint32_t index_count;
    uint16_t *path_of; /* by state */
    char *name_bytes;
};

static inline uint32_t vc__select_hash(const char *name, size_t len)
{
    uint32_t sample = (uint32_t)len;
    if (len)
        sample += (uint32_t)(unsigned char)name[0] << 8 | (uint32_t)(unsigned char)name[len / 2] << 16 |
                  (uint32_t)(unsigned char)name[len - 1] << 24;
    sample *= 0x9e3779b1u;
    return sample ^ sample >> 15;
}

/* Names are short: no call for them. */
static inline bool vc__select_equal(const char *a, const char *b, size_t len)
{
    if (len >= sizeof(uint64_t)) {
        uint64_t x, y, last_x, last_y;
        if (len > 2 * sizeof x)
            return memcmp(a, b, len) == 0;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        memcpy(&last_x, a + len - sizeof x, sizeof x);
        memcpy(&last_y, b + len - sizeof y, sizeof y);
        return ((x ^ y) | (last_x ^ last_y)) == 0;
    }
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* The name, unescaped, among those of the paths; NULL when it is none. */
static inline const vc__known_name *vc__select_name(const vc__selector *selector, const char *name,
                                                    size_t len)
{
    if (!(selector->lengths >> (len < 63 ? len : 63) & 1))
        return NULL;
    for (uint32_t slot = vc__select_hash(name, len);; slot++) {
        const uint16_t found = selector->slots[slot & selector->slot_mask];
        if (!found)
            return NULL;
        const vc__known_name *known = &selector->names[found - 1];
        if (known->name.len == len && vc__select_equal(known->name.data, name, len))
            return known;
    }
}

#endif
