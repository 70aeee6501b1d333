/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - a YAML text as a tree whose every node knows its line and column: what schemas and configurations
 * are read from. The only user of libyaml. Text comes in as bytes; nothing here opens a file.
 *
 * Taken: one document of maps, lists and scalars. Refused, with the place: anchors and aliases, tags, keys
 * that are not scalars, the same key twice in a map, a second document, an empty text, NUL characters.
 *
 * Limits (VC_E_LIMIT): 1 MiB of text, 100 000 nodes (keys count), 64 levels.
 *
 * Threads: a tree is immutable; any number may read.
 */
#ifndef VC__YAML_TREE_H
#define VC__YAML_TREE_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <vaultcrypt/error.h>

enum { VC__YAML_BYTES = 1 << 20, VC__YAML_NODES = 100000, VC__YAML_DEPTH = 64 };

typedef enum vc__yaml_kind { VC__YAML_SCALAR = 0, VC__YAML_LIST, VC__YAML_MAP } vc__yaml_kind;

typedef enum vc__yaml_style {
    VC__YAML_PLAIN = 0, /* no quotes: where a number, a boolean or null may stand */
    VC__YAML_SINGLE,    /* '...' */
    VC__YAML_DOUBLE,    /* "..." */
    VC__YAML_BLOCK      /* | or > */
} vc__yaml_style;

typedef struct vc__yaml_node {
    vc__yaml_kind kind;
    vc__yaml_style style;             /* of a scalar */
    vc_view text;                     /* of a scalar: its content, with a NUL behind */
    size_t line, column;              /* 1-based; columns count characters */
    size_t end_line, end_column;      /* behind its last character */
    const struct vc__yaml_node *key;  /* when it is a map's value: its key, a scalar */
    const struct vc__yaml_node *next; /* of the same list or map */
    struct vc__yaml_node *first;      /* of a list or map */
    size_t count;                     /* items of a list, pairs of a map */
    struct vc__yaml_node *parent;     /* the list or map it is in */
} vc__yaml_node;

typedef struct vc__yaml vc__yaml;

/*
 * Parses the text. `source` stands in errors for the file. NULL: `invalid` (VC_E_SCHEMA, VC_E_CONFIG: what
 * the caller calls a text that is not acceptable), VC_E_LIMIT, VC_E_MEMORY, with line and column.
 */
vc__yaml *vc__yaml_parse(vc_view text, const char *source, vc_code invalid, vc_error *err);
void vc__yaml_free(vc__yaml *tree);
VC__DEFINE_CLEANUP(vc__yaml, vc__yaml_free)

/* Never NULL. */
const vc__yaml_node *vc__yaml_root(const vc__yaml *tree);

/* A plain scalar that stands for nothing: empty, `~` or `null`. */
bool vc__yaml_is_null(const vc__yaml_node *node);

/*
 * The place of byte `offset` of a scalar's content. The scalar's own place when it cannot be told (several
 * lines, escapes).
 */
void vc__yaml_place(const vc__yaml_node *node, size_t offset, size_t *line, size_t *column);

#endif
