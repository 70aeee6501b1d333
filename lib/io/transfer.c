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

vc__transfer *vc__transfer_new(const vc__target *target, vc_error *err)
{
    vc__autoptr(vc__transfer) transfer = vc__calloc(1, sizeof *transfer);
    if (transfer)
        transfer->easy = curl_easy_init();
    if (!transfer || !transfer->easy) {
        vc__error_memory(err);
        return NULL;
    }
    transfer->target = target;
    transfer->reply.max = REPLY_MAX;
    transfer->url.max = URL_MAX;
    if (vc__target_apply(target, transfer->easy, err))
        return NULL;
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
    vc__buf_free(&transfer->url);
    vc__buf_free(&transfer->reply);
    vc__free(transfer);
}

static CURLcode set_method(CURL *easy, const char *method, vc_view body)
{
    const bool get = strcmp(method, "GET") == 0, post = strcmp(method, "POST") == 0;
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

vc_code vc__transfer_begin(vc__transfer *transfer, vc_request *request, vc_error *err)
{
    transfer->request = request;
    transfer->redirected = false;
    const vc_code code = prepare(transfer, vc__buf_get(&transfer->target->address.path), vc_str(vc_request_path(request)), err);
    if (code)
        transfer->request = NULL;
    return code;
}

/* Where to send it again, if that is the same server; the token goes to no other. */
static vc_code follow(vc__transfer *transfer, int status, vc_error *why)
{
    const vc__target *target = transfer->target;
    struct curl_header *location = NULL;
    if (curl_easy_header(transfer->easy, "Location", 0, CURLH_HEADER, -1, &location))
        return vc__error(why, VC_E_PROTOCOL, "%s answered with a redirect (%d) to nowhere", target->name, status);
    if (transfer->redirected)
        return vc__error(why, VC_E_PROTOCOL, "%s redirects a second time", target->name);
    vc__auto(vc__address) to = VC__ADDRESS_INIT;
    vc__auto(vc__buf) base = VC__BUF(URL_MAX);
    vc__address_origin(&target->address, &base);
    vc__buf_view(&base, vc__buf_get(&target->address.path));
    vc__buf_str(&base, vc_request_path(transfer->request));
    if (vc__buf_check(&base, "the URL of a request", why))
        return base.failed;
    const vc_code code = vc__address_parse(&to, base.data, location->value, why);
    if (code == VC_E_MEMORY)
        return code;
    if (code)
        return vc__error(why, VC_E_PROTOCOL, "%s answered with a redirect (%d) that cannot be followed", target->name, status);
    if (!vc__address_same_server(&to, &target->address))
        return vc__error(why, VC_E_PROTOCOL,
                         "%s redirects to another server, where the token does not go. Set VAULT_ADDR to the address of "
                         "the active node.",
                         target->name);
    transfer->redirected = true;
    return prepare(transfer, vc_str(NULL), vc__buf_get(&to.path), why);
}

static vc_code give_reply(vc__transfer *transfer, int status, uint64_t now_ms, vc_error *why)
{
    char text[24];
    curl_off_t seconds = 0;
    vc_view retry_after = vc_str(NULL);
    if (curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
        snprintf(text, sizeof text, "%lld", (long long)seconds); /* libcurl has read dates too */
        retry_after = vc_str(text);
    }
    return vc_request_reply(transfer->request, status, retry_after, vc__buf_get(&transfer->reply), now_ms, why);
}

/* Nothing more comes of it: the memory of a large reply is given back. */
static void retire(vc__transfer *transfer)
{
    transfer->request = NULL;
    if (transfer->reply.cap > REPLY_KEEP)
        vc__buf_free(&transfer->reply);
    else
        vc__buf_clear(&transfer->reply);
}

vc__transfer_end vc__transfer_end_with(vc__transfer *transfer, CURLcode result, uint64_t now_ms, int *status, vc_error *why)
{
    long number = 0;
    vc_code code;
    *status = 0;
    if (result == CURLE_OK)
        result = curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &number);
    if (result == CURLE_WRITE_ERROR && transfer->reply.failed) {
        code = vc__buf_check(&transfer->reply, "Vault's answer", why);
    } else if (result) {
        code = vc__curl_failure(transfer->target, transfer->easy, result, transfer->curl_text, why);
    } else if (number == 301 || number == 302 || number == 307 || number == 308) {
        code = follow(transfer, (int)number, why);
        if (!code)
            return VC__TRANSFER_AGAIN;
    } else {
        *status = (int)number;
        code = give_reply(transfer, *status, now_ms, why);
    }
    if (code)
        (void)vc_request_failed(transfer->request, why, now_ms, NULL);
    retire(transfer);
    return VC__TRANSFER_ANSWERED;
}

void vc__transfer_cancel(vc__transfer *transfer, uint64_t now_ms)
{
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_CANCELED, "the request was given up");
    (void)vc_request_failed(transfer->request, &why, now_ms, NULL);
    retire(transfer);
}
