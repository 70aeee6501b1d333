/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include "base/alloc.h"
#include "out.h"

static int compare(vc_view a, const char *b)
{
    const size_t len = strlen(b);
    const size_t common = a.len < len ? a.len : len;
    const int order = common ? memcmp(a.data, b, common) : 0;
    return order ? order : (a.len > len) - (a.len < len);
}

/* The place of `name`, or where it belongs. */
static size_t place(const dev_names *names, vc_view name, bool *found)
{
    size_t low = 0, high = names->count;
    *found = false;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare(name, names->list[middle].name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void drop_item(const dev_names *names, void *item)
{
    if (names->free_item && item)
        names->free_item(item);
}

void dev_names_free(dev_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        drop_item(names, names->list[i].item);
        vc__free(names->list[i].name);
    }
    vc__free(names->list);
    names->list = NULL;
    names->count = names->cap = 0;
}

void *dev_names_get(const dev_names *names, vc_view name)
{
    bool found;
    const size_t at = place(names, name, &found);
    return found ? names->list[at].item : NULL;
}

static bool grow(dev_names *names)
{
    if (names->count < names->cap)
        return true;
    const size_t cap = names->cap ? names->cap * 2 : 8;
    dev_name *list = vc__realloc(names->list, cap, sizeof *list);
    if (!list)
        return false;
    names->list = list;
    names->cap = cap;
    return true;
}

bool dev_names_put(dev_names *names, vc_view name, void *item)
{
    bool found;
    const size_t at = place(names, name, &found);
    if (found) {
        if (names->list[at].item != item)
            drop_item(names, names->list[at].item);
        names->list[at].item = item;
        return true;
    }
    char *copy = vc__memdup(name.data, name.len);
    if (!copy || !grow(names)) {
        vc__free(copy);
        drop_item(names, item);
        return false;
    }
    memmove(names->list + at + 1, names->list + at, (names->count - at) * sizeof *names->list);
    names->list[at] = (dev_name){ copy, item };
    names->count++;
    return true;
}

bool dev_names_drop(dev_names *names, vc_view name)
{
    bool found;
    const size_t at = place(names, name, &found);
    if (!found)
        return false;
    drop_item(names, names->list[at].item);
    vc__free(names->list[at].name);
    names->count--;
    memmove(names->list + at, names->list + at + 1, (names->count - at) * sizeof *names->list);
    return true;
}

void dev_names_list(const dev_names *names, vc__buf *out)
{
    out_open(out, '[');
    for (size_t i = 0; i < names->count; i++)
        out_string(out, vc_str(names->list[i].name));
    out_close(out, ']');
}
