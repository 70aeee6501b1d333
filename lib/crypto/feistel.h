/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feistel.h - what FF1 and FF3-1 share: both are Feistel networks whose round function is built from AES
 * blocks, over two halves that are numbers. Where radix^(longer half) is at most 2^96, as always in FF3-1,
 * the halves stay numbers of 128 bits from the first round to the last (fpe.c); longer ones are FF1's alone,
 * and go by numeral.h (ff1.c).
 *
 * For fpe.c, ff1.c and ff3.c only. Threads: one user of a key at a time.
 */
#ifndef VC__CRYPTO_FEISTEL_H
#define VC__CRYPTO_FEISTEL_H

#include "crypto/fpe.h"

#include <openssl/evp.h>
#include <stdbool.h>

__extension__ typedef unsigned __int128 vc__u128;

enum { VC__BLOCK = 16, VC__FF1_ROUNDS = 10, VC__FF3_ROUNDS = 8 };

/* What depends on the length alone; kept from call to call, since neighbours mostly have the same. */
typedef struct vc__fpe_shape {
    size_t n;    /* numerals; 0: nothing is kept */
    size_t u, v; /* of the first and of the second half */
    bool small;  /* both halves fit in 96 bits: the moduli are radix^u, radix^v */
    vc__u128 modulus[2];
    uint64_t inverse[2];             /* floor((2^64 - 1) / modulus), where that is below 2^32; else 0 */
    size_t b, d;                     /* FF1: bytes of a half, and of the round function's number */
    size_t tweak_len;                /* FF1: of `prefix` */
    unsigned char prefix[VC__BLOCK]; /* FF1: the CBC-MAC after P */
} vc__fpe_shape;

struct vc__fpe_key {
    EVP_CIPHER_CTX *aes; /* ECB, forward */
    vc__fpe_algorithm algorithm;
    uint32_t radix;
    uint64_t radix_inverse; /* floor((2^64 - 1) / radix) */
    uint64_t chunk;         /* the greatest power of the radix below 2^64, */
    size_t chunk_numerals;  /* and which it is */
    size_t min, max;
    vc__fpe_shape shape;
};

/* One operation. Wiped by its owner. */
typedef struct vc__feistel {
    vc__fpe_key *key;
    vc_view tweak;
    unsigned char mac[VC__BLOCK]; /* FF1, long halves: the CBC-MAC after P and the tweak's whole blocks */
    vc__u128 base;                /* FF1, small halves: a round's only block without i and the half */
    uint32_t half_tweak[2];       /* FF3-1: T_R for even rounds, T_L for odd ones */
    bool failed;                  /* libcrypto failed; what comes out is worthless */
} vc__feistel;

static inline void vc__feistel_block(vc__feistel *f, const unsigned char *in, unsigned char *out)
{
    int len;
    if (EVP_EncryptUpdate(f->key->aes, out, &len, in, VC__BLOCK) != 1)
        f->failed = true;
}

/*
 * Blocks as numbers, in words: bytes written one by one and read back as words would stall. The compiler
 * knows these for what they are.
 */
static inline uint64_t vc__feistel_word(const unsigned char *p)
{
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 |
           (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | p[7];
}

static inline vc__u128 vc__feistel_load(const unsigned char *block)
{
    return (vc__u128)vc__feistel_word(block) << 64 | vc__feistel_word(block + 8);
}

static inline void vc__feistel_store(unsigned char *block, vc__u128 number)
{
    const uint64_t words[2] = { __builtin_bswap64((uint64_t)(number >> 64)),
                                __builtin_bswap64((uint64_t)number) };
    memcpy(block, words, sizeof words); /* little-endian machines only, as configure says */
}

/* ff1.c */
void vc__ff1_sizes(vc__fpe_shape *shape);              /* d from b */
void vc__ff1_begin(vc__feistel *f);                    /* the part that all rounds have in common */
vc__u128 vc__ff1_round(vc__feistel *f, unsigned i, vc__u128 half);
vc_code vc__ff1_long(vc__feistel *f, bool encrypt, const uint16_t *in, uint16_t *out, vc_error *err);

/* ff3.c */
void vc__ff3_begin(vc__feistel *f);
vc__u128 vc__ff3_round(vc__feistel *f, unsigned i, vc__u128 half);

#endif
