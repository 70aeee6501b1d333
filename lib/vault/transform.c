/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/single.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/endpoint.h"

enum { NAME_MAX_BYTES = 1024, TWEAK_MAX = 65536, BODY_MAX = 32 << 20 };

struct vc_transform_options {
    vc__buf transformation, tweak, decode_format;
};

vc_transform_options *vc_transform_options_new(vc_error *err)
{
    vc_transform_options *options = vc__calloc(1, sizeof *options);
    if (!options) {
        vc__error_memory(err);
        return NULL;
    }
    options->transformation.max = options->decode_format.max = NAME_MAX_BYTES;
    options->tweak.max = TWEAK_MAX;
    return options;
}

void vc_transform_options_free(vc_transform_options *options)
{
    if (!options)
        return;
    vc__buf_free(&options->transformation);
    vc__buf_free(&options->tweak);
    vc__buf_free(&options->decode_format);
    vc__free(options);
}

static vc_code set(vc__buf *option, vc_view text, const char *what, vc_error *err)
{
    if (vc__utf8_valid(text) != text.len)
        return vc__error(err, VC_E_ARGUMENT, "%s is not UTF-8", what);
    vc__buf_free(option);
    vc__buf_view(option, text);
    const vc_code code = vc__buf_check(option, what, err);
    if (code)
        vc__buf_free(option);
    return code;
}

vc_code vc_transform_options_set_transformation(vc_transform_options *options, const char *name,
                                                vc_error *err)
{
    return set(&options->transformation, vc_str(name), "the name of a transformation", err);
}

vc_code vc_transform_options_set_tweak(vc_transform_options *options, vc_view base64, vc_error *err)
{
    vc_code code = set(&options->tweak, base64, "the tweak", err);
    if (code || !base64.len)
        return code;
    /* Decoded on a copy, to see whether it can be: Vault's own message would come late and say less. */
    vc__auto(vc__buf) bytes = VC__BUF(TWEAK_MAX);
    if (vc__buf_reserve(&bytes, base64.len))
        code = vc__buf_check(&bytes, "the tweak", err);
    else if (vc__base64_decode(bytes.data, &bytes.len, base64, NULL))
        code = vc__error(err, VC_E_ARGUMENT, "the tweak is not Base64");
    if (code)
        vc__buf_free(&options->tweak);
    return code;
}

vc_code vc_transform_options_set_decode_format(vc_transform_options *options, const char *name, vc_error *err)
{
    if (!vc__name_valid(vc_str(name)))
        return vc__error(
            err, VC_E_ARGUMENT,
            "that is not a name of a decode format: letters, digits, '_', and between them '-' and '.'");
    return set(&options->decode_format, vc_str(name), "the name of a decode format", err);
}

vc_code vc__transform_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                              const vc_transform_options *options, vc_error *err)
{
    vc__request_init(request, "POST", BODY_MAX, true);
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
    code = vc__buf_check(&request->path, "the request's path", err);
    return code ? code : vc__buf_check(&request->body, "the request", err);
}
