/* SPDX-License-Identifier: Apache-2.0 */
/* FF1: SP 800-38G, algorithms 7 and 8. Letters are the standard's. */
#include "crypto/feistel.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/numeral.h"

static size_t tail_size(size_t tweak_len, size_t b)
{
    return (tweak_len % VC__BLOCK + 1 + b + VC__BLOCK - 1) / VC__BLOCK * VC__BLOCK;
}

void vc__ff1_sizes(vc__fpe_shape *shape)
{
    shape->d = (shape->b + 3) / 4 * 4 + 4;
}

static void put32(unsigned char *to, size_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* P is the same for all strings of one length and tweak length. */
static void mac_of_p(vc__feistel *f)
{
    vc__fpe_shape *shape = &f->key->shape;
    unsigned char p[VC__BLOCK] = { 1, 2, 1 };
    p[3] = (unsigned char)(f->key->radix >> 16);
    p[4] = (unsigned char)(f->key->radix >> 8);
    p[5] = (unsigned char)f->key->radix;
    p[6] = VC__FF1_ROUNDS;
    p[7] = (unsigned char)shape->u;
    put32(p + 8, shape->n);
    put32(p + 12, f->tweak.len);
    vc__feistel_block(f, p, shape->prefix);
    shape->tweak_len = f->tweak.len;
}

/* The CBC-MAC goes on over whole blocks. */
static void mac_more(vc__feistel *f, unsigned char *mac, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += VC__BLOCK) {
        vc__feistel_store(mac, vc__feistel_load(mac) ^ vc__feistel_load(bytes + i));
        vc__feistel_block(f, mac, mac);
    }
}

/*
 * Q is the tweak, zeros, i in one byte and the half in b; only i and the half change from round to round.
 * Where b <= 12 they lie in the last block, so all before it is done here, and a round is one block.
 */
void vc__ff1_begin(vc__feistel *f)
{
    vc__fpe_shape *shape = &f->key->shape;
    if (shape->tweak_len != f->tweak.len)
        mac_of_p(f);
    memcpy(f->mac, shape->prefix, VC__BLOCK);
    const size_t whole = f->tweak.len / VC__BLOCK * VC__BLOCK;
    mac_more(f, f->mac, (const unsigned char *)f->tweak.data, whole);
    if (shape->small) {
        unsigned char tail[2 * VC__BLOCK] = { 0 };
        const size_t last = tail_size(f->tweak.len, shape->b) - VC__BLOCK;
        if (f->tweak.len > whole)
            memcpy(tail, f->tweak.data + whole, f->tweak.len - whole);
        mac_more(f, f->mac, tail, last);
        f->base = vc__feistel_load(f->mac) ^ vc__feistel_load(tail + last);
    }
    if (f->failed)
        shape->n = 0;
}

vc__u128 vc__ff1_round(vc__feistel *f, unsigned i, vc__u128 half)
{
    const vc__fpe_shape *shape = &f->key->shape;
    unsigned char r[VC__BLOCK];
    vc__feistel_store(r, f->base ^ (vc__u128)i << 8 * shape->b ^ half);
    vc__feistel_block(f, r, r);
    return vc__feistel_load(r) >> (VC__BLOCK - shape->d) * 8; /* b <= 12, so d <= 16 */
}

/* Room for one operation on long halves: one piece of memory, wiped as a whole. */
struct room {
    uint32_t *limbs;
    uint16_t *halves[3]; /* x, w and what is being made */
    unsigned char *tail, *s;
    size_t tail_len, total;
};

static bool room_new(struct room *room, const vc__fpe_shape *shape, size_t tweak_len)
{
    const size_t s_len = (shape->d + VC__BLOCK - 1) / VC__BLOCK * VC__BLOCK;
    const size_t limbs = vc__numeral_limbs(shape->d);
    room->tail_len = tail_size(tweak_len, shape->b);
    room->total = limbs * sizeof(uint32_t) + 3 * shape->v * sizeof(uint16_t) + room->tail_len + s_len;
    room->limbs = vc__calloc(room->total, 1);
    if (!room->limbs)
        return false;
    room->halves[0] = (uint16_t *)(room->limbs + limbs);
    room->halves[1] = room->halves[0] + shape->v;
    room->halves[2] = room->halves[1] + shape->v;
    room->tail = (unsigned char *)(room->halves[2] + shape->v);
    room->s = room->tail + room->tail_len;
    return true;
}

static void room_free(struct room *room)
{
    vc__wipe(room->limbs, room->total);
    vc__free(room->limbs);
}

/* S: R, then the encryptions of R xor 1, R xor 2, ... until there are d bytes. */
static void expand(vc__feistel *f, unsigned char *s, size_t d)
{
    for (size_t block = 1; block * VC__BLOCK < d; block++) {
        unsigned char *to = s + block * VC__BLOCK;
        vc__feistel_store(to, vc__feistel_load(s) ^ block);
        vc__feistel_block(f, to, to);
    }
}

/*
 * Encrypting, (A, B) becomes (B, A + y); decrypting, (B, A) becomes (A, B - y), the rounds counted down. So
 * with x for the half that changes and w for the one that the round function reads, it is one loop.
 */
vc_code vc__ff1_long(vc__feistel *f, bool encrypt, const uint16_t *in, uint16_t *out, vc_error *err)
{
    const vc__fpe_shape *shape = &f->key->shape;
    const uint32_t radix = f->key->radix;
    struct room room;
    if (!room_new(&room, shape, f->tweak.len))
        return vc__error_memory(err);
    uint16_t *x = room.halves[0], *w = room.halves[1], *y = room.halves[2];
    memcpy(encrypt ? x : w, in, shape->u * sizeof *in);
    memcpy(encrypt ? w : x, in + shape->u, shape->v * sizeof *in);
    const size_t rest = f->tweak.len % VC__BLOCK;
    if (rest)
        memcpy(room.tail, f->tweak.data + f->tweak.len - rest, rest);
    unsigned char *number = room.tail + room.tail_len - shape->b;
    for (unsigned k = 0; k < VC__FF1_ROUNDS; k++) {
        const unsigned i = encrypt ? k : VC__FF1_ROUNDS - 1 - k;
        const size_t m = i % 2 ? shape->v : shape->u;
        number[-1] = (unsigned char)i;
        vc__numeral_to_bytes(w, shape->n - m, radix, number, shape->b, room.limbs);
        memcpy(room.s, f->mac, VC__BLOCK);
        mac_more(f, room.s, room.tail, room.tail_len);
        expand(f, room.s, shape->d);
        vc__numeral_from_bytes(room.s, shape->d, radix, y, m, room.limbs);
        (encrypt ? vc__numeral_add : vc__numeral_subtract)(x, y, m, radix, y);
        uint16_t *spare = x;
        x = w;
        w = y;
        y = spare;
    }
    if (!f->failed) {
        memcpy(out, encrypt ? x : w, shape->u * sizeof *out);
        memcpy(out + shape->u, encrypt ? w : x, shape->v * sizeof *out);
    }
    room_free(&room);
    return VC_OK;
}
