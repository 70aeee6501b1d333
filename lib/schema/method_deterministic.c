/* SPDX-License-Identifier: Apache-2.0 */
/* method_deterministic.c - AES-SIV and the keyed hash: equal values become equal, within one context. */
#include "schema/field.h"

enum { KEY, KEY_VERSION, MOUNTED, SOURCE, CONTEXT, AS, KEYS };

static vc_code read_keys(vc__field_reader *r, const vc__yaml_node *node, const char *method,
                         const vc__yaml_node *const *found)
{
    const vc__key_nodes nodes = { found[KEY], found[MOUNTED], found[SOURCE], found[KEY_VERSION], found[CONTEXT] };
    return vc__field_pinned_keys(r, node, method, &nodes);
}

vc_code vc__method_siv(vc__field_reader *r, const vc__yaml_node *node)
{
    static const char *const keys[] = { "key", "key_version", "mount", "source", "context", NULL };
    const vc__yaml_node *found[KEYS];
    const vc_code code = vc__value_map(r->load, node, "`siv`", keys, found);
    return code ? code : read_keys(r, node, "siv", found);
}

vc_code vc__method_hash(vc__field_reader *r, const vc__yaml_node *node)
{
    static const char *const keys[] = { "key", "key_version", "mount", "source", "context", "as", NULL };
    static const char *const forms[] = { "token", "hex", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`hash`", keys, found);
    if (!code && r->accept)
        return vc__value_error(r->load, r->accept->key, VC_E_SCHEMA,
                               "`accept` is for what can be opened: a `hash` cannot");
    size_t form = 0;
    code = code ? code : read_keys(r, node, "hash", found);
    code = code ? code : vc__field_choice(r, found[AS], "as", forms, &form);
    r->field->as_hex = form == 1;
    return code;
}
