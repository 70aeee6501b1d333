/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "crypto/random.h"

#include <sys/wait.h>
#include <unistd.h>

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

/* No 16 bytes come twice, across many refills. */
static void nothing_comes_twice(void **state)
{
    (void)state;
    enum { N = 20000 };
    static unsigned char got[N][16];
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    assert_non_null(random);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(vc__random_bytes(random, got[i], 16, NULL), VC_OK);
    qsort(got, N, 16, by_bytes);
    for (size_t i = 1; i < N; i++)
        assert_memory_not_equal(got[i - 1], got[i], 16);
}

static void any_length(void **state)
{
    (void)state;
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    static unsigned char out[70000];
    static const size_t lengths[] = { 0, 1, 12, 2000, 2039, 2040, 2041, 4079, 4080, 4081, 4096, 65536 };
    for (size_t i = 0; i < COUNT(lengths); i++) {
        size_t zeros = 0;
        memset(out, 0, sizeof out);
        assert_int_equal(vc__random_bytes(random, out, lengths[i], NULL), VC_OK);
        for (size_t k = 0; k < lengths[i]; k++)
            zeros += out[k] == 0;
        assert_true(zeros <= lengths[i] / 64 + 8); /* 1 of 256 is expected */
        for (size_t k = lengths[i]; k < sizeof out; k++)
            assert_int_equal(out[k], 0);
    }
}

/* Half a pool is used before the fork: without care, both sides would go on with the same other half. */
static void a_forked_child_differs(void **state)
{
    (void)state;
    enum { LEN = 64 };
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    unsigned char parent[LEN], child[LEN], zeros[LEN] = { 0 };
    assert_int_equal(vc__random_bytes(random, parent, LEN, NULL), VC_OK);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const bool sent = vc__random_bytes(random, child, LEN, NULL) == VC_OK &&
                          write(ends[1], child, LEN) == LEN;
        _exit(sent ? 0 : 1);
    }
    int status;
    assert_int_equal(vc__random_bytes(random, parent, LEN, NULL), VC_OK);
    assert_int_equal(read(ends[0], child, LEN), LEN);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(ends[1]);
    assert_memory_not_equal(parent, child, LEN);
    assert_memory_not_equal(zeros, child, LEN);
}

static void below_is_uniform(void **state)
{
    (void)state;
    vc__autoptr(vc__random) random = vc__random_new(NULL);
    uint64_t value;
    size_t counts[10] = { 0 };
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(vc__random_below(random, 10, &value, NULL), VC_OK);
        assert_true(value < 10);
        counts[value]++;
    }
    for (size_t i = 0; i < 10; i++)
        assert_in_range(counts[i], 9400, 10600); /* more than six standard deviations */
    assert_int_equal(vc__random_below(random, 1, &value, NULL), VC_OK);
    assert_int_equal(value, 0);
    size_t high = 0;
    for (size_t i = 0; i < 1000; i++) { /* a third of all draws are drawn again */
        assert_int_equal(vc__random_below(random, UINT64_MAX / 3 * 2, &value, NULL), VC_OK);
        assert_true(value < UINT64_MAX / 3 * 2);
        high += value >= UINT64_MAX / 3;
    }
    assert_in_range(high, 400, 600);
    assert_int_equal(vc__random_below(random, 0, &value, NULL), VC_OK);
}

static vc_code make_one(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__random) random = vc__random_new(&err);
    return random ? VC_OK : err.code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_one, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_comes_twice), cmocka_unit_test(any_length),
        cmocka_unit_test(a_forked_child_differs), cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests_name("crypto_random", tests, NULL, NULL);
}
