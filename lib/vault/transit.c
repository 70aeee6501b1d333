/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/single.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "vault/endpoint.h"

enum { OPTION_MAX = 1 << 20, BODY_MAX = 32 << 20 /* what Vault takes by default */ };

struct vc_transit_options {
    vc__buf context, associated_data;
    uint64_t key_version;
};

vc_transit_options *vc_transit_options_new(vc_error *err)
{
    vc_transit_options *options = vc__calloc(1, sizeof *options);
    if (!options) {
        vc__error_memory(err);
        return NULL;
    }
    options->context.max = options->associated_data.max = OPTION_MAX;
    return options;
}

void vc_transit_options_free(vc_transit_options *options)
{
    if (!options)
        return;
    vc__buf_free(&options->context);
    vc__buf_free(&options->associated_data);
    vc__free(options);
}

/* An empty view is "set, and empty": the buffer has its memory then. */
static vc_code set(vc__buf *option, vc_view bytes, const char *what, vc_error *err)
{
    vc__buf_clear(option);
    vc__buf_reserve(option, bytes.len + 1);
    vc__buf_view(option, bytes);
    const vc_code code = vc__buf_check(option, what, err);
    if (code)
        vc__buf_free(option);
    return code;
}

vc_code vc_transit_options_set_context(vc_transit_options *options, vc_view context, vc_error *err)
{
    return set(&options->context, context, "the context", err);
}

vc_code vc_transit_options_set_associated_data(vc_transit_options *options, vc_view data, vc_error *err)
{
    return set(&options->associated_data, data, "the associated data", err);
}

void vc_transit_options_set_key_version(vc_transit_options *options, uint64_t version)
{
    options->key_version = version;
}

vc_code vc__transit_request(vc_request *request, vc__verb verb, const char *place, vc_view input,
                            const vc_transit_options *options, vc_error *err)
{
    vc__request_init(request, "POST", BODY_MAX, true);
    vc__item item = { .value = input };
    if (options) {
        item.context = vc__buf_get(&options->context);
        item.associated_data = vc__buf_get(&options->associated_data);
        item.key_version = verb == VC__TRANSIT_DECRYPT ? 0 : options->key_version;
    }
    if (verb == VC__TRANSIT_REWRAP && item.associated_data.data)
        return vc__error(err, VC_E_ARGUMENT,
                         "Vault does not rewrap with associated data: decrypt and encrypt instead");
    if (verb != VC__TRANSIT_ENCRYPT && vc__utf8_valid(input) != input.len)
        return vc__error(err, VC_E_CIPHERTEXT, "this is not a ciphertext of Vault's transit engine");
    vc_view mount, name;
    vc_code code = vc__place_parse(vc_str(place), "transit", &mount, &name, err);
    if (!code)
        code = vc__batch_path(&request->path, verb, mount, name, err);
    if (code)
        return code;
    vc__batch_item(&request->body, verb, &item, true);
    return vc__buf_check(&request->body, "the request", err);
}
