/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char prefix[] = "vaultcrypt-";
enum { PREFIX_LEN = sizeof prefix - 1 };

const char *program_folder(size_t i)
{
    const char *own = getenv("VAULTCRYPT_EXEC_PATH");
    const bool set = own && *own;
    if (i == 0)
        return set ? own : PKGLIBEXECDIR;
    return i == 1 && set ? PKGLIBEXECDIR : NULL;
}

bool program_file(char *file, size_t room, const char *folder, const char *name)
{
    return (size_t)snprintf(file, room, "%s/%s%s", folder, prefix, name) < room;
}

bool program_find(const char *name, char *file, size_t room)
{
    for (size_t i = 0; program_folder(i); i++)
        if (program_file(file, room, program_folder(i), name) && access(file, X_OK) == 0)
            return true;
    return false;
}

static int is_program(const struct dirent *entry)
{
    return strncmp(entry->d_name, prefix, PREFIX_LEN) == 0 && !strchr(entry->d_name, '.');
}

void program_each(void (*take)(void *user, const char *name), void *user)
{
    char file[PROGRAM_FILE_ROOM];
    for (size_t i = 0; program_folder(i); i++) {
        struct dirent **entries;
        const int count = scandir(program_folder(i), &entries, is_program, alphasort);
        for (int n = 0; n < count; n++) {
            const char *name = entries[n]->d_name + PREFIX_LEN;
            const bool hidden = i && program_file(file, sizeof file, program_folder(0), name) && access(file, X_OK) == 0;
            if (!hidden && program_file(file, sizeof file, program_folder(i), name) && access(file, X_OK) == 0)
                take(user, name);
            free(entries[n]);
        }
        if (count >= 0)
            free(entries);
    }
}
