/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.h - how a schema is made from its YAML tree: load.c reads the file as a whole, keypairs.c `keys:` and
 * `key_release:`, rule.c an entry of `records:`, field.c an entry of `fields:`, targets.c makes one selector of
 * a rule's paths, objects.c looks over all rules at the objects of Vault they name. Each stops at the first
 * error, which has its place.
 *
 * Only lib/schema uses it. Threads: loading has one owner; the finished schema is immutable.
 */
#ifndef VC__SCHEMA_LOAD_H
#define VC__SCHEMA_LOAD_H

#include "schema/names.h"
#include "schema/schema.h"
#include "schema/value.h"

#include <stdatomic.h>

/* What a rule may have of each; a rule's paths are checked by pairs. */
enum { VC__MAX_FIELDS = 1024, VC__MAX_CLEAR = 1024 };

/* Where a key is to be had; all in the schema's arena. */
struct vc_schema_origin {
    const char *kind; /* the key of its place: "file", "env", "vault", "pem", "jwks", "release" */
    const vc__option *options;
    size_t option_count, line;
};

typedef struct vc__origins {
    const struct vc_schema_origin *list;
    size_t count;
} vc__origins;

struct vc_schema_key {
    const char *name;
    vc__origins public, private;
    size_t line;
};

struct vc_schema {
    atomic_size_t references;
    vc__arena arena; /* all that follows, except selectors */
    vc_rule *rules;
    vc_field **fields; /* those of rules[i] from fields[i] on */
    vc__selector **selectors;
    size_t rule_count;
    vc__names names, topics, prefixes;
    size_t group_count, place_count, slot_count;
    bool uses_ff3_1;
    vc_schema_key *keys; /* `keys:`; and their names, NULL behind the last */
    const char **key_names;
    size_t key_count;
    const vc__option *release; /* `key_release:` */
    size_t release_count;
    vc_view text; /* as it was read: arena */
    atomic_int id_state; /* 0: not made yet; 1: being written; 2: there */
    char id[17];
};

/* A path of a rule on its way into the selector. */
typedef struct vc__target {
    vc__path *path;
    const char *text;
    const vc__yaml_node *node;
} vc__target;

/* The paths of one rule, in the order of struct vc_rule: fields, tweaks, clear. Owns the parsed paths. */
typedef struct vc__targets {
    vc__target *list; /* room for all: arena */
    size_t count;
    size_t fields, tweaks; /* how many of each; the rest are clear */
} vc__targets;

static inline void vc__targets_cleanup(vc__targets *targets)
{
    for (size_t i = 0; i < targets->count; i++)
        vc__path_free(targets->list[i].path);
}

/* Parses the node's path onto the end. */
vc_code vc__targets_add(const vc__loader *load, vc__targets *targets, const vc__yaml_node *node,
                        const char **text);

/*
 * The place to read or write a tweak: singular, not overlapping a field or another tweak. `shared`: fields
 * that read their tweak at the same path have the same index.
 */
vc_code vc__targets_add_tweak(const vc__loader *load, vc__targets *targets, const vc__yaml_node *node,
                              bool shared, uint16_t *index);

/* Refuses fields that overlap for certain. */
vc_code vc__targets_check(const vc__loader *load, const vc__targets *targets);

/* `fields`: the node of the list, for errors. Sets the rule's path_count, field_of_path and selector. */
vc_code vc__targets_compile(const vc__loader *load, const vc__targets *targets, const vc__yaml_node *fields,
                            bool unlisted_fail, vc_rule *rule, vc__selector **selector);

/* What a rule says for its fields. */
typedef struct vc__defaults {
    vc_on_error on_error;
    bool ignore_missing, nested;
    const char *context;
} vc__defaults;

/* The keys `on_error`, `on_missing` and `nested` of a rule or a field, where given. */
vc_code vc__defaults_load(const vc__loader *load, const vc__yaml_node *on_error,
                          const vc__yaml_node *on_missing, const vc__yaml_node *nested,
                          vc__defaults *defaults);

/*
 * An entry of `fields:`; adds its path to `targets`. `*tweak_path`: the node of a path for its tweak, or
 * NULL.
 */
vc_code vc__field_load(const vc__loader *load, const vc__yaml_node *node, const vc_schema *schema, const vc__defaults *defaults,
                       vc__targets *targets, vc_field *field, const vc__yaml_node **tweak_path);

/* The entry `value:`, and the entry `record_key:`, of a rule. */
vc_code vc__value_load(const vc__loader *load, const vc__yaml_node *node, const vc_schema *schema, const vc__defaults *defaults, vc_field *field);
vc_code vc__record_key_load(const vc__loader *load, const vc__yaml_node *node, const vc__defaults *defaults,
                            vc_field *field);

/* Entry number `index` of `records:`. */
vc_code vc__rule_load(const vc__loader *load, const vc__yaml_node *node, vc_schema *schema, size_t index);

/* Numbers the groups, and refuses rules that cannot be true of one Vault together. */
vc_code vc__objects_check(const vc__loader *load, vc_schema *schema);

#endif
