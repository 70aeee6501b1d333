/* SPDX-License-Identifier: Apache-2.0 */
/* sys_mount.c - the calls about secrets engines and auth methods. */
#include "io/typed.h"
#include "vault/sys.h"

static void *parse(int status, vc_view body, vc_error *err)
{
    return vc__sys_mounts_parse(status, body, err);
}

vc_sys_mounts *vc_sys_mounts_read(vc_client *client, vc_error *err)
{
    vc_request request;
    return vc__typed_read(client, &request, vc__sys_mounts_read(&request, "mounts", err), parse, err);
}

vc_sys_mounts *vc_sys_auths_read(vc_client *client, vc_error *err)
{
    vc_request request;
    return vc__typed_read(client, &request, vc__sys_mounts_read(&request, "auth", err), parse, err);
}

static vc_code enable(vc_client *client, const char *kind, const char *path, const char *type, const char *description,
                      vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_mount_enable(&request, kind, path, type, description, err);
    return vc__typed_write(client, &request, built, err);
}

vc_code vc_sys_mount_enable(vc_client *client, const char *path, const char *type, const char *description,
                            vc_error *err)
{
    return enable(client, "mounts", path, type, description, err);
}

vc_code vc_sys_auth_enable(vc_client *client, const char *path, const char *type, const char *description, vc_error *err)
{
    return enable(client, "auth", path, type, description, err);
}

static vc_code disable(vc_client *client, const char *kind, const char *path, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_request(&request, "DELETE", kind, path ? path : "", true, err);
    return vc__typed_write(client, &request, built, err);
}

vc_code vc_sys_mount_disable(vc_client *client, const char *path, vc_error *err)
{
    return disable(client, "mounts", path, err);
}

vc_code vc_sys_auth_disable(vc_client *client, const char *path, vc_error *err)
{
    return disable(client, "auth", path, err);
}

static vc_code tune(vc_client *client, const char *kind, const char *path, uint64_t default_ttl, uint64_t max_ttl,
                    const char *description, vc_error *err)
{
    vc_request request;
    const vc_code built = vc__sys_mount_tune(&request, kind, path, default_ttl, max_ttl, description, err);
    return vc__typed_write(client, &request, built, err);
}

vc_code vc_sys_mount_tune(vc_client *client, const char *path, uint64_t default_ttl, uint64_t max_ttl,
                          const char *description, vc_error *err)
{
    return tune(client, "mounts", path, default_ttl, max_ttl, description, err);
}

vc_code vc_sys_auth_tune(vc_client *client, const char *path, uint64_t default_ttl, uint64_t max_ttl,
                         const char *description, vc_error *err)
{
    return tune(client, "auth", path, default_ttl, max_ttl, description, err);
}
