/* SPDX-License-Identifier: Apache-2.0 */
/* method_envelope.c - AES-256-GCM with a data key. */
#include "schema/field.h"

vc_code vc__field_bind(vc__field_reader *r, const vc__yaml_node *node)
{
    static const char *const choices[] = { "topic", "key", NULL };
    if (!node)
        return VC_OK;
    vc_code code = vc__value_list(r->load, node, "what to bind to");
    for (const vc__yaml_node *item = code ? NULL : node->first; item; item = item->next) {
        size_t choice;
        code = vc__value_choice(r->load, item, choices, &choice);
        if (code)
            return code;
        const uint8_t bit = (uint8_t)(choice ? VC__BIND_KEY : VC__BIND_TOPIC);
        if (r->field->bind & bit)
            return vc__value_error(r->load, item, VC_E_SCHEMA, "`bind`: `%s` is there twice", choices[choice]);
        r->field->bind |= bit;
    }
    return code ? code : vc__field_list(r, node, "bind");
}

vc_code vc__field_carry(vc__field_reader *r, const vc__yaml_node *node)
{
    static const char *const carriers[] = { "token", "header", NULL };
    size_t carrier;
    const vc_code code = vc__field_choice(r, node, "carry", carriers, &carrier);
    r->field->carry_header = !code && carrier == 1;
    return code;
}

vc_code vc__method_envelope(vc__field_reader *r, const vc__yaml_node *node)
{
    enum { KEY, MOUNTED, SOURCE, CARRY, BIND, SIGN, SIGNED_BY, KEYS };
    static const char *const keys[] = { "key", "mount", "source", "carry", "bind", "sign", "signed_by", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`envelope`", keys, found);
    if (code)
        return code;
    const vc__key_nodes nodes = { .key = found[KEY], .mount = found[MOUNTED], .source = found[SOURCE] };
    code = vc__field_keys(r, node, "envelope", &nodes);
    code = code ? code : vc__field_carry(r, found[CARRY]);
    code = code ? code : vc__field_bind(r, found[BIND]);
    return code ? code : vc__field_signature(r, found[SIGN], found[SIGNED_BY]);
}
