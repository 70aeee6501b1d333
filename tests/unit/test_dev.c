/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of vaultcrypt-dev: faults, flavours and their limits, paths, durations, Go's JSON. */
#include "unit/test.h"

#include "fault.h"
#include "flavour.h"
#include "names.h"
#include "out.h"
#include "param.h"
#include "route.h"
#include "base/alloc.h"

static void faults_are_parsed(void **state)
{
    (void)state;
    dev_faults faults = DEV_FAULTS_INIT;
    assert_int_equal(dev_faults_parse(&faults,
                                      vc_str("latency=20ms..80ms,429=0.05,500=1,cut=.5,silence=0.25,seed=7"),
                                      NULL),
                     VC_OK);
    assert_int_equal(dev_faults_parse(&faults, vc_str("sealed=2s@5s,sealed=1m@100req"), NULL), VC_OK);
    assert_int_equal(faults.latency_low, 20);
    assert_int_equal(faults.latency_high, 80);
    assert_int_equal(faults.status_count, 2);
    assert_int_equal(faults.statuses[0].status, 429);
    assert_int_equal(faults.seed, 7);
    assert_int_equal(faults.window_count, 2);
    assert_int_equal(faults.windows[0].length, 2000);
    assert_int_equal(faults.windows[0].after, 5000);
    assert_true(faults.windows[1].by_requests);
    assert_int_equal(faults.windows[1].length, 60000);
    assert_int_equal(faults.windows[1].after, 100);
}

static const char *const bad_faults[] = { "latency",
                                          "latency=",
                                          "latency=5",
                                          "latency=9ms..1ms",
                                          "429=1.5",
                                          "429=-1",
                                          "399=0.1",
                                          "600=0.1",
                                          "cut=x",
                                          "cut=0x1",
                                          "seed=-1",
                                          "sealed=2s@",
                                          "sealed=2s@x",
                                          "sealed=2s@req",
                                          "sealed=2s@5sec",
                                          "cut=nan",
                                          "wrong=1",
                                          "429=0.1x",
                                          "huge",
                                          "huge=2",
                                          "deep=",
                                          "trickle=200ms",
                                          "=",
                                          "cut=0.1,x",
                                          "silence=1e",
                                          "latency=..",
                                          "429=" };

static void bad_faults_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_faults); i++) {
        dev_faults faults = DEV_FAULTS_INIT;
        const dev_faults before = faults;
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(dev_faults_parse(&faults, vc_str(bad_faults[i]), &err), VC_E_CONFIG);
        assert_non_null(strstr(err.message, "not one of latency="));
        assert_memory_equal(&faults, &before, sizeof faults);
    }
}

static void fate_is_repeatable_and_near_its_rates(void **state)
{
    (void)state;
    enum { REQUESTS = 20000 };
    dev_faults first = DEV_FAULTS_INIT;
    assert_int_equal(
        dev_faults_parse(&first, vc_str("429=0.05,500=0.01,cut=0.02,silence=0.03,latency=2ms..4ms"), NULL),
        VC_OK);
    dev_faults second = first, other = first;
    other.seed = 2;
    size_t busy = 0, failed = 0, cut = 0, silent = 0, different = 0, at_latency[5] = { 0 };
    for (size_t i = 0; i < REQUESTS; i++) {
        const dev_fate fate = dev_faults_next(&first, 0), same = dev_faults_next(&second, 99),
                       another = dev_faults_next(&other, 0);
        assert_int_equal(fate.status, same.status);
        assert_int_equal(fate.latency, same.latency);
        assert_int_equal(fate.mischief, same.mischief);
        assert_in_range(fate.latency, 2, 4);
        at_latency[fate.latency]++;
        busy += fate.status == 429;
        failed += fate.status == 500;
        cut += fate.mischief == DEV_CUT;
        silent += fate.silent;
        different += fate.status != another.status;
    }
    assert_in_range(busy, 800, 1200);
    assert_in_range(failed, 120, 260);
    assert_in_range(cut, 300, 500);
    assert_in_range(silent, 480, 720);
    assert_true(different > 0);
    for (size_t i = 2; i <= 4; i++)
        assert_in_range(at_latency[i], 6000, 7300);
}

