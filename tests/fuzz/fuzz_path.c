/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths. An input is two lines, a path each: what they are told to have to do with each other must be so in a
 * few documents, and all forms of the scanner must select the same.
 */
#include "fuzz.h"

#include "../unit/json_scan_all.h"

static const char *const documents[] = {
    "{\"a\":{\"b\":[1,{\"a\":2,\"c\":[]}],\"c\":\"x\"},\"b\":[[1,2,3],[4,{\"b\":5}],[]],\"\":{\"\":0}}",
    "[[[1,2,3,4,5],[6],[]],{\"a\":[{\"a\":1},{\"b\":2},{\"a\":{\"a\":3}}]},7]",
    "{\"a\":1,\"b\":2,\"c\":3,\"x\":{\"y\":{\"z\":[0,1,2,3,4,5,6,7,8,9]}}}",
    "1",
};

static vc__path *parse(vc_view text)
{
    vc_error err = VC_ERROR_INIT;
    vc__path *path = vc__path_parse(text, &err);
    if (!path)
        HOLDS((err.code == VC_E_PATH || err.code == VC_E_LIMIT) && err.offset <= text.len &&
              err.column == err.offset + 1);
    return path;
}

/* Hits of one path, kept by `all`. */
static size_t find(scan_all *all, const vc__path *path, const char *document, const vc__hit **hits)
{
    size_t count;
    const scan_paths by = { .paths = &path, .count = 1, .overlap = true };
    HOLDS(scan_all_run(all, &by, vc_str(document), hits, &count, NULL) == VC_OK);
    HOLDS(!vc__path_is_singular(path) || count <= 1);
    return count;
}

static void check_pair(const vc__path *a, const vc__path *b)
{
    const vc__overlap told = vc__path_overlap(a, b);
    HOLDS(vc__path_overlap(b, a) == told);
    scan_all *of_a = scan_all_new(64), *of_b = scan_all_new(64);
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        const vc__hit *hits_a, *hits_b;
        const size_t count_a = find(of_a, a, documents[i], &hits_a),
                     count_b = find(of_b, b, documents[i], &hits_b);
        bool overlap = false;
        for (size_t x = 0; x < count_a; x++)
            for (size_t y = 0; y < count_b; y++)
                overlap |= hits_a[x].begin < hits_b[y].end && hits_b[y].begin < hits_a[x].end;
        HOLDS(!overlap || told != VC__OVERLAP_NEVER);
        HOLDS(overlap || !count_a || !count_b || told != VC__OVERLAP_ALWAYS);
    }
    scan_all_free(of_a);
    scan_all_free(of_b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_view rest = vc_view_of(data, size);
    vc__autoptr(vc__path) a = parse(fuzz_line(&rest));
    vc__autoptr(vc__path) b = parse(fuzz_line(&rest));
    if (a && b)
        check_pair(a, b);
    return 0;
}
