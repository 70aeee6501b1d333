/* SPDX-License-Identifier: Apache-2.0 */
/* What Vault grants: the `auth` block of log-ins and renewals, and the terms that a lookup tells. */
#include "base/error.h"
#include "base/text.h"
#include "vault/login.h"
#include "vault/reply.h"

enum { POLICIES_MAX = 1 << 20 };

/* What is read before it is known whether all of it is sound. Views point into the body. */
typedef struct block {
    vc__grant *grant;
    vc_view token;
    unsigned seen; /* members, each at most once */
    bool found;    /* there was a block */
    bool mfa;      /* a second factor is asked for */
} block;

void vc__grant_cleanup(vc__grant *grant)
{
    vc__secret_free(grant->token);
    vc__buf_free(&grant->policies);
    *grant = (vc__grant){ .policies = VC__BUF(POLICIES_MAX) };
}

bool vc__token_is_sane(vc_view token)
{
    for (size_t i = 0; i < token.len; i++)
        if (token.data[i] <= ' ' || token.data[i] > '~')
            return false;
    return token.len && token.len <= VC__TOKEN_MAX;
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

static bool read_string(vc__reader *reader, vc_view *text)
{
    const vc__token next = vc__reader_next(reader);
    *text = next == VC__TOKEN_STRING ? reader->text : vc_str("");
    return next == VC__TOKEN_STRING || next == VC__TOKEN_NULL;
}

static bool read_accessor(vc__reader *reader, vc__grant *grant)
{
    vc_view text;
    if (!read_string(reader, &text) || memchr(text.data, 0, text.len))
        return false;
    const size_t len = text.len < VC__ACCESSOR_ROOM ? text.len : VC__ACCESSOR_ROOM - 1;
    memcpy(grant->accessor, text.data, len);
    grant->accessor[len] = 0;
    return true;
}

static bool read_policies(vc__reader *reader, vc__grant *grant)
{
    vc__token next = vc__reader_next(reader);
    if (next == VC__TOKEN_NULL)
        return true;
    if (next != VC__TOKEN_ARRAY)
        return false;
    while ((next = vc__reader_next(reader)) == VC__TOKEN_STRING) {
        vc__buf_view(&grant->policies, reader->text);
        vc__buf_byte(&grant->policies, 0);
        grant->policy_count++;
    }
    return next == VC__TOKEN_ARRAY_END;
}

static bool read_type(vc__reader *reader, vc__grant *grant)
{
    vc_view type;
    if (!read_string(reader, &type))
        return false;
    grant->batch = vc__view_is(type, "batch");
    return true;
}

/* Index of the name; -1 for others. */
static int index_of(vc_view name, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (vc__view_is(name, names[i]))
            return i;
    return -1;
}

static bool read_member(vc__reader *reader, block *b)
{
    enum { TOKEN, ACCESSOR, POLICIES, LEASE, RENEWABLE, TYPE, USES, MFA };
    static const char *const names[] = { "client_token", "accessor",   "policies", "lease_duration",  "renewable",
                                         "token_type",   "num_uses", "mfa_requirement", NULL };
    const int which = index_of(reader->text, names);
    if (which < 0)
        return vc__reader_skip(reader);
    if (b->seen & 1u << which)
        return false;
    b->seen |= 1u << which;
    switch (which) {
    case TOKEN:
        return read_string(reader, &b->token);
    case ACCESSOR:
        return read_accessor(reader, b->grant);
    case POLICIES:
        return read_policies(reader, b->grant);
    case LEASE:
        return read_number(reader, &b->grant->terms.ttl_s);
    case RENEWABLE:
        return read_flag(reader, &b->grant->terms.renewable);
    case TYPE:
        return read_type(reader, b->grant);
    case USES:
        return read_number(reader, &b->grant->terms.uses);
    default:
        b->mfa = vc__reader_next(reader) == VC__TOKEN_OBJECT;
        return vc__reader_skip(reader);
    }
}

static bool read_block(vc__reader *reader, block *b)
{
    const vc__token first = vc__reader_next(reader);
    if (first == VC__TOKEN_NULL)
        return true;
    if (first != VC__TOKEN_OBJECT || b->found)
        return false;
    b->found = true;
    vc__token next;
    while ((next = vc__reader_next(reader)) == VC__TOKEN_NAME)
        if (!read_member(reader, b))
            return false;
    return next == VC__TOKEN_OBJECT_END;
}

static bool contains(vc_view text, const char *part)
{
    const size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.data + i, part, len) == 0)
            return true;
    return false;
}

