/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/text.h"
#include "crypto/fpe.h"
#include "crypto/hash.h"
#include "vectors/crypto/fpe.h"

enum { ROOM = VC__FPE_MAX + 1 };

static size_t unhex(const char *hex, unsigned char *out)
{
    assert_true(vc__hex_decode(out, vc_str(hex)));
    return strlen(hex) / 2;
}

static size_t numerals_of(const char *text, const char *alphabet, uint16_t *out)
{
    size_t n = 0;
    for (; text[n]; n++) {
        const char *at = strchr(alphabet, text[n]);
        assert_non_null(at);
        out[n] = (uint16_t)(at - alphabet);
    }
    return n;
}

static vc__fpe_key *key_of(vc__fpe_algorithm algorithm, const char *hex, uint32_t radix)
{
    unsigned char key[64];
    const size_t len = unhex(hex, key);
    vc__fpe_key *made = vc__fpe_key_new(algorithm, vc_view_of(key, len), radix, NULL);
    assert_non_null(made);
    return made;
}

static void run_vector(const struct fpe_vector *v)
{
    unsigned char tweak[64];
    const size_t tweak_len = unhex(v->tweak, tweak);
    vc__autoptr(vc__fpe_key) key = key_of(v->algorithm, v->key, (uint32_t)strlen(v->alphabet));
    uint16_t plain[200], cipher[200], out[200];
    const size_t n = numerals_of(v->plain, v->alphabet, plain);
    assert_int_equal(numerals_of(v->cipher, v->alphabet, cipher), n);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(vc__fpe_encrypt(key, vc_view_of(tweak, tweak_len), plain, n, out, NULL), VC_OK);
        assert_memory_equal(out, cipher, n * sizeof *out);
        assert_int_equal(vc__fpe_decrypt(key, vc_view_of(tweak, tweak_len), out, n, out, NULL), VC_OK);
        assert_memory_equal(out, plain, n * sizeof *out);
    }
    if (tweak_len) {
        tweak[tweak_len - 1] ^= 0x10;
        assert_int_equal(vc__fpe_encrypt(key, vc_view_of(tweak, tweak_len), plain, n, out, NULL), VC_OK);
        assert_memory_not_equal(out, cipher, n * sizeof *out);
    }
}

static void known_answers(void **state)
{
    (void)state;
    size_t ran[3] = { 0 };
    for (size_t i = 0; i < COUNT(fpe_vectors); i++) {
        run_vector(&fpe_vectors[i]);
        ran[fpe_vectors[i].algorithm]++;
    }
    print_message("# %zu FF1 and %zu FF3-1 vectors of NIST\n", ran[VC__FPE_FF1], ran[VC__FPE_FF3_1]);
    assert_true(ran[VC__FPE_FF1] && ran[VC__FPE_FF3_1]);
}

