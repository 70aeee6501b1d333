/* SPDX-License-Identifier: Apache-2.0 */
/* test_view.c - of vaultcrypt-view: what it writes as JSON, the ring of records, and what it reads of a browser's request. */
#include "unit/test.h"

#include "view_json.h"
#include "view_request.h"
#include "view_ring.h"

#include <json-c/json.h>

/* -- allocations that fail: malloc and calloc of the program's files are these (see the makefile) ----------------------- */

#undef malloc
#undef calloc
void *malloc(size_t size);
void *calloc(size_t count, size_t size);

static unsigned long allocations, fail_from; /* 0: none fails */

static bool fails(void)
{
    return ++allocations >= fail_from && fail_from;
}

void *view_test_malloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

void *view_test_calloc(size_t count, size_t size)
{
    return fails() ? NULL : calloc(count, size);
}

/* -- JSON ---------------------------------------------------------------------------------------------------------- */

static void assert_text(view_json *json, const char *wanted)
{
    assert_false(json->failed);
    if (json->len != strlen(wanted) || memcmp(json->data, wanted, json->len) != 0)
        fail_msg("%.*s, not %s", (int)json->len, json->data, wanted);
    view_json_free(json);
}

static void json_shape(void **state)
{
    (void)state;
    view_json json = VIEW_JSON_INIT(1000);
    view_json_begin(&json, '{');
    view_json_member_text(&json, "a", "x");
    view_json_member_text(&json, "none", NULL);
    view_json_member_number(&json, "n", INT64_MIN);
    view_json_name(&json, "list");
    view_json_begin(&json, '[');
    view_json_begin(&json, '[');
    view_json_end(&json, ']');
    view_json_flag(&json, true);
    view_json_null(&json);
    view_json_raw(&json, vc_str("{\"raw\":1}"));
    view_json_end(&json, ']');
    view_json_member_flag(&json, "f", false);
    view_json_end(&json, '}');
    assert_text(&json, "{\"a\":\"x\",\"none\":null,\"n\":-9223372036854775808,\"list\":[[],true,null,{\"raw\":1}],\"f\":false}");
}

static void json_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        { "", "\"\"" },
        { "\"\\/", "\"\\\"\\\\/\"" },
        { "\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"" },
        { "</script><!--&", "\"\\u003c/script\\u003e\\u003c!--\\u0026\"" },
        { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        view_json json = VIEW_JSON_INIT(1000);
        view_json_text(&json, cases[i].text);
        assert_text(&json, cases[i].wanted);
    }
    view_json json = VIEW_JSON_INIT(1000);
    view_json_text(&json, "a\xff" "b\xc3"); /* a file's name, say */
    assert_text(&json, "\"a?b?\"");
}

/* RFC 3629, and the forms that it forbids. */
static void json_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t good;
    } cases[] = {
        { "abc", 3 },          { "\xc2\x80", 2 },          { "\xdf\xbf", 2 },         { "\xe0\xa0\x80", 3 },     { "\xed\x9f\xbf", 3 },
        { "\xee\x80\x80", 3 }, { "\xf0\x90\x80\x80", 4 },  { "\xf4\x8f\xbf\xbf", 4 }, { "a\x80", 1 },            { "a\xc1\x81", 1 },
        { "a\xe0\x9f\xbf", 1 }, { "a\xed\xa0\x80", 1 },     { "a\xf0\x8f\xbf\xbf", 1 }, { "a\xf4\x90\x80\x80", 1 }, { "a\xf5\x80\x80\x80", 1 },
        { "a\xc3", 1 },        { "a\xe2\x82", 1 },         { "a\xe2\x28\xa1", 1 },    { "a\xf0\x9f\x98", 1 },    { "a\xfe", 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t good;
        const bool fine = view_json_is_utf8(vc_str(cases[i].text), &good);
        assert_int_equal(good, cases[i].good);
        assert_int_equal(fine, good == strlen(cases[i].text));
    }
    view_json json = VIEW_JSON_INIT(100);
    view_json_string(&json, vc_str("\xff"));
    assert_true(json.failed);
    view_json_free(&json);
}

