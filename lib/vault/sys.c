/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/sys.h"

#include "base/error.h"
#include "vault/endpoint.h"
#include "vault/object.h"

enum { BODY_MAX = 4 << 20 };

struct vc_sys_health {
    vc__object object;
};

vc_code vc__sys_request(vc_request *request, const char *method, const char *operation, const char *path,
                        bool replay_safe, vc_error *err)
{
    vc__request_init(request, method, BODY_MAX, replay_safe);
    if (path)
        return vc__endpoint_sys(&request->path, operation, vc_str(path), err);
    vc__buf_str(&request->path, "/v1/sys/");
    vc__buf_str(&request->path, operation);
    return vc__buf_check(&request->path, "the request's path", err);
}

vc_code vc__sys_finish(vc_request *request, vc__object *object, vc_code code, vc_error *err)
{
    if (!code) {
        vc__object_write(object, NULL, &request->body);
        code = vc__buf_check(&request->body, "the request", err);
    }
    vc__object_cleanup(object);
    return code;
}

/* --- health --- */

vc_code vc__sys_health_read(vc_request *request, vc_error *err)
{
    return vc__sys_request(
        request, "GET",
        "health?standbycode=200&sealedcode=200&uninitcode=200&drsecondarycode=200&performancestandbycode=200", NULL,
        true, err);
}

vc_sys_health *vc__sys_health_parse(int status, vc_view body, vc_error *err)
{
    vc_sys_health *health = vc__object_parse_plain(status, body, err);
    if (!health || vc__object_has(&health->object, "sealed"))
        return health;
    vc__error(err, VC_E_PROTOCOL, "the reply does not tell of Vault's health: is this Vault?");
    vc_sys_health_free(health);
    return NULL;
}

void vc_sys_health_free(vc_sys_health *health)
{
    vc__object_free(health);
}

int vc_sys_health_is_initialized(const vc_sys_health *health)
{
    return vc__object_flag(&health->object, "initialized");
}

int vc_sys_health_is_sealed(const vc_sys_health *health)
{
    return vc__object_flag(&health->object, "sealed");
}

int vc_sys_health_is_standby(const vc_sys_health *health)
{
    return vc__object_flag(&health->object, "standby");
}

const char *vc_sys_health_version(const vc_sys_health *health)
{
    const char *version = vc__object_text(&health->object, "version");
    return version ? version : "";
}

const char *vc_sys_health_cluster_name(const vc_sys_health *health)
{
    const char *name = vc__object_text(&health->object, "cluster_name");
    return name ? name : "";
}

/* --- policies --- */

vc_code vc__sys_policy_write(vc_request *request, const char *name, vc_view policy, vc_error *err)
{
    vc__request_init(request, "POST", BODY_MAX, true);
    vc_code code = vc__endpoint_sys(&request->path, "policies/acl", vc_str(name), err);
    vc__object object = VC__OBJECT;
    if (!code)
        code = vc__object_init(&object, err);
    if (!code)
        code = vc__object_set_text(&object, "policy", policy, err);
    return vc__sys_finish(request, &object, code, err);
}

vc_code vc__sys_policy_read(vc_request *request, const char *name, vc_error *err)
{
    vc__request_init(request, "GET", BODY_MAX, true);
    return vc__endpoint_sys(&request->path, "policies/acl", vc_str(name), err);
}

vc_code vc__sys_policy_parse(vc_bytes *policy, int status, vc_view body, vc_error *err)
{
    return vc__object_read_text(policy, status, body, "policy", "a policy", err);
}

/* --- capabilities --- */

vc_code vc__sys_capabilities_self(vc_request *request, const char *const *paths, size_t count, vc_error *err)
{
    vc_code code = vc__sys_request(request, "POST", "capabilities-self", NULL, true, err);
    bool good = count > 0;
    for (size_t i = 0; i < count; i++)
        good = good && paths[i] && *paths[i];
    if (!code && !good)
        code = vc__error(err, VC_E_ARGUMENT, "there is no path to ask about, or an empty one");
    vc__object object = VC__OBJECT;
    if (!code)
        code = vc__object_init(&object, err);
    for (size_t i = 0; !code && i < count; i++)
        code = vc__object_add_text(&object, "paths", vc_str(paths[i]), err);
    return vc__sys_finish(request, &object, code, err);
}

static unsigned capability(const char *name)
{
    static const struct {
        const char *name;
        unsigned bit;
    } known[] = {
        { "create", VC_CAPABILITY_CREATE }, { "read", VC_CAPABILITY_READ },
        { "update", VC_CAPABILITY_UPDATE }, { "delete", VC_CAPABILITY_DELETE },
        { "list", VC_CAPABILITY_LIST },     { "sudo", VC_CAPABILITY_SUDO },
        { "patch", VC_CAPABILITY_PATCH },   { "root", VC_CAPABILITY_ROOT },
    };
    for (size_t i = 0; name && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].bit;
    return 0;
}

vc_code vc__sys_capabilities_parse(unsigned *capabilities, const char *const *paths, size_t count, int status,
                                   vc_view body, vc_error *err)
{
    vc__object object = VC__OBJECT;
    vc_code code = vc__object_read(&object, status, body, err);
    for (size_t i = 0; !code && i < count; i++)
        if (!vc__object_count(&object, paths[i]))
            code = vc__error(err, VC_E_PROTOCOL, "the reply does not tell of a path that was asked about");
    for (size_t i = 0; !code && i < count; i++) {
        capabilities[i] = 0;
        for (size_t k = 0; k < vc__object_count(&object, paths[i]); k++)
            capabilities[i] |= capability(vc__object_at(&object, paths[i], k));
    }
    vc__object_cleanup(&object);
    return code;
}
