/* SPDX-License-Identifier: Apache-2.0 */
/* Paths: grammar, selection (by the compliance suite of RFC 9535), overlap. */
#include "unit/test.h"

#include "base/cleanup.h"
#include "json/scan.h"
#include "json/select.h"

#include <json-c/json.h>

static vc__path *parse(const char *text)
{
    vc_error err = VC_ERROR_INIT;
    vc__path *path = vc__path_parse(vc_str(text), &err);
    if (!path)
        fail_msg("%s: %s", text, err.message);
    return path;
}

static const struct {
    const char *path;
    size_t offset;
    const char *message;
} bad[] = {
    { "", 0, "expected $" },
    { "a", 0, "expected $" },
    { "@.a", 0, "expected $" },
    { " $", 0, "expected $" },
    { "$ ", 1, "no white space at the end" },
    { "$.a \n", 3, "no white space at the end" },
    { "$a", 1, "expected . or [" },
    { "$.", 2, "expected a member name" },
    { "$..", 3, "expected a member name" },
    { "$...a", 3, "expected a member name" },
    { "$. a", 2, "expected a member name" },
    { "$.1", 2, "expected a member name" },
    { "$.a-b", 3, "expected . or [" },
    { "$.'a'", 2, "expected a member name" },
    { "$[a]", 2, "expected a quoted name" },
    { "$[]", 2, "expected a quoted name" },
    { "$[1", 3, "expected , or ]" },
    { "$[1,]", 4, "expected a quoted name" },
    { "$['a", 4, "expected the closing quote" },
    { "$['a\nb']", 4, "a control character" },
    { "$['\\\"']", 4, "an escape that" },
    { "$[\"\\'\"]", 4, "an escape that" },
    { "$['\\x41']", 4, "an escape that" },
    { "$['\\u12g4']", 5, "expected four hex" },
    { "$['\\ud800']", 5, "half of a surrogate pair" },
    { "$['\\ud800\\u0041']", 5, "half of a surrogate pair" },
    { "$['\\udc00']", 5, "half of a surrogate pair" },
    { "$[01]", 2, "numbers have no leading zeros" },
    { "$[-0]", 2, "numbers have no leading zeros" },
    { "$[- 1]", 3, "expected a number" },
    { "$[9007199254740992]", 2, "a number beyond 2^53 - 1" },
    { "$[-9007199254740992]", 2, "a number beyond 2^53 - 1" },
    { "$[99999999999999999999999]", 2, "a number beyond 2^53 - 1" },
    { "$[0:9007199254740992]", 4, "a number beyond 2^53 - 1" },
    { "$[1:2:3:4]", 7, "expected , or ]" },
    { "$[?@.a]", 2, "filters (?) are not supported" },
    { "$..[?length(@) > 1]", 4, "filters (?) are not supported" },
    { "$[0, ?@.a == 1]", 5, "filters (?) are not supported" },
    { "$.\xff", 2, "not UTF-8" },
    { "$['\xed\xa0\x80']", 3, "not UTF-8" },
};

static void what_is_no_path_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_null(vc__path_parse(vc_str(bad[i].path), &err));
        if (!strstr(err.message, bad[i].message) || err.offset != bad[i].offset)
            fail_msg("%s: %s", bad[i].path, err.message);
        assert_int_equal(err.code, VC_E_PATH);
        assert_int_equal(err.line, 1);
        assert_int_equal(err.column, bad[i].offset + 1);
    }
    assert_null(vc__path_parse(vc_view_of(NULL, 0), NULL));
    assert_null(vc__path_parse(vc_view_of("$\0", 2), NULL));
    assert_null(vc__path_parse(vc_view_of("$['\0']", 6), NULL));
}

static void paths_have_limits(void **state)
{
    (void)state;
    char text[1024] = "$";
    for (int i = 0; i < 64; i++)
        strcat(text, ".a");
    vc__path *most = parse(text);
    vc__path_free(most);
    strcat(text, "[0]");
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__path_parse(vc_str(text), &err));
    assert_int_equal(err.code, VC_E_LIMIT);

    strcpy(text, "$[0");
    for (int i = 1; i < 64; i++)
        strcat(text, ",'a'");
    strcat(text, "]");
    most = parse(text);
    vc__path_free(most);
    strcpy(text + strlen(text) - 1, ",1]");
    assert_null(vc__path_parse(vc_str(text), &err));
    assert_int_equal(err.code, VC_E_LIMIT);
}

static const struct {
    const char *path;
    bool singular;
} singulars[] = {
    { "$", true },       { "$.a['b'][0]", true }, { "$ [ 'a' ] [9007199254740991]", true },
    { "$.*", false },    { "$..a", false },       { "$[-1]", false },
    { "$[0:1]", false }, { "$['a','b']", false }, { "$['a',0]", false },
};

