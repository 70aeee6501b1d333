/* SPDX-License-Identifier: Apache-2.0 */
/* send.c - vc_file_send(): a file, or the files of a folder. */
#include "kafka/sender.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "kafka/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

vc_code vc__send_one(vc_file_sender *sender, const char *name, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    const vc_code code = vc__outgoing_send(sender, name, &why);
    if (code && (vc_code_class(code) != VC_CLASS_DATA || sender->outlet.failure.code))
        return vc__error_copy(err, &why);
    if (code && !sender->refusal.code)
        vc__error_copy(&sender->refusal, &why);
    return VC_OK;
}

/* -- the files of a folder ------------------------------------------------------------------------------------------ */

typedef struct names {
    char **names;
    size_t count, room;
} names;

static void free_names(names *list)
{
    while (list->count)
        vc__free(list->names[--list->count]);
    vc__free(list->names);
}

static vc_code add_name(names *list, const char *name, vc_error *err)
{
    if (list->count == list->room) {
        const size_t room = list->room ? list->room * 2 : 64;
        char **more = vc__realloc(list->names, room, sizeof(char *));
        if (!more)
            return vc__error_memory(err);
        list->names = more;
        list->room = room;
    }
    char *copy = vc__memdup(name, strlen(name));
    if (!copy)
        return vc__error_memory(err);
    list->names[list->count++] = copy;
    return VC_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Folders within are passed over; a symbolic link or a device is not: it shall be told that it is refused. */
static bool is_wanted(int folder, const char *name)
{
    struct stat about;
    return name[0] != '.' && (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(about.st_mode));
}

static vc_code list_names(const vc_file_sender *sender, names *list, vc_error *err)
{
    const int fd = openat(sender->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (!entries) {
        const int number = errno;
        if (fd >= 0)
            close(fd);
        return vc__file_failed(err, "listing the folder", number);
    }
    vc_code code = VC_OK;
    errno = 0;
    for (const struct dirent *entry; !code && (entry = readdir(entries)); errno = 0)
        if (is_wanted(sender->folder, entry->d_name))
            code = add_name(list, entry->d_name, err);
    if (!code && errno)
        code = vc__file_failed(err, "listing the folder", errno);
    closedir(entries);
    if (!code && list->count)
        qsort(list->names, list->count, sizeof *list->names, by_name);
    return code;
}

vc_code vc__send_each(vc_file_sender *sender, vc_code (*take)(void *user, const char *name, vc_error *err), void *user,
                      vc_error *err)
{
    names list = { 0 };
    vc_code code = list_names(sender, &list, err);
    for (size_t i = 0; i < list.count && !code && !atomic_load(&sender->stop); i++)
        code = take(user, list.names[i], err);
    free_names(&list);
    return code;
}

static vc_code send_listed(void *user, const char *name, vc_error *err)
{
    return vc__send_one(user, name, err);
}

vc_code vc__send_all(vc_file_sender *sender, vc_error *err)
{
    return vc__send_each(sender, send_listed, sender, err);
}

/* -- beginning ------------------------------------------------------------------------------------------------------ */

/* Each text with its end, so that none runs into the next. */
static uint64_t hash_texts(const vc_view *texts, size_t count)
{
    uint64_t hash = VC__FNV_START;
    for (size_t i = 0; i < count; i++)
        hash = vc__fnv1a(vc__fnv1a(hash, texts[i]), vc_view_of("", 1));
    return hash;
}

/* What tells two journeys of a name apart, and under which key and context. */
static uint64_t tag_of(const vc_file_sender *sender, const char *cluster, const char *folder)
{
    const vc_view texts[] = { vc_str(cluster), vc_str(sender->topic), vc_str(folder), vc_str(sender->key),
                              vc_view_of(sender->context, sender->context_len) };
    return hash_texts(texts, sizeof texts / sizeof texts[0]) + (sender->format == VC_FILE_DEMO);
}

static vc_code choose_tag(vc_file_sender *sender, const char *folder, vc_error *err)
{
    char real[PATH_MAX];
    if (!realpath(folder, real))
        return vc__file_failed(err, folder, errno);
    char *cluster = vc__outlet_cluster(&sender->outlet, err);
    if (!cluster)
        return VC_E_KAFKA;
    sender->tag = tag_of(sender, cluster, real);
    rd_kafka_mem_free(sender->outlet.rk, cluster);
    return VC_OK;
}

/* The journal of this source and topic. */
static vc_code open_outbox(vc_file_sender *sender, const char *path, vc_error *err)
{
    char real[PATH_MAX], file[PATH_MAX];
    if (!sender->state_folder)
        return vc__outbox_open(&sender->outbox, sender->state, err);
    const vc_view texts[] = { vc_str(realpath(path, real) ? real : path), vc_str(sender->topic) };
    const int len = snprintf(file, sizeof file, "%s/send-%016" PRIx64, sender->state_folder, hash_texts(texts, 2));
    if (len < 0 || (size_t)len >= sizeof file)
        return vc__error(err, VC_E_ARGUMENT, "the name of the folder for journals is too long");
    return vc__outbox_open(&sender->outbox, file, err);
}

/* "a/b" is b in a; a folder is all in it, and `*name` NULL then. */
static vc_code open_path(vc_file_sender *sender, char *path, char **folder, char **name, vc_error *err)
{
    static char here[] = ".", root[] = "/";
    struct stat about;
    if (lstat(path, &about))
        return vc__file_failed(err, path, errno);
    *folder = path;
    *name = NULL;
    if (!S_ISDIR(about.st_mode)) {
        char *slash = strrchr(path, '/');
        *name = slash ? slash + 1 : path;
        *folder = slash == path ? root : slash ? path : here;
        if (slash)
            *slash = 0;
    }
    sender->folder = open(*folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return sender->folder < 0 ? vc__file_failed(err, *folder, errno) : VC_OK;
}

static bool is_there(void *user, const char *name)
{
    struct stat about;
    return fstatat(*(const int *)user, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

vc_code vc__send_tidy(vc_file_sender *sender, vc_error *err)
{
    return vc__outbox_tidy(&sender->outbox, sender->tag, is_there, &sender->folder, err);
}

static vc_code run(vc_file_sender *sender, const char *given, char *path, vc_error *err)
{
    char *folder = NULL, *name = NULL;
    if (sender->format == VC_FILE_NATIVE && !sender->key)
        return vc__error(err, VC_E_CONFIG, "the key is missing that the files are to be sealed with");
    vc_code code = open_path(sender, path, &folder, &name, err);
    if (!code && name && sender->watch)
        code = vc__error(err, VC_E_CONFIG, "a folder can be watched, but %s is none", name);
    if (!code)
        code = open_outbox(sender, given, err);
    sender->outlet = (vc__outlet){ .stop = &sender->stop, .log = sender->report.log, .log_user = sender->report.log_user };
    if (!code)
        code = vc__outlet_open(&sender->outlet, sender->kafka, sender->topic, err);
    if (!code)
        code = choose_tag(sender, folder, err);
    if (!code)
        code = vc__send_tidy(sender, err);
    if (!code)
        code = name            ? vc__send_one(sender, name, err)
               : sender->watch ? vc__send_watched(sender, err)
                               : vc__send_all(sender, err);
    vc__report_records(&sender->report, sender->outlet.delivered);
    vc__outlet_close(&sender->outlet);
    vc__outbox_close(&sender->outbox);
    if (sender->folder >= 0)
        close(sender->folder);
    sender->folder = -1;
    return code;
}

vc_code vc_file_send(vc_file_sender *sender, const char *path, vc_error *err)
{
    if (!sender || !path || !*path)
        return vc__error(err, VC_E_ARGUMENT, "a sender and a path are needed");
    if (sender->running)
        return vc__error(err, VC_E_STATE, "the sender is at work");
    vc_error why = VC_ERROR_INIT; /* its code is needed even when the caller wants no detail */
    char *copy = vc__memdup(path, strlen(path));
    sender->refusal = (vc_error)VC_ERROR_INIT;
    sender->running = true;
    vc_code code = copy ? vc__digester_open(&sender->digester, VC__FILE_SEGMENT, &why) : vc__error_memory(&why);
    if (!code)
        code = vc__halt_begin(&sender->halt, sender->client, &sender->stop, &why);
    if (!code)
        code = run(sender, path, copy, &why);
    vc__halt_end(&sender->halt);
    vc__digester_close(&sender->digester);
    sender->running = false;
    vc__free(copy);
    if (atomic_exchange(&sender->stop, 0) && code == VC_E_CANCELED)
        code = VC_OK;
    if (!code && sender->refusal.code)
        return vc__error_copy(err, &sender->refusal);
    return code ? vc__error_copy(err, &why) : VC_OK;
}
