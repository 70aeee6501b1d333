/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#include "base/text.h"
#include "cidr.h"
#include "ha.h"
#include "json_each.h"
#include "mount.h"
#include "param.h"
#include "quota.h"
#include "reply.h"
#include "token.h"
#include "wrapping.h"

#include <stdlib.h>

/* Where a path leads. */
typedef struct route_target {
    const dev_route *route; /* NULL: nothing handles the path */
    bool mounted;           /* something is mounted there, or it is sys */
    dev_op op;
} route_target;

static bool name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

bool dev_name_ok(vc_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        const bool inside = i > 0 && i + 1 < name.len;
        if (!name_byte(name.data[i]) && !(inside && (name.data[i] == '-' || name.data[i] == '.')))
            return false;
    }
    return name.len > 0;
}

static size_t segment(const char *text, size_t len)
{
    const char *slash = len ? memchr(text, '/', len) : NULL;
    return slash ? (size_t)(slash - text) : len;
}

bool dev_route_match(const char *pattern, vc_view path, vc_view *args)
{
    size_t at = 0, captured = 0, rest = strlen(pattern);
    for (;;) {
        const size_t want = segment(pattern, rest), have = segment(path.data + at, path.len - at);
        const vc_view here = vc_view_of(path.data + at, have);
        if (want == 1 && pattern[0] == '*') {
            args[captured] = vc_view_of(path.data + at, path.len - at);
            return path.len > at;
        }
        if (want && pattern[0] == ':') {
            if (!dev_name_ok(here))
                return false;
            args[captured++] = here;
        } else if (!vc__view_equal(here, vc_view_of(pattern, want))) {
            return false;
        }
        const bool more = rest > want, left = path.len > at + have;
        if (!more || !left)
            return more == left;
        pattern += want + 1;
        rest -= want + 1;
        at += have + 1;
    }
}

static const dev_route *find_in(const dev_route *routes, dev_request *request, vc_view path)
{
    for (const dev_route *route = routes; route->pattern; route++) {
        memset(request->args, 0, sizeof request->args);
        if (dev_route_match(route->pattern, path, request->args))
            return route;
    }
    return NULL;
}

static bool ends_in_slash(const dev_request *request)
{
    return request->path.len && request->path.data[request->path.len - 1] == '/';
}

/* The mount that the path is below; `*len` is what of the path is its name. */
static dev_mount *mounted_at(const dev_request *request, vc_view path, size_t *len)
{
    static const char auth[] = "auth/";
    if (!vc__view_starts(path, auth))
        return dev_mount_find(&request->space->mounts, path, len);
    const vc_view rest = vc_view_of(path.data + strlen(auth), path.len - strlen(auth));
    dev_mount *mount = dev_mount_find(&request->space->auths, rest, len);
    *len += strlen(auth);
    return mount;
}

static route_target resolve(dev_request *request)
{
    static const char sys[] = "sys/";
    vc_view path = vc__buf_get(&request->path);
    route_target found = { .op = request->op };
    if (request->op == DEV_LIST && path.len)
        path.len--; /* its slash */
    request->mount = NULL;
    if (vc__view_starts(path, sys)) {
        found.mounted = true;
        found.route =
            find_in(dev_sys_routes, request, vc_view_of(path.data + strlen(sys), path.len - strlen(sys)));
        return found;
    }
    size_t len;
    request->mount = mounted_at(request, path, &len);
    if (request->mount) {
        found.mounted = true;
        const bool slash = request->op == DEV_READ && path.len > len && path.data[path.len - 1] == '/';
        path.len -= slash;
        found.route =
            find_in(request->mount->engine->routes, request, vc_view_of(path.data + len, path.len - len));
    }
    if (request->mount && request->op == DEV_READ && ends_in_slash(request) && found.route &&
        !found.route->on[DEV_LIST])
        found.route = NULL;
    if (found.op == DEV_UPDATE && found.route && found.route->exists && !found.route->exists(request))
        found.op = DEV_CREATE;
    return found;
}

static dev_handler *handler_of(const route_target *target)
{
    dev_handler *handler = target->route->on[target->op];
    return !handler && target->op == DEV_CREATE ? target->route->on[DEV_UPDATE] : handler;
}

