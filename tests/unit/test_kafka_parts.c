/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "kafka/flight.h"
#include "kafka/letter.h"
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
                 "{\"topic\":\"t\",\"partition\":3,\"offset\":5000000000,\"rule\":\"r\",\"error\":\"json\","
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
    vc_schema schema = { VC_ON_ERROR_FAIL };
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

static vc_code open_flight(void *arg)
{
    (void)arg;
    static vc__flight flight;
    vc_schema schema = { VC_ON_ERROR_FAIL };
    vc_error err = VC_ERROR_INIT;
    flight = (vc__flight){ 0 };
    const vc_code code = vc__flight_open(&flight, &schema, VC_PROTECT, 100, 2, &err);
    vc__flight_close(&flight);
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_stream, NULL);
    SWEEP_ALLOCATIONS(open_flight, NULL);
}

/* What a partition's `done` comes to when some of its records have been delivered. */
static const struct {
    const char *what;
    const char *delivered[2]; /* of two units with records 0-2 and 3-5: '+' delivered, '-' not, 's' stale */
    bool produced[2], pending[2];
    int64_t settled, partly;
} flights[] = {
    { "all", { "+++", "+++" }, { true, true }, { false, false }, 6, 6 },
    { "the second is on its way", { "+++", "+--" }, { true, true }, { false, true }, 3, 4 },
    { "the first is on its way", { "+-+", "+++" }, { true, true }, { true, false }, -1, 1 },
    { "the first was dropped", { "+--", "+++" }, { true, true }, { false, false }, 1, 1 },
    { "the second was not produced", { "+++", "---" }, { true, false }, { false, false }, 3, 3 },
    { "nothing", { "---", "---" }, { true, false }, { true, false }, -1, -1 },
    { "given up meanwhile", { "sss", "+++" }, { true, true }, { false, false }, 6, 6 },
};

static void done_never_passes_a_gap(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(flights); i++) {
        for (int partly = 0; partly < 2; partly++) {
            static vc__flight flight;
            vc__partition partition = { .assigned = true, .epoch = 1, .done = -1 };
            vc__item items[2][3];
            flight = (vc__flight){ .unit_count = 4, .submitted = 2 };
            for (size_t u = 0; u < 2; u++) {
                flight.units[u] =
                    (vc__unit){ .items = items[u], .count = 3, .pending = flights[i].pending[u] };
                flight.produced += flights[i].produced[u];
                for (size_t r = 0; r < 3; r++) {
                    const char mark = flights[i].delivered[u][r];
                    items[u][r] = (vc__item){ .partition = &partition,
                                              .offset = (int64_t)(u * 3 + r),
                                              .epoch = mark == 's' ? 0 : 1,
                                              .delivered = mark == '+' };
                }
            }
            if (partly)
                vc__flight_settle_partly(&flight);
            else
                vc__flight_settle(&flight);
            if (partition.done != (partly ? flights[i].partly : flights[i].settled))
                fail_msg("%s: done is %d", flights[i].what, (int)partition.done);
            assert_false(partition.blocked);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_json),
        cmocka_unit_test(done_never_passes_a_gap),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("kafka parts", tests, NULL, NULL);
}
