/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/outbox.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define HEAD "vaultcrypt-sent "

enum { FIRST_SLOTS = 64, ACKED_STEP = 8 << 20, LONG = 4000, NAME_HEX = 2 * VC__NAME_MOST + 1 };

/* -- entries by name ------------------------------------------------------------------------------------------------ */

/* The names are those of the sender's own files. */
static size_t slot_of(const vc__outbox *outbox, uint64_t tag, const char *name)
{
    const uint64_t hash = vc__fnv1a(VC__FNV_START ^ tag, vc_str(name));
    return (size_t)(hash ^ hash >> 32) & (outbox->slot_count - 1);
}

static uint32_t *find(const vc__outbox *outbox, uint64_t tag, const char *name)
{
    size_t at = slot_of(outbox, tag, name);
    for (; outbox->slots[at]; at = (at + 1) & (outbox->slot_count - 1)) {
        const vc__outbox_entry *entry = outbox->entries[outbox->slots[at] - 1];
        if (entry->tag == tag && strcmp(entry->name, name) == 0)
            break;
    }
    return &outbox->slots[at];
}

vc__outbox_entry *vc__outbox_find(const vc__outbox *outbox, uint64_t tag, const char *name)
{
    const uint32_t slot = outbox->slot_count ? *find(outbox, tag, name) : 0;
    return slot ? outbox->entries[slot - 1] : NULL;
}

static vc_code index_anew(vc__outbox *outbox, size_t slot_count, vc_error *err)
{
    uint32_t *slots = vc__calloc(slot_count, sizeof *slots);
    if (!slots)
        return vc__error_memory(err);
    vc__free(outbox->slots);
    outbox->slots = slots;
    outbox->slot_count = slot_count;
    for (size_t i = 0; i < outbox->count; i++)
        *find(outbox, outbox->entries[i]->tag, outbox->entries[i]->name) = (uint32_t)i + 1;
    return VC_OK;
}

static vc_code make_room(vc__outbox *outbox, vc_error *err)
{
    if (outbox->count == outbox->room) {
        const size_t room = outbox->room ? outbox->room * 2 : 16;
        vc__outbox_entry **more = vc__realloc(outbox->entries, room, sizeof(vc__outbox_entry *));
        if (!more)
            return vc__error_memory(err);
        outbox->entries = more;
        outbox->room = room;
    }
    return outbox->count * 2 < outbox->slot_count
               ? VC_OK
               : index_anew(outbox, outbox->slot_count ? outbox->slot_count * 2 : FIRST_SLOTS, err);
}

/* The entry with that tag and name becomes `like`, or a new one does. */
static vc_code put(vc__outbox *outbox, const vc__outbox_entry *like, vc__outbox_entry **entry, vc_error *err)
{
    *entry = vc__outbox_find(outbox, like->tag, like->name);
    if (*entry) {
        char *name = (*entry)->name;
        **entry = *like;
        (*entry)->name = name;
        return VC_OK;
    }
    const vc_code code = make_room(outbox, err);
    if (code)
        return code;
    vc__outbox_entry *made = vc__calloc(1, sizeof *made);
    char *name = vc__memdup(like->name, strlen(like->name));
    if (!made || !name) {
        vc__free(made);
        vc__free(name);
        return vc__error_memory(err);
    }
    *made = *like;
    made->name = name;
    outbox->entries[outbox->count++] = made;
    *find(outbox, made->tag, name) = (uint32_t)outbox->count;
    *entry = made;
    return VC_OK;
}

/* -- lines ---------------------------------------------------------------------------------------------------------- */

/* The next word of the line, which is cut in place; NULL at the end. */
static char *word(char **line)
{
    char *start = *line;
    if (!start || !*start)
        return NULL;
    char *end = strchr(start, ' ');
    if (end)
        *end++ = 0;
    *line = end;
    return start;
}

static bool read_number(char **line, uint64_t *value)
{
    const char *text = word(line);
    return text && vc__parse_uint(vc_str(text), UINT64_MAX, value);
}

static bool read_signed(char **line, int64_t *value)
{
    uint64_t size;
    const char *text = word(line);
    const bool minus = text && *text == '-';
    if (!text || !vc__parse_uint(vc_str(text + minus), INT64_MAX, &size))
        return false;
    *value = minus ? -(int64_t)size : (int64_t)size;
    return true;
}

static bool read_name(char **line, uint64_t *tag, char name[VC__NAME_MOST + 1])
{
    char *end;
    const char *text = word(line), *hex = word(line);
    if (!text || !hex)
        return false;
    *tag = strtoull(text, &end, 16);
    const size_t len = strlen(hex) / 2;
    if (*end || !len || len > VC__NAME_MOST || !vc__hex_decode((unsigned char *)name, vc_str(hex)) || memchr(name, 0, len))
        return false;
    name[len] = 0;
    return true;
}

