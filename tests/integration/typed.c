/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typed calls of transit.h, transform.h and sys.h against a server, with the installed headers only. The
 * server's address and root token come from the environment. Transform is tried where the server has it.
 */
#include "typed.h"

static void mounts(vc_client *vault)
{
    vc_sys_health *health = vc_sys_health_read(vault, &err);
    CHECK(health && vc_sys_health_is_initialized(health) && !vc_sys_health_is_sealed(health) &&
          vc_sys_health_version(health)[0]);
    vc_sys_health_free(health);
    CHECK(vc_sys_mount_enable(vault, "typed/transit", "transit", "of a test", &err) == VC_OK);
    CHECK(vc_sys_mount_enable(vault, "typed/transit/", "transit", NULL, &err) == VC_E_REQUEST);
    CHECK(vc_sys_mount_enable(vault, "typed/none", "nosuchengine", NULL, &err) == VC_E_UNSUPPORTED);
    vc_sys_mounts *there = vc_sys_mounts_read(vault, &err);
    const char *type = there ? vc_sys_mounts_type(there, "typed/transit") : NULL;
    CHECK(type && strcmp(type, "transit") == 0);
    CHECK(there && !vc_sys_mounts_type(there, "typed"));
    vc_sys_mounts_free(there);
}

static void policies(vc_client *vault)
{
    static const char text[] = "path \"typed/transit/encrypt/k\" { capabilities = [\"update\"] }\n";
    vc_bytes read = VC_BYTES_INIT;
    CHECK(vc_sys_policy_read(vault, "typed", &read, &err) == VC_E_NOT_FOUND);
    CHECK(vc_sys_policy_write(vault, "typed", vc_str(text), &err) == VC_OK);
    CHECK(vc_sys_policy_read(vault, "typed", &read, &err) == VC_OK && is(read, text, sizeof text - 1));
    vc_bytes_free(&read);
    CHECK(vc_sys_policy_write(vault, "typed", vc_str("path {"), &err) == VC_E_REQUEST);
    unsigned capabilities = 0;
    CHECK(vc_sys_capabilities_self(vault, "typed/transit/encrypt/k", &capabilities, &err) == VC_OK);
    CHECK(capabilities == VC_CAPABILITY_ROOT);
    vc_token *token = vc_token_lookup_self(vault, &err);
    CHECK(token && vc_token_policy_count(token) == 1 && strcmp(vc_token_policy(token, 0), "root") == 0);
    CHECK(token && vc_token_ttl(token) == 0 && strcmp(vc_token_type(token), "service") == 0);
    vc_token_free(token);
}

static void keys(vc_client *vault)
{
    vc_transit_settings *settings = vc_transit_settings_new(&err);
    CHECK(vc_transit_settings_set_type(settings, "aes256-gcm96", &err) == VC_OK);
    CHECK(vc_transit_key_create(vault, "typed/transit/k", settings, &err) == VC_OK);
    CHECK(vc_transit_key_create(vault, "typed/transit/k", NULL, &err) == VC_OK);
    CHECK(vc_transit_key_configure(vault, "typed/transit/k", settings, &err) == VC_E_ARGUMENT);
    CHECK(vc_transit_settings_set_type(settings, "rot13", &err) == VC_OK);
    CHECK(vc_transit_key_create(vault, "typed/transit/odd", settings, &err) == VC_E_REQUEST);
    vc_transit_settings_free(settings);
    vc_transit_key *key = vc_transit_key_read(vault, "typed/transit/k", &err);
    CHECK(key && strcmp(vc_transit_key_name(key), "k") == 0 &&
          strcmp(vc_transit_key_type(key), "aes256-gcm96") == 0);
    CHECK(key && vc_transit_key_latest_version(key) == 1 && vc_transit_key_min_decryption_version(key) == 1);
    CHECK(key && vc_transit_key_supports_encryption(key) && vc_transit_key_supports_decryption(key));
    CHECK(key && !vc_transit_key_is_exportable(key) && !vc_transit_key_allows_deletion(key) &&
          !vc_transit_key_is_derived(key));
    vc_transit_key_free(key);
    CHECK(!vc_transit_key_read(vault, "typed/transit/none", &err) && err.code == VC_E_NOT_FOUND &&
          err.http_status == 404);
    CHECK(strcmp(err.source, "/v1/typed/transit/keys/none") == 0);
    CHECK(vc_transit_key_rotate(vault, "typed/transit/none", &err) == VC_E_NOT_FOUND);
    CHECK(!vc_transit_key_read(vault, "nomount/k", &err) && err.code == VC_E_NOT_FOUND);
    CHECK(!vc_transit_key_read(vault, "-k", &err) && err.code == VC_E_ARGUMENT && !err.source[0]);
}

