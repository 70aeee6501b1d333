/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, rewrapping, keys and stores of transform: what is asked, what may be sent again, what is read. */
#include "unit/test.h"

#include "base/text.h"
#include "vault/names.h"
#include "vault/single.h"
#include "vault/transform.h"
#include "vault/transform_batch.h"
#include "vault/transform_object.h"

static void is_request(vc_request *request, vc_code code, const char *wanted)
{
    char text[1024];
    assert_int_equal(code, VC_OK);
    snprintf(text, sizeof text, "%s %s %s%s", vc_request_method(request), vc_request_path(request),
             vc_request_body(request).len ? vc_request_body(request).data : "-", request->replay_safe ? " again" : "");
    assert_string_equal(text, wanted);
    vc__request_cleanup(request);
}

static void is_refused(vc_request *request, vc_code code)
{
    assert_int_equal(code, VC_E_ARGUMENT);
    vc__request_cleanup(request);
}

static void tokens_are_made_once(void **state)
{
    (void)state;
    vc_request r;
    const vc_view value = vc_str("1\"2");
    is_request(&r, vc__transform_tokenize(&r, "pay", value, NULL, NULL), "POST /v1/transform/encode/pay {\"value\":\"1\\\"2\"}");
    vc_transform_options *options = vc_transform_options_new(NULL);
    assert_int_equal(vc_transform_options_set_transformation(options, "t", NULL), VC_OK);
    is_request(&r, vc__transform_request(&r, VC__TRANSFORM_ENCODE, "pay", value, options, NULL),
               "POST /v1/transform/encode/pay {\"value\":\"1\\\"2\",\"transformation\":\"t\"} again");
    is_request(&r, vc__transform_tokenize(&r, "a/pay", value, options, NULL),
               "POST /v1/a/encode/pay {\"value\":\"1\\\"2\",\"transformation\":\"t\"}");
    vc_transform_options_set_ttl(options, 60);
    assert_int_equal(vc_transform_options_add_metadata(options, "Dep", "Mark\"et", NULL), VC_OK);
    assert_int_equal(vc_transform_options_add_metadata(options, "b", "", NULL), VC_OK);
    is_request(&r, vc__transform_request(&r, VC__TRANSFORM_ENCODE, "pay", value, options, NULL),
               "POST /v1/transform/encode/pay {\"value\":\"1\\\"2\",\"transformation\":\"t\",\"ttl\":\"60s\","
               "\"metadata\":\"Dep=Mark\\\"et,b=\"}");
    vc_transform_options_set_ttl(options, 0);
    assert_int_equal(vc_transform_options_set_expiration(options, "2030-01-02T03:04:05.6+01:00", NULL), VC_OK);
    vc_transform_options_set_convergent(options, 1);
    is_request(&r, vc__transform_tokenize(&r, "pay", value, options, NULL),
               "POST /v1/transform/encode/pay {\"value\":\"1\\\"2\",\"transformation\":\"t\",\"metadata\":\"Dep=Mark\\\"et,b=\","
               "\"expiration\":\"2030-01-02T03:04:05.6+01:00\"} again");
    is_request(&r, vc__transform_request(&r, VC__TRANSFORM_DECODE, "pay", value, options, NULL),
               "POST /v1/transform/decode/pay {\"value\":\"1\\\"2\",\"transformation\":\"t\"} again");
    is_refused(&r, vc__transform_tokenize(&r, "pay", vc_str("\xff"), options, NULL));
    is_refused(&r, vc__transform_tokenize(&r, "-", value, options, NULL));
    vc_transform_options_free(options);
}

