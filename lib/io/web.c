/* SPDX-License-Identifier: Apache-2.0 */
#include "io/web.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/failure.h"
#include "io/sigpipe.h"
#include "io/target.h"

vc_config *vc__web_config(const vc_config *config, vc_error *err)
{
    static const vc__setting taken[] = { VC__SET_CA_FILE,    VC__SET_CA_PATH,     VC__SET_CA_PEM,  VC__SET_PROXY,
                                         VC__SET_HTTP_PROXY, VC__SET_HTTPS_PROXY, VC__SET_NO_PROXY };
    vc__autoptr(vc_config) web = vc_config_new(err); /* what else is Vault's own, checks left out above all, is nobody else's */
    if (!web)
        return NULL;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        const char *text = config->text[taken[i]];
        if (text && !(web->text[taken[i]] = vc__memdup(text, strlen(text))))
            return vc__error_memory(err), NULL;
        if (vc__config_is_set(config, taken[i]))
            vc__config_mark(web, taken[i]);
    }
    web->timeout_ms = config->timeout_ms;
    return vc__steal(&web);
}

static size_t take_bytes(char *data, size_t size, size_t count, void *user)
{
    vc__buf *reply = user;
    vc__buf_append(reply, data, size * count);
    return reply->failed ? 0 : size * count;
}

static int look_up(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    const atomic_bool *cancel = user;
    return cancel && atomic_load(cancel);
}

#define SET(option, value)                                                                                             \
    do {                                                                                                               \
        if (result == CURLE_OK)                                                                                        \
            result = curl_easy_setopt(easy, option, value);                                                            \
    } while (0)

static CURLcode set_up(CURL *easy, const vc__web_call *call, vc__buf *reply, struct curl_slist *headers, char *text)
{
    CURLcode result = CURLE_OK;
    SET(CURLOPT_URL, call->url);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_ERRORBUFFER, text);
    SET(CURLOPT_WRITEFUNCTION, take_bytes);
    SET(CURLOPT_WRITEDATA, reply);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, look_up);
    SET(CURLOPT_XFERINFODATA, (void *)(uintptr_t)call->cancel);
    SET(CURLOPT_FORBID_REUSE, 1L); /* so that its buffers go with the handle */
    if (call->body.data) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
        SET(CURLOPT_POSTFIELDS, call->body.data); /* not copied */
    }
    return result;
}

static vc_code judge(const vc__target *target, CURL *easy, CURLcode result, const char *text, vc__buf *reply, int *status, vc_error *err)
{
    long number = 0;
    if (result == CURLE_OK)
        result = curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &number);
    if (result == CURLE_ABORTED_BY_CALLBACK)
        return vc__error(err, VC_E_CANCELED, "the call was canceled");
    if (result == CURLE_WRITE_ERROR && reply->failed)
        return vc__buf_check(reply, "the answer", err);
    if (result)
        return vc__curl_failure(target, easy, result, text, err);
    if (number >= 300 && number <= 399)
        return vc__error(err, VC_E_PROTOCOL, "%s answers with a redirect (%ld), which is not followed: name the address where it is", target->name,
                         number);
    *status = (int)number;
    return VC_OK;
}

static vc_code perform(const vc__target *target, CURL *easy, struct curl_slist *headers, const vc__web_call *call, vc__buf *reply, int *status,
                       vc_error *err)
{
    char text[CURL_ERROR_SIZE] = "";
    const vc_code code = vc__target_apply(target, easy, err);
    if (code)
        return code;
    CURLcode result = set_up(easy, call, reply, headers, text);
    if (result)
        return result == CURLE_OUT_OF_MEMORY ? vc__error_memory(err)
                                             : vc__error(err, VC_E_INTERNAL, "a request cannot be set up: %s", curl_easy_strerror(result));
    vc__sigpipe pipe;
    vc__sigpipe_block(&pipe);
    result = curl_easy_perform(easy);
    vc__sigpipe_restore(&pipe);
    return judge(target, easy, result, text, reply, status, err);
}

static struct curl_slist *add(struct curl_slist *list, const char *line, bool *short_of)
{
    struct curl_slist *longer = *short_of ? NULL : curl_slist_append(list, line);
    *short_of |= !longer;
    return longer ? longer : list;
}

vc_code vc__web_exchange(const vc__web_call *call, vc__buf *reply, int *status, vc_error *err)
{
    bool short_of = false;
    vc_error why = VC_ERROR_INIT; /* err may be NULL */
    if (vc__curl_start(err))
        return VC_E_INTERNAL;
    vc__autoptr(vc__target) target = vc__target_new(call->config, call->url, &why);
    if (!target)
        return vc__error_copy(err, &why);
    target->web = true;
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = add(NULL, "Accept: application/json", &short_of);
    if (call->body.data) {
        headers = add(headers, "Content-Type: application/json", &short_of);
        headers = add(headers, "Expect:", &short_of);
    }
    const vc_code code = easy && !short_of ? perform(target, easy, headers, call, reply, status, err) : vc__error_memory(err);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return code;
}
