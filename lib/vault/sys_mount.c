/* SPDX-License-Identifier: Apache-2.0 */
/* sys_mount.c - secrets engines and auth methods: where they are mounted. */
#include "vault/sys.h"

#include "base/error.h"

struct vc_sys_mounts {
    vc__object object;
};

vc_code vc__sys_mounts_read(vc_request *request, const char *kind, vc_error *err)
{
    return vc__sys_request(request, "GET", kind, NULL, true, err);
}

vc_sys_mounts *vc__sys_mounts_parse(int status, vc_view body, vc_error *err)
{
    return vc__object_parse(status, body, err);
}

void vc_sys_mounts_free(vc_sys_mounts *mounts)
{
    vc__object_free(mounts);
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

/* A text of the mount at `path`, which may lack its last slash. */
struct search {
    const char *path, *member, *found;
};

static bool look(void *arg, const char *name, const vc__object *value)
{
    struct search *search = arg;
    if (!value->json || !same_mount(name, search->path))
        return true;
    search->found = vc__object_text(value, search->member);
    return false;
}

static const char *text_of(const vc_sys_mounts *mounts, const char *path, const char *member)
{
    struct search search = { path, member, NULL };
    vc__object_each(&mounts->object, look, &search);
    return search.found;
}

const char *vc_sys_mounts_type(const vc_sys_mounts *mounts, const char *path)
{
    return text_of(mounts, path, "type");
}

const char *vc_sys_mounts_accessor(const vc_sys_mounts *mounts, const char *path)
{
    return text_of(mounts, path, "accessor");
}

const char *vc_sys_mounts_description(const vc_sys_mounts *mounts, const char *path)
{
    return text_of(mounts, path, "description");
}

/* --- writes --- */

vc_code vc__sys_mount_enable(vc_request *request, const char *kind, const char *path, const char *type,
                             const char *description, vc_error *err)
{
    vc_code code = vc__sys_request(request, "POST", kind, path ? path : "", false, err);
    vc__object object = VC__OBJECT;
    if (!code)
        code = vc__object_init(&object, err);
    if (!code)
        code = vc__object_set_text(&object, "type", vc_str(type), err);
    if (!code && description)
        code = vc__object_set_text(&object, "description", vc_str(description), err);
    return vc__sys_finish(request, &object, code, err);
}

vc_code vc__sys_mount_tune(vc_request *request, const char *kind, const char *path, uint64_t default_ttl,
                           uint64_t max_ttl, const char *description, vc_error *err)
{
    vc_code code = vc__sys_request(request, "POST", kind, path ? path : "", true, err);
    if (!code) {
        vc__buf_str(&request->path, "/tune");
        code = vc__buf_check(&request->path, "the request's path", err);
    }
    vc__object object = VC__OBJECT;
    if (!code)
        code = vc__object_init(&object, err);
    if (!code && default_ttl != VC_SYS_UNCHANGED)
        code = vc__object_set_number(&object, "default_lease_ttl", default_ttl, err);
    if (!code && max_ttl != VC_SYS_UNCHANGED)
        code = vc__object_set_number(&object, "max_lease_ttl", max_ttl, err);
    if (!code && description)
        code = vc__object_set_text(&object, "description", vc_str(description), err);
    return vc__sys_finish(request, &object, code, err);
}
