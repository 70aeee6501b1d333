/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas that load, and what they answer. What is refused: test_schema_refusals.c. */
#include "unit/test.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "schema/schema.h"

#include <unistd.h>

VC__DEFINE_CLEANUP(vc_schema, vc_schema_unref)

static const char purchases[] =
    "version: 1\n"
    "records:\n"
    "  - name: purchases\n"
    "    topics: [purchases, purchases_encrypted]\n"
    "    fields:\n"
    "      - path: $.credit_card\n"
    "        transform:\n"
    "          role: payments\n"
    "          transformation: creditcard\n"
    "          setup: {pattern: '(\\d{4})-(\\d{4})', alphabet: builtin/numeric, encode_format: $1-$2}\n"
    "      - path: $.Address\n"
    "        transit: {key: transit}\n";

static vc_schema *load(const char *text)
{
    vc_error err = VC_ERROR_INIT;
    vc_schema *schema = vc_schema_parse(vc_str(text), "test.yaml", &err);
    if (!schema) {
        char shown[700];
        fail_msg("%s\n%s", vc_error_format(&err, shown, sizeof shown), text);
    }
    return schema;
}

static const vc_field *field_at(const vc_schema *schema, size_t rule, size_t field)
{
    const vc_field *found = vc_rule_field_at(vc_schema_rule_at(schema, rule), field);
    assert_non_null(found);
    return found;
}

static void assert_option(const vc_field *field, const char *name, const char *value)
{
    const char *is = vc_field_option(field, name);
    if (is ? !value || strcmp(is, value) != 0 : value != NULL)
        fail_msg("%s of %s is %s, not %s", name, vc_field_path(field), is ? is : "NULL", value ? value : "NULL");
}

