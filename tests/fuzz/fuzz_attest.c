/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sidecar answers to /attest. The first byte picks the reader: t the answer with a token, r that with a report, c a token alone. A token that
 * is read has claims, which are JSON; what is not read leaves nothing, and a message that may be shown.
 */
#include "fuzz.h"

#include "base/text.h"
#include "json/read.h"
#include "keys/attest_reply.h"

static void check_error(const vc_error *err, const vc__buf *out)
{
    HOLDS(err->code == VC_E_PROTOCOL || err->code == VC_E_LIMIT || err->code == VC_E_MEMORY);
    HOLDS(out->len == 0);
    for (const char *at = err->message; *at; at++)
        HOLDS(*at >= 0x20 && *at <= '~');
}

static void check_claims(vc_view token)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes claims = VC_BYTES_INIT;
    vc__auto(vc__buf) none = VC__BUF(1);
    if (vc_attest_claims(token, &claims, &err)) {
        check_error(&err, &none);
        HOLDS(!claims.data);
        return;
    }
    vc__reader reader;
    vc__reader_start(&reader, claims.data, claims.len);
    HOLDS(vc__reader_next(&reader) == VC__TOKEN_OBJECT && vc__reader_skip(&reader) && vc__reader_next(&reader) == VC__TOKEN_END);
    vc_bytes_free(&claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) out = VC__BUF(VC__ATTEST_REPLY_MAX), reply = VC__BUF(VC__ATTEST_REPLY_MAX);
    if (!size || size > VC__ATTEST_REPLY_MAX)
        return 0;
    const vc_view text = vc_view_of(data + 1, size - 1);
    if (*data == 'c') {
        check_claims(text);
        return 0;
    }
    vc__buf_view(&reply, text);
    if (!reply.len)
        return 0;
    if (*data == 'r') {
        if (vc__attest_report(reply.data, reply.len, &out, &err))
            check_error(&err, &out);
        else
            HOLDS(out.len && out.len <= text.len / 2);
        return 0;
    }
    if (vc__attest_token(reply.data, reply.len, &out, &err)) {
        check_error(&err, &out);
        return 0;
    }
    HOLDS(out.len && out.len <= text.len && out.data[out.len] == 0);
    check_claims(vc__buf_get(&out));
    return 0;
}
