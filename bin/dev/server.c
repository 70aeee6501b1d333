/* SPDX-License-Identifier: Apache-2.0 */
/* server.c - HTTP by libmicrohttpd: a thread per connection, so that one that waits (a fault) holds up no
 * other. */
#include "server.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "namespace.h"
#include "mischief.h"
#include "quota.h"
#include "reply.h"
#include "tls.h"
#include "token.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

enum {
    PATH_MAX_LEN = 4096,
    CONNECTION_MEMORY = 256 << 10,
    CONNECTIONS = 1024,
    STACK = 512 << 10,
    POLL_MS = 100
};

void dev_log(const dev_server *server, dev_log_level level, const char *format, ...)
{
    if (level > server->log_level)
        return;
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "vaultcrypt dev: %s\n", text);
}

const char *dev_query(const dev_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->http, MHD_GET_ARGUMENT_KIND, name);
}

const char *dev_header(const dev_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->http, MHD_HEADER_KIND, name);
}

const struct sockaddr *dev_client_address(const dev_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->http, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

bool dev_server_sleep(dev_server *server, uint64_t milliseconds)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)(milliseconds / 1000);
    end.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec++;
    }
    pthread_mutex_lock(&server->stop_lock);
    int status = 0;
    while (!server->stopping && status == 0)
        status = pthread_cond_timedwait(&server->stop_signal, &server->stop_lock, &end);
    const bool go_on = !server->stopping;
    pthread_mutex_unlock(&server->stop_lock);
    return go_on;
}

/* -- a request's life -- */

static dev_request *request_new(dev_server *server, struct MHD_Connection *http)
{
    dev_request *request = vc__calloc(1, sizeof *request);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (!request || !info || !info->socket_context) {
        vc__free(request);
        return NULL;
    }
    request->server = server;
    request->connection = info->socket_context;
    request->http = http;
    request->path = (vc__buf)VC__BUF(PATH_MAX_LEN);
    request->uri = (vc__buf)VC__BUF(2 * PATH_MAX_LEN);
    request->body = (vc__buf)VC__BUF(DEV_BODY_MAX);
    request->reply.body = (vc__buf)VC__BUF(DEV_REPLY_MAX);
    request->reply.auth = (vc__buf)VC__BUF(1 << 20);
    request->reply.warnings = (vc__buf)VC__BUF(1 << 16);
    return request;
}

/* The first thing that is heard of a request: its URI as it stands on the line. */
static void *uri_heard(void *server, const char *uri, struct MHD_Connection *http)
{
    dev_request *request = request_new(server, http);
    if (request)
        vc__buf_str(&request->uri, uri);
    return request;
}

static void request_done(void *server, struct MHD_Connection *http, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)server, (void)http, (void)code;
    dev_request *request = *context;
    *context = NULL;
    if (!request)
        return;
    json_object_put(request->json);
    vc__buf_free(&request->path);
    vc__buf_free(&request->uri);
    vc__buf_free(&request->body);
    dev_reply_free(request);
    vc__free(request);
}

static void connection_changed(void *state, struct MHD_Connection *http, void **context,
                               enum MHD_ConnectionNotificationCode code)
{
    const dev_server *server = state;
    dev_connection *connection = *context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        if (server->tls)
            dev_tls_connection(server->tls, http);
        connection = vc__calloc(1, sizeof *connection);
        if (connection && !(connection->random = vc__random_new(NULL))) {
            vc__free(connection);
            connection = NULL;
        }
        *context = connection;
    } else if (connection) {
        vc__random_free(connection->random);
        vc__free(connection);
        *context = NULL;
    }
}

/* -- answering -- */

