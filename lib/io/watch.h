/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - small files with secrets: read into locked memory, and looked at for change.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__IO_WATCH_H
#define VC__IO_WATCH_H

#include "base/secret.h"

#include <stdint.h>

/* What tells one state of a file from another: a new file in its place, too. All zero: there is no file. */
typedef struct vc__stamp {
    uint64_t device, inode, size;
    int64_t seconds, nanoseconds; /* of the last change */
} vc__stamp;

vc__stamp vc__stamp_of(const char *path);
bool vc__stamp_equal(const vc__stamp *a, const vc__stamp *b);

/*
 * The file without the line break at its end. `what` names its purpose in messages ("the password file"). NULL: VC_E_IO (it cannot be
 * opened or read), VC_E_CONFIG (it is empty), VC_E_LIMIT (over 64 KiB), VC_E_MEMORY.
 */
vc__secret *vc__secret_file(const char *path, const char *what, vc_error *err);

#endif
