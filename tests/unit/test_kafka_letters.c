/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters over a stand-in for libvaultcrypt: which key, what when it cannot be had, and nothing in clear. */
#include "unit/test.h"

#include "base/base64.h"
#include "base/error.h"
#include "kafka/frame.h"
#include "kafka/letters.h"
#include "unit/fake_client.h"

#include <vaultcrypt/sys.h>

#define CANARY "4929-1111-canary"

static const struct vc_field fields[] = {
    { .method = "transit", .key = "other", .mount = "transit" },
    { .method = "envelope", .key = "kroxy", .mount = "transit", .format = "kroxylicious" },
    { .method = "envelope", .key = "app", .mount = "team/keys", .source = "transit" },
    { .method = "envelope", .key = "second", .mount = "transit", .path = "$.card" },
};
static const struct vc_field fixed[] = { { .method = "envelope", .key = "at hand", .source = "static" } };

static const struct vc_field pairs[] = { { .method = "rsa-oaep", .key = "orders" }, { .method = "hybrid", .key = "orders" } };
static const struct vc_field both[] = { { .method = "hybrid", .key = "orders" }, { .method = "envelope", .key = "at hand", .source = "static" } };
static vc_schema with_pair = { .fields = pairs, .field_count = COUNT(pairs) };
static vc_schema with_both = { .fields = both, .field_count = COUNT(both) };

static vc_schema with_key = { .fields = fields, .field_count = COUNT(fields), .context = "ctx \"\\ \xc2\x85\xe2\x80\xa8 end" };
static vc_schema with_fixed = { .fields = fixed, .field_count = COUNT(fixed) };
static vc_schema without_key = { .fields = fields, .field_count = 2 }; /* transit and kroxylicious only */

typedef struct desk {
    vc_client client;
    vc_client *scope;
    vc__letters *letters;
    char said[2000];
    unsigned lines;
} desk;

static void hear(void *user, const char *line)
{
    desk *d = user;
    d->lines++;
    assert_null(strstr(line, CANARY));
    snprintf(d->said, sizeof d->said, "%s", line);
}

static void begin(desk *d, vc__letters_options options)
{
    *d = (desk){ .lines = 0 };
    d->scope = vc_client_scope(&d->client, NULL);
    options.warn = hear;
    options.warn_user = d;
    assert_int_equal(vc__letters_open(&d->letters, &with_key, &options, NULL), VC_OK);
}

static void end(desk *d)
{
    vc__letters_close(d->letters);
    vc_client_close(d->scope);
}

static vc_error the_reason(void)
{
    vc_error why = VC_ERROR_INIT;
    vc__error(&why, VC_E_MISSING, "a field of the rule is not in the record");
    vc__error_at(&why, "$.credit_card", 0, 0);
    return why;
}

static vc_code add(desk *d, const vc_schema *schema, vc_view value, void *tag)
{
    const vc_error why = the_reason();
    const vc_header header = { vc_str("name " CANARY), vc_str(CANARY) };
    const vc_message message = { sizeof message, vc_str("ignored"), vc_str("key " CANARY), value, &header, 1 };
    const vc__letter letter = { .topic = "in",
                                .rule = "purchases",
                                .under = (const vc_rule *)(const void *)schema,
                                .partition = 3,
                                .offset = 5000000000,
                                .timestamp = 1700000000123,
                                .why = &why };
    return vc__letters_add(d->letters, &letter, &message, tag, NULL);
}

static const char place[] = "{\"version\":1,\"topic\":\"in\",\"partition\":3,\"offset\":5000000000,\"timestamp\":1700000000123,"
                            "\"rule\":\"purchases\",\"error\":\"missing\",\"message\":\"a field of the rule is not in the record\","
                            "\"field\":\"$.credit_card\"";

/* Letter i has no body, for this reason. */
static void is_place(const desk *d, size_t i, const char *omitted)
{
    char wanted[1000];
    snprintf(wanted, sizeof wanted, "%s,\"body_omitted\":\"%s\"}", place, omitted);
    assert_string_equal(vc__letters_value(d->letters, i).data, wanted);
}

