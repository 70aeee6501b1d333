/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/folder.h"

#include "base/error.h"
#include "kafka/filename.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

vc_code vc__file_failed(vc_error *err, const char *doing, int number)
{
    char text[128];
    if (strerror_r(number, text, sizeof text))
        text[0] = 0;
    return vc__error(err, number == ENAMETOOLONG || number == EFBIG ? VC_E_REFUSED : VC_E_IO, "%s: %s", doing, text);
}

vc_code vc__folder_open(vc__folder *folder, const char *path, uint64_t quota, vc_error *err)
{
    *folder = (vc__folder){ .fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), .quota = quota };
    if (folder->fd >= 0)
        return VC_OK;
    struct stat about;
    const int number = errno;
    if (lstat(path, &about) == 0 && S_ISLNK(about.st_mode))
        return vc__error(err, VC_E_IO, "%s is a symbolic link: name the folder itself", path);
    return vc__file_failed(err, path, number);
}

void vc__folder_close(vc__folder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = -1;
}

vc_code vc__folder_sync(const vc__folder *folder, vc_error *err)
{
    return fsync(folder->fd) && errno != EINVAL ? vc__file_failed(err, "writing the destination to disk", errno) : VC_OK;
}

/* A file is made, with all permissions, and looked at: umask() could not be asked without changing it for other threads. */
mode_t vc__folder_allowed(vc__folder *folder)
{
    static const char probe[] = ".vaultcrypt-probe";
    struct stat about;
    if (folder->allowed)
        return folder->allowed;
    unlinkat(folder->fd, probe, 0); /* the folder is locked, and the name is ours: a remainder */
    const int fd = openat(folder->fd, probe, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0777);
    folder->allowed = fd >= 0 && fstat(fd, &about) == 0 ? (about.st_mode & 0777) | 0600 : 0700; /* unreadable for its owner it is of no use */
    if (fd >= 0)
        close(fd);
    unlinkat(folder->fd, probe, 0);
    return folder->allowed;
}

/* Calls `visit` for each entry; a stream of its own, so that the descriptor's place does not matter. */
static vc_code each_entry(vc__folder *folder, void (*visit)(vc__folder *folder, const char *name), vc_error *err)
{
    const int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (!entries) {
        const int number = errno;
        if (fd >= 0)
            close(fd);
        return vc__file_failed(err, "listing the destination", number);
    }
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(entries)); errno = 0)
        visit(folder, entry->d_name);
    const int number = errno;
    closedir(entries);
    return number ? vc__file_failed(err, "listing the destination", number) : VC_OK;
}

static void sweep_one(vc__folder *folder, const char *name)
{
    if (vc__filename_is_part(name))
        unlinkat(folder->fd, name, 0);
}

vc_code vc__folder_sweep(vc__folder *folder, vc_error *err)
{
    return each_entry(folder, sweep_one, err);
}

static void count_one(vc__folder *folder, const char *name)
{
    struct stat about;
    if (fstatat(folder->fd, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode))
        folder->used += (uint64_t)about.st_size;
}

static bool fits(const vc__folder *folder, uint64_t more)
{
    return folder->used <= folder->quota && more <= folder->quota - folder->used;
}

vc_code vc__folder_room(vc__folder *folder, uint64_t more, vc_error *err)
{
    if (!folder->quota || (folder->used && fits(folder, more)))
        return VC_OK;
    folder->used = 0;
    const vc_code code = each_entry(folder, count_one, err);
    if (code || fits(folder, more))
        return code;
    return vc__error(err, VC_E_REFUSED, "the quota of the destination, %llu bytes, would be exceeded",
                     (unsigned long long)folder->quota);
}
