/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are protected and opened here: every method both ways, what is refused, and how often Vault is asked. */
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "unit/fake_vault.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] =
    "version: 1\n"
    "records:\n"
    "  - name: people\n"
    "    accept_contexts: [persons]\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static}, accept: [old]}\n"
    "      - {path: '$.any[*]', envelope: {key: one, source: static}, on_missing: ignore}\n"
    "      - {path: $.mail, siv: {key: two, source: static, key_version: 3}, on_missing: ignore}\n"
    "      - {path: $.join, hash: {key: two, source: static, key_version: 1, context: joins}, on_missing: ignore}\n"
    "      - {path: $.hex, hash: {key: two, source: static, key_version: 1, as: hex}, on_missing: ignore}\n"
    "      - {path: $.card, fpe: {key: two, source: static, key_version: 1, pattern: '(\\d{4})-(\\d{4})-\\d{2}(\\d{2})-(\\d{4})'}, on_missing: ignore}\n"
    "      - {path: $.id, fpe: {key: two, source: static, key_version: 1, alphabet: alphanumeric, tweak: $.of}, on_missing: ignore}\n"
    "      - {path: $.phone, mask: {keep_last: 4}, on_missing: ignore}\n"
    "      - {path: $.note, drop: true, on_missing: ignore}\n"
    "  - name: others\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static}}\n"
    "  - name: persons\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static}}\n"
    "  - name: strangers\n"
    "    context: people\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: two, source: static}}\n"
    "  - name: old\n"
    "    context: people\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: old, source: static}}\n"
    "  - name: joined\n"
    "    fields:\n"
    "      - {path: $.a, siv: {key: two, source: static, key_version: 1, context: joins}}\n"
    "      - {path: $.b.c, siv: {key: two, source: static, key_version: 1, context: joins}}\n"
    "  - name: droppy\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static}, on_error: drop_field}\n"
    "  - name: nested\n"
    "    nested: true\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static}}\n"
    "      - {path: $.mail, siv: {key: two, source: static, key_version: 1}}\n"
    "  - name: ancient\n"
    "    fields:\n"
    "      - {path: $.n, fpe: {key: two, source: static, key_version: 1, algorithm: ff3-1, tweak: AAECAwQFBg==}}\n"
    "  - name: unknown\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: nobody, source: static}}\n"
    "  - name: vault\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: app}}\n"
    "      - {path: $.b, envelope: {key: app}, on_missing: ignore}\n"
    "      - {path: $.mail, siv: {key: app, key_version: 1}, on_missing: ignore}\n"
    "      - {path: $.t, transit: {key: app}, on_missing: ignore}\n"
    "  - name: blobs\n"
    "    value: {envelope: {key: one, source: static}}\n"
    "  - name: messages\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static, carry: header, bind: [topic, key]}}\n"
    "      - {path: $.b, envelope: {key: two, source: static, carry: header}, on_missing: ignore}\n"
    "    record_key: {siv: {key: two, source: static, key_version: 1}}\n"
    "  - name: earlier\n"
    "    context: people\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static}}\n"
    "      - {path: $.mail, siv: {key: two, source: static, key_version: 1}}\n"
    "  - name: unbound\n"
    "    context: messages\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static}}\n"
    "  - name: topical\n"
    "    context: messages\n"
    "    fields:\n"
    "      - {path: $.name, envelope: {key: one, source: static, bind: [topic]}}\n"
    "  - name: proxied\n"
    "    value: {envelope: {key: proxy}, format: kroxylicious}\n"
    "  - name: unproxied\n"
    "    value: {envelope: {key: other}, format: kroxylicious}\n";

static vc_schema *schema;
static vc_keyring *ring;

static vc_keyring *new_ring(char salt)
{
    static const char *const names[] = { "one", "two", "old" };
    vc_keyring *made = vc_keyring_new(NULL);
    assert_non_null(made);
    for (size_t i = 0; i < 3; i++) {
        char key[32];
        memset(key, (int)(i + 1 + (size_t)salt), sizeof key);
        assert_int_equal(vc_keyring_add_static(made, names[i], vc_view_of(key, sizeof key), NULL), VC_OK);
    }
    return made;
}

static int setup(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    schema = vc_schema_parse(vc_str(schema_text), "test", &err);
    if (!schema)
        fprintf(stderr, "%s:%zu:%zu: %s\n", err.source, err.line, err.column, err.message);
    ring = new_ring(0);
    return schema ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vc_schema_unref(schema);
    vc_keyring_unref(ring);
    return 0;
}

static const vc_rule *rule_of(const char *name)
{
    return vc_schema_rule(schema, vc_str(name), NULL);
}

static vc_batch *batch_of(vc_direction direction, const char *rule, const char *const *records, size_t count)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(vc_batch_add(batch, rule_of(rule), vc_str(records[i]), NULL), VC_OK);
    return batch;
}

/* One record; what comes out, to be freed, or NULL and the error's code and text. */
typedef struct outcome {
    char *text;
    vc_code code;
    char message[512];
} outcome;

static outcome run_with(fake_vault *fake, vc_direction direction, const char *rule, const char *record)
{
    outcome out = { NULL, VC_OK, "" };
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = batch_of(direction, rule, &record, 1);
    out.code = fake_vault_run(fake, batch, &err);
    const vc_error *own = vc_batch_error(batch, 0);
    if (out.code || own) {
        out.code = out.code ? out.code : own->code;
        snprintf(out.message, sizeof out.message, "%s", err.code ? err.message : own->message);
        assert_null(vc_batch_output(batch, 0).data);
    } else {
        const vc_view view = vc_batch_output(batch, 0);
        out.text = strndup(view.data, view.len);
    }
    vc_batch_free(batch);
    return out;
}

