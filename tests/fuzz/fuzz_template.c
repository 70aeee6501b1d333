/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns, formats, templates. An input is three lines, a pattern, an encode format (empty: none) and a
 * decode format (empty: none), and then a value, newlines and all. The alphabet is 0-9, a-z and two characters
 * more.
 */
#include "fuzz.h"

#include "base/text.h"
#include "crypto/template.h"

static const char characters[] = "0123456789abcdefghijklmnopqrstuvwxyz\xc3\xa9\xe2\x82\xac";

static void take_value(const vc__template *template, vc__fpe_key *key, vc_view value, bool formatted,
                       bool named)
{
    vc__auto(vc__buf) out = VC__BUF(1 << 20);
    vc__auto(vc__buf) back = VC__BUF(1 << 20);
    vc__auto(vc__buf) again = VC__BUF(1 << 20);
    const vc_view none = vc_view_of(NULL, 0), tweak = vc_str("tweak");
    vc_error err = VC_ERROR_INIT;
    if (vc__template_mask(template, '#', value, &back, &err) != VC_OK) {
        HOLDS(err.message[0] && back.len == 0);
        HOLDS(vc__template_encode(template, key, tweak, value, &out, NULL) != VC_OK);
        return;
    }
    vc__buf_clear(&back);
    vc__buf_str(&out, "before");
    if (vc__template_encode(template, key, tweak, value, &out, &err) != VC_OK) {
        HOLDS(err.message[0] && vc__view_is(vc__buf_get(&out), "before"));
        return;
    }
    const vc_view encoded = vc_view_of(out.data + 6, out.len - 6);
    HOLDS(vc__utf8_valid(encoded) == encoded.len);
    HOLDS(vc__template_decode(template, key, tweak, encoded, none, &back, &err) == VC_OK);
    if (!formatted) {
        HOLDS(vc__view_equal(vc__buf_get(&back), value));
    } else if (vc__template_encode(template, key, tweak, vc__buf_get(&back), &again, &err) == VC_OK) {
        HOLDS(vc__view_equal(vc__buf_get(&again), encoded));
    }
    if (named) {
        vc__buf_clear(&back);
        HOLDS(vc__template_decode(template, key, tweak, encoded, vc_str("named"), &back, &err) == VC_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_view rest = vc_view_of(data, size);
    const vc_view pattern = fuzz_line(&rest), encode = fuzz_line(&rest), decode = fuzz_line(&rest);
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__alphabet) alphabet = vc__alphabet_new(vc_str(characters), NULL);
    vc__autoptr(vc__template) template =
        vc__template_new(pattern, alphabet, encode.len ? encode : vc_view_of(NULL, 0), &err);
    if (!template) {
        HOLDS(err.code == VC_E_CONFIG && err.message[0]);
        return 0;
    }
    HOLDS(vc__view_equal(vc__template_pattern(template), pattern));
    const bool named = decode.len && vc__template_add_decode_format(template, vc_str("named"), decode, &err) ==
                                         VC_OK;
    vc__autoptr(vc__fpe_key) key =
        vc__fpe_key_new(VC__FPE_FF1, vc_str("0123456789abcdef"), vc__alphabet_size(alphabet), NULL);
    take_value(template, key, rest, encode.len != 0, named);
    return 0;
}
