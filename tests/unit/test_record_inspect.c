/* SPDX-License-Identifier: Apache-2.0 */
/* vaultcrypt/inspect.h: what is told of each format, of what is malformed, and of what is none. */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "record/kroxylicious.h"
#include "record/native.h"
#include "vectors/record/kroxylicious.h"

#include <vaultcrypt/inspect.h>

enum { ROOM = 8192 };

/* All that was found, a thing a line: "place format? name=text ..."; ? says that it is not certain. */
static void dump(const vc_inspection *found, vc__buf *out)
{
    for (size_t i = 0; i < vc_inspection_count(found); i++) {
        vc__buf_printf(out, "%s%s %s%s", i ? "\n" : "", vc_inspection_place(found, i), vc_inspection_format(found, i),
                       vc_inspection_is_certain(found, i) ? "" : "?");
        for (size_t row = 0; row < vc_inspection_row_count(found, i); row++) {
            const vc_row_kind kind = vc_inspection_row_kind(found, i, row);
            vc__buf_printf(out, " %s%s=%s", kind == VC_ROW_NUMBER ? "#" : kind == VC_ROW_FLAG ? "?" : "",
                           vc_inspection_row_name(found, i, row), vc_inspection_row_text(found, i, row));
            assert_string_equal(vc_inspection_text(found, i, vc_inspection_row_name(found, i, row)),
                                vc_inspection_row_text(found, i, row));
        }
    }
}

static void tells(vc_view value, const vc_header *headers, size_t count, const char *expected)
{
    vc_inspection *found;
    vc__auto(vc__buf) text = VC__BUF(1 << 20);
    assert_int_equal(vc_inspect(value, headers, count, &found, NULL), VC_OK);
    dump(found, &text);
    assert_string_equal(text.data, expected);
    vc_inspection_free(found);
}

static void plain_values(void **state)
{
    (void)state;
    tells(vc_str(NULL), NULL, 0, "value null");
    tells(vc_str(""), NULL, 0, "value unknown #bytes=0");
    tells(vc_str("hello"), NULL, 0, "value unknown #bytes=5");
    tells(vc_view_of("\0\0\0", 3), NULL, 0, "value unknown #bytes=3");
    tells(vc_str("{\"a\":[1,true,null,\"x\",{}]}"), NULL, 0, "value json #fields=4 #protected=0");
    tells(vc_str("\"vault:v1:AAAA\""), NULL, 0,
          "value json #fields=1 #protected=1\n$ vault #key_version=1 source=transit #encoded_bytes=4");
    tells(vc_str("{\"a\":\"vault:v1:AAAA\""), NULL, 0, "value unknown #bytes=20");
}

static void vault_texts(void **state)
{
    (void)state;
    tells(vc_str("vault:v12:QUJD"), NULL, 0, "value vault #key_version=12 source=transit #encoded_bytes=4");
    tells(vc_str("vault:v1:QU_-"), NULL, 0, "value vault #key_version=1 source=transit #encoded_bytes=4");
    tells(vc_str("vault:v1:"), NULL, 0, "value vault error=not vault:vN: and Base64");
    tells(vc_str("vault:v1:Q Q"), NULL, 0, "value vault error=not vault:vN: and Base64");
    tells(vc_view_of("vault:v1:Q\0Q", 12), NULL, 0, "value vault error=not vault:vN: and Base64");
    tells(vc_str("vault:v0:QQ=="), NULL, 0, "value vault error=not vault:vN: and Base64");
    tells(vc_str("ENCRYPTION_ERROR: permission denied"), NULL, 0, "value encryption-error");
}

static void paths(void **state)
{
    (void)state;
    tells(vc_str("{\"a\":{\"b c\":[\"x\",[\"vault:v1:AA==\"]],\"\":\"vault:v2:AA==\"},\"d'\\n\\\\\\u0001\\u00e9\":\"vault:v3:AA==\","
                 "\"a1_\":\"vault:v4:AA==\",\"1a\":\"ENCRYPTION_ERROR: x\",\"vault:v1:AA==\":0}"),
          NULL, 0,
          "value json #fields=7 #protected=5\n"
          "$.a['b c'][1][0] vault #key_version=1 source=transit #encoded_bytes=4\n"
          "$.a[''] vault #key_version=2 source=transit #encoded_bytes=4\n"
          "$['d\\'\\n\\\\\\u0001\xc3\xa9'] vault #key_version=3 source=transit #encoded_bytes=4\n"
          "$.a1_ vault #key_version=4 source=transit #encoded_bytes=4\n"
          "$['1a'] encryption-error");
    /* names that nobody reads are cut, at a character */
    vc__auto(vc__buf) json = VC__BUF(ROOM);
    vc_inspection *found;
    vc__buf_str(&json, "{\"x");
    for (size_t i = 0; i < 1000; i++)
        vc__buf_str(&json, "\xc3\xa9");
    vc__buf_str(&json, "\":\"vault:v1:AA==\"}");
    assert_int_equal(vc_inspect(vc__buf_get(&json), NULL, 0, &found, NULL), VC_OK);
    const char *place = vc_inspection_place(found, 1);
    assert_int_equal(strlen(place), 3 + 255 + 5);
    assert_int_equal(vc__utf8_valid(vc_str(place)), strlen(place));
    vc_inspection_free(found);
}

