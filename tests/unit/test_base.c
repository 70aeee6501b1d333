/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <vaultcrypt/version.h>

static void buffer_has_a_maximum(void **state)
{
    (void)state;
    vc__auto(vc__buf) buf = VC__BUF(5);
    vc__buf_str(&buf, "12345");
    assert_int_equal(vc__buf_check(&buf, "it", NULL), VC_OK);
    vc__buf_byte(&buf, '6');
    vc__buf_str(&buf, "");
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__buf_check(&buf, "it", &err), VC_E_LIMIT);
    assert_string_equal(err.message, "it is larger than its maximum of 5 bytes");
    assert_string_equal(buf.data, "12345");
    vc__buf_clear(&buf);
    vc__buf_printf(&buf, "%d-%s", 12, "ab");
    assert_string_equal(buf.data, "12-ab");
    vc__buf_printf(&buf, "%s", "c");
    assert_int_equal(buf.failed, VC_E_LIMIT);
    vc_bytes bytes = vc__buf_take(&buf);
    assert_string_equal(bytes.data, "12-ab");
    vc_bytes_free(&bytes);
    assert_null(bytes.data);
}

static vc_code grow_buffer(void *arg)
{
    (void)arg;
    vc__auto(vc__buf) buf = VC__BUF(1 << 20);
    for (int i = 0; i < 1000; i++)
        vc__buf_str(&buf, "0123456789");
    return vc__buf_check(&buf, "it", NULL);
}

static void buffer_survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(grow_buffer, NULL);
}

static const struct {
    const char *text; /* RFC 4648 section 10, and more */
    const char *encoded;
} base64_pairs[] = {
    { "", "" },         { "f", "Zg==" },         { "fo", "Zm8=" },           { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "//79" },
};

static void base64_round_trips(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(base64_pairs); i++) {
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__base64_encode(&out, vc_str(base64_pairs[i].text));
        assert_true(vc__view_is(vc__buf_get(&out), base64_pairs[i].encoded));
        char back[100];
        size_t len;
        assert_int_equal(vc__base64_decode(back, &len, vc_str(base64_pairs[i].encoded), NULL), VC_OK);
        assert_true(vc__view_is(vc_view_of(back, len), base64_pairs[i].text));
        assert_int_equal(vc__base64_decode_go(back, &len, vc_str(base64_pairs[i].encoded), NULL), VC_OK);
        assert_true(vc__view_is(vc_view_of(back, len), base64_pairs[i].text));
    }
}

static void base64_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t bad;
    } table[] = {
        { "Zg=", 3 },  { "Zg", 2 },   { "Z===", 1 },     { "Zm9v!A==", 4 }, { "Zh==", 1 },  { "Zm9=", 2 },
        { "====", 0 }, { "Zg==Zg==", 2 }, { "Zm 9v", 2 }, { "Zm-_", 2 },    { "\nZm9v", 0 }, { "A", 1 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char out[100];
        size_t len = 99, bad = 99;
        assert_int_equal(vc__base64_decode(out, &len, vc_str(table[i].text), &bad), VC_E_PROTOCOL);
        assert_int_equal(len, 0);
        assert_int_equal(bad, table[i].bad);
    }
}

static void errors_format(void **state)
{
    (void)state;
    char text[200];
    vc_error err = VC_ERROR_INIT;
    assert_string_equal(vc_error_format(&err, text, sizeof text), "no error");
    assert_int_equal(vc__error(&err, VC_E_SEALED, "Vault is sealed: unseal it"), VC_E_SEALED);
    vc__error_http(&err, 503, vc_str("a7d5864d-98e0-eafd-0f10-0ad1501b3771"), 1);
    assert_string_equal(vc_error_format(&err, text, sizeof text),
                        "Vault is sealed: unseal it (HTTP 503, request id a7d5864d-98e0-eafd-0f10-0ad1501b3771)");
    vc__error_http(&err, 503, vc_str("<script>"), 1);
    assert_string_equal(err.request_id, "");
    vc__error(&err, VC_E_SCHEMA, "unknown key");
    vc__error_at(&err, "purchases.yaml", 3, 7);
    assert_string_equal(vc_error_format(&err, text, sizeof text), "purchases.yaml:3:7: unknown key");
    assert_string_equal(vc_error_format(&err, text, 5), "purc");
    assert_int_equal(vc__error(NULL, VC_E_PATH, "x"), VC_E_PATH);
    assert_int_equal(vc_code_class(VC_E_CIPHERTEXT), VC_CLASS_DATA);
    assert_int_equal(vc_code_class((vc_code)999), VC_CLASS_SERVER);
    assert_string_equal(vc_code_name(VC_E_BUSY), "busy");
    vc_error small = VC_ERROR_INIT;
    small.size = 16; /* an older caller: not touched */
    vc__error(&small, VC_E_PATH, "x");
    assert_int_equal(small.code, VC_OK);
}

