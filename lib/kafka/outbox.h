/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.h - the journal of a sender: which files of which folder went to which topic, and how far. So that what was sent is not sent
 * twice, and what was broken off goes on.
 *
 *     vaultcrypt-sent 1
 *     begin TAG NAME ID PARTITION INODE SIZE MTIME CTIME     a transfer of that file begins (name in hexadecimal, times in ns)
 *     part TAG NAME NUMBER OFFSET TIME                       a part of it begins (seconds since 1970)
 *     acked TAG NAME BYTES TIME                              so much of the file is with the brokers
 *     done TAG NAME, gone TAG NAME                           all of it is; it was given up
 *
 * The tag stands for cluster, topic, format, folder, key and context, so that one journal may serve several, and what is to be sent under
 * another key was not sent before.
 *
 * Threads: one owner.
 */
#ifndef VC__KAFKA_OUTBOX_H
#define VC__KAFKA_OUTBOX_H

#include "kafka/filename.h"
#include "kafka/lines.h"

#include <stdint.h>

typedef enum vc__sending { VC__SENDING_OPEN = 0, VC__SENDING_DONE, VC__SENDING_GONE } vc__sending;

/* A file that has all four is taken to have the same bytes. */
typedef struct vc__identity {
    uint64_t inode, size;
    int64_t mtime, ctime; /* nanoseconds since 1970 */
} vc__identity;

typedef struct vc__outbox_entry {
    uint64_t tag;
    char *name;
    unsigned char id[VC__TRANSFER_ID];
    int32_t partition;
    vc__identity identity;
    uint32_t parts;        /* that were begun */
    uint64_t acked;        /* bytes of the file that the brokers have */
    uint64_t acked_logged; /* as the journal has it */
    int64_t active;        /* seconds since 1970: when something of it was sent last */
    vc__sending state;
} vc__outbox_entry;

typedef struct vc__outbox {
    vc__lines lines;
    int folder; /* where the journal lies; -1: in memory alone */
    bool has_head;
    size_t line_count, tidied; /* of the journal: now, and when it was last written anew */
    vc__outbox_entry **entries;
    size_t count, room;
    uint32_t *slots; /* by tag and name */
    size_t slot_count;
} vc__outbox;

#define VC__OUTBOX_INIT { .lines = VC__LINES_INIT, .folder = -1 }

/* `path` NULL: nothing is kept. VC_E_STATE: another sender has it; VC_E_IO, VC_E_CONFIG, VC_E_MEMORY. */
vc_code vc__outbox_open(vc__outbox *outbox, const char *path, vc_error *err);
void vc__outbox_close(vc__outbox *outbox);

/* What is known of the file; NULL: nothing. Lives until the outbox is closed or tidied; a later transfer of the same name changes it. */
vc__outbox_entry *vc__outbox_find(const vc__outbox *outbox, uint64_t tag, const char *name);

/* Each writes its line; those that others build on are on disk on return. VC_E_IO, VC_E_MEMORY. */
vc_code vc__outbox_begin(vc__outbox *outbox, const vc__outbox_entry *like, vc__outbox_entry **entry, vc_error *err);
vc_code vc__outbox_part(vc__outbox *outbox, vc__outbox_entry *entry, vc_error *err); /* goes on at entry->acked */
vc_code vc__outbox_acked(vc__outbox *outbox, vc__outbox_entry *entry, uint64_t bytes, vc_error *err);
vc_code vc__outbox_end(vc__outbox *outbox, vc__outbox_entry *entry, vc__sending state, vc_error *err);

/*
 * When the journal has become twice as long as it was, and long: writes it anew, without those entries of the tag whose file `exists` denies, unless
 * they are open. VC_E_IO, VC_E_MEMORY.
 */
vc_code vc__outbox_tidy(vc__outbox *outbox, uint64_t tag, bool (*exists)(void *user, const char *name), void *user,
                        vc_error *err);

#endif
