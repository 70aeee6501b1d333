/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "yaml/tree.h"

static const vc__yaml_node *child(const vc__yaml_node *map, const char *key)
{
    for (const vc__yaml_node *node = map->first; node; node = node->next)
        if (node->key && vc__view_is(node->key->text, key))
            return node;
    fail_msg("no key %s", key);
    return NULL;
}

static void a_tree_knows_its_places(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__yaml) tree = vc__yaml_parse(vc_str("# comment\n"
                                                       "version: 1\n"
                                                       "records:\n"
                                                       "  - name: 'a b'\n"
                                                       "    topics: [x, \"y\"]\n"
                                                       "    empty: {}\n"
                                                       "    none:\n"
                                                       "    block: |\n"
                                                       "      two\n"
                                                       "      lines\n"),
                                                "t.yaml", VC_E_CONFIG, &err);
    assert_non_null(tree);
    const vc__yaml_node *root = vc__yaml_root(tree);
    assert_int_equal(root->kind, VC__YAML_MAP);
    assert_int_equal(root->count, 2);
    assert_int_equal(root->line, 2);
    const vc__yaml_node *records = child(root, "records");
    assert_int_equal(records->kind, VC__YAML_LIST);
    assert_int_equal(records->count, 1);
    assert_ptr_equal(records->parent, root);
    assert_int_equal(records->key->line, 3);
    assert_int_equal(records->key->column, 1);
    const vc__yaml_node *record = records->first;
    assert_null(record->key);
    assert_int_equal(record->line, 4);
    assert_int_equal(record->column, 5);
    assert_int_equal(record->count, 5);
    const vc__yaml_node *name = child(record, "name");
    assert_string_equal(name->text.data, "a b");
    assert_int_equal(name->style, VC__YAML_SINGLE);
    assert_int_equal(name->column, 11);
    assert_int_equal(name->end_column, 16);
    const vc__yaml_node *topics = child(record, "topics");
    assert_int_equal(topics->count, 2);
    assert_int_equal(topics->first->style, VC__YAML_PLAIN);
    assert_int_equal(topics->first->next->style, VC__YAML_DOUBLE);
    assert_int_equal(topics->first->next->column, 17);
    assert_int_equal(child(record, "empty")->count, 0);
    assert_true(vc__yaml_is_null(child(record, "none")));
    assert_int_equal(child(record, "none")->line, 7);
    assert_int_equal(child(record, "block")->style, VC__YAML_BLOCK);
    assert_string_equal(child(record, "block")->text.data, "two\nlines\n");
}

static void null_is_plain(void **state)
{
    (void)state;
    vc__autoptr(vc__yaml) tree =
        vc__yaml_parse(vc_str("[~, null, '', 'null', \"~\", nul, [], {a: }]"), "t", VC_E_CONFIG, NULL);
    assert_non_null(tree);
    static const bool null[] = { true, true, false, false, false, false, false, false };
    size_t i = 0;
    for (const vc__yaml_node *node = vc__yaml_root(tree)->first; node; node = node->next, i++)
        assert_int_equal(vc__yaml_is_null(node), null[i]);
    assert_int_equal(i, COUNT(null));
}

static void a_byte_order_mark_is_no_column(void **state)
{
    (void)state;
    vc__autoptr(vc__yaml) tree = vc__yaml_parse(vc_str("\xef\xbb\xbf" "a: 1\r\nb: 2\r\n"), "t", VC_E_CONFIG, NULL);
    assert_non_null(tree);
    assert_int_equal(vc__yaml_root(tree)->column, 1);
    assert_string_equal(child(vc__yaml_root(tree), "b")->text.data, "2");
    assert_null(vc__yaml_parse(vc_str("\xef\xbb\xbf"), "t", VC_E_CONFIG, NULL));
}