static outcome run(vc_direction direction, const char *rule, const char *record)
{
    fake_vault fake = { 0 };
    const outcome out = run_with(&fake, direction, rule, record);
    assert_int_equal(fake.requests, 0);
    return out;
}

static char *fine(vc_direction direction, const char *rule, const char *record)
{
    const outcome out = run(direction, rule, record);
    if (!out.text)
        fail_msg("%s: %s: %s", record, vc_code_name(out.code), out.message);
    return out.text;
}

static void refused(vc_direction direction, const char *rule, const char *record, vc_code code, const char *message)
{
    const outcome out = run(direction, rule, record);
    if (out.text || out.code != code || !strstr(out.message, message))
        fail_msg("%s: %s: %s, not %s: %s", record, out.text ? "fine" : vc_code_name(out.code), out.message, vc_code_name(code), message);
    free(out.text);
}

/* The text of the first member of that name: up to its quote. */
static void token_of(const char *json, const char *name, char *out, size_t room)
{
    char start[64];
    snprintf(start, sizeof start, "\"%s\":\"", name);
    const char *at = strstr(json, start);
    assert_non_null(at);
    at += strlen(start);
    const size_t len = strcspn(at, "\"");
    assert_true(len < room);
    memcpy(out, at, len);
    out[len] = 0;
}

static void there_and_back(void **state)
{
    (void)state;
    static const char *const records[] = {
        "{\"name\":\"Ann\"}",
        "{\"name\":\"\"}",
        "{ \"z\" : 1.50, \"name\" : \"\\u00e9\\ud800 \\\"x\\\"\" ,\"any\":[1e400, null,true,false, {\"a\" : [ ]},[],\"x\",-0]}  ",
        "{\"name\":null,\"mail\":\"ann@example.org\"}",
        "{\"name\":1,\"mail\":{\"a\":1.0}}",
        "{\"name\":2,\"mail\":\"\"}",
        "{\"name\":{\"deep\":[[[]]]},\"card\":\"1111-2222-3344-5555\",\"id\":\"abcDEF123\",\"of\":\"someone\"}",
    };
    for (size_t i = 0; i < COUNT(records); i++) {
        char *middle = fine(VC_PROTECT, "people", records[i]);
        assert_string_not_equal(middle, records[i]);
        assert_non_null(strstr(middle, "\"vc1:"));
        char *back = fine(VC_OPEN, "people", middle);
        assert_string_equal(back, records[i]);
        char *again = fine(VC_REWRAP, "people", middle); /* nothing here is Vault's */
        assert_string_equal(again, middle);
        free(again);
        free(middle);
        free(back);
    }
    char *unselected = fine(VC_PROTECT, "people", "{ \"q\" : 1.50 ,\"name\" : \"x\", \"r\":\"\\u0041\"\t}");
    assert_memory_equal(unselected, "{ \"q\" : 1.50 ,\"name\" : \"vc1:", 28);
    assert_non_null(strstr(unselected, "\", \"r\":\"\\u0041\"\t}"));
    free(unselected);
}

static void equal_where_they_must_be(void **state)
{
    (void)state;
    char a[600], b[600];
    char *one = fine(VC_PROTECT, "people", "{\"name\":\"Ann\",\"mail\":\"m\",\"join\":\"k\",\"hex\":\"k\",\"id\":\"abcdef\",\"of\":\"1\"}");
    char *two = fine(VC_PROTECT, "people", "{\"name\":\"Ann\",\"mail\":\"\\u006d\",\"join\":\"k\",\"hex\":\"k\",\"id\":\"abcdef\",\"of\":\"2\"}");
    static const struct {
        const char *name;
        bool equal;
    } fields[] = { { "name", false }, { "mail", true }, { "join", true }, { "hex", true }, { "id", false } };
    for (size_t i = 0; i < COUNT(fields); i++) {
        token_of(one, fields[i].name, a, sizeof a);
        token_of(two, fields[i].name, b, sizeof b);
        assert_int_equal(strcmp(a, b) == 0, fields[i].equal);
    }
    token_of(one, "hex", a, sizeof a);
    assert_int_equal(strlen(a), 64);
    assert_int_equal(strspn(a, "0123456789abcdef"), 64);
    free(one);
    free(two);
    /* Equality does not hang on the place, but on the type. */
    one = fine(VC_PROTECT, "joined", "{\"a\":\"1\",\"b\":{\"c\":\"1\"}}");
    token_of(one, "a", a, sizeof a);
    token_of(one, "c", b, sizeof b);
    assert_string_equal(a, b);
    free(one);
    one = fine(VC_PROTECT, "joined", "{\"a\":\"1\",\"b\":{\"c\":1}}");
    token_of(one, "a", a, sizeof a);
    token_of(one, "c", b, sizeof b);
    assert_string_not_equal(a, b);
    free(one);
}

static void what_does_not_come_back(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "{\"name\":1,\"phone\":\"+1 (555) 123-4567\"}", "\"phone\":\"+* (***) ***-4567\"}" },
        { "{\"name\":1,\"phone\":\"4567\"}", "\"phone\":\"****\"}" },
        { "{\"name\":1,\"phone\":\"\\u00e9\\u00e9 12345\"}", "\"phone\":\"** *2345\"}" },
        { "{\"name\":1,\"phone\":1234567}", "\"phone\":\"***4567\"}" },
        { "{\"name\":1,\"phone\":\"\"}", "\"phone\":\"\"}" },
        { "{\"note\":\"secret\", \"name\":1 }", "" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *out = fine(VC_PROTECT, "people", rows[i].in);
        if (!strstr(out, rows[i].out))
            fail_msg("%s became %s", rows[i].in, out);
        assert_null(strstr(out, "note"));
        char *back = fine(VC_OPEN, "people", out);
        assert_non_null(strstr(back, rows[i].out));
        free(out);
        free(back);
    }
    char *masked = fine(VC_PROTECT, "people", "{\"name\":1,\"join\":\"k\"}"), *back = fine(VC_OPEN, "people", masked);
    assert_non_null(strstr(back, "\"join\":\"vc1:"));
    free(masked);
    free(back);
}

