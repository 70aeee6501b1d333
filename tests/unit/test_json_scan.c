/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner: what is JSON, what paths select, what makes a record unusable. Every scan is done in all
 * forms, which must agree.
 */
#include "unit/test.h"

#include "base/buf.h"
#include "json/select.h"
#include "unit/json_corpus.h"
#include "unit/json_portable.h"
#include "unit/json_scan_all.h"

static scan_all *scanners;

static int set_up(void **state)
{
    (void)state;
    scanners = scan_all_new(512);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scan_all_free(scanners);
    return 0;
}

enum { MOST_PATHS = 80 };

typedef struct path_list {
    vc__path *paths[MOST_PATHS];
    size_t count;
} path_list;

/* One path a line. */
static path_list parse_lines(const char *lines)
{
    path_list list = { .count = 0 };
    while (*lines) {
        const size_t len = strcspn(lines, "\n");
        vc_error err = VC_ERROR_INIT;
        vc__path *path = vc__path_parse(vc_view_of(lines, len), &err);
        if (!path)
            fail_msg("%s: %s", lines, err.message);
        assert_true(list.count < MOST_PATHS);
        list.paths[list.count++] = path;
        lines += len + (lines[len] == '\n');
    }
    return list;
}

static void free_list(path_list *list)
{
    while (list->count)
        vc__path_free(list->paths[--list->count]);
}

static vc_code scan_lines(const char *lines, vc_view json, const scan_paths *options, const vc__hit **hits,
                          size_t *count, vc_error *err)
{
    path_list list = parse_lines(lines);
    scan_paths by = *options;
    by.paths = (const vc__path *const *)list.paths;
    by.count = list.count;
    const vc_code code = scan_all_run(scanners, &by, json, hits, count, err);
    free_list(&list);
    return code;
}

/* ---- what is JSON ---- */

