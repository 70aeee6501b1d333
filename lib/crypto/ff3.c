/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FF3-1: SP 800-38G revision 1 (draft of 2019), algorithms 9 and 10. Everything is read backwards: the key
 * (fpe.c), each block in and out (REVB), and the numerals (REV: the first one weighs least, which fpe.c sees
 * to). A block that is reversed and then read as a big-endian number is a block read as a little-endian one,
 * which is all the reversing there is here.
 */
#include "crypto/feistel.h"

static uint32_t word(unsigned char a, unsigned char b, unsigned char c, unsigned char d)
{
    return (uint32_t)a << 24 | (uint32_t)b << 16 | (uint32_t)c << 8 | d;
}

/* T_L = T[0..27] and four zero bits, T_R = T[32..55], T[28..31] and four zero bits. */
void vc__ff3_begin(vc__feistel *f)
{
    const unsigned char *t = (const unsigned char *)f->tweak.data;
    f->half_tweak[0] = word(t[4], t[5], t[6], (unsigned char)(t[3] << 4));
    f->half_tweak[1] = word(t[0], t[1], t[2], t[3] & 0xf0);
}

/* P = W xor [i], then the half in 12 bytes. */
vc__u128 vc__ff3_round(vc__feistel *f, unsigned i, vc__u128 half)
{
    vc__u128 block = (vc__u128)(f->half_tweak[i % 2] ^ i) << 96 | half;
    unsigned char bytes[VC__BLOCK];
    memcpy(bytes, &block, sizeof bytes);
    vc__feistel_block(f, bytes, bytes);
    memcpy(&block, bytes, sizeof bytes);
    return block;
}
