/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_native.c - tokens and streams of ours, and the header with wrapped keys. */
#include "record/inspect.h"

#include "base/base64url.h"
#include "base/text.h"
#include "record/native_read.h"

#include <stdio.h>

static const char *algorithm_name(uint8_t algorithm)
{
    switch (algorithm) {
    case VC__NATIVE_GCM:
        return "AES-256-GCM";
    case VC__NATIVE_SIV:
        return "AES-256-SIV";
    case VC__NATIVE_HMAC:
        return "HMAC-SHA-256";
    default:
        return "AES-256-GCM in segments";
    }
}

static const char *type_name(uint8_t type)
{
    static const char *const names[] = { "bytes", "string", "number", "boolean", "null", "array", "object" };
    return type < sizeof names / sizeof names[0] ? names[type] : "unknown";
}

static const char *source_name(uint8_t source)
{
    static const char *const names[] = { "header", "transit", "static", "rsa", "ec", "hpke" };
    return source < sizeof names / sizeof names[0] ? names[source] : "unknown";
}

static void row(vc_inspection *made, vc__inspect_thing *thing, const char *name, const char *text)
{
    vc__inspect_text(made, thing, name, vc_str(text));
}

/* Who has the key; with "header" it is in the record's header. */
static void tell_place(vc_inspection *made, vc__inspect_thing *thing, const vc__native *token)
{
    if (token->key_name.len)
        vc__inspect_text(made, thing, "key", token->key_name);
    if (token->key_version)
        vc__inspect_number(made, thing, "key_version", token->key_version);
    row(made, thing, "source", source_name(token->source));
}

/* What stands in the associated data beside algorithm, key id and type. SIV and hashes are the same at every path. */
static void tell_bound(vc_inspection *made, vc__inspect_thing *thing, const vc__native *token)
{
    const bool anywhere = token->algorithm == VC__NATIVE_SIV || token->algorithm == VC__NATIVE_HMAC;
    const bool signed_too = token->flags & VC__NATIVE_SIGNED; /* over the record's key in any case */
    char text[64];
    snprintf(text, sizeof text, "context%s%s%s", anywhere ? "" : ", path", token->flags & VC__NATIVE_BINDS_TOPIC ? ", topic" : "",
             token->flags & VC__NATIVE_BINDS_KEY || signed_too ? ", record key" : "");
    row(made, thing, "bound", text);
    vc__inspect_text(made, thing, "context", token->context);
}

/* Who says that he signed it: nothing is verified here. */
static void tell_signer(vc_inspection *made, vc__inspect_thing *thing, const vc__native *token)
{
    if (!(token->flags & VC__NATIVE_SIGNED))
        return;
    vc__auto(vc__buf) id = VC__BUF(VC__NATIVE_PAIR_NAME + 1);
    vc__base64url_encode(&id, token->signer);
    if (id.failed)
        made->failed = id.failed;
    else
        vc__inspect_text(made, thing, "signer", vc__buf_get(&id));
}

/* SIV has its V in front, and GCM its tag behind: 16 bytes both. */
static void tell_sizes(vc_inspection *made, vc__inspect_thing *thing, const vc__native *token)
{
    enum { OVERHEAD = 16 };
    vc__inspect_number(made, thing, "wrapped_key_bytes", token->wrapped.len);
    if (token->algorithm == VC__NATIVE_SEGMENTS) {
        const unsigned char *size = (const unsigned char *)token->nonce.data + token->nonce.len - 4;
        vc__inspect_number(made, thing, "segment_size",
                           (uint32_t)size[0] << 24 | (uint32_t)size[1] << 16 | (uint32_t)size[2] << 8 | size[3]);
    } else if (token->algorithm != VC__NATIVE_HMAC) {
        vc__inspect_number(made, thing, "plaintext_bytes", token->sealed.len - OVERHEAD);
    }
}

/* An error of ours says the byte. */
static void tell_error(vc_inspection *made, vc__inspect_thing *thing, vc_code code, const vc_error *why)
{
    if (code == VC_E_MEMORY)
        made->failed = code;
    row(made, thing, "error", why->message);
}

static bool is_stream(vc_view bytes)
{
    return bytes.len > VC__NATIVE_MAGIC && (unsigned char)bytes.data[VC__NATIVE_MAGIC] == VC__NATIVE_SEGMENTS;
}

