/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field.h - how an entry of `fields:`, a `value:` or a `record_key:` is read: field.c what they share, option.c the kinds of
 * options, key.c what says which key, method_*.c one method each. Stops at the first error, which has its place.
 *
 * Only lib/schema uses it. Threads: loading has one owner.
 */
#ifndef VC__SCHEMA_FIELD_H
#define VC__SCHEMA_FIELD_H

#include "schema/load.h"

enum { VC__FIELD_OPTIONS = 20 }; /* as many as a field can have */

/* A field while it is read. */
typedef struct vc__field_reader {
    const vc__loader *load;
    vc_field *field;
    bool singular;                  /* its path */
    const vc__yaml_node *path;      /* NULL: a whole value or a record key */
    const vc__yaml_node *accept;    /* or NULL */
    const vc_schema *schema;        /* its `keys:` */
    const vc__yaml_node *tweak_path;
    vc__option options[VC__FIELD_OPTIONS];
    size_t option_count;
} vc__field_reader;

/* -- option.c -- */

/* Keeps the option for vc_field_option(). */
static inline void vc__field_set(vc__field_reader *r, const char *name, const char *value)
{
    r->options[r->option_count++] = (vc__option){ name, value };
}

/* One text option of a method; absent is fine. */
typedef enum vc__text_kind {
    VC__TEXT_NAME,
    VC__TEXT_NAME_OR_BUILTIN,
    VC__TEXT_MOUNT,
    VC__TEXT_LABEL,
    VC__TEXT_TEXT
} vc__text_kind;
vc_code vc__field_text(vc__field_reader *r, const vc__yaml_node *node, const char *option, vc__text_kind kind,
                       const char **text);

/* `mount`, of `engine` unless given. */
vc_code vc__field_mount(vc__field_reader *r, const vc__yaml_node *node, const char *engine);

/* One of `choices`, the first when absent; kept as an option either way. */
vc_code vc__field_choice(vc__field_reader *r, const vc__yaml_node *node, const char *option,
                         const char *const *choices, size_t *choice);

/* A literal tweak in Base64; the decoded bytes when `bytes` is not NULL. */
vc_code vc__field_base64(vc__field_reader *r, const vc__yaml_node *node, vc_view *bytes);

/* A list as one option, with ", " between. */
vc_code vc__field_list(vc__field_reader *r, const vc__yaml_node *list, const char *option);

/* -- key.c: the options of the methods that have a key and work here -- */

typedef struct vc__key_nodes {
    const vc__yaml_node *key, *mount, *source, *version, *context;
} vc__key_nodes;

/* key, mount, source, and `accept` of the field. `method` stands in messages. */
vc_code vc__field_keys(vc__field_reader *r, const vc__yaml_node *node, const char *method,
                       const vc__key_nodes *found);

/* The same with key_version, which must be there, and context. */
vc_code vc__field_pinned_keys(vc__field_reader *r, const vc__yaml_node *node, const char *method,
                              const vc__key_nodes *found);

/* -- method_*.c -- */

typedef vc_code vc__method_fn(vc__field_reader *r, const vc__yaml_node *node);
vc__method_fn vc__method_transit, vc__method_transform, vc__method_envelope, vc__method_siv, vc__method_fpe,
    vc__method_hash, vc__method_mask, vc__method_drop, vc__method_hybrid, vc__method_rsa_oaep;

/* method_envelope.c: `bind`, and `carry`, before the signature; method_hybrid.c: `sign` and `signed_by`; all as tokens with data keys have them. */
vc_code vc__field_bind(vc__field_reader *r, const vc__yaml_node *node);
vc_code vc__field_carry(vc__field_reader *r, const vc__yaml_node *node);
vc_code vc__field_signature(vc__field_reader *r, const vc__yaml_node *sign, const vc__yaml_node *signed_by);

#endif
