/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.h - where values come from. Secrets come from a file, standard input or a prompt without echo: what stands on a command
 * line, everybody on the machine can read.
 */
#ifndef VC_BIN_INPUT_H
#define VC_BIN_INPUT_H

#include "blob.h"
#include "option.h"

/* All return an exit code; what is not EXIT_FINE was told on standard error. */

/* A whole file; NULL or "-": standard input. */
int input_file(const struct command *command, const char *file, blob *out);

/* The same in parts: opens it, under a name for messages; reads on, until `most` bytes are there or it has ended. */
int input_open(const struct command *command, const char *file, int *fd, const char **name);
int input_read(const struct command *command, int fd, const char *name, size_t most, blob *out);
void input_close(int fd);

/* "@FILE" is what the file holds, "-" what standard input holds, anything else the text itself; NULL: nothing. */
int input_value(const struct command *command, const char *text, blob *out);

/* A line, without its end: from the file ("-": standard input), or, when `file` is NULL, typed at the terminal without echo. */
int input_secret(const struct command *command, const char *file, const char *prompt, blob *out);

#endif
