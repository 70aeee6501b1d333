/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* renameat2(), sync_file_range() */
#include "kafka/incoming.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 4096, PUSH = 8 << 20, COMPARE = 128 << 10 };

static const char writing[] = "writing into the destination";

/* What a file system says that has no modes, other times, or no holes (FAT and its like): the file's bytes are worth more than these. */
static bool is_not_had(int number)
{
    return number == EPERM || number == EOPNOTSUPP || number == ENOSYS || number == EINVAL;
}

vc_code vc__incoming_open(vc__incoming *file, vc__folder *folder, const unsigned char id[VC__TRANSFER_ID], vc_error *err)
{
    *file = (vc__incoming){ .folder = folder, .fd = -1 };
    vc__filename_part(file->part, id);
    for (int attempt = 0; file->fd < 0 && attempt < 2; attempt++) {
        file->fd = openat(folder->fd, file->part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file->fd < 0 && errno != EEXIST)
            break;
        if (file->fd < 0)
            unlinkat(folder->fd, file->part, 0); /* the folder is locked, and the name is ours: a remainder */
    }
    return file->fd < 0 ? vc__file_failed(err, writing, errno) : VC_OK;
}

/* -- bytes --------------------------------------------------------------------------------------------------------- */

static bool is_zero(const char *data, size_t len)
{
    return data[0] == 0 && memcmp(data, data + 1, len - 1) == 0;
}

static vc_code write_at(int fd, const char *data, size_t len, uint64_t offset, vc_error *err)
{
    while (len) {
        const ssize_t done = pwrite(fd, data, len, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return vc__file_failed(err, writing, errno);
        data += done;
        len -= (size_t)done;
        offset += (size_t)done;
    }
    return VC_OK;
}

/* Whole blocks of zeros are not written: behind what was, the file reads as zeros. `*zero`: it is such a block. */
static size_t block_at(uint64_t offset, const char *data, size_t len, bool *zero)
{
    const size_t to_border = BLOCK - (size_t)(offset % BLOCK);
    const size_t take = len < to_border ? len : to_border;
    *zero = take == BLOCK && is_zero(data, take);
    return take;
}

/* Some file systems cannot but by writing. */
static vc_code lengthen(int fd, uint64_t size, vc_error *err)
{
    if (ftruncate(fd, (off_t)size) == 0)
        return VC_OK;
    return is_not_had(errno) ? write_at(fd, "", 1, size - 1, err) : vc__file_failed(err, writing, errno);
}

static vc_code write_sparse(const vc__incoming *file, vc_view data, vc_error *err)
{
    size_t from = 0, at = 0;
    vc_code code = VC_OK;
    while (at < data.len && !code) {
        bool zero;
        const size_t take = block_at(file->size + at, data.data + at, data.len - at, &zero);
        if (zero) {
            code = write_at(file->fd, data.data + from, at - from, file->size + from, err);
            from = at + take;
        }
        at += take;
    }
    if (!code && from == data.len) /* it ends in a hole, which counts */
        code = lengthen(file->fd, file->size + data.len, err);
    return code ? code : write_at(file->fd, data.data + from, data.len - from, file->size + from, err);
}

/* So that the wait at the end is short, and not too much memory is dirty meanwhile. */
static void push_to_disk(vc__incoming *file)
{
    if (file->size - file->pushed < PUSH)
        return;
    (void)sync_file_range(file->fd, (off_t)file->pushed, (off_t)(file->size - file->pushed), SYNC_FILE_RANGE_WRITE);
    file->pushed = file->size;
}

vc_code vc__incoming_write(vc__incoming *file, vc_view data, vc_error *err)
{
    vc_code code = vc__folder_room(file->folder, data.len, err);
    if (!code)
        code = write_sparse(file, data, err);
    if (code)
        return code;
    file->size += data.len;
    file->folder->used += data.len;
    push_to_disk(file);
    return VC_OK;
}

vc_code vc__incoming_cut(vc__incoming *file, uint64_t size, vc_error *err)
{
    if (ftruncate(file->fd, (off_t)size))
        return vc__file_failed(err, writing, errno);
    const uint64_t gone = file->size - size;
    file->folder->used -= gone < file->folder->used ? gone : file->folder->used;
    file->size = size;
    file->pushed = file->pushed < size ? file->pushed : size;
    return VC_OK;
}

static vc_code read_at(int fd, uint64_t offset, void *data, size_t room, size_t *got, vc_error *err)
{
    ssize_t done;
    do
        done = pread(fd, data, room, (off_t)offset);
    while (done < 0 && errno == EINTR);
    *got = done < 0 ? 0 : (size_t)done;
    return done < 0 ? vc__file_failed(err, "reading in the destination", errno) : VC_OK;
}

vc_code vc__incoming_read(const vc__incoming *file, uint64_t offset, void *data, size_t room, size_t *got, vc_error *err)
{
    *got = 0;
    if (offset >= file->size)
        return VC_OK;
    return read_at(file->fd, offset, data, room, got, err);
}

/* -- its place ------------------------------------------------------------------------------------------------------ */

static vc_code set_facts(const vc__incoming *file, const vc__file_facts *facts, vc_error *err)
{
    enum { SECOND = 1000000000 };
    const mode_t mode = facts->has_mode ? facts->mode & 0777 : 0666; /* no set-uid, set-gid, sticky bit */
    if (fchmod(file->fd, mode & vc__folder_allowed(file->folder)) && !is_not_had(errno))
        return vc__file_failed(err, writing, errno);
    if (!facts->has_mtime)
        return VC_OK;
    int64_t seconds = facts->mtime / SECOND, rest = facts->mtime % SECOND;
    if (rest < 0) {
        seconds--;
        rest += SECOND;
    }
    const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = seconds, .tv_nsec = rest } };
    return futimens(file->fd, times) && !is_not_had(errno) ? vc__file_failed(err, writing, errno) : VC_OK;
}

