/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_token - the calls of <vaultcrypt/transform_token.h> about tokens: made, opened, asked about, found again by their value, deleted;
 * and the key behind them. Needs a root token.
 *
 *     vaultcrypt dev -- ./transform_token
 */
#include "api.h"

#define ROLE "example/payments"

static void make(vc_client *vault, const char *place, int convergent)
{
    vc_transform_transformation *kind = made(vc_transform_transformation_new("tokenization", &err));
    must(vc_transform_transformation_set_mapping_mode(kind, "default", &err));
    must(vc_transform_transformation_set_convergent(kind, convergent, &err));
    must(vc_transform_transformation_set_max_ttl(kind, 86400, &err));
    must(vc_transform_transformation_add_allowed_role(kind, "payments", &err));
    must(vc_transform_transformation_write(vault, place, kind, &err));
    vc_transform_transformation_free(kind);
    kind = made(vc_transform_transformation_read(vault, place, &err));
    printf("%s: mode %s, convergent %d, at most %d s, %zu store: %s\n", place, vc_transform_transformation_mapping_mode(kind),
           vc_transform_transformation_is_convergent(kind), (int)vc_transform_transformation_max_ttl(kind),
           vc_transform_transformation_store_count(kind), vc_transform_transformation_store(kind, 0));
    vc_transform_transformation_free(kind);
}

static void one_token(vc_client *vault)
{
    int yes = 0;
    vc_bytes token = VC_BYTES_INIT, value = VC_BYTES_INIT, metadata = VC_BYTES_INIT, expiration = VC_BYTES_INIT;
    vc_transform_options *options = made(vc_transform_options_new(&err));
    must(vc_transform_options_set_transformation(options, "cards", &err));
    vc_transform_options_set_ttl(options, 3600);
    must(vc_transform_options_add_metadata(options, "department", "sales", &err));
    must(vc_transform_tokenize(vault, ROLE, vc_str("4111 1111"), options, &token, &err));
    must(vc_transform_decode(vault, ROLE, vc_bytes_view(token), options, &value, &err));
    must(vc_transform_metadata(vault, ROLE, vc_bytes_view(token), options, &metadata, &expiration, &err));
    printf("%s is %s, with %s, until %s\n", token.data, value.data, metadata.data, expiration.data);
    must(vc_transform_validate(vault, ROLE, vc_bytes_view(token), options, &yes, &err));
    must(vc_transform_is_tokenized(vault, ROLE, vc_str("4111 1111"), options, &yes, &err));
    must(vc_transform_token_delete(vault, ROLE, vc_bytes_view(token), options, &err));
    must(vc_transform_validate(vault, ROLE, vc_bytes_view(token), options, &yes, &err));
    printf("deleted, it is %s\n", yes ? "valid" : "not valid");
    vc_bytes_free(&token);
    vc_bytes_free(&value);
    vc_bytes_free(&metadata);
    vc_bytes_free(&expiration);
    vc_transform_options_free(options);
}

static void alike(vc_client *vault)
{
    vc_bytes token = VC_BYTES_INIT;
    vc_transform_options *options = made(vc_transform_options_new(&err));
    must(vc_transform_options_set_transformation(options, "alike", &err));
    must(vc_transform_options_set_expiration(options, "2090-01-01T00:00:00Z", &err));
    vc_transform_options_set_convergent(options, 1); /* so it may be sent again after a broken connection */
    must(vc_transform_tokenize(vault, ROLE, vc_str("4111 1111"), options, &token, &err));
    vc_bytes_free(&token);
    vc_transform_options_free(options);

    options = made(vc_transform_options_new(&err));
    must(vc_transform_options_set_transformation(options, "alike", &err));
    must(vc_transform_options_set_expirations(options, "2089-01-01T00:00:00Z", "2091-01-01T00:00:00Z", &err));
    vc_names *tokens = made(vc_transform_tokens(vault, ROLE, vc_str("4111 1111"), options, &err));
    printf("%zu token of that value: %s\n", vc_names_count(tokens), vc_names_at(tokens, 0));
    vc_names_free(tokens);
    must(vc_transform_tokenized_delete(vault, ROLE, vc_str("4111 1111"), options, &err));
    vc_transform_options_free(options);
}

static void keys(vc_client *vault)
{
    vc_names *names = made(vc_transform_keys_list(vault, "example", &err));
    printf("%zu keys\n", vc_names_count(names));
    vc_names_free(names);
    must(vc_transform_key_rotate(vault, "example/cards", &err));
    must(vc_transform_key_configure(vault, "example/cards", 2, VC_TRANSFORM_UNCHANGED, &err));
    must(vc_transform_key_trim(vault, "example/cards", 2, &err));
    vc_transform_key *key = made(vc_transform_key_read(vault, "example/cards", &err));
    printf("cards: version %d, opens from %d, has from %d, rotates each %d s\n", (int)vc_transform_key_latest_version(key),
           (int)vc_transform_key_min_decryption_version(key), (int)vc_transform_key_min_available_version(key),
           (int)vc_transform_key_auto_rotate_seconds(key));
    vc_transform_key_free(key);
}

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err)); /* VAULT_ADDR, VAULT_TOKEN, ... */
    must(vc_sys_mount_enable(vault, "example", "transform", NULL, &err));
    make(vault, "example/cards", 0);
    make(vault, "example/alike", 1);
    vc_transform_role *role = made(vc_transform_role_new(&err));
    must(vc_transform_role_add_transformation(role, "cards", &err));
    must(vc_transform_role_add_transformation(role, "alike", &err));
    must(vc_transform_role_write(vault, ROLE, role, &err));
    vc_transform_role_free(role);
    one_token(vault);
    alike(vault);
    keys(vault);
    must(vc_sys_mount_disable(vault, "example", &err));
    vc_client_close(vault);
    return 0;
}
