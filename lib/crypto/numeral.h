/* SPDX-License-Identifier: Apache-2.0 */
/*
 * numeral.h - exact arithmetic on numeral strings of any length, first numeral the most significant: what FF1
 * needs where half of a string does not fit in 96 bits. Quadratic in the length, several numerals a step.
 *
 * For fpe.c and ff1.c only. Threads: nothing is kept. `limbs` is the caller's room, to be wiped by him.
 */
#ifndef VC__CRYPTO_NUMERAL_H
#define VC__CRYPTO_NUMERAL_H

#include <stddef.h>
#include <stdint.h>

/* 32-bit words of `limbs` for numbers of `bytes` bytes. */
static inline size_t vc__numeral_limbs(size_t bytes)
{
    return bytes / 4 + 1;
}

/* NUM_radix(x) as `len` bytes, big-endian; it must be below 256^len. */
void vc__numeral_to_bytes(const uint16_t *x, size_t n, uint32_t radix, unsigned char *bytes, size_t len,
                          uint32_t *limbs);

/* The low n numerals of the number in `len` bytes, big-endian: its value mod radix^n. */
void vc__numeral_from_bytes(const unsigned char *bytes, size_t len, uint32_t radix, uint16_t *x, size_t n,
                            uint32_t *limbs);

/* out = x + y, x - y mod radix^n; out may be x or y. */
void vc__numeral_add(const uint16_t *x, const uint16_t *y, size_t n, uint32_t radix, uint16_t *out);
void vc__numeral_subtract(const uint16_t *x, const uint16_t *y, size_t n, uint32_t radix, uint16_t *out);

/*
 * Bytes that radix^n - 1 takes, exactly. `numerals` (n of them) and `limbs` (for 2 * n bytes) are room to
 * work in.
 */
size_t vc__numeral_bytes(size_t n, uint32_t radix, uint16_t *numerals, uint32_t *limbs);

#endif
