/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/token.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/reply.h"

enum { TEXTS_MAX = 1 << 20 };

struct vc_token {
    vc__buf texts; /* every text, each with a NUL behind; the places below are offsets in it, 0 is "" */
    size_t accessor, display_name, type;
    size_t policies, policy_count; /* the first; the others follow */
    uint64_t ttl, creation_ttl, uses;
    bool renewable, orphan;
};

vc_code vc__token_lookup_self(vc_request *request, vc_error *err)
{
    vc__request_init(request, "GET", 0, true);
    vc__buf_str(&request->path, "/v1/auth/token/lookup-self");
    return vc__buf_check(&request->path, "the request's path", err);
}

/* A text of the reply kept, with its NUL. Offset 0 is taken by the empty one. */
static size_t keep(vc_token *token, vc_view text)
{
    const size_t at = token->texts.len;
    vc__buf_view(&token->texts, text);
    vc__buf_byte(&token->texts, 0);
    return at;
}

/* Behind the name of a member whose value is a list of strings: false when it is something else. */
static bool read_policies(vc__reader *reader, vc_token *token)
{
    const vc__token first = vc__reader_next(reader);
    if (first == VC__TOKEN_NULL)
        return true;
    if (first != VC__TOKEN_ARRAY || token->policy_count)
        return false;
    vc__token next;
    while ((next = vc__reader_next(reader)) == VC__TOKEN_STRING) {
        const size_t at = keep(token, reader->text);
        if (!token->policy_count++)
            token->policies = at;
    }
    return next == VC__TOKEN_ARRAY_END;
}

static bool read_text(vc__reader *reader, vc_token *token, size_t *place)
{
    const vc__token next = vc__reader_next(reader);
    if (next == VC__TOKEN_STRING)
        *place = keep(token, reader->text);
    return next == VC__TOKEN_STRING || next == VC__TOKEN_NULL;
}

static bool read_number(vc__reader *reader, uint64_t *number)
{
    return vc__reader_next(reader) == VC__TOKEN_NUMBER && vc__parse_uint(reader->text, INT64_MAX, number);
}

static bool read_flag(vc__reader *reader, bool *flag)
{
    const vc__token next = vc__reader_next(reader);
    *flag = next == VC__TOKEN_TRUE;
    return *flag || next == VC__TOKEN_FALSE;
}

static bool read_data(vc__reader *reader, void *arg)
{
    vc_token *token = arg;
    vc__token next = VC__TOKEN_ERROR;
    bool good = true;
    while (good && (next = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        const vc_view name = reader->text;
        if (vc__view_is(name, "policies"))
            good = read_policies(reader, token);
        else if (vc__view_is(name, "accessor"))
            good = read_text(reader, token, &token->accessor);
        else if (vc__view_is(name, "display_name"))
            good = read_text(reader, token, &token->display_name);
        else if (vc__view_is(name, "type"))
            good = read_text(reader, token, &token->type);
        else if (vc__view_is(name, "ttl"))
            good = read_number(reader, &token->ttl);
        else if (vc__view_is(name, "creation_ttl"))
            good = read_number(reader, &token->creation_ttl);
        else if (vc__view_is(name, "num_uses"))
            good = read_number(reader, &token->uses);
        else if (vc__view_is(name, "renewable"))
            good = read_flag(reader, &token->renewable);
        else if (vc__view_is(name, "orphan"))
            good = read_flag(reader, &token->orphan);
        else
            vc__reader_skip(reader);
    }
    return good && next == VC__TOKEN_OBJECT_END;
}

vc_token *vc__token_parse(int status, char *body, size_t len, vc_error *err)
{
    vc_token *token = vc__calloc(1, sizeof *token);
    if (!token) {
        vc__error_memory(err);
        return NULL;
    }
    token->texts.max = TEXTS_MAX;
    vc__buf_byte(&token->texts, 0);
    vc_code code = vc__reply_error(status, vc_view_of(body, len), err);
    if (!code) {
        vc__reader reader;
        vc__reply reply;
        vc__reply_read(&reply, &reader, body, len, read_data, token);
        code = vc__buf_check(&token->texts, "what the reply tells of the token", err);
        if (!code && (reply.broken || !reply.has_data || !token->policy_count))
            code = vc__reply_refuse(vc__refusal_of_status(200), &reply, status, err);
    }
    if (!code)
        return token;
    vc_token_free(token);
    return NULL;
}

void vc_token_free(vc_token *token)
{
    if (token)
        vc__buf_free(&token->texts);
    vc__free(token);
}

const char *vc_token_accessor(const vc_token *token)
{
    return token->texts.data + token->accessor;
}

const char *vc_token_display_name(const vc_token *token)
{
    return token->texts.data + token->display_name;
}

const char *vc_token_type(const vc_token *token)
{
    return token->texts.data + token->type;
}

uint64_t vc_token_ttl(const vc_token *token)
{
    return token->ttl;
}

uint64_t vc_token_creation_ttl(const vc_token *token)
{
    return token->creation_ttl;
}

uint64_t vc_token_uses(const vc_token *token)
{
    return token->uses;
}

int vc_token_is_renewable(const vc_token *token)
{
    return token->renewable;
}

int vc_token_is_orphan(const vc_token *token)
{
    return token->orphan;
}

size_t vc_token_policy_count(const vc_token *token)
{
    return token->policy_count;
}

const char *vc_token_policy(const vc_token *token, size_t i)
{
    if (i >= token->policy_count)
        return NULL;
    const char *policy = token->texts.data + token->policies;
    while (i--)
        policy += strlen(policy) + 1;
    return policy;
}
