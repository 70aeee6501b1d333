/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template.h"

#include "base/text.h"

/* -- alphabets -- */

static void alphabets_built_in(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t size;
    } table[] = { { "builtin/numeric", 10 },           { "builtin/alphalower", 26 },
                  { "builtin/alphaupper", 26 },        { "builtin/alphanumericlower", 36 },
                  { "builtin/alphanumericupper", 36 }, { "builtin/alphanumeric", 62 } };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__autoptr(vc__alphabet) alphabet = vc__alphabet_builtin(vc_str(table[i].name), NULL);
        assert_int_equal(vc__alphabet_size(alphabet), table[i].size);
        assert_int_equal(vc__alphabet_characters(alphabet).len, table[i].size);
        assert_string_equal(vc__alphabet_builtins()[i], table[i].name);
    }
    assert_null(vc__alphabet_builtins()[COUNT(table)]);
    vc__autoptr(vc__alphabet) all = vc__alphabet_builtin(vc_str("builtin/alphanumeric"), NULL);
    assert_int_equal(vc__alphabet_index(all, '0'), 0);
    assert_int_equal(vc__alphabet_index(all, 'a'), 10);
    assert_int_equal(vc__alphabet_index(all, 'Z'), 61);
    assert_int_equal(vc__alphabet_index(all, '-'), -1);
    assert_int_equal(vc__alphabet_index(all, 0x80), -1);
    assert_int_equal(vc__alphabet_index(all, 0x10ffff), -1);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__alphabet_builtin(vc_str("numeric"), &err));
    assert_int_equal(err.code, VC_E_NOT_FOUND);
}

static void alphabets_of_one_s_own(void **state)
{
    (void)state;
    vc__autoptr(vc__alphabet) alphabet = vc__alphabet_new(vc_str("z\xc3\xa9"
                                                                 "a\xe2\x82\xac\xf0\x9f\x98\x80"),
                                                          NULL);
    assert_int_equal(vc__alphabet_size(alphabet), 5);
    assert_int_equal(vc__alphabet_index(alphabet, 'z'), 0);
    assert_int_equal(vc__alphabet_index(alphabet, 0xe9), 1);
    assert_int_equal(vc__alphabet_index(alphabet, 0x20ac), 3);
    assert_int_equal(vc__alphabet_index(alphabet, 0x1f600), 4);
    assert_int_equal(vc__alphabet_index(alphabet, 0x20ad), -1);
    vc__auto(vc__buf) out = VC__BUF(20);
    vc__alphabet_append(alphabet, 4, &out);
    vc__alphabet_append(alphabet, 0, &out);
    assert_string_equal(out.data, "\xf0\x9f\x98\x80z");
    static const char *const bad[] = { "", "a", "aba", "\xc3\xa9x\xc3\xa9", "ab\xff", "ab\xed\xa0\x80" };
    for (size_t i = 0; i < COUNT(bad); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_null(vc__alphabet_new(vc_str(bad[i]), &err));
        assert_int_equal(err.code, VC_E_CONFIG);
    }
}

/* The largest alphabet and one more. */
static void alphabets_have_a_maximum(void **state)
{
    (void)state;
    vc__auto(vc__buf) text = VC__BUF(1 << 20);
    for (uint32_t i = 0; i < 65536; i++)
        vc__utf8_append(&text, 0x10000 + i);
    vc__autoptr(vc__alphabet) largest = vc__alphabet_new(vc__buf_get(&text), NULL);
    assert_int_equal(vc__alphabet_size(largest), 65536);
    assert_int_equal(vc__alphabet_index(largest, 0x1ffff), 65535);
    vc__utf8_append(&text, 'x');
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__alphabet_new(vc__buf_get(&text), &err));
    assert_string_equal(err.message, "an alphabet has 2 to 65536 characters, not 65537");
    /* and a template over it: the numerals reach 65535 */
    vc__autoptr(vc__template) template = vc__template_new(vc_str("(.*)"), largest, NONE, NULL);
    vc__autoptr(vc__fpe_key) key = key_of(65536);
    vc__auto(vc__buf) out = VC__BUF(100);
    assert_int_equal(
        vc__template_encode(template, key, NONE, vc_str("\xf0\x9f\xbf\xbf\xf0\x90\x80\x80"), &out, NULL),
        VC_OK);
    assert_int_equal(out.len, 8);
    vc__auto(vc__buf) back = VC__BUF(100);
    assert_int_equal(vc__template_decode(template, key, NONE, vc__buf_get(&out), NONE, &back, NULL), VC_OK);
    assert_string_equal(back.data, "\xf0\x9f\xbf\xbf\xf0\x90\x80\x80");
}