static void values(vc_client *vault)
{
    vc_bytes first = VC_BYTES_INIT, second = VC_BYTES_INIT, plain = VC_BYTES_INIT;
    CHECK(vc_transit_encrypt(vault, "typed/transit/k", vc_view_of("h\0\xff", 3), NULL, &first, &err) ==
          VC_OK);
    CHECK(starts(first, "vault:v1:"));
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_bytes_view(first), NULL, &plain, &err) == VC_OK &&
          is(plain, "h\0\xff", 3));
    vc_bytes_free(&plain);
    CHECK(vc_transit_key_rotate(vault, "typed/transit/k", &err) == VC_OK);
    CHECK(vc_transit_rewrap(vault, "typed/transit/k", vc_bytes_view(first), NULL, &second, &err) == VC_OK);
    CHECK(starts(second, "vault:v2:"));
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_bytes_view(second), NULL, &plain, &err) == VC_OK &&
          is(plain, "h\0\xff", 3));
    vc_bytes_free(&plain);

    vc_transit_settings *settings = vc_transit_settings_new(&err);
    CHECK(vc_transit_settings_set_min_decryption_version(settings, 2, &err) == VC_OK);
    CHECK(vc_transit_key_configure(vault, "typed/transit/k", settings, &err) == VC_OK);
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_bytes_view(first), NULL, &plain, &err) ==
          VC_E_REFUSED);
    CHECK(vc_transit_settings_set_min_decryption_version(settings, 9, &err) == VC_OK);
    CHECK(vc_transit_key_configure(vault, "typed/transit/k", settings, &err) == VC_E_REQUEST);
    vc_transit_settings_free(settings);

    second.data[second.len - 6] ^= 1;
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_bytes_view(second), NULL, &plain, &err) ==
          VC_E_CIPHERTEXT);
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_str("hello"), NULL, &plain, &err) ==
          VC_E_CIPHERTEXT);
    CHECK(vc_transit_decrypt(vault, "typed/transit/none", vc_str("vault:v1:aGVsbG8="), NULL, &plain, &err) ==
          VC_E_NOT_FOUND);
    CHECK(plain.data == NULL);
    vc_bytes_free(&first);
    vc_bytes_free(&second);
    CHECK(vc_transit_encrypt(vault, "typed/transit/k", vc_str(""), NULL, &first, &err) == VC_OK);
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_bytes_view(first), NULL, &plain, &err) == VC_OK &&
          plain.len == 0);
    vc_bytes_free(&first);
    vc_bytes_free(&plain);
}

static void bound_values(vc_client *vault)
{
    vc_bytes sealed = VC_BYTES_INIT, plain = VC_BYTES_INIT;
    vc_transit_options *options = vc_transit_options_new(&err);
    CHECK(vc_transit_options_set_associated_data(options, vc_str("purchases"), &err) == VC_OK);
    CHECK(vc_transit_encrypt(vault, "typed/transit/k", vc_str("x"), options, &sealed, &err) == VC_OK);
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_bytes_view(sealed), NULL, &plain, &err) ==
          VC_E_CIPHERTEXT);
    CHECK(vc_transit_rewrap(vault, "typed/transit/k", vc_bytes_view(sealed), options, &plain, &err) ==
          VC_E_ARGUMENT);
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_bytes_view(sealed), options, &plain, &err) ==
              VC_OK &&
          is(plain, "x", 1));
    vc_transit_options_set_key_version(options, 9);
    vc_bytes_free(&sealed);
    CHECK(vc_transit_encrypt(vault, "typed/transit/k", vc_str("x"), options, &sealed, &err) == VC_E_REQUEST &&
          !sealed.data);
    vc_transit_options_free(options);
    vc_bytes_free(&plain);
}

