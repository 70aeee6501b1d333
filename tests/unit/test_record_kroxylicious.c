/* SPDX-License-Identifier: Apache-2.0 */
/* lib/record/kroxylicious: records of the real encoder, and all that is not one. */
#include "unit/test.h"

#include "base/text.h"
#include "record/kroxylicious.h"
#include "vectors/record/kroxylicious.h"

enum { ROOM = 4096, HEAD_LEN = 103, IV_AT = HEAD_LEN };

static vc_view hex(const char *text, char *room)
{
    assert_true(strlen(text) / 2 <= ROOM && vc__hex_decode((unsigned char *)room, vc_str(text)));
    return vc_view_of(room, strlen(text) / 2);
}

static vc__aead *dek(void)
{
    char room[ROOM];
    vc__aead *aead = vc__aead_new(VC__AES256_GCM, hex(DEK, room), NULL);
    assert_non_null(aead);
    return aead;
}

static void opens(const char *sealed, const char *value)
{
    char room[ROOM];
    vc__kroxylicious record;
    vc__kroxylicious_edek edek;
    vc__kroxylicious_parcel parcel;
    vc__auto(vc__buf) plain = VC__BUF(ROOM);
    vc__autoptr(vc__aead) aead = dek();
    const vc_view bytes = hex(sealed, room);
    assert_int_equal(vc__kroxylicious_parse(&record, 2, bytes, NULL), VC_OK);
    assert_int_equal(record.edek.len, 100);
    assert_int_equal(vc__kroxylicious_edek_parse(&edek, record.edek, NULL), VC_OK);
    assert_true(vc__view_is(edek.key_name, "KEK-trades") && vc__view_is(edek.ciphertext, WRAPPED));
    assert_int_equal(edek.key_version, 1);
    assert_int_equal(vc__kroxylicious_open(&record, aead, &plain, &parcel, NULL), VC_OK);
    assert_true(vc__view_is(parcel.value, value) && parcel.value.data && parcel.outer_headers && !parcel.outer_value);
}

static void real_records_open(void **state)
{
    (void)state;
    opens(SEALED_B, "hello world");
    opens(SEALED_C, "hello world");
    opens(SEALED_EMPTY, "");
}

static void ours_is_theirs(void **state)
{
    (void)state;
    char iv[ROOM], sealed[ROOM];
    vc__autoptr(vc__aead) aead = dek();
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc__buf_str(&out, "before");
    assert_int_equal(vc__kroxylicious_seal(&out, aead, vc_str("KEK-trades"), vc_str(WRAPPED), hex(IV_B, iv),
                                           vc_str("hello world"), NULL),
                     VC_OK);
    const vc_view expected = hex(SEALED_B, sealed);
    assert_true(vc__view_equal(vc_view_of(out.data + 6, out.len - 6), expected));
    const vc_header marker = vc__kroxylicious_header();
    assert_true(vc__view_is(marker.name, "kroxylicious.io/encryption") && marker.name.len == 26);
    assert_true(marker.value.len == 1 && marker.value.data[0] == 2);
}

/* The sizes of the specification: 133, 134, 135 bytes more. */
static void sizes(void **state)
{
    (void)state;
    static const size_t lengths[] = { 0, 1, 63, 64, 127, 128, 8191, 8192, 100000 };
    static const size_t more[] = { 133, 133, 133, 134, 134, 134, 134, 135, 135 };
    static char value[100000];
    char iv[ROOM];
    vc__autoptr(vc__aead) aead = dek();
    for (size_t i = 0; i < COUNT(lengths); i++) {
        vc__auto(vc__buf) out = VC__BUF(200000);
        vc__auto(vc__buf) plain = VC__BUF(200000);
        vc__kroxylicious record;
        vc__kroxylicious_parcel parcel;
        const vc_view one = vc_view_of(value, lengths[i]);
        assert_int_equal(vc__kroxylicious_seal(&out, aead, vc_str("KEK-trades"), vc_str(WRAPPED), hex(IV_B, iv), one, NULL), VC_OK);
        assert_int_equal(out.len, lengths[i] + more[i]);
        assert_int_equal(vc__kroxylicious_parse(&record, 2, vc__buf_get(&out), NULL), VC_OK);
        assert_int_equal(vc__kroxylicious_open(&record, aead, &plain, &parcel, NULL), VC_OK);
        assert_true(vc__view_equal(parcel.value, one));
    }
}

