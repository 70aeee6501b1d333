/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/field.h"

static vc_code read_transit_setup(vc__field_reader *r, const vc__yaml_node *node)
{
    static const char *const keys[] = { "type", NULL };
    const vc__yaml_node *type;
    const char *text;
    if (!node)
        return VC_OK;
    const vc_code code = vc__value_map(r->load, node, "`setup`", keys, &type);
    if (code)
        return code;
    if (!type)
        vc__field_set(r, "setup.type", "aes256-gcm96");
    return vc__field_text(r, type, "setup.type", VC__TEXT_NAME, &text);
}

vc_code vc__method_transit(vc__field_reader *r, const vc__yaml_node *node)
{
    enum { KEY, MOUNTED, AS, SETUP, KEYS };
    static const char *const keys[] = { "key", "mount", "as", "setup", NULL };
    static const char *const types[] = { "json", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`transit`", keys, found);
    if (code)
        return code;
    if (!found[KEY])
        return vc__value_error(r->load, node->key, VC_E_SCHEMA,
                               "`transit` needs `key`: the name of a transit key");
    size_t type;
    if (found[AS]) {
        code = vc__value_choice(r->load, found[AS], types, &type);
        if (code)
            return code;
        r->field->as_json = true;
        vc__field_set(r, "as", "json");
    }
    code = vc__field_text(r, found[KEY], "key", VC__TEXT_NAME, &r->field->name);
    code = code ? code : vc__field_mount(r, found[MOUNTED], "transit");
    return code ? code : read_transit_setup(r, found[SETUP]);
}
