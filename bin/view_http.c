/* SPDX-License-Identifier: Apache-2.0 */
#include "view_http.h"

#include "listen.h"
#include "view_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SECONDS = 10, IDLE_SECONDS = 30, MEMORY = 32 << 10, STACK = 256 << 10, FORM_MOST = 4 << 10, OTHERS = 32 };

/* What is gathered of a request. */
typedef struct view_body {
    bool too_much;
    size_t len;
    char form[FORM_MOST];
} view_body;

/* -- answers ------------------------------------------------------------------------------------------------------- */

static const char *const always[][2] = {
    { MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
    { "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
                                 "base-uri 'none'; frame-ancestors 'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
    { "Referrer-Policy", "same-origin" }, /* with no-referrer, browsers send `Origin: null` for the page's own forms (Fetch, 3.2), which is foreign */
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
};

enum MHD_Result view_http_send(struct MHD_Connection *connection, unsigned status, const char *type, struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        MHD_add_response_header(response, always[i][0], always[i][1]);
    if (MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION))
        MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
    if (type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"vaultcrypt view\"");
    const enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result view_http_json(struct MHD_Connection *connection, view_json *json)
{
    struct MHD_Response *response = json->failed ? NULL : MHD_create_response_from_buffer(json->len, json->data, MHD_RESPMEM_MUST_COPY);
    view_json_free(json);
    return view_http_send(connection, MHD_HTTP_OK, "application/json", response);
}

enum MHD_Result view_http_say(struct MHD_Connection *connection, const char *url, unsigned status, const char *text)
{
    char line[512];
    const bool is_api = strncmp(url, "/api/", 5) == 0;
    const int len = snprintf(line, sizeof line, is_api ? "{\"error\":\"%s\"}\n" : "%s\n", text);
    return view_http_send(connection, status, is_api ? "application/json" : "text/plain; charset=utf-8",
                          MHD_create_response_from_buffer((size_t)len, line, MHD_RESPMEM_MUST_COPY));
}

static enum MHD_Result send_asset(struct MHD_Connection *connection, const view_asset *asset, unsigned status)
{
    return view_http_send(connection, status, asset->type,
                          MHD_create_response_from_buffer(asset->len, (void *)(uintptr_t)asset->data, MHD_RESPMEM_PERSISTENT));
}

static const view_asset *find_asset(const char *path)
{
    for (const view_asset *asset = view_assets; asset->path; asset++)
        if (strcmp(asset->path, path) == 0)
            return asset;
    return NULL;
}

/* -- who asks ------------------------------------------------------------------------------------------------------ */

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Another site's page may open this one, and nothing else. */
static bool is_foreign(struct MHD_Connection *connection, const char *host, bool changes)
{
    const char *origin = header_of(connection, MHD_HTTP_HEADER_ORIGIN), *site = header_of(connection, "Sec-Fetch-Site"),
               *mode = header_of(connection, "Sec-Fetch-Mode");
    const bool from_elsewhere = site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    if (from_elsewhere && (changes || !mode || strcmp(mode, "navigate") != 0))
        return true;
    return changes && origin && !view_origin_is_ours(origin, host);
}

/* -- routes -------------------------------------------------------------------------------------------------------- */

typedef enum MHD_Result (*answer_fn)(view_http *, struct MHD_Connection *);

static const struct route {
    const char *path, *method;
    answer_fn answer;
} routes[] = {
    { "/api/records", MHD_HTTP_METHOD_GET, view_api_records }, { "/api/state", MHD_HTTP_METHOD_GET, view_api_state },
    { "/api/events", MHD_HTTP_METHOD_GET, view_events_answer }, { "/api/follow", MHD_HTTP_METHOD_POST, view_api_follow },
    { "/api/retry", MHD_HTTP_METHOD_POST, view_api_retry },     { "/logout", MHD_HTTP_METHOD_POST, view_logout_answer },
};

static bool is_method(const char *method, const char *wanted)
{
    return strcmp(method, wanted) == 0 || (strcmp(wanted, MHD_HTTP_METHOD_GET) == 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) == 0);
}

static enum MHD_Result wrong_method(struct MHD_Connection *connection, const char *url, const char *allowed)
{
    static const char text[] = "another method is wanted\n";
    const bool is_api = strncmp(url, "/api/", 5) == 0;
    struct MHD_Response *response = MHD_create_response_from_buffer(is_api ? 0 : sizeof text - 1, (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allowed);
    return view_http_send(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", response);
}

static enum MHD_Result ask_for_token(struct MHD_Connection *connection, const char *url)
{
    if (strcmp(url, "/") != 0)
        return view_http_say(connection, url, MHD_HTTP_UNAUTHORIZED, "the token is wanted: Authorization: Bearer TOKEN, or a log-in at /login");
    struct MHD_Response *response = MHD_create_response_from_buffer(0, (void *)(uintptr_t)"", MHD_RESPMEM_PERSISTENT);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, "/login");
    return view_http_send(connection, MHD_HTTP_SEE_OTHER, NULL, response);
}

/* The page and what belongs to it hold no secret, but the page is of no use without the token. */
static enum MHD_Result answer_file(view_http *http, struct MHD_Connection *connection, const char *url, const char *method)
{
    const view_asset *asset = find_asset(url);
    if (!asset)
        return view_http_say(connection, url, MHD_HTTP_NOT_FOUND, "there is nothing");
    if (!is_method(method, MHD_HTTP_METHOD_GET))
        return wrong_method(connection, url, "GET, HEAD");
    if (strcmp(url, "/") == 0 && !view_access_is_granted(http->parts.access, connection))
        return ask_for_token(connection, url);
    return send_asset(connection, asset, MHD_HTTP_OK);
}

static enum MHD_Result answer_page(view_http *http, struct MHD_Connection *connection, const char *url, const char *method, const view_body *body)
{
    if (strcmp(url, "/healthz") == 0)
        return view_http_say(connection, url, MHD_HTTP_OK, "alive");
    if (strcmp(url, "/login") == 0 && is_method(method, MHD_HTTP_METHOD_POST))
        return view_login_answer(http, connection, vc_view_of(body->form, body->len));
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(routes[i].path, url) != 0)
            continue;
        if (!view_access_is_granted(http->parts.access, connection))
            return ask_for_token(connection, url);
        if (!is_method(method, routes[i].method))
            return wrong_method(connection, url, strcmp(routes[i].method, MHD_HTTP_METHOD_GET) == 0 ? "GET, HEAD" : routes[i].method);
        return routes[i].answer(http, connection);
    }
    return answer_file(http, connection, url, method);
}