static void long_answers(void **state)
{
    (void)state;
    static uint16_t x[ROOM];
    static unsigned char bytes[2 * ROOM];
    vc__autoptr(vc__digest) sha256 = vc__digest_new(VC__SHA2_256, NULL);
    for (size_t v = 0; v < COUNT(ff1_long_vectors); v++) {
        unsigned char tweak[200], digest[VC__HASH_MAX], expected[32];
        const size_t n = ff1_long_vectors[v].n;
        const uint32_t radix = ff1_long_vectors[v].radix;
        const vc_view t = vc_view_of(tweak, unhex(ff1_long_vectors[v].tweak, tweak));
        vc__autoptr(vc__fpe_key) key =
            key_of(VC__FPE_FF1, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", radix);
        for (uint64_t i = 0; i < n; i++)
            x[i] = (uint16_t)((i * i * 40503 + i * 7 + 3) % radix);
        assert_int_equal(vc__fpe_encrypt(key, t, x, n, x, NULL), VC_OK);
        for (size_t i = 0; i < n; i++) {
            bytes[2 * i] = (unsigned char)(x[i] >> 8);
            bytes[2 * i + 1] = (unsigned char)x[i];
        }
        unhex(ff1_long_vectors[v].digest, expected);
        assert_int_equal(vc__digest_of(sha256, vc_view_of(bytes, 2 * n), digest, NULL), VC_OK);
        assert_memory_equal(digest, expected, sizeof expected);
        assert_int_equal(vc__fpe_decrypt(key, t, x, n, x, NULL), VC_OK);
        for (uint64_t i = 0; i < n; i++)
            assert_int_equal(x[i], (i * i * 40503 + i * 7 + 3) % radix);
    }
    print_message("# %zu long vectors\n", COUNT(ff1_long_vectors));
}

/* The figures of NIST's rule, and its corners. */
static void length_limits(void **state)
{
    (void)state;
    static const struct {
        uint32_t radix;
        size_t min, max;
    } table[] = { { 10, 6, 56 },  { 16, 5, 48 },   { 26, 5, 40 },  { 36, 4, 36 },
                  { 52, 4, 32 },  { 62, 4, 32 },   { 64, 4, 32 },  { 2, 20, 192 },
                  { 3, 13, 120 }, { 1000, 2, 18 }, { 999, 3, 18 }, { 65536, 2, 12 } };
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(vc__fpe_min(table[i].radix), table[i].min);
        assert_int_equal(vc__fpe_max(VC__FPE_FF3_1, table[i].radix), table[i].max);
        assert_int_equal(vc__fpe_max(VC__FPE_FF1, table[i].radix), VC__FPE_MAX);
    }
}

static void every_length_round_trips_at(vc__fpe_algorithm algorithm, uint32_t radix, size_t step)
{
    static uint16_t in[ROOM], out[ROOM];
    vc__autoptr(vc__fpe_key) key = key_of(algorithm, "000102030405060708090a0b0c0d0e0f", radix);
    const vc_view tweak = vc_str(algorithm == VC__FPE_FF1 ? "a tweak longer than one block of AES"
                                                          : "7 bytes");
    uint32_t seed = radix;
    for (size_t n = vc__fpe_min(radix); n <= vc__fpe_max(algorithm, radix) && n <= 600;
         n += n < 70 ? 1 : step) {
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            in[i] = (uint16_t)(n % 3 == 0 ? radix - 1 : n % 3 == 1 ? 0 : (seed >> 8) % radix);
        }
        assert_int_equal(vc__fpe_encrypt(key, tweak, in, n, out, NULL), VC_OK);
        for (size_t i = 0; i < n; i++)
            assert_true(out[i] < radix);
        assert_memory_not_equal(in, out, n * sizeof *in);
        assert_int_equal(vc__fpe_decrypt(key, tweak, out, n, out, NULL), VC_OK);
        assert_memory_equal(in, out, n * sizeof *in);
    }
}

static void every_length_round_trips(void **state)
{
    (void)state;
    static const uint32_t radixes[] = { 2, 3, 10, 16, 26, 62, 64, 255, 256, 257, 1000, 65535, 65536 };
    for (size_t i = 0; i < COUNT(radixes); i++) {
        every_length_round_trips_at(VC__FPE_FF1, radixes[i], 97);
        every_length_round_trips_at(VC__FPE_FF3_1, radixes[i], 1);
    }
}

static void the_longest(void **state)
{
    (void)state;
    static uint16_t in[ROOM], out[ROOM];
    vc__autoptr(vc__fpe_key) key = key_of(VC__FPE_FF1, "000102030405060708090a0b0c0d0e0f", 65536);
    for (size_t i = 0; i < VC__FPE_MAX; i++)
        in[i] = (uint16_t)(i * 40503);
    assert_int_equal(vc__fpe_encrypt(key, vc_view_of(NULL, 0), in, VC__FPE_MAX, out, NULL), VC_OK);
    assert_int_equal(vc__fpe_decrypt(key, vc_view_of(NULL, 0), out, VC__FPE_MAX, out, NULL), VC_OK);
    assert_memory_equal(in, out, VC__FPE_MAX * sizeof *in);
}

