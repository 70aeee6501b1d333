/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/fpe.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/failure.h"
#include "crypto/feistel.h"
#include "crypto/numeral.h"

enum { RADIX_MAX = 65536, DOMAIN_MIN = 1000000, SMALL_BITS = 96 };

#define SMALL_MAX ((vc__u128)1 << SMALL_BITS)

size_t vc__fpe_min(uint32_t radix)
{
    if (radix < 2)
        return 0;
    size_t n = 2;
    for (uint64_t domain = (uint64_t)radix * radix; domain < DOMAIN_MIN; domain *= radix)
        n++;
    return n;
}

/* The greatest k with radix^k <= 2^96. */
static size_t small_numerals(uint32_t radix)
{
    size_t k = 0;
    for (vc__u128 power = radix; power <= SMALL_MAX; power *= radix)
        k++;
    return k;
}

size_t vc__fpe_max(vc__fpe_algorithm algorithm, uint32_t radix)
{
    if (radix < 2)
        return 0;
    return algorithm == VC__FPE_FF3_1 ? 2 * small_numerals(radix) : VC__FPE_MAX;
}

vc__fpe_algorithm vc__fpe_key_algorithm(const vc__fpe_key *key)
{
    return key->algorithm;
}

uint32_t vc__fpe_key_radix(const vc__fpe_key *key)
{
    return key->radix;
}

static vc__fpe_key *key_alloc(vc_error *err)
{
    vc__fpe_key *key = vc__calloc(1, sizeof *key);
    if (key)
        key->aes = EVP_CIPHER_CTX_new();
    if (!key || !key->aes) {
        vc__fpe_key_free(key);
        (void)vc__libcrypto_forget();
        vc__error_memory(err);
        return NULL;
    }
    return key;
}

static void reverse(unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        const unsigned char byte = bytes[i];
        bytes[i] = bytes[len - 1 - i];
        bytes[len - 1 - i] = byte;
    }
}

static void set_radix(vc__fpe_key *key, uint32_t radix)
{
    key->radix = radix;
    key->radix_inverse = UINT64_MAX / radix;
    key->min = vc__fpe_min(radix);
    key->max = vc__fpe_max(key->algorithm, radix);
    for (key->chunk = 1; key->chunk <= key->radix_inverse; key->chunk *= radix)
        key->chunk_numerals++;
}

static bool set_aes_key(EVP_CIPHER_CTX *aes, const unsigned char *bytes, size_t len)
{
    const char *name = len == 16 ? "AES-128-ECB" : len == 24 ? "AES-192-ECB" : "AES-256-ECB";
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    const bool done = cipher && EVP_EncryptInit_ex2(aes, cipher, bytes, NULL, NULL) == 1 &&
                      EVP_CIPHER_CTX_set_padding(aes, 0) == 1;
    EVP_CIPHER_free(cipher); /* the context holds its own reference */
    return done;
}

vc__fpe_key *vc__fpe_key_new(vc__fpe_algorithm algorithm, vc_view key, uint32_t radix, vc_error *err)
{
    if (algorithm != VC__FPE_FF1 && algorithm != VC__FPE_FF3_1) {
        vc__error(err, VC_E_ARGUMENT, "not an algorithm for format-preserving encryption: %d",
                  (int)algorithm);
        return NULL;
    }
    if (key.len != 16 && key.len != 24 && key.len != 32) {
        vc__error(err, VC_E_ARGUMENT,
                  "a key for format-preserving encryption has 16, 24 or 32 bytes, not %zu", key.len);
        return NULL;
    }
    if (radix < 2 || radix > RADIX_MAX) {
        vc__error(err, VC_E_ARGUMENT,
                  "an alphabet for format-preserving encryption has 2 to 65536 characters, not %u", radix);
        return NULL;
    }
    vc__autoptr(vc__fpe_key) made = key_alloc(err);
    if (!made)
        return NULL;
    made->algorithm = algorithm;
    set_radix(made, radix);
    unsigned char bytes[32];
    memcpy(bytes, key.data, key.len);
    if (algorithm == VC__FPE_FF3_1)
        reverse(bytes, key.len);
    const bool set = set_aes_key(made->aes, bytes, key.len);
    vc__wipe(bytes, sizeof bytes);
    if (!set) {
        vc__libcrypto_failed(err, "set up", "AES");
        return NULL;
    }
    return vc__steal(&made);
}

