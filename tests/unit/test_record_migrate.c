/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the time in which old and new stand side by side. */
#include "unit/test.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: people\n"
                                  "    fields:\n"
                                  "      - {path: $.name, envelope: {key: one, source: static}}\n"
                                  "      - {path: $.mail, siv: {key: two, source: static, key_version: 1}, on_error: drop_field}\n"
                                  "      - {path: $.card, hash: {key: two, source: static, key_version: 1}}\n"
                                  "  - name: whole\n"
                                  "    value: {envelope: {key: one, source: static}}\n"
                                  "  - name: numbers\n"
                                  "    fields: [{path: $.n, fpe: {key: two, source: static, key_version: 1}}]\n"
                                  "  - name: masked\n"
                                  "    fields: [{path: $.n, mask: {keep_last: 4}}]\n"
                                  "  - name: twice\n"
                                  "    fields: [{path: $.n, envelope: {key: one, source: static}, nested: true}]\n"
                                  "  - name: carried\n"
                                  "    fields: [{path: $.n, envelope: {key: one, source: static, carry: header}}]\n";

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

static vc_batch *new_batch(vc_direction direction, bool migrate)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    assert_int_equal(vc_batch_set_migrate(batch, migrate, NULL), VC_OK);
    return batch;
}

static vc_code add(vc_batch *batch, const char *rule, const char *record, vc_error *err)
{
    return vc_batch_add(batch, vc_schema_rule(schema, vc_str(rule), NULL), vc_str(record), err);
}

/* Runs it (all keys are here), and gives the output of record 0 as a text; NULL when that has an error. */
static char *run(vc_batch *batch, uint64_t *kept)
{
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_DONE);
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    *kept = stats.kept;
    assert_int_equal(stats.dropped, 0);
    const vc_view out = vc_batch_output(batch, 0);
    char *text = vc_batch_error(batch, 0) ? NULL : strndup(out.data, out.len);
    vc_batch_free(batch);
    return text;
}

static char *pass(vc_direction direction, bool migrate, const char *rule, const char *record, uint64_t *kept)
{
    vc_batch *batch = new_batch(direction, migrate);
    assert_int_equal(add(batch, rule, record, NULL), VC_OK);
    return run(batch, kept);
}

static const char person[] = "{\"name\":\"Ann\",\"mail\":\"a@b\",\"card\":\"1111222233334444\"}";

static void what_is_protected_stays(void **state)
{
    (void)state;
    uint64_t kept;
    char *once = pass(VC_PROTECT, true, "people", person, &kept);
    assert_int_equal(kept, 0);
    assert_null(strstr(once, "Ann"));
    char *twice = pass(VC_PROTECT, true, "people", once, &kept);
    assert_string_equal(twice, once);
    assert_int_equal(kept, 3);
    free(twice);
    assert_null(pass(VC_PROTECT, false, "people", once, &kept));
    free(once);
}

/* One field that is protected already is no excuse for the others. */
static void the_others_are_protected(void **state)
{
    (void)state;
    uint64_t kept;
    char half[1000];
    char *once = pass(VC_PROTECT, true, "people", person, &kept);
    const char *mail = strstr(once, "\"mail\":\""), *end = strchr(mail + 8, '"');
    snprintf(half, sizeof half, "{\"name\":\"CANARY\",%.*s\",\"card\":\"1111222233334444\"}", (int)(end - mail), mail);
    char *out = pass(VC_PROTECT, true, "people", half, &kept);
    assert_int_equal(kept, 1);
    assert_null(strstr(out, "CANARY"));
    assert_null(strstr(out, "11112222"));
    free(out);
    free(once);
}

static void what_is_plaintext_stays(void **state)
{
    (void)state;
    uint64_t kept;
    char *same = pass(VC_OPEN, true, "people", person, &kept);
    assert_string_equal(same, person);
    assert_int_equal(kept, 2);
    free(same);
    assert_null(pass(VC_OPEN, false, "people", "{\"name\":\"Ann\",\"mail\":\"\",\"card\":\"1\"}", &kept));
    char *once = pass(VC_PROTECT, false, "people", person, &kept);
    char *back = pass(VC_OPEN, true, "people", once, &kept);
    assert_non_null(strstr(back, "\"name\":\"Ann\",\"mail\":\"a@b\""));
    assert_int_equal(kept, 0);
    free(back);
    once[60] ^= 1; /* what is damaged is no plaintext */
    assert_null(pass(VC_OPEN, true, "people", once, &kept));
    free(once);
}

static void whole_values_too(void **state)
{
    (void)state;
    uint64_t kept;
    char *same = pass(VC_OPEN, true, "whole", "any bytes", &kept);
    assert_string_equal(same, "any bytes");
    assert_int_equal(kept, 1);
    free(same);
    vc_batch *batch = new_batch(VC_PROTECT, true), *again = new_batch(VC_PROTECT, true);
    assert_int_equal(add(batch, "whole", "any bytes", NULL), VC_OK);
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_DONE);
    const vc_view out = vc_batch_output(batch, 0);
    assert_int_equal(vc_batch_add(again, vc_schema_rule(schema, vc_str("whole"), NULL), out, NULL), VC_OK);
    assert_int_equal(vc_batch_step(again, 1, NULL, NULL), VC_STEP_DONE);
    assert_int_equal(vc_batch_output(again, 0).len, out.len);
    assert_memory_equal(vc_batch_output(again, 0).data, out.data, out.len);
    vc_batch_free(again);
    vc_batch_free(batch);
}

/* Where the two cannot be told apart, nothing is guessed. */
static void what_cannot_be_told_apart_is_refused(void **state)
{
    (void)state;
    static const char *const rules[] = { "numbers", "twice", "carried", "masked" };
    for (size_t i = 0; i < COUNT(rules); i++)
        for (int direction = VC_PROTECT; direction <= (i < 3 ? VC_OPEN : VC_PROTECT); direction++) { /* what is masked is never opened */
            vc_error err = VC_ERROR_INIT;
            vc_batch *batch = new_batch((vc_direction)direction, true);
            vc_message message = VC_MESSAGE_INIT;
            message.topic = vc_str("t");
            message.value = vc_str("{\"n\":\"1234567890\"}");
            assert_int_equal(vc_batch_add_message(batch, vc_schema_rule(schema, vc_str(rules[i]), NULL), &message, &err), VC_E_CONFIG);
            assert_non_null(strstr(err.message, "$.n"));
            vc_batch_free(batch);
        }
    vc_batch *batch = new_batch(VC_PROTECT, false);
    assert_int_equal(add(batch, "people", person, NULL), VC_OK);
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_DONE);
    assert_int_equal(vc_batch_set_migrate(batch, 1, NULL), VC_E_STATE);
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.by_method[VC_METHOD_ENVELOPE], 1);
    assert_int_equal(stats.by_method[VC_METHOD_SIV], 1);
    assert_int_equal(stats.by_method[VC_METHOD_HASH], 1);
    assert_string_equal(vc_method_name(VC_METHOD_DROP), "drop");
    assert_null(vc_method_name(VC_METHODS));
    vc_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_protected_stays),  cmocka_unit_test(the_others_are_protected),
        cmocka_unit_test(what_is_plaintext_stays),  cmocka_unit_test(whole_values_too),
        cmocka_unit_test(what_cannot_be_told_apart_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