static void refuse_token(dev_request *request, bool given)
{
    if (given && request->server->flavour->invalid_token)
        dev_reply_error(request, 403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n");
    else
        dev_reply_error(request, 403, "permission denied");
}

static bool parse_body(dev_request *request)
{
    const vc__buf *body = &request->body;
    if (dev_body_blank(body))
        return true;
    json_tokener *tokener = json_tokener_new_ex(310);
    if (!tokener) {
        dev_reply_error(request, 500, "out of memory");
        return false;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    request->json = json_tokener_parse_ex(tokener, body->data, (int)body->len + 1);
    const bool null = !request->json && json_tokener_get_error(tokener) == json_tokener_success;
    json_tokener_free(tokener);
    if (null || json_object_is_type(request->json, json_type_object))
        return true;
    dev_reply_not_json(request);
    return false;
}

/* What the policies say of parameters and of wrapping. */
static bool within_limits(dev_request *request, const dev_permit *permit)
{
    if (!dev_permit_limits(permit))
        return true;
    const bool writes = request->op == DEV_UPDATE || request->op == DEV_PATCH;
    json_object *body =
        writes && !dev_body_blank(&request->body) ? json_tokener_parse(request->body.data) : NULL;
    const bool within = dev_permit_allows(
        permit, writes, json_object_is_type(body, json_type_object) ? body : NULL, request->wrap_ttl);
    json_object_put(body);
    return within;
}

/* A token looks after itself in its own namespace, wherever that is asked. */
static const dev_namespace *space_of(const dev_request *request)
{
    static const char *const own[] = { "auth/token/lookup-self", "auth/token/renew-self",
                                       "auth/token/revoke-self" };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (vc__view_is(vc__buf_get(&request->path), own[i]))
            return request->token->space;
    return request->space;
}

/* Finds the token, takes a use, asks the policies. True: go on. */
static bool admit(dev_request *request, const route_target *target)
{
    static const unsigned needed[DEV_OPS] = {
        [DEV_READ] = DEV_CAP_READ,     [DEV_LIST] = DEV_CAP_LIST,     [DEV_UPDATE] = DEV_CAP_UPDATE,
        [DEV_CREATE] = DEV_CAP_CREATE, [DEV_DELETE] = DEV_CAP_DELETE, [DEV_PATCH] = DEV_CAP_PATCH
    };
    const unsigned flags = target->route ? target->route->flags : 0;
    if (flags & DEV_PUBLIC)
        return true;
    const vc_view id = dev_token_given(request);
    request->token = id.len ? dev_token_find(request->server, id) : NULL;
    if (!request->token || !dev_cidrs_hold(request->token->cidrs, dev_client_address(request)) ||
        !dev_token_use(request->token)) {
        request->token = NULL;
        refuse_token(request, id.len != 0);
        return false;
    }
    if (flags & DEV_ANYONE)
        return true;
    const dev_permit permit =
        dev_token_permit(request->token, space_of(request), vc__buf_get(&request->path));
    const bool enough =
        (permit.caps & needed[target->op]) && (!(flags & DEV_SUDO) || (permit.caps & DEV_CAP_SUDO));
    if (!(permit.caps & DEV_CAP_ROOT) && (!enough || !within_limits(request, &permit))) {
        dev_reply_denied(request);
        return false;
    }
    return true;
}

static bool has_field(const char *fields, vc_view name)
{
    for (const char *at = fields; name.len && (at = strstr(at, " ")) && at[1]; at++)
        if (strncmp(at + 1, name.data, name.len) == 0 && at[1 + name.len] == ' ')
            return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    const vc_view *left = a, *right = b;
    const int order = memcmp(left->data, right->data, left->len < right->len ? left->len : right->len);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

void dev_warn_ignored(dev_request *request, const char *fields, const vc_view *names, size_t count)
{
    enum { MOST = 32 };
    vc_view unknown[MOST];
    size_t found = 0;
    bool replaced = false;
    for (size_t i = 0; i < count && found < MOST; i++) {
        if (!has_field(fields, names[i]))
            unknown[found++] = names[i];
        replaced |= vc__view_is(names[i], "name");
    }
    if (!request->reply.enveloped)
        return;
    if (replaced)
        dev_reply_warning(request,
                          "Endpoint replaced the value of these parameters with the values captured from the "
                          "endpoint's path: [name]");
    if (found == 0)
        return;
    qsort(unknown, found, sizeof *unknown, by_name);
    vc__auto(vc__buf) list = VC__BUF(2048);
    for (size_t i = 0; i < found; i++)
        vc__buf_printf(&list, "%s%.*s", i ? " " : "", (int)unknown[i].len, unknown[i].data);
    dev_reply_warning(request, "Endpoint ignored these unrecognized parameters: [%s]",
                      list.data ? list.data : "");
}

static void warn_ignored(dev_request *request, const dev_route *route)
{
    enum { MOST = 64 };
    vc_view names[MOST];
    size_t count = 0;
    if (!route->fields || !request->json)
        return;
    DEV_JSON_EACH (request->json, each) {
        if (count < MOST)
            names[count++] = vc_str(json_object_iter_peek_name(&each));
    }
    dev_warn_ignored(request, route->fields, names, count);
}

static bool is_sealed(const dev_request *request)
{
    const dev_seal *seal = &request->server->seal;
    return seal->sealed || !seal->initialized || request->sealed;
}

static void answer(dev_request *request, const route_target *target)
{
    const dev_route *route = target->route;
    if (is_sealed(request) && !(route && route->flags & DEV_UNSEALED)) {
        dev_reply_error(request, 503, "Vault is sealed");
        return;
    }
    if (!admit(request, target))
        return;
    if (request->op == DEV_UPDATE && ends_in_slash(request)) {
        dev_reply_error(request, 400, "cannot write to a path ending in '/'");
    } else if (!target->mounted) {
        dev_reply_error(request, 404, "no handler for route \"%s\". route entry not found.",
                        request->path.data);
    } else if (!route || (!handler_of(target) && request->op == DEV_LIST && request->mount)) {
        /* A LIST asks for the path with a slash at its end, which an engine that lists nothing there does not have. */
        dev_reply_wrapped(request, 404, "unsupported path");
    } else if (!handler_of(target) && route->flags & DEV_PUBLIC && request->mount) {
        dev_reply_error(request, 405, "unsupported operation");
    } else if (!handler_of(target) && route->flags & DEV_PUBLIC) {
        dev_reply_none(request, 405);
    } else if (!handler_of(target)) {
        dev_reply_wrapped(request, 405, "unsupported operation");
    } else if (route->flags & DEV_RAW || parse_body(request)) {
        request->op = target->op;
        handler_of(target)(request);
        warn_ignored(request, route);
    }
}

/* What comes before any path is looked at. False: answered. */
static bool enter(dev_request *request)
{
    request->space = dev_namespace_root(request->server);
    if (is_sealed(request))
        return true;
    return dev_ha_active(request) && dev_ha_index_read(request) && dev_namespace_find(request) &&
           dev_quotas_admit(request);
}

/* From a shared lock to an exclusive one: in between others may have changed everything. False: answered. */
static bool become_alone(dev_request *request)
{
    dev_server *server = request->server;
    vc__auto(vc__buf) path = VC__BUF(4096);
    vc__buf_str(&path, request->space->path);
    pthread_rwlock_unlock(&server->lock);
    pthread_rwlock_wrlock(&server->lock);
    request->space = dev_names_get(&server->namespaces, vc__buf_get(&path));
    if (!request->space)
        dev_reply_error(request, 404, "namespace not found");
    return request->space;
}

/* The lock is taken, shared. */
static void handle(dev_request *request)
{
    dev_server *server = request->server;
    if (!enter(request))
        return;
    route_target found = resolve(request);
    if (!found.route || !(found.route->flags & DEV_SHARED) || found.op == DEV_CREATE || request->wrap_ttl) {
        if (!become_alone(request))
            return;
        if (server->tokens.count % 256 == 255)
            dev_token_sweep(server);
        found = resolve(request);
    }
    answer(request, &found);
    dev_wrapping_wrap(request);
    dev_ha_index_write(request);
}

void dev_handle(dev_request *request)
{
    dev_server *server = request->server;
    if (!dev_wrapping_read(request))
        return;
    pthread_rwlock_rdlock(&server->lock);
    handle(request);
    request->token = NULL; /* may be gone once the lock is */
    pthread_rwlock_unlock(&server->lock);
}
