/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - NDJSON from a file descriptor in blocks: as many whole lines as there are, up to a number, a size and a time. Line
 * ends (LF, CRLF, none at the very end) and blank lines are kept apart, so that they can be written as they came.
 */
#ifndef VC_BIN_LINES_H
#define VC_BIN_LINES_H

#include <stdbool.h>
#include <vaultcrypt/types.h>

typedef enum line_kind {
    LINE_RECORD = 0,
    LINE_BLANK,   /* nothing but white space */
    LINE_TOO_LONG /* its bytes were passed over */
} line_kind;

typedef struct line {
    size_t at, len; /* in the reader's memory, without the line end */
    size_t end_len; /* 0, 1 or 2 bytes of line end behind it */
    line_kind kind;
} line;

typedef struct line_reader {
    int fd;
    char *data;
    size_t len, room; /* bytes read, not yet given out or given out in this block */
    size_t used;      /* bytes of the block given out last */
    size_t line_max;  /* longest line */
    bool skipping;    /* inside a line that is too long */
    bool ended;
    line *lines;
    size_t count, line_room;
    uint64_t first_line; /* number of the block's first line, from 1 */
} line_reader;

void lines_open(line_reader *reader, int fd, size_t line_max);
void lines_close(line_reader *reader);

/*
 * The next block: up to `most` lines or some `bytes`, or what came within `wait_ms` of its first line; at least one line, unless
 * the input has ended: then count is 0. Memory of the former block is gone. Returns 0, or errno.
 */
int lines_next(line_reader *reader, size_t most, size_t bytes, unsigned long wait_ms);

/* Everything up to the end, as one block of one "line" without an end (for --document). EFBIG when it is over line_max. */
int lines_all(line_reader *reader);

vc_view lines_view(const line_reader *reader, const line *one);

#endif
