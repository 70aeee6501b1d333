/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/sys.h"

#include "base/error.h"
#include "io/typed.h"
#include "vault/names.h"

/* One whose answer needs no token, and may have none. */
static vc_code open_to_all(vc_request *request, vc_code built)
{
    request->auth = VC__AUTH_NONE;
    return built;
}

/* --- health, seal, leader --- */

static void *parse_health(int status, vc_view body, vc_error *err)
{
    return vc__sys_health_parse(status, body, err);
}

vc_sys_health *vc_sys_health_read(vc_client *client, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_health_read(&request, err);
    return vc__typed_read(client, &request, open_to_all(&request, built), parse_health, err);
}

static void *parse_seal(int status, vc_view body, vc_error *err)
{
    return vc__sys_seal_status_parse(status, body, err);
}

vc_sys_seal_status *vc_sys_seal_status_read(vc_client *client, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_request(&request, "GET", "seal-status", NULL, true, err);
    return vc__typed_read(client, &request, open_to_all(&request, built), parse_seal, err);
}

static vc_code unseal(vc_client *client, vc_request *request, vc_code built, vc_sys_seal_status **after,
                      vc_error *err)
{
    if (!after)
        return vc__typed_write(client, request, open_to_all(request, built), err);
    vc_code code = vc__typed_send(client, request, open_to_all(request, built), err);
    vc_error why = VC_ERROR_INIT;
    vc_sys_seal_status *read = NULL;
    if (!code) {
        read = vc__sys_seal_status_parse(request->status, vc__buf_get(&request->reply), &why);
        code = read ? VC_OK : vc__error_copy(err, &why);
    }
    if (read)
        *after = read;
    return vc__typed_end(request, code, err);
}

vc_code vc_sys_unseal(vc_client *client, vc_view share, vc_sys_seal_status **after, vc_error *err)
{
    vc_request request;
    return unseal(client, &request, vc__sys_unseal(&request, share, err), after, err);
}

vc_code vc_sys_unseal_reset(vc_client *client, vc_sys_seal_status **after, vc_error *err)
{
    vc_request request;
    return unseal(client, &request, vc__sys_unseal_reset(&request, err), after, err);
}

vc_code vc_sys_seal(vc_client *client, vc_error *err)
{
    vc_request request;
    return vc__typed_write(client, &request, vc__sys_request(&request, "POST", "seal", NULL, true, err), err);
}

static void *parse_leader(int status, vc_view body, vc_error *err)
{
    return vc__sys_leader_parse(status, body, err);
}

vc_sys_leader *vc_sys_leader_read(vc_client *client, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_request(&request, "GET", "leader", NULL, true, err);
    return vc__typed_read(client, &request, open_to_all(&request, built), parse_leader, err);
}

/* --- policies and capabilities --- */

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

vc_code vc_sys_policy_delete(vc_client *client, const char *name, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_request(&request, "DELETE", "policies/acl", name ? name : "", true, err);
    return vc__typed_write(client, &request, built, err);
}

static void *parse_keys(int status, vc_view body, vc_error *err)
{
    return vc__names_parse(status, body, "keys", err);
}

vc_names *vc_sys_policies_list(vc_client *client, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_request(&request, "GET", "policies/acl?list=true", NULL, true, err);
    return vc__typed_read(client, &request, built, parse_keys, err);
}

vc_code vc_sys_capabilities_self_many(vc_client *client, const char *const *paths, size_t count,
                                      unsigned *capabilities, vc_error *err)
{
    vc_request request;
    vc_code code = vc__typed_send(client, &request, vc__sys_capabilities_self(&request, paths, count, err), err);
    if (!code)
        code = vc__sys_capabilities_parse(capabilities, paths, count, request.status, vc__buf_get(&request.reply), err);
    return vc__typed_end(&request, code, err);
}

vc_code vc_sys_capabilities_self(vc_client *client, const char *path, unsigned *capabilities, vc_error *err)
{
    return vc_sys_capabilities_self_many(client, &path, 1, capabilities, err);
}

/* --- namespaces --- */

vc_code vc_sys_namespace_create(vc_client *client, const char *path, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_request(&request, "POST", "namespaces", path ? path : "", true, err);
    return vc__typed_write(client, &request, built, err);
}

vc_code vc_sys_namespace_delete(vc_client *client, const char *path, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_request(&request, "DELETE", "namespaces", path ? path : "", true, err);
    return vc__typed_write(client, &request, built, err);
}

vc_names *vc_sys_namespaces_list(vc_client *client, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_request(&request, "GET", "namespaces?list=true", NULL, true, err);
    return vc__typed_read(client, &request, built, parse_keys, err);
}
