/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are too large for a token, for a data key's limit or for what binds: their record fails alone, and no limit is passed. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include "unit/test.h"

#include "base/text.h"
#include "record/native.h"
#include "unit/fake_vault.h"

#include <sys/mman.h>
#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: here\n"
                                  "    fields:\n"
                                  "      - {path: $.a, envelope: {key: one, source: static}}\n"
                                  "  - name: vault\n"
                                  "    fields:\n"
                                  "      - {path: $.a, envelope: {key: app}}\n"
                                  "  - name: droppy\n"
                                  "    fields:\n"
                                  "      - {path: $.a, envelope: {key: app}, on_error: drop_field}\n"
                                  "  - name: blobs\n"
                                  "    value: {envelope: {key: app}}\n"
                                  "  - name: proxied\n"
                                  "    value: {envelope: {key: app}, format: kroxylicious}\n"
                                  "  - name: bound\n"
                                  "    value: {envelope: {key: app, bind: [key]}}\n";

enum { LIMIT = 1000 };

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

/* With a keyring of its own, whose keys protect LIMIT bytes. */
static vc_batch *new_batch(void)
{
    vc_keyring *ring = vc_keyring_new(NULL);
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, NULL);
    assert_true(ring && batch);
    assert_int_equal(vc_keyring_add_static(ring, "one", vc_str("0123456789abcdef0123456789abcdef"), NULL), VC_OK);
    assert_int_equal(vc_keyring_set_use_limits(ring, 0, LIMIT, 0, NULL), VC_OK);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    vc_keyring_unref(ring);
    return batch;
}

/* {"a":"xx..."}, where the value with its quotes has so many bytes. */
static char *record_of(size_t bytes)
{
    char *text = calloc(1, bytes + 7);
    assert_non_null(text);
    memcpy(text, "{\"a\":\"", 6);
    memset(text + 6, 'x', bytes - 2);
    memcpy(text + 4 + bytes, "\"}", 2);
    return text;
}

static void add(vc_batch *batch, const char *rule, const char *record)
{
    assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str(rule), NULL), vc_str(record), NULL), VC_OK);
}

static void assert_fails_alone(const char *rule, unsigned long least, unsigned long most)
{
    fake_vault fake = { 0 };
    char *small = record_of(10), *exact = record_of(LIMIT), *large = record_of(LIMIT + 1);
    const char *const records[] = { small, large, exact, large, small };
    vc_batch *batch = new_batch();
    for (size_t i = 0; i < COUNT(records); i++)
        add(batch, rule, records[i]);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    for (size_t i = 0; i < COUNT(records); i++) {
        const vc_error *why = vc_batch_error(batch, i);
        assert_int_equal(why != NULL, records[i] == large);
        if (!why)
            continue;
        assert_int_equal(why->code, VC_E_TOO_LARGE);
        assert_string_equal(why->message, "$.a: is larger than the 1000 bytes that one data key may protect (vc_keyring_set_use_limits())");
        assert_null(vc_batch_output(batch, i).data);
    }
    assert_in_range(fake.keys, least, most);
    vc_batch_free(batch);
    free(small);
    free(exact);
    free(large);
}

static void large_values_fail_alone(void **state)
{
    (void)state;
    assert_fails_alone("here", 0, 0);
    assert_fails_alone("vault", 3, 4); /* 10, LIMIT, 10, and one ahead */
}

static void large_fields_are_dropped(void **state)
{
    (void)state;
    fake_vault fake = { 0 };
    char *small = record_of(10), *large = record_of(LIMIT + 1);
    vc_batch *batch = new_batch();
    add(batch, "droppy", large);
    add(batch, "droppy", small);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_true(vc__view_is(vc_batch_output(batch, 0), "{}"));
    assert_null(vc_batch_error(batch, 1));
    vc_batch_clear(batch);
    add(batch, "droppy", large); /* no key is asked for */
    fake = (fake_vault){ 0 };
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(fake.requests, 0);
    vc_batch_free(batch);
    free(small);
    free(large);
}

typedef struct used {
    char id[VC__NATIVE_ID];
    size_t bytes;
} used;

