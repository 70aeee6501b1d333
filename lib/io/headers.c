/* SPDX-License-Identifier: Apache-2.0 */
#include "io/headers.h"

#include "base/error.h"
#include "vault/request.h"

#include <inttypes.h>

enum { LINE_MAX_LEN = 16384 };

static const char for_all[] = "X-Vault-Request: true";
static const char no_expect[] = "Expect:"; /* no value: libcurl leaves it out, and saves large bodies a round trip */
static const char json[] = "Content-Type: application/json";
static const char merge_patch[] = "Content-Type: application/merge-patch+json"; /* else Vault answers 415 */

/* libcurl's lists want `char *`, and only read. */
static void add(vc__headers *headers, const char *line)
{
    struct curl_slist *node = &headers->nodes[headers->count];
    *node = (struct curl_slist){ (char *)(uintptr_t)line, NULL };
    if (headers->count)
        node[-1].next = node;
    headers->count++;
}

static vc_code add_token(vc__headers *headers, const vc_request *request, vc__session *session, vc_error *err)
{
    switch (request->auth) {
    case VC__AUTH_SESSION:
        headers->token = vc__session_token(session);
        break;
    case VC__AUTH_OWN:
        headers->token = vc__token_line_new(vc__secret_get(request->own_token), 0, err);
        if (!headers->token)
            return VC_E_MEMORY;
        break;
    case VC__AUTH_NONE:
        break;
    }
    if (headers->token)
        add(headers, vc__token_line_text(headers->token));
    return VC_OK;
}

static vc_code add_line(vc__headers *headers, const vc__buf *line, vc_error *err)
{
    if (line->len)
        add(headers, line->data);
    return vc__buf_check(line, "a header line", err);
}

void vc__headers_move(vc__headers *headers, const vc__target *target)
{
    headers->count = headers->host;
    if (headers->count)
        headers->nodes[headers->count - 1].next = NULL;
    if (target->host_line.len)
        add(headers, target->host_line.data);
}

vc_code vc__headers_make(vc__headers *headers, const vc__target *target, const vc_request *request, vc__session *session,
                         vc__cluster *cluster, vc_error *err)
{
    vc__headers_clear(headers);
    vc_code code = add_token(headers, request, session, err);
    if (code)
        return code;
    add(headers, for_all);
    add(headers, no_expect);
    add(headers, strcmp(vc_request_method(request), "PATCH") == 0 ? merge_patch : json);
    const char *namespace = request->namespace_override ? request->namespace_override : target->config->text[VC__SET_NAMESPACE];
    headers->namespace.max = headers->wrap.max = headers->index.max = LINE_MAX_LEN;
    if (namespace && *namespace)
        vc__buf_printf(&headers->namespace, "X-Vault-Namespace: %s", namespace);
    if (request->wrap_ttl)
        vc__buf_printf(&headers->wrap, "X-Vault-Wrap-TTL: %" PRIu64, request->wrap_ttl);
    vc__cluster_get_index(cluster, &headers->index);
    code = add_line(headers, &headers->namespace, err);
    if (!code)
        code = add_line(headers, &headers->wrap, err);
    if (!code)
        code = add_line(headers, &headers->index, err);
    headers->host = headers->count;
    vc__headers_move(headers, target);
    return code;
}

struct curl_slist *vc__headers_list(vc__headers *headers)
{
    return headers->count ? headers->nodes : NULL;
}

void vc__headers_clear(vc__headers *headers)
{
    headers->count = 0;
    vc__token_line_unref(headers->token);
    headers->token = NULL;
    vc__buf_clear(&headers->namespace);
    vc__buf_clear(&headers->wrap);
    vc__buf_clear(&headers->index);
}

void vc__headers_cleanup(vc__headers *headers)
{
    vc__headers_clear(headers);
    vc__buf_free(&headers->namespace);
    vc__buf_free(&headers->wrap);
    vc__buf_free(&headers->index);
}
