/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int connect_to(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = 0; /* a name that is in no folder */
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* WATCHDOG_USEC holds for the process that WATCHDOG_PID names. */
static uint64_t watchdog_ms(void)
{
    const char *time = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    if (!time || (pid && strtol(pid, NULL, 10) != (long)getpid()))
        return 0;
    return strtoull(time, NULL, 10) / 2000; /* half of it, as sd_watchdog_enabled(3) advises */
}

void stream_notify_open(stream_notify *notify)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *notify = (stream_notify){ .fd = name ? connect_to(name) : -1 };
    if (notify->fd >= 0)
        notify->watchdog_ms = watchdog_ms();
}

void stream_notify_close(stream_notify *notify)
{
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
}

void stream_notify_send(stream_notify *notify, const char *lines)
{
    if (notify->fd >= 0)
        (void)send(notify->fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void stream_notify_reloading(stream_notify *notify)
{
    char text[80];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_us());
    stream_notify_send(notify, text);
}

void stream_notify_alive(stream_notify *notify)
{
    const uint64_t now = now_us() / 1000;
    if (!notify->watchdog_ms || now - notify->last_ms < notify->watchdog_ms)
        return;
    notify->last_ms = now;
    stream_notify_send(notify, "WATCHDOG=1");
}