static void secrets_hold(void **state)
{
    (void)state;
    vc__autoptr(vc__secret) secret = vc__secret_new(vc_str("hvs.token"), VC__LOCK_TRY, NULL);
    assert_non_null(secret);
    assert_true(vc__secret_equal(vc__secret_get(secret), vc_str("hvs.token")));
    assert_false(vc__secret_equal(vc__secret_get(secret), vc_str("hvs.tokem")));
    assert_false(vc__secret_equal(vc__secret_get(secret), vc_str("hvs.toke")));
    assert_int_equal(vc__secret_get(secret).data[9], 0);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__secret_new(vc_view_of("", (size_t)2 << 20), VC__LOCK_OFF, &err));
    assert_int_equal(err.code, VC_E_LIMIT);
}

static void text_helpers(void **state)
{
    (void)state;
    static const char *const names[] = { "transit", "transform", "envelope", "on_error", NULL };
    assert_string_equal(vc__nearest(vc_str("transfrom"), names), "transform");
    assert_string_equal(vc__nearest(vc_str("onerror"), names), "on_error");
    assert_null(vc__nearest(vc_str("zebra"), names));
    uint64_t n;
    assert_true(vc__parse_uint(vc_str("65535"), 65535, &n) && n == 65535);
    assert_false(vc__parse_uint(vc_str("65536"), 65535, &n));
    assert_false(vc__parse_uint(vc_str("01"), 65535, &n));
    assert_false(vc__parse_uint(vc_str(""), 65535, &n));
    assert_true(vc__parse_uint(vc_str("18446744073709551615"), UINT64_MAX, &n) && n == UINT64_MAX);
    assert_false(vc__parse_uint(vc_str("18446744073709551616"), UINT64_MAX, &n));
    assert_int_equal(vc__utf8_valid(vc_str("a\xc3\xa9\xf0\x9f\x98\x80")), 7);
    assert_int_equal(vc__utf8_valid(vc_str("ab\xed\xa0\x80")), 2);  /* a surrogate */
    assert_int_equal(vc__utf8_valid(vc_str("12345678\xc0\xaf")), 8); /* over-long */
    assert_int_equal(vc__utf8_valid(vc_str("\xf4\x90\x80\x80")), 0); /* above U+10FFFF */
    vc__auto(vc__buf) hex = VC__BUF(10);
    vc__hex_encode(&hex, vc_view_of("\x00\xff", 2));
    assert_string_equal(hex.data, "00ff");
    unsigned char raw[2];
    assert_true(vc__hex_decode(raw, vc_str("00fF")) && raw[1] == 0xff);
    assert_false(vc__hex_decode(raw, vc_str("0")));
    assert_false(vc__hex_decode(raw, vc_str("0g")));
}

static void version_is_one(void **state)
{
    (void)state;
    assert_string_equal(vc_version(), VC_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_has_a_maximum), cmocka_unit_test(buffer_survives_lack_of_memory),
        cmocka_unit_test(base64_round_trips),   cmocka_unit_test(base64_refuses),
        cmocka_unit_test(errors_format),        cmocka_unit_test(secrets_hold),
        cmocka_unit_test(text_helpers),         cmocka_unit_test(version_is_one),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
