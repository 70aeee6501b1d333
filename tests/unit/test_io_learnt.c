/* SPDX-License-Identifier: Apache-2.0 */
/* What refusals for size teach, and what the calls of a client share of it. */
#include "unit/client.h"

#include "io/learnt.h"

#define ENCRYPT "transit/encrypt"

typedef struct refusal_row {
    const char *name;
    size_t took, refused, bytes;
    int status;
    size_t items_cap, bytes_cap;
} refusal_row;

static const refusal_row refusals[] = {
    { "half of what was refused", 0, 480, 9000, 400, 240, 0 },
    { "not less than what was taken", 300, 480, 9000, 400, 300, 0 },
    { "one of as many as were taken is large", 480, 480, 9000, 500, 0, 0 },
    { "413 is about bytes", 0, 480, 9000, 413, 0, 4500 },
};

static void refusals_teach(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        const refusal_row *row = &refusals[i];
        vc__caps caps = { .count = 0 };
        if (row->took)
            vc__caps_took(&caps, ENCRYPT, 1, row->took);
        vc__caps_refused(&caps, ENCRYPT, 1, row->refused, row->bytes, row->status);
        if (vc__caps_items(&caps, ENCRYPT, 1) != row->items_cap || caps.bytes != row->bytes_cap)
            fail_msg("%s: %zu items, %zu bytes", row->name, vc__caps_items(&caps, ENCRYPT, 1), caps.bytes);
        assert_int_equal(vc__caps_items(&caps, ENCRYPT, 2), 0); /* another kind */
        assert_int_equal(vc__caps_items(&caps, "transform/encode", 1), 0);
        vc__caps_forget(&caps, ENCRYPT, 1);
        assert_int_equal(vc__caps_items(&caps, ENCRYPT, 1), 0);
        assert_int_equal(caps.bytes, 0);
    }
}

static void kinds_beyond_the_table_are_not_remembered(void **state)
{
    (void)state;
    vc__caps caps = { .count = 0 };
    for (unsigned i = 0; i < VC__CAPS_MAX + 10; i++) {
        vc__caps_took(&caps, ENCRYPT, i, 5);
        vc__caps_refused(&caps, ENCRYPT, i, 10, 100, 400);
        vc__caps_forget(&caps, ENCRYPT, VC__CAPS_MAX + 20);
    }
    assert_int_equal(caps.count, VC__CAPS_MAX);
    assert_int_equal(vc__caps_items(&caps, ENCRYPT, VC__CAPS_MAX - 1), 5);
    assert_int_equal(vc__caps_items(&caps, ENCRYPT, VC__CAPS_MAX), 0);
}

static void a_client_shares_and_tells_once(void **state)
{
    (void)state;
    vc_config *config = client_config("http://127.0.0.1:1");
    vc__learnt learnt;
    assert_int_equal(vc__learnt_init(&learnt, config, NULL), VC_OK);
    vc__caps caps;
    vc__learnt_get(&learnt, &caps);
    assert_int_equal(caps.count, 0);
    vc__caps_refused(&caps, ENCRYPT, 1, 480, 9000, 400);
    vc__learnt_teach(&learnt, &caps); /* nothing was taken yet: a cap is what was seen to pass */
    assert_string_equal(client_log_take(), "");
    vc__caps_took(&caps, ENCRYPT, 1, 240);
    vc__caps_refused(&caps, ENCRYPT, 2, 240, 9000, 400);
    vc__caps_took(&caps, ENCRYPT, 2, 120);
    vc__learnt_teach(&learnt, &caps);
    const char *lines = client_log_take();
    assert_non_null(strstr(lines, "takes 240 items with 1 members in a request of transit/encrypt"));
    assert_non_null(strstr(lines, "takes 120 items with 2 members in a request of transit/encrypt"));
    vc__learnt_teach(&learnt, &caps);
    assert_string_equal(client_log_take(), "");
    vc__learnt_get(&learnt, &caps);
    assert_int_equal(vc__caps_items(&caps, ENCRYPT, 1), 240);
    assert_int_equal(vc__caps_items(&caps, ENCRYPT, 2), 120);
    caps.bytes = 4096;
    vc__learnt_teach(&learnt, &caps);
    assert_non_null(strstr(client_log_take(), "at most 4096"));
    vc__learnt_destroy(&learnt);
    vc_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_teach),
        cmocka_unit_test(kinds_beyond_the_table_are_not_remembered),
        cmocka_unit_test(a_client_shares_and_tells_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
