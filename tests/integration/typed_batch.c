/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batches of transit_batch.h against a server, each verb with more items than a request takes. The server's
 * address and root token come from the environment.
 */
#include "typed.h"

#define MOUNT "typedbatch"

enum { MANY = 1500 };

static char texts[MANY][16];

static void make(vc_client *vault, const char *name, const char *type, int derived)
{
    vc_transit_settings *settings = vc_transit_settings_new(&err);
    CHECK(vc_transit_settings_set_type(settings, type, &err) == VC_OK);
    if (derived)
        CHECK(vc_transit_settings_set_derived(settings, 1, &err) == VC_OK);
    CHECK(vc_transit_key_create(vault, name, settings, &err) == VC_OK);
    vc_transit_settings_free(settings);
}

static vc_transit_batch *batch_of(vc_transit_verb verb, const char *key, const vc_transit_options *options)
{
    vc_transit_batch *batch = vc_transit_batch_new(verb, key, options, &err);
    CHECK(batch != NULL);
    CHECK(vc_transit_batch_set_limits(batch, 1000, 0, 4, &err) == VC_OK); /* over what OpenBao takes */
    return batch;
}

/* Item i of `to` is the result of item i of `from`. */
static void feed(vc_transit_batch *to, const vc_transit_batch *from)
{
    size_t fed = 0;
    for (size_t i = 0; i < vc_transit_batch_count(from); i++)
        fed += vc_transit_batch_add(to, vc_transit_batch_result(from, i), &err) == VC_OK;
    CHECK(fed == vc_transit_batch_count(from));
}

static int all_fine(const vc_transit_batch *batch, const char *begins)
{
    size_t fine = 0;
    for (size_t i = 0; i < vc_transit_batch_count(batch); i++) {
        const vc_view result = vc_transit_batch_result(batch, i);
        fine += !vc_transit_batch_error(batch, i) &&
                (!begins || (result.len > strlen(begins) && memcmp(result.data, begins, strlen(begins)) == 0));
    }
    return fine == vc_transit_batch_count(batch);
}

static void there_and_back(vc_client *vault, const char *key, const vc_transit_options *options)
{
    vc_transit_batch *there = batch_of(VC_TRANSIT_ENCRYPT, key, options), *again = batch_of(VC_TRANSIT_REWRAP, key, options),
                     *back = batch_of(VC_TRANSIT_DECRYPT, key, options);
    for (size_t i = 0; i < MANY; i++)
        CHECK(vc_transit_batch_add(there, vc_str(texts[i]), &err) == VC_OK);
    CHECK(vc_transit_batch_run(vault, there, &err) == VC_OK && all_fine(there, "vault:v1:"));
    CHECK(vc_transit_key_rotate(vault, key, &err) == VC_OK);
    feed(again, there);
    CHECK(vc_transit_batch_run(vault, again, &err) == VC_OK && all_fine(again, "vault:v2:"));
    CHECK(vc_transit_batch_key_version(again, MANY - 1) == 2);
    feed(back, again);
    CHECK(vc_transit_batch_run(vault, back, &err) == VC_OK && all_fine(back, NULL));
    size_t same = 0;
    for (size_t i = 0; i < MANY; i++) {
        const vc_view plain = vc_transit_batch_result(back, i);
        same += plain.data && plain.len == strlen(texts[i]) && memcmp(plain.data, texts[i], plain.len) == 0;
    }
    CHECK(same == MANY);
    vc_transit_batch_free(there);
    vc_transit_batch_free(again);
    vc_transit_batch_free(back);
}

/* Signs (or makes HMACs of) many, and verifies them with every tenth one damaged. */
static void signed_and_verified(vc_client *vault, const char *key, vc_transit_verb sign, const vc_transit_options *options,
                                size_t count)
{
    const vc_transit_verb verify = sign == VC_TRANSIT_SIGN ? VC_TRANSIT_VERIFY : VC_TRANSIT_VERIFY_HMAC;
    vc_transit_batch *batch = batch_of(sign, key, options), *verified = batch_of(verify, key, options);
    for (size_t i = 0; i < count; i++)
        CHECK(vc_transit_batch_add(batch, vc_str(texts[i]), &err) == VC_OK);
    CHECK(vc_transit_batch_run(vault, batch, &err) == VC_OK && all_fine(batch, "vault:v1:"));
    for (size_t i = 0; i < count; i++) {
        vc_transit_item item = VC_TRANSIT_ITEM_INIT;
        item.input = vc_str(texts[i % 10 ? i : (i + 1) % count]);
        item.signature = vc_transit_batch_result(batch, i);
        CHECK(vc_transit_batch_add_item(verified, &item, &err) == VC_OK);
    }
    CHECK(vc_transit_batch_run(vault, verified, &err) == VC_OK);
    size_t right = 0;
    for (size_t i = 0; i < count; i++) {
        const vc_error *error = vc_transit_batch_error(verified, i);
        right += i % 10 ? !error : error && error->code == VC_E_SIGNATURE;
    }
    CHECK(right == count);
    vc_transit_batch_free(batch);
    vc_transit_batch_free(verified);
}

