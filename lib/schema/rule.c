/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/load.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

enum {
    NAME, TOPICS, CONTEXT, ACCEPT_CONTEXTS, FIELDS, VALUE, RECORD_KEY, ON_ERROR, ON_MISSING, NESTED, UNLISTED, CLEAR, KEYS
};
static const char *const keys[] = { "name",     "topics",     "context", "accept_contexts", "fields", "value", "record_key",
                                    "on_error", "on_missing", "nested",  "unlisted",        "clear",  NULL };

enum { MOST_CONTEXTS = 64 };

/*
 * A topic, `prefix*` or `*`. Whatever else looks like a pattern was meant as one, and would silently never
 * match.
 */
static vc_code check_topic(const vc__loader *load, const vc__yaml_node *node)
{
    const vc_view text = node->text;
    for (size_t i = 0; i < text.len; i++) {
        const bool star_at_end = text.data[i] == '*' && i + 1 == text.len;
        if (!star_at_end && strchr(" *?[]{}()^$|\\", text.data[i]))
            return vc__value_error_in(load, node, i, VC_E_SCHEMA,
                                      "`topics`: `%c` cannot stand here: a topic is exact, `prefix*` or `*`",
                                      text.data[i]);
    }
    return VC_OK;
}

static vc_code load_topics(const vc__loader *load, const vc__yaml_node *node, vc_schema *schema,
                           vc_rule *rule)
{
    if (!node)
        return VC_OK;
    vc_code code = vc__value_list(load, node, "topics");
    if (code)
        return code;
    const char **topics = vc__arena_alloc(load->arena, node->count, sizeof *topics);
    if (!topics)
        return vc__error_memory(load->err);
    for (const vc__yaml_node *item = node->first; item; item = item->next) {
        const char *text = NULL;
        code = vc__value_label(load, item, &text);
        code = code ? code : check_topic(load, item);
        if (code)
            return code;
        topics[rule->topic_count++] = text;
        const bool prefix = text[item->text.len - 1] == '*';
        vc__names *names = prefix ? &schema->prefixes : &schema->topics;
        names->list[names->count++] = (vc__name){ .text = vc_view_of(text, item->text.len - prefix),
                                                  .rule = rule,
                                                  .line = item->line,
                                                  .column = item->column };
    }
    rule->topics = topics;
    return VC_OK;
}

/* The rule's own context, and those that opening takes besides. */
static vc_code load_contexts(const vc__loader *load, const vc__yaml_node *own, const vc__yaml_node *others, vc_rule *rule)
{
    rule->context = rule->name;
    vc_code code = own ? vc__value_label(load, own, &rule->context) : VC_OK;
    if (!code && others)
        code = vc__value_list(load, others, "contexts");
    if (!code && others && others->count > MOST_CONTEXTS)
        return vc__value_error(load, others, VC_E_LIMIT, "`accept_contexts`: more than %d", MOST_CONTEXTS);
    if (code)
        return code;
    const char **contexts = vc__arena_alloc(load->arena, 1 + (others ? others->count : 0), sizeof *contexts);
    if (!contexts)
        return vc__error_memory(load->err);
    contexts[rule->context_count++] = rule->context;
    rule->contexts = contexts;
    for (const vc__yaml_node *item = others ? others->first : NULL; item; item = item->next) {
        code = vc__value_label(load, item, &contexts[rule->context_count]);
        if (code)
            return code;
        rule->context_count++;
    }
    return VC_OK;
}

static vc_code load_names(const vc__loader *load, const vc__yaml_node *node,
                          const vc__yaml_node *const *found, vc_schema *schema, vc_rule *rule)
{
    if (!found[NAME])
        return vc__value_error(load, node, VC_E_SCHEMA, "a record needs `name`");
    vc_code code = vc__value_label(load, found[NAME], &rule->name);
    if (code)
        return code;
    schema->names.list[schema->names.count++] = (vc__name){
        .text = vc_str(rule->name), .rule = rule, .line = found[NAME]->line, .column = found[NAME]->column
    };
    code = load_contexts(load, found[CONTEXT], found[ACCEPT_CONTEXTS], rule);
    return code ? code : load_topics(load, found[TOPICS], schema, rule);
}

static vc_code load_unlisted(const vc__loader *load, const vc__yaml_node *const *found, bool *fail)
{
    static const char *const choices[] = { "pass", "fail", NULL };
    size_t choice = 0;
    if (found[UNLISTED]) {
        const vc_code code = vc__value_choice(load, found[UNLISTED], choices, &choice);
        if (code)
            return code;
    }
    *fail = choice == 1;
    if (!found[CLEAR])
        return VC_OK;
    if (!*fail)
        return vc__value_error(
            load, found[CLEAR]->key, VC_E_SCHEMA,
            "`clear` goes with `unlisted: fail` only: without it, all that is not listed passes");
    return vc__value_list(load, found[CLEAR], "paths");
}

/* The fields, then the places of their tweaks, then what is declared clear. */
static vc_code load_targets(const vc__loader *load, const vc__yaml_node *list, const vc__yaml_node *clear, const vc_schema *schema,
                            const vc__defaults *defaults, vc_field *fields, const vc__yaml_node **tweaks,
                            vc__targets *targets)
{
    size_t i = 0;
    for (const vc__yaml_node *item = list->first; item; item = item->next, i++) {
        const vc_code code = vc__field_load(load, item, schema, defaults, targets, &fields[i], &tweaks[i]);
        if (code)
            return code;
    }
    targets->fields = list->count;
    vc_code code = vc__targets_check(load, targets);
    for (i = 0; i < list->count && !code; i++)
        if (tweaks[i])
            code = vc__targets_add_tweak(load, targets, tweaks[i],
                                         fields[i].tweak_source == VC__TWEAK_SUPPLIED, &fields[i].tweak_path);
    const char *text;
    for (const vc__yaml_node *item = clear ? clear->first : NULL; item && !code; item = item->next)
        code = vc__targets_add(load, targets, item, &text);
    return code ? code : vc__targets_check(load, targets);
}

