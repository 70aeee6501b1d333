/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_export.c - the tokens of a tokenization taken out in portions: as they are kept (encrypted under the transformation's key:
 * a snapshot, which can be put back), or with their values.
 */
#include "base/base64.h"
#include "base/text.h"
#include "clock.h"
#include "crypto/aead.h"
#include "param.h"
#include "reply.h"
#include "transform.h"

enum { LIMIT = 1000, LIMIT_MAX = 100000, STATE_MAX = 1 << 20 };

/* Ahead of the texts in a state: what is fixed in size. */
typedef struct state_head {
    int64_t expires, key_version;
    uint32_t token_len, value_len, metadata_len;
    uint32_t exportable;
} state_head;

/* From where, and how many. False: answered. */
static bool read_portion(dev_request *request, size_t *from, size_t *limit)
{
    long long most = LIMIT;
    vc_view continuation;
    uint64_t at = 0;
    if (!dev_param_int(request, "limit", &most) || !dev_param_string(request, "continuation", &continuation))
        return false;
    if (most < 1 || most > LIMIT_MAX) {
        dev_reply_error(request, 400, "limit must be 1 to 100000");
        return false;
    }
    if (continuation.len && (continuation.data[0] != 'c' ||
                             !vc__parse_uint(vc_view_of(continuation.data + 1, continuation.len - 1), SIZE_MAX / 2, &at))) {
        dev_reply_error(request, 400, "invalid continuation");
        return false;
    }
    *from = (size_t)at;
    *limit = (size_t)most;
    return true;
}

static void write_base64(vc__buf *out, vc_view bytes)
{
    out_comma(out);
    vc__buf_byte(out, '"');
    vc__base64_encode(out, bytes);
    vc__buf_byte(out, '"');
}

/* nonce, ciphertext and tag of head and texts. */
static bool write_state(dev_request *request, const transform_kind *kind, const transform_token *token, vc__buf *out)
{
    vc__auto(vc__buf) state = VC__BUF(STATE_MAX);
    const state_head head = { token->expires,
                              token->key_version,
                              (uint32_t)strlen(token->token),
                              (uint32_t)token->value_len,
                              (uint32_t)strlen(token->metadata),
                              kind->exportable };
    char nonce[VC__AEAD_IV];
    vc__autoptr(vc__aead) aead = vc__aead_new(VC__AES256_GCM, vc_view_of(kind->key, sizeof kind->key), NULL);
    if (!aead || vc__random_bytes(request->connection->random, nonce, sizeof nonce, NULL) != VC_OK)
        return false;
    vc__buf_append(&state, nonce, sizeof nonce);
    vc__buf_append(&state, (const char *)&head, sizeof head);
    vc__buf_str(&state, token->token);
    vc__buf_append(&state, token->value, token->value_len);
    vc__buf_str(&state, token->metadata);
    if (vc__buf_reserve(&state, VC__AEAD_TAG) != VC_OK)
        return false;
    char *inner = state.data + sizeof nonce;
    const size_t len = state.len - sizeof nonce;
    if (vc__aead_seal(aead, vc_view_of(nonce, sizeof nonce), vc_str(kind->name), vc_view_of(inner, len), inner, NULL))
        return false;
    write_base64(out, vc_view_of(state.data, state.len + VC__AEAD_TAG));
    return true;
}

static bool write_decoded(const transform_token *token, vc__buf *out)
{
    out_open(out, '{');
    if (token->expires) {
        out_key(out, "expiration_time");
        dev_time_write(out, token->expires);
    }
    out_key(out, "plaintext");
    write_base64(out, vc_view_of(token->value, token->value_len));
    out_member(out, "token", token->token);
    out_close(out, '}');
    return true;
}

static void portion(dev_request *request, const transform_kind *kind, bool decoded)
{
    size_t at, limit, written = 0;
    if (!read_portion(request, &at, &limit))
        return;
    bool good = true;
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"values\":[");
    for (; good && at < kind->tokens.count && written < limit; at++) {
        const transform_token *token = kind->tokens.list[at];
        if (token->gone || (token->expires && token->expires <= dev_wall()))
            continue;
        good = decoded ? write_decoded(token, out) : write_state(request, kind, token, out);
        written++;
    }
    out_close(out, ']');
    if (at < kind->tokens.count)
        vc__buf_printf(out, ",\"continuation\":\"c%zu\"", at);
    out_close(out, '}');
    if (!good)
        dev_reply_error(request, 500, "out of memory");
}

void transform_snapshot(dev_request *request)
{
    const transform_kind *kind = transform_tokenization(request);
    if (kind)
        portion(request, kind, false);
}

void transform_export(dev_request *request)
{
    const transform_kind *kind = transform_tokenization(request);
    if (kind && !kind->exportable)
        dev_reply_error(request, 400, "only transformations with mapping_mode \"exportable\" can be exported");
    else if (kind)
        portion(request, kind, true);
}

/* The head and the texts behind it, decrypted in `state`; NULL: not one of this transformation's. */
static const char *open_state(const transform_kind *kind, const char *text, vc__buf *state, state_head *head)
{
    size_t len = 0, bad = 0;
    vc__buf_clear(state);
    vc__autoptr(vc__aead) aead = vc__aead_new(VC__AES256_GCM, vc_view_of(kind->key, sizeof kind->key), NULL);
    if (!aead || vc__buf_reserve(state, strlen(text) + 1) != VC_OK ||
        vc__base64_decode_go(state->data, &len, vc_str(text), &bad) != VC_OK ||
        len < VC__AEAD_IV + sizeof *head + VC__AEAD_TAG)
        return NULL;
    char *inner = state->data + VC__AEAD_IV;
    const size_t inner_len = len - VC__AEAD_IV;
    if (vc__aead_open(aead, vc_view_of(state->data, VC__AEAD_IV), vc_str(kind->name), vc_view_of(inner, inner_len), inner,
                      NULL) != VC_OK)
        return NULL;
    memcpy(head, inner, sizeof *head);
    return inner + sizeof *head;
}

/* False: answered. */
static bool restore_one(dev_request *request, transform_kind *kind, const char *text, vc__buf *state)
{
    state_head head;
    const char *texts = text ? open_state(kind, text, state, &head) : NULL;
    if (!texts || head.exportable != kind->exportable) {
        dev_reply_error(request, 400,
                        texts ? "the mapping_mode of the snapshot is another one"
                              : "a value is not of a snapshot of this transformation");
        return false;
    }
    const vc_view token = vc_view_of(texts, head.token_len);
    const vc_view value = vc_view_of(texts + head.token_len, head.value_len);
    const vc_view metadata = vc_view_of(value.data + value.len, head.metadata_len);
    if (transform_tokens_find(&kind->tokens, token))
        return true;
    transform_token *made = transform_tokens_add(&kind->tokens, token, value, metadata);
    if (!made) {
        dev_reply_error(request, 500, "there is no room for another token");
        return false;
    }
    made->expires = head.expires;
    made->key_version = head.key_version;
    return true;
}

void transform_restore(dev_request *request)
{
    transform_kind *kind = transform_tokenization(request);
    json_object *values = NULL;
    if (!kind || !dev_param_list(request, "values", &values))
        return;
    if (!values) {
        dev_reply_error(request, 400, "missing values");
        return;
    }
    bool good = true;
    vc__auto(vc__buf) state = VC__BUF(2 * STATE_MAX);
    for (size_t i = 0; good && i < json_object_array_length(values); i++)
        good = restore_one(request, kind, json_object_get_string(json_object_array_get_idx(values, i)), &state);
    json_object_put(values);
    if (good)
        dev_reply_empty(request);
}
