/* SPDX-License-Identifier: Apache-2.0 */
/* view_login.c - a form that takes the token once, and a cookie for it. Wrong ones take a while, one after the other. */
#include "view_http.h"

#include "view_request.h"

#include <pthread.h>
#include <time.h>

enum { COOKIE_ROOM = 256, GUESS_MS = 500, STEP_MS = 20 };

static enum MHD_Result go_to(struct MHD_Connection *connection, const char *where, const char *cookie)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, (void *)(uintptr_t)"", MHD_RESPMEM_PERSISTENT);
    if (response) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, where);
        if (cookie)
            MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie);
    }
    return view_http_send(connection, MHD_HTTP_SEE_OTHER, NULL, response);
}

/* One guess in half a second, however many connections guess; the server's end waits for none of them. */
static void hold_up(const atomic_bool *stop)
{
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
    pthread_mutex_lock(&turn);
    for (unsigned i = 0; i < GUESS_MS / STEP_MS && !atomic_load(stop); i++)
        nanosleep(&step, NULL);
    pthread_mutex_unlock(&turn);
}

enum MHD_Result view_login_answer(view_http *http, struct MHD_Connection *connection, vc_view form)
{
    char token[VIEW_TOKEN_ROOM], cookie[COOKIE_ROOM];
    if (!view_access_has_token(http->parts.access))
        return go_to(connection, "/", NULL);
    const bool right = view_form_value(form, "token", token, sizeof token) && view_access_is_token(http->parts.access, token);
    blob_wipe(token, sizeof token);
    if (!right) {
        hold_up(&http->stop);
        return go_to(connection, "/login?wrong", NULL);
    }
    if (!view_access_begin_session(http->parts.access, cookie, sizeof cookie))
        return view_http_say(connection, "/login", MHD_HTTP_INTERNAL_SERVER_ERROR, "no random numbers");
    const enum MHD_Result result = go_to(connection, "/", cookie);
    blob_wipe(cookie, sizeof cookie);
    return result;
}

enum MHD_Result view_logout_answer(view_http *http, struct MHD_Connection *connection)
{
    char cookie[COOKIE_ROOM];
    view_access_end_session(http->parts.access, connection, cookie, sizeof cookie);
    return go_to(connection, "/login", cookie);
}
