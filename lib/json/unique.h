/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unique.h - the member names that the scanner must find only once in their object, for lib/json alone.
 * Objects within each other share one stack: an object's names are those from a mark on. Names compare after
 * unescaping. The cost for n names is n log n at worst, whatever the names are.
 *
 * Threads: one owner.
 */
#ifndef VC__JSON_UNIQUE_H
#define VC__JSON_UNIQUE_H

#include "base/buf.h"

typedef struct vc__unique_name {
    uint64_t hash;
    uint32_t at;    /* where in the text; the opening quote */
    uint32_t start; /* the content, in the text or when `own` in `decoded` */
    uint32_t len;
    bool own;
} vc__unique_name;

typedef struct vc__unique {
    vc__unique_name *names;
    size_t count, cap;
    vc__buf decoded;
} vc__unique;

#define VC__UNIQUE { NULL, 0, 0, VC__BUF(SIZE_MAX / 2) }

void vc__unique_free(vc__unique *unique);

/* Forgets all names; the memory stays. */
void vc__unique_clear(vc__unique *unique);

/*
 * The content of a member name: that between the quotes as it is, or unescaped onto the end of `decoded`.
 * VC_E_MEMORY: false.
 */
bool vc__unique_content(vc__unique *unique, vc_view body, bool escaped, vc_view *content);

/* Adds the name whose opening quote is at text[at]; `body` lies between the quotes. False: no memory. */
bool vc__unique_add(vc__unique *unique, const char *text, size_t at, vc_view body, bool escaped);

/*
 * Takes the names from `mark` on away; true when two are equal, with `*at` the first place where one comes
 * again.
 */
bool vc__unique_close(vc__unique *unique, const char *text, size_t mark, size_t *at);

#endif