static bool read_begin(char *line, vc__outbox_entry *like)
{
    uint64_t partition;
    const char *id = word(&line);
    if (!id || strlen(id) != 2 * VC__TRANSFER_ID || !vc__hex_decode(like->id, vc_str(id)) ||
        !read_number(&line, &partition) || partition > INT32_MAX)
        return false;
    like->partition = (int32_t)partition;
    return read_number(&line, &like->identity.inode) && read_number(&line, &like->identity.size) &&
           read_signed(&line, &like->identity.mtime) && read_signed(&line, &like->identity.ctime);
}

static void read_part(char *line, vc__outbox_entry *entry)
{
    uint64_t number, offset;
    int64_t active;
    if (read_number(&line, &number) && read_number(&line, &offset) && read_signed(&line, &active) && number < UINT32_MAX &&
        offset <= entry->identity.size) {
        entry->parts = (uint32_t)number + 1;
        entry->acked = offset;
        entry->active = active;
    }
}

static void read_acked(char *line, vc__outbox_entry *entry)
{
    uint64_t bytes;
    int64_t active;
    if (read_number(&line, &bytes) && read_signed(&line, &active) && entry->parts && bytes <= entry->identity.size) {
        entry->acked = bytes;
        entry->active = active;
    }
}

/* What is no line of ours is passed over: a crash may have left anything of the last one. */
static vc_code read_line(void *user, char *line, vc_error *err)
{
    vc__outbox *outbox = user;
    char name[VC__NAME_MOST + 1];
    vc__outbox_entry like = { .name = name }, *entry;
    outbox->line_count++;
    if (strncmp(line, HEAD, sizeof HEAD - 1) == 0) {
        const char *version = line + sizeof HEAD - 1; /* empty: torn */
        outbox->has_head = outbox->has_head || *version;
        return !*version || strcmp(version, "1") == 0
                   ? VC_OK
                   : vc__error(err, VC_E_CONFIG, "the journal %s is of another version", outbox->lines.name);
    }
    const char *verb = outbox->has_head ? word(&line) : NULL;
    if (!verb || !read_name(&line, &like.tag, name))
        return VC_OK;
    if (strcmp(verb, "begin") == 0)
        return read_begin(line, &like) ? put(outbox, &like, &entry, err) : VC_OK;
    entry = vc__outbox_find(outbox, like.tag, name);
    if (!entry)
        return VC_OK;
    if (strcmp(verb, "part") == 0)
        read_part(line, entry);
    else if (strcmp(verb, "acked") == 0)
        read_acked(line, entry);
    else if (strcmp(verb, "done") == 0)
        entry->state = VC__SENDING_DONE;
    else if (strcmp(verb, "gone") == 0)
        entry->state = VC__SENDING_GONE;
    entry->acked_logged = entry->acked;
    return VC_OK;
}

static void write_name(char out[NAME_HEX], const char *name)
{
    for (size_t i = 0; name[i] && i < VC__NAME_MOST; i++)
        snprintf(out + 2 * i, 3, "%02x", (unsigned char)name[i]);
}

static vc_code write_begin(vc__lines *lines, const vc__outbox_entry *entry, bool durable, vc_error *err)
{
    char id[2 * VC__TRANSFER_ID + 1], name[NAME_HEX];
    vc__filename_id(id, entry->id);
    write_name(name, entry->name);
    return vc__lines_add(lines, durable, err,
                         "begin %016" PRIx64 " %s %s %" PRId32 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64, entry->tag,
                         name, id, entry->partition, entry->identity.inode, entry->identity.size, entry->identity.mtime,
                         entry->identity.ctime);
}

static vc_code write_part(vc__lines *lines, const vc__outbox_entry *entry, bool durable, vc_error *err)
{
    char name[NAME_HEX];
    write_name(name, entry->name);
    return vc__lines_add(lines, durable, err, "part %016" PRIx64 " %s %" PRIu32 " %" PRIu64 " %" PRId64, entry->tag, name,
                         entry->parts - 1, entry->acked, entry->active);
}

static vc_code write_end(vc__lines *lines, const vc__outbox_entry *entry, bool durable, vc_error *err)
{
    char name[NAME_HEX];
    write_name(name, entry->name);
    return vc__lines_add(lines, durable, err, "%s %016" PRIx64 " %s", entry->state == VC__SENDING_DONE ? "done" : "gone",
                         entry->tag, name);
}

/* -- steps of a transfer -------------------------------------------------------------------------------------------- */

static bool is_kept(const vc__outbox *outbox)
{
    return outbox->lines.fd >= 0;
}

vc_code vc__outbox_begin(vc__outbox *outbox, const vc__outbox_entry *like, vc__outbox_entry **entry, vc_error *err)
{
    const vc_code code = put(outbox, like, entry, err);
    outbox->line_count++;
    return code || !is_kept(outbox) ? code : write_begin(&outbox->lines, *entry, true, err);
}

