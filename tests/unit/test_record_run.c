/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of a batch where it is easily wrong: one value too large, requests still lent when it fails, orders that are odd. */
#include "unit/test.h"

#include "base/text.h"
#include "unit/fake_vault.h"

#include <vaultcrypt/client.h>

static const char schema_text[] =
    "version: 1\n"
    "records:\n"
    "  - name: letters\n"
    "    fields:\n"
    "      - path: $.a\n"
    "        transit: {key: transit}\n"
    "  - name: shared\n"
    "    fields:\n"
    "      - path: $.one\n"
    "        transform: {role: payments, tweak_source: supplied, tweak: $.id}\n"
    "      - path: $.two\n"
    "        transform: {role: payments, tweak_source: supplied, tweak: $.id}\n";

enum { GIANT = (48 << 20) + 1000 }; /* in Base64 more than any request may hold */

static vc_schema *schema;

static int setup(void **state)
{
    (void)state;
    schema = vc_schema_parse(vc_str(schema_text), "test", NULL);
    return schema ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vc_schema_unref(schema);
    return 0;
}

static vc_batch *new_batch(void)
{
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, NULL);
    assert_non_null(batch);
    return batch;
}

static void add(vc_batch *batch, const char *rule, vc_view record)
{
    assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str(rule), NULL), record, NULL), VC_OK);
}

/* {"a":"xxx..."} of `len` bytes in all. */
static char *long_record(size_t len)
{
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + len - 2, "\"}", 2);
    return text;
}

static size_t item_cap_of(const vc_batch *batch)
{
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    return (size_t)stats.item_cap;
}

/* The others go on as if it were not there. */
static void a_value_over_all_limits_falls_alone(void **state)
{
    (void)state;
    char *giant = long_record(GIANT);
    fake_vault fake = { 0 };
    vc_batch *batch = new_batch();
    add(batch, "letters", vc_view_of(giant, GIANT));
    add(batch, "letters", vc_str("{\"a\":\"x\"}"));
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(fake_vault_run(&fake, batch, &err), VC_OK);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_TOO_LARGE);
    assert_null(vc_batch_error(batch, 1));
    assert_true(vc__view_is(vc_batch_output(batch, 1), "{\"a\":\"vault:v1:eA==\"}"));
    vc_batch_free(batch);
    free(giant);
}

/* There is nothing to send then, and the blocking call says so of the record, not of itself. */
static void a_lone_one_needs_no_vault(void **state)
{
    (void)state;
    char *giant = long_record(GIANT);
    vc_config *config = vc_config_new(NULL);
    assert_int_equal(vc_config_set_address(config, "http://127.0.0.1:9", NULL), VC_OK);
    vc_client *client = vc_client_open(config, NULL);
    vc_config_free(config);
    assert_non_null(client);
    vc_batch *batch = new_batch();
    add(batch, "letters", vc_view_of(giant, GIANT));
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_client_run(client, batch, &err), VC_OK);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_TOO_LARGE);
    vc_batch_free(batch);
    vc_client_close(client);
    free(giant);
}

static void a_limit_beyond_what_a_request_holds_is_none(void **state)
{
    (void)state;
    enum { HALF = 26 << 20 };
    char *text = long_record(HALF);
    vc_batch *batch = new_batch();
    assert_int_equal(vc_batch_set_limits(batch, 0, SIZE_MAX, 1, NULL), VC_OK);
    add(batch, "letters", vc_view_of(text, HALF));
    add(batch, "letters", vc_view_of(text, HALF));
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_SEND);
    assert_non_null(vc_batch_next_request(batch));
    assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_WAIT);
    vc_batch_free(batch);
    free(text);
}

/* One value that Vault finds too large tells nothing of how many it takes. */
static void one_large_value_is_no_limit_of_items(void **state)
{
    (void)state;
    enum { MANY = 100, LARGE = 5000 };
    char *large = long_record(LARGE);
    for (size_t count = 2; count <= MANY; count += MANY - 2) {
        fake_vault fake = { .most_bytes = LARGE };
        vc_batch *batch = new_batch();
        assert_int_equal(vc_batch_set_limits(batch, 0, 0, 1, NULL), VC_OK);
        add(batch, "letters", vc_view_of(large, LARGE));
        for (size_t i = 1; i < count; i++)
            add(batch, "letters", vc_str("{\"a\":\"x\"}"));
        assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
        assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_TOO_LARGE);
        for (size_t i = 1; i < count; i++)
            assert_null(vc_batch_error(batch, i));
        assert_int_equal(item_cap_of(batch), 0);
        assert_true(fake.requests < 20); /* not one for each record */
        vc_batch_free(batch);
    }
    free(large);
}