static void json_bytes(void **state)
{
    (void)state;
    static const struct {
        vc_view bytes;
        size_t most;
        const char *wanted;
    } cases[] = {
        { { NULL, 0 }, 10, "null" },
        { { "", 0 }, 10, "{\"size\":0,\"text\":\"\"}" },
        { { "a\0b", 3 }, 10, "{\"size\":3,\"text\":\"a\\u0000b\"}" },
        { { "\xff\x00\x01", 3 }, 10, "{\"size\":3,\"base64\":\"/wAB\"}" },
        { { "\xff\xfe", 2 }, 10, "{\"size\":2,\"base64\":\"//4=\"}" },
        { { "abcdef", 6 }, 4, "{\"size\":6,\"text\":\"abcd\",\"cut\":true}" },
        { { "abc\xe2\x82\xac", 6 }, 4, "{\"size\":6,\"text\":\"abc\",\"cut\":true}" },     /* within a character */
        { { "abc\xe2\x82\xac", 6 }, 5, "{\"size\":6,\"text\":\"abc\",\"cut\":true}" },
        { { "abc\xe2\x28\x28", 6 }, 4, "{\"size\":6,\"base64\":\"YWJj4g==\",\"cut\":true}" }, /* which is none */
        { { "abcdef", 6 }, 0, "{\"size\":6,\"text\":\"\",\"cut\":true}" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        view_json json = VIEW_JSON_INIT(1000);
        view_json_bytes(&json, cases[i].bytes, cases[i].most);
        assert_text(&json, cases[i].wanted);
    }
}

/* Every text of two bytes comes back from another parser as it was, or is Base64. */
static void json_round_trip(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        const char bytes[2] = { (char)(i >> 8), (char)i };
        view_json json = VIEW_JSON_INIT(1000);
        view_json_bytes(&json, vc_view_of(bytes, 2), 10);
        view_json_raw(&json, vc_view_of("\0", 1)); /* json-c wants a NUL */
        json.data[json.len - 2] = 0;
        struct json_object *root = json_tokener_parse(json.data), *text;
        assert_non_null(root);
        if (json_object_object_get_ex(root, "text", &text)) {
            assert_int_equal(json_object_get_string_len(text), 2);
            assert_memory_equal(json_object_get_string(text), bytes, 2);
        } else {
            assert_false(view_json_is_utf8(vc_view_of(bytes, 2), NULL));
        }
        json_object_put(root);
        view_json_free(&json);
    }
}

static void json_limits(void **state)
{
    (void)state;
    for (size_t most = 0; most < 40; most++) {
        view_json json = VIEW_JSON_INIT(most);
        view_json_bytes(&json, vc_str("0123456789"), 100);
        assert_int_equal(json.failed, most < strlen("{\"size\":10,\"text\":\"0123456789\"}"));
        assert_true(json.len <= most);
        view_json_free(&json);
    }
    view_json json = VIEW_JSON_INIT(1000);
    fail_from = 1;
    allocations = 0;
    view_json_text(&json, "x");
    fail_from = 0;
    assert_true(json.failed);
    view_json_text(&json, "y");
    assert_int_equal(json.len, 0);
    view_json_free(&json);
}

/* -- the ring ------------------------------------------------------------------------------------------------------ */

static view_record *record_of(view_state of, size_t size)
{
    view_record *record = calloc(1, sizeof *record);
    record->state = of;
    record->size = size;
    atomic_init(&record->refs, 1);
    return record;
}

static void assert_next(view_ring *ring, view_cursor *cursor, uint64_t id)
{
    view_record *record = view_ring_next(ring, cursor);
    if (!id) {
        assert_null(record);
        return;
    }
    assert_non_null(record);
    assert_int_equal(record->id, id);
    assert_int_equal(record->change, cursor->change);
    view_record_unref(record);
}

static void ring_order(void **state)
{
    (void)state;
    view_ring *ring = view_ring_new(4, 1000, 100);
    view_cursor cursor = view_ring_end(ring, 10);
    assert_next(ring, &cursor, 0);
    for (int i = 0; i < 3; i++)
        view_ring_add(ring, record_of(VIEW_OPEN, 10));
    for (uint64_t id = 101; id <= 103; id++)
        assert_next(ring, &cursor, id);
    assert_next(ring, &cursor, 0);
    assert_int_equal(cursor.lost, 0);
    view_cursor last = view_ring_end(ring, 1);
    assert_next(ring, &last, 103);
    view_record *newest = view_ring_newest(ring);
    assert_int_equal(newest->id, 103);
    view_record_unref(newest);
    view_ring_free(ring);
}

