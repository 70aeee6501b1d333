/* SPDX-License-Identifier: Apache-2.0 */
#include "transform_store.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"

enum { TOKENS_MAX = 4000000, FIRST_HEADS = 1024 };

static size_t hash(vc_view text)
{
    const uint64_t sum = vc__fnv1a(VC__FNV_START, text);
    return (size_t)(sum ^ sum >> 29);
}

static vc_view value_of(const transform_token *token)
{
    return vc_view_of(token->value, token->value_len);
}

/* Wipes what the token is about; it stays in its chains. */
void transform_tokens_drop(transform_token *token)
{
    vc__wipe(token->value, token->value_len);
    token->value_len = 0;
    token->token[0] = 0;
    token->metadata[0] = 0;
    token->gone = true;
}

static void free_token(transform_token *token)
{
    if (!token)
        return;
    if (token->value)
        vc__wipe(token->value, token->value_len);
    vc__free(token->token);
    vc__free(token->value);
    vc__free(token->metadata);
    vc__free(token);
}

void transform_tokens_free(transform_tokens *tokens)
{
    for (size_t i = 0; i < tokens->count; i++)
        free_token(tokens->list[i]);
    vc__free(tokens->list);
    vc__free(tokens->by_token);
    vc__free(tokens->by_value);
    *tokens = (transform_tokens){ .count = 0 };
}

transform_token *transform_tokens_find(const transform_tokens *tokens, vc_view text)
{
    transform_token *token = tokens->heads ? tokens->by_token[hash(text) % tokens->heads] : NULL;
    while (token && (token->gone || !vc__view_is(text, token->token)))
        token = token->next_token;
    return token;
}

transform_token *transform_tokens_with(const transform_tokens *tokens, vc_view value, const transform_token *last)
{
    transform_token *token = last             ? last->next_value
                             : tokens->heads ? tokens->by_value[hash(value) % tokens->heads]
                                             : NULL;
    while (token && (token->gone || !vc__view_equal(value, value_of(token))))
        token = token->next_value;
    return token;
}

static void link_token(transform_tokens *tokens, transform_token *token)
{
    transform_token **head = &tokens->by_token[hash(vc_str(token->token)) % tokens->heads];
    token->next_token = *head;
    *head = token;
    head = &tokens->by_value[hash(value_of(token)) % tokens->heads];
    token->next_value = *head;
    *head = token;
}

/* Room for one more in list and chains. */
static bool grow(transform_tokens *tokens)
{
    if (tokens->count < tokens->cap)
        return true;
    const size_t cap = tokens->cap ? tokens->cap * 2 : FIRST_HEADS;
    transform_token **list =
        cap > TOKENS_MAX ? NULL : (transform_token **)vc__realloc(tokens->list, cap, sizeof *list);
    if (!list)
        return false;
    tokens->list = list;
    transform_token **by_token = (transform_token **)vc__calloc(cap, sizeof *by_token);
    transform_token **by_value = (transform_token **)vc__calloc(cap, sizeof *by_value);
    if (!by_token || !by_value) {
        vc__free(by_token);
        vc__free(by_value);
        return false;
    }
    vc__free(tokens->by_token);
    vc__free(tokens->by_value);
    tokens->by_token = by_token;
    tokens->by_value = by_value;
    tokens->cap = tokens->heads = cap;
    for (size_t i = 0; i < tokens->count; i++)
        if (!tokens->list[i]->gone)
            link_token(tokens, tokens->list[i]);
    return true;
}

transform_token *transform_tokens_add(transform_tokens *tokens, vc_view text, vc_view value, vc_view metadata)
{
    transform_token *token = grow(tokens) ? vc__calloc(1, sizeof *token) : NULL;
    if (!token)
        return NULL;
    token->token = vc__memdup(text.data, text.len);
    token->value = vc__memdup(value.data, value.len);
    token->metadata = vc__memdup(metadata.data, metadata.len);
    if (!token->token || !token->value || !token->metadata) {
        free_token(token);
        return NULL;
    }
    token->value_len = value.len;
    tokens->list[tokens->count++] = token;
    link_token(tokens, token);
    return token;
}
