/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 << 10 };

void lines_open(line_reader *reader, int fd, size_t line_max)
{
    *reader = (line_reader){ .fd = fd, .line_max = line_max, .first_line = 1 };
}

void lines_close(line_reader *reader)
{
    free(reader->data);
    free(reader->lines);
    *reader = (line_reader){ .fd = -1 };
}

vc_view lines_view(const line_reader *reader, const line *one)
{
    return vc_view_of(reader->data + one->at, one->len);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads once. EAGAIN: nothing came until `until` (a time of now_ms(); negative: wait for ever). */
static int read_some(line_reader *reader, int64_t until)
{
    if (reader->room - reader->len < CHUNK) {
        const size_t room = reader->room ? reader->room * 2 : 4 * CHUNK;
        char *data = realloc(reader->data, room);
        if (!data)
            return ENOMEM;
        reader->data = data;
        reader->room = room;
    }
    if (until >= 0) {
        const int64_t left = until - now_ms();
        struct pollfd fd = { .fd = reader->fd, .events = POLLIN };
        const int ready = poll(&fd, 1, left > 0 ? (int)left : 0);
        if (ready == 0)
            return EAGAIN;
        if (ready < 0)
            return errno == EINTR ? 0 : errno;
    }
    const ssize_t n = read(reader->fd, reader->data + reader->len, CHUNK);
    if (n < 0)
        return errno == EINTR ? 0 : errno;
    reader->ended = n == 0;
    reader->len += (size_t)n;
    return 0;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

static int add_line(line_reader *reader, size_t at, size_t len, size_t end_len)
{
    if (reader->count == reader->line_room) {
        const size_t room = reader->line_room ? reader->line_room * 2 : 1024;
        line *lines = realloc(reader->lines, room * sizeof *lines);
        if (!lines)
            return ENOMEM;
        reader->lines = lines;
        reader->line_room = room;
    }
    const bool carriage = end_len && len && reader->data[at + len - 1] == '\r';
    line one = { .at = at, .len = len - carriage, .end_len = end_len + carriage };
    one.kind = reader->skipping || len > reader->line_max ? LINE_TOO_LONG
               : is_blank(reader->data + at, one.len)     ? LINE_BLANK
                                                          : LINE_RECORD;
    reader->skipping = false;
    reader->lines[reader->count++] = one;
    reader->used = at + len + end_len;
    return 0;
}

/* The lines that are whole in memory. `*scanned` bytes from `used` on are known to hold no line end. */
static int take_lines(line_reader *reader, size_t most, size_t bytes, size_t *scanned)
{
    while (reader->count < most && reader->used < bytes) {
        const char *from = reader->data + reader->used + *scanned;
        const size_t left = reader->len - reader->used - *scanned;
        const char *end = left ? memchr(from, '\n', left) : NULL;
        if (!end)
            break;
        const size_t at = reader->used;
        const int code = add_line(reader, at, (size_t)(end - reader->data) - at, 1);
        if (code)
            return code;
        *scanned = 0;
    }
    *scanned = reader->len - reader->used;
    return 0;
}

int lines_next(line_reader *reader, size_t most, size_t bytes, unsigned long wait_ms)
{
    reader->first_line += reader->count;
    reader->count = 0;
    reader->len -= reader->used;
    if (reader->len)
        memmove(reader->data, reader->data + reader->used, reader->len);
    reader->used = 0;
    size_t scanned = 0;
    int64_t until = -1;
    for (;;) {
        int code = take_lines(reader, most, bytes, &scanned);
        if (code || reader->count >= most || reader->used >= bytes)
            return code;
        if (reader->ended) /* a last line without an end, though all of it may have been passed over */
            return reader->used < reader->len || reader->skipping ? add_line(reader, reader->used, reader->len - reader->used, 0) : 0;
        if (scanned > reader->line_max) { /* keep no more of it than shows that it is too long */
            if (reader->count)
                return 0;
            reader->skipping = true;
            reader->len = 0;
            scanned = 0;
        }
        if (reader->count && until < 0)
            until = now_ms() + (int64_t)wait_ms;
        code = read_some(reader, reader->count ? until : -1);
        if (code)
            return code == EAGAIN ? 0 : code;
    }
}

int lines_all(line_reader *reader)
{
    reader->first_line += reader->count;
    reader->count = 0;
    if (reader->ended)
        return 0;
    while (!reader->ended) {
        const int code = read_some(reader, -1);
        if (code)
            return code;
        if (reader->len > reader->line_max)
            return EFBIG;
    }
    return reader->len ? add_line(reader, 0, reader->len, 0) : 0;
}
