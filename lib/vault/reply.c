/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/reply.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "vault/request.h"

enum { SEEN_ID = 1, SEEN_ERRORS = 2, SEEN_DATA = 4, ERROR_BODY_MAX = 4096 };

/* Behind the name: an array of strings. Other types are let pass: what counts is what we know. */
static void read_errors(vc__reply *reply, vc__reader *reader)
{
    if (vc__reader_next(reader) != VC__TOKEN_ARRAY) {
        vc__reader_skip(reader);
        return;
    }
    reply->has_errors = true;
    for (vc__token token; (token = vc__reader_next(reader)) != VC__TOKEN_ARRAY_END;) {
        if (token == VC__TOKEN_ERROR)
            return;
        reply->error_count++;
        if (token == VC__TOKEN_STRING && !reply->refusal)
            reply->refusal = vc__refusal_find(reader->text);
        vc__reader_skip(reader);
    }
}

static bool read_data(vc__reply *reply, vc__reader *reader, vc__data_fn data, void *arg)
{
    if (vc__reader_next(reader) != VC__TOKEN_OBJECT)
        return vc__reader_skip(reader); /* null: there is none */
    reply->has_data = true;
    return data ? data(reader, arg) : vc__reader_skip(reader);
}

static bool once(unsigned *seen, unsigned which)
{
    const bool first = !(*seen & which);
    *seen |= which;
    return first;
}

static bool read_envelope(vc__reply *reply, vc__reader *reader, vc__data_fn data, void *arg)
{
    unsigned seen = 0;
    if (vc__reader_next(reader) != VC__TOKEN_OBJECT)
        return false;
    vc__token token;
    while ((token = vc__reader_next(reader)) == VC__TOKEN_NAME) {
        if (vc__view_is(reader->text, "data")) {
            if (!once(&seen, SEEN_DATA) || !read_data(reply, reader, data, arg))
                return false;
        } else if (vc__view_is(reader->text, "errors")) {
            if (!once(&seen, SEEN_ERRORS))
                return false;
            read_errors(reply, reader);
        } else if (vc__view_is(reader->text, "request_id")) {
            if (!once(&seen, SEEN_ID))
                return false;
            if (vc__reader_next(reader) == VC__TOKEN_STRING)
                reply->request_id = reader->text;
            vc__reader_skip(reader);
        } else {
            vc__reader_skip(reader);
        }
    }
    return token == VC__TOKEN_OBJECT_END && vc__reader_next(reader) == VC__TOKEN_END;
}

void vc__reply_read(vc__reply *reply, vc__reader *reader, char *body, size_t len, vc__data_fn data, void *arg)
{
    *reply = (vc__reply){ .request_id = { "", 0 }, .broken = true };
    if (!len) {
        *reader = (vc__reader){ .text = { "", 0 } };
        return;
    }
    vc__reader_start(reader, body, len);
    reply->broken = !read_envelope(reply, reader, data, arg);
}

const vc__refusal *vc__reply_refusal(const vc__reply *reply, int status)
{
    const vc__refusal *by_status = vc__refusal_of_status(status);
    if (!reply->refusal ||
        (status != 400 && status != 404 && status != 405 && status != 500 && status != 503))
        return status == 400 && !reply->has_errors ? vc__refusal_of_status(200) : by_status;
    /* A text about a value with the status of a whole server failing: believe the status. */
    return status == 503 && reply->refusal->verdict != VC__VERDICT_RETRY ? by_status : reply->refusal;
}

vc_code vc__reply_refuse(const vc__refusal *refusal, const vc__reply *reply, int status, vc_error *err)
{
    vc__error(err, refusal->code, "%s", refusal->says);
    vc__error_http(err, status, reply->request_id, refusal->verdict == VC__VERDICT_RETRY);
    return refusal->code;
}

bool vc__reply_passes(int status, vc_view body)
{
    if (vc__refusal_of_status(status)->verdict != VC__VERDICT_RETRY)
        return false;
    return status != 500 || !vc__refusal_is_final(body);
}

vc_code vc__reply_error(int status, vc_view body, vc_error *err)
{
    if (status >= 200 && status <= 299)
        return VC_OK;
    /* Read on a copy: bodies with errors are short, and what lies behind their first part is not needed. */
    char copy[ERROR_BODY_MAX];
    const size_t len = body.len < sizeof copy ? body.len : sizeof copy;
    if (len)
        memcpy(copy, body.data, len);
    vc__reader reader;
    vc__reply reply;
    vc__reply_read(&reply, &reader, copy, len, NULL, NULL);
    const vc_code code = vc__reply_refuse(vc__reply_refusal(&reply, status), &reply, status, err);
    vc__wipe(copy, len);
    if (code != VC_E_REFUSED)
        return code;
    /* Here it is no value that was refused. */
    if (err)
        err->code = VC_E_REQUEST;
    return VC_E_REQUEST;
}
