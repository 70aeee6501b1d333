/* SPDX-License-Identifier: Apache-2.0 */
#include "io/transfer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/failure.h"
#include "vault/request.h"

#include <stdio.h>

enum {
    REPLY_MAX = 64 << 20,
    REPLY_KEEP = 1 << 20, /* memory that an idle transfer may keep */
    URL_MAX = 2 * VC__ADDRESS_MAX
};

static size_t take_bytes(char *data, size_t size, size_t count, void *user)
{
    vc__buf *reply = user;
    vc__buf_append(reply, data, size * count);
    return reply->failed ? 0 : size * count;
}

vc__transfer *vc__transfer_new(vc_error *err)
{
    vc__autoptr(vc__transfer) transfer = vc__calloc(1, sizeof *transfer);
    if (transfer)
        transfer->easy = curl_easy_init();
    if (!transfer || !transfer->easy) {
        vc__error_memory(err);
        return NULL;
    }
    transfer->reply.max = REPLY_MAX;
    transfer->url.max = URL_MAX;
    transfer->to = (vc__address)VC__ADDRESS_INIT;
    if (curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->curl_text) ||
        curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, take_bytes) ||
        curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, &transfer->reply) ||
        curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer)) {
        vc__error_memory(err);
        return NULL;
    }
    return vc__steal(&transfer);
}

void vc__transfer_free(vc__transfer *transfer)
{
    if (!transfer)
        return;
    if (transfer->easy)
        curl_easy_cleanup(transfer->easy);
    vc__headers_cleanup(&transfer->headers);
    vc__address_cleanup(&transfer->to);
    vc__buf_free(&transfer->url);
    vc__buf_free(&transfer->reply);
    vc__free(transfer);
}

/* Nothing more comes of it: the memory of a large reply is given back. */
static void retire(vc__transfer *transfer)
{
    transfer->request = NULL;
    vc__headers_clear(&transfer->headers);
    if (transfer->reply.cap > REPLY_KEEP)
        vc__buf_free(&transfer->reply);
    else
        vc__buf_clear(&transfer->reply);
}

static CURLcode set_method(CURL *easy, const char *method, vc_view body)
{
    const bool get = strcmp(method, "GET") == 0 && !body.len, post = strcmp(method, "POST") == 0;
    const bool head = strcmp(method, "HEAD") == 0;
    CURLcode result = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, get || post || head ? NULL : method);
    if (result)
        return result;
    if (head)
        return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (!post && !body.len)
        return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    result = curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (!result)
        result = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    return result ? result : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.len ? body.data : ""); /* not copied */
}

/* `path` follows the server's origin: with the configured prefix already, or as a redirect told. */
static vc_code prepare(vc__transfer *transfer, vc_view prefix, vc_view path, vc_error *err)
{
    vc__buf_clear(&transfer->url);
    vc__buf_view(&transfer->url, vc__buf_get(&transfer->target->origin));
    vc__buf_view(&transfer->url, prefix);
    vc__buf_view(&transfer->url, path);
    if (vc__buf_check(&transfer->url, "the URL of a request", err))
        return transfer->url.failed;
    const vc_request *request = transfer->request;
    CURLcode result = curl_easy_setopt(transfer->easy, CURLOPT_URL, transfer->url.data);
    if (!result)
        result = curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, vc__headers_list(&transfer->headers));
    if (!result)
        result = set_method(transfer->easy, vc_request_method(request), vc_request_body(request));
    /* On a connection that was open before, libcurl would silently send again what got no answer. */
    if (!result)
        result = curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, request->replay_safe ? 0L : 1L);
    if (result == CURLE_OUT_OF_MEMORY)
        return vc__error_memory(err);
    if (result)
        return vc__error(err, VC_E_INTERNAL, "a request cannot be set up: %s", curl_easy_strerror(result));
    vc__buf_clear(&transfer->reply);
    transfer->curl_text[0] = 0;
    return VC_OK;
}

void vc__transfer_take(vc__transfer *transfer, vc__job *job, vc_request *request)
{
    transfer->job = job;
    transfer->request = request;
    transfer->denied = transfer->inside = transfer->away = false;
    transfer->tried = 0;
    transfer->status = 0;
}

static vc_code set_target(vc__transfer *transfer, const vc__target *target, vc_error *err)
{
    if (transfer->target == target)
        return VC_OK;
    transfer->target = NULL; /* until all of it is set */
    const vc_code code = vc__target_apply(target, transfer->easy, err);
    if (!code)
        transfer->target = target;
    return code;
}

vc_code vc__transfer_begin(vc__transfer *transfer, const vc__target *target, vc__session *session, vc__cluster *cluster, vc_error *err)
{
    transfer->redirected = false;
    transfer->status = 0;
    vc_code code = set_target(transfer, target, err);
    if (!code)
        code = vc__headers_make(&transfer->headers, target, transfer->request, session, cluster, err);
    transfer->generation = transfer->headers.token ? transfer->headers.token->generation : 0;
    return code ? code : prepare(transfer, vc__buf_get(&target->address.path), vc_str(vc_request_path(transfer->request)), err);
}

