/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for any document and any paths: random ones, of which a slow and simple walk knows everything. */
#include "unit/test.h"

#include "unit/json_random.h"
#include "unit/json_scan_all.h"

enum { DOCUMENTS = 400, PATHS = 12 };

static scan_all *scanners;

static void scans_find_what_a_slow_walk_finds(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252;
    static random_document document;
    size_t found = 0;
    for (int i = 0; i < DOCUMENTS * PATHS; i++) {
        if (i % PATHS == 0)
            random_document_make(&document, &random);
        char text[2][200];
        random_path_make(text[0], &random);
        random_path_make(text[1], &random);
        vc__autoptr(vc__path) a = vc__path_parse(vc_str(text[0]), NULL);
        vc__autoptr(vc__path) b = vc__path_parse(vc_str(text[1]), NULL);
        const vc__path *const paths[] = { a, b };
        const vc__hit *hits;
        size_t count, at = 0;
        vc_error err = VC_ERROR_INIT;
        const scan_paths by = { .paths = paths, .count = 2, .overlap = true };
        if (scan_all_run(scanners, &by, vc_view_of(document.text, document.len), &hits, &count, &err) !=
            VC_OK)
            fail_msg("%s %s in %s: %s", text[0], text[1], document.text, err.message);
        bool overlap = false;
        for (size_t k = 0; k < document.count; k++) {
            const random_node *node = &document.nodes[k];
            const bool by_a = random_node_selected(node, a), by_b = random_node_selected(node, b);
            if (!by_a && !by_b)
                continue;
            if (at >= count || hits[at].begin != node->begin || hits[at].end != node->end ||
                hits[at].path != (by_a ? 0 : 1))
                fail_msg("%s %s: byte %zu of %s", text[0], text[1], node->begin, document.text);
            overlap |= (by_a && by_b) || (at && hits[at].begin < hits[at - 1].end);
            for (size_t earlier = 0; earlier < at; earlier++)
                overlap |= hits[at].begin < hits[earlier].end;
            at++;
        }
        assert_int_equal(at, count);
        found += count;
        const scan_paths strict = { .paths = paths, .count = 2 };
        assert_int_equal(
            scan_all_run(scanners, &strict, vc_view_of(document.text, document.len), &hits, &count, NULL),
            overlap ? VC_E_AMBIGUOUS : VC_OK);
    }
    assert_true(found > DOCUMENTS * PATHS);
}

static void overlap_is_never_contradicted(void **state)
{
    (void)state;
    uint64_t random = 0x9e3779b97f4a7c15;
    static random_document document;
    size_t seen[3][2] = { { 0 } };
    for (int i = 0; i < 80 * DOCUMENTS; i++) {
        if (i % 20 == 0)
            random_document_make(&document, &random);
        char text[2][200];
        random_path_make(text[0], &random);
        random_path_make(text[1], &random);
        vc__autoptr(vc__path) a = vc__path_parse(vc_str(text[0]), NULL);
        vc__autoptr(vc__path) b = vc__path_parse(vc_str(text[1]), NULL);
        const vc__overlap told = vc__path_overlap(a, b);
        assert_int_equal(told, vc__path_overlap(b, a));
        bool overlap = false, any_a = false, any_b = false;
        for (size_t k = 0; k < document.count; k++) {
            any_b |= random_node_selected(&document.nodes[k], b);
            if (!random_node_selected(&document.nodes[k], a))
                continue;
            any_a = true;
            for (size_t m = 0; m < document.count && !overlap; m++)
                overlap = random_node_selected(&document.nodes[m], b) &&
                          random_nodes_overlap(&document.nodes[k], &document.nodes[m]);
        }
        if ((overlap && told == VC__OVERLAP_NEVER) ||
            (any_a && any_b && !overlap && told == VC__OVERLAP_ALWAYS))
            fail_msg("%s and %s: told %d; %s", text[0], text[1], told, document.text);
        if (any_a && any_b)
            seen[told][overlap]++;
    }
    assert_true(seen[VC__OVERLAP_NEVER][0] > 20 && seen[VC__OVERLAP_ALWAYS][1] > 50);
    assert_true(seen[VC__OVERLAP_MAYBE][0] > 50 && seen[VC__OVERLAP_MAYBE][1] > 50);
}

static int set_up(void **state)
{
    (void)state;
    scanners = scan_all_new(64);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scan_all_free(scanners);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scans_find_what_a_slow_walk_finds),
        cmocka_unit_test(overlap_is_never_contradicted),
    };
    return cmocka_run_group_tests_name("json_property", tests, set_up, tear_down);
}