static void every_kind_of_mischief_has_its_rate(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        dev_mischief kind;
    } kinds[] = { { "cut=0.5", DEV_CUT },          { "trickle=0.5", DEV_TRICKLE },
                  { "length=0.5", DEV_LENGTH },    { "huge=0.5", DEV_HUGE },
                  { "garbage=0.5", DEV_GARBAGE },  { "deep=0.5", DEV_DEEP },
                  { "redirect=0.5", DEV_REDIRECT } };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        dev_faults faults = DEV_FAULTS_INIT;
        size_t times = 0;
        assert_int_equal(dev_faults_parse(&faults, vc_str(kinds[i].text), NULL), VC_OK);
        for (uint64_t number = 0; number < 1000; number++) {
            const dev_fate fate = dev_faults_next(&faults, 0);
            assert_true(fate.number == number);
            assert_true(fate.mischief == DEV_NO_MISCHIEF || fate.mischief == kinds[i].kind);
            times += fate.mischief == kinds[i].kind;
        }
        assert_in_range(times, 420, 580);
    }
}

static void nothing_goes_wrong_unasked(void **state)
{
    (void)state;
    dev_faults faults = DEV_FAULTS_INIT;
    dev_faults_begin(&faults, 1000);
    for (int i = 0; i < 1000; i++) {
        const dev_fate fate = dev_faults_next(&faults, 1000);
        assert_true(fate.latency == 0 && fate.status == 0 && !fate.mischief && !fate.silent);
    }
    assert_false(dev_faults_sealed(&faults, 1000));
}

static void seals_by_time_and_by_requests(void **state)
{
    (void)state;
    dev_faults faults = DEV_FAULTS_INIT;
    assert_int_equal(dev_faults_parse(&faults, vc_str("sealed=2s@5s,sealed=1s@3req"), NULL), VC_OK);
    dev_faults_begin(&faults, 10000);
    assert_false(dev_faults_sealed(&faults, 14999));
    assert_true(dev_faults_sealed(&faults, 15000));
    assert_true(dev_faults_sealed(&faults, 16999));
    assert_false(dev_faults_sealed(&faults, 17000));
    for (int i = 0; i < 3; i++)
        dev_faults_next(&faults, 20000);
    assert_false(dev_faults_sealed(&faults, 20000));
    dev_faults_next(&faults, 20100);
    assert_true(dev_faults_sealed(&faults, 20100));
    assert_true(dev_faults_sealed(&faults, 21099));
    assert_false(dev_faults_sealed(&faults, 21100));
    dev_faults_next(&faults, 22000);
    assert_false(dev_faults_sealed(&faults, 22000));
}

static void flavours_differ(void **state)
{
    (void)state;
    assert_string_equal(dev_flavour_list()[0].name, "vault-2.1");
    assert_true(dev_flavour_find("vault-2.1")->ff1);
    assert_false(dev_flavour_find("vault-1.14")->ff1);
    assert_true(dev_flavour_find("vault-1.14")->transform);
    assert_false(dev_flavour_find("openbao-2.7")->transform);
    assert_null(dev_flavour_find("vault"));
    assert_null(dev_flavour_find(""));
}

/* {"batch_input":[ITEM, ...]} */
static void body_of(vc__buf *body, const char *item, size_t count)
{
    vc__buf_clear(body);
    vc__buf_str(body, "{\"batch_input\":[");
    for (size_t i = 0; i < count; i++) {
        vc__buf_str(body, i ? "," : "");
        vc__buf_str(body, item);
    }
    vc__buf_str(body, "]}");
}

static const struct {
    const char *flavour, *item;
    size_t most; /* items that pass */
    int status;
} item_limits[] = {
    { "openbao-2.7", "{\"plaintext\":\"eA==\"}", 499, 400 },
    { "openbao-2.7", "{\"plaintext\":\"eA==\",\"reference\":\"a\"}", 249, 400 },
    { "openbao-2.7", "{\"p\":\"eA==\", \"a\":\"b\\\"\", \"c\" : \"[,{\"}", 166, 400 },
    { "vault-2.1", "{\"plaintext\":\"eA==\"}", 10000, 500 },
    { "vault-2.1", "{\"a\":1,\"b\":[1,2],\"c\":{\"d\":null}}", 10000, 500 },
};

static void limits_are_those_of_the_server(void **state)
{
    (void)state;
    vc__auto(vc__buf) body = VC__BUF(1 << 22);
    dev_verdict verdict;
    for (size_t i = 0; i < COUNT(item_limits); i++) {
        const dev_flavour *flavour = dev_flavour_find(item_limits[i].flavour);
        body_of(&body, item_limits[i].item, item_limits[i].most);
        assert_true(dev_limits_check(flavour, vc__buf_get(&body), &verdict));
        body_of(&body, item_limits[i].item, item_limits[i].most + 1);
        assert_false(dev_limits_check(flavour, vc__buf_get(&body), &verdict));
        assert_int_equal(verdict.status, item_limits[i].status);
        assert_true(dev_limits_check(dev_flavour_find("vault-1.14"), vc__buf_get(&body), &verdict));
    }
}

