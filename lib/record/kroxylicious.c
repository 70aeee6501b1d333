/* SPDX-License-Identifier: Apache-2.0 */
#include "record/kroxylicious.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "base/varint.h"
#include "vault/ciphertext.h"

enum { CIPHER_AES256_GCM = 0, AAD_NONE = 0, PARCEL_MIN = 2 /* two lengths */, ABSENT = -2, NOTHING = -1 };

static vc_code refuse(vc_error *err, size_t at, const char *what)
{
    return vc__error(err, VC_E_CIPHERTEXT, "a Kroxylicious record: %s, at byte %zu", what, at);
}

/* A wrapped key as transit/decrypt takes it. */
static bool is_wrapped(vc_view ciphertext, uint64_t *version)
{
    vc_view encoded;
    return vc__ciphertext_split(ciphertext, version, &encoded) && vc__base64_valid(encoded);
}

/* -- the marker ---------------------------------------------------------------------------------------- */

vc_code vc__kroxylicious_marker(const vc_header *headers, size_t count, uint8_t *version, size_t *index,
                                vc_error *err)
{
    *version = 0;
    for (size_t i = 0; i < count; i++) {
        if (!vc__view_is(headers[i].name, VC__KROXYLICIOUS_HEADER))
            continue;
        const vc_view value = headers[i].value;
        if (value.len != 1)
            return vc__error(err, VC_E_CIPHERTEXT, "the header %s has %zu bytes, not one",
                             VC__KROXYLICIOUS_HEADER, value.len);
        if (value.data[0] != VC__KROXYLICIOUS_V1 && value.data[0] != VC__KROXYLICIOUS_V2)
            return vc__error(err, VC_E_CIPHERTEXT, "the header %s tells version %u: 1 and 2 are known",
                             VC__KROXYLICIOUS_HEADER, (unsigned char)value.data[0]);
        *version = (uint8_t)value.data[0];
        if (index)
            *index = i;
        return VC_OK;
    }
    return VC_OK;
}

vc_header vc__kroxylicious_header(void)
{
    static const char version[] = { VC__KROXYLICIOUS_V2 };
    const vc_header header = { vc_str(VC__KROXYLICIOUS_HEADER), vc_view_of(version, sizeof version) };
    return header;
}

/* -- the value ----------------------------------------------------------------------------------------- */

/* Takes a byte that has one legal value. */
static vc_code take_id(vc_view value, size_t *at, unsigned char legal, const char *what, vc_error *err)
{
    if (*at >= value.len)
        return refuse(err, *at, "it is cut off");
    if ((unsigned char)value.data[*at] != legal)
        return refuse(err, *at, what);
    ++*at;
    return VC_OK;
}

static vc_code take_edek(vc_view value, size_t *at, vc_view *edek, vc_error *err)
{
    const size_t from = *at;
    uint32_t len;
    if (!vc__uvarint_read(value, at, false, &len))
        return refuse(err, from, "the wrapped key's length is none");
    if (!len || len > VC__KROXYLICIOUS_EDEK_MAX)
        return refuse(err, from, "a wrapped key has 1 to 32767 bytes");
    if (len > value.len - *at)
        return refuse(err, from, "the wrapped key is longer than what is there");
    *edek = vc_view_of(value.data + *at, len);
    *at += len;
    return VC_OK;
}

static vc_code take_sealed(vc__kroxylicious *record, vc_view value, size_t at, vc_error *err)
{
    if (value.len - at < VC__AEAD_IV + PARCEL_MIN + VC__AEAD_TAG)
        return refuse(err, at, "too short for IV, ciphertext and tag");
    record->iv = vc_view_of(value.data + at, VC__AEAD_IV);
    record->sealed = vc_view_of(value.data + at + VC__AEAD_IV, value.len - at - VC__AEAD_IV);
    return VC_OK;
}

static const char not_gcm[] = "a cipher that is not AES-256-GCM (00)", not_bound[] = "AAD, of which there is none (00)";

static vc_code parse_v2(vc__kroxylicious *record, vc_view value, vc_error *err)
{
    size_t at = 0;
    vc_code code = take_id(value, &at, CIPHER_AES256_GCM, not_gcm, err);
    if (!code)
        code = take_edek(value, &at, &record->edek, err);
    if (!code)
        code = take_id(value, &at, AAD_NONE, not_bound, err);
    return code ? code : take_sealed(record, value, at, err);
}

static vc_code parse_v1(vc__kroxylicious *record, vc_view value, vc_error *err)
{
    size_t at = 0;
    vc_code code = take_edek(value, &at, &record->edek, err);
    if (!code)
        code = take_id(value, &at, AAD_NONE, not_bound, err);
    if (!code)
        code = take_id(value, &at, CIPHER_AES256_GCM, not_gcm, err);
    if (!code)
        code = take_id(value, &at, 0, "a version of version 1 that is not 00", err);
    if (!code)
        code = take_id(value, &at, VC__AEAD_IV, "an IV that has not 12 bytes", err);
    return code ? code : take_sealed(record, value, at, err);
}

