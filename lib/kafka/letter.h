/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter.h - the text of a dead letter: where the record lies, why it could not pass, and the record itself where it is given encrypted.
 * Nothing of it in clear.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__KAFKA_LETTER_H
#define VC__KAFKA_LETTER_H

#include "base/buf.h"

#include <vaultcrypt/schema.h>

enum { VC__LETTER_VERSION = 1 };

typedef struct vc__letter {
    const char *topic, *rule; /* names: where the record was read; the rule that it failed under */
    const vc_rule *under;     /* that rule, whose envelope key the record is encrypted with; NULL: none */
    int32_t partition;
    int64_t offset;
    int64_t timestamp; /* ms since 1970; -1: none */
    const vc_error *why;
} vc__letter;

/* Appends one JSON object, without the record. Errors are the buffer's. */
void vc__letter_write(vc__buf *out, const vc__letter *letter);

/* The same without its end, and the end: with the record encrypted (`body`), or, where that is absent, why it is not there. */
void vc__letter_begin(vc__buf *out, const vc__letter *letter);
void vc__letter_end(vc__buf *out, vc_view body, const char *omitted);

#endif