/* Version 1: the same parts in another order. */
static void version_1(void **state)
{
    (void)state;
    char room[ROOM];
    const vc_view two = hex(SEALED_B, room);
    vc__auto(vc__buf) one = VC__BUF(ROOM);
    vc__auto(vc__buf) plain = VC__BUF(ROOM);
    vc__kroxylicious record;
    vc__kroxylicious_parcel parcel;
    vc__autoptr(vc__aead) aead = dek();
    vc__buf_append(&one, two.data + 1, 101); /* length and EDEK */
    vc__buf_append(&one, "\0\0\0\x0c", 4);
    vc__buf_append(&one, two.data + IV_AT, two.len - IV_AT);
    assert_int_equal(vc__kroxylicious_parse(&record, 1, vc__buf_get(&one), NULL), VC_OK);
    assert_int_equal(vc__kroxylicious_open(&record, aead, &plain, &parcel, NULL), VC_OK);
    assert_true(vc__view_is(parcel.value, "hello world"));
    static const char *const errors[] = { "AAD, of which there is none (00)", "a cipher that is not AES-256-GCM (00)",
                                          "a version of version 1 that is not 00", "an IV that has not 12 bytes" };
    for (size_t i = 0; i < 4; i++) {
        vc_error err = VC_ERROR_INIT;
        char text[200];
        one.data[101 + i] ^= 1;
        assert_int_equal(vc__kroxylicious_parse(&record, 1, vc__buf_get(&one), &err), VC_E_CIPHERTEXT);
        snprintf(text, sizeof text, "a Kroxylicious record: %s, at byte %zu", errors[i], 101 + i);
        assert_string_equal(err.message, text);
        one.data[101 + i] ^= 1;
    }
    for (size_t len = 0; len < 101 + 4 + 12 + 18; len++)
        assert_int_equal(vc__kroxylicious_parse(&record, 1, vc_view_of(one.data, len), NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__kroxylicious_parse(&record, 3, two, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__kroxylicious_parse(&record, 0, two, NULL), VC_E_CIPHERTEXT);
}

static void refuses(const char *bytes, size_t len, const char *text)
{
    vc__kroxylicious record;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__kroxylicious_parse(&record, 2, vc_view_of(bytes, len), &err), VC_E_CIPHERTEXT);
    assert_string_equal(err.message, text);
    assert_null(record.sealed.data);
}

static void wrappers_refused(void **state)
{
    (void)state;
    char room[ROOM];
    vc__kroxylicious record;
    const vc_view good = hex(SEALED_B, room);
    for (size_t len = 0; len < HEAD_LEN + 12 + 18; len++)
        assert_int_equal(vc__kroxylicious_parse(&record, 2, vc_view_of(room, len), NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__kroxylicious_parse(&record, 2, vc_view_of(room, HEAD_LEN + 12 + 18), NULL), VC_OK);
    refuses(NULL, 0, "a Kroxylicious record: it is cut off, at byte 0");
    refuses("\x01", 1, "a Kroxylicious record: a cipher that is not AES-256-GCM (00), at byte 0");
    refuses("\0", 1, "a Kroxylicious record: the wrapped key's length is none, at byte 1");
    refuses("\0\0", 2, "a Kroxylicious record: a wrapped key has 1 to 32767 bytes, at byte 1");
    refuses("\0\x80\x80\x02", 4, "a Kroxylicious record: a wrapped key has 1 to 32767 bytes, at byte 1");
    refuses("\0\xc0\xb8\xfe\xff\x0f", 6, "a Kroxylicious record: a wrapped key has 1 to 32767 bytes, at byte 1");
    refuses("\0\xff\xff\xff\xff\xff\x01", 7, "a Kroxylicious record: the wrapped key's length is none, at byte 1");
    refuses(room, HEAD_LEN - 2, "a Kroxylicious record: the wrapped key is longer than what is there, at byte 1");
    refuses(room, HEAD_LEN - 1, "a Kroxylicious record: it is cut off, at byte 102");
    refuses(room, HEAD_LEN + 29, "a Kroxylicious record: too short for IV, ciphertext and tag, at byte 103");
    room[HEAD_LEN - 1] = 1;
    refuses(room, good.len, "a Kroxylicious record: AAD, of which there is none (00), at byte 102");
    room[HEAD_LEN - 1] = 0;
    /* a length in more bytes than it needs, which Kafka's reader takes */
    vc__auto(vc__buf) longer = VC__BUF(ROOM);
    vc__buf_append(&longer, "\0\xe4\x80\0", 4);
    vc__buf_append(&longer, room + 2, good.len - 2);
    assert_int_equal(vc__kroxylicious_parse(&record, 2, vc__buf_get(&longer), NULL), VC_OK);
    assert_int_equal(record.edek.len, 100);
}

static void edeks_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text;
    } table[] = {
        { "", "it does not begin with a key's name, at byte 0" },
        { "\x01", "it does not begin with a key's name, at byte 0" },
        { "\x03" "abc", "it does not begin with a key's name, at byte 0" },
        { "\x04" "abc", "it does not begin with a key's name, at byte 0" },
        { "\x02" "\xff" "avault:v1:AAAA", NULL },
        { "\x03" "abcvault:v0:AAAA", "not vault:vN: and Base64, at byte 4" },
        { "\x03" "abcvault:v01:AAAA", "not vault:vN: and Base64, at byte 4" },
        { "\x03" "abcvault:v4294967296:AAAA", "not vault:vN: and Base64, at byte 4" },
        { "\x03" "abcvault:v:AAAA", "not vault:vN: and Base64, at byte 4" },
        { "\x03" "abcvault:v1:", "not vault:vN: and Base64, at byte 4" },
        { "\x03" "abcvault:v1:AAA", "not vault:vN: and Base64, at byte 4" },
        { "\x03" "abcvault:v1:AAA-", "not vault:vN: and Base64, at byte 4" },
        { "\x03" "abcVault:v1:AAAA", "not vault:vN: and Base64, at byte 4" },
        { "\x03" "abcAAAA", "not vault:vN: and Base64, at byte 4" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__kroxylicious_edek edek;
        vc_error err = VC_ERROR_INIT;
        char text[200];
        assert_int_equal(vc__kroxylicious_edek_parse(&edek, vc_str(table[i].bytes), &err), VC_E_CIPHERTEXT);
        snprintf(text, sizeof text, "a Kroxylicious record: the wrapped key is not Vault's: %s",
                 table[i].text ? table[i].text : "");
        if (table[i].text)
            assert_string_equal(err.message, text);
        else
            assert_string_equal(err.message, "a Kroxylicious record: the name of the key is not UTF-8 text, at byte 1");
        assert_null(edek.key_name.data);
    }
    vc__kroxylicious_edek edek;
    assert_int_equal(vc__kroxylicious_edek_parse(&edek, vc_view_of("\x02" "a\0vault:v1:AAAA", 17), NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__kroxylicious_edek_parse(&edek, vc_str("\x01" "avault:v4294967295:AA=="), NULL), VC_OK);
    assert_int_equal(edek.key_version, 4294967295);
}

static void not_authentic(void **state)
{
    (void)state;
    char room[ROOM], key[32] = { 1 };
    vc__kroxylicious record;
    vc__kroxylicious_parcel parcel;
    vc__auto(vc__buf) plain = VC__BUF(ROOM);
    vc__autoptr(vc__aead) aead = dek();
    vc__autoptr(vc__aead) other = vc__aead_new(VC__AES256_GCM, vc_view_of(key, sizeof key), NULL);
    const vc_view good = hex(SEALED_B, room);
    for (size_t bit = 8 * IV_AT; bit < 8 * good.len; bit++) {
        room[bit / 8] ^= (char)(1 << bit % 8);
        assert_int_equal(vc__kroxylicious_parse(&record, 2, good, NULL), VC_OK);
        vc__buf_str(&plain, "old");
        assert_int_equal(vc__kroxylicious_open(&record, aead, &plain, &parcel, NULL), VC_E_CIPHERTEXT);
        assert_true(plain.len == 0 && !parcel.value.data);
        room[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_int_equal(vc__kroxylicious_open(&record, other, &plain, &parcel, NULL), VC_E_CIPHERTEXT);
    assert_int_equal(vc__kroxylicious_open(&record, aead, &plain, &parcel, NULL), VC_OK);
    vc__auto(vc__buf) small = VC__BUF(5);
    assert_int_equal(vc__kroxylicious_open(&record, aead, &small, &parcel, NULL), VC_E_LIMIT);
}

static bool view_is_hex(vc_view view, const char *text)
{
    char room[ROOM];
    return text ? view.data && vc__view_equal(view, hex(text, room)) : !view.data;
}

static void parcels_of_theirs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(parcels); i++) {
        char room[ROOM];
        vc__kroxylicious_parcel parcel;
        vc_header header;
        size_t at = 0, count = 0;
        const vc_view bytes = hex(parcels[i].parcel, room);
        assert_int_equal(vc__kroxylicious_parcel_parse(&parcel, bytes, NULL), VC_OK);
        assert_true(view_is_hex(parcel.value, parcels[i].value));
        assert_true(parcel.outer_value == parcels[i].outer_value && parcel.outer_headers == parcels[i].outer_headers);
        assert_int_equal(parcel.header_count, parcels[i].count);
        for (; vc__kroxylicious_next_header(&parcel, &at, &header); count++)
            assert_true(view_is_hex(header.name, parcels[i].name) && view_is_hex(header.value, parcels[i].header));
        assert_int_equal(count, parcels[i].count);
        for (size_t len = 0; len < bytes.len; len++)
            assert_int_equal(vc__kroxylicious_parcel_parse(&parcel, vc_view_of(room, len), NULL), VC_E_CIPHERTEXT);
        room[bytes.len] = 0;
        assert_int_equal(vc__kroxylicious_parcel_parse(&parcel, vc_view_of(room, bytes.len + 1), NULL), VC_E_CIPHERTEXT);
    }
}

static void parcels_refused(void **state)
{
    (void)state;
    static const struct {
        const char *parcel, *text;
    } table[] = {
        { "", "no legal length of the value, at byte 0" },
        { "05", "no legal length of the value, at byte 0" }, /* -3 */
        { "0c616263", "no legal length of the value, at byte 0" },
        { "ffffffff0f03", "no legal length of the value, at byte 0" },
        { "0003", NULL },
        { "0001", NULL }, /* null headers */
        { "0005", "no legal count of headers, at byte 1" },
        { "00", "no legal count of headers, at byte 1" },
        { "00030000", "bytes behind its end, at byte 2" },
        { "0002016100ff", "bytes behind its end, at byte 5" },
        { "0004016100", "no legal header, at byte 5" },
        { "0002016103", "no legal header, at byte 2" }, /* a value that is absent: of no meaning */
        { "000201ff00", "no legal header, at byte 2" }, /* not UTF-8 */
        { "0002ffffffff0f", "no legal header, at byte 2" },
        { "00feffffff0f", "no legal header, at byte 6" }, /* 2^31 - 1 headers */
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char room[ROOM], text[200];
        vc__kroxylicious_parcel parcel;
        vc_error err = VC_ERROR_INIT;
        const vc_code code = vc__kroxylicious_parcel_parse(&parcel, hex(table[i].parcel, room), &err);
        assert_int_equal(code, table[i].text ? VC_E_CIPHERTEXT : VC_OK);
        snprintf(text, sizeof text, "a Kroxylicious record: what was encrypted has %s", table[i].text ? table[i].text : "");
        if (table[i].text) {
            assert_string_equal(err.message, text);
            assert_true(!parcel.value.data && !parcel.headers.data && !parcel.header_count && !parcel.outer_value);
        }
    }
}

static void markers(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    uint8_t version = 9;
    size_t index = 9;
    vc_header headers[] = { { vc_str("a"), vc_str("b") },
                            { vc_str("Kroxylicious.io/encryption"), vc_str("x") },
                            vc__kroxylicious_header(),
                            vc__kroxylicious_header() };
    assert_int_equal(vc__kroxylicious_marker(headers, 4, &version, &index, NULL), VC_OK);
    assert_true(version == 2 && index == 2);
    assert_int_equal(vc__kroxylicious_marker(headers, 2, &version, NULL, NULL), VC_OK);
    assert_int_equal(version, 0);
    assert_int_equal(vc__kroxylicious_marker(NULL, 0, &version, NULL, NULL), VC_OK);
    headers[2].value = vc_str("\x01");
    assert_int_equal(vc__kroxylicious_marker(headers, 4, &version, NULL, NULL), VC_OK);
    assert_int_equal(version, 1);
    static const struct {
        const char *value;
        size_t len;
        const char *text;
    } bad[] = {
        { NULL, 0, "the header kroxylicious.io/encryption has 0 bytes, not one" },
        { "\x02\x02", 2, "the header kroxylicious.io/encryption has 2 bytes, not one" },
        { "\x03", 1, "the header kroxylicious.io/encryption tells version 3: 1 and 2 are known" },
        { "\0", 1, "the header kroxylicious.io/encryption tells version 0: 1 and 2 are known" },
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        headers[2].value = vc_view_of(bad[i].value, bad[i].len);
        assert_int_equal(vc__kroxylicious_marker(headers, 4, &version, NULL, &err), VC_E_CIPHERTEXT);
        assert_string_equal(err.message, bad[i].text);
        assert_int_equal(version, 0);
    }
}

static void writing_refused(void **state)
{
    (void)state;
    static char name[40000];
    char iv[ROOM];
    vc__autoptr(vc__aead) aead = dek();
    vc__auto(vc__buf) out = VC__BUF(100000);
    const vc_view nonce = hex(IV_B, iv), value = vc_str("v"), wrapped = vc_str(WRAPPED);
    vc_error err = VC_ERROR_INIT;
    memset(name, 'n', sizeof name);
    const struct {
        vc_view name, wrapped, iv;
        vc_code code;
    } table[] = {
        { vc_str(""), wrapped, nonce, VC_E_ARGUMENT },
        { vc_str("\xff"), wrapped, nonce, VC_E_ARGUMENT },
        { vc_view_of("a\0b", 3), wrapped, nonce, VC_E_ARGUMENT },
        { vc_str("k"), vc_str(""), nonce, VC_E_ARGUMENT },
        { vc_str("k"), vc_str("wrapped"), nonce, VC_E_ARGUMENT },
        { vc_str("k"), wrapped, vc_view_of(iv, 11), VC_E_ARGUMENT },
        { vc_view_of(name, 32768), wrapped, nonce, VC_E_ARGUMENT },
        { vc_view_of(name, 32767 - 3 - 89 + 1), wrapped, nonce, VC_E_ARGUMENT },
        { vc_view_of(name, 32767 - 3 - 89), wrapped, nonce, VC_OK },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(vc__kroxylicious_seal(&out, aead, table[i].name, table[i].wrapped, table[i].iv, value, &err), table[i].code);
        assert_true(table[i].code == VC_OK || out.len == 0);
    }
    vc__kroxylicious record;
    assert_int_equal(vc__kroxylicious_parse(&record, 2, vc__buf_get(&out), NULL), VC_OK);
    assert_int_equal(record.edek.len, 32767);
    vc__auto(vc__buf) small = VC__BUF(100);
    assert_int_equal(vc__kroxylicious_seal(&small, aead, vc_str("k"), wrapped, nonce, value, NULL), VC_E_LIMIT);
    assert_int_equal(small.len, 0);
}

static vc_code all_once(void *arg)
{
    char room[ROOM], iv[ROOM];
    vc__kroxylicious record;
    vc__kroxylicious_parcel parcel;
    vc__auto(vc__buf) plain = VC__BUF(ROOM);
    vc__auto(vc__buf) out = VC__BUF(ROOM);
    vc_code code = vc__kroxylicious_parse(&record, 2, hex(SEALED_C, room), NULL);
    if (!code)
        code = vc__kroxylicious_open(&record, arg, &plain, &parcel, NULL);
    if (!code)
        code = vc__kroxylicious_seal(&out, arg, vc_str("k"), vc_str(WRAPPED), hex(IV_B, iv), parcel.value, NULL);
    return code;
}

static void allocations(void **state)
{
    (void)state;
    vc__autoptr(vc__aead) aead = dek();
    SWEEP_ALLOCATIONS(all_once, aead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_records_open), cmocka_unit_test(ours_is_theirs),    cmocka_unit_test(sizes),
        cmocka_unit_test(version_1),         cmocka_unit_test(wrappers_refused),  cmocka_unit_test(edeks_refused),
        cmocka_unit_test(not_authentic),     cmocka_unit_test(parcels_of_theirs), cmocka_unit_test(parcels_refused),
        cmocka_unit_test(markers),           cmocka_unit_test(writing_refused),   cmocka_unit_test(allocations),
    };
    return cmocka_run_group_tests_name("record_kroxylicious", tests, NULL, NULL);
}