static vc_code check_counts(const vc__loader *load, const vc__yaml_node *fields, const vc__yaml_node *clear)
{
    if (fields->count > VC__MAX_FIELDS)
        return vc__value_error(load, fields, VC_E_LIMIT, "`fields`: more than %d", VC__MAX_FIELDS);
    if (clear && clear->count > VC__MAX_CLEAR)
        return vc__value_error(load, clear, VC_E_LIMIT, "`clear`: more than %d", VC__MAX_CLEAR);
    return VC_OK;
}

/* The fields of the JSON text: from a list, or from nowhere. */
static vc_code load_fields(const vc__loader *load, const vc__yaml_node *list, const vc__yaml_node *clear,
                           bool unlisted_fail, const vc__defaults *defaults, vc_schema *schema, size_t index)
{
    vc_rule *rule = &schema->rules[index];
    const vc_code counts = check_counts(load, list, clear);
    if (counts)
        return counts;
    vc__auto(vc__targets) targets = { NULL, 0, 0, 0 };
    targets.list = vc__arena_alloc(load->arena, 2 * list->count + (clear ? clear->count : 0),
                                   sizeof *targets.list);
    const vc__yaml_node **tweaks = vc__calloc(list->count, sizeof *tweaks);
    vc_code code = targets.list && tweaks ? VC_OK : vc__error_memory(load->err);
    code = code ? code : load_targets(load, list, clear, schema, defaults, schema->fields[index], tweaks, &targets);
    vc__free(tweaks);
    if (code)
        return code;
    rule->field_count = list->count;
    return vc__targets_compile(load, &targets, list, unlisted_fail, rule, &schema->selectors[index]);
}

static vc_code check_parts(const vc__loader *load, const vc__yaml_node *node, const vc__yaml_node *const *found)
{
    if (found[VALUE] && found[FIELDS])
        return vc__value_error(load, found[VALUE]->key, VC_E_SCHEMA,
                               "`value` and `fields`: a value is protected as a whole, or in its fields");
    if (found[VALUE] && (found[UNLISTED] || found[CLEAR]))
        return vc__value_error(load, found[found[UNLISTED] ? UNLISTED : CLEAR]->key, VC_E_SCHEMA,
                               "`unlisted` and `clear` go with `fields` only");
    if (!found[VALUE] && !found[FIELDS])
        return vc__value_error(load, node, VC_E_SCHEMA,
                               "a record needs `fields` ([] leaves records as they are), or `value`");
    return found[FIELDS] ? vc__value_list(load, found[FIELDS], "fields") : VC_OK;
}

/* All that the rule protects. Its fields are counted before they are filled, for vc_schema_unref(). */
static vc_code load_parts(const vc__loader *load, const vc__yaml_node *const *found, bool unlisted_fail,
                          const vc__defaults *defaults, vc_schema *schema, size_t index)
{
    vc_rule *rule = &schema->rules[index];
    const size_t listed = found[FIELDS] ? found[FIELDS]->count : 0;
    vc_field *fields = vc__arena_alloc(load->arena, listed + 2, sizeof *fields);
    if (!fields)
        return vc__error_memory(load->err);
    schema->fields[index] = fields;
    rule->fields = fields;
    rule->part_count = listed + (found[VALUE] != NULL) + (found[RECORD_KEY] != NULL);
    vc_field *next = fields + listed;
    vc_code code = found[FIELDS] ? load_fields(load, found[FIELDS], found[CLEAR], unlisted_fail, defaults, schema, index)
                                 : VC_OK;
    if (!code && found[VALUE]) {
        code = vc__value_load(load, found[VALUE], schema, defaults, next);
        rule->value = next++;
    }
    if (!code && found[RECORD_KEY]) {
        code = vc__record_key_load(load, found[RECORD_KEY], defaults, next);
        rule->record_key = next;
    }
    rule->needs_message = rule->record_key != NULL;
    for (size_t i = 0; i < rule->part_count && !code; i++)
        rule->needs_message |= fields[i].bind || fields[i].carry_header || fields[i].kroxylicious;
    return code;
}

vc_code vc__rule_load(const vc__loader *load, const vc__yaml_node *node, vc_schema *schema, size_t index)
{
    vc_rule *rule = &schema->rules[index];
    const vc__yaml_node *found[KEYS];
    vc__defaults defaults = { VC_ON_ERROR_FAIL, false, false, NULL };
    bool unlisted_fail = false;
    vc_code code = vc__value_map(load, node, "a record", keys, found);
    code = code ? code : load_names(load, node, found, schema, rule);
    code = code ? code
                : vc__defaults_load(load, found[ON_ERROR], found[ON_MISSING], found[NESTED], &defaults);
    code = code ? code : load_unlisted(load, found, &unlisted_fail);
    if (code)
        return code;
    rule->on_error = defaults.on_error == VC_ON_ERROR_DROP_FIELD ? VC_ON_ERROR_FAIL : defaults.on_error;
    defaults.context = rule->context;
    code = check_parts(load, node, found);
    return code ? code : load_parts(load, found, unlisted_fail, &defaults, schema, index);
}