static void deep_and_long_bodies_have_limits(void **state)
{
    (void)state;
    const dev_flavour *vault = dev_flavour_find("vault-2.1");
    vc__auto(vc__buf) body = VC__BUF(1 << 22);
    dev_verdict verdict;
    for (int depth = 300; depth <= 301; depth++) {
        vc__buf_clear(&body);
        for (int i = 0; i < 2 * depth; i++)
            vc__buf_byte(&body, i < depth ? '[' : ']');
        assert_int_equal(dev_limits_check(vault, vc__buf_get(&body), &verdict), depth == 300);
    }
    assert_string_equal(verdict.text, "JSON input exceeds allowed nesting depth");
    for (size_t len = 1048576; len <= 1048577; len++) {
        vc__buf_clear(&body);
        vc__buf_str(&body, "{\"a\":\"");
        for (size_t i = 0; i < len; i++)
            vc__buf_byte(&body, 'x');
        vc__buf_str(&body, "\"}");
        assert_int_equal(dev_limits_check(vault, vc__buf_get(&body), &verdict), len == 1048576);
    }
    assert_string_equal(verdict.text, "JSON string value exceeds allowed length");
}

static const struct {
    const char *body, *text; /* NULL: it passes */
    size_t end;
} strict[] = {
    { "{\"a\":1,\"b\":{\"a\":2}}", NULL, 19 },
    { "{\"a\":1,\"b\":[{\"a\":1},{\"a\":1}],\"c\":\"a\"}", NULL, 37 },
    { "{\"a\":\"a\",\"a\":1}", "duplicate key 'a' in object", 0 },
    { "{\"x\":{\"b\":1,\"b\":1}}", "duplicate key 'b' in object", 0 },
    { "{\"a\":{\"b\":1},\"b\":1}", NULL, 19 },
    { "{\"a\":1} x", "invalid character 'x' after top-level value", 0 },
    { "{\"a\":1}}", "invalid character '}' after top-level value", 0 },
    { " {\"a\":1} \n", NULL, 8 },
    { "{\"a\":[1", "malformed JSON, unclosed containers", 0 },
    { "{\"a\":\"\\", "malformed JSON, unclosed containers", 0 },
    { "\"no object\" x", NULL, 0 },
    { "]]}}", NULL, 0 },
    { "", NULL, 0 },
    { "{\"a\":\"\\\"}{\"}", NULL, 12 },
};

static void the_newest_vault_is_strict(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strict); i++) {
        dev_verdict verdict = { 0 };
        const vc_view body = vc_str(strict[i].body);
        assert_int_equal(dev_limits_check(dev_flavour_find("vault-2.1"), body, &verdict), !strict[i].text);
        if (strict[i].text) {
            assert_int_equal(verdict.status, 500);
            assert_string_equal(verdict.text, strict[i].text);
        } else {
            assert_int_equal(verdict.end, strict[i].end);
        }
        assert_true(dev_limits_check(dev_flavour_find("vault-1.14"), body, &verdict));
        assert_true(dev_limits_check(dev_flavour_find("openbao-2.7"), body, &verdict));
    }
    const char nul[] = "{\"a\":\0}";
    dev_verdict verdict;
    dev_limits_check(dev_flavour_find("vault-2.1"), vc_view_of(nul, sizeof nul), &verdict);
}

static const struct {
    const char *pattern, *path;
    bool matches;
    const char *first, *second;
} routes[] = {
    { "keys", "keys", true, "", "" },
    { "keys", "keys/", false, "", "" },
    { "keys", "keysx", false, "", "" },
    { "keys/:name", "keys/a-b.c_1", true, "a-b.c_1", "" },
    { "keys/:name", "keys/-a", false, "", "" },
    { "keys/:name", "keys/a.", false, "", "" },
    { "keys/:name", "keys/", false, "", "" },
    { "keys/:name", "keys", false, "", "" },
    { "keys/:name", "keys/a/b", false, "", "" },
    { "keys/:name/rotate", "keys/a/rotate", true, "a", "" },
    { "keys/:name/rotate", "keys/a/rotat", false, "", "" },
    { "datakey/:name/:name", "datakey/wrapped/k", true, "wrapped", "k" },
    { "mounts/*", "mounts/a/b", true, "a/b", "" },
    { "mounts/*", "mounts/", false, "", "" },
    { "mounts/*", "mounts", false, "", "" },
};

