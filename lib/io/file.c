/* SPDX-License-Identifier: Apache-2.0 */
#include "io/file.h"

#include "base/error.h"

#include "io/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 16384, REASON_ROOM = 96, POLL_MS = 250 };

/* What is being read. */
typedef struct source {
    int fd;
    const char *path, *what;
    bool pipe;
    uint64_t until_ms; /* of a pipe */
    const atomic_bool *cancel;
} source;

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
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe without a writer would block here */
    while (fd < 0 && errno == EINTR);
    return fd;
}

static vc_code io_error(const char *verb, const char *path, const char *what, vc_error *err)
{
    char reason[REASON_ROOM];
    vc__system_text(errno, reason, sizeof reason);
    return vc__error(err, VC_E_IO, "cannot %s %s %s: %s", verb, what, path, reason);
}

/* A pipe has nothing now: until it has, or its end. */
static vc_code wait_for_writer(const source *from, vc_error *err)
{
    for (;;) {
        struct pollfd one = { .fd = from->fd, .events = POLLIN };
        const uint64_t now = vc__clock_ms();
        if (from->cancel && atomic_load(from->cancel))
            return vc__error(err, VC_E_CANCELED, "reading %s %s was canceled", from->what, from->path);
        if (now >= from->until_ms)
            return vc__error(err, VC_E_IO, "cannot read %s %s: it is a pipe, and within %d s nobody wrote all of it and closed it", from->what, from->path,
                             VC__PIPE_MS / 1000);
        const uint64_t left = from->until_ms - now;
        if (poll(&one, 1, left < POLL_MS ? (int)left : POLL_MS) > 0)
            return VC_OK;
    }
}

/* Of a pipe that nobody has opened to write 0 is no end. */
static bool is_end(const source *from, size_t got_before)
{
    struct pollfd one = { .fd = from->fd, .events = POLLIN };
    return !from->pipe || got_before || poll(&one, 1, 0) > 0;
}

/* Reads to the end: VC_OK, or what failed. One byte more than fits is asked for, so that a limit shows as VC_E_LIMIT. */
static vc_code read_all(const source *from, vc__buf *out, vc_error *err)
{
    const size_t begin = out->len;
    for (;;) {
        const size_t left = out->max - out->len;
        char probe;
        ssize_t got;
        if (left && vc__buf_reserve(out, left < READ_STEP ? left : READ_STEP))
            return vc__buf_check(out, from->what, err);
        got = left ? read(from->fd, out->data + out->len, left < READ_STEP ? left : READ_STEP) : read(from->fd, &probe, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 && is_end(from, out->len - begin))
            return VC_OK;
        if (got == 0 || (got < 0 && from->pipe && errno == EAGAIN)) {
            const vc_code code = wait_for_writer(from, err);
            if (code)
                return code;
            continue;
        }
        if (got < 0)
            return io_error("read", from->path, from->what, err);
        if (!left)
            return vc__error(err, VC_E_LIMIT, "%s %s is larger than its maximum of %zu bytes", from->what, from->path, out->max);
        out->len += (size_t)got;
        out->data[out->len] = 0;
    }
}

static vc_code check_kind(source *from, vc_error *err)
{
    struct stat st;
    if (fstat(from->fd, &st))
        return io_error("read", from->path, from->what, err);
    from->pipe = S_ISFIFO(st.st_mode);
    if (S_ISREG(st.st_mode) || from->pipe)
        return VC_OK;
    const char *kind = S_ISDIR(st.st_mode) ? "folder" : S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) ? "device" : "special file";
    return vc__error(err, VC_E_IO, "cannot read %s %s: it is a %s, and a file is needed (or a pipe)", from->what, from->path, kind);
}

vc_code vc__file_read_until(const char *path, const char *what, const atomic_bool *cancel, bool *once, vc__buf *out, vc_error *err)
{
    source from = { .fd = open_file(path), .path = path, .what = what, .cancel = cancel, .until_ms = vc__clock_ms() + VC__PIPE_MS };
    if (from.fd < 0)
        return io_error("open", path, what, err);
    vc_code code = check_kind(&from, err);
    code = code ? code : read_all(&from, out, err);
    close(from.fd);
    if (code)
        vc__buf_clear(out); /* its memory may be the caller's own */
    if (once)
        *once = from.pipe;
    return code;
}

vc_code vc__file_read(const char *path, const char *what, vc__buf *out, vc_error *err)
{
    return vc__file_read_until(path, what, NULL, NULL, out, err);
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
