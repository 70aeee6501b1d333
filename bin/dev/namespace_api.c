/* SPDX-License-Identifier: Apache-2.0 */
/* namespace_api.c - which namespace a request is about, and sys/namespaces. */
#include "base/text.h"
#include "json_each.h"
#include "namespace.h"
#include "param.h"
#include "reply.h"
#include "token.h"

/* -- which -- */

/* What only the root answers; the first are known before the namespace is looked for. */
static const struct {
    const char *path;
    bool early;
} restricted[] = {
    { "sys/health", true },     { "sys/init", true },           { "sys/seal", true },
    { "sys/step-down", true },  { "sys/unseal", true },         { "sys/raw/", true },
    { "sys/rekey/", true },     { "sys/generate-root/", true }, { "sys/audit", false },
    { "sys/config/", false },   { "sys/host-info", false },     { "sys/quotas/", false },
    { "sys/ha-status", false },
};

/* True: answered. */
static bool is_restricted(dev_request *request, vc_view path, bool early)
{
    for (size_t i = 0; i < sizeof restricted / sizeof restricted[0]; i++) {
        const char *name = restricted[i].path;
        const bool below = name[strlen(name) - 1] == '/';
        if (early && !restricted[i].early)
            continue;
        if (below ? !vc__view_starts(path, name) : !vc__view_is(path, name))
            continue;
        dev_reply_error(request, 400, "%s",
                        restricted[i].early || !request->server->flavour->openbao
                            ? "operation unavailable in namespaces"
                            : "operation only available in root namespace");
        return true;
    }
    return false;
}

/* The header's value as a namespace's path: "a/b/", empty for the root. */
static void header_path(const dev_request *request, vc__buf *path)
{
    const char *header = dev_header(request, "X-Vault-Namespace");
    vc_view given = vc_str(header ? header : "");
    while (given.len && given.data[0] == '/')
        given = vc_view_of(given.data + 1, given.len - 1);
    while (given.len && given.data[given.len - 1] == '/')
        given.len--;
    if (given.len == 0 || vc__view_is(given, "root"))
        return;
    vc__buf_view(path, given);
    vc__buf_byte(path, '/');
}

/* The innermost namespace below `space` that the path begins with; the path is then what is behind it. */
static dev_namespace *descend(const dev_request *request, dev_namespace *space, vc_view *path)
{
    const dev_names *all = &request->server->namespaces;
    dev_namespace *best = space;
    const size_t above = strlen(space->path);
    size_t len = 0;
    for (size_t i = 0; i < all->count; i++) {
        dev_namespace *each = all->list[i].item;
        const size_t more = strlen(each->path) - (dev_namespace_holds(space, each) ? above : 0);
        if (!dev_namespace_holds(space, each) || more <= len || !vc__view_starts(*path, each->path + above))
            continue;
        best = each;
        len = more;
    }
    *path = vc_view_of(path->data + len, path->len - len);
    return best;
}

static bool answer_locked(dev_request *request, const dev_namespace *space)
{
    const bool unlocks = vc__view_starts(vc__buf_get(&request->path), "sys/namespaces/api-lock/");
    for (; space && !unlocks; space = space->parent) {
        if (!space->locked)
            continue;
        dev_reply_error(request, 503,
                        "API access to this namespace has been locked by an administrator - \"%s\" must be "
                        "unlocked to gain access.",
                        space->path);
        return true;
    }
    return false;
}

bool dev_namespace_find(dev_request *request)
{
    vc__auto(vc__buf) header = VC__BUF(4096), rest = VC__BUF(8192);
    header_path(request, &header);
    vc_view path = vc__buf_get(&request->path);
    const bool any = request->server->namespaces.count > 1 || request->server->flavour->openbao;
    dev_namespace *space = dev_namespace_root(request->server);
    if (header.len && any) {
        if (is_restricted(request, path, true))
            return false;
        space = dev_names_get(&request->server->namespaces, vc__buf_get(&header));
        if (!space) {
            dev_reply_error(request, 404, "namespace not found");
            return false;
        }
    }
    space = descend(request, space, &path);
    request->space = space;
    if (path.len != request->path.len) {
        vc__buf_view(&rest, path);
        vc__buf_clear(&request->path);
        vc__buf_view(&request->path, vc__buf_get(&rest));
    }
    return !space->parent || (!is_restricted(request, path, false) && !answer_locked(request, space));
}

/* -- sys/namespaces -- */

static void write_one(vc__buf *out, const dev_namespace *space)
{
    out_open(out, '{');
    dev_out_value(out, "custom_metadata", space->metadata, "{}");
    out_member(out, "id", space->id);
    out_member_bool(out, "locked", space->locked);
    out_member(out, "path", space->path);
    out_member_bool(out, "tainted", false);
    out_member(out, "uuid", space->uuid);
    out_close(out, '}');
}

/* The path of the namespace that the URL names, below the one of the request. False: answered. */
static bool named_path(dev_request *request, vc__buf *path)
{
    static const char *const reserved[] = { "sys", "audit", "auth", "cubbyhole", "identity", "root" };
    vc_view name = request->args[0];
    while (name.len && name.data[name.len - 1] == '/')
        name.len--;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (vc__view_is(name, reserved[i])) {
            dev_reply_error(request, 400, "\"%s/\" is a reserved path and cannot be used as a namespace name",
                            reserved[i]);
            return false;
        }
    }
    if (name.len && memchr(name.data, '/', name.len))
        dev_reply_error(request, 400, "namespace name cannot contain /");
    else if (name.len && memchr(name.data, ' ', name.len))
        dev_reply_error(request, 400,
                        "\"%.*s\" contains space characters that cannot be used in a namespace name",
                        (int)name.len, name.data);
    else if (!dev_name_ok(name))
        dev_reply_error(request, 400, "\"%.*s\" cannot be the name of a namespace in this emulator",
                        (int)name.len, name.data);
    else {
        vc__buf_printf(path, "%s%.*s/", request->space->path, (int)name.len, name.data);
        return path->failed == VC_OK;
    }
    return false;
}