static void singular_paths_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(singulars); i++) {
        vc__autoptr(vc__path) path = parse(singulars[i].path);
        assert_int_equal(vc__path_is_singular(path), singulars[i].singular);
    }
}

static const struct {
    const char *a, *b;
    vc__overlap overlap;
} overlaps[] = {
    { "$", "$", VC__OVERLAP_ALWAYS },
    { "$", "$..a[1]", VC__OVERLAP_ALWAYS },
    { "$.a", "$.a", VC__OVERLAP_ALWAYS },
    { "$.a", "$['\\u0061']", VC__OVERLAP_ALWAYS },
    { "$.a", "$.b", VC__OVERLAP_NEVER },
    { "$.a", "$[0]", VC__OVERLAP_NEVER },
    { "$.a", "$.a.b", VC__OVERLAP_ALWAYS },
    { "$.a", "$.a..b", VC__OVERLAP_ALWAYS },
    { "$.a", "$.b.a", VC__OVERLAP_NEVER },
    { "$.a.b", "$.a.c", VC__OVERLAP_NEVER },
    { "$.a[*]", "$.a[*].b", VC__OVERLAP_ALWAYS },
    { "$.a[*].b", "$.a[*].c", VC__OVERLAP_NEVER },
    { "$.a[*].b", "$.a[0].b", VC__OVERLAP_ALWAYS },
    { "$.*", "$.a", VC__OVERLAP_ALWAYS },
    { "$.*.b", "$.a", VC__OVERLAP_MAYBE },
    { "$[0]", "$[1]", VC__OVERLAP_NEVER },
    { "$[0]", "$[-1]", VC__OVERLAP_MAYBE },
    { "$[-1]", "$[-2]", VC__OVERLAP_NEVER },
    { "$[0:2]", "$[1]", VC__OVERLAP_MAYBE },
    { "$[0:2]", "$[2]", VC__OVERLAP_NEVER },
    { "$[0:2]", "$[2:]", VC__OVERLAP_NEVER },
    { "$[0:2]", "$[1:3]", VC__OVERLAP_MAYBE },
    { "$[0:3]", "$[2]", VC__OVERLAP_MAYBE },
    { "$[1:2]", "$[:-1]", VC__OVERLAP_MAYBE },
    { "$[::2]", "$[1]", VC__OVERLAP_NEVER },
    { "$[::2]", "$[::-2]", VC__OVERLAP_MAYBE },
    { "$[2:1]", "$[1]", VC__OVERLAP_NEVER },
    { "$[::0]", "$", VC__OVERLAP_NEVER },
    { "$..a", "$..a", VC__OVERLAP_ALWAYS },
    { "$..a", "$.x.a", VC__OVERLAP_ALWAYS },
    { "$..a", "$.x.b", VC__OVERLAP_MAYBE },
    { "$.a", "$..a.c", VC__OVERLAP_MAYBE },
    { "$.*", "$..a", VC__OVERLAP_MAYBE }, /* always, in truth */
    { "$..a", "$..b", VC__OVERLAP_MAYBE },
    { "$..a", "$.b", VC__OVERLAP_MAYBE },
    { "$.x..a", "$.y..a", VC__OVERLAP_NEVER },
    { "$..a.b", "$..a.c", VC__OVERLAP_MAYBE },
    { "$['a','b']", "$['b','c']", VC__OVERLAP_MAYBE },
    { "$['a','b']", "$['c','d']", VC__OVERLAP_NEVER },
    { "$['a','b']", "$.b.c", VC__OVERLAP_ALWAYS },
};

static void overlap_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(overlaps); i++) {
        vc__autoptr(vc__path) a = parse(overlaps[i].a);
        vc__autoptr(vc__path) b = parse(overlaps[i].b);
        if (vc__path_overlap(a, b) != overlaps[i].overlap || vc__path_overlap(b, a) != overlaps[i].overlap)
            fail_msg("%s and %s: %d", overlaps[i].a, overlaps[i].b, vc__path_overlap(a, b));
    }
}

/* ---- the compliance suite ---- */

enum { MOST_HITS = 64 };

/* The first bytes of what a path selects in a document, in their order. */
static size_t select_in(const char *path_text, size_t path_len, const char *document, bool wide,
                        size_t *begins)
{
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__path) path = vc__path_parse(vc_view_of(path_text, path_len), &err);
    if (!path)
        fail_msg("%s: %s", path_text, err.message);
    const vc__path *const paths[] = { path };
    vc__autoptr(vc__selector) selector = vc__selector_new(paths, NULL, 1, false, NULL);
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(512, NULL);
    selector->overlap = true;
    selector->wide |= wide;
    const vc__hit *hits;
    size_t count;
    const vc_code code = vc__scan(scanner, selector, vc_str(document), &hits, &count, &err);
    if (code != VC_OK)
        fail_msg("%s in %s: %s", path_text, document, err.message);
    assert_true(count <= MOST_HITS);
    for (size_t i = 0; i < count; i++)
        begins[i] = hits[i].begin;
    return count;
}