vc_code vc__kroxylicious_parse(vc__kroxylicious *record, uint8_t version, vc_view value, vc_error *err)
{
    memset(record, 0, sizeof *record);
    record->version = version;
    if (version == VC__KROXYLICIOUS_V2)
        return parse_v2(record, value, err);
    if (version == VC__KROXYLICIOUS_V1)
        return parse_v1(record, value, err);
    return vc__error(err, VC_E_CIPHERTEXT, "a Kroxylicious record of version %u: 1 and 2 are known", version);
}

vc_code vc__kroxylicious_edek_parse(vc__kroxylicious_edek *edek, vc_view bytes, vc_error *err)
{
    uint32_t len;
    size_t at = 0;
    memset(edek, 0, sizeof *edek);
    if (!vc__uvarint_read(bytes, &at, false, &len) || !len || len >= bytes.len - at)
        return refuse(err, 0, "the wrapped key is not Vault's: it does not begin with a key's name");
    const vc_view name = vc_view_of(bytes.data + at, len);
    const vc_view ciphertext = vc_view_of(name.data + len, bytes.len - at - len);
    if (vc__utf8_valid(name) != len || memchr(name.data, 0, len))
        return refuse(err, at, "the name of the key is not UTF-8 text");
    if (!is_wrapped(ciphertext, &edek->key_version))
        return refuse(err, at + len, "the wrapped key is not Vault's: not vault:vN: and Base64");
    edek->key_name = name;
    edek->ciphertext = ciphertext;
    return VC_OK;
}

/* -- what was encrypted -------------------------------------------------------------------------------- */

static vc_code refuse_parcel(vc_error *err, size_t at, const char *what)
{
    return vc__error(err, VC_E_CIPHERTEXT, "a Kroxylicious record: what was encrypted has %s, at byte %zu",
                     what, at);
}

/* A zigzag length and so many bytes. Below `least`, or more than there are: false. NOTHING and ABSENT have no bytes. */
static bool take_bytes(vc_view plain, size_t *at, int32_t least, int32_t *len, vc_view *bytes)
{
    size_t behind = *at;
    if (!vc__zigzag_read(plain, &behind, false, len) || *len < least ||
        (*len > 0 && (size_t)*len > plain.len - behind))
        return false;
    *bytes = *len < 0 ? vc_view_of(NULL, 0) : vc_view_of(plain.data + behind, (size_t)*len);
    *at = behind + bytes->len;
    return true;
}

/* The mix is the format's: the length of a name is unsigned, that of a value is zigzag. */
static bool take_header(vc_view plain, size_t *at, vc_header *header)
{
    uint32_t len;
    int32_t value_len;
    size_t behind = *at;
    if (!vc__uvarint_read(plain, &behind, false, &len) || len > plain.len - behind)
        return false;
    header->name = vc_view_of(plain.data + behind, len);
    behind += len;
    if (vc__utf8_valid(header->name) != len || !take_bytes(plain, &behind, NOTHING, &value_len, &header->value))
        return false;
    *at = behind;
    return true;
}

static vc_code parcel_parse(vc__kroxylicious_parcel *parcel, vc_view plain, vc_error *err)
{
    int32_t len, count;
    size_t at = 0;
    if (!take_bytes(plain, &at, ABSENT, &len, &parcel->value))
        return refuse_parcel(err, at, "no legal length of the value");
    parcel->outer_value = len == ABSENT;
    const size_t counted = at;
    if (!vc__zigzag_read(plain, &at, false, &count) || count < ABSENT)
        return refuse_parcel(err, counted, "no legal count of headers");
    parcel->outer_headers = count == ABSENT;
    parcel->header_count = count > 0 ? (size_t)count : 0;
    const size_t from = at;
    for (size_t i = 0; i < parcel->header_count; i++) {
        vc_header header;
        if (!take_header(plain, &at, &header))
            return refuse_parcel(err, at, "no legal header");
    }
    parcel->headers = vc_view_of(plain.data + from, at - from);
    return at == plain.len ? VC_OK : refuse_parcel(err, at, "bytes behind its end");
}

vc_code vc__kroxylicious_parcel_parse(vc__kroxylicious_parcel *parcel, vc_view plain, vc_error *err)
{
    memset(parcel, 0, sizeof *parcel);
    const vc_code code = parcel_parse(parcel, plain, err);
    if (code)
        memset(parcel, 0, sizeof *parcel);
    return code;
}

bool vc__kroxylicious_next_header(const vc__kroxylicious_parcel *parcel, size_t *at, vc_header *header)
{
    return *at < parcel->headers.len && take_header(parcel->headers, at, header);
}