/* Names at every depth, as long as they are shown, and deeper than JSON may be here. */
static void deep(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'n', sizeof name);
    vc__auto(vc__buf) json = VC__BUF(1 << 20);
    for (int depth = 511; depth <= 513; depth++) {
        vc_inspection *found;
        vc__buf_clear(&json);
        for (int i = 0; i < depth; i++) {
            vc__buf_str(&json, "{\"");
            vc__buf_append(&json, name, sizeof name);
            vc__buf_str(&json, "\":");
        }
        vc__buf_str(&json, "\"vault:v1:AA==\"");
        for (int i = 0; i < depth; i++)
            vc__buf_byte(&json, '}');
        assert_int_equal(vc_inspect(vc__buf_get(&json), NULL, 0, &found, NULL), VC_OK);
        assert_string_equal(vc_inspection_format(found, 0), depth <= 512 ? "json" : "unknown");
        if (depth <= 512)
            assert_int_equal(strlen(vc_inspection_place(found, 1)), 4096);
        vc_inspection_free(found);
    }
}

static void many(void **state)
{
    (void)state;
    vc__auto(vc__buf) json = VC__BUF(1 << 20);
    vc_inspection *found;
    for (int i = 0; i < 3000; i++)
        vc__buf_str(&json, i ? ",\"vault:v1:AA==\"" : "[\"vault:v1:AA==\"");
    vc__buf_byte(&json, ']');
    assert_int_equal(vc_inspect(vc__buf_get(&json), NULL, 0, &found, NULL), VC_OK);
    assert_int_equal(vc_inspection_count(found), 1000);
    assert_string_equal(vc_inspection_text(found, 0, "protected"), "3000");
    assert_string_equal(vc_inspection_place(found, 999), "$[998]");
    assert_null(vc_inspection_place(found, 1000));
    assert_null(vc_inspection_format(found, 1000));
    assert_null(vc_inspection_text(found, 1000, "key"));
    assert_null(vc_inspection_row_name(found, 0, 99));
    assert_null(vc_inspection_row_text(found, 0, 99));
    assert_int_equal(vc_inspection_row_kind(found, 0, 99), VC_ROW_TEXT);
    assert_int_equal(vc_inspection_row_count(found, 1000), 0);
    assert_false(vc_inspection_is_certain(found, 1000));
    assert_null(vc_inspection_text(found, 0, "key"));
    vc_inspection_free(found);
    vc_inspection_free(NULL);
}

/* -- native ---------------------------------------------------------------------------------------------- */

static const char id[] = "0123456789abcdef0123456789abcdef";
#define ID_HEX "3031323334353637383961626364656630313233343536373839616263646566"

static void body_of(vc__buf *out, uint8_t algorithm, uint8_t flags, size_t behind)
{
    const bool own = algorithm == VC__NATIVE_GCM || algorithm == VC__NATIVE_SEGMENTS, outside = flags & VC__NATIVE_KEY_OUTSIDE;
    const vc__native token = { .algorithm = algorithm,
                               .flags = flags,
                               .type = algorithm == VC__NATIVE_SEGMENTS ? VC__NATIVE_BYTES : VC__NATIVE_NUMBER,
                               .source = outside ? VC__NATIVE_NOWHERE : VC__NATIVE_TRANSIT,
                               .key_id = vc_view_of(id, 32),
                               .context = vc_str("orders"),
                               .key_name = vc_str(outside ? "" : "kv/cards"),
                               .key_version = outside ? 0 : 3,
                               .wrapped = vc_str(own && !outside ? "wrapped" : "") };
    vc__native_prefix(out, &token);
    if (algorithm == VC__NATIVE_SEGMENTS)
        vc__buf_append(out, "ssssssssssssssssssssssssssssssssppppppp\0\x01\0\0", 43);
    else if (algorithm == VC__NATIVE_GCM)
        vc__buf_str(out, "nonce_______");
    for (size_t i = 0; i < behind; i++)
        vc__buf_byte(out, 'c');
}

