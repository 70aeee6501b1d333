/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "base/secret.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Value of each character, 0x80 for those outside the alphabet. */
#define XX 0x80
static const unsigned char values[256] = {
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, XX, XX, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, XX, XX, XX,
    XX, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, XX,
    XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
};
#undef XX

void vc__base64_encode_raw(char *out, const unsigned char *in, size_t len)
{
    while (len >= 3) {
        const uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        out[0] = alphabet[v >> 18];
        out[1] = alphabet[v >> 12 & 63];
        out[2] = alphabet[v >> 6 & 63];
        out[3] = alphabet[v & 63];
        in += 3;
        len -= 3;
        out += 4;
    }
    if (len) {
        const uint32_t v = (uint32_t)in[0] << 16 | (len == 2 ? (uint32_t)in[1] << 8 : 0);
        out[0] = alphabet[v >> 18];
        out[1] = alphabet[v >> 12 & 63];
        out[2] = len == 2 ? alphabet[v >> 6 & 63] : '=';
        out[3] = '=';
    }
}

void vc__base64_encode(vc__buf *out, vc_view bytes)
{
    if (bytes.len > SIZE_MAX / 2) {
        out->failed = VC_E_LIMIT;
        return;
    }
    const size_t len = vc__base64_encoded_len(bytes.len);
    if (!len || vc__buf_reserve(out, len) != VC_OK)
        return;
    vc__base64_encode_raw(out->data + out->len, (const unsigned char *)bytes.data, bytes.len);
    out->len += len;
    out->data[out->len] = 0;
}

static vc_code fail(char *out, size_t written, size_t *bad, size_t at)
{
    vc__wipe(out, written);
    if (bad)
        *bad = at;
    return VC_E_PROTOCOL;
}

/* The first character of four that is not in the alphabet. */
static size_t first_bad(const unsigned char *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (values[in[i]] & 0x80)
            return i;
    return n;
}

vc_code vc__base64_decode(char *out, size_t *out_len, vc_view text, size_t *bad)
{
    *out_len = 0;
    if (!text.len)
        return VC_OK;
    const unsigned char *in = (const unsigned char *)text.data;
    unsigned char *to = (unsigned char *)out;
    size_t i = 0;
    for (; i + 4 < text.len; i += 4, to += 3) {
        const unsigned a = values[in[i]], b = values[in[i + 1]], c = values[in[i + 2]], d = values[in[i + 3]];
        if ((a | b | c | d) & 0x80)
            return fail(out, (size_t)((char *)to - out), bad, i + first_bad(in + i, 4));
        to[0] = (unsigned char)(a << 2 | b >> 4);
        to[1] = (unsigned char)(b << 4 | c >> 2);
        to[2] = (unsigned char)(c << 6 | d);
    }
    const size_t done = (size_t)((char *)to - out);
    if (text.len - i != 4)
        return fail(out, done, bad, text.len);
    const size_t pad = (size_t)(in[i + 3] == '=') + (size_t)(in[i + 3] == '=' && in[i + 2] == '=');
    const size_t wrong = first_bad(in + i, 4 - pad);
    if (wrong < 4 - pad)
        return fail(out, done, bad, i + wrong);
    const unsigned a = values[in[i]], b = values[in[i + 1]];
    const unsigned c = pad < 2 ? values[in[i + 2]] : 0, d = pad < 1 ? values[in[i + 3]] : 0;
    if ((pad == 2 && (b & 15)) || (pad == 1 && (c & 3)))
        return fail(out, done, bad, i + 3 - pad);
    to[0] = (unsigned char)(a << 2 | b >> 4);
    if (pad < 2)
        to[1] = (unsigned char)(b << 4 | c >> 2);
    if (pad < 1)
        to[2] = (unsigned char)(c << 6 | d);
    *out_len = done + 3 - pad;
    return VC_OK;
}

/* One quantum of Go's decoder: up to four characters, line ends passed over. */
vc_code vc__base64_decode_go(char *out, size_t *out_len, vc_view text, size_t *bad)
{
    size_t n = 0, written = 0;
    unsigned char quad[4] = { 0 };
    *out_len = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if (c == '\r' || c == '\n')
            continue;
        if (c == '=') {
            size_t missing = 4 - n, at = i;
            if (n < 2)
                return fail(out, written, bad, i);
            for (i++, missing--; i < text.len; i++) {
                if (text.data[i] == '\r' || text.data[i] == '\n')
                    continue;
                if (!missing || text.data[i] != '=')
                    return fail(out, written, bad, i);
                missing--;
            }
            if (missing)
                return fail(out, written, bad, at + 1 > text.len ? at : text.len);
            out[written++] = (char)(quad[0] << 2 | quad[1] >> 4);
            if (n == 3)
                out[written++] = (char)(quad[1] << 4 | quad[2] >> 2);
            *out_len = written;
            return VC_OK;
        }
        if (values[c] & 0x80)
            return fail(out, written, bad, i);
        quad[n++] = values[c];
        if (n == 4) {
            out[written++] = (char)(quad[0] << 2 | quad[1] >> 4);
            out[written++] = (char)(quad[1] << 4 | quad[2] >> 2);
            out[written++] = (char)(quad[2] << 6 | quad[3]);
            n = 0;
        }
    }
    if (n)
        return fail(out, written, bad, text.len - n);
    *out_len = written;
    return VC_OK;
}
