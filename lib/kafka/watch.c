/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.c - a folder whose files are sent as they come: when they were closed after writing, or moved in, and were left alone for the
 * time of settling.
 */
#include "kafka/sender.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/clock.h"
#include "kafka/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_MS = 100, EVENTS = 16 << 10 };

typedef struct waiting {
    struct waiting *next;
    uint64_t due_ms;
    char name[];
} waiting;

typedef struct watcher {
    vc_file_sender *sender;
    int fd;
    waiting *first;
    bool overrun; /* events were lost: look at everything */
} watcher;

static waiting **find(watcher *watch, const char *name)
{
    waiting **place = &watch->first;
    while (*place && strcmp((*place)->name, name) != 0)
        place = &(*place)->next;
    return place;
}

static vc_code await(watcher *watch, const char *name, uint64_t due_ms, vc_error *err)
{
    waiting **place = find(watch, name);
    if (!*place) {
        const size_t len = strlen(name) + 1;
        waiting *one = vc__calloc(1, sizeof *one + len);
        if (!one)
            return vc__error_memory(err);
        memcpy(one->name, name, len);
        *place = one;
    }
    (*place)->due_ms = due_ms;
    return VC_OK;
}

static void forget(waiting **place)
{
    waiting *one = *place;
    *place = one->next;
    vc__free(one);
}

/* -- events --------------------------------------------------------------------------------------------------------- */

static vc_code take_event(watcher *watch, const struct inotify_event *event, vc_error *err)
{
    const uint64_t due = vc__now_ms() + watch->sender->settle_ms;
    if (event->mask & IN_Q_OVERFLOW) {
        watch->overrun = true;
        return VC_OK;
    }
    if (event->mask & (IN_IGNORED | IN_UNMOUNT))
        return vc__error(err, VC_E_IO, "the folder that was watched is gone");
    if (!event->len || event->name[0] == '.' || event->mask & IN_ISDIR)
        return VC_OK;
    if (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
        return await(watch, event->name, due, err);
    waiting **place = find(watch, event->name);
    if (*place) /* written to again, by another that has it open */
        (*place)->due_ms = due;
    return VC_OK;
}

static vc_code read_events(watcher *watch, vc_error *err)
{
    _Alignas(struct inotify_event) char bytes[EVENTS];
    const ssize_t got = read(watch->fd, bytes, sizeof bytes);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? VC_OK : vc__file_failed(err, "watching the folder", errno);
    vc_code code = VC_OK;
    for (ssize_t at = 0; at < got && !code;) {
        const struct inotify_event *event = (const void *)(bytes + at);
        code = take_event(watch, event, err);
        at += (ssize_t)(sizeof *event + event->len);
    }
    return code;
}

/* Those that were there before: when the last change is not long ago, somebody may still be writing. */
static vc_code take_listed(void *user, const char *name, vc_error *err)
{
    watcher *watch = user;
    struct stat about;
    struct timespec now;
    uint64_t wait = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    if (fstatat(watch->sender->folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && now.tv_sec >= about.st_mtim.tv_sec &&
        (uint64_t)(now.tv_sec - about.st_mtim.tv_sec) <= watch->sender->settle_ms / 1000 + 1)
        wait = watch->sender->settle_ms;
    return wait ? await(watch, name, vc__now_ms() + wait, err) : vc__send_one(watch->sender, name, err);
}

/* -- the loop ------------------------------------------------------------------------------------------------------- */

/* Also while a file is being sent events are kept, by the system. */
static vc_code send_due(watcher *watch, vc_error *err)
{
    waiting **place = &watch->first;
    while (*place && !atomic_load(&watch->sender->stop)) {
        if ((*place)->due_ms > vc__now_ms()) {
            place = &(*place)->next;
            continue;
        }
        char name[NAME_MAX + 1];
        snprintf(name, sizeof name, "%s", (*place)->name);
        forget(place);
        struct stat about;
        if (fstatat(watch->sender->folder, name, &about, AT_SYMLINK_NOFOLLOW))
            continue; /* gone meanwhile */
        const vc_code code = vc__send_one(watch->sender, name, err);
        if (code)
            return code;
    }
    return VC_OK;
}

static vc_code loop(watcher *watch, vc_error *err)
{
    vc_code code = vc__send_each(watch->sender, take_listed, watch, err);
    while (!code && !atomic_load(&watch->sender->stop)) {
        struct pollfd events = { .fd = watch->fd, .events = POLLIN };
        if (poll(&events, 1, STEP_MS) > 0)
            code = read_events(watch, err);
        if (!code && watch->overrun) {
            watch->overrun = false;
            code = vc__send_each(watch->sender, take_listed, watch, err);
        }
        if (!code)
            code = send_due(watch, err);
        if (!code)
            code = vc__send_tidy(watch->sender, err);
        if (!code)
            code = vc__outlet_poll(&watch->sender->outlet, 0, err);
    }
    return code;
}

vc_code vc__send_watched(vc_file_sender *sender, vc_error *err)
{
    char path[32];
    watcher watch = { .sender = sender, .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK) };
    if (watch.fd < 0)
        return vc__file_failed(err, "watching the folder", errno);
    snprintf(path, sizeof path, "/proc/self/fd/%d", sender->folder); /* the folder that is open, whatever its name is by now */
    vc_code code = VC_OK;
    if (inotify_add_watch(watch.fd, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_MODIFY | IN_ONLYDIR) < 0)
        code = vc__file_failed(err, "watching the folder", errno);
    if (!code)
        code = loop(&watch, err);
    close(watch.fd);
    while (watch.first)
        forget(&watch.first);
    return code;
}
