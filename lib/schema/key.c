/* SPDX-License-Identifier: Apache-2.0 */
/* key.c - which key a field uses, and which others it takes when it opens. */
#include "base/error.h"
#include "schema/field.h"

enum { MOST_ACCEPTED = 64, NAME_IN_TOKEN = 255 };

/* A token says "MOUNT/KEY" in so many bytes. */
static vc_code check_length(const vc__field_reader *r, const vc__yaml_node *node, const vc__key_name *name)
{
    if (strlen(name->mount) + 1 + strlen(name->name) <= NAME_IN_TOKEN)
        return VC_OK;
    return vc__value_error(r->load, node, VC_E_LIMIT, "mount and key have more than the %d bytes that a token takes",
                           NAME_IN_TOKEN);
}

/* "KEY", in the mount of the field's own, or "MOUNT/KEY". */
static vc_code read_accepted(const vc__field_reader *r, const vc__yaml_node *node, vc__key_name *name)
{
    const vc_field *field = r->field;
    const char *text, *slash;
    vc_code code = vc__value_label(r->load, node, &text);
    if (code)
        return code;
    slash = strrchr(text, '/');
    if (slash && field->source == VC__KEY_OF_STATIC)
        return vc__value_error(r->load, node, VC_E_SCHEMA, "`accept`: a static key has no mount");
    vc__yaml_node part = *node;
    name->mount = field->mount;
    if (slash) {
        part.text = vc_view_of(node->text.data, (size_t)(slash - text));
        code = vc__value_mount(r->load, &part, &name->mount);
        part.text = vc_view_of(node->text.data + (slash + 1 - text), node->text.len - (size_t)(slash + 1 - text));
    }
    code = code ? code : vc__value_name(r->load, &part, false, &name->name);
    return code ? code : check_length(r, node, name);
}

static vc_code read_accept(vc__field_reader *r, vc__key_name *keys)
{
    if (!r->accept)
        return VC_OK;
    for (const vc__yaml_node *item = r->accept->first; item; item = item->next) {
        vc__key_name *name = &keys[r->field->key_count];
        const vc_code code = read_accepted(r, item, name);
        if (code)
            return code;
        for (size_t i = 0; i < r->field->key_count; i++)
            if (strcmp(keys[i].name, name->name) == 0 && strcmp(keys[i].mount, name->mount) == 0)
                return vc__value_error(r->load, item, VC_E_SCHEMA, "`accept`: `%.*s` is %s", VC__SHOWN(item->text),
                                       i ? "there twice" : "the field's own key, which opens anyway");
        r->field->key_count++;
    }
    return vc__field_list(r, r->accept, "accept");
}

static vc_code read_source(vc__field_reader *r, const vc__key_nodes *found)
{
    static const char *const sources[] = { "transit", "static", NULL };
    size_t choice;
    vc_code code = vc__field_choice(r, found->source, "source", sources, &choice);
    if (code)
        return code;
    r->field->source = choice ? VC__KEY_OF_STATIC : VC__KEY_OF_TRANSIT;
    if (!choice)
        return vc__field_mount(r, found->mount, "transit");
    r->field->mount = "";
    return found->mount ? vc__value_error(r->load, found->mount->key, VC_E_SCHEMA,
                                          "`mount` goes with `source: transit` only: a static key is the program's")
                        : VC_OK;
}

vc_code vc__field_keys(vc__field_reader *r, const vc__yaml_node *node, const char *method,
                       const vc__key_nodes *found)
{
    if (!found->key)
        return vc__value_error(r->load, node->key, VC_E_SCHEMA, "`%s` needs `key`: the name of a key", method);
    vc_code code = r->accept ? vc__value_list(r->load, r->accept, "keys") : VC_OK;
    if (!code && r->accept && r->accept->count > MOST_ACCEPTED)
        return vc__value_error(r->load, r->accept, VC_E_LIMIT, "`accept`: more than %d", MOST_ACCEPTED);
    code = code ? code : vc__field_text(r, found->key, "key", VC__TEXT_NAME, &r->field->name);
    code = code ? code : read_source(r, found);
    if (code)
        return code;
    vc__key_name *keys = vc__arena_alloc(r->load->arena, 1 + (r->accept ? r->accept->count : 0), sizeof *keys);
    if (!keys)
        return vc__error_memory(r->load->err);
    keys[0] = (vc__key_name){ r->field->mount, r->field->name };
    r->field->keys = keys;
    r->field->key_count = 1;
    code = check_length(r, found->key, keys);
    return code ? code : read_accept(r, keys);
}

vc_code vc__field_pinned_keys(vc__field_reader *r, const vc__yaml_node *node, const char *method,
                              const vc__key_nodes *found)
{
    vc_code code = vc__field_keys(r, node, method, found);
    if (code)
        return code;
    if (!found->version)
        return vc__value_error(r->load, node->key, VC_E_SCHEMA,
                               "`%s` needs `key_version`: with another version of the key equal values would differ",
                               method);
    const char *text;
    code = vc__value_number(r->load, found->version, 1, UINT32_MAX, &r->field->key_version);
    code = code ? code : vc__field_text(r, found->version, "key_version", VC__TEXT_LABEL, &text);
    return code ? code : vc__field_text(r, found->context, "context", VC__TEXT_LABEL, &r->field->context);
}
