/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outfile.h - a file that is there whole, or not at all: written under a passing name in the folder where it will lie, synced, and
 * then given its name. What stood there before stays until then. A signal that ends the program takes the unfinished file with it.
 */
#ifndef VC_BIN_OUTFILE_H
#define VC_BIN_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct outfile {
    const char *name; /* NULL: standard output */
    char *passing;    /* NULL: written as it is (standard output, a device, a pipe) */
    int fd;
    bool force;
} outfile;

/* All return 0 or errno. EEXIST: there is such a file, and `force` is not set. Mode 0600. One at a time in a program. */
int outfile_open(outfile *out, const char *name, bool force);
int outfile_write(outfile *out, const char *data, size_t len);
/* For what is no secret: mode 0644, less the umask. Before outfile_keep(). */
int outfile_public(outfile *out);
/* Gives it its name. After a failure it is gone, as after outfile_drop(). */
int outfile_keep(outfile *out);
/* For what is not to be: nothing is left of it. Fine after outfile_keep(). */
void outfile_drop(outfile *out);

#endif
