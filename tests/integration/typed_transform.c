/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of transform.h and transform_token.h beside encode and decode, against a server that has the engine, with the installed
 * headers only. The server's address and root token come from the environment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/vaultcrypt.h>

#define ROLE "typed-tokens/pay"
#define CARD "1111-2222-3333-4444"

static int passed, failed;
static vc_error err = VC_ERROR_INIT;

static void check(int holds, int line, const char *what)
{
    char text[1000];
    passed += holds != 0;
    failed += holds == 0;
    if (!holds)
        printf("not ok - line %d: %s (last error: %s)\n", line, what, vc_error_format(&err, text, sizeof text));
}

#define CHECK(condition) check((condition) != 0, __LINE__, #condition)

static int is(vc_bytes bytes, const char *text)
{
    return bytes.data && bytes.len == strlen(text) && memcmp(bytes.data, text, bytes.len) == 0;
}

static vc_transform_options *with(const char *transformation)
{
    vc_transform_options *options = vc_transform_options_new(&err);
    CHECK(options && vc_transform_options_set_transformation(options, transformation, &err) == VC_OK);
    return options;
}

static void make(vc_client *vault, const char *type, const char *name, int convergent, const char *place)
{
    vc_transform_transformation *kind = vc_transform_transformation_new(type, &err);
    CHECK(vc_transform_transformation_add_allowed_role(kind, "*", &err) == VC_OK);
    if (strcmp(type, "tokenization") == 0) {
        CHECK(vc_transform_transformation_set_convergent(kind, convergent, &err) == VC_OK);
        CHECK(vc_transform_transformation_set_max_ttl(kind, 3600, &err) == VC_OK);
    } else {
        CHECK(vc_transform_transformation_set_template(kind, "builtin/creditcardnumber", &err) == VC_OK);
    }
    if (strcmp(type, "fpe") == 0)
        CHECK(vc_transform_transformation_set_tweak_source(kind, convergent ? "internal" : "generated", &err) == VC_OK);
    CHECK(vc_transform_transformation_write(vault, place, kind, &err) == VC_OK);
    vc_transform_transformation_free(kind);
    vc_transform_role *role = vc_transform_role_read(vault, ROLE, &err);
    if (!role)
        role = vc_transform_role_new(&err);
    CHECK(vc_transform_role_add_transformation(role, name, &err) == VC_OK);
    CHECK(vc_transform_role_write(vault, ROLE, role, &err) == VC_OK);
    vc_transform_role_free(role);
}