static vc_code same_bytes(int one, int other, bool *same, vc_error *err)
{
    char *a = vc__calloc(2, COMPARE);
    if (!a)
        return vc__error_memory(err);
    size_t got_a = 1, got_b = 1;
    vc_code code = VC_OK;
    *same = true;
    for (uint64_t at = 0; !code && *same && got_a; at += got_a) {
        code = read_at(one, at, a, COMPARE, &got_a, err);
        if (!code && got_a)
            code = read_at(other, at, a + COMPARE, got_a, &got_b, err);
        *same = !got_a || (got_a == got_b && memcmp(a, a + COMPARE, got_a) == 0);
    }
    vc__free(a);
    return code;
}

/* Another file has the name: is it this one, from before a crash, or from another transfer? */
static vc_code compare(const vc__incoming *file, const char *name, bool *present, vc_error *err)
{
    struct stat about;
    *present = false;
    const int fd = openat(file->folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    vc_code code = VC_OK;
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && (uint64_t)about.st_size == file->size)
        code = same_bytes(file->fd, fd, present, err);
    if (fd >= 0)
        close(fd);
    if (code || *present)
        return code;
    return vc__error(err, VC_E_REFUSED, "a file of that name is there already, with other bytes");
}

/* An empty file takes the name, then this one its place: no other is ever replaced. */
static int take_name(const vc__incoming *file, const char *name)
{
    const int folder = file->folder->fd, fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    close(fd);
    if (renameat(folder, file->part, folder, name) == 0)
        return 0;
    const int number = errno;
    unlinkat(folder, name, 0);
    errno = number;
    return -1;
}

/* Not every file system can rename without replacing; of these, not every one has links. */
static int give_name(const vc__incoming *file, const char *name, bool force)
{
    const int folder = file->folder->fd;
    if (force)
        return renameat(folder, file->part, folder, name);
    if (renameat2(folder, file->part, folder, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (!is_not_had(errno))
        return -1;
    if (linkat(folder, file->part, folder, name, 0) == 0)
        return unlinkat(folder, file->part, 0);
    return is_not_had(errno) ? take_name(file, name) : -1;
}

static vc_code not_named(const vc__incoming *file, const char *name, bool force, int number, bool *present, vc_error *err)
{
    if (number == EEXIST && !force)
        return compare(file, name, present, err);
    if (number == EISDIR || number == EEXIST || number == ENOTEMPTY)
        return vc__error(err, VC_E_REFUSED, "a folder of that name is there already");
    if (is_not_had(number) || number == EILSEQ)
        return vc__error(err, VC_E_REFUSED, "the file system of the destination does not take a file of that name");
    return vc__file_failed(err, writing, number);
}

vc_code vc__incoming_place(vc__incoming *file, const char *name, const vc__file_facts *facts, bool force, bool *present,
                           vc_error *err)
{
    *present = false;
    vc_code code = set_facts(file, facts, err);
    if (code)
        return code;
    if (fsync(file->fd))
        return vc__file_failed(err, writing, errno);
    if (give_name(file, name, force)) {
        code = not_named(file, name, force, errno, present, err);
        if (!code)
            vc__incoming_drop(file);
        return code;
    }
    close(file->fd);
    file->fd = -1;
    return vc__folder_sync(file->folder, err);
}

void vc__incoming_drop(vc__incoming *file)
{
    if (file->fd < 0)
        return;
    unlinkat(file->folder->fd, file->part, 0);
    close(file->fd);
    file->fd = -1;
    file->folder->used -= file->size < file->folder->used ? file->size : file->folder->used;
}
