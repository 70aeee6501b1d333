/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters as libvaultcrypt itself makes them, under a static key: nobody is asked. */
#include "unit/test.h"

#include "base/base64.h"
#include "base/error.h"
#include "kafka/frame.h"
#include "kafka/letters.h"

#include <vaultcrypt/kafka_letter.h>

#define CANARY "4929-1111-canary"

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: purchases\n"
                                  "    topics: [in]\n"
                                  "    context: \"all \\\" \\\\ \\u00e9 \\u2028 purchases\"\n"
                                  "    fields:\n"
                                  "      - path: $.credit_card\n"
                                  "        envelope: {key: app, source: static}\n";

/* The same rule with its key renamed, and others. */
static const char later_text[] = "version: 1\n"
                                 "records:\n"
                                 "  - name: purchases\n"
                                 "    topics: [in]\n"
                                 "    context: later\n"
                                 "    accept_contexts: [\"all \\\" \\\\ \\u00e9 \\u2028 purchases\"]\n"
                                 "    fields:\n"
                                 "      - path: $.other\n"
                                 "        envelope: {key: newer, source: static}\n"
                                 "        accept: [spare, app]\n"
                                 "  - name: elsewhere\n"
                                 "    topics: [t]\n"
                                 "    value: {envelope: {key: app, source: static}}\n"
                                 "  - name: other_key\n"
                                 "    topics: [u]\n"
                                 "    context: \"all \\\" \\\\ \\u00e9 \\u2028 purchases\"\n"
                                 "    value: {envelope: {key: newer, source: static}}\n"
                                 "  - name: no_key\n"
                                 "    topics: [v]\n"
                                 "    fields: []\n";

/* A reader's, written apart from what the letters are made with. */
static const char reader_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: reader\n"
                                  "    topics: [t]\n"
                                  "    context: \"dead_letter:all \\\" \\\\ \\u00e9 \\u2028 purchases\"\n"
                                  "    value: {envelope: {key: app, source: static}}\n";

static vc_client *client;
static vc_schema *schema;

static int begin(void **state)
{
    (void)state;
    static const char key[32] = "0123456789abcdef0123456789abcde";
    vc_config *config = vc_config_new(NULL);
    if (!config || vc_config_set_address(config, "http://127.0.0.1:9", NULL))
        return -1;
    client = vc_client_open(config, NULL);
    vc_config_free(config);
    schema = vc_schema_parse(vc_str(schema_text), NULL, NULL);
    return !client || !schema || vc_keyring_add_static(vc_client_keyring(client), "app", vc_view_of(key, sizeof key), NULL) ||
           vc_keyring_add_static(vc_client_keyring(client), "newer", vc_view_of(key, sizeof key), NULL);
}

static int end(void **state)
{
    (void)state;
    vc_schema_unref(schema);
    vc_client_close(client);
    return 0;
}

static const char value[] = "{\"credit_card\": \"" CANARY "\"";

static vc__letters *make_letter(vc_view bytes)
{
    vc__letters *letters;
    vc_error why = VC_ERROR_INIT, err = VC_ERROR_INIT;
    const vc__letters_options options = { .body = true };
    const vc_header header = { vc_str("h"), vc_str(CANARY) };
    const vc_message message = { sizeof message, vc_str("in"), vc_str("key"), bytes, &header, 1 };
    vc__error(&why, VC_E_MISSING, "a field of the rule is not in the record");
    const vc__letter letter = { .topic = "in",
                                .rule = "purchases",
                                .under = vc_schema_rule_at(schema, 0),
                                .partition = 1,
                                .offset = 7,
                                .timestamp = -1,
                                .why = &why };
    assert_int_equal(vc__letters_open(&letters, schema, &options, NULL), VC_OK);
    assert_int_equal(vc__letters_add(letters, &letter, &message, NULL, &err), VC_OK);
    if (vc__letters_run(letters, client, 0, &err))
        fail_msg("%s", err.message);
    return letters;
}

