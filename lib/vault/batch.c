/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/batch.h"

#include "base/base64.h"
#include "json/string.h"
#include "vault/endpoint.h"

#define LITERAL(body, text) vc__buf_append(body, text, sizeof(text) - 1)

vc_code vc__batch_path(vc__buf *out, vc__verb verb, vc_view mount, vc_view name, vc_error *err)
{
    static const char *const operations[] = {
        [VC__TRANSIT_ENCRYPT] = "encrypt", [VC__TRANSIT_DECRYPT] = "decrypt",
        [VC__TRANSIT_REWRAP] = "rewrap",   [VC__TRANSFORM_ENCODE] = "encode",
        [VC__TRANSFORM_DECODE] = "decode", [VC__TRANSIT_HMAC] = "hmac",
        [VC__TRANSIT_SIGN] = "sign",       [VC__TRANSIT_VERIFY] = "verify",
        [VC__TRANSIT_VERIFY_HMAC] = "verify",
        [VC__TRANSFORM_VALIDATE] = "validate",
        [VC__TRANSFORM_TOKENIZED] = "tokenized",
        [VC__TRANSFORM_METADATA] = "metadata",
    };
    return vc__endpoint(out, mount, operations[verb], name.data ? name : vc_str(""), err);
}

void vc__batch_begin(vc__buf *body, vc__verb verb)
{
    (void)verb;
    LITERAL(body, "{\"batch_input\":[");
}

/*
 * With the code, old and new servers answer a batch in which some items failed alike (spec 5.3). Others do
 * not know it.
 */
void vc__batch_end_with(vc__buf *body, vc__verb verb, vc_view members)
{
    vc__buf_byte(body, ']');
    if (verb == VC__TRANSIT_ENCRYPT || verb == VC__TRANSIT_DECRYPT)
        LITERAL(body, ",\"partial_failure_response_code\":200");
    vc__buf_view(body, members);
    vc__buf_byte(body, '}');
}

void vc__batch_end(vc__buf *body, vc__verb verb)
{
    vc__batch_end_with(body, verb, vc_str(""));
}

/* Base64 needs no escapes. */
static void append_base64(vc__buf *body, vc_view bytes)
{
    vc__base64_encode(body, bytes);
    vc__buf_byte(body, '"');
}

static void append_version(vc__buf *body, uint64_t version)
{
    char digits[24];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + version % 10);
    while (version /= 10);
    LITERAL(body, ",\"key_version\":");
    vc__buf_append(body, digits + at, sizeof digits - at);
}

void vc__batch_item(vc__buf *body, vc__verb verb, const vc__item *item, bool first)
{
    if (!first)
        vc__buf_byte(body, ',');
    switch (verb) {
    case VC__TRANSIT_ENCRYPT:
        LITERAL(body, "{\"plaintext\":\"");
        append_base64(body, item->value);
        break;
    case VC__TRANSIT_DECRYPT:
    case VC__TRANSIT_REWRAP:
        LITERAL(body, "{\"ciphertext\":");
        vc__string_encode(body, item->value);
        break;
    case VC__TRANSFORM_ENCODE:
    case VC__TRANSFORM_DECODE:
    case VC__TRANSFORM_VALIDATE:
    case VC__TRANSFORM_TOKENIZED:
    case VC__TRANSFORM_METADATA:
        LITERAL(body, "{\"value\":");
        vc__string_encode(body, item->value);
        break;
    case VC__TRANSIT_HMAC:
    case VC__TRANSIT_SIGN:
    case VC__TRANSIT_VERIFY:
    case VC__TRANSIT_VERIFY_HMAC:
        LITERAL(body, "{\"input\":\"");
        append_base64(body, item->value);
        break;
    }
    if (item->signature.data) {
        if (verb == VC__TRANSIT_VERIFY_HMAC)
            LITERAL(body, ",\"hmac\":");
        else
            LITERAL(body, ",\"signature\":");
        vc__string_encode(body, item->signature);
    }
    if (item->transformation.data) {
        LITERAL(body, ",\"transformation\":");
        vc__string_encode(body, item->transformation);
    }
    if (item->tweak.data) {
        LITERAL(body, ",\"tweak\":");
        vc__string_encode(body, item->tweak);
    }
    if (item->context.data) {
        LITERAL(body, ",\"context\":\"");
        append_base64(body, item->context);
    }
    if (item->associated_data.data) {
        LITERAL(body, ",\"associated_data\":\"");
        append_base64(body, item->associated_data);
    }
    if (item->key_version)
        append_version(body, item->key_version);
    vc__buf_view(body, item->extra);
    vc__buf_byte(body, '}');
}

const char *vc__verb_name(vc__verb verb)
{
    switch (verb) {
    case VC__TRANSIT_ENCRYPT: return "transit/encrypt";
    case VC__TRANSIT_DECRYPT: return "transit/decrypt";
    case VC__TRANSIT_REWRAP: return "transit/rewrap";
    case VC__TRANSIT_HMAC: return "transit/hmac";
    case VC__TRANSIT_SIGN: return "transit/sign";
    case VC__TRANSIT_VERIFY: return "transit/verify";
    case VC__TRANSIT_VERIFY_HMAC: return "transit/verify hmac";
    case VC__TRANSFORM_ENCODE: return "transform/encode";
    case VC__TRANSFORM_VALIDATE: return "transform/validate";
    case VC__TRANSFORM_TOKENIZED: return "transform/tokenized";
    case VC__TRANSFORM_METADATA: return "transform/metadata";
    case VC__TRANSFORM_DECODE:
    default: return "transform/decode";
    }
}

unsigned vc__batch_item_members(const vc__item *item)
{
    return 1u + (item->signature.data != NULL) + (item->transformation.data != NULL) + (item->tweak.data != NULL) + (item->context.data != NULL) +
           (item->associated_data.data != NULL) + (item->key_version != 0) + (item->extra.len != 0);
}

/* At worst every byte becomes \u00XX; only where that would weigh is it looked at. */
static size_t string_size(vc_view text)
{
    if (text.len < 1024)
        return text.len * 6 + 2;
    size_t size = text.len + 2;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == '"' || text.data[i] == '\\')
            size += 5;
    return size;
}

size_t vc__batch_item_size(vc__verb verb, const vc__item *item)
{
    enum {
        NAMES = sizeof ",{'ciphertext':'','signature':'','transformation':,'tweak':,'context':'','associated_data':'',"
                       "'key_version':12345678901234567890}"
    };
    const bool text = verb == VC__TRANSIT_DECRYPT || verb == VC__TRANSIT_REWRAP || verb == VC__TRANSFORM_ENCODE ||
                      verb == VC__TRANSFORM_DECODE || verb >= VC__TRANSFORM_VALIDATE;
    return NAMES + item->extra.len + (text ? string_size(item->value) : vc__base64_encoded_len(item->value.len)) +
           string_size(item->signature) + string_size(item->transformation) + string_size(item->tweak) +
           vc__base64_encoded_len(item->context.len) + vc__base64_encoded_len(item->associated_data.len);
}