static const struct {
    const char *json;
    size_t offset;
    const char *expected;
} not_json[] = {
    { "", 0, "a value" },
    { " \n", 2, "a value" },
    { "\xef\xbb\xbf{}", 0, "a value" },
    { "a", 0, "a value" },
    { "'a'", 0, "a value" },
    { "nul", 0, "a value" },
    { "NULL", 0, "a value" },
    { "True", 0, "a value" },
    { "truey", 4, "nothing behind the value" },
    { "NaN", 0, "a value" },
    { "Infinity", 0, "a value" },
    { "-Infinity", 1, "a digit" },
    { "-", 1, "a digit" },
    { "--1", 1, "a digit" },
    { "+1", 0, "a value" },
    { ".1", 0, "a value" },
    { "-.1", 1, "a digit" },
    { "1.", 2, "a digit behind the decimal point" },
    { "1.e1", 2, "a digit behind the decimal point" },
    { "1e", 2, "a digit in the exponent" },
    { "1e+", 3, "a digit in the exponent" },
    { "1e+-1", 3, "a digit in the exponent" },
    { "1e1.5", 3, "nothing behind the value" },
    { "00", 1, "no digit behind a leading zero" },
    { "-01", 2, "no digit behind a leading zero" },
    { "0x10", 1, "nothing behind the value" },
    { "1_000", 1, "nothing behind the value" },
    { "1 000", 2, "nothing behind the value" },
    { "\xef\xbc\x91", 0, "a value" },
    { "1\0", 1, "nothing behind the value" },
    { "\"", 1, "the closing quote of a string" },
    { "\"a", 2, "the closing quote of a string" },
    { "\"a\\\"", 4, "the closing quote of a string" },
    { "\"\\", 2, "one of \"\\/bfnrtu behind a backslash" },
    { "\"\\a\"", 2, "one of \"\\/bfnrtu behind a backslash" },
    { "\"\\'\"", 2, "one of \"\\/bfnrtu behind a backslash" },
    { "\"\\U0041\"", 2, "one of \"\\/bfnrtu behind a backslash" },
    { "\"\\u\"", 3, "four hexadecimal digits behind \\u" },
    { "\"\\u00A\"", 6, "four hexadecimal digits behind \\u" },
    { "\"\\u00G0\"", 5, "four hexadecimal digits behind \\u" },
    { "\"\\u00", 5, "four hexadecimal digits behind \\u" },
    { "\"\\ud83d\\u\"", 9, "four hexadecimal digits behind \\u" },
    { "\"\x01\"", 1, "an escape (\\u00..) in place of a control character" },
    { "\"a\nb\"", 2, "an escape (\\u00..) in place of a control character" },
    { "\"0123456789abcdef\tx\"", 17, "an escape (\\u00..) in place of a control character" },
    { "\"\x1f\"", 1, "an escape (\\u00..) in place of a control character" },
    { "\"\x80\"", 1, "UTF-8" },
    { "\"\xc0\xaf\"", 1, "UTF-8" },         /* over-long */
    { "\"\xe0\x9f\xbf\"", 1, "UTF-8" },     /* over-long */
    { "\"\xf0\x8f\xbf\xbf\"", 1, "UTF-8" }, /* over-long */
    { "\"\xed\xa0\x80\"", 1, "UTF-8" },     /* a surrogate */
    { "\"\xed\xbf\xbf\"", 1, "UTF-8" },
    { "\"\xf4\x90\x80\x80\"", 1, "UTF-8" }, /* beyond U+10FFFF */
    { "\"\xf8\x88\x80\x80\x80\"", 1, "UTF-8" },
    { "\"a\xe2\x82\"", 2, "UTF-8" },
    { "\"a\xe2\x82", 2, "UTF-8" },
    { "\"\xc3\xa9\xff\"", 3, "UTF-8" },
    { "\"\xff\"", 1, "UTF-8" },
    { "[", 1, "a value" },
    { "]", 0, "a value" },
    { "[1", 2, "a comma or ]" },
    { "[1,", 3, "a value" },
    { "[1,]", 2, "no trailing comma" },
    { "[1, \n ]", 2, "no trailing comma" },
    { "[,1]", 1, "a value" },
    { "[1,,2]", 3, "a value" },
    { "[1 2]", 3, "a comma or ]" },
    { "[1}", 2, "a comma or ]" },
    { "[1:2]", 2, "a comma or ]" },
    { "[]]", 2, "nothing behind the value" },
    { "[[]", 3, "a comma or ]" },
    { "[\"a\" \"b\"]", 5, "a comma or ]" },
    { "[\x0b]", 1, "a value" },
    { "[\xc2\xa0]", 1, "a value" },
    { "{", 1, "a member's name" },
    { "}", 0, "a value" },
    { "{]", 1, "a member's name" },
    { "{1:1}", 1, "a member's name" },
    { "{a:1}", 1, "a member's name" },
    { "{'a':1}", 1, "a member's name" },
    { "{\"a\"}", 4, "a colon behind a member's name" },
    { "{\"a\",1}", 4, "a colon behind a member's name" },
    { "{\"a\" 1}", 5, "a colon behind a member's name" },
    { "{\"a\"", 4, "a colon behind a member's name" },
    { "{\"a\":", 5, "a value" },
    { "{\"a\":}", 5, "a value" },
    { "{\"a\"::1}", 5, "a value" },
    { "{\"a\":1", 6, "a comma or }" },
    { "{\"a\":1]", 6, "a comma or }" },
    { "{\"a\":1,}", 6, "no trailing comma" },
    { "{\"a\":1,,}", 7, "a member's name" },
    { "{,}", 1, "a member's name" },
    { "{\"a\":1 \"b\":2}", 7, "a comma or }" },
    { "{\"a\":1}{", 7, "nothing behind the value" },
    { "{\"a\":1}//c", 7, "nothing behind the value" },
    { "/**/{}", 0, "a value" },
    { "{\"a\":{\"b\":[1,{\"c\":tru}]}}", 18, "a value" },
    { "{\"a\x01\":1}", 3, "an escape (\\u00..) in place of a control character" },
    { "{\"\xff\":1}", 2, "UTF-8" },
    { "{\"a\":\"\\ud800\" x}", 14, "a comma or }" },
};

/*
 * Selections under which a text is walked through in different ways: checked only, by name, entered
 * everywhere, counted ahead.
 */
