/* SPDX-License-Identifier: Apache-2.0 */
/* The record operation, driven by an instant transport: what goes in, what Vault is asked, what comes out. */
#define _GNU_SOURCE /* memmem() */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "unit/fake_vault.h"

#include <vaultcrypt/batch.h>

static const char schema_text[] =
    "version: 1\n"
    "records:\n"
    "  - name: purchases\n"
    "    topics: [purchases]\n"
    "    fields:\n"
    "      - path: $.Address\n"
    "        transit: {key: transit}\n"
    "      - path: $.credit_card\n"
    "        transform: {role: payments, transformation: creditcard}\n"
    "  - name: identity\n"
    "    topics: [identity]\n"
    "    fields: []\n"
    "  - name: notes\n"
    "    topics: [notes]\n"
    "    on_missing: ignore\n"
    "    fields:\n"
    "      - path: $.items[*].note\n"
    "        transit: {key: notes, as: json}\n"
    "  - name: droppy\n"
    "    topics: [droppy]\n"
    "    fields:\n"
    "      - path: $.a\n"
    "        transit: {key: transit}\n"
    "        on_error: drop_field\n"
    "      - path: $.b\n"
    "        transit: {key: transit}\n"
    "        on_error: drop_field\n"
    "  - name: letters\n"
    "    topics: [letters]\n"
    "    on_error: dead_letter\n"
    "    fields:\n"
    "      - path: $.a\n"
    "        transit: {key: transit}\n"
    "  - name: tweaked\n"
    "    topics: [tweaked]\n"
    "    fields:\n"
    "      - path: $.card\n"
    "        transform: {role: payments, tweak_source: generated, tweak_to: $.tweak}\n"
    "  - name: supplied\n"
    "    topics: [supplied]\n"
    "    fields:\n"
    "      - path: $.card\n"
    "        transform: {role: payments, tweak_source: supplied, tweak: $.id}\n";

static vc_schema *schema;

static int setup(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    schema = vc_schema_parse(vc_str(schema_text), "test", &err);
    if (!schema)
        fprintf(stderr, "%s:%zu: %s\n", err.source, err.line, err.message);
    return schema ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vc_schema_unref(schema);
    return 0;
}

static vc_batch *batch_of(vc_direction direction, const char *rule, const char *const *records, size_t count)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str(rule), NULL), vc_str(records[i]), NULL), VC_OK);
    return batch;
}

static void assert_output(const vc_batch *batch, size_t i, const char *text)
{
    if (vc_batch_error(batch, i))
        print_error("record %zu: %s\n", i, vc_batch_error(batch, i)->message);
    assert_null(vc_batch_error(batch, i));
    const vc_view out = vc_batch_output(batch, i);
    assert_non_null(out.data);
    if (!vc__view_is(out, text))
        print_error("%.*s instead of %s\n", (int)out.len, out.data ? out.data : "", text);
    assert_true(vc__view_is(out, text));
}

static void protects_and_opens_byte_for_byte(void **state)
{
    (void)state;
    static const char *const in[] = {
        "{\"Name\":\"A\",  \"Address\":\"1 High St\",\"credit_card\":\"1111-2222-3333-4444\",\"n\":123456789012345678901234567890}",
        "{ \"credit_card\" : \"0000-0000-0000-0001\" ,\t\"Address\":\"\\u00e9 \\\"x\\\"\\n\", \"n\":-0 }",
    };
    static const char *const middle[] = {
        "{\"Name\":\"A\",  \"Address\":\"vault:v1:MSBIaWdoIFN0\",\"credit_card\":\"8888-7777-6666-5555\",\"n\":123456789012345678901234567890}",
        "{ \"credit_card\" : \"9999-9999-9999-9998\" ,\t\"Address\":\"vault:v1:w6kgIngiCg==\", \"n\":-0 }",
    };
    fake_vault fake = { 0 };
    vc_batch *batch = batch_of(VC_PROTECT, "purchases", in, 2);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(fake.requests, 2); /* two groups */
    assert_int_equal(fake.items, 4);
    for (size_t i = 0; i < 2; i++)
        assert_output(batch, i, middle[i]);
    vc_batch_free(batch);
    batch = batch_of(VC_OPEN, "purchases", middle, 2);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_output(batch, 0, in[0]);
    assert_output(batch, 1, "{ \"credit_card\" : \"0000-0000-0000-0001\" ,\t\"Address\":\"\xc3\xa9 \\\"x\\\"\\n\", \"n\":-0 }"); /* shortest escapes */
    vc_batch_free(batch);
}

