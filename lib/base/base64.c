/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "base/secret.h"

/*
 * What each character is worth in each of the four places of a group, laid out so that the four together are
 * the three bytes in the order of memory (little-endian, as configure says); WRONG for those outside the
 * alphabet.
 */
#define WRONG 0x80000000u
#define XX 64
#define NONE(V) \
    V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX)
#define VALUES(V) \
    V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) \
    V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) \
    V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) V(62) V(XX) V(XX) V(XX) V(63) \
    V(52) V(53) V(54) V(55) V(56) V(57) V(58) V(59) V(60) V(61) V(XX) V(XX) V(XX) V(XX) V(XX) V(XX) \
    V(XX) V(0) V(1) V(2) V(3) V(4) V(5) V(6) V(7) V(8) V(9) V(10) V(11) V(12) V(13) V(14) \
    V(15) V(16) V(17) V(18) V(19) V(20) V(21) V(22) V(23) V(24) V(25) V(XX) V(XX) V(XX) V(XX) V(XX) \
    V(XX) V(26) V(27) V(28) V(29) V(30) V(31) V(32) V(33) V(34) V(35) V(36) V(37) V(38) V(39) V(40) \
    V(41) V(42) V(43) V(44) V(45) V(46) V(47) V(48) V(49) V(50) V(51) V(XX) V(XX) V(XX) V(XX) V(XX) \
    NONE(V) NONE(V) NONE(V) NONE(V) NONE(V) NONE(V) NONE(V) NONE(V)

#define FIRST(v) (v) == XX ? WRONG : (uint32_t)(v) << 2,
#define SECOND(v) (v) == XX ? WRONG : (uint32_t)(v) >> 4 | ((uint32_t)(v) & 15) << 12,
#define THIRD(v) (v) == XX ? WRONG : (uint32_t)(v) >> 2 << 8 | ((uint32_t)(v) & 3) << 22,
#define FOURTH(v) (v) == XX ? WRONG : (uint32_t)(v) << 16,
static const uint32_t places[4][256] = {
    { VALUES(FIRST) }, { VALUES(SECOND) }, { VALUES(THIRD) }, { VALUES(FOURTH) }
};
#undef NONE
#undef VALUES

/* Four characters as three bytes in the low 24 bits, or with WRONG. */
static inline uint32_t group_of(const unsigned char *in)
{
    return places[0][in[0]] | places[1][in[1]] | places[2][in[2]] | places[3][in[3]];
}

static inline bool is_wrong(unsigned char c)
{
    return places[0][c] & WRONG;
}

/* Two characters for each 12 bits: half the look-ups and stores of one for 6. */
#define ROW(c)                                                                                           \
    { c, 'A' }, { c, 'B' }, { c, 'C' }, { c, 'D' }, { c, 'E' }, { c, 'F' }, { c, 'G' }, { c, 'H' },      \
    { c, 'I' }, { c, 'J' }, { c, 'K' }, { c, 'L' }, { c, 'M' }, { c, 'N' }, { c, 'O' }, { c, 'P' },      \
    { c, 'Q' }, { c, 'R' }, { c, 'S' }, { c, 'T' }, { c, 'U' }, { c, 'V' }, { c, 'W' }, { c, 'X' },      \
    { c, 'Y' }, { c, 'Z' }, { c, 'a' }, { c, 'b' }, { c, 'c' }, { c, 'd' }, { c, 'e' }, { c, 'f' },      \
    { c, 'g' }, { c, 'h' }, { c, 'i' }, { c, 'j' }, { c, 'k' }, { c, 'l' }, { c, 'm' }, { c, 'n' },      \
    { c, 'o' }, { c, 'p' }, { c, 'q' }, { c, 'r' }, { c, 's' }, { c, 't' }, { c, 'u' }, { c, 'v' },      \
    { c, 'w' }, { c, 'x' }, { c, 'y' }, { c, 'z' }, { c, '0' }, { c, '1' }, { c, '2' }, { c, '3' },      \
    { c, '4' }, { c, '5' }, { c, '6' }, { c, '7' }, { c, '8' }, { c, '9' }, { c, '+' }, { c, '/' }
