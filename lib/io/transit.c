/* SPDX-License-Identifier: Apache-2.0 */
#include <vaultcrypt/transit.h>

#include "io/typed.h"
#include "vault/single.h"

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

vc_code vc_transit_hmac(vc_client *client, const char *key, vc_view input, const vc_transit_options *options,
                        vc_bytes *hmac, vc_error *err)
{
    return one_value(client, VC__TRANSIT_HMAC, key, input, options, hmac, err);
}

vc_code vc_transit_sign(vc_client *client, const char *key, vc_view input, const vc_transit_options *options,
                        vc_bytes *signature, vc_error *err)
{
    return one_value(client, VC__TRANSIT_SIGN, key, input, options, signature, err);
}

static vc_code verify(vc_client *client, vc__verb verb, const char *key, vc_view input, vc_view signature,
                      const vc_transit_options *options, vc_error *err)
{
    vc_request request;
    vc_code code = vc__typed_send(
        client, &request, vc__transit_verify_request(&request, verb, key, input, signature, options, err), err);
    vc__outcome outcome;
    if (!code)
        code = vc__single_read(verb, request.status, request.reply.data, request.reply.len, &outcome, err);
    return vc__typed_end(&request, code, err);
}

vc_code vc_transit_verify(vc_client *client, const char *key, vc_view input, vc_view signature,
                          const vc_transit_options *options, vc_error *err)
{
    return verify(client, VC__TRANSIT_VERIFY, key, input, signature, options, err);
}

vc_code vc_transit_verify_hmac(vc_client *client, const char *key, vc_view input, vc_view hmac,
                               const vc_transit_options *options, vc_error *err)
{
    return verify(client, VC__TRANSIT_VERIFY_HMAC, key, input, hmac, options, err);
}

vc_code vc_transit_datakey_create(vc_client *client, const char *key, unsigned bits,
                                  const vc_transit_options *options, vc_bytes *plaintext, vc_bytes *ciphertext,
                                  vc_error *err)
{
    vc_request request;
    vc_view plain, sealed;
    vc_bytes copy = VC_BYTES_INIT;
    const bool wanted = plaintext != NULL;
    vc_code code = vc__typed_send(
        client, &request, vc__transit_datakey_request(&request, wanted, key, bits, options, err), err);
    if (!code)
        code = vc__transit_datakey_parse(&plain, &sealed, wanted, request.status, request.reply.data,
                                         request.reply.len, err);
    if (!code && wanted)
        code = vc__typed_copy(&copy, plain, err);
    if (!code)
        code = vc__typed_copy(ciphertext, sealed, err);
    if (!code && wanted)
        *plaintext = copy;
    else
        vc_bytes_free(&copy);
    return vc__typed_end(&request, code, err);
}

vc_code vc_transit_random(vc_client *client, const char *mount, const char *source, size_t count,
                          vc_bytes *bytes, vc_error *err)
{
    vc_request request;
    vc_view view;
    vc_code code = vc__typed_send(client, &request,
                                  vc__transit_random_request(&request, mount, source, count, err), err);
    if (!code)
        code = vc__transit_random_parse(&view, count, request.status, request.reply.data, request.reply.len,
                                        err);
    if (!code)
        code = vc__typed_copy(bytes, view, err);
    return vc__typed_end(&request, code, err);
}

vc_code vc_transit_hash(vc_client *client, const char *mount, const char *algorithm, vc_view input,
                        vc_bytes *digest, vc_error *err)
{
    vc_request request;
    vc_view view;
    vc_code code = vc__typed_send(client, &request,
                                  vc__transit_hash_request(&request, mount, algorithm, input, err), err);
    if (!code)
        code = vc__transit_hash_parse(&view, algorithm, request.status, request.reply.data,
                                      request.reply.len, err);
    if (!code)
        code = vc__typed_copy(digest, view, err);
    return vc__typed_end(&request, code, err);
}
