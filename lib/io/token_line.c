/* SPDX-License-Identifier: Apache-2.0 */
#include "io/token_line.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"

enum { LINE_MAX_LEN = 16384 };

static const char name[] = "X-Vault-Token: ";

vc__token_line *vc__token_line_new(vc_view token, uint64_t generation, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(LINE_MAX_LEN);
    vc__buf_str(&text, name);
    vc__buf_view(&text, token);
    if (vc__buf_check(&text, "the token's header line", err))
        return NULL;
    vc_error inner = VC_ERROR_INIT;
    vc__autoptr(vc__secret) secret = vc__secret_new(vc__buf_get(&text), VC__LOCK_TRY, &inner);
    if (!secret) {
        vc__error_copy(err, &inner);
        return NULL;
    }
    vc__token_line *line = vc__calloc(1, sizeof *line);
    if (!line) {
        vc__error_memory(err);
        return NULL;
    }
    line->line = vc__steal(&secret);
    line->generation = generation;
    atomic_init(&line->references, 1);
    return line;
}

vc__token_line *vc__token_line_ref(vc__token_line *line)
{
    if (line)
        atomic_fetch_add(&line->references, 1);
    return line;
}

void vc__token_line_unref(vc__token_line *line)
{
    if (!line || atomic_fetch_sub(&line->references, 1) != 1)
        return;
    vc__secret_free(line->line);
    vc__free(line);
}

const char *vc__token_line_text(const vc__token_line *line)
{
    const vc_view text = vc__secret_get(line->line);
    return text.data ? text.data : "";
}

vc_view vc__token_line_token(const vc__token_line *line)
{
    const vc_view text = vc__secret_get(line->line);
    const size_t skip = sizeof name - 1;
    return text.len >= skip ? vc_view_of(text.data + skip, text.len - skip) : vc_str(NULL);
}