static void fpe_keeps_the_shape(void **state)
{
    (void)state;
    char *out = fine(VC_PROTECT, "people", "{\"name\":1,\"card\":\"1111-2222-3344-5555\"}");
    char card[64];
    token_of(out, "card", card, sizeof card);
    assert_int_equal(strlen(card), 19);
    assert_memory_equal(card + 9, "-33", 3);
    assert_string_not_equal(card, "1111-2222-3344-5555");
    free(out);
    refused(VC_PROTECT, "people", "{\"name\":1,\"card\":\"x\"}", VC_E_REFUSED, "$.card: ");
    refused(VC_PROTECT, "people", "{\"name\":1,\"card\":5}", VC_E_TYPE, "$.card: is not a string");
    refused(VC_PROTECT, "people", "{\"name\":1,\"id\":\"abc\",\"of\":\"x\"}", VC_E_REFUSED, "$.id: ");
    refused(VC_PROTECT, "people", "{\"name\":1,\"id\":\"abcdef\"}", VC_E_MISSING, "$.id: the field of its tweak");
    refused(VC_PROTECT, "people", "{\"name\":1,\"id\":\"ab\\u00e9def\",\"of\":\"x\"}", VC_E_REFUSED, "alphabet");

    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = batch_of(VC_PROTECT, "ancient", NULL, 0);
    assert_int_equal(vc_batch_add(batch, rule_of("ancient"), vc_str("{\"n\":\"123456\"}"), &err), VC_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "FF3-1"));
    vc_batch_free(batch);
    out = fine(VC_OPEN, "ancient", "{\"n\":\"123456\"}");
    assert_string_not_equal(out, "{\"n\":\"123456\"}");
    free(out);
}

static void refused_before_it_is_protected(void **state)
{
    (void)state;
    refused(VC_PROTECT, "people", "{\"name\":\"vc1:AAAA\"}", VC_E_PROTECTED, "$.name: is protected already");
    refused(VC_PROTECT, "people", "{\"name\":\"vc22:\"}", VC_E_PROTECTED, "$.name");
    refused(VC_PROTECT, "people", "{\"name\":\"vault:v1:xx\"}", VC_E_PROTECTED, "$.name");
    refused(VC_PROTECT, "people", "{\"name\":1,\"mail\":\"\\u0076c1:\"}", VC_E_PROTECTED, "$.mail");
    refused(VC_PROTECT, "people", "{\"name\":1,\"mail\":\"\\ud800\"}", VC_E_TYPE, "surrogate");
    refused(VC_PROTECT, "people", "{\"name\":1,\"phone\":true}", VC_E_TYPE, "$.phone: is neither a string nor a number");
    refused(VC_PROTECT, "people", "{\"nam\":1}", VC_E_MISSING, "$.name");
    char *fineness = fine(VC_PROTECT, "people", "{\"name\":\"vc:\",\"mail\":\"vc1\"}");
    free(fineness);
    char *once = fine(VC_PROTECT, "nested", "{\"name\":\"vc1:x\",\"mail\":\"vc1:y\"}"), *twice = fine(VC_PROTECT, "nested", once),
         *back = fine(VC_OPEN, "nested", twice);
    assert_string_equal(back, once);
    free(once);
    free(twice);
    free(back);
    refused(VC_PROTECT, "unknown", "{\"name\":\"x\"}", VC_E_CONFIG, "nobody");

    /* Without a keyring: said before anything is done. */
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(schema, VC_PROTECT, NULL);
    assert_int_equal(vc_batch_add(batch, rule_of("others"), vc_str("{\"name\":1}"), NULL), VC_OK);
    assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_FAILED);
    assert_int_equal(err.code, VC_E_CONFIG);
    assert_non_null(strstr(err.message, "keyring"));
    assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_FAILED);
    vc_batch_free(batch);
}

