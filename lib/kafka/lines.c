/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/lines.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HELD = 64 << 10, FLAGS = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };

static const char keeping[] = "keeping the journal";

/*
 * Held until the descriptor is closed, by whatever end of the program. What was locked must still have the name: another program may
 * just have put a new file in its place.
 */
static vc_code lock(const vc__lines *lines, vc_error *err)
{
    struct stat about, named;
    if (fstat(lines->fd, &about))
        return vc__file_failed(err, keeping, errno);
    if (!S_ISREG(about.st_mode))
        return vc__error(err, VC_E_IO, "%s is not a file", lines->name);
    const int result = flock(lines->fd, LOCK_EX | LOCK_NB);
    if (result && errno != EWOULDBLOCK)
        return vc__file_failed(err, keeping, errno);
    if (!result && fstatat(lines->folder, lines->name, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_dev == about.st_dev &&
        named.st_ino == about.st_ino)
        return VC_OK;
    return vc__error(err, VC_E_STATE, "another program is at work there: it has the journal %s", lines->name);
}

/* A journal that was just made, or took another's place, is on disk when its name is. Some file systems cannot. */
static vc_code sync_folder(const vc__lines *lines, vc_error *err)
{
    const int fd = openat(lines->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int number = fd < 0 || fsync(fd) ? errno : 0;
    if (fd >= 0)
        close(fd);
    return number && number != EINVAL ? vc__file_failed(err, keeping, number) : VC_OK;
}

vc_code vc__lines_open(vc__lines *lines, int folder, const char *name, vc_error *err)
{
    *lines = (vc__lines){ .fd = -1, .folder = folder };
    if ((size_t)snprintf(lines->name, sizeof lines->name, "%s", name) >= sizeof lines->name)
        return vc__error(err, VC_E_ARGUMENT, "the name of the journal is longer than %zu bytes", sizeof lines->name - 1);
    lines->fd = openat(folder, name, FLAGS, 0600);
    if (lines->fd < 0)
        return vc__file_failed(err, name, errno);
    struct stat about;
    vc_code code = lock(lines, err);
    if (!code && fstat(lines->fd, &about) == 0 && about.st_size == 0)
        code = sync_folder(lines, err);
    if (code)
        vc__lines_close(lines);
    return code;
}

void vc__lines_close(vc__lines *lines)
{
    if (lines->fd >= 0)
        close(lines->fd);
    lines->fd = -1;
    vc__free(lines->held);
    lines->held = NULL;
}

/* -- reading -------------------------------------------------------------------------------------------------------- */

/* What is read of the file, and where the line begins that is being looked for. */
typedef struct reader {
    char bytes[VC__LINE_MOST + 1];
    size_t len;
    bool skipping; /* the rest of a line that is too long */
    off_t at;      /* in the file: what is read next */
} reader;

static vc_code take_lines(vc__lines *lines, reader *in, vc_code (*take)(void *user, char *line, vc_error *err), void *user,
                          vc_error *err)
{
    size_t from = 0;
    vc_code code = VC_OK;
    for (char *end; !code && (end = memchr(in->bytes + from, '\n', in->len - from)); from = (size_t)(end - in->bytes) + 1) {
        *end = 0;
        if (!in->skipping && !memchr(in->bytes + from, 0, (size_t)(end - in->bytes) - from))
            code = take(user, in->bytes + from, err);
        in->skipping = false;
    }
    in->len -= from;
    if (from)
        lines->whole = in->at - (off_t)in->len;
    memmove(in->bytes, in->bytes + from, in->len);
    if (in->len == sizeof in->bytes) {
        in->skipping = true;
        in->len = 0;
    }
    lines->torn = in->len || in->skipping;
    return code;
}

vc_code vc__lines_each(vc__lines *lines, vc_code (*take)(void *user, char *line, vc_error *err), void *user, vc_error *err)
{
    reader *in = vc__calloc(1, sizeof *in);
    if (!in)
        return vc__error_memory(err);
    vc_code code = VC_OK;
    lines->torn = false;
    lines->whole = 0;
    for (ssize_t got = 1; got && !code;) {
        got = pread(lines->fd, in->bytes + in->len, sizeof in->bytes - in->len, in->at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            code = vc__file_failed(err, keeping, errno);
            break;
        }
        in->at += got;
        in->len += (size_t)got;
        code = take_lines(lines, in, take, user, err);
    }
    vc__free(in);
    return code;
}

void vc__lines_cut(vc__lines *lines)
{
    if (lines->torn && ftruncate(lines->fd, lines->whole) == 0)
        lines->torn = false;
}

/* -- writing -------------------------------------------------------------------------------------------------------- */

static vc_code write_all(vc__lines *lines, const char *text, size_t len, vc_error *err)
{
    while (len) {
        const ssize_t done = write(lines->fd, text, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return vc__file_failed(err, keeping, errno);
        text += done;
        len -= (size_t)done;
        lines->torn = len > 0;
    }
    return VC_OK;
}

static vc_code write_held(vc__lines *lines, vc_error *err)
{
    const size_t len = lines->held_len;
    lines->held_len = 0;
    return len ? write_all(lines, lines->held, len, err) : VC_OK;
}

static vc_code put(vc__lines *lines, const char *text, size_t len, vc_error *err)
{
    if (!lines->held)
        return write_all(lines, text, len, err);
    const vc_code code = len > HELD - lines->held_len ? write_held(lines, err) : VC_OK;
    if (code)
        return code;
    memcpy(lines->held + lines->held_len, text, len);
    lines->held_len += len;
    return VC_OK;
}

vc_code vc__lines_add(vc__lines *lines, bool durable, vc_error *err, const char *format, ...)
{
    char text[VC__LINE_MOST];
    const size_t start = lines->torn;
    text[0] = '\n';
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(text + start, sizeof text - 1 - start, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof text - 1 - start)
        return vc__error(err, VC_E_INTERNAL, "a line of the journal is too long");
    text[start + (size_t)len] = '\n';
    vc_code code = put(lines, text, start + (size_t)len + 1, err);
    if (!code && durable)
        code = write_held(lines, err);
    if (code)
        return code;
    return durable && fdatasync(lines->fd) ? vc__file_failed(err, keeping, errno) : VC_OK;
}

/* The new file is locked before it takes the place, so the lock is never free in between. */
vc_code vc__lines_replace(vc__lines *lines, vc_code (*write)(void *user, vc__lines *fresh, vc_error *err), void *user,
                          vc_error *err)
{
    char name[sizeof lines->name + 4];
    snprintf(name, sizeof name, "%s.new", lines->name);
    if (strlen(name) >= sizeof lines->name)
        return VC_OK; /* it stays as it is: longer than need be, but right */
    unlinkat(lines->folder, name, 0);
    vc__lines fresh = VC__LINES_INIT;
    vc_code code = vc__lines_open(&fresh, lines->folder, name, err);
    if (code)
        return code;
    fresh.held = vc__calloc(1, HELD);
    code = fresh.held ? write(user, &fresh, err) : vc__error_memory(err);
    if (!code)
        code = write_held(&fresh, err);
    if (!code && (fsync(fresh.fd) || renameat(lines->folder, name, lines->folder, lines->name)))
        code = vc__file_failed(err, keeping, errno);
    if (code) {
        unlinkat(lines->folder, name, 0);
        vc__lines_close(&fresh);
        return code;
    }
    vc__free(fresh.held);
    close(lines->fd);
    lines->fd = fresh.fd;
    lines->torn = false;
    return sync_folder(lines, err);
}
