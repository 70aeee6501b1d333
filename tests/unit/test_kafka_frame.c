/* SPDX-License-Identifier: Apache-2.0 */
/* Records as bytes: what is written is read again, and nothing else is. */
#include "unit/test.h"

#include "kafka/frame.h"

#define VIEW(text) { text, sizeof(text) - 1 }

static const vc_header some_headers[] = {
    { VIEW("a"), VIEW("1") }, { VIEW("a"), { NULL, 0 } }, { VIEW(""), VIEW("") }, { VIEW("\xff\x01"), VIEW("x\0y") },
};

static const vc__frame frames[] = {
    { { sizeof(vc_message), VIEW("t"), { NULL, 0 }, { NULL, 0 }, NULL, 0 }, 0, 0, -1 },
    { { sizeof(vc_message), VIEW("t"), VIEW(""), VIEW(""), NULL, 0 }, 0, 0, 0 },
    { { sizeof(vc_message), VIEW("purchases"), VIEW("k\0y"), VIEW("{\"a\": 1}"), some_headers, COUNT(some_headers) }, INT32_MAX,
      INT64_MAX, 1700000000123 },
};

static void view_equal(vc_view a, vc_view b)
{
    assert_int_equal(a.data == NULL, b.data == NULL);
    assert_int_equal(a.len, b.len);
    if (a.len)
        assert_memory_equal(a.data, b.data, a.len);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(frames); i++) {
        vc__auto(vc__buf) bytes = VC__BUF(10000);
        vc__frame frame;
        vc__frame_write(&bytes, &frames[i]);
        assert_int_equal(vc__frame_read(vc__buf_get(&bytes), &frame, NULL), VC_OK);
        view_equal(frame.message.topic, frames[i].message.topic);
        view_equal(frame.message.key, frames[i].message.key);
        view_equal(frame.message.value, frames[i].message.value);
        assert_int_equal(frame.partition, frames[i].partition);
        assert_int_equal(frame.offset, frames[i].offset);
        assert_int_equal(frame.timestamp, frames[i].timestamp);
        assert_int_equal(frame.message.header_count, frames[i].message.header_count);
        for (size_t h = 0; h < frame.message.header_count; h++) {
            view_equal(frame.message.headers[h].name, some_headers[h].name);
            view_equal(frame.message.headers[h].value, some_headers[h].value);
        }
        vc__frame_cleanup(&frame);
    }
}

/* The bytes of vaultcrypt-format(5). */
static void the_bytes_are_these(void **state)
{
    (void)state;
    static const char wanted[] = "\x01\x03"
                                 "\x01t"
                                 "\x00\x00\x00\x02"
                                 "\x00\x00\x00\x01\x00\x00\x00\x05"
                                 "\xff\xff\xff\xff\xff\xff\xff\xff"
                                 "\x01k\x03val"
                                 "\x02"
                                 "\x01n\x01\x01v"
                                 "\x01m\x00";
    static const vc_header headers[] = { { VIEW("n"), VIEW("v") }, { VIEW("m"), { NULL, 0 } } };
    const vc__frame frame = { { sizeof(vc_message), VIEW("t"), VIEW("k"), VIEW("val"), headers, 2 }, 2, 0x100000005, -1 };
    vc__auto(vc__buf) bytes = VC__BUF(10000);
    vc__frame_write(&bytes, &frame);
    view_equal(vc__buf_get(&bytes), vc_view_of(wanted, sizeof wanted - 1));
}

static vc_code read_bytes(vc_view bytes, vc_error *err)
{
    vc__frame frame;
    const vc_code code = vc__frame_read(bytes, &frame, err);
    if (code) {
        assert_null(frame.message.headers);
        assert_null(frame.message.value.data);
        assert_int_equal(frame.message.header_count, 0);
    }
    vc__frame_cleanup(&frame);
    return code;
}

/* Cut anywhere, or with a byte more. The copy has just the bytes, so that sanitizers see one that is read beyond. */
static void cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(frames); i++) {
        vc__auto(vc__buf) bytes = VC__BUF(10000);
        vc__frame_write(&bytes, &frames[i]);
        for (size_t len = 0; len <= bytes.len + 1; len++) {
            char *copy = calloc(1, len ? len : 1);
            assert_non_null(copy);
            memcpy(copy, bytes.data, len > bytes.len ? bytes.len : len);
            assert_int_equal(read_bytes(vc_view_of(copy, len), NULL), len == bytes.len ? VC_OK : VC_E_CIPHERTEXT);
            free(copy);
        }
    }
}

