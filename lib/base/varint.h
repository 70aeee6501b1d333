/* SPDX-License-Identifier: Apache-2.0 */
/*
 * varint.h - numbers in as few bytes as they need: unsigned LEB128 of 32 bits (groups of seven bits, the low
 * ones first, the high bit says that more follow), and zigzag for signed ones (0, -1, 1, -2 are 0, 1, 2, 3).
 * Both are the varints of the Kafka protocol (org.apache.kafka.common.utils.ByteUtils); at most 5 bytes.
 *
 * Threads: any; nothing is kept.
 */
#ifndef VC__BASE_VARINT_H
#define VC__BASE_VARINT_H

#include "base/buf.h"

enum { VC__UVARINT_MAX = 5 /* bytes */ };

static inline size_t vc__uvarint_size(uint32_t value)
{
    size_t size = 1;
    while (value >>= 7)
        size++;
    return size;
}

/* Writes the shortest form, up to VC__UVARINT_MAX bytes, and returns how many. */
static inline size_t vc__uvarint_put(char *out, uint32_t value)
{
    size_t size = 0;
    for (; value > 0x7f; value >>= 7)
        out[size++] = (char)(value | 0x80);
    out[size++] = (char)value;
    return size;
}

/* Appends the shortest form. */
static inline void vc__uvarint_write(vc__buf *out, uint32_t value)
{
    char room[VC__UVARINT_MAX];
    vc__buf_append(out, room, vc__uvarint_put(room, value));
}

/*
 * The number at bytes.data[*at], with *at moved behind it. False, and both untouched: it is cut off, has more
 * than 32 bits or more than 5 bytes or, when `minimal`, more bytes than it needs (which Kafka's readers take).
 */
static inline bool vc__uvarint_read(vc_view bytes, size_t *at, bool minimal, uint32_t *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < VC__UVARINT_MAX && i < bytes.len && *at < bytes.len - i; i++) {
        const unsigned char byte = (unsigned char)bytes.data[*at + i];
        number |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        if (number > UINT32_MAX || (minimal && i > 0 && byte == 0))
            return false;
        *value = (uint32_t)number;
        *at += i + 1;
        return true;
    }
    return false;
}

static inline uint32_t vc__zigzag(int32_t value)
{
    return (uint32_t)value << 1 ^ (value < 0 ? UINT32_MAX : 0);
}

static inline int32_t vc__unzigzag(uint32_t value)
{
    return (int32_t)(value >> 1) ^ -(int32_t)(value & 1);
}

static inline void vc__zigzag_write(vc__buf *out, int32_t value)
{
    vc__uvarint_write(out, vc__zigzag(value));
}

/* As vc__uvarint_read(). */
static inline bool vc__zigzag_read(vc_view bytes, size_t *at, bool minimal, int32_t *value)
{
    uint32_t number;
    if (!vc__uvarint_read(bytes, at, minimal, &number))
        return false;
    *value = vc__unzigzag(number);
    return true;
}

#endif