static const char *const ways[] = { "", "$.x", "$.a", "$..*\n$..x", "$..[-1]", "$.a.b[1].c\n$[*][0]" };

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(not_json); i++) {
        const size_t len = strlen(not_json[i].json) +
                           (not_json[i].json[0] == '1' && not_json[i].json[1] == 0);
        for (size_t way = 0; way < COUNT(ways); way++) {
            const vc__hit *hits;
            size_t count;
            vc_error err = VC_ERROR_INIT;
            const vc_code code = scan_lines(ways[way], vc_view_of(not_json[i].json, len),
                                            &(scan_paths){ .overlap = true }, &hits, &count, &err);
            char message[200];
            snprintf(message, sizeof message, "not JSON at byte %zu: expected %s", not_json[i].offset,
                     not_json[i].expected);
            assert_int_equal(code, VC_E_JSON);
            assert_string_equal(err.message, message);
            assert_int_equal(err.offset, not_json[i].offset);
        }
    }
}

static const char *const texts[] = {
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "1.5",
    "0.0",
    "1e1",
    "1E1",
    "1e+1",
    "1e-1",
    "0e0",
    "-0.0e-0",
    "123456789012345678901234567890",
    "\"\"",
    "\"a\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFfFf\"",
    "\"\\ud800\"",
    "\"\\udfff\\ud800\"",
    "\"\x7f\"",
    "\"\xc2\x80\"",
    "\"\xdf\xbf\"",
    "\"\xe0\xa0\x80\"",
    "\"\xed\x9f\xbf\"",
    "\"\xee\x80\x80\"",
    "\"\xef\xbf\xbf\"",
    "\"\xf0\x90\x80\x80\"",
    "\"\xf4\x8f\xbf\xbf\"",
    "\"\xef\xbb\xbf\"",
    "[]",
    "[ ]",
    "[\n]",
    "{}",
    "{ }",
    "[[]]",
    "[{}]",
    "{\"\":\"\"}",
    "{\"a\":{\"a\":[]}}",
    "[1,2]",
    "[1 , 2]",
    " [ 1\t,\r\n2 ] ",
    "{\"a\":1,\"b\":2}",
    "{ \"a\" : 1 , \"b\" : 2 }",
    "true",
    "false",
    "null",
    "[true,false,null]",
    "{\"a\":\"b\",\"c\":{\"d\":[{\"e\":null}]}}",
    "\n\n[]\n",
};

static void what_is_json_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t way = 0; way < COUNT(ways); way++) {
            const vc__hit *hits;
            size_t count;
            vc_error err = VC_ERROR_INIT;
            if (scan_lines(ways[way], vc_str(texts[i]), &(scan_paths){ .overlap = true }, &hits, &count,
                           &err) != VC_OK)
                fail_msg("%s: %s", texts[i], err.message);
        }
    }
}

/* Every cut of a text is refused, wherever it is cut, unless what is left is JSON itself. */
static void every_cut_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1.5e-7,\"\\u00e9\\n\xe2\x82\xac and more than "
                               "sixteen\",true,{\"b\":null}],\"c\":{ } , \"d\":[ ]}";
    for (size_t len = 0; len < sizeof text - 1; len++) {
        for (size_t way = 0; way < COUNT(ways); way++) {
            const vc__hit *hits;
            size_t count;
            assert_int_equal(scan_lines(ways[way], vc_view_of(text, len), &(scan_paths){ .overlap = true },
                                        &hits, &count, NULL),
                             VC_E_JSON);
        }
    }
}

static void without_a_selector_it_only_checks(void **state)
{
    (void)state;
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(3, NULL);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__scan(scanner, NULL, vc_str("[[{\"a\":1,\"a\":2}]]"), NULL, NULL, &err), VC_OK);
    assert_int_equal(vc__scan(scanner, NULL, vc_str("[[{\"a\":[]}]]"), NULL, NULL, &err), VC_E_LIMIT);
    assert_int_equal(err.offset, 7);
    assert_int_equal(vc__scan(scanner, NULL, vc_str("\n\n [1,\n\t 2 3]"), NULL, NULL, &err), VC_E_JSON);
    assert_int_equal(err.line, 4);
    assert_int_equal(err.column, 5);
    assert_int_equal(err.offset, 11);
    assert_int_equal(vc__scan(scanner, NULL, vc_view_of(NULL, 0), NULL, NULL, NULL), VC_E_JSON);
    assert_int_equal(vc__scan(scanner, NULL, vc_view_of("", (size_t)UINT32_MAX), NULL, NULL, NULL),
                     VC_E_LIMIT);
}

