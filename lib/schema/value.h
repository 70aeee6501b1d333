/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - nodes of the YAML tree as the values that a schema takes, each error with its place: maps with
 * known keys, texts, names in Vault's sense, choices, booleans, paths.
 *
 * Only lib/schema uses it. Threads: a loader has one owner.
 */
#ifndef VC__SCHEMA_VALUE_H
#define VC__SCHEMA_VALUE_H

#include "base/arena.h"
#include "json/path.h"
#include "yaml/tree.h"

typedef struct vc__loader {
    vc__arena *arena; /* of the schema that is being made */
    const char *source;
    vc_error *err;
} vc__loader;

/*
 * What is wrong, at the node, at byte `offset` of a scalar, or at a place. Returns `code`. Control characters
 * become `?`.
 */
vc_code vc__value_error(const vc__loader *load, const vc__yaml_node *node, vc_code code, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));
vc_code vc__value_error_in(const vc__loader *load, const vc__yaml_node *node, size_t offset, vc_code code,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));
vc_code vc__value_error_at(const vc__loader *load, size_t line, size_t column, vc_code code,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));

/* For "%.*s": a text of the file, cut to what a message can carry. */
#define VC__SHOWN(view) (int)((view).len < 100 ? (view).len : 100), (view).data

/*
 * The values of a map by their keys: values[i] for keys[i], NULL where it is not given. `keys` ends with
 * NULL. An unknown key is VC_E_SCHEMA with "did you mean"; `what` says what the map is ("a record").
 */
vc_code vc__value_map(const vc__loader *load, const vc__yaml_node *node, const char *what,
                      const char *const *keys, const vc__yaml_node **values);

/* A list, with `what` it is a list of ("topics") in the message. */
vc_code vc__value_list(const vc__loader *load, const vc__yaml_node *node, const char *what);

/*
 * A scalar, copied as it is written: `no` and `1.10` are texts like others. Not empty, not null, no control
 * characters.
 */
vc_code vc__value_text(const vc__loader *load, const vc__yaml_node *node, const char **text);

/* The same, at most 255 bytes. */
vc_code vc__value_label(const vc__loader *load, const vc__yaml_node *node, const char **text);

/*
 * A name of Vault: letters, digits, `_`, and inside also `-` and `.`. With `builtin`, `builtin/` may stand
 * before.
 */
vc_code vc__value_name(const vc__loader *load, const vc__yaml_node *node, bool builtin, const char **text);

/* A mount: one or more parts with `/` between; a `/` at the end is taken off. */
vc_code vc__value_mount(const vc__loader *load, const vc__yaml_node *node, const char **text);

/* One of the NULL-terminated `choices`. */
vc_code vc__value_choice(const vc__loader *load, const vc__yaml_node *node, const char *const *choices,
                         size_t *choice);

/* `true` or `false`, without quotes. */
vc_code vc__value_bool(const vc__loader *load, const vc__yaml_node *node, bool *value);

/* A decimal number from `least` to `most`, without quotes. */
vc_code vc__value_number(const vc__loader *load, const vc__yaml_node *node, uint64_t least, uint64_t most,
                         uint64_t *value);

/* A JSON path; errors are at the place in the path. */
vc_code vc__value_path(const vc__loader *load, const vc__yaml_node *node, const char **text, vc__path **path);

#endif
