/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - files, read whole and with a limit. Whatever opens (a pipe too) is read; the buffer wipes what it held.
 *
 * Threads: any.
 */
#ifndef VC__IO_FILE_H
#define VC__IO_FILE_H

#include "base/buf.h"

/*
 * Appends the whole file; its limit is what the buffer may still take. `what` names the file's purpose in messages ("the token
 * file"). VC_E_IO: it cannot be opened or read (the message has the path and the system's reason); VC_E_LIMIT; VC_E_MEMORY. On
 * failure the buffer is empty.
 */
vc_code vc__file_read(const char *path, const char *what, vc__buf *out, vc_error *err);

/* Whether the file or folder is there and may be read: VC_OK, or VC_E_CONFIG that says why not. */
vc_code vc__file_check(const char *path, const char *what, vc_error *err);

/* The system's words for `number` (errno), in `text`; returns `text`. */
char *vc__system_text(int number, char *text, size_t room);

#endif
