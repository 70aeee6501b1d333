/* SPDX-License-Identifier: Apache-2.0 */
#include <vaultcrypt/sys.h>

#include "io/typed.h"
#include "vault/sys.h"
#include "vault/token.h"

vc_sys_health *vc_sys_health_read(vc_client *client, vc_error *err)
{
    vc_request request;
    const vc_code code = vc__typed_send(client, &request, vc__sys_health_read(&request, err), err);
    vc_sys_health *read =
        code ? NULL : vc__sys_health_parse(request.status, vc__buf_get(&request.reply), err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_sys_mounts *vc_sys_mounts_read(vc_client *client, vc_error *err)
{
    vc_request request;
    const vc_code code = vc__typed_send(client, &request, vc__sys_mounts_read(&request, err), err);
    vc_sys_mounts *read =
        code ? NULL : vc__sys_mounts_parse(request.status, vc__buf_get(&request.reply), err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}

vc_code vc_sys_mount_enable(vc_client *client, const char *path, const char *type, const char *description,
                            vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__sys_mount_enable(&request, path, type, description, err),
                           err);
}

vc_code vc_sys_policy_write(vc_client *client, const char *name, vc_view policy, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__sys_policy_write(&request, name, policy, err), err);
}

vc_code vc_sys_policy_read(vc_client *client, const char *name, vc_bytes *policy, vc_error *err)
{
    vc_request request;
    vc_code code = vc__typed_send(client, &request, vc__sys_policy_read(&request, name, err), err);
    if (!code)
        code = vc__sys_policy_parse(policy, request.status, vc__buf_get(&request.reply), err);
    return vc__typed_end(&request, code, err);
}

vc_code vc_sys_capabilities_self(vc_client *client, const char *path, unsigned *capabilities, vc_error *err)
{
    vc_request request;
    vc_code code = vc__typed_send(client, &request, vc__sys_capabilities_self(&request, path, err), err);
    if (!code)
        code =
            vc__sys_capabilities_parse(capabilities, path, request.status, vc__buf_get(&request.reply), err);
    return vc__typed_end(&request, code, err);
}

vc_token *vc_token_lookup_self(vc_client *client, vc_error *err)
{
    vc_request request;
    const vc_code code = vc__typed_send(client, &request, vc__token_lookup_self(&request, err), err);
    vc_token *read =
        code ? NULL : vc__token_parse(request.status, request.reply.data, request.reply.len, err);
    vc__typed_end(&request, read ? VC_OK : VC_E_PROTOCOL, err);
    return read;
}