/* Letter i holds this record, encrypted under the schema that was made last. */
static void holds(const desk *d, size_t i, vc_view value)
{
    const vc_view text = vc__letters_value(d->letters, i);
    assert_non_null(text.data);
    assert_null(strstr(text.data, CANARY));
    assert_memory_equal(text.data, place, sizeof place - 1);
    const char *body = strstr(text.data, ",\"body\":\"");
    assert_ptr_equal(body, text.data + sizeof place - 1);
    body += 9;
    const size_t len = strlen(body) - 2;
    assert_string_equal(body + len, "\"}");
    vc__auto(vc__buf) token = VC__BUF(2 << 20);
    vc__buf_reserve(&token, len);
    size_t token_len = 0;
    assert_int_equal(vc__base64_decode(token.data, &token_len, vc_view_of(body, len), NULL), VC_OK);
    const size_t before = 5 + strlen(fake_schema_text());
    vc__frame frame;
    for (size_t at = before; at < token_len; at++)
        token.data[at] = (char)~token.data[at];
    assert_memory_equal(token.data + 5, fake_schema_text(), before - 5);
    assert_int_equal(vc__frame_read(vc_view_of(token.data + before, token_len - before), &frame, NULL), VC_OK);
    assert_int_equal(frame.message.topic.len, 2);
    assert_memory_equal(frame.message.topic.data, "in", 2);
    assert_int_equal(frame.partition, 3);
    assert_int_equal(frame.offset, 5000000000);
    assert_int_equal(frame.timestamp, 1700000000123);
    assert_int_equal(frame.message.key.len, strlen("key " CANARY));
    assert_int_equal(frame.message.header_count, 1);
    assert_memory_equal(frame.message.headers[0].value.data, CANARY, strlen(CANARY));
    assert_int_equal(frame.message.value.len, value.len);
    assert_int_equal(!frame.message.value.data, !value.data);
    if (value.len)
        assert_memory_equal(frame.message.value.data, value.data, value.len);
    vc__frame_cleanup(&frame);
}

static void records_are_held_encrypted(void **state)
{
    (void)state;
    static int tags[3];
    desk d;
    begin(&d, (vc__letters_options){ .body = true, .key = "spare" });
    assert_int_equal(add(&d, &with_key, vc_str(CANARY " 1"), &tags[0]), VC_OK);
    assert_int_equal(add(&d, &with_key, vc_view_of(NULL, 0), &tags[1]), VC_OK);
    assert_int_equal(add(&d, &with_key, vc_view_of("\0" CANARY "\0", sizeof CANARY + 1), &tags[2]), VC_OK);
    assert_int_equal(vc__letters_count(d.letters), 3);
    assert_null(vc__letters_value(d.letters, 0).data);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    assert_int_equal(d.client.runs, 1);
    holds(&d, 0, vc_str(CANARY " 1"));
    holds(&d, 1, vc_view_of(NULL, 0));
    holds(&d, 2, vc_view_of("\0" CANARY "\0", sizeof CANARY + 1));
    for (size_t i = 0; i < 3; i++)
        assert_ptr_equal(vc__letters_tag(d.letters, i), &tags[i]);
    assert_string_equal(fake_schema_text(),
                        "version: 1\nrecords:\n  - name: dead_letter\n    topics: [\"*\"]\n"
                        "    context: \"dead_letter:ctx \\\"\\\\ \\U00000085\\U00002028 end\"\n    accept_contexts: []\n"
                        "    value:\n      envelope: {key: \"app\", mount: \"team/keys\"}\n      accept: []\n");
    vc__letters_clear(d.letters);
    assert_int_equal(vc__letters_count(d.letters), 0);
    assert_int_equal(add(&d, &with_key, vc_str("again"), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    holds(&d, 0, vc_str("again"));
    assert_int_equal(d.lines, 0);
    end(&d);
}

static const struct {
    const char *source, *message, *field;
} reasons[] = {
    { "$.credit_card", "$.card: it is not there", "\"field\":\"$.credit_card\"" },
    { "", "$.card: it is not there", "\"field\":\"$.card\"" },
    { "", "$.card is not there", NULL },
    { "", "$.cards: it is not there", NULL },
    { "", "$.car: it is not there", NULL },
    { "", "$.cord: it is not there", NULL },
    { "", "", NULL },
};

/* The rule's path, where the reason is about a field; the messages of records begin with it. */
static void a_letter_says_which_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(reasons); i++) {
        vc__auto(vc__buf) text = VC__BUF(10000);
        vc_error why = VC_ERROR_INIT;
        vc__error(&why, VC_E_MISSING, "%s", reasons[i].message);
        vc__error_at(&why, reasons[i].source, 0, 0);
        const vc__letter letter = { .topic = "t", .rule = "r", .under = (const vc_rule *)(const void *)&with_key, .why = &why };
        vc__letter_begin(&text, &letter);
        if (reasons[i].field)
            assert_non_null(strstr(text.data, reasons[i].field));
        else
            assert_null(strstr(text.data, "field"));
    }
}