vc_code vc__outbox_part(vc__outbox *outbox, vc__outbox_entry *entry, vc_error *err)
{
    entry->parts++;
    outbox->line_count++;
    entry->acked_logged = entry->acked;
    entry->active = (int64_t)time(NULL);
    return is_kept(outbox) ? write_part(&outbox->lines, entry, true, err) : VC_OK;
}

/* Not each: what a crash loses of it is only sent again. */
vc_code vc__outbox_acked(vc__outbox *outbox, vc__outbox_entry *entry, uint64_t bytes, vc_error *err)
{
    char name[NAME_HEX];
    entry->acked = bytes;
    entry->active = (int64_t)time(NULL);
    if (!is_kept(outbox) || bytes < entry->acked_logged + ACKED_STEP)
        return VC_OK;
    entry->acked_logged = bytes;
    outbox->line_count++;
    write_name(name, entry->name);
    return vc__lines_add(&outbox->lines, false, err, "acked %016" PRIx64 " %s %" PRIu64 " %" PRId64, entry->tag, name, bytes,
                         entry->active);
}

vc_code vc__outbox_end(vc__outbox *outbox, vc__outbox_entry *entry, vc__sending state, vc_error *err)
{
    entry->state = state;
    outbox->line_count++;
    return is_kept(outbox) ? write_end(&outbox->lines, entry, true, err) : VC_OK;
}

/* -- life ----------------------------------------------------------------------------------------------------------- */

static vc_code open_folder(vc__outbox *outbox, const char *path, const char **base, vc_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? vc__memdup(path, (size_t)(slash - path) + 1) : NULL;
    if (slash && !folder)
        return vc__error_memory(err);
    *base = slash ? slash + 1 : path;
    outbox->folder = open(folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    vc__free(folder);
    return outbox->folder < 0 ? vc__error(err, VC_E_IO, "the folder of the journal %s cannot be opened", path) : VC_OK;
}

vc_code vc__outbox_open(vc__outbox *outbox, const char *path, vc_error *err)
{
    const char *base = NULL;
    *outbox = (vc__outbox)VC__OUTBOX_INIT;
    if (!path)
        return VC_OK;
    vc_code code = open_folder(outbox, path, &base, err);
    if (!code)
        code = vc__lines_open(&outbox->lines, outbox->folder, base, err);
    if (!code)
        code = vc__lines_each(&outbox->lines, read_line, outbox, err);
    if (!code && outbox->has_head)
        vc__lines_cut(&outbox->lines);
    if (!code && !outbox->has_head)
        code = vc__lines_add(&outbox->lines, true, err, HEAD "1");
    if (code)
        vc__outbox_close(outbox);
    return code;
}

void vc__outbox_close(vc__outbox *outbox)
{
    vc__lines_close(&outbox->lines);
    if (outbox->folder >= 0)
        close(outbox->folder);
    for (size_t i = 0; i < outbox->count; i++) {
        vc__free(outbox->entries[i]->name);
        vc__free(outbox->entries[i]);
    }
    vc__free(outbox->entries);
    vc__free(outbox->slots);
    *outbox = (vc__outbox)VC__OUTBOX_INIT;
}

static vc_code write_alive(void *user, vc__lines *fresh, vc_error *err)
{
    const vc__outbox *outbox = user;
    vc_code code = vc__lines_add(fresh, false, err, HEAD "1");
    for (size_t i = 0; i < outbox->count && !code; i++) {
        const vc__outbox_entry *entry = outbox->entries[i];
        code = write_begin(fresh, entry, false, err);
        if (!code && entry->parts)
            code = write_part(fresh, entry, false, err);
        if (!code && entry->state != VC__SENDING_OPEN)
            code = write_end(fresh, entry, false, err);
    }
    return code;
}

vc_code vc__outbox_tidy(vc__outbox *outbox, uint64_t tag, bool (*exists)(void *user, const char *name), void *user,
                        vc_error *err)
{
    if (outbox->line_count < LONG || outbox->line_count < outbox->tidied * 2)
        return VC_OK;
    size_t kept = 0;
    for (size_t i = 0; i < outbox->count; i++) {
        vc__outbox_entry *entry = outbox->entries[i];
        if (entry->tag != tag || entry->state == VC__SENDING_OPEN || exists(user, entry->name)) {
            outbox->entries[kept++] = entry;
            continue;
        }
        vc__free(entry->name);
        vc__free(entry);
    }
    outbox->count = kept;
    outbox->line_count = outbox->tidied = kept * 3 + 1;
    const vc_code code = outbox->slot_count ? index_anew(outbox, outbox->slot_count, err) : VC_OK;
    return code || !is_kept(outbox) ? code : vc__lines_replace(&outbox->lines, write_alive, outbox, err);
}
