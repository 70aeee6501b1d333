/* SPDX-License-Identifier: Apache-2.0 */
/* skr.c - the emulator's life and its HTTP: routes, faults, answers. */
#include "skr.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "clock.h"
#include "mischief.h"
#include "out.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>

enum { BODY_MAX = 1 << 20, REPLY_MAX = 1 << 22, CONNECTIONS = 256, STACK = 512 << 10, SILENT_MS = 600000 };

/* -- routes --------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *method, *pattern; /* ":" is any one part */
    skr_handler *handler;
} routes[] = {
    { "GET", "/status", skr_status },
    { "POST", "/key/release", skr_key_release },
    { "POST", "/attest/maa", skr_attest_maa },
    { "POST", "/attest/raw", skr_attest_raw },
    { "GET", "/certs", skr_maa_certs },
    { "GET", "/keys", skr_key_list },
    { "POST", "/keys/:/create", skr_key_create },
    { "PUT", "/keys/:", skr_key_import },
    { "GET", "/keys/:", skr_key_read },
    { "GET", "/keys/:/versions", skr_key_versions },
    { "GET", "/keys/:/:", skr_key_read },
    { "POST", "/keys/:/rotate", skr_key_rotate },
    { "PATCH", "/keys/:", skr_key_update },
    { "PATCH", "/keys/:/:", skr_key_update },
    { "DELETE", "/keys/:", skr_key_delete },
    { "POST", "/keys/:/release", skr_key_akv_release },
    { "POST", "/keys/:/:/release", skr_key_akv_release },
    { "GET", "/dev/claims", skr_claims_read },
    { "PUT", "/dev/claims", skr_claims_write },
    { "PATCH", "/dev/claims", skr_claims_patch },
    { "DELETE", "/dev/claims", skr_claims_delete },
    { "GET", "/dev/identity", skr_identity_read },
    { "PUT", "/dev/identity", skr_identity_write },
    { "GET", "/dev/fault", skr_faults_read },
    { "PUT", "/dev/fault", skr_faults_write },
    { "POST", "/dev/fault", skr_faults_write },
    { "DELETE", "/dev/fault", skr_faults_delete },
};

static bool matches(const char *pattern, const char *path, vc_view *args)
{
    size_t count = 0;
    while (*pattern && *path) {
        if (*pattern != ':') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        const size_t len = strcspn(path, "/");
        if (!len || count == SKR_ARGS)
            return false;
        args[count++] = vc_view_of(path, len);
        path += len;
        pattern++;
    }
    return !*pattern && !*path;
}

static skr_handler *route(skr_request *request, const char *method, const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        memset(request->args, 0, sizeof request->args);
        if (strcmp(method, routes[i].method) == 0 && matches(routes[i].pattern, path, request->args))
            return routes[i].handler;
    }
    return NULL;
}

/* -- answers -------------------------------------------------------------------------------------------------------------- */

vc__buf *skr_answer(skr_request *request, int status)
{
    request->status = status;
    request->type = "application/json; charset=utf-8";
    vc__buf_clear(&request->twin.reply.body);
    return &request->twin.reply.body;
}

