/* SPDX-License-Identifier: Apache-2.0 */
/* local_prepare.c - what the methods that work here take of a record, and what they refuse. */
#include "base/error.h"
#include "base/text.h"
#include "record/azure.h"
#include "record/batch.h"
#include "record/kroxylicious.h"

static const char protected_already[] = "is protected already (`nested: true` would protect it again)";
static const char plaintext[] = "is plaintext where ciphertext is due";
static const char lone_surrogate[] = "holds a lone surrogate, which has no UTF-8";

static vc__span text_of(const vc__value *value)
{
    return (vc__span){ value->hit.begin, value->hit.end - value->hit.begin, true };
}

static bool looks_protected(vc_view content)
{
    return vc__native_is_text(content) || vc__view_starts(content, "vault:v");
}

/* What Kroxylicious has encrypted says so in a header. */
static bool has_marker(const vc_batch *batch, const vc__value *value)
{
    const vc__record *record = &batch->records[value->record];
    for (size_t i = 0; i < record->header_count; i++)
        if (vc__view_is(record->headers[i].name, VC__KROXYLICIOUS_HEADER))
            return true;
    return false;
}

static vc_code protect_whole(vc_batch *batch, vc__value *value, const vc_field *field)
{
    value->payload = text_of(value);
    if (field->kroxylicious)
        return has_marker(batch, value) ? vc__value_fail(batch, value, VC_E_PROTECTED, "is encrypted by Kroxylicious already") : VC_OK;
    const vc_view all = vc__span_view(batch, value, value->payload);
    if (!field->nested && (field->method == VC__METHOD_RSA_OAEP ? vc__azure_candidate(all) != 0 : vc__native_is_bytes(all)))
        return vc__value_fail(batch, value, VC_E_PROTECTED, protected_already);
    return VC_OK;
}

/* An envelope takes any value, as its JSON text; what is protected already shows behind the quote. */
static vc_code protect_text(vc_batch *batch, vc__value *value, const vc_field *field)
{
    value->payload = text_of(value);
    const vc_view text = vc__span_view(batch, value, value->payload);
    if (!field->nested && value->hit.type == VC__JSON_STRING && looks_protected(vc_view_of(text.data + 1, text.len - 2)))
        return vc__value_fail(batch, value, VC_E_PROTECTED, protected_already);
    return VC_OK;
}

/* The others take the content of a string, and of other types what they can. */
static vc_code protect_content(vc_batch *batch, vc__value *value, const vc_field *field)
{
    const bool any = field->method == VC__METHOD_SIV || field->method == VC__METHOD_HASH;
    if (value->hit.type != VC__JSON_STRING) {
        if (!any && !(field->method == VC__METHOD_MASK && value->hit.type == VC__JSON_NUMBER))
            return vc__value_fail(batch, value, VC_E_TYPE,
                                  field->method == VC__METHOD_MASK ? "is neither a string nor a number" : "is not a string");
        value->payload = text_of(value);
        return VC_OK;
    }
    const vc_code code = vc__value_content(batch, value, &value->payload);
    if (code)
        return code == VC_E_TYPE ? vc__value_fail(batch, value, VC_E_TYPE, lone_surrogate) : code;
    const vc_view content = vc__span_view(batch, value, value->payload);
    if (!field->nested && (looks_protected(content) || (field->method == VC__METHOD_RSA_OAEP && vc__azure_candidate(content))))
        return vc__value_fail(batch, value, VC_E_PROTECTED, protected_already);
    return VC_OK;
}

static vc_code protect_payload(vc_batch *batch, vc__value *value, const vc_field *field)
{
    if (value->kind != VC__VALUE_FIELD)
        return protect_whole(batch, value, field);
    return vc__method_seals(field->method) ? protect_text(batch, value, field) : protect_content(batch, value, field);
}

/* What no token holds is refused here, before a key is asked for it. */
static vc_code check_size(vc_batch *batch, vc__value *value, const vc_field *field)
{
    if (field->kroxylicious ? value->payload.len > VC__KROXYLICIOUS_VALUE_MAX : value->payload.len > VC__NATIVE_PLAIN_MAX)
        return vc__value_fail(batch, value, VC_E_TOO_LARGE,
                              field->kroxylicious ? "is too large: a record of Kroxylicious's holds less than 2 GiB"
                                                  : "is too large: a token holds less than 1 GiB");
    return VC_OK;
}

static vc_code protect(vc_batch *batch, vc__value *value, const vc_field *field)
{
    if (field->method == VC__METHOD_DROP) {
        value->state = VC__VALUE_DROPPED;
        return VC_OK;
    }
    const vc_code code = protect_payload(batch, value, field);
    const bool done = code || batch->records[value->record].error || value->state != VC__VALUE_WAITING;
    return done || field->method == VC__METHOD_MASK ? code : check_size(batch, value, field);
}

/* Opening, and rewrapping, which reads the same tokens. */
static vc_code open(vc_batch *batch, vc__value *value, const vc_field *field)
{
    if (value->kind != VC__VALUE_FIELD) {
        value->payload = text_of(value);
        const vc_view all = vc__span_view(batch, value, value->payload);
        if (field->kroxylicious                      ? !has_marker(batch, value)
            : field->method == VC__METHOD_RSA_OAEP ? !vc__azure_looks(all)
                                                   : !vc__native_is_bytes(all))
            return vc__value_fail(batch, value, VC_E_PLAINTEXT, plaintext);
        return VC_OK;
    }
    if (value->hit.type != VC__JSON_STRING)
        return vc__value_fail(batch, value, VC_E_PLAINTEXT, plaintext);
    const vc_code code = vc__value_content(batch, value, &value->payload);
    if (code == VC_E_TYPE)
        return vc__value_fail(batch, value, VC_E_CIPHERTEXT, lone_surrogate);
    const vc_view content = code ? vc_str("") : vc__span_view(batch, value, value->payload);
    if (!code && field->method != VC__METHOD_FPE &&
        !(field->method == VC__METHOD_RSA_OAEP ? vc__azure_looks(content) : vc__native_is_text(content)))
        return vc__value_fail(batch, value, VC_E_PLAINTEXT, plaintext);
    return code;
}

static bool can_be_rewrapped(const vc_field *field)
{
    return field->method == VC__METHOD_HYBRID || (field->method == VC__METHOD_ENVELOPE && field->source == VC__KEY_OF_TRANSIT);
}

vc_code vc__local_prepare(vc_batch *batch, vc__value *value, const vc_field *field)
{
    const bool for_good = field->method == VC__METHOD_HASH || field->method == VC__METHOD_MASK || field->method == VC__METHOD_DROP;
    if (batch->direction == VC_PROTECT)
        return protect(batch, value, field);
    if (for_good || (batch->direction == VC_REWRAP && !can_be_rewrapped(field))) {
        value->state = VC__VALUE_KEPT;
        return VC_OK;
    }
    return open(batch, value, field);
}
