/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter.h - the text of a dead letter: where the record lies and why it could not pass; nothing of the
 * record itself.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__KAFKA_LETTER_H
#define VC__KAFKA_LETTER_H

#include "base/buf.h"

typedef struct vc__letter {
    const char *topic, *rule;
    int32_t partition;
    int64_t offset;
    int64_t timestamp; /* ms since 1970; -1: none */
    const vc_error *why;
} vc__letter;

/* Appends one JSON object. Errors are the buffer's. */
void vc__letter_write(vc__buf *out, const vc__letter *letter);

#endif