#define PLACE "\x01t\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
static const struct {
    const char *what;
    vc_view bytes;
    vc_code code;
    const char *message;
} bad[] = {
    { "fine", VIEW("\x01\x00" PLACE "\0"), VC_OK, "" },
    { "version 0", VIEW("\x00\x00" PLACE "\0"), VC_E_UNSUPPORTED, "version 0" },
    { "version 2", VIEW("\x02\x00" PLACE "\0"), VC_E_UNSUPPORTED, "version 2" },
    { "a flag more", VIEW("\x01\x04" PLACE "\0"), VC_E_CIPHERTEXT, "a flag is not known" },
    { "no topic", VIEW("\x01\x00\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), VC_E_CIPHERTEXT, "its topic" },
    { "partition -1", VIEW("\x01\x00\x01t\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), VC_E_CIPHERTEXT, "negative" },
    { "offset -1", VIEW("\x01\x00\x01t\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0"), VC_E_CIPHERTEXT, "negative" },
    { "timestamp -2", VIEW("\x01\x00\x01t\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xfe\0"), VC_E_CIPHERTEXT, "negative" },
    { "a count of two bytes for one", VIEW("\x01\x00" PLACE "\x80\0"), VC_E_CIPHERTEXT, "only form" },
    { "more headers than bytes", VIEW("\x01\x00" PLACE "\xff\xff\xff\xff\x0f"), VC_E_CIPHERTEXT, "fewer headers" },
    { "a header's flag", VIEW("\x01\x00" PLACE "\x01\x01n\x02"), VC_E_CIPHERTEXT, "flag of a header" },
    { "a header more", VIEW("\x01\x00" PLACE "\x01\x01n\x00\x01n\x00"), VC_E_CIPHERTEXT, "behind" },
    { "a value of 4 GiB", VIEW("\x01\x02" PLACE "\xff\xff\xff\xff\x0f"), VC_E_CIPHERTEXT, "cut off" },
};

static void what_is_not_known_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        vc_error err = VC_ERROR_INIT;
        const vc_code code = read_bytes(bad[i].bytes, &err);
        if (code != bad[i].code || !strstr(err.message, bad[i].message))
            fail_msg("%s: %s: %s", bad[i].what, vc_code_name(code), err.message);
    }
}

static void a_topic_has_a_length(void **state)
{
    (void)state;
    char topic[VC__FRAME_TOPIC_MOST + 1];
    memset(topic, 't', sizeof topic);
    vc__frame frame = frames[0];
    for (size_t more = 0; more < 2; more++) {
        vc__auto(vc__buf) bytes = VC__BUF(10000);
        frame.message.topic = vc_view_of(topic, VC__FRAME_TOPIC_MOST + more);
        vc__frame_write(&bytes, &frame);
        assert_int_equal(read_bytes(vc__buf_get(&bytes), NULL), more ? VC_E_CIPHERTEXT : VC_OK);
    }
}

static void a_buffer_has_a_maximum(void **state)
{
    (void)state;
    vc__auto(vc__buf) bytes = VC__BUF(20);
    vc__frame_write(&bytes, &frames[2]);
    assert_int_equal(vc__buf_check(&bytes, "frame", NULL), VC_E_LIMIT);
}

static vc_code there_and_back(void *arg)
{
    (void)arg;
    vc__auto(vc__buf) bytes = VC__BUF(10000);
    vc__frame_write(&bytes, &frames[2]);
    const vc_code code = vc__buf_check(&bytes, "frame", NULL);
    return code ? code : read_bytes(vc__buf_get(&bytes), NULL);
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(there_and_back, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read), cmocka_unit_test(the_bytes_are_these),
        cmocka_unit_test(cut_anywhere_is_refused), cmocka_unit_test(what_is_not_known_is_refused),
        cmocka_unit_test(a_topic_has_a_length),    cmocka_unit_test(a_buffer_has_a_maximum),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("kafka frame", tests, NULL, NULL);
}