static void a_reader_of_the_page_opens_them(void **state)
{
    (void)state;
    vc__letters *letters = make_letter(vc_str(value));
    const vc_view text = vc__letters_value(letters, 0);
    assert_null(strstr(text.data, CANARY));
    const char *body = strstr(text.data, ",\"body\":\"") + 9;
    char token[2000];
    size_t len = 0;
    assert_int_equal(vc__base64_decode(token, &len, vc_view_of(body, strlen(body) - 2), NULL), VC_OK);

    vc_schema *reader = vc_schema_parse(vc_str(reader_text), NULL, NULL);
    vc_batch *batch = vc_batch_new(reader, VC_OPEN, NULL);
    assert_int_equal(vc_batch_add(batch, vc_schema_rule_at(reader, 0), vc_view_of(token, len), NULL), VC_OK);
    assert_int_equal(vc_client_run(client, batch, NULL), VC_OK);
    assert_null(vc_batch_error(batch, 0));
    vc__frame frame;
    assert_int_equal(vc__frame_read(vc_batch_output(batch, 0), &frame, NULL), VC_OK);
    assert_int_equal(frame.message.value.len, sizeof value - 1);
    assert_memory_equal(frame.message.value.data, value, sizeof value - 1);
    assert_int_equal(frame.offset, 7);
    vc__frame_cleanup(&frame);
    vc_batch_free(batch);
    vc_schema_unref(reader);
    vc__letters_close(letters);
}

/* -- reading ------------------------------------------------------------------------------------------------ */

#define LETTER(members) "{\"version\":1,\"topic\":\"t\",\"partition\":1,\"offset\":7," members "}"
#define WHY "\"rule\":\"r\",\"error\":\"missing\",\"message\":\"m\""

static void what_a_letter_says(void **state)
{
    (void)state;
    vc_letter *letter = vc_letter_parse(
        vc_str(LETTER("\"timestamp\":1700000000123," WHY ",\"field\":\"$.a \\u20ac\",\"body\":\"AQI=\",\"later\":[1,{\"x\":null}]")), NULL);
    assert_non_null(letter);
    assert_string_equal(vc_letter_topic(letter), "t");
    assert_int_equal(vc_letter_partition(letter), 1);
    assert_int_equal(vc_letter_offset(letter), 7);
    assert_int_equal(vc_letter_timestamp(letter), 1700000000123);
    assert_string_equal(vc_letter_rule(letter), "r");
    assert_string_equal(vc_letter_error(letter), "missing");
    assert_string_equal(vc_letter_message(letter), "m");
    assert_string_equal(vc_letter_field(letter), "$.a \xe2\x82\xac");
    assert_true(vc_letter_has_body(letter));
    assert_string_equal(vc_letter_body_omitted(letter), "");
    assert_int_equal(vc_letter_body(letter).len, 2);
    assert_memory_equal(vc_letter_body(letter).data, "\1\2", 2);
    vc_letter_free(letter);

    letter = vc_letter_parse(vc_str(LETTER(WHY ",\"body_omitted\":\"no key\"")), NULL);
    assert_non_null(letter);
    assert_int_equal(vc_letter_timestamp(letter), -1);
    assert_string_equal(vc_letter_field(letter), "");
    assert_false(vc_letter_has_body(letter));
    assert_null(vc_letter_body(letter).data);
    assert_string_equal(vc_letter_body_omitted(letter), "no key");
    vc_letter_free(letter);
    vc_letter_free(NULL);
}

