/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release_policy.h - a release policy as a tree: what reading (release_policy.c) makes and deciding (release_decide.c) walks.
 *
 * Threads: any number may read.
 */
#ifndef VC__KEYS_RELEASE_POLICY_H
#define VC__KEYS_RELEASE_POLICY_H

#include "base/arena.h"

#include <stdbool.h>
#include <vaultcrypt/release_policy.h>

typedef enum vc__condition_kind {
    VC__CONDITION_CLAIM = 0, /* name equals value */
    VC__CONDITION_ANY,
    VC__CONDITION_ALL
} vc__condition_kind;

typedef struct vc__condition {
    vc__condition_kind kind;
    bool is_authority;     /* of kind ANY or ALL, with `value` */
    vc_view name, value;   /* decoded; a boolean or number as it stands */
    size_t line, column;   /* of its brace */
    struct vc__condition *first, *next; /* within; beside */
} vc__condition;

struct vc_release_policy {
    char *text; /* what views point into */
    vc__arena arena;
    vc__condition *authorities; /* any of them */
    bool old_version;
};

#endif