static void items_alone(vc_client *vault)
{
    static const struct {
        const char *text;
        vc_code code;
    } cases[] = {
        { "vault:v1:", VC_E_CIPHERTEXT },  { "vault:v9:AAAA", VC_E_CIPHERTEXT }, { "x", VC_E_CIPHERTEXT },
        { "\xff", VC_E_CIPHERTEXT },       { "", VC_E_CIPHERTEXT },
        { "vault:v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", VC_E_CIPHERTEXT },
    };
    vc_bytes sealed = VC_BYTES_INIT;
    CHECK(vc_transit_encrypt(vault, MOUNT "/aes", vc_str("fine"), NULL, &sealed, &err) == VC_OK);
    vc_transit_batch *batch = batch_of(VC_TRANSIT_DECRYPT, MOUNT "/aes", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(vc_transit_batch_add(batch, vc_str(cases[i].text), &err) == VC_OK);
        CHECK(vc_transit_batch_add(batch, vc_bytes_view(sealed), &err) == VC_OK);
    }
    CHECK(vc_transit_batch_run(vault, batch, &err) == VC_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const vc_error *error = vc_transit_batch_error(batch, 2 * i);
        CHECK(error && error->code == cases[i].code);
        CHECK(!vc_transit_batch_error(batch, 2 * i + 1) && vc_transit_batch_result(batch, 2 * i + 1).len == 4);
    }
    vc_transit_batch_free(batch);
    vc_bytes_free(&sealed);
    batch = batch_of(VC_TRANSIT_DECRYPT, MOUNT "/none", NULL);
    CHECK(vc_transit_batch_add(batch, vc_str("vault:v1:AAAA"), &err) == VC_OK);
    CHECK(vc_transit_batch_run(vault, batch, &err) == VC_E_NOT_FOUND);
    vc_transit_batch_free(batch);
}

/* With and without a context in one batch, under a key that needs one: those without have errors of their own. */
static void contexts(vc_client *vault)
{
    vc_transit_batch *batch = batch_of(VC_TRANSIT_ENCRYPT, MOUNT "/derived", NULL);
    for (size_t i = 0; i < 100; i++) {
        vc_transit_item item = VC_TRANSIT_ITEM_INIT;
        item.input = vc_str(texts[i]);
        item.context = i % 3 ? vc_str(texts[i]) : vc_str(NULL);
        CHECK(vc_transit_batch_add_item(batch, &item, &err) == VC_OK);
    }
    CHECK(vc_transit_batch_run(vault, batch, &err) == VC_OK);
    size_t right = 0;
    for (size_t i = 0; i < 100; i++)
        right += (i % 3 == 0) == (vc_transit_batch_error(batch, i) != NULL);
    CHECK(right == 100);
    CHECK(vc_transit_batch_error(batch, 0)->code == VC_E_REQUEST);
    vc_transit_batch_free(batch);
}

/* What one request holds, and what one server takes: a value beyond falls alone. */
static void large(vc_client *vault)
{
    enum { SIZE = 786432, HUGE_SIZE = 40 << 20 };
    char *bytes = calloc(1, HUGE_SIZE);
    vc_transit_batch *batch = batch_of(VC_TRANSIT_ENCRYPT, MOUNT "/aes", NULL);
    CHECK(bytes && vc_transit_batch_add(batch, vc_view_of(bytes, SIZE), &err) == VC_OK);
    CHECK(vc_transit_batch_add(batch, vc_str("small"), &err) == VC_OK);
    CHECK(vc_transit_batch_add(batch, vc_view_of(bytes, HUGE_SIZE), &err) == VC_OK);
    CHECK(vc_transit_batch_add(batch, vc_str(""), &err) == VC_OK);
    CHECK(vc_transit_batch_run(vault, batch, &err) == VC_OK);
    CHECK(!vc_transit_batch_error(batch, 0) && !vc_transit_batch_error(batch, 1) && !vc_transit_batch_error(batch, 3));
    const vc_error *error = vc_transit_batch_error(batch, 2);
    CHECK(error && error->code == VC_E_TOO_LARGE);
    vc_transit_batch_free(batch);
    free(bytes);
}

int main(void)
{
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault) {
        printf("%s\n", err.message);
        return 99;
    }
    for (size_t i = 0; i < MANY; i++)
        if (i) /* the first is empty */
            snprintf(texts[i], sizeof texts[i], "value %zu", i);
    CHECK(vc_sys_mount_enable(vault, MOUNT, "transit", NULL, &err) == VC_OK);
    make(vault, MOUNT "/aes", "aes256-gcm96", 0);
    make(vault, MOUNT "/derived", "aes256-gcm96", 1);
    make(vault, MOUNT "/ed", "ed25519", 0);
    make(vault, MOUNT "/ec", "ecdsa-p256", 0);
    there_and_back(vault, MOUNT "/aes", NULL);
    vc_transit_options *options = vc_transit_options_new(&err);
    CHECK(vc_transit_options_set_context(options, vc_str("c"), &err) == VC_OK);
    there_and_back(vault, MOUNT "/derived", options);
    vc_transit_options_free(options);
    options = vc_transit_options_new(&err);
    CHECK(vc_transit_options_set_hash_algorithm(options, "sha2-512", &err) == VC_OK);
    make(vault, MOUNT "/mac", "aes256-gcm96", 0);
    signed_and_verified(vault, MOUNT "/mac", VC_TRANSIT_HMAC, options, MANY);
    signed_and_verified(vault, MOUNT "/ed", VC_TRANSIT_SIGN, NULL, MANY);
    signed_and_verified(vault, MOUNT "/ec", VC_TRANSIT_SIGN, options, 300);
    vc_transit_options_free(options);
    items_alone(vault);
    contexts(vault);
    large(vault);
    vc_client_close(vault);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