bool vc__inspect_token(vc_inspection *made, vc_view place, vc_view value)
{
    const bool text = vc__native_is_text(value);
    if (!text && !vc__native_is_bytes(value))
        return false;
    vc__native token;
    vc_error why = VC_ERROR_INIT;
    vc__auto(vc__buf) scratch = VC__BUF(SIZE_MAX / 2);
    const vc_code code = text ? vc__native_read_text(&scratch, value, &token, &why) : vc__native_read_bytes(value, &token, &why);
    const bool segments = code ? !text && is_stream(value) : token.algorithm == VC__NATIVE_SEGMENTS;
    vc__inspect_thing *thing = vc__inspect_add(made, place, segments ? "stream" : "token", true);
    if (code) {
        tell_error(made, thing, code, &why);
        return true;
    }
    tell_place(made, thing, &token);
    tell_signer(made, thing, &token);
    row(made, thing, "algorithm", algorithm_name(token.algorithm));
    row(made, thing, "type", type_name(token.type));
    tell_bound(made, thing, &token);
    vc__inspect_number(made, thing, "format_version", VC__NATIVE_VERSION);
    row(made, thing, "form", text ? "text" : "bytes");
    vc__inspect_hex(made, thing, "key_id", token.key_id);
    tell_sizes(made, thing, &token);
    return true;
}

static void tell_entry(vc_inspection *made, vc_view place, const vc__native *entry)
{
    vc__inspect_thing *thing = vc__inspect_add(made, place, "keys", true);
    tell_place(made, thing, entry);
    vc__inspect_number(made, thing, "format_version", VC__NATIVE_VERSION);
    vc__inspect_hex(made, thing, "key_id", entry->key_id);
    vc__inspect_number(made, thing, "wrapped_key_bytes", entry->wrapped.len);
}

static vc_view only_header(const vc_header *headers, size_t count, const char *name, size_t len)
{
    const vc_header *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!vc__view_is(headers[i].name, name))
            continue;
        if (found)
            return vc_view_of(NULL, 0);
        found = &headers[i];
    }
    return found && found->value.len == len ? found->value : vc_view_of(NULL, 0);
}

static uint32_t number_at(vc_view bytes, size_t at)
{
    const unsigned char *b = (const unsigned char *)bytes.data + at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* vaultcrypt-format(5), files in Kafka: what the file is encrypted with stands in the first record of the part. */
bool vc__inspect_segment(vc_inspection *made, vc_view place, vc_view value, const vc_header *headers, size_t count)
{
    enum { TRANSFER = 16, PLACE = 8 };
    const vc_view transfer = only_header(headers, count, "vaultcrypt-transfer", TRANSFER);
    const vc_view where = only_header(headers, count, "vaultcrypt-segment", PLACE);
    if (!transfer.data || !where.data)
        return false;
    vc__inspect_thing *thing = vc__inspect_add(made, place, "segment", true);
    vc__inspect_hex(made, thing, "transfer", transfer);
    vc__inspect_number(made, thing, "part", number_at(where, 0));
    vc__inspect_number(made, thing, "segment", number_at(where, 4));
    vc__inspect_number(made, thing, "bytes", value.len);
    return true;
}

void vc__inspect_keys(vc_inspection *made, const vc_header *headers, size_t count)
{
    const vc_view place = vc_str("header " VC__NATIVE_KEYS);
    bool there = false;
    vc_view value;
    vc_error why = VC_ERROR_INIT;
    for (size_t i = 0; i < count; i++)
        there |= vc__view_is(headers[i].name, VC__NATIVE_KEYS);
    if (!there)
        return;
    const vc_code code = vc__native_keys_of(headers, count, vc_str(""), &value, &why);
    if (code) {
        tell_error(made, vc__inspect_add(made, place, "keys", true), code, &why);
        return;
    }
    vc__native_reader reader = { .in = value, .at = 1 }; /* behind the version; it was checked */
    while (reader.at < value.len) {
        vc__native entry = { 0 };
        if (!vc__native_take(&reader, VC__NATIVE_ID, &entry.key_id) || !vc__native_take_place(&reader, &entry, true))
            return;
        tell_entry(made, place, &entry);
    }
}