/* ---- what paths select ---- */

static const struct {
    const char *paths, *json, *hits; /* path:member>value, blank between */
} selections[] = {
    { "$", " 1 ", "0:1" },
    { "$", "{\"a\":[]}", "0:{\"a\":[]}" },
    { "$.a", "{\"a\":1}", "0:\"a\">1" },
    { "$.b\n$.a", "{\"a\" : 1,\"c\":0,\"b\":\"x\"}", "1:\"a\">1 0:\"b\">\"x\"" },
    { "$.a", "[1]", "" },
    { "$[0]", "{\"0\":1}", "" },
    { "$[1]", "[1,\"\\n\",3]", "0:\"\\n\"" },
    { "$.a.b", "{\"a\":{\"c\":{\"b\":0},\"b\":{\"x\":[true]}},\"b\":1}", "0:\"b\">{\"x\":[true]}" },
    { "$.items[*].note", "{\"items\":[{\"note\":1},{},{\"n\":0,\"note\":null}]}",
      "0:\"note\">1 0:\"note\">null" },
    { "$.caf\xc3\xa9", "{\"caf\\u00e9\":1}", "0:\"caf\\u00e9\">1" },
    { "$[\"a\\\"b\"]", "{\"a\\u0022b\":1}", "0:\"a\\u0022b\">1" },
    { "$['']", "{\"a\":0,\"\":1}", "0:\"\">1" },
    { "$['0123456789abcdef0']", "{\"0123456789abcdef0\":1,\"0123456789abcdef1\":2}",
      "0:\"0123456789abcdef0\">1" },
    { "$.abcdefgh\n$.abcdefgi", "{\"abcdefgi\":1,\"abcdefgh\":2,\"abcdefgj\":3}",
      "1:\"abcdefgi\">1 0:\"abcdefgh\">2" },
    { "$..a", "[{\"a\":1},{\"b\":{\"a\":2}}]", "0:\"a\">1 0:\"a\">2" },
    { "$[-1]\n$[0]", "[1,2,3]", "1:1 0:3" },
    { "$[*][-1:]", "[[1,2],[],[3,[4]]]", "0:2 0:[4]" },
    { "$['a','b']", "{\"b\":1,\"a\":2}", "0:\"b\">1 0:\"a\">2" },
};

static void paths_select(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(selections); i++) {
        const vc__hit *hits;
        size_t count;
        vc_error err = VC_ERROR_INIT;
        const char *text = selections[i].json;
        if (scan_lines(selections[i].paths, vc_str(text), &(scan_paths){ 0 }, &hits, &count, &err) != VC_OK)
            fail_msg("%s: %s", text, err.message);
        vc__auto(vc__buf) list = VC__BUF(1 << 16);
        for (size_t k = 0; k < count; k++) {
            vc__buf_printf(&list, "%s%u:", k ? " " : "", hits[k].path);
            if (hits[k].member < hits[k].begin) {
                const char *end = strchr(text + hits[k].member + 1, ':');
                while (end[-1] == ' ')
                    end--;
                vc__buf_append(&list, text + hits[k].member, (size_t)(end - text) - hits[k].member);
                vc__buf_byte(&list, '>');
            }
            vc__buf_append(&list, text + hits[k].begin, hits[k].end - hits[k].begin);
        }
        assert_string_equal(list.data ? list.data : "", selections[i].hits);
    }
}

