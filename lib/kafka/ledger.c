/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/ledger.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/segment.h"

#include <stdio.h>

#define HEAD "vaultcrypt-received "

enum { KEPT = 100000, TOO_MANY = 2 * KEPT, FIRST_SLOTS = 1024 };

static const char *const words[] = { "", "done", "refused", "abandoned" };

/* -- the set -------------------------------------------------------------------------------------------------------- */

/* Each bit of the result is of each bit of `x` (MurmurHash3's last step). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
    return x ^ x >> 33;
}

/* Ids come from the outside: the folder's own one keeps their maker from choosing slots, whichever bytes of theirs are alike. */
static size_t slot_of(const vc__ledger *ledger, const unsigned char id[VC__TRANSFER_ID])
{
    uint64_t a, b, seed[2];
    memcpy(&a, id, 8);
    memcpy(&b, id + 8, 8);
    memcpy(seed, ledger->folder_id, 16);
    return (size_t)mix(mix(a ^ seed[0]) ^ b ^ seed[1]) & (ledger->slot_count - 1);
}

/* The slot that holds the id, or the free one that it belongs into. */
static uint32_t *find(const vc__ledger *ledger, const unsigned char id[VC__TRANSFER_ID])
{
    size_t at = slot_of(ledger, id);
    while (ledger->slots[at] && memcmp(ledger->entries[ledger->slots[at] - 1].id, id, VC__TRANSFER_ID) != 0)
        at = (at + 1) & (ledger->slot_count - 1);
    return &ledger->slots[at];
}

static vc_code index_anew(vc__ledger *ledger, size_t slot_count, vc_error *err)
{
    uint32_t *slots = vc__calloc(slot_count, sizeof *slots);
    if (!slots)
        return vc__error_memory(err);
    vc__free(ledger->slots);
    ledger->slots = slots;
    ledger->slot_count = slot_count;
    for (size_t i = 0; i < ledger->count; i++)
        *find(ledger, ledger->entries[i].id) = (uint32_t)i + 1;
    return VC_OK;
}

static vc_code remember(vc__ledger *ledger, const unsigned char id[VC__TRANSFER_ID], vc__verdict verdict, vc_error *err)
{
    if (ledger->count * 2 >= ledger->slot_count) {
        const vc_code code = index_anew(ledger, ledger->slot_count ? ledger->slot_count * 2 : FIRST_SLOTS, err);
        if (code)
            return code;
    }
    uint32_t *slot = find(ledger, id);
    if (*slot) {
        ledger->entries[*slot - 1].verdict = (unsigned char)verdict;
        return VC_OK;
    }
    if (ledger->count == ledger->room) {
        const size_t room = ledger->room ? ledger->room * 2 : 64;
        vc__ledger_entry *more = vc__realloc(ledger->entries, room, sizeof *more);
        if (!more)
            return vc__error_memory(err);
        ledger->entries = more;
        ledger->room = room;
    }
    vc__ledger_entry *entry = &ledger->entries[ledger->count++];
    memcpy(entry->id, id, VC__TRANSFER_ID);
    entry->verdict = (unsigned char)verdict;
    *slot = (uint32_t)ledger->count;
    return VC_OK;
}

vc__verdict vc__ledger_get(const vc__ledger *ledger, const unsigned char id[VC__TRANSFER_ID])
{
    const uint32_t slot = ledger->slot_count ? *find(ledger, id) : 0;
    return slot ? (vc__verdict)ledger->entries[slot - 1].verdict : VC__OPEN;
}

void vc__ledger_reopen(vc__ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->entries[i].verdict != VC__DONE)
            ledger->entries[i].verdict = VC__OPEN;
}

/* -- the file ------------------------------------------------------------------------------------------------------- */

static vc_code read_head(vc__ledger *ledger, const char *line, vc_error *err)
{
    const char *rest = line + sizeof HEAD - 1;
    if (strlen(rest) != 2 + 2 * VC__TRANSFER_ID)
        return VC_OK; /* torn */
    if (strncmp(rest, "1 ", 2) != 0)
        return vc__error(err, VC_E_CONFIG, "the journal %s is of another version", ledger->lines.name);
    if (!ledger->has_id)
        ledger->has_id = vc__hex_decode(ledger->folder_id, vc_str(rest + 2));
    return VC_OK;
}

