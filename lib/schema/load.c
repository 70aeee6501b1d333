/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/load.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "schema/keypairs.h"

VC__DEFINE_CLEANUP(vc_schema, vc_schema_unref)

enum { VERSION, RECORDS, PAIRS, RELEASE, KEYS };
static const char *const keys[] = { "version", "records", "keys", "key_release", NULL };

static vc_code check_version(const vc__loader *load, const vc__yaml_node *root, const vc__yaml_node *version)
{
    if (!version)
        return vc__value_error(load, root, VC_E_SCHEMA, "a schema begins with `version: 1`");
    uint64_t number;
    if (version->kind != VC__YAML_SCALAR || version->style != VC__YAML_PLAIN ||
        !vc__parse_uint(version->text, UINT64_MAX, &number) || !number)
        return vc__value_error(load, version, VC_E_SCHEMA, "`version`: must be the number 1");
    if (number != 1)
        return vc__value_error(load, version, VC_E_UNSUPPORTED, "`version`: this library reads version 1");
    return VC_OK;
}

/* How many topics all records list, to make room for once. */
static size_t count_topics(const vc__yaml_node *records)
{
    size_t count = 0;
    for (const vc__yaml_node *record = records->first; record; record = record->next)
        for (const vc__yaml_node *value = record->first; value; value = value->next)
            if (value->key && vc__view_is(value->key->text, "topics"))
                count += value->count;
    return count;
}

static vc_code make_room(const vc__loader *load, const vc__yaml_node *records, vc_schema *schema)
{
    const size_t rules = records->count, topics = count_topics(records);
    schema->rules = vc__arena_alloc(load->arena, rules, sizeof *schema->rules);
    schema->fields = vc__arena_alloc(load->arena, rules, sizeof *schema->fields);
    schema->selectors = vc__arena_alloc(load->arena, rules, sizeof *schema->selectors);
    schema->names.list = vc__arena_alloc(load->arena, rules, sizeof *schema->names.list);
    schema->topics.list = vc__arena_alloc(load->arena, topics, sizeof *schema->topics.list);
    schema->prefixes.list = vc__arena_alloc(load->arena, topics, sizeof *schema->prefixes.list);
    if (!schema->rules || !schema->fields || !schema->selectors || !schema->names.list ||
        !schema->topics.list || !schema->prefixes.list)
        return vc__error_memory(load->err);
    return VC_OK;
}

static vc_code sort_names(const vc__loader *load, vc__names *names, const char *what, const char *tail)
{
    const vc__name *first = NULL, *second = vc__names_sort(names, &first);
    if (!second)
        return VC_OK;
    return vc__value_error_at(load, second->line, second->column, VC_E_SCHEMA,
                              "%s `%.*s%s` is also in line %zu", what, VC__SHOWN(second->text), tail,
                              first->line);
}

static vc_code load_root(const vc__loader *load, const vc__yaml_node *root, vc_schema *schema)
{
    const vc__yaml_node *found[KEYS];
    vc_code code = vc__value_map(load, root, "a schema", keys, found);
    code = code ? code : check_version(load, root, found[VERSION]);
    if (code)
        return code;
    const vc__yaml_node *records = found[RECORDS];
    if (!records)
        return vc__value_error(load, root, VC_E_SCHEMA, "a schema needs `records`");
    code = found[PAIRS] ? vc__keypairs_load(load, found[PAIRS], schema) : VC_OK;
    if (!code && found[RELEASE])
        code = vc__key_release_load(load, found[RELEASE], schema);
    code = code ? code : vc__value_list(load, records, "records");
    if (!code && !records->count)
        return vc__value_error(load, records, VC_E_SCHEMA, "`records`: is empty");
    code = code ? code : make_room(load, records, schema);
    for (const vc__yaml_node *record = records->first; record && !code; record = record->next) {
        schema->rule_count++;
        code = vc__rule_load(load, record, schema, schema->rule_count - 1);
    }
    code = code ? code : sort_names(load, &schema->names, "the name", "");
    code = code ? code : sort_names(load, &schema->topics, "the topic", "");
    code = code ? code : sort_names(load, &schema->prefixes, "the topic", "*");
    return code ? code : vc__objects_check(load, schema);
}

static vc_code keep_text(vc_schema *schema, vc_view yaml, vc_error *err)
{
    char *copy = vc__arena_text(&schema->arena, yaml);
    if (!copy)
        return vc__error_memory(err);
    schema->text = vc_view_of(copy, yaml.len);
    return VC_OK;
}

vc_schema *vc_schema_parse(vc_view yaml, const char *name, vc_error *err)
{
    if (!yaml.data && yaml.len) {
        vc__error(err, VC_E_ARGUMENT, "the schema's text is NULL");
        return NULL;
    }
    const char *source = name ? name : "schema";
    vc__autoptr(vc__yaml) tree = vc__yaml_parse(yaml, source, VC_E_SCHEMA, err);
    if (!tree)
        return NULL;
    vc__autoptr(vc_schema) schema = vc__calloc(1, sizeof *schema);
    if (!schema) {
        vc__error_memory(err);
        return NULL;
    }
    atomic_init(&schema->references, 1);
    const vc__loader load = { &schema->arena, source, err };
    if (load_root(&load, vc__yaml_root(tree), schema) || keep_text(schema, yaml, err))
        return NULL;
    return vc__steal(&schema);
}
