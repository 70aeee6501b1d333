/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios that read texts: YAML and schema (libyaml), JSON. */
#include "alloc/sweep.h"
#include "base/buf.h"
#include "base/error.h"
#include "json/splice.h"
#include "yaml/tree.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "  - name: purchases\n"
                                  "    topics: [purchases, 'purchases_*', \"*\"]\n"
                                  "    on_error: dead_letter\n"
                                  "    unlisted: fail\n"
                                  "    clear: [$.Name, '$.items[*].count', \"$['a b']..c\"]\n"
                                  "    fields:\n"
                                  "      - path: $.credit_card\n"
                                  "        transform: {role: payments, transformation: creditcard, tweak_source: generated, tweak_to: $.tweak}\n"
                                  "      - path: $.Address\n"
                                  "        transit: {key: transit}\n"
                                  "        on_missing: ignore\n"
                                  "      - path: $.items[*].note\n"
                                  "        transit: {key: notes, mount: team/transit, as: json}\n"
                                  "        on_error: drop_field\n"
                                  "  - name: logs\n"
                                  "    topics: [logs]\n"
                                  "    fields: []\n";

static vc_code run_yaml(vc_error *err)
{
    vc__autoptr(vc__yaml) tree = vc__yaml_parse(vc_str(schema_text), "test.yaml", VC_E_SCHEMA, err);
    if (!tree)
        return err->code;
    return vc__yaml_root(tree)->count == 2 ? VC_OK : (vc_code)WRONG_RESULT;
}

static vc_code run_schema(vc_error *err)
{
    vc_schema *schema = vc_schema_parse(vc_str(schema_text), "test.yaml", err);
    if (!schema)
        return err->code;
    const vc_rule *rule = vc_schema_match(schema, vc_str("purchases_of_may"), err);
    const bool right = rule && strcmp(vc_rule_name(rule), "purchases") == 0 && vc_rule_field_at(rule, 2) && !vc_rule_field_at(rule, 3);
    vc_schema_unref(schema);
    return right ? VC_OK : (vc_code)WRONG_RESULT;
}

/* Each is wrong at its end, so that much has been made when it is refused. */
static vc_code run_bad_schema(vc_error *err)
{
    static const char *const texts[] = {
        ("version: 1\nrecords:\n  - name: a\n    topics: [a]\n    fields:\n      - path: $.a\n        transit: {key: k}\n"
         "      - path: $.b\n        transitt: {key: k}\n"),
        "version: 1\nrecords:\n  - name: a\n    topics: [a]\n    fields:\n      - path: $.a[\n        transit: {key: k}\n",
        "version: 1\nrecords:\n  - name: a\n    topics: [a]\n    fields:\n      - path: $.a\n        siv: {key: k}\n",
        ("version: 1\nrecords:\n  - name: a\n    topics: [a]\n    fields:\n      - path: $.a\n"
         "        fpe: {key: k, key_version: 1, pattern: '(\\d{3})'}\n"),
        "version: 1\nrecords:\n  - name: [a\n",
        "version: 1\nrecords: &anchor []\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        vc_error_clear(err);
        vc_schema *schema = vc_schema_parse(vc_str(texts[i]), NULL, err);
        vc_schema_unref(schema);
        if (schema)
            return (vc_code)WRONG_RESULT;
        if (err->code == VC_E_MEMORY)
            return err->code;
    }
    vc_error_clear(err);
    return VC_OK;
}

static bool splice(vc__buf *out, vc_view json, const vc__hit *hits, size_t count)
{
    vc__edit edits[4];
    for (size_t i = 0; i < count && i < 4; i++)
        edits[i] = (vc__edit){ &hits[i], VC__EDIT_REPLACE, vc_str("\"protected\"") };
    vc__splice(out, json, edits, count);
    return out->failed == VC_OK;
}

static vc_code run_scan(vc_error *err)
{
    const vc_view json = vc_str("{\"a\": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]], \"b\": {\"c\": \"x\", \"d\": [1, {\"c\": \"\\u00e9\"}]}}");
    vc__autoptr(vc__path) path = vc__path_parse(vc_str("$.b..c"), err);
    if (!path)
        return err->code;
    const vc__path *paths[] = { path };
    vc__autoptr(vc__selector) selector = vc__selector_new(paths, NULL, 1, false, err);
    vc__autoptr(vc__scanner) scanner = selector ? vc__scanner_new(512, err) : NULL;
    const vc__hit *hits;
    size_t count;
    if (!scanner || vc__scan(scanner, selector, json, &hits, &count, err))
        return err->code;
    vc__auto(vc__buf) out = VC__BUF(1 << 20);
    if (count != 2)
        return (vc_code)WRONG_RESULT;
    if (!splice(&out, json, hits, count))
        return vc__buf_check(&out, "record", err);
    return strstr(out.data, "\"d\": [1, {\"c\": \"protected\"}]}}") ? VC_OK : (vc_code)WRONG_RESULT;
}

const scenario scenarios_text[] = {
    { "yaml", NULL, run_yaml, { VC_OK }, 0, NULL, false, 0 },
    { "schema", NULL, run_schema, { VC_OK }, 0, NULL, false, 0 },
    { "bad schema", NULL, run_bad_schema, { VC_OK }, 0, NULL, false, 0 },
    { "scan", NULL, run_scan, { VC_OK }, 0, NULL, false, 0 },
    { NULL, NULL, NULL, { VC_OK }, 0, NULL, false, 0 },
};