vc_code vc__kroxylicious_open(const vc__kroxylicious *record, vc__aead *aead, vc__buf *plain,
                              vc__kroxylicious_parcel *parcel, vc_error *err)
{
    memset(parcel, 0, sizeof *parcel);
    vc__buf_clear(plain);
    const size_t len = record->sealed.len - VC__AEAD_TAG;
    if (vc__buf_reserve(plain, len))
        return vc__buf_check(plain, "an opened record", err);
    vc_code code = vc__aead_open(aead, record->iv, vc_view_of(NULL, 0), record->sealed, plain->data, err);
    if (code)
        return code;
    plain->len = len;
    plain->data[len] = 0;
    code = vc__kroxylicious_parcel_parse(parcel, vc__buf_get(plain), err);
    if (code)
        vc__buf_clear(plain);
    return code;
}

/* -- writing ------------------------------------------------------------------------------------------- */

static size_t edek_size(vc_view key_name, vc_view ciphertext)
{
    return vc__uvarint_size((uint32_t)key_name.len) + key_name.len + ciphertext.len;
}

static void put_edek(vc__buf *out, vc_view key_name, vc_view ciphertext)
{
    vc__uvarint_write(out, (uint32_t)edek_size(key_name, ciphertext));
    vc__uvarint_write(out, (uint32_t)key_name.len);
    vc__buf_view(out, key_name);
    vc__buf_view(out, ciphertext);
}

static vc_code check_key(vc_view name, vc_view ciphertext, vc_error *err)
{
    uint64_t version;
    if (!name.len || name.len > VC__KROXYLICIOUS_EDEK_MAX || vc__utf8_valid(name) != name.len ||
        memchr(name.data, 0, name.len))
        return vc__error(err, VC_E_ARGUMENT, "a Kroxylicious record needs the name of the key, as UTF-8");
    if (!is_wrapped(ciphertext, &version))
        return vc__error(err, VC_E_ARGUMENT, "a Kroxylicious record needs the wrapped key as Vault gave it: vault:vN:...");
    if (edek_size(name, ciphertext) > VC__KROXYLICIOUS_EDEK_MAX)
        return vc__error(err, VC_E_ARGUMENT, "a Kroxylicious record takes a wrapped key of 32767 bytes at most");
    return VC_OK;
}

vc_code vc__kroxylicious_seal(vc__buf *out, vc__aead *aead, vc_view key_name, vc_view ciphertext, vc_view iv,
                              vc_view value, vc_error *err)
{
    vc_code code = check_key(key_name, ciphertext, err);
    if (code)
        return code;
    if (iv.len != VC__AEAD_IV)
        return vc__error(err, VC_E_ARGUMENT, "an IV of 12 bytes is needed");
    if (value.len > VC__KROXYLICIOUS_VALUE_MAX)
        return vc__error(err, VC_E_LIMIT, "a Kroxylicious record holds less than 2 GiB");
    const size_t before = out->len, edek = edek_size(key_name, ciphertext);
    const size_t parcel = vc__uvarint_size(vc__zigzag((int32_t)value.len)) + value.len + 1;
    if (vc__buf_reserve(out, 1 + vc__uvarint_size((uint32_t)edek) + edek + 1 + iv.len + parcel + VC__AEAD_TAG))
        return vc__buf_check(out, "a Kroxylicious record", err);
    vc__buf_byte(out, CIPHER_AES256_GCM);
    put_edek(out, key_name, ciphertext);
    vc__buf_byte(out, AAD_NONE);
    vc__buf_view(out, iv);
    const size_t at = out->len;
    vc__zigzag_write(out, (int32_t)value.len);
    vc__buf_view(out, value);
    vc__zigzag_write(out, ABSENT);
    code = vc__aead_seal(aead, iv, vc_view_of(NULL, 0), vc_view_of(out->data + at, parcel), out->data + at, err);
    if (code) {
        vc__buf_cut(out, before);
        return code;
    }
    out->len = at + parcel + VC__AEAD_TAG;
    out->data[out->len] = 0;
    return VC_OK;
}

vc_code vc__kroxylicious_rewrap(vc__buf *out, const vc__kroxylicious *record, vc_view value, vc_view key_name, vc_view ciphertext,
                                vc_error *err)
{
    const vc_code code = check_key(key_name, ciphertext, err);
    if (code)
        return code;
    const size_t behind = (size_t)(record->edek.data - value.data) + record->edek.len, before = out->len;
    const vc_view rest = vc_view_of(value.data + behind, value.len - behind);
    if (record->version == VC__KROXYLICIOUS_V2) /* where the cipher comes first */
        vc__buf_byte(out, value.data[0]);
    put_edek(out, key_name, ciphertext);
    vc__buf_view(out, rest);
    if (out->failed)
        vc__buf_cut(out, before);
    return vc__buf_check(out, "a Kroxylicious record", err);
}
