/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/wrapping.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "json/read.h"
#include "json/string.h"

enum { BODY_MAX = 32 << 20, TEXTS_MAX = 64 << 10, TOKEN_MAX = 8192 };

struct vc_wrapping {
    vc__buf texts; /* each with a NUL behind; offset 0 is "" */
    size_t token, accessor, created, path;
    uint64_t ttl;
    bool told; /* its way and time: it is one */
};

/* --- requests --- */

static vc_code begin(vc_request *request, const char *operation, bool replay_safe, vc_error *err)
{
    vc__request_init(request, "POST", BODY_MAX, replay_safe);
    vc__buf_str(&request->path, "/v1/sys/wrapping/");
    vc__buf_str(&request->path, operation);
    return vc__buf_check(&request->path, "the request's path", err);
}

vc_code vc__wrapping_wrap(vc_request *request, vc_view json, uint64_t ttl, vc_error *err)
{
    vc_code code = begin(request, "wrap", false, err);
    if (code)
        return code;
    if (!ttl)
        return vc__error(err, VC_E_ARGUMENT, "a wrapped reply needs a time to live of a second or more");
    request->wrap_ttl = ttl;
    vc__buf_view(&request->body, json);
    code = vc__buf_check(&request->body, "what is to be wrapped", err);
    if (code)
        return code;
    /* Looked at on a copy, for reading overwrites. */
    vc__auto(vc__buf) copy = VC__BUF(BODY_MAX);
    vc__buf_view(&copy, json);
    code = vc__buf_check(&copy, "what is to be wrapped", err);
    if (code)
        return code;
    vc__reader reader;
    vc__reader_start(&reader, copy.data ? copy.data : request->path.data, copy.len);
    if (vc__reader_next(&reader) == VC__TOKEN_OBJECT && vc__reader_skip(&reader) &&
        vc__reader_next(&reader) == VC__TOKEN_END)
        return VC_OK;
    return vc__error(err, VC_E_ARGUMENT, "what is to be wrapped must be a JSON object");
}

vc_code vc__wrapping_token_check(vc_view token, vc_error *err)
{
    bool good = token.len && token.len <= TOKEN_MAX;
    for (size_t i = 0; good && i < token.len; i++)
        good = token.data[i] > 0x20 && token.data[i] < 0x7f;
    return good ? VC_OK
                : vc__error(err, VC_E_ARGUMENT,
                            "this is not a wrapping token: it is empty, longer than 8192 bytes, or not printable ASCII");
}

vc_code vc__wrapping_request(vc_request *request, const char *operation, vc_view token, vc_error *err)
{
    const bool lookup = strcmp(operation, "lookup") == 0;
    vc_code code = begin(request, operation, lookup, err);
    if (!code)
        code = vc__wrapping_token_check(token, err);
    if (code)
        return code;
    request->auth = lookup ? VC__AUTH_NONE : VC__AUTH_SESSION;
    vc__buf_str(&request->body, "{\"token\":");
    vc__string_encode(&request->body, token);
    vc__buf_byte(&request->body, '}');
    return vc__buf_check(&request->body, "the request", err);
}

vc_code vc__wrapping_unwrap(vc_request *request, const vc__secret *token, vc_error *err)
{
    const vc_code code = begin(request, "unwrap", false, err);
    request->auth = VC__AUTH_OWN;
    request->own_token = token;
    request->keep_headers = true;
    return code;
}

/* --- replies --- */

static bool keep(vc_wrapping *wrapping, vc__reader *reader, size_t *place)
{
    const vc__token token = vc__reader_next(reader);
    if (token != VC__TOKEN_STRING)
        return token == VC__TOKEN_NULL;
    *place = wrapping->texts.len;
    vc__buf_view(&wrapping->texts, reader->text);
    vc__buf_byte(&wrapping->texts, 0);
    return true;
}