/* -- patterns and formats that are refused -- */

static const struct {
    const char *pattern, *message;
} bad_patterns[] = {
    { "\\d{4}", "a pattern has no capture group: put parentheses around what is to be transformed" },
    { "", "a pattern has no capture group: put parentheses around what is to be transformed" },
    { "(?:\\d)", "a pattern has no capture group: put parentheses around what is to be transformed" },
    { "\\(\\d\\)", "a pattern has no capture group: put parentheses around what is to be transformed" },
    { "[(a)]", "a pattern has no capture group: put parentheses around what is to be transformed" },
    { "\\Q(a)\\E", "a pattern has no capture group: put parentheses around what is to be transformed" },
    { "((\\d)-\\d)", "pattern, at byte 1: a capture group in a capture group: make one of them (?:...)" },
    { "(a(?:b(c)))", "pattern, at byte 6: a capture group in a capture group: make one of them (?:...)" },
    { "(?P<x>a(?<y>b))", "pattern, at byte 7: a capture group in a capture group: make one of them (?:...)" },
    { "(\\d)+", "pattern, at byte 4: a capture group may not be repeated: put the repeat inside it" },
    { "(\\d)*", "pattern, at byte 4: a capture group may not be repeated: put the repeat inside it" },
    { "(\\d){2}", "pattern, at byte 4: a capture group may not be repeated: put the repeat inside it" },
    { "(\\d){0,2}?", "pattern, at byte 4: a capture group may not be repeated: put the repeat inside it" },
    { "(\\d){1,}", "pattern, at byte 4: a capture group may not be repeated: put the repeat inside it" },
    { "(\\d){0}", "pattern, at byte 4: a capture group may not be repeated: put the repeat inside it" },
    { "(?:(\\d)-)+", "pattern, at byte 9: a capture group may not be repeated: put the repeat inside it" },
    { "(?:x|(?:y(?:z(\\d))))*",
      "pattern, at byte 20: a capture group may not be repeated: put the repeat inside it" },
    { "(\\d)\\1", "pattern, at byte 4: back-references are not supported" },
    { "(\\d)[\\1]", "pattern, at byte 5: back-references are not supported" },
    { "(?P<a>\\d)(?P=a)", "pattern, at byte 9: look-around, atomic, conditional, recursive and comment "
                          "groups are not supported" },
    { "(\\d)\\k<a>", "pattern, at byte 4: this escape is not supported here" },
    { "(\\d)\\g1", "pattern, at byte 4: this escape is not supported here" },
    { "(?=\\d)(\\d)", "pattern, at byte 0: look-around, atomic, conditional, recursive and comment groups "
                      "are not supported" },
    { "(\\d)(?!x)", NULL },
    { "(?<=x)(\\d)", NULL },
    { "(?<!x)(\\d)", NULL },
    { "(?>x)(\\d)", NULL },
    { "(?|(a)|(b))", NULL },
    { "(?(1)a|b)(\\d)", NULL },
    { "(\\d)(?R)?", NULL },
    { "(\\d)(?1)", NULL },
    { "(?#comment)(\\d)", NULL },
    { "(?x) (\\d)", NULL },
    { "(?-:\\d)(\\d)", NULL },
    { "(?i-)(\\d)", NULL },
    { "(\\x4)", "pattern, at byte 1: two hexadecimal digits, or more in braces, belong behind \\x" },
    { "([\\xg1])", NULL },
    { "(\\d)\\Qabc", "pattern, at byte 4: a \\Q without its \\E" },
    { "(?^i)(\\d)", NULL },
    { "(?)(\\d)", NULL },
    { "(?'a'\\d)", NULL },
    { "(?P<-a>\\d)", NULL },
    { "(*UTF)(\\d)", "pattern, at byte 0: verbs are not supported" },
    { "(\\d)(*FAIL)", NULL },
    { "(\\d*+)", "pattern, at byte 4: a repeat of a repeat, or a possessive one, is not supported" },
    { "(\\d{2}{3})", NULL },
    { "(\\d++)", NULL },
    { "(\\d**)", NULL },
    { "(\\d?\?+)", NULL },
    { "(\\d{1001})", "pattern, at byte 3: a repeat count is at most 1000" },
    { "(\\d{1,1001})", NULL },
    { "(\\d{99999999999999999999999})", NULL },
    { "(\\d{,3})", "pattern, at byte 3: write \\{ for a brace, or {n}, {n,}, {n,m} for a repeat" },
    { "(\\d{1, 3})", NULL },
    { "(\\d{ 3 })", NULL },
    { "(\\d{3,2})", NULL },
    { "(\\d)\\K", NULL },
    { "(\\d)\\R", NULL },
    { "(\\X)", NULL },
    { "(\\C)", NULL },
    { "(\\h\\v)", NULL },
    { "(\\d)\\Z", NULL },
    { "(\\d)\\G", NULL },
    { "(\\d)\\E", NULL },
    { "(\\d)\\", NULL },
    { "(\\o{12})", NULL },
    { "(\\cA)", NULL },
    { "(\\e)", NULL },
    { "(\\N{U+41})", NULL },
    { "(\\\xc3\xa9)", NULL },
    { "([\\b])", NULL },
    { "(\\d", NULL },
    { "(\\d))", NULL },
    { "([a-)", NULL },
    { "([z-a])", NULL },
    { "(*)", NULL },
    { "(\\x{110000})", NULL },
    { "(\\x{d800})", NULL },
    { "(?P<a>x)(?P<a>y)", NULL },
    { "(?P<1a>x)", NULL },
    { "(a\xff)", "pattern, at byte 2: not UTF-8" },
};

