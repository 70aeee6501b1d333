/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps.h - the inside of a parsed path, for lib/json alone: segments of selectors, here called steps (a
 * "selector" is what is compiled from several paths, see scan.h).
 */
#ifndef VC__JSON_STEPS_H
#define VC__JSON_STEPS_H

#include "json/path.h"

#include <stdint.h>

typedef enum vc__step_kind {
    VC__STEP_NAME = 0, /* .name ['name'] */
    VC__STEP_INDEX,    /* [0] [-1] */
    VC__STEP_SLICE,    /* [start:end:step] */
    VC__STEP_WILDCARD  /* .* [*] */
} vc__step_kind;

typedef struct vc__step {
    vc__step_kind kind;
    bool has_start, has_end;
    vc_view name;             /* content: unescaped; in the path's `names` */
    int64_t start, end, step; /* an index has its number in `start` */
} vc__step;

/* `descendant`: the steps apply to the node and to every node below it. */
typedef struct vc__segment {
    bool descendant;
    uint16_t first, count; /* in the path's `steps` */
} vc__segment;

struct vc__path {
    vc__segment *segments;
    vc__step *steps;
    char *names;
    uint16_t segment_count, step_count;
};

/* Whether an array's length must be known to tell which of its elements the step selects. */
bool vc__step_needs_length(const vc__step *step);

/*
 * Whether an index or slice selects element `at` of an array; `length` matters only when it is needed. RFC
 * 9535, 2.3.3, 2.3.4.
 */
bool vc__step_takes(const vc__step *step, int64_t at, int64_t length);

/* Whether a step can select anything in any record: a slice may not ([2:1], [::0]). */
bool vc__step_possible(const vc__step *step);

#endif
