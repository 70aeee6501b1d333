/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform.h - the transform engine of Vault Enterprise, as its documentation describes it: FPE, masking and
 * tokenization. No open server has it, so what it answers where the documentation is silent is this
 * emulator's choice, and so are the patterns of the built-in templates and the order of the built-in
 * alphabets. Not here: keys from outside (import), and databases (stores are remembered, not used).
 *
 * transform.c has the table and the roles, transform_shape.c templates and alphabets, transform_kind.c
 * transformations, transform_item.c the frame of what is done with values, transform_code.c encode, decode
 * and rewrap, transform_token.c tokens, transform_rotate.c their keys, transform_export.c snapshots,
 * transform_db.c stores.
 */
#ifndef VC__DEV_TRANSFORM_H
#define VC__DEV_TRANSFORM_H

#include "crypto/template.h"
#include "route.h"
#include "transform_store.h"

typedef struct transform_alphabet {
    vc__alphabet *alphabet;
} transform_alphabet;

typedef struct transform_template {
    char *pattern;
    char *alphabet;              /* its name; empty: none, good for masking only */
    char *encode_format;         /* empty: none */
    json_object *decode_formats; /* NULL: none */
    vc__template *compiled;
} transform_template;

typedef enum transform_type { TRANSFORM_FPE, TRANSFORM_MASKING, TRANSFORM_TOKENIZATION } transform_type;
typedef enum transform_tweak { TWEAK_SUPPLIED, TWEAK_GENERATED, TWEAK_INTERNAL } transform_tweak;

enum { TRANSFORM_TWEAK = 7 }; /* bytes of tweaks that are made here, and of all of FF3-1's */

typedef struct transform_kind {
    char *name;
    transform_type type;
    char *template; /* its name */
    json_object *allowed_roles;
    transform_tweak tweak;
    bool deletion_allowed;
    uint32_t mask;
    long long max_tweak_len; /* FF1: 0 for any */
    vc__fpe_algorithm algorithm;
    char key[32];
    char own_tweak[TRANSFORM_TWEAK];
    /* tokenization */
    bool exportable, convergent;
    long long max_ttl;   /* seconds; 0: none */
    json_object *stores; /* names */
    long long latest_version, min_decryption_version, min_available_version, auto_rotate_period;
    transform_tokens tokens;
} transform_kind;

typedef struct transform {
    dev_names roles;     /* -> json array of transformations */
    dev_names kinds;     /* -> transform_kind */
    dev_names templates; /* -> transform_template, built-in ones too */
    dev_names alphabets; /* -> transform_alphabet, built-in ones too */
    dev_names stores;    /* -> json object */
    pthread_mutex_t tokens_lock; /* of all its transformations: encoding only shares the server's lock */
} transform;

static inline transform *transform_of(const dev_request *request)
{
    return request->mount->state;
}

/* A glob with stars: allowed_roles, and ?filter= of lists. */
bool transform_glob(const char *pattern, const char *text);

/* LIST of a table, with ?filter=. */
void transform_list(dev_request *request, const dev_names *names);

bool transform_shapes_setup(transform *state, vc_error *err);
void transform_template_free(void *item);
void transform_alphabet_free(void *item);
void transform_kind_free(void *item);

/* The name of the object that the path names: args[0], with "builtin/" before it where the route says so. */
vc_view transform_name(const dev_request *request);

dev_handler transform_template_read, transform_template_write, transform_template_delete,
    transform_template_list;
dev_handler transform_alphabet_read, transform_alphabet_write, transform_alphabet_delete,
    transform_alphabet_list;
dev_handler transform_builtin_write;
dev_handler transform_kind_read, transform_kind_write, transform_kind_delete, transform_kind_list;
dev_handler transform_encode, transform_decode, transform_rewrap;
dev_handler transform_validate, transform_metadata, transform_tokenized, transform_token_list;
dev_handler transform_token_delete, transform_value_delete;
dev_handler transform_keys_list, transform_keys_read, transform_keys_rotate, transform_keys_config, transform_keys_trim;
dev_handler transform_snapshot, transform_restore, transform_export;
dev_handler transform_store_read, transform_store_write, transform_store_delete, transform_store_list,
    transform_store_schema;

/* The tokenization transformation of that name; NULL: answered with 404. */
transform_kind *transform_tokenization(dev_request *request);

#endif
