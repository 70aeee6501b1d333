/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/load.h"

#include "base/alloc.h"
#include "base/error.h"

vc_code vc__targets_add(const vc__loader *load, vc__targets *targets, const vc__yaml_node *node,
                        const char **text)
{
    vc__target *target = &targets->list[targets->count];
    const vc_code code = vc__value_path(load, node, text, &target->path);
    if (code)
        return code;
    target->text = *text;
    target->node = node;
    targets->count++;
    return VC_OK;
}

/* Certain to select the same value, or one within the other, whenever both select anything. */
static bool overlap(const vc__target *a, const vc__target *b)
{
    return strcmp(a->text, b->text) == 0 || vc__path_overlap(a->path, b->path) == VC__OVERLAP_ALWAYS;
}

static vc_code refuse_overlap(const vc__loader *load, const vc__target *target, const vc__target *other)
{
    const bool same = strcmp(target->text, other->text) == 0;
    return vc__value_error(load, target->node, VC_E_SCHEMA, "`%.*s` %s the path in line %zu%s",
                           VC__SHOWN(target->node->text), same ? "is also" : "overlaps", other->node->line,
                           same ? "" : ": they select the same value, or one within the other");
}

vc_code vc__targets_add_tweak(const vc__loader *load, vc__targets *targets, const vc__yaml_node *node,
                              bool shared, uint16_t *index)
{
    const char *text;
    const vc_code code = vc__targets_add(load, targets, node, &text);
    if (code)
        return code;
    const vc__target *added = &targets->list[targets->count - 1];
    if (!vc__path_is_singular(added->path))
        return vc__value_error(load, node, VC_E_SCHEMA,
                               "`%.*s`: a tweak has one place: names and indexes only",
                               VC__SHOWN(node->text));
    for (size_t i = 0; i + 1 < targets->count; i++) {
        const vc__target *other = &targets->list[i];
        if (shared && i >= targets->fields && strcmp(text, other->text) == 0) {
            vc__path_free(added->path);
            targets->count--;
            *index = (uint16_t)i;
            return VC_OK;
        }
        if (overlap(added, other))
            return refuse_overlap(load, added, other);
    }
    *index = (uint16_t)(targets->count - 1);
    targets->tweaks++;
    return VC_OK;
}

vc_code vc__targets_check(const vc__loader *load, const vc__targets *targets)
{
    for (size_t i = 1; i < targets->fields; i++)
        for (size_t j = 0; j < i; j++)
            if (overlap(&targets->list[i], &targets->list[j]))
                return refuse_overlap(load, &targets->list[i], &targets->list[j]);
    /* `clear` may name what a field lies in; naming the field itself, or a path twice, is a mistake. */
    for (size_t i = targets->fields + targets->tweaks; i < targets->count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(targets->list[i].text, targets->list[j].text) == 0)
                return refuse_overlap(load, &targets->list[i], &targets->list[j]);
    return VC_OK;
}

static vc__selector *compile(const vc__targets *targets, bool unlisted_fail, const vc__path **paths,
                             uint8_t *kinds, vc_error *why)
{
    if (!paths || !kinds) {
        vc__error_memory(why);
        return NULL;
    }
    for (size_t i = 0; i < targets->count; i++) {
        paths[i] = targets->list[i].path;
        kinds[i] = i < targets->fields + targets->tweaks ? VC__PATH_TARGET : VC__PATH_CLEAR;
    }
    return vc__selector_new(paths, kinds, targets->count, unlisted_fail, why);
}

vc_code vc__targets_compile(const vc__loader *load, const vc__targets *targets, const vc__yaml_node *fields,
                            bool unlisted_fail, vc_rule *rule, vc__selector **selector)
{
    uint16_t *field_of_path = vc__arena_alloc(load->arena, targets->count, sizeof *field_of_path);
    if (!field_of_path)
        return vc__error_memory(load->err);
    for (size_t i = 0; i < targets->count; i++)
        field_of_path[i] = i < targets->fields ? (uint16_t)i : (uint16_t)VC__NO_PATH;
    rule->field_of_path = field_of_path;
    rule->path_count = targets->count;

    vc_error why = VC_ERROR_INIT;
    const vc__path **paths = vc__calloc(targets->count, sizeof *paths);
    uint8_t *kinds = vc__calloc(targets->count, sizeof *kinds);
    *selector = compile(targets, unlisted_fail, paths, kinds, &why);
    vc__free(paths);
    vc__free(kinds);
    rule->selector = *selector;
    if (*selector)
        return VC_OK;
    return why.code == VC_E_MEMORY ? vc__error_memory(load->err)
                                   : vc__value_error(load, fields, why.code, "%s", why.message);
}