static void any_type_as_json(void **state)
{
    (void)state;
    static const char *const in[] = {
        "{\"items\":[{\"note\":1e400},{\"note\":null},{\"note\": {\"a\" : [1, 2]} },{\"note\":\"\\u00e9\\ud800\"},{\"other\":true}]}", "{\"items\":[]}", "[]",
    };
    fake_vault fake = { 0 };
    vc_batch *batch = batch_of(VC_PROTECT, "notes", in, 3);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    const char *out[3];
    char copies[3][1000];
    for (size_t i = 0; i < 3; i++) {
        assert_null(vc_batch_error(batch, i));
        snprintf(copies[i], sizeof copies[i], "%.*s", (int)vc_batch_output(batch, i).len, vc_batch_output(batch, i).data);
        out[i] = copies[i];
    }
    assert_null(strstr(out[0], "1e400"));
    assert_string_equal(out[1], in[1]);
    assert_string_equal(out[2], in[2]);
    vc_batch_free(batch);
    batch = batch_of(VC_OPEN, "notes", out, 3);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    for (size_t i = 0; i < 3; i++)
        assert_output(batch, i, in[i]);
    vc_batch_free(batch);
}

static void rewraps_what_is_transit(void **state)
{
    (void)state;
    static const char *const in[] = {
        "{\"Name\":\"A\",  \"Address\":\"vault:v1:MSBIaWdoIFN0\",\"credit_card\":\"8888-7777\",\"n\":1.50}",
        "{\"Address\":\"plain text\",\"credit_card\":\"1\"}",
        "{\"Address\":\"vault:v1:bad\",\"credit_card\":\"1\"}",
        "{\"credit_card\":\"1\"}",
    };
    static const vc_code codes[] = { VC_OK, VC_E_PLAINTEXT, VC_E_REFUSED, VC_E_MISSING };
    fake_vault fake = { 0 };
    vc_batch *batch = batch_of(VC_REWRAP, "purchases", in, 4);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(fake.items, 2); /* nothing of the transform field goes to Vault */
    assert_output(batch, 0, "{\"Name\":\"A\",  \"Address\":\"vault:v2:MSBIaWdoIFN0\",\"credit_card\":\"8888-7777\",\"n\":1.50}");
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(vc_batch_error(batch, i)->code, codes[i]);
        assert_null(vc_batch_output(batch, i).data);
    }
    vc_batch_free(batch);

    /* A ciphertext that cannot be rewrapped is not thrown away, whatever the rule says of values that cannot be protected. */
    static const char *const kept[] = { "{\"a\":\"vault:v1:bad\",\"b\":\"vault:v1:eA==\"}" };
    batch = batch_of(VC_REWRAP, "droppy", kept, 1);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_REFUSED);
    assert_int_equal(vc_batch_on_error(batch, 0), VC_ON_ERROR_FAIL);
    vc_batch_free(batch);

    /* A generated tweak stays in its place. */
    static const char *const tweaked[] = { "{\"card\":\"8888\",\"tweak\":\"c29tZW51bQ==\"}" };
    batch = batch_of(VC_REWRAP, "tweaked", tweaked, 1);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_output(batch, 0, tweaked[0]);
    vc_batch_free(batch);
    assert_null(vc_batch_new(schema, (vc_direction)3, NULL));
}

