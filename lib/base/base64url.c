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

vc_code vc__base64url_decode(vc__buf *out, vc_view text)
{
    const size_t padded = text.len + (4 - text.len % 4) % 4;
    size_t len = 0;
    if (text.len % 4 == 1)
        return VC_E_PROTOCOL;
    const vc_code code = vc__buf_reserve(out, padded);
    if (code)
        return code;
    char *const at = out->data + out->len; /* decoded in place */
    if (!standard_of(at, text) || vc__base64_decode(at, &len, vc_view_of(at, padded), NULL)) {
        vc__wipe(at, padded);
        return VC_E_PROTOCOL;
    }
    vc__wipe(at + len, padded - len);
    out->len += len;
    return VC_OK;
}
