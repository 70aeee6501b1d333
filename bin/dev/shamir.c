/* SPDX-License-Identifier: Apache-2.0 */
#include "shamir.h"

/* In GF(2^8) with the polynomial of AES; time does not matter here, the keys are for development. */
static unsigned char times(unsigned char a, unsigned char b)
{
    unsigned char product = 0;
    for (; b; b >>= 1) {
        if (b & 1)
            product ^= a;
        a = (unsigned char)(a << 1 ^ (a & 0x80 ? 0x1b : 0));
    }
    return product;
}

/* a^254, which is 1/a. */
static unsigned char inverse(unsigned char a)
{
    unsigned char power = 1;
    for (int i = 0; i < 254; i++)
        power = times(power, a);
    return power;
}

bool dev_shamir_split(const unsigned char *secret, size_t count, size_t threshold, vc__random *random,
                      unsigned char (*shares)[DEV_SHARE])
{
    unsigned char more[DEV_SHARES];
    if (count > DEV_SHARES || threshold < 2 || threshold > count)
        return false;
    for (size_t byte = 0; byte < DEV_SECRET; byte++) {
        if (vc__random_bytes(random, more, threshold - 1, NULL) != VC_OK)
            return false;
        for (size_t i = 0; i < count; i++) {
            const unsigned char x = (unsigned char)(i + 1);
            unsigned char value = 0;
            for (size_t degree = threshold - 1; degree > 0; degree--) /* Horner's rule */
                value = times((unsigned char)(value ^ more[degree - 1]), x);
            shares[i][byte] = (unsigned char)(value ^ secret[byte]);
            shares[i][DEV_SECRET] = x;
        }
    }
    return true;
}

/* What share i weighs at x = 0 (Lagrange). */
static unsigned char weight(unsigned char (*shares)[DEV_SHARE], size_t count, size_t i)
{
    unsigned char above = 1, below = 1;
    for (size_t other = 0; other < count; other++) {
        if (other == i)
            continue;
        above = times(above, shares[other][DEV_SECRET]);
        below = times(below, (unsigned char)(shares[i][DEV_SECRET] ^ shares[other][DEV_SECRET]));
    }
    return times(above, inverse(below));
}

bool dev_shamir_join(unsigned char (*shares)[DEV_SHARE], size_t count, unsigned char *secret)
{
    for (size_t i = 0; i < count; i++)
        for (size_t other = 0; other < i; other++)
            if (shares[i][DEV_SECRET] == shares[other][DEV_SECRET])
                return false;
    for (size_t byte = 0; byte < DEV_SECRET; byte++)
        secret[byte] = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned char by = weight(shares, count, i);
        for (size_t byte = 0; byte < DEV_SECRET; byte++)
            secret[byte] = (unsigned char)(secret[byte] ^ times(by, shares[i][byte]));
    }
    return true;
}
