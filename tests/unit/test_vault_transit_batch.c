/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vault/transit_batch and spread, against an instant Vault that refuses in every way that the real ones do. */
#include "unit/fake_vault.h"
#include "unit/test.h"

#include "base/text.h"
#include "vault/transit_batch.h"

#define OK(call) assert_int_equal((call), VC_OK)

static vc_step step(void *self, uint64_t now_ms, uint64_t *wait_until, vc_error *err)
{
    return vc_transit_batch_step(self, now_ms, wait_until, err);
}

static vc_request *next(void *self)
{
    return vc_transit_batch_next_request(self);
}

static vc_code run(fake_vault *fake, vc_transit_batch *batch, vc_error *err)
{
    return fake_vault_drive(fake, step, next, batch, err);
}

static vc_transit_batch *new_batch(vc_transit_verb verb, const vc_transit_options *options)
{
    vc_transit_batch *batch = vc_transit_batch_new(verb, "m/k", options, NULL);
    assert_non_null(batch);
    return batch;
}

static void add_text(vc_transit_batch *batch, const char *text)
{
    OK(vc_transit_batch_add(batch, vc_str(text), NULL));
}

static vc_code code_of(const vc_transit_batch *batch, size_t i)
{
    const vc_error *error = vc_transit_batch_error(batch, i);
    return error ? error->code : VC_OK;
}

static bool result_is(const vc_transit_batch *batch, size_t i, const char *text)
{
    return vc__view_is(vc_transit_batch_result(batch, i), text) && code_of(batch, i) == VC_OK;
}

static vc_batch_stats stats_of(const vc_transit_batch *batch)
{
    vc_batch_stats stats = { .size = sizeof stats };
    vc_transit_batch_get_stats(batch, &stats);
    return stats;
}

static void test_verbs(void **state)
{
    (void)state;
    static const struct {
        vc_transit_verb verb;
        const char *in, *out;
        uint64_t version;
    } cases[] = {
        { VC_TRANSIT_ENCRYPT, "abc", "vault:v1:YWJj", 1 },
        { VC_TRANSIT_DECRYPT, "vault:v1:YWJj", "abc", 0 },
        { VC_TRANSIT_DECRYPT, "vault:v1:", "", 0 },
        { VC_TRANSIT_REWRAP, "vault:v1:YWJj", "vault:v2:YWJj", 2 },
        { VC_TRANSIT_HMAC, "abc", "vault:v1:YWJj", 0 },
        { VC_TRANSIT_SIGN, "abc", "vault:v1:YWJj", 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        fake_vault fake = { 0 };
        vc_transit_batch *batch = new_batch(cases[i].verb, NULL);
        add_text(batch, cases[i].in);
        add_text(batch, cases[i].in);
        assert_int_equal(vc_transit_batch_count(batch), 2);
        assert_int_equal(code_of(batch, 1), VC_E_CANCELED);
        OK(run(&fake, batch, NULL));
        assert_true(result_is(batch, 0, cases[i].out) && result_is(batch, 1, cases[i].out));
        assert_int_equal(vc_transit_batch_key_version(batch, 1), cases[i].version);
        assert_int_equal(code_of(batch, 2), VC_E_CANCELED);
        assert_null(vc_transit_batch_result(batch, 2).data);
        assert_int_equal(fake.requests, 1);
        assert_int_equal(stats_of(batch).fields, 2);
        vc_transit_batch_free(batch);
    }
}

static void test_verification(void **state)
{
    (void)state;
    for (vc_transit_verb verb = VC_TRANSIT_VERIFY; verb <= VC_TRANSIT_VERIFY_HMAC; verb++) {
        fake_vault fake = { 0 };
        vc_transit_batch *batch = new_batch(verb, NULL);
        vc_transit_item item = VC_TRANSIT_ITEM_INIT;
        item.input = vc_str("abc");
        item.signature = vc_str("vault:v1:YWJj");
        OK(vc_transit_batch_add_item(batch, &item, NULL));
        item.signature = vc_str("vault:v1:YWJk");
        OK(vc_transit_batch_add_item(batch, &item, NULL));
        item.signature = vc_str("\xff");
        OK(vc_transit_batch_add_item(batch, &item, NULL));
        item.signature = vc_str(NULL);
        OK(vc_transit_batch_add_item(batch, &item, NULL));
        OK(run(&fake, batch, NULL));
        assert_int_equal(code_of(batch, 0), VC_OK);
        assert_null(vc_transit_batch_result(batch, 0).data);
        for (size_t i = 1; i < 4; i++)
            assert_int_equal(code_of(batch, i), VC_E_SIGNATURE);
        assert_int_equal(fake.items, 3); /* what is no text never goes */
        vc_transit_batch_free(batch);
    }
}

static void check_body(vc_transit_batch *batch, const char *path, const char *body)
{
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_transit_batch_step(batch, 1, NULL, &err), VC_STEP_SEND);
    vc_request *request = vc_transit_batch_next_request(batch);
    assert_non_null(request);
    assert_string_equal(vc_request_path(request), path);
    assert_string_equal(vc_request_body(request).data, body);
    assert_null(vc_transit_batch_next_request(batch));
    vc_transit_batch_free(batch);
}

