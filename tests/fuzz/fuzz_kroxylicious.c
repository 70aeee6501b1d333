/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of Kroxylicious. The first byte picks: 1, 2 a value of that version; m the value of the marker; e an EDEK; p what was
 * encrypted, which is also sealed and opened; anything else a value to seal.
 */
#include "fuzz.h"

#include "base/text.h"
#include "record/kroxylicious.h"

enum { ROOM = 1 << 22 };
static const char wrapped[] = "vault:v1:AAAA";

static bool within(vc_view part, vc_view whole)
{
    return !part.data || (part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

static vc__aead *key(void)
{
    static const char bytes[VC__KROXYLICIOUS_KEY];
    vc__aead *aead = vc__aead_new(VC__AES256_GCM, vc_view_of(bytes, sizeof bytes), NULL);
    HOLDS(aead);
    return aead;
}

static void edek(vc_view in)
{
    vc__kroxylicious_edek parsed;
    if (vc__kroxylicious_edek_parse(&parsed, in, NULL))
        return;
    HOLDS(parsed.key_version && parsed.key_name.len && within(parsed.key_name, in) && within(parsed.ciphertext, in));
    HOLDS(vc__utf8_valid(parsed.key_name) == parsed.key_name.len && vc__view_starts(parsed.ciphertext, "vault:v"));
}

static void value(uint8_t version, vc_view in)
{
    vc__kroxylicious record;
    vc__kroxylicious_parcel parcel;
    vc_error err = VC_ERROR_INIT;
    if (vc__kroxylicious_parse(&record, version, in, &err)) {
        HOLDS(err.code == VC_E_CIPHERTEXT && !record.sealed.data);
        return;
    }
    HOLDS(record.edek.len && record.edek.len <= VC__KROXYLICIOUS_EDEK_MAX && within(record.edek, in));
    HOLDS(record.iv.len == 12 && record.sealed.len >= 18 && record.sealed.data + record.sealed.len == in.data + in.len);
    edek(record.edek);
    vc__auto(vc__buf) plain = VC__BUF(ROOM);
    vc__autoptr(vc__aead) aead = key();
    const vc_code code = vc__kroxylicious_open(&record, aead, &plain, &parcel, NULL);
    HOLDS(code ? plain.len == 0 && !parcel.value.data : within(parcel.value, vc__buf_get(&plain)));
}

static void parcel(vc_view in)
{
    vc__kroxylicious_parcel parsed;
    vc_header header;
    size_t at = 0, count = 0;
    if (vc__kroxylicious_parcel_parse(&parsed, in, NULL)) {
        HOLDS(!parsed.value.data && !parsed.header_count);
        return;
    }
    HOLDS(within(parsed.value, in) && within(parsed.headers, in) && (!parsed.outer_value || !parsed.value.data));
    for (; vc__kroxylicious_next_header(&parsed, &at, &header); count++)
        HOLDS(within(header.name, in) && within(header.value, in));
    HOLDS(count == parsed.header_count && at == parsed.headers.len);
}

static void round_trip(vc_view in)
{
    static const char iv[12];
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc__auto(vc__buf) plain = VC__BUF(ROOM);
    vc__autoptr(vc__aead) aead = key();
    vc__kroxylicious record;
    vc__kroxylicious_parcel parsed;
    if (vc__kroxylicious_seal(&out, aead, vc_str("key"), vc_str(wrapped), vc_view_of(iv, sizeof iv), in, NULL))
        return;
    HOLDS(vc__kroxylicious_parse(&record, VC__KROXYLICIOUS_V2, vc__buf_get(&out), NULL) == VC_OK);
    HOLDS(vc__kroxylicious_open(&record, aead, &plain, &parsed, NULL) == VC_OK);
    HOLDS(vc__view_equal(parsed.value, in) && parsed.outer_headers && !parsed.outer_value);
}

static void marker(vc_view in)
{
    const vc_header headers[] = { { vc_str("a"), in }, { vc_str(VC__KROXYLICIOUS_HEADER), in } };
    uint8_t version;
    size_t index = 0;
    const vc_code code = vc__kroxylicious_marker(headers, 2, &version, &index, NULL);
    HOLDS(code ? version == 0 : (version == 1 || version == 2) && index == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    const vc_view rest = vc_view_of(data + 1, size - 1);
    switch (data[0]) {
    case '1':
    case '2':
        value((uint8_t)(data[0] - '0'), rest);
        break;
    case 'm':
        marker(rest);
        break;
    case 'e':
        edek(rest);
        break;
    case 'p':
        parcel(rest);
        break;
    default:
        round_trip(rest);
    }
    return 0;
}