/* Issue 5: a token in another place, of another context, under an unlisted key, under a second key; changed; plaintext. */
static void opening_trusts_the_schema(void **state)
{
    (void)state;
    char token[1000], other[1000], record[3000];
    char *people = fine(VC_PROTECT, "people", "{\"name\":\"Ann\",\"any\":[\"Bob\"],\"mail\":\"m\",\"join\":\"j\"}");
    token_of(people, "name", token, sizeof token);
    snprintf(record, sizeof record, "{\"name\":1,\"any\":[\"%s\"]}", token);
    refused(VC_OPEN, "people", record, VC_E_PLAINTEXT, "$.name: is plaintext where ciphertext is due");
    char *listed = fine(VC_PROTECT, "people", "{\"name\":1,\"any\":[1]}");
    token_of(listed, "name", other, sizeof other);
    snprintf(record, sizeof record, "{\"name\":\"%s\",\"any\":[\"%s\"]}", other, token); /* moved */
    refused(VC_OPEN, "people", record, VC_E_CIPHERTEXT, "$.any[*]: ");
    free(listed);

    snprintf(record, sizeof record, "{\"name\":\"%s\"}", token);
    refused(VC_OPEN, "others", record, VC_E_CIPHERTEXT, "context that the schema does not list");
    refused(VC_OPEN, "strangers", record, VC_E_CIPHERTEXT, "under a key that the schema does not list");
    refused(VC_OPEN, "vault", record, VC_E_CIPHERTEXT, "context");
    char *accepted = fine(VC_PROTECT, "persons", "{\"name\":\"Ann\"}"), *back = fine(VC_OPEN, "people", accepted);
    assert_string_equal(back, "{\"name\":\"Ann\"}"); /* accept_contexts */
    free(accepted);
    free(back);
    accepted = fine(VC_PROTECT, "old", "{\"name\":\"Ann\"}");
    back = fine(VC_OPEN, "people", accepted); /* accept */
    assert_string_equal(back, "{\"name\":\"Ann\"}");
    free(accepted);
    free(back);

    token_of(people, "mail", other, sizeof other); /* another method */
    snprintf(record, sizeof record, "{\"name\":\"%s\"}", other);
    refused(VC_OPEN, "people", record, VC_E_CIPHERTEXT, "of another method");
    snprintf(record, sizeof record, "{\"name\":\"%s\",\"mail\":\"%s\"}", token, token);
    refused(VC_OPEN, "people", record, VC_E_CIPHERTEXT, "$.mail: its token is of another method");

    /* A later version of the key than the schema pins; and an earlier one, which opens. */
    char *later = fine(VC_PROTECT, "people", "{\"name\":1,\"mail\":\"m\"}");
    refused(VC_OPEN, "earlier", later, VC_E_CIPHERTEXT, "under a later version of the key");
    free(later);
    char *earlier = fine(VC_PROTECT, "earlier", "{\"name\":1,\"mail\":\"m\"}");
    back = fine(VC_OPEN, "people", earlier);
    assert_string_equal(back, "{\"name\":1,\"mail\":\"m\"}");
    free(earlier);
    free(back);

    /* Other keys under the same names: the wrapped key does not open. */
    vc_keyring *mine = ring;
    ring = new_ring(7);
    refused(VC_OPEN, "people", people, VC_E_CIPHERTEXT, "$.");
    vc_keyring_unref(ring);
    ring = mine;

    /* Every byte of a token counts. */
    char bytes[1000];
    size_t len;
    assert_int_equal(vc__base64_decode(bytes, &len, vc_str(token + 4), NULL), VC_OK);
    for (size_t i = 0; i < len; i++) {
        char changed[1000];
        vc_keyring_clear(ring); /* else nobody looks at the wrapped key */
        memcpy(changed, bytes, len);
        changed[i] ^= 4;
        vc__auto(vc__buf) text = VC__BUF(4000);
        vc__buf_str(&text, "{\"name\":\"vc1:");
        vc__base64_encode(&text, vc_view_of(changed, len));
        vc__buf_str(&text, "\"}");
        const outcome out = run(VC_OPEN, "people", text.data);
        if (out.text)
            fail_msg("byte %zu of %zu may change", i, len);
        assert_int_equal(out.code, VC_E_CIPHERTEXT);
    }
    for (size_t i = 0; i < len; i += 3) { /* and none may be missing */
        vc__auto(vc__buf) text = VC__BUF(4000);
        vc__buf_str(&text, "{\"name\":\"vc1:");
        vc__base64_encode(&text, vc_view_of(bytes, i));
        vc__buf_str(&text, "\"}");
        refused(VC_OPEN, "people", text.data, VC_E_CIPHERTEXT, "$.name: ");
    }
    refused(VC_OPEN, "people", "{\"name\":\"vc2:AAAA\"}", VC_E_CIPHERTEXT, "$.name: ");
    refused(VC_OPEN, "people", "{\"name\":\"vault:v1:AAAA\"}", VC_E_PLAINTEXT, "$.name: ");
    refused(VC_OPEN, "people", "{\"name\":\"Ann\"}", VC_E_PLAINTEXT, "$.name: ");
    char *dropped = fine(VC_OPEN, "droppy", "{\"name\":\"Ann\", \"x\":1}");
    assert_string_equal(dropped, "{\"x\":1}");
    free(dropped);
    free(people);
}

/* A batch with all of its records in order, faulty ones among them. */
static void records_stand_alone(void **state)
{
    (void)state;
    enum { MANY = 500 };
    char *texts[MANY], *middle[MANY];
    vc_batch *batch = batch_of(VC_PROTECT, "people", NULL, 0);
    for (size_t i = 0; i < MANY; i++) {
        texts[i] = malloc(100);
        snprintf(texts[i], 100, i % 7 ? "{\"name\":\"n%zu\",\"mail\":\"m%zu\"}" : "{\"mail\":\"n%zu%zu\"}", i, i % 3);
        assert_int_equal(vc_batch_add(batch, rule_of("people"), vc_str(texts[i]), NULL), VC_OK);
    }
    fake_vault fake = { 0 };
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(vc_batch_error(batch, i) != NULL, i % 7 == 0);
        const vc_view out = vc_batch_output(batch, i);
        middle[i] = out.data ? strndup(out.data, out.len) : NULL;
    }
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.requests, 0);
    vc_batch_free(batch);
    batch = batch_of(VC_OPEN, "people", NULL, 0);
    for (int round = 0; round < 2; round++) { /* a batch is used again */
        for (size_t i = 0; i < MANY; i++)
            if (middle[i])
                assert_int_equal(vc_batch_add(batch, rule_of("people"), vc_str(middle[i]), NULL), VC_OK);
        assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
        for (size_t i = 0, at = 0; i < MANY; i++)
            if (middle[i])
                assert_true(vc__view_is(vc_batch_output(batch, at++), texts[i]));
        vc_batch_clear(batch);
    }
    vc_batch_free(batch);
    for (size_t i = 0; i < MANY; i++) {
        free(texts[i]);
        free(middle[i]);
    }
}

/* -- keys of Vault ----------------------------------------------------------------------------------------- */

enum { FLOCK = 1000 };

static vc_batch *flock_of(vc_direction direction, char *const *texts)
{
    vc_batch *batch = batch_of(direction, "vault", NULL, 0);
    for (size_t i = 0; i < FLOCK; i++)
        assert_int_equal(vc_batch_add(batch, rule_of("vault"), vc_str(texts[i]), NULL), VC_OK);
    return batch;
}

