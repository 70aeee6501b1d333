/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/token.h"

#include "base/error.h"
#include "io/typed.h"

/* A call whose reply tells of a token, in its data or in its `auth`. */
static vc_token *about(vc_client *client, vc_request *request, vc_code built, bool auth, vc_bytes *token, vc_error *err)
{
    const vc_code code = vc__typed_send(client, request, built, err);
    char *body = request->reply.data;
    vc_token *read = NULL;
    if (!code)
        read = auth ? vc__token_parse_auth(request->status, body, request->reply.len, token, err)
                    : vc__token_parse(request->status, body, request->reply.len, err);
    vc__typed_end(request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_token *vc_token_lookup_self(vc_client *client, vc_error *err)
{
    vc_request request;
    return about(client, &request, vc__token_lookup_self(&request, err), false, NULL, err);
}

vc_token *vc_token_lookup_accessor(vc_client *client, const char *accessor, vc_error *err)
{
    vc_request request;
    return about(client, &request, vc__token_accessor(&request, "lookup-accessor", accessor, err), false, NULL, err);
}

vc_code vc_token_revoke_accessor(vc_client *client, const char *accessor, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__token_accessor(&request, "revoke-accessor", accessor, err), err);
}

vc_token *vc_token_renew_self(vc_client *client, uint64_t increment, vc_error *err)
{
    vc_request request;
    return about(client, &request, vc__token_renew_self(&request, increment, err), true, NULL, err);
}

vc_code vc_token_revoke_self(vc_client *client, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__token_request(&request, "POST", "revoke-self", false, err), err);
}

vc_code vc_token_create(vc_client *client, const vc_token_settings *settings, vc_bytes *token, vc_token **made,
                        vc_error *err)
{
    vc_request request;
    vc_error why = VC_ERROR_INIT;
    vc_token *read = about(client, &request, vc__token_create(&request, settings, &why), true, token, &why);
    if (!read)
        return vc__error_copy(err, &why);
    if (made)
        *made = read;
    else
        vc_token_free(read);
    return VC_OK;
}
