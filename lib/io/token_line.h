/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_line.h - a token as it goes out: "X-Vault-Token: ..." in secret memory, counted, because a transfer may still send one while
 * the session has the next. libcurl reads it from there; what it then copies into its send buffers is out of our hands
 * (docs/SECURITY.md).
 *
 * Threads: never changed once made; references may be taken and dropped by any thread.
 */
#ifndef VC__IO_TOKEN_LINE_H
#define VC__IO_TOKEN_LINE_H

#include "base/secret.h"

#include <stdatomic.h>
#include <stdint.h>

typedef struct vc__token_line {
    vc__secret *line;
    uint64_t generation; /* of the session: another token, another number; 0: not the session's */
    atomic_uint references;
} vc__token_line;

/* One reference. NULL: VC_E_MEMORY, VC_E_LIMIT. */
vc__token_line *vc__token_line_new(vc_view token, uint64_t generation, vc_error *err);

/* One more, or NULL for NULL. */
vc__token_line *vc__token_line_ref(vc__token_line *line);
/* Wipes with the last. NULL is fine. */
void vc__token_line_unref(vc__token_line *line);
VC__DEFINE_CLEANUP(vc__token_line, vc__token_line_unref)

/* The whole line, with a NUL behind it; and the token alone. Alive as long as the reference. */
const char *vc__token_line_text(const vc__token_line *line);
vc_view vc__token_line_token(const vc__token_line *line);

#endif
