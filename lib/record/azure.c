/* SPDX-License-Identifier: Apache-2.0 */
#include "record/azure.h"

#include "base/base64.h"
#include "base/error.h"

static const char digest[] = "SHA256";

vc_code vc__azure_seal(vc__buf *out, const vc__rsa *key, vc_view value, vc_error *err)
{
    const size_t longest = vc__oaep_longest(key, digest);
    if (value.len > longest)
        return vc__error(err, VC_E_TOO_LARGE,
                         "RSA-%zu takes values of %zu bytes at most, and this one has %zu: longer values need `hybrid`",
                         8 * vc__rsa_size(key), longest, value.len);
    vc__auto(vc__buf) sealed = VC__BUF(VC__OAEP_SEALED_MAX);
    const vc_code code = vc__oaep_seal(&sealed, key, digest, value, err);
    if (code)
        return code;
    vc__base64_encode(out, vc__buf_get(&sealed));
    return vc__buf_check(out, "an RSA-OAEP message", err);
}

vc_code vc__azure_open(vc__buf *out, const vc__rsa *key, vc_view message, vc_error *err)
{
    char sealed[VC__OAEP_SEALED_MAX + 2];
    size_t len = 0, bad = 0;
    if (message.len != vc__base64_encoded_len(vc__rsa_size(key)))
        return vc__error(err, VC_E_CIPHERTEXT, "an RSA-OAEP message for this key has %zu characters, and this one %zu",
                         vc__base64_encoded_len(vc__rsa_size(key)), message.len);
    if (vc__base64_decode(sealed, &len, message, &bad) != VC_OK)
        return vc__error(err, VC_E_CIPHERTEXT, "an RSA-OAEP message that is not standard Base64, at byte %zu", bad);
    return vc__oaep_open(out, key, digest, vc_view_of(sealed, len), err);
}

unsigned vc__azure_candidate(vc_view message)
{
    for (unsigned bits = 2048; bits <= 4096; bits += 1024)
        if (message.len == vc__base64_encoded_len(bits / 8) && vc__base64_valid(message) &&
            (message.data[message.len - 1] == '=') == (bits / 8 % 3 != 0))
            return bits;
    return 0;
}

bool vc__azure_looks(vc_view text)
{
    enum { LEAST = 40, GROUP = 64 };
    size_t others = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];
        others += !((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=');
    }
    return text.len >= LEAST && others <= text.len / GROUP + 1;
}