static void vault_is_asked_once_a_key(void **state)
{
    (void)state;
    char *texts[FLOCK], *middle[FLOCK], *renewed[FLOCK];
    for (size_t i = 0; i < FLOCK; i++) {
        texts[i] = malloc(100);
        snprintf(texts[i], 100, "{\"name\":\"n%zu\",\"b\":%zu,\"mail\":\"m\",\"t\":\"x\"}", i, i);
    }
    fake_vault fake = { 0 };
    vc_batch *batch = flock_of(VC_PROTECT, texts);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(fake.keys, 1);
    assert_int_equal(fake.computed, 1);
    assert_int_equal(fake.items, FLOCK); /* of transit */
    for (size_t i = 0; i < FLOCK; i++)
        middle[i] = strndup(vc_batch_output(batch, i).data, vc_batch_output(batch, i).len);
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.requests, fake.requests);
    assert_int_equal(stats.fields, 4 * FLOCK);
    vc_batch_free(batch);

    /* The wrapped key of 2000 tokens is renewed once; the rest of them stays. */
    fake = (fake_vault){ 0 };
    batch = flock_of(VC_REWRAP, middle);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(fake.items, FLOCK + 1);
    for (size_t i = 0; i < FLOCK; i++) {
        assert_null(vc_batch_error(batch, i));
        renewed[i] = strndup(vc_batch_output(batch, i).data, vc_batch_output(batch, i).len);
        assert_int_equal(strlen(renewed[i]), strlen(middle[i]));
        char a[1000], b[1000];
        token_of(middle[i], "name", a, sizeof a);
        token_of(renewed[i], "name", b, sizeof b);
        assert_string_not_equal(a, b);
        assert_string_equal(a + strlen(a) - 40, b + strlen(b) - 40);
        token_of(middle[i], "mail", a, sizeof a);
        token_of(renewed[i], "mail", b, sizeof b);
        assert_string_equal(a, b);
    }
    vc_batch_free(batch);

    vc_keyring_clear(ring);
    fake = (fake_vault){ 0 };
    batch = flock_of(VC_OPEN, renewed);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(fake.items, FLOCK + 1); /* one wrapped key */
    assert_int_equal(fake.computed, 1);
    for (size_t i = 0; i < FLOCK; i++)
        assert_true(vc__view_is(vc_batch_output(batch, i), texts[i]));
    vc_batch_free(batch);
    for (size_t i = 0; i < FLOCK; i++) {
        free(texts[i]);
        free(middle[i]);
        free(renewed[i]);
    }
}

static void without_keys_nothing_leaves(void **state)
{
    (void)state;
    static const vc_direction directions[] = { VC_PROTECT, VC_OPEN };
    vc_keyring_clear(ring);
    fake_vault well = { 0 };
    const outcome token = run_with(&well, VC_PROTECT, "vault", "{\"name\":\"Ann\",\"mail\":\"m\"}");
    assert_non_null(token.text);
    for (size_t i = 0; i < 2; i++) {
        vc_keyring_clear(ring);
        fake_vault fake = { .no_reply = true };
        outcome out = run_with(&fake, directions[i], "vault", i ? token.text : "{\"name\":\"Ann\",\"mail\":\"m\"}");
        assert_null(out.text);
        assert_int_equal(vc_code_class(out.code), VC_CLASS_TRANSPORT);
        assert_true(fake.requests > 1); /* it was tried again */
        fake = (fake_vault){ .fail_first = 2, .fail_status = 503 };
        out = run_with(&fake, directions[i], "vault", i ? token.text : "{\"name\":\"Ann\",\"mail\":\"m\"}");
        assert_non_null(out.text);
        free(out.text);
        vc_keyring_clear(ring);
        fake = (fake_vault){ .fail_first = 100, .fail_status = 403 };
        out = run_with(&fake, directions[i], "vault", i ? token.text : "{\"name\":\"Ann\",\"mail\":\"m\"}");
        assert_int_equal(out.code, VC_E_DENIED);
    }
    /* A batch that is left midway gives everything back. */
    vc_keyring_clear(ring);
    const char *record = "{\"name\":\"Ann\",\"mail\":\"m\"}";
    vc_batch *batch = batch_of(VC_PROTECT, "vault", &record, 1);
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_SEND);
    assert_non_null(vc_batch_next_request(batch));
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_CANCELED);
    assert_int_equal(vc_batch_set_keyring(batch, NULL, NULL), VC_E_STATE);
    vc_batch_clear(batch);
    assert_int_equal(vc_batch_add(batch, rule_of("vault"), vc_str(record), NULL), VC_OK);
    assert_int_equal(fake_vault_run(&well, batch, NULL), VC_OK);
    assert_null(vc_batch_error(batch, 0));
    vc_batch_free(batch);
    free(token.text);
}

static void shares_of_a_key_are_kept(void **state)
{
    (void)state;
    vc_keyring *mine = ring;
    ring = new_ring(0);
    assert_int_equal(vc_keyring_set_use_limits(ring, 300, 0, 0, NULL), VC_OK);
    char *texts[FLOCK];
    for (size_t i = 0; i < FLOCK; i++)
        texts[i] = strdup("{\"name\":\"n\"}");
    fake_vault fake = { 0 };
    vc_batch *batch = flock_of(VC_PROTECT, texts);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_in_range(fake.keys, 4, 6); /* and one ahead */
    for (size_t i = 0; i < FLOCK; i++) {
        assert_null(vc_batch_error(batch, i));
        free(texts[i]);
        texts[i] = strndup(vc_batch_output(batch, i).data, vc_batch_output(batch, i).len);
    }
    vc_batch_free(batch);
    vc_keyring_clear(ring);
    assert_int_equal(vc_keyring_set_open_limits(ring, 1, 0, NULL), VC_OK);
    fake = (fake_vault){ 0 };
    batch = flock_of(VC_OPEN, texts);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(fake.items, 4);
    for (size_t i = 0; i < FLOCK; i++) {
        assert_true(vc__view_is(vc_batch_output(batch, i), "{\"name\":\"n\"}"));
        free(texts[i]);
    }
    vc_batch_free(batch);
    vc_keyring_unref(ring);
    ring = mine;
}

