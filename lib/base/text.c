/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

bool vc__view_starts(vc_view text, const char *prefix)
{
    const size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

bool vc__list_next(vc_view *rest, vc_view *item)
{
    while (rest->len && (rest->data[0] == ',' || rest->data[0] == ' ' || rest->data[0] == '\t'))
        *rest = vc_view_of(rest->data + 1, rest->len - 1);
    if (!rest->len)
        return false;
    const char *comma = memchr(rest->data, ',', rest->len);
    *item = vc_view_of(rest->data, comma ? (size_t)(comma - rest->data) : rest->len);
    *rest = vc_view_of(rest->data + item->len, rest->len - item->len);
    while (item->data[item->len - 1] == ' ' || item->data[item->len - 1] == '\t')
        item->len--;
    return true;
}

void vc__hex_encode(vc__buf *out, vc_view bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        const unsigned char byte = (unsigned char)bytes.data[i];
        const char pair[2] = { digits[byte >> 4], digits[byte & 15] };
        vc__buf_append(out, pair, 2);
    }
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool vc__hex_decode(unsigned char *out, vc_view text)
{
    if (text.len % 2)
        return false;
    for (size_t i = 0; i < text.len; i += 2) {
        const int high = nibble(text.data[i]), low = nibble(text.data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* Unicode standard, table 3-7. */
size_t vc__utf8_sequence(const char *at, size_t room)
{
    const unsigned char *p = (const unsigned char *)at;
    const unsigned char lead = p[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    const size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (room < len)
        return 0;
    unsigned char low = 0x80, high = 0xbf;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

size_t vc__utf8_valid(vc_view text)
{
    const char *p = text.data;
    size_t at = 0;
    while (at < text.len) {
        uint64_t word;
        if (text.len - at >= sizeof word) {
            memcpy(&word, p + at, sizeof word);
            if (!(word & UINT64_C(0x8080808080808080))) {
                at += sizeof word;
                continue;
            }
        }
        const size_t len = vc__utf8_sequence(p + at, text.len - at);
        if (!len)
            break;
        at += len;
    }
    return at;
}

uint32_t vc__utf8_next(vc_view text, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text.data + *at;
    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    if (p[0] < 0xe0) {
        *at += 2;
        return (uint32_t)(p[0] & 31) << 6 | (p[1] & 63u);
    }
    if (p[0] < 0xf0) {
        *at += 3;
        return (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63u);
    }
    *at += 4;
    return (uint32_t)(p[0] & 7) << 18 | (uint32_t)(p[1] & 63) << 12 | (uint32_t)(p[2] & 63) << 6 |
           (p[3] & 63u);
}

void vc__utf8_append(vc__buf *out, uint32_t c)
{
    if (c < 0x80) {
        vc__buf_byte(out, (char)c);
    } else if (c < 0x800) {
        const char s[2] = { (char)(0xc0 | c >> 6), (char)(0x80 | (c & 63)) };
        vc__buf_append(out, s, sizeof s);
    } else if (c < 0x10000) {
        const char s[3] = { (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63)) };
        vc__buf_append(out, s, sizeof s);
    } else {
        const char s[4] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 63)),
                            (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63)) };
        vc__buf_append(out, s, sizeof s);
    }
}

uint64_t vc__fnv1a(uint64_t hash, vc_view bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

bool vc__parse_uint(vc_view text, uint64_t max, uint64_t *value)
{
    if (!text.len || (text.len > 1 && text.data[0] == '0'))
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (v > (max - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    if (v > max)
        return false;
    *value = v;
    return true;
}

/* `count` digits at *at, moving it behind them. */
static bool take_digits(const char **at, const char *end, size_t count, unsigned *value)
{
    *value = 0;
    for (; count && *at < end && **at >= '0' && **at <= '9'; count--)
        *value = *value * 10 + (unsigned)(*(*at)++ - '0');
    return count == 0;
}

static bool take(const char **at, const char *end, const char *any_of)
{
    return *at < end && **at && strchr(any_of, *(*at)++) != NULL;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar: years begin in March, so that leap days are last. */
static uint64_t days_to(unsigned year, unsigned month, unsigned day)
{
    const uint64_t y = month <= 2 ? year - 1 : year;
    const uint64_t in_year = (153 * (uint64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0));
}

bool vc__parse_rfc3339(vc_view text, uint64_t *seconds)
{
    const char *at = text.data, *const end = text.len ? text.data + text.len : text.data;
    unsigned year, month, day, hour, minute, second, off_hour = 0, off_minute = 0;
    if (!take_digits(&at, end, 4, &year) || !take(&at, end, "-") || !take_digits(&at, end, 2, &month) ||
        !take(&at, end, "-") || !take_digits(&at, end, 2, &day) || !take(&at, end, "Tt ") ||
        !take_digits(&at, end, 2, &hour) || !take(&at, end, ":") || !take_digits(&at, end, 2, &minute) ||
        !take(&at, end, ":") || !take_digits(&at, end, 2, &second))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 ||
        second > 60)
        return false;
    if (at < end && *at == '.') {
        const char *const fraction = ++at;
        while (at < end && *at >= '0' && *at <= '9')
            at++;
        if (at == fraction)
            return false;
    }
    if (at == end || !*at || !strchr("Zz+-", *at))
        return false;
    const char zone = *at++;
    if ((zone == '+' || zone == '-') && (!take_digits(&at, end, 2, &off_hour) || !take(&at, end, ":") ||
                                         !take_digits(&at, end, 2, &off_minute) || off_hour > 23 || off_minute > 59))
        return false;
    if (at != end)
        return false;
    const uint64_t local = days_to(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    const uint64_t offset = off_hour * 3600 + off_minute * 60;
    if (zone == '+' && offset > local)
        return false;
    *seconds = zone == '+' ? local - offset : local + offset;
    return true;
}

enum { NEAREST_MAX = 32 };

/* Levenshtein's distance, on one row; words longer than NEAREST_MAX are never near. */
static size_t distance(vc_view a, vc_view b)
{
    size_t row[NEAREST_MAX + 1];
    if (a.len > NEAREST_MAX || b.len > NEAREST_MAX)
        return NEAREST_MAX + 1;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t change = diagonal + (a.data[i - 1] != b.data[j - 1]);
            const size_t shorter = row[j - 1] < row[j] ? row[j - 1] + 1 : row[j] + 1;
            diagonal = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[b.len];
}

const char *vc__nearest(vc_view word, const char *const *names)
{
    const char *best = NULL;
    size_t least = word.len <= 3 ? 2 : 3; /* one or two letters wrong */
    for (; *names; names++) {
        const size_t d = distance(word, vc_str(*names));
        if (d < least && d < word.len) {
            least = d;
            best = *names;
        }
    }
    return best;
}
