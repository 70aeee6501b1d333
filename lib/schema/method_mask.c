/* SPDX-License-Identifier: Apache-2.0 */
/* method_mask.c - what needs no key, and does not come back. */
#include "base/text.h"
#include "schema/field.h"

enum { MOST_KEPT = 65535 };

static vc_code refuse_accept(const vc__field_reader *r, const char *method)
{
    if (!r->accept)
        return VC_OK;
    return vc__value_error(r->load, r->accept->key, VC_E_SCHEMA, "`accept` names keys, and `%s` has none", method);
}

static vc_code read_with(vc__field_reader *r, const vc__yaml_node *node)
{
    const char *text = "*";
    const vc_code code = vc__field_text(r, node, "with", VC__TEXT_LABEL, &text);
    if (code)
        return code;
    if (!node)
        vc__field_set(r, "with", text);
    size_t at = 0;
    const vc_view all = vc_str(text);
    if (vc__utf8_valid(all) == all.len)
        r->field->mask_with = vc__utf8_next(all, &at);
    return at == all.len ? VC_OK : vc__value_error(r->load, node, VC_E_SCHEMA, "`with`: must be one character");
}

vc_code vc__method_mask(vc__field_reader *r, const vc__yaml_node *node)
{
    enum { KEEP_LAST, WITH, ALL, KEYS };
    static const char *const keys[] = { "keep_last", "with", "all", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`mask`", keys, found);
    code = code ? code : refuse_accept(r, "mask");
    if (code)
        return code;
    if (!found[KEEP_LAST])
        return vc__value_error(r->load, node->key, VC_E_SCHEMA,
                               "`mask` needs `keep_last`: how many characters stay (0: none)");
    const char *text;
    uint64_t keep = 0;
    code = vc__value_number(r->load, found[KEEP_LAST], 0, MOST_KEPT, &keep);
    code = code ? code : vc__field_text(r, found[KEEP_LAST], "keep_last", VC__TEXT_LABEL, &text);
    code = code ? code : read_with(r, found[WITH]);
    if (!code && found[ALL])
        code = vc__value_bool(r->load, found[ALL], &r->field->mask_all);
    r->field->keep_last = (size_t)keep;
    if (!code)
        vc__field_set(r, "all", r->field->mask_all ? "true" : "false");
    return code;
}

vc_code vc__method_drop(vc__field_reader *r, const vc__yaml_node *node)
{
    bool drop;
    vc_code code = vc__value_bool(r->load, node, &drop);
    if (!code && !drop)
        return vc__value_error(r->load, node, VC_E_SCHEMA, "`drop`: is `true`, or the field is not listed");
    return code ? code : refuse_accept(r, "drop");
}