/* -- messages ---------------------------------------------------------------------------------------------- */

static void whole_values_of_any_bytes(void **state)
{
    (void)state;
    const vc_view values[] = { vc_view_of("\0\xff{", 3), vc_view_of("", 0), vc_view_of(NULL, 0), vc_str("{\"a\":1}") };
    vc_batch *batch = batch_of(VC_PROTECT, "blobs", NULL, 0), *open = batch_of(VC_OPEN, "blobs", NULL, 0);
    for (size_t i = 0; i < COUNT(values); i++)
        assert_int_equal(vc_batch_add(batch, rule_of("blobs"), values[i], NULL), VC_OK);
    fake_vault fake = { 0 };
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    for (size_t i = 0; i < COUNT(values); i++) {
        const vc_view out = vc_batch_output(batch, i);
        assert_null(vc_batch_error(batch, i));
        assert_int_equal(out.data != NULL, values[i].data != NULL);
        if (out.data)
            assert_memory_equal(out.data, "\x8bVC\x01", 4);
        assert_int_equal(vc_batch_add(open, rule_of("blobs"), out, NULL), VC_OK);
    }
    assert_int_equal(vc_batch_add(open, rule_of("blobs"), vc_str("plain"), NULL), VC_OK);
    assert_int_equal(vc_batch_add(open, rule_of("blobs"), vc_str("\x8bVC\x02xxxx"), NULL), VC_OK);
    assert_int_equal(fake_vault_run(&fake, open, NULL), VC_OK);
    for (size_t i = 0; i < COUNT(values); i++) {
        assert_null(vc_batch_error(open, i));
        assert_int_equal(vc_batch_output(open, i).data != NULL, values[i].data != NULL);
        assert_true(vc__view_equal(vc_batch_output(open, i), values[i]));
    }
    assert_int_equal(vc_batch_error(open, 4)->code, VC_E_PLAINTEXT);
    assert_int_equal(vc_batch_error(open, 5)->code, VC_E_CIPHERTEXT);
    const vc_view first = vc_batch_output(batch, 0);
    vc_batch *again = batch_of(VC_PROTECT, "blobs", NULL, 0);
    assert_int_equal(vc_batch_add(again, rule_of("blobs"), first, NULL), VC_OK);
    assert_int_equal(fake_vault_run(&fake, again, NULL), VC_OK);
    assert_int_equal(vc_batch_error(again, 0)->code, VC_E_PROTECTED);
    vc_batch_free(again);
    vc_batch_free(batch);
    vc_batch_free(open);
}

static vc_message message_of(const char *topic, vc_view key, const char *value, const vc_header *headers, size_t count)
{
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str(topic);
    message.key = key;
    message.value = vc_str(value);
    message.headers = headers;
    message.header_count = count;
    return message;
}

static vc_code open_message(const vc_message *message, char *text, size_t room)
{
    vc_batch *open = batch_of(VC_OPEN, "messages", NULL, 0);
    assert_int_equal(vc_batch_add_message(open, rule_of("messages"), message, NULL), VC_OK);
    fake_vault fake = { 0 };
    assert_int_equal(fake_vault_run(&fake, open, NULL), VC_OK);
    const vc_error *error = vc_batch_error(open, 0);
    const vc_code code = error ? error->code : VC_OK;
    size_t count = 9;
    const vc_header *headers = vc_batch_output_headers(open, 0, &count);
    if (error) {
        snprintf(text, room, "%s", error->message);
        assert_null(vc_batch_output_key(open, 0).data);
        assert_null(headers);
    } else {
        snprintf(text, room, "%.*s=%.*s", (int)vc_batch_output_key(open, 0).len, vc_batch_output_key(open, 0).data,
                 (int)vc_batch_output(open, 0).len, vc_batch_output(open, 0).data);
        assert_int_equal(count, 1); /* the keys have served */
        assert_true(vc__view_is(headers[0].name, "trace"));
    }
    vc_batch_free(open);
    return code;
}