static void large_value(vc_client *vault)
{
    enum { SIZE = 700000 };
    char *large = malloc(SIZE);
    for (size_t i = 0; large && i < SIZE; i++)
        large[i] = (char)(i * 31 >> 3);
    vc_bytes sealed = VC_BYTES_INIT, plain = VC_BYTES_INIT;
    CHECK(large && vc_transit_encrypt(vault, "typed/transit/k", vc_view_of(large, SIZE), NULL, &sealed,
                                      &err) == VC_OK);
    CHECK(vc_transit_decrypt(vault, "typed/transit/k", vc_bytes_view(sealed), NULL, &plain, &err) == VC_OK);
    CHECK(large && is(plain, large, SIZE));
    vc_bytes_free(&sealed);
    vc_bytes_free(&plain);
    free(large);
}

static void no_permission(void)
{
    vc_config *config = vc_config_new(&err);
    CHECK(config && vc_config_from_env(config, &err) == VC_OK);
    CHECK(vc_config_set_token(config, vc_str("not-a-token"), &err) == VC_OK);
    vc_client *vault = vc_client_open(config, &err);
    vc_bytes out = VC_BYTES_INIT;
    CHECK(vault &&
          vc_transit_encrypt(vault, "typed/transit/k", vc_str("x"), NULL, &out, &err) == VC_E_DENIED);
    CHECK(vc_code_class(err.code) == VC_CLASS_AUTH && err.http_status == 403);
    CHECK(vault && !vc_token_lookup_self(vault, &err) && err.code == VC_E_DENIED);
    vc_client_close(vault);
    vc_config_free(config);
}

static void transform_objects(vc_client *vault)
{
    vc_bytes read = VC_BYTES_INIT;
    CHECK(vc_transform_alphabet_read(vault, "typed/transform/hex", &read, &err) == VC_E_NOT_FOUND);
    CHECK(vc_transform_alphabet_write(vault, "typed/transform/hex", vc_str("0123456789abcdef"), &err) ==
          VC_OK);
    CHECK(vc_transform_alphabet_read(vault, "typed/transform/hex", &read, &err) == VC_OK &&
          is(read, "0123456789abcdef", 16));
    vc_bytes_free(&read);

    vc_transform_template *pattern = vc_transform_template_new(&err);
    vc_transform_template_set_pattern(pattern, "(\\d{4})-(\\d{4})-(\\d{4})-(\\d{4})", &err);
    vc_transform_template_set_alphabet(pattern, "builtin/numeric", &err);
    vc_transform_template_set_decode_format(pattern, "last-four", "$4", &err);
    CHECK(vc_transform_template_write(vault, "typed/transform/card", pattern, &err) == VC_OK);
    vc_transform_template_free(pattern);
    pattern = vc_transform_template_read(vault, "typed/transform/card", &err);
    CHECK(pattern && strcmp(vc_transform_template_alphabet(pattern), "builtin/numeric") == 0);
    CHECK(pattern && strcmp(vc_transform_template_decode_format(pattern, "last-four"), "$4") == 0);
    vc_transform_template_free(pattern);

    vc_transform_transformation *fpe = vc_transform_transformation_new("fpe", &err);
    vc_transform_transformation_set_template(fpe, "card", &err);
    vc_transform_transformation_set_tweak_source(fpe, "internal", &err);
    vc_transform_transformation_add_allowed_role(fpe, "payments", &err);
    CHECK(vc_transform_transformation_write(vault, "typed/transform/cards", fpe, &err) == VC_OK);
    vc_transform_transformation_set_tweak_source(fpe, "generated", &err);
    CHECK(vc_transform_transformation_write(vault, "typed/transform/tweaked", fpe, &err) == VC_OK);
    vc_transform_transformation_free(fpe);
    fpe = vc_transform_transformation_read(vault, "typed/transform/cards", &err);
    CHECK(fpe && strcmp(vc_transform_transformation_type(fpe), "fpe") == 0);
    CHECK(fpe && strcmp(vc_transform_transformation_template(fpe), "card") == 0);
    CHECK(fpe && vc_transform_transformation_allowed_role_count(fpe) == 1);
    vc_transform_transformation_free(fpe);

    vc_transform_role *role = vc_transform_role_new(&err);
    vc_transform_role_add_transformation(role, "cards", &err);
    vc_transform_role_add_transformation(role, "tweaked", &err);
    CHECK(vc_transform_role_write(vault, "typed/transform/payments", role, &err) == VC_OK);
    vc_transform_role_free(role);
    role = vc_transform_role_read(vault, "typed/transform/payments", &err);
    CHECK(role && vc_transform_role_transformation_count(role) == 2);
    vc_transform_role_free(role);
    CHECK(!vc_transform_role_read(vault, "typed/transform/none", &err) && err.code == VC_E_NOT_FOUND);
}

