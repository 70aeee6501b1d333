/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.h - the destination of files that come in: held as a descriptor, so that it stays the same folder whatever happens to its path;
 * and what may lie in it.
 *
 * Threads: one owner.
 */
#ifndef VC__KAFKA_FOLDER_H
#define VC__KAFKA_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <vaultcrypt/error.h>

typedef struct vc__folder {
    int fd;         /* -1: not open */
    uint64_t quota; /* bytes in it in all; 0: any */
    uint64_t used;  /* as last counted, with what was written since */
    mode_t allowed; /* of vc__folder_allowed(); 0: not looked at */
} vc__folder;

#define VC__FOLDER_INIT { -1, 0, 0, 0 }

/* The last component of the path may not be a symbolic link. VC_E_IO. */
vc_code vc__folder_open(vc__folder *folder, const char *path, uint64_t quota, vc_error *err);
void vc__folder_close(vc__folder *folder);

/* Removes what an earlier receiver left half done. VC_E_IO. */
vc_code vc__folder_sweep(vc__folder *folder, vc_error *err);

/* Whether that much more may lie in it; counts what is there anew before it says no. VC_E_REFUSED, VC_E_IO. */
vc_code vc__folder_room(vc__folder *folder, uint64_t more, vc_error *err);

/* The permissions that a new file may have in it: what the umask leaves, or the folder's default ACL. The owner's alone, if that cannot be found out. */
mode_t vc__folder_allowed(vc__folder *folder);

/* Its entries are on disk, where the file system can do that. VC_E_IO. */
vc_code vc__folder_sync(const vc__folder *folder, vc_error *err);

/* "DOING: strerror". VC_E_IO; VC_E_REFUSED when name or file are too long for this file system. */
vc_code vc__file_failed(vc_error *err, const char *doing, int number);

#endif
