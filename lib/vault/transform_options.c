/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/transform_options.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "json/string.h"
#include "vault/endpoint.h"

enum { NAME_MAX_BYTES = 1024, TWEAK_MAX = 65536 };

vc_transform_options *vc_transform_options_new(vc_error *err)
{
    vc_transform_options *options = vc__calloc(1, sizeof *options);
    if (!options) {
        vc__error_memory(err);
        return NULL;
    }
    options->transformation.max = options->decode_format.max = NAME_MAX_BYTES;
    options->expiration.max = options->least.max = options->most.max = NAME_MAX_BYTES;
    options->tweak.max = options->metadata.max = TWEAK_MAX;
    return options;
}

void vc_transform_options_free(vc_transform_options *options)
{
    if (!options)
        return;
    vc__buf_free(&options->transformation);
    vc__buf_free(&options->tweak);
    vc__buf_free(&options->decode_format);
    vc__buf_free(&options->expiration);
    vc__buf_free(&options->least);
    vc__buf_free(&options->most);
    vc__buf_free(&options->metadata);
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

/* --- tokenization --- */

void vc_transform_options_set_ttl(vc_transform_options *options, uint64_t seconds)
{
    options->ttl = seconds;
}

/* RFC 3339, as far as it can be told from afar: a date, a time, a zone. */
static vc_code set_time(vc__buf *option, const char *time, vc_error *err)
{
    static const char shape[] = "0000-00-00T00:00:00";
    const vc_view text = vc_str(time);
    bool good = text.len >= sizeof shape && text.len <= 40;
    for (size_t i = 0; good && i < sizeof shape - 1; i++)
        good = shape[i] == '0' ? time[i] >= '0' && time[i] <= '9' : time[i] == shape[i];
    for (size_t i = sizeof shape - 1; good && i < text.len; i++)
        good = time[i] && strchr("0123456789.:+-Z", time[i]);
    if (!good)
        return vc__error(err, VC_E_ARGUMENT, "an expiration is a time as RFC 3339 has it: 2030-12-31T23:59:59Z");
    return set(option, text, "the expiration", err);
}

vc_code vc_transform_options_set_expiration(vc_transform_options *options, const char *time, vc_error *err)
{
    if (vc__view_is(vc_str(time), VC_TRANSFORM_ANY))
        return set(&options->expiration, vc_str(time), "the expiration", err);
    return set_time(&options->expiration, time, err);
}

vc_code vc_transform_options_set_expirations(vc_transform_options *options, const char *least, const char *most,
                                             vc_error *err)
{
    const vc_code code = set_time(&options->least, least, err);
    return code ? code : set_time(&options->most, most, err);
}

vc_code vc_transform_options_add_metadata(vc_transform_options *options, const char *key, const char *value,
                                          vc_error *err)
{
    const vc_view k = vc_str(key), v = vc_str(value);
    if (!k.len || strpbrk(key, "=,") || (v.len && strchr(value, ',')) || vc__utf8_valid(k) != k.len ||
        vc__utf8_valid(v) != v.len)
        return vc__error(err, VC_E_ARGUMENT,
                         "metadata is pairs of UTF-8 texts: a key without '=' and ',', and a value without ','");
    if (k.len + v.len + 2 > options->metadata.max - options->metadata.len)
        return vc__error(err, VC_E_LIMIT, "the metadata of a token is larger than 64 KiB");
    if (vc__buf_reserve(&options->metadata, k.len + v.len + 2))
        return vc__buf_check(&options->metadata, "the metadata", err);
    if (options->metadata.len)
        vc__buf_byte(&options->metadata, ',');
    vc__buf_view(&options->metadata, k);
    vc__buf_byte(&options->metadata, '=');
    vc__buf_view(&options->metadata, v);
    return VC_OK;
}

void vc_transform_options_set_convergent(vc_transform_options *options, int convergent)
{
    options->convergent = convergent;
}

/* --- as JSON --- */

static void append_text(vc__buf *body, const char *name, const vc__buf *text)
{
    if (!text->len)
        return;
    vc__buf_printf(body, ",\"%s\":", name);
    vc__string_encode(body, vc__buf_get(text));
}

void vc__transform_options_members(const vc_transform_options *options, unsigned which, vc__buf *body)
{
    if (!options)
        return;
    if (which & VC__TRANSFORM_NEW) {
        if (options->ttl)
            vc__buf_printf(body, ",\"ttl\":\"%llus\"", (unsigned long long)options->ttl);
        append_text(body, "metadata", &options->metadata);
    }
    if (which & (VC__TRANSFORM_NEW | VC__TRANSFORM_SEARCH))
        append_text(body, "expiration", &options->expiration);
    if (which & VC__TRANSFORM_SEARCH) {
        append_text(body, "min_expiration", &options->least);
        append_text(body, "max_expiration", &options->most);
    }
}

bool vc__transform_options_is_token(const vc_transform_options *options)
{
    return options && (options->ttl || options->metadata.len || options->expiration.len);
}
