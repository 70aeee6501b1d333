/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_http.h - the HTTP side of vaultcrypt-view: the page, the JSON under it, its events, and the demo's web service, which is a server of its own
 * port. Every answer forbids what it does not need: no caches, no frames, no script or style but its own.
 *
 * Threads: a thread for each connection; start and stop are the owner's.
 */
#ifndef VC_BIN_VIEW_HTTP_H
#define VC_BIN_VIEW_HTTP_H

#include "view_access.h"
#include "view_feed.h"
#include "view_keys.h"

typedef struct view_http view_http;

/* All borrowed. */
typedef struct view_http_parts {
    const struct view_options *options;
    const struct sockaddr_storage *address;
    view_access *access;
    view_ring *ring;
    view_status *status;
    view_feed *feed;
    vc_keysource *keys; /* NULL: none are named */
    const char *schema_id; /* NULL: there is no schema */
    bool web_service;      /* the demo's, and nothing else */
} view_http_parts;

/* NULL: errno says why. `*port` is the one that was taken. */
view_http *view_http_start(const view_http_parts *parts, unsigned *port);

/* Ends its connections. NULL is fine. */
void view_http_stop(view_http *http);

/* -- for its other files ------------------------------------------------------------------------------------------- */

struct view_http {
    view_http_parts parts;
    struct MHD_Daemon *daemon;
    atomic_bool stop;
    atomic_uint followers; /* connections that get events */
};

/* Takes the response over, adds the headers that every answer has, and queues it. NULL: no memory. */
enum MHD_Result view_http_send(struct MHD_Connection *connection, unsigned status, const char *type, struct MHD_Response *response);

/* Plain text and a line end; {"error": "..."} where the path is of the API. */
enum MHD_Result view_http_say(struct MHD_Connection *connection, const char *url, unsigned status, const char *text);

/* Takes the JSON over. */
enum MHD_Result view_http_json(struct MHD_Connection *connection, view_json *json);

/* view_events.c: what comes, as server-sent events. */
enum MHD_Result view_events_answer(view_http *http, struct MHD_Connection *connection);

/* view_api.c */
enum MHD_Result view_api_records(view_http *http, struct MHD_Connection *connection);
enum MHD_Result view_api_state(view_http *http, struct MHD_Connection *connection);
enum MHD_Result view_api_follow(view_http *http, struct MHD_Connection *connection);
enum MHD_Result view_api_retry(view_http *http, struct MHD_Connection *connection);
void view_api_write_state(view_http *http, view_json *json, bool history);

/* view_web.c: the demo's GET /, and GET /api/data, which is JSON. */
enum MHD_Result view_web_answer(view_http *http, struct MHD_Connection *connection, bool as_json);

/* view_login.c */
enum MHD_Result view_login_answer(view_http *http, struct MHD_Connection *connection, vc_view form);
enum MHD_Result view_logout_answer(view_http *http, struct MHD_Connection *connection);

/* What is embedded: made from bin/view/ when it is built. */
typedef struct view_asset {
    const char *path, *type;
    const unsigned char *data;
    size_t len;
} view_asset;
extern const view_asset view_assets[]; /* ends in a NULL path */

#endif
