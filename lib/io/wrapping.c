/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/wrapping.h"

#include "base/error.h"
#include "base/secret.h"
#include "io/typed.h"
#include "vault/vault.h"

static vc_wrapping *about(vc_client *client, vc_request *request, vc_code built, vc_error *err)
{
    const vc_code code = vc__typed_send(client, request, built, err);
    vc_wrapping *read =
        code ? NULL : vc__wrapping_parse(request->status, request->reply.data, request->reply.len, err);
    vc__typed_end(request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_wrapping *vc_wrapping_wrap(vc_client *client, vc_view json, uint64_t ttl, vc_error *err)
{
    vc_request request;
    return about(client, &request, vc__wrapping_wrap(&request, json, ttl, err), err);
}

vc_wrapping *vc_wrapping_lookup(vc_client *client, vc_view token, vc_error *err)
{
    vc_request request;
    return about(client, &request, vc__wrapping_request(&request, "lookup", token, err), err);
}

vc_wrapping *vc_wrapping_rewrap(vc_client *client, vc_view token, vc_error *err)
{
    vc_request request;
    return about(client, &request, vc__wrapping_request(&request, "rewrap", token, err), err);
}

vc_code vc_wrapping_unwrap(vc_client *client, vc_view token, vc_vault_reply **reply, vc_error *err)
{
    vc_code code = vc__wrapping_token_check(token, err);
    if (code)
        return code;
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__secret) secret = vc__secret_new(token, VC__LOCK_TRY, &why);
    if (!secret)
        return vc__error_copy(err, &why);
    vc_request request;
    code = vc__typed_send(client, &request, vc__wrapping_unwrap(&request, secret, err), err);
    if (!code)
        code = vc__reply_error(request.status, vc__buf_get(&request.reply), err);
    vc_vault_reply *read = code ? NULL : vc__vault_reply_take(&request, &why);
    if (!code && !read)
        code = vc__error_copy(err, &why);
    if (read)
        *reply = read;
    return vc__typed_end(&request, code, err);
}
