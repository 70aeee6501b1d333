/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/schema.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "schema/load.h"

#include <stdio.h>

vc_schema *vc_schema_ref(vc_schema *schema)
{
    if (schema)
        atomic_fetch_add_explicit(&schema->references, 1, memory_order_relaxed);
    return schema;
}

void vc_schema_unref(vc_schema *schema)
{
    if (!schema || atomic_fetch_sub_explicit(&schema->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < schema->rule_count; i++) {
        vc__selector_free(schema->selectors[i]);
        for (size_t f = 0; schema->fields[i] && f < schema->rules[i].part_count; f++)
            vc__template_free(schema->fields[i][f].template);
    }
    vc__arena_free(&schema->arena);
    vc__free(schema);
}

size_t vc__schema_group_count(const vc_schema *schema)
{
    return schema->group_count;
}

size_t vc__schema_place_count(const vc_schema *schema)
{
    return schema->place_count;
}

bool vc__schema_uses_ff3_1(const vc_schema *schema)
{
    return schema->uses_ff3_1;
}

size_t vc__schema_slot_count(const vc_schema *schema)
{
    return schema->slot_count;
}

/* -- which rule ------------------------------------------------------------------------------------------ */

/* A list that ends with "..." when not all of it fits. */
typedef struct listing {
    char text[320];
    size_t at;
    bool full;
} listing;

static void list(listing *all, const char *name)
{
    const size_t room = sizeof all->text - sizeof ", ...";
    const size_t len = strlen(name) + (all->at ? 2 : 0);
    if (len >= room - all->at) {
        snprintf(all->text + all->at, sizeof all->text - all->at, "%s", all->at ? ", ..." : "...");
        all->full = true;
        return;
    }
    all->at += (size_t)snprintf(all->text + all->at, sizeof all->text - all->at, "%s%s", all->at ? ", " : "",
                                name);
}

/*
 * What was asked for may come from anywhere: it goes into a message only as far as it cannot control a
 * terminal.
 */
static void no_rule(vc_error *err, const char *what, vc_view asked, const char *there, const listing *all)
{
    char shown[101];
    size_t len = 0;
    for (; len < asked.len && len < sizeof shown - 1; len++)
        shown[len] = (char)(asked.data[len] >= 0x20 && asked.data[len] < 0x7f ? asked.data[len] : '?');
    shown[len] = 0;
    vc__error(err, VC_E_NO_RULE, "no record of the schema %s `%s`; %s: %s", what, shown, there, all->text);
}

const vc_rule *vc_schema_match(const vc_schema *schema, vc_view topic, vc_error *err)
{
    if (!schema || (!topic.data && topic.len)) {
        vc__error(err, VC_E_ARGUMENT, "no schema, or a topic of NULL");
        return NULL;
    }
    const vc__name *name = vc__names_find(&schema->topics, topic);
    if (!name)
        name = vc__names_find_prefix(&schema->prefixes, topic);
    if (name)
        return name->rule;
    listing all = { "", 0, false };
    for (size_t i = 0; i < schema->rule_count && !all.full; i++)
        for (size_t j = 0; j < schema->rules[i].topic_count && !all.full; j++)
            list(&all, schema->rules[i].topics[j]);
    no_rule(err, "is for the topic", topic, "it has", all.at ? &all : &(listing){ "no topics", 0, false });
    return NULL;
}

const vc_rule *vc_schema_rule(const vc_schema *schema, vc_view name, vc_error *err)
{
    if (!schema || (!name.data && name.len)) {
        vc__error(err, VC_E_ARGUMENT, "no schema, or a name of NULL");
        return NULL;
    }
    if (!name.data && schema->rule_count == 1)
        return &schema->rules[0];
    const vc__name *found = name.data ? vc__names_find(&schema->names, name) : NULL;
    if (found)
        return found->rule;
    listing all = { "", 0, false };
    for (size_t i = 0; i < schema->rule_count && !all.full; i++)
        list(&all, schema->rules[i].name);
    if (!name.data)
        vc__error(err, VC_E_NO_RULE, "the schema has %zu records: name the one to use: %s",
                  schema->rule_count, all.text);
    else
        no_rule(err, "is called", name, "they are called", &all);
    return NULL;
}

const vc_rule *vc_schema_rule_at(const vc_schema *schema, size_t index)
{
    return index < schema->rule_count ? &schema->rules[index] : NULL;
}

/* -- what a rule says ------------------------------------------------------------------------------------ */

const char *vc_rule_name(const vc_rule *rule)
{
    return rule->name;
}

static bool uses_key(const vc_field *field, const char *name)
{
    for (size_t i = 0; i < field->key_count && (field->source == VC__KEY_OF_PAIR || field->source == VC__KEY_OF_STATIC); i++)
        if (strcmp(field->keys[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < field->signed_by_count; i++)
        if (strcmp(field->signed_by[i], name) == 0)
            return true;
    return field->sign && strcmp(field->sign, name) == 0;
}

int vc_rule_uses_key(const vc_rule *rule, const char *name)
{
    const vc_field *field;
    for (size_t i = 0; (field = vc_rule_field_at(rule, i)); i++)
        if (uses_key(field, name))
            return 1;
    return 0;
}

vc_on_error vc_rule_on_error(const vc_rule *rule)
{
    return rule->on_error;
}

const char *vc_rule_context(const vc_rule *rule)
{
    return rule->context;
}

const char *vc_rule_context_at(const vc_rule *rule, size_t index)
{
    return index < rule->context_count ? rule->contexts[index] : NULL;
}

const char *vc_rule_topic_at(const vc_rule *rule, size_t index)
{
    return index < rule->topic_count ? rule->topics[index] : NULL;
}

const vc_field *vc_rule_field_at(const vc_rule *rule, size_t index)
{
    return index < rule->part_count ? &rule->fields[index] : NULL;
}

const vc_field *vc_rule_value(const vc_rule *rule)
{
    return rule->value;
}

const vc_field *vc_rule_record_key(const vc_rule *rule)
{
    return rule->record_key;
}

const char *vc_field_path(const vc_field *field)
{
    return field->path_text;
}

_Static_assert(VC_METHODS == (int)VC__METHOD_COUNT && VC_METHOD_FPE == (int)VC__METHOD_FPE && VC_METHOD_DROP == (int)VC__METHOD_DROP &&
                   VC_METHOD_RSA_OAEP == (int)VC__METHOD_RSA_OAEP,
               "public and inner numbers are the same");

const char *vc_method_name(unsigned method)
{
    static const char *const names[VC_METHODS] = { "transit", "transform", "envelope", "siv",    "fpe",
                                                   "hash",    "mask",      "drop",     "hybrid", "rsa-oaep" };
    return method < VC_METHODS ? names[method] : NULL;
}

const char *vc_field_method(const vc_field *field)
{
    return vc_method_name(field->method);
}

const char *vc_field_option(const vc_field *field, const char *name)
{
    for (size_t i = 0; i < field->option_count; i++)
        if (strcmp(field->options[i].name, name) == 0)
            return field->options[i].value;
    return NULL;
}

size_t vc_field_line(const vc_field *field)
{
    return field->line;
}

/* -- which schema ---------------------------------------------------------------------------------------- */

static vc_code make_id(const vc_schema *schema, char id[17])
{
    unsigned char digest[VC__HASH_MAX];
    vc__autoptr(vc__digest) sha = vc__digest_new(VC__SHA2_256, NULL);
    if (!sha || vc__digest_of(sha, schema->text, digest, NULL))
        return VC_E_MEMORY;
    for (size_t i = 0; i < 8; i++)
        snprintf(id + 2 * i, 3, "%02x", digest[i]);
    return VC_OK;
}

/* Made when it is asked for: most schemas never are, and libcrypto takes its time when it is used first. */
const char *vc_schema_id(const vc_schema *schema)
{
    vc_schema *s = (vc_schema *)(uintptr_t)schema; /* the one thing of a schema that is filled in later */
    char id[17];
    int state = 0;
    if (atomic_load(&s->id_state) == 2)
        return s->id;
    if (make_id(schema, id))
        return "";
    if (atomic_compare_exchange_strong(&s->id_state, &state, 1)) {
        memcpy(s->id, id, sizeof id);
        atomic_store(&s->id_state, 2);
    }
    while (atomic_load(&s->id_state) != 2) /* another thread is copying these few bytes */
        ;
    return s->id;
}