static enum MHD_Result send_reply(dev_request *request, const dev_fate *fate)
{
    dev_reply *reply = &request->reply;
    static char nothing[1];
    const bool no_body = reply->status == 204 || !reply->body.data;
    struct MHD_Response *response =
        fate->mischief
            ? dev_mischief_response(request, fate->mischief, fate->number, &reply->status)
            : MHD_create_response_from_buffer(no_body ? 0 : reply->body.len,
                                              no_body ? nothing : reply->body.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "Content-Type", "application/json");
    for (size_t i = 0; i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    const enum MHD_Result result = MHD_queue_response(request->http, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Says nothing until the other side gives up, or the server ends. */
static void be_silent(const dev_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->http, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd watched = { .fd = info ? info->connect_fd : -1, .events = POLLRDHUP };
    while (info && dev_server_sleep(request->server, POLL_MS))
        if (poll(&watched, 1, 0) > 0)
            return;
}

static void answer_status(dev_request *request, int status)
{
    if (status == 429)
        dev_reply_header(request, "Retry-After", "1");
    if (status == 429)
        dev_reply_error(request, 429, "request path \"%s\": rate limit quota exceeded", request->path.data);
    else if (status == 503)
        dev_reply_error(request, 503, "Vault is sealed");
    else
        dev_reply_wrapped(request, status, "a fault on purpose");
}

static dev_op op_of(const dev_request *request, const char *method)
{
    static const struct {
        const char *method;
        dev_op op;
    } methods[] = { { "GET", DEV_READ },    { "HEAD", DEV_READ },  { "LIST", DEV_LIST },
                    { "POST", DEV_UPDATE }, { "PUT", DEV_UPDATE }, { "DELETE", DEV_DELETE },
                    { "PATCH", DEV_PATCH } };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].method, method) == 0) {
            const char *list = methods[i].op == DEV_READ ? dev_query(request, "list") : NULL;
            return list && (strcmp(list, "true") == 0 || strcmp(list, "1") == 0) ? DEV_LIST : methods[i].op;
        }
    }
    return DEV_OPS;
}

/* Servers without strict limits read one value; OpenBao has seen that what follows may be values too. */
static void cut_body(const dev_flavour *flavour, vc__buf *body, const dev_verdict *verdict)
{
    size_t at = verdict->end;
    if (at == 0)
        return;
    while (at < body->len && body->data[at] && strchr(" \t\r\n", body->data[at]))
        at++;
    if (at < body->len &&
        (!flavour->openbao || (body->data[at] && strchr("{[\"-0123456789tfn", body->data[at]))))
        vc__buf_cut(body, verdict->end);
}

/* What is refused before any path is looked at. False: answered. */
static bool acceptable(dev_request *request, const char *method)
{
    const dev_flavour *flavour = request->server->flavour;
    const char *token = dev_header(request, "X-Vault-Token"), *type = dev_header(request, "Content-Type");
    dev_verdict verdict;
    if (request->op == DEV_PATCH && !type)
        dev_reply_error(request, 400, "mime: no media type");
    else if (request->op == DEV_PATCH && strcmp(type, "application/merge-patch+json") != 0)
        dev_reply_error(request, 415,
                        "PATCH requires Content-Type of application/merge-patch+json, provided %s", type);
    else if (strcmp(method, "OPTIONS") == 0)
        dev_reply_error(request, 400, "cannot handle internal-only request operation");
    else if (request->op == DEV_OPS ||
             (strcmp(method, "HEAD") == 0 && strcmp(request->path.data, "sys/health") != 0))
        dev_reply_none(request, 405);
    else if (request->body.failed)
        dev_reply_error(request, 413, "http: request body too large");
    else if (flavour->limits.tokens && token && strlen(token) > 8192)
        dev_reply_error(request, 431, "token header is too long");
    else if (!dev_limits_check(flavour, vc__buf_get(&request->body), &verdict))
        dev_reply_error(request, verdict.status, "%s", verdict.text);
    else {
        cut_body(flavour, &request->body, &verdict);
        return true;
    }
    return false;
}

static void process(dev_request *request, const char *method, const char *url)
{
    request->op = op_of(request, method);
    if (strncmp(url, "/v1/", 4) != 0) {
        dev_reply_missing(request);
        return;
    }
    vc__buf_str(&request->path, url + 4);
    if (request->path.len == 0 || request->path.failed) {
        dev_reply_missing(request);
        return;
    }
    if (request->op == DEV_LIST && request->path.data[request->path.len - 1] != '/')
        vc__buf_byte(&request->path, '/');
    if (acceptable(request, method))
        dev_handle(request);
}

