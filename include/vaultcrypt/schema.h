/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - which fields of which records are protected, and how. A schema is read once, checked whole, and never
 * changes; it is shared by reference count. The YAML it is written in: vaultcrypt-schema(5).
 *
 * Threads: a vc_schema and all it lends (rules, fields, strings) are immutable and may be used by any number of threads.
 */
#ifndef VAULTCRYPT_SCHEMA_H
#define VAULTCRYPT_SCHEMA_H

#include <vaultcrypt/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vc_schema vc_schema;
typedef struct vc_rule vc_rule;   /* one entry under `records:` */
typedef struct vc_field vc_field; /* one entry under its `fields:` */
typedef struct vc_schema_key vc_schema_key;       /* one entry under `keys:`: a name for key pairs, over time */
typedef struct vc_schema_origin vc_schema_origin; /* where one of these keys is to be had */

/* What the rule asks for when a record cannot be protected or opened. */
typedef enum vc_on_error {
    VC_ON_ERROR_FAIL = 0,        /* stop */
    VC_ON_ERROR_DEAD_LETTER = 1, /* set it aside and go on */
    VC_ON_ERROR_DROP_FIELD = 2   /* done by the batch itself: the record leaves without that field, if its fault is for good (batch.h) */
} vc_on_error;

/*
 * Reads and checks the file. NULL and `err` on failure: VC_E_IO (the file cannot be read), VC_E_SCHEMA or VC_E_PATH (what
 * is wrong, with file, line and column), VC_E_UNSUPPORTED (a method that this version does not have), VC_E_LIMIT,
 * VC_E_MEMORY. Free with vc_schema_unref().
 */
VC_API VC_MUST_CHECK vc_schema *vc_schema_open(const char *file, vc_error *err);

/* The same from text in memory; `name` stands for the file in messages (NULL: "schema"). */
VC_API VC_MUST_CHECK vc_schema *vc_schema_parse(vc_view yaml, const char *name, vc_error *err);

/* One more reference; returns `schema`. */
VC_API vc_schema *vc_schema_ref(vc_schema *schema);

/* Drops a reference; the last one frees. NULL is fine. */
VC_API void vc_schema_unref(vc_schema *schema);

/*
 * The rule for a topic: exactly one of an exact match, else the longest `prefix*`, else `*`. Borrowed; alive as long as the
 * schema. NULL and VC_E_NO_RULE when none matches: that is an error, never the identity.
 */
VC_API VC_MUST_CHECK const vc_rule *vc_schema_match(const vc_schema *schema, vc_view topic, vc_error *err);

/*
 * The rule with this name; an absent name ({NULL, 0}) gives the lone rule of a schema that has exactly one.
 * NULL and VC_E_NO_RULE otherwise; the message lists the names there are.
 */
VC_API VC_MUST_CHECK const vc_rule *vc_schema_rule(const vc_schema *schema, vc_view name, vc_error *err);

/*
 * Which schema this is: the first 16 hexadecimal digits of the SHA-256 of its text. Comments count; a stream writes it into the header
 * `vaultcrypt-schema`. Alive as long as the schema; "" when there is no memory to make it.
 */
VC_API const char *vc_schema_id(const vc_schema *schema);

/* Rules in the order of the file; NULL past the end. */
VC_API const vc_rule *vc_schema_rule_at(const vc_schema *schema, size_t index);

