/* SPDX-License-Identifier: Apache-2.0 */
/* Surveys: what is protected, without giving any of it. */
#include "unit/test.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: people\n"
                                  "    fields:\n"
                                  "      - {path: $.name, envelope: {key: one, source: static}}\n"
                                  "      - {path: '$.mails[*]', siv: {key: two, source: static, key_version: 1}, on_error: drop_field}\n"
                                  "      - {path: $.card, hash: {key: two, source: static, key_version: 1}}\n"
                                  "      - {path: $.n, fpe: {key: two, source: static, key_version: 1}, on_missing: ignore}\n"
                                  "      - {path: $.pin, drop: true}\n"
                                  "  - name: whole\n"
                                  "    record_key: {siv: {key: two, source: static, key_version: 1}}\n"
                                  "    value: {envelope: {key: one, source: static}}\n";

static vc_schema *schema;
static vc_keyring *ring;

static int setup(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    schema = vc_schema_parse(vc_str(schema_text), "test", &err);
    ring = vc_keyring_new(NULL);
    if (!schema || !ring) {
        print_message("%s\n", err.message);
        return -1;
    }
    return vc_keyring_add_static(ring, "one", vc_str("11111111111111111111111111111111"), NULL) ||
           vc_keyring_add_static(ring, "two", vc_str("22222222222222222222222222222222"), NULL);
}

static int teardown(void **state)
{
    (void)state;
    vc_schema_unref(schema);
    vc_keyring_unref(ring);
    return 0;
}

static const vc_rule *rule(const char *name)
{
    return vc_schema_rule(schema, vc_str(name), NULL);
}

static vc_batch *new_batch(vc_direction direction)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    return batch;
}

static void run(vc_batch *batch)
{
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_DONE);
}

static char *protect(const char *record)
{
    vc_batch *batch = new_batch(VC_PROTECT);
    assert_int_equal(vc_batch_add(batch, rule("people"), vc_str(record), NULL), VC_OK);
    run(batch);
    assert_null(vc_batch_error(batch, 0));
    const vc_view out = vc_batch_output(batch, 0);
    char *text = strndup(out.data, out.len);
    vc_batch_free(batch);
    return text;
}

/* A survey of one record, run or not. */
static vc_batch *survey(const char *record, bool with_keys)
{
    vc_batch *batch = new_batch(VC_OPEN);
    assert_int_equal(vc_batch_set_survey(batch, 1, NULL), VC_OK);
    assert_int_equal(vc_batch_add(batch, rule("people"), vc_str(record), NULL), VC_OK);
    if (with_keys)
        run(batch);
    return batch;
}

/* "PATH code, PATH code, ..." of record 0 */
static void assert_found(vc_batch *batch, const char *wanted)
{
    char text[500] = "";
    for (size_t n = 0; n < vc_batch_finding_count(batch, 0); n++) {
        const vc_field *field = NULL;
        const vc_code code = vc_batch_finding(batch, 0, n, &field);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s %s", n ? ", " : "", vc_field_path(field),
                 code ? vc_code_name(code) : "fine");
    }
    assert_string_equal(text, wanted);
    assert_int_equal(vc_batch_finding(batch, 0, vc_batch_finding_count(batch, 0), NULL), VC_E_ARGUMENT);
    vc_batch_free(batch);
}

static const char person[] = "{\"name\":\"Ann\",\"mails\":[\"a@b\",\"c@d\"],\"card\":\"1111222233334444\",\"n\":\"123456\",\"pin\":1}";

static void each_value_is_told(void **state)
{
    (void)state;
    char *whole = protect(person);
    vc_batch *batch = survey(whole, true);
    assert_null(vc_batch_error(batch, 0));
    assert_null(vc_batch_output(batch, 0).data); /* nothing is given */
    assert_null(vc_batch_output_key(batch, 0).data);
    assert_found(batch, "$.name fine, $.mails[*] fine, $.mails[*] fine, $.card unsupported, $.n unsupported");
    /* without keys, by their form alone */
    batch = survey(whole, false);
    assert_found(batch, "$.name canceled, $.mails[*] canceled, $.mails[*] canceled, $.card unsupported, $.n unsupported");
    free(whole);
    /* all in clear; what is to be dropped is there */
    assert_found(survey(person, true), "$.name plaintext, $.mails[*] plaintext, $.mails[*] plaintext, $.card unsupported, $.n unsupported, "
                                       "$.pin plaintext");
    assert_found(survey(person, false), "$.name plaintext, $.mails[*] plaintext, $.mails[*] plaintext, $.card unsupported, $.n unsupported, "
                                        "$.pin plaintext");
}

