/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapped keys that are not in tokens, renewed: those in a header of Kafka, and in front of Kroxylicious's values. */
#include "unit/test.h"

#include "base/text.h"
#include "base/varint.h"
#include "record/kroxylicious.h"
#include "record/native.h"
#include "unit/fake_vault.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: messages\n"
                                  "    on_missing: ignore\n"
                                  "    fields:\n"
                                  "      - {path: $.name, envelope: {key: app, carry: header, bind: [topic, key]}}\n"
                                  "      - {path: $.team, envelope: {key: app, mount: keys, carry: header}}\n"
                                  "      - {path: $.here, envelope: {key: one, source: static, carry: header}}\n"
                                  "      - {path: $.own, envelope: {key: app}}\n"
                                  "  - name: some\n"
                                  "    context: messages\n"
                                  "    fields:\n"
                                  "      - {path: $.name, envelope: {key: app, carry: header}}\n"
                                  "  - name: proxied\n"
                                  "    value: {envelope: {key: proxy}, format: kroxylicious}\n";

static vc_schema *schema;
static vc_keyring *ring;

static int setup(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    schema = vc_schema_parse(vc_str(schema_text), "test", &err);
    if (!schema)
        fprintf(stderr, "%s:%zu: %s\n", err.source, err.line, err.message);
    ring = vc_keyring_new(NULL);
    return !schema || !ring || vc_keyring_add_static(ring, "one", vc_str("0123456789abcdef0123456789abcdef"), NULL) ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    vc_schema_unref(schema);
    vc_keyring_unref(ring);
    return 0;
}

static vc_batch *new_batch(vc_direction direction)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    return batch;
}

static void add(vc_batch *batch, const char *rule, vc_message message)
{
    assert_int_equal(vc_batch_add_message(batch, vc_schema_rule(schema, vc_str(rule), NULL), &message, NULL), VC_OK);
}

static void run(vc_batch *batch, fake_vault *fake)
{
    *fake = (fake_vault){ 0 };
    assert_int_equal(fake_vault_run(fake, batch, NULL), VC_OK);
}

/* What came of record `i`, as a message again. */
static vc_message leaving(const vc_batch *batch, size_t i)
{
    vc_message message = VC_MESSAGE_INIT;
    if (vc_batch_error(batch, i))
        fail_msg("record %zu: %s", i, vc_batch_error(batch, i)->message);
    message.topic = vc_str("t");
    message.key = vc_batch_output_key(batch, i);
    message.value = vc_batch_output(batch, i);
    message.headers = vc_batch_output_headers(batch, i, &message.header_count);
    return message;
}

static const vc_header around[] = { { { "before", 6 }, { "1", 1 } }, { { "after", 5 }, { "2", 1 } } };

static vc_message clear_of(const char *value)
{
    return (vc_message){ sizeof(vc_message), vc_str("t"), vc_str("k"), vc_str(value), around, 1 };
}

static const char all[] = "{\"name\":1, \"team\":\"x\", \"here\":[2], \"own\":3}", few[] = "{\"name\":4}", none[] = "{\"own\":5}";

static const vc_header *keys_of(const vc_message *message)
{
    for (size_t i = 0; i < message->header_count; i++)
        if (vc__view_is(message->headers[i].name, VC__NATIVE_KEYS))
            return &message->headers[i];
    return NULL;
}

/* The entries of two headers, of which those under `static` stay: how many were renewed. */
static unsigned compare_keys(vc_view before, vc_view after)
{
    vc__native a, b;
    unsigned renewed = 0;
    size_t i = 0, j = 0;
    assert_int_equal(vc__native_keys_check(after, NULL), VC_OK);
    while (vc__native_keys_next(before, &i, &a)) {
        assert_true(vc__native_keys_next(after, &j, &b));
        assert_true(vc__view_equal(a.key_id, b.key_id));
        assert_true(vc__view_equal(a.key_name, b.key_name));
        assert_true(vc__view_equal(a.wrapped, b.wrapped)); /* the stand-in changes the version only */
        assert_int_equal(a.source, b.source);
        renewed += a.key_version == 1 && b.key_version == 2;
        assert_true(b.key_version == (a.source == VC__NATIVE_TRANSIT ? 2 : a.key_version));
    }
    assert_false(vc__native_keys_next(after, &j, &b));
    return renewed;
}

