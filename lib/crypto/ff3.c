/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FF3-1: SP 800-38G revision 1 (draft of 2019), algorithms 9 and 10. Everything is read backwards: the key, each block in and out
 * (REVB), and the numerals (REV: the first one weighs least, which fpe.c sees to).
 */
#include "crypto/feistel.h"

void vc__ff3_reverse(unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        const unsigned char byte = bytes[i];
        bytes[i] = bytes[len - 1 - i];
        bytes[len - 1 - i] = byte;
    }
}

/* T_L = T[0..27] and four zero bits, T_R = T[32..55], T[28..31] and four zero bits. */
void vc__ff3_begin(vc__feistel *f)
{
    const unsigned char *t = (const unsigned char *)f->tweak.data;
    const unsigned char right[4] = { t[4], t[5], t[6], (unsigned char)(t[3] << 4) };
    const unsigned char left[4] = { t[0], t[1], t[2], t[3] & 0xf0 };
    memcpy(f->half_tweak[0], right, sizeof right);
    memcpy(f->half_tweak[1], left, sizeof left);
}

/* P = W xor [i], then the half in 12 bytes. The block is written and read in reversed order right away. */
vc__u128 vc__ff3_round(vc__feistel *f, unsigned i, vc__u128 half)
{
    const unsigned char *w = f->half_tweak[i % 2];
    unsigned char p[VC__BLOCK] = { 0 };
    for (size_t k = 0; k < 12; k++, half >>= 8)
        p[k] = (unsigned char)half;
    for (size_t k = 0; k < 4; k++)
        p[15 - k] = w[k];
    p[12] ^= (unsigned char)i;
    unsigned char s[VC__BLOCK];
    vc__feistel_block(f, p, s);
    vc__ff3_reverse(s, VC__BLOCK);
    return vc__feistel_load(s);
}
