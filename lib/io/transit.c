/* SPDX-License-Identifier: Apache-2.0 */
#include <vaultcrypt/transit.h>

#include "io/typed.h"
#include "vault/single.h"
#include "vault/transit_key.h"

static vc_code one_value(vc_client *client, vc__verb verb, const char *key, vc_view input,
                         const vc_transit_options *options, vc_bytes *out, vc_error *err)
{
    vc_request request;
    vc_code code =
        vc__typed_send(client, &request, vc__transit_request(&request, verb, key, input, options, err), err);
    vc__outcome outcome;
    if (!code)
        code = vc__single_read(verb, request.status, request.reply.data, request.reply.len, &outcome, err);
    if (!code)
        code = vc__typed_copy(out, outcome.value, err);
    return vc__typed_end(&request, code, err);
}

vc_code vc_transit_encrypt(vc_client *client, const char *key, vc_view plaintext,
                           const vc_transit_options *options, vc_bytes *ciphertext, vc_error *err)
{
    return one_value(client, VC__TRANSIT_ENCRYPT, key, plaintext, options, ciphertext, err);
}

vc_code vc_transit_decrypt(vc_client *client, const char *key, vc_view ciphertext,
                           const vc_transit_options *options, vc_bytes *plaintext, vc_error *err)
{
    return one_value(client, VC__TRANSIT_DECRYPT, key, ciphertext, options, plaintext, err);
}

vc_code vc_transit_rewrap(vc_client *client, const char *key, vc_view ciphertext,
                          const vc_transit_options *options, vc_bytes *rewrapped, vc_error *err)
{
    return one_value(client, VC__TRANSIT_REWRAP, key, ciphertext, options, rewrapped, err);
}

vc_code vc_transit_key_create(vc_client *client, const char *key, const vc_transit_settings *settings,
                              vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transit_key_create(&request, key, settings, err), err);
}

vc_code vc_transit_key_configure(vc_client *client, const char *key, const vc_transit_settings *settings,
                                 vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transit_key_configure(&request, key, settings, err), err);
}

vc_code vc_transit_key_rotate(vc_client *client, const char *key, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transit_key_rotate(&request, key, err), err);
}

vc_transit_key *vc_transit_key_read(vc_client *client, const char *key, vc_error *err)
{
    vc_request request;
    const vc_code code = vc__typed_send(client, &request, vc__transit_key_read(&request, key, err), err);
    vc_transit_key *read =
        code ? NULL : vc__transit_key_parse(request.status, vc__buf_get(&request.reply), err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}