static void tokens(vc_client *vault)
{
    vc_bytes token = VC_BYTES_INIT, value = VC_BYTES_INIT, metadata = VC_BYTES_INIT, expiration = VC_BYTES_INIT;
    int yes = -1;
    vc_transform_options *options = with("once");
    vc_transform_options_set_ttl(options, 600);
    CHECK(vc_transform_options_add_metadata(options, "team", "a", &err) == VC_OK);
    CHECK(vc_transform_tokenize(vault, ROLE, vc_str("any \xc3\xa4 text"), options, &token, &err) == VC_OK && token.len > 20);
    CHECK(vc_transform_decode(vault, ROLE, vc_bytes_view(token), options, &value, &err) == VC_OK && is(value, "any \xc3\xa4 text"));
    vc_bytes_free(&value);
    CHECK(vc_transform_validate(vault, ROLE, vc_bytes_view(token), options, &yes, &err) == VC_OK && yes == 1);
    CHECK(vc_transform_validate(vault, ROLE, vc_str("nosuch"), options, &yes, &err) == VC_OK && yes == 0);
    CHECK(vc_transform_is_tokenized(vault, ROLE, vc_str("any \xc3\xa4 text"), options, &yes, &err) == VC_OK && yes == 1);
    CHECK(vc_transform_is_tokenized(vault, ROLE, vc_str("other"), options, &yes, &err) == VC_OK && yes == 0);
    CHECK(vc_transform_metadata(vault, ROLE, vc_bytes_view(token), options, &metadata, &expiration, &err) == VC_OK);
    CHECK(is(metadata, "team=a") && expiration.len >= 20);
    vc_bytes_free(&metadata);
    vc_bytes_free(&expiration);
    CHECK(vc_transform_metadata(vault, ROLE, vc_str("nosuch"), options, &metadata, NULL, &err) == VC_E_REQUEST && !metadata.data);
    CHECK(!vc_transform_tokens(vault, ROLE, vc_str("x"), options, &err) && err.code == VC_E_REQUEST);
    CHECK(vc_transform_token_delete(vault, ROLE, vc_bytes_view(token), options, &err) == VC_OK);
    CHECK(vc_transform_validate(vault, ROLE, vc_bytes_view(token), options, &yes, &err) == VC_OK && yes == 0);
    CHECK(vc_transform_decode(vault, ROLE, vc_bytes_view(token), options, &value, &err) == VC_E_REFUSED && !value.data);
    vc_bytes_free(&token);
    vc_transform_options_free(options);

    options = with("hide");
    CHECK(vc_transform_encode(vault, ROLE, vc_str(CARD), options, &value, NULL, &err) == VC_OK && is(value, "****-****-****-****"));
    CHECK(vc_transform_validate(vault, ROLE, vc_bytes_view(value), options, &yes, &err) == VC_E_REQUEST);
    CHECK(vc_transform_decode(vault, ROLE, vc_bytes_view(value), options, &token, &err) == VC_E_REFUSED && !token.data);
    vc_bytes_free(&value);
    vc_transform_options_free(options);
}

static void convergent_tokens(vc_client *vault)
{
    vc_bytes one = VC_BYTES_INIT, two = VC_BYTES_INIT;
    vc_transform_options *options = with("same");
    vc_transform_options_set_convergent(options, 1);
    static const char at[] = "2090-01-01T00:00:00Z";
    CHECK(vc_transform_options_set_expiration(options, at, &err) == VC_OK);
    CHECK(vc_transform_tokenize(vault, ROLE, vc_str("v"), options, &one, &err) == VC_OK);
    vc_transform_options_free(options);
    options = with("same");
    CHECK(vc_transform_options_set_expiration(options, VC_TRANSFORM_ANY, &err) == VC_OK);
    vc_names *found = vc_transform_tokens(vault, ROLE, vc_str("v"), options, &err);
    CHECK(found && vc_names_count(found) == 1 && one.data && strcmp(vc_names_at(found, 0), one.data) == 0);
    vc_names_free(found);
    found = vc_transform_tokens(vault, ROLE, vc_str("nothing"), options, &err);
    CHECK(found && vc_names_count(found) == 0);
    vc_names_free(found);
    CHECK(vc_transform_tokenized_delete(vault, ROLE, vc_str("v"), options, &err) == VC_OK);
    found = vc_transform_tokens(vault, ROLE, vc_str("v"), options, &err);
    CHECK(found && vc_names_count(found) == 0);
    vc_names_free(found);
    vc_bytes_free(&one);
    vc_bytes_free(&two);
    vc_transform_options_free(options);
}