static void patterns_refused(void **state)
{
    (void)state;
    vc__autoptr(vc__alphabet) digits = vc__alphabet_new(vc_str(DIGITS), NULL);
    for (size_t i = 0; i < COUNT(bad_patterns); i++) {
        vc_error err = VC_ERROR_INIT;
        if (vc__template_new(vc_str(bad_patterns[i].pattern), digits, NONE, &err))
            fail_msg("%s was taken", bad_patterns[i].pattern);
        assert_int_equal(err.code, VC_E_CONFIG);
        assert_true(strlen(err.message) > 10);
        if (bad_patterns[i].message)
            assert_string_equal(err.message, bad_patterns[i].message);
    }
    static char text[20000];
    memset(text, 'a', sizeof text);
    text[0] = '(';
    text[sizeof text - 1] = ')';
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__template_new(vc_view_of(text, sizeof text), digits, NONE, &err));
    memset(text, '(', 1000);
    for (size_t i = 0; i < 300; i++)
        memcpy(text + 3 * i, "(?:", 3);
    assert_null(vc__template_new(vc_view_of(text, 1000), digits, NONE, &err));
    assert_string_equal(err.message, "pattern, at byte 300: groups are nested too deeply");
}

static const struct {
    const char *format, *message;
} bad_formats[] = {
    { "$1", "an encode format names every group of the pattern once, in order: else its values could not be "
            "decoded" },
    { "$2$1", "an encode format names every group of the pattern once, in order: else its values could not "
              "be decoded" },
    { "$1$2$2", "an encode format names every group of the pattern once, in order: else its values could not "
                "be decoded" },
    { "$1$1$2", "an encode format names every group of the pattern once, in order: else its values could not "
                "be decoded" },
    { "", "an encode format names every group of the pattern once, in order: else its values could not be "
          "decoded" },
    { "$1$2$3", "format, at byte 4: the pattern has no such group; write ${1}x for group 1 before a letter" },
    { "$1x$2", "format, at byte 0: the pattern has no such group; write ${1}x for group 1 before a letter" },
    { "$01$2", NULL },
    { "$1$2$name", NULL },
    { "$1$2${99999999999999999999999}", NULL },
    { "$0", "format, at byte 0: $0 is the entire value; name the groups" },
    { "$1$2\xff", NULL },
    { "$1\xc3\xa9$2", "format, at byte 0: write ${name} before a character outside ASCII" },
};

