/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_web.c - what the consumer and the web page of the confidential-container demo answer: GET / is the newest message, in clear when it could be
 * opened, and as it is stored (Base64) when not; GET /api/data is {"message": "..."} with the same. Where there is none yet, both wait for it.
 *
 * There, GET / waits for the next message even when there are some, is a page of HTML with the message in it, unescaped, and is open to everybody.
 */
#include "view_http.h"

#include <json-c/json.h>
#include <string.h>

enum { WAIT_MS = 10000, MESSAGE_MOST = 16 << 20 };

static const char timed_out[] = "Timeout waiting to read data from Kafka.  Please refresh the page to try again."; /* the demo's own words */

/* The newest record, for which it is waited a while; NULL: there was none. */
static view_record *newest(view_http *http)
{
    view_cursor cursor = view_ring_end(http->parts.ring, 0);
    view_record *record = view_ring_newest(http->parts.ring);
    if (!record && view_ring_wait(http->parts.ring, &cursor, &http->stop, WAIT_MS))
        record = view_ring_newest(http->parts.ring);
    return record;
}

/* The member of the member that tells the text; NULL: Kafka's null. */
static struct json_object *text_of(struct json_object *root)
{
    struct json_object *value = NULL, *opened, *text = NULL;
    if (json_object_object_get_ex(root, "opened", &opened))
        (void)json_object_object_get_ex(opened, "value", &value);
    else
        (void)json_object_object_get_ex(root, "stored", &value);
    if (value && !json_object_object_get_ex(value, "text", &text))
        (void)json_object_object_get_ex(value, "base64", &text);
    return text;
}

static struct json_object *parse(const view_record *record)
{
    view_json json = VIEW_JSON_INIT(MESSAGE_MOST);
    view_record_write(record, &json);
    struct json_tokener *tokener = json_tokener_new_ex(16);
    struct json_object *root = tokener && !json.failed ? json_tokener_parse_ex(tokener, json.data, (int)json.len) : NULL;
    if (tokener)
        json_tokener_free(tokener);
    view_json_free(&json);
    return root;
}

static enum MHD_Result send_message(struct MHD_Connection *connection, vc_view message, const char *state, unsigned status, bool as_json)
{
    view_json json = VIEW_JSON_INIT(MESSAGE_MOST);
    if (as_json) {
        view_json_begin(&json, '{');
        view_json_name(&json, "message");
        view_json_string(&json, message);
        view_json_end(&json, '}');
        message = vc_view_of(json.data, json.len);
    }
    struct MHD_Response *response =
        json.failed ? NULL : MHD_create_response_from_buffer(message.len, (void *)(uintptr_t)message.data, MHD_RESPMEM_MUST_COPY);
    view_json_free(&json);
    if (response && state)
        MHD_add_response_header(response, "X-Vaultcrypt-State", state);
    return view_http_send(connection, status, as_json ? "application/json" : "text/plain; charset=utf-8", response);
}

enum MHD_Result view_web_answer(view_http *http, struct MHD_Connection *connection, bool as_json)
{
    view_record *record = newest(http);
    if (!record)
        return send_message(connection, vc_str(timed_out), NULL, MHD_HTTP_GATEWAY_TIMEOUT, as_json);
    struct json_object *root = parse(record), *text = root ? text_of(root) : NULL;
    const vc_view message = text ? vc_view_of(json_object_get_string(text), (size_t)json_object_get_string_len(text)) : vc_str("");
    const enum MHD_Result result = send_message(connection, message, view_state_name(record->state), MHD_HTTP_OK, as_json);
    json_object_put(root);
    view_record_unref(record);
    return result;
}