static void the_demo_loads(void **state)
{
    (void)state;
    vc__autoptr(vc_schema) schema = load(purchases);
    const vc_rule *rule = vc_schema_rule_at(schema, 0);
    assert_null(vc_schema_rule_at(schema, 1));
    assert_string_equal(vc_rule_name(rule), "purchases");
    assert_string_equal(vc_rule_context(rule), "purchases");
    assert_string_equal(vc_rule_topic_at(rule, 0), "purchases");
    assert_string_equal(vc_rule_topic_at(rule, 1), "purchases_encrypted");
    assert_null(vc_rule_topic_at(rule, 2));
    assert_int_equal(rule->on_error, VC_ON_ERROR_FAIL);
    assert_int_equal(rule->field_count, 2);
    assert_int_equal(rule->path_count, 2);
    assert_non_null(rule->selector);

    const vc_field *card = field_at(schema, 0, 0);
    assert_string_equal(vc_field_path(card), "$.credit_card");
    assert_string_equal(vc_field_method(card), "transform");
    assert_int_equal(card->method, VC__METHOD_TRANSFORM);
    assert_int_equal(vc_field_line(card), 6);
    assert_int_equal(card->column, 9);
    assert_string_equal(card->name, "payments");
    assert_string_equal(card->transformation, "creditcard");
    assert_string_equal(card->mount, "transform");
    assert_int_equal(card->tweak_source, VC__TWEAK_INTERNAL);
    assert_int_equal(card->tweak_path, VC__NO_PATH);
    assert_null(card->tweak);
    static const struct {
        const char *name, *value;
    } options[] = {
        { "role", "payments" },
        { "transformation", "creditcard" },
        { "mount", "transform" },
        { "tweak_source", "internal" },
        { "tweak", NULL },
        { "tweak_to", NULL },
        { "key", NULL },
        { "as", NULL },
        { "on_error", "fail" },
        { "on_missing", "fail" },
        { "nested", "false" },
        { "setup.pattern", "(\\d{4})-(\\d{4})" },
        { "setup.alphabet", "builtin/numeric" },
        { "setup.encode_format", "$1-$2" },
        { "setup.template", "creditcard" },
        { "setup.type", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < COUNT(options); i++)
        assert_option(card, options[i].name, options[i].value);

    const vc_field *address = field_at(schema, 0, 1);
    assert_string_equal(vc_field_method(address), "transit");
    assert_string_equal(address->name, "transit");
    assert_string_equal(address->mount, "transit");
    assert_null(address->transformation);
    assert_option(address, "key", "transit");
    assert_option(address, "mount", "transit");
    assert_option(address, "setup.type", NULL);
    assert_false(address->as_json);
    assert_null(vc_rule_field_at(rule, 2));
    assert_int_equal(vc__schema_group_count(schema), 2);
}

static void a_field_overrides_its_rule(void **state)
{
    (void)state;
    vc__autoptr(vc_schema) schema = load("version: 1\n"
                                         "records:\n"
                                         "- {name: a, on_error: drop_field, on_missing: ignore, nested: true, fields: [\n"
                                         "    {path: $.a, transit: {key: k}},\n"
                                         "    {path: $.b, transit: {key: k, as: json, setup: {}, mount: eu/transit/},\n"
                                         "     on_error: fail, on_missing: fail, nested: false},\n"
                                         "    {path: $.c, transit: {key: k, setup: {type: chacha20-poly1305}},\n"
                                         "     on_error: dead_letter}]}\n"
                                         "- {name: b, context: 'two words', on_error: dead_letter, fields: []}\n");
    const vc_field *a = field_at(schema, 0, 0), *b = field_at(schema, 0, 1), *c = field_at(schema, 0, 2);
    assert_int_equal(a->on_error, VC_ON_ERROR_DROP_FIELD);
    assert_true(a->ignore_missing && a->nested && !a->as_json);
    assert_option(a, "on_error", "drop_field");
    assert_option(a, "on_missing", "ignore");
    assert_option(a, "nested", "true");
    assert_int_equal(b->on_error, VC_ON_ERROR_FAIL);
    assert_true(!b->ignore_missing && !b->nested && b->as_json);
    assert_option(b, "as", "json");
    assert_option(b, "mount", "eu/transit");
    assert_option(b, "setup.type", "aes256-gcm96");
    assert_int_equal(c->on_error, VC_ON_ERROR_DEAD_LETTER);
    assert_option(c, "setup.type", "chacha20-poly1305");
    assert_int_equal(vc_schema_rule_at(schema, 0)->on_error, VC_ON_ERROR_FAIL);
    assert_int_equal(vc_schema_rule_at(schema, 1)->on_error, VC_ON_ERROR_DEAD_LETTER);
    assert_string_equal(vc_rule_context(vc_schema_rule_at(schema, 1)), "two words");
    assert_null(vc_rule_topic_at(vc_schema_rule_at(schema, 1), 0));
    assert_null(vc_rule_field_at(vc_schema_rule_at(schema, 1), 0));
}

static void texts_are_as_written(void **state)
{
    (void)state;
    vc__autoptr(vc_schema) schema = load("version: 1\n"
                                         "records:\n"
                                         "- name: no\n"
                                         "  topics: [1.10, true, 'null']\n"
                                         "  fields: [{path: $.a, transit: {key: 007}}]\n");
    const vc_rule *rule = vc_schema_rule_at(schema, 0);
    assert_string_equal(vc_rule_name(rule), "no");
    assert_string_equal(vc_rule_topic_at(rule, 0), "1.10");
    assert_string_equal(vc_rule_topic_at(rule, 1), "true");
    assert_string_equal(vc_rule_topic_at(rule, 2), "null");
    assert_string_equal(rule->fields[0].name, "007");
}

/* Selector order: fields, tweaks, clear. */
static void tweaks_have_their_places(void **state)
{
    (void)state;
    vc__autoptr(vc_schema) schema = load(
        "version: 1\n"
        "records:\n"
        "- name: a\n"
        "  unlisted: fail\n"
        "  clear: [$.id, $.nested]\n"
        "  fields:\n"
        "  - {path: $.a, transform: {role: r, tweak_source: supplied, tweak: c29tZW51bQ==}}\n"
        "  - {path: $.b, transform: {role: r, tweak_source: supplied, tweak: $.customer}}\n"
        "  - {path: '$.nested[*].c', transform: {role: r, transformation: t, tweak_source: supplied, tweak: $.customer}}\n"
        "  - {path: $.d, transform: {role: r, tweak_source: generated, tweak_to: $.tweaks.d}}\n"
        "  - {path: $.e, transform: {role: r, tweak_source: internal}}\n");
    const vc_rule *rule = vc_schema_rule_at(schema, 0);
    assert_int_equal(rule->field_count, 5);
    assert_int_equal(rule->path_count, 9);
    assert_string_equal(rule->fields[0].tweak, "c29tZW51bQ==");
    assert_int_equal(rule->fields[0].tweak_path, VC__NO_PATH);
    assert_int_equal(rule->fields[0].tweak_source, VC__TWEAK_SUPPLIED);
    assert_null(rule->fields[1].tweak);
    assert_int_equal(rule->fields[1].tweak_path, 5);
    assert_option(&rule->fields[1], "tweak", "$.customer");
    assert_int_equal(rule->fields[2].tweak_path, 5); /* shared */
    assert_int_equal(rule->fields[3].tweak_path, 6);
    assert_int_equal(rule->fields[3].tweak_source, VC__TWEAK_GENERATED);
    assert_option(&rule->fields[3], "tweak_to", "$.tweaks.d");
    assert_int_equal(rule->fields[4].tweak_path, VC__NO_PATH);
    for (size_t i = 0; i < rule->path_count; i++)
        assert_int_equal(rule->field_of_path[i], i < 5 ? i : VC__NO_PATH);
    for (size_t i = 0; i < rule->field_count; i++)
        assert_int_equal(rule->fields[i].path, i);

    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(64, &err);
    assert_non_null(scanner);
    const vc__hit *hits;
    size_t count;
    const char *json = "{\"id\":1,\"customer\":\"x\",\"nested\":[{\"c\":\"1\",\"z\":2},{\"c\":\"2\"}],\"a\":\"3\",\"tweaks\":{\"d\":null}}";
    assert_int_equal(vc__scan(scanner, rule->selector, vc_str(json), &hits, &count, &err), VC_OK);
    static const uint16_t paths[] = { 5, 2, 2, 0, 6 };
    assert_int_equal(count, COUNT(paths));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(hits[i].path, paths[i]);
    json = "{\"id\":1,\"b\":\"x\",\"other\":1}";
    assert_int_equal(vc__scan(scanner, rule->selector, vc_str(json), &hits, &count, &err), VC_E_UNLISTED);
}

static const char *matched(const vc_schema *schema, const char *topic)
{
    vc_error err = VC_ERROR_INIT;
    const vc_rule *rule = vc_schema_match(schema, vc_str(topic), &err);
    if (!rule)
        assert_int_equal(err.code, VC_E_NO_RULE);
    return rule ? vc_rule_name(rule) : "-";
}

static void one_rule_matches(void **state)
{
    (void)state;
    vc__autoptr(vc_schema) schema = load("version: 1\n"
                                         "records:\n"
                                         "- {name: 1, topics: [orders, a], fields: []}\n"
                                         "- {name: 2, topics: [ord*, 'eu.*'], fields: []}\n"
                                         "- {name: 3, topics: [orders*, orders.eu, eu.x.y*], fields: []}\n"
                                         "- {name: 4, topics: ['orders.eu.*', e*], fields: []}\n"
                                         "- {name: 5, fields: []}\n");
    static const char *const table[][2] = {
        { "orders", "1" },       { "a", "1" },         { "ord", "2" },    { "order", "2" },  { "orders2", "3" },
        { "orders.eu", "3" },    { "orders.eu.", "4" }, { "orders.eux", "3" }, { "orders.eu.1", "4" }, { "or", "-" },
        { "b", "-" },            { "", "-" },          { "eu.", "2" },    { "eu.w", "2" },   { "eu.x.y", "3" },
        { "eu.x.z", "2" },       { "eu", "4" },        { "eu-x", "4" },   { "e", "4" },      { "z", "-" },
        { "ordz", "2" },         { "aa", "-" },        { "orders.eu.\xff", "4" },
    };
    for (size_t i = 0; i < COUNT(table); i++)
        assert_string_equal(matched(schema, table[i][0]), table[i][1]);

    vc__autoptr(vc_schema) catch_all = load("version: 1\n"
                                            "records:\n"
                                            "- {name: 1, topics: ['*'], fields: []}\n"
                                            "- {name: 2, topics: [a*, b], fields: []}\n");
    assert_string_equal(matched(catch_all, "a"), "2");
    assert_string_equal(matched(catch_all, "b"), "2");
    assert_string_equal(matched(catch_all, "bb"), "1");
    assert_string_equal(matched(catch_all, ""), "1");
    assert_ptr_equal(vc_schema_match(catch_all, vc_view_of(NULL, 0), NULL), vc_schema_rule_at(catch_all, 0));
}

/* Against a search that looks at every pattern. */
static void the_longest_prefix_wins(void **state)
{
    (void)state;
    enum { PATTERNS = 2000 };
    static char patterns[PATTERNS][16];
    vc__auto(vc__buf) text = VC__BUF(1 << 20);
    vc__buf_str(&text, "version: 1\nrecords:\n");
    uint32_t seed = 7;
    size_t count = 0;
    for (size_t n = 0; n < PATTERNS; n++) {
        char *pattern = patterns[count];
        const size_t len = 1 + n % 9;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            pattern[i] = "ab"[seed >> 24 & 1];
        }
        strcpy(pattern + len, n % 3 ? "*" : "");
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known |= strcmp(patterns[i], pattern) == 0;
        if (!known)
            vc__buf_printf(&text, "- {name: '%zu', topics: ['%s'], fields: []}\n", count++, pattern);
    }
    assert_true(count > 500);
    vc__autoptr(vc_schema) schema = load(text.data);
    for (unsigned n = 0; n < 4096; n++) {
        char topic[13] = "";
        const size_t len = 1 + n % 12;
        for (size_t i = 0; i < len; i++)
            topic[i] = "ab"[n >> i & 1];
        size_t best = 0;
        const char *name = "-";
        for (size_t i = 0; i < count; i++) {
            const size_t size = strlen(patterns[i]);
            const bool prefix = patterns[i][size - 1] == '*';
            if (prefix ? strncmp(patterns[i], topic, size - 1) != 0 : strcmp(patterns[i], topic) != 0)
                continue;
            if ((prefix ? size : 100) <= best)
                continue;
            best = prefix ? size : 100;
            name = vc_rule_name(vc_schema_rule_at(schema, i));
        }
        assert_string_equal(matched(schema, topic), name);
    }
}