static const struct {
    const char *rule;
    vc_direction direction;
    const char *record;
    vc_code code;
    const char *message; /* a part of it */
} faults[] = {
    { "purchases", VC_PROTECT, "{\"Address\":\"x\"}", VC_E_MISSING, "$.credit_card" },
    { "purchases", VC_PROTECT, "{\"Address\":5,\"credit_card\":\"1\"}", VC_E_TYPE, "$.Address" },
    { "purchases", VC_PROTECT, "{\"Address\":\"vault:v1:xx\",\"credit_card\":\"1\"}", VC_E_PROTECTED, "$.Address" },
    { "purchases", VC_PROTECT, "{\"Address\":\"\\u0076ault:v1:xx\",\"credit_card\":\"1\"}", VC_E_PROTECTED, "$.Address" },
    { "purchases", VC_PROTECT, "{\"Address\":\"\\ud800\",\"credit_card\":\"1\"}", VC_E_TYPE, "surrogate" },
    { "purchases", VC_PROTECT, "{\"Address\":\"x\",\"Address\":\"y\",\"credit_card\":\"1\"}", VC_E_AMBIGUOUS, "" },
    { "purchases", VC_PROTECT, "{\"Address\":\"x\",\"credit_card\":\"1\"", VC_E_JSON, "" },
    { "purchases", VC_PROTECT, "{\"Address\":\"bad\",\"credit_card\":\"1\"}", VC_E_REFUSED, "$.Address" },
    { "purchases", VC_PROTECT, "{\"Address\":\"poison\",\"credit_card\":\"1\"}", VC_E_REFUSED, "$.Address" },
    { "purchases", VC_OPEN, "{\"Address\":\"x\",\"credit_card\":\"1\"}", VC_E_PLAINTEXT, "$.Address" },
    { "purchases", VC_OPEN, "{\"Address\":7,\"credit_card\":\"1\"}", VC_E_PLAINTEXT, "$.Address" },
    { "purchases", VC_OPEN, "{\"Address\":\"vault:v1:bad\",\"credit_card\":\"1\"}", VC_E_CIPHERTEXT, "$.Address" },
    { "purchases", VC_OPEN, "{\"Address\":\"vault:v1://8=\",\"credit_card\":\"1\"}", VC_E_TYPE, "UTF-8" },
    { "notes", VC_OPEN, "{\"items\":[{\"note\":\"vault:v1:eA==\"}]}", VC_E_TYPE, "as: json" },
    { "notes", VC_PROTECT, "{\"items\":[{\"note\":\"vault:v1:eA==\"}]}", VC_E_PROTECTED, "" },
    { "tweaked", VC_PROTECT, "{\"card\":\"1\"}", VC_E_MISSING, "tweak" },
    { "tweaked", VC_PROTECT, "{\"card\":\"1\",\"tweak\":\"x\"}", VC_E_TYPE, "null" },
    { "supplied", VC_PROTECT, "{\"card\":\"1\",\"id\":5}", VC_E_TYPE, "tweak" },
};

/* Record i falls alone: the same good record before and behind it comes out whole. */
static void one_record_falls_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        const bool open = faults[i].direction == VC_OPEN;
        const char *good = strcmp(faults[i].rule, "notes") == 0      ? "{}"
                           : strcmp(faults[i].rule, "purchases") == 0 ? (open ? "{\"Address\":\"vault:v1:eA==\",\"credit_card\":\"8\"}"
                                                                              : "{\"Address\":\"x\",\"credit_card\":\"1\"}")
                                                                      : "{\"card\":\"1\",\"tweak\":null,\"id\":\"7\"}";
        const char *const records[] = { good, faults[i].record, good };
        fake_vault fake = { .generate_tweaks = strcmp(faults[i].rule, "tweaked") == 0 };
        vc_batch *batch = batch_of(faults[i].direction, faults[i].rule, records, 3);
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(fake_vault_run(&fake, batch, &err), VC_OK);
        const vc_error *why = vc_batch_error(batch, 1);
        assert_non_null(why);
        if (why->code != faults[i].code || !strstr(why->message, faults[i].message))
            print_error("%zu: %s: %s\n", i, vc_code_name(why->code), why->message);
        assert_int_equal(why->code, faults[i].code);
        assert_non_null(strstr(why->message, faults[i].message));
        assert_null(strstr(why->message, "CANARY"));
        assert_null(vc_batch_output(batch, 1).data);
        assert_int_equal(vc_batch_on_error(batch, 1), VC_ON_ERROR_FAIL);
        assert_null(vc_batch_error(batch, 0));
        assert_null(vc_batch_error(batch, 2));
        assert_non_null(vc_batch_output(batch, 2).data);
        vc_batch_free(batch);
    }
}