/* What a slow reader lost is told to the last record, whatever the ring holds. */
static void ring_loss(void **state)
{
    (void)state;
    for (unsigned come = 0; come < 40; come++) {
        view_ring *ring = view_ring_new(4, 1000, 0);
        view_cursor cursor = { 0 };
        unsigned seen = 0;
        for (unsigned i = 0; i < come; i++)
            view_ring_add(ring, record_of(VIEW_OPEN, 10));
        for (view_record *record; (record = view_ring_next(ring, &cursor)); seen++)
            view_record_unref(record);
        assert_int_equal(seen, come < 4 ? come : 4);
        assert_int_equal(seen + cursor.lost, come);
        view_cursor fresh = view_ring_end(ring, 100); /* who begins has lost nothing */
        for (view_record *record; (record = view_ring_next(ring, &fresh));)
            view_record_unref(record);
        assert_int_equal(fresh.lost, 0);
        view_ring_free(ring);
    }
}

static void ring_bytes(void **state)
{
    (void)state;
    view_ring_stats stats;
    view_ring *ring = view_ring_new(100, 50, 0);
    for (size_t size = 1; size <= 60; size++) {
        view_ring_add(ring, record_of(VIEW_DAMAGED, size));
        view_ring_get_stats(ring, &stats);
        assert_true(stats.records >= 1 && (stats.bytes <= 50 || stats.records == 1));
        assert_int_equal(stats.by_state[VIEW_DAMAGED], stats.records);
    }
    view_ring_free(ring);
}

static void ring_replace(void **state)
{
    (void)state;
    view_ring_stats stats;
    view_ring *ring = view_ring_new(3, 1000, 0);
    view_cursor cursor = { 0 }, late = { 0 };
    for (int i = 0; i < 3; i++)
        view_ring_add(ring, record_of(VIEW_AWAY, 10));
    for (uint64_t id = 1; id <= 3; id++)
        assert_next(ring, &cursor, id);
    view_ring_replace(ring, 1, record_of(VIEW_OPEN, 20));
    view_ring_replace(ring, 3, record_of(VIEW_OPEN, 20));
    view_ring_replace(ring, 9, record_of(VIEW_OPEN, 20)); /* there is none */
    assert_next(ring, &cursor, 1);
    assert_next(ring, &cursor, 3);
    assert_next(ring, &cursor, 0);
    assert_next(ring, &late, 2); /* told once, as they are now */
    assert_next(ring, &late, 1);
    assert_next(ring, &late, 3);
    assert_int_equal(cursor.lost + late.lost, 0);
    view_ring_get_stats(ring, &stats);
    assert_int_equal(stats.bytes, 50);
    assert_int_equal(stats.by_state[VIEW_OPEN], 2);
    view_ring_add(ring, record_of(VIEW_OPEN, 10));
    view_ring_replace(ring, 1, record_of(VIEW_OPEN, 10)); /* it has gone */
    assert_next(ring, &cursor, 4);
    assert_next(ring, &cursor, 0);
    view_ring_free(ring);
}

/* Many are opened again, over and over: the reader gets each as it is, and a loss is of records that are gone. */
static void ring_churn(void **state)
{
    (void)state;
    view_ring *ring = view_ring_new(8, 1000, 0);
    view_cursor cursor = { 0 };
    uint64_t ids = 0;
    unsigned seed = 7;
    for (unsigned i = 0; i < 5000; i++) {
        seed = seed * 1103515245u + 12345u;
        if (seed >> 16 & 1 || !ids) {
            view_ring_add(ring, record_of(VIEW_AWAY, 10));
            ids++;
        } else {
            view_ring_replace(ring, ids - (seed >> 18) % 10 % ids, record_of(VIEW_OPEN, 10));
        }
        if ((seed >> 20) % 5 == 0)
            for (view_record *record; (record = view_ring_next(ring, &cursor));) {
                assert_true(record->id + 8 > ids && record->id <= ids);
                view_record_unref(record);
            }
    }
    view_ring_stats stats;
    view_ring_get_stats(ring, &stats);
    assert_int_equal(stats.records, 8);
    assert_int_equal(stats.bytes, 80);
    view_ring_free(ring);
}