static void the_spare_key_serves_where_the_rule_has_none(void **state)
{
    (void)state;
    desk d;
    begin(&d, (vc__letters_options){ .body = true, .key = "spare", .mount = "letters" });
    assert_int_equal(add(&d, &without_key, vc_str(CANARY), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    assert_non_null(strstr(fake_schema_text(), "context: \"dead_letter:ctx\"\n"));
    assert_non_null(strstr(fake_schema_text(), "envelope: {key: \"spare\", mount: \"letters\"}"));
    holds(&d, 0, vc_str(CANARY));
    end(&d);
}

static void a_static_key_has_no_mount(void **state)
{
    (void)state;
    desk d;
    begin(&d, (vc__letters_options){ .body = true });
    assert_int_equal(add(&d, &with_fixed, vc_str(CANARY), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    assert_non_null(strstr(fake_schema_text(), "envelope: {key: \"at hand\", source: static}"));
    holds(&d, 0, vc_str(CANARY));
    end(&d);
}

/* A producer of `hybrid` fields can encrypt its letters too, and open none of them. An envelope field's key comes first. */
static void a_public_key_serves(void **state)
{
    (void)state;
    desk d;
    begin(&d, (vc__letters_options){ .body = true });
    assert_int_equal(add(&d, &with_pair, vc_str(CANARY), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    assert_non_null(strstr(fake_schema_text(), "hybrid: {key: \"orders\"}\n      accept: []\n"));
    holds(&d, 0, vc_str(CANARY));
    end(&d);
    begin(&d, (vc__letters_options){ .body = true });
    assert_int_equal(add(&d, &with_both, vc_str(CANARY), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    assert_non_null(strstr(fake_schema_text(), "envelope: {key: \"at hand\", source: static}"));
    end(&d);
}

static void without_a_key_there_is_the_place(void **state)
{
    (void)state;
    desk d;
    begin(&d, (vc__letters_options){ .body = true });
    for (int i = 0; i < 2; i++)
        assert_int_equal(add(&d, &without_key, vc_str(CANARY), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    is_place(&d, 0, "no key");
    is_place(&d, 1, "no key");
    assert_int_equal(d.lines, 1);
    assert_non_null(strstr(d.said, "rule purchases has no envelope key"));
    assert_int_equal(d.client.runs, 0);
    end(&d);
}

static void bodies_can_be_off(void **state)
{
    (void)state;
    desk d;
    begin(&d, (vc__letters_options){ .body = false, .key = "spare" });
    assert_int_equal(add(&d, &with_key, vc_str(CANARY), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    is_place(&d, 0, "off");
    assert_int_equal(d.client.runs + (int)d.lines, 0);
    end(&d);
}

static const struct {
    vc_code code;
    int capabilities;
    bool waits;
} troubles[] = {
    { VC_E_NOT_FOUND, 0, false },
    { VC_E_REQUEST, 0, false },
    { VC_E_CONFIG, 0, false },
    { VC_E_DENIED, 0, false },
    { VC_E_DENIED, VC_CAPABILITY_READ, false },
    { VC_E_DENIED, VC_CAPABILITY_UPDATE, true }, /* it was another reason */
    { VC_E_DENIED, VC_CAPABILITY_ROOT, true },
    { VC_E_DENIED, -1, true }, /* the token is gone */
    { VC_E_CONNECT, 0, true },
    { VC_E_TIMEOUT, 0, true },
    { VC_E_SEALED, 0, true },
    { VC_E_BUSY, 0, true },
    { VC_E_SERVER, 0, true },
    { VC_E_CANCELED, 0, true },
};

/* What is about the key costs the body; what passes is waited out, and nothing is lost. */
static void trouble_is_of_two_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(troubles); i++) {
        desk d;
        vc_error err = VC_ERROR_INIT;
        begin(&d, (vc__letters_options){ .body = true });
        d.client.key_trouble = (int)troubles[i].code;
        d.client.capabilities = troubles[i].capabilities;
        assert_int_equal(add(&d, &with_key, vc_str(CANARY), NULL), VC_OK);
        assert_int_equal(add(&d, &with_key, vc_str("2"), NULL), VC_OK);
        const vc_code code = vc__letters_run(d.letters, d.scope, 0, &err);
        if (code != (troubles[i].waits ? troubles[i].code : VC_OK))
            fail_msg("trouble %zu: %s", i, vc_code_name(code));
        assert_int_equal(d.lines, !troubles[i].waits);
        if (troubles[i].waits) {
            assert_int_equal(err.code, code);
            assert_null(vc__letters_value(d.letters, 0).data);
            d.client.key_trouble = 0;
            assert_int_equal(vc__letters_run(d.letters, d.scope, 0, &err), VC_OK);
            holds(&d, 0, vc_str(CANARY));
            holds(&d, 1, vc_str("2"));
        } else {
            is_place(&d, 0, "no key");
            is_place(&d, 1, "no key");
            assert_non_null(strstr(d.said, "key team/keys/app cannot be had"));
        }
        end(&d);
    }
}

/* Said once, and not asked for with every letter. */
static void a_refused_key_is_left_alone_for_a_while(void **state)
{
    (void)state;
    desk d;
    begin(&d, (vc__letters_options){ .body = true });
    d.client.key_trouble = VC_E_NOT_FOUND;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(add(&d, &with_key, vc_str(CANARY), NULL), VC_OK);
        assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
        is_place(&d, 0, "no key");
        vc__letters_clear(d.letters);
    }
    assert_int_equal(d.client.runs, 1);
    assert_int_equal(d.lines, 1);
    end(&d);
}

/* One key's trouble does not undo what another has finished. */
static void what_is_finished_stays_so(void **state)
{
    (void)state;
    desk d;
    begin(&d, (vc__letters_options){ .body = true });
    assert_int_equal(add(&d, &with_key, vc_str("1"), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
    d.client.trouble = VC_E_SEALED;
    assert_int_equal(add(&d, &with_key, vc_str("2"), NULL), VC_OK);
    assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_E_SEALED);
    holds(&d, 0, vc_str("1"));
    assert_null(vc__letters_value(d.letters, 1).data);
    end(&d);
}

/* With its Base64 the record has to fit into a message. */
static void what_is_too_large_is_left_out(void **state)
{
    (void)state;
    enum { MOST = 10000, LARGE = 12000 };
    static char value[LARGE];
    memset(value, 'v', sizeof value);
    size_t most = 0;
    for (size_t len = 5000; len <= LARGE; len++) {
        desk d;
        begin(&d, (vc__letters_options){ .body = true, .max_bytes = MOST });
        assert_int_equal(add(&d, &with_key, vc_view_of(value, len), NULL), VC_OK);
        assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
        assert_true(vc__letters_value(d.letters, 0).len <= MOST - 500);
        if (strstr(vc__letters_value(d.letters, 0).data, "\"body\":")) {
            assert_true(!most || most + 1 == len); /* all up to one length have it, none beyond */
            most = len;
        } else {
            is_place(&d, 0, "too large");
            assert_true(d.client.runs == 0 || len < 7500); /* in vain */
        }
        end(&d);
        len += most + 20 < len ? 500 : 0;
    }
    assert_in_range(most, 6000, 7000);
}

static void a_key_that_cannot_be_is_told_at_once(void **state)
{
    (void)state;
    static const vc__letters_options options[] = {
        { .key = "no such name", .body = true }, { .key = "", .body = true }, { .key = "/k", .body = true }, { .key = "m/", .body = true }
    };
    for (size_t i = 0; i < COUNT(options); i++) {
        vc__letters *letters;
        assert_int_equal(vc__letters_open(&letters, &with_key, &options[i], NULL), i ? VC_E_ARGUMENT : VC_E_CONFIG);
        assert_null(letters);
    }
    vc__letters_close(NULL);
}

/* A context of the most bytes that there may be is cut, at the border of a character. */
static void long_contexts_are_cut(void **state)
{
    (void)state;
    char context[256];
    memset(context, 'c', 242);
    strcpy(context + 242, "\xc3\xbc" "ccccccccccc");
    vc_schema schema = { .fields = fields, .field_count = COUNT(fields), .context = context };
    desk d;
    begin(&d, (vc__letters_options){ .body = true });
    assert_int_equal(add(&d, &schema, vc_str("1"), NULL), VC_OK);
    const char *text = strstr(fake_schema_text(), "dead_letter:");
    assert_int_equal(strcspn(text, "\""), 12 + 242);
    end(&d);
}

static vc_code fill_and_run(void *arg)
{
    (void)arg;
    desk d = { .lines = 0 };
    d.scope = vc_client_scope(&d.client, NULL);
    const vc__letters_options options = { .body = true, .key = "spare" };
    vc_code code = vc__letters_open(&d.letters, &with_key, &options, NULL);
    for (int i = 0; i < 20 && !code; i++)
        code = add(&d, i % 2 ? &with_key : &without_key, vc_str(CANARY), NULL);
    code = code ? code : vc__letters_run(d.letters, d.scope, 0, NULL);
    end(&d);
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(fill_and_run, NULL);
}

/* A run that lacked memory is run again, and the bodies are there. */
static void a_run_that_lacked_memory_goes_on(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        desk d;
        begin(&d, (vc__letters_options){ .body = true });
        assert_int_equal(add(&d, &with_key, vc_str(CANARY), NULL), VC_OK);
        inject_fail_at(at);
        const vc_code code = vc__letters_run(d.letters, d.scope, 0, NULL);
        const unsigned long count = inject_count();
        inject_fail_at(0);
        if (code)
            assert_int_equal(vc__letters_run(d.letters, d.scope, 0, NULL), VC_OK);
        holds(&d, 0, vc_str(CANARY));
        end(&d);
        if (count < at)
            break;
        assert_int_equal(code, VC_E_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_held_encrypted),
        cmocka_unit_test(a_letter_says_which_field),
        cmocka_unit_test(the_spare_key_serves_where_the_rule_has_none),
        cmocka_unit_test(a_static_key_has_no_mount),
        cmocka_unit_test(a_public_key_serves),
        cmocka_unit_test(without_a_key_there_is_the_place),
        cmocka_unit_test(bodies_can_be_off),
        cmocka_unit_test(trouble_is_of_two_kinds),
        cmocka_unit_test(a_refused_key_is_left_alone_for_a_while),
        cmocka_unit_test(what_is_finished_stays_so),
        cmocka_unit_test(what_is_too_large_is_left_out),
        cmocka_unit_test(a_key_that_cannot_be_is_told_at_once),
        cmocka_unit_test(long_contexts_are_cut),
        cmocka_unit_test(lack_of_memory_is_an_error),
        cmocka_unit_test(a_run_that_lacked_memory_goes_on),
    };
    return cmocka_run_group_tests_name("kafka letters", tests, NULL, NULL);
}