static const struct {
    const char *text;
    vc_code code;
    const char *message;
} no_letters[] = {
    { "", VC_E_JSON, "no dead letter: it is not" },
    { "7", VC_E_JSON, "it is not a JSON object" },
    { "[]", VC_E_JSON, "it is not a JSON object" },
    { "{}", VC_E_JSON, "`version`" },
    { LETTER(WHY) "x", VC_E_JSON, "it is not a JSON object" },
    { "{\"a\":[[[[[[[[[[1]]]]]]]]]]}", VC_E_JSON, "it is not a JSON object" },
    { "{\"version\":2}", VC_E_UNSUPPORTED, "version 2" },
    { "{\"version\":\"1\"}", VC_E_JSON, "`version`" },
    { "{\"version\":1}", VC_E_JSON, "`topic`" },
    { "{\"version\":1,\"topic\":3}", VC_E_JSON, "`topic` is no text" },
    { "{\"version\":1,\"topic\":\"a\\u0000b\"}", VC_E_JSON, "`topic` holds a NUL" },
    { "{\"version\":1,\"topic\":\"\xc1\xbc\"}", VC_E_JSON, "`topic` is not UTF-8" },
    { "{\"version\":1,\"topic\":\"t\"}", VC_E_JSON, "`partition`" },
    { "{\"version\":1,\"topic\":\"t\",\"partition\":-1}", VC_E_JSON, "`partition`" },
    { "{\"version\":1,\"topic\":\"t\",\"partition\":2147483648}", VC_E_JSON, "`partition`" },
    { "{\"version\":1,\"topic\":\"t\",\"partition\":1.0}", VC_E_JSON, "`partition`" },
    { "{\"version\":1,\"topic\":\"t\",\"partition\":1,\"offset\":null}", VC_E_JSON, "`offset`" },
    { "{\"version\":1,\"topic\":\"\",\"partition\":1,\"offset\":7," WHY "}", VC_E_JSON, "`topic` is none" },
    { LETTER("\"timestamp\":-5," WHY), VC_E_JSON, "`timestamp`" },
    { LETTER("\"error\":\"e\",\"message\":\"m\""), VC_E_JSON, "no `rule`" },
    { LETTER("\"rule\":\"e\",\"message\":\"m\""), VC_E_JSON, "no `error`" },
    { LETTER("\"rule\":\"e\",\"error\":\"m\""), VC_E_JSON, "no `message`" },
    { LETTER(WHY ",\"field\":1"), VC_E_JSON, "`field`" },
    { LETTER(WHY ",\"body\":null"), VC_E_JSON, "`body` is no text" },
    { LETTER(WHY ",\"body\":\"AQI\""), VC_E_JSON, "`body` is not Base64" },
    { LETTER(WHY ",\"body_omitted\":1"), VC_E_JSON, "`body_omitted`" },
};

static void what_is_no_letter_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(no_letters); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_letter *letter = vc_letter_parse(vc_str(no_letters[i].text), &err);
        if (letter || err.code != no_letters[i].code || !strstr(err.message, no_letters[i].message))
            fail_msg("%s: %s: %s", no_letters[i].text, vc_code_name(err.code), err.message);
    }
    static const char behind[] = LETTER(WHY) "\0x";
    assert_null(vc_letter_parse(vc_str(NULL), NULL));
    assert_null(vc_letter_parse(vc_view_of(behind, sizeof behind - 1), NULL));
    assert_null(vc_letter_parse(vc_view_of(behind, sizeof behind - 2), NULL));
}

/* -- opening ------------------------------------------------------------------------------------------------ */

/* The letter that make_letter() makes, with `from` in its text changed to `to`. */
static vc_letter *changed_letter(const char *from, const char *to)
{
    vc__letters *letters = make_letter(vc_str(value));
    const char *text = vc__letters_value(letters, 0).data;
    const char *at = strstr(text, from);
    char changed[4000];
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    vc__letters_close(letters);
    vc_letter *letter = vc_letter_parse(vc_str(changed), NULL);
    assert_non_null(letter);
    return letter;
}

static void is_the_record(const vc_letter_opener *opener, size_t i)
{
    const vc_error *why = vc_letter_opener_error(opener, i);
    if (why)
        fail_msg("letter %zu: %s", i, why->message);
    const vc_message *message = vc_letter_opener_message(opener, i);
    assert_int_equal(message->topic.len, 2);
    assert_memory_equal(message->topic.data, "in", 2);
    assert_int_equal(message->key.len, 3);
    assert_memory_equal(message->key.data, "key", 3);
    assert_int_equal(message->value.len, sizeof value - 1);
    assert_memory_equal(message->value.data, value, sizeof value - 1);
    assert_int_equal(message->header_count, 1);
    assert_memory_equal(message->headers[0].value.data, CANARY, strlen(CANARY));
    assert_int_equal(vc_letter_opener_timestamp(opener, i), -1);
}