static void test_bodies(void **state)
{
    (void)state;
    vc_transit_options *options = vc_transit_options_new(NULL);
    OK(vc_transit_options_set_context(options, vc_str("c"), NULL));
    vc_transit_options_set_key_version(options, 3);
    vc_transit_batch *batch = new_batch(VC_TRANSIT_ENCRYPT, options);
    add_text(batch, "a");
    vc_transit_item item = VC_TRANSIT_ITEM_INIT;
    item.input = vc_str("b");
    item.context = vc_str("d");
    item.associated_data = vc_str("");
    item.key_version = 4;
    OK(vc_transit_batch_add_item(batch, &item, NULL));
    check_body(batch, "/v1/m/encrypt/k",
               "{\"batch_input\":[{\"plaintext\":\"YQ==\",\"context\":\"Yw==\",\"key_version\":3},{\"plaintext\":\"Yg==\",\"context\":"
               "\"ZA==\",\"associated_data\":\"\",\"key_version\":4}],\"partial_failure_response_code\":200}");
    batch = new_batch(VC_TRANSIT_DECRYPT, options);
    add_text(batch, "vault:v1:x");
    check_body(batch, "/v1/m/decrypt/k",
               "{\"batch_input\":[{\"ciphertext\":\"vault:v1:x\",\"context\":\"Yw==\"}],\"partial_failure_response_code\":200}");
    OK(vc_transit_options_set_hash_algorithm(options, "sha2-512", NULL));
    OK(vc_transit_options_set_signature_algorithm(options, "pss", NULL));
    OK(vc_transit_options_set_marshaling(options, "jws", NULL));
    OK(vc_transit_options_set_salt_length(options, 7, NULL));
    vc_transit_options_set_prehashed(options, 1);
    batch = new_batch(VC_TRANSIT_SIGN, options);
    add_text(batch, "a");
    check_body(batch, "/v1/m/sign/k",
               "{\"batch_input\":[{\"input\":\"YQ==\",\"context\":\"Yw==\"}],\"hash_algorithm\":\"sha2-512\",\"signature_algorithm\":"
               "\"pss\",\"marshaling_algorithm\":\"jws\",\"prehashed\":true,\"salt_length\":\"7\",\"key_version\":3}");
    batch = new_batch(VC_TRANSIT_VERIFY, options);
    item = (vc_transit_item)VC_TRANSIT_ITEM_INIT;
    item.input = vc_str("a");
    item.signature = vc_str("vault:v1:\"");
    OK(vc_transit_options_set_salt_length(options, VC_TRANSIT_SALT_HASH, NULL));
    OK(vc_transit_batch_add_item(batch, &item, NULL));
    check_body(batch, "/v1/m/verify/k",
               "{\"batch_input\":[{\"input\":\"YQ==\",\"signature\":\"vault:v1:\\\"\",\"context\":\"Yw==\"}],\"hash_algorithm\":"
               "\"sha2-512\",\"signature_algorithm\":\"pss\",\"marshaling_algorithm\":\"jws\",\"prehashed\":true,\"salt_length\":\"7\"}");
    vc_transit_options_free(options);
    options = vc_transit_options_new(NULL);
    vc_transit_options_set_key_version(options, 2);
    OK(vc_transit_options_set_hash_algorithm(options, "sha2-384", NULL));
    batch = new_batch(VC_TRANSIT_HMAC, options);
    add_text(batch, "");
    check_body(batch, "/v1/m/hmac/k", "{\"batch_input\":[{\"input\":\"\"}],\"algorithm\":\"sha2-384\",\"key_version\":2}");
    batch = new_batch(VC_TRANSIT_VERIFY_HMAC, options);
    OK(vc_transit_batch_add_item(batch, &item, NULL));
    check_body(batch, "/v1/m/verify/k",
               "{\"batch_input\":[{\"input\":\"YQ==\",\"hmac\":\"vault:v1:\\\"\"}],\"hash_algorithm\":\"sha2-384\"}");
    vc_transit_options_free(options);
}