static void batches(vc_client *vault)
{
    enum { COUNT = 700 };
    static char values[COUNT][32];
    vc_transform_options *options = with("once");
    CHECK(vc_transform_options_add_metadata(options, "k", "v", &err) == VC_OK);
    vc_transform_options_set_ttl(options, 600);
    vc_transform_batch *made = vc_transform_batch_new(VC_TRANSFORM_TOKENIZE, ROLE, options, &err);
    for (int i = 0; i < COUNT; i++) {
        snprintf(values[i], sizeof values[i], "value %d", i);
        CHECK(vc_transform_batch_add(made, i == 9 ? vc_str("\xff") : vc_str(values[i]), vc_str(NULL), &err) == VC_OK);
    }
    CHECK(vc_transform_batch_run(vault, made, &err) == VC_OK && vc_transform_batch_count(made) == COUNT);
    CHECK(vc_transform_batch_run(vault, made, &err) == VC_E_STATE);
    vc_transform_batch *back = vc_transform_batch_new(VC_TRANSFORM_DECODE, ROLE, options, &err);
    vc_transform_batch *valid = vc_transform_batch_new(VC_TRANSFORM_VALIDATE, ROLE, options, &err);
    vc_transform_batch *metadata = vc_transform_batch_new(VC_TRANSFORM_METADATA, ROLE, options, &err);
    vc_transform_batch *tokenized = vc_transform_batch_new(VC_TRANSFORM_TOKENIZED, ROLE, options, &err);
    for (size_t i = 0; i < COUNT; i++) {
        const vc_view token = i == 9 ? vc_str("nosuchtoken") : vc_transform_batch_result(made, i);
        CHECK(token.len && (vc_transform_batch_error(made, i) != NULL) == (i == 9));
        CHECK(vc_transform_batch_add(back, token, vc_str(NULL), &err) == VC_OK && vc_transform_batch_add(valid, token, vc_str(NULL), &err) == VC_OK);
        CHECK(vc_transform_batch_add(metadata, token, vc_str(NULL), &err) == VC_OK && vc_transform_batch_add(tokenized, vc_str(values[i]), vc_str(NULL), &err) == VC_OK);
    }
    CHECK(vc_transform_batch_run(vault, back, &err) == VC_OK && vc_transform_batch_run(vault, valid, &err) == VC_OK);
    CHECK(vc_transform_batch_run(vault, metadata, &err) == VC_OK && vc_transform_batch_run(vault, tokenized, &err) == VC_OK);
    for (size_t i = 0; i < COUNT; i++) {
        const vc_view value = vc_transform_batch_result(back, i), pairs = vc_transform_batch_result(metadata, i);
        CHECK(i == 9 || (value.len == strlen(values[i]) && memcmp(value.data, values[i], value.len) == 0));
        CHECK(i == 9 || (pairs.len == 3 && memcmp(pairs.data, "k=v", 3) == 0 && vc_transform_batch_expiration(metadata, i).len >= 20));
        CHECK(vc_transform_batch_answer(valid, i) == (i != 9) && vc_transform_batch_answer(tokenized, i) == (i != 9));
        CHECK(!vc_transform_batch_error(valid, i) && (i == 9) == (vc_transform_batch_error(back, i) != NULL));
    }
    CHECK(vc_transform_batch_error(back, 9)->code == VC_E_REFUSED && vc_transform_batch_error(metadata, 9)->code == VC_E_REFUSED);
    CHECK(vc_transform_batch_error(made, 9)->code == VC_E_ARGUMENT && vc_transform_batch_error(made, COUNT)->code == VC_E_CANCELED);
    vc_transform_batch_free(made);
    vc_transform_batch_free(back);
    vc_transform_batch_free(valid);
    vc_transform_batch_free(metadata);
    vc_transform_batch_free(tokenized);
    vc_transform_options_free(options);

    options = with("to");
    made = vc_transform_batch_new(VC_TRANSFORM_ENCODE, ROLE, options, &err);
    CHECK(vc_transform_batch_add(made, vc_str(CARD), vc_str(NULL), &err) == VC_OK && vc_transform_batch_run(vault, made, &err) == VC_OK);
    back = vc_transform_batch_new(VC_TRANSFORM_DECODE, ROLE, options, &err);
    CHECK(vc_transform_batch_add(back, vc_transform_batch_result(made, 0), vc_transform_batch_tweak(made, 0), &err) == VC_OK);
    CHECK(vc_transform_batch_run(vault, back, &err) == VC_OK && vc_transform_batch_result(back, 0).len == strlen(CARD) &&
          memcmp(vc_transform_batch_result(back, 0).data, CARD, strlen(CARD)) == 0);
    vc_transform_batch_free(made);
    vc_transform_batch_free(back);
    vc_transform_options_free(options);
    CHECK(!vc_transform_batch_new(VC_TRANSFORM_ENCODE, "-", NULL, &err) && err.code == VC_E_ARGUMENT);
    vc_transform_batch_free(NULL);
}

