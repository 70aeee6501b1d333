/* SPDX-License-Identifier: Apache-2.0 */
/* outgoing.c - one file on its way out: opened without being fooled, sealed segment by segment, and taken up where it was broken off. */
#include "kafka/sender.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/demo.h"
#include "kafka/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct outgoing {
    vc_file_sender *sender;
    const char *name;
    int fd;
    struct stat about;
    vc__identity identity;
    vc__outbox_entry *entry;
    vc_sealer *sealer;
    uint32_t part, index; /* of the next record */
    uint64_t from;        /* where this part begins */
    vc__tale tale;
} outgoing;

/* -- the file ------------------------------------------------------------------------------------------------------- */

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static vc__identity identity_of(const struct stat *about)
{
    return (vc__identity){ .inode = about->st_ino,
                           .size = (uint64_t)about->st_size,
                           .mtime = nanoseconds(about->st_mtim),
                           .ctime = nanoseconds(about->st_ctim) };
}

static bool same_identity(const vc__identity *a, const vc__identity *b)
{
    return a->inode == b->inode && a->size == b->size && a->mtime == b->mtime && a->ctime == b->ctime;
}

static vc_code refuse_kind(mode_t mode, vc_error *err)
{
    return vc__error(err, VC_E_REFUSED, "only files can be sent: this is %s",
                     S_ISLNK(mode)    ? "a symbolic link"
                     : S_ISDIR(mode)  ? "a folder"
                     : S_ISFIFO(mode) ? "a pipe"
                     : S_ISSOCK(mode) ? "a socket"
                                      : "a device");
}

static vc_code unreadable(int number, vc_error *err)
{
    if (number == ENOENT || number == EACCES || number == EPERM || number == ELOOP) {
        vc__file_failed(err, "the file cannot be read", number);
        if (err)
            err->code = VC_E_REFUSED;
        return VC_E_REFUSED;
    }
    return vc__file_failed(err, "the file cannot be read", number);
}

