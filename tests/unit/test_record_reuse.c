/* SPDX-License-Identifier: Apache-2.0 */
/* Batches in which something went wrong, and that go on: what leaves them opens again, and they are used again. */
#include "unit/test.h"

#include "base/text.h"
#include "unit/fake_vault.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] =
    "version: 1\n"
    "records:\n"
    "  - name: messages\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static, carry: header, bind: [topic, key]}}\n"
    "      - {path: $.own, envelope: {key: one, source: static}}\n"
    "      - {path: $.hash, hash: {key: two, source: static, key_version: 1, as: hex}}\n"
    "      - {path: $.card, fpe: {key: two, source: static, key_version: 1}}\n"
    "    record_key: {siv: {key: two, source: static, key_version: 1}}\n"
    "  - name: lists\n"
    "    fields:\n"
    "      - {path: '$[*]', envelope: {key: one, source: static, carry: header}}\n"
    "  - name: bound\n"
    "    fields:\n"
    "      - {path: $.a, envelope: {key: app, bind: [key]}}\n"
    "    record_key: {siv: {key: app, key_version: 1}}\n"
    "  - name: proxied\n"
    "    value: {envelope: {key: proxy}, format: kroxylicious}\n"
    "  - name: pinned\n"
    "    fields:\n"
    "      - {path: $.mail, siv: {key: two, key_version: 1}, on_error: drop_field}\n";

static vc_schema *schema;
static vc_keyring *ring;

static int setup(void **state)
{
    (void)state;
    schema = vc_schema_parse(vc_str(schema_text), "test", NULL);
    ring = vc_keyring_new(NULL);
    if (!schema || !ring)
        return -1;
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

static vc_batch *new_batch(vc_direction direction)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    if (batch)
        assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    return batch;
}

static const vc_rule *rule_of(const char *name)
{
    return vc_schema_rule(schema, vc_str(name), NULL);
}

/* -- memory that runs out ---------------------------------------------------------------------------------- */

enum { MESSAGES = 3 };

static const char clear[] = "{\"name\":\"Ann\",\"own\":1,\"hash\":\"h\",\"card\":\"1234567890\"}";
static const char opened[] = "{\"name\":\"Ann\",\"own\":1,";

static vc_code protect(vc_batch *batch)
{
    const vc_header trace = { vc_str("trace"), vc_str("1") };
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str("orders");
    message.key = vc_str("ann");
    message.value = vc_str(clear);
    message.headers = &trace;
    message.header_count = 1;
    vc_code code = VC_OK;
    for (size_t i = 0; i < MESSAGES && !code; i++)
        code = vc_batch_add_message(batch, rule_of("messages"), &message, NULL);
    fake_vault fake = { 0 };
    vc_error err = VC_ERROR_INIT;
    return code ? code : fake_vault_run(&fake, batch, &err);
}

/* All that the batch says is fine opens again; how many that is. */
static size_t open_what_left(const vc_batch *batch)
{
    size_t fine = 0;
    for (size_t i = 0; i < vc_batch_count(batch); i++) {
        if (vc_batch_error(batch, i)) {
            assert_null(vc_batch_output(batch, i).data);
            continue;
        }
        size_t count;
        const vc_header *headers = vc_batch_output_headers(batch, i, &count);
        assert_int_equal(count, 2);
        const vc_message sent = { sizeof sent, vc_str("orders"), vc_batch_output_key(batch, i), vc_batch_output(batch, i), headers, count };
        vc_batch *open = new_batch(VC_OPEN);
        assert_int_equal(vc_batch_add_message(open, rule_of("messages"), &sent, NULL), VC_OK);
        fake_vault fake = { 0 };
        assert_int_equal(fake_vault_run(&fake, open, NULL), VC_OK);
        if (vc_batch_error(open, 0))
            fail_msg("record %zu does not open: %s", i, vc_batch_error(open, 0)->message);
        assert_true(vc__view_starts(vc_batch_output(open, 0), opened));
        vc_batch_free(open);
        fine++;
    }
    return fine;
}

