/* SPDX-License-Identifier: Apache-2.0 */
#include <vaultcrypt/transform.h>

#include "io/typed.h"
#include "vault/single.h"
#include "vault/transform_object.h"

vc_code vc_transform_encode(vc_client *client, const char *role, vc_view value,
                            const vc_transform_options *options, vc_bytes *encoded, vc_bytes *tweak,
                            vc_error *err)
{
    const vc__verb verb = VC__TRANSFORM_ENCODE;
    vc_request request;
    vc_code code = vc__typed_send(client, &request,
                                  vc__transform_request(&request, verb, role, value, options, err), err);
    vc__outcome outcome;
    vc_bytes given = VC_BYTES_INIT;
    if (!code)
        code = vc__single_read(verb, request.status, request.reply.data, request.reply.len, &outcome, err);
    if (!code && tweak && outcome.tweak.len)
        code = vc__typed_copy(&given, outcome.tweak, err);
    if (!code)
        code = vc__typed_copy(encoded, outcome.value, err);
    if (code)
        vc_bytes_free(&given);
    else if (tweak)
        *tweak = given;
    return vc__typed_end(&request, code, err);
}

vc_code vc_transform_decode(vc_client *client, const char *role, vc_view value,
                            const vc_transform_options *options, vc_bytes *decoded, vc_error *err)
{
    const vc__verb verb = VC__TRANSFORM_DECODE;
    vc_request request;
    vc_code code = vc__typed_send(client, &request,
                                  vc__transform_request(&request, verb, role, value, options, err), err);
    vc__outcome outcome;
    if (!code)
        code = vc__single_read(verb, request.status, request.reply.data, request.reply.len, &outcome, err);
    if (!code)
        code = vc__typed_copy(decoded, outcome.value, err);
    return vc__typed_end(&request, code, err);
}

vc_code vc_transform_role_write(vc_client *client, const char *name, const vc_transform_role *role,
                                vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_role_write(&request, name, role, err), err);
}

vc_code vc_transform_transformation_write(vc_client *client, const char *name,
                                          const vc_transform_transformation *transformation, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request,
                           vc__transform_transformation_write(&request, name, transformation, err), err);
}

vc_code vc_transform_template_write(vc_client *client, const char *name, const vc_transform_template *pattern,
                                    vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_template_write(&request, name, pattern, err), err);
}

vc_code vc_transform_alphabet_write(vc_client *client, const char *name, vc_view alphabet, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__transform_alphabet_write(&request, name, alphabet, err),
                           err);
}

vc_transform_role *vc_transform_role_read(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code code =
        vc__typed_send(client, &request, vc__transform_read(&request, "role", name, err), err);
    vc_transform_role *read =
        code ? NULL : vc__transform_role_parse(request.status, vc__buf_get(&request.reply), err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_transform_transformation *vc_transform_transformation_read(vc_client *client, const char *name,
                                                              vc_error *err)
{
    vc_request request;
    const vc_code code =
        vc__typed_send(client, &request, vc__transform_read(&request, "transformation", name, err), err);
    vc_transform_transformation *read =
        code ? NULL : vc__transform_transformation_parse(request.status, vc__buf_get(&request.reply), err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_transform_template *vc_transform_template_read(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code code =
        vc__typed_send(client, &request, vc__transform_read(&request, "template", name, err), err);
    vc_transform_template *read =
        code ? NULL : vc__transform_template_parse(request.status, vc__buf_get(&request.reply), err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_code vc_transform_alphabet_read(vc_client *client, const char *name, vc_bytes *alphabet, vc_error *err)
{
    vc_request request;
    vc_code code = vc__typed_send(client, &request, vc__transform_read(&request, "alphabet", name, err), err);
    if (!code)
        code = vc__transform_alphabet_parse(alphabet, request.status, vc__buf_get(&request.reply), err);
    return vc__typed_end(&request, code, err);
}
