/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/numeral.h"

#include <string.h>

/* As many numerals as go into 32 bits are handled at once: `base` is radix^count <= 2^32. */
static size_t chunk_of(uint32_t radix, uint64_t *base)
{
    size_t count = 1;
    *base = radix;
    while (*base * radix <= UINT64_C(1) << 32) {
        *base *= radix;
        count++;
    }
    return count;
}

/* The number in little-endian limbs, `used` of which are written; returns how many. */
static size_t to_limbs(const uint16_t *x, size_t n, uint32_t radix, uint32_t *limbs)
{
    uint64_t base;
    const size_t count = chunk_of(radix, &base);
    size_t used = 0, i = 0;
    while (i < n) {
        /* The odd numerals come first; multiplying the nothing before them by any base is right. */
        const size_t end = i + ((n - i) % count ? (n - i) % count : count);
        uint64_t carry = 0;
        for (; i < end; i++)
            carry = carry * radix + x[i];
        for (size_t k = 0; k < used; k++) {
            carry += limbs[k] * base;
            limbs[k] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry)
            limbs[used++] = (uint32_t)carry;
    }
    return used;
}

void vc__numeral_to_bytes(const uint16_t *x, size_t n, uint32_t radix, unsigned char *bytes, size_t len,
                          uint32_t *limbs)
{
    const size_t used = to_limbs(x, n, radix, limbs);
    for (size_t i = 0; i < len; i++) {
        const uint32_t limb = i / 4 < used ? limbs[i / 4] : 0;
        bytes[len - 1 - i] = (unsigned char)(limb >> i % 4 * 8);
    }
}

/* Divides the limbs (big-endian order here) by `base`, returns the remainder. */
static uint32_t divide(uint32_t *limbs, size_t used, uint64_t base)
{
    uint64_t rest = 0;
    for (size_t i = 0; i < used; i++) {
        rest = rest << 32 | limbs[i];
        limbs[i] = (uint32_t)(rest / base);
        rest %= base;
    }
    return (uint32_t)rest;
}

void vc__numeral_from_bytes(const unsigned char *bytes, size_t len, uint32_t radix, uint16_t *x, size_t n,
                            uint32_t *limbs)
{
    const size_t total = (len + 3) / 4;
    memset(limbs, 0, total * sizeof *limbs);
    for (size_t i = 0; i < len; i++)
        limbs[total - 1 - i / 4] |= (uint32_t)bytes[len - 1 - i] << i % 4 * 8;
    uint64_t base;
    const size_t count = chunk_of(radix, &base);
    size_t first = 0;
    while (n) {
        while (first < total && !limbs[first])
            first++;
        uint32_t chunk = divide(limbs + first, total - first, base);
        for (size_t k = 0; k < count && n; k++) {
            x[--n] = (uint16_t)(chunk % radix);
            chunk /= radix;
        }
    }
}

void vc__numeral_add(const uint16_t *x, const uint16_t *y, size_t n, uint32_t radix, uint16_t *out)
{
    uint32_t carry = 0;
    while (n--) {
        const uint32_t sum = (uint32_t)x[n] + y[n] + carry;
        carry = sum >= radix;
        out[n] = (uint16_t)(carry ? sum - radix : sum);
    }
}

void vc__numeral_subtract(const uint16_t *x, const uint16_t *y, size_t n, uint32_t radix, uint16_t *out)
{
    uint32_t borrow = 0;
    while (n--) {
        const uint32_t take = y[n] + borrow;
        borrow = x[n] < take;
        out[n] = (uint16_t)((borrow ? x[n] + radix : x[n]) - take);
    }
}

size_t vc__numeral_bytes(size_t n, uint32_t radix, uint16_t *numerals, uint32_t *limbs)
{
    for (size_t i = 0; i < n; i++)
        numerals[i] = (uint16_t)(radix - 1);
    const size_t used = to_limbs(numerals, n, radix, limbs);
    const uint32_t top = limbs[used - 1];
    return (used - 1) * 4 + (top >> 24 ? 4 : top >> 16 ? 3 : top >> 8 ? 2 : 1);
}
