/* SPDX-License-Identifier: Apache-2.0 */
/* The pull reader, and strings in and out of JSON. */
#include "unit/test.h"

#include "base/text.h"
#include "json/read.h"
#include "json/string.h"

/* Tokens as letters, with the text of names, strings and numbers. */
static void trace(const char *json, size_t len, vc__buf *out, vc_error *err)
{
    static const char letters[] = "!.{}[]:\"#tfn";
    char *body = malloc(len + 1); /* exactly so long: a sanitizer sees a read behind it */
    assert_non_null(body);
    memcpy(body, json, len);
    char *exact = realloc(body, len ? len : 1);
    vc__reader reader;
    vc__reader_start(&reader, exact, len);
    vc__token token;
    do {
        token = vc__reader_next(&reader);
        vc__buf_byte(out, letters[token]);
        if (token == VC__TOKEN_NAME || token == VC__TOKEN_STRING || token == VC__TOKEN_NUMBER) {
            vc__buf_view(out, reader.text);
            vc__buf_byte(out, ' ');
        }
    } while (token > VC__TOKEN_END);
    assert_int_equal(vc__reader_next(&reader), token);
    if (token == VC__TOKEN_ERROR)
        vc__reader_error(&reader, VC_E_PROTOCOL, err);
    free(exact);
}

static const struct {
    const char *json, *tokens;
} good[] = {
    { "1", "#1 ." },
    { " null\r\n", "n." },
    { "\"\"", "\" ." },
    { "[]", "[]." },
    { "{ }", "{}." },
    { "[[],{}]", "[[]{}]." },
    { "{\"a\":1,\"b\":[true,false,null],\"a\":{\"c\":\"d\"}}", "{:a #1 :b [tfn]:a {:c \"d }}." },
    { " { \"a\" : -0.5E+3 , \"b\" : [ 1 , 2 ] } ", "{:a #-0.5E+3 :b [#1 #2 ]}." },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"",
      "\"\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 ." },
    { "{\"na\\u006de\":\"\xc3\xa9\"}", "{:name \"\xc3\xa9 }." },
    { "\"0123456789abcdef0123456789abcdef\\n0123456789abcdef\"",
      "\"0123456789abcdef0123456789abcdef\n0123456789abcdef ." },
};

static void tokens_come_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        vc__auto(vc__buf) out = VC__BUF(1 << 16);
        vc_error err = VC_ERROR_INIT;
        trace(good[i].json, strlen(good[i].json), &out, &err);
        assert_string_equal(out.data, good[i].tokens);
        assert_int_equal(err.code, VC_OK);
    }
}