VC_API const char *vc_rule_name(const vc_rule *rule);
VC_API const char *vc_rule_context(const vc_rule *rule);
/* Contexts that opening takes: its own, then `accept_contexts`; NULL past the end. */
VC_API const char *vc_rule_context_at(const vc_rule *rule, size_t index);
/* `on_error` of the rule: what becomes of a record that is faulty as a whole. */
VC_API vc_on_error vc_rule_on_error(const vc_rule *rule);
/* 1: a field of the rule is protected, opened, signed or verified with the key pair (or released key) of that name under `keys:`; else 0. */
VC_API int vc_rule_uses_key(const vc_rule *rule, const char *name);
/* Topic patterns in the order of the file; NULL past the end. */
VC_API const char *vc_rule_topic_at(const vc_rule *rule, size_t index);
/* Fields in the order of the file, then `value`, then `record_key`; NULL past the end. */
VC_API const vc_field *vc_rule_field_at(const vc_rule *rule, size_t index);
/* Of these, `value`: records are protected as a whole and may be of any bytes. NULL: they are JSON. */
VC_API const vc_field *vc_rule_value(const vc_rule *rule);
/* Of these, `record_key`; NULL: the keys of records stay as they are. */
VC_API const vc_field *vc_rule_record_key(const vc_rule *rule);

/* The path as written, such as "$.credit_card"; "value" for a whole value, "key" for a record key. */
VC_API const char *vc_field_path(const vc_field *field);
/* Methods, as vc_field_method() and vc_method_name() have them. */
enum {
    VC_METHOD_TRANSIT = 0,
    VC_METHOD_TRANSFORM,
    VC_METHOD_ENVELOPE,
    VC_METHOD_SIV,
    VC_METHOD_FPE,
    VC_METHOD_HASH,
    VC_METHOD_MASK,
    VC_METHOD_DROP,
    VC_METHOD_HYBRID,
    VC_METHOD_RSA_OAEP,
    VC_METHODS,
    VC_METHOD_ROOM = 16 /* of arrays by method, so that there is room for more */
};

/* "transit" and so on; NULL for another number. */
VC_API const char *vc_method_name(unsigned method);

/* The method's name: "transit", "transform", "envelope", "siv", "fpe", "hash", "mask", "drop", "hybrid" or "rsa-oaep". */
VC_API const char *vc_field_method(const vc_field *field);
/*
 * An option of the field or of its method by its name in the file, after defaults: "mount", "key", "on_error", "on_missing" and so on; lists
 * with ", " between; options of the `setup:` map as "setup.pattern" and so on. NULL when not set.
 */
VC_API const char *vc_field_option(const vc_field *field, const char *name);
/* Where the field stands in the schema, 1-based. */
VC_API size_t vc_field_line(const vc_field *field);

/*
 * Key pairs: which there are under what name, and where each key is to be had. The schema says it; a vc_keysource (keysource.h), or the
 * program, has them and puts them into the keyring. In the order of the file; NULL past the end. Borrowed, alive as long as the schema.
 */
VC_API const vc_schema_key *vc_schema_key_at(const vc_schema *schema, size_t index);
/* NULL: `keys:` has no such name. */
VC_API const vc_schema_key *vc_schema_key_named(const vc_schema *schema, const char *name);
VC_API const char *vc_schema_key_name(const vc_schema_key *key);
VC_API size_t vc_schema_key_line(const vc_schema_key *key);
/* Of its public keys the first one protects; of its private keys every one opens. */
VC_API const vc_schema_origin *vc_schema_key_public_at(const vc_schema_key *key, size_t index);
VC_API const vc_schema_origin *vc_schema_key_private_at(const vc_schema_key *key, size_t index);

/* "file", "env", "pem", "vault" or "jwks" of a public key; "file", "vault" or "release" of a private one. */
VC_API const char *vc_schema_origin_kind(const vc_schema_origin *origin);
/*
 * An option by its name in the file; NULL when not set. By kind: "file"; "env"; "pem"; "vault.mount" (after defaults) and "vault.key";
 * "jwks" and "kid"; "release.kid". A file's path is as written: relative to what, is the program's to say.
 */
VC_API const char *vc_schema_origin_option(const vc_schema_origin *origin, const char *name);
VC_API size_t vc_schema_origin_line(const vc_schema_origin *origin);

/* Of `key_release:` "url", "maa_endpoint", "akv_endpoint", "access_token_file", "refresh" as written; NULL when not set, or there is no such map. */
VC_API const char *vc_schema_release_option(const vc_schema *schema, const char *name);

#ifdef __cplusplus
}
#endif

#endif