static void the_record_comes_back(void **state)
{
    (void)state;
    vc_letter *letter = changed_letter("", "");
    vc_letter_opener *opener = vc_letter_opener_new(schema, NULL);
    assert_int_equal(vc_letter_opener_allow_key(opener, "app", NULL), VC_OK); /* of Vault: not for a rule with a static key */
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 40; i++)
            assert_int_equal(vc_letter_opener_add(opener, letter, NULL), VC_OK);
        assert_int_equal(vc_letter_opener_error(opener, 39)->code, VC_E_CANCELED);
        assert_null(vc_letter_opener_message(opener, 39));
        assert_int_equal(vc_letter_opener_run(opener, client, NULL), VC_OK);
        assert_int_equal(vc_letter_opener_add(opener, letter, NULL), VC_E_STATE);
        assert_int_equal(vc_letter_opener_run(opener, client, NULL), VC_OK);
        assert_int_equal(vc_letter_opener_count(opener), 40);
        for (size_t i = 0; i < 40; i++)
            is_the_record(opener, i);
        vc_letter_opener_clear(opener);
        assert_int_equal(vc_letter_opener_count(opener), 0);
    }
    vc_letter_opener_free(opener);
    vc_letter_opener_free(NULL);
    vc_letter_free(letter);
}

static const struct {
    const char *what, *from, *to;
    vc_code code; /* under the later schema */
} changes[] = {
    { "none", "", "", VC_OK },
    { "another topic", "\"topic\":\"in\"", "\"topic\":\"public\"", VC_E_CIPHERTEXT },
    { "a longer topic", "\"topic\":\"in\"", "\"topic\":\"in2\"", VC_E_CIPHERTEXT },
    { "another partition", "\"partition\":1", "\"partition\":2", VC_E_CIPHERTEXT },
    { "another offset", "\"offset\":7", "\"offset\":8", VC_E_CIPHERTEXT },
    { "a reason", "is not in the record", "is", VC_OK },
    { "another context", "\"rule\":\"purchases\"", "\"rule\":\"elsewhere\"", VC_E_CIPHERTEXT },
    { "a rule with another key", "\"rule\":\"purchases\"", "\"rule\":\"other_key\"", VC_E_CIPHERTEXT },
    { "no such rule", "\"rule\":\"purchases\"", "\"rule\":\"purchase\"", VC_E_NO_RULE },
    { "no rule", "\"rule\":\"purchases\"", "\"rule\":\"\"", VC_E_NO_RULE },
    { "a rule without a key", "\"rule\":\"purchases\"", "\"rule\":\"no_key\"", VC_E_CONFIG },
    { "no body", ",\"body\":", ",\"other\":", VC_E_MISSING },
    { "no token", "\"body\":\"", "\"body\":\"AAAA", VC_E_PLAINTEXT },
    { "cut", "\"body\":\"", "\"body\":\"\",\"x\":\"", VC_E_PLAINTEXT },
};

/* Each alone: the letters beside it are opened. */
static void what_was_changed_is_refused(void **state)
{
    (void)state;
    vc_schema *later = vc_schema_parse(vc_str(later_text), NULL, NULL);
    assert_non_null(later);
    vc_letter_opener *opener = vc_letter_opener_new(later, NULL);
    vc_letter *letters[COUNT(changes)];
    for (size_t i = 0; i < COUNT(changes); i++) {
        letters[i] = changed_letter(changes[i].from, changes[i].to);
        assert_int_equal(vc_letter_opener_add(opener, letters[i], NULL), VC_OK);
    }
    assert_int_equal(vc_letter_opener_run(opener, client, NULL), VC_OK);
    for (size_t i = 0; i < COUNT(changes); i++) {
        const vc_error *why = vc_letter_opener_error(opener, i);
        if ((why ? why->code : VC_OK) != changes[i].code)
            fail_msg("%s: %s", changes[i].what, why ? why->message : "opened");
        if (!why)
            is_the_record(opener, i);
        else
            assert_null(vc_letter_opener_message(opener, i));
    }
    vc_letter_opener_free(opener);
    for (size_t i = 0; i < COUNT(changes); i++)
        vc_letter_free(letters[i]);
    vc_schema_unref(later);
}

/* What the body says of where its key is to be had is not bound, and the key may be at hand: then it is that record, and never another. */
static void no_other_record_comes_of_a_changed_body(void **state)
{
    (void)state;
    vc_letter *letter = changed_letter("", "");
    char *body = (char *)(uintptr_t)vc_letter_body(letter).data;
    vc_letter_opener *opener = vc_letter_opener_new(schema, NULL);
    size_t opened = 0;
    for (size_t i = 0; i < vc_letter_body(letter).len; i++) {
        body[i] ^= 1;
        assert_int_equal(vc_letter_opener_add(opener, letter, NULL), VC_OK);
        const vc_code code = vc_letter_opener_run(opener, client, NULL);
        if (!code && !vc_letter_opener_error(opener, 0)) {
            is_the_record(opener, 0);
            opened++;
        }
        vc_letter_opener_clear(opener);
        body[i] ^= 1;
    }
    assert_int_equal(opened, 40); /* the wrapped key's */
    vc_letter_opener_free(opener);
    vc_letter_free(letter);
}

