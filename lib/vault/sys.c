/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/sys.h"

#include "base/alloc.h"
#include "base/error.h"
#include "vault/endpoint.h"
#include "vault/object.h"

enum { BODY_MAX = 4 << 20 };

struct vc_sys_health {
    vc__object object;
};

struct vc_sys_mounts {
    vc__object object;
};

/* A request with a fixed path. */
static vc_code fixed(vc_request *request, const char *method, const char *path, vc_error *err)
{
    vc__request_init(request, method, BODY_MAX, true);
    vc__buf_str(&request->path, path);
    return vc__buf_check(&request->path, "the request's path", err);
}

/* Gives the object's JSON to the request, and frees the object. */
static vc_code finish(vc_request *request, vc__object *object, vc_code code, vc_error *err)
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
    return fixed(
        request, "GET",
        "/v1/sys/"
        "health?standbycode=200&sealedcode=200&uninitcode=200&drsecondarycode=200&performancestandbycode=200",
        err);
}

vc_sys_health *vc__sys_health_parse(int status, vc_view body, vc_error *err)
{
    vc_sys_health *health = vc__calloc(1, sizeof *health);
    vc_code code = health ? vc__reply_error(status, body, err) : vc__error_memory(err);
    if (!code)
        code = vc__object_read_plain(&health->object, body, err);
    if (!code && !vc__object_has(&health->object, "sealed"))
        code = vc__error(err, VC_E_PROTOCOL, "the reply does not tell of Vault's health: is this Vault?");
    if (!code)
        return health;
    vc_sys_health_free(health);
    return NULL;
}

void vc_sys_health_free(vc_sys_health *health)
{
    if (health)
        vc__object_cleanup(&health->object);
    vc__free(health);
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

/* --- mounts --- */

vc_code vc__sys_mounts_read(vc_request *request, vc_error *err)
{
    return fixed(request, "GET", "/v1/sys/mounts", err);
}

vc_sys_mounts *vc__sys_mounts_parse(int status, vc_view body, vc_error *err)
{
    vc_sys_mounts *mounts = vc__calloc(1, sizeof *mounts);
    if (!mounts)
        vc__error_memory(err);
    else if (vc__object_read(&mounts->object, status, body, err)) {
        vc__free(mounts);
        mounts = NULL;
    }
    return mounts;
}

void vc_sys_mounts_free(vc_sys_mounts *mounts)
{
    if (mounts)
        vc__object_cleanup(&mounts->object);
    vc__free(mounts);
}

/* Vault names mounts with a slash at the end. */
static bool same_mount(const char *mount, const char *path)
{
    const size_t len = strlen(path), bare = len && path[len - 1] == '/' ? len - 1 : len;
    return strncmp(mount, path, bare) == 0 && strcmp(mount + bare, "/") == 0;
}

struct visit {
    vc_sys_mount_fn each;
    void *user;
};

static bool visit_mount(void *arg, const char *name, const vc__object *value)
{
    const struct visit *visit = arg;
    const size_t len = strlen(name);
    const char *type = value->json && len && name[len - 1] == '/' ? vc__object_text(value, "type") : NULL;
    return !type || visit->each(visit->user, name, type);
}

void vc_sys_mounts_each(const vc_sys_mounts *mounts, vc_sys_mount_fn each, void *user)
{
    struct visit visit = { each, user };
    vc__object_each(&mounts->object, visit_mount, &visit);
}

struct search {
    const char *path, *type;
};

static int look(void *user, const char *path, const char *type)
{
    struct search *search = user;
    if (!same_mount(path, search->path))
        return 1;
    search->type = type;
    return 0;
}

const char *vc_sys_mounts_type(const vc_sys_mounts *mounts, const char *path)
{
    struct search search = { path, NULL };
    vc_sys_mounts_each(mounts, look, &search);
    return search.type;
}

vc_code vc__sys_mount_enable(vc_request *request, const char *path, const char *type, const char *description,
                             vc_error *err)
{
    vc__request_init(request, "POST", BODY_MAX, false);
    vc_code code = vc__endpoint_sys(&request->path, "mounts", vc_str(path), err);
    vc__object object = VC__OBJECT;
    if (!code)
        code = vc__object_init(&object, err);
    if (!code)
        code = vc__object_set_text(&object, "type", vc_str(type), err);
    if (!code && description)
        code = vc__object_set_text(&object, "description", vc_str(description), err);
    return finish(request, &object, code, err);
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
    return finish(request, &object, code, err);
}

vc_code vc__sys_policy_read(vc_request *request, const char *name, vc_error *err)
{
    vc__request_init(request, "GET", BODY_MAX, true);
    return vc__endpoint_sys(&request->path, "policies/acl", vc_str(name), err);
}

vc_code vc__sys_policy_parse(vc_bytes *policy, int status, vc_view body, vc_error *err)
{
    vc__object object = VC__OBJECT;
    vc_code code = vc__object_read(&object, status, body, err);
    const char *text = code ? NULL : vc__object_text(&object, "policy");
    if (!code && !text)
        code = vc__error(err, VC_E_PROTOCOL, "the reply does not tell of a policy");
    if (!code) {
        const vc_bytes copy = { vc__memdup(text, strlen(text)), strlen(text) };
        if (copy.data)
            *policy = copy;
        else
            code = vc__error_memory(err);
    }
    vc__object_cleanup(&object);
    return code;
}

/* --- capabilities --- */

vc_code vc__sys_capabilities_self(vc_request *request, const char *path, vc_error *err)
{
    vc_code code = fixed(request, "POST", "/v1/sys/capabilities-self", err);
    vc__object object = VC__OBJECT;
    if (!code)
        code = vc__object_init(&object, err);
    if (!code)
        code = vc__object_add_text(&object, "paths", vc_str(path), err);
    return finish(request, &object, code, err);
}

vc_code vc__sys_capabilities_parse(unsigned *capabilities, const char *path, int status, vc_view body,
                                   vc_error *err)
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
    vc__object object = VC__OBJECT;
    vc_code code = vc__object_read(&object, status, body, err);
    if (!code && !vc__object_count(&object, path))
        code = vc__error(err, VC_E_PROTOCOL, "the reply does not tell of the path that was asked about");
    unsigned found = 0;
    for (size_t i = 0; !code && i < vc__object_count(&object, path); i++) {
        const char *name = vc__object_at(&object, path, i);
        for (size_t k = 0; name && k < sizeof known / sizeof known[0]; k++)
            if (strcmp(name, known[k].name) == 0)
                found |= known[k].bit;
    }
    if (!code)
        *capabilities = found;
    vc__object_cleanup(&object);
    return code;
}