void skr_akv_error(skr_request *request, int status, const char *code, const char *format, ...)
{
    char message[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    vc__buf *out = skr_answer(request, status);
    vc__buf_str(out, "{\"error\":{");
    out_member(out, "code", code);
    out_member(out, "message", message);
    vc__buf_str(out, "}}");
}

const char *skr_text(json_object *object, const char *name)
{
    json_object *value;
    if (!object || !json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

/* What gin says of a path that it does not have. */
static void not_found(skr_request *request)
{
    vc__buf_str(skr_answer(request, 404), "404 page not found");
    request->type = "text/plain";
}

static enum MHD_Result send_answer(skr_request *request, const dev_fate *fate)
{
    static char nothing[1];
    const vc__buf *body = &request->twin.reply.body;
    struct MHD_Response *response =
        fate->mischief ? dev_mischief_response(&request->twin, fate->mischief, fate->number, &request->status)
                       : MHD_create_response_from_buffer(body->len, body->data ? body->data : nothing, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    if (request->type)
        MHD_add_response_header(response, "Content-Type", request->type);
    const enum MHD_Result result = MHD_queue_response(request->http, (unsigned)request->status, response);
    MHD_destroy_response(response);
    return result;
}

/* The body of a request as json-c has it: all of it one object. */
static json_object *object_of(const vc__buf *body)
{
    if (!body->len || body->failed)
        return NULL;
    json_tokener *tokener = json_tokener_new();
    if (!tokener)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *object = json_tokener_parse_ex(tokener, body->data, (int)body->len + 1); /* the NUL ends it */
    const bool whole = json_tokener_get_error(tokener) == json_tokener_success && json_object_is_type(object, json_type_object);
    json_tokener_free(tokener);
    if (whole)
        return object;
    json_object_put(object);
    return NULL;
}

/* Whether it is one of the emulator's own, which no fault touches. */
static bool is_control(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0;
}

/* False: the line is cut without a word. */
static bool suffer(skr_request *request, const char *path, dev_fate *fate)
{
    dev_skr *skr = request->skr;
    pthread_mutex_lock(&skr->lock);
    const bool away = skr->away && !is_control(path);
    if (!away && !is_control(path))
        *fate = dev_faults_next(&skr->faults, dev_now());
    pthread_mutex_unlock(&skr->lock);
    if (away)
        return false;
    if (fate->latency)
        dev_server_sleep(skr->server, fate->latency);
    if (fate->silent)
        dev_server_sleep(skr->server, SILENT_MS);
    return !fate->silent;
}

static enum MHD_Result respond(skr_request *request, const char *method, const char *path)
{
    dev_fate fate = { 0 };
    dev_skr *skr = request->skr;
    const uint64_t begun = dev_now();
    if (!suffer(request, path, &fate))
        return MHD_NO;
    skr_handler *handler = route(request, method, path);
    if (fate.status) {
        request->status = fate.status; /* gin's recovery: no body */
    } else if (!handler) {
        not_found(request);
    } else {
        request->json = object_of(&request->body);
        pthread_mutex_lock(&skr->lock);
        handler(request);
        pthread_mutex_unlock(&skr->lock);
    }
    if (request->twin.reply.body.failed)
        vc__buf_clear(skr_answer(request, 500));
    vc__buf_str(&request->twin.path, path + (path[0] == '/'));
    dev_log(skr->server, DEV_LOG_DEBUG, "skr: %s %.200s: %d, %llu ms", method, path, request->status,
            (unsigned long long)(dev_now() - begun));
    return send_answer(request, &fate);
}

/* -- HTTP ----------------------------------------------------------------------------------------------------------------- */

static enum MHD_Result on_request(void *state, struct MHD_Connection *http, const char *path, const char *method, const char *version,
                                  const char *data, size_t *len, void **context)
{
    (void)version;
    skr_request *request = *context;
    if (!request) {
        request = *context = vc__calloc(1, sizeof *request);
        if (!request)
            return MHD_NO;
        request->skr = state;
        request->http = http;
        request->body = (vc__buf)VC__BUF(BODY_MAX);
        request->twin.server = request->skr->server;
        request->twin.reply.body = (vc__buf)VC__BUF(REPLY_MAX);
        request->twin.path = (vc__buf)VC__BUF(4096);
        return MHD_YES;
    }
    if (*len) {
        vc__buf_append(&request->body, data, *len);
        *len = 0;
        return MHD_YES;
    }
    return respond(request, method, path);
}

static void on_end(void *state, struct MHD_Connection *http, void **context, enum MHD_RequestTerminationCode code)
{
    (void)state, (void)http, (void)code;
    skr_request *request = *context;
    *context = NULL;
    if (!request)
        return;
    json_object_put(request->json);
    vc__buf_free(&request->body);
    vc__buf_free(&request->twin.path);
    vc__buf_free(&request->twin.reply.body);
    vc__free(request);
}

static vc_code listen_on(dev_skr *skr, uint16_t port, vc_error *err)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    skr->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, port, NULL, NULL,
                                   on_request, skr, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED, on_end, skr,
                                   MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK,
                                   MHD_OPTION_END);
    if (!skr->daemon)
        return vc__error(err, VC_E_CONNECT, "--skr: cannot listen on port %u of the loopback address: is it in use?", (unsigned)port);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(skr->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(skr->address, sizeof skr->address, "http://127.0.0.1:%u", info ? (unsigned)info->port : (unsigned)port);
    skr->host = skr->address + strlen("http://");
    return VC_OK;
}

static vc_code begin(dev_skr *skr, const dev_skr_options *options, vc_error *err)
{
    skr->random = vc__random_new(err);
    if (!skr->random)
        return VC_E_MEMORY;
    skr->signer = dev_pair_make(DEV_RSA, 2048);
    if (!skr->signer)
        return vc__error(err, VC_E_INTERNAL, "libcrypto makes no RSA key");
    for (size_t i = 0; i < options->fault_count; i++)
        if (skr_faults_add(skr, vc_str(options->faults[i]), err) != VC_OK)
            return VC_E_CONFIG;
    dev_faults_begin(&skr->faults, dev_now());
    if (skr_world_begin(skr, options->claims, err) != VC_OK)
        return VC_E_CONFIG;
    return listen_on(skr, options->port, err);
}

dev_skr *dev_skr_start(dev_server *server, const dev_skr_options *options, vc_error *err)
{
    dev_skr *skr = vc__calloc(1, sizeof *skr);
    if (!skr) {
        vc__error_memory(err);
        return NULL;
    }
    skr->server = server;
    skr->keys.free_item = dev_skr_key_free;
    skr->faults = (dev_faults)DEV_FAULTS_INIT;
    pthread_mutex_init(&skr->lock, NULL);
    if (begin(skr, options, err) == VC_OK)
        return skr;
    dev_skr_stop(skr);
    return NULL;
}

void dev_skr_stop(dev_skr *skr)
{
    if (!skr)
        return;
    if (skr->daemon)
        MHD_stop_daemon(skr->daemon);
    dev_names_free(&skr->keys);
    skr_world_free(&skr->world);
    EVP_PKEY_free(skr->signer);
    vc__random_free(skr->random);
    pthread_mutex_destroy(&skr->lock);
    vc__free(skr);
}