static void headers_are_renewed(void **state)
{
    (void)state;
    static const char *const records[] = { all, few, none, all };
    fake_vault fake;
    vc_batch *batch = new_batch(VC_PROTECT), *rewrap = new_batch(VC_REWRAP), *open = new_batch(VC_OPEN);
    for (size_t i = 0; i < COUNT(records); i++)
        add(batch, "messages", clear_of(records[i]));
    run(batch, &fake);
    vc_header headers[COUNT(records)][3];
    vc_message sent[COUNT(records)];
    for (size_t i = 0; i < COUNT(records); i++) {
        sent[i] = leaving(batch, i);
        memcpy(headers[i], sent[i].headers, sent[i].header_count * sizeof *headers[i]);
        headers[i][sent[i].header_count++] = around[1]; /* so that it has neighbours */
        sent[i].headers = headers[i];
        add(rewrap, "messages", sent[i]);
    }
    run(rewrap, &fake);
    assert_int_equal(fake.items, 2); /* transit/app and keys/app, once each */
    for (size_t i = 0; i < COUNT(records); i++) {
        const vc_message now = leaving(rewrap, i);
        const vc_header *before = keys_of(&sent[i]), *after = keys_of(&now);
        assert_int_equal(now.header_count, sent[i].header_count);
        for (size_t h = 0; h < now.header_count; h++) /* in their places */
            assert_true(vc__view_equal(now.headers[h].name, sent[i].headers[h].name));
        assert_int_equal(before != NULL, records[i] != none);
        if (before)
            assert_int_equal(compare_keys(before->value, after->value), records[i] == all ? 2 : 1);
        assert_true(vc__view_equal(now.key, sent[i].key));
        assert_int_equal(vc__view_equal(now.value, sent[i].value), records[i] == few); /* `own` has its key in its token */
        add(open, "messages", now);
    }
    vc_keyring_clear(ring);
    run(open, &fake);
    for (size_t i = 0; i < COUNT(records); i++)
        assert_true(vc__view_is(leaving(open, i).value, records[i]));
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(rewrap, &stats);
    assert_int_equal(stats.fields, 3 + 1 + 1 + 3);
    vc_batch_free(open);
    vc_batch_free(rewrap);
    vc_batch_free(batch);
}

/* An entry that is of no field which the rule has stays as it is, and so does the rest of the record. */
static void what_no_field_names_stays(void **state)
{
    (void)state;
    fake_vault fake;
    vc_batch *batch = new_batch(VC_PROTECT), *rewrap = new_batch(VC_REWRAP), *open = new_batch(VC_OPEN);
    add(batch, "messages", clear_of(all));
    run(batch, &fake);
    add(rewrap, "some", leaving(batch, 0));
    run(rewrap, &fake);
    assert_int_equal(fake.items, 1);
    const vc_message before = leaving(batch, 0), after = leaving(rewrap, 0);
    assert_true(vc__view_equal(before.value, after.value));
    vc__native entry;
    unsigned versions[3] = { 0 };
    for (size_t at = 0; vc__native_keys_next(keys_of(&after)->value, &at, &entry);)
        versions[entry.key_version]++;
    assert_int_equal(versions[2], 1);
    assert_int_equal(versions[1], 1);
    assert_int_equal(versions[0], 1); /* static */
    vc_keyring_clear(ring);
    add(open, "messages", after);
    run(open, &fake);
    assert_true(vc__view_is(leaving(open, 0).value, all));
    vc_batch_free(open);
    vc_batch_free(rewrap);
    vc_batch_free(batch);
}