static const struct {
    const char *json, *message;
} bad[] = {
    { "", "byte 0: expected a value" },
    { " ", "byte 1: expected a value" },
    { "\xef\xbb\xbf{}", "byte 0: expected a value" },
    { "nul", "byte 0: expected a value" },
    { "01", "byte 1: expected no digit behind a leading zero" },
    { "-", "byte 1: expected a digit" },
    { "+1", "byte 0: expected a value" },
    { ".5", "byte 0: expected a value" },
    { "1.", "byte 2: expected a digit behind the decimal point" },
    { "1e+", "byte 3: expected a digit in the exponent" },
    { "1 2", "byte 2: expected nothing behind the value" },
    { "[1,]", "byte 2: expected no trailing comma" },
    { "[1, \n ]", "byte 2: expected no trailing comma" },
    { "[1,}", "byte 2: expected no trailing comma" },
    { "[1,,]", "byte 3: expected a value" },
    { "[1,-]", "byte 4: expected a digit" },
    { "[1,nul]", "byte 3: expected a value" },
    { "[1,", "byte 3: expected a value" },
    { "[,1]", "byte 1: expected a value" },
    { "[1 2]", "byte 3: expected a comma or ]" },
    { "[1}", "byte 2: expected a comma or ]" },
    { "[", "byte 1: expected a value" },
    { "{\"a\":1]", "byte 6: expected a comma or }" },
    { "{\"a\"}", "byte 4: expected a colon behind a member's name" },
    { "{\"a\":1,}", "byte 6: expected no trailing comma" },
    { "{\"a\":1,1}", "byte 7: expected a member's name" },
    { "{a:1}", "byte 1: expected a member's name" },
    { "{", "byte 1: expected a member's name" },
    { "]", "byte 0: expected a value" },
    { "\"a", "byte 2: expected the closing quote of a string" },
    { "\"a\\", "byte 3: expected one of \"\\/bfnrtu behind a backslash" },
    { "\"\\x\"", "byte 2: expected one of \"\\/bfnrtu behind a backslash" },
    { "\"\\u12g4\"", "byte 5: expected four hexadecimal digits behind \\u" },
    { "\"a\tb\"", "byte 2: expected an escape (\\u00..) in place of a control character" },
    { "\"a\xc0\x80\"", "byte 2: expected UTF-8" },
    { "\"\xed\xa0\x80\"", "byte 1: expected UTF-8" },
    { "\"\xf4\x90\x80\x80\"", "byte 1: expected UTF-8" },
    { "\"\xe2\x82\"", "byte 1: expected UTF-8" },
    { "[\"\\ud800\"]", "byte 1: expected a string without half surrogate pairs" },
    { "[\"\\udc00\\ud800\"]", "byte 1: expected a string without half surrogate pairs" },
    { "{\"\\ud800x\":1}", "byte 1: expected a string without half surrogate pairs" },
};

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        vc__auto(vc__buf) out = VC__BUF(1 << 16);
        vc_error err = VC_ERROR_INIT;
        trace(bad[i].json, strlen(bad[i].json), &out, &err);
        assert_int_equal(err.code, VC_E_PROTOCOL);
        assert_non_null(strstr(err.message, bad[i].message));
        assert_string_equal(strstr(err.message, bad[i].message), bad[i].message);
    }
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":[1.5e-7,\"\\u00e9\\n\xe2\x82\xac\",true,{\"b\":null}],\"c\":{}}";
    for (size_t len = 0; len < sizeof json - 1; len++) {
        vc__auto(vc__buf) out = VC__BUF(1 << 16);
        vc_error err = VC_ERROR_INIT;
        trace(json, len, &out, &err);
        assert_int_equal(err.code, VC_E_PROTOCOL);
    }
}

static void skip_passes_over_what_has_begun(void **state)
{
    (void)state;
    char json[] = "{\"a\":{\"x\":[1,{}]},\"b\":[[],2],\"c\":3,\"d\":[7,8,{\"e\":[]}],\"f\":4}";
    vc__reader reader;
    vc__reader_start(&reader, json, sizeof json - 1);
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_OBJECT);
    for (int i = 0; i < 3; i++) { /* a, b, c by their names */
        assert_int_equal(vc__reader_next(&reader), VC__TOKEN_NAME);
        assert_true(vc__reader_skip(&reader));
    }
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_NAME);
    assert_true(vc__view_is(reader.text, "d"));
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_ARRAY);
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_NUMBER);
    assert_true(vc__reader_skip(&reader)); /* a number: nothing */
    assert_true(vc__view_is(reader.text, "7"));
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_NUMBER);
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_OBJECT);
    assert_true(vc__reader_skip(&reader)); /* the rest of the object */
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_ARRAY_END);
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_NAME);
    assert_true(vc__view_is(reader.text, "f"));
    assert_true(vc__reader_skip(&reader));
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_OBJECT_END);
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_END);

    char broken[] = "{\"a\":[1,{]}";
    vc__reader_start(&reader, broken, sizeof broken - 1);
    vc__reader_next(&reader);
    assert_false(vc__reader_skip(&reader));
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_ERROR);
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    char json[2 * VC__READER_DEPTH + 2];
    memset(json, '[', VC__READER_DEPTH + 1);
    memset(json + VC__READER_DEPTH + 1, ']', VC__READER_DEPTH + 1);
    vc__reader reader;
    vc__reader_start(&reader, json + 1, sizeof json - 2);
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_ARRAY);
    assert_true(vc__reader_skip(&reader));
    assert_int_equal(vc__reader_next(&reader), VC__TOKEN_END);
    vc__reader_start(&reader, json, sizeof json);
    vc__reader_next(&reader);
    assert_false(vc__reader_skip(&reader));
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__reader_error(&reader, VC_E_JSON, &err), VC_E_JSON);
    assert_string_equal(err.message, "not JSON at byte 512: expected no deeper nesting");
}