/* Faults do not touch sys/, so that what waits for the server can see it, and the faults can be changed. */
static dev_fate fate_of(dev_request *request, const char *url, bool *shut)
{
    dev_server *server = request->server;
    dev_fate fate = { 0 };
    const uint64_t now = dev_now();
    pthread_mutex_lock(&server->stop_lock);
    if (strncmp(url, "/v1/sys/", 8) != 0)
        fate = dev_faults_next(&server->faults, now);
    *shut = dev_faults_sealed(&server->faults, now);
    pthread_mutex_unlock(&server->stop_lock);
    return fate;
}

static enum MHD_Result respond(dev_request *request, const char *method, const char *url)
{
    const uint64_t begun = dev_now();
    const dev_fate fate = fate_of(request, url, &request->sealed);
    if (fate.latency)
        dev_server_sleep(request->server, fate.latency);
    if (fate.silent) {
        be_silent(request);
        return MHD_NO;
    }
    if (fate.status) {
        vc__buf_str(&request->path, strncmp(url, "/v1/", 4) == 0 ? url + 4 : url);
        answer_status(request, fate.status);
    } else {
        process(request, method, url);
    }
    dev_reply_finish(request);
    vc__buf_free(&request->body);
    dev_log(request->server, DEV_LOG_DEBUG, "%s %.200s: %d, %zu bytes, %llu ms", method, url,
            request->reply.status, request->reply.body.len, (unsigned long long)(dev_now() - begun));
    return send_reply(request, &fate);
}

static enum MHD_Result on_request(void *server, struct MHD_Connection *http, const char *url,
                                  const char *method, const char *version, const char *data, size_t *len,
                                  void **context)
{
    (void)version;
    dev_request *request = *context;
    if (!request || !request->begun) {
        if (!request)
            request = *context = request_new(server, http);
        if (request)
            request->begun = true;
        return request ? MHD_YES : MHD_NO;
    }
    if (*len) {
        vc__buf_append(&request->body, data,
                       *len); /* beyond the maximum it is swallowed, and answered with 413 */
        *len = 0;
        return MHD_YES;
    }
    return respond(request, method, url);
}

/* -- life -- */

static dev_server *server_new(const dev_server_options *options, vc_error *err)
{
    dev_server *server = vc__calloc(1, sizeof *server);
    if (!server) {
        vc__error_memory(err);
        return NULL;
    }
    server->flavour = options->flavour;
    server->log_level = options->log_level;
    server->namespaces.free_item = dev_namespace_free;
    server->quotas = vc__calloc(1, sizeof *server->quotas);
    if (server->quotas)
        dev_quotas_init(server->quotas);
    server->tokens.free_item = dev_token_free;
    server->faults = (dev_faults)DEV_FAULTS_INIT;
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&server->lock, &kind);
    pthread_rwlockattr_destroy(&kind);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&server->stop_signal, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&server->stop_lock, NULL);
    return server;
}

static void server_free(dev_server *server)
{
    dev_tls_free(server->tls);
    if (server->quotas)
        dev_quotas_free(server->quotas);
    vc__free(server->quotas);
    dev_names_free(&server->tokens);
    dev_names_free(&server->namespaces);
    pthread_rwlock_destroy(&server->lock);
    pthread_cond_destroy(&server->stop_signal);
    pthread_mutex_destroy(&server->stop_lock);
    vc__free(server);
}

static vc_code make_root(dev_server *server, vc__random *random, vc_error *err)
{
    dev_namespace *root = dev_namespace_new(NULL, vc_view_of("", 0), random);
    if (!root || !dev_names_put(&server->namespaces, vc_view_of("", 0), root))
        return vc__error_memory(err);
    return dev_namespace_setup(server, root, random, err);
}

