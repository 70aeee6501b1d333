/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles paths into the automaton of select.h. */
#include "json/select.h"

#include "base/alloc.h"
#include "base/error.h"

typedef struct totals {
    size_t states, names, indexes, bytes;
} totals;

static totals count_all(const vc__path *const *paths, size_t count)
{
    totals total = { 0, 0, 0, 0 };
    for (size_t i = 0; i < count; i++) {
        total.states += (size_t)paths[i]->segment_count + 1;
        for (size_t j = 0; j < paths[i]->step_count; j++) {
            const vc__step *step = &paths[i]->steps[j];
            total.names += step->kind == VC__STEP_NAME;
            total.indexes += step->kind == VC__STEP_INDEX || step->kind == VC__STEP_SLICE;
            total.bytes += step->name.len;
        }
    }
    return total;
}

static bool allocate(vc__selector *selector, totals total)
{
    size_t slots = 8;
    while (slots < 4 * total.names)
        slots *= 2;
    selector->words = total.states ? (uint32_t)((total.states + 63) / 64) : 1;
    selector->slot_mask = (uint32_t)slots - 1;
    selector->masks = vc__calloc(selector->words, sizeof *selector->masks);
    selector->names = vc__calloc(total.names, sizeof *selector->names);
    selector->name_states = vc__calloc(total.names, sizeof *selector->name_states);
    selector->slots = vc__calloc(slots, sizeof *selector->slots);
    selector->indexes = vc__calloc(total.indexes, sizeof *selector->indexes);
    selector->path_of = vc__calloc(total.states, sizeof *selector->path_of);
    selector->name_bytes = vc__calloc(total.bytes, 1);
    return selector->masks && selector->names && selector->name_states && selector->slots &&
           selector->indexes && selector->path_of && selector->name_bytes;
}

/* The entry for a name, new if need be. */
static vc__known_name *intern(vc__selector *selector, vc_view name, size_t *bytes)
{
    const vc__known_name *found = vc__select_name(selector, name.data, name.len);
    if (found)
        return &selector->names[found - selector->names];
    char *copy = selector->name_bytes + *bytes;
    if (name.len)
        memcpy(copy, name.data, name.len);
    *bytes += name.len;
    vc__known_name *known = &selector->names[selector->name_count++];
    known->name = vc_view_of(copy, name.len);
    selector->lengths |= UINT64_C(1) << (name.len < 63 ? name.len : 63);
    uint32_t slot = vc__select_hash(copy, name.len);
    while (selector->slots[slot & selector->slot_mask])
        slot++;
    selector->slots[slot & selector->slot_mask] = (uint16_t)selector->name_count;
    return known;
}

static void add_step(vc__selector *selector, const vc__step *step, size_t state)
{
    vc__masks *masks = &selector->masks[state / 64];
    const uint64_t bit = UINT64_C(1) << state % 64;
    if (step->kind == VC__STEP_WILDCARD) {
        masks->wild |= bit;
    } else if (step->kind == VC__STEP_NAME) {
        masks->named |= bit;
    } else if (vc__step_possible(step)) {
        masks->indexed |= bit;
        masks->sized |= vc__step_needs_length(step) ? bit : 0;
        vc__known_index *index = &selector->indexes[selector->index_count++];
        *index = (vc__known_index){ *step, (uint16_t)state };
        index->step.name = vc_view_of(NULL, 0);
    }
}

static void add_path(vc__selector *selector, const vc__path *path, size_t number, uint8_t kind, size_t first)
{
    for (size_t i = 0; i <= path->segment_count; i++) {
        const size_t state = first + i;
        vc__masks *masks = &selector->masks[state / 64];
        const uint64_t bit = UINT64_C(1) << state % 64;
        selector->path_of[state] = (uint16_t)number;
        if (i == 0)
            masks->start |= bit;
        if (i == path->segment_count) {
            *(kind == VC__PATH_TARGET ? &masks->target : &masks->clear) |= bit;
            break;
        }
        const vc__segment *segment = &path->segments[i];
        if (segment->descendant)
            masks->descend |= bit;
        for (size_t j = 0; j < segment->count; j++)
            add_step(selector, &path->steps[segment->first + j], state);
    }
}

/* Calls for each name of each path: first to count the states of each name, then to list them. */
static void each_name(vc__selector *selector, const vc__path *const *paths, size_t count, bool list)
{
    size_t state = 0, bytes = 0;
    for (size_t i = 0; i < count; i++, state++) {
        for (size_t j = 0; j < paths[i]->segment_count; j++, state++) {
            const vc__segment *segment = &paths[i]->segments[j];
            for (size_t k = 0; k < segment->count; k++) {
                const vc__step *step = &paths[i]->steps[segment->first + k];
                if (step->kind != VC__STEP_NAME)
                    continue;
                vc__known_name *known = intern(selector, step->name, &bytes);
                if (list)
                    selector->name_states[known->first + known->count] = (uint16_t)state;
                known->count++;
                known->mask |= state < 64 ? UINT64_C(1) << state : 0;
            }
        }
    }
}

static void add_names(vc__selector *selector, const vc__path *const *paths, size_t count)
{
    each_name(selector, paths, count, false);
    uint32_t first = 0;
    for (size_t i = 0; i < selector->name_count; i++) {
        selector->names[i].first = first;
        first += selector->names[i].count;
        selector->names[i].count = 0;
    }
    each_name(selector, paths, count, true);
}

vc__selector *vc__selector_new(const vc__path *const *paths, const uint8_t *kinds, size_t count,
                               bool unlisted_fail, vc_error *err)
{
    const totals total = count_all(paths, count);
    if (count > UINT16_MAX || total.states > VC__SELECT_MAX_STATES || total.names >= UINT16_MAX / 2) {
        vc__error(err, VC_E_LIMIT, "more paths than fit one rule: at most %d segments in all",
                  VC__SELECT_MAX_STATES);
        return NULL;
    }
    vc__autoptr(vc__selector) selector = vc__calloc(1, sizeof *selector);
    if (!selector || !allocate(selector, total)) {
        vc__error_memory(err);
        return NULL;
    }
    selector->unlisted_fail = unlisted_fail;
    for (size_t i = 0, state = 0; i < count; state += (size_t)paths[i]->segment_count + 1, i++)
        add_path(selector, paths[i], i, kinds ? kinds[i] : VC__PATH_TARGET, state);
    add_names(selector, paths, count);
    selector->wide = selector->words > 1 || selector->name_count > 64;
    selector->into_object = selector->masks->wild | selector->masks->descend | selector->masks->named;
    selector->into_array = selector->masks->wild | selector->masks->descend | selector->masks->indexed;
    return vc__steal(&selector);
}

void vc__selector_free(vc__selector *selector)
{
    if (!selector)
        return;
    vc__free(selector->masks);
    vc__free(selector->names);
    vc__free(selector->name_states);
    vc__free(selector->slots);
    vc__free(selector->indexes);
    vc__free(selector->path_of);
    vc__free(selector->name_bytes);
    vc__free(selector);
}
