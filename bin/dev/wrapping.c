/* SPDX-License-Identifier: Apache-2.0 */
#include "wrapping.h"

#include "base/text.h"
#include "clock.h"
#include "json_each.h"
#include "param.h"
#include "reply.h"
#include "token.h"

#include <stdio.h>

enum { KEPT_MAX = DEV_REPLY_MAX };

bool dev_wrapping_read(dev_request *request)
{
    static const char what[] = "error parsing X-Vault-Wrap-TTL header: ";
    const char *text = dev_header(request, "X-Vault-Wrap-TTL");
    if (!text || !*text)
        return true;
    if (*text == '-')
        dev_reply_error(request, 400, "%srequested wrap ttl cannot be negative", what);
    else if (!dev_duration_parse(vc_str(text), &request->wrap_ttl))
        dev_reply_error(request, 400, "%stime: invalid duration \"%s\"", what, text);
    else
        return true;
    return false;
}

/* The accessor of what is inside: a token's, or a secret id's. */
static void inner_accessor(const vc__buf *body, char *out, size_t room)
{
    json_object *whole = json_tokener_parse(body->data), *part, *accessor;
    *out = 0;
    if ((json_object_object_get_ex(whole, "auth", &part) &&
         json_object_object_get_ex(part, "accessor", &accessor)) ||
        (json_object_object_get_ex(whole, "data", &part) &&
         json_object_object_get_ex(part, "secret_id_accessor", &accessor)))
        snprintf(out, room, "%s", json_object_get_string(accessor));
    json_object_put(whole);
}

static void write_info(dev_request *request, const dev_token *token, long long ttl)
{
    vc__buf *out = dev_reply_bare(request, 200);
    vc__buf_str(out, "{\"request_id\":\"\",\"lease_id\":\"\",\"renewable\":false,\"lease_duration\":0,"
                     "\"data\":null,\"wrap_info\":");
    out_open(out, '{');
    out_member(out, "token", token->id);
    out_member(out, "accessor", token->accessor);
    out_member_int(out, "ttl", ttl);
    out_key(out, "creation_time");
    dev_time_write(out, token->created);
    out_member(out, "creation_path", token->path);
    if (token->wrapped_of[0])
        out_member(out, "wrapped_accessor", token->wrapped_of);
    out_close(out, '}');
    vc__buf_str(out, ",\"warnings\":null,\"auth\":null}\n");
}

/* Keeps `body`, which is taken, and answers with its token. */
static void keep(dev_request *request, vc__buf *body, int status, const char *path, long long ttl)
{
    json_object *policies = json_object_new_array();
    json_object_array_add(policies, json_object_new_string("response-wrapping"));
    const dev_token_plan plan = { .path = vc_str(path),
                                  .policies = policies,
                                  .not_renewable = true,
                                  .ttl = ttl,
                                  .explicit_max_ttl = ttl,
                                  .num_uses = 1 };
    dev_token *token = dev_token_make(request, &plan);
    json_object_put(policies);
    if (!token)
        return;
    token->expires = token->started + (uint64_t)ttl * 1000; /* no maximum but its own */
    token->creation_ttl = ttl;
    token->wrapping = true;
    token->wrapped_status = status;
    inner_accessor(body, token->wrapped_of, sizeof token->wrapped_of);
    token->wrapped = *body;
    *body = (vc__buf)VC__BUF(KEPT_MAX);
    write_info(request, token, ttl);
}

void dev_wrapping_wrap(dev_request *request)
{
    if (request->wrap_ttl == 0 || !request->reply.enveloped)
        return;
    const int status = request->reply.status;
    request->reply.repeated = false;
    dev_reply_finish(request);
    vc__auto(vc__buf) body = request->reply.body;
    request->reply.body = (vc__buf)VC__BUF(DEV_REPLY_MAX);
    vc__buf_clear(&request->reply.warnings);
    keep(request, &body, status, request->path.data, request->wrap_ttl);
}

void dev_wrapping_make(dev_request *request)
{
    if (request->wrap_ttl == 0)
        dev_reply_error(request, 400, "endpoint requires response wrapping to be used");
    else
        vc__buf_str(dev_reply_data(request),
                    request->json
                        ? json_object_to_json_string_ext(request->json, JSON_C_TO_STRING_NOSLASHESCAPE)
                        : "null");
}

/* Who asks has to be someone too, unless it is the wrapping token itself. False: answered. */
static bool admit(dev_request *request, vc_view caller)
{
    dev_token *token = caller.len ? dev_token_find(request->server, caller) : NULL;
    if (!token || !dev_token_use(token))
        dev_reply_error(request, 403, "permission denied");
    else if (!(dev_token_caps(token, request->space, vc__buf_get(&request->path)) &
               (DEV_CAP_UPDATE | DEV_CAP_ROOT)))
        dev_reply_denied(request);
    else
        return true;
    return false;
}

/* The wrapping token, of the body or else of the header. NULL: answered. */
static dev_token *find(dev_request *request, bool *in_body)
{
    vc_view id;
    const vc_view header = dev_token_given(request);
    if (!dev_param_string(request, "token", &id))
        return NULL;
    *in_body = id.len > 0;
    if (id.len == 0 && header.len == 0) {
        dev_reply_error(request, 403, "error validating wrapping token: token is empty");
        return NULL;
    }
    dev_token *token = dev_token_find(request->server, id.len ? id : header);
    if (token && token->wrapping)
        return token;
    dev_reply_error(request, 400, "wrapping token is not valid or does not exist");
    return NULL;
}

void dev_wrapping_unwrap(dev_request *request)
{
    bool in_body;
    dev_token *token = find(request, &in_body);
    const vc_view caller = dev_token_given(request);
    if (token && in_body && vc__view_is(caller, token->id)) {
        /* its one use went on asking */
        dev_token_revoke(request->server, token);
        dev_reply_wrapped(request, 500,
                          "error decrementing wrapping token's use-count: invalid token entry provided for "
                          "use count decrementing");
        return;
    }
    if (!token || (in_body && !admit(request, caller)))
        return;
    vc__auto(vc__buf) body = token->wrapped;
    const int status = token->wrapped_status;
    token->wrapped = (vc__buf)VC__BUF(KEPT_MAX);
    dev_token_revoke(request->server, token);
    if (request->wrap_ttl)
        keep(request, &body, status, request->path.data, request->wrap_ttl);
    else
        vc__buf_view(dev_reply_bare(request, status), vc__buf_get(&body));
}

void dev_wrapping_lookup(dev_request *request)
{
    bool in_body;
    const dev_token *token = find(request, &in_body);
    if (!token)
        return;
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member(out, "creation_path", token->path);
    out_key(out, "creation_time");
    dev_time_write(out, token->created);
    out_member_int(out, "creation_ttl", token->creation_ttl);
    out_close(out, '}');
}

/* The same time anew, whatever the header says. */
void dev_wrapping_rewrap(dev_request *request)
{
    bool in_body;
    dev_token *token = find(request, &in_body);
    if (!token || !admit(request, dev_token_given(request)))
        return;
    vc__auto(vc__buf) body = token->wrapped, path = VC__BUF(8192);
    token->wrapped = (vc__buf)VC__BUF(KEPT_MAX);
    vc__buf_str(&path, token->path);
    const long long ttl = token->creation_ttl;
    const int status = token->wrapped_status;
    dev_token_revoke(request->server, token);
    keep(request, &body, status, path.data, ttl);
}
