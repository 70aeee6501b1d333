/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/token.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/reply.h"

/* Finding a policy takes as many steps as stand before it. */
enum { TEXTS_MAX = 1 << 20, POLICIES_MAX = 4096 };

struct vc_token {
    vc__buf texts; /* every text, each with a NUL behind; the places below are offsets in it, 0 is "" */
    size_t accessor, display_name, type;
    size_t policies, policy_count; /* the first; the others follow */
    uint64_t ttl, creation_ttl, uses;
    bool renewable, orphan;
    vc_view secret; /* the token itself, in the body that is being read; gone after that */
};

/*
 * A text of the reply kept, with its NUL. Offset 0 is taken by the empty one. What stands behind a NUL within is cut
 * off: it would be taken for the next text.
 */
static size_t keep(vc_token *token, vc_view text)
{
    const size_t at = token->texts.len;
    const char *end = text.len ? memchr(text.data, 0, text.len) : NULL;
    vc__buf_view(&token->texts, end ? vc_view_of(text.data, (size_t)(end - text.data)) : text);
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
        if (token->policy_count == POLICIES_MAX)
            return false;
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

static bool read_secret(vc__reader *reader, vc_token *token)
{
    const vc__token next = vc__reader_next(reader);
    if (next == VC__TOKEN_STRING)
        token->secret = reader->text;
    return next == VC__TOKEN_STRING || next == VC__TOKEN_NULL;
}

/* A lookup's names, and those of an `auth` block: they do not clash. */
static bool read_member(vc__reader *reader, vc_token *token)
{
    const vc_view name = reader->text;
    if (vc__view_is(name, "policies"))
        return read_policies(reader, token);
    if (vc__view_is(name, "accessor"))
        return read_text(reader, token, &token->accessor);
    if (vc__view_is(name, "display_name"))
        return read_text(reader, token, &token->display_name);
    if (vc__view_is(name, "type") || vc__view_is(name, "token_type"))
        return read_text(reader, token, &token->type);
    if (vc__view_is(name, "ttl") || vc__view_is(name, "lease_duration"))
        return read_number(reader, &token->ttl);
    if (vc__view_is(name, "creation_ttl"))
        return read_number(reader, &token->creation_ttl);
    if (vc__view_is(name, "num_uses"))
        return read_number(reader, &token->uses);
    if (vc__view_is(name, "renewable"))
        return read_flag(reader, &token->renewable);
    if (vc__view_is(name, "orphan"))
        return read_flag(reader, &token->orphan);
    if (vc__view_is(name, "client_token"))
        return read_secret(reader, token);
    vc__reader_skip(reader);
    return true;
}

static bool read_members(vc__reader *reader, void *arg)
{
    vc__token next = VC__TOKEN_ERROR;
    bool good = true;
    while (good && (next = vc__reader_next(reader)) == VC__TOKEN_NAME)
        good = read_member(reader, arg);
    return good && next == VC__TOKEN_OBJECT_END;
}

static vc_token *new_token(vc_error *err)
{
    vc_token *token = vc__calloc(1, sizeof *token);
    if (!token) {
        vc__error_memory(err);
        return NULL;
    }
    token->texts.max = TEXTS_MAX;
    vc__buf_byte(&token->texts, 0);
    return token;
}

vc_token *vc__token_parse(int status, char *body, size_t len, vc_error *err)
{
    vc_token *token = new_token(err);
    if (!token)
        return NULL;
    vc_code code = vc__reply_error(status, vc_view_of(body, len), err);
    if (!code) {
        vc__reader reader;
        vc__reply reply;
        vc__reply_read(&reply, &reader, body, len, read_members, token);
        code = vc__buf_check(&token->texts, "what the reply tells of the token", err);
        if (!code && (reply.broken || !reply.has_data || !token->policy_count))
            code = vc__reply_refuse(vc__refusal_of_status(200), &reply, status, err);
    }
    token->secret = vc_str(NULL);
    if (!code)
        return token;
    vc_token_free(token);
    return NULL;
}

/* The member `auth` of a reply. */
static bool read_auth(vc__reader *reader, vc_token *token)
{
    bool found = false;
    vc__token next;
    if (vc__reader_next(reader) != VC__TOKEN_OBJECT)
        return false;
    while ((next = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        if (found || !vc__view_is(reader->text, "auth"))
            vc__reader_skip(reader);
        else if (vc__reader_next(reader) == VC__TOKEN_OBJECT && !(found = read_members(reader, token)))
            return false;
    }
    return found && next == VC__TOKEN_OBJECT_END && vc__reader_next(reader) == VC__TOKEN_END;
}

vc_token *vc__token_parse_auth(int status, char *body, size_t len, vc_bytes *secret, vc_error *err)
{
    vc_token *token = new_token(err);
    if (!token)
        return NULL;
    vc_code code = vc__reply_error(status, vc_view_of(body, len), err);
    if (!code) {
        vc__reader reader;
        vc__reader_start(&reader, body, len);
        const bool good = len && read_auth(&reader, token) && token->secret.len;
        code = vc__buf_check(&token->texts, "what the reply tells of the token", err);
        if (!code && !good)
            code = vc__error(err, VC_E_PROTOCOL, "the reply does not tell of a token");
    }
    token->creation_ttl = token->ttl;
    if (!code && secret) {
        const vc_bytes copy = { vc__memdup(token->secret.data, token->secret.len), token->secret.len };
        code = copy.data ? VC_OK : vc__error_memory(err);
        if (copy.data)
            *secret = copy;
    }
    token->secret = vc_str(NULL);
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