vc__fpe_key *vc__fpe_key_dup(const vc__fpe_key *key, vc_error *err)
{
    vc__fpe_key *made = key_alloc(err);
    if (!made)
        return NULL;
    EVP_CIPHER_CTX *aes = made->aes;
    *made = *key;
    made->aes = aes;
    if (EVP_CIPHER_CTX_copy(aes, key->aes) != 1) {
        vc__fpe_key_free(made);
        (void)vc__libcrypto_forget();
        vc__error_memory(err);
        return NULL;
    }
    return made;
}

void vc__fpe_key_free(vc__fpe_key *key)
{
    if (!key)
        return;
    EVP_CIPHER_CTX_free(key->aes); /* wipes the key schedule */
    vc__wipe(key, sizeof *key);
    vc__free(key);
}

/* b for halves that do not fit in 96 bits. */
static vc_code long_bytes(vc__fpe_shape *shape, uint32_t radix, vc_error *err)
{
    const size_t limbs = vc__numeral_limbs(2 * shape->v);
    uint32_t *room = vc__calloc(limbs * sizeof *room + shape->v * sizeof(uint16_t), 1);
    if (!room)
        return vc__error_memory(err);
    shape->b = vc__numeral_bytes(shape->v, radix, (uint16_t *)(room + limbs), room);
    vc__free(room);
    return VC_OK;
}

static vc__u128 power(uint32_t radix, size_t exponent)
{
    vc__u128 result = 1;
    while (exponent--)
        result *= radix;
    return result;
}

/* FF1 gives the odd numeral to the second half, FF3-1 to the first. */
static vc_code set_shape(vc__fpe_key *key, size_t n, vc_error *err)
{
    vc__fpe_shape *shape = &key->shape;
    const bool ff1 = key->algorithm == VC__FPE_FF1;
    const size_t longer = n - n / 2;
    *shape = (vc__fpe_shape){ .u = ff1 ? n / 2 : longer, .v = ff1 ? longer : n / 2, .tweak_len = SIZE_MAX };
    shape->small = longer <= small_numerals(key->radix);
    if (shape->small) {
        shape->modulus[0] = power(key->radix, shape->u);
        shape->modulus[1] = power(key->radix, shape->v);
        for (int i = 0; i < 2; i++)
            shape->inverse[i] = shape->modulus[i] >> 32 ? 0 : UINT64_MAX / (uint64_t)shape->modulus[i];
        for (vc__u128 most = shape->modulus[ff1] - 1; most; most >>= 8)
            shape->b++;
    } else if (long_bytes(shape, key->radix, err) != VC_OK) {
        return VC_E_MEMORY;
    }
    vc__ff1_sizes(shape);
    shape->n = n;
    return VC_OK;
}

/* NUM and STR for numbers below 2^96, from either end. */
static vc__u128 number_of(const uint16_t *x, size_t n, uint32_t radix, bool backwards)
{
    vc__u128 number = 0;
    for (size_t i = 0; i < n; i++)
        number = number * radix + x[backwards ? n - 1 - i : i];
    return number;
}

/*
 * A division takes as long as an AES block, so one by a divisor that stays is a multiplication, which may
 * fall short by a little.
 */
static uint64_t quotient(uint64_t number, uint64_t divisor, uint64_t inverse, uint64_t *rest)
{
    uint64_t q = (uint64_t)((vc__u128)number * inverse >> 64);
    *rest = number - q * divisor;
    for (; *rest >= divisor; q++)
        *rest -= divisor;
    return q;
}

static void numerals_of_word(const vc__fpe_key *key, uint64_t number, uint16_t *x, size_t n, bool backwards)
{
    for (size_t i = n; i-- > 0;) {
        uint64_t numeral;
        number = quotient(number, key->radix, key->radix_inverse, &numeral);
        x[backwards ? n - 1 - i : i] = (uint16_t)numeral;
    }
}

static void numerals_of(const vc__fpe_key *key, vc__u128 number, uint16_t *x, size_t n, bool backwards)
{
    if (n <= key->chunk_numerals) {
        numerals_of_word(key, (uint64_t)number, x, n, backwards);
        return;
    }
    const uint64_t high = (uint64_t)(number / key->chunk);
    const uint64_t low = (uint64_t)(number - (vc__u128)high * key->chunk);
    const size_t rest = n - key->chunk_numerals;
    numerals_of_word(key, high, backwards ? x + key->chunk_numerals : x, rest, backwards);
    numerals_of_word(key, low, backwards ? x : x + rest, key->chunk_numerals, backwards);
}

