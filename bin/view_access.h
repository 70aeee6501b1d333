/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_access.h - who may see the page: everybody on this machine; elsewhere who has the token, as a Bearer or by a log-in that leaves a cookie,
 * or a certificate of the authority, which TLS asks for.
 *
 * Threads: any, once it is made.
 */
#ifndef VC_BIN_VIEW_ACCESS_H
#define VC_BIN_VIEW_ACCESS_H

#include "blob.h"
#include "view.h"

#include <microhttpd.h>

enum { VIEW_TOKEN_LEAST = 16, VIEW_TOKEN_ROOM = 1024, VIEW_SESSION_ROOM = 65, VIEW_ACCESS_OPTIONS = 6 };

typedef struct view_access view_access;

/* An exit status, told. `loopback`: nobody else reaches any of its addresses. */
int view_access_new(const struct view_options *options, bool loopback, view_access **access);
void view_access_free(view_access *access);

/* A token is demanded. */
bool view_access_has_token(const view_access *access);
bool view_access_has_tls(const view_access *access);

/* Whether who is connected has shown a certificate of the authority, where there is one; without, nothing is answered. */
bool view_access_has_certificate(const view_access *access, struct MHD_Connection *connection);

/* Whether this connection may see what is secret. */
bool view_access_is_granted(view_access *access, struct MHD_Connection *connection);

/* The log-in by which the connection sees it, to be looked at again later; "": it is not by a log-in. And whether that has not ended; "" does not. */
void view_access_session(view_access *access, struct MHD_Connection *connection, char session[VIEW_SESSION_ROOM]);
bool view_access_lasts(view_access *access, const char *session);

/* Whether that is the token; in constant time. */
bool view_access_is_token(const view_access *access, const char *text);

/* A Set-Cookie value for one who showed the token; false: no randomness. And one that takes it away. */
bool view_access_begin_session(view_access *access, char *cookie, size_t room);
void view_access_end_session(view_access *access, struct MHD_Connection *connection, char *cookie, size_t room);

/* Options of MHD_start_daemon() for TLS, ending in MHD_OPTION_END; and what it does for each connection. */
void view_access_options(const view_access *access, struct MHD_OptionItem options[VIEW_ACCESS_OPTIONS]);
void view_access_connected(void *access, struct MHD_Connection *connection, void **state, enum MHD_ConnectionNotificationCode code);

#endif
