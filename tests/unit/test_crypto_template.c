/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template.h"

#include "base/text.h"

static const struct {
    const char *pattern, *alphabet, *format, *value;
    const char *shape; /* of the encoded value: # is a character of the alphabet */
    const char *decoded; /* NULL: the value */
} round_trips[] = {
    { "(\\d{4})-(\\d{4})-(\\d{4})-(\\d{4})", DIGITS, NULL, "1111-2222-3333-4444", "####-####-####-####",
      NULL },
    { "(\\d{4})[- ](\\d{4})[- ](\\d{4})[- ](\\d{4})", DIGITS, "$1-$2-$3-$4", "1111 2222-3333 4444",
      "####-####-####-####", "1111-2222-3333-4444" },
    { "(\\d{4})[- ]?(\\d{4})", DIGITS, "${1} $2", "11112222", "#### ####", "1111 2222" },
    { "(\\d{3})-(\\d{2})-\\d{4}x?(\\d{1,3})?", DIGITS, NULL, "123-45-6789x12", "###-##-6789x##", NULL },
    { "(\\d{4}) (\\$)?(\\d\\d)", DIGITS, NULL, "1234 56", "#### ##", NULL },
    { "\\$(?P<a>\\d{4})\\.(?P<b>\\d\\d)\\$1", DIGITS, "$$$a.${b}$$1", "$1234.56$1", "$####.##$1", NULL },
    { "([a-z\xc3\xa9]+)@x", "abcdefghijklmnopqrstuvwxyz\xc3\xa9", NULL, "caf\xc3\xa9zz@x", NULL, NULL },
    { "([01]+)", "01", NULL, "01010101010101010101010101", "##########################", NULL },
};

static void assert_shape(const char *text, const char *shape)
{
    assert_int_equal(strlen(text), strlen(shape));
    for (size_t i = 0; shape[i]; i++)
        if (shape[i] == '#')
            assert_in_range(text[i], '0', '9');
        else
            assert_int_equal(text[i], shape[i]);
}

static void values_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(round_trips); i++) {
        vc__autoptr(vc__template) template = template_of(round_trips[i].pattern, round_trips[i].alphabet,
                                                         round_trips[i].format);
        vc__autoptr(vc__fpe_key) key = key_of(vc__alphabet_size(vc__template_alphabet(template)));
        assert_true(vc__view_is(vc__template_pattern(template), round_trips[i].pattern));
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__auto(vc__buf) back = VC__BUF(100);
        vc__buf_str(&back, "kept ");
        vc_error err = VC_ERROR_INIT;
        if (vc__template_encode(template, key, vc_str("tweak"), vc_str(round_trips[i].value), &out, &err) !=
            VC_OK)
            fail_msg("%s: %s", round_trips[i].pattern, err.message);
        assert_string_not_equal(out.data, round_trips[i].value);
        if (round_trips[i].shape)
            assert_shape(out.data, round_trips[i].shape);
        assert_int_equal(
            vc__template_decode(template, key, vc_str("tweak"), vc__buf_get(&out), NONE, &back, NULL), VC_OK);
        assert_string_equal(back.data + 5,
                            round_trips[i].decoded ? round_trips[i].decoded : round_trips[i].value);
        /* another tweak: no error, another value */
        vc__buf_clear(&back);
        vc__buf_str(&back, "kept ");
        assert_int_equal(
            vc__template_decode(template, key, vc_str("tweek"), vc__buf_get(&out), NONE, &back, NULL), VC_OK);
        assert_string_not_equal(back.data + 5,
                                round_trips[i].decoded ? round_trips[i].decoded : round_trips[i].value);
    }
}

/* The groups are one numeral string, as FF1's own sample shows (K128, no tweak: 0123456789 -> 2433477484). */
static void groups_are_one_string(void **state)
{
    (void)state;
    static const unsigned char k[] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                       0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c };
    vc__autoptr(vc__fpe_key) key = vc__fpe_key_new(VC__FPE_FF1, vc_view_of(k, sizeof k), 10, NULL);
    vc__autoptr(vc__template) template = template_of("(\\d)/(\\d{5})/(\\d{4})", DIGITS, NULL);
    vc__auto(vc__buf) out = VC__BUF(100);
    assert_int_equal(vc__template_encode(template, key, NONE, vc_str("0/12345/6789"), &out, NULL), VC_OK);
    assert_string_equal(out.data, "2/43347/7484");
}

