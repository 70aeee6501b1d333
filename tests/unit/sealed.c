/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/sealed.h"

const char sealed_key[VC__SEGMENT_KEY + 1] = "the stream key of 32 bytes: test";
const char sealed_drawn[VC__SEALER_DRAWN + 1] = "a salt of just thirty-two bytes:prefix:";

static const char id[VC__NATIVE_ID + 1] = "the id of a data key, 32 bytes..";

vc_code sealed_begin(vc_sealer *sealer, const char *drawn, vc_error *err)
{
    const vc__native token = { .source = VC__NATIVE_TRANSIT,
                               .key_id = vc_view_of(id, VC__NATIVE_ID),
                               .key_name = vc_str("files"),
                               .key_version = 3,
                               .wrapped = vc_str("a wrapped key") };
    return vc__sealer_begin(sealer, &token, vc_view_of(sealed_key, VC__SEGMENT_KEY),
                            vc_view_of(drawn ? drawn : sealed_drawn, VC__SEALER_DRAWN), err);
}

vc_code sealed_fetch(void *user, const vc__native *token, const vc__seal_key *key, char stream_key[VC__SEGMENT_KEY], vc_error *err)
{
    (void)user, (void)err, (void)key;
    /* What a ring would find by these. */
    if (token->key_version == 3 && token->key_id.len == VC__NATIVE_ID && memcmp(token->key_id.data, id, VC__NATIVE_ID) == 0)
        memcpy(stream_key, sealed_key, VC__SEGMENT_KEY);
    else
        memset(stream_key, 'x', VC__SEGMENT_KEY);
    return VC_OK;
}

vc_unsealer *sealed_opening(vc_error *err)
{
    vc_unsealer *unsealer = vc_unsealer_new(err);
    if (unsealer && (vc_unsealer_allow_key(unsealer, "files", err) || vc__unsealer_begin(unsealer, sealed_fetch, NULL, err))) {
        vc_unsealer_free(unsealer);
        return NULL;
    }
    return unsealer;
}

static void keep(vc__buf *out, vc_view segment, size_t *ends, size_t *count)
{
    vc__buf_view(out, segment);
    if (ends && segment.len)
        ends[(*count)++] = out->len;
}

vc_code sealed_push(vc_sealer *sealer, vc_view data, size_t piece, vc__buf *out, size_t *ends, vc_error *err)
{
    size_t count = 0;
    do {
        const size_t len = data.len < piece ? data.len : piece;
        vc_view part = vc_view_of(data.data, len), segment;
        do {
            const vc_code code = vc_sealer_push(sealer, &part, &segment, err);
            if (code)
                return code;
            keep(out, segment, ends, &count);
        } while (segment.len);
        if (part.len)
            return VC_E_INTERNAL;
        data.data += len;
        data.len -= len;
    } while (data.len);
    return vc__buf_check(out, "a sealed file", err);
}

vc_code sealed_finish(vc_sealer *sealer, vc__buf *out, size_t *ends, size_t *count, vc_error *err)
{
    vc_view segment;
    do {
        const vc_code code = vc_sealer_finish(sealer, &segment, err);
        if (code)
            return code;
        keep(out, segment, ends, count);
    } while (segment.len);
    return vc__buf_check(out, "a sealed file", err);
}

vc_code sealed_open(vc_unsealer *unsealer, vc_view bytes, size_t piece, vc__buf *out, vc_error *err)
{
    while (bytes.len) {
        const size_t len = bytes.len < piece ? bytes.len : piece;
        vc_view part = vc_view_of(bytes.data, len), plaintext;
        vc_unseal_event event;
        do {
            const vc_code code = vc_unsealer_pull(unsealer, &part, &event, &plaintext, err);
            if (code)
                return code;
            vc__buf_view(out, plaintext);
        } while (event != VC_UNSEAL_MORE && event != VC_UNSEAL_END);
        if (part.len)
            return VC_E_INTERNAL;
        bytes.data += len;
        bytes.len -= len;
    }
    const vc_code code = vc__buf_check(out, "the plaintext", err);
    return code ? code : vc_unsealer_finish(unsealer, err);
}