static vc__u128 remainder_of(vc__u128 y, const vc__fpe_shape *shape, unsigned i)
{
    if (!shape->inverse[i] || y >> 64)
        return y % shape->modulus[i];
    uint64_t rest;
    (void)quotient((uint64_t)y, (uint64_t)shape->modulus[i], shape->inverse[i], &rest);
    return rest;
}

/* The same loop as vc__ff1_long(): x is the half that changes, w the one that the round function reads. */
static void small_rounds(vc__feistel *f, bool encrypt, const uint16_t *in, uint16_t *out)
{
    const vc__fpe_shape *shape = &f->key->shape;
    const uint32_t radix = f->key->radix;
    const bool ff1 = f->key->algorithm == VC__FPE_FF1;
    const unsigned rounds = ff1 ? VC__FF1_ROUNDS : VC__FF3_ROUNDS;
    const vc__u128 first = number_of(in, shape->u, radix, !ff1);
    const vc__u128 second = number_of(in + shape->u, shape->v, radix, !ff1);
    vc__u128 x = encrypt ? first : second, w = encrypt ? second : first;
    for (unsigned k = 0; k < rounds; k++) {
        const unsigned i = encrypt ? k : rounds - 1 - k;
        const vc__u128 modulus = shape->modulus[i % 2];
        const vc__u128 y = remainder_of(ff1 ? vc__ff1_round(f, i, w) : vc__ff3_round(f, i, w), shape, i % 2);
        const vc__u128 sum = encrypt ? x + y : x + modulus - y;
        x = w;
        w = sum >= modulus ? sum - modulus : sum;
    }
    if (f->failed)
        return;
    numerals_of(f->key, encrypt ? x : w, out, shape->u, !ff1);
    numerals_of(f->key, encrypt ? w : x, out + shape->u, shape->v, !ff1);
}

static vc_code check(const vc__fpe_key *key, vc_view tweak, const uint16_t *in, size_t n, vc_error *err)
{
    if (key->algorithm == VC__FPE_FF3_1 && tweak.len != VC__FF3_1_TWEAK)
        return vc__error(err, VC_E_ARGUMENT, "incorrect tweak size provided: %zu, FF3-1 takes 7 bytes",
                         tweak.len);
    if (tweak.len > VC__FPE_TWEAK_MAX)
        return vc__error(err, VC_E_ARGUMENT, "incorrect tweak size provided: %zu, at most %d bytes are taken",
                         tweak.len, VC__FPE_TWEAK_MAX);
    if (n < key->min)
        return vc__error(err, VC_E_REFUSED,
                         "too short for format-preserving encryption: %zu characters of an alphabet of %u, "
                         "at least %zu are needed",
                         n, key->radix, key->min);
    if (n > key->max)
        return vc__error(err, VC_E_REFUSED,
                         "too long for format-preserving encryption: %zu characters of an alphabet of %u, at "
                         "most %zu are taken",
                         n, key->radix, key->max);
    for (size_t i = 0; i < n; i++)
        if (in[i] >= key->radix)
            return vc__error(err, VC_E_ARGUMENT, "a numeral is not below the radix of %u", key->radix);
    return VC_OK;
}

static vc_code run(vc__fpe_key *key, bool encrypt, vc_view tweak, const uint16_t *in, size_t n, uint16_t *out,
                   vc_error *err)
{
    vc_code code = check(key, tweak, in, n, err);
    if (code == VC_OK && key->shape.n != n)
        code = set_shape(key, n, err);
    if (code != VC_OK)
        return code;
    vc__feistel f = { .key = key, .tweak = tweak };
    if (key->algorithm == VC__FPE_FF1)
        vc__ff1_begin(&f);
    else
        vc__ff3_begin(&f);
    if (!f.failed) {
        if (key->shape.small)
            small_rounds(&f, encrypt, in, out);
        else
            code = vc__ff1_long(&f, encrypt, in, out, err);
    }
    if (f.failed)
        code = vc__libcrypto_failed(err, "encrypt with", "AES");
    vc__wipe(&f, sizeof f);
    return code;
}

vc_code vc__fpe_encrypt(vc__fpe_key *key, vc_view tweak, const uint16_t *in, size_t n, uint16_t *out,
                        vc_error *err)
{
    return run(key, true, tweak, in, n, out, err);
}

vc_code vc__fpe_decrypt(vc__fpe_key *key, vc_view tweak, const uint16_t *in, size_t n, uint16_t *out,
                        vc_error *err)
{
    return run(key, false, tweak, in, n, out, err);
}
