/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as the Vault demo sends them. The first byte picks: h values of both headers, a line each; f a file, sealed and opened;
 * anything else a record's value from there on.
 */
#include "fuzz.h"

#include "base/text.h"
#include "record/demo.h"

enum { ROOM = 1 << 23 };

static vc__aead *key(void)
{
    static const char bytes[VC__DEMO_KEY];
    vc__aead *aead = vc__aead_new(VC__AES256_GCM, vc_view_of(bytes, sizeof bytes), NULL);
    HOLDS(aead);
    return aead;
}

static void value(vc_view json)
{
    vc__demo payload;
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__demo_parse(&payload, json, &err);
    HOLDS(code == err.code);
    if (code) {
        HOLDS(!payload.ciphertext.data && vc_code_class(code) != VC_CLASS_NONE);
        return;
    }
    HOLDS(payload.ciphertext.len % 8 == 0 && payload.ciphertext.len < json.len);
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc__autoptr(vc__aead) aead = key();
    const vc_code opened = vc__demo_open(&out, aead, &payload, NULL);
    HOLDS(opened ? out.len == 0 : out.len <= payload.ciphertext.len / 8 * 3);
}

static void file(vc_view in)
{
    static const char nonce[VC__DEMO_NONCE] = "nonce";
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc__auto(vc__buf) back = VC__BUF(ROOM);
    vc__autoptr(vc__aead) aead = key();
    vc__demo payload;
    if (vc__demo_seal(&out, aead, vc_view_of(nonce, sizeof nonce), in, NULL))
        return;
    HOLDS(out.len == vc__demo_size(in.len));
    HOLDS(vc__demo_parse(&payload, vc__buf_get(&out), NULL) == VC_OK);
    HOLDS(vc__demo_open(&back, aead, &payload, NULL) == VC_OK && vc__view_equal(vc__buf_get(&back), in));
}

static void headers(vc_view in)
{
    const vc_view first = fuzz_line(&in);
    const vc_header both[] = { { vc_str(VC__DEMO_KEY_HEADER), first }, { vc_str(VC__DEMO_NAME_HEADER), in } };
    vc__demo_headers found;
    if (vc__demo_headers_parse(&found, both, 2, NULL))
        HOLDS(!found.key.data && !found.name.data);
    else
        HOLDS(found.key_version && vc__view_equal(found.key, first) && vc__view_equal(found.name, in) && in.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const vc_view rest = size ? vc_view_of(data + 1, size - 1) : vc_view_of(data, 0);
    if (size && data[0] == 'h')
        headers(rest);
    else if (size && data[0] == 'f')
        file(rest);
    else
        value(vc_view_of(data, size));
    return 0;
}
