/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_events.c - /api/events: server-sent events (WHATWG HTML, 9.2). "records" are what came or was opened again, several at once; "state" comes
 * every second. The id is the change, with which a browser that was cut off goes on. What a client holds of the server is one piece of text that is
 * being sent: a slow one reads on where the ring still is, and is told how many records it lost.
 */
#include "view_http.h"

#include "view_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 128 << 10, PIECE_MOST = 16 << 20, BLOCK = 16 << 10, WAIT_MS = 1000, LAST = 500, AT_ONCE = 200 };

typedef struct follower {
    view_http *http;
    view_cursor cursor;
    uint64_t ticks;
    char session[VIEW_SESSION_ROOM];
    view_json text; /* what is being sent */
    size_t sent;
} follower;

static void add(follower *one, const char *text)
{
    one->text.comma = false;
    view_json_raw(&one->text, vc_str(text));
    one->text.comma = false;
}

static void add_state(follower *one)
{
    const uint64_t ticks = view_status_ticks(one->http->parts.status);
    if (ticks == one->ticks)
        return;
    add(one, "event: state\ndata: ");
    view_api_write_state(one->http, &one->text, !one->ticks);
    one->ticks = ticks;
    add(one, "\n\n");
}

/* What has come, up to about a piece. */
static void add_records(follower *one)
{
    const uint64_t lost = one->cursor.lost;
    char id[64];
    view_record *record = view_ring_next(one->http->parts.ring, &one->cursor);
    if (!record && one->cursor.lost == lost)
        return;
    add(one, "event: records\ndata: ");
    view_json_begin(&one->text, '{');
    view_json_name(&one->text, "records");
    view_json_begin(&one->text, '[');
    for (size_t i = 1; record; i++) {
        view_record_write(record, &one->text);
        view_record_unref(record);
        record = i < AT_ONCE && one->text.len < PIECE ? view_ring_next(one->http->parts.ring, &one->cursor) : NULL;
    }
    view_json_end(&one->text, ']');
    view_json_member_number(&one->text, "lost", (int64_t)one->cursor.lost);
    view_json_end(&one->text, '}');
    snprintf(id, sizeof id, "\nid: %llu\n\n", (unsigned long long)one->cursor.change);
    add(one, id);
}

/* Whoever logs out sees no more of it, and neither does the server's end wait. */
static bool goes_on(const follower *one)
{
    return !atomic_load(&one->http->stop) && view_access_lasts(one->http->parts.access, one->session);
}

/* Something to send: at the latest after WAIT_MS. False: it is over. */
static bool fill(follower *one)
{
    view_json_free(&one->text);
    one->sent = 0;
    bool waited = false;
    while (!one->text.len && goes_on(one)) {
        add_state(one);
        add_records(one);
        if (!one->text.len && waited)
            add(one, ":\n\n"); /* so that it shows when nobody is there any more */
        if (!one->text.len)
            waited = !view_ring_wait(one->http->parts.ring, &one->cursor, &one->http->stop, WAIT_MS);
    }
    return one->text.len && !one->text.failed;
}

static ssize_t read_some(void *user, uint64_t at, char *to, size_t room)
{
    follower *one = user;
    (void)at;
    if (one->sent == one->text.len && !fill(one))
        return MHD_CONTENT_READER_END_OF_STREAM;
    const size_t left = one->text.len - one->sent, len = left < room ? left : room;
    memcpy(to, one->text.data + one->sent, len);
    one->sent += len;
    return (ssize_t)len;
}

static void end(void *user)
{
    follower *one = user;
    view_json_free(&one->text);
    atomic_fetch_sub(&one->http->followers, 1);
    blob_wipe(one->session, sizeof one->session);
    free(one);
}

static bool begin(follower *one, struct MHD_Connection *connection)
{
    const char *since = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID");
    uint64_t change;
    if (!since)
        since = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "since");
    if (!view_number(since, 0, &change))
        return false;
    one->cursor = change ? (view_cursor){ .change = change } : view_ring_end(one->http->parts.ring, LAST);
    return true;
}

enum MHD_Result view_events_answer(view_http *http, struct MHD_Connection *connection)
{
    static const char url[] = "/api/events";
    follower *one = calloc(1, sizeof *one);
    if (!one)
        return MHD_NO;
    *one = (follower){ .http = http, .text = VIEW_JSON_INIT(PIECE_MOST) };
    view_access_session(http->parts.access, connection, one->session);
    if (!begin(one, connection)) {
        free(one);
        return view_http_say(connection, url, MHD_HTTP_BAD_REQUEST, "since is the number of a change");
    }
    if (atomic_fetch_add(&http->followers, 1) >= http->parts.options->clients) {
        end(one);
        return view_http_say(connection, url, MHD_HTTP_SERVICE_UNAVAILABLE, "as many pages as may follow (--clients) do so");
    }
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_some, one, end);
    if (!response)
        end(one);
    else
        MHD_add_response_header(response, "X-Accel-Buffering", "no");
    return view_http_send(connection, MHD_HTTP_OK, "text/event-stream", response);
}