static void hits_tell_type_and_escapes(void **state)
{
    (void)state;
    static const char text[] = "[\"a\",\"a\\n\",\"\xc3\xa9\",1,true,false,null,[],{},[1],{\"a\":\"\\n\"}]";
    static const struct {
        uint8_t type;
        bool escaped;
    } expected[] = { { VC__JSON_STRING, false }, { VC__JSON_STRING, true }, { VC__JSON_STRING, false },
                     { VC__JSON_NUMBER, false }, { VC__JSON_TRUE, false },  { VC__JSON_FALSE, false },
                     { VC__JSON_NULL, false },   { VC__JSON_ARRAY, false }, { VC__JSON_OBJECT, false },
                     { VC__JSON_ARRAY, false },  { VC__JSON_OBJECT, false } };
    const vc__hit *hits;
    size_t count;
    assert_int_equal(scan_lines("$[*]\n$.x[0].y", vc_str(text), &(scan_paths){ 0 }, &hits, &count, NULL),
                     VC_OK);
    assert_int_equal(count, COUNT(expected));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(hits[i].type, expected[i].type);
        assert_int_equal(hits[i].escaped, expected[i].escaped);
        assert_int_equal(hits[i].member, hits[i].begin);
    }
}

/* ---- what makes a record unusable ---- */

static const struct {
    const char *paths, *json;
    vc_code code;
    size_t offset;
} flaws[] = {
    /* duplicates */
    { "$.a", "{\"a\":1,\"a\":2}", VC_E_AMBIGUOUS, 7 },
    { "$.a", "{\"a\":1,\"\\u0061\":2,\"a\":3}", VC_E_AMBIGUOUS, 7 },
    { "$.a", "{\"b\":1,\"b\":2,\"a\":3}", VC_OK, 0 },
    { "$.a", "{\"c\":{\"a\":1,\"a\":2},\"a\":3}", VC_OK, 0 },
    { "$.a.b", "{\"a\":{},\"a\":{}}", VC_E_AMBIGUOUS, 8 },
    { "$.a.b", "{\"a\":{\"a\":1,\"a\":2}}", VC_OK, 0 },
    { "$.a.b", "{\"a\":{\"b\":1,\"c\":0,\"b\":2}}", VC_E_AMBIGUOUS, 18 },
    { "$[*].a", "[{\"a\":1},{\"a\":2}]", VC_OK, 0 },
    { "$.*", "{\"x\":1,\"y\":2,\"x\":3}", VC_E_AMBIGUOUS, 13 },
    { "$.*", "{\"x\":1,\"y\":2,\"\\u0078\":3}", VC_E_AMBIGUOUS, 13 },
    { "$..a", "{\"x\":{\"y\":1,\"y\":2}}", VC_E_AMBIGUOUS, 12 },
    { "$..a", "{\"\\ud800\":1,\"\\uD800\":2}", VC_E_AMBIGUOUS, 12 },
    { "$..a", "{\"\\ud800\":1,\"\\ud801\":2,\"x\":[{\"\\ud800\":1}]}", VC_OK, 0 },
    { "$..a",
      "{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,\"10\":0,\"11\":0,\"12\":0,"
      "\"13\":0,\"3\":1}",
      VC_E_AMBIGUOUS, 83 },
    { "$.a[0].b", "{\"a\":[{\"b\":1,\"b\":1}]}", VC_E_AMBIGUOUS, 13 },
    { "$.a[0].b", "{\"a\":[0,{\"b\":1,\"b\":1}]}", VC_OK, 0 },
    /* overlap */
    { "$.a\n$.a", "{\"a\":1}", VC_E_AMBIGUOUS, 5 },
    { "$.a\n$.a.b", "{\"a\":{\"b\":1}}", VC_E_AMBIGUOUS, 10 },
    { "$.a\n$.a.b", "{\"a\":{\"c\":1}}", VC_OK, 0 },
    { "$..a", "{\"a\":{\"x\":[{\"a\":1}]}}", VC_E_AMBIGUOUS, 16 },
    { "$[0]\n$[-1]", "[1,2]", VC_OK, 0 },
    { "$[0]\n$[-1]", "[1]", VC_E_AMBIGUOUS, 1 },
    { "$\n$..a", "[{\"b\":1}]", VC_OK, 0 },
    { "$\n$..a", "[{\"a\":1}]", VC_E_AMBIGUOUS, 6 },
    /* the first counts */
    { "$.a\n$.b\n$.b", "{\"b\":1,\"a\":1,\"a\":2}", VC_E_AMBIGUOUS, 5 },
    { "$.*.b\n$.*.b", "{\"a\":0,\"a\":{\"b\":1}}", VC_E_AMBIGUOUS,
      7 }, /* though the overlap is seen before */
    /* what is not JSON is called so */
    { "$.a", "{\"a\":1,\"a\":2,}", VC_E_JSON, 12 },
};