static void ring_clear(void **state)
{
    (void)state;
    view_ring *ring = view_ring_new(3, 1000, 50);
    view_cursor cursor = { 0 }, other = { .change = UINT64_MAX / 2 };
    for (int i = 0; i < 5; i++)
        view_ring_add(ring, record_of(VIEW_OPEN, 10));
    view_ring_clear(ring);
    assert_null(view_ring_newest(ring));
    assert_next(ring, &cursor, 0);
    assert_int_equal(cursor.lost, 0);
    view_ring_add(ring, record_of(VIEW_OPEN, 10));
    assert_next(ring, &cursor, 56);
    assert_next(ring, &other, 56); /* of another run of the server */
    assert_int_equal(other.lost, 0);
    view_ring_free(ring);
}

static void ring_waiting(void **state)
{
    (void)state;
    view_ring *ring = view_ring_new(10, 1000, 0);
    view_record *found[10];
    for (uint64_t id = 1; id <= 6; id++) {
        view_record *record = record_of(VIEW_AWAY, 10);
        if (id % 2) {
            record->message = calloc(1, sizeof *record->message);
            record->message->size = sizeof *record->message;
            atomic_init(&record->message->refs, 1);
        }
        view_ring_add(ring, record);
    }
    assert_int_equal(view_ring_waiting(ring, 0, found, 2), 2);
    assert_int_equal(found[0]->id, 5);
    assert_int_equal(found[1]->id, 3);
    for (size_t i = 0; i < 2; i++)
        view_record_unref(found[i]);
    assert_int_equal(view_ring_waiting(ring, 3, found, 10), 1);
    assert_int_equal(found[0]->id, 1);
    view_record_unref(found[0]);
    view_ring_free(ring);
}

static void ring_wait(void **state)
{
    (void)state;
    atomic_bool stop = false;
    view_ring *ring = view_ring_new(10, 1000, 0);
    view_cursor cursor = { 0 };
    assert_false(view_ring_wait(ring, &cursor, &stop, 10));
    view_ring_add(ring, record_of(VIEW_OPEN, 10));
    assert_true(view_ring_wait(ring, &cursor, &stop, 10));
    cursor.change = 1;
    atomic_store(&stop, true);
    assert_false(view_ring_wait(ring, &cursor, &stop, 100000));
    view_ring_free(ring);
}

static void ring_without_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n <= 3; n++) {
        allocations = 0;
        fail_from = n;
        assert_null(view_ring_new(10, 1000, 0));
        fail_from = 0;
    }
}

