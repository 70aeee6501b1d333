/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sidecar.h"

#include "base/secretbuf.h"
#include "base/text.h"
#include "io/file.h"
#include "json/read.h"
#include "json/string.h"

enum { REPLY_MAX = 64 << 10, TOKEN_MAX = 64 << 10, URL_MAX = 8192 };

vc_code vc__sidecar_exchange(const vc__sidecar *sidecar, const char *path, vc_view body, vc__buf *reply, int *status, vc_error *err)
{
    vc__auto(vc__buf) url = VC__BUF(URL_MAX);
    vc_view base = vc_str(sidecar->url);
    while (base.len && base.data[base.len - 1] == '/')
        base.len--;
    vc__buf_view(&url, base);
    vc__buf_str(&url, path);
    if (url.failed)
        return vc__buf_check(&url, "the sidecar's URL", err);
    const vc__web_call call = { sidecar->config, url.data, body, sidecar->cancel };
    return vc__web_exchange(&call, reply, status, err);
}

/* -- whether it is ready ----------------------------------------------------------------------------------- */

/* The text of "message". */
static bool says_ok(vc__buf *reply)
{
    vc__reader reader;
    bool ok = false;
    vc__reader_start(&reader, reply->data, reply->len);
    if (vc__reader_next(&reader) != VC__TOKEN_OBJECT)
        return false;
    while (vc__reader_next(&reader) == VC__TOKEN_NAME)
        if (vc__view_is(reader.text, "message") && vc__reader_next(&reader) == VC__TOKEN_STRING)
            ok = vc__view_is(reader.text, "Status OK");
        else
            vc__reader_skip(&reader);
    return ok;
}

vc_code vc__sidecar_ready(const vc__sidecar *sidecar, vc_error *err)
{
    vc__auto(vc__buf) reply = VC__BUF(REPLY_MAX);
    int status = 0;
    const vc_code code = vc__sidecar_exchange(sidecar, "/status", vc_str(NULL), &reply, &status, err);
    if (code || status == 404)
        return code;
    if (status == 200 && reply.len && says_ok(&reply))
        return VC_OK;
    if (status == 200)
        vc__error(err, VC_E_BUSY, "the sidecar at %.200s is not ready: it says that its status is not OK", sidecar->url);
    else
        vc__error(err, VC_E_SERVER, "the sidecar at %.200s does not tell its status", sidecar->url);
    return vc__error_http(err, status, vc_str(NULL), 1);
}

/* -- release ----------------------------------------------------------------------------------------------- */

void vc__sidecar_put(vc__buf *body, const char *name, vc_view value)
{
    vc__buf_printf(body, "%s\"%s\":", body->len > 1 ? "," : "", name);
    vc__string_encode(body, value);
}

/* Without the line end that an editor left. */
static vc_code put_token(vc__buf *body, const char *file, const atomic_bool *cancel, vc_error *err)
{
    vc__auto(vc__buf) token = VC__BUF(TOKEN_MAX);
    const vc_code code = vc__file_read_until(file, "the access token for the key store", cancel, NULL, &token, err);
    if (code)
        return code;
    vc_view text = vc__buf_get(&token);
    while (text.len && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r' || text.data[text.len - 1] == ' '))
        text.len--;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return vc__error(err, VC_E_CONFIG, "%.300s: the access token is not printable text", file);
    if (!text.len)
        return vc__error(err, VC_E_CONFIG, "%.300s: the access token is empty", file);
    vc__sidecar_put(body, "access_token", text);
    return VC_OK;
}

static vc_code make_body(const vc__sidecar *sidecar, const char *kid, vc__buf *body, vc_error *err)
{
    vc_code code = VC_OK;
    vc__buf_byte(body, '{');
    vc__sidecar_put(body, "maa_endpoint", vc_str(sidecar->maa));
    vc__sidecar_put(body, "akv_endpoint", vc_str(sidecar->akv));
    vc__sidecar_put(body, "kid", vc_str(kid));
    if (sidecar->token_file)
        code = put_token(body, sidecar->token_file, sidecar->cancel, err);
    vc__buf_byte(body, '}');
    return code ? code : vc__buf_check(body, "the request for a key", err);
}

vc_code vc__sidecar_release(const vc__sidecar *sidecar, const char *kid, vc__jwk *out, vc_error *err)
{
    vc__auto(vc__buf) body = VC__BUF(2 * TOKEN_MAX);
    vc__auto(vc__secretbuf) reply = { { 0 }, VC__BUF(0) };
    int status = 0;
    vc_code code = make_body(sidecar, kid, &body, err);
    if (!code)
        code = vc__secretbuf_map(&reply, REPLY_MAX, err);
    if (!code)
        code = vc__sidecar_exchange(sidecar, "/key/release", vc__buf_get(&body), &reply.buf, &status, err);
    if (code)
        return code;
    if (status != 200)
        return vc__sidecar_refusal(kid, status, vc__buf_get(&reply.buf), err);
    code = vc__jwk_released(out, vc__buf_get(&reply.buf), err);
    if (code && code != VC_E_MEMORY)
        vc__error_prefix(err, "what was released as key %.100s is of no use: ", kid);
    return code;
}