static void decode_formats(void **state)
{
    (void)state;
    vc__autoptr(vc__template) template = template_of("(\\d{4})-(\\d{4})-(\\d{4})-(\\d{4})", DIGITS, NULL);
    vc__autoptr(vc__fpe_key) key = key_of(10);
    assert_int_equal(vc__template_add_decode_format(template, vc_str("last-four"), vc_str("$$ ***"), NULL),
                     VC_OK);
    assert_int_equal(vc__template_add_decode_format(template, vc_str("spaces"), vc_str("$1 $2 $3 $4"), NULL),
                     VC_OK);
    assert_int_equal(
        vc__template_add_decode_format(template, vc_str("last-four"), vc_str("$ *** ${4}!"), NULL), VC_OK);
    vc__auto(vc__buf) out = VC__BUF(100);
    vc__auto(vc__buf) back = VC__BUF(100);
    assert_int_equal(vc__template_encode(template, key, NONE, vc_str("1111-2222-3333-4444"), &out, NULL),
                     VC_OK);
    assert_int_equal(
        vc__template_decode(template, key, NONE, vc__buf_get(&out), vc_str("last-four"), &back, NULL), VC_OK);
    assert_string_equal(back.data, "$ *** 4444!");
    vc__buf_clear(&back);
    assert_int_equal(
        vc__template_decode(template, key, NONE, vc__buf_get(&out), vc_str("spaces"), &back, NULL), VC_OK);
    assert_string_equal(back.data, "1111 2222 3333 4444");
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(
        vc__template_decode(template, key, NONE, vc__buf_get(&out), vc_str("other"), &back, &err),
        VC_E_NOT_FOUND);
    assert_int_equal(vc__template_decode(template, key, NONE, vc__buf_get(&out), vc_str(""), &back, &err),
                     VC_E_NOT_FOUND);
    assert_string_equal(back.data, "1111 2222 3333 4444");
}

static void built_in_templates(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *shape; /* NULL: refused */
    } table[] = {
        { "builtin/creditcardnumber", "4111-1111-1111-1111", "####-####-####-####" },
        { "builtin/creditcardnumber", "4111 1111 1111 1111", "#### #### #### ####" },
        { "builtin/creditcardnumber", "4111111111111111", "################" },
        { "builtin/creditcardnumber", "411111111111", "############" },
        { "builtin/creditcardnumber", "4111111111111111111", "###################" },
        { "builtin/creditcardnumber", "4111-1111-1111-1111-111", "####-####-####-####-###" },
        { "builtin/creditcardnumber", "3782-822463-10005", "####-######-#####" },
        { "builtin/creditcardnumber", "378282246310005", "###############" },
        { "builtin/creditcardnumber", "41111111111", NULL },
        { "builtin/creditcardnumber", "41111111111111111111", NULL },
        { "builtin/creditcardnumber", "4111--1111-1111-1111", NULL },
        { "builtin/creditcardnumber", "4111-1111-1111-111x", NULL },
        { "builtin/socialsecuritynumber", "123-45-6789", "###-##-####" },
        { "builtin/socialsecuritynumber", "123 45 6789", "### ## ####" },
        { "builtin/socialsecuritynumber", "123456789", "#########" },
        { "builtin/socialsecuritynumber", "123-45-678", NULL },
    };
    vc__autoptr(vc__fpe_key) key = key_of(10);
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__autoptr(vc__template) template = vc__template_builtin(vc_str(table[i].name), NULL);
        assert_non_null(template);
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__auto(vc__buf) back = VC__BUF(100);
        const vc_code code = vc__template_encode(template, key, NONE, vc_str(table[i].value), &out, NULL);
        assert_int_equal(code, table[i].shape ? VC_OK : VC_E_REFUSED);
        if (!table[i].shape)
            continue;
        assert_shape(out.data, table[i].shape);
        assert_int_equal(vc__template_decode(template, key, NONE, vc__buf_get(&out), NONE, &back, NULL),
                         VC_OK);
        assert_string_equal(back.data, table[i].value);
    }
    assert_string_equal(vc__template_builtins()[0], "builtin/creditcardnumber");
    assert_string_equal(vc__template_builtins()[1], "builtin/socialsecuritynumber");
    assert_null(vc__template_builtins()[2]);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__template_builtin(vc_str("builtin/any"), &err));
    assert_int_equal(err.code, VC_E_NOT_FOUND);
}

