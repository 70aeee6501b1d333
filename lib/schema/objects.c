/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/load.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int by_group(const void *a, const void *b)
{
    const vc_field *x = *(vc_field *const *)a, *y = *(vc_field *const *)b;
    if (x->method != y->method)
        return x->method < y->method ? -1 : 1;
    if (x->kroxylicious != y->kroxylicious) /* they use their data keys in another way */
        return x->kroxylicious ? 1 : -1;
    if (x->hpke != y->hpke) /* data keys that are wrapped in another way */
        return x->hpke ? 1 : -1;
    const int order = compare_texts(x->mount, y->mount);
    return order ? order : compare_texts(x->name, y->name);
}

static void number_groups(vc_schema *schema, vc_field **all, size_t count)
{
    if (count > 1)
        qsort(all, count, sizeof *all, by_group);
    for (size_t i = 0; i < count; i++) {
        vc_field *field = all[i];
        const bool first = !i || by_group(&all[i - 1], &all[i]) != 0;
        if (vc__method_is_remote(field->method)) {
            schema->group_count += first;
            field->group = (uint16_t)(schema->group_count - 1);
            continue;
        }
        field->slot = (uint32_t)schema->slot_count++;
        schema->uses_ff3_1 |= field->method == VC__METHOD_FPE && field->algorithm == VC__FPE_FF3_1;
        if (vc__method_seals(field->method)) {
            schema->place_count += first;
            field->group = (uint16_t)(schema->place_count - 1);
        }
    }
}

/*
 * Something that a field says of an object in Vault. Two fields that say different things of the same object
 * cannot both be right: one of them would fail with every record, or `setup` would make what the other does
 * not expect.
 */
typedef struct fact {
    const char *kind, *mount, *object; /* "transformation", "transform", "creditcard" */
    const char *what, *value;          /* "tweak_source", "internal" */
    const vc_field *field;
} fact;

enum { FACTS_OF_FIELD = 6 };

static int by_object(const fact *x, const fact *y)
{
    int order = compare_texts(x->kind, y->kind);
    order = order ? order : compare_texts(x->mount, y->mount);
    order = order ? order : compare_texts(x->object, y->object);
    return order ? order : compare_texts(x->what, y->what);
}

static int by_object_and_place(const void *a, const void *b)
{
    const fact *x = a, *y = b;
    const int order = by_object(x, y);
    if (order)
        return order;
    if (x->field->line != y->field->line)
        return x->field->line < y->field->line ? -1 : 1;
    return x->field->column < y->field->column ? -1 : x->field->column > y->field->column;
}

static void say(fact *facts, size_t *count, const vc_field *field, const char *kind, const char *object,
                const char *what, const char *value)
{
    facts[(*count)++] = (fact){ kind, field->mount, object, what, value, field };
}

static size_t facts_of_field(fact *facts, const vc_field *field)
{
    static const char *const of_template[] = { "setup.pattern", "setup.alphabet", "setup.encode_format" };
    const char *type = vc_field_option(field, "setup.type");
    const char *template = vc_field_option(field, "setup.template");
    size_t n = 0;
    if (field->mount[0])
        say(facts, &n, field, "mount", field->mount, "engine",
            field->method == VC__METHOD_TRANSFORM ? "transform" : "transit");
    if (type)
        say(facts, &n, field, "key", field->name, "setup.type", type);
    if (field->transformation)
        say(facts, &n, field, "transformation", field->transformation, "tweak_source",
            vc_field_option(field, "tweak_source"));
    if (template)
        say(facts, &n, field, "transformation", field->transformation, "setup.template", template);
    for (size_t i = 0; i < 3 && vc_field_option(field, "setup.pattern"); i++)
        say(facts, &n, field, "template", template, of_template[i], vc_field_option(field, of_template[i]));
    return n;
}

static const char *shown(const char *value)
{
    return value ? value : "(not given)";
}

static vc_code check_facts(const vc__loader *load, fact *facts, size_t count)
{
    if (count > 1)
        qsort(facts, count, sizeof *facts, by_object_and_place);
    for (size_t i = 1; i < count; i++) {
        const fact *one = &facts[i - 1], *two = &facts[i];
        if (by_object(one, two) != 0 || compare_texts(one->value, two->value) == 0)
            continue;
        return vc__value_error_at(load, two->field->line, two->field->column, VC_E_SCHEMA,
                                  "%s `%.60s` has `%s` %.100s in line %zu and %.100s here", two->kind,
                                  two->object, two->what, shown(one->value), one->field->line,
                                  shown(two->value));
    }
    return VC_OK;
}

vc_code vc__objects_check(const vc__loader *load, vc_schema *schema)
{
    size_t count = 0, facts_count = 0;
    for (size_t i = 0; i < schema->rule_count; i++)
        count += schema->rules[i].part_count;
    vc_field **all = vc__calloc(count, sizeof *all);
    fact *facts = vc__calloc(count, FACTS_OF_FIELD * sizeof *facts);
    vc_code code = all && facts ? VC_OK : vc__error_memory(load->err);
    if (!code) {
        size_t n = 0;
        for (size_t i = 0; i < schema->rule_count; i++)
            for (size_t j = 0; j < schema->rules[i].part_count; j++) {
                all[n++] = &schema->fields[i][j];
                facts_count += facts_of_field(facts + facts_count, &schema->fields[i][j]);
            }
        number_groups(schema, all, count);
        code = check_facts(load, facts, facts_count);
    }
    vc__free(all);
    vc__free(facts);
    return code;
}