static dev_namespace *named(dev_request *request, vc__buf *path)
{
    return dev_names_get(&request->server->namespaces, vc__buf_get(path));
}

void dev_namespace_read(dev_request *request)
{
    vc__auto(vc__buf) path = VC__BUF(4096);
    if (!named_path(request, &path))
        return;
    const dev_namespace *space = named(request, &path);
    if (space)
        write_one(dev_reply_data(request), space);
    else
        dev_reply_missing(request);
}

/* The names of those right below, with what they are. */
void dev_namespace_list(dev_request *request)
{
    const dev_names *all = &request->server->namespaces;
    vc__auto(vc__buf) keys = VC__BUF(1 << 20), info = VC__BUF(1 << 22);
    const size_t above = strlen(request->space->path);
    for (size_t i = 0; i < all->count; i++) {
        const dev_namespace *each = all->list[i].item;
        if (each->parent != request->space)
            continue;
        out_string(&keys, vc_str(each->path + above));
        out_string(&info, vc_str(each->path + above));
        vc__buf_byte(&info, ':');
        write_one(&info, each);
    }
    if (keys.len == 0) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"key_info\":{");
    vc__buf_view(out, vc__buf_get(&info));
    vc__buf_str(out, "},\"keys\":[");
    vc__buf_view(out, vc__buf_get(&keys));
    vc__buf_str(out, "]}");
}

static dev_namespace *make(dev_request *request, vc_view path)
{
    vc_error err = VC_ERROR_INIT;
    vc__random *random = request->connection->random;
    dev_namespace *space = dev_namespace_new(request->space, path, random);
    if (space && dev_namespace_setup(request->server, space, random, &err) != VC_OK) {
        dev_namespace_free(space);
        space = NULL;
    }
    return space && dev_names_put(&request->server->namespaces, path, space) ? space : NULL;
}

void dev_namespace_write(dev_request *request)
{
    vc__auto(vc__buf) path = VC__BUF(4096);
    json_object *metadata = dev_param(request, "custom_metadata");
    if (!named_path(request, &path))
        return;
    dev_namespace *space = named(request, &path);
    if (!space)
        space = make(request, vc__buf_get(&path));
    if (!space) {
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    json_object_put(space->metadata);
    space->metadata = json_object_is_type(metadata, json_type_object) ? json_object_get(metadata) : NULL;
    write_one(dev_reply_data(request), space);
}

/* Members take the place of members, null removes them: RFC 7396. */
void dev_namespace_patch(dev_request *request)
{
    vc__auto(vc__buf) path = VC__BUF(4096);
    json_object *patch = dev_param(request, "custom_metadata");
    if (!named_path(request, &path))
        return;
    dev_namespace *space = named(request, &path);
    if (!space) {
        dev_reply_error(request, 400, "requested namespace does not exist");
        return;
    }
    if (!json_object_is_type(patch, json_type_object)) {
        write_one(dev_reply_data(request), space);
        return;
    }
    if (!space->metadata)
        space->metadata = json_object_new_object();
    DEV_JSON_EACH (patch, each) {
        const char *name = json_object_iter_peek_name(&each);
        json_object *value = json_object_iter_peek_value(&each);
        if (value)
            json_object_object_add(space->metadata, name, json_object_get(value));
        else
            json_object_object_del(space->metadata, name);
    }
    write_one(dev_reply_data(request), space);
}

void dev_namespace_delete(dev_request *request)
{
    const dev_names *all = &request->server->namespaces;
    vc__auto(vc__buf) path = VC__BUF(4096);
    if (!named_path(request, &path))
        return;
    const dev_namespace *space = named(request, &path);
    for (size_t i = 0; space && i < all->count; i++) {
        if (((const dev_namespace *)all->list[i].item)->parent == space) {
            dev_reply_error(request, 400, "unable to delete namespace containing child namespaces");
            return;
        }
    }
    if (!space) {
        vc__buf_str(dev_reply_data(request), "null");
        dev_reply_warning(request, "requested namespace does not exist");
        return;
    }
    dev_token_revoke_in(request->server, space);
    dev_names_drop(&request->server->namespaces, vc__buf_get(&path));
    vc__buf_str(dev_reply_data(request), "{\"status\":\"in-progress\"}");
}

/* lock/a and unlock/a; lock and unlock alone are about the namespace of the request. */
void dev_namespace_lock(dev_request *request)
{
    vc__auto(vc__buf) path = VC__BUF(4096);
    const bool unlock = strstr(request->path.data, "/api-lock/unlock") != NULL;
    vc__buf_str(&path, request->space->path);
    if (request->args[0].len) {
        vc__buf_view(&path, request->args[0]);
        vc__buf_byte(&path, '/');
    }
    dev_namespace *space = named(request, &path);
    if (!space || !space->parent) {
        dev_reply_error(request, 400, "requested namespace does not exist");
        return;
    }
    space->locked = !unlock;
    if (unlock) {
        vc__buf_str(dev_reply_data(request), "null");
        dev_reply_warning(request, "Namespace unlocked using sudo capabilities");
        return;
    }
    char key[25];
    dev_letters(request->connection->random, key, 24);
    vc__buf_printf(dev_reply_data(request), "{\"unlock_key\":\"%s\"}", key);
}