/* A limit of bytes (413, say of a proxy) teaches bytes: the number of items is not touched. */
static void a_limit_of_bytes_is_no_limit_of_items(void **state)
{
    (void)state;
    fake_vault fake = { .most_bytes = 4000 };
    vc_batch *batch = new_batch();
    assert_int_equal(vc_batch_set_limits(batch, 0, 0, 1, NULL), VC_OK);
    for (size_t i = 0; i < 2000; i++)
        add(batch, "letters", vc_str("{\"a\":\"x\"}"));
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    for (size_t i = 0; i < 2000; i++)
        assert_null(vc_batch_error(batch, i));
    assert_int_equal(item_cap_of(batch), 0);
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.splits, 1); /* one refusal taught it */
    vc_batch_free(batch);
}

/* A driver may be sending yet when the deadline passes: what it was lent stays until it answers or the batch is freed. */
static void lent_requests_outlive_a_failure(void **state)
{
    (void)state;
    vc_batch *batch = new_batch();
    assert_int_equal(vc_batch_set_deadline(batch, 100, NULL), VC_OK);
    add(batch, "letters", vc_str("{\"a\":\"x\"}"));
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_SEND);
    vc_request *request = vc_batch_next_request(batch);
    const size_t len = vc_request_body(request).len;
    assert_true(len > 0);
    assert_int_equal(vc_batch_step(batch, 1000, NULL, &err), VC_STEP_FAILED);
    assert_int_equal(vc_request_body(request).len, len);
    assert_string_equal(vc_request_path(request), "/v1/transit/encrypt/transit");
    const char reply[] = "{\"data\":{\"batch_results\":[{\"ciphertext\":\"vault:v1:AA==\"}]}}";
    assert_int_equal(vc_request_reply(request, 200, vc_str(NULL), vc_str(reply), 1001, &err), VC_OK);
    assert_int_equal(vc_batch_step(batch, 1002, NULL, &err), VC_STEP_FAILED); /* too late */
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_CANCELED);
    assert_null(vc_batch_output(batch, 0).data);
    assert_null(vc_batch_next_request(batch));
    vc_batch_clear(batch); /* the reply is freed with it */
    vc_batch_free(batch);
}

static void odd_orders(void **state)
{
    (void)state;
    vc_batch *batch = new_batch();
    vc_error err = VC_ERROR_INIT;
    assert_null(vc_batch_next_request(batch));
    add(batch, "letters", vc_str("{\"a\":\"x\"}"));
    assert_null(vc_batch_next_request(batch)); /* before the first step */
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_SEND);
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_SEND); /* nothing taken yet */
    vc_request *request = vc_batch_next_request(batch);
    assert_null(vc_batch_next_request(batch));
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_WAIT);
    const char reply[] = "{\"data\":{\"batch_results\":[{\"ciphertext\":\"vault:v1:AA==\"}]}}";
    assert_int_equal(vc_request_reply(request, 200, vc_str(NULL), vc_str(reply), 2, &err), VC_OK);
    assert_int_equal(vc_request_reply(request, 200, vc_str(NULL), vc_str(reply), 2, &err), VC_E_STATE);
    assert_int_equal(vc_request_failed(request, NULL, 2, &err), VC_E_STATE);
    assert_int_equal(vc_batch_step(batch, 3, NULL, NULL), VC_STEP_DONE);
    assert_int_equal(vc_batch_step(batch, UINT64_MAX, NULL, NULL), VC_STEP_DONE);
    assert_null(vc_batch_next_request(batch));
    assert_null(vc_batch_error(batch, 0));
    /* Cleared with a request under way, then used again. */
    vc_batch_clear(batch);
    add(batch, "letters", vc_str("{\"a\":\"y\"}"));
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_SEND);
    assert_non_null(vc_batch_next_request(batch));
    vc_batch_clear(batch);
    add(batch, "letters", vc_str("{\"a\":\"z\"}"));
    fake_vault fake = { 0 };
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_true(vc__view_is(vc_batch_output(batch, 0), "{\"a\":\"vault:v1:eg==\"}"));
    vc_batch_free(batch);
}

static void fields_share_a_supplied_tweak(void **state)
{
    (void)state;
    fake_vault fake = { 0 };
    vc_batch *batch = new_batch();
    add(batch, "shared", vc_str("{\"one\":\"12\",\"id\":\"7\",\"two\":\"34\"}"));
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_null(vc_batch_error(batch, 0));
    assert_true(vc__view_is(vc_batch_output(batch, 0), "{\"one\":\"87\",\"id\":\"7\",\"two\":\"65\"}"));
    assert_int_equal(fake.tweaks, 2);
    vc_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_over_all_limits_falls_alone),
        cmocka_unit_test(a_lone_one_needs_no_vault),
        cmocka_unit_test(a_limit_beyond_what_a_request_holds_is_none),
        cmocka_unit_test(one_large_value_is_no_limit_of_items),
        cmocka_unit_test(a_limit_of_bytes_is_no_limit_of_items),
        cmocka_unit_test(lent_requests_outlive_a_failure),
        cmocka_unit_test(odd_orders),
        cmocka_unit_test(fields_share_a_supplied_tweak),
    };
    return cmocka_run_group_tests_name("record run", tests, setup, teardown);
}