/* Without memory from any place on; then with it, in the same batch. `warm`: it has run before, with other keys. */
static void run_out(bool warm)
{
    for (unsigned long n = 1;; n++) {
        vc_batch *batch = new_batch(VC_PROTECT);
        if (warm) {
            assert_int_equal(protect(batch), VC_OK);
            vc_batch_clear(batch);
            vc_keyring_clear(ring);
        }
        inject_fail_at(n);
        const vc_code code = protect(batch);
        const bool over = inject_count() < n;
        inject_fail_at(0);
        assert_true(code == VC_E_MEMORY || code == VC_OK);
        const size_t fine = open_what_left(batch);
        assert_true(code || fine == MESSAGES);
        vc_batch_clear(batch);
        assert_int_equal(protect(batch), VC_OK);
        assert_int_equal(open_what_left(batch), MESSAGES);
        vc_batch_free(batch);
        if (over)
            return;
    }
}

static void memory_runs_out_and_comes_back(void **state)
{
    (void)state;
    run_out(false);
    run_out(true);
}

/* -- keys that are spent ------------------------------------------------------------------------------------ */

/* As many calls and one, with one call, two, ... to a key: the last value gets one too. */
static void the_last_value_has_a_share_too(void **state)
{
    (void)state;
    for (uint64_t calls = 1; calls < 5; calls++)
        for (size_t values = 1; values < 12; values++) {
            char text[60] = "[0";
            for (size_t i = 1; i < values; i++)
                strcat(text, ",0");
            strcat(text, "]");
            vc_message message = VC_MESSAGE_INIT;
            message.topic = vc_str("t");
            message.value = vc_str(text);
            vc_keyring_clear(ring);
            assert_int_equal(vc_keyring_set_use_limits(ring, calls, 0, 0, NULL), VC_OK);
            vc_batch *batch = new_batch(VC_PROTECT);
            assert_int_equal(vc_batch_add_message(batch, rule_of("lists"), &message, NULL), VC_OK);
            fake_vault fake = { 0 };
            vc_error err = VC_ERROR_INIT;
            assert_int_equal(fake_vault_run(&fake, batch, &err), VC_OK);
            assert_null(vc_batch_error(batch, 0));
            vc_batch_free(batch);
        }
    assert_int_equal(vc_keyring_set_use_limits(ring, 1 << 24, 0, 0, NULL), VC_OK);
}

/* What a batch takes of a key is what it uses, also of the next key when the one before it ends midway. */
static void no_more_is_taken_than_used(void **state)
{
    (void)state;
    static const int values[] = { 80, 30 };
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str("t");
    message.value = vc_str("v");
    vc_keyring_clear(ring);
    assert_int_equal(vc_keyring_set_use_limits(ring, 100, 0, 0, NULL), VC_OK);
    vc_batch *batch = new_batch(VC_PROTECT);
    for (size_t run = 0; run < COUNT(values); run++) {
        vc_batch_clear(batch);
        for (int i = 0; i < values[run]; i++)
            assert_int_equal(vc_batch_add_message(batch, rule_of("proxied"), &message, NULL), VC_OK);
        fake_vault fake = { 0 };
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(fake_vault_run(&fake, batch, &err), VC_OK);
        assert_int_equal(fake.keys, run ? 0 : 2); /* the second is there ahead */
    }
    vc_keyring_use use = { .size = sizeof use };
    assert_int_equal(vc_keyring_get_use(ring, 0, &use), 1);
    assert_int_equal(use.calls_left, 90);
    vc_batch_free(batch);
    assert_int_equal(vc_keyring_set_use_limits(ring, 1 << 24, 0, 0, NULL), VC_OK);
}

/* -- more than a reader takes ------------------------------------------------------------------------------- */

