/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_foreign.c - formats of others: Vault's own texts, Kroxylicious, the Vault demo, Azure's RSA-OAEP. */
#include "record/inspect.h"

#include "base/text.h"
#include "record/azure.h"
#include "record/demo.h"
#include "record/kroxylicious.h"
#include "vault/ciphertext.h"

static void tell_error(vc_inspection *made, vc__inspect_thing *thing, const vc_error *why)
{
    if (why->code == VC_E_MEMORY)
        made->failed = VC_E_MEMORY;
    vc__inspect_text(made, thing, "error", vc_str(why->message));
}

/* Signatures and HMACs of transit look the same, and with other settings a signature's Base64 is that of URLs. */
static bool is_encoded(vc_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.data[i], letter = c | 0x20;
        if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') && !strchr("+/=-_", c))
            return false;
    }
    return true;
}

bool vc__inspect_vault(vc_inspection *made, vc_view place, vc_view value)
{
    vc_view encoded;
    uint64_t version;
    if (vc__view_starts(value, "ENCRYPTION_ERROR:")) {
        vc__inspect_add(made, place, "encryption-error", true);
        return true;
    }
    if (!vc__view_starts(value, "vault:v"))
        return false;
    vc__inspect_thing *thing = vc__inspect_add(made, place, "vault", true);
    if (!vc__ciphertext_split(value, &version, &encoded) || memchr(encoded.data, 0, encoded.len) || !is_encoded(encoded)) {
        vc__inspect_text(made, thing, "error", vc_str("not vault:vN: and Base64"));
        return true;
    }
    vc__inspect_number(made, thing, "key_version", version);
    vc__inspect_text(made, thing, "source", vc_str("transit"));
    vc__inspect_number(made, thing, "encoded_bytes", encoded.len);
    return true;
}

bool vc__inspect_rsa(vc_inspection *made, vc_view place, vc_view value)
{
    const unsigned bits = vc__azure_candidate(value);
    if (bits)
        vc__inspect_number(made, vc__inspect_add(made, place, "rsa-oaep", false), "rsa_bits", bits);
    return bits != 0;
}

/* -- Kroxylicious -------------------------------------------------------------------------------------- */

static void tell_record(vc_inspection *made, vc__inspect_thing *thing, const vc__kroxylicious *record)
{
    vc__kroxylicious_edek edek;
    vc_error why = VC_ERROR_INIT;
    const bool vault = vc__kroxylicious_edek_parse(&edek, record->edek, &why) == VC_OK;
    if (vault) {
        vc__inspect_text(made, thing, "key", edek.key_name);
        vc__inspect_number(made, thing, "key_version", edek.key_version);
    }
    vc__inspect_text(made, thing, "source", vc_str(vault ? "transit" : "another key service than Vault"));
    vc__inspect_text(made, thing, "algorithm", vc_str("AES-256-GCM"));
    vc__inspect_text(made, thing, "bound", vc_str("nothing"));
    vc__inspect_number(made, thing, "format_version", record->version);
    vc__inspect_number(made, thing, "wrapped_key_bytes", record->edek.len);
    vc__inspect_hex(made, thing, "iv", record->iv);
    vc__inspect_number(made, thing, "plaintext_bytes", record->sealed.len - VC__AEAD_TAG);
}

/* Without the marker, only what begins with a wrapped key of Vault's. */
static bool unmarked(vc__kroxylicious *record, vc_view value)
{
    vc__kroxylicious_edek edek;
    for (uint8_t version = VC__KROXYLICIOUS_V2; version >= VC__KROXYLICIOUS_V1; version--)
        if (vc__kroxylicious_parse(record, version, value, NULL) == VC_OK &&
            vc__kroxylicious_edek_parse(&edek, record->edek, NULL) == VC_OK)
            return true;
    return false;
}

bool vc__inspect_kroxylicious(vc_inspection *made, vc_view place, vc_view value, const vc_header *headers, size_t count)
{
    vc__kroxylicious record;
    vc_error why = VC_ERROR_INIT;
    uint8_t version;
    vc_code code = vc__kroxylicious_marker(headers, count, &version, NULL, &why);
    if (!code && !version) {
        if (!unmarked(&record, value))
            return false;
        tell_record(made, vc__inspect_add(made, place, "kroxylicious", false), &record);
        return true;
    }
    vc__inspect_thing *thing = vc__inspect_add(made, place, "kroxylicious", true);
    if (!code)
        code = vc__kroxylicious_parse(&record, version, value, &why);
    if (code)
        tell_error(made, thing, &why);
    else
        tell_record(made, thing, &record);
    return true;
}

/* -- the Vault demo ------------------------------------------------------------------------------------ */

static bool has_header(const vc_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (vc__view_is(headers[i].name, name))
            return true;
    return false;
}

/* With the headers it is one, and what is wrong with it is told; without them, a value that could be one. */
bool vc__inspect_demo(vc_inspection *made, vc_view place, vc_view value, const vc_header *headers, size_t count)
{
    const bool marked = has_header(headers, count, VC__DEMO_KEY_HEADER);
    vc__demo payload;
    vc__demo_headers found;
    vc_error why = VC_ERROR_INIT;
    const bool could_be = value.len && strchr("{ \t\r\n", value.data[0]);
    const vc_code code = marked || could_be ? vc__demo_parse(&payload, value, &why) : VC_E_JSON;
    if (code == VC_E_MEMORY)
        made->failed = code;
    if (code && !marked)
        return false;
    vc__inspect_thing *thing = vc__inspect_add(made, place, "demo", marked);
    if (code) {
        tell_error(made, thing, &why);
        return true;
    }
    if (!marked)
        vc__inspect_text(made, thing, "missing", vc_str("header " VC__DEMO_KEY_HEADER));
    else if (vc__demo_headers_parse(&found, headers, count, &why) != VC_OK)
        tell_error(made, thing, &why);
    else {
        vc__inspect_number(made, thing, "key_version", found.key_version);
        vc__inspect_text(made, thing, "source", vc_str("transit"));
        vc__inspect_text(made, thing, "file_name", found.name);
    }
    vc__inspect_text(made, thing, "algorithm", vc_str("AES-256-GCM"));
    vc__inspect_text(made, thing, "bound", vc_str("nothing"));
    vc__inspect_hex(made, thing, "nonce", vc_view_of(payload.nonce, sizeof payload.nonce));
    vc__inspect_number(made, thing, "file_bytes_at_most", payload.ciphertext.len / 8 * 3);
    return true;
}
