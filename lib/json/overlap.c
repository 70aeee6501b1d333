/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two paths have to do with each other, whatever the record. A node's place is a sequence of names and
 * indexes; a path is an automaton over such places, whose state is the number of segments already used. Two
 * nodes overlap when the place of one begins with the place of the other.
 */
#include "json/path.h"

#include "json/steps.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool vc__step_needs_length(const vc__step *step)
{
    if (step->kind == VC__STEP_INDEX)
        return step->start < 0;
    if (step->kind != VC__STEP_SLICE || step->step == 0)
        return false;
    return step->step < 0 || (step->has_start && step->start < 0) || (step->has_end && step->end < 0);
}

static int64_t from_the_front(int64_t index, int64_t length)
{
    return index >= 0 ? index : length + index;
}

static bool slice_takes(const vc__step *slice, int64_t at, int64_t length)
{
    if (slice->step > 0) {
        const int64_t start = slice->has_start ? from_the_front(slice->start, length) : 0;
        const int64_t lower = larger(start, 0);
        return at >= lower && (!slice->has_end || at < from_the_front(slice->end, length)) &&
               (at - lower) % slice->step == 0;
    }
    const int64_t start = slice->has_start ? from_the_front(slice->start, length) : length - 1;
    const int64_t upper = smaller(start, length - 1);
    return at <= upper && (!slice->has_end || at > from_the_front(slice->end, length)) &&
           (upper - at) % -slice->step == 0;
}

bool vc__step_takes(const vc__step *step, int64_t at, int64_t length)
{
    if (step->kind == VC__STEP_INDEX)
        return at == (step->start >= 0 ? step->start : length + step->start);
    return step->kind == VC__STEP_SLICE && step->step != 0 && slice_takes(step, at, length);
}

/*
 * Bounds of one sign can be compared; with mixed signs some length makes room. Conservative: true when in
 * doubt.
 */
bool vc__step_possible(const vc__step *step)
{
    if (step->kind != VC__STEP_SLICE)
        return true;
    if (step->step == 0)
        return false;
    const bool forward = step->step > 0;
    if (step->has_end && forward && step->end == 0)
        return false;
    if (!step->has_start || !step->has_end || (step->start < 0) != (step->end < 0))
        return true;
    return forward ? step->start < step->end : step->start > step->end;
}

/*
 * The elements that a step can take at all, when that does not depend on the length: [from, to), in steps of
 * `step`.
 */
static bool bounds(const vc__step *step, int64_t *from, int64_t *to)
{
    if (vc__step_needs_length(step))
        return false;
    *from = step->has_start ? step->start : 0;
    *to = step->kind == VC__STEP_INDEX ? *from + 1 : step->has_end ? step->end : INT64_MAX;
    return true;
}

/* Whether one child of one node may be taken by both. */
static bool steps_meet(const vc__step *a, const vc__step *b)
{
    if (!vc__step_possible(a) || !vc__step_possible(b))
        return false;
    if (a->kind == VC__STEP_WILDCARD || b->kind == VC__STEP_WILDCARD)
        return true;
    if (a->kind == VC__STEP_NAME || b->kind == VC__STEP_NAME)
        return a->kind == b->kind && a->name.len == b->name.len &&
               memcmp(a->name.data, b->name.data, a->name.len) == 0;
    if (a->kind == VC__STEP_INDEX && b->kind == VC__STEP_INDEX && (a->start < 0) == (b->start < 0))
        return a->start == b->start;
    int64_t from_a, to_a, from_b, to_b;
    if (!bounds(a, &from_a, &to_a) || !bounds(b, &from_b, &to_b))
        return true; /* some length may bring them together */
    if (a->kind == VC__STEP_INDEX)
        return vc__step_takes(b, from_a, 0);
    if (b->kind == VC__STEP_INDEX)
        return vc__step_takes(a, from_b, 0);
    return larger(from_a, from_b) < smaller(to_a, to_b);
}

static const vc__step *steps_of(const vc__path *path, size_t segment, size_t *count)
{
    *count = path->segments[segment].count;
    return path->steps + path->segments[segment].first;
}