static void rewrap(vc_client *vault)
{
    vc_bytes old = VC_BYTES_INIT, moved = VC_BYTES_INIT, tweak = VC_BYTES_INIT, value = VC_BYTES_INIT;
    vc_transform_options *from = with("from"), *to = with("to");
    CHECK(vc_transform_encode(vault, ROLE, vc_str(CARD), from, &old, NULL, &err) == VC_OK);
    const vc_code code = vc_transform_rewrap(vault, ROLE, vc_bytes_view(old), from, to, &moved, &tweak, &err);
    CHECK(code == VC_OK || code == VC_E_NOT_FOUND);
    if (code == VC_OK) {
        CHECK(tweak.len > 0 && vc_transform_options_set_tweak(to, vc_bytes_view(tweak), &err) == VC_OK);
        CHECK(vc_transform_decode(vault, ROLE, vc_bytes_view(moved), to, &value, &err) == VC_OK && is(value, CARD));
    } else {
        printf("# no rewrap on this server\n");
    }
    vc_bytes_free(&old);
    vc_bytes_free(&moved);
    vc_bytes_free(&tweak);
    vc_bytes_free(&value);
    vc_transform_options_free(from);
    vc_transform_options_free(to);
}

static void keys(vc_client *vault)
{
    vc_names *names = vc_transform_keys_list(vault, "typed-tokens", &err);
    CHECK(names && vc_names_has(names, "once") && vc_names_has(names, "same") && !vc_names_has(names, "hide"));
    vc_names_free(names);
    CHECK(vc_transform_key_rotate(vault, "typed-tokens/once", &err) == VC_OK);
    CHECK(vc_transform_key_configure(vault, "typed-tokens/once", 2, 7200, &err) == VC_OK);
    CHECK(vc_transform_key_configure(vault, "typed-tokens/once", 9, VC_TRANSFORM_UNCHANGED, &err) == VC_E_REQUEST);
    CHECK(vc_transform_key_trim(vault, "typed-tokens/once", 2, &err) == VC_OK);
    vc_transform_key *key = vc_transform_key_read(vault, "typed-tokens/once", &err);
    CHECK(key && vc_transform_key_latest_version(key) == 2 && vc_transform_key_min_decryption_version(key) == 2 &&
          vc_transform_key_min_available_version(key) == 2 && vc_transform_key_auto_rotate_seconds(key) == 7200);
    vc_transform_key_free(key);
    CHECK(!vc_transform_key_read(vault, "typed-tokens/hide", &err) && err.code == VC_E_NOT_FOUND);
}

static void stores(vc_client *vault)
{
    vc_transform_store *store = vc_transform_store_new("postgres", "postgresql://{{username}}:{{password}}@db/t", &err);
    CHECK(vc_transform_store_set_user(store, "u", vc_str("canary-password"), &err) == VC_OK);
    CHECK(vc_transform_store_write(vault, "typed-tokens/db", store, &err) == VC_OK);
    vc_transform_store_free(store);
    store = vc_transform_store_read(vault, "typed-tokens/db", &err);
    CHECK(store && strcmp(vc_transform_store_type(store), "sql") == 0 && vc_transform_store_connection(store));
    vc_transform_store_free(store);
    CHECK(vc_transform_store_write_schema(vault, "typed-tokens/db", "ddl", vc_str("x"), &err) == VC_OK);
    vc_names *names = vc_transform_stores_list(vault, "typed-tokens", &err);
    CHECK(names && vc_names_has(names, "db"));
    vc_names_free(names);
    CHECK(vc_transform_store_delete(vault, "typed-tokens/db", &err) == VC_OK);
    CHECK(!vc_transform_store_read(vault, "typed-tokens/db", &err) && err.code == VC_E_NOT_FOUND);
}