static void no_header_that_no_reader_takes(void **state)
{
    (void)state;
    enum { MOST = 255 };
    char text[4 * MOST];
    assert_int_equal(vc_keyring_set_use_limits(ring, 1, 0, 0, NULL), VC_OK);
    for (size_t values = MOST; values <= MOST + 1; values++) {
        strcpy(text, "[0");
        for (size_t i = 1; i < values; i++)
            strcat(text, ",0");
        strcat(text, "]");
        vc_message message = VC_MESSAGE_INIT;
        message.topic = vc_str("t");
        message.value = vc_str(text);
        vc_batch *batch = new_batch(VC_PROTECT);
        assert_int_equal(vc_batch_add_message(batch, rule_of("lists"), &message, NULL), VC_OK);
        fake_vault fake = { 0 };
        assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
        const vc_error *error = vc_batch_error(batch, 0);
        assert_int_equal(error ? error->code : VC_OK, values > MOST ? VC_E_TOO_LARGE : VC_OK);
        assert_int_equal(vc_batch_output(batch, 0).data == NULL, values > MOST);
        vc_batch_free(batch);
    }
    assert_int_equal(vc_keyring_set_use_limits(ring, 1 << 24, 0, 0, NULL), VC_OK);
}

static void a_topic_to_bind_to_is_there(void **state)
{
    (void)state;
    vc_message message = VC_MESSAGE_INIT;
    message.key = vc_str("ann");
    message.value = vc_str(clear);
    vc_batch *batch = new_batch(VC_PROTECT);
    assert_int_equal(vc_batch_add_message(batch, rule_of("messages"), &message, NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_batch_count(batch), 0);
    vc_batch_free(batch);
}

/* -- Vault that does not compute ---------------------------------------------------------------------------- */

/* The version that the schema itself says: no record is to blame, and none loses a field for it. */
static void the_schemas_own_version_is_refused(void **state)
{
    (void)state;
    static const char record[] = "{\"mail\":\"m\"}";
    fake_vault fake = { 0 };
    vc_batch *batch = new_batch(VC_PROTECT);
    assert_int_equal(vc_batch_add(batch, rule_of("pinned"), vc_str(record), NULL), VC_OK);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    vc_keyring_clear(ring);
    for (size_t i = 0; i < 2; i++) {
        fake = (fake_vault){ .fail_first = i ? 0 : 100, .fail_status = 400 };
        vc_batch *open = new_batch(VC_OPEN);
        assert_int_equal(vc_batch_add(open, rule_of("pinned"), vc_batch_output(batch, 0), NULL), VC_OK);
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(fake_vault_run(&fake, open, &err), i ? VC_OK : VC_E_REQUEST);
        assert_int_equal(vc_batch_output(open, 0).data != NULL, i);
        vc_batch_free(open);
    }
    vc_batch_free(batch);
}

/* One key after the other: together they have the time that the batch has. */
static void keys_share_the_batchs_deadline(void **state)
{
    (void)state;
    const uint64_t begun = 1000;
    uint64_t until;
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str("t");
    message.key = vc_str("k");
    message.value = vc_str("{\"a\":1}");
    vc_keyring_clear(ring);
    vc_batch *batch = new_batch(VC_PROTECT);
    assert_int_equal(vc_batch_set_deadline(batch, 10000, NULL), VC_OK);
    assert_int_equal(vc_batch_add_message(batch, rule_of("bound"), &message, NULL), VC_OK);
    assert_int_equal(vc_batch_step(batch, begun, &until, NULL), VC_STEP_SEND);
    fake_vault fake = { 0 };
    vc_request *request = vc_batch_next_request(batch);
    assert_null(vc_batch_next_request(batch));
    fake_vault_answer(&fake, request, begun + 9000);
    assert_int_equal(fake.computed, 1);
    assert_int_equal(vc_batch_step(batch, begun + 9000, &until, NULL), VC_STEP_SEND);
    assert_non_null(vc_batch_next_request(batch));
    assert_int_equal(vc_batch_step(batch, begun + 9001, &until, NULL), VC_STEP_WAIT);
    assert_in_range(until, begun + 9001, begun + 10000);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_batch_step(batch, begun + 10000, &until, &err), VC_STEP_FAILED);
    assert_int_equal(err.code, VC_E_TIMEOUT);
    vc_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_runs_out_and_comes_back),
        cmocka_unit_test(the_last_value_has_a_share_too),
        cmocka_unit_test(no_more_is_taken_than_used),
        cmocka_unit_test(no_header_that_no_reader_takes),
        cmocka_unit_test(a_topic_to_bind_to_is_there),
        cmocka_unit_test(keys_share_the_batchs_deadline),
        cmocka_unit_test(the_schemas_own_version_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
