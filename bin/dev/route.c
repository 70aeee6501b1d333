/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#include "base/text.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"
#include "token.h"

#include <stdlib.h>

/* Where a path leads. */
typedef struct route_target {
    const dev_route *route; /* NULL: nothing handles the path */
    bool mounted;           /* something is mounted there, or it is sys or auth/token */
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

/* The longest mount that the path begins with. */
static dev_mount *find_mount(const dev_server *server, vc_view path, size_t *len)
{
    dev_mount *best = NULL;
    *len = 0;
    for (size_t i = 0; i < server->mounts.count; i++) {
        const char *name = server->mounts.list[i].name;
        const size_t size = strlen(name);
        /* the mount's own name, without its slash, is its root */
        if (size > *len &&
            (vc__view_starts(path, name) || vc__view_equal(path, vc_view_of(name, size - 1)))) {
            *len = size > path.len ? path.len : size;
            best = server->mounts.list[i].item;
        }
    }
    return best;
}

static bool ends_in_slash(const dev_request *request)
{
    return request->path.len && request->path.data[request->path.len - 1] == '/';
}

static route_target resolve(dev_request *request)
{
    static const struct {
        const char *prefix;
        const dev_route *routes;
    } own[] = { { "sys/", dev_sys_routes }, { "auth/token/", dev_token_routes } };
    vc_view path = vc__buf_get(&request->path);
    route_target found = { .op = request->op };
    if (request->op == DEV_LIST && path.len)
        path.len--; /* its slash */
    request->mount = NULL;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        const size_t len = strlen(own[i].prefix);
        if (vc__view_starts(path, own[i].prefix)) {
            found.mounted = true;
            found.route = find_in(own[i].routes, request, vc_view_of(path.data + len, path.len - len));
            return found;
        }
    }
    size_t len;
    request->mount = find_mount(request->server, path, &len);
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

static vc_view token_id(const dev_request *request)
{
    const char *id = dev_header(request, "X-Vault-Token");
    if (id && *id)
        return vc_str(id);
    const char *bearer = dev_header(request, "Authorization");
    return bearer && strncmp(bearer, "Bearer ", 7) == 0 ? vc_str(bearer + 7) : vc_view_of(NULL, 0);
}

static void refuse_token(dev_request *request, bool given)
{
    if (given && request->server->flavour->invalid_token)
        dev_reply_error(request, 403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n");
    else
        dev_reply_error(request, 403, "permission denied");
}

/* Finds the token, takes a use, asks the policies. True: go on. */
static bool admit(dev_request *request, const route_target *target)
{
    static const unsigned needed[DEV_OPS] = { [DEV_READ] = DEV_CAP_READ,
                                              [DEV_LIST] = DEV_CAP_LIST,
                                              [DEV_UPDATE] = DEV_CAP_UPDATE,
                                              [DEV_CREATE] = DEV_CAP_CREATE,
                                              [DEV_DELETE] = DEV_CAP_DELETE };
    const unsigned flags = target->route ? target->route->flags : 0;
    if (flags & DEV_PUBLIC)
        return true;
    const vc_view id = token_id(request);
    request->token = id.len ? dev_token_find(request->server, id) : NULL;
    if (!request->token || !dev_token_use(request->token)) {
        request->token = NULL;
        refuse_token(request, id.len != 0);
        return false;
    }
    const unsigned caps = dev_token_caps(request->server, request->token, vc__buf_get(&request->path));
    const bool enough = (caps & needed[target->op]) && (!(flags & DEV_SUDO) || (caps & DEV_CAP_SUDO));
    if (!(caps & DEV_CAP_ROOT) && !enough) {
        dev_reply_denied(request);
        return false;
    }
    return true;
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

static void answer(dev_request *request, const route_target *target)
{
    dev_server *server = request->server;
    const dev_route *route = target->route;
    if ((server->sealed || request->sealed) && !(route && route->flags & DEV_UNSEALED)) {
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
    } else if (!route) {
        dev_reply_wrapped(request, 404, "unsupported path");
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

void dev_handle(dev_request *request)
{
    dev_server *server = request->server;
    pthread_rwlock_rdlock(&server->lock);
    route_target found = resolve(request);
    if (!found.route || !(found.route->flags & DEV_SHARED) || found.op == DEV_CREATE) {
        pthread_rwlock_unlock(&server->lock);
        pthread_rwlock_wrlock(&server->lock);
        if (server->tokens.count % 256 == 255)
            dev_token_sweep(server);
        found = resolve(request);
    }
    answer(request, &found);
    request->token = NULL; /* may be gone once the lock is */
    pthread_rwlock_unlock(&server->lock);
}