static const struct {
    const char *content, *json;
} strings[] = {
    { "", "\"\"" },
    { "plain", "\"plain\"" },
    { "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
    { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
    { "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
    { "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"" },
    { "0123456789abcdef\n0123456789abcdef0\"", "\"0123456789abcdef\\n0123456789abcdef0\\\"\"" },
};

static void strings_are_written_with_the_shortest_escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strings); i++) {
        vc__auto(vc__buf) out = VC__BUF(1 << 16);
        vc__string_encode(&out, vc_str(strings[i].content));
        assert_string_equal(out.data, strings[i].json);
        vc__auto(vc__buf) back = VC__BUF(1 << 16);
        vc__buf_str(&back, "<");
        assert_int_equal(vc__string_decode(&back, vc__buf_get(&out), NULL), VC_OK);
        assert_string_equal(back.data + 1, strings[i].content);
    }
    vc__auto(vc__buf) nul = VC__BUF(1 << 16);
    vc__string_encode(&nul, vc_view_of("a\0b", 3));
    assert_string_equal(nul.data, "\"a\\u0000b\"");
    vc__string_encode(&nul, vc_view_of(NULL, 0));
    assert_string_equal(nul.data, "\"a\\u0000b\"\"\"");
}

/* Whole or not at all, and the buffer's failure is the buffer's. */
static void strings_respect_the_maximum(void **state)
{
    (void)state;
    vc__auto(vc__buf) out = VC__BUF(8);
    vc__buf_str(&out, "xy");
    vc__string_encode(&out, vc_str("1234\n"));
    assert_int_equal(out.failed, VC_E_LIMIT);
    assert_string_equal(out.data, "xy");
    vc__buf_clear(&out);
    assert_int_equal(vc__string_decode(&out, vc_str("\"123456789\""), NULL), VC_OK);
    assert_int_equal(out.failed, VC_E_LIMIT);
    assert_int_equal(out.len, 0);
}

static const char *const halves[] = { "\"\\ud800\"",  "\"a\\udfff\"",      "\"\\ud83d\\u0041\"",
                                      "\"\\ud83dx\"", "\"\\ud83d\\ud83d\"", "\"\\ud83d\\n\\ude00\"",
                                      "\"\\ud83d\\udbff\"", "\"\\ud83d\\ue000\"",    "\"\\ud83d\\\\ude00\"" };

static void half_surrogate_pairs_have_no_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(halves); i++) {
        vc__auto(vc__buf) out = VC__BUF(1 << 16);
        vc__buf_str(&out, "keep");
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__string_decode(&out, vc_str(halves[i]), &err), VC_E_TYPE);
        assert_string_equal(out.data, "keep");
        char copy[32];
        strcpy(copy, halves[i]);
        vc_view content;
        assert_int_equal(vc__string_decode_in_place(copy, strlen(copy), &content), VC_E_TYPE);
        assert_int_equal(content.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_in_order),
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(skip_passes_over_what_has_begun),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(strings_are_written_with_the_shortest_escapes),
        cmocka_unit_test(strings_respect_the_maximum),
        cmocka_unit_test(half_surrogate_pairs_have_no_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