vc_code dev_server_wipe(dev_server *server, vc__random *random, vc_error *err)
{
    dev_names_free(&server->tokens);
    dev_names_free(&server->namespaces);
    server->tokens = (dev_names){ .free_item = dev_token_free };
    server->namespaces = (dev_names){ .free_item = dev_namespace_free };
    server->seal = (dev_seal){ .sealed = true };
    server->unseal_keys[0] = 0;
    return make_root(server, random, err);
}

static vc_code setup(dev_server *server, const dev_server_options *options, vc_error *err)
{
    char suffix[9];
    vc__autoptr(vc__random) random = vc__random_new(err);
    if (!random)
        return err->code;
    dev_hex(random, suffix, 4);
    snprintf(server->cluster_name, sizeof server->cluster_name, "vault-cluster-%s", suffix);
    dev_uuid(random, server->cluster_id);
    for (size_t i = 0; i < options->fault_count; i++)
        if (dev_faults_parse(&server->faults, vc_str(options->faults[i]), err) != VC_OK)
            return err->code;
    dev_faults_begin(&server->faults, dev_now());
    server->started = dev_wall();
    server->with_index = options->index;
    if (options->standby_of)
        snprintf(server->standby_of, sizeof server->standby_of, "%s", options->standby_of);
    if (!server->quotas)
        return vc__error_memory(err);
    if (options->uninitialised)
        return dev_server_wipe(server, random, err);
    if (!dev_seal_init(&server->seal, options->shares, options->threshold, random, server->unseal_keys,
                       sizeof server->unseal_keys))
        return vc__error(err, VC_E_INTERNAL, "no random bytes");
    if (make_root(server, random, err) != VC_OK)
        return err->code;
    return dev_token_setup(server, options->root_token, random, err);
}

static vc_code listen_on(dev_server *server, const dev_server_options *options, vc_error *err)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(options->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(options->port) };
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;
    const struct sockaddr *address =
        options->ipv6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
    const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
                           (options->ipv6 ? MHD_USE_IPv6 : 0) | (server->tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem secure[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0,
          (void *)(uintptr_t)(server->tls ? dev_tls_certificate(server->tls) : NULL) },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)(server->tls ? dev_tls_key(server->tls) : NULL) },
        { MHD_OPTION_HTTPS_MEM_TRUST, 0,
          (void *)(uintptr_t)(server->tls ? dev_tls_authority(server->tls) : NULL) },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1" },
        { MHD_OPTION_END, 0, NULL },
    };
    if (!server->tls)
        secure[0].option = MHD_OPTION_END;
    server->daemon = MHD_start_daemon(
        flags, options->port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_NOTIFY_COMPLETED, request_done, server, MHD_OPTION_URI_LOG_CALLBACK, uri_heard, server,
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_ARRAY, secure, MHD_OPTION_END);
    if (!server->daemon)
        return vc__error(err, VC_E_CONNECT, "cannot listen on port %u of the loopback address: is it in use?",
                         (unsigned)options->port);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(server->address, sizeof server->address, "http%s://%s:%u", server->tls ? "s" : "",
             options->ipv6 ? "[::1]" : "127.0.0.1", info ? (unsigned)info->port : (unsigned)options->port);
    return VC_OK;
}

dev_server *dev_server_start(const dev_server_options *options, vc_error *err)
{
    dev_server *server = server_new(options, err);
    if (!server)
        return NULL;
    if (options->tls && !(server->tls = dev_tls_new(options->tls_folder, options->tls_client, err))) {
        server_free(server);
        return NULL;
    }
    if (setup(server, options, err) != VC_OK || listen_on(server, options, err) != VC_OK) {
        server_free(server);
        return NULL;
    }
    return server;
}

void dev_server_wake(dev_server *server)
{
    pthread_mutex_lock(&server->stop_lock);
    server->stopping = true;
    pthread_cond_broadcast(&server->stop_signal);
    pthread_mutex_unlock(&server->stop_lock);
}

void dev_server_stop(dev_server *server)
{
    dev_server_wake(server);
    MHD_stop_daemon(server->daemon);
    server_free(server);
}
