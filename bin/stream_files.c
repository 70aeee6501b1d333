/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FNV-1a: tells a change, proves nothing. 0: it cannot be read. */
static uint64_t content_of(const char *name)
{
    enum { MOST = 16 << 20 };
    char data[4096];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    ssize_t got = 0;
    const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    for (size_t total = 0; fd >= 0 && total < MOST && (got = read(fd, data, sizeof data)) > 0; total += (size_t)got)
        for (ssize_t i = 0; i < got; i++)
            hash = (hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
    if (fd >= 0)
        close(fd);
    memset(data, 0, sizeof data);
    __asm__ __volatile__("" : : "r"(data) : "memory"); /* some of them hold secrets */
    return fd < 0 || got < 0 ? 0 : hash;
}

/* Takes its state of now; whether it is another than before. */
static bool look(stream_file *file)
{
    struct stat now = { 0 };
    (void)stat(file->name, &now);
    if (file->device == (uint64_t)now.st_dev && file->inode == (uint64_t)now.st_ino && file->size == (uint64_t)now.st_size &&
        file->changed.tv_sec == now.st_mtim.tv_sec && file->changed.tv_nsec == now.st_mtim.tv_nsec)
        return false;
    const uint64_t content = content_of(file->name);
    const bool other = content != file->content;
    file->device = (uint64_t)now.st_dev;
    file->inode = (uint64_t)now.st_ino;
    file->size = (uint64_t)now.st_size;
    file->changed = now.st_mtim;
    file->content = content;
    return other;
}

void stream_files_take(stream_files *files, const vc_stream_config *config)
{
    static stream_files before;
    const char *name;
    before = *files;
    files->count = 0;
    for (size_t i = 0; (name = vc_stream_config_file(config, i)) && files->count < STREAM_FILES_MOST; i++) {
        stream_file *file = &files->list[files->count];
        if (strlen(name) >= sizeof file->name)
            continue;
        files->count++;
        *file = (stream_file){ .name = "" };
        snprintf(file->name, sizeof file->name, "%s", name);
        size_t k = 0;
        while (k < before.count && strcmp(before.list[k].name, name) != 0)
            k++;
        if (k < before.count)
            *file = before.list[k];
        else
            (void)look(file);
    }
}

bool stream_files_changed(stream_files *files)
{
    bool changed = false;
    for (size_t i = 0; i < files->count; i++)
        changed = look(&files->list[i]) || changed;
    return changed;
}
