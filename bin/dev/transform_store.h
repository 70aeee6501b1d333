/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_store.h - the tokens of one tokenization transformation, found by token and by value, in memory.
 *
 * Threads: behind the engine's `tokens_lock`.
 */
#ifndef VC__DEV_TRANSFORM_STORE_H
#define VC__DEV_TRANSFORM_STORE_H

#include "base/buf.h"

typedef struct transform_token {
    char *token;
    char *value; /* any bytes, with a NUL behind */
    size_t value_len;
    char *metadata;  /* "" when there is none */
    int64_t expires; /* wall clock; 0: never */
    long long key_version;
    bool gone; /* deleted; the rest is empty then */
    struct transform_token *next_token, *next_value;
} transform_token;

typedef struct transform_tokens {
    transform_token **list; /* as they were made */
    size_t count, cap;
    transform_token **by_token, **by_value; /* heads of chains */
    size_t heads;
} transform_tokens;

void transform_tokens_free(transform_tokens *tokens); /* what it holds, wiped */

transform_token *transform_tokens_find(const transform_tokens *tokens, vc_view token);

/* The first with that value, or the next after `last`; NULL: no more. */
transform_token *transform_tokens_with(const transform_tokens *tokens, vc_view value, const transform_token *last);

/* NULL: no memory, or there are too many. */
transform_token *transform_tokens_add(transform_tokens *tokens, vc_view token, vc_view value, vc_view metadata);

void transform_tokens_drop(transform_token *token);

#endif