/* What is no line of ours is passed over: a crash may have left anything of the last one. */
static vc_code read_line(void *user, char *line, vc_error *err)
{
    vc__ledger *ledger = user;
    unsigned char id[VC__TRANSFER_ID];
    if (strncmp(line, HEAD, sizeof HEAD - 1) == 0)
        return read_head(ledger, line, err);
    for (int verdict = VC__DONE; ledger->has_id && verdict <= VC__ABANDONED; verdict++) {
        const size_t len = strlen(words[verdict]);
        if (strncmp(line, words[verdict], len) == 0 && line[len] == ' ' && strlen(line + len + 1) == 2 * VC__TRANSFER_ID &&
            vc__hex_decode(id, vc_str(line + len + 1)))
            return remember(ledger, id, (vc__verdict)verdict, err);
    }
    return VC_OK;
}

static vc_code write_head(const vc__ledger *ledger, vc__lines *lines, bool durable, vc_error *err)
{
    char hex[2 * VC__TRANSFER_ID + 1];
    vc__filename_id(hex, ledger->folder_id);
    return vc__lines_add(lines, durable, err, HEAD "1 %s", hex);
}

static vc_code write_entry(vc__lines *lines, const vc__ledger_entry *entry, bool durable, vc_error *err)
{
    char hex[2 * VC__TRANSFER_ID + 1];
    vc__filename_id(hex, entry->id);
    return vc__lines_add(lines, durable, err, "%s %s", words[entry->verdict], hex);
}

static vc_code write_latest(void *user, vc__lines *fresh, vc_error *err)
{
    const vc__ledger *ledger = user;
    vc_code code = write_head(ledger, fresh, false, err);
    for (size_t i = 0; i < ledger->count && !code; i++)
        code = write_entry(fresh, &ledger->entries[i], false, err);
    return code;
}

static vc_code shorten(vc__ledger *ledger, vc_error *err)
{
    memmove(ledger->entries, ledger->entries + ledger->count - KEPT, KEPT * sizeof *ledger->entries);
    ledger->count = KEPT;
    const vc_code code = index_anew(ledger, ledger->slot_count, err);
    return code ? code : vc__lines_replace(&ledger->lines, write_latest, ledger, err);
}

static vc_code begin(vc__ledger *ledger, vc_error *err)
{
    const vc_code code = vc__transfer_id_new(ledger->folder_id, err);
    if (code)
        return code;
    ledger->has_id = true;
    return write_head(ledger, &ledger->lines, true, err);
}

vc_code vc__ledger_open(vc__ledger *ledger, int folder, vc_error *err)
{
    *ledger = (vc__ledger)VC__LEDGER_INIT;
    vc_code code = vc__lines_open(&ledger->lines, folder, VC__FILE_JOURNAL, err);
    if (!code)
        code = vc__lines_each(&ledger->lines, read_line, ledger, err);
    if (!code && ledger->has_id)
        vc__lines_cut(&ledger->lines);
    if (!code && !ledger->has_id)
        code = begin(ledger, err);
    if (!code && ledger->count > TOO_MANY)
        code = shorten(ledger, err);
    if (code)
        vc__ledger_close(ledger);
    return code;
}

void vc__ledger_close(vc__ledger *ledger)
{
    vc__lines_close(&ledger->lines);
    vc__free(ledger->entries);
    vc__free(ledger->slots);
    *ledger = (vc__ledger)VC__LEDGER_INIT;
}

vc_code vc__ledger_set(vc__ledger *ledger, const unsigned char id[VC__TRANSFER_ID], vc__verdict verdict, vc_error *err)
{
    vc__ledger_entry entry = { .verdict = (unsigned char)verdict };
    memcpy(entry.id, id, VC__TRANSFER_ID);
    vc_code code = remember(ledger, id, verdict, err);
    if (!code)
        code = write_entry(&ledger->lines, &entry, true, err);
    return code || ledger->count <= TOO_MANY ? code : shorten(ledger, err);
}