static void keys_headers_and_what_is_bound(void **state)
{
    (void)state;
    const vc_header trace[] = { { vc_str("trace"), vc_str("1") } };
    char text[600];
    vc_batch *batch = batch_of(VC_PROTECT, "messages", NULL, 0);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_batch_add(batch, rule_of("messages"), vc_str("{\"name\":1}"), &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "vc_batch_add_message"));
    vc_message bad = message_of("t", vc_str("k"), "{}", NULL, 1);
    assert_int_equal(vc_batch_add_message(batch, rule_of("messages"), &bad, NULL), VC_E_ARGUMENT);

    const vc_message clear[] = {
        message_of("orders", vc_str("ann"), "{\"name\":\"Ann\",\"b\":2}", trace, 1),
        message_of("orders", vc_str("ann"), "{\"name\":\"Ann\"}", trace, 1),
        message_of("orders", vc_view_of(NULL, 0), "{\"name\":\"Ann\"}", NULL, 0),
        { sizeof(vc_message), vc_str("orders"), vc_str("ann"), { NULL, 0 }, trace, 1 }, /* a tombstone */
        { sizeof(vc_message), vc_str("orders"), { NULL, 0 }, { NULL, 0 }, NULL, 0 },
    };
    for (size_t i = 0; i < COUNT(clear); i++)
        assert_int_equal(vc_batch_add_message(batch, rule_of("messages"), &clear[i], NULL), VC_OK);
    fake_vault fake = { 0 };
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    size_t count;
    for (size_t i = 0; i < COUNT(clear); i++) {
        if (vc_batch_error(batch, i))
            fail_msg("message %zu: %s", i, vc_batch_error(batch, i)->message);
        const vc_header *headers = vc_batch_output_headers(batch, i, &count);
        assert_int_equal(count, clear[i].header_count + (i < 3));
        assert_true(i >= 3 || vc__view_is(headers[count - 1].name, "vaultcrypt-keys"));
        assert_int_equal(vc_batch_output_key(batch, i).data != NULL, clear[i].key.data != NULL);
        assert_int_equal(vc_batch_output(batch, i).data != NULL, clear[i].value.data != NULL);
    }
    const vc_view key = vc_batch_output_key(batch, 0);
    assert_memory_equal(key.data, "\x8bVC\x01", 4);
    assert_true(vc__view_equal(key, vc_batch_output_key(batch, 1)));
    assert_true(vc__view_equal(key, vc_batch_output_key(batch, 3)));

    vc_header headers[3];
    memcpy(headers, vc_batch_output_headers(batch, 0, &count), 2 * sizeof *headers);
    assert_int_equal(count, 2);
    vc_message sent = { sizeof sent, vc_str("orders"), key, vc_batch_output(batch, 0), headers, 2 };
    assert_int_equal(open_message(&sent, text, sizeof text), VC_OK);
    assert_string_equal(text, "ann={\"name\":\"Ann\",\"b\":2}");
    sent.topic = vc_str("elsewhere");
    assert_int_equal(open_message(&sent, text, sizeof text), VC_E_CIPHERTEXT);
    sent.topic = vc_str("orders");
    sent.key = vc_view_of(NULL, 0);
    assert_int_equal(open_message(&sent, text, sizeof text), VC_E_CIPHERTEXT);
    sent.key = vc_str("ann");
    assert_int_equal(open_message(&sent, text, sizeof text), VC_E_PLAINTEXT);
    sent.key = key;
    sent.header_count = 1; /* the header was dropped */
    assert_int_equal(open_message(&sent, text, sizeof text), VC_E_CIPHERTEXT);
    assert_non_null(strstr(text, "vaultcrypt-keys"));
    sent.header_count = 3; /* or is there twice */
    headers[2] = headers[1];
    assert_int_equal(open_message(&sent, text, sizeof text), VC_E_CIPHERTEXT);
    sent.header_count = 2; /* or is that of another record */
    headers[1].value.len--;
    assert_int_equal(open_message(&sent, text, sizeof text), VC_E_CIPHERTEXT);

    /* A tombstone keeps its protected key. */
    vc_batch *open = batch_of(VC_OPEN, "messages", NULL, 0);
    const vc_message tombstone = { sizeof tombstone, vc_str("orders"), vc_batch_output_key(batch, 3), { NULL, 0 }, trace, 1 };
    assert_int_equal(vc_batch_add_message(open, rule_of("messages"), &tombstone, NULL), VC_OK);
    assert_int_equal(fake_vault_run(&fake, open, NULL), VC_OK);
    assert_null(vc_batch_error(open, 0));
    assert_true(vc__view_is(vc_batch_output_key(open, 0), "ann"));
    assert_null(vc_batch_output(open, 0).data);
    vc_batch_free(open);
    vc_batch_free(batch);
}

/* A batch that is cleared and filled again: the first record of the second run is bound to what is its own. */
static void each_run_binds_its_own(void **state)
{
    (void)state;
    static const char *const names[] = { "ann", "bob" };
    const vc_header trace = { vc_str("trace"), vc_str("1") };
    vc_batch *batch = batch_of(VC_PROTECT, "messages", NULL, 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        char value[40], text[600], expected[60];
        snprintf(value, sizeof value, "{\"name\":\"%s\"}", names[i]);
        snprintf(expected, sizeof expected, "%s=%s", names[i], value);
        vc_batch_clear(batch);
        const vc_message message = message_of("orders", vc_str(names[i]), value, &trace, 1);
        assert_int_equal(vc_batch_add_message(batch, rule_of("messages"), &message, NULL), VC_OK);
        fake_vault fake = { 0 };
        assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
        size_t count;
        const vc_header *headers = vc_batch_output_headers(batch, 0, &count);
        const vc_message sent = { sizeof sent, vc_str("orders"), vc_batch_output_key(batch, 0), vc_batch_output(batch, 0), headers, count };
        assert_int_equal(open_message(&sent, text, sizeof text), VC_OK);
        assert_string_equal(text, expected);
    }
    vc_batch_free(batch);
}

static outcome message_through(vc_direction direction, const char *rule, const char *topic, const char *value)
{
    outcome out = { NULL, VC_OK, "" };
    fake_vault fake = { 0 };
    const vc_message message = message_of(topic, vc_str("k"), value, NULL, 0);
    vc_batch *batch = batch_of(direction, rule, NULL, 0);
    assert_int_equal(vc_batch_add_message(batch, rule_of(rule), &message, NULL), VC_OK);
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    const vc_error *error = vc_batch_error(batch, 0);
    out.code = error ? error->code : VC_OK;
    snprintf(out.message, sizeof out.message, "%s", error ? error->message : "");
    out.text = error ? NULL : strndup(vc_batch_output(batch, 0).data, vc_batch_output(batch, 0).len);
    vc_batch_free(batch);
    return out;
}

