/* SPDX-License-Identifier: Apache-2.0 */
/* The splice: replaced, removed, and every other byte as it was. */
#include "unit/test.h"

#include "base/text.h"
#include "json/select.h"
#include "json/splice.h"
#include "unit/json_corpus.h"
#include "unit/json_random.h"

enum { MOST = 400 };

/* The hits of a path in a text; the scanner keeps them. */
static size_t find(vc__scanner *scanner, const char *path_text, vc_view json, bool overlap,
                   const vc__hit **hits)
{
    vc__autoptr(vc__path) path = vc__path_parse(vc_str(path_text), NULL);
    const vc__path *const paths[] = { path };
    vc__autoptr(vc__selector) selector = vc__selector_new(paths, NULL, 1, false, NULL);
    selector->overlap = overlap;
    size_t count;
    vc_error err = VC_ERROR_INIT;
    if (vc__scan(scanner, selector, json, hits, &count, &err) != VC_OK)
        fail_msg("%s in %.*s: %s", path_text, (int)json.len, json.data, err.message);
    assert_true(count <= MOST);
    return count;
}

static const struct {
    const char *json, *path;
    const char *value; /* NULL: removed */
    const char *result;
} cases[] = {
    { "{\"a\":1,\"b\":2}", "$.a", "\"x\"", "{\"a\":\"x\",\"b\":2}" },
    { " {\"a\" : [1, 2] } ", "$.a[*]", "{}", " {\"a\" : [{}, {}] } " },
    { "1", "$", "\"one\"", "\"one\"" },
    { "{\"a\":1,\"b\":2,\"c\":3}", "$.a", NULL, "{\"b\":2,\"c\":3}" },
    { "{\"a\":1,\"b\":2,\"c\":3}", "$.b", NULL, "{\"a\":1,\"c\":3}" },
    { "{\"a\":1,\"b\":2,\"c\":3}", "$.c", NULL, "{\"a\":1,\"b\":2}" },
    { "{\"a\":1,\"b\":2,\"c\":3}", "$['b','c']", NULL, "{\"a\":1}" },
    { "{\"a\":1,\"b\":2,\"c\":3}", "$['a','c']", NULL, "{\"b\":2}" },
    { "{\"a\":1,\"b\":2,\"c\":3}", "$.*", NULL, "{}" },
    { "{\"a\":1}", "$.a", NULL, "{}" },
    { "{ \"a\" : 1 }", "$.a", NULL, "{  }" },
    { "{ \"a\" : 1 , \"b\" : 2 }", "$.a", NULL, "{ \"b\" : 2 }" },
    { "{ \"a\" : 1 , \"b\" : 2 }", "$.b", NULL, "{ \"a\" : 1  }" },
    { "{\n  \"a\": 1,\n  \"b\": 2\n}", "$.b", NULL, "{\n  \"a\": 1\n}" },
    { "{\"x\":[1],\"a\":{\"b\":1}}", "$.a.b", NULL, "{\"x\":[1],\"a\":{}}" },
    { "[1,{\"b\":1}]", "$[1].b", NULL, "[1,{}]" },
    { "[1,2,3]", "$[1]", NULL, "[1,null,3]" },
    { "[[1],2]", "$[0][0]", NULL, "[[null],2]" },
    { " 7 ", "$", NULL, " null " },
};

static void edits_touch_nothing_else(void **state)
{
    (void)state;
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(512, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const vc__hit *hits;
        const vc_view json = vc_str(cases[i].json);
        const size_t count = find(scanner, cases[i].path, json, false, &hits);
        vc__edit edits[MOST];
        for (size_t k = 0; k < count; k++)
            edits[k] = (vc__edit){ &hits[k], cases[i].value ? VC__EDIT_REPLACE : VC__EDIT_REMOVE,
                                   vc_str(cases[i].value) };
        vc__auto(vc__buf) out = VC__BUF(1 << 16);
        vc__buf_str(&out, ","); /* what is there already stays */
        vc__splice(&out, json, edits, count);
        assert_string_equal(out.data + 1, cases[i].result);
        assert_int_equal(out.data[0], ',');
    }
}

static void check_identity(vc_view json, void *arg)
{
    vc__scanner *scanner = arg;
    vc__auto(vc__buf) out = VC__BUF(1 << 24);
    vc__splice(&out, json, NULL, 0);
    assert_true(vc__view_equal(vc__buf_get(&out), json));
    const vc__hit *hits;
    vc__edit edits[MOST];
    const size_t count = find(scanner, "$[0,-1,'a','large','utf8','lone']", json, false, &hits);
    for (size_t i = 0; i < count; i++)
        edits[i] = (vc__edit){ &hits[i], VC__EDIT_REPLACE,
                               vc_view_of(json.data + hits[i].begin, hits[i].end - hits[i].begin) };
    vc__buf_clear(&out);
    vc__splice(&out, json, edits, count);
    assert_true(vc__view_equal(vc__buf_get(&out), json));
}

static void skip_duplicates(vc_view json, void *arg)
{
    if (json.len < 8 ||
        (memcmp(json.data, "{\"a\":1,\"a", 9) != 0 && memcmp(json.data, "{\"\":\"\",\"\"", 9) != 0))
        check_identity(json, arg);
}

static void a_value_in_its_own_place_is_the_identity(void **state)
{
    (void)state;
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(512, NULL);
    assert_true(json_corpus_each(skip_duplicates, scanner) > 40);
}

