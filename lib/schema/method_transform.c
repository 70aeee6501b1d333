/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/text.h"
#include "schema/field.h"

static const char *const tweak_sources[] = { "internal", "supplied", "generated", NULL };

static vc_code read_supplied(vc__field_reader *r, const vc__yaml_node *node)
{
    const char *text;
    const vc_code code = vc__value_text(r->load, node, &text);
    if (code)
        return code;
    vc__field_set(r, "tweak", text);
    if (text[0] == '$') {
        r->tweak_path = node;
        return VC_OK;
    }
    r->field->tweak = text;
    return vc__field_base64(r, node, NULL);
}

static vc_code read_generated(vc__field_reader *r, const vc__yaml_node *node)
{
    if (!r->singular)
        return vc__value_error(
            r->load, r->path, VC_E_SCHEMA,
            "`%.*s`: `tweak_source: generated` has one place for one tweak: names and indexes only",
            VC__SHOWN(r->path->text));
    const char *text;
    const vc_code code = vc__value_text(r->load, node, &text);
    if (code)
        return code;
    vc__field_set(r, "tweak_to", text);
    r->tweak_path = node;
    return VC_OK;
}

static vc_code read_tweak(vc__field_reader *r, const vc__yaml_node *transform, const vc__yaml_node *source,
                          const vc__yaml_node *tweak, const vc__yaml_node *tweak_to)
{
    size_t choice = VC__TWEAK_INTERNAL;
    if (source) {
        const vc_code code = vc__value_choice(r->load, source, tweak_sources, &choice);
        if (code)
            return code;
    }
    r->field->tweak_source = (vc__tweak_source)choice;
    vc__field_set(r, "tweak_source", tweak_sources[choice]);
    if (tweak && choice != VC__TWEAK_SUPPLIED)
        return vc__value_error(r->load, tweak->key, VC_E_SCHEMA,
                               "`tweak` goes with `tweak_source: supplied` only");
    if (tweak_to && choice != VC__TWEAK_GENERATED)
        return vc__value_error(r->load, tweak_to->key, VC_E_SCHEMA,
                               "`tweak_to` goes with `tweak_source: generated` only");
    const vc__yaml_node *place = source ? source : transform;
    if (choice == VC__TWEAK_SUPPLIED) {
        if (!tweak)
            return vc__value_error(r->load, place, VC_E_SCHEMA,
                                   "`tweak_source: supplied` needs `tweak`: Base64, or a path");
        return read_supplied(r, tweak);
    }
    if (choice == VC__TWEAK_GENERATED) {
        if (!tweak_to)
            return vc__value_error(
                r->load, place, VC_E_SCHEMA,
                "`tweak_source: generated` needs `tweak_to`: the path that keeps the tweak");
        return read_generated(r, tweak_to);
    }
    return VC_OK;
}

static vc_code read_transform_setup(vc__field_reader *r, const vc__yaml_node *node)
{
    enum { TEMPLATE, PATTERN, ALPHABET, ENCODE_FORMAT, KEYS };
    static const char *const keys[] = { "template", "pattern", "alphabet", "encode_format", NULL };
    const vc__yaml_node *found[KEYS];
    const char *text;
    if (!node)
        return VC_OK;
    vc_code code = vc__value_map(r->load, node, "`setup`", keys, found);
    if (code)
        return code;
    if (!r->field->transformation)
        return vc__value_error(r->load, node->key, VC_E_SCHEMA,
                               "`setup` needs `transformation`: the name of what it makes");
    if (!found[PATTERN] && !found[TEMPLATE])
        return vc__value_error(r->load, node, VC_E_SCHEMA,
                               "`setup` needs `pattern`, or a `template` that Vault has");
    for (size_t i = ALPHABET; i < KEYS && !found[PATTERN]; i++)
        if (found[i])
            return vc__value_error(r->load, found[i]->key, VC_E_SCHEMA, "`%s` goes with `pattern` only",
                                   keys[i]);
    if (found[PATTERN] && found[TEMPLATE] && vc__view_starts(found[TEMPLATE]->text, "builtin/"))
        return vc__value_error(r->load, found[TEMPLATE], VC_E_SCHEMA,
                               "`template`: one of Vault's own cannot be given a `pattern`");
    if (!found[TEMPLATE])
        vc__field_set(r, "setup.template", r->field->transformation);
    if (found[PATTERN] && !found[ALPHABET])
        vc__field_set(r, "setup.alphabet", "builtin/numeric");
    code = vc__field_text(r, found[TEMPLATE], "setup.template", VC__TEXT_NAME_OR_BUILTIN, &text);
    code = code ? code : vc__field_text(r, found[PATTERN], "setup.pattern", VC__TEXT_TEXT, &text);
    code = code ? code : vc__field_text(r, found[ALPHABET], "setup.alphabet", VC__TEXT_NAME_OR_BUILTIN, &text);
    return code ? code : vc__field_text(r, found[ENCODE_FORMAT], "setup.encode_format", VC__TEXT_TEXT, &text);
}

vc_code vc__method_transform(vc__field_reader *r, const vc__yaml_node *node)
{
    enum { ROLE, TRANSFORMATION, MOUNTED, TWEAK_SOURCE, TWEAK, TWEAK_TO, SETUP, KEYS };
    static const char *const keys[] = { "role",  "transformation", "mount", "tweak_source",
                                        "tweak", "tweak_to",       "setup", NULL };
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(r->load, node, "`transform`", keys, found);
    if (code)
        return code;
    if (!found[ROLE])
        return vc__value_error(r->load, node->key, VC_E_SCHEMA,
                               "`transform` needs `role`: the name of a transform role");
    code = vc__field_text(r, found[ROLE], "role", VC__TEXT_NAME, &r->field->name);
    code = code ? code
                : vc__field_text(r, found[TRANSFORMATION], "transformation", VC__TEXT_NAME, &r->field->transformation);
    code = code ? code : vc__field_mount(r, found[MOUNTED], "transform");
    code = code ? code : read_tweak(r, node, found[TWEAK_SOURCE], found[TWEAK], found[TWEAK_TO]);
    return code ? code : read_transform_setup(r, found[SETUP]);
}
