/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vault: single values and the objects of the control plane, as requests and as replies. */
#include "unit/request.h"
#include "unit/test.h"

#include "base/text.h"
#include "vault/endpoint.h"
#include "vault/object.h"
#include "vault/single.h"
#include "vault/sys.h"
#include "vault/token.h"
#include "vault/transform_object.h"
#include "vault/transit_key.h"

static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *text, *mount, *name; /* mount NULL: VC_E_ARGUMENT */
    } cases[] = {
        { "k", "transit", "k" }, { "m/k", "m", "k" },  { "a/b/k", "a/b", "k" }, { "", NULL, NULL },
        { "/", NULL, NULL },     { "m/", NULL, NULL }, { "/k", NULL, NULL },    { "a//k", NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_view mount, name;
        const vc_code code = vc__place_parse(vc_str(cases[i].text), "transit", &mount, &name, NULL);
        assert_int_equal(code, cases[i].mount ? VC_OK : VC_E_ARGUMENT);
        if (!code) {
            assert_true(vc__view_is(mount, cases[i].mount));
            assert_true(vc__view_is(name, cases[i].name));
        }
    }
    vc_view mount, name;
    assert_int_equal(vc__place_parse(vc_str(NULL), "transit", &mount, &name, NULL), VC_E_ARGUMENT);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = { "a", "_", "a-b", "a.b", "A--b..9", "0" };
    static const char *const bad[] = {
        "", "-", ".", "..", "a-", ".a", "a/b", "a b", "\xc3\xa4", "a\n", "a%2f"
    };
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(vc__name_valid(vc_str(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(vc__name_valid(vc_str(bad[i])));
}

static void test_transit_values(void **state)
{
    (void)state;
    vc_request request;
    assert_int_equal(vc__transit_request(&request, VC__TRANSIT_ENCRYPT, "k", vc_view_of("hi", 2), NULL, NULL),
                     VC_OK);
    check_request(&request, "POST", "/v1/transit/encrypt/k", "{\"plaintext\":\"aGk=\"}", true);
    assert_int_equal(
        vc__transit_request(&request, VC__TRANSIT_DECRYPT, "a/b/k", vc_str("vault:v1:x"), NULL, NULL), VC_OK);
    check_request(&request, "POST", "/v1/a/b/decrypt/k", "{\"ciphertext\":\"vault:v1:x\"}", true);

    vc_transit_options *options = vc_transit_options_new(NULL);
    assert_int_equal(vc_transit_options_set_context(options, vc_str("ctx"), NULL), VC_OK);
    vc_transit_options_set_key_version(options, 3);
    assert_int_equal(vc__transit_request(&request, VC__TRANSIT_REWRAP, "k", vc_str("c"), options, NULL),
                     VC_OK);
    check_request(&request, "POST", "/v1/transit/rewrap/k",
                  "{\"ciphertext\":\"c\",\"context\":\"Y3R4\",\"key_version\":3}", true);
    assert_int_equal(vc_transit_options_set_associated_data(options, vc_str("aad"), NULL), VC_OK);
    assert_int_equal(vc__transit_request(&request, VC__TRANSIT_DECRYPT, "k", vc_str("c"), options, NULL),
                     VC_OK);
    check_request(&request, "POST", "/v1/transit/decrypt/k",
                  "{\"ciphertext\":\"c\",\"context\":\"Y3R4\",\"associated_data\":\"YWFk\"}", true);
    refused(&request, vc__transit_request(&request, VC__TRANSIT_REWRAP, "k", vc_str("c"), options, NULL),
            VC_E_ARGUMENT);
    refused(&request, vc__transit_request(&request, VC__TRANSIT_ENCRYPT, "-k", vc_str("c"), NULL, NULL),
            VC_E_ARGUMENT);
    refused(&request, vc__transit_request(&request, VC__TRANSIT_ENCRYPT, "../k", vc_str("c"), NULL, NULL),
            VC_E_ARGUMENT);
    refused(&request, vc__transit_request(&request, VC__TRANSIT_DECRYPT, "k", vc_str("\xff"), NULL, NULL),
            VC_E_CIPHERTEXT);
    char *large = calloc(1, (1 << 20) + 1);
    assert_int_equal(vc_transit_options_set_context(options, vc_view_of(large, (1 << 20) + 1), NULL),
                     VC_E_LIMIT);
    free(large);
    vc_transit_options_free(options);
    vc_transit_options_free(NULL);
}

static void test_transform_values(void **state)
{
    (void)state;
    vc_request request;
    const vc_view card = vc_str("1111-2222-3333-4444");
    assert_int_equal(vc__transform_request(&request, VC__TRANSFORM_ENCODE, "payments", card, NULL, NULL),
                     VC_OK);
    check_request(&request, "POST", "/v1/transform/encode/payments", "{\"value\":\"1111-2222-3333-4444\"}",
                  true);
    vc_transform_options *options = vc_transform_options_new(NULL);
    assert_int_equal(vc_transform_options_set_transformation(options, "ccn-fpe", NULL), VC_OK);
    assert_int_equal(vc_transform_options_set_tweak(options, vc_str("c29tZW51bQ=="), NULL), VC_OK);
    assert_int_equal(vc_transform_options_set_decode_format(options, "last-four", NULL), VC_OK);
    assert_int_equal(vc__transform_request(&request, VC__TRANSFORM_ENCODE, "payments", card, options, NULL),
                     VC_OK);
    check_request(
        &request, "POST", "/v1/transform/encode/payments",
        "{\"value\":\"1111-2222-3333-4444\",\"transformation\":\"ccn-fpe\",\"tweak\":\"c29tZW51bQ==\"}",
        true);
    assert_int_equal(vc__transform_request(&request, VC__TRANSFORM_DECODE, "m/payments", card, options, NULL),
                     VC_OK);
    check_request(
        &request, "POST", "/v1/m/decode/payments/last-four",
        "{\"value\":\"1111-2222-3333-4444\",\"transformation\":\"ccn-fpe\",\"tweak\":\"c29tZW51bQ==\"}",
        true);
    assert_int_equal(vc_transform_options_set_tweak(options, vc_str("c29tZW51bQ"), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc__transform_request(&request, VC__TRANSFORM_ENCODE, "payments", card, options, NULL),
                     VC_OK);
    check_request(&request, "POST", "/v1/transform/encode/payments",
                  "{\"value\":\"1111-2222-3333-4444\",\"transformation\":\"ccn-fpe\"}", true);
    assert_int_equal(vc_transform_options_set_decode_format(options, "../x", NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_transform_options_set_transformation(options, "\xff", NULL), VC_E_ARGUMENT);
    refused(&request,
            vc__transform_request(&request, VC__TRANSFORM_ENCODE, "payments", vc_str("\xc3"), NULL, NULL),
            VC_E_ARGUMENT);
    vc_transform_options_free(options);
    vc_transform_options_free(NULL);
}

static void test_keys(void **state)
{
    (void)state;
    vc_request request;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__transit_key_create(&request, "k", NULL, NULL), VC_OK);
    check_request(&request, "POST", "/v1/transit/keys/k", "{}", true);
    assert_int_equal(vc__transit_key_rotate(&request, "m/k", NULL), VC_OK);
    check_request(&request, "POST", "/v1/m/keys/k/rotate", "{}", false);
    assert_int_equal(vc__transit_key_read(&request, "k", NULL), VC_OK);
    check_request(&request, "GET", "/v1/transit/keys/k", NULL, true);

    vc_transit_settings *settings = vc_transit_settings_new(NULL);
    refused(&request, vc__transit_key_configure(&request, "k", settings, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_transit_settings_set_type(settings, "aes256-gcm96", NULL), VC_OK);
    assert_int_equal(vc_transit_settings_set_derived(settings, 1, NULL), VC_OK);
    assert_int_equal(vc_transit_settings_set_convergent(settings, 0, NULL), VC_OK);
    assert_int_equal(vc_transit_settings_set_auto_rotate(settings, 3600, NULL), VC_OK);
    assert_int_equal(vc__transit_key_create(&request, "k", settings, NULL), VC_OK);
    check_request(&request, "POST", "/v1/transit/keys/k",
                  "{\"type\":\"aes256-gcm96\",\"derived\":true,\"convergent_encryption\":false,\"auto_rotate_"
                  "period\":3600}",
                  true);
    refused(&request, vc__transit_key_configure(&request, "k", settings, &err), VC_E_ARGUMENT);
    assert_non_null(strstr(err.message, "type"));
    assert_int_equal(vc_transit_settings_set_type(settings, "\xff", NULL), VC_E_ARGUMENT);
    vc_transit_settings_free(settings);

    settings = vc_transit_settings_new(NULL);
    assert_int_equal(vc_transit_settings_set_min_decryption_version(settings, 2, NULL), VC_OK);
    assert_int_equal(vc_transit_settings_set_min_encryption_version(settings, 0, NULL), VC_OK);
    assert_int_equal(vc_transit_settings_set_deletion_allowed(settings, 1, NULL), VC_OK);
    assert_int_equal(vc_transit_settings_set_exportable(settings, 1, NULL), VC_OK);
    assert_int_equal(vc_transit_settings_set_plaintext_backup(settings, 1, NULL), VC_OK);
    assert_int_equal(vc__transit_key_configure(&request, "k", settings, NULL), VC_OK);
    check_request(&request, "POST", "/v1/transit/keys/k/config",
                  "{\"min_decryption_version\":2,\"min_encryption_version\":0,\"deletion_allowed\":true,"
                  "\"exportable\":true,"
                  "\"allow_plaintext_backup\":true}",
                  true);
    refused(&request, vc__transit_key_create(&request, "k", settings, &err), VC_E_ARGUMENT);
    vc_transit_settings_free(settings);
    vc_transit_settings_free(NULL);
}

static void test_key_replies(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        vc_code code;
    } cases[] = {
        { 200, DATA("\"name\":\"k\",\"type\":\"aes256-gcm96\",\"latest_version\":1"), VC_OK },
        { 200, DATA("\"name\":1,\"type\":\"x\",\"latest_version\":1,\"keys\":[]"), VC_OK },
        { 200, DATA("\"type\":\"x\",\"latest_version\":\"1\""), VC_E_PROTOCOL },
        { 200, DATA("\"type\":\"x\",\"latest_version\":-1"), VC_E_PROTOCOL },
        { 200, DATA("\"latest_version\":1"), VC_E_PROTOCOL },
        { 200, DATA(""), VC_E_PROTOCOL },
        { 200, "{\"data\":null}", VC_E_PROTOCOL },
        { 200, "{\"data\":[]}", VC_E_PROTOCOL },
        { 200, "[]", VC_E_PROTOCOL },
        { 200, DATA("\"type\":\"x\",\"latest_version\":1") "x", VC_E_PROTOCOL },
        { 200, DATA("\"type\":\"x\",\"latest_version\":1") " \r\n\t", VC_OK },
        { 200, "", VC_E_PROTOCOL },
        { 204, "", VC_E_PROTOCOL },
        { 200, "{\"data\":{\"type\":\"\xff\",\"latest_version\":1}}", VC_E_PROTOCOL },
        { 404, "{\"errors\":[]}", VC_E_NOT_FOUND },
        { 403, "", VC_E_DENIED },
        { 503, "", VC_E_SEALED },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_transit_key *key = vc__transit_key_parse(cases[i].status, vc_str(cases[i].body), &err);
        assert_true((key != NULL) == (cases[i].code == VC_OK));
        assert_int_equal(err.code, cases[i].code);
        vc_transit_key_free(key);
    }
    /* Numbers larger than anything are no surprise; what is missing is zero. */
    vc_transit_key *key = vc__transit_key_parse(
        200,
        vc_str(
            DATA("\"type\":\"x\",\"latest_version\":99999999999999999999999,\"min_decryption_version\":1e3,"
                 "\"min_encryption_version\":18446744073709551615,\"auto_rotate_period\":2592000,\"derived\":"
                 "\"true\"")),
        NULL);
    assert_int_equal(vc_transit_key_latest_version(key), UINT64_MAX);
    assert_int_equal(vc_transit_key_min_decryption_version(key), 0);
    assert_int_equal(vc_transit_key_min_encryption_version(key), UINT64_MAX);
    assert_int_equal(vc_transit_key_auto_rotate_seconds(key), 2592000);
    assert_int_equal(vc_transit_key_is_derived(key), 0);
    assert_string_equal(vc_transit_key_name(key), "");
    vc_transit_key_free(key);
    /* Deeper than anything that Vault sends. */
    char deep[1000] = "{\"data\":";
    memset(deep + 8, '[', 500);
    assert_null(vc__transit_key_parse(200, vc_str(deep), NULL));
}

/* The published examples of Vault's API documentation for the transform engine. */
static void test_roles(void **state)
{
    (void)state;
    vc_request request;
    vc_transform_role *role = vc_transform_role_new(NULL);
    assert_int_equal(vc_transform_role_add_transformation(role, "creditcard-fpe", NULL), VC_OK);
    assert_int_equal(vc_transform_role_add_transformation(role, "creditcard-masking", NULL), VC_OK);
    assert_int_equal(vc_transform_role_add_transformation(role, "creditcard-fpe", NULL), VC_OK);
    assert_int_equal(vc__transform_role_write(&request, "example-role", role, NULL), VC_OK);
    check_request(&request, "POST", "/v1/transform/role/example-role",
                  "{\"transformations\":[\"creditcard-fpe\",\"creditcard-masking\"]}", true);
    vc_transform_role_free(role);
    assert_int_equal(vc__transform_read(&request, "role", "m/example-role", NULL), VC_OK);
    check_request(&request, "GET", "/v1/m/role/example-role", NULL, true);
    role = vc__transform_role_parse(200, vc_str(DATA("\"transformations\":[\"creditcard-fpe\",7]")), NULL);
    assert_int_equal(vc_transform_role_transformation_count(role), 2);
    assert_string_equal(vc_transform_role_transformation(role, 0), "creditcard-fpe");
    assert_null(vc_transform_role_transformation(role, 1));
    assert_null(vc_transform_role_transformation(role, 2));
    vc_transform_role_free(role);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__transform_role_parse(404, vc_str("{\"errors\":[]}"), &err));
    assert_int_equal(err.code, VC_E_NOT_FOUND);
}

static void test_transformations(void **state)
{
    (void)state;
    vc_request request;
    vc_transform_transformation *fpe = vc_transform_transformation_new("fpe", NULL);
    vc_transform_transformation_set_template(fpe, "builtin/creditcardnumber", NULL);
    vc_transform_transformation_set_tweak_source(fpe, "internal", NULL);
    vc_transform_transformation_add_allowed_role(fpe, "example-role", NULL);
    assert_int_equal(vc__transform_transformation_write(&request, "example-transformation", fpe, NULL),
                     VC_OK);
    check_request(&request, "POST", "/v1/transform/transformations/fpe/example-transformation",
                  "{\"template\":\"builtin/"
                  "creditcardnumber\",\"tweak_source\":\"internal\",\"allowed_roles\":[\"example-role\"]}",
                  true);
    vc_transform_transformation_free(fpe);

    vc_transform_transformation *masking = vc_transform_transformation_new("masking", NULL);
    assert_int_equal(vc_transform_transformation_set_masking_character(masking, vc_str("XY"), NULL),
                     VC_E_ARGUMENT);
    assert_int_equal(vc_transform_transformation_set_masking_character(masking, vc_str(""), NULL),
                     VC_E_ARGUMENT);
    assert_int_equal(vc_transform_transformation_set_masking_character(masking, vc_str("\xc3"), NULL),
                     VC_E_ARGUMENT);
    assert_int_equal(vc_transform_transformation_set_masking_character(masking, vc_str("\xc3\x97"), NULL),
                     VC_OK);
    assert_int_equal(vc_transform_transformation_set_deletion_allowed(masking, 1, NULL), VC_OK);
    assert_int_equal(vc__transform_transformation_write(&request, "m", masking, NULL), VC_OK);
    check_request(&request, "POST", "/v1/transform/transformations/masking/m",
                  "{\"masking_character\":\"\xc3\x97\",\"deletion_allowed\":true}", true);
    vc_transform_transformation_free(masking);

    vc_transform_transformation *odd = vc_transform_transformation_new("rot13", NULL);
    refused(&request, vc__transform_transformation_write(&request, "m", odd, NULL), VC_E_ARGUMENT);
    vc_transform_transformation_free(odd);

    /* What was read can be written. */
    fpe = vc__transform_transformation_parse(
        200,
        vc_str(DATA(
            "\"allowed_roles\":[\"example-role\"],\"fpe_algorithm\":\"ff1\",\"max_tweak_len\":0,"
            "\"templates\":[\"builtin/creditcardnumber\"],\"tweak_source\":\"internal\",\"type\":\"fpe\"")),
        NULL);
    assert_string_equal(vc_transform_transformation_type(fpe), "fpe");
    assert_string_equal(vc_transform_transformation_template(fpe), "builtin/creditcardnumber");
    assert_string_equal(vc_transform_transformation_tweak_source(fpe), "internal");
    assert_string_equal(vc_transform_transformation_fpe_algorithm(fpe), "ff1");
    assert_null(vc_transform_transformation_masking_character(fpe));
    assert_int_equal(vc_transform_transformation_allowed_role_count(fpe), 1);
    assert_string_equal(vc_transform_transformation_allowed_role(fpe, 0), "example-role");
    vc_transform_transformation_add_allowed_role(fpe, "other", NULL);
    assert_int_equal(vc__transform_transformation_write(&request, "t", fpe, NULL), VC_OK);
    check_request(&request, "POST", "/v1/transform/transformations/fpe/t",
                  "{\"template\":\"builtin/creditcardnumber\",\"tweak_source\":\"internal\","
                  "\"allowed_roles\":[\"example-role\",\"other\"],\"max_tweak_len\":0}",
                  true);
    vc_transform_transformation_free(fpe);

    static const struct {
        const char *rune, *character;
    } runes[] = { { "42", "*" },     { "215", "\xc3\x97" }, { "1114112", NULL },
                  { "55296", NULL }, { "-1", NULL },        { "\"X\"", "X" } };
    for (size_t i = 0; i < COUNT(runes); i++) {
        char body[200];
        snprintf(body, sizeof body, "{\"data\":{\"type\":\"masking\",\"masking_character\":%s}}",
                 runes[i].rune);
        masking = vc__transform_transformation_parse(200, vc_str(body), NULL);
        assert_non_null(masking);
        if (runes[i].character)
            assert_string_equal(vc_transform_transformation_masking_character(masking), runes[i].character);
        else
            assert_null(vc_transform_transformation_masking_character(masking));
        vc_transform_transformation_free(masking);
    }
}

static void test_templates(void **state)
{
    (void)state;
    vc_request request;
    vc_transform_template *pattern = vc_transform_template_new(NULL);
    vc_transform_template_set_pattern(pattern, "(\\d{3})[-/](\\d{2})[-/](\\d{4})", NULL);
    vc_transform_template_set_alphabet(pattern, "builtin/numeric", NULL);
    vc_transform_template_set_encode_format(pattern, "$1-$2-$3", NULL);
    vc_transform_template_set_decode_format(pattern, "first-three", "$1", NULL);
    vc_transform_template_set_decode_format(pattern, "last-four", "$3", NULL);
    assert_int_equal(vc_transform_template_set_decode_format(pattern, "", "$3", NULL), VC_E_ARGUMENT);
    static const char written[] =
        "{\"type\":\"regex\",\"pattern\":\"(\\\\d{3})[-/](\\\\d{2})[-/](\\\\d{4})\",\"alphabet\":\"builtin/"
        "numeric\","
        "\"encode_format\":\"$1-$2-$3\",\"decode_formats\":{\"first-three\":\"$1\",\"last-four\":\"$3\"}}";
    assert_int_equal(vc__transform_template_write(&request, "example-template", pattern, NULL), VC_OK);
    check_request(&request, "POST", "/v1/transform/template/example-template", written, true);
    vc_transform_template_free(pattern);
    char body[1000];
    snprintf(body, sizeof body, "{\"data\":%s}", written);
    pattern = vc__transform_template_parse(200, vc_str(body), NULL);
    assert_string_equal(vc_transform_template_pattern(pattern), "(\\d{3})[-/](\\d{2})[-/](\\d{4})");
    assert_string_equal(vc_transform_template_alphabet(pattern), "builtin/numeric");
    assert_string_equal(vc_transform_template_encode_format(pattern), "$1-$2-$3");
    assert_string_equal(vc_transform_template_decode_format(pattern, "last-four"), "$3");
    assert_null(vc_transform_template_decode_format(pattern, "none"));
    vc_transform_template_free(pattern);
    pattern = vc__transform_template_parse(200, vc_str(DATA("\"decode_formats\":null")), NULL);
    assert_null(vc_transform_template_decode_format(pattern, "none"));
    assert_null(vc_transform_template_pattern(pattern));
    vc_transform_template_free(pattern);
}

static void test_alphabets(void **state)
{
    (void)state;
    vc_request request;
    assert_int_equal(vc__transform_alphabet_write(&request, "example-alphabet", vc_str("abc"), NULL), VC_OK);
    check_request(&request, "POST", "/v1/transform/alphabet/example-alphabet", "{\"alphabet\":\"abc\"}",
                  true);
    refused(&request, vc__transform_alphabet_write(&request, "x", vc_str("\xff"), NULL), VC_E_ARGUMENT);
    vc_bytes alphabet = VC_BYTES_INIT;
    assert_int_equal(vc__transform_alphabet_parse(&alphabet, 200, vc_str(DATA("")), NULL), VC_E_PROTOCOL);
    assert_null(alphabet.data);
    assert_int_equal(
        vc__transform_alphabet_parse(&alphabet, 200, vc_str(DATA("\"alphabet\":\"a\xc3\xa4<\"")), NULL),
        VC_OK);
    assert_string_equal(alphabet.data, "a\xc3\xa4<");
    vc_bytes_free(&alphabet);
}

static int count_mounts(void *user, const char *path, const char *type)
{
    assert_true(path[strlen(path) - 1] == '/' && type[0]);
    return ++*(int *)user < 2;
}

static void test_mounts(void **state)
{
    (void)state;
    vc_request request;
    assert_int_equal(vc__sys_mounts_read(&request, "mounts", NULL), VC_OK);
    check_request(&request, "GET", "/v1/sys/mounts", NULL, true);
    assert_int_equal(vc__sys_mount_enable(&request, "mounts", "team/transit", "transit", "for \"us\"", NULL), VC_OK);
    check_request(&request, "POST", "/v1/sys/mounts/team/transit",
                  "{\"type\":\"transit\",\"description\":\"for \\\"us\\\"\"}", false);
    refused(&request, vc__sys_mount_enable(&request, "mounts", "../auth", "transit", NULL, NULL), VC_E_ARGUMENT);
    refused(&request, vc__sys_mount_enable(&request, "mounts", "", "transit", NULL, NULL), VC_E_ARGUMENT);

    static const char body[] =
        "{\"transit/\":{\"type\":\"transit\"},\"request_id\":\"1\",\"data\":{\"transit/"
        "\":{\"type\":\"transit\","
        "\"options\":null},\"a/b/\":{\"type\":\"transform\"},\"odd\":{\"type\":\"x\"},\"other/"
        "\":{\"type\":1},"
        "\"null/\":null,\"last/\":{\"type\":\"kv\"}}}";
    vc_sys_mounts *mounts = vc__sys_mounts_parse(200, vc_str(body), NULL);
    assert_string_equal(vc_sys_mounts_type(mounts, "transit"), "transit");
    assert_string_equal(vc_sys_mounts_type(mounts, "transit/"), "transit");
    assert_string_equal(vc_sys_mounts_type(mounts, "a/b"), "transform");
    assert_string_equal(vc_sys_mounts_type(mounts, "last"), "kv");
    static const char *const none[] = { "transi", "a", "odd", "other", "null", "", "/", "transit//" };
    for (size_t i = 0; i < COUNT(none); i++)
        assert_null(vc_sys_mounts_type(mounts, none[i]));
    int count = 0;
    vc_sys_mounts_each(mounts, count_mounts, &count);
    assert_int_equal(count, 2);
    vc_sys_mounts_free(mounts);
    vc_sys_mounts_free(NULL);
}

static void test_policies(void **state)
{
    (void)state;
    vc_request request;
    assert_int_equal(
        vc__sys_policy_write(&request, "app", vc_str("path \"a\" { capabilities = [\"read\"] }\n"), NULL),
        VC_OK);
    check_request(&request, "POST", "/v1/sys/policies/acl/app",
                  "{\"policy\":\"path \\\"a\\\" { capabilities = [\\\"read\\\"] }\\n\"}", true);
    assert_int_equal(vc__sys_policy_read(&request, "app 1", NULL), VC_OK);
    check_request(&request, "GET", "/v1/sys/policies/acl/app%201", NULL, true);
    vc_bytes policy = VC_BYTES_INIT;
    assert_int_equal(
        vc__sys_policy_parse(&policy, 200, vc_str(DATA("\"name\":\"app\",\"policy\":\"path {}\"")), NULL),
        VC_OK);
    assert_string_equal(policy.data, "path {}");
    vc_bytes_free(&policy);
    assert_int_equal(vc__sys_policy_parse(&policy, 200, vc_str(DATA("\"policy\":{}")), NULL), VC_E_PROTOCOL);
    assert_int_equal(vc__sys_policy_parse(&policy, 404, vc_str("{\"errors\":[]}"), NULL), VC_E_NOT_FOUND);
    assert_null(policy.data);
}

static void test_capabilities(void **state)
{
    (void)state;
    vc_request request;
    const char *path = "transit/encrypt/k", *a = "a", *b = "b";
    assert_int_equal(vc__sys_capabilities_self(&request, &path, 1, NULL), VC_OK);
    check_request(&request, "POST", "/v1/sys/capabilities-self", "{\"paths\":[\"transit/encrypt/k\"]}", true);
    unsigned bits = 99;
    assert_int_equal(vc__sys_capabilities_parse(
                         &bits, &a, 1, 200, vc_str(DATA("\"a\":[\"update\",\"create\",\"new\",1]")), NULL),
                     VC_OK);
    assert_int_equal(bits, VC_CAPABILITY_UPDATE | VC_CAPABILITY_CREATE);
    assert_int_equal(vc__sys_capabilities_parse(&bits, &a, 1, 200, vc_str(DATA("\"a\":[\"deny\"]")), NULL),
                     VC_OK);
    assert_int_equal(bits, 0);
    bits = 99;
    assert_int_equal(vc__sys_capabilities_parse(&bits, &b, 1, 200, vc_str(DATA("\"a\":[\"deny\"]")), NULL),
                     VC_E_PROTOCOL);
    assert_int_equal(bits, 99);
}

static void test_health(void **state)
{
    (void)state;
    vc_request request;
    assert_int_equal(vc__sys_health_read(&request, NULL), VC_OK);
    assert_true(vc__view_starts(vc_str(vc_request_path(&request)), "/v1/sys/health?"));
    vc__request_cleanup(&request);
    vc_sys_health *health =
        vc__sys_health_parse(200, vc_str("{\"initialized\":true,\"sealed\":true,\"standby\":false}"), NULL);
    assert_true(vc_sys_health_is_initialized(health));
    assert_true(vc_sys_health_is_sealed(health));
    assert_false(vc_sys_health_is_standby(health));
    assert_string_equal(vc_sys_health_version(health), "");
    vc_sys_health_free(health);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__sys_health_parse(200, vc_str("{\"ok\":true}"), &err));
    assert_int_equal(err.code, VC_E_PROTOCOL);
    assert_null(vc__sys_health_parse(503, vc_str(""), &err));
    assert_int_equal(err.code, VC_E_SEALED);
}

static void test_tokens(void **state)
{
    (void)state;
    vc_request request;
    assert_int_equal(vc__token_lookup_self(&request, NULL), VC_OK);
    check_request(&request, "GET", "/v1/auth/token/lookup-self", NULL, true);
    static const struct {
        int status;
        const char *body;
        vc_code code;
    } cases[] = {
        { 200, DATA("\"id\":\"t\",\"policies\":[\"root\"],\"ttl\":0"), VC_OK },
        { 200, DATA("\"policies\":[\"a\"],\"accessor\":null,\"meta\":{\"policies\":[1]}"), VC_OK },
        { 200, DATA("\"policies\":null"), VC_E_PROTOCOL },
        { 200, DATA("\"policies\":[]"), VC_E_PROTOCOL },
        { 200, DATA("\"policies\":[1]"), VC_E_PROTOCOL },
        { 200, DATA("\"policies\":[\"a\"],\"policies\":[\"b\"]"), VC_E_PROTOCOL },
        { 200, DATA("\"policies\":[\"a\"],\"ttl\":\"1h\""), VC_E_PROTOCOL },
        { 200, DATA("\"policies\":[\"a\"],\"ttl\":-1"), VC_E_PROTOCOL },
        { 200, DATA("\"policies\":[\"a\"],\"renewable\":1"), VC_E_PROTOCOL },
        { 200, "{}", VC_E_PROTOCOL },
        { 200, "", VC_E_PROTOCOL },
        { 403, "{\"errors\":[\"permission denied\"]}", VC_E_DENIED },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char body[300];
        strcpy(body, cases[i].body);
        vc_error err = VC_ERROR_INIT;
        vc_token *token = vc__token_parse(cases[i].status, body, strlen(body), &err);
        assert_true((token != NULL) == (cases[i].code == VC_OK));
        assert_int_equal(err.code, cases[i].code);
        vc_token_free(token);
    }
    char body[] = DATA("\"policies\":[\"a\",\"\",\"c\\u0000d\"],\"type\":\"batch\",\"accessor\":\"acc\","
                       "\"display_name\":\"n\","
                       "\"ttl\":60,\"creation_ttl\":90,\"num_uses\":5,\"renewable\":false,\"orphan\":true");
    vc_token *token = vc__token_parse(200, body, strlen(body), NULL);
    assert_int_equal(vc_token_policy_count(token), 3);
    assert_string_equal(vc_token_policy(token, 0), "a");
    assert_string_equal(vc_token_policy(token, 1), "");
    assert_string_equal(vc_token_policy(token, 2), "c");
    assert_null(vc_token_policy(token, 3));
    assert_string_equal(vc_token_type(token), "batch");
    assert_string_equal(vc_token_accessor(token), "acc");
    assert_string_equal(vc_token_display_name(token), "n");
    assert_int_equal(vc_token_ttl(token), 60);
    assert_int_equal(vc_token_creation_ttl(token), 90);
    assert_int_equal(vc_token_uses(token), 5);
    assert_false(vc_token_is_renewable(token));
    assert_true(vc_token_is_orphan(token));
    vc_token_free(token);
    vc_token_free(NULL);
}

static vc_code everything(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc_request request;
    vc_transit_options *options = vc_transit_options_new(&err);
    vc_code code = options ? vc_transit_options_set_context(options, vc_str("c"), &err) : err.code;
    if (!code) {
        code = vc__transit_request(&request, VC__TRANSIT_ENCRYPT, "k", vc_str("x"), options, &err);
        vc__request_cleanup(&request);
    }
    vc_transit_options_free(options);
    vc_transform_options *transform = code ? NULL : vc_transform_options_new(&err);
    if (!code)
        code = transform ? vc_transform_options_set_tweak(transform, vc_str("AAAA"), &err) : err.code;
    vc_transform_options_free(transform);
    vc_transit_key *key =
        code ? NULL : vc__transit_key_parse(200, vc_str(DATA("\"type\":\"x\",\"latest_version\":1")), &err);
    if (!code && !key)
        code = err.code;
    vc_transit_key_free(key);
    if (!code) {
        code = vc__sys_policy_write(&request, "p", vc_str("policy"), &err);
        vc__request_cleanup(&request);
    }
    vc_bytes policy = VC_BYTES_INIT;
    if (!code)
        code = vc__sys_policy_parse(&policy, 200, vc_str(DATA("\"policy\":\"p\"")), &err);
    vc_bytes_free(&policy);
    char body[] = DATA("\"policies\":[\"a\"],\"type\":\"service\"");
    vc_token *token = code ? NULL : vc__token_parse(200, body, strlen(body), &err);
    if (!code && !token)
        code = err.code;
    vc_token_free(token);
    if (!code) {
        vc_transform_transformation *masking = vc__transform_transformation_parse(
            200, vc_str(DATA("\"type\":\"masking\",\"masking_character\":42")), &err);
        code = masking ? vc__transform_transformation_write(&request, "m", masking, &err) : err.code;
        if (masking)
            vc__request_cleanup(&request);
        vc_transform_transformation_free(masking);
    }
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
        cmocka_unit_test(test_places),         cmocka_unit_test(test_names),
        cmocka_unit_test(test_transit_values), cmocka_unit_test(test_transform_values),
        cmocka_unit_test(test_keys),           cmocka_unit_test(test_key_replies),
        cmocka_unit_test(test_roles),          cmocka_unit_test(test_transformations),
        cmocka_unit_test(test_templates),      cmocka_unit_test(test_alphabets),
        cmocka_unit_test(test_mounts),         cmocka_unit_test(test_policies),
        cmocka_unit_test(test_capabilities),   cmocka_unit_test(test_health),
        cmocka_unit_test(test_tokens),         cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests_name("vault_object", tests, NULL, NULL);
}