static enum MHD_Result answer_web(view_http *http, struct MHD_Connection *connection, const char *url, const char *method)
{
    const bool as_json = strcmp(url, "/api/data") == 0;
    if (strcmp(url, "/") != 0 && !as_json)
        return view_http_say(connection, url, MHD_HTTP_NOT_FOUND, "the message is at /");
    if (!is_method(method, MHD_HTTP_METHOD_GET))
        return wrong_method(connection, url, "GET, HEAD");
    if (!view_access_is_granted(http->parts.access, connection))
        return view_http_say(connection, url, MHD_HTTP_UNAUTHORIZED, "the token is wanted: Authorization: Bearer TOKEN");
    return view_web_answer(http, connection, as_json);
}

static enum MHD_Result answer(view_http *http, struct MHD_Connection *connection, const char *url, const char *method, const view_body *body)
{
    const char *host = header_of(connection, MHD_HTTP_HEADER_HOST);
    const bool changes = !is_method(method, MHD_HTTP_METHOD_GET);
    if (!view_access_has_certificate(http->parts.access, connection))
        return view_http_say(connection, url, MHD_HTTP_FORBIDDEN, "a certificate of the authority is wanted");
    if (!view_host_is_fine(host, &http->parts.options->hosts))
        return view_http_say(connection, url, MHD_HTTP_MISDIRECTED_REQUEST, "this name is not one of the server's own: an address, localhost, or what --host says");
    if (is_foreign(connection, host, changes))
        return view_http_say(connection, url, MHD_HTTP_FORBIDDEN, "a page of another site may not ask this");
    if (body->too_much)
        return view_http_say(connection, url, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
    return http->parts.web_service ? answer_web(http, connection, url, method) : answer_page(http, connection, url, method, body);
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *data, size_t *size, void **state)
{
    view_body *body = *state;
    (void)version;
    if (!body) {
        *state = calloc(1, sizeof *body);
        return *state ? MHD_YES : MHD_NO;
    }
    if (!*size) {
        (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)IDLE_SECONDS);
        return answer(user, connection, url, method, body);
    }
    const size_t room = sizeof body->form - body->len, taken = *size < room ? *size : room;
    body->too_much = body->too_much || taken < *size;
    memcpy(body->form + body->len, data, taken);
    body->len += taken;
    *size = 0;
    return MHD_YES;
}

static void completed(void *user, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
    (void)user, (void)why;
    (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)FIRST_SECONDS);
    if (*state)
        blob_wipe(*state, sizeof(view_body));
    free(*state);
    *state = NULL;
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

/* libmicrohttpd's own words may tell of what a client sent: none are printed. */
static void no_log(void *user, const char *format, va_list arguments)
{
    (void)user, (void)format, (void)arguments;
}

/*
 * How many connections an address may have; 0: all. Where others reach the page, none shuts the others out by taking every one. Without TLS there is
 * something in front, whose address all of them have.
 */
static unsigned most_of_one(const view_http_parts *parts)
{
    const unsigned clients = (unsigned)parts->options->clients;
    if (listen_is_loopback(parts->address))
        return 0;
    return (view_access_has_tls(parts->access) ? clients / 4 : clients) + OTHERS / 2;
}

view_http *view_http_start(const view_http_parts *parts, unsigned *port)
{
    view_http *http = calloc(1, sizeof *http);
    struct MHD_OptionItem tls[VIEW_ACCESS_OPTIONS];
    if (!http)
        return NULL;
    http->parts = *parts;
    view_access_options(parts->access, tls);
    const unsigned flags = (unsigned)MHD_USE_THREAD_PER_CONNECTION | (unsigned)MHD_USE_INTERNAL_POLLING_THREAD | (unsigned)MHD_USE_POLL | (unsigned)MHD_USE_ERROR_LOG |
                           (view_access_has_tls(parts->access) ? (unsigned)MHD_USE_TLS : 0U) | (parts->address->ss_family == AF_INET6 ? (unsigned)MHD_USE_IPv6 : 0U);
    errno = 0;
    http->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, http, MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL,
                                    MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)parts->address, MHD_OPTION_ARRAY, tls,
                                    MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, view_access_connected, (void *)parts->access,
                                    MHD_OPTION_CONNECTION_LIMIT, (unsigned)parts->options->clients + OTHERS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)FIRST_SECONDS,
                                    MHD_OPTION_PER_IP_CONNECTION_LIMIT, most_of_one(parts),
                                    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_END);
    if (!http->daemon) {
        const int why = errno ? errno : EADDRNOTAVAIL;
        free(http);
        errno = why;
        return NULL;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    *port = info ? info->port : 0;
    return http;
}

void view_http_stop(view_http *http)
{
    if (!http)
        return;
    atomic_store(&http->stop, true);
    view_ring_wake(http->parts.ring);
    MHD_stop_daemon(http->daemon);
    free(http);
}