/* What the record's token takes of its key. */
static void count_token(used *keys, size_t *count, vc_view record)
{
    vc__native token;
    vc__auto(vc__buf) scratch = VC__BUF(1 << 20);
    const vc_view text = vc_view_of(record.data + 6, record.len - 8);
    assert_int_equal(vc__native_read_text(&scratch, text, &token, NULL), VC_OK);
    size_t i = 0;
    while (i < *count && memcmp(keys[i].id, token.key_id.data, sizeof keys[i].id) != 0)
        i++;
    if (i == *count)
        memcpy(keys[(*count)++].id, token.key_id.data, sizeof keys[i].id);
    keys[i].bytes += token.sealed.len - 16; /* the tag */
}

/* However unequal the values are, and in whatever order. */
static void no_key_protects_more_than_its_limit(void **state)
{
    (void)state;
    enum { RECORDS = 200 };
    for (unsigned seed = 1; seed <= 20; seed++) {
        fake_vault fake = { 0 };
        char *records[RECORDS];
        used keys[RECORDS] = { 0 };
        size_t count = 0;
        unsigned random = seed * 2654435761U;
        vc_batch *batch = new_batch();
        for (size_t i = 0; i < RECORDS; i++) {
            random = random * 1664525 + 1013904223;
            records[i] = record_of((random >> 16) % 8 ? 2 + (random >> 8) % 20 : 2 + (random >> 8) % (LIMIT - 1));
            add(batch, "vault", records[i]);
        }
        assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
        for (size_t i = 0; i < RECORDS; i++) {
            assert_null(vc_batch_error(batch, i));
            count_token(keys, &count, vc_batch_output(batch, i));
            free(records[i]);
        }
        assert_true(count > 1);
        for (size_t i = 0; i < count; i++)
            assert_in_range(keys[i].bytes, 0, LIMIT);
        vc_batch_free(batch);
    }
}

/* Memory that nobody touches. */
static void *lot_of(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(at, MAP_FAILED);
    return at;
}

static void assert_too_large(const char *rule, vc_view key, vc_view value, const char *why)
{
    fake_vault fake = { 0 };
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, NULL);
    vc_keyring *ring = vc_keyring_new(NULL);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    const vc_rule *under = vc_schema_rule(schema, vc_str(rule), NULL);
    vc_message message = { .size = sizeof message, .topic = vc_str("t"), .key = vc_str("k"), .value = vc_str("v") };
    assert_int_equal(vc_batch_add_message(batch, under, &message, NULL), VC_OK);
    message.key = key;
    message.value = value;
    assert_int_equal(vc_batch_add_message(batch, under, &message, NULL), VC_OK);
    message.key = vc_str("k");
    message.value = vc_str("w");
    assert_int_equal(vc_batch_add_message(batch, under, &message, NULL), VC_OK);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(fake_vault_run(&fake, batch, &err), VC_OK);
    assert_null(vc_batch_error(batch, 0));
    assert_null(vc_batch_error(batch, 2));
    assert_int_equal(vc_batch_error(batch, 1)->code, VC_E_TOO_LARGE);
    assert_non_null(strstr(vc_batch_error(batch, 1)->message, why));
    vc_batch_free(batch);
    vc_keyring_unref(ring);
}

static void more_than_a_token_takes(void **state)
{
    (void)state;
    const size_t gib = (size_t)1 << 30, bound = ((size_t)64 << 20) + 1;
    void *lot = lot_of(2 * gib);
    assert_too_large("blobs", vc_str("k"), vc_view_of(lot, gib), "a token holds less than 1 GiB");
    assert_too_large("proxied", vc_str("k"), vc_view_of(lot, 2 * gib), "holds less than 2 GiB");
    assert_too_large("bound", vc_view_of(lot, bound), vc_str("v"), "what is bound to a token");
    munmap(lot, 2 * gib);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_values_fail_alone),
        cmocka_unit_test(large_fields_are_dropped),
        cmocka_unit_test(no_key_protects_more_than_its_limit),
        cmocka_unit_test(more_than_a_token_takes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
