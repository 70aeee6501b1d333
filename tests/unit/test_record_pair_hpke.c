/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hybrid` with `wrap: hpke`: source 05 both ways, beside 04 under the same key; wrapped anew from one to the other. Built with an OpenSSL before 3.2:
 * the schema is refused, and so is a token, each saying what it takes.
 */
#include "unit/pairs.h"
#include "unit/test.h"

#include "base/text.h"
#include "crypto/hpke.h"
#include "record/batch.h"

#include <vaultcrypt/vaultcrypt.h>

static const char auto_text[] = "version: 1\n"
                                "records:\n"
                                "- {name: blobs, value: {hybrid: {key: orders, wrap: auto}}}\n"
                                "- {name: demanded, context: blobs, value: {hybrid: {key: orders, signed_by: [shop]}}}\n"
                                "- {name: carried, value: {hybrid: {key: orders, carry: header}}}\n";

static const char hpke_text[] = "version: 1\n"
                                "records:\n"
                                "- {name: blobs, value: {hybrid: {key: orders, wrap: hpke}}}\n"
                                "- {name: signed, context: blobs, value: {hybrid: {key: orders, wrap: hpke, sign: shop}}}\n"
                                "- {name: carried, value: {hybrid: {key: orders, wrap: hpke, carry: header}}}\n"
                                "- name: both\n"
                                "  fields: [{path: $.a, hybrid: {key: orders, wrap: hpke}}, {path: $.b, hybrid: {key: orders}}]\n";

static vc_schema *schemas[2]; /* auto, hpke; the second is NULL when there is none */
static vc_keyring *ring;

static int setup(void **state)
{
    (void)state;
    schemas[0] = vc_schema_parse(vc_str(auto_text), "auto", NULL);
    schemas[1] = vc_schema_parse(vc_str(hpke_text), "hpke", NULL);
    return schemas[0] ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vc_schema_unref(schemas[0]);
    vc_schema_unref(schemas[1]);
    return 0;
}

static int new_ring(void **state)
{
    (void)state;
    ring = vc_keyring_new(NULL);
    return !ring || vc_keyring_add_private(ring, "orders", vc_str(pair_ec_private), NULL) || vc_keyring_add_private(ring, "shop", vc_str(pair_ed_private), NULL);
}

static int free_ring(void **state)
{
    (void)state;
    vc_keyring_unref(ring);
    return 0;
}

/* A message's value and the one header that it may have; and what it came to. */
typedef struct mail {
    char value[1024], keys[1024];
    size_t value_len, keys_len;
    vc_code code;
    char message[512];
} mail;

static vc_code once(int schema, vc_direction direction, const char *rule, const mail *from, mail *out)
{
    vc_error err = VC_ERROR_INIT;
    const vc_header header = { vc_str(VC__NATIVE_KEYS), vc_view_of(from->keys, from->keys_len) };
    const vc_message message = { sizeof message, vc_str("t"), vc_str("k"), vc_view_of(from->value, from->value_len), &header, from->keys_len > 0 };
    vc_batch *batch = vc_batch_new(schemas[schema], direction, &err);
    vc_code code = batch ? vc_batch_set_keyring(batch, ring, &err) : err.code;
    code = code ? code : vc_batch_add_message(batch, vc_schema_rule(schemas[schema], vc_str(rule), NULL), &message, &err);
    if (!code && vc_batch_step(batch, 1, NULL, &err) != VC_STEP_DONE)
        code = err.code;
    if (!code && vc_batch_error(batch, 0)) {
        err = *vc_batch_error(batch, 0);
        code = err.code;
    }
    *out = (mail){ .code = code };
    snprintf(out->message, sizeof out->message, "%s", err.message);
    if (!code) {
        size_t count;
        const vc_view value = vc_batch_output(batch, 0);
        const vc_header *headers = vc_batch_output_headers(batch, 0, &count);
        assert_true(value.len <= sizeof out->value && count <= 1 && (!count || headers->value.len <= sizeof out->keys));
        memcpy(out->value, value.data, out->value_len = value.len);
        if (count)
            memcpy(out->keys, headers->value.data, out->keys_len = headers->value.len);
    }
    vc_batch_free(batch);
    return code;
}

enum { AUTO, HPKE };

static mail text_of(const char *text)
{
    mail made = { .value_len = strlen(text) };
    memcpy(made.value, text, made.value_len);
    return made;
}

static mail fine(int schema, vc_direction direction, const char *rule, const mail *from)
{
    mail out;
    if (once(schema, direction, rule, from, &out))
        fail_msg("%s: %s: %s", rule, vc_code_name(out.code), out.message);
    return out;
}

static mail sealed(int schema, const char *rule, const char *text)
{
    const mail clear = text_of(text);
    return fine(schema, VC_PROTECT, rule, &clear);
}

static void opens(int schema, const char *rule, const mail *from, const char *clear)
{
    vc_keyring_clear(ring);
    const mail out = fine(schema, VC_OPEN, rule, from);
    assert_true(vc__view_is(vc_view_of(out.value, out.value_len), clear));
    assert_int_equal(out.keys_len, 0);
}

static void refused(int schema, vc_direction direction, const char *rule, const mail *from, vc_code code, const char *text)
{
    mail out;
    vc_keyring_clear(ring);
    if (once(schema, direction, rule, from, &out) != code || !strstr(out.message, text))
        fail_msg("%s: %s: %s, not %s: %s", rule, vc_code_name(out.code), out.message, vc_code_name(code), text);
}

static vc__native read_bytes(const mail *from)
{
    vc__native token;
    assert_int_equal(vc__native_read_bytes(vc_view_of(from->value, from->value_len), &token, NULL), VC_OK);
    return token;
}

/* Of a token under the P-256 key, one that says that it was wrapped by HPKE. */
static mail forged(void)
{
    const mail made = sealed(AUTO, "blobs", "x");
    char wrapped[113] = { 4, 1 };
    vc__native token = read_bytes(&made);
    mail out = { 0 };
    vc__auto(vc__buf) bytes = VC__BUF(sizeof out.value);
    token.source = VC__NATIVE_HPKE;
    token.wrapped = vc_view_of(wrapped, sizeof wrapped);
    vc__buf_append(&bytes, made.value, VC__NATIVE_MAGIC);
    vc__native_prefix(&bytes, &token);
    vc__buf_view(&bytes, token.nonce);
    vc__buf_view(&bytes, token.sealed);
    memcpy(out.value, bytes.data, out.value_len = bytes.len);
    return out;
}

/* -- without it ---------------------------------------------------------------------------------------------- */

static void where_it_is_not_built_in_it_is_refused(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    const mail token = forged();
    if (schemas[HPKE]) {
        refused(AUTO, VC_OPEN, "blobs", &token, VC_E_CIPHERTEXT, "cannot be authenticated");
        return;
    }
    assert_null(vc_schema_parse(vc_str(hpke_text), "s.yaml", &err));
    assert_int_equal(err.code, VC_E_UNSUPPORTED);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 53);
    assert_non_null(strstr(err.message, "`wrap: hpke`: HPKE takes OpenSSL 3.2 or newer, and this was built with OpenSSL "));
    refused(AUTO, VC_OPEN, "blobs", &token, VC_E_NO_KEY,
            "value: its data key is wrapped to the key " PAIR_EC_ID " by HPKE, which cannot be opened here: HPKE takes OpenSSL 3.2 or newer");
    const mail kept = fine(AUTO, VC_REWRAP, "blobs", &token); /* under the key that protects: there is nothing to do */
    assert_true(vc__view_equal(vc_view_of(kept.value, kept.value_len), vc_view_of(token.value, token.value_len)));
    assert_int_equal(vc_keyring_add_public(ring, "orders", vc_str(pair_rsa_public), NULL), VC_OK);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    refused(AUTO, VC_REWRAP, "blobs", &token, VC_E_NO_KEY, "OpenSSL 3.2");
}

static void another_word_is_no_way_to_wrap(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    assert_null(vc_schema_parse(vc_str("version: 1\nrecords: [{name: a, value: {hybrid: {key: k, wrap: ecdh}}}]\n"), "s.yaml", &err));
    assert_int_equal(err.code, VC_E_SCHEMA);
    assert_non_null(strstr(err.message, "`wrap`: unknown value `ecdh`: it can be `auto` or `hpke`"));
}

/* -- with it ------------------------------------------------------------------------------------------------- */

static void it_goes_both_ways(void **state)
{
    (void)state;
    if (!schemas[HPKE])
        return;
    const mail by_hpke = sealed(HPKE, "blobs", "any bytes"), by_auto = sealed(AUTO, "blobs", "others");
    const vc__native token = read_bytes(&by_hpke), other = read_bytes(&by_auto);
    assert_int_equal(token.source, VC__NATIVE_HPKE);
    assert_int_equal(token.wrapped.len, 113);
    assert_true(vc__view_is(token.key_name, PAIR_EC_ID) && !token.key_version);
    assert_int_equal(other.source, VC__NATIVE_EC);
    for (int schema = AUTO; schema <= HPKE; schema++) { /* opening takes any */
        opens(schema, "blobs", &by_hpke, "any bytes");
        opens(schema, "blobs", &by_auto, "others");
    }
    const mail in_header = sealed(HPKE, "carried", "c"), with_signature = sealed(HPKE, "signed", "s");
    assert_int_equal((unsigned char)in_header.keys[33], VC__NATIVE_HPKE);
    opens(AUTO, "carried", &in_header, "c");
    opens(AUTO, "demanded", &with_signature, "s");
    refused(AUTO, VC_OPEN, "demanded", &by_hpke, VC_E_SIGNATURE, "is not signed");
    mail bad = by_hpke;
    bad.value[token.wrapped.data + 112 - by_hpke.value] ^= 1;
    refused(HPKE, VC_OPEN, "blobs", &bad, VC_E_CIPHERTEXT, "cannot be authenticated");
    assert_int_equal(vc_keyring_remove_private(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    refused(HPKE, VC_OPEN, "blobs", &by_hpke, VC_E_NO_KEY, "does not have here");
}

/* Two fields, one key, two ways: two data keys. */
static void ways_do_not_share_data_keys(void **state)
{
    (void)state;
    if (!schemas[HPKE])
        return;
    const mail both = sealed(HPKE, "both", "{\"a\":1,\"b\":2}");
    vc__auto(vc__buf) scratch = VC__BUF(4096);
    static const uint8_t sources[] = { VC__NATIVE_HPKE, VC__NATIVE_EC };
    const char *at = both.value;
    for (size_t i = 0; i < 2; i++) {
        vc__native token;
        at = strstr(at, "\"vc1:") + 1;
        vc__buf_clear(&scratch);
        assert_int_equal(vc__native_read_text(&scratch, vc_view_of(at, (size_t)(strchr(at, '"') - at)), &token, NULL), VC_OK);
        assert_int_equal(token.source, sources[i]);
    }
    opens(HPKE, "both", &both, "{\"a\":1,\"b\":2}");
}

static void a_key_of_another_kind_is_refused(void **state)
{
    (void)state;
    if (!schemas[HPKE])
        return;
    const mail clear = text_of("x"), old = sealed(HPKE, "blobs", "x");
    assert_int_equal(vc_keyring_add_public(ring, "orders", vc_str(pair_rsa_public), NULL), VC_OK);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    static const char text[] = "value: `wrap: hpke` takes a key of the curve P-256, and the key " PAIR_RSA_ID " of `orders` is RSA";
    refused(HPKE, VC_PROTECT, "blobs", &clear, VC_E_CONFIG, text);
    refused(HPKE, VC_REWRAP, "blobs", &old, VC_E_CONFIG, text);
}

static void a_data_key_is_wrapped_anew_by_it(void **state)
{
    (void)state;
    if (!schemas[HPKE])
        return;
    const mail old = sealed(AUTO, "blobs", "old"), carried = sealed(AUTO, "carried", "c");
    const mail renewed = fine(HPKE, VC_REWRAP, "blobs", &old), in_header = fine(HPKE, VC_REWRAP, "carried", &carried);
    const vc__native before = read_bytes(&old), after = read_bytes(&renewed);
    assert_int_equal(after.source, VC__NATIVE_HPKE);
    assert_int_equal((unsigned char)in_header.keys[33], VC__NATIVE_HPKE);
    assert_true(vc__view_equal(before.key_id, after.key_id) && vc__view_equal(before.sealed, after.sealed));
    const mail again = fine(HPKE, VC_REWRAP, "blobs", &renewed), kept = fine(AUTO, VC_REWRAP, "blobs", &renewed);
    assert_true(vc__view_equal(vc_view_of(again.value, again.value_len), vc_view_of(renewed.value, renewed.value_len)));
    assert_true(vc__view_equal(vc_view_of(kept.value, kept.value_len), vc_view_of(renewed.value, renewed.value_len)));
    opens(AUTO, "blobs", &renewed, "old");
    opens(AUTO, "carried", &in_header, "c");
    /* to RSA, without it */
    assert_int_equal(vc_keyring_add_private(ring, "orders", vc_str(pair_rsa_private), NULL), VC_OK);
    assert_int_equal(vc_keyring_add_public(ring, "orders", vc_str(pair_rsa_public), NULL), VC_OK);
    const mail rsa = fine(AUTO, VC_REWRAP, "blobs", &renewed);
    assert_int_equal(read_bytes(&rsa).source, VC__NATIVE_RSA);
    opens(HPKE, "blobs", &rsa, "old");
}

/* -- lack of memory ------------------------------------------------------------------------------------------ */

typedef struct sweep {
    int schema;
    vc_direction direction;
    const mail *from;
} sweep;

static vc_code sweep_one(void *arg)
{
    const sweep *one = arg;
    static mail out;
    const vc_code code = once(one->schema, one->direction, "blobs", one->from, &out);
    vc_keyring_clear(ring);
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    if (!schemas[HPKE])
        return;
    const mail clear = text_of("x"), old = sealed(AUTO, "blobs", "x"), token = sealed(HPKE, "blobs", "x");
    sweep sweeps[] = { { HPKE, VC_PROTECT, &clear }, { AUTO, VC_OPEN, &token }, { HPKE, VC_REWRAP, &old } };
    for (size_t i = 0; i < COUNT(sweeps); i++) {
        assert_int_equal(sweep_one(&sweeps[i]), VC_OK);
        SWEEP_ALLOCATIONS(sweep_one, &sweeps[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_ring, free_ring)
    print_message("# HPKE is %s\n", vc__hpke_check(NULL) ? "not built in: what is said then" : "there");
    const struct CMUnitTest tests[] = {
        TEST(where_it_is_not_built_in_it_is_refused),
        TEST(another_word_is_no_way_to_wrap),
        TEST(it_goes_both_ways),
        TEST(ways_do_not_share_data_keys),
        TEST(a_key_of_another_kind_is_refused),
        TEST(a_data_key_is_wrapped_anew_by_it),
        TEST(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("record_pair_hpke", tests, setup, teardown);
}
