/* SPDX-License-Identifier: Apache-2.0 */
#include "view_http.h"

#include "view_request.h"

#include <vaultcrypt/version.h>

enum { ANSWER_MOST = 64 << 20, PIECE = 4 << 20, LIMIT = 500, LIMIT_MOST = 10000 };

static const char *argument(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
}

/* Of what is there behind `since` at most `limit`; `next` is the `since` of the next question. */
enum MHD_Result view_api_records(view_http *http, struct MHD_Connection *connection)
{
    uint64_t since, limit;
    if (!view_number(argument(connection, "since"), 0, &since) || !view_number(argument(connection, "limit"), LIMIT, &limit) || !limit || limit > LIMIT_MOST)
        return view_http_say(connection, "/api/records", MHD_HTTP_BAD_REQUEST, "since is the number of a change, limit is from 1 to 10000");
    view_cursor cursor = since ? (view_cursor){ .change = since } : view_ring_end(http->parts.ring, UINT64_MAX);
    view_json json = VIEW_JSON_INIT(ANSWER_MOST);
    view_record *record;
    view_json_begin(&json, '{');
    view_json_name(&json, "records");
    view_json_begin(&json, '[');
    for (uint64_t i = 0; i < limit && json.len < PIECE && (record = view_ring_next(http->parts.ring, &cursor)); i++) {
        view_record_write(record, &json);
        view_record_unref(record);
    }
    view_json_end(&json, ']');
    view_json_member_number(&json, "next", (int64_t)cursor.change);
    view_json_member_number(&json, "lost", (int64_t)cursor.lost);
    view_json_end(&json, '}');
    return view_http_json(connection, &json);
}

static void write_ring(view_http *http, view_json *json)
{
    view_ring_stats stats;
    view_ring_get_stats(http->parts.ring, &stats);
    view_json_name(json, "ring");
    view_json_begin(json, '{');
    view_json_member_number(json, "records", (int64_t)stats.records);
    view_json_member_number(json, "bytes", (int64_t)stats.bytes);
    view_json_member_number(json, "most_records", (int64_t)stats.most_records);
    view_json_member_number(json, "most_bytes", (int64_t)stats.most_bytes);
    view_json_member_number(json, "newest", (int64_t)stats.newest);
    view_json_member_number(json, "cleared", (int64_t)stats.cleared);
    view_json_end(json, '}');
}

void view_api_write_state(view_http *http, view_json *json, bool history)
{
    view_json_begin(json, '{');
    view_json_member_text(json, "version", vc_version());
    view_json_member_text(json, "schema_id", http->parts.schema_id);
    view_json_member_flag(json, "log_in", view_access_has_token(http->parts.access));
    view_json_member_number(json, "followers", (int64_t)atomic_load(&http->followers));
    view_keys_write(http->parts.keys, json);
    write_ring(http, json);
    view_status_write(http->parts.status, json, history);
    view_json_end(json, '}');
}

enum MHD_Result view_api_state(view_http *http, struct MHD_Connection *connection)
{
    view_json json = VIEW_JSON_INIT(ANSWER_MOST);
    view_api_write_state(http, &json, true);
    return view_http_json(connection, &json);
}

static enum MHD_Result done(struct MHD_Connection *connection)
{
    view_json json = VIEW_JSON_INIT(ANSWER_MOST);
    view_json_begin(&json, '{');
    view_json_end(&json, '}');
    return view_http_json(connection, &json);
}

enum MHD_Result view_api_follow(view_http *http, struct MHD_Connection *connection)
{
    const char *from = argument(connection, "from");
    if (!from || !view_feed_follow(http->parts.feed, from))
        return view_http_say(connection, "/api/follow", MHD_HTTP_BAD_REQUEST, "from is beginning, end, N (an offset), -N (before the end) or s@MILLISECONDS");
    return done(connection);
}

enum MHD_Result view_api_retry(view_http *http, struct MHD_Connection *connection)
{
    vc_keysource_wake(http->parts.keys); /* nobody here waits for who has the keys: the status tells what came of it, and the feed tries again then */
    view_feed_retry(http->parts.feed);
    return done(connection);
}