static void one_does_not_hide_another(void **state)
{
    (void)state;
    char *whole = protect(person);
    char mixed[2000];
    char *mails = strstr(whole, "\"mails\":[\"") + 10, *second = strstr(mails, "\",\"") + 3;
    /* the first mail in clear, the name missing, the second mail damaged */
    snprintf(mixed, sizeof mixed, "{\"mails\":[\"a@b\",\"%s", second);
    char *hit = strstr(mixed, "vc1:") + 40;
    *hit = *hit == 'A' ? 'B' : 'A';
    assert_found(survey(mixed, true), "$.mails[*] plaintext, $.mails[*] ciphertext, $.card unsupported, $.n unsupported, $.name missing");
    assert_found(survey("{}", true), "$.name missing, $.mails[*] missing, $.card missing");
    /* a token that was moved to another field */
    char *name = strstr(whole, "\"name\":\"") + 8;
    snprintf(mixed, sizeof mixed, "{\"name\":\"%.*s\",\"mails\":[],\"card\":\"\"}", (int)strcspn(mails, "\""), mails);
    assert_found(survey(mixed, true), "$.name ciphertext, $.card unsupported, $.mails[*] missing");
    assert_non_null(name);
    free(whole);
    /* what is no record at all */
    vc_batch *batch = survey("{\"name\":", true);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_JSON);
    vc_batch_free(batch);
    batch = survey("{\"name\":1,\"name\":2}", true);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_AMBIGUOUS);
    vc_batch_free(batch);
}

static void whole_values_and_keys(void **state)
{
    (void)state;
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str("t");
    message.key = vc_str("key");
    message.value = vc_str("any bytes");
    vc_batch *protected = new_batch(VC_PROTECT), *batch = new_batch(VC_OPEN);
    assert_int_equal(vc_batch_add_message(protected, rule("whole"), &message, NULL), VC_OK);
    run(protected);
    assert_int_equal(vc_batch_set_survey(batch, 1, NULL), VC_OK);
    assert_int_equal(vc_batch_add_message(batch, rule("whole"), &message, NULL), VC_OK);
    message.key = vc_batch_output_key(protected, 0);
    message.value = vc_batch_output(protected, 0);
    assert_int_equal(vc_batch_add_message(batch, rule("whole"), &message, NULL), VC_OK);
    message.value = vc_view_of(NULL, 0);
    assert_int_equal(vc_batch_add_message(batch, rule("whole"), &message, NULL), VC_OK);
    run(batch);
    const vc_field *field;
    assert_int_equal(vc_batch_finding(batch, 0, 0, &field), VC_E_PLAINTEXT);
    assert_string_equal(vc_field_path(field), "key");
    assert_int_equal(vc_batch_finding(batch, 0, 1, &field), VC_E_PLAINTEXT);
    assert_string_equal(vc_field_path(field), "value");
    assert_int_equal(vc_batch_finding_count(batch, 1), 2);
    assert_int_equal(vc_batch_finding(batch, 1, 0, NULL), VC_OK);
    assert_int_equal(vc_batch_finding(batch, 1, 1, NULL), VC_OK);
    assert_int_equal(vc_batch_finding_count(batch, 2), 1); /* a tombstone has a key */
    size_t count = 1;
    assert_null(vc_batch_output_key(batch, 1).data);
    assert_null(vc_batch_output(batch, 1).data);
    assert_null(vc_batch_output_headers(batch, 1, &count));
    vc_batch_free(batch);
    vc_batch_free(protected);
}

static void only_where_it_can_be(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = new_batch(VC_PROTECT);
    assert_int_equal(vc_batch_set_survey(batch, 1, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_batch_finding_count(batch, 0), 0);
    vc_batch_free(batch);
    batch = new_batch(VC_OPEN);
    assert_int_equal(vc_batch_add(batch, rule("people"), vc_str("{}"), NULL), VC_OK);
    assert_int_equal(vc_batch_finding_count(batch, 0), 0);
    assert_int_equal(vc_batch_set_survey(batch, 1, &err), VC_E_STATE);
    vc_batch_clear(batch);
    assert_int_equal(vc_batch_set_migrate(batch, 1, &err), VC_OK);
    assert_int_equal(vc_batch_set_survey(batch, 1, &err), VC_E_ARGUMENT);
    vc_batch_free(batch);
}

static vc_code survey_one(void *arg)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(schema, VC_OPEN, &err);
    vc_code code = batch ? vc_batch_set_survey(batch, 1, &err) : err.code;
    if (!code)
        code = vc_batch_set_keyring(batch, ring, &err);
    for (int i = 0; i < 70 && !code; i++) /* more values than there is room for at first */
        code = vc_batch_add(batch, rule("people"), vc_str(i ? "{}" : arg), &err);
    if (!code && vc_batch_step(batch, 1, NULL, &err) != VC_STEP_DONE)
        code = err.code;
    if (!code)
        assert_int_equal(vc_batch_finding_count(batch, 69), 3);
    vc_batch_free(batch);
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    char *whole = protect(person);
    SWEEP_ALLOCATIONS(survey_one, whole);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_is_told),       cmocka_unit_test(one_does_not_hide_another),
        cmocka_unit_test(whole_values_and_keys),    cmocka_unit_test(only_where_it_can_be),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
