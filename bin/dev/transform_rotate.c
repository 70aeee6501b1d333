/* SPDX-License-Identifier: Apache-2.0 */
/* transform_rotate.c - the keys of tokenizations, as numbers: which versions there are, and which still open. */
#include "param.h"
#include "reply.h"
#include "transform.h"

enum { HOUR = 3600 };

void transform_keys_list(dev_request *request)
{
    const dev_names *kinds = &transform_of(request)->kinds;
    dev_names some = { 0 };
    for (size_t i = 0; i < kinds->count; i++) {
        transform_kind *kind = kinds->list[i].item;
        if (kind->type == TRANSFORM_TOKENIZATION)
            dev_names_put(&some, vc_str(kind->name), kind);
    }
    transform_list(request, &some);
    dev_names_free(&some);
}

void transform_keys_read(dev_request *request)
{
    const transform_kind *kind = transform_tokenization(request);
    if (!kind)
        return;
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_int(out, "auto_rotate_period", kind->auto_rotate_period);
    out_member_int(out, "latest_version", kind->latest_version);
    out_member_int(out, "min_available_version", kind->min_available_version);
    out_member_int(out, "min_decryption_version", kind->min_decryption_version);
    out_member(out, "name", kind->name);
    out_close(out, '}');
}

void transform_keys_rotate(dev_request *request)
{
    transform_kind *kind = transform_tokenization(request);
    if (!kind)
        return;
    kind->latest_version++;
    dev_reply_empty(request);
}

void transform_keys_config(dev_request *request)
{
    transform_kind *kind = transform_tokenization(request);
    if (!kind)
        return;
    long long version = kind->min_decryption_version, period = kind->auto_rotate_period;
    if (!dev_param_int(request, "min_decryption_version", &version) ||
        !dev_param_duration(request, "auto_rotate_period", &period))
        return;
    if (version > kind->latest_version || version < 1 || version < kind->min_available_version) {
        dev_reply_error(request, 400, "cannot set min decryption version of %lld, latest key version is %lld", version,
                        kind->latest_version);
    } else if (period && period < HOUR) {
        dev_reply_error(request, 400, "auto rotate period must be 0 to disable or at least an hour");
    } else {
        kind->min_decryption_version = version;
        kind->auto_rotate_period = period;
        dev_reply_empty(request);
    }
}

void transform_keys_trim(dev_request *request)
{
    transform_kind *kind = transform_tokenization(request);
    long long version = -1;
    if (!kind || !dev_param_int(request, "min_available_version", &version))
        return;
    if (version < 0)
        dev_reply_error(request, 400, "missing min_available_version");
    /* The page says "cannot be set below min_decryption_version"; as transit has it, above is what cannot be. */
    else if (version > kind->min_decryption_version || version > kind->latest_version)
        dev_reply_error(request, 400, "min_available_version cannot be above min_decryption_version");
    else if (version < kind->min_available_version)
        dev_reply_error(request, 400, "min_available_version cannot be decremented");
    else {
        kind->min_available_version = version;
        dev_reply_empty(request);
    }
}
