/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

#include "base/alloc.h"
#include "base/text.h"
#include "clock.h"
#include "param.h"
#include "reply.h"
#include "token.h"

#include <stdio.h>

static const char *const known_types[] = { "ad",  "aws",      "azure",      "consul", "cubbyhole", "database",
                                           "gcp", "kmip",     "kubernetes", "kv",     "ldap",      "nomad",
                                           "pki", "rabbitmq", "ssh",        "totp",   NULL };

const dev_engine *dev_engine_find(const dev_flavour *flavour, vc_view type)
{
    if (vc__view_is(type, dev_transit.type))
        return &dev_transit;
    if (flavour->transform && vc__view_is(type, dev_transform.type))
        return &dev_transform;
    return NULL;
}

void dev_mount_free(void *item)
{
    dev_mount *mount = item;
    if (!mount)
        return;
    if (mount->state)
        mount->engine->state_free(mount->state);
    vc__free(mount->description);
    vc__free(mount);
}

const char *dev_mount_type(const dev_mount *mount)
{
    return mount->engine->type;
}

static void write_config(vc__buf *out)
{
    out_open(out, '{');
    out_member_int(out, "default_lease_ttl", 0);
    out_member_bool(out, "force_no_cache", false);
    out_member_int(out, "max_lease_ttl", 0);
    out_close(out, '}');
}

static void write_mount(vc__buf *out, const dev_mount *mount)
{
    out_open(out, '{');
    out_member(out, "accessor", mount->accessor);
    out_key(out, "config");
    write_config(out);
    out_member(out, "description", mount->description);
    out_member_bool(out, "external_entropy_access", false);
    out_member_bool(out, "local", false);
    out_member_json(out, "options", "null");
    out_member(out, "plugin_version", "");
    out_member(out, "running_plugin_version", "");
    out_member(out, "running_sha256", "");
    out_member_bool(out, "seal_wrap", false);
    out_member(out, "type", mount->engine->type);
    out_member(out, "uuid", mount->uuid);
    out_close(out, '}');
}

void dev_mounts_read(dev_request *request)
{
    vc__buf *out = dev_reply_repeated(request);
    const dev_names *mounts = &request->server->mounts;
    out_open(out, '{');
    for (size_t i = 0; i < mounts->count; i++) {
        out_string(out, vc_str(mounts->list[i].name));
        vc__buf_byte(out, ':');
        write_mount(out, mounts->list[i].item);
    }
    out_close(out, '}');
}

/* The path that the URL names, with the slash that mounts end in. False: answered. */
static bool mount_path(dev_request *request, vc__buf *path)
{
    vc_view given = request->args[0];
    while (given.len && given.data[given.len - 1] == '/')
        given.len--;
    vc__buf_view(path, given);
    vc__buf_byte(path, '/');
    for (size_t begin = 0, at = 0; at < path->len; at++) {
        if (path->data[at] != '/')
            continue;
        if (!dev_name_ok(vc_view_of(path->data + begin, at - begin))) {
            dev_reply_error(request, 400, "path contains characters that this emulator does not take");
            return false;
        }
        begin = at + 1;
    }
    return true;
}

static void write_tune(vc__buf *out, const dev_mount *mount)
{
    out_open(out, '{');
    out_member_int(out, "default_lease_ttl", DEV_MAX_TTL);
    out_member(out, "description", mount->description);
    out_member_bool(out, "force_no_cache", false);
    out_member_int(out, "max_lease_ttl", DEV_MAX_TTL);
    out_close(out, '}');
}

void dev_mount_read(dev_request *request)
{
    static const char tune[] = "/tune/";
    vc__auto(vc__buf) path = VC__BUF(1024);
    if (!mount_path(request, &path))
        return;
    const bool tuning = path.len > strlen(tune) && strcmp(path.data + path.len - strlen(tune), tune) == 0;
    const vc_view name = vc_view_of(path.data, path.len - (tuning ? strlen(tune) - 1 : 0));
    const dev_mount *mount = dev_names_get(&request->server->mounts, name);
    if (!mount)
        dev_reply_error(request, 400, "No secret engine mount at %.*s", (int)name.len, name.data);
    else if (tuning)
        write_tune(dev_reply_repeated(request), mount);
    else
        write_mount(dev_reply_repeated(request), mount);
}

/* A mount that is the same as `path`, above it, or below it. */
static const char *conflict(const dev_server *server, vc_view path)
{
    for (size_t i = 0; i < server->mounts.count; i++) {
        const char *name = server->mounts.list[i].name;
        if (vc__view_starts(path, name) || vc__view_starts(vc_str(name), path.data))
            return name;
    }
    return NULL;
}

/* What is Vault's own and cannot be mounted upon. */
static bool protected_path(vc_view path)
{
    static const char *const own[] = { "sys/", "auth/", "cubbyhole/", "identity/" };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (vc__view_starts(path, own[i]))
            return true;
    return false;
}

static dev_mount *new_mount(dev_request *request, const dev_engine *engine, vc_view description)
{
    dev_mount *mount = vc__calloc(1, sizeof *mount);
    if (!mount)
        return NULL;
    char random[9];
    dev_hex(request->connection->random, random, 4);
    snprintf(mount->accessor, sizeof mount->accessor, "%s_%s", engine->type, random);
    dev_uuid(request->connection->random, mount->uuid);
    mount->engine = engine;
    mount->description = vc__memdup(description.data, description.len);
    mount->state = engine->state_new(request->server, NULL);
    if (!mount->description || !mount->state) {
        dev_mount_free(mount);
        return NULL;
    }
    return mount;
}

void dev_mount_enable(dev_request *request)
{
    vc_view type, description;
    vc__auto(vc__buf) path = VC__BUF(1024);
    if (!mount_path(request, &path) || !dev_param_string(request, "type", &type) ||
        !dev_param_string(request, "description", &description))
        return;
    const dev_engine *engine = dev_engine_find(request->server->flavour, type);
    const char *other = conflict(request->server, vc__buf_get(&path));
    if (type.len == 0) {
        dev_reply_error(request, 400, "backend type must be specified as a string");
    } else if (protected_path(vc__buf_get(&path))) {
        dev_reply_error(request, 400, "cannot mount \"%s\"", path.data);
    } else if (other) {
        dev_reply_error(request, 400, "path is already in use at %s", other);
    } else if (!engine) {
        for (size_t i = 0; known_types[i]; i++) {
            if (vc__view_is(type, known_types[i])) {
                dev_reply_error(request, 400,
                                "secrets engine \"%s\" is not in this emulator: it has transit and transform",
                                known_types[i]);
                return;
            }
        }
        dev_reply_error(request, 400, "plugin not found in the catalog: %.*s", (int)type.len, type.data);
    } else {
        dev_mount *mount = new_mount(request, engine, description);
        if (mount && dev_names_put(&request->server->mounts, vc__buf_get(&path), mount))
            dev_reply_empty(request);
        else
            dev_reply_error(request, 500, "out of memory");
    }
}

/* Vault says yes also when nothing is mounted there. */
void dev_mount_disable(dev_request *request)
{
    vc__auto(vc__buf) path = VC__BUF(1024);
    if (!mount_path(request, &path))
        return;
    dev_names_drop(&request->server->mounts, vc__buf_get(&path));
    dev_reply_empty(request);
}