/* With a wrapped key that Vault refuses, with none, and without the header: each fails alone, and none passes as if it were done. */
static void what_cannot_be_renewed_fails_alone(void **state)
{
    (void)state;
    fake_vault fake;
    vc_batch *batch = new_batch(VC_PROTECT), *rewrap = new_batch(VC_REWRAP);
    add(batch, "messages", clear_of(few));
    run(batch, &fake);
    const vc_message good = leaving(batch, 0);
    vc__native entry;
    size_t at = 0;
    assert_true(vc__native_keys_next(keys_of(&good)->value, &at, &entry));
    vc__auto(vc__buf) refused = VC__BUF(4096), other = VC__BUF(4096);
    entry.wrapped = vc_view_of("\x6d\xa7\x5d", 3); /* "badd" in Base64: the stand-in refuses it */
    vc__native_keys_add(&refused, &entry);
    entry.key_id = vc_str("0123456789abcdef0123456789abcdef");
    vc__native_keys_add(&other, &entry);
    vc_header headers[] = { { vc_str(VC__NATIVE_KEYS), vc__buf_get(&refused) }, { vc_str(VC__NATIVE_KEYS), vc__buf_get(&other) } };
    vc_message message = good;
    message.header_count = 1;
    for (size_t i = 0; i < COUNT(headers); i++) {
        message.headers = &headers[i];
        add(rewrap, "messages", message);
    }
    message.headers = around;
    add(rewrap, "messages", message);
    add(rewrap, "messages", good);
    run(rewrap, &fake);
    assert_int_equal(compare_keys(keys_of(&good)->value, keys_of(&(vc_message[]){ leaving(rewrap, 3) }[0])->value), 1);
    static const char *const why[] = { "", "not in the header", "in a header (vaultcrypt-keys) that the record does not have" };
    for (size_t i = 0; i < COUNT(why); i++) {
        size_t count;
        assert_non_null(vc_batch_error(rewrap, i));
        assert_int_equal(vc_code_class(vc_batch_error(rewrap, i)->code), VC_CLASS_DATA);
        assert_non_null(strstr(vc_batch_error(rewrap, i)->message, why[i]));
        assert_null(vc_batch_output(rewrap, i).data);
        assert_null(vc_batch_output_headers(rewrap, i, &count));
    }
    vc_batch_free(rewrap);
    vc_batch_free(batch);
}

/* Version 1, which is read and not written, of a value of version 2. */
static void as_version_1(vc__buf *out, vc_view value)
{
    vc__kroxylicious record;
    assert_int_equal(vc__kroxylicious_parse(&record, VC__KROXYLICIOUS_V2, value, NULL), VC_OK);
    vc__uvarint_write(out, (uint32_t)record.edek.len);
    vc__buf_view(out, record.edek);
    vc__buf_append(out, "\0\0\0\x0c", 4);
    vc__buf_view(out, record.iv);
    vc__buf_view(out, record.sealed);
    assert_int_equal(vc__buf_check(out, "a value", NULL), VC_OK);
}