static void fields_are_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } table[] = {
        { "{\"a\":\"bad\",\"b\":\"x\"}", "{\"b\":\"vault:v1:eA==\"}" },
        { "{\"x\":1, \"a\":5 , \"b\":6 }", "{\"x\":1 }" },
        { "{\"a\":\"poison\",\"b\":true}", "{}" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        fake_vault fake = { 0 };
        vc_batch *batch = batch_of(VC_PROTECT, "droppy", &table[i].in, 1);
        assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
        assert_output(batch, 0, table[i].out);
        vc_batch_stats stats = { .size = sizeof stats };
        vc_batch_get_stats(batch, &stats);
        assert_true(stats.dropped >= 1);
        vc_batch_free(batch);
    }
}

static void dead_letters_are_told(void **state)
{
    (void)state;
    static const char *const in[] = { "{\"a\":5}", "nonsense", "{\"a\":\"x\"}" };
    fake_vault fake = { 0 };
    vc_batch *batch = batch_of(VC_PROTECT, "letters", in, 3);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(vc_batch_on_error(batch, 0), VC_ON_ERROR_DEAD_LETTER);
    assert_int_equal(vc_batch_on_error(batch, 1), VC_ON_ERROR_DEAD_LETTER);
    assert_int_equal(vc_batch_error(batch, 1)->line, 1);
    assert_output(batch, 2, "{\"a\":\"vault:v1:eA==\"}");
    vc_batch_free(batch);
}

static void tweaks_find_their_place(void **state)
{
    (void)state;
    static const char *const in[] = { "{\"tweak\": null, \"card\":\"12\"}" };
    static const char *const middle[] = { "{\"tweak\": \"c29tZW51bQ==\", \"card\":\"87\"}" };
    fake_vault fake = { .generate_tweaks = true };
    vc_batch *batch = batch_of(VC_PROTECT, "tweaked", in, 1);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_output(batch, 0, middle[0]);
    vc_batch_free(batch);
    batch = batch_of(VC_OPEN, "tweaked", middle, 1);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_output(batch, 0, in[0]);
    vc_batch_free(batch);
    /* A server that makes no tweak is not what the schema says. */
    fake.generate_tweaks = false;
    batch = batch_of(VC_PROTECT, "tweaked", in, 1);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(fake_vault_run(&fake, batch, &err), VC_E_CONFIG);
    vc_batch_free(batch);
    /* A supplied one is read from the record and goes along in Base64. */
    static const char *const supplied[] = { "{\"id\":\"s\\u006fmenum\", \"card\":\"12\"}" };
    batch = batch_of(VC_PROTECT, "supplied", supplied, 1);
    vc_error none = VC_ERROR_INIT;
    assert_int_equal(vc_batch_step(batch, 1, NULL, &none), VC_STEP_SEND);
    vc_request *request = vc_batch_next_request(batch);
    assert_string_equal(vc_request_path(request), "/v1/transform/encode/payments");
    const vc_view body = vc_request_body(request);
    assert_non_null(memmem(body.data, body.len, "\"tweak\":\"c29tZW51bQ==\"", 22));
    vc_batch_free(batch);
}

enum { MANY = 1000 };

