/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "crypto/segment.h"

#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 4096 };

static const char key[] = "the stream key of 32 bytes: test";
static const char setup[VC__SEGMENT_SETUP + 1] = "a salt of just thirty-two bytes:prefix:\x00\x00\x04\x00";

static vc__segments *segments_of(const char *stream_key, const char *aad, const char *setup_bytes)
{
    vc__segments *segments = vc__segments_new(vc_view_of(stream_key, VC__SEGMENT_KEY), vc_str(aad),
                                              vc_view_of(setup_bytes, VC__SEGMENT_SETUP), NULL);
    assert_non_null(segments);
    return segments;
}

static vc__segments *common(void)
{
    return segments_of(key, "aad", setup);
}

/* Four segments of 5, 0, 5 and 3 bytes, the last one last. */
enum { FOUR = 4 };
static const char *const four[FOUR] = { "first", "", "third", "end" };

static void seal_four(char sealed[FOUR][64])
{
    vc__autoptr(vc__segments) segments = common();
    for (size_t i = 0; i < FOUR; i++)
        assert_int_equal(vc__segments_seal(segments, vc_str(four[i]), i == FOUR - 1, sealed[i], NULL), VC_OK);
}

static vc_code open_one(vc__segments *segments, const char *sealed, bool last, char *out)
{
    const size_t len = (unsigned char)sealed[3];
    return vc__segments_open(segments, vc_view_of(sealed + VC__SEGMENT_LENGTH, len), last, out, NULL);
}

static void opens_in_order(void **state)
{
    (void)state;
    char sealed[FOUR][64], out[64];
    seal_four(sealed);
    vc__autoptr(vc__segments) segments = common();
    for (size_t i = 0; i < FOUR; i++) {
        assert_int_equal(vc__segments_next(segments), i);
        assert_memory_equal(sealed[i], "\0\0\0", 3);
        assert_int_equal(sealed[i][3], strlen(four[i]) + VC__SEGMENT_TAG);
        assert_int_equal(open_one(segments, sealed[i], i == FOUR - 1, out), VC_OK);
        assert_memory_equal(out, four[i], strlen(four[i]));
    }
    assert_int_equal(open_one(segments, sealed[3], true, out), VC_E_STATE);
    assert_int_equal(vc__segments_seal(segments, vc_str("x"), false, out, NULL), VC_E_STATE);
}

/* In every place but its own, and with the wrong word about the end, each is refused, gives zeros and changes nothing. */
static void every_other_place_is_refused(void **state)
{
    (void)state;
    char sealed[FOUR][64], out[64];
    static const char zeros[64];
    seal_four(sealed);
    vc__autoptr(vc__segments) segments = common();
    for (size_t place = 0; place < FOUR; place++) {
        for (size_t i = 0; i < FOUR; i++) {
            for (int last = 0; last < 2; last++) {
                if (i == place && last == (i == FOUR - 1))
                    continue;
                memset(out, 'x', sizeof out);
                assert_int_equal(open_one(segments, sealed[i], last, out), VC_E_CIPHERTEXT);
                assert_memory_equal(out, zeros, strlen(four[i]));
            }
        }
        assert_int_equal(open_one(segments, sealed[place], place == FOUR - 1, out), VC_OK);
    }
}

static void every_flip_is_refused(void **state)
{
    (void)state;
    char sealed[FOUR][64], out[64];
    seal_four(sealed);
    vc__autoptr(vc__segments) segments = common();
    const size_t len = 5 + VC__SEGMENT_TAG;
    for (size_t bit = 0; bit < len * 8; bit++) {
        char *at = &sealed[0][VC__SEGMENT_LENGTH + bit / 8];
        *at ^= (char)(1 << bit % 8);
        assert_int_equal(open_one(segments, sealed[0], false, out), VC_E_CIPHERTEXT);
        *at ^= (char)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(vc__segments_open(segments, vc_view_of(sealed[0] + VC__SEGMENT_LENGTH, cut), false, out, NULL),
                         VC_E_CIPHERTEXT);
    assert_int_equal(open_one(segments, sealed[0], false, out), VC_OK);
}

/* All that goes into the key does go into it: stream key, associated data, and every byte of the setup. */
static void other_files_are_refused(void **state)
{
    (void)state;
    char sealed[FOUR][64], out[64], other[VC__SEGMENT_SETUP + 1], other_key[VC__SEGMENT_KEY];
    seal_four(sealed);
    for (size_t i = 0; i < VC__SEGMENT_SETUP; i++) {
        memcpy(other, setup, sizeof other);
        other[i] ^= 1;
        vc__autoptr(vc__segments) segments = segments_of(key, "aad", other);
        assert_int_equal(open_one(segments, sealed[0], false, out), VC_E_CIPHERTEXT);
    }
    for (size_t i = 0; i < VC__SEGMENT_KEY; i++) {
        memcpy(other_key, key, sizeof other_key);
        other_key[i] ^= 1;
        vc__autoptr(vc__segments) segments = segments_of(other_key, "aad", setup);
        assert_int_equal(open_one(segments, sealed[0], false, out), VC_E_CIPHERTEXT);
    }
    static const char *const aads[] = { "", "aac", "aadp", "aa" };
    for (size_t i = 0; i < COUNT(aads); i++) {
        vc__autoptr(vc__segments) segments = segments_of(key, aads[i], setup);
        assert_int_equal(open_one(segments, sealed[0], false, out), VC_E_CIPHERTEXT);
    }
}

static void refuses_wrong_lengths(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    assert_null(vc__segments_new(vc_view_of(key, 31), vc_str(""), vc_view_of(setup, VC__SEGMENT_SETUP), &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_null(vc__segments_new(vc_view_of(key, 32), vc_str(""), vc_view_of(setup, VC__SEGMENT_SETUP - 1), &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_null(vc__segments_new(vc_view_of(key, 32), vc_view_of(setup, (size_t)1 << 20), vc_view_of(setup, VC__SEGMENT_SETUP), &err));
    assert_int_equal(err.code, VC_E_LIMIT);
}

/* The child has the parent's numbers: it may open, but not seal. */
static void a_forked_child_seals_nothing(void **state)
{
    (void)state;
    vc__autoptr(vc__segments) segments = common();
    char out[64];
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(vc__segments_seal(segments, vc_str("text"), false, out, NULL) == VC_E_STATE ? 0 : 1);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(vc__segments_seal(segments, vc_str("text"), false, out, NULL), VC_OK);
}

static vc_code sweep_body(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__segments) segments = vc__segments_new(vc_view_of(key, VC__SEGMENT_KEY), vc_str("aad"),
                                                          vc_view_of(setup, VC__SEGMENT_SETUP), &err);
    return segments ? VC_OK : err.code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(sweep_body, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_in_order),         cmocka_unit_test(every_other_place_is_refused),
        cmocka_unit_test(every_flip_is_refused),  cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(refuses_wrong_lengths),  cmocka_unit_test(a_forked_child_seals_nothing),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
