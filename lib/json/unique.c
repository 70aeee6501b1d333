/* SPDX-License-Identifier: Apache-2.0 */
#include "json/unique.h"

#include "base/alloc.h"
#include "json/string.h"

enum { FEW = 12 }; /* up to here each is compared with each */

void vc__unique_free(vc__unique *unique)
{
    vc__free(unique->names);
    vc__buf_free(&unique->decoded);
    *unique = (vc__unique)VC__UNIQUE;
}

void vc__unique_clear(vc__unique *unique)
{
    unique->count = 0;
    if (unique->decoded.len || unique->decoded.failed)
        vc__buf_clear(&unique->decoded);
}

bool vc__unique_content(vc__unique *unique, vc_view body, bool escaped, vc_view *content)
{
    *content = body;
    if (!escaped)
        return true;
    const size_t before = unique->decoded.len;
    vc__string_unescape(&unique->decoded, body);
    *content = vc_view_of(unique->decoded.data + before, unique->decoded.len - before);
    return unique->decoded.failed == VC_OK;
}

static uint64_t hash(vc_view name)
{
    uint64_t sum = name.len;
    const char *p = name.data;
    for (size_t left = name.len; left > 0;) {
        uint64_t word = 0;
        const size_t n = left < sizeof word ? left : sizeof word;
        memcpy(&word, p, n);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
        p += n;
        left -= n;
    }
    return sum;
}

bool vc__unique_add(vc__unique *unique, const char *text, size_t at, vc_view body, bool escaped)
{
    if (unique->count == unique->cap) {
        const size_t cap = unique->cap ? 2 * unique->cap : 32;
        vc__unique_name *names = vc__realloc(unique->names, cap, sizeof *names);
        if (!names)
            return false;
        unique->names = names;
        unique->cap = cap;
    }
    vc_view content;
    if (!vc__unique_content(unique, body, escaped, &content))
        return false;
    unique->names[unique->count++] = (vc__unique_name){
        .hash = hash(content),
        .at = (uint32_t)at,
        .start = (uint32_t)(content.data - (escaped ? unique->decoded.data : text)),
        .len = (uint32_t)content.len,
        .own = escaped,
    };
    return true;
}

typedef struct texts {
    const char *text, *decoded;
} texts;

/* By hash, then by content; below 0, 0, above 0. */
static int compare(const texts *in, const vc__unique_name *a, const vc__unique_name *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return a->len ? memcmp((a->own ? in->decoded : in->text) + a->start,
                           (b->own ? in->decoded : in->text) + b->start, a->len)
                  : 0;
}

static int compare_places(const texts *in, const vc__unique_name *a, const vc__unique_name *b)
{
    const int names = compare(in, a, b);
    return names ? names : a->at < b->at ? -1 : a->at > b->at;
}

static void sift(const texts *in, vc__unique_name *names, size_t at, size_t count)
{
    const vc__unique_name moved = names[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare_places(in, &names[child], &names[child + 1]) < 0)
            child++;
        if (compare_places(in, &moved, &names[child]) >= 0)
            break;
        names[at] = names[child];
    }
    names[at] = moved;
}

/* Heapsort: no memory, no recursion, no bad case. */
static void sort(const texts *in, vc__unique_name *names, size_t count)
{
    for (size_t at = count / 2; at-- > 0;)
        sift(in, names, at, count);
    for (size_t left = count; left-- > 1;) {
        const vc__unique_name first = names[0];
        names[0] = names[left];
        names[left] = first;
        sift(in, names, 0, left);
    }
}

bool vc__unique_close(vc__unique *unique, const char *text, size_t mark, size_t *at)
{
    vc__unique_name *names = unique->names + mark;
    const size_t count = unique->count - mark;
    const texts in = { text, unique->decoded.data };
    unique->count = mark;
    size_t least = SIZE_MAX;
    if (count <= FEW) {
        for (size_t i = 1; i < count && least == SIZE_MAX; i++)
            for (size_t j = 0; j < i && least == SIZE_MAX; j++)
                if (names[i].hash == names[j].hash && compare(&in, &names[i], &names[j]) == 0)
                    least = names[i].at;
    } else {
        sort(&in, names, count);
        for (size_t i = 1; i < count; i++)
            if (compare(&in, &names[i - 1], &names[i]) == 0 && names[i].at < least)
                least = names[i].at;
    }
    *at = least;
    return least < SIZE_MAX;
}