static void errors_list_the_names(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_schema) schema = load("version: 1\n"
                                         "records:\n"
                                         "- {name: orders, topics: [a, b*], fields: []}\n"
                                         "- {name: bills, topics: [c], fields: []}\n");
    assert_string_equal(vc_rule_name(vc_schema_rule(schema, vc_str("bills"), &err)), "bills");
    assert_null(vc_schema_rule(schema, vc_str("bill"), &err));
    assert_int_equal(err.code, VC_E_NO_RULE);
    assert_string_equal(err.message, "no record of the schema is called `bill`; they are called: orders, bills");
    assert_null(vc_schema_rule(schema, vc_str(NULL), &err));
    assert_string_equal(err.message, "the schema has 2 records: name the one to use: orders, bills");
    assert_null(vc_schema_rule(schema, vc_str(""), &err));
    assert_int_equal(err.code, VC_E_NO_RULE);
    assert_null(vc_schema_match(schema, vc_str("x"), &err));
    assert_int_equal(err.code, VC_E_NO_RULE);
    assert_string_equal(err.message, "no record of the schema is for the topic `x`; it has: a, b*, c");
    assert_null(vc_schema_match(schema, vc_str("\x1b[2J"), &err)); /* nothing that moves a cursor */
    assert_string_equal(err.message, "no record of the schema is for the topic `?[2J`; it has: a, b*, c");
    assert_null(vc_schema_match(schema, vc_view_of(NULL, 3), &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_null(vc_schema_rule(NULL, vc_str("x"), &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);

    vc__autoptr(vc_schema) lone = load("version: 1\nrecords: [{name: it, fields: []}]");
    assert_string_equal(vc_rule_name(vc_schema_rule(lone, vc_str(NULL), &err)), "it");
    assert_null(vc_schema_rule(lone, vc_str("if"), &err));
    assert_null(vc_schema_match(lone, vc_str("it"), &err));
    assert_string_equal(err.message, "no record of the schema is for the topic `it`; it has: no topics");

    vc__auto(vc__buf) text = VC__BUF(1 << 20);
    vc__buf_str(&text, "version: 1\nrecords:\n");
    for (int i = 0; i < 3000; i++)
        vc__buf_printf(&text, "- {name: a_rather_long_name_%d, topics: [t%d], fields: []}\n", i, i);
    vc__autoptr(vc_schema) many = load(text.data);
    assert_string_equal(matched(many, "t2999"), "a_rather_long_name_2999");
    assert_null(vc_schema_rule(many, vc_str("x"), &err));
    assert_true(vc__view_starts(vc_str(err.message), "no record of the schema is called `x`; they are called: a_rather_long_name_0, "));
    assert_string_equal(err.message + strlen(err.message) - 5, ", ...");
}

static void equal_objects_share_a_group(void **state)
{
    (void)state;
    vc__autoptr(vc_schema) schema =
        load("version: 1\n"
             "records:\n"
             "- {name: a, fields: [{path: $.a, transit: {key: x}}, {path: $.b, transit: {key: y}},\n"
             "                     {path: $.c, transit: {key: x, as: json}}, {path: $.d, transit: {key: x, mount: t2}}]}\n"
             "- {name: b, fields: [{path: $.a, transform: {role: x}}, {path: $.b, transit: {key: x, mount: transit}},\n"
             "                     {path: $.c, transform: {role: x, transformation: t, mount: transform/}}]}\n");
    static const int same[] = { 0, 1, 0, 2, 3, 0, 3 };
    uint16_t groups[7];
    for (size_t i = 0; i < 7; i++)
        groups[i] = field_at(schema, i > 3, i > 3 ? i - 4 : i)->group;
    assert_int_equal(vc__schema_group_count(schema), 4);
    for (size_t i = 0; i < 7; i++) {
        assert_true(groups[i] < 4);
        for (size_t j = 0; j < 7; j++)
            assert_int_equal(groups[i] == groups[j], same[i] == same[j]);
    }
}

static void references_are_counted(void **state)
{
    (void)state;
    const long alive = inject_alive();
    vc_schema *schema = load(purchases);
    assert_ptr_equal(vc_schema_ref(schema), schema);
    vc_schema_unref(schema);
    assert_string_equal(vc_rule_name(vc_schema_rule_at(schema, 0)), "purchases");
    assert_true(inject_alive() > alive);
    vc_schema_unref(schema);
    assert_int_equal(inject_alive(), alive);
    vc_schema_unref(NULL);
    assert_null(vc_schema_ref(NULL));
}

static vc_code parse(void *arg)
{
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_schema) schema = vc_schema_parse(vc_str(arg), "test.yaml", &err);
    return schema ? VC_OK : err.code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    vc__auto(vc__buf) text = VC__BUF(1 << 20);
    vc__buf_str(&text, "version: 1\nrecords:\n");
    for (int i = 0; i < 12; i++)
        vc__buf_printf(&text,
                       "- name: r%d\n  topics: [a%d, b%d*]\n  unlisted: fail\n  clear: ['$.x[*]', $..y]\n  fields:\n"
                       "  - {path: '$.a[1:2]', transit: {key: k, mount: t/%d, setup: {}}}\n"
                       "  - {path: $.b, transform: {role: k, tweak_source: supplied, tweak: $.t}}\n"
                       "  - {path: $.c, transform: {role: k, tweak_source: supplied, tweak: QUJD}}\n"
                       "  - {path: $.d, transform: {role: k, tweak_source: supplied, tweak: $.t}}\n"
                       "  - {path: $.e, transform: {role: k, transformation: x, setup: {pattern: '(\\d+)'}}}\n",
                       i, i, i, i);
    SWEEP_ALLOCATIONS(parse, text.data);
    /* and where there is an error to report besides */
    const long alive = inject_alive();
    vc__buf_str(&text, "- {name: r1, fields: []}\n");
    assert_int_equal(parse(text.data), VC_E_SCHEMA);
    assert_int_equal(inject_alive(), alive);
}

static void write_file(const char *file, const char *text, size_t len)
{
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

static void a_file_is_read(void **state)
{
    (void)state;
    char folder[] = "/tmp/vaultcrypt-schema-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char file[64], shown[700];
    snprintf(file, sizeof file, "%s/s.yaml", folder);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc_schema_open(file, &err));
    assert_int_equal(err.code, VC_E_IO);
    assert_non_null(strstr(vc_error_format(&err, shown, sizeof shown), file));
    assert_null(vc_schema_open(folder, &err));
    assert_int_equal(err.code, VC_E_IO);
    assert_null(vc_schema_open("", &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_null(vc_schema_open(NULL, NULL));

    write_file(file, purchases, strlen(purchases));
    vc__autoptr(vc_schema) schema = vc_schema_open(file, &err);
    assert_non_null(schema);
    write_file(file, "version: 2", 10);
    assert_null(vc_schema_open(file, &err));
    char want[128];
    snprintf(want, sizeof want, "%s:1:10: `version`: this library reads version 1", file);
    assert_string_equal(vc_error_format(&err, shown, sizeof shown), want);

    static char large[(1 << 20) + 1];
    memset(large, '#', sizeof large);
    write_file(file, large, sizeof large);
    assert_null(vc_schema_open(file, &err));
    assert_int_equal(err.code, VC_E_LIMIT);
    unlink(file);
    rmdir(folder);
}

static void in_tree(char *file, size_t room, const char *name)
{
    const char *tree = getenv("top_srcdir");
    snprintf(file, room, "%s/%s", tree ? tree : "..", name);
}

/* Entries of `fields:` or `records:` as the schema that they stand in. */
static void complete(vc__buf *whole, const char *text)
{
    if (strncmp(text, "- ", 2) == 0)
        vc__buf_str(whole, strncmp(text, "- path", 6) == 0 ? "version: 1\nrecords:\n- name: t\n  fields:\n" : "version: 1\nrecords:\n");
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        vc__buf_str(whole, strncmp(text, "- path", 6) == 0 ? "  " : "");
        vc__buf_append(whole, line, strcspn(line, "\n") + 1);
    }
}

/* Every literal block of the manual is a schema, or entries of one. */
static void the_manual_is_right(void **state)
{
    (void)state;
    char file[1024], line[256];
    in_tree(file, sizeof file, "man/vaultcrypt-schema.5");
    FILE *manual = fopen(file, "r");
    assert_non_null(manual);
    vc__auto(vc__buf) text = VC__BUF(1 << 16);
    bool inside = false;
    int examples = 0;
    while (fgets(line, sizeof line, manual)) {
        if (strncmp(line, ".Bd -literal", 12) == 0) {
            inside = true;
            vc__buf_clear(&text);
        } else if (inside && strcmp(line, ".Ed\n") == 0) {
            inside = false;
            examples++;
            vc__auto(vc__buf) whole = VC__BUF(1 << 16);
            complete(&whole, text.data);
            vc__autoptr(vc_schema) schema = load(whole.data);
            assert_non_null(schema);
        } else if (inside) {
            for (const char *c = line; *c; c++) {
                if (c[0] == '\\' && c[1] == 'e') /* \e in mdoc: a backslash */
                    c++;
                vc__buf_byte(&text, *c == 'e' && c > line && c[-1] == '\\' ? '\\' : *c);
            }
        }
    }
    fclose(manual);
    assert_int_equal(examples, 12);
}

static void the_example_loads(void **state)
{
    (void)state;
    char file[1024];
    in_tree(file, sizeof file, "examples/methods.yaml");
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_schema) methods = vc_schema_open(file, &err);
    assert_non_null(methods);
    in_tree(file, sizeof file, "examples/purchases.yaml");
    vc__autoptr(vc_schema) schema = vc_schema_open(file, &err);
    if (!schema) {
        char shown[700];
        fail_msg("%s", vc_error_format(&err, shown, sizeof shown));
    }
    const vc_rule *rule = vc_schema_match(schema, vc_str("purchases_encrypted"), &err);
    assert_non_null(rule);
    assert_string_equal(vc_field_path(vc_rule_field_at(rule, 0)), "$.credit_card");
    assert_option(vc_rule_field_at(rule, 0), "setup.pattern", "(\\d{4})[- ](\\d{4})[- ](\\d{4})[- ](\\d{4})");
    assert_option(vc_rule_field_at(rule, 0), "setup.encode_format", "$1-$2-$3-$4");
    assert_option(vc_rule_field_at(rule, 1), "key", "transit");
}

static const char all_methods[] =
    "version: 1\n"
    "records:\n"
    "  - name: people\n"
    "    accept_contexts: [persons, staff]\n"
    "    fields:\n"
    "      - {path: \"$['name']\", envelope: {key: app, bind: [topic, key], carry: header}, accept: [old, eu/transit/older]}\n"
    "      - {path: '$.list[ 1:3 ][\"a b\",\"c\"]..d.*', siv: {key: app, key_version: 2, context: joins}}\n"
    "      - {path: $.mail, hash: {key: app, key_version: 1, as: hex, mount: eu/transit}}\n"
    "      - {path: $.card, fpe: {key: app, key_version: 1, tweak: $.id}}\n"
    "      - {path: $.old, fpe: {key: f, source: static, key_version: 1, algorithm: ff3-1, alphabet: 0123456789abcdef, tweak: AAAAAAAAAA==}}\n"
    "      - {path: $.phone, mask: {keep_last: 4, with: \xe2\x80\xa2}}\n"
    "      - {path: $.note, drop: true}\n"
    "      - {path: $.t, transit: {key: app}}\n"
    "    record_key: {siv: {key: app, key_version: 1}}\n"
    "  - name: blobs\n"
    "    value: {envelope: {key: app}, accept: [old]}\n"
    "  - name: proxied\n"
    "    on_error: drop_field\n"
    "    value: {envelope: {key: app}, format: kroxylicious}\n"
    "  - name: carried\n"
    "    value: {hybrid: {key: pair, carry: header}}\n";

static void the_methods_that_work_here(void **state)
{
    (void)state;
    vc__autoptr(vc_schema) schema = load(all_methods);
    const vc_rule *people = vc_schema_rule_at(schema, 0), *blobs = vc_schema_rule_at(schema, 1);
    assert_int_equal(people->context_count, 3);
    assert_string_equal(people->contexts[2], "staff");
    assert_true(people->needs_message);
    assert_false(blobs->needs_message);
    assert_int_equal(people->field_count, 8);
    assert_int_equal(people->part_count, 9);
    assert_int_equal(vc__schema_group_count(schema), 1); /* of what Vault is asked */
    const vc_field *name = field_at(schema, 0, 0), *list = field_at(schema, 0, 1), *mail = field_at(schema, 0, 2),
                   *card = field_at(schema, 0, 3), *old = field_at(schema, 0, 4), *phone = field_at(schema, 0, 5);
    assert_string_equal(vc_field_method(name), "envelope");
    assert_string_equal(name->canonical, "$.name");
    assert_string_equal(name->context, "people");
    assert_option(name, "accept", "old, eu/transit/older");
    assert_option(name, "bind", "topic, key");
    assert_option(name, "carry", "header");
    const vc_rule *carried = vc_schema_rule_at(schema, 3);
    assert_true(carried->needs_message && carried->value->carry_header);
    assert_option(carried->value, "carry", "header");
    assert_option(name, "source", "transit");
    assert_int_equal(name->key_count, 3);
    assert_string_equal(name->keys[2].mount, "eu/transit");
    assert_string_equal(name->keys[2].name, "older");
    assert_string_equal(list->canonical, "$.list[1:3]['a b','c']..d[*]");
    assert_string_equal(list->context, "joins");
    assert_int_equal(list->key_version, 2);
    assert_option(list, "key_version", "2");
    assert_true(mail->as_hex);
    assert_string_equal(vc_field_method(card), "fpe");
    assert_int_equal(card->tweak_source, VC__TWEAK_SUPPLIED);
    assert_int_not_equal(card->tweak_path, VC__NO_PATH);
    assert_option(card, "alphabet", "digits");
    assert_int_equal(old->algorithm, VC__FPE_FF3_1);
    assert_int_equal(old->tweak_bytes.len, 7);
    assert_int_equal(old->source, VC__KEY_OF_STATIC);
    assert_option(old, "mount", NULL);
    assert_int_equal(phone->mask_with, 0x2022);
    assert_string_equal(vc_field_method(field_at(schema, 0, 6)), "drop");
    assert_ptr_equal(vc_rule_record_key(people), field_at(schema, 0, 8));
    assert_null(vc_rule_value(people));
    assert_null(vc_rule_record_key(blobs));
    assert_string_equal(vc_rule_context_at(people, 0), "people");
    assert_string_equal(vc_rule_context_at(people, 2), "staff");
    assert_null(vc_rule_context_at(people, 3));
    assert_string_equal(vc_field_path(people->record_key), "key");
    assert_ptr_equal(vc_rule_value(blobs), field_at(schema, 1, 0));
    assert_string_equal(vc_field_path(blobs->value), "value");
    assert_null(vc_rule_field_at(blobs, 1));
    const vc_rule *proxied = vc_schema_rule_at(schema, 2);
    assert_true(proxied->value->kroxylicious);
    assert_option(proxied->value, "format", "kroxylicious");
    assert_int_equal(proxied->value->on_error, VC_ON_ERROR_FAIL);
}

/* What sha256sum says of the file, its first 16 digits. */
static void a_schema_has_an_id(void **state)
{
    (void)state;
    static const char text[] = "version: 1\nrecords: [{name: a, fields: []}]\n";
    vc_schema *one = vc_schema_parse(vc_str(text), "a", NULL), *same = vc_schema_parse(vc_str(text), "b", NULL);
    vc_schema *other = vc_schema_parse(vc_view_of(text, sizeof text - 2), "a", NULL);
    assert_string_equal(vc_schema_id(one), "af894fd373bf9c9f");
    assert_ptr_equal(vc_schema_id(one), vc_schema_id(one));
    assert_string_equal(vc_schema_id(one), vc_schema_id(same));
    assert_string_not_equal(vc_schema_id(one), vc_schema_id(other)); /* the end of the line counts */
    vc_schema_unref(one);
    vc_schema_unref(same);
    vc_schema_unref(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_demo_loads),           cmocka_unit_test(a_schema_has_an_id),
        cmocka_unit_test(the_methods_that_work_here),           cmocka_unit_test(a_field_overrides_its_rule),
        cmocka_unit_test(texts_are_as_written),     cmocka_unit_test(tweaks_have_their_places),
        cmocka_unit_test(one_rule_matches),         cmocka_unit_test(the_longest_prefix_wins),
        cmocka_unit_test(errors_list_the_names),    cmocka_unit_test(equal_objects_share_a_group),
        cmocka_unit_test(references_are_counted),   cmocka_unit_test(lack_of_memory_is_an_error),
        cmocka_unit_test(a_file_is_read),           cmocka_unit_test(the_example_loads),
        cmocka_unit_test(the_manual_is_right),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