static bool segments_meet(const vc__path *a, size_t i, const vc__path *b, size_t j)
{
    size_t count_a, count_b;
    const vc__step *of_a = steps_of(a, i, &count_a), *of_b = steps_of(b, j, &count_b);
    for (size_t x = 0; x < count_a; x++)
        for (size_t y = 0; y < count_b; y++)
            if (steps_meet(&of_a[x], &of_b[y]))
                return true;
    return false;
}

static bool segment_possible(const vc__path *path, size_t i)
{
    size_t count;
    const vc__step *steps = steps_of(path, i, &count);
    for (size_t x = 0; x < count; x++)
        if (vc__step_possible(&steps[x]))
            return true;
    return false;
}

static bool path_possible(const vc__path *path)
{
    for (size_t i = 0; i < path->segment_count; i++)
        if (!segment_possible(path, i))
            return false;
    return true;
}

/*
 * Walks both automata along a common place: reach[j] says whether, with i segments of `a` used, j of `b` may
 * be. When either is at its end, its node is where the other one is or passes. A segment that stays (a
 * descendant one) lets the other go alone.
 */
static bool may_meet(const vc__path *a, const vc__path *b)
{
    enum { MOST = 65 };
    bool reach[MOST + 1][MOST + 1] = { { false } };
    reach[0][0] = true;
    for (size_t i = 0; i <= a->segment_count; i++) {
        for (size_t j = 0; j <= b->segment_count; j++) {
            if (!reach[i][j])
                continue;
            if (i == a->segment_count || j == b->segment_count)
                return true;
            if (a->segments[i].descendant && segment_possible(b, j))
                reach[i][j + 1] = true;
            if (b->segments[j].descendant && segment_possible(a, i))
                reach[i + 1][j] = true;
            if (segments_meet(a, i, b, j))
                reach[i + 1][j + 1] = true;
        }
    }
    return false;
}

static bool steps_equal(const vc__step *a, const vc__step *b)
{
    if (a->kind != b->kind || a->has_start != b->has_start || a->has_end != b->has_end)
        return false;
    return a->start == b->start && a->end == b->end && a->step == b->step && a->name.len == b->name.len &&
           memcmp(a->name.data ? a->name.data : "", b->name.data ? b->name.data : "", a->name.len) == 0;
}

/* Every child that segment j of `b` takes is taken by segment i of `a`. */
static bool segment_covers(const vc__path *a, size_t i, const vc__path *b, size_t j)
{
    size_t count_a, count_b;
    const vc__step *of_a = steps_of(a, i, &count_a), *of_b = steps_of(b, j, &count_b);
    for (size_t y = 0; y < count_b; y++) {
        bool covered = false;
        for (size_t x = 0; x < count_a && !covered; x++)
            covered = of_a[x].kind == VC__STEP_WILDCARD || steps_equal(&of_a[x], &of_b[y]);
        if (!covered)
            return false;
    }
    return true;
}

/*
 * Whether every node of `b` is, or lies below, a node of `a`. covers[i][j]: whatever segments j.. of `b`
 * take, segments i.. of `a` take it or something on the way there.
 */
static bool covers(const vc__path *a, const vc__path *b)
{
    enum { MOST = 65 };
    bool covers[MOST + 1][MOST + 1] = { { false } };
    for (size_t i = a->segment_count + 1; i-- > 0;) {
        for (size_t j = b->segment_count + 1; j-- > 0;) {
            if (i == a->segment_count)
                covers[i][j] = true;
            else if (j < b->segment_count)
                covers[i][j] = ((a->segments[i].descendant || !b->segments[j].descendant) &&
                                segment_covers(a, i, b, j) && covers[i + 1][j + 1]) ||
                               (a->segments[i].descendant && covers[i][j + 1]);
        }
    }
    return covers[0][0];
}

vc__overlap vc__path_overlap(const vc__path *a, const vc__path *b)
{
    if (!path_possible(a) || !path_possible(b) || !may_meet(a, b))
        return VC__OVERLAP_NEVER;
    return covers(a, b) || covers(b, a) ? VC__OVERLAP_ALWAYS : VC__OVERLAP_MAYBE;
}