static void offsets_become_columns(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        size_t offset, line, column;
    } table[] = {
        { "$.abc", 2, 1, 3 },
        { "$.abc", 99, 1, 6 }, /* behind the end: at the end */
        { "'$.abc'", 2, 1, 4 },
        { "'$[''a''].b'", 6, 1, 10 }, /* two apostrophes before it */
        { "\"$.abc\"", 2, 1, 4 },
        { "\"$.\\u0041b\"", 3, 1, 1 }, /* an escape: the place of the whole */
        { "\n  $.\xc3\xa9\xc3\xa9.x", 6, 2, 7 }, /* columns are characters */
        { "|\n  abc\n", 1, 1, 1 },
        { "'a\n  b'", 2, 1, 1 },
        { "[a]", 1, 1, 1 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        vc__autoptr(vc__yaml) tree = vc__yaml_parse(vc_str(table[i].yaml), "t", VC_E_CONFIG, NULL);
        assert_non_null(tree);
        size_t line, column;
        vc__yaml_place(vc__yaml_root(tree), table[i].offset, &line, &column);
        if (line != table[i].line || column != table[i].column)
            fail_msg("%s at %zu: %zu:%zu", table[i].yaml, table[i].offset, line, column);
    }
}

static const struct {
    const char *yaml;
    vc_code code;
    size_t line, column;
    const char *message;
} refused[] = {
    { "", VC_E_CONFIG, 1, 1, "empty" },
    { "# nothing\n", VC_E_CONFIG, 1, 1, "empty" },
    { "---\n...\n", VC_E_CONFIG, 0, 0, NULL }, /* an empty document is a null */
    { "a: &x 1\n", VC_E_CONFIG, 1, 4, "anchors" },
    { "a: &x [1]\n", VC_E_CONFIG, 1, 4, "anchors" },
    { "a: &x {b: 1}\n", VC_E_CONFIG, 1, 4, "anchors" },
    { "a: *x\n", VC_E_CONFIG, 1, 4, "aliases" },
    { "a: !x 1\n", VC_E_CONFIG, 1, 4, "tags" },
    { "a: !!str 1\n", VC_E_CONFIG, 1, 4, "tags" },
    { "a: ! 1\n", VC_E_CONFIG, 1, 4, "tags" },
    { "a: !x {b: c}\n", VC_E_CONFIG, 1, 4, "tags" },
    { "a: !x [b]\n", VC_E_CONFIG, 1, 4, "tags" },
    { "a: 1\nb: 2\na: 3\n", VC_E_CONFIG, 3, 1, "same key as in line 1" },
    { "a: 1\n'a': 3\n", VC_E_CONFIG, 2, 1, "same key as in line 1" },
    { "- {x: {b: 1, c: 2, b: 3}}\n- {y: 1, y: 2}\n", VC_E_CONFIG, 1, 20, "same key as in line 1" },
    { "? [a]\n: 1\n", VC_E_CONFIG, 1, 3, "key" },
    { "{{a: b}: c}", VC_E_CONFIG, 1, 2, "key" },
    { "a: 1\n---\nb: 2\n", VC_E_CONFIG, 2, 1, "more than one document" },
    { "a: \"x\\0y\"\n", VC_E_CONFIG, 1, 4, "NUL" },
    { "a: [1\n", VC_E_CONFIG, 2, 1, "not YAML: " },
    { "a: b: c\n", VC_E_CONFIG, 1, 5, "not YAML: mapping values are not allowed" },
    { "a:\n\tb: c\n", VC_E_CONFIG, 2, 1, "not YAML: " },
    { "a: 'x\n", VC_E_CONFIG, 2, 1, "not YAML: " },
    { "%YAML 9.9\n---\na: 1\n", VC_E_CONFIG, 1, 1, "not YAML: " },
    { "a: 1\n\xc3\xa9: \xff\n", VC_E_CONFIG, 2, 4, "not YAML: " },
    { "a: \x01\n", VC_E_CONFIG, 1, 4, "not YAML: " },
};

static void what_is_not_taken_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        vc_error err = VC_ERROR_INIT;
        vc__autoptr(vc__yaml) tree = vc__yaml_parse(vc_str(refused[i].yaml), "t.yaml", VC_E_CONFIG, &err);
        if (!refused[i].message) {
            assert_non_null(tree);
            continue;
        }
        char text[700];
        vc_error_format(&err, text, sizeof text);
        if (tree || err.code != refused[i].code || err.line != refused[i].line || err.column != refused[i].column ||
            !strstr(err.message, refused[i].message) || strcmp(err.source, "t.yaml") != 0)
            fail_msg("%s: %s", refused[i].yaml, text);
        assert_null(vc__yaml_parse(vc_str(refused[i].yaml), NULL, VC_E_CONFIG, NULL));
    }
}

static void repeat(vc__buf *out, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        vc__buf_str(out, text);
}

static vc_code parse_code(const vc__buf *text, vc_error *err)
{
    vc__autoptr(vc__yaml) tree = vc__yaml_parse(vc__buf_get(text), "t", VC_E_SCHEMA, err);
    return tree ? VC_OK : err->code;
}

