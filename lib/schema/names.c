/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/names.h"

#include "base/text.h"

#include <stdlib.h>

static int by_text(const void *a, const void *b)
{
    const vc__name *x = a, *y = b;
    const int order = vc__view_compare(x->text, y->text);
    if (order)
        return order;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

static bool is_prefix(vc_view prefix, vc_view text)
{
    return prefix.len <= text.len && vc__view_equal(prefix, vc_view_of(text.data, prefix.len));
}

const vc__name *vc__names_sort(vc__names *names, const vc__name **first)
{
    if (names->count > 1)
        qsort(names->list, names->count, sizeof *names->list, by_text);
    for (size_t i = 1; i < names->count; i++) {
        vc__name *name = &names->list[i];
        if (vc__view_equal(name->text, name[-1].text)) {
            *first = name - 1;
            return name;
        }
        /* The name before it is one of its prefixes, or shares with it all the prefixes that this one has. */
        size_t shorter = i;
        while (shorter && !is_prefix(names->list[shorter - 1].text, name->text))
            shorter = names->list[shorter - 1].shorter;
        name->shorter = shorter;
    }
    return NULL;
}

/* How many names are not behind `text` in the order. */
static size_t count_up_to(const vc__names *names, vc_view text)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (vc__view_compare(names->list[middle].text, text) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const vc__name *vc__names_find(const vc__names *names, vc_view text)
{
    const size_t at = count_up_to(names, text);
    return at && vc__view_equal(names->list[at - 1].text, text) ? &names->list[at - 1] : NULL;
}

const vc__name *vc__names_find_prefix(const vc__names *names, vc_view text)
{
    size_t at = count_up_to(names, text);
    while (at && !is_prefix(names->list[at - 1].text, text))
        at = names->list[at - 1].shorter;
    return at ? &names->list[at - 1] : NULL;
}