/* Looked at before it is opened: to open a device may do something. And again, should it have been exchanged. */
static vc_code open_file(outgoing *file, vc_error *err)
{
    const int folder = file->sender->folder;
    vc_code code = vc__filename_check(vc_str(file->name), false, err);
    if (code)
        return code;
    if (fstatat(folder, file->name, &file->about, AT_SYMLINK_NOFOLLOW))
        return unreadable(errno, err);
    if (!S_ISREG(file->about.st_mode))
        return refuse_kind(file->about.st_mode, err);
    file->fd = openat(folder, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file->fd < 0 || fstat(file->fd, &file->about))
        return unreadable(errno, err);
    if (!S_ISREG(file->about.st_mode))
        return refuse_kind(file->about.st_mode, err);
    file->identity = identity_of(&file->about);
    file->tale.total = file->identity.size;
    if (file->sender->max_size && file->identity.size > file->sender->max_size)
        return vc__error(err, VC_E_TOO_LARGE, "the file has %llu bytes, and %llu are allowed",
                         (unsigned long long)file->identity.size, (unsigned long long)file->sender->max_size);
    (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return VC_OK;
}

static vc_code changed(vc_error *err)
{
    return vc__error(err, VC_E_REFUSED, "the file changed while it was read");
}

/* A whole segment, but at the file's end. */
static vc_code read_segment(const outgoing *file, uint64_t at, char *room, size_t *got, vc_error *err)
{
    const uint64_t left = file->identity.size - at;
    const size_t wanted = left < VC__FILE_SEGMENT ? (size_t)left : VC__FILE_SEGMENT;
    for (*got = 0; *got < wanted;) {
        const ssize_t done = pread(file->fd, room + *got, wanted - *got, (off_t)(at + *got));
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return vc__file_failed(err, "reading the file", errno);
        if (done == 0)
            return changed(err);
        *got += (size_t)done;
    }
    return VC_OK;
}

static vc_code check_unchanged(const outgoing *file, vc_error *err)
{
    struct stat now;
    if (fstat(file->fd, &now))
        return vc__file_failed(err, "reading the file", errno);
    const vc__identity identity = identity_of(&now);
    return identity.size == file->identity.size && identity.mtime == file->identity.mtime ? VC_OK : changed(err);
}

/* -- records -------------------------------------------------------------------------------------------------------- */

/* The first record of a part holds no data; those behind it a segment each. */
static vc_code note_acked(outgoing *file, vc_error *err)
{
    const uint64_t records = file->sender->delivery.delivered, size = file->identity.size;
    if (!records)
        return VC_OK;
    const uint64_t most = file->from + (records - 1) * VC__FILE_SEGMENT, acked = most < size ? most : size;
    if (acked == file->entry->acked)
        return VC_OK;
    vc__report_progress(&file->sender->report, &file->tale, acked - file->entry->acked);
    return vc__outbox_acked(&file->sender->outbox, file->entry, acked, err);
}

/*
 * The first is waited for: from a producer that a partition does not know a broker takes whatever sequence comes first, so one that passed the
 * first (refused for a moment, as happens to a topic just made) would be taken, and the first then be dropped as a duplicate.
 */
static vc_code send_segment(outgoing *file, vc_view segment, vc_error *err)
{
    unsigned char where[VC__PLACE_BYTES];
    const vc__place place = { .part = file->part, .index = file->index };
    if (file->index == UINT32_MAX)
        return vc__error(err, VC_E_TOO_LARGE, "the file has too many segments");
    vc__place_write(where, &place);
    const vc_view id = vc_view_of(file->entry->id, VC__TRANSFER_ID);
    const vc__parcel parcel = { .partition = file->entry->partition,
                                .key = id,
                                .value = segment,
                                .headers = { { VC__TRANSFER_HEADER, id },
                                             { VC__SEGMENT_HEADER, vc_view_of(where, sizeof where) } },
                                .header_count = 2 };
    vc_code code = vc__outlet_send(&file->sender->outlet, &parcel, &file->sender->delivery, err);
    if (!code && file->index == 0)
        code = vc__outlet_wait(&file->sender->outlet, &file->sender->delivery, err);
    file->index++;
    return code ? code : note_acked(file, err);
}

static vc_code wait_for_all(outgoing *file, vc_error *err)
{
    vc_code code = VC_OK;
    while (!code && file->sender->delivery.delivered < file->sender->delivery.sent) {
        code = atomic_load(&file->sender->stop) ? vc__error(err, VC_E_CANCELED, "stopped")
                                                : vc__outlet_poll(&file->sender->outlet, 100, err);
        if (!code)
            code = note_acked(file, err);
    }
    return code ? code : note_acked(file, err);
}

/* The receiver need not wait for more of it. */
static vc_code give_up(vc_file_sender *sender, vc__outbox_entry *entry, vc_error *err)
{
    vc_code code = vc__outlet_wait(&sender->outlet, &sender->delivery, err);
    const vc_view id = vc_view_of(entry->id, VC__TRANSFER_ID);
    const vc__parcel parcel = { .partition = entry->partition,
                                .key = id,
                                .headers = { { VC__TRANSFER_HEADER, id } },
                                .header_count = 1 };
    if (!code && entry->parts)
        code = vc__outlet_send(&sender->outlet, &parcel, &sender->delivery, err);
    if (!code)
        code = vc__outlet_wait(&sender->outlet, &sender->delivery, err);
    return code ? code : vc__outbox_end(&sender->outbox, entry, VC__SENDING_GONE, err);
}

/* -- sealing -------------------------------------------------------------------------------------------------------- */

static vc_code make_manifest(const outgoing *file, vc_error *err)
{
    vc_manifest *manifest = vc_manifest_new(err);
    if (!manifest)
        return VC_E_MEMORY;
    vc_code code = vc_manifest_set_name(manifest, vc_str(file->name), err);
    vc_manifest_set_mode(manifest, file->about.st_mode & 07777);
    vc_manifest_set_mtime(manifest, file->identity.mtime);
    vc_manifest_set_size(manifest, file->identity.size);
    if (!code)
        code = vc_sealer_set_manifest(file->sealer, manifest, err);
    vc_manifest_free(manifest);
    return code;
}

/* What the receiving end has of the file goes into the digest of the whole. */
static vc_code digest_before(const outgoing *file, vc_error *err)
{
    vc_code code = VC_OK;
    size_t got = 0;
    char *room = vc__digester_room(&file->sender->digester);
    for (uint64_t at = 0; at < file->from && !code; at += got) {
        code = read_segment(file, at, room, &got, err);
        const uint64_t left = file->from - at;
        if (!code)
            code = vc_sealer_digest(file->sealer, vc_view_of(room, left < got ? (size_t)left : got), err);
    }
    return code;
}

static vc_code digest(void *of, vc_view plaintext, vc_error *err)
{
    return vc_sealer_digest(of, plaintext, err);
}

static vc_code start_sealer(outgoing *file, vc_error *err)
{
    const vc_file_sender *sender = file->sender;
    file->sealer = vc_sealer_new(sender->key, err);
    vc_code code = file->sealer ? vc_sealer_set_segment(file->sealer, VC__FILE_SEGMENT, err) : VC_E_ARGUMENT;
    if (!code && sender->context)
        code = vc_sealer_set_context(file->sealer, vc_view_of(sender->context, sender->context_len), err);
    if (!code)
        code = vc_sealer_set_digest_apart(file->sealer, 1, err);
    if (!code)
        code = make_manifest(file, err);
    if (!code)
        code = vc_sealer_set_part(file->sealer, vc_view_of(file->entry->id, VC__TRANSFER_ID), file->from, err);
    if (!code)
        code = vc_sealer_start(file->sealer, sender->halt.scope, NULL, err);
    return code ? code : digest_before(file, err);
}

static vc_code push(outgoing *file, vc_view plaintext, vc_error *err)
{
    vc_view segment;
    do {
        vc_code code = vc_sealer_push(file->sealer, &plaintext, &segment, err);
        if (!code && segment.len)
            code = send_segment(file, segment, err);
        if (code)
            return code;
    } while (segment.len);
    return VC_OK;
}

static vc_code finish(outgoing *file, vc_error *err)
{
    vc_view segment;
    do {
        vc_code code = vc_sealer_finish(file->sealer, &segment, err);
        if (code == VC_E_STATE)
            return changed(err);
        if (!code && segment.len)
            code = send_segment(file, segment, err);
        if (code)
            return code;
    } while (segment.len);
    return VC_OK;
}

static vc_code send_part(outgoing *file, vc_error *err)
{
    vc_file_sender *sender = file->sender;
    file->from = file->entry->acked;
    file->part = file->entry->parts;
    file->index = 0;
    file->tale.bytes = file->tale.from = file->from;
    sender->delivery = (vc__delivery){ 0 };
    vc_code code = start_sealer(file, err);
    if (!code)
        code = vc__outbox_part(&sender->outbox, file->entry, err);
    if (code)
        return code;
    vc__report_tell(&sender->report, &file->tale, VC_FILE_STARTED, NULL);
    size_t got = 0;
    for (uint64_t at = file->from; at < file->identity.size && !code; at += got) {
        char *room = vc__digester_room(&sender->digester);
        code = read_segment(file, at, room, &got, err);
        if (code)
            break;
        vc__digester_add(&sender->digester, got, digest, file->sealer);
        code = push(file, vc_view_of(room, got), err);
    }
    if (!code)
        code = vc__digester_wait(&sender->digester, err);
    if (!code)
        code = check_unchanged(file, err);
    if (!code)
        code = finish(file, err);
    return code ? code : wait_for_all(file, err);
}

/* -- the original demo's format ------------------------------------------------------------------------------------- */

static vc_code send_demo(outgoing *file, vc_error *err)
{
    vc_file_sender *sender = file->sender;
    sender->delivery = (vc__delivery){ 0 };
    vc__report_tell(&sender->report, &file->tale, VC_FILE_STARTED, NULL);
    vc_code code = vc__demo_send(sender, file->fd, file->name, file->identity.size, file->entry->partition, err);
    if (!code)
        code = vc__outlet_wait(&sender->outlet, &sender->delivery, err);
    if (!code)
        vc__report_progress(&sender->report, &file->tale, file->identity.size);
    return code;
}

/* -- the whole ------------------------------------------------------------------------------------------------------ */

static vc_code begin(outgoing *file, vc_error *err)
{
    uint32_t random;
    vc__outbox_entry like = { .tag = file->sender->tag, .identity = file->identity };
    char name[VC__NAME_MOST + 1];
    memcpy(name, file->name, strlen(file->name) + 1); /* its length was checked */
    like.name = name;
    const vc_code code = vc__transfer_id_new(like.id, err);
    if (code)
        return code;
    memcpy(&random, like.id, sizeof random);
    like.partition = (int32_t)(random % (uint32_t)file->sender->outlet.partitions);
    return vc__outbox_begin(&file->sender->outbox, &like, &file->entry, err);
}

/* After too long a time the receiver may have dropped what it has of it. */
static bool goes_on(const outgoing *file)
{
    const vc__outbox_entry *entry = file->entry;
    const int64_t silent = entry ? (int64_t)time(NULL) - entry->active : 0;
    if (silent < 0 || (uint64_t)silent * 1000 >= file->sender->resume_ms)
        return false;
    return entry && entry->state == VC__SENDING_OPEN && same_identity(&entry->identity, &file->identity) &&
           file->sender->format == VC_FILE_NATIVE && entry->partition < file->sender->outlet.partitions;
}

static vc_code choose_transfer(outgoing *file, vc_error *err)
{
    vc_code code = VC_OK;
    if (goes_on(file))
        return VC_OK;
    if (file->entry && file->entry->state == VC__SENDING_OPEN && file->sender->format == VC_FILE_NATIVE &&
        file->entry->partition < file->sender->outlet.partitions)
        code = give_up(file->sender, file->entry, err);
    return code ? code : begin(file, err);
}

static vc_code send_file(outgoing *file, vc_error *err)
{
    vc_file_sender *sender = file->sender;
    vc_code code = open_file(file, err);
    if (code)
        return code;
    file->entry = vc__outbox_find(&sender->outbox, sender->tag, file->name);
    if (!sender->again && file->entry && file->entry->state == VC__SENDING_DONE &&
        same_identity(&file->entry->identity, &file->identity)) {
        vc__filename_id(file->tale.transfer, file->entry->id);
        file->tale.bytes = file->identity.size;
        vc__report_tell(&sender->report, &file->tale, VC_FILE_PRESENT, NULL);
        return VC_OK;
    }
    code = choose_transfer(file, err);
    if (code)
        return code;
    if (sender->format == VC_FILE_NATIVE)
        vc__filename_id(file->tale.transfer, file->entry->id);
    code = sender->format == VC_FILE_NATIVE ? send_part(file, err) : send_demo(file, err);
    if (!code)
        code = vc__outbox_end(&sender->outbox, file->entry, VC__SENDING_DONE, err);
    if (!code)
        vc__report_tell(&sender->report, &file->tale, VC_FILE_DONE, NULL);
    return code;
}

vc_code vc__outgoing_send(vc_file_sender *sender, const char *name, vc_error *err)
{
    vc_error why = VC_ERROR_INIT, later = VC_ERROR_INIT;
    outgoing file = { .sender = sender, .name = name, .fd = -1 };
    vc__tale_begin(&file.tale, vc_str(name), NULL, UINT64_MAX);
    vc_code code = send_file(&file, &why);
    (void)vc__digester_wait(&sender->digester, NULL); /* it may be reading for this sealer */
    vc_sealer_free(file.sealer);
    if (file.fd >= 0)
        close(file.fd);
    if (!code || vc_code_class(code) != VC_CLASS_DATA)
        return code ? vc__error_copy(err, &why) : VC_OK;
    if (sender->outlet.failure.code) /* not this file's fault alone: the producer is done for */
        return vc__error_copy(err, &sender->outlet.failure);
    if (file.entry && file.entry->state == VC__SENDING_OPEN && sender->format == VC_FILE_NATIVE &&
        give_up(sender, file.entry, &later))
        return vc__error_copy(err, &later);
    vc__report_tell(&sender->report, &file.tale, VC_FILE_REFUSED, &why);
    return vc__error_copy(err, &why);
}