static bool read_warnings(vc__reader *reader, vc__grant *grant)
{
    vc__token next = vc__reader_next(reader);
    if (next != VC__TOKEN_ARRAY)
        return next == VC__TOKEN_NULL;
    while ((next = vc__reader_next(reader)) == VC__TOKEN_STRING) {
        grant->warnings++;
        grant->terms.capped = grant->terms.capped || contains(reader->text, "exceeded the effective max_ttl");
    }
    return next == VC__TOKEN_ARRAY_END;
}

static bool read_envelope(vc__reader *reader, block *b)
{
    if (vc__reader_next(reader) != VC__TOKEN_OBJECT)
        return false;
    vc__token next;
    while ((next = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        const bool good = vc__view_is(reader->text, "auth")       ? read_block(reader, b)
                          : vc__view_is(reader->text, "warnings") ? read_warnings(reader, b->grant)
                                                                  : vc__reader_skip(reader);
        if (!good)
            return false;
    }
    return next == VC__TOKEN_OBJECT_END && vc__reader_next(reader) == VC__TOKEN_END;
}

static vc_code refused(int status, vc_view body, const char *what, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc_code code = vc__reply_error(status, body, &why);
    vc_error said = why;
    if (status == 400 || status == 401 || status == 403)
        code = VC_E_DENIED;
    if (status == 403)
        vc__error(&said, code,
                  "%s was denied: is the method enabled at this mount (in this namespace), and does its role allow this client?",
                  what);
    else
        vc__error(&said, code, "%s failed: %s", what, why.message);
    vc__error_http(&said, status, vc_str(why.request_id), why.retryable);
    return vc__error_copy(err, &said);
}

static vc_code take(block *b, int status, const char *what, vc_error *err)
{
    if (b->mfa)
        vc__error(err, VC_E_UNSUPPORTED, "%s asks for a second factor (MFA), which a program does not have", what);
    else if (!b->found || !vc__token_is_sane(b->token))
        vc__error(err, VC_E_PROTOCOL, "%s: the reply holds no token: is this Vault, and is this a log-in?", what);
    else if (b->grant->policies.failed)
        return vc__buf_check(&b->grant->policies, "what the reply tells of policies", err);
    else if ((b->grant->token = vc__secret_new(b->token, VC__LOCK_TRY, err)))
        return VC_OK;
    else
        return VC_E_MEMORY;
    vc__error_http(err, status, vc_str(NULL), 0);
    return b->mfa ? VC_E_UNSUPPORTED : VC_E_PROTOCOL;
}

bool vc__renewal_is_over(int status, vc_view body)
{
    return status == 500 && contains(body, "past the max TTL");
}

bool vc__token_is_invalid(int status, vc_view body)
{
    return status == 403 && contains(body, "invalid token");
}

vc_code vc__grant_read(vc__grant *grant, int status, char *body, size_t len, const char *what, vc_error *err)
{
    *grant = (vc__grant){ .policies = VC__BUF(POLICIES_MAX) };
    if (status < 200 || status > 299)
        return refused(status, vc_view_of(body, len), what, err);
    vc__reader reader;
    block b = { .grant = grant };
    if (len)
        vc__reader_start(&reader, body, len);
    if (!len || !read_envelope(&reader, &b))
        b.found = b.mfa = false;
    const vc_code code = take(&b, status, what, err);
    if (code)
        vc__grant_cleanup(grant);
    return code;
}

/* -- auth/token/lookup-self --------------------------------------------------------------------------------------- */

static bool read_terms(vc__reader *reader, void *arg)
{
    vc__lease_terms *terms = arg;
    vc__token next = VC__TOKEN_ERROR;
    bool good = true;
    while (good && (next = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        if (vc__view_is(reader->text, "ttl"))
            good = read_number(reader, &terms->ttl_s);
        else if (vc__view_is(reader->text, "num_uses"))
            good = read_number(reader, &terms->uses);
        else if (vc__view_is(reader->text, "renewable"))
            good = read_flag(reader, &terms->renewable);
        else
            good = vc__reader_skip(reader);
    }
    return good && next == VC__TOKEN_OBJECT_END;
}

vc_code vc__terms_read(vc__lease_terms *terms, int status, char *body, size_t len, vc_error *err)
{
    vc__lease_terms read = { 0, 0, false, false };
    const vc_code code = vc__reply_error(status, vc_view_of(body, len), err);
    if (code)
        return code;
    vc__reader reader;
    vc__reply reply;
    vc__reply_read(&reply, &reader, body, len, read_terms, &read);
    if (reply.broken || !reply.has_data)
        return vc__reply_refuse(vc__refusal_of_status(200), &reply, status, err);
    *terms = read;
    return VC_OK;
}
