/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - one structural pass over a JSON text (RFC 8259, strict: UTF-8, escapes, numbers, nothing behind
 * the value, depth limit) that checks all of it and finds the nodes that a set of paths selects, as byte
 * offsets. Nothing is copied.
 *
 * A selector is compiled from paths once and immutable; a scanner is scratch memory, reused from record to
 * record.
 *
 * Threads: a selector may be shared; a scanner has one owner.
 */
#ifndef VC__JSON_SCAN_H
#define VC__JSON_SCAN_H

#include "json/path.h"

#include <stdint.h>

typedef enum vc__json_type {
    VC__JSON_NULL = 0,
    VC__JSON_FALSE,
    VC__JSON_TRUE,
    VC__JSON_NUMBER,
    VC__JSON_STRING,
    VC__JSON_ARRAY,
    VC__JSON_OBJECT
} vc__json_type;

/* A selected node. Offsets are bytes from the start of the text. */
typedef struct vc__hit {
    size_t begin;  /* first byte of the value (a string's opening quote) */
    size_t end;    /* behind its last byte */
    size_t member; /* opening quote of the member's name, when in an object; else == begin */
    uint16_t path; /* which path of the selector, in the order they were added */
    uint8_t type;  /* vc__json_type */
    uint8_t escaped; /* a string with backslashes */
} vc__hit;

typedef struct vc__selector vc__selector;

enum { VC__PATH_TARGET = 0, VC__PATH_CLEAR = 1 };

/*
 * `paths[i]` selects for hit.path == i. `kinds[i]`: VC__PATH_TARGET makes hits; VC__PATH_CLEAR makes none, it
 * only declares that what it selects may be there (for `unlisted: fail`). With `unlisted_fail`, a leaf
 * (scalar, empty array or object) that is neither selected nor below a selected node makes the scan fail with
 * VC_E_UNLISTED. `kinds` may be NULL (all targets). NULL: VC_E_LIMIT (too many paths or segments),
 * VC_E_MEMORY.
 */
vc__selector *vc__selector_new(const vc__path *const *paths, const uint8_t *kinds, size_t count,
                               bool unlisted_fail, vc_error *err);
void vc__selector_free(vc__selector *selector);
VC__DEFINE_CLEANUP(vc__selector, vc__selector_free)

typedef struct vc__scanner vc__scanner;

/* `max_depth`: arrays and objects within each other (512 is what the record path uses). */
vc__scanner *vc__scanner_new(size_t max_depth, vc_error *err);
void vc__scanner_free(vc__scanner *scanner);
VC__DEFINE_CLEANUP(vc__scanner, vc__scanner_free)

/*
 * Scans `json`. The hits, in the order of `begin`, are lent by the scanner until its next scan. With
 * `selector` NULL it only checks. Errors, the whole record's: VC_E_JSON (offset, line, column; the message
 * says what was expected, never what was found), VC_E_AMBIGUOUS (a selected member, or one on the way to a
 * possible selection, occurs twice in its object, names compared after unescaping; or two targets overlap in
 * this record, ancestors included), VC_E_UNLISTED, VC_E_LIMIT (depth, 4 GiB), VC_E_MEMORY.
 *
 * On the way is a member that a path names there; where a wildcard applies, or below `..`, it is every
 * member. All errors have a place: of the second such member's name, the second value, the first value that
 * no path enters. Of several the first is told, but VC_E_JSON before the others; columns count bytes.
 */
vc_code vc__scan(vc__scanner *scanner, const vc__selector *selector, vc_view json, const vc__hit **hits,
                 size_t *count, vc_error *err);

#endif
