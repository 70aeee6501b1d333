/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/alloc.h"
#include "kafka/letter.h"
#include "kafka/stream.h"
#include "unit/fake_client.h"

static const struct {
    const char *text, *json;
} texts[] = {
    { "plain", "plain" },
    { "a \"b\" \\ c", "a \\\"b\\\" \\\\ c" },
    { "tab\tnew\nline\x01", "tab\\u0009new\\u000aline\\u0001" },
    { "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
      "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80" },
    { "cut \xe2\x82", "cut \\ufffd\\ufffd" }, /* a message that ended in mid-character */
    { "\xff\x80", "\\ufffd\\ufffd" },
};

static void letters_are_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        vc__auto(vc__buf) out = VC__BUF(1000);
        vc_error why = VC_ERROR_INIT;
        why.code = VC_E_JSON;
        snprintf(why.message, sizeof why.message, "%s", texts[i].text);
        vc__letter_write(&out, &(vc__letter){ .topic = "t",
                                              .rule = "r",
                                              .partition = 3,
                                              .offset = 5000000000,
                                              .timestamp = -1,
                                              .why = &why });
        char wanted[300];
        snprintf(wanted, sizeof wanted,
                 "{\"version\":1,\"topic\":\"t\",\"partition\":3,\"offset\":5000000000,\"rule\":\"r\",\"error\":\"json\","
                 "\"message\":\"%s\"}",
                 texts[i].json);
        assert_string_equal(out.data, wanted);
    }
    vc__auto(vc__buf) small = VC__BUF(20);
    vc_error why = VC_ERROR_INIT;
    vc__letter_write(&small, &(vc__letter){ .topic = "t", .rule = "r", .why = &why });
    assert_int_equal(vc__buf_check(&small, "letter", NULL), VC_E_LIMIT);
}

static vc_code make_stream(void *arg)
{
    (void)arg;
    vc_client client = { 0 };
    vc_schema schema = { .on_error = VC_ON_ERROR_FAIL };
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *kafka = vc_kafka_config_new(&err);
    vc_code code = kafka ? vc_kafka_config_set(kafka, "group.id", "g", &err) : err.code;
    vc_stream *stream = code ? NULL : vc_stream_new(kafka, &client, &schema, VC_PROTECT, &err);
    if (!code && !stream)
        code = err.code;
    if (!code)
        code = vc_stream_add_route(stream, "a", "b", &err);
    if (!code)
        code = vc_stream_add_route(stream, "c", "d", &err);
    if (!code)
        code = vc_stream_set_rule(stream, "rule", &err);
    if (!code)
        code = vc_stream_set_dead_letter_topic(stream, "letters", &err);
    vc_stream_free(stream);
    vc_kafka_config_free(kafka);
    return code;
}

static vc_code make_lane(void *arg)
{
    static vc_stream stream;
    static vc__lane lane;
    vc_client client = { 0 };
    vc_error err = VC_ERROR_INIT;
    (void)arg;
    stream = (vc_stream){ .client = &client, .batch_records = 100 };
    const vc_code code = vc__lane_init(&lane, &stream, 0, &err);
    vc__lane_close(&lane);
    return code;
}

static vc_code meet_topics(void *arg)
{
    vc__routes routes = { 0 };
    vc_error err = VC_ERROR_INIT;
    (void)arg;
    vc_code code = vc__routes_add(&routes, "^in_.*", "{topic}_out", &err);
    if (!code)
        code = vc__routes_get(&routes, "in_1", &err) ? VC_OK : err.code;
    vc__routes_cleanup(&routes);
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_stream, NULL);
    SWEEP_ALLOCATIONS(make_lane, NULL);
    SWEEP_ALLOCATIONS(meet_topics, NULL);
}

/* What a partition's `done` comes to when some of its records have been delivered. */
static const struct {
    const char *what;
    size_t pending[3]; /* of three spans, each of which ends three records on */
    bool stale[3];
    int64_t done;
} deliveries[] = {
    { "all", { 0, 0, 0 }, { false }, 9 },
    { "the last is on its way", { 0, 0, 1 }, { false }, 6 },
    { "the second is on its way", { 0, 2, 0 }, { false }, 3 },
    { "the first is on its way", { 3, 0, 0 }, { false }, -1 },
    { "given up meanwhile", { 0, 0, 0 }, { true, true, true }, -1 },
    { "given up after the first, and taken again", { 0, 0, 0 }, { false, true, true }, 3 },
};

static void done_never_passes_a_gap(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(deliveries); i++) {
        static vc__sink sink;
        vc__partition partition = { .assigned = true, .epoch = 1, .done = -1 };
        sink = (vc__sink){ .failure = VC_ERROR_INIT };
        for (size_t s = 0; s < 3; s++) {
            vc__span *span = vc__sink_begin_span(&sink);
            span->pending = deliveries[i].pending[s];
            assert_int_equal(vc__span_mark(span, &partition, (int64_t)s * 3 + 2, NULL), VC_OK);
            assert_int_equal(vc__span_mark(span, &partition, (int64_t)s * 3 + 3, NULL), VC_OK);
            assert_int_equal(span->mark_count, 1);
            span->marks[0].epoch -= deliveries[i].stale[s];
        }
        vc__sink_settle(&sink);
        if (partition.done != deliveries[i].done)
            fail_msg("%s: done is %d", deliveries[i].what, (int)partition.done);
        for (size_t s = 0; s < VC__SPANS; s++)
            vc__free(sink.spans[s].marks);
    }
}