static void duplicates_and_overlap_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(flaws); i++) {
        const vc__hit *hits;
        size_t count;
        vc_error err = VC_ERROR_INIT;
        const vc_code code = scan_lines(flaws[i].paths, vc_str(flaws[i].json), &(scan_paths){ 0 }, &hits,
                                        &count, &err);
        if (code != flaws[i].code || err.offset != flaws[i].offset)
            fail_msg("%s in %s: %d at %zu", flaws[i].paths, flaws[i].json, code, err.offset);
        assert_true(code == VC_OK || err.line == 1);
    }
}

static const struct {
    const char *target, *clear, *json;
    vc_code code;
    size_t offset;
} listings[] = {
    { "$.a", "$.b", "{\"a\":1,\"b\":2}", VC_OK, 0 },
    { "$.a", "$.b", "{\"a\":1,\"b\":2,\"c\":3}", VC_E_UNLISTED, 17 },
    { "$.a", "$.b", "{\"a\":{\"x\":[1]},\"b\":[{}]}", VC_OK, 0 },
    { "$.a.x", "$.b", "{\"a\":{\"x\":1,\"y\":2}}", VC_E_UNLISTED, 16 },
    { "$.a.x", "$.b", "{\"a\":{}}", VC_E_UNLISTED, 5 },
    { "$.a.x", "$.b", "{\"a\":[]}", VC_E_UNLISTED, 5 },
    { "$.a.x", "$.a", "{\"a\":{\"x\":1,\"y\":[]}}", VC_OK, 0 },
    { "$.a.x", "$.b", "{\"a\":7}", VC_E_UNLISTED, 5 },
    { "$.a", "$.b", "{\"c\":{\"d\":1}}", VC_E_UNLISTED, 5 },
    { "$.a", "$.b", "{}", VC_E_UNLISTED, 0 },
    { "$.a", "$.b", "1", VC_E_UNLISTED, 0 },
    { "$.a", "$", "{\"x\":{}}", VC_OK, 0 },
    { "$.a[*].x", "$.a[*].y", "{\"a\":[{\"x\":1,\"y\":2},{\"y\":2}]}", VC_OK, 0 },
    { "$.a[*].x", "$.a[*].y", "{\"a\":[{\"x\":1,\"y\":2},{\"z\":2}]}", VC_E_UNLISTED, 25 },
    { "$.a[*].x", "$.a[*].y", "{\"a\":[{\"x\":1},3]}", VC_E_UNLISTED, 14 },
    { "$..x", "$..y", "{\"a\":[{\"x\":1},{\"y\":3,\"b\":{\"x\":1}}]}", VC_OK, 0 },
    { "$..x", "$..y", "{\"a\":[{\"x\":1},{\"y\":3,\"b\":{\"z\":1}}]}", VC_E_UNLISTED, 30 },
    { "$.a", "$.a.b", "{\"a\":{\"b\":1,\"c\":2}}", VC_OK, 0 },
    { "$[*].a[*].x", "$.a[*].y", "{\"a\":[{\"z\":[2]}]}", VC_E_UNLISTED,
      11 }, /* a field is what no path enters */
    { "$.a", "$.b", "{\"c\":1", VC_E_JSON, 6 },
};

static void unlisted_fields_are_refused(void **state)
{
    (void)state;
    static const uint8_t kinds[] = { VC__PATH_TARGET, VC__PATH_CLEAR };
    for (size_t i = 0; i < COUNT(listings); i++) {
        char lines[100];
        snprintf(lines, sizeof lines, "%s\n%s", listings[i].target, listings[i].clear);
        const vc__hit *hits;
        size_t count;
        vc_error err = VC_ERROR_INIT;
        scan_paths options = { .kinds = kinds, .unlisted_fail = true };
        const vc_code code = scan_lines(lines, vc_str(listings[i].json), &options, &hits, &count, &err);
        if (code != listings[i].code || err.offset != listings[i].offset)
            fail_msg("%s in %s: %d at %zu", lines, listings[i].json, code, err.offset);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(hits[k].path, 0); /* clear paths make no hits */
        options.unlisted_fail = false;
        assert_int_equal(scan_lines(lines, vc_str(listings[i].json), &options, &hits, &count, &err),
                         listings[i].code == VC_E_JSON ? VC_E_JSON : VC_OK);
    }
}

