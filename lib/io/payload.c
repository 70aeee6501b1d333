/* SPDX-License-Identifier: Apache-2.0 */
#include <vaultcrypt/payload.h>
#include <vaultcrypt/transit.h>

#include "base/error.h"
#include "crypto/random.h"
#include "record/demo.h"

enum { MAX_FILE = 64 << 20, MAX_VALUE = 3 * MAX_FILE };

size_t vc_payload_size(size_t len)
{
    return vc__demo_size(len);
}

static vc_code too_large(vc_error *err)
{
    return vc__error(err, VC_E_TOO_LARGE, "a payload holds at most %d MiB", MAX_FILE >> 20);
}

static vc_code seal(vc_view key, vc_view file, vc__buf *value, vc_error *err)
{
    char nonce[VC__DEMO_NONCE];
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__aead) aead = vc__aead_new(VC__AES256_GCM, key, &why);
    vc__autoptr(vc__random) random = aead ? vc__random_new(&why) : NULL;
    if (!random)
        return vc__error_copy(err, &why);
    const vc_code code = vc__random_bytes(random, nonce, sizeof nonce, err);
    return code ? code : vc__demo_seal(value, aead, vc_view_of(nonce, sizeof nonce), file, err);
}

vc_code vc_payload_seal(vc_client *client, const char *key, vc_view file, vc_bytes *value, vc_bytes *wrapped_key, vc_error *err)
{
    vc_bytes plain = VC_BYTES_INIT;
    vc__auto(vc__buf) out = VC__BUF(MAX_VALUE);
    if (!client || !value || !wrapped_key || (file.len && !file.data))
        return vc__error(err, VC_E_ARGUMENT, "a client, a file and room for two results are needed");
    *value = *wrapped_key = (vc_bytes)VC_BYTES_INIT;
    if (file.len > MAX_FILE)
        return too_large(err);
    vc_code code = vc_transit_datakey_create(client, key, 256, NULL, &plain, wrapped_key, err);
    if (!code)
        code = seal(vc_bytes_view(plain), file, &out, err);
    vc_bytes_free(&plain);
    if (code)
        vc_bytes_free(wrapped_key);
    else
        *value = vc__buf_take(&out);
    return code;
}

static vc_code open_payload(vc_view key, const vc__demo *payload, vc__buf *file, vc_error *err)
{
    if (key.len != VC__DEMO_KEY)
        return vc__error(err, VC_E_CIPHERTEXT, "the demo's payload: its data key does not have %d bytes", VC__DEMO_KEY);
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__aead) aead = vc__aead_new(VC__AES256_GCM, key, &why);
    return aead ? vc__demo_open(file, aead, payload, err) : vc__error_copy(err, &why);
}

static vc_code copy(vc_bytes *to, vc_view from, vc_error *err)
{
    vc__auto(vc__buf) buf = VC__BUF(MAX_VALUE);
    vc__buf_view(&buf, from);
    const vc_code code = vc__buf_check(&buf, "the file's name", err);
    if (!code)
        *to = vc__buf_take(&buf);
    return code;
}

vc_code vc_payload_open(vc_client *client, const char *key, const vc_header *headers, size_t header_count, vc_view value,
                        vc_bytes *file, vc_bytes *name, vc_error *err)
{
    vc__demo payload;
    vc__demo_headers found;
    vc_bytes plain = VC_BYTES_INIT;
    vc__auto(vc__buf) out = VC__BUF(MAX_FILE);
    if (!client || !file)
        return vc__error(err, VC_E_ARGUMENT, "a client and room for the result are needed");
    *file = (vc_bytes)VC_BYTES_INIT;
    if (name)
        *name = (vc_bytes)VC_BYTES_INIT;
    if (value.len > MAX_VALUE)
        return too_large(err);
    vc_code code = vc__demo_headers_parse(&found, headers, header_count, err);
    if (!code)
        code = vc__demo_parse(&payload, value, err);
    if (!code)
        code = vc_transit_decrypt(client, key, found.key, NULL, &plain, err);
    if (!code)
        code = open_payload(vc_bytes_view(plain), &payload, &out, err);
    if (code == VC_E_LIMIT)
        code = too_large(err);
    if (!code && name)
        code = copy(name, found.name, err);
    if (!code)
        *file = vc__buf_take(&out);
    vc_bytes_free(&plain);
    return code;
}