vc_code vc__transfer_move(vc__transfer *transfer, const vc__target *target, vc_error *err)
{
    transfer->redirected = true;
    const vc_code code = set_target(transfer, target, err);
    if (code)
        return code;
    vc__headers_move(&transfer->headers, target);
    return prepare(transfer, vc_str(NULL), vc__buf_get(&transfer->to.path), err);
}

/* Where the redirect leads. */
static vc_code read_location(vc__transfer *transfer, int status, vc_error *why)
{
    const vc__target *target = transfer->target;
    struct curl_header *location = NULL;
    if (curl_easy_header(transfer->easy, "Location", 0, CURLH_HEADER, -1, &location))
        return vc__error(why, VC_E_PROTOCOL, "%s answered with a redirect (%d) to nowhere", target->name, status);
    if (transfer->redirected)
        return vc__error(why, VC_E_PROTOCOL, "%s redirects a second time: redirects of Vault lead to its active node, not in a circle",
                         target->name);
    vc__auto(vc__buf) base = VC__BUF(URL_MAX);
    vc__buf_view(&base, vc__buf_get(&target->origin));
    vc__buf_view(&base, vc__buf_get(&target->address.path));
    vc__buf_str(&base, vc_request_path(transfer->request));
    if (vc__buf_check(&base, "the URL of a request", why))
        return base.failed;
    const vc_code code = vc__address_parse(&transfer->to, base.data, location->value, why);
    /* What is relative to the origin stays with the server, whatever its name in the URL is. */
    if (!code && !strstr(location->value, "://") && strncmp(location->value, "//", 2) != 0) {
        transfer->to.tls = target->address.tls;
        transfer->to.port = target->address.port;
        memcpy(transfer->to.host, target->address.host, sizeof transfer->to.host);
        memcpy(transfer->to.socket, target->address.socket, sizeof transfer->to.socket);
    }
    return !code || code == VC_E_MEMORY
               ? code
               : vc__error(why, VC_E_PROTOCOL, "%s answered with a redirect (%d) that cannot be followed", target->name, status);
}

/* The reply's header lines, for those who asked for them. What does not fit is left out. */
static void give_headers(vc__transfer *transfer)
{
    struct curl_header *header = NULL;
    while ((header = curl_easy_nextheader(transfer->easy, CURLH_HEADER, -1, header)))
        vc__buf_printf(&transfer->request->headers, "%s: %s\n", header->name, header->value);
}

static vc_code give_reply(vc__transfer *transfer, uint64_t now_ms, vc_error *why)
{
    char text[24];
    curl_off_t seconds = 0;
    vc_view retry_after = vc_str(NULL);
    if (curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
        snprintf(text, sizeof text, "%lld", (long long)seconds); /* libcurl has read dates too */
        retry_after = vc_str(text);
    }
    if (transfer->request->keep_headers)
        give_headers(transfer);
    return vc_request_reply(transfer->request, transfer->status, retry_after, vc__buf_get(&transfer->reply), now_ms, why);
}

vc__transfer_end vc__transfer_judge(vc__transfer *transfer, CURLcode result, vc_error *why)
{
    long number = 0;
    if (result == CURLE_OK)
        result = curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &number);
    if (result == CURLE_WRITE_ERROR && transfer->reply.failed) {
        vc__buf_check(&transfer->reply, "Vault's answer", why);
        return VC__TRANSFER_FAILED;
    }
    if (result) {
        transfer->request->unsent = vc__curl_unsent(transfer->easy) && !transfer->redirected;
        vc__curl_failure(transfer->target, transfer->easy, result, transfer->curl_text, why);
        return VC__TRANSFER_FAILED;
    }
    if (number == 301 || number == 302 || number == 307 || number == 308)
        return read_location(transfer, (int)number, why) ? VC__TRANSFER_FAILED : VC__TRANSFER_REDIRECTED;
    transfer->status = (int)number;
    return VC__TRANSFER_REPLIED;
}

void vc__transfer_learn(vc__transfer *transfer, vc__cluster *cluster)
{
    struct curl_header *index = NULL;
    long version = 0, connections = 0;
    if (curl_easy_header(transfer->easy, "X-Vault-Index", 0, CURLH_HEADER, -1, &index) == CURLHE_OK)
        vc__cluster_set_index(cluster, index->value);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_VERSION, &version);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connections);
    const vc__counts counts = {
        .connections = (uint64_t)connections,
        .http_version = version == CURL_HTTP_VERSION_2_0 ? 20 : version == CURL_HTTP_VERSION_1_0 ? 10 : 11,
    };
    vc__cluster_count(cluster, &counts);
}

void vc__transfer_answer(vc__transfer *transfer, uint64_t now_ms)
{
    vc_error why = VC_ERROR_INIT;
    if (give_reply(transfer, now_ms, &why))
        (void)vc_request_failed(transfer->request, &why, now_ms, NULL);
    retire(transfer);
}

void vc__transfer_fail(vc__transfer *transfer, const vc_error *why, uint64_t now_ms)
{
    (void)vc_request_failed(transfer->request, why, now_ms, NULL);
    retire(transfer);
}
