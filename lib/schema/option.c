/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/error.h"
#include "schema/field.h"

vc_code vc__field_text(vc__field_reader *r, const vc__yaml_node *node, const char *option, vc__text_kind kind,
                       const char **text)
{
    if (!node)
        return VC_OK;
    vc_code code = VC_OK;
    switch (kind) {
    case VC__TEXT_NAME:
    case VC__TEXT_NAME_OR_BUILTIN:
        code = vc__value_name(r->load, node, kind == VC__TEXT_NAME_OR_BUILTIN, text);
        break;
    case VC__TEXT_MOUNT:
        code = vc__value_mount(r->load, node, text);
        break;
    case VC__TEXT_LABEL:
        code = vc__value_label(r->load, node, text);
        break;
    case VC__TEXT_TEXT:
        code = vc__value_text(r->load, node, text);
        break;
    }
    if (!code)
        vc__field_set(r, option, *text);
    return code;
}

vc_code vc__field_mount(vc__field_reader *r, const vc__yaml_node *node, const char *engine)
{
    r->field->mount = engine;
    if (!node)
        vc__field_set(r, "mount", engine);
    return vc__field_text(r, node, "mount", VC__TEXT_MOUNT, &r->field->mount);
}

vc_code vc__field_choice(vc__field_reader *r, const vc__yaml_node *node, const char *option,
                         const char *const *choices, size_t *choice)
{
    *choice = 0;
    const vc_code code = node ? vc__value_choice(r->load, node, choices, choice) : VC_OK;
    if (!code)
        vc__field_set(r, option, choices[*choice]);
    return code;
}

vc_code vc__field_base64(vc__field_reader *r, const vc__yaml_node *node, vc_view *bytes)
{
    char *room = vc__arena_alloc(r->load->arena, node->text.len / 4 * 3 + 1, 1);
    if (!room)
        return vc__error_memory(r->load->err);
    size_t len, bad = 0;
    if (vc__base64_decode(room, &len, node->text, &bad))
        return vc__value_error_in(
            r->load, node, bad, VC_E_SCHEMA,
            "`tweak`: neither Base64 (standard alphabet, padded: `printf TEXT | base64`) nor a path ($.name)");
    if (bytes)
        *bytes = vc_view_of(room, len);
    return VC_OK;
}

vc_code vc__field_list(vc__field_reader *r, const vc__yaml_node *list, const char *option)
{
    size_t room = 1;
    for (const vc__yaml_node *item = list->first; item; item = item->next)
        room += item->text.len + 2;
    char *text = vc__arena_alloc(r->load->arena, room, 1);
    if (!text)
        return vc__error_memory(r->load->err);
    size_t at = 0;
    for (const vc__yaml_node *item = list->first; item; item = item->next) {
        memcpy(text + at, item->text.data, item->text.len);
        at += item->text.len;
        memcpy(text + at, ", ", item->next ? 2 : 0);
        at += item->next ? 2 : 0;
    }
    vc__field_set(r, option, text);
    return VC_OK;
}