/* A record whose JSON finds no memory is none; nothing is left behind (the sanitizers look). */
static void record_without_memory(void **state)
{
    (void)state;
    const char text[] = "{\"a\":\"<b>\"}";
    view_outcome outcome = { .state = VIEW_AWAY, .opened = VC_MESSAGE_INIT, .why = "away" };
    for (unsigned long n = 1;; n++) {
        view_message message = { .message = VC_MESSAGE_INIT, .size = sizeof message, .time = -1 };
        atomic_init(&message.refs, 1);
        message.message.topic = vc_str("t");
        message.message.value = vc_str(text);
        allocations = 0;
        fail_from = n;
        view_record *record = view_record_new(&message, &outcome, 100);
        const bool failed = allocations >= n;
        fail_from = 0;
        assert_true(record || failed);
        view_record_unref(record);
        if (!failed)
            break;
    }
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

static void hosts(void **state)
{
    (void)state;
    const option_list named = { { "view.example" }, 1 };
    static const char *const fine[] = { "127.0.0.1", "127.0.0.1:80", "10.1.2.3:65535", "localhost", "LocalHost:8320", "[::1]", "[::1]:80", "[fe80::1]:1",
                                        "view.example", "VIEW.example:443" };
    static const char *const bad[] = { "", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:8320", "localhost:", "localhost:x", "localhost:80x",
                                       "localhost:123456", "[::1", "[::1]x", "[::1]:", "[localhost]", "::1", "127.0.0.1 ", "localhost.", ":80", "view.example.", "xview.example",
                                       "0x7f.1", "2130706433", "127.1" };
    for (size_t i = 0; i < COUNT(fine); i++)
        if (!view_host_is_fine(fine[i], &named))
            fail_msg("%s is refused", fine[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (view_host_is_fine(bad[i], &named))
            fail_msg("%s is taken", bad[i]);
    assert_false(view_host_is_fine(NULL, &named));
    char long_one[600];
    memset(long_one, 'a', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = 0;
    assert_false(view_host_is_fine(long_one, &named));
}

static void origins(void **state)
{
    (void)state;
    assert_true(view_origin_is_ours("http://127.0.0.1:80", "127.0.0.1:80"));
    assert_true(view_origin_is_ours("https://View.example", "view.example"));
    assert_false(view_origin_is_ours("http://127.0.0.1:81", "127.0.0.1:80"));
    assert_false(view_origin_is_ours("null", "null"));
    assert_false(view_origin_is_ours("http://", NULL));
    assert_false(view_origin_is_ours("ftp://a", "a"));
    assert_false(view_origin_is_ours("http://a.evil", "a"));
}

static void cookies(void **state)
{
    (void)state;
    char value[8];
    assert_true(view_cookie("a=1; v=xyz; b=2", "v", value, sizeof value));
    assert_string_equal(value, "xyz");
    assert_true(view_cookie("v=", "v", value, sizeof value));
    assert_string_equal(value, "");
    assert_true(view_cookie(" ;;v=a=b", "v", value, sizeof value));
    assert_string_equal(value, "a=b");
    assert_true(view_cookie("v=1234567", "v", value, sizeof value));
    assert_false(view_cookie("v=12345678", "v", value, sizeof value));
    assert_false(view_cookie("xv=1; va=2; v", "v", value, sizeof value));
    assert_false(view_cookie("", "v", value, sizeof value));
    assert_false(view_cookie(NULL, "v", value, sizeof value));
}

static void forms(void **state)
{
    (void)state;
    char value[8];
    static const struct {
        const char *body, *wanted;
    } cases[] = { { "token=abc", "abc" },     { "a=1&token=a%2Bb+c&b", "a+b c" }, { "token=", "" },          { "token=1234567", "1234567" }, { "&&token=x&token=y", "x" },
                  { "token=12345678", NULL }, { "token=%", NULL },                { "token=%4", NULL },      { "token=%zz", NULL },          { "token=%00", NULL },
                  { "xtoken=1", NULL },       { "token", NULL },                  { "", NULL },              { "&&&", NULL } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const bool found = view_form_value(vc_str(cases[i].body), "token", value, sizeof value);
        assert_int_equal(found, cases[i].wanted != NULL);
        if (found)
            assert_string_equal(value, cases[i].wanted);
    }
}

static void numbers(void **state)
{
    (void)state;
    uint64_t number;
    assert_true(view_number(NULL, 7, &number) && number == 7);
    assert_true(view_number("0", 7, &number) && number == 0);
    assert_true(view_number("999999999999999999", 7, &number) && number == 999999999999999999);
    static const char *const bad[] = { "", "-1", "1x", " 1", "1000000000000000000", "0x1", "1.0" };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(view_number(bad[i], 7, &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_shape),    cmocka_unit_test(json_escapes), cmocka_unit_test(json_utf8),           cmocka_unit_test(json_bytes),
        cmocka_unit_test(json_round_trip), cmocka_unit_test(json_limits), cmocka_unit_test(ring_order),         cmocka_unit_test(ring_loss),
        cmocka_unit_test(ring_bytes),    cmocka_unit_test(ring_replace), cmocka_unit_test(ring_churn),          cmocka_unit_test(ring_clear),
        cmocka_unit_test(ring_waiting),  cmocka_unit_test(ring_wait),    cmocka_unit_test(ring_without_memory), cmocka_unit_test(record_without_memory),
        cmocka_unit_test(hosts),         cmocka_unit_test(origins),      cmocka_unit_test(cookies),             cmocka_unit_test(forms),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