static void limits_hold(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) text = VC__BUF(2 << 20);
    repeat(&text, "[", VC__YAML_DEPTH);
    repeat(&text, "]", VC__YAML_DEPTH);
    assert_int_equal(parse_code(&text, &err), VC_OK);
    vc__buf_clear(&text);
    repeat(&text, "[", VC__YAML_DEPTH + 1);
    repeat(&text, "]", VC__YAML_DEPTH + 1);
    assert_int_equal(parse_code(&text, &err), VC_E_LIMIT);
    assert_int_equal(err.column, VC__YAML_DEPTH + 1);
    vc__buf_clear(&text);
    repeat(&text, "[", VC__YAML_BYTES); /* without an end: refused by depth, and quickly */
    assert_int_equal(parse_code(&text, &err), VC_E_LIMIT);

    vc__buf_clear(&text);
    repeat(&text, "- a\n", VC__YAML_NODES - 1);
    assert_int_equal(parse_code(&text, &err), VC_OK);
    repeat(&text, "- a\n", 1);
    assert_int_equal(parse_code(&text, &err), VC_E_LIMIT);
    assert_int_equal(err.line, VC__YAML_NODES);

    vc__buf_clear(&text);
    repeat(&text, "#", VC__YAML_BYTES - 2);
    vc__buf_str(&text, "\na");
    assert_int_equal(parse_code(&text, &err), VC_OK);
    vc__buf_str(&text, "b");
    assert_int_equal(parse_code(&text, &err), VC_E_LIMIT);
    assert_string_equal(err.source, "t");
}

static void many_keys_are_compared(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) text = VC__BUF(1 << 20);
    for (int i = 0; i < 40000; i++)
        vc__buf_printf(&text, "k%d: v\n", i);
    assert_int_equal(parse_code(&text, &err), VC_OK);
    vc__buf_str(&text, "k7: v\n");
    assert_int_equal(parse_code(&text, &err), VC_E_SCHEMA);
    assert_int_equal(err.line, 40001);
    assert_string_equal(err.message, "the same key as in line 8");
}

static vc_code parse_some(void *arg)
{
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__yaml) tree = vc__yaml_parse(vc_str(arg), "t", VC_E_SCHEMA, &err);
    return tree ? VC_OK : err.code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    vc__auto(vc__buf) text = VC__BUF(1 << 20);
    for (int i = 0; i < 100; i++)
        vc__buf_printf(&text, "- {name: a%d, list: [1, 2, 3], text: 'a longer text to fill the chunks with'}\n", i);
    SWEEP_ALLOCATIONS(parse_some, text.data);
}

static vc_code fill_arena(void *arg)
{
    vc__auto(vc__arena) arena = VC__ARENA;
    for (size_t size = 0; size < 6000; size += 7) {
        char *memory = vc__arena_alloc(&arena, 1, size);
        if (!memory)
            return VC_E_MEMORY;
        if ((uintptr_t)memory % _Alignof(max_align_t))
            return VC_E_INTERNAL;
        for (size_t i = 0; i < size; i++)
            if (memory[i])
                return VC_E_INTERNAL;
        memset(memory, 0xa5, size);
    }
    const char *text = vc__arena_text(&arena, vc_str(arg));
    if (!text)
        return VC_E_MEMORY;
    return strcmp(text, arg) == 0 ? VC_OK : VC_E_INTERNAL;
}

static void an_arena_holds_what_it_gave(void **state)
{
    (void)state;
    char text[] = "text";
    SWEEP_ALLOCATIONS(fill_arena, text);
    vc__auto(vc__arena) arena = VC__ARENA;
    assert_null(vc__arena_alloc(&arena, SIZE_MAX / 2, 3));
    assert_null(vc__arena_text(&arena, vc_view_of(text, SIZE_MAX)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_knows_its_places),      cmocka_unit_test(null_is_plain),
        cmocka_unit_test(a_byte_order_mark_is_no_column), cmocka_unit_test(offsets_become_columns),       cmocka_unit_test(what_is_not_taken_is_refused),
        cmocka_unit_test(limits_hold),                  cmocka_unit_test(many_keys_are_compared),
        cmocka_unit_test(lack_of_memory_is_an_error),   cmocka_unit_test(an_arena_holds_what_it_gave),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
