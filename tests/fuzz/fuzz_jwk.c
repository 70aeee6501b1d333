/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of keys. The first byte picks the reader: p and P a public and a private JWK, s a set (its first line is the kid, "-" for none),
 * r what a key release answers, e with which words it refuses (three digits of the status, and the body), m and M a public and a private key
 * in PEM.
 */
#include "fuzz.h"

#include "io/sidecar.h"
#include "keys/jwk.h"

static void check_pair(const vc__keypair *pair, bool private)
{
    HOLDS(vc__keypair_is_private(pair) == private);
    HOLDS(strlen(vc__keypair_id(pair)) == VC__KEYPAIR_ID && vc__keypair_bits(pair) >= 256);
    vc__auto(vc__buf) pem = VC__BUF(VC__KEYPAIR_PEM_MAX);
    HOLDS(vc__keypair_write(&pem, pair, NULL) == VC_OK);
    vc__keypair *again = vc__keypair_public(vc__buf_get(&pem), NULL);
    HOLDS(again && strcmp(vc__keypair_id(again), vc__keypair_id(pair)) == 0);
    vc__keypair_unref(again);
}

static void jwk(char what, vc_view text)
{
    vc__auto(vc__jwk) out = { 0 };
    vc_error err = VC_ERROR_INIT;
    vc_code code;
    if (what == 's') {
        const vc_view kid = fuzz_line(&text);
        code = vc__jwks_pick(&out, text, kid.len == 1 && *kid.data == '-' ? vc_str(NULL) : kid, &err);
    } else if (what == 'r') {
        code = vc__jwk_released(&out, text, &err);
    } else {
        code = vc__jwk_parse(&out, text, what == 'P' ? VC__JWK_PRIVATE : VC__JWK_PUBLIC, &err);
    }
    const bool private = what == 'r' || what == 'P';
    HOLDS(code == err.code && (code == VC_OK) == (out.pair || out.oct));
    HOLDS(!code == !err.message[0]);
    HOLDS(!out.oct || (private && !out.pair && vc__secret_get(out.oct).len));
    if (out.pair)
        check_pair(out.pair, private);
}

static void refusal(vc_view text)
{
    vc_error err = VC_ERROR_INIT;
    if (text.len < 3)
        return;
    const int status = (text.data[0] - '0') * 100 + (text.data[1] - '0') * 10 + (text.data[2] - '0');
    const vc_code code = vc__sidecar_refusal("orders-1", status, vc_view_of(text.data + 3, text.len - 3), &err);
    HOLDS(code && code == err.code && strstr(err.message, "orders-1"));
    HOLDS(err.retryable == (code == VC_E_BUSY || code == VC_E_SERVER));
    for (const char *at = err.message; *at; at++)
        HOLDS(*at >= ' ' && *at <= '~');
}

static void pem(bool private, vc_view text)
{
    vc_error err = VC_ERROR_INIT;
    vc__keypair *pair = (private ? vc__keypair_private : vc__keypair_public)(text, &err);
    HOLDS((pair != NULL) == (err.code == VC_OK));
    if (pair)
        check_pair(pair, private);
    vc__keypair_unref(pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    char *text = malloc(size); /* of its own size, for the sanitizer */
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    if (data[0] == 'm' || data[0] == 'M')
        pem(data[0] == 'M', vc_view_of(text, size - 1));
    else if (data[0] == 'e')
        refusal(vc_view_of(text, size - 1));
    else
        jwk((char)data[0], vc_view_of(text, size - 1));
    free(text);
    return 0;
}