/* What may not be, of options and items. */
static void test_arguments(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    assert_null(vc_transit_batch_new((vc_transit_verb)7, "k", NULL, &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_null(vc_transit_batch_new(VC_TRANSIT_SIGN, "-k", NULL, &err));
    assert_null(vc_transit_batch_new(VC_TRANSIT_SIGN, NULL, NULL, &err));
    vc_transit_options *options = vc_transit_options_new(NULL);
    OK(vc_transit_options_set_associated_data(options, vc_str("a"), NULL));
    for (vc_transit_verb verb = VC_TRANSIT_REWRAP; verb <= VC_TRANSIT_VERIFY_HMAC; verb++) {
        assert_null(vc_transit_batch_new(verb, "k", options, &err));
        assert_int_equal(err.code, VC_E_ARGUMENT);
    }
    vc_transit_options_free(options);
    options = vc_transit_options_new(NULL);
    vc_transit_options_set_prehashed(options, 1);
    for (vc_transit_verb verb = VC_TRANSIT_ENCRYPT; verb <= VC_TRANSIT_HMAC; verb++)
        assert_null(vc_transit_batch_new(verb, "k", options, &err));
    vc_transit_options_free(options);
    vc_transit_batch *batch = new_batch(VC_TRANSIT_HMAC, NULL);
    vc_transit_item item = VC_TRANSIT_ITEM_INIT;
    item.key_version = 1;
    assert_int_equal(vc_transit_batch_add_item(batch, &item, &err), VC_E_ARGUMENT);
    item.key_version = 0;
    item.context = vc_str("");
    assert_int_equal(vc_transit_batch_add_item(batch, &item, &err), VC_E_ARGUMENT);
    item.context = vc_str(NULL);
    item.signature = vc_str("");
    assert_int_equal(vc_transit_batch_add_item(batch, &item, &err), VC_E_ARGUMENT);
    item.signature = vc_str(NULL);
    item.size = sizeof item - 1;
    assert_int_equal(vc_transit_batch_add_item(batch, &item, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_transit_batch_count(batch), 0);
    assert_int_equal(vc_transit_batch_set_limits(batch, 0, 0, 65, &err), VC_E_ARGUMENT);
    fake_vault fake = { 0 };
    OK(run(&fake, batch, &err)); /* empty: nothing is sent */
    assert_int_equal(fake.requests, 0);
    assert_int_equal(vc_transit_batch_add(batch, vc_str("x"), &err), VC_E_STATE);
    assert_int_equal(vc_transit_batch_set_limits(batch, 1, 0, 0, &err), VC_E_STATE);
    assert_int_equal(vc_transit_batch_set_deadline(batch, 1, &err), VC_E_STATE);
    vc_transit_batch_clear(batch);
    add_text(batch, "x");
    OK(run(&fake, batch, &err));
    assert_true(result_is(batch, 0, "vault:v1:eA=="));
    vc_transit_batch_free(batch);
    vc_transit_batch_free(NULL);
}

enum { MANY = 1000 };

/* Item i is "i", some are poison (refuse the whole request), some bad (refuse the item). */
static void fill(vc_transit_batch *batch, char texts[MANY][16])
{
    for (size_t i = 0; i < MANY; i++) {
        snprintf(texts[i], 16, "%s%zu", i % 97 == 50 ? "poison" : i % 31 == 7 ? "bad" : "", i);
        add_text(batch, texts[i]);
    }
}

static void check_many(const vc_transit_batch *batch, char texts[MANY][16])
{
    for (size_t i = 0; i < MANY; i++) {
        if (strncmp(texts[i], "p", 1) == 0 || strncmp(texts[i], "b", 1) == 0) {
            assert_int_equal(code_of(batch, i), VC_E_REFUSED);
            assert_null(vc_transit_batch_result(batch, i).data);
            assert_null(strstr(vc_transit_batch_error(batch, i)->message, "CANARY"));
        } else {
            assert_int_equal(code_of(batch, i), VC_OK);
            assert_int_equal(vc_transit_batch_result(batch, i).len, 9 + (strlen(texts[i]) + 2) / 3 * 4);
        }
    }
}

static void test_many(void **state)
{
    (void)state;
    static char texts[MANY][16];
    for (vc_transit_verb verb = VC_TRANSIT_ENCRYPT; verb <= VC_TRANSIT_SIGN; verb += VC_TRANSIT_HMAC) {
        for (size_t in_flight = 1; in_flight <= 8; in_flight *= 8) {
            fake_vault fake = { .most_items = 100 };
            vc_transit_batch *batch = new_batch(verb, NULL);
            OK(vc_transit_batch_set_limits(batch, 300, 0, in_flight, NULL));
            fill(batch, texts);
            OK(run(&fake, batch, NULL));
            check_many(batch, texts);
            const vc_batch_stats stats = stats_of(batch);
            assert_true(stats.item_cap > 0 && stats.item_cap <= 100);
            assert_true(stats.splits > 0 && stats.requests == fake.requests);
            vc_transit_batch_free(batch);
        }
    }
}

static void test_bytes(void **state)
{
    (void)state;
    static char texts[MANY][16];
    fake_vault fake = { .most_bytes = 2000 };
    vc_transit_batch *batch = new_batch(VC_TRANSIT_ENCRYPT, NULL);
    OK(vc_transit_batch_set_limits(batch, 500, 5000, 2, NULL));
    fill(batch, texts);
    OK(run(&fake, batch, NULL));
    check_many(batch, texts);
    vc_transit_batch_clear(batch);
    static char large[3000];
    OK(vc_transit_batch_add(batch, vc_view_of(large, sizeof large), NULL));
    add_text(batch, "x");
    OK(run(&fake, batch, NULL));
    assert_int_equal(code_of(batch, 0), VC_E_TOO_LARGE);
    assert_true(result_is(batch, 1, "vault:v1:eA=="));
    vc_transit_batch_free(batch);
}

/* Vault takes contexts in all items of a request, or in none. */
static void test_contexts(void **state)
{
    (void)state;
    fake_vault fake = { 0 };
    vc_transit_batch *batch = new_batch(VC_TRANSIT_ENCRYPT, NULL);
    for (size_t i = 0; i < 10; i++) {
        vc_transit_item item = VC_TRANSIT_ITEM_INIT;
        item.input = vc_str("x");
        item.context = i % 2 ? vc_str("c") : vc_str(NULL);
        OK(vc_transit_batch_add_item(batch, &item, NULL));
    }
    OK(run(&fake, batch, NULL));
    for (size_t i = 0; i < 10; i++)
        assert_true(result_is(batch, i, "vault:v1:eA=="));
    assert_int_equal(fake.requests, 2);
    vc_transit_batch_free(batch);
}

static void test_failures(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    static const struct {
        fake_vault fake;
        vc_code code;
    } cases[] = {
        { { .fail_first = 1, .fail_status = 404 }, VC_E_NOT_FOUND },
        { { .fail_first = 1, .fail_status = 403 }, VC_E_DENIED },
        { { .fail_first = 1000, .fail_status = 503 }, VC_E_SEALED },
        { { .no_reply = true }, VC_E_CONNECT },
        { { .short_results = true }, VC_E_PROTOCOL },
        { { .clear_results = true }, VC_E_PROTOCOL },
        { { .fail_first = 3, .fail_status = 503 }, VC_OK },
        { { .fail_first = 3, .fail_status = 429 }, VC_OK },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        fake_vault fake = cases[i].fake;
        vc_transit_batch *batch = new_batch(VC_TRANSIT_ENCRYPT, NULL);
        OK(vc_transit_batch_set_limits(batch, 2, 0, 1, NULL));
        OK(vc_transit_batch_set_deadline(batch, 20000, NULL));
        for (int k = 0; k < 4; k++)
            add_text(batch, "x");
        assert_int_equal(run(&fake, batch, &err), cases[i].code);
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(code_of(batch, k), cases[i].code ? VC_E_CANCELED : VC_OK);
        assert_int_equal(stats_of(batch).retries > 0, cases[i].code == VC_OK || fake.no_reply || fake.fail_status == 503);
        vc_transit_batch_free(batch);
    }
}

/* Refuses two items, takes one. */
static vc_code answer(vc_request *request, vc_error *err)
{
    const char *first = strstr(vc_request_body(request).data, "ciphertext");
    const bool many = strstr(first + 1, "ciphertext") != NULL;
    return vc_request_reply(request, many ? 413 : 200, vc_str(NULL),
                            vc_str(many ? "{\"errors\":[]}" : "{\"data\":{\"batch_results\":[{\"plaintext\":\"YWJj\"}]}}"), 1, err);
}

static vc_code decrypt_some(void *arg)
{
    vc_error err = VC_ERROR_INIT;
    (void)arg;
    vc_transit_options *options = vc_transit_options_new(&err);
    vc_code code = options ? vc_transit_options_set_context(options, vc_str("c"), &err) : err.code;
    vc_transit_batch *batch = code ? NULL : vc_transit_batch_new(VC_TRANSIT_DECRYPT, "k", options, &err);
    vc_transit_options_free(options);
    if (!batch)
        return err.code;
    for (int i = 0; i < 3 && !code; i++)
        code = vc_transit_batch_add(batch, vc_str(i < 2 ? "vault:v1:YWJj" : "\xff"), &err);
    for (vc_step done = VC_STEP_SEND; !code && done != VC_STEP_DONE;) {
        done = vc_transit_batch_step(batch, 1, NULL, &err);
        if (done == VC_STEP_FAILED)
            code = err.code;
        for (vc_request *request; !code && (request = vc_transit_batch_next_request(batch));)
            code = answer(request, &err);
    }
    if (!code && (!result_is(batch, 0, "abc") || !result_is(batch, 1, "abc") || code_of(batch, 2) != VC_E_CIPHERTEXT))
        code = VC_E_INTERNAL;
    vc_transit_batch_free(batch);
    return code;
}

static void test_allocations(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(decrypt_some, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verbs),     cmocka_unit_test(test_verification), cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_arguments), cmocka_unit_test(test_many),         cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_contexts),  cmocka_unit_test(test_failures),     cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests_name("vault_transit_batch", tests, NULL, NULL);
}