static void paths_find_their_routes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(routes); i++) {
        vc_view args[DEV_ARGS] = { { NULL, 0 } };
        assert_int_equal(dev_route_match(routes[i].pattern, vc_str(routes[i].path), args), routes[i].matches);
        if (!routes[i].matches)
            continue;
        assert_int_equal(args[0].len, strlen(routes[i].first));
        assert_memory_equal(args[0].data ? args[0].data : "", routes[i].first, args[0].len);
        assert_int_equal(args[1].len, strlen(routes[i].second));
        assert_memory_equal(args[1].data ? args[1].data : "", routes[i].second, args[1].len);
    }
}

static const struct {
    const char *text;
    long long seconds; /* -1: refused */
} durations[] = {
    { "", 0 },
    { "90", 90 },
    { "1h", 3600 },
    { "1h30m", 5400 },
    { "2d", 172800 },
    { "1500ms", 1 },
    { "1m30s", 90 },
    { "-1", -1 },
    { "1x", -1 },
    { "h", -1 },
    { "1h30", -1 },
    { "1.5h", -1 },
    { "99999999999999h", -1 },
};

static void durations_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(durations); i++) {
        long long seconds = -2;
        const bool good = dev_duration_parse(vc_str(durations[i].text), &seconds);
        assert_int_equal(good, durations[i].seconds >= 0);
        if (good)
            assert_int_equal(seconds, durations[i].seconds);
    }
}

static void json_is_written_as_go_writes_it(void **state)
{
    (void)state;
    vc__auto(vc__buf) out = VC__BUF(4096);
    out_open(&out, '{');
    out_member(&out, "a", "<x>&\"\\\n\t\x01");
    out_member_int(&out, "b", INT64_MIN);
    out_key(&out, "c");
    out_open(&out, '[');
    out_string(&out, vc_str("\xe2\x80\xa8\xc3\xa9\xf0\x9f\x98\x80"));
    out_string(&out, vc_view_of("\xff"
                                "z\xe2\x80",
                                4));
    out_bool(&out, true);
    out_null(&out);
    out_open(&out, '{');
    out_close(&out, '}');
    out_close(&out, ']');
    out_close(&out, '}');
    assert_string_equal(
        out.data, "{\"a\":\"\\u003cx\\u003e\\u0026\\\"\\\\\\n\\t\\u0001\",\"b\":-9223372036854775808,"
                  "\"c\":[\"\\u2028\xc3\xa9\xf0\x9f\x98\x80\",\"\\ufffdz\\ufffd\\ufffd\",true,null,{}]}");
}

static vc_code fill_names(void *arg)
{
    (void)arg;
    dev_names names = { .free_item = vc__free };
    bool good = true;
    for (int i = 0; i < 40 && good; i++) {
        char name[2] = { (char)('a' + (i * 7) % 26), 0 };
        void *item = vc__calloc(1, 8);
        good = item && dev_names_put(&names, vc_str(name), item);
    }
    if (good) {
        assert_int_equal(names.count, 26);
        for (size_t i = 1; i < names.count; i++)
            assert_true(strcmp(names.list[i - 1].name, names.list[i].name) < 0);
        assert_non_null(dev_names_get(&names, vc_str("q")));
        assert_true(dev_names_drop(&names, vc_str("q")));
        assert_false(dev_names_drop(&names, vc_str("q")));
        assert_null(dev_names_get(&names, vc_str("q")));
        assert_null(dev_names_get(&names, vc_str("")));
    }
    dev_names_free(&names);
    return good ? VC_OK : VC_E_MEMORY;
}

static void names_are_sorted_and_survive_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(fill_names, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_parsed),
        cmocka_unit_test(bad_faults_are_refused),
        cmocka_unit_test(fate_is_repeatable_and_near_its_rates),
        cmocka_unit_test(every_kind_of_mischief_has_its_rate),
        cmocka_unit_test(nothing_goes_wrong_unasked),
        cmocka_unit_test(seals_by_time_and_by_requests),
        cmocka_unit_test(flavours_differ),
        cmocka_unit_test(limits_are_those_of_the_server),
        cmocka_unit_test(deep_and_long_bodies_have_limits),
        cmocka_unit_test(the_newest_vault_is_strict),
        cmocka_unit_test(paths_find_their_routes),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(json_is_written_as_go_writes_it),
        cmocka_unit_test(names_are_sorted_and_survive_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