static void text_of(vc__buf *out, const vc__buf *body)
{
    vc__buf_clear(out);
    vc__buf_str(out, "vc1:");
    vc__base64_encode(out, vc__buf_get(body));
}

static void native_tokens(void **state)
{
    (void)state;
    static const struct {
        uint8_t algorithm, flags;
        size_t behind;
        const char *told;
    } table[] = {
        { VC__NATIVE_GCM, 0, 20,
          "value token key=kv/cards #key_version=3 source=transit algorithm=AES-256-GCM type=number bound=context, path "
          "context=orders #format_version=1 form=text key_id=" ID_HEX " #wrapped_key_bytes=7 #plaintext_bytes=4" },
        { VC__NATIVE_GCM, 7, 16,
          "value token source=header algorithm=AES-256-GCM type=number bound=context, path, topic, record key "
          "context=orders #format_version=1 form=text key_id=" ID_HEX " #wrapped_key_bytes=0 #plaintext_bytes=0" },
        { VC__NATIVE_SIV, 0, 17,
          "value token key=kv/cards #key_version=3 source=transit algorithm=AES-256-SIV type=number bound=context "
          "context=orders #format_version=1 form=text key_id=" ID_HEX " #wrapped_key_bytes=0 #plaintext_bytes=1" },
        { VC__NATIVE_HMAC, 1, 32,
          "value token key=kv/cards #key_version=3 source=transit algorithm=HMAC-SHA-256 type=number bound=context, topic "
          "context=orders #format_version=1 form=text key_id=" ID_HEX " #wrapped_key_bytes=0" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__auto(vc__buf) body = VC__BUF(ROOM);
        vc__auto(vc__buf) text = VC__BUF(ROOM);
        body_of(&body, table[i].algorithm, table[i].flags, table[i].behind);
        text_of(&text, &body);
        tells(vc__buf_get(&text), NULL, 0, table[i].told);
    }
    vc__auto(vc__buf) body = VC__BUF(ROOM);
    vc__auto(vc__buf) text = VC__BUF(ROOM);
    body_of(&body, VC__NATIVE_SIV, 0, 17);
    text_of(&text, &body);
    vc__auto(vc__buf) json = VC__BUF(ROOM);
    vc__buf_printf(&json, "{\"card\":\"%s\"}", text.data);
    tells(vc__buf_get(&json), NULL, 0,
          "value json #fields=1 #protected=1\n$.card token key=kv/cards #key_version=3 source=transit algorithm=AES-256-SIV type=number "
          "bound=context context=orders #format_version=1 form=text key_id=" ID_HEX " #wrapped_key_bytes=0 #plaintext_bytes=1");
    tells(vc_str("vc1:AAAA"), NULL, 0, "value token error=the body of a token is refused at byte 0: an unknown algorithm");
    tells(vc_str("vc1:AA*A"), NULL, 0, "value token error=a token is refused at byte 6: wrong Base64");
    tells(vc_str("vc2:AAAA"), NULL, 0, "value token error=a token is refused at byte 2: a version of the format that is not known here");
    tells(vc_str("vcx:AAAA"), NULL, 0, "value unknown #bytes=8");
}

static void native_bytes(void **state)
{
    (void)state;
    vc__auto(vc__buf) value = VC__BUF(ROOM);
    vc__buf_append(&value, "\x8bVC\x01", 4);
    body_of(&value, VC__NATIVE_SEGMENTS, 0, 9);
    tells(vc__buf_get(&value), NULL, 0,
          "value stream key=kv/cards #key_version=3 source=transit algorithm=AES-256-GCM in segments type=bytes bound=context, path "
          "context=orders #format_version=1 form=bytes key_id=" ID_HEX " #wrapped_key_bytes=7 #segment_size=65536");
    tells(vc_view_of(value.data, 60), NULL, 0, "value stream error=the body of a token is refused at byte 56: it ends too early");
    value.data[3] = 2;
    tells(vc__buf_get(&value), NULL, 0, "value stream error=a token is refused at byte 3: a version of the format that is not known here");
    vc__buf_clear(&value);
    vc__buf_append(&value, "\x8bVC\x01", 4);
    body_of(&value, VC__NATIVE_GCM, 4, 16);
    vc__auto(vc__buf) keys = VC__BUF(ROOM);
    vc__native entry = { .key_id = vc_view_of(id, 32), .source = VC__NATIVE_TRANSIT, .key_name = vc_str("k\xff"),
                         .key_version = 9, .wrapped = vc_str("w") };
    vc__native_keys_add(&keys, &entry);
    entry.key_id = vc_str("ffffffffffffffffffffffffffffffff");
    entry.source = VC__NATIVE_STATIC;
    entry.key_name = vc_str("test");
    vc__native_keys_add(&keys, &entry);
    const vc_header headers[] = { { vc_str("a"), vc_str("b") }, { vc_str("vaultcrypt-keys"), vc__buf_get(&keys) },
                                  { vc_str("vaultcrypt-keys"), vc_str("") } };
    tells(vc__buf_get(&value), headers, 2,
          "value token source=header algorithm=AES-256-GCM type=number bound=context, path context=orders #format_version=1 "
          "form=bytes key_id=" ID_HEX " #wrapped_key_bytes=0 #plaintext_bytes=0\n"
          "header vaultcrypt-keys keys key=hex:6bff #key_version=9 source=transit #format_version=1 key_id=" ID_HEX
          " #wrapped_key_bytes=1\n"
          "header vaultcrypt-keys keys key=test #key_version=9 source=static #format_version=1 "
          "key_id=6666666666666666666666666666666666666666666666666666666666666666 #wrapped_key_bytes=1");
    tells(vc_str(NULL), headers, 3,
          "value null\nheader vaultcrypt-keys keys error=the header vaultcrypt-keys is there more than once");
    tells(vc_str("x"), headers + 2, 1,
          "value unknown #bytes=1\nheader vaultcrypt-keys keys error=the header vaultcrypt-keys is refused at byte 0: it ends too early");
}

/* -- foreign --------------------------------------------------------------------------------------------- */

static void kroxylicious(void **state)
{
    (void)state;
    char room[ROOM];
    static const char rows[] = " key=KEK-trades #key_version=1 source=transit algorithm=AES-256-GCM bound=nothing #format_version=2 "
                               "#wrapped_key_bytes=100 iv=" IV_B " #plaintext_bytes=13";
    char expected[ROOM];
    assert_true(vc__hex_decode((unsigned char *)room, vc_str(SEALED_B)));
    vc_view value = vc_view_of(room, strlen(SEALED_B) / 2);
    vc_header marker = vc__kroxylicious_header();
    snprintf(expected, sizeof expected, "value kroxylicious%s", rows);
    tells(value, &marker, 1, expected);
    snprintf(expected, sizeof expected, "value kroxylicious?%s", rows);
    tells(value, NULL, 0, expected);
    tells(vc_view_of(room, 50), &marker, 1,
          "value kroxylicious error=a Kroxylicious record: the wrapped key is longer than what is there, at byte 1");
    tells(vc_view_of(room, 50), NULL, 0, "value unknown #bytes=50");
    room[1] = 99; /* an AAD id is what follows then */
    tells(value, NULL, 0, "value unknown #bytes=144");
    room[1] = 100;
    room[13] = 'V';
    tells(value, &marker, 1,
          "value kroxylicious source=another key service than Vault algorithm=AES-256-GCM bound=nothing #format_version=2 "
          "#wrapped_key_bytes=100 iv=" IV_B " #plaintext_bytes=13");
    tells(value, NULL, 0, "value unknown #bytes=144");
    marker.value = vc_str("\x07");
    tells(value, &marker, 1,
          "value kroxylicious error=the header kroxylicious.io/encryption tells version 7: 1 and 2 are known");
    /* version 1 */
    room[13] = 'v';
    memmove(room, room + 1, 101);
    memmove(room + 101 + 4, room + 103, value.len - 103);
    memcpy(room + 101, "\0\0\0\x0c", 4);
    marker.value = vc_str("\x01");
    value.len += 2;
    tells(value, &marker, 1,
          "value kroxylicious key=KEK-trades #key_version=1 source=transit algorithm=AES-256-GCM bound=nothing #format_version=1 "
          "#wrapped_key_bytes=100 iv=" IV_B " #plaintext_bytes=13");
}

#define NONCE "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
#define DEMO "{\"ciphertext\": \"0011223344556677\", \"tag\": \"00112233445566778899aabbccddeeff\", \"nonce\": \"" NONCE "\"}"
#define DEMO_ROWS \
    " algorithm=AES-256-GCM bound=nothing nonce=202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f " \
    "#file_bytes_at_most=6"

static void demo_and_rsa(void **state)
{
    (void)state;
    vc_header headers[] = { { vc_str("X-encryptionkey"), vc_str("vault:v2:AAAA") }, { vc_str("X-filename"), vc_str("a.pdf") } };
    tells(vc_str(DEMO), headers, 2, "value demo #key_version=2 source=transit file_name=a.pdf" DEMO_ROWS);
    tells(vc_str(DEMO), NULL, 0, "value demo? missing=header X-encryptionkey" DEMO_ROWS);
    tells(vc_str(DEMO), headers, 1, "value demo error=the header X-filename is missing" DEMO_ROWS);
    tells(vc_str("{}"), headers, 2, "value demo error=the demo's payload: no text at $.ciphertext");
    tells(vc_str("{\"ciphertext\":\"0011223344556677\"}"), NULL, 0, "value json #fields=1 #protected=0");
    char base64[513];
    memset(base64, 'A', sizeof base64);
    tells(vc_view_of(base64, 512), NULL, 0, "value rsa-oaep? #rsa_bits=3072");
    tells(vc_view_of(base64, 511), NULL, 0, "value unknown #bytes=511");
    base64[511] = '=';
    tells(vc_view_of(base64, 512), NULL, 0, "value unknown #bytes=512");
}

/* -- memory ---------------------------------------------------------------------------------------------- */

static vc_code look_once(void *arg)
{
    const vc_header headers[] = { vc__kroxylicious_header(), { vc_str("vaultcrypt-keys"), vc_str("\x01") } };
    vc_inspection *found = NULL;
    const vc_code code = vc_inspect(*(const vc_view *)arg, headers, 2, &found, NULL);
    assert_true((code == VC_OK) == (found != NULL));
    vc_inspection_free(found);
    return code;
}

static void segments(void **state)
{
    (void)state;
    vc_header headers[] = { { vc_str("vaultcrypt-transfer"), vc_str("0123456789abcdef") },
                            { vc_str("vaultcrypt-segment"), vc_view_of("\0\0\1\2\0\1\0\3", 8) },
                            { vc_str("vaultcrypt-segment"), vc_view_of("\0\0\0\0\0\0\0\0", 8) } };
    tells(vc_str("?????"), headers, 2, "value segment transfer=30313233343536373839616263646566 #part=258 #segment=65539 #bytes=5");
    tells(vc_str("?????"), headers, 3, "value unknown #bytes=5");
    tells(vc_str("?????"), headers, 1, "value unknown #bytes=5");
    tells(vc_str("?????"), headers + 1, 1, "value unknown #bytes=5");
    headers[1].value.len = 7;
    tells(vc_str("?????"), headers, 2, "value unknown #bytes=5");
}

static vc_code look_at_json(void *arg)
{
    vc_inspection *found = NULL;
    const vc_code code = vc_inspect(*(const vc_view *)arg, NULL, 0, &found, NULL);
    if (found)
        assert_int_equal(vc_inspection_count(found), strchr(((const vc_view *)arg)->data, '[') ? 6 : 1);
    vc_inspection_free(found);
    return code;
}

static void allocations(void **state)
{
    (void)state;
    char room[ROOM];
    assert_true(vc__hex_decode((unsigned char *)room, vc_str(SEALED_B)));
    vc_view value = vc_view_of(room, strlen(SEALED_B) / 2);
    vc_view json = vc_str("[\"vault:v1:AA==\",\"vc1:AAAA\",\"vault:v1:AA==\",\"vault:v1:AA==\",\"vc1:\"]"), demo = vc_str(DEMO);
    SWEEP_ALLOCATIONS(look_once, &value);
    SWEEP_ALLOCATIONS(look_at_json, &json);
    SWEEP_ALLOCATIONS(look_at_json, &demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values), cmocka_unit_test(vault_texts),  cmocka_unit_test(paths),
        cmocka_unit_test(deep),         cmocka_unit_test(many),         cmocka_unit_test(native_tokens),
        cmocka_unit_test(native_bytes), cmocka_unit_test(kroxylicious), cmocka_unit_test(demo_and_rsa),
        cmocka_unit_test(segments),     cmocka_unit_test(allocations),
    };
    return cmocka_run_group_tests_name("record_inspect", tests, NULL, NULL);
}
