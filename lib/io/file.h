/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - files, read whole and with a limit: regular ones, and pipes, for a shell's <(...), whose writer has some seconds. Devices, folders and sockets
 * are refused, for they block or never end. The buffer wipes what it held.
 *
 * Threads: any.
 */
#ifndef VC__IO_FILE_H
#define VC__IO_FILE_H

#include "base/buf.h"

#include <stdatomic.h>
#include <stdbool.h>

/* How long the writer of a pipe may take in all. */
enum { VC__PIPE_MS = 10000 };

/*
 * Appends the whole file; its limit is what the buffer may still take. `what` names the file's purpose in messages ("the token
 * file"). VC_E_IO: it cannot be opened or read (the message has the path and the system's reason), is neither a regular file nor a pipe, or the pipe's
 * writer took too long; VC_E_LIMIT; VC_E_MEMORY. On failure the buffer is empty.
 */
vc_code vc__file_read(const char *path, const char *what, vc__buf *out, vc_error *err);

/* The same. `cancel` (NULL: none) ends the wait for a pipe within half a second: VC_E_CANCELED. `*once` (may be NULL): it was a pipe, to be read once. */
vc_code vc__file_read_until(const char *path, const char *what, const atomic_bool *cancel, bool *once, vc__buf *out, vc_error *err);

/* Whether the file or folder is there and may be read: VC_OK, or VC_E_CONFIG that says why not. */
vc_code vc__file_check(const char *path, const char *what, vc_error *err);

/* The system's words for `number` (errno), in `text`; returns `text`. */
char *vc__system_text(int number, char *text, size_t room);

#endif