static void objects(vc_client *vault)
{
    vc_transform_transformation *kind = vc_transform_transformation_read(vault, "typed-tokens/same", &err);
    CHECK(kind && vc_transform_transformation_is_convergent(kind) && vc_transform_transformation_max_ttl(kind) == 3600 &&
          strcmp(vc_transform_transformation_mapping_mode(kind), "default") == 0 &&
          !vc_transform_transformation_allows_deletion(kind));
    CHECK(vc_transform_transformation_delete(vault, "typed-tokens/same", &err) == VC_E_REQUEST);
    CHECK(kind && vc_transform_transformation_set_deletion_allowed(kind, 1, &err) == VC_OK &&
          vc_transform_transformation_write(vault, "typed-tokens/same", kind, &err) == VC_OK);
    vc_transform_transformation_free(kind);
    CHECK(vc_transform_transformation_delete(vault, "typed-tokens/same", &err) == VC_E_REQUEST);
    vc_names *names = vc_transform_roles_list(vault, "typed-tokens", &err);
    CHECK(names && vc_names_count(names) == 1 && vc_names_has(names, "pay"));
    vc_names_free(names);
    CHECK(vc_transform_role_delete(vault, ROLE, &err) == VC_OK);
    names = vc_transform_roles_list(vault, "typed-tokens", &err);
    CHECK(names && vc_names_count(names) == 0);
    vc_names_free(names);
    CHECK(vc_transform_transformation_delete(vault, "typed-tokens/same", &err) == VC_OK);
    names = vc_transform_transformations_list(vault, "typed-tokens", &err);
    CHECK(names && !vc_names_has(names, "same") && vc_names_has(names, "once"));
    vc_names_free(names);
    CHECK(vc_transform_alphabet_write(vault, "typed-tokens/hex", vc_str("0123456789abcdef"), &err) == VC_OK);
    names = vc_transform_alphabets_list(vault, "typed-tokens", &err);
    CHECK(names && vc_names_has(names, "hex"));
    vc_names_free(names);
    vc_transform_template *pattern = vc_transform_template_new(&err);
    CHECK(vc_transform_template_set_pattern(pattern, "([0-9a-f]{8})", &err) == VC_OK &&
          vc_transform_template_set_alphabet(pattern, "hex", &err) == VC_OK &&
          vc_transform_template_write(vault, "typed-tokens/serial", pattern, &err) == VC_OK);
    vc_transform_template_free(pattern);
    CHECK(vc_transform_alphabet_delete(vault, "typed-tokens/hex", &err) == VC_E_REQUEST);
    CHECK(vc_transform_template_delete(vault, "typed-tokens/serial", &err) == VC_OK);
    CHECK(vc_transform_alphabet_delete(vault, "typed-tokens/hex", &err) == VC_OK);
    names = vc_transform_templates_list(vault, "typed-tokens", &err);
    CHECK(names && !vc_names_has(names, "serial"));
    vc_names_free(names);
    CHECK(!vc_transform_roles_list(vault, "nosuchmount", &err) && err.code == VC_E_NOT_FOUND);
}

int main(void)
{
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault) {
        printf("%s\n", err.message);
        return 99;
    }
    if (vc_sys_mount_enable(vault, "typed-tokens", "transform", NULL, &err)) {
        CHECK(err.code == VC_E_UNSUPPORTED);
        printf("# no transform on this server\n");
    } else {
        make(vault, "tokenization", "once", 0, "typed-tokens/once");
        make(vault, "tokenization", "same", 1, "typed-tokens/same");
        make(vault, "masking", "hide", 0, "typed-tokens/hide");
        make(vault, "fpe", "from", 1, "typed-tokens/from");
        make(vault, "fpe", "to", 0, "typed-tokens/to");
        tokens(vault);
        convergent_tokens(vault);
        batches(vault);
        rewrap(vault);
        keys(vault);
        stores(vault);
        objects(vault);
    }
    vc_client_close(vault);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