/* A token that is bound to less than the schema says is a step down; one that is bound to more opens where that is known. */
static void binding_is_the_schemas(void **state)
{
    (void)state;
    outcome less = message_through(VC_PROTECT, "unbound", "t", "{\"name\":1}"), bound = message_through(VC_PROTECT, "topical", "t", "{\"name\":1}");
    assert_non_null(less.text);
    assert_non_null(bound.text);
    outcome out = message_through(VC_OPEN, "topical", "t", less.text);
    assert_int_equal(out.code, VC_E_CIPHERTEXT);
    assert_non_null(strstr(out.message, "not bound to what the schema says"));
    out = message_through(VC_OPEN, "topical", "t", bound.text);
    assert_string_equal(out.text, "{\"name\":1}");
    free(out.text);
    out = message_through(VC_OPEN, "topical", "u", bound.text);
    assert_int_equal(out.code, VC_E_CIPHERTEXT);
    out = message_through(VC_OPEN, "unbound", "t", bound.text);
    assert_string_equal(out.text, "{\"name\":1}");
    free(out.text);
    refused(VC_OPEN, "unbound", bound.text, VC_E_CIPHERTEXT, "bound to a topic, which is not known here");
    free(less.text);
    free(bound.text);
}

static vc_code open_proxied(const char *rule, const vc_message *message, vc_view wanted)
{
    vc_batch *open = batch_of(VC_OPEN, rule, NULL, 0);
    assert_int_equal(vc_batch_add_message(open, rule_of(rule), message, NULL), VC_OK);
    fake_vault fake = { 0 };
    assert_int_equal(fake_vault_run(&fake, open, NULL), VC_OK);
    const vc_error *error = vc_batch_error(open, 0);
    const vc_code code = error ? error->code : VC_OK;
    size_t count;
    const vc_header *headers = vc_batch_output_headers(open, 0, &count);
    if (code) {
        assert_null(vc_batch_output(open, 0).data);
    } else {
        assert_true(vc__view_equal(vc_batch_output(open, 0), wanted));
        assert_int_equal(count, 1);
        assert_true(vc__view_is(headers[0].name, "trace"));
    }
    vc_batch_free(open);
    return code;
}

static void values_of_kroxylicious(void **state)
{
    (void)state;
    const vc_header trace[] = { { vc_str("trace"), vc_str("1") } };
    const vc_view values[] = { vc_str("hello world"), vc_view_of("\0\xff", 2), vc_str("") };
    vc_batch *batch = batch_of(VC_PROTECT, "proxied", NULL, 0);
    for (size_t i = 0; i < 4; i++) {
        vc_message clear = { sizeof clear, vc_str("t"), vc_str("k"), i < 3 ? values[i] : vc_view_of(NULL, 0), trace, 1 };
        assert_int_equal(vc_batch_add_message(batch, rule_of("proxied"), &clear, NULL), VC_OK);
    }
    fake_vault fake = { 0 };
    assert_int_equal(fake_vault_run(&fake, batch, NULL), VC_OK);
    assert_int_equal(fake.keys, 1);
    size_t count;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 3; i++) {
            assert_null(vc_batch_error(batch, i));
            const vc_header *headers = vc_batch_output_headers(batch, i, &count);
            assert_int_equal(count, 2);
            assert_true(vc__view_is(headers[0].name, "kroxylicious.io/encryption"));
            assert_true(vc__view_is(headers[0].value, "\x02"));
            vc_message sent = { sizeof sent, vc_str("t"), vc_str("k"), vc_batch_output(batch, i), headers, 2 };
            assert_int_equal(open_proxied("proxied", &sent, values[i]), VC_OK);
            assert_int_equal(open_proxied("unproxied", &sent, values[i]), VC_E_CIPHERTEXT);
            sent.headers = trace;
            sent.header_count = 1;
            assert_int_equal(open_proxied("proxied", &sent, values[i]), VC_E_PLAINTEXT);
            char changed[300];
            assert_true(sent.value.len < sizeof changed);
            for (size_t at = 0; at < sent.value.len; at++) {
                memcpy(changed, sent.value.data, sent.value.len);
                changed[at] ^= 1;
                vc_message forged = sent;
                forged.value = vc_view_of(changed, sent.value.len);
                forged.headers = headers;
                forged.header_count = 2;
                assert_int_not_equal(open_proxied("proxied", &forged, values[i]), VC_OK);
            }
        }
        vc_keyring_clear(ring);
    }
    assert_null(vc_batch_output(batch, 3).data); /* a tombstone is not touched */
    (void)vc_batch_output_headers(batch, 3, &count);
    assert_int_equal(count, 1);
    const vc_message again = { sizeof again, vc_str("t"), vc_str("k"), vc_str("x"), vc_batch_output_headers(batch, 0, &count), 2 };
    vc_batch *twice = batch_of(VC_PROTECT, "proxied", NULL, 0);
    assert_int_equal(vc_batch_add_message(twice, rule_of("proxied"), &again, NULL), VC_OK);
    assert_int_equal(fake_vault_run(&fake, twice, NULL), VC_OK);
    assert_int_equal(vc_batch_error(twice, 0)->code, VC_E_PROTECTED);
    vc_batch_free(twice);
    vc_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_run_binds_its_own),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(equal_where_they_must_be),
        cmocka_unit_test(what_does_not_come_back),
        cmocka_unit_test(fpe_keeps_the_shape),
        cmocka_unit_test(refused_before_it_is_protected),
        cmocka_unit_test(opening_trusts_the_schema),
        cmocka_unit_test(records_stand_alone),
        cmocka_unit_test(vault_is_asked_once_a_key),
        cmocka_unit_test(without_keys_nothing_leaves),
        cmocka_unit_test(shares_of_a_key_are_kept),
        cmocka_unit_test(whole_values_of_any_bytes),
        cmocka_unit_test(keys_headers_and_what_is_bound),
        cmocka_unit_test(binding_is_the_schemas),
        cmocka_unit_test(values_of_kroxylicious),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
