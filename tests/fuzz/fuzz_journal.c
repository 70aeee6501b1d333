/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals of files over Kafka, as a crash or somebody's editor may leave them. The first byte picks: s what was sent, anything else what was
 * received; the rest is the file. Whatever it holds, what was understood of it is the same when it is read again, also behind a new line, and
 * after it was written anew.
 */
#define _GNU_SOURCE /* memmem() */
#include "fuzz.h"

#include "kafka/ledger.h"
#include "kafka/outbox.h"

#include <fcntl.h>
#include <unistd.h>

/* Absolute: the inputs are named from where they were started. */
static char folder[] = "/tmp/fuzz_journal.XXXXXX", sent[64];
static int place = -1;

static void remove_folder(void)
{
    (void)unlink(sent);
    (void)unlinkat(place, VC__FILE_JOURNAL, 0);
    (void)rmdir(folder);
}

static void put_file(const char *name, const uint8_t *data, size_t size)
{
    if (place < 0) {
        HOLDS(mkdtemp(folder) && atexit(remove_folder) == 0);
        place = open(folder, O_RDONLY | O_DIRECTORY);
        snprintf(sent, sizeof sent, "%s/sent", folder);
    }
    const int fd = openat(place, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    HOLDS(fd >= 0 && (!size || write(fd, data, size) == (ssize_t)size));
    close(fd);
}

/* -- received ------------------------------------------------------------------------------------------------------- */

static bool open_ledger(vc__ledger *ledger)
{
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__ledger_open(ledger, place, &err);
    HOLDS(code == VC_OK || code == VC_E_CONFIG); /* another version */
    return code == VC_OK;
}

static void received(const uint8_t *data, size_t size)
{
    static const unsigned char id[VC__TRANSFER_ID] = "of the target's";
    vc__ledger first, again;
    put_file(VC__FILE_JOURNAL, data, size);
    if (!open_ledger(&first))
        return;
    HOLDS(first.has_id && vc__ledger_set(&first, id, VC__REFUSED, NULL) == VC_OK);
    vc__lines_close(&first.lines);
    if (!memmem(data, size, "vaultcrypt-received 1 ", 22)) { /* likewise */
        HOLDS(first.count == 1);
        vc__ledger_close(&first);
        return;
    }
    HOLDS(open_ledger(&again));
    HOLDS(memcmp(first.folder_id, again.folder_id, sizeof first.folder_id) == 0);
    HOLDS(first.count == again.count && vc__ledger_get(&again, id) == VC__REFUSED);
    for (size_t i = 0; i < first.count; i++)
        HOLDS(vc__ledger_get(&again, first.entries[i].id) == vc__ledger_get(&first, first.entries[i].id));
    vc__ledger_close(&again);
    vc__ledger_close(&first);
}

/* -- sent ----------------------------------------------------------------------------------------------------------- */

static bool open_outbox(vc__outbox *outbox)
{
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__outbox_open(outbox, sent, &err);
    HOLDS(code == VC_OK || code == VC_E_CONFIG);
    return code == VC_OK;
}

static void same(const vc__outbox *first, const vc__outbox *again)
{
    HOLDS(first->count == again->count);
    for (size_t i = 0; i < first->count; i++) {
        const vc__outbox_entry *one = first->entries[i], *other = vc__outbox_find(again, one->tag, one->name);
        HOLDS(other && memcmp(one->id, other->id, sizeof one->id) == 0 && one->partition == other->partition);
        HOLDS(memcmp(&one->identity, &other->identity, sizeof one->identity) == 0);
        HOLDS(one->parts == other->parts && one->acked == other->acked && one->state == other->state);
        HOLDS(one->active == other->active || !one->parts);
        HOLDS(one->partition >= 0 && one->acked <= one->identity.size && (one->parts || !one->acked));
    }
}

static bool exists(void *user, const char *name)
{
    (void)user, (void)name;
    return true;
}

static void sent_before(const uint8_t *data, size_t size)
{
    enum { LONG = 1 << 20 };
    char name[] = "a file";
    vc__outbox first, again;
    vc__outbox_entry like = { .tag = 7, .name = name, .id = "of the target's", .identity = { 1, 2, -3, 4 } }, *entry;
    put_file("sent", data, size);
    if (!open_outbox(&first))
        return;
    if (!first.has_head) { /* nothing was understood, and its last line may be taken for one of tomorrow's now */
        HOLDS(first.count == 0);
        vc__outbox_close(&first);
        return;
    }
    HOLDS(vc__outbox_begin(&first, &like, &entry, NULL) == VC_OK && vc__outbox_part(&first, entry, NULL) == VC_OK);
    vc__lines_close(&first.lines);
    HOLDS(open_outbox(&again));
    same(&first, &again);
    again.line_count = LONG;
    HOLDS(vc__outbox_tidy(&again, 7, exists, NULL, NULL) == VC_OK);
    same(&first, &again);
    vc__outbox_close(&again);
    HOLDS(open_outbox(&again));
    same(&first, &again);
    vc__outbox_close(&again);
    vc__outbox_close(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size && data[0] == 's')
        sent_before(data + 1, size - 1);
    else
        received(data + (size > 0), size - (size > 0));
    return 0;
}
