/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - the schema as the record operation reads it. The public side is <vaultcrypt/schema.h>; the YAML
 * side starts in schema/load.c. Immutable once loaded.
 *
 * Threads: any number may read; the reference count is atomic.
 */
#ifndef VC__SCHEMA_SCHEMA_H
#define VC__SCHEMA_SCHEMA_H

#include "crypto/template.h"
#include "json/scan.h"

#include <vaultcrypt/schema.h>

typedef enum vc__method {
    VC__METHOD_TRANSIT = 0, /* Vault does it */
    VC__METHOD_TRANSFORM,
    VC__METHOD_ENVELOPE, /* here, with a data key */
    VC__METHOD_SIV,      /* here, with a key that Vault's hmac gives */
    VC__METHOD_FPE,
    VC__METHOD_HASH,
    VC__METHOD_MASK, /* here, without a key */
    VC__METHOD_DROP,
    VC__METHOD_HYBRID,   /* here, with a data key that is wrapped to a public key */
    VC__METHOD_RSA_OAEP, /* here, with RSA over the content itself; opening perhaps by Vault */
    VC__METHOD_COUNT
} vc__method;

/* Where keys come from; numbers as in a token, which of a key pair tells more: its kind. */
typedef enum vc__key_source { VC__KEY_OF_NONE = 0, VC__KEY_OF_TRANSIT, VC__KEY_OF_STATIC, VC__KEY_OF_PAIR } vc__key_source;

/* What an envelope is bound to besides its place; as a token's flags. */
enum { VC__BIND_TOPIC = 1, VC__BIND_KEY = 2 };

typedef struct vc__key_name {
    const char *mount; /* static, pair: "" */
    const char *name;
} vc__key_name;

typedef enum vc__tweak_source { VC__TWEAK_INTERNAL = 0, VC__TWEAK_SUPPLIED, VC__TWEAK_GENERATED } vc__tweak_source;

enum { VC__NO_PATH = 0xffff };

/* An option as the file has it, after defaults; "setup.pattern" for the options of `setup:`. */
typedef struct vc__option {
    const char *name, *value;
} vc__option;

/* Strings are NUL-terminated, never NULL unless it says so, and live as long as the schema. */
struct vc_field {
    const char *path_text; /* as written; "value" for a whole value, "key" for a record key */
    const char *canonical; /* the same in the one form that tokens are bound to */
    uint16_t path;       /* index in the rule's selector */
    uint16_t tweak_path; /* tweak read from this path (supplied) or written to it (generated); else VC__NO_PATH */
    vc__method method;
    vc_on_error on_error;
    bool ignore_missing; /* on_missing: ignore */
    bool nested;         /* nested: true */
    bool as_json;        /* as: json */
    const char *mount;   /* "transit"; "" when nothing in Vault is asked */
    const char *name;    /* transform: the role; mask and drop: ""; else the key */
    const char *transformation; /* transform: may be NULL (the role has one) */
    vc__tweak_source tweak_source;
    const char *tweak;   /* supplied literal, in Base64 as Vault takes it; else NULL */
    uint16_t group;      /* transit, transform: fields with the same group (of all rules) may share a Vault request;
                            envelope: those with the same share data keys */
    uint32_t slot;       /* of the methods that work here: numbers them */
    vc__key_source source;    /* of the methods that work here */
    const vc__key_name *keys; /* its own, then those that opening takes too */
    size_t key_count;
    const char *const *names; /* the names of `keys` alone; of key pairs */
    const char *sign;         /* envelope, hybrid: the name of the key pair that signs; NULL: none */
    const char *const *signed_by; /* of those of which one must have signed what is opened: `signed_by`, else `sign` */
    size_t signed_by_count;
    uint64_t key_version; /* siv, hash, fpe: pinned */
    const char *context;  /* what it is bound to: the rule's, or its own */
    uint8_t bind;         /* envelope, hybrid: VC__BIND_... */
    bool carry_header;    /* envelope, hybrid: wrapped keys travel in a Kafka header */
    bool hpke;            /* hybrid: data keys are wrapped by HPKE */
    bool kroxylicious;    /* the format of a whole value is that of Kroxylicious */
    bool as_hex;          /* hash */
    bool mask_all;        /* mask: separators too */
    uint32_t mask_with;   /* code point */
    size_t keep_last;     /* characters */
    vc__fpe_algorithm algorithm; /* fpe */
    vc__template *template;      /* fpe: owned by the schema */
    vc_view tweak_bytes;         /* fpe: a literal tweak, decoded */
    size_t line, column; /* in the schema file */
    const vc__option *options; /* for vc_field_option() */
    size_t option_count;
};

struct vc_rule {
    const char *name;
    const char *context;
    vc_on_error on_error; /* for faults of a record as a whole (not JSON, ...) */
    const char *const *contexts; /* that opening takes: `context` first */
    size_t context_count;
    const vc_field *fields; /* those of the JSON text, then `value`, then `record_key` */
    size_t field_count;     /* of the JSON text */
    size_t part_count;      /* all */
    const vc_field *value;  /* the whole value is one; NULL: JSON */
    const vc_field *record_key; /* NULL: as it is */
    bool needs_message; /* topic, key or headers have a part in it: bytes alone will not do */
    const vc__selector *selector; /* targets: field paths, then tweak paths; then clear paths */
    const uint16_t *field_of_path;      /* selector path -> field index, or VC__NO_PATH when it is no field's own path */
    size_t path_count;
    const char *const *topics; /* patterns in the order of the file */
    size_t topic_count;
};

/* Methods whose tokens have a data key that travels with them. */
static inline bool vc__method_seals(vc__method method)
{
    return method == VC__METHOD_ENVELOPE || method == VC__METHOD_HYBRID;
}

/* Methods that ask Vault for each value. */
static inline bool vc__method_is_remote(vc__method method)
{
    return method == VC__METHOD_TRANSIT || method == VC__METHOD_TRANSFORM;
}

size_t vc__schema_group_count(const vc_schema *schema); /* of remote methods */
size_t vc__schema_place_count(const vc_schema *schema); /* groups of `envelope` and `hybrid` */
size_t vc__schema_slot_count(const vc_schema *schema);
bool vc__schema_uses_ff3_1(const vc_schema *schema);

#endif