static void formats_refused(void **state)
{
    (void)state;
    vc__autoptr(vc__alphabet) digits = vc__alphabet_new(vc_str(DIGITS), NULL);
    vc__autoptr(vc__template) template = template_of("(\\d{4})-(?P<last>\\d{4})", DIGITS, NULL);
    for (size_t i = 0; i < COUNT(bad_formats); i++) {
        vc_error err = VC_ERROR_INIT;
        if (vc__template_new(vc_str("(\\d{4})-(?P<last>\\d{4})"), digits, vc_str(bad_formats[i].format),
                             &err))
            fail_msg("%s was taken", bad_formats[i].format);
        assert_int_equal(err.code, VC_E_CONFIG);
        if (bad_formats[i].message)
            assert_string_equal(err.message, bad_formats[i].message);
        if (i > 4) /* a decode format may be any */
            assert_int_equal(
                vc__template_add_decode_format(template, vc_str("f"), vc_str(bad_formats[i].format), NULL),
                VC_E_CONFIG);
    }
}

/* -- what a pattern takes, and what of it: by a mask, which shows it -- */

static const struct {
    const char *pattern, *value, *masked; /* NULL: refused */
} matches[] = {
    { "(\\d{4})-(\\d{4})-(\\d{4})-\\d{4}", "1111-2222-3333-4444", "####-####-####-4444" },
    { "(\\d{4})-(\\d{4})", "1111-2222", "####-####" },
    { "(\\d{4})-(\\d{4})", "1111-22223", NULL },
    { "(\\d{4})-(\\d{4})", "x1111-2222", NULL },
    { "(\\d{4})-(\\d{4})", "1111-2222\n", NULL },
    { "(\\d{4})$", "1111\n", NULL },
    { "^(\\d{4})$", "1111", "####" },
    { "(\\d{4})$\\n", "1111\n", NULL }, /* $ is the very end */
    { "(?m)(\\d{4})$\\n", "1111\n", "####\n" },
    { "(\\d+)|x(\\w+)", "xabc", "x###" },
    { "(a|ab)(c|bcd)", "abcd", "####" },
    { "a(\\d)?b(\\d)?", "ab7", "ab#" },
    { "a(\\d?)b", "ab", "ab" },
    { "(?P<first>\\d)-(?<second>\\d)", "1-2", "#-#" },
    { "(?i)x([a-f]+)", "XaBc", "X###" },
    { "(?i:X)([a-f]+)", "xaBc", NULL },
    { "(?i)x(?-i:([a-f]+))", "Xabc", "X###" },
    { "(?s)(.+)", "a\nb", "###" },
    { "(.+)", "a\nb", NULL },
    { "(.+)", "a\rb", "###" },
    { "(?U)(\\d+)(\\d*)", "12", "##" },
    { "(?:\\d{2}){2}(\\d{3})", "1234567", "1234###" },
    { "(?:(\\d)-){1}x", "1-x", "#-x" },
    { "(\\d+?)(\\d*)", "123", "###" },
    { "([\\d\\-\\]x]+)", "1-]x", "####" },
    { "([]a]+)", "]a", "##" },
    { "([^]a]+)", "bc", "##" },
    { "([[:alpha:]]+)([^[:^digit:]]*)", "ab12", "####" },
    { "\\Q(.*)\\E(.)", "(.*)x", "(.*)#" },
    { "\\(([^)]*)\\)", "(ab)", "(##)" },
    { "([\\x41-\\x{43}]+)\\011", "ABC\t", "###\t" },
    { "([\\x41-\\x{43}]+)\\t", "ABC\t", "###\t" },
    { "(\\pL+)(\\p{Nd})", "a\xc3\xa9z5", "####" },
    { "(\\d)", "\xd9\xa1", NULL }, /* ARABIC-INDIC DIGIT ONE: \d is ASCII */
    { "(\\w+)", "\xc3\xa9", NULL },
    { "(.)", "\xe2\x82\xac", "#" },
    { "(.)x", "\xf0\x9f\x98\x80x", "#x" },
    { "(.*)", "", "" },
    { "(.*)", "\xff", NULL },
    { "(.*)", "\xed\xa0\x80", NULL },
    { "(\\d)\\z", "1", "#" },
    { "\\A(\\d)\\b-\\B", "1-", "#-" },
    { "(a{2,})(b{0,1})", "aaa", "###" },
    { "x{a}(b)", "x{a}b", "x{a}#" },
    { "(\\_)\\-\\ ", "_- ", "#- " },
};

