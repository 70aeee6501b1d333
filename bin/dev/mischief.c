/* SPDX-License-Identifier: Apache-2.0 */
#include "mischief.h"

#include "base/text.h"

#include <microhttpd.h>
#include <stdio.h>

enum {
    HUGE_BODY = 100000000,
    DEPTH = 1000000,
    TRICKLE_MS = 200, /* between two bytes */
    BLOCK = 65536
};

/* Half of the body, and then the line is cut. */
static ssize_t half_a_body(void *context, uint64_t at, char *out, size_t room)
{
    const dev_request *request = context;
    const size_t half = request->reply.body.len / 2;
    if (at >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    const size_t len = half - at < room ? half - (size_t)at : room;
    memcpy(out, request->reply.body.data + at, len);
    return (ssize_t)len;
}

/* One byte, after a while. */
static ssize_t trickle(void *context, uint64_t at, char *out, size_t room)
{
    const dev_request *request = context;
    (void)room;
    if (!dev_server_sleep(request->server, TRICKLE_MS))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    *out = request->reply.body.data[at];
    return 1;
}

/* A string that does not want to end. */
static ssize_t endless(void *context, uint64_t at, char *out, size_t room)
{
    static const char begin[] = "{\"data\":{\"ciphertext\":\"vault:v1:";
    (void)context;
    const size_t len = HUGE_BODY - at < room ? HUGE_BODY - (size_t)at : room;
    memset(out, 'A', len);
    if (at == 0)
        memcpy(out, begin, sizeof begin - 1 < len ? sizeof begin - 1 : len);
    return (ssize_t)len;
}

/* {"data":[[[[ ... ]]]]} */
static bool nest(vc__buf *body)
{
    vc__buf_clear(body);
    vc__buf_str(body, "{\"data\":");
    for (int bracket = 0; bracket < 2 && vc__buf_reserve(body, DEPTH) == VC_OK; bracket++) {
        memset(body->data + body->len, bracket ? ']' : '[', DEPTH);
        body->len += DEPTH;
    }
    vc__buf_str(body, "}\n");
    return body->failed == VC_OK;
}

/* Bytes that are no UTF-8 where text is due: behind the first quote of a value, and in the middle. */
static void spoil(vc__buf *body)
{
    static const char bad[] = { '\xff', '\xc3', '(' };
    char *value = body->len ? memmem(body->data, body->len, ":\"", 2) : NULL;
    const size_t first = value ? (size_t)(value - body->data) + 2 : 0, places[] = { first, body->len / 2 };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i] + sizeof bad < body->len)
            memcpy(body->data + places[i], bad, sizeof bad);
}

static struct MHD_Response *whole(const vc__buf *body)
{
    static char nothing[1];
    return MHD_create_response_from_buffer(body->len, body->data ? body->data : nothing,
                                           MHD_RESPMEM_PERSISTENT);
}

/* All of the body, whatever its length. */
static ssize_t all_of_it(void *context, uint64_t at, char *out, size_t room)
{
    const vc__buf *body = &((const dev_request *)context)->reply.body;
    if (at >= body->len)
        return MHD_CONTENT_READER_END_OF_STREAM;
    const size_t len = body->len - at < room ? body->len - (size_t)at : room;
    memcpy(out, body->data + at, len);
    return (ssize_t)len;
}

/* Announces half of the body, or twice as much, in turn. Only of a body without a known length, behind which
 * the line is closed, does libmicrohttpd let us say how long it is: so it is HTTP/1.0. */
static struct MHD_Response *wrong_length(dev_request *request, uint64_t number)
{
    char length[24];
    const size_t len = request->reply.body.len;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, all_of_it, request, NULL);
    snprintf(length, sizeof length, "%zu", number % 2 ? len / 2 : 2 * len + 1);
    if (response) {
        MHD_set_response_options(
            response, MHD_RF_INSANITY_HEADER_CONTENT_LENGTH | MHD_RF_HTTP_VERSION_1_0_RESPONSE, MHD_RO_END);
        MHD_add_response_header(response, "Content-Length", length);
        MHD_add_response_header(response, "Connection", "close");
    }
    return response;
}

/* There and back again. */
static struct MHD_Response *circle(dev_request *request, int *status)
{
    static const char station[] = "circle/";
    char place[2048];
    const vc_view path = vc__buf_get(&request->path);
    const bool there = vc__view_starts(path, station);
    const size_t skip = there ? sizeof station - 1 : 0;
    snprintf(place, sizeof place, "/v1/%s%.*s", there ? "" : station, (int)(path.len - skip),
             path.data + skip);
    vc__buf_clear(&request->reply.body);
    struct MHD_Response *response = whole(&request->reply.body);
    if (response)
        MHD_add_response_header(response, "Location", place);
    *status = 307;
    return response;
}

struct MHD_Response *dev_mischief_response(dev_request *request, dev_mischief kind, uint64_t number,
                                           int *status)
{
    vc__buf *body = &request->reply.body;
    switch (kind) {
    case DEV_CUT: return MHD_create_response_from_callback(body->len + 1, 4096, half_a_body, request, NULL);
    case DEV_TRICKLE: return MHD_create_response_from_callback(body->len, BLOCK, trickle, request, NULL);
    case DEV_LENGTH: return wrong_length(request, number);
    case DEV_HUGE: return MHD_create_response_from_callback(HUGE_BODY, BLOCK, endless, request, NULL);
    case DEV_GARBAGE: spoil(body); return whole(body);
    case DEV_DEEP: return nest(body) ? whole(body) : NULL;
    case DEV_REDIRECT: return circle(request, status);
    case DEV_NO_MISCHIEF: break;
    }
    return NULL;
}