/* Over a small domain FF1 must be a permutation: no two inputs give one output. */
static void is_a_permutation(void **state)
{
    (void)state;
    vc__autoptr(vc__fpe_key) key = key_of(VC__FPE_FF1, "000102030405060708090a0b0c0d0e0f", 10);
    static unsigned char seen[1000000];
    for (uint32_t i = 0; i < 100000; i++) {
        uint16_t x[6];
        uint32_t rest = i * 7;
        for (size_t k = 0; k < 6; k++, rest /= 10)
            x[k] = (uint16_t)(rest % 10);
        assert_int_equal(vc__fpe_encrypt(key, vc_str("t"), x, 6, x, NULL), VC_OK);
        uint32_t number = 0;
        for (size_t k = 0; k < 6; k++)
            number = number * 10 + x[k];
        assert_int_equal(seen[number]++, 0);
    }
}

struct refusal {
    vc__fpe_algorithm algorithm;
    uint32_t radix;
    size_t tweak_len, n;
    uint16_t last;
    vc_code code;
    const char *message;
};

static const struct refusal refusals[] = {
    { VC__FPE_FF1, 10, 0, 5, 0, VC_E_REFUSED,
      "too short for format-preserving encryption: 5 characters of an alphabet of 10, at least 6 are "
      "needed" },
    { VC__FPE_FF1, 10, 0, 0, 0, VC_E_REFUSED, NULL },
    { VC__FPE_FF1, 10, 0, VC__FPE_MAX + 1, 0, VC_E_REFUSED,
      "too long for format-preserving encryption: 4097 characters of an alphabet of 10, at most 4096 are "
      "taken" },
    { VC__FPE_FF1, 10, 0, 6, 10, VC_E_ARGUMENT, "a numeral is not below the radix of 10" },
    { VC__FPE_FF1, 10, VC__FPE_TWEAK_MAX + 1, 6, 0, VC_E_ARGUMENT,
      "incorrect tweak size provided: 65537, at most 65536 bytes are taken" },
    { VC__FPE_FF3_1, 10, 7, 5, 0, VC_E_REFUSED, NULL },
    { VC__FPE_FF3_1, 10, 7, 57, 0, VC_E_REFUSED, NULL },
    { VC__FPE_FF3_1, 10, 0, 6, 0, VC_E_ARGUMENT, "incorrect tweak size provided: 0, FF3-1 takes 7 bytes" },
    { VC__FPE_FF3_1, 10, 8, 6, 0, VC_E_ARGUMENT, NULL },
    { VC__FPE_FF3_1, 26, 7, 41, 0, VC_E_REFUSED, NULL },
    { VC__FPE_FF3_1, 26, 7, 6, 26, VC_E_ARGUMENT, NULL },
    { VC__FPE_FF1, 65535, 7, 2, 65535, VC_E_ARGUMENT, NULL },
};

static void refuses(void **state)
{
    (void)state;
    static char tweak[VC__FPE_TWEAK_MAX + 1];
    for (size_t i = 0; i < COUNT(refusals); i++) {
        const struct refusal *r = &refusals[i];
        static uint16_t in[ROOM], out[ROOM];
        memset(in, 0, sizeof in);
        if (r->n)
            in[r->n - 1] = r->last;
        memset(out, 0xa5, sizeof out);
        vc__autoptr(vc__fpe_key) key = key_of(r->algorithm, "000102030405060708090a0b0c0d0e0f", r->radix);
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc__fpe_encrypt(key, vc_view_of(tweak, r->tweak_len), in, r->n, out, &err), r->code);
        if (r->message)
            assert_string_equal(err.message, r->message);
        assert_int_equal(vc__fpe_decrypt(key, vc_view_of(tweak, r->tweak_len), in, r->n, out, &err), r->code);
        for (size_t k = 0; k < ROOM; k++)
            assert_int_equal(out[k], 0xa5a5);
    }
}

