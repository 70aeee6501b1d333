/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_text.h - a small JSON text that people write (a release policy, claims), read token by token with the place of each. The
 * reader decodes strings in place, but moves nothing outside of them: offsets in its copy are offsets in the text.
 *
 * Threads: one owner.
 */
#ifndef VC__KEYS_POLICY_TEXT_H
#define VC__KEYS_POLICY_TEXT_H

#include "json/read.h"

enum { VC__POLICY_TEXT_MAX = 65536 };

typedef struct vc__policy_text {
    vc__reader reader;
    vc_view original;
    const char *source;
    const char *what; /* "a release policy" */
    vc_error *err;
    char *copy; /* views of the reader point into it; the caller frees it */
} vc__policy_text;

/* VC_E_LIMIT, VC_E_MEMORY. */
vc_code vc__policy_text_start(vc__policy_text *text, vc_view original, const char *source, const char *what, vc_error *err);

/* The next token; VC__TOKEN_ERROR has set the error. */
vc__token vc__policy_text_next(vc__policy_text *text);

/* Where the last token began: an offset into `original`. */
size_t vc__policy_text_at(const vc__policy_text *text, vc__token token);

/* VC_E_CONFIG at that offset. */
vc_code vc__policy_text_error(const vc__policy_text *text, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Line and column of an offset. */
void vc__policy_text_place(const vc__policy_text *text, size_t at, size_t *line, size_t *column);

/* Names of a policy may hold anything: what is printable of `name`, for messages, cut to `room` with the NUL. */
char *vc__policy_text_shown(vc_view name, char *shown, size_t room);

#endif
