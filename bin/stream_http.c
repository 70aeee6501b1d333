/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CONNECTIONS = 16, IDLE_SECONDS = 10, MEMORY = 16 << 10 };

struct stream_http {
    const stream_metrics *metrics;
    struct MHD_Daemon *daemon;
};

/* -- answers ------------------------------------------------------------------------------------------------------------- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type, char *text, size_t len, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response = text ? MHD_create_response_from_buffer(len, text, mode) : NULL;
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    const enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
    char line[160];
    const int len = snprintf(line, sizeof line, "%s\n", text);
    return answer(connection, status, "text/plain; charset=utf-8", line, (size_t)len, MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result answer_metrics(const stream_http *http, struct MHD_Connection *connection)
{
    size_t len = 0;
    char *text = stream_metrics_text(http->metrics, &len);
    return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text, len, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result answer_ready(const stream_http *http, struct MHD_Connection *connection)
{
    switch (vc_stream_get_state(http->metrics->stream)) {
    case VC_STREAM_RUNNING:
        return answer_text(connection, MHD_HTTP_OK, "running");
    case VC_STREAM_NEW:
    case VC_STREAM_STARTING:
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "starting: no partition has been assigned yet");
    case VC_STREAM_WAITING:
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "waiting for Vault: the log says why");
    case VC_STREAM_STOPPING:
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "stopping");
    case VC_STREAM_ENDED:
        break;
    }
    return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "ended");
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *data, size_t *size, void **state)
{
    const stream_http *http = user;
    static int begun;
    (void)version, (void)data;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD");
    if (!*state) { /* the headers; the answer may come now or after a body, which is not wanted */
        *state = &begun;
        return MHD_YES;
    }
    if (*size) {
        *size = 0;
        return MHD_YES;
    }
    if (strcmp(url, "/metrics") == 0)
        return answer_metrics(http, connection);
    if (strcmp(url, "/readyz") == 0)
        return answer_ready(http, connection);
    if (strcmp(url, "/healthz") == 0)
        return vc_stream_get_state(http->metrics->stream) == VC_STREAM_ENDED ? answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "ended")
                                                                              : answer_text(connection, MHD_HTTP_OK, "alive");
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "/metrics, /healthz or /readyz");
}

/* -- life ---------------------------------------------------------------------------------------------------------------- */

stream_http *stream_http_start(const struct sockaddr_storage *address, const stream_metrics *metrics, unsigned *port)
{
    stream_http *http = calloc(1, sizeof *http);
    const unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | (address->ss_family == AF_INET6 ? (unsigned)MHD_USE_IPv6 : 0U);
    if (!http)
        return NULL;
    http->metrics = metrics;
    errno = 0;
    http->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, http, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address,
                                    MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
                                    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_END);
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

void stream_http_stop(stream_http *http)
{
    if (!http)
        return;
    MHD_stop_daemon(http->daemon);
    free(http);
}
