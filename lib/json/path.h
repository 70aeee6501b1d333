/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - JSON paths by RFC 9535: names, indexes, slices, wildcards, descendants. Filters and functions are
 * refused with a clear error. Parsed once, immutable then.
 *
 * Threads: any number may read.
 */
#ifndef VC__JSON_PATH_H
#define VC__JSON_PATH_H

#include "base/buf.h"

#include <stdbool.h>
#include <vaultcrypt/error.h>

typedef struct vc__path vc__path;

/*
 * Parses `$...`. NULL: VC_E_PATH (err->offset, err->line 1 and err->column say where in `text`), VC_E_LIMIT
 * (more than 64 segments, or 64 selectors in one), VC_E_MEMORY.
 */
vc__path *vc__path_parse(vc_view text, vc_error *err);
void vc__path_free(vc__path *path);
VC__DEFINE_CLEANUP(vc__path, vc__path_free)

/*
 * Appends the path's canonical text, the same for all ways to write it: `.name` for one name of ASCII letters,
 * digits and `_` (no digit first), brackets for everything else, quotes and escapes as in normalized paths (RFC
 * 9535, 2.7), no spaces. Errors are the buffer's.
 */
void vc__path_write(vc__buf *out, const vc__path *path);

/* Names and non-negative indexes only, one selector a segment: at most one node in any record. */
bool vc__path_is_singular(const vc__path *path);

/*
 * Whether, in some record, a node that `a` selects is the same as, or an ancestor or a descendant of, one
 * that `b` selects. NEVER is certain (names against indexes, other names, other non-negative indexes); ALWAYS
 * is certain too: whenever both select anything they overlap; MAYBE is for run time.
 */
typedef enum vc__overlap { VC__OVERLAP_NEVER = 0, VC__OVERLAP_MAYBE, VC__OVERLAP_ALWAYS } vc__overlap;
vc__overlap vc__path_overlap(const vc__path *a, const vc__path *b);

#endif
