/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan_all.h - one scan in all its forms (SSE2 and portable, narrow and wide), which must agree in
 * everything. Also for fuzz targets: it aborts when they do not.
 */
#ifndef VC__TEST_JSON_SCAN_ALL_H
#define VC__TEST_JSON_SCAN_ALL_H

#include "json/scan.h"

typedef struct scan_all scan_all;

scan_all *scan_all_new(size_t max_depth);
void scan_all_free(scan_all *all);

/*
 * As vc__scan(), on a copy of `json` that ends where its memory ends. With `kinds` NULL all paths are
 * targets. `overlap`: selected values may lie within each other. The hits are lent until the next call.
 */
typedef struct scan_paths {
    const vc__path *const *paths;
    const uint8_t *kinds;
    size_t count;
    bool unlisted_fail, overlap;
} scan_paths;

vc_code scan_all_run(scan_all *all, const scan_paths *by, vc_view json, const vc__hit **hits, size_t *count,
                     vc_error *err);

#endif