static const struct {
    const char *pattern, *value;
    vc_code code;
    const char *message;
} refusals[] = {
    { "(\\d{4})-(\\d{4})", "1111-222", VC_E_REFUSED, "the value does not match its `pattern`" },
    { "(\\w{8})", "1111222x", VC_E_REFUSED,
      "the value has a character to be transformed that is not in the alphabet" },
    { "(\\d{5})", "12345", VC_E_REFUSED,
      "too short for format-preserving encryption: 5 characters of an alphabet of 10, at least 6 are "
      "needed" },
    { "(\\d)?x", "x", VC_E_REFUSED, NULL },
    { "(.*)", "12345\xff", VC_E_REFUSED, "the value is not UTF-8" },
    { "(?:a|aa)*(\\d*)", "aaaaaaaaaaaaaaaaaaaac", VC_E_REFUSED, NULL },
    { "(?:a|aa)*(\\d*)", "aaaaaaaaaaaaaaaaaaaaaaaaaaaac", VC_E_LIMIT,
      "its `pattern` needs too many steps on this value: write it without nested repeats" },
};

static void values_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        vc__autoptr(vc__template) template = template_of(refusals[i].pattern, DIGITS, NULL);
        vc__autoptr(vc__fpe_key) key = key_of(10);
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__buf_str(&out, "as it was");
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__template_encode(template, key, NONE, vc_str(refusals[i].value), &out, &err),
                         refusals[i].code);
        if (refusals[i].message)
            assert_string_equal(err.message, refusals[i].message);
        assert_int_equal(
            vc__template_decode(template, key, NONE, vc_str(refusals[i].value), NONE, &out, &err),
            refusals[i].code);
        assert_string_equal(out.data, "as it was");
    }
}

static void too_long_and_too_full(void **state)
{
    (void)state;
    vc__autoptr(vc__template) template = template_of("(\\d*)x*", DIGITS, NULL);
    vc__autoptr(vc__fpe_key) key = key_of(10);
    static char value[VC__TEMPLATE_VALUE_MAX + 1];
    memset(value, '7', sizeof value);
    vc__auto(vc__buf) out = VC__BUF(100000);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__template_encode(template, key, NONE, vc_view_of(value, VC__FPE_MAX), &out, &err),
                     VC_OK);
    assert_int_equal(out.len, VC__FPE_MAX);
    assert_int_equal(vc__template_encode(template, key, NONE, vc_view_of(value, VC__FPE_MAX + 1), &out, &err),
                     VC_E_REFUSED);
    assert_int_equal(
        vc__template_encode(template, key, NONE, vc_view_of(value, VC__TEMPLATE_VALUE_MAX), &out, &err),
        VC_E_REFUSED);
    assert_string_equal(err.message, "the value has more than 4096 characters to be transformed");
    assert_int_equal(vc__template_encode(template, key, NONE, vc_view_of(value, sizeof value), &out, &err),
                     VC_E_TOO_LARGE);
    assert_int_equal(out.len, VC__FPE_MAX);
    vc__auto(vc__buf) small = VC__BUF(8);
    assert_int_equal(vc__template_encode(template, key, NONE, vc_view_of(value, 9), &small, &err),
                     VC_E_LIMIT);
    assert_int_equal(small.len, 0);
    /* the wrong key, the wrong tweak */
    vc__autoptr(vc__fpe_key) other = key_of(36);
    assert_int_equal(vc__template_encode(template, other, NONE, vc_view_of(value, 9), &out, &err),
                     VC_E_ARGUMENT);
    assert_string_equal(err.message, "the key is for alphabets of 36 characters, the template's has 10");
    vc__autoptr(vc__fpe_key) ff3 = vc__fpe_key_new(VC__FPE_FF3_1, vc_str("0123456789abcdef"), 10, NULL);
    assert_int_equal(vc__template_encode(template, ff3, vc_str("short"), vc_view_of(value, 9), &out, &err),
                     VC_E_ARGUMENT);
    assert_int_equal(vc__template_encode(template, ff3, vc_str("7 bytes"), vc_view_of(value, 57), &out, &err),
                     VC_E_REFUSED);
    assert_int_equal(out.len, VC__FPE_MAX);
}

