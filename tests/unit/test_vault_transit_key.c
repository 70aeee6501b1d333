/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vault/transit_key, transit_settings, transit_material, transit_import: as requests and as replies. */
#include "unit/request.h"
#include "unit/test.h"

#include "base/text.h"
#include "vault/transit_key.h"

#define OK(call) assert_int_equal((call), VC_OK)

/* A writable copy of a reply, for the readers that work in place. */
static char reply[4000];

static char *body_of(const char *text)
{
    assert_true(strlen(text) < sizeof reply);
    return strcpy(reply, text);
}

static void test_requests(void **state)
{
    (void)state;
    vc_request request;
    OK(vc__transit_key_trim(&request, "m/k", 7, NULL));
    check_request(&request, "POST", "/v1/m/keys/k/trim", "{\"min_available_version\":7}", true);
    OK(vc__transit_key_delete(&request, "k", NULL));
    check_request(&request, "DELETE", "/v1/transit/keys/k", NULL, false);
    OK(vc__transit_keys_read(&request, NULL, NULL));
    check_request(&request, "GET", "/v1/transit/keys?list=true", NULL, true);
    OK(vc__transit_keys_read(&request, "a/b/", NULL));
    check_request(&request, "GET", "/v1/a/b/keys?list=true", NULL, true);
    OK(vc__transit_mount_set_upsert(&request, NULL, false, NULL));
    check_request(&request, "POST", "/v1/transit/config/keys", "{\"disable_upsert\":true}", true);
    OK(vc__transit_mount_get_upsert(&request, "m", NULL));
    check_request(&request, "GET", "/v1/m/config/keys", NULL, true);
    OK(vc__transit_wrapping_key_read(&request, "m", NULL));
    check_request(&request, "GET", "/v1/m/wrapping_key", NULL, true);
    OK(vc__transit_key_backup(&request, "k", NULL));
    check_request(&request, "GET", "/v1/transit/backup/k", NULL, true);
    refused(&request, vc__transit_key_trim(&request, "-k", 1, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_delete(&request, "m/", NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_keys_read(&request, "", NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_keys_read(&request, "a/../b", NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_backup(&request, "", NULL), VC_E_ARGUMENT);
}

static void test_export_requests(void **state)
{
    (void)state;
    vc_request request;
    OK(vc__transit_key_export(&request, "m/k", "signing-key", 0, NULL));
    check_request(&request, "GET", "/v1/m/export/signing-key/k", NULL, true);
    OK(vc__transit_key_export(&request, "k", "hmac-key", 12, NULL));
    check_request(&request, "GET", "/v1/transit/export/hmac-key/k/12", NULL, true);
    OK(vc__transit_key_export(&request, "k", "public-key", VC_TRANSIT_LATEST, NULL));
    check_request(&request, "GET", "/v1/transit/export/public-key/k/latest", NULL, true);
    static const char *const bad[] = { NULL, "", "a/b", "../keys", "key?x",
                                       "a-type-that-is-far-longer-than-any-that-vault-has" };
    for (size_t i = 0; i < COUNT(bad); i++)
        refused(&request, vc__transit_key_export(&request, "k", bad[i], 0, NULL), VC_E_ARGUMENT);
}

static void test_restore_requests(void **state)
{
    (void)state;
    vc_request request;
    static const struct {
        const char *place, *path;
    } cases[] = {
        { NULL, "/v1/transit/restore" },     { "k", "/v1/transit/restore/k" }, { "m/", "/v1/m/restore" },
        { "a/b/k", "/v1/a/b/restore/k" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        OK(vc__transit_key_restore(&request, cases[i].place, vc_str("YmFja3Vw"), false, NULL));
        check_request(&request, "POST", cases[i].path, "{\"backup\":\"YmFja3Vw\"}", false);
    }
    OK(vc__transit_key_restore(&request, "k", vc_str("\"\n"), true, NULL));
    check_request(&request, "POST", "/v1/transit/restore/k", "{\"backup\":\"\\\"\\n\",\"force\":true}", true);
    refused(&request, vc__transit_key_restore(&request, "", vc_str("x"), false, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_restore(&request, "/", vc_str("x"), false, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_restore(&request, "k", vc_str(""), false, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_restore(&request, "k", vc_str("\xff"), false, NULL), VC_E_ARGUMENT);
}

static void test_import_requests(void **state)
{
    (void)state;
    vc_request request;
    vc_transit_settings *settings = vc_transit_settings_new(NULL);
    OK(vc__transit_key_import(&request, "m/k", vc_str("AAAA"), NULL, NULL, NULL));
    check_request(&request, "POST", "/v1/m/keys/k/import", "{\"ciphertext\":\"AAAA\",\"hash_function\":\"SHA256\"}",
                  false);
    OK(vc__transit_key_import(&request, "k", vc_str("AAAA"), "SHA1", settings, NULL)); /* nothing is set */
    check_request(&request, "POST", "/v1/transit/keys/k/import", "{\"ciphertext\":\"AAAA\",\"hash_function\":\"SHA1\"}",
                  false);
    OK(vc_transit_settings_set_type(settings, "rsa-2048", NULL));
    OK(vc_transit_settings_set_allow_rotation(settings, 1, NULL));
    OK(vc__transit_key_import(&request, "k", vc_str("AAAA"), "SHA512", settings, NULL));
    check_request(&request, "POST", "/v1/transit/keys/k/import",
                  "{\"type\":\"rsa-2048\",\"allow_rotation\":true,\"ciphertext\":\"AAAA\",\"hash_function\":\"SHA512\"}",
                  false);
    OK(vc__transit_key_import_version(&request, "k", vc_str("AAAA"), NULL, NULL));
    check_request(&request, "POST", "/v1/transit/keys/k/import_version",
                  "{\"ciphertext\":\"AAAA\",\"hash_function\":\"SHA256\"}", false);
    refused(&request, vc__transit_key_import(&request, "k", vc_str("AAA"), NULL, NULL, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_import(&request, "k", vc_str(""), NULL, NULL, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_import(&request, "k", vc_str("AAA\""), NULL, NULL, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_import(&request, "k", vc_str("AAAA"), "MD5", NULL, NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_import_version(&request, "k", vc_str("AAAA"), "x\"", NULL), VC_E_ARGUMENT);
    refused(&request, vc__transit_key_import_version(&request, "k", vc_str("?"), NULL, NULL), VC_E_ARGUMENT);
    OK(vc_transit_settings_set_convergent(settings, 1, NULL));
    refused(&request, vc__transit_key_import(&request, "k", vc_str("AAAA"), NULL, settings, NULL), VC_E_ARGUMENT);
    vc_transit_settings_free(settings);
}

/* Each setting goes with its own calls. */
static void test_settings(void **state)
{
    (void)state;
    enum { CREATE = 1, CONFIGURE = 2, IMPORT = 4 };
    static const unsigned goes[] = { CREATE | IMPORT, CREATE, IMPORT, 7, CONFIGURE };
    for (size_t i = 0; i < COUNT(goes); i++) {
        vc_request request;
        vc_transit_settings *settings = vc_transit_settings_new(NULL);
        OK(i == 0   ? vc_transit_settings_set_derived(settings, 1, NULL)
           : i == 1 ? vc_transit_settings_set_key_size(settings, 64, NULL)
           : i == 2 ? vc_transit_settings_set_allow_rotation(settings, 1, NULL)
           : i == 3 ? vc_transit_settings_set_auto_rotate(settings, 3600, NULL)
                    : vc_transit_settings_set_deletion_allowed(settings, 1, NULL));
        refused(&request, vc__transit_key_create(&request, "k", settings, NULL),
                goes[i] & CREATE ? VC_OK : VC_E_ARGUMENT);
        refused(&request, vc__transit_key_configure(&request, "k", settings, NULL),
                goes[i] & CONFIGURE ? VC_OK : VC_E_ARGUMENT);
        refused(&request, vc__transit_key_import(&request, "k", vc_str("AAAA"), NULL, settings, NULL),
                goes[i] & IMPORT ? VC_OK : VC_E_ARGUMENT);
        vc_transit_settings_free(settings);
    }
}

static void test_lists(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc_transit_keys *keys = vc__transit_keys_parse(200, vc_str(DATA("\"keys\":[\"a\",\"b\"]")), &err);
    assert_int_equal(vc_transit_keys_count(keys), 2);
    assert_string_equal(vc_transit_keys_name(keys, 1), "b");
    assert_null(vc_transit_keys_name(keys, 2));
    vc_transit_keys_free(keys);
    keys = vc__transit_keys_parse(404, vc_str("{\"errors\":[]}\n"), &err);
    assert_int_equal(vc_transit_keys_count(keys), 0);
    vc_transit_keys_free(keys);
    static const struct {
        int status;
        const char *body;
        vc_code code;
    } bad[] = {
        { 404, "{\"errors\":[\"no handler for route \\\"m/keys\\\"\"]}", VC_E_NOT_FOUND },
        { 404, "{\"errors\":[\"words\"]}", VC_E_NOT_FOUND },
        { 404, "", VC_E_NOT_FOUND },
        { 404, "<html>", VC_E_NOT_FOUND },
        { 400, "{\"errors\":[]}", VC_E_REQUEST },
        { 200, "{\"errors\":[]}", VC_E_PROTOCOL },
        { 200, DATA(""), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":[1]"), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":null"), VC_E_PROTOCOL },
        { 204, "", VC_E_PROTOCOL },
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_null(vc__transit_keys_parse(bad[i].status, vc_str(bad[i].body), &err));
        assert_int_equal(err.code, bad[i].code);
    }
}

static void test_versions(void **state)
{
    (void)state;
    vc_transit_key *key = vc__transit_key_parse(
        200, vc_str(DATA("\"type\":\"aes256-gcm96\",\"latest_version\":10,\"keys\":{\"10\":1700000010,\"9\":1700000009,\"x\":1},"
                         "\"soft_deleted\":true,\"imported_key_allow_rotation\":true")), NULL);
    assert_int_equal(vc_transit_key_version_count(key), 2);
    assert_int_equal(vc_transit_key_version(key, 0), 9);
    assert_int_equal(vc_transit_key_version(key, 1), 10);
    assert_int_equal(vc_transit_key_version(key, 2), 0);
    assert_int_equal(vc_transit_key_version_created(key, 10), 1700000010);
    assert_int_equal(vc_transit_key_version_created(key, 1), 0);
    assert_string_equal(vc_transit_key_version_public_key(key, 10), "");
    assert_true(vc_transit_key_is_soft_deleted(key) && vc_transit_key_allows_rotation(key));
    vc_transit_key_free(key);
    key = vc__transit_key_parse(
        200, vc_str(DATA("\"type\":\"ed25519\",\"latest_version\":1,\"keys\":{\"1\":{\"public_key\":\"PUBLIC\","
                         "\"certificate_chain\":\"CHAIN\",\"creation_time\":\"2026-11-22T06:22:05.716024041Z\"}}")), NULL);
    assert_int_equal(vc_transit_key_version_created(key, 1), 1795328525);
    assert_string_equal(vc_transit_key_version_public_key(key, 1), "PUBLIC");
    assert_string_equal(vc_transit_key_version_certificates(key, 1), "CHAIN");
    assert_string_equal(vc_transit_key_version_public_key(key, UINT64_MAX), "");
    vc_transit_key_free(key);
    key = vc__transit_key_parse(200, vc_str(DATA("\"type\":\"hmac\",\"latest_version\":1")), NULL);
    assert_int_equal(vc_transit_key_version_count(key), 0);
    assert_int_equal(vc_transit_key_version_created(key, 1), 0);
    vc_transit_key_free(key);
}

static vc_transit_material *material(int status, const char *text, vc_error *err)
{
    return vc__transit_material_parse(status, body_of(text), strlen(text), err);
}

static void test_material(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc_transit_material *keys = material(
        200, DATA("\"keys\":{\"1\":\"AAEC\",\"10\":\"-----BEGIN X-----\\n\",\"2\":\"/w==\"},\"name\":\"k\"") , &err);
    assert_non_null(keys);
    assert_int_equal(vc_transit_material_count(keys), 3);
    static const struct {
        uint64_t version;
        const char *key;
        size_t len;
    } want[] = { { 1, "\0\1\2", 3 }, { 2, "\xff", 1 }, { 10, "-----BEGIN X-----\n", 18 } };
    for (size_t i = 0; i < COUNT(want); i++) {
        const vc_view key = vc_transit_material_key(keys, i);
        assert_int_equal(vc_transit_material_version(keys, i), want[i].version);
        assert_int_equal(key.len, want[i].len);
        assert_memory_equal(key.data, want[i].key, key.len + 1);
    }
    assert_null(vc_transit_material_key(keys, 3).data);
    vc_transit_material_free(keys);
    vc_transit_material_free(NULL);
    static const struct {
        int status;
        const char *body;
        vc_code code;
    } bad[] = {
        { 200, DATA(""), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":{}"), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":[]"), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":{\"1\":2}"), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":{\"one\":\"AAEC\"}"), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":{\"1\":\"AAE\"}"), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":{\"1\":\"\"}"), VC_E_PROTOCOL },
        { 200, DATA("\"keys\":{\"1\":\"AAEC\"},\"keys\":{\"2\":\"AAEC\"}"), VC_E_PROTOCOL },
        { 200, "{\"data\":{\"keys\":{\"1\":\"AAEC\"", VC_E_PROTOCOL },
        { 204, "", VC_E_PROTOCOL },
        { 404, "{\"errors\":[]}", VC_E_NOT_FOUND },
        { 400, "{\"errors\":[\"private key material is not exportable\"]}", VC_E_REQUEST },
        { 500, "{\"errors\":[\"1 error occurred:\\n\\t* unknown key type hmac for export type public-key\\n\\n\"]}",
          VC_E_REQUEST },
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_null(material(bad[i].status, bad[i].body, &err));
        assert_int_equal(err.code, bad[i].code);
        assert_true(err.message[0]);
    }
}

static void test_texts(void **state)
{
    (void)state;
    vc_view text;
    int allowed = -1;
    static const char backup[] = DATA("\"backup\":\"YmFja\\u0033Vw\"");
    OK(vc__transit_backup_parse(&text, 200, body_of(backup), strlen(backup), NULL));
    assert_true(vc__view_is(text, "YmFja3Vw"));
    assert_int_equal(vc__transit_backup_parse(&text, 200, body_of(DATA("")), strlen(DATA("")), NULL), VC_E_PROTOCOL);
    static const char pem[] = DATA("\"public_key\":\"-----BEGIN PUBLIC KEY-----\\nx\"");
    OK(vc__transit_wrapping_key_parse(&text, 200, body_of(pem), strlen(pem), NULL));
    assert_int_equal(text.len, 28);
    static const char other[] = DATA("\"public_key\":\"key\"");
    assert_int_equal(vc__transit_wrapping_key_parse(&text, 200, body_of(other), strlen(other), NULL), VC_E_PROTOCOL);
    static const char off[] = DATA("\"disable_upsert\":true"), on[] = DATA("\"disable_upsert\":false"),
                      odd[] = DATA("\"disable_upsert\":\"no\""), twice[] = DATA("\"disable_upsert\":true,\"disable_upsert\":false");
    OK(vc__transit_upsert_parse(&allowed, 200, body_of(off), strlen(off), NULL));
    assert_int_equal(allowed, 0);
    OK(vc__transit_upsert_parse(&allowed, 200, body_of(on), strlen(on), NULL));
    assert_int_equal(allowed, 1);
    assert_int_equal(vc__transit_upsert_parse(&allowed, 200, body_of(odd), strlen(odd), NULL), VC_E_PROTOCOL);
    assert_int_equal(vc__transit_upsert_parse(&allowed, 200, body_of(twice), strlen(twice), NULL), VC_E_PROTOCOL);
    assert_int_equal(vc__transit_upsert_parse(&allowed, 200, body_of(DATA("")), strlen(DATA("")), NULL), VC_E_PROTOCOL);
    assert_int_equal(allowed, 1);
}

/* Texts of real servers (OpenBao 2.7.2); the 500s are none that pass by themselves. */
static void test_refusals(void **state)
{
    (void)state;
#define FAILED(text) "{\"errors\":[\"1 error occurred:\\n\\t* " text "\\n\\n\"]}\n"
    static const struct {
        int status;
        const char *body;
        vc_code code;
    } cases[] = {
        { 500, FAILED("key \\\"none\\\" not found"), VC_E_NOT_FOUND },
        { 500, FAILED("key \\\"a\\\" already exists"), VC_E_REQUEST },
        { 500, FAILED("exporting is disallowed on the policy"), VC_E_REQUEST },
        { 500, FAILED("plaintext backup is disallowed on the policy"), VC_E_REQUEST },
        { 500, FAILED("imported key i does not allow rotation within Vault"), VC_E_REQUEST },
        { 500, FAILED("crypto/rsa: decryption error"), VC_E_REQUEST },
        { 500, FAILED("kwp: unwrap failed integrity check"), VC_E_REQUEST },
        { 500, FAILED("error importing key: invalid key size 33 bytes for key type aes256-gcm96"), VC_E_REQUEST },
        { 500, FAILED("no key found with name imp; to import a new key, use the import/ endpoint"), VC_E_NOT_FOUND },
        { 500, FAILED("selected key version does not have a certificate chain imported"), VC_E_REQUEST },
        { 400, "{\"errors\":[\"invalid key name\"]}", VC_E_NOT_FOUND },
        { 400, "{\"errors\":[\"minimum available version cannot be set when minimum encryption version is not set\"]}",
          VC_E_REQUEST },
        { 400, "{\"errors\":[\"version does not exist or cannot be found\"]}", VC_E_REQUEST },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__reply_error(cases[i].status, vc_str(cases[i].body), &err), cases[i].code);
        assert_false(err.retryable);
        uint64_t seed = 1;
        vc_request request;
        vc__request_init(&request, "GET", 0, true);
        vc__request_take(&request);
        OK(vc_request_reply(&request, cases[i].status, vc_str(NULL), vc_str(cases[i].body), 0, NULL));
        assert_false(vc__request_again(&request, 0, 60000, &seed));
        vc__request_cleanup(&request);
    }
}

static vc_code everything(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc_request request;
    vc_code code = vc__transit_key_restore(&request, "m/k", vc_str("x"), false, &err);
    vc__request_cleanup(&request);
    if (!code) {
        code = vc__transit_key_import(&request, "k", vc_str("AAAA"), NULL, NULL, &err);
        vc__request_cleanup(&request);
    }
    if (!code) {
        code = vc__transit_key_export(&request, "k", "hmac-key", 3, &err);
        vc__request_cleanup(&request);
    }
    vc_transit_material *keys =
        code ? NULL
             : material(200, DATA("\"keys\":{\"1\":\"AAEC\",\"2\":\"AAEC\",\"3\":\"AA==\",\"4\":\"AA==\",\"5\":\"AA==\"}"), &err);
    if (!code && !keys)
        code = err.code;
    vc_transit_material_free(keys);
    vc_transit_keys *list = code ? NULL : vc__transit_keys_parse(200, vc_str(DATA("\"keys\":[\"a\"]")), &err);
    if (!code && !list)
        code = err.code;
    vc_transit_keys_free(list);
    vc_transit_key *key =
        code ? NULL
             : vc__transit_key_parse(200, vc_str(DATA("\"type\":\"x\",\"latest_version\":1,\"keys\":{\"1\":5}")), &err);
    if (!code && !key)
        code = err.code;
    vc_transit_key_free(key);
    assert_int_equal(code, err.code);
    return code;
}

static void test_allocations(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(everything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),        cmocka_unit_test(test_export_requests),
        cmocka_unit_test(test_restore_requests), cmocka_unit_test(test_import_requests),
        cmocka_unit_test(test_settings),        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_versions),        cmocka_unit_test(test_material),
        cmocka_unit_test(test_texts),           cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests_name("vault_transit_key", tests, NULL, NULL);
}
