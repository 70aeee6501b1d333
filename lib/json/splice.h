/* SPDX-License-Identifier: Apache-2.0 */
/*
 * splice.h - a JSON text with some values replaced or members removed; every other byte as it was.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__JSON_SPLICE_H
#define VC__JSON_SPLICE_H

#include "base/buf.h"
#include "json/scan.h"

typedef enum vc__edit_kind {
    VC__EDIT_REPLACE = 0, /* `value` is the JSON text that takes the place */
    VC__EDIT_REMOVE       /* the member goes, with one comma; an array element becomes null */
} vc__edit_kind;

typedef struct vc__edit {
    const vc__hit *hit;
    vc__edit_kind kind;
    vc_view value;
} vc__edit;

/*
 * Appends the edited text, whole or not at all. Edits are in the order of their hits' `begin` and do not
 * overlap. Errors are the buffer's.
 */
void vc__splice(vc__buf *out, vc_view json, const vc__edit *edits, size_t count);

#endif
