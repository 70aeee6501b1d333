/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "clock.h"
#include "param.h"
#include "reply.h"
#include "token.h"

#include <stdio.h>

/* Which of the two tables a request is about, and what differs between them. */
typedef struct mount_class {
    const char *prefix; /* of the request's path */
    const char *kind;   /* in texts */
    const dev_engine *const *engines;
    const char *const *known; /* what a real server has, and this one not */
} mount_class;

static const dev_engine *const secret_engines[] = { &dev_transit, &dev_transform, NULL };
static const char *const known_secrets[] = { "ad",       "aws",   "azure", "consul",     "cubbyhole",
                                             "database", "gcp",   "kmip",  "kubernetes", "kv",
                                             "ldap",     "nomad", "pki",   "rabbitmq",   "ssh",
                                             "totp",     NULL };
static const dev_engine *const auth_engines[] = { &dev_approle, &dev_userpass, &dev_jwt, &dev_kubernetes,
                                                  &dev_ldap,    &dev_cert,     NULL };
static const char *const known_auths[] = { "aws",  "azure", "cf",     "gcp",      "github", "oci",
                                           "okta", "oidc",  "radius", "kerberos", NULL };
static const mount_class secrets_class = { "sys/mounts", "secrets engine", secret_engines, known_secrets };
static const mount_class auth_class = { "sys/auth", "auth method", auth_engines, known_auths };

static const mount_class *class_of(const dev_request *request)
{
    const vc_view path = vc__buf_get(&request->path);
    return vc__view_starts(path, auth_class.prefix) || vc__view_starts(path, "sys/mounts/auth/")
               ? &auth_class
               : &secrets_class;
}

bool dev_mount_is_auth(const dev_request *request)
{
    return class_of(request) == &auth_class;
}

