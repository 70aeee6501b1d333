/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/caps.h"

#include <string.h>

/* The index of the row, or `count`. */
static size_t find(const vc__caps *caps, const char *verb, unsigned members)
{
    size_t i = 0;
    while (i < caps->count && (caps->rows[i].members != members || strcmp(caps->rows[i].verb, verb) != 0))
        i++;
    return i;
}

static vc__cap *row_of(vc__caps *caps, const char *verb, unsigned members)
{
    const size_t i = find(caps, verb, members);
    if (i == VC__CAPS_MAX)
        return NULL;
    if (i == caps->count)
        caps->rows[caps->count++] = (vc__cap){ .verb = verb, .members = members };
    return &caps->rows[i];
}

size_t vc__caps_items(const vc__caps *caps, const char *verb, unsigned members)
{
    const size_t i = find(caps, verb, members);
    return i < caps->count ? caps->rows[i].items : 0;
}

void vc__caps_took(vc__caps *caps, const char *verb, unsigned members, size_t items)
{
    vc__cap *row = row_of(caps, verb, members);
    if (row && items > row->took)
        row->took = items;
}

void vc__caps_refused(vc__caps *caps, const char *verb, unsigned members, size_t items, size_t bytes, int status)
{
    if (status == 413) {
        if (!caps->bytes || bytes / 2 < caps->bytes)
            caps->bytes = bytes / 2;
        return;
    }
    vc__cap *row = row_of(caps, verb, members);
    if (!row)
        return;
    row->refused = true;
    const size_t half = items / 2 > row->took ? items / 2 : row->took;
    if (items > row->took && (!row->items || row->items > half))
        row->items = half;
}

void vc__caps_forget(vc__caps *caps, const char *verb, unsigned members)
{
    const size_t i = find(caps, verb, members);
    if (i < caps->count) {
        caps->rows[i].refused = false;
        caps->rows[i].items = 0;
    }
    caps->bytes = 0;
}

void vc__caps_restart(vc__caps *caps)
{
    for (size_t i = 0; i < caps->count; i++) {
        caps->rows[i].took = 0;
        caps->rows[i].refused = false;
    }
}

const vc__cap *vc__caps_merge(vc__caps *caps, const vc__caps *from)
{
    if (from->bytes && (!caps->bytes || from->bytes < caps->bytes))
        caps->bytes = from->bytes;
    for (size_t i = 0; i < from->count; i++) {
        const vc__cap *news = &from->rows[i];
        if (!news->refused || !news->took)
            continue;
        vc__cap *row = row_of(caps, news->verb, news->members);
        if (row && (!row->items || news->took < row->items)) {
            row->items = news->took;
            return row;
        }
    }
    return NULL;
}