static const char pairs[4096][2] = {
    ROW('A'), ROW('B'), ROW('C'), ROW('D'), ROW('E'), ROW('F'), ROW('G'), ROW('H'), ROW('I'), ROW('J'),
    ROW('K'), ROW('L'), ROW('M'), ROW('N'), ROW('O'), ROW('P'), ROW('Q'), ROW('R'), ROW('S'), ROW('T'),
    ROW('U'), ROW('V'), ROW('W'), ROW('X'), ROW('Y'), ROW('Z'), ROW('a'), ROW('b'), ROW('c'), ROW('d'),
    ROW('e'), ROW('f'), ROW('g'), ROW('h'), ROW('i'), ROW('j'), ROW('k'), ROW('l'), ROW('m'), ROW('n'),
    ROW('o'), ROW('p'), ROW('q'), ROW('r'), ROW('s'), ROW('t'), ROW('u'), ROW('v'), ROW('w'), ROW('x'),
    ROW('y'), ROW('z'), ROW('0'), ROW('1'), ROW('2'), ROW('3'), ROW('4'), ROW('5'), ROW('6'), ROW('7'),
    ROW('8'), ROW('9'), ROW('+'), ROW('/'),
};
#undef ROW

void vc__base64_encode_raw(char *out, const unsigned char *in, size_t len)
{
    for (; len >= 8; in += 6, len -= 6, out += 8) { /* six of the eight bytes that are read */
        uint64_t v;
        memcpy(&v, in, sizeof v);
        v = __builtin_bswap64(v);
        memcpy(out, pairs[v >> 52], 2);
        memcpy(out + 2, pairs[v >> 40 & 4095], 2);
        memcpy(out + 4, pairs[v >> 28 & 4095], 2);
        memcpy(out + 6, pairs[v >> 16 & 4095], 2);
    }
    while (len >= 3) {
        const uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        memcpy(out, pairs[v >> 12], 2);
        memcpy(out + 2, pairs[v & 4095], 2);
        in += 3;
        len -= 3;
        out += 4;
    }
    if (len) {
        const uint32_t v = (uint32_t)in[0] << 16 | (len == 2 ? (uint32_t)in[1] << 8 : 0);
        memcpy(out, pairs[v >> 12], 2);
        out[2] = len == 2 ? pairs[v & 4095][0] : '=';
        out[3] = '=';
    }
}

void vc__base64_encode(vc__buf *out, vc_view bytes)
{
    if (bytes.len > SIZE_MAX / 2) {
        out->failed = VC_E_LIMIT;
        return;
    }
    const size_t len = vc__base64_encoded_len(bytes.len);
    if (!len || vc__buf_reserve(out, len) != VC_OK)
        return;
    vc__base64_encode_raw(out->data + out->len, (const unsigned char *)bytes.data, bytes.len);
    out->len += len;
    out->data[out->len] = 0;
}

/* `at` is the offset of the fault. */
static vc_code fail(char *out, size_t written, size_t *bad, size_t at)
{
    vc__wipe(out, written);
    if (bad)
        *bad = at;
    return VC_E_PROTOCOL;
}

/* The first of n characters that is not in the alphabet, or n. */
static size_t first_wrong(const unsigned char *in, size_t n)
{
    size_t i = 0;
    while (i < n && !is_wrong(in[i]))
        i++;
    return i;
}

/* The last group, with its padding. Unused bits must be zero. */
static vc_code decode_last(const unsigned char *in, size_t at, size_t done, char *out, size_t *out_len,
                           size_t *bad)
{
    const size_t pad = in[3] != '=' ? 0 : in[2] != '=' ? 1 : 2;
    const size_t wrong = first_wrong(in, 4 - pad);
    if (wrong < 4 - pad)
        return fail(out, done, bad, at + wrong);
    const unsigned char group[4] = { in[0], in[1], pad < 2 ? in[2] : 'A', pad < 1 ? in[3] : 'A' };
    const uint32_t v = group_of(group);
    if (v >> (24 - 8 * pad))
        return fail(out, done, bad, at + 3 - pad);
    memcpy(out + done, &v, 3 - pad);
    *out_len = done + 3 - pad;
    return VC_OK;
}

