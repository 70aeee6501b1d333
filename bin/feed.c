/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "feed.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ = 64 << 10 };

void feed_open(feed *f, int fd, vc_view delimiter, size_t most)
{
    *f = (struct feed){ .fd = fd, .delimiter = delimiter, .most = most };
}

void feed_close(feed *f)
{
    if (f->data)
        explicit_bzero(f->data, f->room);
    free(f->data);
    f->data = NULL;
    f->len = f->room = f->at = f->seen = 0;
}

/* What was given out goes; there is room for READ more bytes behind. */
static bool make_room(feed *f)
{
    if (f->at) {
        memmove(f->data, f->data + f->at, f->len - f->at);
        f->len -= f->at;
        f->seen -= f->at;
        f->at = 0;
    }
    if (f->room - f->len >= READ)
        return true;
    const size_t room = 2 * f->room + READ;
    char *more = malloc(room);
    if (!more)
        return false;
    if (f->len)
        memcpy(more, f->data, f->len);
    if (f->data)
        explicit_bzero(f->data, f->room);
    free(f->data);
    f->data = more;
    f->room = room;
    return true;
}

static feed_result read_more(feed *f, int wait_ms)
{
    struct pollfd ready = { .fd = f->fd, .events = POLLIN };
    if (!make_room(f))
        return FEED_FAILED;
    const int polled = poll(&ready, 1, wait_ms);
    if (polled <= 0)
        return polled == 0 || errno == EINTR ? FEED_NOTHING : FEED_FAILED;
    const ssize_t got = read(f->fd, f->data + f->len, f->room - f->len);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? FEED_NOTHING : FEED_FAILED;
    f->ended = got == 0;
    f->len += (size_t)got;
    return FEED_RECORD;
}

/* What is between `at` and `end` is a record, or the rest of one that was too long. */
static feed_result give(feed *f, size_t end, size_t next, vc_view *record)
{
    const bool long_one = f->skipping || end - f->at > f->most;
    *record = vc_view_of(f->data + f->at, end - f->at);
    f->at = f->seen = next;
    f->skipping = false;
    return long_one ? FEED_TOO_LONG : FEED_RECORD;
}

feed_result feed_next(feed *f, int wait_ms, vc_view *record)
{
    for (;;) {
        const size_t size = f->delimiter.len;
        const char *found = f->len - f->seen >= size ? memmem(f->data + f->seen, f->len - f->seen, f->delimiter.data, size) : NULL;
        if (found)
            return give(f, (size_t)(found - f->data), (size_t)(found - f->data) + size, record);
        if (f->ended)
            return f->len > f->at || f->skipping ? give(f, f->len, f->len, record) : FEED_END;
        if (f->len - f->seen >= size)
            f->seen = f->len - size + 1;
        if (f->seen - f->at > f->most) { /* forget what will not be a record */
            f->skipping = true;
            f->at = f->seen;
        }
        const feed_result more = read_more(f, wait_ms);
        if (more != FEED_RECORD)
            return more;
    }
}

feed_result feed_all(feed *f, vc_view *record)
{
    while (!f->ended) {
        if (f->len > f->most)
            return FEED_TOO_LONG;
        const feed_result more = read_more(f, -1);
        if (more == FEED_FAILED)
            return more;
    }
    return f->len ? give(f, f->len, f->len, record) : FEED_END;
}
