/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* renameat2() */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For the signal handler: the passing name, while there is one. */
static const char *volatile unfinished;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static void drop_and_end(int number)
{
    const char *name = unfinished;
    if (name)
        unlink(name);
    signal(number, SIG_DFL);
    raise(number);
}

/* Ignored ones (nohup) stay ignored. */
static void watch_signals(void)
{
    struct sigaction action, old;
    memset(&action, 0, sizeof action);
    action.sa_handler = drop_and_end;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

/* "FOLDER/.NAME.XXXXXX" */
static char *passing_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    const size_t folder = slash ? (size_t)(slash - name) + 1 : 0;
    const size_t room = strlen(name) + sizeof "..XXXXXX";
    char *passing = malloc(room);
    if (passing)
        snprintf(passing, room, "%.*s.%.200s.XXXXXX", (int)folder, name, name + folder);
    return passing;
}

int outfile_open(outfile *out, const char *name, bool force)
{
    struct stat there;
    *out = (outfile){ .name = name, .fd = STDOUT_FILENO, .force = force };
    if (!name)
        return 0;
    if (stat(name, &there) == 0) {
        if (!S_ISREG(there.st_mode)) {
            out->fd = open(name, O_WRONLY | O_CLOEXEC);
            return out->fd < 0 ? errno : 0;
        }
        if (!force)
            return EEXIST;
    }
    out->passing = passing_name(name);
    if (!out->passing)
        return ENOMEM;
    watch_signals();
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    out->fd = mkstemp(out->passing);
    const int code = out->fd < 0 || fcntl(out->fd, F_SETFD, FD_CLOEXEC) ? errno : 0;
    if (!code)
        unfinished = out->passing;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (code) {
        free(out->passing);
        out->passing = NULL;
    }
    return code;
}

int outfile_public(outfile *out)
{
    if (!out->passing)
        return 0;
    const mode_t mask = umask(0);
    umask(mask);
    return fchmod(out->fd, 0644 & ~mask) ? errno : 0;
}

int outfile_write(outfile *out, const char *data, size_t len)
{
    while (len) {
        const ssize_t n = write(out->fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The name itself is not safe on the disk before its folder is. Some file systems cannot; then nothing is lost but that. */
static void sync_folder(const char *name)
{
    char *folder = strdup(name);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (slash)
        slash[slash == folder] = 0;
    const int fd = folder ? open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

/* Not the name of another, even when it came this moment. Links are for file systems that cannot rename so. */
static int take_name(const outfile *out)
{
    if (out->force)
        return rename(out->passing, out->name) ? errno : 0;
    if (renameat2(AT_FDCWD, out->passing, AT_FDCWD, out->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (link(out->passing, out->name) == 0)
        return unlink(out->passing) ? errno : 0;
    if (errno == EEXIST)
        return errno;
    /* Nor links: FAT on old systems. */
    if (access(out->name, F_OK) == 0)
        return EEXIST;
    return rename(out->passing, out->name) ? errno : 0;
}

static void forget(outfile *out)
{
    unfinished = NULL;
    free(out->passing);
    out->passing = NULL;
}

int outfile_keep(outfile *out)
{
    if (out->fd < 0)
        return 0;
    int code = out->passing && fsync(out->fd) ? errno : 0;
    if (out->fd != STDOUT_FILENO) {
        if (close(out->fd) && !code)
            code = errno;
        out->fd = -1;
    }
    if (!out->passing)
        return code;
    if (!code)
        code = take_name(out);
    if (code)
        unlink(out->passing);
    else
        sync_folder(out->name);
    forget(out);
    return code;
}

void outfile_drop(outfile *out)
{
    if (out->fd >= 0 && out->fd != STDOUT_FILENO)
        close(out->fd);
    out->fd = -1;
    if (!out->passing)
        return;
    unlink(out->passing);
    forget(out);
}
