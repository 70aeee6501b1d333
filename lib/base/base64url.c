/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64url.h"

#include "base/base64.h"
#include "base/secret.h"

void vc__base64url_encode(vc__buf *out, vc_view bytes)
{
    const size_t from = out->len;
    vc__base64_encode(out, bytes);
    if (out->failed)
        return;
    for (size_t i = from; i < out->len; i++)
        out->data[i] = out->data[i] == '+' ? '-' : out->data[i] == '/' ? '_' : out->data[i];
    vc__buf_cut(out, from + vc__base64url_encoded_len(bytes.len));
}

/* The same text in the standard alphabet, padded. False: a character that is in neither. */
static bool standard_of(char *to, vc_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];
        if (c == '+' || c == '/' || c == '=')
            return false;
        to[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    memset(to + text.len, '=', (4 - text.len % 4) % 4);
    return true;
}

bool vc__base64url_decode_raw(char *out, size_t *len, vc_view text)
{
    const size_t padded = vc__base64url_room(text.len);
    *len = 0;
    if (text.len % 4 == 1)
        return false;
    if (!standard_of(out, text) || vc__base64_decode(out, len, vc_view_of(out, padded), NULL)) {
        vc__wipe(out, padded);
        return false;
    }
    vc__wipe(out + *len, padded - *len);
    return true;
}

vc_code vc__base64url_decode(vc__buf *out, vc_view text)
{
    size_t len;
    const vc_code code = vc__buf_reserve(out, vc__base64url_room(text.len));
    if (code)
        return code;
    if (!vc__base64url_decode_raw(out->data + out->len, &len, text))
        return VC_E_PROTOCOL;
    out->len += len;
    return VC_OK;
}
