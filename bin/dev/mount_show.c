/* SPDX-License-Identifier: Apache-2.0 */
/* mount_show.c - what is mounted, as sys/mounts, sys/auth and sys/internal/ui/mounts tell it. */
#include "base/text.h"
#include "mount.h"
#include "param.h"
#include "reply.h"
#include "token.h"

/* What every namespace has of its own; nothing is behind them here but sys/. */
static const struct own_mount {
    const char *name, *type, *description, *headers;
    bool local, seal_wrap;
} own_mounts[] = {
    { "cubbyhole/", "cubbyhole", "per-token private secret storage", NULL, true, false },
    { "identity/", "identity", "identity store", "Authorization", false, false },
    { "sys/", "system", "system endpoints used for control, policy and debugging", "Accept", false, true },
};

static void write_config(vc__buf *out, long long usual, long long most, const char *token_type,
                         const char *headers)
{
    out_open(out, '{');
    out_member_int(out, "default_lease_ttl", usual);
    out_member_bool(out, "force_no_cache", false);
    out_member_int(out, "max_lease_ttl", most);
    if (headers) {
        out_key(out, "passthrough_request_headers");
        out_open(out, '[');
        out_string(out, vc_str(headers));
        out_close(out, ']');
    }
    if (token_type)
        out_member(out, "token_type", token_type);
    out_close(out, '}');
}

/* Inside the braces: what all have, and what nothing here makes use of. */
static void write_common(vc__buf *out, const char *description, bool local, bool seal_wrap)
{
    out_member(out, "description", description);
    out_member_bool(out, "external_entropy_access", false);
    out_member_bool(out, "local", local);
    out_member(out, "plugin_version", "");
    out_member(out, "running_plugin_version", "");
    out_member(out, "running_sha256", "");
    out_member_bool(out, "seal_wrap", seal_wrap);
}

static void write_type(vc__buf *out, const dev_request *request, const char *type)
{
    vc__auto(vc__buf) name = VC__BUF(64);
    const bool inner = request->space->parent && request->server->flavour->openbao;
    vc__buf_printf(&name, "%s%s", inner ? "ns_" : "", type);
    out_key(out, "type");
    out_string(out, vc__buf_get(&name));
}

/* Its identifiers are those of the namespace, a little changed. */
static void write_own(vc__buf *out, const dev_request *request, const struct own_mount *own)
{
    vc__auto(vc__buf) accessor = VC__BUF(128);
    vc__buf_printf(&accessor, "%s_%.8s", own->type, request->space->uuid);
    out_open(out, '{');
    out_key(out, "accessor");
    out_string(out, vc__buf_get(&accessor));
    out_key(out, "config");
    write_config(out, 0, 0, NULL, own->headers);
    write_common(out, own->description, own->local, own->seal_wrap);
    out_member_json(out, "options", "null");
    write_type(out, request, own->type);
    out_member(out, "uuid", request->space->uuid);
    out_close(out, '}');
}

static void write_mount(vc__buf *out, const dev_request *request, const dev_mount *mount, const char *path)
{
    const bool own = mount->engine == &dev_tokens, openbao = request->server->flavour->openbao;
    const char *token_type = own && request->space->parent && openbao ? "default" : mount->token_type;
    out_open(out, '{');
    out_member(out, "accessor", mount->accessor);
    out_key(out, "config");
    write_config(out, mount->default_ttl, mount->max_ttl, token_type, NULL);
    if (!own && openbao)
        out_member(out, "deprecation_status", "supported");
    write_common(out, mount->description, false, false);
    out_member_json(out, "options", own ? "null" : mount->token_type || openbao ? "{}" : "null");
    if (path)
        out_member(out, "path", path);
    if (own)
        write_type(out, request, mount->engine->type);
    else
        out_member(out, "type", mount->engine->type);
    out_member(out, "uuid", mount->uuid);
    out_close(out, '}');
}

static void write_table(vc__buf *out, const dev_request *request, const dev_names *table, bool auth)
{
    out_open(out, '{');
    for (size_t i = 0; !auth && i < sizeof own_mounts / sizeof own_mounts[0]; i++) {
        out_string(out, vc_str(own_mounts[i].name));
        vc__buf_byte(out, ':');
        write_own(out, request, &own_mounts[i]);
    }
    for (size_t i = 0; i < table->count; i++) {
        out_string(out, vc_str(table->list[i].name));
        vc__buf_byte(out, ':');
        write_mount(out, request, table->list[i].item, NULL);
    }
    out_close(out, '}');
}

void dev_mounts_read(dev_request *request)
{
    const bool auth = dev_mount_is_auth(request);
    write_table(dev_reply_repeated(request), request, auth ? &request->space->auths : &request->space->mounts,
                auth);
}

bool dev_mount_show_own(dev_request *request, vc_view path)
{
    for (size_t i = 0; !dev_mount_is_auth(request) && i < sizeof own_mounts / sizeof own_mounts[0]; i++) {
        if (!vc__view_is(path, own_mounts[i].name))
            continue;
        write_own(dev_reply_repeated(request), request, &own_mounts[i]);
        return true;
    }
    return false;
}

void dev_mount_show(dev_request *request, const dev_mount *mount)
{
    write_mount(dev_reply_repeated(request), request, mount, NULL);
}

void dev_mount_show_tune(dev_request *request, const dev_mount *mount)
{
    vc__buf *out = dev_reply_repeated(request);
    out_open(out, '{');
    out_member_int(out, "default_lease_ttl", mount->default_ttl ? mount->default_ttl : DEV_MAX_TTL);
    out_member(out, "description", mount->description);
    out_member_bool(out, "force_no_cache", false);
    out_member_int(out, "max_lease_ttl", mount->max_ttl ? mount->max_ttl : DEV_MAX_TTL);
    if (mount->token_type)
        out_member(out, "token_type", mount->token_type);
    out_close(out, '}');
}

/* -- sys/internal/ui -- */

void dev_ui_mounts(dev_request *request)
{
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_key(out, "auth");
    write_table(out, request, &request->space->auths, true);
    out_key(out, "secret");
    write_table(out, request, &request->space->mounts, false);
    out_close(out, '}');
}

void dev_ui_mount(dev_request *request)
{
    size_t len;
    vc_view path = request->args[0];
    const dev_mount *mount = dev_mount_find(&request->space->mounts, path, &len);
    const dev_names *table = &request->space->mounts;
    for (size_t i = 0; mount && i < table->count; i++) {
        if (table->list[i].item == mount) {
            write_mount(dev_reply_data(request), request, mount, table->list[i].name);
            return;
        }
    }
    while (path.len && path.data[path.len - 1] == '/')
        path.len--;
    dev_reply_error(request, 403,
                    "preflight capability check returned 403, please ensure client's policies grant access "
                    "to path \"%.*s/\"",
                    (int)path.len, path.data);
}

void dev_ui_namespaces(dev_request *request)
{
    const dev_names *all = &request->server->namespaces;
    const size_t above = strlen(request->space->path);
    vc__buf *out = dev_reply_data(request);
    vc__buf_str(out, "{\"keys\":[");
    for (size_t i = 0; i < all->count; i++) {
        const dev_namespace *each = all->list[i].item;
        if (each->parent == request->space)
            out_string(out, vc_str(each->path + above));
    }
    vc__buf_str(out, "]}");
}