/* Behind the `{` of wrap_info, or of the data of a lookup. */
static bool read_info(vc__reader *reader, vc_wrapping *wrapping)
{
    bool good = true;
    vc__token next = VC__TOKEN_ERROR;
    while (good && (next = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        const vc_view name = reader->text;
        if (vc__view_is(name, "token"))
            good = keep(wrapping, reader, &wrapping->token);
        else if (vc__view_is(name, "accessor"))
            good = keep(wrapping, reader, &wrapping->accessor);
        else if (vc__view_is(name, "creation_time"))
            good = keep(wrapping, reader, &wrapping->created);
        else if (vc__view_is(name, "creation_path"))
            good = keep(wrapping, reader, &wrapping->path);
        else if (vc__view_is(name, "ttl") || vc__view_is(name, "creation_ttl"))
            good = vc__reader_next(reader) == VC__TOKEN_NUMBER &&
                   vc__parse_uint(reader->text, INT64_MAX, &wrapping->ttl);
        else
            vc__reader_skip(reader);
    }
    wrapping->told = wrapping->path && wrapping->created;
    return good && next == VC__TOKEN_OBJECT_END;
}

/* wrap_info, unless it is null; else data. */
static bool read_reply(vc__reader *reader, vc_wrapping *wrapping)
{
    if (vc__reader_next(reader) != VC__TOKEN_OBJECT)
        return false;
    vc__token next;
    while ((next = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        const bool ours = vc__view_is(reader->text, "wrap_info") || vc__view_is(reader->text, "data");
        if (!ours || wrapping->told) {
            vc__reader_skip(reader);
            continue;
        }
        if (vc__reader_next(reader) == VC__TOKEN_OBJECT && !read_info(reader, wrapping))
            return false;
    }
    return next == VC__TOKEN_OBJECT_END && vc__reader_next(reader) == VC__TOKEN_END;
}

vc_wrapping *vc__wrapping_parse(int status, char *body, size_t len, vc_error *err)
{
    vc_wrapping *wrapping = vc__calloc(1, sizeof *wrapping);
    if (!wrapping) {
        vc__error_memory(err);
        return NULL;
    }
    wrapping->texts.max = TEXTS_MAX;
    vc__buf_byte(&wrapping->texts, 0);
    vc_code code = vc__reply_error(status, vc_view_of(body, len), err);
    if (!code) {
        vc__reader reader;
        vc__reader_start(&reader, body, len);
        const bool good = len && read_reply(&reader, wrapping);
        code = vc__buf_check(&wrapping->texts, "what the reply tells of its wrapping", err);
        if (!code && !(good && wrapping->told))
            code = vc__error(err, VC_E_PROTOCOL, "the reply is not wrapped");
    }
    if (!code)
        return wrapping;
    vc_wrapping_free(wrapping);
    return NULL;
}

vc_wrapping *vc_vault_reply_wrapping(const vc_vault_reply *reply, vc_error *err)
{
    const vc_view body = vc_vault_reply_body(reply);
    vc__auto(vc__buf) copy = VC__BUF(64 << 20);
    vc__buf_view(&copy, body);
    if (vc__buf_check(&copy, "the reply", err))
        return NULL;
    return vc__wrapping_parse(vc_vault_reply_status(reply), copy.data, copy.len, err);
}

void vc_wrapping_free(vc_wrapping *wrapping)
{
    if (wrapping)
        vc__buf_free(&wrapping->texts);
    vc__free(wrapping);
}

vc_view vc_wrapping_token(const vc_wrapping *wrapping)
{
    return vc_str(wrapping->token ? wrapping->texts.data + wrapping->token : NULL);
}

const char *vc_wrapping_accessor(const vc_wrapping *wrapping)
{
    return wrapping->texts.data + wrapping->accessor;
}

uint64_t vc_wrapping_ttl(const vc_wrapping *wrapping)
{
    return wrapping->ttl;
}

const char *vc_wrapping_created(const vc_wrapping *wrapping)
{
    return wrapping->texts.data + wrapping->created;
}

const char *vc_wrapping_path(const vc_wrapping *wrapping)
{
    return wrapping->texts.data + wrapping->path;
}