static void patterns_match(void **state)
{
    (void)state;
    vc__autoptr(vc__alphabet) digits = vc__alphabet_new(vc_str(DIGITS), NULL);
    for (size_t i = 0; i < COUNT(matches); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__autoptr(vc__template) template = vc__template_new(vc_str(matches[i].pattern), digits, NONE, &err);
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__buf_str(&out, "before:");
        const vc_code code = template ? vc__template_mask(template, '#', vc_str(matches[i].value), &out, &err)
                                      : err.code;
        if (!matches[i].masked) {
            if (code != VC_E_REFUSED && code != VC_E_CONFIG)
                fail_msg("%s took %s", matches[i].pattern, matches[i].value);
            assert_string_equal(out.data, "before:");
            continue;
        }
        if (code != VC_OK)
            fail_msg("%s: %s", matches[i].pattern, err.message);
        assert_string_equal(out.data + 7, matches[i].masked);
    }
}

static void masks(void **state)
{
    (void)state;
    vc__autoptr(vc__template) template = template_of("(\\d\\d)-(..)", DIGITS, NULL);
    vc__auto(vc__buf) out = VC__BUF(12);
    assert_int_equal(vc__template_mask(template, 0x1f600, vc_str("12-\xc3\xa9z"), &out, NULL), VC_E_LIMIT);
    assert_int_equal(out.len, 0);
    vc__buf_clear(&out);
    assert_int_equal(vc__template_mask(template, 0x20ac, vc_str("12-ab"), &out, NULL), VC_E_LIMIT);
    vc__buf_clear(&out);
    assert_int_equal(vc__template_mask(template, 0xe9, vc_str("12-\xc3\xa9z"), &out, NULL), VC_OK);
    assert_string_equal(out.data, "\xc3\xa9\xc3\xa9-\xc3\xa9\xc3\xa9");
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__template_mask(template, 0xd800, vc_str("12-ab"), &out, &err), VC_E_ARGUMENT);
    assert_int_equal(vc__template_mask(template, 0x110000, vc_str("12-ab"), &out, &err), VC_E_ARGUMENT);
}

static const struct {
    const char *pattern;
    size_t least, most;
} widths[] = {
    { "(a)", 1, 1 },
    { "\\d{6}(\\d{5})\\d{4}", 5, 5 },
    { "(\\d{3,9})-(x?)", 3, 10 },
    { "(.*)", 0, SIZE_MAX },
    { "(?s)(.+?)", 1, SIZE_MAX },
    { "(?P<a>[]a[:digit:]\\]]{2})|(?<b>\xc3\xa9{3})", 2, 3 },
    { "(?:(a)|bc|(de))?", 0, 2 },
    { "(\\Qab\\E{3})\\Qxx\\E", 4, 4 },
    { "^(\\x41\\x{1F600}\\pL\\p{Greek}\\b\\0)$", 5, 5 },
    { "(?i:(ab))(c{2,})", 4, SIZE_MAX },
    { "((?:ab|c){1,2})", 1, 4 },
};

static void what_groups_can_capture(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(widths); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__autoptr(vc__pattern) pattern = vc__pattern_new(vc_str(widths[i].pattern), &err);
        if (!pattern)
            fail_msg("%s: %s", widths[i].pattern, err.message);
        const vc__width width = vc__pattern_captured(pattern);
        if (width.least != widths[i].least || width.most != widths[i].most)
            fail_msg("%s: %zu to %zu", widths[i].pattern, width.least, width.most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_groups_can_capture),
        cmocka_unit_test(alphabets_built_in), cmocka_unit_test(alphabets_of_one_s_own),
        cmocka_unit_test(alphabets_have_a_maximum), cmocka_unit_test(patterns_refused),
        cmocka_unit_test(formats_refused), cmocka_unit_test(patterns_match), cmocka_unit_test(masks),
    };
    return cmocka_run_group_tests_name("crypto_pattern", tests, NULL, NULL);
}
