/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.h - the journal of a destination: which transfers are settled, done or not, over all runs. It makes that no record which
 * comes again does anything again. The latest 100 000 are kept.
 *
 *     vaultcrypt-received 1 <id of the folder, 32 hexadecimal digits>
 *     done|refused|abandoned <transfer id>
 *
 * Threads: one owner.
 */
#ifndef VC__KAFKA_LEDGER_H
#define VC__KAFKA_LEDGER_H

#include "kafka/filename.h"
#include "kafka/lines.h"

#include <stdint.h>

typedef enum vc__verdict { VC__OPEN = 0, VC__DONE, VC__REFUSED, VC__ABANDONED } vc__verdict;

typedef struct vc__ledger_entry {
    unsigned char id[VC__TRANSFER_ID];
    unsigned char verdict;
} vc__ledger_entry;

typedef struct vc__ledger {
    vc__lines lines;
    unsigned char folder_id[VC__TRANSFER_ID];
    bool has_id;
    vc__ledger_entry *entries; /* in the order of the file */
    size_t count, room;
    uint32_t *slots; /* index + 1 of an entry; open addressing */
    size_t slot_count;
} vc__ledger;

#define VC__LEDGER_INIT { .lines = VC__LINES_INIT }

/* Reads, or begins, the journal in the folder. VC_E_STATE: another receiver has it; VC_E_IO, VC_E_CONFIG, VC_E_MEMORY. */
vc_code vc__ledger_open(vc__ledger *ledger, int folder, vc_error *err);
void vc__ledger_close(vc__ledger *ledger);

vc__verdict vc__ledger_get(const vc__ledger *ledger, const unsigned char id[VC__TRANSFER_ID]);

/* The last verdict counts; on disk when this returns. VC_E_IO, VC_E_MEMORY. */
vc_code vc__ledger_set(vc__ledger *ledger, const unsigned char id[VC__TRANSFER_ID], vc__verdict verdict, vc_error *err);

/* All but what is done is open again, in this run. */
void vc__ledger_reopen(vc__ledger *ledger);

#endif
