/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - the schema as the record operation reads it. The public side is <vaultcrypt/schema.h>; the YAML
 * side starts in schema/load.c. Immutable once loaded.
 *
 * Threads: any number may read; the reference count is atomic.
 */
#ifndef VC__SCHEMA_SCHEMA_H
#define VC__SCHEMA_SCHEMA_H

#include "json/scan.h"

#include <vaultcrypt/schema.h>

typedef enum vc__method { VC__METHOD_TRANSIT = 0, VC__METHOD_TRANSFORM } vc__method;
typedef enum vc__tweak_source { VC__TWEAK_INTERNAL = 0, VC__TWEAK_SUPPLIED, VC__TWEAK_GENERATED } vc__tweak_source;

enum { VC__NO_PATH = 0xffff };

/* An option as the file has it, after defaults; "setup.pattern" for the options of `setup:`. */
typedef struct vc__option {
    const char *name, *value;
} vc__option;

/* Strings are NUL-terminated, never NULL unless it says so, and live as long as the schema. */
struct vc_field {
    const char *path_text;
    uint16_t path;       /* index in the rule's selector */
    uint16_t tweak_path; /* tweak read from this path (supplied) or written to it (generated); else VC__NO_PATH */
    vc__method method;
    vc_on_error on_error;
    bool ignore_missing; /* on_missing: ignore */
    bool nested;         /* nested: true */
    bool as_json;        /* as: json */
    const char *mount;   /* "transit" */
    const char *name;    /* transit: the key; transform: the role */
    const char *transformation; /* transform: may be NULL (the role has one) */
    vc__tweak_source tweak_source;
    const char *tweak;   /* supplied literal, in Base64 as Vault takes it; else NULL */
    uint16_t group;      /* fields with the same group (of all rules) may share a Vault request: same method, mount and name */
    size_t line, column; /* in the schema file */
    const vc__option *options; /* for vc_field_option() */
    size_t option_count;
};

struct vc_rule {
    const char *name;
    const char *context;
    vc_on_error on_error; /* for faults of a record as a whole (not JSON, ...) */
    const vc_field *fields;
    size_t field_count;
    const vc__selector *selector; /* targets: field paths, then tweak paths; then clear paths */
    const uint16_t *field_of_path;      /* selector path -> field index, or VC__NO_PATH when it is no field's own path */
    size_t path_count;
    const char *const *topics; /* patterns in the order of the file */
    size_t topic_count;
};

size_t vc__schema_group_count(const vc_schema *schema);

#endif
