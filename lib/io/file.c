/* SPDX-License-Identifier: Apache-2.0 */
#include "io/file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { READ_STEP = 16384, REASON_ROOM = 96 };

/* The POSIX strerror_r(): the GNU one needs _GNU_SOURCE, which is not defined here. */
char *vc__system_text(int number, char *text, size_t room)
{
    if (strerror_r(number, text, room))
        snprintf(text, room, "error %d", number);
    return text;
}

static int open_file(const char *path)
{
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static vc_code io_error(const char *verb, const char *path, const char *what, vc_error *err)
{
    char reason[REASON_ROOM];
    vc__system_text(errno, reason, sizeof reason);
    return vc__error(err, VC_E_IO, "cannot %s %s %s: %s", verb, what, path, reason);
}

/* Reads to the end: VC_OK, or what failed. One byte more than fits is asked for, so that a limit shows as VC_E_LIMIT. */
static vc_code read_all(int fd, const char *path, const char *what, vc__buf *out, vc_error *err)
{
    for (;;) {
        const size_t left = out->max - out->len;
        char probe;
        ssize_t got;
        if (left) {
            if (vc__buf_reserve(out, left < READ_STEP ? left : READ_STEP))
                return vc__buf_check(out, what, err);
            got = read(fd, out->data + out->len, left < READ_STEP ? left : READ_STEP);
        } else {
            got = read(fd, &probe, 1);
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_error("read", path, what, err);
        if (got == 0)
            return VC_OK;
        if (!left)
            return vc__error(err, VC_E_LIMIT, "%s %s is larger than its maximum of %zu bytes", what, path, out->max);
        out->len += (size_t)got;
        out->data[out->len] = 0;
    }
}

vc_code vc__file_read(const char *path, const char *what, vc__buf *out, vc_error *err)
{
    const int fd = open_file(path);
    if (fd < 0)
        return io_error("open", path, what, err);
    const vc_code code = read_all(fd, path, what, out, err);
    close(fd);
    if (code)
        vc__buf_clear(out); /* its memory may be the caller's own */
    return code;
}

vc_code vc__file_check(const char *path, const char *what, vc_error *err)
{
    const int fd = open_file(path);
    if (fd < 0) {
        char reason[REASON_ROOM];
        vc__system_text(errno, reason, sizeof reason);
        return vc__error(err, VC_E_CONFIG, "%s %s cannot be read: %s", what, path, reason);
    }
    close(fd);
    return VC_OK;
}