static const struct {
    const char *source, *target; /* that are added; NULL: none */
    vc_code added, checked;
    const char *topic; /* that is met; NULL: none */
    vc_code met;
    const char *to, *letters;
} ways[] = {
    { "a", "b", VC_OK, VC_OK, "a", VC_OK, "b", "b_dead_letter" },
    { "a", "{topic}_x", VC_OK, VC_OK, "a", VC_OK, "a_x", "a_x_dead_letter" },
    { "^in_.*", "{topic}_x", VC_OK, VC_OK, "in_1.2", VC_OK, "in_1.2_x", "in_1.2_x_dead_letter" },
    { "^in_.*", "{topic}_x", VC_OK, VC_OK, "out_1", VC_E_KAFKA, NULL, NULL },
    { "a", "b", VC_OK, VC_OK, "c", VC_E_KAFKA, NULL, NULL },
    { "a", "{topic}", VC_E_ARGUMENT, VC_OK, NULL, VC_OK, NULL, NULL },
    { "a", "{target}", VC_E_ARGUMENT, VC_OK, NULL, VC_OK, NULL, NULL },
    { "a", "{other}", VC_E_ARGUMENT, VC_OK, NULL, VC_OK, NULL, NULL },
    { "^a", "b", VC_E_ARGUMENT, VC_OK, NULL, VC_OK, NULL, NULL },       /* all of them in one topic */
    { "^a[", "{topic}_x", VC_E_ARGUMENT, VC_OK, NULL, VC_OK, NULL, NULL },
    { "^.*", "{topic}_x", VC_OK, VC_OK, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                                     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                                     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", VC_E_CONFIG, NULL, NULL },
};

static void topics_find_their_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        vc__routes routes = { 0 };
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__routes_add(&routes, ways[i].source, ways[i].target, &err), ways[i].added);
        if (!ways[i].added)
            assert_int_equal(vc__routes_check(&routes, &err), ways[i].checked);
        const vc__route *route = ways[i].topic ? vc__routes_get(&routes, ways[i].topic, &err) : NULL;
        if (ways[i].to) {
            assert_non_null(route);
            assert_string_equal(route->target, ways[i].to);
            assert_string_equal(route->letters, ways[i].letters);
        } else if (ways[i].topic) {
            assert_null(route);
            assert_int_equal(err.code, ways[i].met);
        }
        vc__routes_cleanup(&routes);
    }
}

/* A record would go round for ever, or be protected twice. */
static void no_topic_is_read_and_written(void **state)
{
    (void)state;
    vc__routes routes = { 0 };
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__routes_add(&routes, "a", "b", &err), VC_OK);
    assert_int_equal(vc__routes_check(&routes, &err), VC_OK);
    assert_int_equal(vc__routes_add(&routes, "b", "c", &err), VC_OK);
    assert_int_equal(vc__routes_check(&routes, &err), VC_E_CONFIG);
    assert_non_null(strstr(err.message, "topic b is the target of one route and the source of another"));
    vc__routes_cleanup(&routes);
}

/* What the stream writes is never read. */
static void patterns_leave_out_what_is_written(void **state)
{
    (void)state;
    char text[400];
    vc__routes routes = { 0 };
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc__routes_add(&routes, "a", "b.c", &err), VC_OK);
    assert_int_equal(vc__routes_written(&routes, text, sizeof text, &err), VC_OK);
    assert_string_equal(text, "");
    assert_int_equal(vc__routes_add(&routes, "^in_.*", "{topic}.x", &err), VC_OK);
    assert_int_equal(vc__routes_set_letters(&routes, "dlq.{topic}", &err), VC_OK);
    assert_int_equal(vc__routes_written(&routes, text, sizeof text, &err), VC_OK);
    assert_string_equal(text, "^b\\.c$,^dlq\\..*$,^.*\\.x$,^dlq\\..*$");
    assert_int_equal(vc__routes_written(&routes, text, 10, &err), VC_E_LIMIT);
    assert_int_equal(vc__routes_check(&routes, &err), VC_OK);
    assert_int_equal(vc__routes_add(&routes, "dlq.a", "y", &err), VC_OK);
    assert_int_equal(vc__routes_check(&routes, &err), VC_E_CONFIG);
    vc__routes_cleanup(&routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_json),
        cmocka_unit_test(done_never_passes_a_gap),
        cmocka_unit_test(topics_find_their_way),
        cmocka_unit_test(no_topic_is_read_and_written),
        cmocka_unit_test(patterns_leave_out_what_is_written),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("kafka parts", tests, NULL, NULL);
}