static void values_of_kroxylicious_are_renewed(void **state)
{
    (void)state;
    fake_vault fake;
    vc_batch *batch = new_batch(VC_PROTECT), *rewrap = new_batch(VC_REWRAP), *open = new_batch(VC_OPEN);
    vc__auto(vc__buf) first = VC__BUF(4096);
    const vc_header old[] = { { vc_str(VC__KROXYLICIOUS_HEADER), vc_view_of("\x01", 1) }, around[0] };
    add(batch, "proxied", clear_of("hello"));
    add(batch, "proxied", clear_of(""));
    run(batch, &fake);
    vc_message sent[4] = { leaving(batch, 0), leaving(batch, 1), leaving(batch, 0), leaving(batch, 0) };
    as_version_1(&first, sent[2].value);
    sent[2].value = vc__buf_get(&first);
    sent[2].headers = old;
    sent[3].header_count = 0; /* nothing says that it is Kroxylicious's */
    for (size_t i = 0; i < COUNT(sent); i++)
        add(rewrap, "proxied", sent[i]);
    add(rewrap, "proxied", (vc_message){ sizeof(vc_message), vc_str("t"), vc_str("k"), { NULL, 0 }, around, 1 });
    run(rewrap, &fake);
    assert_int_equal(fake.items, 1);
    for (size_t i = 0; i < 3; i++) {
        const vc_message now = leaving(rewrap, i);
        vc__kroxylicious was, is;
        vc__kroxylicious_edek edek;
        const uint8_t version = i == 2 ? VC__KROXYLICIOUS_V1 : VC__KROXYLICIOUS_V2;
        assert_int_equal(now.header_count, sent[i].header_count);
        assert_memory_equal(now.headers, sent[i].headers, now.header_count * sizeof *now.headers);
        assert_int_equal(vc__kroxylicious_parse(&was, version, sent[i].value, NULL), VC_OK);
        assert_int_equal(vc__kroxylicious_parse(&is, version, now.value, NULL), VC_OK);
        assert_int_equal(vc__kroxylicious_edek_parse(&edek, is.edek, NULL), VC_OK);
        assert_int_equal(edek.key_version, 2);
        assert_true(vc__view_is(edek.key_name, "proxy"));
        assert_true(vc__view_equal(was.iv, is.iv) && vc__view_equal(was.sealed, is.sealed));
        add(open, "proxied", now);
    }
    assert_int_equal(vc_batch_error(rewrap, 3)->code, VC_E_PLAINTEXT);
    assert_null(leaving(rewrap, 4).value.data); /* a tombstone */
    vc_keyring_clear(ring);
    run(open, &fake);
    assert_int_equal(fake.items, 1);
    assert_true(vc__view_is(leaving(open, 0).value, "hello"));
    assert_true(vc__view_is(leaving(open, 1).value, ""));
    assert_true(vc__view_is(leaving(open, 2).value, "hello"));
    vc_batch_free(open);
    vc_batch_free(rewrap);
    vc_batch_free(batch);
}

typedef struct world {
    vc_message messages[2];
} world;

static vc_code rewrap_both(void *arg)
{
    static const char reply[] = "{\"data\":{\"batch_results\":[{\"ciphertext\":\"vault:v2:AAAA\"}]}}";
    const world *w = arg;
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(schema, VC_REWRAP, &err);
    vc_code code = batch ? VC_OK : err.code;
    for (size_t i = 0; i < 2 && !code; i++)
        code = vc_batch_add_message(batch, vc_schema_rule(schema, vc_str(i ? "proxied" : "messages"), NULL), &w->messages[i], &err);
    vc_step step = VC_STEP_SEND;
    for (uint64_t now = 1; !code && step != VC_STEP_DONE; now++) {
        step = vc_batch_step(batch, now, NULL, &err);
        code = step == VC_STEP_FAILED ? err.code : VC_OK;
        for (vc_request *request; !code && (request = vc_batch_next_request(batch));)
            code = vc_request_reply(request, 200, vc_view_of(NULL, 0), vc_str(reply), now, &err);
    }
    for (size_t i = 0; i < 2 && !code; i++)
        if (vc_batch_error(batch, i))
            code = vc_batch_error(batch, i)->code;
    vc_batch_free(batch);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    fake_vault fake;
    vc_batch *batch = new_batch(VC_PROTECT);
    add(batch, "messages", clear_of(few));
    add(batch, "proxied", clear_of("hello"));
    run(batch, &fake);
    world w = { { leaving(batch, 0), leaving(batch, 1) } };
    SWEEP_ALLOCATIONS(rewrap_both, &w);
    vc_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_renewed),
        cmocka_unit_test(what_no_field_names_stays),
        cmocka_unit_test(what_cannot_be_renewed_fails_alone),
        cmocka_unit_test(values_of_kroxylicious_are_renewed),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
