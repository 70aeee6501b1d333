/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal_key.h - the keys of sealed files by their names: as a program tells them, "KEY" or "MOUNT/KEY", and as a header has them.
 *
 * Threads: plain data of its owner.
 */
#ifndef VC__RECORD_SEAL_KEY_H
#define VC__RECORD_SEAL_KEY_H

#include "base/buf.h"

/* Where a key is: as keys are told, and as tokens have it. */
typedef struct vc__seal_key {
    bool is_static;
    char *text;        /* as it was told */
    char *mount;       /* NULL: a static key has none */
    const char *name;  /* the end of `text` */
} vc__seal_key;

/* VC_E_ARGUMENT, VC_E_MEMORY. */
vc_code vc__seal_key_set(vc__seal_key *key, const char *text, bool is_static, vc_error *err);
void vc__seal_key_free(vc__seal_key *key);

/* Appends the name as tokens have it: "KEY", or "MOUNT/KEY" when the mount is not "transit". */
void vc__seal_key_name(vc__buf *out, const vc__seal_key *key);

/* Whether a name in a header is that of this key. */
bool vc__seal_key_is(const vc__seal_key *key, bool is_static, vc_view name);

#endif
