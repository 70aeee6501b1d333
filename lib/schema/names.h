/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - names that lead to rules, sorted: names of records, exact topics, and prefixes of topics. A
 * search takes time by the logarithm of their number, and allocates nothing.
 *
 * Only lib/schema uses it. Threads: any number may search once sorted.
 */
#ifndef VC__SCHEMA_NAMES_H
#define VC__SCHEMA_NAMES_H

#include <vaultcrypt/schema.h>

typedef struct vc__name {
    vc_view text;
    const vc_rule *rule;
    size_t line, column; /* in the file */
    size_t shorter;      /* 1 + the index of the longest other name that this one starts with; 0: none */
} vc__name;

typedef struct vc__names {
    vc__name *list;
    size_t count;
} vc__names;

/*
 * Must come before any search. Returns the second of two equal names with `*first` the other, or NULL when
 * all differ.
 */
const vc__name *vc__names_sort(vc__names *names, const vc__name **first);

/* The name itself; NULL when it is not there. */
const vc__name *vc__names_find(const vc__names *names, vc_view text);

/* The longest name that `text` starts with; NULL when there is none. */
const vc__name *vc__names_find_prefix(const vc__names *names, vc_view text);

#endif