static vc_batch *many(vc_direction direction, const char *special, size_t at)
{
    static char text[MANY][80];
    const char *records[MANY];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(text[i], sizeof text[i], "{\"a\":\"%s%zu\"}", i == at ? special : direction == VC_OPEN ? "vault:v1:" : "x", i);
        records[i] = text[i];
    }
    return batch_of(direction, "letters", records, MANY);
}

static void limits_are_learnt(void **state)
{
    (void)state;
    fake_vault fake = { .most_items = 100 };
    vc_batch *batch = many(VC_PROTECT, "", MANY);
    assert_int_equal(vc_batch_set_limits(batch, 480, 0, 1, NULL), VC_OK);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_null(vc_batch_error(batch, i));
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.item_cap, 60); /* 480, 240, 120: refused */
    assert_true(stats.splits >= 3 && stats.splits < 10);
    assert_int_equal(stats.fields, MANY);
    vc_batch_free(batch);
    /* By bytes: requests stay under the limit. */
    fake = (fake_vault){ 0 };
    batch = many(VC_PROTECT, "", MANY);
    assert_int_equal(vc_batch_set_limits(batch, 1000, 2000, 1, NULL), VC_OK);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_true(fake.requests > 10 && fake.largest < 100);
    vc_batch_free(batch);
}

static void guilty_item_is_found(void **state)
{
    (void)state;
    fake_vault fake = { 0 };
    vc_batch *batch = many(VC_PROTECT, "poison", 777);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(vc_batch_error(batch, i) != NULL, i == 777);
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.item_cap, 0); /* nothing to do with size */
    vc_batch_free(batch);
}

static void waits_for_a_sealed_vault(void **state)
{
    (void)state;
    fake_vault fake = { .fail_first = 7, .fail_status = 503 };
    vc_batch *batch = many(VC_PROTECT, "", MANY);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_null(vc_batch_error(batch, 0));
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.retries, 7);
    vc_batch_free(batch);
}

static void assert_nothing_left(const vc_batch *batch)
{
    for (size_t i = 0; i < vc_batch_count(batch); i++) {
        assert_null(vc_batch_output(batch, i).data);
        assert_int_equal(vc_batch_error(batch, i)->code, VC_E_CANCELED);
    }
}

static void ends_at_the_deadline(void **state)
{
    (void)state;
    static const struct {
        fake_vault fake;
        vc_code code;
    } table[] = {
        { { .fail_first = 1000000, .fail_status = 503 }, VC_E_SEALED },
        { { .fail_first = 1000000, .fail_status = 429 }, VC_E_BUSY },
        { { .no_reply = true }, VC_E_CONNECT },
        { { .fail_first = 1, .fail_status = 403 }, VC_E_DENIED },
        { { .fail_first = 1, .fail_status = 404 }, VC_E_NOT_FOUND },
        { { .short_results = true }, VC_E_PROTOCOL },
        { { .clear_results = true }, VC_E_PROTOCOL },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        fake_vault fake = table[i].fake;
        vc_batch *batch = many(VC_PROTECT, "", MANY);
        assert_int_equal(vc_batch_set_limits(batch, 0, 0, 1, NULL), VC_OK);
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(fake_vault_run(&fake, batch, &err), table[i].code);
        assert_true(err.message[0] != 0);
        assert_nothing_left(batch);
        assert_int_equal(vc_batch_step(batch, 5, NULL, &err), VC_STEP_FAILED); /* stays so */
        vc_batch_free(batch);
    }
    /* No answer at all. */
    vc_batch *batch = many(VC_PROTECT, "", MANY);
    assert_int_equal(vc_batch_set_deadline(batch, 500, NULL), VC_OK);
    vc_error err = VC_ERROR_INIT;
    uint64_t until = 0;
    assert_int_equal(vc_batch_step(batch, 100, &until, &err), VC_STEP_SEND);
    while (vc_batch_next_request(batch)) { }
    assert_int_equal(vc_batch_step(batch, 100, &until, &err), VC_STEP_WAIT);
    assert_int_equal(until, 600);
    assert_int_equal(vc_batch_step(batch, 600, &until, &err), VC_STEP_FAILED);
    assert_int_equal(err.code, VC_E_TIMEOUT);
    assert_nothing_left(batch);
    vc_batch_free(batch);
}

