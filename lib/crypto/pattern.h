/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.h - regular expressions of templates: PCRE2 held to what RE2 understands too (template.h says how
 * they differ), matched against an entire value, with limits. The only user of PCRE2.
 *
 * Threads: a pattern is immutable; a vc__match has one user at a time.
 */
#ifndef VC__CRYPTO_PATTERN_H
#define VC__CRYPTO_PATTERN_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <vaultcrypt/error.h>

enum {
    VC__PATTERN_MAX = 16384,
    VC__PATTERN_STEPS = 1000000,
    VC__PATTERN_HEAP_KIB = 4096,
    VC__PATTERN_REPEAT_MAX = 1000
};

typedef struct vc__pattern vc__pattern;
typedef struct vc__match vc__match;

/* NULL: VC_E_CONFIG with the byte offset in the message, VC_E_MEMORY. */
vc__pattern *vc__pattern_new(vc_view text, vc_error *err);
void vc__pattern_free(vc__pattern *pattern);
VC__DEFINE_CLEANUP(vc__pattern, vc__pattern_free)

vc_view vc__pattern_text(const vc__pattern *pattern);

/* How many groups; they count from 1. */
size_t vc__pattern_groups(const vc__pattern *pattern);

/* The group of that name, or 0. */
size_t vc__pattern_named(const vc__pattern *pattern, vc_view name);

/* The fewest and the most characters that all groups together capture of a value that matches; SIZE_MAX: any number. */
typedef struct vc__width {
    size_t least, most;
} vc__width;
vc__width vc__pattern_captured(const vc__pattern *pattern);

/* Room for the places of the groups. NULL: out of memory. It must not outlive the pattern. */
vc__match *vc__match_new(const vc__pattern *pattern);
void vc__match_free(vc__match *match);

/*
 * Matches the whole of `value`, which is valid UTF-8. VC_E_REFUSED: no match. VC_E_LIMIT: too many steps, or
 * too much memory for them. VC_E_MEMORY, VC_E_INTERNAL.
 */
vc_code vc__match_run(vc__match *match, vc_view value, vc_error *err);

/* Where group `group` lies in the value that was matched last; false when it took no part. */
bool vc__match_group(const vc__match *match, size_t group, size_t *start, size_t *end);

#endif