static void transform_values(vc_client *vault)
{
    static const char card[] = "1111-2222-3333-4444";
    static const char role[] = "typed/transform/payments";
    vc_bytes coded = VC_BYTES_INIT, tweak = VC_BYTES_INIT, plain = VC_BYTES_INIT;
    vc_transform_options *options = vc_transform_options_new(&err);
    CHECK(vc_transform_options_set_transformation(options, "cards", &err) == VC_OK);
    CHECK(vc_transform_encode(vault, role, vc_str(card), options, &coded, &tweak, &err) == VC_OK);
    CHECK(coded.len == strlen(card) && !is(coded, card, strlen(card)) && !tweak.data);
    CHECK(vc_transform_decode(vault, role, vc_bytes_view(coded), options, &plain, &err) == VC_OK &&
          is(plain, card, strlen(card)));
    vc_bytes_free(&plain);
    CHECK(vc_transform_options_set_decode_format(options, "last-four", &err) == VC_OK);
    CHECK(vc_transform_decode(vault, role, vc_bytes_view(coded), options, &plain, &err) == VC_OK &&
          is(plain, "4444", 4));
    vc_bytes_free(&plain);
    vc_bytes_free(&coded);
    CHECK(vc_transform_encode(vault, role, vc_str("12"), options, &coded, NULL, &err) == VC_E_REFUSED &&
          !coded.data);
    CHECK(vc_transform_encode(vault, role, vc_str("\xff"), options, &coded, NULL, &err) == VC_E_ARGUMENT);
    vc_transform_options_free(options);

    options = vc_transform_options_new(&err);
    CHECK(vc_transform_options_set_transformation(options, "tweaked", &err) == VC_OK);
    CHECK(vc_transform_encode(vault, role, vc_str(card), options, &coded, &tweak, &err) == VC_OK &&
          tweak.len > 0);
    CHECK(vc_transform_options_set_tweak(options, vc_bytes_view(tweak), &err) == VC_OK);
    CHECK(vc_transform_decode(vault, role, vc_bytes_view(coded), options, &plain, &err) == VC_OK &&
          is(plain, card, strlen(card)));
    vc_transform_options_free(options);
    vc_bytes_free(&coded);
    vc_bytes_free(&tweak);
    vc_bytes_free(&plain);
}

int main(void)
{
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault) {
        printf("%s\n", err.message);
        return 99;
    }
    mounts(vault);
    policies(vault);
    keys(vault);
    values(vault);
    bound_values(vault);
    large_value(vault);
    no_permission();
    const vc_code transform = vc_sys_mount_enable(vault, "typed/transform", "transform", NULL, &err);
    CHECK(transform == VC_OK || transform == VC_E_UNSUPPORTED);
    if (transform == VC_OK) {
        transform_objects(vault);
        transform_values(vault);
    } else {
        printf("# no transform on this server\n");
    }
    vc_client_close(vault);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