/* Without a schema no key is allowed until one is named; a key of Vault opens none of a static one. */
static void keys_are_those_that_were_allowed(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "/", "k/", "/k" };
    vc_letter *letter = changed_letter("", "");
    vc_letter_opener *opener = vc_letter_opener_new(NULL, NULL);
    assert_int_equal(vc_letter_opener_add(opener, letter, NULL), VC_OK);
    assert_int_equal(vc_letter_opener_error(opener, 0)->code, VC_E_CONFIG);
    vc_letter_opener_clear(opener);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(vc_letter_opener_allow_key(opener, bad[i], NULL), VC_E_ARGUMENT);
    assert_int_equal(vc_letter_opener_allow_key(opener, "app", NULL), VC_OK);
    assert_int_equal(vc_letter_opener_allow_key(opener, "transit/app", NULL), VC_OK);
    assert_int_equal(vc_letter_opener_allow_key(opener, "a/b/app", NULL), VC_OK);
    assert_int_equal(vc_letter_opener_add(opener, letter, NULL), VC_OK);
    assert_int_equal(vc_letter_opener_run(opener, client, NULL), VC_OK); /* nobody was asked: there is no Vault */
    assert_int_equal(vc_letter_opener_error(opener, 0)->code, VC_E_CIPHERTEXT);
    vc_letter_opener_free(opener);
    vc_letter_free(letter);
}

/* Names of rules come from the topic: what is kept for each has a bound. */
static void any_number_of_rules(void **state)
{
    (void)state;
    vc_letter_opener *opener = vc_letter_opener_new(NULL, NULL);
    assert_int_equal(vc_letter_opener_allow_key(opener, "app", NULL), VC_OK);
    const long before = inject_alive();
    for (int round = 0; round < 3; round++) {
        vc_letter *letters[100];
        for (size_t i = 0; i < COUNT(letters); i++) {
            char rule[64];
            snprintf(rule, sizeof rule, "\"rule\":\"%s%d-%zu\"", i % 10 ? "r" : "\\n\xc2\x80", round, i);
            letters[i] = changed_letter("\"rule\":\"purchases\"", rule);
            assert_int_equal(vc_letter_opener_add(opener, letters[i], NULL), VC_OK);
            assert_int_equal(vc_letter_opener_error(opener, i)->code, i % 10 ? VC_E_CANCELED : VC_E_SCHEMA);
        }
        assert_int_equal(vc_letter_opener_run(opener, client, NULL), VC_OK);
        vc_letter_opener_clear(opener);
        for (size_t i = 0; i < COUNT(letters); i++)
            vc_letter_free(letters[i]);
        assert_in_range(inject_alive() - before, 1, 64 + 2);
    }
    vc_letter_opener_free(opener);
}

static vc_code open_one(void *arg)
{
    const vc_view *text = arg;
    vc_error err = VC_ERROR_INIT;
    vc_letter_opener *opener = vc_letter_opener_new(schema, &err);
    vc_letter *letter = opener ? vc_letter_parse(*text, &err) : NULL;
    vc_code code = letter ? vc_letter_opener_add(opener, letter, &err) : err.code;
    code = code ? code : vc_letter_opener_run(opener, client, &err);
    if (!code)
        is_the_record(opener, 0);
    vc_letter_opener_free(opener);
    vc_letter_free(letter);
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    vc__letters *letters = make_letter(vc_str(value));
    vc_view text = vc__letters_value(letters, 0);
    SWEEP_ALLOCATIONS(open_one, &text);
    vc__letters_close(letters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_of_the_page_opens_them), cmocka_unit_test(what_a_letter_says),
        cmocka_unit_test(what_is_no_letter_is_refused),    cmocka_unit_test(the_record_comes_back),
        cmocka_unit_test(what_was_changed_is_refused),     cmocka_unit_test(no_other_record_comes_of_a_changed_body),
        cmocka_unit_test(keys_are_those_that_were_allowed), cmocka_unit_test(any_number_of_rules),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("kafka letter", tests, begin, end);
}