/*
 * A pattern that takes fewer values than the alphabet can make: what could not be decoded is not given out.
 */
static void encoded_values_can_be_decoded(void **state)
{
    (void)state;
    vc__autoptr(vc__template) first = template_of("(4\\d{7})", DIGITS, NULL);
    vc__autoptr(vc__template) moves = template_of("(\\d*)7?(\\d+)", DIGITS, "$1-$2");
    vc__autoptr(vc__fpe_key) key = key_of(10);
    size_t given = 0, refused = 0;
    for (unsigned i = 0; i < 300; i++) {
        char value[16];
        snprintf(value, sizeof value, "4%07u", i);
        vc__auto(vc__buf) out = VC__BUF(100);
        vc__auto(vc__buf) back = VC__BUF(100);
        vc_error err = VC_ERROR_INIT;
        if (vc__template_encode(first, key, NONE, vc_str(value), &out, &err) == VC_OK) {
            given++;
            assert_int_equal(vc__template_decode(first, key, NONE, vc__buf_get(&out), NONE, &back, NULL),
                             VC_OK);
            assert_string_equal(back.data, value);
        } else {
            refused++;
            assert_int_equal(err.code, VC_E_REFUSED);
            assert_non_null(strstr(err.message, "could not be decoded"));
            assert_int_equal(out.len, 0);
        }
        assert_int_equal(vc__template_encode(moves, key, NONE, vc_str(value), &out, &err), VC_E_REFUSED);
    }
    assert_in_range(given, 10, 60); /* one of ten */
    assert_int_equal(given + refused, 300);
}

/* -- lack of memory -- */

static vc_code everything(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__alphabet) alphabet = vc__alphabet_builtin(vc_str("builtin/numeric"), &err);
    if (!alphabet)
        return err.code;
    vc__autoptr(vc__template) template = vc__template_new(vc_str("(\\d{4})-(?P<b>\\d{4})"), alphabet,
                                                          vc_str("$1-$b"), &err);
    if (!template)
        return err.code;
    vc_code code = vc__template_add_decode_format(template, vc_str("f"), vc_str("$b"), &err);
    if (code != VC_OK)
        return code;
    vc__autoptr(vc__fpe_key) key = vc__fpe_key_new(VC__FPE_FF1, vc_str("0123456789abcdef"), 10, &err);
    if (!key)
        return err.code;
    vc__auto(vc__buf) out = VC__BUF(1000);
    code = vc__template_encode(template, key, NONE, vc_str("1234-5678"), &out, &err);
    if (code != VC_OK)
        return code;
    code = vc__template_decode(template, key, NONE, vc__buf_get(&out), vc_str("f"), &out, &err);
    if (code == VC_OK)
        assert_string_equal(out.data + 9, "5678");
    else
        assert_int_equal(out.len, 9);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(everything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_round_trip), cmocka_unit_test(groups_are_one_string),
        cmocka_unit_test(decode_formats), cmocka_unit_test(built_in_templates),
        cmocka_unit_test(values_refused), cmocka_unit_test(too_long_and_too_full),
        cmocka_unit_test(encoded_values_can_be_decoded), cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests_name("crypto_template", tests, NULL, NULL);
}
