/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/attest_reply.h"

#include "base/base64url.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "json/read.h"

#include <string.h>

/* The string `name` of an object, which is there once, and the object alone: of a failed attestation two values are answered. */
static vc_code find(char *reply, size_t len, const char *name, vc_view *text, vc_error *err)
{
    vc__reader reader;
    *text = vc_view_of(NULL, 0);
    vc__reader_start(&reader, reply, len);
    if (vc__reader_next(&reader) != VC__TOKEN_OBJECT)
        return vc__error(err, VC_E_PROTOCOL, "the sidecar's answer is not a JSON object");
    while (vc__reader_next(&reader) == VC__TOKEN_NAME) {
        if (!vc__view_is(reader.text, name)) {
            vc__reader_skip(&reader);
            continue;
        }
        if (text->data || vc__reader_next(&reader) != VC__TOKEN_STRING)
            return vc__error(err, VC_E_PROTOCOL, "\"%s\" of the sidecar's answer must be one string", name);
        *text = reader.text;
    }
    if (reader.token != VC__TOKEN_OBJECT_END || vc__reader_next(&reader) != VC__TOKEN_END)
        return vc__error(err, VC_E_PROTOCOL, "the sidecar's answer is not JSON, or cut short");
    return text->data && text->len ? VC_OK : vc__error(err, VC_E_PROTOCOL, "the sidecar's answer has no \"%s\"", name);
}

/* -- tokens ------------------------------------------------------------------------------------------------ */

/* One JSON object and nothing else; `text` is overwritten. */
static bool is_object(char *text, size_t len)
{
    vc__reader reader;
    vc__reader_start(&reader, text, len);
    return vc__reader_next(&reader) == VC__TOKEN_OBJECT && vc__reader_skip(&reader) && vc__reader_next(&reader) == VC__TOKEN_END;
}

/* A part of a JWT that is to be a JSON object; `out`, which is empty, gets it as it stands. */
static vc_code take_object(vc_view part, vc__buf *out, vc_error *err)
{
    vc__auto(vc__buf) copy = VC__BUF(VC__ATTEST_REPLY_MAX);
    vc_code code = vc__base64url_decode(out, part);
    if (!code) {
        vc__buf_view(&copy, vc__buf_get(out));
        code = copy.failed;
    }
    if (!code && (!copy.len || !is_object(copy.data, copy.len)))
        code = VC_E_PROTOCOL;
    if (code == VC_E_PROTOCOL)
        return vc__error(err, code, "the token is not a JWT: its parts are not JSON objects in base64url");
    return code ? vc__buf_check(out->failed ? out : &copy, "a token", err) : VC_OK;
}

/* The parts between its two dots. */
static bool split(vc_view token, vc_view part[3])
{
    for (size_t i = 0; i < 3; i++) {
        const char *dot = token.len ? memchr(token.data, '.', token.len) : NULL;
        const size_t len = dot ? (size_t)(dot - token.data) : token.len;
        if ((i < 2) != (dot != NULL) || !len)
            return false;
        part[i] = vc_view_of(token.data, len);
        token = dot ? vc_view_of(dot + 1, token.len - len - 1) : vc_view_of(NULL, 0);
    }
    return true;
}

static vc_code claims_of(vc_view token, vc__buf *claims, vc_error *err)
{
    vc_view part[3];
    vc__auto(vc__buf) header = VC__BUF(VC__ATTEST_REPLY_MAX), signature = VC__BUF(VC__ATTEST_REPLY_MAX);
    if (token.len > VC__ATTEST_REPLY_MAX)
        return vc__error(err, VC_E_LIMIT, "a token of %zu bytes: the most is %d", token.len, VC__ATTEST_REPLY_MAX);
    if (!split(token, part))
        return vc__error(err, VC_E_PROTOCOL, "the token is not a JWT: it has not three parts");
    vc_code code = take_object(part[0], &header, err);
    if (!code)
        code = take_object(part[1], claims, err);
    if (!code && vc__base64url_decode(&signature, part[2]))
        code = signature.failed ? vc__buf_check(&signature, "a token", err) : vc__error(err, VC_E_PROTOCOL, "the token's signature is not base64url");
    return code;
}

vc_code vc_attest_claims(vc_view token, vc_bytes *claims, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(VC__ATTEST_REPLY_MAX);
    if (!claims || (token.len && !token.data))
        return vc__error(err, VC_E_ARGUMENT, "a token, and a place for its claims, are needed");
    const vc_code code = claims_of(token, &text, err);
    if (!code)
        *claims = vc__buf_take(&text);
    return code;
}

vc_code vc__attest_token(char *reply, size_t len, vc__buf *out, vc_error *err)
{
    vc_view token;
    vc__auto(vc__buf) claims = VC__BUF(VC__ATTEST_REPLY_MAX);
    vc_code code = find(reply, len, "token", &token, err);
    if (!code)
        code = claims_of(token, &claims, err);
    if (code)
        return code;
    vc__buf_view(out, token);
    return vc__buf_check(out, "a token", err);
}

/* -- reports ----------------------------------------------------------------------------------------------- */

vc_code vc__attest_report(char *reply, size_t len, vc__buf *out, vc_error *err)
{
    vc_view digits;
    const vc_code code = find(reply, len, "report", &digits, err);
    if (code)
        return code;
    if (vc__buf_reserve(out, digits.len / 2 + 1))
        return vc__buf_check(out, "a report", err);
    if (digits.len % 2 || !vc__hex_decode((unsigned char *)out->data + out->len, digits))
        return vc__error(err, VC_E_PROTOCOL, "\"report\" of the sidecar's answer is not in hexadecimal digits");
    out->len += digits.len / 2;
    out->data[out->len] = 0;
    return VC_OK;
}