vc_code vc__base64_decode(char *out, size_t *out_len, vc_view text, size_t *bad)
{
    *out_len = 0;
    if (!text.len)
        return VC_OK;
    const unsigned char *in = (const unsigned char *)text.data;
    if (text.len % 4) {
        const size_t whole = text.len - text.len % 4, wrong = first_wrong(in, whole);
        return fail(out, 0, bad, wrong < whole ? wrong : text.len);
    }
    size_t i = 0, done = 0;
    for (; i + 4 < text.len; i += 4, done += 3) {
        const uint32_t v = group_of(in + i);
        if (v & WRONG)
            return fail(out, done, bad, i + first_wrong(in + i, 4));
        memcpy(out + done, &v,
               sizeof v); /* the fourth byte is the next group's place, which has room: it is not the last */
    }
    return decode_last(in + i, i, done, out, out_len, bad);
}

bool vc__base64_valid(vc_view text)
{
    const unsigned char *in = (const unsigned char *)text.data;
    char last[3];
    size_t len;
    if (text.len % 4 || !text.len)
        return !text.len;
    const size_t before = text.len - 4;
    const bool valid = first_wrong(in, before) == before && decode_last(in + before, 0, 0, last, &len, NULL) == VC_OK;
    vc__wipe(last, sizeof last);
    return valid;
}

static size_t skip_line_ends(vc_view text, size_t at)
{
    while (at < text.len && (text.data[at] == '\r' || text.data[at] == '\n'))
        at++;
    return at;
}

/* Behind the first '=' of a group of n characters: the offset at which Go finds fault, or text.len + 1. */
static size_t check_padding(vc_view text, size_t at, size_t n)
{
    at = skip_line_ends(text, at);
    if (n == 2) {
        if (at == text.len)
            return text.len;
        if (text.data[at] != '=')
            return at - 1;
        at = skip_line_ends(text, at + 1);
    }
    return at < text.len ? at : text.len + 1;
}

/*
 * A group as Go reads it, with line ends anywhere; `*at` moves behind it. Sets how many bytes it made, 0 at
 * the end of the text.
 */
static vc_code decode_group_go(vc_view text, size_t *at, char *out, size_t *made, size_t *bad)
{
    unsigned char group[4] = { 'A', 'A', 'A', 'A' };
    size_t n = 0;
    bool padded = false;
    while (n < 4 && !padded) {
        *at = skip_line_ends(text, *at);
        *made = 0;
        if (*at == text.len)
            return n ? fail(out, 0, bad, text.len - n)
                     : VC_OK; /* Go counts back what it had of the group, not where it was */
        const unsigned char c = (unsigned char)text.data[(*at)++];
        padded = c == '=' && n >= 2;
        if (!padded && is_wrong(c))
            return fail(out, 0, bad, *at - 1);
        if (!padded)
            group[n++] = c;
    }
    if (padded) {
        const size_t fault = check_padding(text, *at, n);
        if (fault <= text.len)
            return fail(out, 0, bad, fault);
        *at = text.len;
    }
    const uint32_t v = group_of(group);
    *made = n - 1;
    memcpy(out, &v, n - 1);
    return VC_OK;
}

vc_code vc__base64_decode_go(char *out, size_t *out_len, vc_view text, size_t *bad)
{
    const unsigned char *in = (const unsigned char *)text.data;
    const size_t room = text.len / 4 * 3;
    size_t at = 0, done = 0, made = 1;
    *out_len = 0;
    while (made) {
        for (; at + 4 <= text.len && done + 4 <= room && !(group_of(in + at) & WRONG); at += 4, done += 3) {
            const uint32_t v = group_of(in + at);
            memcpy(out + done, &v, sizeof v);
        }
        const vc_code code = decode_group_go(text, &at, out + done, &made, bad);
        if (code != VC_OK) {
            vc__wipe(out, done);
            return code;
        }
        done += made;
    }
    *out_len = done;
    return VC_OK;
}