/* ---- size and depth ---- */

static void depth_has_a_limit(void **state)
{
    (void)state;
    char text[2 * 513];
    memset(text, '[', 513);
    memset(text + 513, ']', 513);
    for (size_t way = 0; way < COUNT(ways); way++) {
        const vc__hit *hits;
        size_t count;
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(scan_lines(ways[way], vc_view_of(text + 1, 1024), &(scan_paths){ .overlap = true },
                                    &hits, &count, &err),
                         VC_OK);
        assert_int_equal(scan_lines(ways[way], vc_view_of(text, 1026), &(scan_paths){ .overlap = true },
                                    &hits, &count, &err),
                         VC_E_LIMIT);
        assert_int_equal(err.offset, 512);
        assert_string_equal(err.message,
                            "arrays and objects within each other are deeper than 512 levels at byte 512");
    }
}

static void check_corpus(vc_view json, void *arg)
{
    (void)arg;
    for (size_t way = 0; way < COUNT(ways); way++) {
        const vc__hit *hits;
        size_t count;
        vc_error err = VC_ERROR_INIT;
        const vc_code code = scan_lines(ways[way], json, &(scan_paths){ .overlap = true }, &hits, &count,
                                        &err);
        if (code != VC_OK && code != VC_E_AMBIGUOUS)
            fail_msg("%.60s: %s", json.data, err.message);
    }
}

static void the_corpus_is_json(void **state)
{
    (void)state;
    assert_true(json_corpus_each(check_corpus, NULL) > 40);
}

/* So many that one word of states is not enough, and more names than one word of `seen`. */
static void many_paths_are_found(void **state)
{
    (void)state;
    char lines[4096] = "", text[4096] = "{";
    for (int i = 0; i < MOST_PATHS; i++) {
        sprintf(lines + strlen(lines), "%s$.group.name%d", i ? "\n" : "", i);
        sprintf(text + strlen(text), "%s\"name%d\":%d", i ? "," : "\"group\":{", MOST_PATHS - 1 - i, i);
    }
    strcat(text, "}}");
    const vc__hit *hits;
    size_t count;
    assert_int_equal(scan_lines(lines, vc_str(text), &(scan_paths){ 0 }, &hits, &count, NULL), VC_OK);
    assert_int_equal(count, MOST_PATHS);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(hits[i].path, MOST_PATHS - 1 - i);
    strcpy(text + strlen(text) - 2, ",\"name7\":0}}");
    assert_int_equal(scan_lines(lines, vc_str(text), &(scan_paths){ 0 }, &hits, &count, NULL),
                     VC_E_AMBIGUOUS);

    strcpy(lines, "$['n0'");
    for (int i = 1; i < 64; i++)
        sprintf(lines + strlen(lines), ",'n%d'", i);
    strcat(lines, "]\n$['m0','m1']");
    assert_int_equal(
        scan_lines(lines, vc_str("{\"n63\":1,\"m1\":2,\"n0\":3}"), &(scan_paths){ 0 }, &hits, &count, NULL),
        VC_OK);
    assert_int_equal(count, 3);
    assert_int_equal(
        scan_lines(lines, vc_str("{\"n63\":1,\"m1\":2,\"m1\":3}"), &(scan_paths){ 0 }, &hits, &count, NULL),
        VC_E_AMBIGUOUS);
}

/* A wildcard whose state is the last bit of a word, so that the next one is in the next word. */
static void states_go_over_from_word_to_word(void **state)
{
    (void)state;
    for (int names = 29; names < 34; names++) {
        char lines[1024] = "";
        for (int i = 0; i < names; i++)
            strcat(lines, "$.x\n");
        strcat(lines, "$.a.*.b\n$.a[*].c");
        const vc__hit *hits;
        size_t count;
        assert_int_equal(scan_lines(lines, vc_str("{\"a\":{\"k\":{\"b\":1},\"l\":{\"c\":2}}}"),
                                    &(scan_paths){ 0 }, &hits, &count, NULL),
                         VC_OK);
        assert_int_equal(count, 2);
        assert_int_equal(hits[0].path, names);
        assert_int_equal(hits[1].path, names + 1);
    }
}

