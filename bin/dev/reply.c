/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include "base/text.h"
#include "clock.h"
#include "mount.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_MAX = 4096, PREFIX_MAX = 256 };

static void begin(dev_request *request, int status)
{
    dev_reply *reply = &request->reply;
    vc__buf_clear(&reply->body);
    vc__buf_clear(&reply->auth);
    reply->enveloped = reply->repeated = false;
    reply->status = status;
}

/* The members in front of `data`. */
static void envelope(const dev_request *request, vc__buf *out)
{
    char id[DEV_ID];
    dev_uuid(request->connection->random, id);
    vc__buf_str(out, "\"request_id\":\"");
    vc__buf_str(out, id);
    vc__buf_str(out, "\",\"lease_id\":\"\",\"renewable\":false,\"lease_duration\":0");
}

vc__buf *dev_reply_data(dev_request *request)
{
    vc__buf *body = &request->reply.body;
    begin(request, 200);
    vc__buf_byte(body, '{');
    envelope(request, body);
    vc__buf_str(body, ",\"data\":");
    request->reply.data_at = body->len;
    request->reply.enveloped = true;
    return body;
}

vc__buf *dev_reply_repeated(dev_request *request)
{
    vc__buf *body = dev_reply_data(request);
    request->reply.repeated = true;
    return body;
}

vc__buf *dev_reply_auth(dev_request *request)
{
    vc__buf_str(dev_reply_data(request), "null");
    return &request->reply.auth;
}

void dev_reply_keys(dev_request *request, const dev_names *names)
{
    if (names->count == 0) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "keys");
    dev_names_list(names, out);
    out_close(out, '}');
}

void dev_reply_empty(dev_request *request)
{
    begin(request, 204);
}

vc__buf *dev_reply_bare(dev_request *request, int status)
{
    begin(request, status);
    return &request->reply.body;
}

static void error_text(dev_request *request, int status, const char *before, const char *text,
                       const char *after)
{
    char whole[TEXT_MAX + 64];
    begin(request, status);
    snprintf(whole, sizeof whole, "%s%s%s", before, text, after);
    vc__buf *body = &request->reply.body;
    vc__buf_str(body, "{\"errors\":[");
    out_string(body, vc_str(whole));
    vc__buf_str(body, "]}\n");
}

void dev_reply_error(dev_request *request, int status, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    error_text(request, status, "", text, "");
}

void dev_reply_wrapped(dev_request *request, int status, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    error_text(request, status, "1 error occurred:\n\t* ", text, "\n\n");
}

void dev_reply_missing(dev_request *request)
{
    dev_reply_none(request, 404);
}

void dev_reply_none(dev_request *request, int status)
{
    begin(request, status);
    vc__buf_str(&request->reply.body, "{\"errors\":[]}\n");
}

void dev_reply_not_json(dev_request *request)
{
    static const char firsts[] = "[\"tf-0123456789";
    static const char *const types[] = { "array", "string", "bool", "bool", "number" };
    if (!request->server->flavour->openbao) {
        dev_reply_error(request, 400, "error parsing JSON");
        return;
    }
    const vc__buf *body = &request->body;
    const char *first = body->len && body->data[0] ? strchr(firsts, body->data[0]) : NULL;
    dev_verdict verdict;
    dev_limits_check(request->server->flavour, vc__buf_get(body), &verdict);
    size_t at = verdict.end;
    while (at < body->len && body->data[at] && strchr(" \t\r\n", body->data[at]))
        at++;
    if (first)
        dev_reply_error(request, 400,
                        "failed to decode JSON input: json: cannot unmarshal %s into Go value of type "
                        "map[string]interface {}",
                        types[first - firsts < 4 ? first - firsts : 4]);
    else if (at < body->len && (at || !strchr("{tfn", body->data[at])) && (body->data[at] & 0x80) == 0)
        dev_reply_error(request, 400,
                        "failed to decode JSON input: invalid character '%c' looking for beginning of value",
                        body->data[at]);
    else
        dev_reply_error(request, 400, "failed to decode JSON input: unexpected EOF");
}

void dev_reply_denied(dev_request *request)
{
    dev_reply_wrapped(request, 403, "permission denied");
}

void dev_reply_warning(dev_request *request, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    out_string(&request->reply.warnings, vc_str(text));
}

/* {"a":1,...,"data":{"a":1,...}}: the members of `data` once more, in front. */
static void repeat(dev_request *request)
{
    dev_reply *reply = &request->reply;
    vc__auto(vc__buf) whole = VC__BUF(DEV_REPLY_MAX);
    const vc_view data = vc_view_of(reply->body.data + reply->data_at, reply->body.len - reply->data_at);
    if (data.len < 3 || data.data[0] != '{') /* nothing in it */
        return;
    vc__buf_append(&whole, data.data, data.len - 1);
    vc__buf_byte(&whole, ',');
    vc__buf_append(&whole, reply->body.data + 1, reply->body.len - 1);
    if (whole.failed)
        return;
    const vc__buf old = reply->body;
    reply->body = whole;
    whole = old;
}

void dev_reply_header(dev_request *request, const char *name, const char *format, ...)
{
    dev_reply *reply = &request->reply;
    if (reply->header_count == DEV_HEADERS)
        return;
    dev_reply_header_line *line = &reply->headers[reply->header_count++];
    va_list list;
    va_start(list, format);
    vsnprintf(line->value, sizeof line->value, format, list);
    va_end(list);
    line->name = name;
}

void dev_reply_finish(dev_request *request)
{
    dev_reply *reply = &request->reply;
    vc__buf *body = &reply->body;
    if (reply->enveloped && body->failed == VC_OK) {
        if (reply->repeated)
            repeat(request);
        vc__buf_str(body, ",\"wrap_info\":null,\"warnings\":");
        if (reply->warnings.len) {
            vc__buf_byte(body, '[');
            vc__buf_view(body, vc__buf_get(&reply->warnings));
            vc__buf_byte(body, ']');
        } else {
            vc__buf_str(body, "null");
        }
        vc__buf_str(body, ",\"auth\":");
        vc__buf_view(body, reply->auth.len ? vc__buf_get(&reply->auth) : vc_str("null"));
        if (request->server->flavour->mount_type)
            vc__buf_printf(body, ",\"mount_type\":\"%s\"",
                           request->mount ? dev_mount_type(request->mount)
                           : vc__view_starts(vc__buf_get(&request->path), "sys/") ? "system"
                                                                                  : "token");
        vc__buf_str(body, "}\n");
    }
    reply->enveloped = false;
    if (body->failed || reply->auth.failed || reply->warnings.failed)
        dev_reply_error(request, 500, "the answer is too large for this emulator, or there is no memory");
}

void dev_reply_free(dev_request *request)
{
    vc__buf_free(&request->reply.body);
    vc__buf_free(&request->reply.warnings);
    vc__buf_free(&request->reply.auth);
}