static dev_names *table_of(const dev_request *request)
{
    return class_of(request) == &auth_class ? &request->space->auths : &request->space->mounts;
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

dev_mount *dev_mount_find(const dev_names *table, vc_view path, size_t *len)
{
    dev_mount *best = NULL;
    *len = 0;
    for (size_t i = 0; i < table->count; i++) {
        const char *name = table->list[i].name;
        const size_t size = strlen(name);
        /* the mount's own name, without its slash, is its root */
        if (size > *len &&
            (vc__view_starts(path, name) || vc__view_equal(path, vc_view_of(name, size - 1)))) {
            *len = size > path.len ? path.len : size;
            best = table->list[i].item;
        }
    }
    return best;
}

dev_mount *dev_mount_by_accessor(const dev_names *table, const char *accessor)
{
    for (size_t i = 0; i < table->count; i++) {
        dev_mount *mount = table->list[i].item;
        if (strcmp(mount->accessor, accessor) == 0)
            return mount;
    }
    return NULL;
}

/* The path that the URL names, with the slash that mounts end in, and whether /tune was behind it. False:
 * answered. */
static bool mount_path(dev_request *request, vc__buf *path, bool *tune)
{
    vc_view given = request->args[0];
    static const char tail[] = "/tune";
    while (given.len && given.data[given.len - 1] == '/')
        given.len--;
    if (vc__view_starts(vc__buf_get(&request->path), "sys/mounts/auth/"))
        given = vc_view_of(given.data + 5, given.len - 5);
    *tune = given.len >= sizeof tail && memcmp(given.data + given.len - 5, tail, 5) == 0;
    given.len -= *tune ? 5 : 0;
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

static void no_mount(dev_request *request, const char *name, bool tuning)
{
    const bool auth = class_of(request) == &auth_class;
    if (auth && tuning)
        dev_reply_error(request, 400, "cannot fetch sysview for path \"auth/%s\"", name);
    else
        dev_reply_error(request, 400, auth ? "No auth engine at %s" : "No secret engine mount at %s", name);
}

void dev_mount_read(dev_request *request)
{
    vc__auto(vc__buf) path = VC__BUF(1024);
    bool tuning;
    if (!mount_path(request, &path, &tuning))
        return;
    const dev_mount *mount = dev_names_get(table_of(request), vc__buf_get(&path));
    if (!mount && (tuning || !dev_mount_show_own(request, vc__buf_get(&path))))
        no_mount(request, path.data, tuning);
    else if (mount && tuning)
        dev_mount_show_tune(request, mount);
    else if (mount)
        dev_mount_show(request, mount);
}

/* A mount that is the same as `path`, above it, or below it. */
static const char *conflict(const dev_names *table, vc_view path)
{
    for (size_t i = 0; i < table->count; i++) {
        const char *name = table->list[i].name;
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

static dev_mount *new_mount(dev_server *server, vc__random *random, const dev_engine *engine,
                            vc_view description, bool auth)
{
    dev_mount *mount = vc__calloc(1, sizeof *mount);
    if (!mount)
        return NULL;
    char letters[9];
    dev_hex(random, letters, 4);
    snprintf(mount->accessor, sizeof mount->accessor, "%s%s_%s", auth ? "auth_" : "", engine->type, letters);
    dev_uuid(random, mount->uuid);
    mount->engine = engine;
    mount->token_type = auth ? "default-service" : NULL;
    mount->description = vc__memdup(description.data, description.len);
    mount->state = engine->state_new ? engine->state_new(server, NULL) : NULL;
    if (!mount->description || (engine->state_new && !mount->state)) {
        dev_mount_free(mount);
        return NULL;
    }
    return mount;
}

vc_code dev_mount_setup(dev_server *server, dev_namespace *space, vc__random *random, vc_error *err)
{
    dev_mount *mount = new_mount(server, random, &dev_tokens, vc_str("token based credentials"), true);
    return mount && dev_names_put(&space->auths, vc_str("token/"), mount) ? VC_OK : vc__error_memory(err);
}

/* Parameters of mount and tune that are about time. False: answered. */
static bool read_ttls(dev_request *request, dev_mount *mount)
{
    long long usual = mount->default_ttl, most = mount->max_ttl;
    if (!dev_param_duration(request, "default_lease_ttl", &usual) ||
        !dev_param_duration(request, "max_lease_ttl", &most))
        return false;
    if (usual && usual > (most ? most : DEV_MAX_TTL)) {
        dev_reply_error(request, 400,
                        "backend max lease TTL of %lld would be less than backend default lease TTL of %lld",
                        most ? most : (long long)DEV_MAX_TTL, usual);
        return false;
    }
    mount->default_ttl = usual;
    mount->max_ttl = most;
    return true;
}

static bool read_token_type(dev_request *request, dev_mount *mount)
{
    static const char *const types[] = { "default-service", "default-batch", "service", "batch" };
    vc_view type;
    if (!dev_param_string(request, "token_type", &type))
        return false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (vc__view_is(type, types[i]) && mount->token_type)
            mount->token_type = types[i];
    return true;
}

static bool replace_description(dev_request *request, dev_mount *mount)
{
    vc_view text;
    if (!dev_param(request, "description"))
        return true;
    if (!dev_param_string(request, "description", &text))
        return false;
    char *copy = vc__memdup(text.data, text.len);
    if (copy) {
        vc__free(mount->description);
        mount->description = copy;
    }
    return true;
}

static void tune(dev_request *request, const char *path)
{
    dev_mount *mount = dev_names_get(table_of(request), vc_str(path));
    if (!mount) {
        dev_reply_error(request, 400, "no mount entry found");
    } else if (read_ttls(request, mount) && read_token_type(request, mount) &&
               replace_description(request, mount)) {
        dev_reply_empty(request);
    }
}

/* NULL: answered. */
static const dev_engine *find_engine(dev_request *request, vc_view type)
{
    const mount_class *class = class_of(request);
    for (size_t i = 0; class->engines[i]; i++)
        if (vc__view_is(type, class->engines[i]->type) &&
            (class->engines[i] != &dev_transform || request->server->flavour->transform))
            return class->engines[i];
    for (size_t i = 0; class->known[i]; i++) {
        if (vc__view_is(type, class->known[i])) {
            dev_reply_error(request, 400, "%s \"%s\" is not in this emulator", class->kind, class->known[i]);
            return NULL;
        }
    }
    if (class == &auth_class && vc__view_is(type, "token"))
        dev_reply_error(request, 400, "token credential backend cannot be instantiated");
    else
        dev_reply_error(request, 400, "plugin not found in the catalog: %.*s", (int)type.len, type.data);
    return NULL;
}

/* The object `config` of the body, in place of the body, while `read` looks at it. */
static bool with_config(dev_request *request, dev_mount *mount)
{
    json_object *whole = request->json, *config = dev_param(request, "config");
    if (!json_object_is_type(config, json_type_object))
        return true;
    request->json = config;
    const bool fine = read_ttls(request, mount) && read_token_type(request, mount);
    request->json = whole;
    return fine;
}

static void enable(dev_request *request, vc_view path)
{
    vc_view type, description;
    if (!dev_param_string(request, "type", &type) || !dev_param_string(request, "description", &description))
        return;
    const bool auth = class_of(request) == &auth_class;
    if (type.len == 0) {
        dev_reply_error(request, 400, "backend type must be specified as a string");
        return;
    }
    if (!auth && protected_path(path)) {
        dev_reply_error(request, 400, "cannot mount \"%s\"", path.data);
        return;
    }
    const char *other = conflict(table_of(request), path);
    const bool instance = auth && vc__view_is(type, "token");
    if (other && !instance) {
        dev_reply_error(request, 400, "path is already in use at %s", other);
        return;
    }
    const dev_engine *engine = find_engine(request, type);
    if (!engine)
        return;
    dev_mount *mount = new_mount(request->server, request->connection->random, engine, description, auth);
    if (mount && !with_config(request, mount))
        dev_mount_free(mount);
    else if (mount && dev_names_put(table_of(request), path, mount))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

void dev_mount_write(dev_request *request)
{
    vc__auto(vc__buf) path = VC__BUF(1024);
    bool tuning;
    if (!mount_path(request, &path, &tuning))
        return;
    if (tuning)
        tune(request, path.data);
    else
        enable(request, vc__buf_get(&path));
}

/* Vault says yes also when nothing is mounted there. */
void dev_mount_disable(dev_request *request)
{
    vc__auto(vc__buf) path = VC__BUF(1024);
    bool tuning;
    if (!mount_path(request, &path, &tuning))
        return;
    const dev_mount *mount = dev_names_get(table_of(request), vc__buf_get(&path));
    if (mount && mount->engine == &dev_tokens) {
        dev_reply_error(request, 400, "token credential backend cannot be disabled");
        return;
    }
    if (mount && mount->token_type)
        dev_token_revoke_of(request->server, mount);
    dev_names_drop(table_of(request), vc__buf_get(&path));
    dev_reply_empty(request);
}
