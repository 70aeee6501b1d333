/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/json_scan_all.h"

#include "json/select.h"
#include "unit/json_portable.h"

#include <stdio.h>
#include <stdlib.h>

struct scan_all {
    vc__scanner *native, *portable;
    vc__hit *hits;
    size_t cap;
};

scan_all *scan_all_new(size_t max_depth)
{
    scan_all *all = calloc(1, sizeof *all);
    all->native = vc__scanner_new(max_depth, NULL);
    all->portable = portable__scanner_new(max_depth, NULL);
    return all;
}

void scan_all_free(scan_all *all)
{
    vc__scanner_free(all->native);
    portable__scanner_free(all->portable);
    free(all->hits);
    free(all);
}

static void keep(scan_all *all, const vc__hit *hits, size_t count)
{
    if (count > all->cap) {
        all->cap = 2 * count;
        all->hits = realloc(all->hits, all->cap * sizeof *hits);
    }
    if (count)
        memcpy(all->hits, hits, count * sizeof *hits);
}

static bool same_hit(const vc__hit *a, const vc__hit *b)
{
    return a->begin == b->begin && a->end == b->end && a->member == b->member && a->path == b->path &&
           a->type == b->type && a->escaped == b->escaped;
}

static void check(bool agrees, const char *what)
{
    if (agrees)
        return;
    fprintf(stderr, "the forms of the scanner do not agree on %s\n", what);
    abort();
}

vc_code scan_all_run(scan_all *all, const scan_paths *by, vc_view json, const vc__hit **hits, size_t *count,
                     vc_error *err)
{
    char *copy = malloc(json.len ? json.len : 1);
    if (json.len)
        memcpy(copy, json.data, json.len);
    vc__selector *selector = vc__selector_new(by->paths, by->kinds, by->count, by->unlisted_fail, NULL);
    selector->overlap = by->overlap;
    const bool only_wide = selector->wide;
    vc_code code = VC_OK;
    vc_error first = VC_ERROR_INIT;
    for (int form = 0; form < 4; form++) {
        vc_error now = VC_ERROR_INIT;
        const vc__hit *found;
        size_t found_count;
        selector->wide = only_wide || form & 1;
        const vc_code found_code = (form & 2
                                        ? portable__scan(all->portable, selector, vc_view_of(copy, json.len),
                                                         &found, &found_count, &now)
                                        : vc__scan(all->native, selector, vc_view_of(copy, json.len), &found,
                                                   &found_count, &now));
        if (form == 0) {
            keep(all, found, found_count);
            *count = found_count;
            first = now;
            code = found_code;
        }
        check(found_code == code && now.code == first.code, "the code");
        check(now.offset == first.offset && now.line == first.line && now.column == first.column,
              "the place of an error");
        check(strcmp(now.message, first.message) == 0, "the message");
        check(found_count == *count && (code == VC_OK || found_count == 0), "the number of hits");
        for (size_t i = 0; i < found_count; i++)
            check(same_hit(&found[i], &all->hits[i]), "a hit");
    }
    vc__selector_free(selector);
    free(copy);
    *hits = all->hits;
    if (err)
        *err = first;
    return code;
}
