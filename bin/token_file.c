/* SPDX-License-Identifier: Apache-2.0 */
#include "token_file.h"

#include "exit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool token_file_name(char file[PATH_ROOM])
{
    const char *home = getenv("HOME");
    return home && *home && snprintf(file, PATH_ROOM, "%s/.vault-token", home) < PATH_ROOM;
}

static bool write_all(int fd, vc_view token)
{
    for (size_t at = 0; at < token.len;) {
        const ssize_t n = write(fd, token.data + at, token.len - at);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return fchmod(fd, 0600) == 0 && fsync(fd) == 0;
}

int token_file_write(const struct command *command, const char *file, vc_view token)
{
    char temporary[PATH_ROOM + 8];
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", file);
    const int fd = mkstemp(temporary);
    bool fine = fd >= 0 && write_all(fd, token);
    int error = errno;
    if (fd >= 0 && close(fd) && fine) {
        fine = false;
        error = errno;
    }
    if (fine && rename(temporary, file)) {
        fine = false;
        error = errno;
    }
    if (fine)
        return EXIT_FINE;
    if (fd >= 0)
        unlink(temporary);
    fprintf(stderr, "vaultcrypt %s: %s: %s\n", command->name, file, strerror(error));
    return EXIT_LOCAL;
}

void token_hide(struct json_object *root, const char *path, const char *name)
{
    struct json_object *object, *value;
    if (!output_find(root, path, &object) || !json_object_is_type(object, json_type_object) ||
        !json_object_object_get_ex(object, name, &value))
        return;
    if (json_object_is_type(value, json_type_string)) {
        const size_t len = (size_t)json_object_get_string_len(value);
        union {
            const char *read;
            char *write;
        } text = { json_object_get_string(value) };
        blob_wipe(text.write, len);
    }
    json_object_object_del(object, name);
}