static void options_are_checked(void **state)
{
    (void)state;
    static const char *const times[] = { "", "soon", "2030-01-02", "2030-01-02T03:04:05", "2030-01-02 03:04:05Z", "20a0-01-02T03:04:05Z",
                                         "2030-01-02T03:04:05Z\",\"ttl\":\"9s", NULL };
    vc_transform_options *options = vc_transform_options_new(NULL);
    for (size_t i = 0; i < COUNT(times); i++)
        assert_int_equal(vc_transform_options_set_expiration(options, times[i], NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_transform_options_set_expirations(options, "2030-01-02T03:04:05Z", "x", NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_transform_options_set_expirations(options, "any", "any", NULL), VC_E_ARGUMENT);
    static const char *const pairs[][2] = { { "", "a" }, { "a=b", "c" }, { "a,b", "c" }, { "a", "b,c" }, { "\xff", "a" }, { "a", "\xff" } };
    for (size_t i = 0; i < COUNT(pairs); i++)
        assert_int_equal(vc_transform_options_add_metadata(options, pairs[i][0], pairs[i][1], NULL), VC_E_ARGUMENT);
    char *large = calloc(1, 65536);
    memset(large, 'a', 65535);
    assert_int_equal(vc_transform_options_add_metadata(options, "k", large, NULL), VC_E_LIMIT);
    free(large);
    assert_int_equal(vc_transform_options_add_metadata(options, "k", "v", NULL), VC_OK);
    vc_transform_options_free(options);
}

static void questions_about_tokens(void **state)
{
    (void)state;
    vc_request r;
    vc_transform_options *options = vc_transform_options_new(NULL);
    is_request(&r, vc__transform_ask(&r, "POST", "validate", "pay", "value", vc_str("t"), NULL, false, NULL),
               "POST /v1/transform/validate/pay {\"value\":\"t\"} again");
    assert_int_equal(vc_transform_options_set_transformation(options, "k", NULL), VC_OK);
    assert_int_equal(vc_transform_options_set_expiration(options, VC_TRANSFORM_ANY, NULL), VC_OK);
    is_request(&r, vc__transform_ask(&r, "POST", "tokens", "m/pay", "value", vc_str("t"), options, true, NULL),
               "POST /v1/m/tokens/pay {\"value\":\"t\",\"transformation\":\"k\",\"expiration\":\"any\"} again");
    is_request(&r, vc__transform_ask(&r, "DELETE", "tokens", "pay", "token", vc_str("t"), options, false, NULL),
               "DELETE /v1/transform/tokens/pay {\"token\":\"t\",\"transformation\":\"k\"} again");
    vc_transform_options_free(options);
    options = vc_transform_options_new(NULL);
    assert_int_equal(vc_transform_options_set_expirations(options, "2030-01-02T03:04:05Z", "2031-01-02T03:04:05Z", NULL), VC_OK);
    is_request(&r, vc__transform_ask(&r, "DELETE", "tokenized", "pay", "value", vc_str("v"), options, true, NULL),
               "DELETE /v1/transform/tokenized/pay {\"value\":\"v\",\"min_expiration\":\"2030-01-02T03:04:05Z\","
               "\"max_expiration\":\"2031-01-02T03:04:05Z\"} again");
    is_refused(&r, vc__transform_ask(&r, "POST", "tokens", "pay", "value", vc_str("\xff"), options, true, NULL));
    vc_transform_options_free(options);
}

static void rewrapping_names_both(void **state)
{
    (void)state;
    vc_request r;
    vc_transform_options *from = vc_transform_options_new(NULL), *to = vc_transform_options_new(NULL);
    is_refused(&r, vc__transform_rewrap(&r, "pay", vc_str("v"), from, to, NULL));
    assert_int_equal(vc_transform_options_set_transformation(from, "old", NULL), VC_OK);
    is_refused(&r, vc__transform_rewrap(&r, "pay", vc_str("v"), from, to, NULL));
    assert_int_equal(vc_transform_options_set_transformation(to, "new", NULL), VC_OK);
    is_request(&r, vc__transform_rewrap(&r, "pay", vc_str("v"), from, to, NULL),
               "POST /v1/transform/rewrap/pay {\"value\":\"v\",\"transformation\":\"new\",\"decode_transformation\":\"old\"} again");
    assert_int_equal(vc_transform_options_set_tweak(from, vc_str("c29tZW51bQ=="), NULL), VC_OK);
    assert_int_equal(vc_transform_options_set_tweak(to, vc_str("AA=="), NULL), VC_OK);
    is_request(&r, vc__transform_rewrap(&r, "pay", vc_str("v"), from, to, NULL),
               "POST /v1/transform/rewrap/pay {\"value\":\"v\",\"transformation\":\"new\",\"decode_transformation\":\"old\","
               "\"tweak\":\"AA==\",\"decode_tweak\":\"c29tZW51bQ==\"} again");
    vc_transform_options_free(from);
    vc_transform_options_free(to);
}

static void transformations_of_all_types(void **state)
{
    (void)state;
    vc_request r;
    vc_transform_transformation *kind = vc_transform_transformation_new("tokenization", NULL);
    assert_int_equal(vc_transform_transformation_set_mapping_mode(kind, "exportable", NULL), VC_OK);
    assert_int_equal(vc_transform_transformation_set_convergent(kind, 1, NULL), VC_OK);
    assert_int_equal(vc_transform_transformation_set_max_ttl(kind, 3600, NULL), VC_OK);
    assert_int_equal(vc_transform_transformation_add_store(kind, "db", NULL), VC_OK);
    assert_int_equal(vc_transform_transformation_set_template(kind, "ignored", NULL), VC_OK);
    is_request(&r, vc__transform_transformation_write(&r, "t", kind, NULL),
               "POST /v1/transform/transformations/tokenization/t {\"mapping_mode\":\"exportable\",\"convergent\":true,"
               "\"max_ttl\":3600,\"stores\":[\"db\"]} again");
    is_request(&r, vc__transform_import(&r, "t", kind, vc_str("AAAA"), NULL, true, NULL),
               "POST /v1/transform/transformations/tokenization/t/import {\"mapping_mode\":\"exportable\",\"convergent\":true,"
               "\"max_ttl\":3600,\"stores\":[\"db\"],\"allow_rotation\":true,\"ciphertext\":\"AAAA\",\"hash_function\":\"SHA256\"}");
    is_request(&r, vc__transform_import_version(&r, "t", vc_str("AAAA"), "SHA512", NULL),
               "POST /v1/transform/transformations/tokenization/t/import_version {\"ciphertext\":\"AAAA\",\"hash_function\":\"SHA512\"}");
    is_refused(&r, vc__transform_import(&r, "t", kind, vc_str("\"AAA"), NULL, true, NULL));
    is_refused(&r, vc__transform_import(&r, "t", kind, vc_str(""), NULL, true, NULL));
    is_refused(&r, vc__transform_import(&r, "t", kind, vc_str("AAAA"), "MD5", true, NULL));
    vc_transform_transformation_free(kind);

    kind = vc_transform_transformation_new("masking", NULL);
    is_refused(&r, vc__transform_import(&r, "t", kind, vc_str("AAAA"), NULL, false, NULL));
    vc_transform_transformation_free(kind);
    kind = vc_transform_transformation_new("rot13", NULL);
    is_refused(&r, vc__transform_import(&r, "t", kind, vc_str("AAAA"), NULL, false, NULL));
    vc_transform_transformation_free(kind);
    kind = vc_transform_transformation_new("fpe", NULL);
    assert_int_equal(vc_transform_transformation_set_max_tweak_len(kind, 7, NULL), VC_OK);
    is_request(&r, vc__transform_transformation_write(&r, "t", kind, NULL),
               "POST /v1/transform/transformations/fpe/t {\"max_tweak_len\":7} again");
    vc_transform_transformation_free(kind);

    static const char body[] = "{\"data\":{\"type\":\"tokenization\",\"mapping_mode\":\"default\",\"convergent\":true,\"max_ttl\":\"1h30m\","
                               "\"stores\":[\"builtin/internal\"],\"deletion_allowed\":true,\"allowed_roles\":[\"a\"],\"templates\":null}}";
    kind = vc__transform_transformation_parse(200, vc_str(body), NULL);
    assert_string_equal(vc_transform_transformation_mapping_mode(kind), "default");
    assert_true(vc_transform_transformation_is_convergent(kind) && vc_transform_transformation_allows_deletion(kind));
    assert_int_equal(vc_transform_transformation_max_ttl(kind), 5400);
    assert_int_equal(vc_transform_transformation_store_count(kind), 1);
    assert_string_equal(vc_transform_transformation_store(kind, 0), "builtin/internal");
    assert_null(vc_transform_transformation_store(kind, 1));
    vc_transform_transformation_free(kind);
}

static void keys_and_lists(void **state)
{
    (void)state;
    vc_request r;
    is_request(&r, vc__transform_key_configure(&r, "k", 2, VC_TRANSFORM_UNCHANGED, NULL),
               "POST /v1/transform/tokenization/keys/k/config {\"min_decryption_version\":2} again");
    is_request(&r, vc__transform_key_configure(&r, "m/k", VC_TRANSFORM_UNCHANGED, 3600, NULL),
               "POST /v1/m/tokenization/keys/k/config {\"auto_rotate_period\":\"3600s\"} again");
    is_request(&r, vc__transform_key_configure(&r, "k", 1, 0, NULL),
               "POST /v1/transform/tokenization/keys/k/config {\"min_decryption_version\":1,\"auto_rotate_period\":\"0s\"} again");
    is_request(&r, vc__transform_key_trim(&r, "k", 2, NULL),
               "POST /v1/transform/tokenization/keys/k/trim {\"min_available_version\":2} again");
    is_request(&r, vc__transform_begin_mount(&r, NULL, "role?list=true", NULL), "GET /v1/transform/role?list=true - again");
    is_request(&r, vc__transform_begin_mount(&r, "a/b", "wrapping_key", NULL), "GET /v1/a/b/wrapping_key - again");
    is_request(&r, vc__transform_begin(&r, "DELETE", "alphabet", "a", "", NULL), "DELETE /v1/transform/alphabet/a - again");
    is_refused(&r, vc__transform_begin_mount(&r, "../b", "role", NULL));
    is_refused(&r, vc__transform_begin(&r, "DELETE", "alphabet", "a/", "", NULL));
    vc_transform_key *key = vc__transform_key_parse(
        200, vc_str("{\"data\":{\"latest_version\":3,\"min_available_version\":1,\"min_decryption_version\":2,\"auto_rotate_period\":\"4320h\"}}"), NULL);
    assert_int_equal(vc_transform_key_latest_version(key), 3);
    assert_int_equal(vc_transform_key_min_available_version(key), 1);
    assert_int_equal(vc_transform_key_min_decryption_version(key), 2);
    assert_int_equal(vc_transform_key_auto_rotate_seconds(key), 4320 * 3600);
    vc_transform_key_free(key);
    assert_null(vc__transform_key_parse(200, vc_str("{\"data\":{}}"), NULL));
    assert_null(vc__transform_key_parse(404, vc_str("{\"errors\":[]}"), NULL));
}

static void stores_hide_their_password(void **state)
{
    (void)state;
    vc_request r;
    vc_transform_store *store = vc_transform_store_new("postgres", "postgresql://{{username}}@db/t", NULL);
    is_refused(&r, vc__transform_store_write(&r, "db", store, NULL));
    assert_int_equal(vc_transform_store_set_user(store, "u", vc_str("p\"w"), NULL), VC_OK);
    assert_int_equal(vc_transform_store_set_user(store, "u", vc_str("\xff"), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_transform_store_set_schema(store, "s", NULL), VC_OK);
    assert_int_equal(vc_transform_store_set_connections(store, 8, 2, NULL), VC_OK);
    is_request(&r, vc__transform_store_write(&r, "db", store, NULL),
               "POST /v1/transform/stores/db {\"type\":\"sql\",\"driver\":\"postgres\",\"connection_string\":"
               "\"postgresql://{{username}}@db/t\",\"schema\":\"s\",\"max_open_connections\":8,\"max_idle_connections\":2,"
               "\"username\":\"u\",\"password\":\"p\\\"w\"} again");
    vc_transform_store_free(store);
    vc_transform_store_free(NULL);
    is_request(&r, vc__transform_store_schema(&r, "db", "ddl", vc_str("x"), NULL),
               "POST /v1/transform/stores/db/schema {\"username\":\"ddl\",\"password\":\"x\"} again");
    store = vc__transform_store_parse(
        200, vc_str("{\"data\":{\"type\":\"sql\",\"connection_string\":\"c\",\"supported_transformations\":[\"tokenization\"]}}"), NULL);
    assert_string_equal(vc_transform_store_type(store), "sql");
    assert_string_equal(vc_transform_store_connection(store), "c");
    assert_null(vc_transform_store_driver(store));
    is_refused(&r, vc__transform_store_write(&r, "db", store, NULL));
    vc_transform_store_free(store);
    assert_null(vc__transform_store_parse(404, vc_str("{\"errors\":[]}"), NULL));
}

static vc_code sweep(void *unused)
{
    (void)unused;
    vc_request r;
    vc_error err = VC_ERROR_INIT;
    vc_transform_options *options = vc_transform_options_new(&err);
    vc_code code = options ? vc_transform_options_add_metadata(options, "k", "v", &err) : err.code;
    if (!code)
        code = vc_transform_options_set_expirations(options, "2030-01-02T03:04:05Z", "2031-01-02T03:04:05Z", &err);
    if (!code) {
        code = vc__transform_tokenize(&r, "pay", vc_str("v"), options, &err);
        vc__request_cleanup(&r);
    }
    if (!code) {
        code = vc__transform_ask(&r, "POST", "tokens", "pay", "value", vc_str("v"), options, true, &err);
        vc__request_cleanup(&r);
    }
    vc_transform_options_free(options);
    vc_transform_store *store = code ? NULL : vc_transform_store_new("mysql", "c", &err);
    if (!code)
        code = store ? vc_transform_store_set_user(store, "u", vc_str("p"), &err) : err.code;
    if (!code) {
        code = vc__transform_store_write(&r, "db", store, &err);
        vc__request_cleanup(&r);
    }
    vc_transform_store_free(store);
    if (!code) {
        code = vc__transform_store_schema(&r, "db", "u", vc_str("p"), &err);
        vc__request_cleanup(&r);
    }
    store = code ? NULL : vc__transform_store_parse(200, vc_str("{\"data\":{\"type\":\"sql\"}}"), &err);
    code = code ? code : store ? VC_OK : err.code;
    vc_transform_store_free(store);
    vc_transform_transformation *kind = code ? NULL : vc_transform_transformation_new("fpe", &err);
    if (!code)
        code = kind ? vc__transform_import(&r, "t", kind, vc_str("AAAA"), NULL, false, &err) : err.code;
    if (kind)
        vc__request_cleanup(&r);
    vc_transform_transformation_free(kind);
    return code;
}

/* One request, answered; without a driver. */
static vc_code sweep_batch(void *unused)
{
    (void)unused;
    vc_error err = VC_ERROR_INIT;
    vc_transform_batch *batch = vc_transform_batch_new(VC_TRANSFORM_VALIDATE, "pay", NULL, &err);
    vc_code code = batch ? vc_transform_batch_add(batch, vc_str("t"), vc_str(NULL), &err) : err.code;
    if (!code)
        code = vc_transform_batch_add(batch, vc_str("\xff"), vc_str(NULL), &err);
    vc_step step = code ? VC_STEP_FAILED : VC_STEP_WAIT;
    while (!code && (step = vc__transform_batch_step(batch, 0, NULL, &err)) == VC_STEP_SEND) {
        vc_request *request = vc__spread_next(vc__transform_batch_spread(batch));
        if (!request)
            continue;
        assert_string_equal(vc_request_path(request), "/v1/transform/validate/pay");
        assert_string_equal(vc_request_body(request).data, "{\"batch_input\":[{\"value\":\"t\"}]}");
        code = vc_request_reply(request, 200, vc_str(NULL), vc_str("{\"data\":{\"batch_results\":[{\"valid\":true}]}}"), 0, &err);
    }
    if (!code && step != VC_STEP_DONE)
        code = err.code;
    if (!code)
        assert_true(vc_transform_batch_answer(batch, 0) && vc_transform_batch_error(batch, 1)->code == VC_E_ARGUMENT);
    vc_transform_batch_free(batch);
    return code;
}

static void memory_may_be_short(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(sweep, NULL);
    SWEEP_ALLOCATIONS(sweep_batch, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_made_once),         cmocka_unit_test(options_are_checked),
        cmocka_unit_test(questions_about_tokens),       cmocka_unit_test(rewrapping_names_both),
        cmocka_unit_test(transformations_of_all_types), cmocka_unit_test(keys_and_lists),
        cmocka_unit_test(stores_hide_their_password),   cmocka_unit_test(memory_may_be_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