/* Names that all differ, or not, in numbers where comparing each with each would take for ever. */
static void a_duplicate_among_many_is_found(void **state)
{
    (void)state;
    enum { MEMBERS = 20000 };
    char *text = malloc(MEMBERS * 24);
    size_t n = (size_t)sprintf(text, "{");
    for (int i = 0; i < MEMBERS; i++)
        n += (size_t)sprintf(text + n, i % 3 ? "\"%d\":{}," : "\"\\u0030%d\":1,", i);
    const size_t again = n;
    n += (size_t)sprintf(text + n, "\"\\u00301%d\":0}",
                         9998); /* 019998 as before, and as \u0030 with 19998 */
    const vc__hit *hits;
    size_t count;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(scan_lines("$..x", vc_view_of(text, n), &(scan_paths){ 0 }, &hits, &count, &err),
                     VC_E_AMBIGUOUS);
    assert_int_equal(err.offset, again);
    text[again + 8] = '2';
    assert_int_equal(scan_lines("$..x", vc_view_of(text, n), &(scan_paths){ 0 }, &hits, &count, &err), VC_OK);
    free(text);
}

/* ---- memory ---- */

typedef struct swept {
    const vc__selector *selector;
    const char *json;
} swept;

static vc_code scan_once(void *arg)
{
    const swept *with = arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(512, &err);
    if (!scanner)
        return err.code;
    const vc__hit *hits;
    size_t count;
    return vc__scan(scanner, with->selector, vc_str(with->json), &hits, &count, &err);
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    path_list list = parse_lines("$..[-1]\n$.a['\xc3\xa9']\n$..x.y");
    for (int wide = 0; wide < 2; wide++) {
        vc__autoptr(vc__selector)
            selector = vc__selector_new((const vc__path *const *)list.paths, NULL, list.count, false, NULL);
        selector->wide = wide;
        selector->overlap = true;
        SWEEP_ALLOCATIONS(
            scan_once,
            (&(swept){
                selector,
                "{\"a\":{\"\\u00e9\":[[1],[2,[3,[]]]],\"b\":[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]}}" }));
    }
    free_list(&list);
}

/* The portable writer agrees with the other one at every length and place of a special byte. */
static void strings_are_written_alike(void **state)
{
    (void)state;
    static const char specials[] = { '"', '\\', '\n', 0x1f, 0x20, 0x7f, (char)0xc3, 'x' };
    for (size_t len = 0; len < 40; len++) {
        for (size_t at = 0; at < len; at++) {
            for (size_t i = 0; i < sizeof specials; i++) {
                char text[40];
                memset(text, 'a', sizeof text);
                text[at] = specials[i];
                vc__auto(vc__buf) a = VC__BUF(1 << 10);
                vc__auto(vc__buf) b = VC__BUF(1 << 10);
                vc__string_encode(&a, vc_view_of(text, len));
                portable__string_encode(&b, vc_view_of(text, len));
                assert_string_equal(a.data, b.data);
                assert_int_equal(a.len, len + 2 + (i < 3 ? 1 : i == 3 ? 5 : 0));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(what_is_json_is_taken),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(without_a_selector_it_only_checks),
        cmocka_unit_test(paths_select),
        cmocka_unit_test(hits_tell_type_and_escapes),
        cmocka_unit_test(duplicates_and_overlap_are_refused),
        cmocka_unit_test(unlisted_fields_are_refused),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(the_corpus_is_json),
        cmocka_unit_test(many_paths_are_found),
        cmocka_unit_test(states_go_over_from_word_to_word),
        cmocka_unit_test(a_duplicate_among_many_is_found),
        cmocka_unit_test(lack_of_memory_is_an_error),
        cmocka_unit_test(strings_are_written_alike),
    };
    return cmocka_run_group_tests_name("json_scan", tests, set_up, tear_down);
}
