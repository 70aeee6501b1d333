/* SPDX-License-Identifier: Apache-2.0 */
/* transform.c - requests on single values. */
#include "vault/transform.h"

#include "base/error.h"
#include "base/text.h"
#include "json/string.h"
#include "vault/endpoint.h"
#include "vault/single.h"
#include "vault/transform_options.h"

enum { BODY_MAX = 32 << 20 };

static vc_code begin(vc_request *request, const char *method, const char *operation, const char *role, bool replay_safe,
                     vc_error *err)
{
    vc__request_init(request, method, BODY_MAX, replay_safe);
    vc_view mount, name;
    const vc_code code = vc__place_parse(vc_str(role), "transform", &mount, &name, err);
    return code ? code : vc__endpoint(&request->path, mount, operation, name, err);
}

/* A member with a text, behind those that are there. */
static vc_code append(vc_request *request, const char *name, vc_view text, const char *what, vc_error *err)
{
    if (vc__utf8_valid(text) != text.len)
        return vc__error(err, VC_E_ARGUMENT, "%s is not UTF-8, which transform needs", what);
    vc__buf_printf(&request->body, "%s\"%s\":", request->body.len ? "," : "{", name);
    vc__string_encode(&request->body, text);
    return VC_OK;
}

static vc_code finish(vc_request *request, vc_error *err)
{
    vc__buf_byte(&request->body, '}');
    return vc__buf_check(&request->body, "the request", err);
}

static void append_transformation(vc_request *request, const vc_transform_options *options)
{
    if (options && options->transformation.len)
        (void)append(request, "transformation", vc__buf_get(&options->transformation), "", NULL);
}

vc_code vc__transform_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                              const vc_transform_options *options, vc_error *err)
{
    /* What makes a token would make a second one. */
    const bool token = verb == VC__TRANSFORM_ENCODE && vc__transform_options_is_token(options);
    vc__request_init(request, "POST", BODY_MAX, !token || options->convergent);
    vc__item item = { .value = input };
    if (options) {
        item.transformation = vc__buf_get(&options->transformation);
        item.tweak = vc__buf_get(&options->tweak);
    }
    if (vc__utf8_valid(input) != input.len)
        return vc__error(err, VC_E_ARGUMENT, "the value is not UTF-8, which transform needs");
    vc_view mount, name;
    vc_code code = vc__place_parse(vc_str(place), "transform", &mount, &name, err);
    if (!code)
        code = vc__batch_path(&request->path, verb, mount, name, err);
    if (code)
        return code;
    if (options && options->decode_format.len && verb == VC__TRANSFORM_DECODE) {
        vc__buf_byte(&request->path, '/');
        vc__buf_view(&request->path, vc__buf_get(&options->decode_format));
    }
    vc__batch_item(&request->body, verb, &item, true);
    if (token) {
        vc__buf_cut(&request->body, request->body.len ? request->body.len - 1 : 0);
        vc__transform_options_members(options, VC__TRANSFORM_NEW, &request->body);
        vc__buf_byte(&request->body, '}');
    }
    code = vc__buf_check(&request->path, "the request's path", err);
    return code ? code : vc__buf_check(&request->body, "the request", err);
}

vc_code vc__transform_tokenize(vc_request *request, const char *role, vc_view value,
                               const vc_transform_options *options, vc_error *err)
{
    const vc_code code = vc__transform_request(request, VC__TRANSFORM_ENCODE, role, value, options, err);
    request->replay_safe = options && options->convergent;
    return code;
}

vc_code vc__transform_ask(vc_request *request, const char *method, const char *operation, const char *role,
                          const char *member, vc_view value, const vc_transform_options *options, bool search,
                          vc_error *err)
{
    vc_code code = begin(request, method, operation, role, true, err);
    if (!code)
        code = append(request, member, value, "the value", err);
    if (code)
        return code;
    append_transformation(request, options);
    vc__transform_options_members(options, search ? VC__TRANSFORM_SEARCH : 0, &request->body);
    return finish(request, err);
}

vc_code vc__transform_rewrap(vc_request *request, const char *role, vc_view value, const vc_transform_options *from,
                             const vc_transform_options *to, vc_error *err)
{
    vc_code code = begin(request, "POST", "rewrap", role, true, err);
    if (!code)
        code = append(request, "value", value, "the value", err);
    if (code)
        return code;
    if (!from->transformation.len || !to->transformation.len)
        return vc__error(err, VC_E_ARGUMENT, "rewrapping needs both transformations: of the value, and the new one");
    append_transformation(request, to);
    (void)append(request, "decode_transformation", vc__buf_get(&from->transformation), "", NULL);
    if (to->tweak.len)
        (void)append(request, "tweak", vc__buf_get(&to->tweak), "", NULL);
    if (from->tweak.len)
        (void)append(request, "decode_tweak", vc__buf_get(&from->tweak), "", NULL);
    return finish(request, err);
}