static bool contains(const size_t *list, size_t count, size_t what)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == what)
            return true;
    return false;
}

/* The nodes as a set: RFC 9535 lists a node twice when two selectors take it; here it is one hit. */
static void check_nodes(const char *name, struct json_object *test, const char *selector, size_t len,
                        bool wide)
{
    const char *document = json_object_to_json_string_ext(json_object_object_get(test, "document"),
                                                          JSON_C_TO_STRING_PLAIN);
    struct json_object *result = json_object_object_get(test, "result_paths");
    size_t hits[MOST_HITS], expected[MOST_HITS];
    const size_t count = select_in(selector, len, document, wide, hits);
    const size_t nodes = json_object_array_length(result);
    for (size_t i = 0; i < nodes; i++) {
        struct json_object *path = json_object_array_get_idx(result, i);
        size_t begin[MOST_HITS];
        const int path_len = json_object_get_string_len(path);
        assert_int_equal(select_in(json_object_get_string(path), (size_t)path_len, document, wide, begin), 1);
        expected[i] = begin[0];
        if (!contains(hits, count, begin[0]))
            fail_msg("%s: %s is not found", name, json_object_get_string(path));
    }
    for (size_t i = 0; i < count; i++)
        if (!contains(expected, nodes, hits[i]) || (i && hits[i - 1] >= hits[i]))
            fail_msg("%s: hit %zu is wrong", name, i);
}

static void paths_select_as_the_compliance_suite_has_it(void **state)
{
    (void)state;
    char file[1024];
    snprintf(file, sizeof file, "%s/tests/vectors/json/jsonpath-compliance.json", getenv("top_srcdir"));
    struct json_object *suite = json_object_from_file(file);
    assert_non_null(suite);
    struct json_object *tests = json_object_object_get(suite, "tests");
    assert_true(json_object_array_length(tests) > 300);
    for (size_t i = 0; i < json_object_array_length(tests); i++) {
        struct json_object *test = json_object_array_get_idx(tests, i);
        const char *name = json_object_get_string(json_object_object_get(test, "name"));
        struct json_object *text = json_object_object_get(test, "selector");
        const char *selector = json_object_get_string(text);
        const size_t len = (size_t)json_object_get_string_len(text);
        if (!json_object_object_get_ex(test, "invalid_selector", NULL)) {
            check_nodes(name, test, selector, len, false);
            check_nodes(name, test, selector, len, true);
        } else {
            vc_error err = VC_ERROR_INIT;
            vc__path *path = vc__path_parse(vc_view_of(selector, len), &err);
            if (path || err.code != VC_E_PATH)
                fail_msg("%s: %s is not refused", name, selector);
        }
    }
    json_object_put(suite);
}

static vc_code parse_and_compile(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__path) a = vc__path_parse(vc_str("$.a['b\\u0063',0,1,2,3,4][1:2]..['x']"), &err);
    if (!a)
        return err.code;
    vc__autoptr(vc__path) b = vc__path_parse(vc_str("$.a"), &err);
    if (!b)
        return err.code;
    const vc__path *const paths[] = { a, b };
    vc__autoptr(vc__selector) selector = vc__selector_new(paths, NULL, 2, false, &err);
    return selector ? VC_OK : err.code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(parse_and_compile, NULL);
}

static void too_many_paths_are_refused(void **state)
{
    (void)state;
    char text[2 * 63 + 2] = "$";
    for (int i = 0; i < 63; i++)
        strcat(text, ".a");
    vc__autoptr(vc__path) path = parse(text);
    enum { FIT = VC__SELECT_MAX_STATES / 64 };
    const vc__path *paths[FIT + 1];
    for (size_t i = 0; i <= FIT; i++)
        paths[i] = path;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__selector) fits = vc__selector_new(paths, NULL, FIT, false, &err);
    assert_non_null(fits);
    assert_null(vc__selector_new(paths, NULL, FIT + 1, false, &err));
    assert_int_equal(err.code, VC_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_path_is_refused_with_its_place),
        cmocka_unit_test(paths_have_limits),
        cmocka_unit_test(singular_paths_are_told),
        cmocka_unit_test(overlap_is_told),
        cmocka_unit_test(paths_select_as_the_compliance_suite_has_it),
        cmocka_unit_test(lack_of_memory_is_an_error),
        cmocka_unit_test(too_many_paths_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
