/* SPDX-License-Identifier: Apache-2.0 */
/* token_file.h - the file where a log-in leaves its token for later commands, ~/.vault-token, as `vault` and `bao` do. */
#ifndef VC_BIN_TOKEN_FILE_H
#define VC_BIN_TOKEN_FILE_H

#include "call.h"

/* False: there is no HOME. */
bool token_file_name(char file[PATH_ROOM]);

/* Mode 0600, and never half: a new file takes the place of the old. An exit code, told. */
int token_file_write(const struct command *command, const char *file, vc_view token);

/* Wipes and takes out the member `name` of what `path` names. */
void token_hide(struct json_object *root, const char *path, const char *name);

#endif
