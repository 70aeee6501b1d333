/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native format. The first byte of an input says what the rest is: 't' a token as text, 'b' as bytes, 'k' the value of a
 * header vaultcrypt-keys. What is taken is written the same again; cut anywhere it is refused, as cut; it opens under no key.
 */
#include "fuzz.h"

#include "base/base64.h"
#include "base/text.h"
#include "record/native.h"

static const char zeros[64];

static void hold_failure(const vc__native *token, const vc_error *err)
{
    HOLDS((err->code == VC_E_CIPHERTEXT || err->code == VC_E_PLAINTEXT) && err->message[0]);
    HOLDS(!token->key_id.data && !token->header.data && !token->sealed.data);
}

/* All views lie within the body, one after the other. */
static void hold_order(const vc__native *token, vc_view body)
{
    const vc_view views[] = { token->header, token->key_name, token->wrapped, token->nonce, token->sealed, token->signer, token->signature };
    const char *at = body.data;
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        if (!views[i].len)
            continue;
        HOLDS(views[i].data >= at && views[i].data + views[i].len <= body.data + body.len);
        at = views[i].data + views[i].len;
    }
    HOLDS(at == body.data + body.len);
    HOLDS(vc__utf8_valid(token->context) == token->context.len && !token->extensions.len);
}

static void hold_writing(const vc__native *token, vc_view body)
{
    vc__auto(vc__buf) again = VC__BUF(1 << 21);
    vc__auto(vc__buf) as_read = VC__BUF(1 << 12);
    vc__auto(vc__buf) as_written = VC__BUF(1 << 12);
    vc__native_prefix(&again, token);
    vc__buf_view(&again, token->nonce);
    vc__buf_view(&again, token->sealed);
    vc__buf_view(&again, token->signer);
    vc__buf_view(&again, token->signature);
    HOLDS(vc__view_equal(vc__buf_get(&again), body));
    HOLDS((token->flags & VC__NATIVE_SIGNED) ? token->signer.len == VC__NATIVE_SIGNER && token->signature.len == VC__NATIVE_SIGNATURE
                                             : !token->signer.len && !token->signature.len);
    vc__buf_clear(&again);
    vc__native_place(&again, token);
    HOLDS(vc__view_equal(vc__buf_get(&again), token->place));
    vc__native copy = *token;
    copy.header = vc_view_of(NULL, 0);
    vc__native_aad(&as_read, token, vc_str("$.a"), vc_str("topic"), vc_str("key"));
    vc__native_aad(&as_written, &copy, vc_str("$.a"), vc_str("topic"), vc_str("key"));
    HOLDS(as_read.len && vc__view_equal(vc__buf_get(&as_read), vc__buf_get(&as_written)));
}

static void hold_cuts(const vc__native *token, vc_view body)
{
    const size_t least = body.len - token->sealed.len - token->signer.len - token->signature.len;
    for (size_t n = 0; n < least; n++) {
        vc__native part;
        vc_error err = VC_ERROR_INIT;
        HOLDS(vc__native_parse(&part, vc_view_of(body.data, n), &err) == VC_E_CIPHERTEXT && part.cut);
        hold_failure(&part, &err);
    }
}

static void hold_refusal(const vc__native *token)
{
    if (token->algorithm == VC__NATIVE_SEGMENTS)
        return;
    vc__auto(vc__buf) aad = VC__BUF(1 << 12);
    vc__auto(vc__buf) out = VC__BUF(1 << 21);
    const size_t size = token->algorithm == VC__NATIVE_SIV ? 64 : 32;
    vc_error err = VC_ERROR_INIT;
    /* with the right id, so that the cipher is reached */
    vc__autoptr(vc__native_key) key = vc__native_key_new((vc__native_algorithm)token->algorithm, token->key_id,
                                                         vc_view_of(zeros, size), NULL);
    HOLDS(key);
    vc__native_aad(&aad, token, vc_str(""), vc_str(""), vc_str(""));
    if (token->algorithm == VC__NATIVE_HMAC)
        HOLDS(vc__native_verify(key, token, vc__buf_get(&aad), vc_str("content"), &err) == VC_E_CIPHERTEXT);
    else
        HOLDS(vc__native_open(key, token, vc__buf_get(&aad), &out, &err) == VC_E_CIPHERTEXT && out.len == 0);
    HOLDS(err.message[0]);
}

static void take_token(vc_view given, bool text)
{
    vc__auto(vc__buf) scratch = VC__BUF(1 << 21);
    vc_error err = VC_ERROR_INIT;
    vc__native token;
    vc__native_seen seen = { .text = VC__BUF(0) };
    const vc_code code = text ? vc__native_read_text_seen(&scratch, given, &seen, &token, &err) :
                                vc__native_read_bytes(given, &token, &err);
    vc__buf_free(&seen.text);
    vc__buf_free(&seen.bytes);
    HOLDS((code == VC_E_PLAINTEXT) <= !(text ? vc__native_is_text(given) : vc__native_is_bytes(given)));
    if (code != VC_OK) {
        hold_failure(&token, &err);
        return;
    }
    const vc_view body = text ? vc__buf_get(&scratch) : vc_view_of(given.data + 4, given.len - 4);
    hold_order(&token, body);
    hold_writing(&token, body);
    hold_cuts(&token, body);
    hold_refusal(&token);
}

static void take_header(vc_view value)
{
    vc_error err = VC_ERROR_INIT;
    vc_view found = vc_str("untouched");
    const vc_header headers[] = { { vc_str("other"), vc_str("") }, { vc_str(VC__NATIVE_KEYS), value } };
    const vc_code code = vc__native_keys_check(value, &err);
    HOLDS(vc__native_keys_of(headers, 2, vc_str(""), &found, NULL) == code || !value.data);
    if (code != VC_OK) {
        HOLDS(code == VC_E_CIPHERTEXT && err.message[0] && vc__view_is(found, "untouched"));
        return;
    }
    vc__auto(vc__buf) again = VC__BUF(1 << 21);
    for (size_t at = 1; at < value.len;) {
        vc__native token = { .key_id = vc_view_of(value.data + at, VC__NATIVE_ID) };
        HOLDS(vc__native_keys_find(value, &token, NULL) == VC_OK);
        HOLDS(token.source != VC__NATIVE_NOWHERE);
        vc__native_keys_add(&again, &token);
        at = again.len;
    }
    HOLDS(vc__view_equal(vc__buf_get(&again), value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    /* A copy of exactly that size, so that a read beyond it is seen. */
    char *exact = malloc(size - 1 ? size - 1 : 1);
    HOLDS(exact);
    memcpy(exact, data + 1, size - 1);
    const vc_view rest = vc_view_of(exact, size - 1);
    if (data[0] == 'k')
        take_header(rest);
    else
        take_token(rest, data[0] == 't');
    free(exact);
    return 0;
}