/* ---- properties ---- */

static vc_code recheck(vc_view json)
{
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(512, NULL);
    return vc__scan(scanner, NULL, json, NULL, NULL, NULL);
}

/* The values of an object's members, each behind the other. */
static void list_values(vc__buf *out, vc_view json, uint32_t without)
{
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(512, NULL);
    const vc__hit *hits;
    const size_t count = find(scanner, "$.*", json, false, &hits);
    for (size_t i = 0; i < count; i++) {
        if (without >> i & 1)
            continue;
        vc__buf_append(out, json.data + hits[i].member, hits[i].end - hits[i].member);
        vc__buf_byte(out, '\n');
    }
}

/* A random object's members, whichever of them are removed, leave an object of the others, each as it was. */
static void every_subset_of_members_can_go(void **state)
{
    (void)state;
    uint64_t random = 20261122;
    static random_document document;
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(512, NULL);
    size_t subsets = 0;
    for (int i = 0; i < 300; i++) {
        random_document_make(&document, &random);
        const vc_view json = vc_view_of(document.text, document.len);
        const vc__hit *hits;
        const size_t count = find(scanner, "$.*", json, false, &hits);
        assert_true(count <= 8);
        for (uint32_t subset = 0; count && subset < 1u << count; subset++, subsets++) {
            vc__edit edits[8];
            size_t n = 0;
            for (size_t k = 0; k < count; k++)
                if (subset >> k & 1)
                    edits[n++] = (vc__edit){ &hits[k], VC__EDIT_REMOVE, vc_str(NULL) };
            vc__auto(vc__buf) out = VC__BUF(1 << 16);
            vc__splice(&out, json, edits, n);
            if (recheck(vc__buf_get(&out)) != VC_OK)
                fail_msg("%s without %x is %s", document.text, subset, out.data);
            vc__auto(vc__buf) before = VC__BUF(1 << 16);
            vc__auto(vc__buf) after = VC__BUF(1 << 16);
            list_values(&before, json, subset);
            list_values(&after, vc__buf_get(&out), 0);
            assert_true(vc__view_equal(vc__buf_get(&before), vc__buf_get(&after)));
        }
    }
    assert_true(subsets > 1000);
}

/*
 * Nodes anywhere, replaced or removed by chance: JSON, and as long as it should be when nothing was removed.
 */
static void edits_anywhere_leave_json(void **state)
{
    (void)state;
    uint64_t random = 424242;
    static random_document document;
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(512, NULL);
    for (int i = 0; i < 2000; i++) {
        random_document_make(&document, &random);
        const vc_view json = vc_view_of(document.text, document.len);
        const vc__hit *hits;
        const size_t count = find(scanner, "$..*", json, true, &hits);
        vc__edit edits[MOST];
        size_t n = 0, behind = 0, expected = json.len;
        bool removed = false;
        for (size_t k = 0; k < count; k++) {
            if (hits[k].begin < behind || random_below(&random, 3))
                continue;
            const bool remove = random_below(&random, 2);
            edits[n++] = (vc__edit){ &hits[k], remove ? VC__EDIT_REMOVE : VC__EDIT_REPLACE,
                                     vc_str("\"replaced\"") };
            behind = hits[k].end;
            removed |= remove;
            expected += 10 - (hits[k].end - hits[k].begin);
        }
        vc__auto(vc__buf) out = VC__BUF(1 << 16);
        vc__splice(&out, json, edits, n);
        if (recheck(vc__buf_get(&out)) != VC_OK)
            fail_msg("%s became %s", document.text, out.data);
        assert_true(removed || out.len == expected);
    }
}

static void the_maximum_is_respected(void **state)
{
    (void)state;
    vc__autoptr(vc__scanner) scanner = vc__scanner_new(8, NULL);
    const vc__hit *hits;
    const vc_view json = vc_str("{\"a\":1}");
    assert_int_equal(find(scanner, "$.a", json, false, &hits), 1);
    const vc__edit edit = { &hits[0], VC__EDIT_REPLACE, vc_str("1234") };
    vc__auto(vc__buf) out = VC__BUF(10);
    vc__splice(&out, json, &edit, 1);
    assert_string_equal(out.data, "{\"a\":1234}");
    vc__buf_clear(&out);
    vc__buf_str(&out, "x");
    vc__splice(&out, json, &edit, 1);
    assert_int_equal(out.failed, VC_E_LIMIT);
    assert_string_equal(out.data, "x");
}

static vc_code splice_once(void *arg)
{
    (void)arg;
    static const vc__hit hit = { 5, 6, 1, 0, VC__JSON_NUMBER, 0 };
    const vc__edit edit = { &hit, VC__EDIT_REPLACE, vc_str("\"longer\"") };
    vc__auto(vc__buf) out = VC__BUF(1 << 10);
    vc__splice(&out, vc_str("{\"a\":1}"), &edit, 1);
    return vc__buf_check(&out, "it", NULL);
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(splice_once, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_touch_nothing_else),
        cmocka_unit_test(a_value_in_its_own_place_is_the_identity),
        cmocka_unit_test(every_subset_of_members_can_go),
        cmocka_unit_test(edits_anywhere_leave_json),
        cmocka_unit_test(the_maximum_is_respected),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("json_splice", tests, NULL, NULL);
}
