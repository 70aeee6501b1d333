/* SPDX-License-Identifier: Apache-2.0 */
/* unsealer_header.c - the header of a sealed file: whether its key and context are allowed, and then the key of its segments. */
#include "record/unsealer.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

static bool context_allowed(const vc_unsealer *unsealer, vc_view context)
{
    const vc_view all = vc__buf_get(&unsealer->contexts);
    if (!all.len)
        return context.len == 0;
    for (size_t at = 0; at < all.len;) {
        const size_t len = (unsigned char)all.data[at++];
        if (vc__view_equal(vc_view_of(all.data + at, len), context))
            return true;
        at += len;
    }
    return false;
}

static const vc__seal_key *allowed_key(const vc_unsealer *unsealer, const vc__native *token)
{
    for (size_t i = 0; i < unsealer->key_count; i++)
        if (vc__seal_key_is(&unsealer->keys[i], token->source == VC__NATIVE_STATIC, token->key_name))
            return &unsealer->keys[i];
    return NULL;
}

/* A name that comes out of a file is told when it looks like one. */
static bool can_be_told(vc_view name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == '"')
            return false;
    return name.len > 0;
}

static vc_code not_a_file(vc_unsealer *unsealer)
{
    return vc__error(&unsealer->failure, VC_E_CIPHERTEXT, "this is a protected value, not a sealed file");
}

static vc_code check_token(vc_unsealer *unsealer, const vc__native *token, const vc__seal_key **key)
{
    vc_error *err = &unsealer->failure;
    if (token->algorithm != VC__NATIVE_SEGMENTS)
        return not_a_file(unsealer);
    *key = allowed_key(unsealer, token);
    if (!*key && can_be_told(token->key_name))
        return vc__error(err, VC_E_CIPHERTEXT, "the file is sealed with the %skey \"%.*s\", which is not one that was allowed",
                         token->source == VC__NATIVE_STATIC ? "static " : "", (int)token->key_name.len, token->key_name.data);
    if (!*key)
        return vc__error(err, VC_E_CIPHERTEXT, "the file is sealed with a key that was not allowed");
    if (!context_allowed(unsealer, token->context))
        return vc__error(err, VC_E_CIPHERTEXT, "the file is sealed for a context that was not allowed");
    return VC_OK;
}

static vc_code check_size(vc_unsealer *unsealer, const vc__native *token)
{
    const size_t size = vc__segment_get(token->nonce.data + VC__SEALER_DRAWN);
    if (size < VC_SEAL_SEGMENT_LEAST || size > VC_SEAL_SEGMENT_MOST)
        return vc__error(&unsealer->failure, VC_E_CIPHERTEXT, "a sealed file is refused at byte %zu: segments of %zu bytes",
                         unsealer->head.len - 4, size);
    if (size > unsealer->limit)
        return vc__error(&unsealer->failure, VC_E_LIMIT, "segments of %zu bytes, more than the %zu that were allowed", size,
                         unsealer->limit);
    unsealer->segment = size;
    return VC_OK;
}

static vc_code set_key(vc_unsealer *unsealer, const vc__native *token, const vc__seal_key *key)
{
    char stream_key[VC__SEGMENT_KEY];
    vc__auto(vc__buf) aad = VC__BUF(VC__UNSEALER_HEADER_MAX);
    vc__native_aad(&aad, token, vc_str("stream"), vc_view_of(NULL, 0), vc_view_of(NULL, 0));
    vc_code code = vc__buf_check(&aad, "what a sealed file authenticates", &unsealer->failure);
    if (code)
        return code;
    code = unsealer->fetch(unsealer->user, token, key, stream_key, &unsealer->failure);
    if (code)
        return code;
    unsealer->segments = vc__segments_new(vc_view_of(stream_key, sizeof stream_key), vc__buf_get(&aad), token->nonce,
                                          &unsealer->failure);
    vc__wipe(stream_key, sizeof stream_key);
    return unsealer->failure.code;
}

vc_code vc__unsealer_take_header(vc_unsealer *unsealer, vc_view *sealed)
{
    const size_t before = unsealer->head.len;
    const size_t room = VC__UNSEALER_HEADER_MAX - before;
    vc__native token;
    vc__buf_append(&unsealer->head, sealed->data, sealed->len < room ? sealed->len : room);
    vc_code code = vc__buf_check(&unsealer->head, "the header of a sealed file", &unsealer->failure);
    if (code)
        return code;
    code = vc__native_read_bytes(vc__buf_get(&unsealer->head), &token, &unsealer->failure);
    const bool begun = unsealer->head.len > VC__NATIVE_MAGIC; /* what else than a file has an end: it is not waited for */
    if (code && token.cut && begun && (uint8_t)unsealer->head.data[VC__NATIVE_MAGIC] != VC__NATIVE_SEGMENTS)
        return not_a_file(unsealer);
    if (code && token.cut && unsealer->head.len < VC__UNSEALER_HEADER_MAX) {
        vc_error_clear(&unsealer->failure);
        sealed->data += unsealer->head.len - before;
        sealed->len -= unsealer->head.len - before;
        unsealer->taken = unsealer->head.len;
        return VC_OK;
    }
    if (code == VC_E_PLAINTEXT)
        return vc__error(&unsealer->failure, VC_E_CIPHERTEXT, "this is not a sealed file: it does not begin like one");
    if (code)
        return code;
    const vc__seal_key *key = NULL;
    const size_t len = unsealer->head.len - token.sealed.len;
    vc__buf_cut(&unsealer->head, len);
    sealed->data += len - before;
    sealed->len -= len - before;
    unsealer->taken = len;
    code = check_token(unsealer, &token, &key);
    if (!code)
        code = check_size(unsealer, &token);
    if (!code)
        code = set_key(unsealer, &token, key);
    unsealer->stage = VC__UNSEALER_LENGTH;
    return code;
}
