/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.h - commands that are programs of their own, vaultcrypt-X, in VAULTCRYPT_EXEC_PATH (for trees that are not installed) or in
 * the libexec folder, as git has them.
 */
#ifndef VC_BIN_PROGRAM_H
#define VC_BIN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

enum { PROGRAM_FILE_ROOM = 4096 };

/* The folders in their order; NULL behind the last. */
const char *program_folder(size_t i);

/* The file of program X, when there is one that can be run. */
bool program_find(const char *name, char *file, size_t room);

/* FOLDER/vaultcrypt-NAME; false when it does not fit. */
bool program_file(char *file, size_t room, const char *folder, const char *name);

/* Calls `take` for each that can be run, sorted; those of the first folder hide those of the second. */
void program_each(void (*take)(void *user, const char *name), void *user);

#endif
