/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incoming.h - a file on its way into a folder: under a temporary name until it is whole and on disk. All by descriptors of the
 * folder, so no symbolic link is followed; blocks of zeros become holes.
 *
 * Threads: one owner, the folder's. VC_E_IO for what concerns the machine (no room on the device), VC_E_REFUSED for what concerns this file.
 */
#ifndef VC__KAFKA_INCOMING_H
#define VC__KAFKA_INCOMING_H

#include "kafka/filename.h"
#include "kafka/folder.h"

typedef struct vc__incoming {
    vc__folder *folder;
    int fd;          /* -1: not open */
    uint64_t size;   /* bytes of the file until now, holes counted */
    uint64_t pushed; /* up to where the system was told to begin writing to disk */
    char part[VC__PART_NAME_ROOM];
} vc__incoming;

/* What the file is to be, where that is known. */
typedef struct vc__file_facts {
    bool has_mode, has_mtime;
    uint32_t mode;
    int64_t mtime; /* nanoseconds since 1970 */
} vc__file_facts;

vc_code vc__incoming_open(vc__incoming *file, vc__folder *folder, const unsigned char id[VC__TRANSFER_ID], vc_error *err);

/* At its end. VC_E_REFUSED: the quota. */
vc_code vc__incoming_write(vc__incoming *file, vc_view data, vc_error *err);

/* Back to its first `size` bytes. */
vc_code vc__incoming_cut(vc__incoming *file, uint64_t size, vc_error *err);

/* Up to `room` bytes from there on; `*got` 0 at the end. */
vc_code vc__incoming_read(const vc__incoming *file, uint64_t offset, void *data, size_t room, size_t *got, vc_error *err);

/*
 * Writes it to disk and gives it its name, which was checked; it is closed then. `force`: in place of what has that name. `*present`: a
 * file with the same bytes had it already, and stays. VC_E_REFUSED: another file has the name.
 */
vc_code vc__incoming_place(vc__incoming *file, const char *name, const vc__file_facts *facts, bool force, bool *present,
                           vc_error *err);

/* Removes it, when it was not placed. */
void vc__incoming_drop(vc__incoming *file);

#endif