static void tombstones_and_identity(void **state)
{
    (void)state;
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, NULL);
    const vc_rule *rule = vc_schema_rule(schema, vc_str("identity"), NULL);
    const char *odd = " {\"a\" :1,\"a\":-0,\"b\":[ ] } ";
    assert_int_equal(vc_batch_add(batch, rule, vc_view_of(NULL, 0), NULL), VC_OK);
    assert_int_equal(vc_batch_add(batch, rule, vc_str(odd), NULL), VC_OK);
    assert_int_equal(vc_batch_add(batch, rule, vc_view_of(NULL, 3), NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_batch_add(batch, NULL, vc_str(odd), NULL), VC_E_ARGUMENT);
    assert_non_null(vc_batch_error(batch, 1)); /* not yet */
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_DONE);
    assert_null(vc_batch_error(batch, 0));
    assert_null(vc_batch_output(batch, 0).data);
    assert_output(batch, 1, odd);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_batch_add(batch, rule, vc_str(odd), &err), VC_E_STATE);
    assert_int_equal(vc_batch_set_deadline(batch, 1, &err), VC_E_STATE);
    vc_batch_clear(batch);
    assert_int_equal(vc_batch_count(batch), 0);
    vc_batch_free(batch);
}

static vc_code whole_operation(void *arg)
{
    static const char *const in[] = { "{\"Address\":\"\\u00e9\",\"credit_card\":\"1\"}", "{\"Address\":5}", "x",
                                      "{\"Address\":\"y\",\"credit_card\":\"2\"}" };
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, &err);
    vc_code code = batch ? VC_OK : err.code;
    for (size_t i = 0; i < COUNT(in) && !code; i++)
        code = vc_batch_add(batch, vc_schema_rule(schema, vc_str("purchases"), NULL), vc_str(in[i]), &err);
    if (!code && vc_batch_step(batch, 1, NULL, &err) == VC_STEP_FAILED)
        code = err.code;
    for (vc_request *request; !code && (request = vc_batch_next_request(batch));) {
        static const char reply[] = "{\"data\":{\"batch_results\":[{\"ciphertext\":\"vault:v1:AA==\"},{\"ciphertext\":\"vault:v1:AA==\"}]}}";
        static const char codes[] = "{\"data\":{\"batch_results\":[{\"encoded_value\":\"8\"},{\"encoded_value\":\"7\"}]}}";
        code = vc_request_reply(request, 200, vc_view_of(NULL, 0), vc_str(strstr(vc_request_path(request), "encrypt") ? reply : codes),
                                2, &err);
    }
    if (!code) {
        const vc_step step = vc_batch_step(batch, 3, NULL, &err);
        code = step == VC_STEP_DONE ? VC_OK : step == VC_STEP_FAILED ? err.code : VC_E_INTERNAL;
    }
    if (!code && (vc_batch_error(batch, 0) || vc_batch_error(batch, 3) || !vc_batch_error(batch, 1)))
        code = VC_E_INTERNAL;
    vc_batch_free(batch);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(whole_operation, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protects_and_opens_byte_for_byte), cmocka_unit_test(any_type_as_json),
        cmocka_unit_test(rewraps_what_is_transit),
        cmocka_unit_test(one_record_falls_alone),           cmocka_unit_test(fields_are_dropped),
        cmocka_unit_test(dead_letters_are_told),            cmocka_unit_test(tweaks_find_their_place),
        cmocka_unit_test(limits_are_learnt),                cmocka_unit_test(guilty_item_is_found),
        cmocka_unit_test(waits_for_a_sealed_vault),         cmocka_unit_test(ends_at_the_deadline),
        cmocka_unit_test(tombstones_and_identity),          cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests_name("record", tests, setup, teardown);
}