static void refuses_keys(void **state)
{
    (void)state;
    static const struct {
        int algorithm;
        size_t len;
        uint32_t radix;
    } table[] = { { 0, 16, 10 },           { 3, 16, 10 },           { VC__FPE_FF1, 0, 10 },
                  { VC__FPE_FF1, 15, 10 }, { VC__FPE_FF1, 20, 10 }, { VC__FPE_FF1, 33, 10 },
                  { VC__FPE_FF1, 16, 0 },  { VC__FPE_FF1, 16, 1 },  { VC__FPE_FF1, 16, 65537 } };
    static const char bytes[64];
    for (size_t i = 0; i < COUNT(table); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_null(vc__fpe_key_new((vc__fpe_algorithm)table[i].algorithm, vc_view_of(bytes, table[i].len),
                                    table[i].radix, &err));
        assert_int_equal(err.code, VC_E_ARGUMENT);
    }
    assert_int_equal(vc__fpe_min(1), 0);
    assert_int_equal(vc__fpe_max(VC__FPE_FF1, 0), 0);
}

/*
 * One key object for lengths and tweaks in turn, and a copy of it: what is kept from the last call must not
 * leak into the next.
 */
static void a_key_forgets_the_last_shape(void **state)
{
    (void)state;
    vc__autoptr(vc__fpe_key) key = key_of(VC__FPE_FF1, "2b7e151628aed2a6abf7158809cf4f3c", 10);
    vc__autoptr(vc__fpe_key) copy = vc__fpe_key_dup(key, NULL);
    assert_non_null(copy);
    assert_int_equal(vc__fpe_key_radix(copy), 10);
    assert_int_equal(vc__fpe_key_algorithm(copy), VC__FPE_FF1);
    uint16_t in[200] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, first[200], again[200];
    static const size_t lengths[] = { 10, 11, 100, 10, 199, 6, 10 };
    for (size_t i = 0; i < COUNT(lengths); i++) {
        for (size_t tweak = 0; tweak < 40; tweak += 13) {
            const vc_view t = vc_view_of("9876543210987654321098765432109876543210", tweak);
            assert_int_equal(vc__fpe_encrypt(key, t, in, lengths[i], first, NULL), VC_OK);
            vc__autoptr(vc__fpe_key) fresh = key_of(VC__FPE_FF1, "2b7e151628aed2a6abf7158809cf4f3c", 10);
            assert_int_equal(vc__fpe_encrypt(fresh, t, in, lengths[i], again, NULL), VC_OK);
            assert_memory_equal(first, again, lengths[i] * sizeof *first);
            assert_int_equal(vc__fpe_decrypt(copy, t, again, lengths[i], again, NULL), VC_OK);
            assert_memory_equal(in, again, lengths[i] * sizeof *first);
        }
    }
}

static vc_code long_encryption(void *arg)
{
    (void)arg;
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc__fpe_key) key = vc__fpe_key_new(VC__FPE_FF1, vc_str("0123456789abcdef"), 10, &err);
    if (!key)
        return err.code;
    vc__autoptr(vc__fpe_key) copy = vc__fpe_key_dup(key, &err);
    if (!copy)
        return err.code;
    uint16_t in[100] = { 0 }, out[100] = { 7 };
    const vc_code code = vc__fpe_encrypt(copy, vc_str("tweak"), in, 100, out, &err);
    if (code != VC_OK)
        assert_int_equal(out[0], 7);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(long_encryption, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers), cmocka_unit_test(long_answers),
        cmocka_unit_test(length_limits),
        cmocka_unit_test(every_length_round_trips), cmocka_unit_test(the_longest),
        cmocka_unit_test(is_a_permutation), cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_keys), cmocka_unit_test(a_key_forgets_the_last_shape),
        cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests_name("crypto_fpe", tests, NULL, NULL);
}
