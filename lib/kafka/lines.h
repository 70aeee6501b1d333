/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - a journal: a text file to which whole lines are added, and that outlives crashes. A line that was cut off by one is not read,
 * and is ended before the next is written, or taken away. One program at a time has it.
 *
 * Threads: one owner.
 */
#ifndef VC__KAFKA_LINES_H
#define VC__KAFKA_LINES_H

#include <stdbool.h>
#include <sys/types.h>
#include <vaultcrypt/error.h>

enum { VC__LINE_MOST = 2048 }; /* longer ones are passed over */

typedef struct vc__lines {
    int fd;         /* -1: not open */
    int folder;     /* borrowed; where it lies */
    bool torn;      /* the last line has no end */
    off_t whole;    /* where the last that has one ended, as it was read */
    char *held;     /* NULL: each line is written when it is added; else those that are not written yet */
    size_t held_len;
    char name[256]; /* in the folder */
} vc__lines;

#define VC__LINES_INIT { .fd = -1, .folder = -1 }

/*
 * Opens, or makes, `name` in the folder (a descriptor that stays open, or AT_FDCWD), and locks it. VC_E_STATE: another program has it;
 * VC_E_IO.
 */
vc_code vc__lines_open(vc__lines *lines, int folder, const char *name, vc_error *err);
void vc__lines_close(vc__lines *lines);

/* Calls `take` with each whole line, without its end, which may be changed; until one does not return VC_OK. VC_E_IO, VC_E_MEMORY. */
vc_code vc__lines_each(vc__lines *lines, vc_code (*take)(void *user, char *line, vc_error *err), void *user, vc_error *err);

/*
 * Takes away what is left of a last line after vc__lines_each(): with an end it might be read the next time, as something that was never meant.
 * For files that are known to be journals. Where the file system cannot do that, it stays.
 */
void vc__lines_cut(vc__lines *lines);

/* Adds a line. `durable`: it is on disk when this returns. VC_E_IO. */
vc_code vc__lines_add(vc__lines *lines, bool durable, vc_error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Puts another file in its place, in one step: `write` adds its lines to `fresh`, which writes many at once. When that fails, the old one stays.
 * VC_E_IO, VC_E_MEMORY.
 */
vc_code vc__lines_replace(vc__lines *lines, vc_code (*write)(void *user, vc__lines *fresh, vc_error *err), void *user,
                          vc_error *err);

#endif
